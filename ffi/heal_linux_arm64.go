// This file defines what heal has to know of arm64.

package ffi

import "golang.org/x/sys/unix"

// threadLocalsAbove: thread-local variables lie above the thread pointer.
const threadLocalsAbove = true

// threadSelf is pthread_self(3).
func threadSelf() uintptr {
	if glibc.self == 0 {
		return 0
	}
	return call(glibc.self)
}

// waitsFor is the word that a thread waits at in futex(2), by its registers; 0 for none.
func (r *Registers) waitsFor() uintptr {
	const svc = 0xd4000001
	// The kernel has put the first argument back where the call is about to be made again.
	if halfAt(uintptr(r.PC)) != svc || r.R[8] != unix.SYS_FUTEX {
		return 0
	}
	switch r.R[1] & futexOperation {
	case futexWait, futexWaitBitset:
		return uintptr(r.R[0])
	}
	return 0
}
