// This file defines Frame.Call where there is a trampoline: Linux and macOS, amd64 and arm64.

//go:build (linux || darwin) && (amd64 || arm64)

package ffi

import (
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// cgocall switches to the system stack, tells the scheduler that this thread is
// in C, and calls fn(arg). It is the door purego goes through as well, by the same name.
//
//go:linkname cgocall runtime.cgocall
func cgocall(fn uintptr, arg unsafe.Pointer) int32

// trampoline is the address of callC in call_*.s, or of one of the two others while every call is to be
// followed or refused (route): who calls tests nothing for that.
var trampoline, markedTrampoline, refusedTrampoline uintptr

var plainTrampoline = trampoline

// Calls that are made at any time have reasons to be followed, and reasons to be refused.
var routing struct {
	sync.Mutex
	marked  bool
	refused error // why no call is made
}

// route chooses the trampoline; the caller has routing locked.
func route() {
	to := plainTrampoline
	switch {
	case routing.refused != nil:
		to = refusedTrampoline
	case routing.marked:
		to = markedTrampoline
	}
	atomic.StoreUintptr(&trampoline, to)
}

// markCalls has every call look at Stray when it has returned, or no longer.
func markCalls(marked bool) {
	routing.Lock()
	routing.marked = marked
	route()
	routing.Unlock()
}

// refuseCalls has every call fail with an error before C is entered; nil ends that.
func refuseCalls(why error) {
	routing.Lock()
	routing.refused = why
	route()
	routing.Unlock()
}

// refusal is why calls are refused.
func refusal() error {
	routing.Lock()
	defer routing.Unlock()
	return routing.refused
}

// Call calls the C function at fn with the arguments set. The error is a *Crash, or ErrEnded for a call
// that was ended on request; there is no result then, and what C was doing is left half done.
func (f *Frame) Call(fn uintptr) error {
	stdoutDirty = true
	if shared {
		f.callShared(fn)
	} else {
		f.enter(trampoline, fn)
	}
	if f.words[wordSignal] != 0 {
		return f.ended(fn)
	}
	return nil
}

// callQuietly is Call for the shell's own calls, which are nobody's to tell of crashes on other threads.
func (f *Frame) callQuietly(fn uintptr) error {
	stdoutDirty = true
	if shared {
		f.callShared(fn)
	} else {
		f.enter(trampoline, fn)
	}
	if end := f.words[wordSignal]; end == endStray || end == endInterrupt {
		f.words[wordSignal] = 0
	}
	if f.words[wordSignal] != 0 {
		return f.ended(fn)
	}
	return nil
}

// enter is the way into C, whoever holds the lock.
func (f *Frame) enter(trampoline, fn uintptr) {
	f.words[wordFn] = uint64(fn)
	cgocall(trampoline, unsafe.Pointer(unsafe.SliceData(f.words)))
	runtime.KeepAlive(f)
}
