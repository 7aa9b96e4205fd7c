// This file defines Frame.Call where there is a trampoline: Linux and macOS, amd64 and arm64.

//go:build (linux || darwin) && (amd64 || arm64)

package ffi

import (
	"runtime"
	"unsafe"
)

// cgocall switches to the system stack, tells the scheduler that this thread is
// in C, and calls fn(arg). It is the door purego goes through as well, by the same name.
//
//go:linkname cgocall runtime.cgocall
func cgocall(fn uintptr, arg unsafe.Pointer) int32

// trampoline is the address of callC in call_*.s.
var trampoline uintptr

// Call calls the C function at fn with the arguments set.
func (f *Frame) Call(fn uintptr) {
	stdoutDirty = true
	if shared {
		f.callShared(fn)
		return
	}
	f.enter(trampoline, fn)
}

// enter is the way into C, whoever holds the lock.
func (f *Frame) enter(trampoline, fn uintptr) {
	f.words[wordFn] = uint64(fn)
	cgocall(trampoline, unsafe.Pointer(unsafe.SliceData(f.words)))
	runtime.KeepAlive(f)
}
