// This file defines what of an exit is dyld's: it runs destructors itself.

package ffi

func closeAtExit() {}

// functionSize is not known here; exit(3) is short.
func functionSize(uintptr) uintptr { return 64 }
