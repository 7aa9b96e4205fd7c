// This file defines ownThread, which tests begin with that call C.

//go:build amd64 || arm64

package ffi

import (
	"runtime"
	"testing"
)

// ownThread binds a test to a thread, and the home slot to it, as it is bound to the main one in dlsh, until the test is
// over: errno, dlerror's text and the guard's books are a thread's. A subtest that calls C has one of its own.
func ownThread(t *testing.T) {
	runtime.LockOSThread()
	if err := ready(); err != nil {
		t.Fatal(err)
	}
	was, alternate := *home, records[home.index()].alternate
	t.Cleanup(func() {
		*home, records[home.index()].alternate = was, alternate
		runtime.UnlockOSThread()
	})
	if now.slot != nil {
		now.slot.free() // an earlier test's, whose thread may end
	}
	home.thread = uint64(thread())
	home.knowThread()
	now.slot = home
}
