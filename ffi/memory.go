// This file defines Alloc, Read, Write and Move: memory that Go owns and C may
// use, and access through addresses that may be wrong.

package ffi

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"unsafe"
)

// Blocks up to smallBlock bytes are cut from chunks of chunkSize. That gives every
// block 16-byte alignment, which C's long double needs and Go's allocator does not
// promise, and puts C values next to each other: a C function that writes past the
// end of one hits another, not a Go string.
const (
	chunkSize  = 1 << 13
	smallBlock = 512
	blockAlign = 16
)

var chunk []byte

// Alloc gives n zero bytes, 16-byte aligned, that stay where they are for as long
// as something in Go refers to them. It fails when there is not that much memory to ask for.
func Alloc(n int64) (b []byte, err error) {
	if n < 0 || n > math.MaxInt64-2*blockAlign || n > maxBlock {
		return nil, &NoMemory{n}
	}
	if n > smallBlock {
		defer func() {
			// make panics for lengths beyond the address space.
			if r := recover(); r != nil {
				b, err = nil, &NoMemory{n}
			}
		}()
		return alignedBlock(int(n)), nil
	}
	size := (int(n) + blockAlign - 1) &^ (blockAlign - 1)
	if size == 0 {
		size = blockAlign // two empty values still have two addresses
	}
	if len(chunk) < size {
		chunk = alignedBlock(chunkSize)
	}
	b, chunk = chunk[:n:n], chunk[size:]
	return b, nil
}

// NoMemory is an allocation that was refused.
type NoMemory struct{ Size int64 }

func (e *NoMemory) Error() string { return fmt.Sprintf("cannot allocate %d bytes", e.Size) }

// maxBlock is the most one block may hold. Go ends the process when the system
// refuses it memory, so what plainly cannot be had is refused before it is asked for.
var maxBlock = int64(memoryLimit())

func alignedBlock(n int) []byte {
	b := make([]byte, n+blockAlign)
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) & (blockAlign - 1)
	return b[skip : skip+n : skip+n]
}

// Address is where a block from Alloc lies.
func Address(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

// Fault is an access to memory that could not be made.
type Fault struct {
	Op   string // "read" or "write"
	Addr uintptr
	Size int64 // bytes asked for; 0 for a string
	At   uintptr
}

func (e *Fault) Error() string {
	prep := map[string]string{"read": "from", "write": "to"}[e.Op]
	if e.Addr == 0 {
		return fmt.Sprintf("cannot %s %s %s a NULL pointer", e.Op, e.amount(), prep)
	}
	s := fmt.Sprintf("cannot %s %s %s 0x%x", e.Op, e.amount(), prep, e.Addr)
	if e.At != 0 && e.At != e.Addr {
		s += fmt.Sprintf(": the memory at 0x%x is not there", e.At)
	} else if e.Op == "write" {
		s += ": the memory is not there, or not writable"
	} else {
		s += ": the memory is not there"
	}
	return s
}

func (e *Fault) amount() string {
	switch e.Size {
	case 0:
		return "a string"
	case 1:
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", e.Size)
}

// guard turns a fault of the Go code below it into *err. Go reports most of them
// with the address touched; null pages and non-canonical addresses without one.
func guard(old bool, op string, addr uintptr, size int64, err *error) {
	debug.SetPanicOnFault(old)
	r := recover()
	if r == nil {
		return
	}
	re, ok := r.(runtime.Error)
	if !ok {
		panic(r)
	}
	f := &Fault{Op: op, Addr: addr, Size: size}
	if a, ok := re.(interface{ Addr() uintptr }); ok && a.Addr() >= addr && a.Addr() < addr+uintptr(size) {
		f.At = a.Addr()
	}
	*err = f
}

// at makes a pointer of an address. The two-step conversion is for go vet, which
// is right to ask: the address may be anything, so the pointer must not outlive
// the statement it is made for.
func at(addr uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&addr)) }

// Read copies len(dst) bytes from addr. A bad address is a *Fault.
func Read(dst []byte, addr uintptr) (err error) {
	if len(dst) == 0 {
		return nil
	}
	if wraps(addr, len(dst)) {
		return &Fault{Op: "read", Addr: addr, Size: int64(len(dst))}
	}
	defer guard(debug.SetPanicOnFault(true), "read", addr, int64(len(dst)), &err)
	copy(dst, unsafe.Slice((*byte)(at(addr)), len(dst)))
	return nil
}

// Write copies src to addr. A bad or read-only address is a *Fault; some bytes may have been written by then.
func Write(addr uintptr, src []byte) (err error) {
	if len(src) == 0 {
		return nil
	}
	if wraps(addr, len(src)) {
		return &Fault{Op: "write", Addr: addr, Size: int64(len(src))}
	}
	defer guard(debug.SetPanicOnFault(true), "write", addr, int64(len(src)), &err)
	copy(unsafe.Slice((*byte)(at(addr)), len(src)), src)
	return nil
}

// Move is memmove(3) with both addresses unproven; the two areas may overlap. n is in bytes.
func Move(to, from uintptr, n int64) (err error) {
	if n <= 0 {
		return nil
	}
	// A byte of each end is touched first, so that the error names the side that is
	// bad, and a size that is far too large does no damage on the way to it.
	if err := touchEnds("read", from, n); err != nil {
		return err
	}
	if err := touchEnds("write", to, n); err != nil {
		return err
	}
	defer guard(debug.SetPanicOnFault(true), "write", to, n, &err)
	copy(unsafe.Slice((*byte)(at(to)), n), unsafe.Slice((*byte)(at(from)), n))
	return nil
}

// Set is memset(3) to an unproven address. n is in bytes.
func Set(to uintptr, c byte, n int64) (err error) {
	if n <= 0 {
		return nil
	}
	if err := touchEnds("write", to, n); err != nil {
		return err
	}
	defer guard(debug.SetPanicOnFault(true), "write", to, n, &err)
	b := unsafe.Slice((*byte)(at(to)), n)
	for i := range b {
		b[i] = c
	}
	return nil
}

// touchEnds reads the first and the last byte of an area that is about to be read or written.
func touchEnds(op string, addr uintptr, n int64) error {
	var b [1]byte
	for _, p := range []uintptr{addr, addr + uintptr(n) - 1} {
		if wraps(addr, int(n)) || Read(b[:], p) != nil {
			return &Fault{Op: op, Addr: addr, Size: n, At: p}
		}
	}
	return nil
}

func wraps(addr uintptr, n int) bool {
	return addr+uintptr(n) < addr || addr == 0 || int64(addr+uintptr(n)) < 0
}

// CString reads the NUL-terminated string at addr.
func CString(addr uintptr) (string, error) {
	start := addr
	var out []byte
	var buf [64]byte
	for {
		// Reading stops at page borders: the string may end just before a page that is not there.
		n := min(uintptr(len(buf)), pageSize-addr%pageSize)
		if err := Read(buf[:n], addr); err != nil {
			return "", &Fault{Op: "read", Addr: start, At: addr}
		}
		for i, c := range buf[:n] {
			if c == 0 {
				return string(append(out, buf[:i]...)), nil
			}
		}
		out = append(out, buf[:n]...)
		addr += n
	}
}

const pageSize = 4096 // the smallest page of any target
