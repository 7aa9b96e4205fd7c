// This file defines the lock that whoever runs Lua holds, which plays the part of Python's GIL.
//
// C may call back from any thread, Lua runs on one at a time. So a call gives the
// lock up when it enters C and takes it back when it returns, and a callback takes
// it before its Go func and gives it up after. Until the first callback is made
// nobody could come in, and there is no lock: shared is false, and a call tests it
// once. NewCallback sets it and takes the lock for its caller. That is sound because
// of who may call it: only who runs Lua. While a call is under way without the lock,
// or somebody is between Release and Acquire that did nothing, nobody runs Lua, so
// the lock cannot begin to exist there. A program with several goroutines that all
// call C without a callback must make one first, or call from one at a time.

//go:build (linux || darwin) && (amd64 || arm64)

package ffi

import "sync"

var lock sync.Mutex

// shared is set by the first callback, and stays.
var shared bool

// state is what is known of the thread that holds the lock.
type state struct {
	depth   int     // callbacks it is inside
	foreign bool    // the library made it
	low     uintptr // where its stack ends; 0 while that is not known
	reserve uintptr // how many bytes above that are not for callbacks
	slot    *slot   // the thread's; nil while it has made no call
	local   any     // see local.go
	healing bool    // see heal
}

// now is the state of the holder of the lock; it changes hands with it.
var now state

// underway is a call that is in C: its frame, what it calls, and the state to go back to when it returns.
type underway struct {
	frame *Frame
	fn    uintptr
	state
}

// calls are all that are in C, on all threads, in the order they went. The lock guards them.
var calls []underway

// share begins the lock, with the caller as its holder.
func share() {
	if !shared {
		lock.Lock()
		shared = true
	}
}

// Acquire takes the lock back for whoever gave it up with Release.
func Acquire() {
	setWaiting(false)
	if !shared {
		return
	}
	lock.Lock()
	now, _ = enclosing(thread())
}

// Release gives the lock up for whoever waits without running Lua, as the prompt
// does: callbacks on threads that a library made can run meanwhile. Between Release
// and Acquire the caller neither runs Lua nor calls C.
func Release() {
	if shared {
		if now.slot != nil && now.depth == 0 {
			now.slot.free()
		}
		lock.Unlock()
	}
	setWaiting(true)
}

// callShared is Call once there are callbacks.
func (f *Frame) callShared(fn uintptr) {
	f.in(&now)
	was := now
	f.words[wordThread] = 0 // the trampoline notes the thread, and may do so while another looks for its own
	calls = append(calls, underway{f, fn, was})
	lock.Unlock()
	f.enter(sharedTrampoline, fn)
	lock.Lock()
	returned(f)
	now = was
	stdoutDirty = true // a callback may have flushed what C wrote before it, but not what C wrote after
}

// returned takes a call off the list. Mostly it is the last.
func returned(f *Frame) {
	last := len(calls) - 1
	i := last
	for calls[i].frame != f {
		i--
	}
	copy(calls[i:], calls[i+1:])
	calls[last].frame = nil
	calls = calls[:last]
}

// enclosing is the state of a callback that comes on a thread, by the innermost call
// of ours that is in C there; inside is false when there is none.
func enclosing(thread uintptr) (s state, inside bool) {
	for i := len(calls) - 1; i >= 0; i-- {
		c := &calls[i]
		if uintptr(c.frame.words[wordThread]) != thread {
			continue
		}
		if c.low == 0 {
			c.bounds(c.frame)
		}
		s = c.state
		s.depth++
		return s, true
	}
	return state{}, false
}
