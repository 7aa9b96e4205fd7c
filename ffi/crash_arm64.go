// This file defines what the instruction that a Crash is about says of it on arm64. Arm Architecture Reference Manual,
// C6.2.

package ffi

import "fmt"

// Trap says which instruction a SIGILL or SIGTRAP is of, where code stops itself with it; "" for others.
func (c *Crash) Trap() string {
	var b [4]byte
	if Read(b[:], c.PC) != nil {
		return ""
	}
	code := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
	n := code >> 5 & 0xffff
	switch {
	case code>>16 == 0:
		return "udf, an instruction that code must not reach"
	case code&0xffe0001f == 0xd4200000 && n == 1000:
		return "brk, the trap of __builtin_trap and of code that must not be reached"
	case code&0xffe0001f == 0xd4200000:
		return fmt.Sprintf("brk #%d, a breakpoint", n)
	}
	return ""
}

// Divisor is not known: a division does not trap here.
func (c *Crash) Divisor() (n int64, ok bool) { return 0, false }
