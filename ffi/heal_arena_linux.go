// This file defines how an arena of malloc's is put in order that was found corrupt.
//
// What is free in it is forgotten: that memory is lost, and everything else goes on. The lists are emptied, and each block that was in
// them becomes a list of its own, so that it is found sound when a neighbour is freed and joined with it. The size of the
// top, the memory behind the last block, is set right where it was overwritten. Blocks that were overwritten are not
// touched: to free one is an error as before.

//go:build amd64 || arm64

package ffi

import "github.com/ebitengine/purego"

// Offsets in a block, from its header on, and in an arena from its top on, which lies where the unsorted bin does.
const (
	freeSize     = 8
	freeNext     = 16
	freePrevious = 24
	freeLarger   = 32 // in large blocks

	topRemainder = 8

	sizeFlags     = 7
	previousInUse = 1
	otherArena    = 4 // not main_arena's
	smallestBlock = 32
	largeBlocks   = 1024
	fastBins      = 10

	arenaFlags         = 4
	arenaHasFast       = 8
	arenaFast          = 16
	arenaSystem        = arenaNext + 24 // from the unsorted bin on
	notContiguous      = 2
	heapSpan           = 64 << 20 // arenas but the first lie in heaps of this size, aligned to it
	heapArena          = 0
	heapUsed           = 16
	maxForgottenBlocks = 1 << 20
)

// mendArena puts an arena in order. Nobody else may use it: its lock is held by the call that is over, or by us.
func mendArena(a uintptr) {
	top := a + glibc.bins
	system := wordAt(top + arenaSystem)
	if glibc.bins == arenaFast+8*fastBins {
		Write(a+arenaFast, make([]byte, 8*fastBins))
		Write(a+arenaHasFast, make([]byte, 4))
	}
	for i := range uintptr(127) {
		emptyBin(top+16*i, system)
	}
	setWord(top+topRemainder, 0)
	if topInOrder(top, system) {
		return
	}
	t := wordAt(top)
	if end := arenaEnd(a, t); end > t && end-t <= system+pageSize {
		setWord(t+freeSize, end-t|previousInUse)
	} else if a == glibc.arena {
		setWord(top, top) // as it is before the first block: malloc asks the system for more
	}
}

// arenaInOrder reports whether all that is free in an arena is as it should be. Nobody else may use it.
func arenaInOrder(a uintptr) bool {
	top := a + glibc.bins
	system := wordAt(top + arenaSystem)
	for i := range uintptr(127) {
		bin := top + 16*i
		for from := bin; ; {
			p := wordAt(from + freeNext)
			if wordAt(p+freePrevious) != from {
				return false
			}
			if p == bin {
				break
			}
			if !isFreeBlock(p, system) {
				return false
			}
			from = p
		}
	}
	return topInOrder(top, system)
}

// topInOrder reports whether the size of an arena's top may be right. It ends with a page.
func topInOrder(top, system uintptr) bool {
	t := wordAt(top)
	size := wordAt(t + freeSize)
	end := t + size&^sizeFlags
	return t == top || t%16 == 0 && size&previousInUse != 0 && end-t >= 16 && end-t <= system && end%pageSize == 0
}

// arenaEnd is where the memory of an arena ends in which its top lies; 0 where that is not known.
func arenaEnd(a, top uintptr) uintptr {
	if a != glibc.arena {
		heap := top &^ (heapSpan - 1)
		if wordAt(heap+heapArena) != a {
			return 0
		}
		return heap + wordAt(heap+heapUsed)
	}
	sbrk, err := purego.Dlsym(purego.RTLD_DEFAULT, "sbrk")
	if err != nil || halfAt(a+arenaFlags)&notContiguous != 0 {
		return 0
	}
	end := call(sbrk, 0)
	if end%pageSize != 0 {
		return 0
	}
	return end
}

// emptyBin empties a list of free blocks. Where it is broken, what can be reached from either end is all there is of it.
func emptyBin(bin, system uintptr) {
	var blocks []uintptr
	for _, way := range [][2]uintptr{{freeNext, freePrevious}, {freePrevious, freeNext}} {
		from := bin
		for range maxForgottenBlocks {
			p := wordAt(from + way[0])
			if p == bin || !isFreeBlock(p, system) && !restoreBlock(p, system) {
				break
			}
			blocks = append(blocks, p)
			if wordAt(p+way[1]) != from {
				break // its links were overwritten
			}
			from = p
		}
		if wordAt(from+way[0]) == bin {
			break // that was all of it
		}
	}
	for _, p := range blocks {
		setWord(p+freeNext, p)
		setWord(p+freePrevious, p)
		if wordAt(p+freeSize) >= largeBlocks {
			setWord(p+freeLarger, 0)
		}
	}
	setWord(bin+freeNext, bin)
	setWord(bin+freePrevious, bin)
}

// isFreeBlock reports whether a free block of an arena with so much memory may be there.
func isFreeBlock(p, system uintptr) bool {
	size := wordAt(p+freeSize) &^ sizeFlags
	if p%16 != 0 || size < smallestBlock || size%16 != 0 || size > system {
		return false
	}
	after := p + size
	return wordAt(after) == size && wordAt(after+freeSize)&previousInUse == 0
}

// maxRestored bounds the size of a block that is looked for, in bytes.
const maxRestored = 4 << 20

// restoreBlock writes the header of a free block anew that was overwritten: the block behind it still knows how
// long it is. A free block always has one in use before it.
func restoreBlock(p, system uintptr) bool {
	if p%16 != 0 || p < pageSize {
		return false
	}
	piece := make([]byte, pageSize)
	for o := uintptr(0); o < min(system, maxRestored); {
		n := pageSize - (p+o)%pageSize
		if Read(piece[:n], p+o) != nil {
			return false
		}
		for i := uintptr(0); i < n; i, o = i+16, o+16 {
			if o >= smallestBlock && uintptr(le64(piece[i:])) == o && plausibleSize(uintptr(le64(piece[i+8:])), system) {
				setWord(p+freeSize, o|previousInUse|wordAt(p+o+freeSize)&otherArena)
				return true
			}
		}
	}
	return false
}

// plausibleSize reports whether a block behind a free one may have this size and these flags.
func plausibleSize(size, system uintptr) bool {
	const mapped = 2
	return size&(previousInUse|mapped) == 0 && size&^sizeFlags >= smallestBlock && size%16&^sizeFlags == 0 && size <= system
}
