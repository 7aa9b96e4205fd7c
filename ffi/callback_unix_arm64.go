// This file defines where the stubs of arm64 are, and what a callback's frame has of its own there.

//go:build linux || darwin

package ffi

const (
	resultWords = armX0    // first word of the results
	stackWords  = armStack // first word of the stack arguments
)

const stubSize = 8 // two instructions

func stubAddr(i int) uintptr { return stub0 + uintptr(i*stubSize) }

func stubAt(addr uintptr) (int, bool) {
	i := (addr - stub0) / stubSize
	return int(i), i < callbackStubs && addr%stubSize == 0
}
