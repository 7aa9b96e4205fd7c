// This file defines block: the memory that C values lie in, and what the pointers stored there keep alive.

package lua

import (
	"fmt"

	"dlsh/ffi"
)

// block is an area of memory that C values lie in, and the books about it. Go owns
// most of them and frees one when nothing refers to it. The others have no mem: they
// belong to a library, or are wherever an address led, and nobody knows their size.
type block struct {
	mem     []byte
	of      *foreign // what it stands for where it is not Go's memory
	keep    map[uintptr]note
	into    note    // of the pointer that the block was made for: into which library it leads, or into what was freed
	whole   *object // what the block was made for
	exposed bool    // the address of what lies in it was taken: C may change that at any time
}

// foreign is memory, or code, that Go does not own.
type foreign struct {
	owner    *ffi.Object // the library it belongs to
	what     string      // what of the library it is
	callback *callback   // whose code it is, and which it keeps
	gone     *disposed   // to what the memory was given that took it away
}

// note says where a pointer leads, so that what it points into lives as long as the
// block the pointer is stored in: what ctypes calls _objects. A block has them by the
// addresses of the pointers.
type note struct {
	to   *block
	addr uintptr // what the pointer was when the note was made; C may have changed it since
}

// holds reports whether n bytes at addr are Go's memory in the block.
func (b *block) holds(addr uintptr, n int64) bool {
	base, size := ffi.Address(b.mem), uintptr(len(b.mem))
	return addr >= base && addr-base <= size && uintptr(n) <= size-(addr-base)
}

// unloaded is the refusal to touch the memory of a library that is no longer there.
type unloaded struct {
	what    string // "variable", or "function NAME"
	library *ffi.Object
}

func (e *unloaded) Error() string {
	return fmt.Sprintf("the %s belongs to %s, which has been unloaded", e.what, e.library)
}

// alive is an *unloaded for memory of a library that has been unloaded, a *disposed for memory that was freed.
func (b *block) alive() error {
	switch {
	case b == nil || b.of == nil:
	case b.of.owner != nil && !b.of.owner.Mapped():
		return &unloaded{b.of.what, b.of.owner}
	case b.of.gone != nil:
		return b.of.gone
	}
	return nil
}

// isCallback reports whether the block stands for the code of a callback.
func (b *block) isCallback() bool { return b != nil && b.of != nil && b.of.callback != nil }

// state is a word for an error of alive, for what is printed.
func state(err error) string {
	if _, ok := err.(*disposed); ok {
		return "freed"
	}
	return "unloaded"
}

// copyNotes notes, after size bytes were copied, that the pointers in the copy keep
// alive what the originals do. from may lie in no block.
func (b *block) copyNotes(to uintptr, source *block, from uintptr, size int64) {
	if b == nil || len(b.keep) == 0 && (source == nil || len(source.keep) == 0) {
		return
	}
	// The areas may overlap, and the two blocks be one: all is found before anything is changed.
	found := source.notesIn(from, size)
	for at := range b.notesIn(to, size) {
		delete(b.keep, at)
	}
	for at, n := range found {
		b.note(to+(at-from), n)
	}
}

// notesIn finds the notes about pointers that lie in an area, by the shorter way:
// through the area, or through the notes.
func (b *block) notesIn(from uintptr, size int64) map[uintptr]note {
	found := map[uintptr]note{}
	if b == nil || size < pointerSize {
		return found
	}
	last := uintptr(size) - pointerSize
	if len(b.keep) < int(size/pointerSize) {
		for at, n := range b.keep {
			if at-from <= last {
				found[at] = n
			}
		}
		return found
	}
	for offset := uintptr(0); offset <= last; offset += pointerSize {
		if n, ok := b.keep[from+offset]; ok {
			found[from+offset] = n
		}
	}
	return found
}

// copyBytesNotes is copyNotes for bytes of no type: pointers among them are taken to be aligned in the original.
func (b *block) copyBytesNotes(to uintptr, source *block, from uintptr, size int64) {
	skip := -from % pointerSize
	b.copyNotes(to+skip, source, from+skip, size-int64(skip))
}

func (b *block) note(at uintptr, n note) {
	if b.keep == nil {
		b.keep = map[uintptr]note{}
	}
	b.keep[at] = n
}

const pointerSize = 8 // of every target there is
