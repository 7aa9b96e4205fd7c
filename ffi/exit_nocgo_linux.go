// This file defines closeAtExit for Linux without cgo: destructors that libc would run.

//go:build !cgo

package ffi

import "github.com/ebitengine/purego"

// closeAtExit makes exit(3) close what is still open. Without cgo the process
// starts in Go and not in libc, so nobody registered the loader's own exit handler
// (_dl_fini), and destructors of open libraries would never run. This one is
// registered before the first library is opened, hence runs after all of theirs.
// Libraries that a close does not unload (RTLD_NODELETE), and those that C code
// opened, are beyond it; with cgo their destructors run too.
func closeAtExit() {
	atexit, err := purego.Dlsym(purego.RTLD_DEFAULT, "__cxa_atexit")
	if err != nil {
		return
	}
	call(atexit, purego.NewCallback(func(uintptr) uintptr {
		// C's exit was called, so whoever did it has given the lock up.
		Acquire()
		defer Release()
		var open []*Object
		loaded(func(h uintptr, m linkMap) bool {
			if o := books[h]; o != nil && o.Opens > 0 {
				open = append(open, o)
			}
			return false
		})
		for i := len(open) - 1; i >= 0; i-- { // the last one loaded first, as _dl_fini has it
			for ; open[i].Opens > 0; open[i].Opens-- {
				if sweep(); open[i].gone {
					break // C code closed it before us
				}
				dlclose(open[i].Handle)
			}
		}
		return 0
	}), 0, 0)
}
