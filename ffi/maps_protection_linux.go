// This file defines protection: what an x86 processor refused when it tells neither address nor access. There are two
// reasons: an address that none can be, and a vector at an address that is not aligned.

package ffi

import "fmt"

// protection decodes the instruction that a thread was stopped at, as far as it takes to know which address it went to.
func protection(r *Registers) string {
	var code [15]byte
	n := len(code)
	for ; n > 0 && Read(code[:n], uintptr(r.PC)) != nil; n-- {
	}
	if privileged(code[:n]) {
		return "no memory: the instruction is one that only the kernel may use"
	}
	in, ok := decode(code[:n])
	if !ok {
		return looseProtection(r)
	}
	word := func(addr uint64) (v uint64, ok bool) {
		var b [8]byte
		ok = Read(b[:], uintptr(addr)) == nil
		return le64(b[:]), ok
	}
	switch in.kind {
	case takesStack:
		if sp := r.R[7]; !canonical(sp) {
			return noAddress("rsp", sp)
		}
		if v, ok := word(r.R[7]); ok && in.returns && !canonical(v) {
			return fmt.Sprintf("the return address 0x%x, which no address can be: it was overwritten on the stack", v)
		}
	case takesStrings:
		for _, n := range []int{4, 5} { // rsi, rdi
			if !canonical(r.R[n]) {
				return noAddress(processors["amd64"].names[n], r.R[n])
			}
		}
	case takesRegister:
		if v := r.R[in.base]; in.jumps && !canonical(v) {
			return noAddress(processors["amd64"].names[in.base], v)
		}
	case takesMemory:
		addr := uint64(in.displacement)
		if in.relative {
			addr += r.PC + uint64(in.length)
		}
		for _, n := range []int{in.base, in.index} {
			if n >= 0 {
				factor := uint64(1)
				if n == in.index {
					factor = in.scale
				}
				addr += r.R[n] * factor
			}
		}
		if in.segment {
			break // relative to what is not known here
		}
		if !canonical(addr) {
			for _, n := range []int{in.base, in.index} {
				if n >= 0 && !canonical(r.R[n]) {
					return noAddress(processors["amd64"].names[n], r.R[n])
				}
			}
			return fmt.Sprintf("0x%x, which no address can be", addr)
		}
		if v, ok := word(addr); ok && in.jumps && !canonical(v) {
			return fmt.Sprintf("the function pointer at 0x%x, which holds 0x%x: no address can be that", addr, v)
		}
		if in.vector > 1 && addr%in.vector != 0 {
			return fmt.Sprintf("0x%x, which is not aligned to %d bytes, as this instruction wants it", addr, in.vector)
		}
	}
	return ""
}

// privileged reports whether an instruction is the kernel's: hlt, in, out, cli, sti, int, and those about the
// processor's own registers.
func privileged(code []byte) bool {
	if len(code) < 2 {
		return false
	}
	switch op := code[0]; {
	case op == 0xf4, op >= 0xe4 && op <= 0xe7, op >= 0xec && op <= 0xef, op == 0xfa, op == 0xfb, op == 0xcd:
		return true
	case op == 0x0f:
		op = code[1]
		return op == 0x00 || op == 0x01 || op == 0x06 || op == 0x08 || op == 0x09 || op >= 0x20 && op <= 0x23 || op == 0x30 || op == 0x32
	}
	return false
}

// looseProtection is protection where the instruction told nothing.
func looseProtection(r *Registers) string {
	for n, name := range processors["amd64"].names[:16] {
		if v := r.R[n]; !canonical(v) {
			return noAddress(name, v)
		}
	}
	return ""
}

func noAddress(register string, v uint64) string {
	return fmt.Sprintf("%s holds 0x%x, which no address can be", register, v)
}

// canonical reports whether the upper bits of an address are copies of bit 47. With 5-level paging there are more
// addresses, but nobody gets them without asking.
func canonical(addr uint64) bool { return uint64(int64(addr<<16)>>16) == addr }

// What an instruction takes its operand from.
type operand int

const (
	takesNothing operand = iota
	takesMemory
	takesRegister
	takesStack   // what rsp points to, implied
	takesStrings // what rsi and rdi point to, implied
)

// An instruction is what protection has to know of one of x86-64.
type instruction struct {
	kind         operand
	base, index  int // by DWARF numbers; -1 for none
	scale        uint64
	displacement int64
	relative     bool // to the end of the instruction
	segment      bool // relative to fs or gs
	jumps        bool // the operand is an address to go to
	returns      bool
	vector       uint64 // alignment that it asks for, in bytes
	length       int
}

// dwarfNumber turns the numbers that instructions have for registers into DWARF's.
var dwarfNumber = [16]int{0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15}

