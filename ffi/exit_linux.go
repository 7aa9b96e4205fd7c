// This file defines closeAtExit for Linux: destructors at exit.

package ffi

import (
	"errors"
	"os"

	"github.com/ebitengine/purego"
)

// closeAtExit makes exit(3) close what is still open, one by one: a destructor that crashes does not keep the others from
// running. The handler is registered before the first library is opened, hence runs after all of theirs.
// Libraries that a close does not unload (RTLD_NODELETE), and those that C code
// opened, are beyond it; with cgo their destructors run too.
func closeAtExit() {
	if libcFinishes && !Guarded() {
		return // libc does as well, and leaves the code of the libraries' threads where it is
	}
	atexit, err := purego.Dlsym(purego.RTLD_DEFAULT, "__cxa_atexit")
	if err != nil {
		return
	}
	// glibc passes the status as well.
	call(atexit, purego.NewCallback(func(_, status uintptr) uintptr {
		leaving.begun.Store(true)
		Leaving()
		// C's exit was called, so whoever did it has given the lock up.
		Acquire()
		crashed := closeAll()
		Release()
		if crashed && int32(status) == 0 {
			leaving.status = 1
			callOut(libc.exit, 1) // there is no other way to change it
			os.Exit(1)
		}
		return 0
	}), 0, 0)
}

// closeAll closes what this shell has opened, the last one loaded first, as _dl_fini has it.
func closeAll() (crashed bool) {
	var open []*Object
	loaded(func(h uintptr, m linkMap) bool {
		if o := books[h]; o != nil && o.Opens > 0 {
			open = append(open, o)
		}
		return false
	})
	for i := len(open) - 1; i >= 0; i-- {
		for ; open[i].Opens > 0; open[i].Opens-- {
			if sweep(); open[i].gone {
				break // C code closed it before us
			}
			err := dlclose(open[i].Handle)
			if errors.As(err, new(*Crash)) || errors.Is(err, ErrEnded) {
				crashed = true
				tellExit(err)
				break // the loader may be in the middle of it
			}
		}
	}
	return crashed
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
