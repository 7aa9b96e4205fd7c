// This file defines finishLibraries: the destructors of libraries at exit, as _dl_fini of glibc runs them.
//
// They are called one by one, and taken off the loader's books before: nobody runs one twice, neither _dl_fini in a build
// with cgo nor a dlclose in a destructor. The libraries stay where they are, because threads of theirs may still run, and
// streams of libc's may write by functions of theirs at the very end. A C library whose books are others, such as musl, runs
// destructors itself.

//go:build amd64 || arm64

package ffi

import (
	"errors"
	"slices"
)

// startedWith are the handles of what was loaded with the program, whose destructors are libc's affair.
var startedWith = map[uintptr]bool{}

func noteStart() {
	loaded(func(handle uintptr, _ linkMap) bool {
		startedWith[handle] = true
		return false
	})
}

// finishLibraries runs the destructors of all that was loaded since the start and still is.
func finishLibraries() (crashed bool) {
	if isCgo && !Guarded() {
		return false // libc does it
	}
	for _, handle := range finishOrder() {
		for _, fn := range destructors(handle) {
			if _, err := callOut(fn); err != nil {
				var c *Crash
				if errors.As(err, &c) && c.Foreign {
					continue
				}
				crashed = true
				tellExit(err)
			}
		}
	}
	return crashed
}

// finishOrder lists the handles of libraries in the order their destructors run: the last one loaded first, but none
// before those that need it.
func finishOrder() (order []uintptr) {
	type library struct {
		handle uintptr
		m      linkMap
	}
	var all []library
	loaded(func(handle uintptr, m linkMap) bool {
		if !startedWith[handle] {
			all = append(all, library{handle, m})
		}
		return false
	})
	seen := map[uintptr]bool{}
	var visit func(l library) // adds what a library needs, and then the library
	visit = func(l library) {
		if seen[l.handle] {
			return
		}
		seen[l.handle] = true
		for _, name := range l.m.needs() {
			for _, other := range all {
				if other.m.isNamed(name) {
					visit(other)
				}
			}
		}
		order = append(order, l.handle)
	}
	for _, l := range all {
		visit(l)
	}
	slices.Reverse(order)
	return order
}

// destructors are the functions that are to run when an object goes, in their order, and are taken off its books.
func destructors(handle uintptr) (list []uintptr) {
	m, ok := readLinkMap(handle)
	if !ok {
		return nil
	}
	entry := func(tag uintptr) uintptr { // of the dynamic section, by the loader's books
		at := wordAt(handle + linkMapInfo + 8*tag)
		if at == 0 || wordAt(at) != tag {
			return 0
		}
		return wordAt(at + 8)
	}
	if array, size := entry(tagFiniArray), entry(tagFiniArraySize); array != 0 {
		for at := m.addr + array + size&^7; at > m.addr+array; at -= 8 {
			list = append(list, wordAt(at-8))
		}
	}
	if fini := entry(tagFini); fini != 0 {
		list = append(list, m.addr+fini)
	}
	dropDestructors(handle)
	return slices.DeleteFunc(list, func(fn uintptr) bool { return fn == 0 || fn == ^uintptr(0) }) // old linkers' marks
}
