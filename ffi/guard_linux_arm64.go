// This file defines how a crashRecord is read on arm64.

package ffi

import "encoding/binary"

const spRegister = 31 // sp, by DWARF's numbers

const redZone = 0 // what a function may use below sp, in bytes

func (r *crashRecord) registers() (regs Registers) {
	copy(regs.R[:32], r.regs[:32])
	regs.PC = r.regs[32]
	return regs
}

// access is what the abort was about: by the CPU's syndrome register (ESR_EL1) where the kernel tells it, else by
// the instruction.
func (r *crashRecord) access() string {
	if int64(r.code) <= 0 || r.signal != 11 && r.signal != 7 {
		return ""
	}
	if r.trap != 0 {
		switch r.err >> 26 & 0x3f { // exception class
		case 0x20, 0x21: // instruction abort
			return "execute"
		case 0x24, 0x25: // data abort; bit 6 is WnR
			if r.err&(1<<6) != 0 {
				return "write"
			}
			return "read"
		}
		return ""
	}
	pc := uintptr(r.regs[32])
	if pc == uintptr(r.addr) {
		return "execute"
	}
	var code [4]byte
	if Read(code[:], pc) != nil {
		return ""
	}
	insn := binary.LittleEndian.Uint32(code[:])
	if insn&0x0a000000 != 0x08000000 {
		return "" // no load or store (Arm ARM, C4.1)
	}
	load := insn>>22&1 != 0
	if insn>>27&7 == 7 && insn>>26&1 == 0 {
		load = insn>>22&3 != 0 // of one general register: the loads that extend the sign as well
	}
	if load {
		return "read"
	}
	return "write"
}
