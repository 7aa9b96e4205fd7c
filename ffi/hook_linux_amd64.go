// This file defines what a refusal of the hooks looks like on amd64.

package ffi

// breakLength is how far the program counter is behind a breakpoint that was hit, in bytes.
const breakLength = 1

// returnToCaller goes back from the entry of a function to the instruction that called it.
func returnToCaller(r *Registers, stack *stackCopy) {
	top := uintptr(r.R[spRegister]) - stack.at // the red zone comes before it
	if top >= uintptr(len(stack.bytes)) || len(stack.bytes)-int(top) < 8 {
		return
	}
	r.PC = le64(stack.bytes[top:]) - 1
	r.R[spRegister] += 8
}
