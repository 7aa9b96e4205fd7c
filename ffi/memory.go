// This file defines Alloc, Read, Write, Move and Text: memory that Go owns and C may
// use, and access through addresses that may be wrong.

package ffi

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"strings"
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
func Alloc(n int64) (b []byte, err error) { return AllocAligned(n, blockAlign) }

// AllocAligned is Alloc for what is to be aligned to more than 16 bytes; align is a power of two.
func AllocAligned(n, align int64) (b []byte, err error) {
	if err := Spare(n); err != nil {
		return nil, err
	}
	if n > smallBlock || align > blockAlign {
		return alignedBlock(int(n), int(max(align, blockAlign))), nil
	}
	size := (int(n) + blockAlign - 1) &^ (blockAlign - 1)
	if size == 0 {
		size = blockAlign // two empty values still have two addresses
	}
	if len(chunk) < size {
		chunk = alignedBlock(chunkSize, blockAlign)
	}
	b, chunk = chunk[:n:n], chunk[size:]
	return b, nil
}

// AllocArray is Alloc for n elements of a size in bytes.
func AllocArray(n, size int64) ([]byte, error) {
	if n < 0 || n > math.MaxInt64/size {
		return nil, &NoMemory{math.MaxInt64}
	}
	return Alloc(n * size)
}

// NoMemory is an allocation that was refused.
type NoMemory struct {
	Size int64 // in bytes; math.MaxInt64 stands for more than can be counted
}

func (e *NoMemory) Error() string {
	if e.Size == math.MaxInt64 {
		return "cannot allocate that many bytes"
	}
	return fmt.Sprintf("cannot allocate %d bytes", e.Size)
}

// Blocks from askedBlock bytes on are asked of the system before they are asked of Go.
const askedBlock = 1 << 20

// maxBlock is the most one block may hold, on a machine where nothing else needs memory.
var maxBlock = int64(min(memoryLimit(), math.MaxInt64/4))

// Spare is NoMemory when n bytes more are not to be had. Go ends the process when
// the system refuses it memory, and the system ends it when too much of what it
// granted is used, so what plainly cannot be had is refused before it is asked for.
func Spare(n int64) error {
	if n < 0 || n > maxBlock {
		return &NoMemory{n}
	}
	if n < askedBlock || spare(n) {
		return nil
	}
	debug.FreeOSMemory() // collects garbage first
	if spare(n) {
		return nil
	}
	return &NoMemory{n}
}

func alignedBlock(n, align int) []byte {
	b := make([]byte, n+align)
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) & (align - 1)
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
	s += ": the memory "
	if e.At != 0 && e.At != e.Addr {
		s += fmt.Sprintf("at 0x%x ", e.At)
	}
	if o := Departed(cmp.Or(e.At, e.Addr)); o != nil {
		return s + "is not there; it was in " + o.String() + ", which has been unloaded"
	}
	whose := e.Whose()
	switch {
	case strings.HasPrefix(whose, "read-only"):
		s += "is not writable"
	case e.Op == "write" && whose == "":
		s += "is not there, or not writable"
	default:
		s += "is not there"
	}
	if whose = strings.TrimPrefix(strings.TrimPrefix(whose, "not mapped"), ": "); whose != "" {
		s += " (" + whose + ")"
	}
	return s
}

// Address is what could not be touched.
func (e *Fault) Address() uintptr {
	if e.At != 0 {
		return e.At
	}
	return e.Addr
}

// Whose is whose that address is, in words; "" where nobody knows.
func (e *Fault) Whose() string { return whose(e.Address(), 0, e.Op, &Registers{}) }

