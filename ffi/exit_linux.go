// This file defines closeAtExit for Linux: destructors at exit.

package ffi

import (
	"os"

	"github.com/ebitengine/purego"
)

// closeAtExit makes exit(3) run the destructors of the libraries that were loaded since, each on its own: one that crashes
// does not keep the others from running. Without cgo nobody else would: the process starts in Go and not in libc, so that
// nobody registered the loader's own exit handler (_dl_fini). This one is
// registered before the first library is opened, hence runs after all of theirs.
func closeAtExit() {
	atexit, err := purego.Dlsym(purego.RTLD_DEFAULT, "__cxa_atexit")
	if err != nil {
		return
	}
	noteStart()
	// glibc passes the status as well.
	call(atexit, purego.NewCallback(func(_, status uintptr) uintptr {
		leaving.begun.Store(true)
		Leaving()
		// C's exit was called, so whoever did it has given the lock up.
		Acquire()
		crashed := finishLibraries()
		Release()
		if crashed && int32(status) == 0 {
			leaving.status = 1
			callOut(libc.exit, 1) // there is no other way to change it
			os.Exit(1)
		}
		return 0
	}), 0, 0)
}

// functionSize is how long the code of a function is by the symbol table of its object.
func functionSize(addr uintptr) uintptr {
	_, sym, ok := dladdr1(addr, dlSymbol)
	var b [24]byte
	if !ok || sym == 0 || Read(b[:], sym) != nil {
		return 64
	}
	return uintptr(le64(b[16:])) // st_size of Elf64_Sym
}
