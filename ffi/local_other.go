// This file defines Local where there are no callbacks, and so only one thread.

//go:build !((linux || darwin) && (amd64 || arm64))

package ffi

var local any

// Local is what SetLocal set last.
func Local() any { return local }

// SetLocal sets what Local gives.
func SetLocal(x any) { local = x }
