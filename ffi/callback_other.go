// This file defines callbacks and their lock where there are none: NewCallback has refused.

//go:build !((linux || darwin) && (amd64 || arm64))

package ffi

const (
	callbacksSupported = false

	resultWords, stackWords = 0, 0
	wordLeave               = 0
)

func share()                        {}
func readyCallbacks() error         { return nil }
func stubAddr(int) uintptr          { return 0 }
func stubAt(uintptr) (int, bool)    { return 0, false }
func (in *Incoming) Errno() uintptr { return 0 }
func busy(*Object) string           { return "" }

// Acquire does nothing: no callback can come.
func Acquire() {}

// Release does nothing.
func Release() {}
