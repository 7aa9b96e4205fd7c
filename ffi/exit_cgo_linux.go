// This file defines who runs destructors at exit in a build with cgo.

//go:build cgo

package ffi

// libcFinishes: libc runs the destructors of what is still open.
const libcFinishes = true
