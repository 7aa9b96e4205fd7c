// This file defines where the stubs of amd64 are, and what a callback's frame has of its own there.

//go:build linux || darwin

package ffi

const (
	resultWords = sysvRAX   // first word of the results
	stackWords  = sysvStack // first word of the stack arguments: the word of the return address comes before it
)

// Stubs come in blocks of 32, four bytes each, and the code they share.
const (
	stubsInBlock = 32
	stubSize     = 4
	blockSize    = stubsInBlock*stubSize + 12
)

func stubAddr(i int) uintptr {
	return stub0 + uintptr(i/stubsInBlock*blockSize+i%stubsInBlock*stubSize)
}

func stubAt(addr uintptr) (int, bool) {
	block, at := (addr-stub0)/blockSize, (addr-stub0)%blockSize
	i := block*stubsInBlock + at/stubSize
	return int(i), i < callbackStubs && at < stubsInBlock*stubSize && at%stubSize == 0
}
