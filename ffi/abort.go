// This file defines abortText: what the C library says before it aborts.

package ffi

// abortMessage is the address of glibc's __abort_msg, which debuggers read; 0 where there is none.
var abortMessage uintptr

// toldAbort is the message that was read last.
var toldAbort uint64

// abortText is what glibc printed before it called abort, for the abort that has just ended a call: a failed
// assertion, or what malloc found. "" where it said nothing.
func abortText() string {
	var b [8]byte
	if abortMessage == 0 || Read(b[:], abortMessage) != nil {
		return ""
	}
	var at uint64
	for i, c := range b {
		at |= uint64(c) << (8 * i)
	}
	// Each message has memory of its own, and the one before is kept until the next.
	if at == 0 || at == toldAbort {
		return ""
	}
	toldAbort = at
	text, err := Text(uintptr(at)+4, 1, 1000) // behind its size
	if err != nil {
		return ""
	}
	return string(text)
}
