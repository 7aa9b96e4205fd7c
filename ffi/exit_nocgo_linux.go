// This file defines isCgo for builds without cgo.

//go:build !cgo

package ffi

// isCgo: the process starts in Go, and libc knows nothing of its start.
const isCgo = false
