// This file defines what a refusal of the hooks looks like on arm64.

package ffi

// breakLength is how far the program counter is behind a breakpoint that was hit, in bytes.
const breakLength = 0

// returnToCaller goes back from the entry of a function to the instruction that called it.
func returnToCaller(r *Registers, stack *stackCopy) { r.PC = r.R[30] - 4 }
