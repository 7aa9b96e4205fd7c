// This file defines ownThread, which tests begin with that call C.

//go:build !linux || !(amd64 || arm64)

package ffi

import (
	"runtime"
	"testing"
)

// ownThread binds a test to a thread until it is over.
func ownThread(t *testing.T) {
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
}
