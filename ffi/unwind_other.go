// This file defines unwind where there is no fault guard.

//go:build !linux || !(amd64 || arm64)

package ffi

func unwind(r *Registers, stack stackCopy) []uintptr { return []uintptr{uintptr(r.PC)} }
