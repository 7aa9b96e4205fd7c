// This file defines Truncated where nothing tells what memory there is.

//go:build !linux

package ffi

// Truncated is not known.
func Truncated(low uint32) (addr uintptr, ok bool) { return 0, false }
