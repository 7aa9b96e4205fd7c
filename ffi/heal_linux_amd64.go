// This file defines what heal has to know of amd64.

package ffi

import "golang.org/x/sys/unix"

// threadLocalsAbove: thread-local variables lie above the thread pointer.
const threadLocalsAbove = false

// threadSelf is pthread_self(3) for a thread pointer.
func threadSelf() uintptr { return thread() }

// waitsFor is the word that a thread waits at in futex(2), by its registers; 0 for none.
func (r *Registers) waitsFor() uintptr {
	const rax, rsi, rdi = 0, 4, 5
	var code [4]byte
	if Read(code[:], uintptr(r.PC)-2) != nil {
		return 0
	}
	isCall := func(b []byte) bool { return b[0] == 0x0f && b[1] == 0x05 }
	// It is about to be made again, or has been interrupted.
	again := isCall(code[2:]) && r.R[rax] == unix.SYS_FUTEX
	broken := isCall(code[:]) && -int64(r.R[rax]) == int64(unix.EINTR)
	if !again && !broken {
		return 0
	}
	switch r.R[rsi] & futexOperation {
	case futexWait, futexWaitBitset:
		return uintptr(r.R[rdi])
	}
	return 0
}
