// This file defines unwind: the places that a thread in C was on its way through, innermost first.

package ffi

// unwind gives the program counters of a thread's frames, innermost first: the first is where the thread was, the
// others are return addresses.
func unwind(r *Registers, stack stackCopy) []uintptr {
	return []uintptr{uintptr(r.PC)}
}
