// This file defines memoryLimit and spare where the machine is not asked.

//go:build !linux

package ffi

// memoryLimit is a size in bytes that no block may exceed.
func memoryLimit() uint64 { return 1 << 34 }

// spare reports whether there is memory for n bytes more.
func spare(n int64) bool { return true }
