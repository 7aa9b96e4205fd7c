// This file defines FunctionAt where the loader is not asked about addresses.

//go:build !linux

package ffi

// FunctionAt knows nothing here.
func FunctionAt(uintptr) (name string, owner *Object) { return "", nil }
