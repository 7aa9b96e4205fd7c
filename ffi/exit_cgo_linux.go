// This file defines isCgo for builds with cgo.

//go:build cgo

package ffi

// isCgo: the process is started by libc, which has the loader's own exit handler registered.
const isCgo = true
