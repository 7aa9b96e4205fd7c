// This file defines what is known of addresses where the system is not asked: nothing.

//go:build !linux

package ffi

func checkMapped(uintptr) error { return nil }

// NotAllocated is not known here.
func NotAllocated(uintptr, bool) string { return "" }

// isHandle knows the handles in the link map, or in the books where that cannot be read.
func isHandle(handle uintptr) bool {
	_, ok := mapped(handle)
	return ok
}
