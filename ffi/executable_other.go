// This file defines what is known of addresses where the system is not asked: nothing.

//go:build !linux

package ffi

func checkMapped(uintptr) error { return nil }

func spanOf(uintptr) (low, high uintptr) { return 0, 0 }

// NotAllocated is not known here.
func NotAllocated(uintptr, bool) string { return "" }

// isHandle knows the handles in the link map, or in the books where that cannot be read.
func isHandle(handle uintptr) bool {
	_, ok := mapped(handle)
	return ok
}
