// This file defines who runs destructors at exit in a build without cgo.

//go:build !cgo

package ffi

// libcFinishes: the process starts in Go and not in libc, so nobody registered the loader's own exit handler
// (_dl_fini), and destructors of open libraries would never run.
const libcFinishes = false
