// This file defines Frame.Call where there is no trampoline. Prepare has refused
// every signature there, so no frame ever gets this far.

//go:build !((linux || darwin) && (amd64 || arm64))

package ffi

// Call does nothing on this machine.
func (f *Frame) Call(fn uintptr) error { return nil }

func (f *Frame) callQuietly(fn uintptr) error { return nil }

func (f *Frame) atHome() {}

func (f *Frame) enter(trampoline, fn uintptr) {}

const trampoline = 0

func (f *Frame) aside() {}

func threadPointer() uintptr { return 0 }
