// This file defines how a crashRecord is read on arm64.

package ffi

const spRegister = 31 // sp, by DWARF's numbers

func (r *crashRecord) registers() (regs Registers) {
	copy(regs.R[:32], r.regs[:32])
	regs.PC = r.regs[32]
	return regs
}

// access is what the abort was about, by the CPU's syndrome register (ESR_EL1), where the kernel tells it.
func (r *crashRecord) access() string {
	if r.trap == 0 || int64(r.code) <= 0 {
		return ""
	}
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
