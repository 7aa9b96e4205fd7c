// This file defines finishLibraries where the loader's books are not known: what is open is closed.

//go:build linux && !amd64 && !arm64

package ffi

func noteStart() {}

// finishLibraries closes what this shell has opened, the last one loaded first, as _dl_fini has it.
func finishLibraries() (crashed bool) {
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
			dlclose(open[i].Handle)
		}
	}
	return false
}