func (e *Fault) amount() string {
	switch e.Size {
	case 0:
		return "a string"
	case 1:
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", e.Size)
}

// guard turns a fault of the Go code below it into *err.
func guard(old bool, op string, addr uintptr, size int64, err *error) {
	debug.SetPanicOnFault(old)
	if r := recover(); r != nil {
		*err = newFault(op, addr, size, faultAddress(r))
	}
}

// faultAddress is the address whose access made Go panic. Go reports most of them
// with it; null pages and non-canonical addresses without one, or with a wrong one.
func faultAddress(r any) uintptr {
	re, ok := r.(runtime.Error)
	if !ok {
		panic(r)
	}
	if a, ok := re.(interface{ Addr() uintptr }); ok {
		return a.Addr()
	}
	return 0
}

func newFault(op string, addr uintptr, size int64, at uintptr) *Fault {
	if at-addr >= uintptr(size) {
		at = 0
	}
	return &Fault{Op: op, Addr: addr, Size: size, At: at}
}

// Read, Write, Move and Set go wherever an address leads, across Go's own blocks
// too, so the checks that a -race build makes of pointers do not apply to them.

// at makes a pointer of an address. The two-step conversion is for go vet, which
// is right to ask: the address may be anything, so the pointer must not outlive
// the statement it is made for.
func at(addr uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&addr)) }

// Read copies len(dst) bytes from addr. A bad address is a *Fault.
//
//go:nocheckptr
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
//
//go:nocheckptr
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
//
//go:nocheckptr
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
	defer func(old bool) {
		debug.SetPanicOnFault(old)
		r := recover()
		if r == nil {
			return
		}
		// The hole is in the middle of one area. Where both overlap, a byte that can be read was written to.
		var b [1]byte
		hole := faultAddress(r)
		if hole-from < uintptr(n) && Read(b[:], hole) != nil {
			err = newFault("read", from, n, hole)
			return
		}
		err = newFault("write", to, n, hole)
	}(debug.SetPanicOnFault(true))
	copy(unsafe.Slice((*byte)(at(to)), n), unsafe.Slice((*byte)(at(from)), n))
	return nil
}

// Set is memset(3) to an unproven address. n is in bytes.
//
//go:nocheckptr
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
	var buf [64]byte
	b, err := readText(buf[:0], addr, 1, -1)
	return string(b), err
}

// Text reads a string of units of 1, 2 or 4 bytes at addr: up to the first that is
// zero, and not more than most of them, if most is not negative.
func Text(addr uintptr, unit, most int64) ([]byte, error) { return readText(nil, addr, unit, most) }

// readText appends the text to out, which is empty. It reads little at first, for
// most strings are short, and stops at page borders: the string may end just before
// a page that is not there.
func readText(out []byte, addr uintptr, unit, most int64) ([]byte, error) {
	start, piece := addr, int64(64)
	for most != 0 {
		n := min(piece, pageSize-int64(addr%pageSize)) / unit * unit
		if n == 0 {
			n = unit // it lies across the border
		}
		if most > 0 {
			n = min(n/unit, most) * unit
			most -= n / unit
		}
		have := len(out)
		if cap(out)-have < int(n) {
			more, err := Alloc(2 * int64(have+int(n)))
			if err != nil {
				return nil, err
			}
			out = more[:copy(more, out)]
		}
		out = out[:have+int(n)]
		if err := Read(out[have:], addr); err != nil {
			return nil, &Fault{Op: "read", Addr: start, At: addr}
		}
		if end := zeroUnit(out[have:], int(unit)); end >= 0 {
			return out[:have+end], nil
		}
		addr += uintptr(n)
		piece = min(2*piece, pageSize)
	}
	return out, nil
}

// zeroUnit is where the first zero among units of a size begins, -1 if there is none.
func zeroUnit(b []byte, unit int) int {
	if unit == 1 {
		return bytes.IndexByte(b, 0)
	}
	for i := 0; i < len(b); i += unit {
		if b[i] == 0 && b[i+1] == 0 && (unit == 2 || b[i+2] == 0 && b[i+3] == 0) {
			return i
		}
	}
	return -1
}

const pageSize = 4096 // the smallest page of any target
