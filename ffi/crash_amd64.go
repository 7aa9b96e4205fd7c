// This file defines what the instruction that a Crash is about says of it on amd64. AMD64 Architecture Programmer's
// Manual, volume 3.

package ffi

import "encoding/binary"

// Trap says which instruction a signal is of, where code stops itself with it or only a kernel may run it; "" for
// others.
func (c *Crash) Trap() string {
	var b [2]byte
	if c.Signal == 11 && Read(b[:1], c.PC) == nil {
		return kernelOnly[b[0]]
	}
	if Read(b[:], c.PC) == nil && b[0] == 0x0f && b[1] == 0x0b {
		return "ud2, the trap of __builtin_trap and of code that must not be reached"
	}
	if c.Signal == 5 && Read(b[:1], c.PC-1) == nil && b[0] == 0xcc {
		return "int3, a breakpoint"
	}
	return ""
}

// kernelOnly are instructions by their first byte.
var kernelOnly = map[byte]string{0xf4: "hlt, which only a kernel may run", 0xfa: "cli, which only a kernel may run", 0xfb: "sti, which only a kernel may run",
	0xcd: "int, with a number that only a kernel may use"}

// dwarfNumbers are the numbers that DWARF gives the registers of instructions: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi.
var dwarfNumbers = [16]int{0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15}

// Divisor is what the instruction divided by, for a SIGFPE of div or idiv: the CPU raises one signal for a division by
// zero and for a quotient that does not fit.
func (c *Crash) Divisor() (n int64, ok bool) {
	var code [15]byte
	for i := range code { // it may be the last one of a page
		if Read(code[i:i+1], c.PC+uintptr(i)) != nil {
			break
		}
	}
	at, size, rex := 0, 4, byte(0)
	for ; at < 4 && (code[at] == 0x66 || code[at] == 0x2e || code[at] == 0x3e); at++ {
		if code[at] == 0x66 {
			size = 2
		}
	}
	if code[at]&0xf0 == 0x40 {
		rex = code[at]
		at++
	}
	if rex&8 != 0 {
		size = 8
	}
	if code[at] == 0xf6 {
		size = 1
	} else if code[at] != 0xf7 {
		return 0, false
	}
	mod, kind, low := code[at+1]>>6, code[at+1]>>3&7, code[at+1]&7
	at += 2
	if kind < 6 {
		return 0, false // not, neg, mul
	}
	register := func(n byte) uint64 { return c.Regs.R[dwarfNumbers[n&15]] }
	if mod == 3 {
		if size == 1 && rex == 0 && low >= 4 {
			return extended(register(low-4)>>8, 1, kind), true // ah, ch, dh, bh
		}
		return extended(register(low|rex&1<<3), size, kind), true
	}
	// Memory: base + index*scale + displacement.
	addr := uint64(0)
	switch {
	case low == 4:
		sib := code[at]
		at++
		if index := sib>>3&7 | rex&2<<2; index != 4 {
			addr += register(index) << (sib >> 6)
		}
		if base := sib & 7; base == 5 && mod == 0 {
			mod = 2
		} else {
			addr += register(base | rex&1<<3)
		}
	case low == 5 && mod == 0: // from rip, which is behind the instruction
		addr, mod = uint64(c.PC)+uint64(at)+4, 2
	default:
		addr = register(low | rex&1<<3)
	}
	switch mod {
	case 1:
		addr += uint64(int64(int8(code[at])))
	case 2:
		addr += uint64(int64(int32(binary.LittleEndian.Uint32(code[at:]))))
	}
	var b [8]byte
	if c.read(b[:size], uintptr(addr)) != nil {
		return 0, false
	}
	return extended(binary.LittleEndian.Uint64(b[:]), size, kind), true
}

// extended is a divisor of a size in bytes; div's are unsigned and idiv's (7) are signed.
func extended(n uint64, size int, kind byte) int64 {
	shift := 64 - 8*size
	if kind == 7 {
		return int64(n<<shift) >> shift
	}
	return int64(n << shift >> shift)
}