// decode reads an instruction's prefixes, opcode and operand; it is false for what takes none in memory.
func decode(code []byte) (in instruction, ok bool) {
	in.base, in.index = -1, -1
	c := &cursor{b: code}
	var rex byte
	wide, table := false, 0 // 66 prefix; opcode table: 0, 0f = 1, 0f38 = 2, 0f3a = 3
	next := func() byte { return c.u8() }
	op := next()
prefixes:
	for {
		switch op {
		case 0x66:
			wide = true
		case 0x64, 0x65:
			in.segment = true
		case 0x2e, 0x36, 0x3e, 0x26, 0x67, 0xf0, 0xf2, 0xf3:
		default:
			break prefixes
		}
		op = next()
	}
	vectorSize, disp8 := uint64(16), int64(1)
	extended := false // VEX or EVEX
	switch {
	case op&0xf0 == 0x40:
		rex = op
		op = next()
	case op == 0xc5:
		b := next()
		extended, table = true, 1
		wide = b&3 == 1
		if b&4 != 0 {
			vectorSize = 32
		}
		op = next()
	case op == 0xc4:
		b1, b2 := next(), next()
		extended, table = true, int(b1&0x1f)
		rex = ^b1 >> 5 & 7 // R, X, B as in a REX prefix
		wide = b2&3 == 1
		if b2&4 != 0 {
			vectorSize = 32
		}
		op = next()
	case op == 0x62:
		b1, b2, b3 := next(), next(), next()
		extended, table = true, int(b1&7)
		rex = ^b1 >> 5 & 7
		wide = b2&3 == 1
		vectorSize = 16 << (b3 >> 5 & 3)
		disp8 = int64(vectorSize) // of full-vector moves
		op = next()
	}
	if !extended && op == 0x0f {
		table = 1
		op = next()
		if op == 0x38 || op == 0x3a {
			table = 2 + int(op>>1&1)
			op = next()
		}
	}
	if c.failed {
		return in, false
	}
	immediate := 0
	if table == 0 {
		switch {
		case op == 0xc3 || op == 0xc2:
			in.kind, in.returns = takesStack, true
			return in, true
		case op >= 0x50 && op <= 0x5f, op == 0xe8, op == 0xc9, op == 0x68, op == 0x6a, op == 0x9c, op == 0x9d:
			in.kind = takesStack
			return in, true
		case op >= 0xa4 && op <= 0xa7, op >= 0xaa && op <= 0xaf:
			in.kind = takesStrings
			return in, true
		case op >= 0xa0 && op <= 0xa3: // mov of an address that is written out
			in.kind, in.displacement, in.vector = takesMemory, c.signed(8), 1
			return in, !c.failed
		}
		switch {
		case op < 0x40 && op&7 < 4, op == 0x63, op >= 0x84 && op <= 0x8f, op >= 0xd0 && op <= 0xd3, op >= 0xd8 && op <= 0xdf,
			op == 0xfe, op == 0xff:
		case op == 0x69, op == 0x81, op == 0xc7:
			immediate = 4
			if wide {
				immediate = 2
			}
		case op == 0x6b, op == 0x80, op == 0x83, op == 0xc0, op == 0xc1, op == 0xc6:
			immediate = 1
		case op == 0xf6, op == 0xf7: // only /0 has one; the length does not matter but to rip-relative operands
			if len(c.left()) > 0 && c.left()[0]>>3&7 < 2 {
				immediate = 1
				if op == 0xf7 {
					immediate = 4
				}
			}
		default:
			return in, false
		}
	}
	if table == 1 {
		switch {
		case op >= 0x80 && op <= 0x8f, op >= 0x05 && op <= 0x0c, op >= 0x30 && op <= 0x37, op == 0x77, op >= 0xc8 && op <= 0xcf,
			op == 0xa0, op == 0xa1, op == 0xa2, op == 0xa8, op == 0xa9, op == 0xaa:
			return in, false
		case op >= 0x70 && op <= 0x73, op == 0xa4, op == 0xac, op == 0xba, op == 0xc2, op >= 0xc4 && op <= 0xc6:
			immediate = 1
		}
	}
	if table == 3 {
		immediate = 1
	}
	m := next()
	mod, reg, rm := m>>6, m>>3&7, m&7
	if table == 0 && op == 0xff && reg >= 2 && reg <= 5 {
		in.jumps = true
	}
	if mod == 3 {
		in.kind, in.base = takesRegister, dwarfNumber[rm|rex&1<<3]
		return in, !c.failed
	}
	in.kind = takesMemory
	switch {
	case rm == 4:
		sib := next()
		in.scale = 1 << (sib >> 6)
		if i := sib>>3&7 | rex>>1&1<<3; i != 4 {
			in.index = dwarfNumber[i]
		}
		if b := sib & 7; b != 5 || mod != 0 {
			in.base = dwarfNumber[b|rex&1<<3]
		} else {
			in.displacement = c.signed(4)
		}
	case rm == 5 && mod == 0:
		in.relative = true
		in.displacement = c.signed(4)
	default:
		in.base = dwarfNumber[rm|rex&1<<3]
	}
	switch mod {
	case 1:
		in.displacement = c.signed(1) * disp8
	case 2:
		in.displacement = c.signed(4)
	}
	in.length = c.pos + immediate
	in.vector = alignment(table, op, wide, extended, vectorSize)
	return in, !c.failed
}

// alignment is what an instruction asks of its address, in bytes: 1 for nothing.
func alignment(table int, op byte, wide, extended bool, size uint64) uint64 {
	switch {
	case table == 1 && (op == 0x28 || op == 0x29 || op == 0x2b || op == 0xe7): // movaps, movapd, movntps, movntdq
		return size
	case table == 1 && wide && (op == 0x6f || op == 0x7f): // movdqa
		return size
	case table == 2 && op == 0x2a: // movntdqa
		return size
	case extended: // all others may be anywhere
		return 1
	case table == 1 && (op == 0x10 || op == 0x11 || op == 0x6f || op == 0x7f || op == 0xf0 || op == 0xae): // movups, movdqu, lddqu
		return 1
	case table == 1 && op >= 0x50 && op <= 0xfe && op != 0x5a && op != 0x5b && (op < 0x80 || op > 0xcf), table == 2 && op < 0xf0, table == 3:
		return 16 // the rest of SSE's with 16-byte operands; those with smaller ones do not get here, for they need no alignment
	}
	return 1
}
