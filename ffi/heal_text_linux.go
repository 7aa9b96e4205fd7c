// This file defines where the code of malloc lies, which is not to be left in the middle on request.
//
// A call that is to end waits while it executes that code: with a lock or without, malloc is changing its lists.
// Its functions that are not exported lie before those that are, since it is one source file. Before them there may be a
// few of the file before, where it does no harm to wait.

//go:build amd64 || arm64

package ffi

import "sync"

// heapText is where the code begins, and heapTextSize how long it is, for the assembler; 0 when it is not known.
var heapText, heapTextSize uintptr

var heapTextOnce sync.Once

// The functions of malloc.c. What lies between the first and the last of them is its code as well.
var heapFunctions = map[string]bool{
	"malloc": true, "free": true, "realloc": true, "calloc": true, "memalign": true, "malloc_trim": true, "mallopt": true, "malloc_info": true,
	"__default_morecore": true,
}

// mostHeapText bounds what is believed to be malloc's code, in bytes: it is 30000 of them.
const mostHeapText = 128 << 10

// findHeapText finds the code by the symbols of libc.so. It only reads memory, so anybody may call it.
func findHeapText() {
	const entry, function = 24, 2 // sizeof (Elf64_Sym), STT_FUNC
	g := &glibc
	symbols, names := g.libc.link.address(tagSymbols), g.libc.link.address(tagStrings)
	if g.arena == 0 || symbols == 0 || names <= symbols || names-symbols > 1<<20 {
		return // the names lie behind the symbols
	}
	b := make([]byte, (names-symbols)/entry*entry)
	if Read(b, symbols) != nil {
		return
	}
	each := func(f func(name string, from, to uintptr)) {
		for s := b; len(s) >= entry; s = s[entry:] {
			from := uintptr(le64(s[8:]))
			if s[4]&15 != function || from == 0 {
				continue
			}
			if name, err := CString(names + uintptr(le32(s))); err == nil {
				f(name, from, from+uintptr(le64(s[16:])))
			}
		}
	}
	low, high := ^uintptr(0), uintptr(0)
	each(func(name string, from, to uintptr) {
		if heapFunctions[name] {
			low, high = min(low, from), max(high, to)
		}
	})
	before := uintptr(0)
	each(func(name string, from, to uintptr) {
		if to <= low {
			before = max(before, to)
		}
	})
	if high > before && high-before <= mostHeapText {
		low = before
	}
	if low < high && high-low <= mostHeapText {
		heapText, heapTextSize = g.libc.link.addr+low, high-low
	}
}

// heapLocked notes which lock of malloc's the main thread takes.
func heapLocked() {
	g := &glibc
	if g.threadArena != 0 && (!shared || now.slot == home) {
		if a := wordAt(thread() + g.threadArena); a != 0 {
			heapLock = a
		}
	}
}
