// This file defines how a crashRecord is read on amd64.

package ffi

const spRegister = 7 // rsp, by DWARF's numbers

const redZone = 128 // what a function may use below rsp, in bytes (3.2.2)

// kernelOrder says which of the kernel's gregs (sys/ucontext.h) DWARF's registers 0 to 15 are.
var kernelOrder = [16]int{13, 12, 14, 11, 9, 8, 10, 15, 0, 1, 2, 3, 4, 5, 6, 7}

func (r *crashRecord) registers() (regs Registers) {
	for i, k := range kernelOrder {
		regs.R[i] = r.regs[k]
	}
	regs.PC = r.regs[16]
	return regs
}

// access is what the page fault was about, by the CPU's error code.
func (r *crashRecord) access() string {
	const pageFault = 14
	switch {
	case r.trap != pageFault || int64(r.code) <= 0:
		return ""
	case r.err&16 != 0:
		return "execute"
	case r.err&2 != 0:
		return "write"
	}
	return "read"
}
