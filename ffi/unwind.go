// This file defines Registers and stackCopy: the state of a thread that C code left in a fault, as unwind reads it.

package ffi

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
