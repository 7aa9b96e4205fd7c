// This file defines Registers and stackCopy, the state of a thread that C code left in a fault, and what the unwinder
// has to know of a processor.

package ffi

import (
	"encoding/binary"
	"runtime"
)

// Registers are the integer registers of a thread by their DWARF numbers. On amd64 these are rax, rdx, rcx, rbx, rsi,
// rdi, rbp, rsp, r8 to r15; on arm64 x0 to x30, and sp as number 31.
type Registers struct {
	R  [33]uint64
	PC uint64
}

// stackCopy is memory from a stack pointer upwards as it was at a moment that has passed.
type stackCopy struct {
	at    uintptr
	bytes []byte
}

// maxTrace is the most places a backtrace has.
const maxTrace = 64

// A processor is what differs between processors: the DWARF numbers of registers with a meaning, and the code that a
// signal handler returns to.
type processor struct {
	names       []string
	sp, fp, ra  int
	sigreturn   []byte // what the C library or the kernel lets a handler return to
	returnOnTop bool   // a call leaves its return address on the stack, not in a register
	stripMask   uint64 // bits of a return address that are no signature
}

var processors = map[string]*processor{
	"amd64": {
		names: []string{"rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp",
			"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip"},
		sp: 7, fp: 6, ra: 16, returnOnTop: true, stripMask: ^uint64(0),
		sigreturn: []byte{0x48, 0xc7, 0xc0, 15, 0, 0, 0, 0x0f, 0x05}, // mov $15, %rax; syscall
	},
	"arm64": {
		names: []string{"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
			"x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30", "sp"},
		sp: 31, fp: 29, ra: 30, stripMask: 1<<48 - 1,
		sigreturn: []byte{0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4}, // mov x8, #139; svc #0
	},
}

// here is the processor of this process; nil where the unwinder knows nothing.
var here = processors[runtime.GOARCH]

// afterCall reports whether the code that ends where code ends is an instruction that calls. code is up to 7 bytes
// before a return address.
func (p *processor) afterCall(code []byte) bool {
	n := len(code)
	if !p.returnOnTop {
		if n < 4 {
			return false
		}
		in := binary.LittleEndian.Uint32(code[n-4:])
		return in>>26 == 0x25 || in&0xfffffc1f == 0xd63f0000 || in&0xfefff800 == 0xd63f0800 // bl, blr, blraa and its kin
	}
	if n >= 5 && code[n-5] == 0xe8 { // call rel32
		return true
	}
	for _, size := range []int{2, 3, 4, 6, 7} { // call r/m64: ff /2, in all its lengths
		if n >= size && code[n-size] == 0xff && code[n-size+1]>>3&7 == 2 && size == lengthOfCall(code[n-size+1:]) {
			return true
		}
	}
	return false
}

// lengthOfCall is how long the instruction ff /2 is by its ModRM byte and the one after it.
func lengthOfCall(m []byte) int {
	mod, rm := m[0]>>6, m[0]&7
	n := 2
	if mod != 3 && rm == 4 { // a SIB byte follows
		n++
		if mod == 0 && len(m) > 1 && m[1]&7 == 5 {
			return n + 4
		}
	}
	switch {
	case mod == 1:
		return n + 1
	case mod == 2 || mod == 0 && rm == 5:
		return n + 4
	}
	return n
}

// memory is how the unwinder reads: a thread's stack as it was, and all else as it is.
type memory struct {
	stack stackCopy
	only  bool // there is nothing but the copy
	live  bool // something was read that is not of the copy
}

func (m *memory) read(dst []byte, addr uint64) bool {
	if at := addr - uint64(m.stack.at); at < uint64(len(m.stack.bytes)) && uint64(len(m.stack.bytes))-at >= uint64(len(dst)) {
		copy(dst, m.stack.bytes[at:])
		return true
	}
	m.live = true
	return !m.only && Read(dst, uintptr(addr)) == nil
}

func (m *memory) word(addr uint64) (uint64, bool) {
	var b [8]byte
	ok := m.read(b[:], addr)
	return binary.LittleEndian.Uint64(b[:]), ok
}
