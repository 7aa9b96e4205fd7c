// This file defines closeAtExit where libc or dyld runs destructors at exit.

//go:build darwin || (linux && cgo)

package ffi

func closeAtExit() {}
