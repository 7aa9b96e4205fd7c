// This file defines how C enters Go: what callback_unix_*.s runs when a stub is called.

//go:build (linux || darwin) && (amd64 || arm64)

package ffi

import (
	"fmt"
	"unsafe"

	"github.com/ebitengine/purego"
)

const callbacksSupported = true

// The first words of a callback's frame. From wordRegs on it is like a call's frame,
// so that one layout serves both: argument registers, result registers, and the
// stack arguments where the caller put them. callback_unix_*.s has the same numbers.
const (
	wordHome   = 0 // where to return to
	wordIndex  = 2 // which stub was called
	wordErrnoP = 3 // address of the thread's errno
	wordErrno  = 5 // what is to be in it for C
	wordLeave  = 6 // not to return to C, but to end the call around the callback with this as its wordSignal
	wordHidden = 8 // what slot.frame is to be again
	// 4, 7 and 9 are wordThread, wordSlot and wordX87, as in a call.
)

// errnoFunction is libc's function that gives the address of errno, for the assembler.
var errnoFunction uintptr

// callbackEntry is the func that the assembler enters Go with: through a variable,
// because that is how it gets the address of the func and not of a wrapper.
var callbackEntry = callbackCalled

// callbackCalled runs the callback whose stub was called. Its frame is on C's stack.
func callbackCalled(frame unsafe.Pointer) {
	words := (*[wordRegs]uint64)(frame)
	c := behind[words[wordIndex]].Load()
	if c == nil { // no callback ever had this address
		words[wordX87] = 0
		return
	}
	words[wordX87] = uint64(c.x87)
	lock.Lock()
	s, inside := enclosing(uintptr(words[wordThread]))
	if !inside {
		s = state{depth: 1, foreign: true}
	}
	now = s
	home := uintptr(words[wordHome])
	enter(home)
	stdoutDirty = true
	in := idleIncoming()
	in.cb, in.frame, in.alien = c, frame, !inside
	if c.memory {
		in.result = uintptr(*in.word(c.result.word))
	}
	if fn := c.fn.Load(); fn == nil {
		Stale(c.name)
	} else if !now.room(uintptr(frame)) {
		TooDeep(c.name)
	} else {
		// Entering Go may have changed errno: it asks libc for the bounds of a thread's
		// stack, and makes threads. What fn does to it is meant for C.
		errno := *(**int32)(unsafe.Pointer(&words[wordErrnoP]))
		*errno = int32(words[wordErrno])
		in.invoke(*fn)
		words[wordErrno] = uint64(uint32(*errno))
	}
	if c.memory {
		if !in.set {
			Set(in.result, 0, int64(c.size))
		}
		*in.word(resultWords) = uint64(in.result)
	}
	*in = Incoming{}
	idle = append(idle, in)
	leave(home)
	if !inside && now.slot != nil {
		now.slot.free()
	}
	lock.Unlock()
}

// idle are Incomings for the next calls. The lock guards them.
var idle []*Incoming

func idleIncoming() *Incoming {
	last := len(idle) - 1
	if last < 0 {
		return new(Incoming)
	}
	in := idle[last]
	idle = idle[:last]
	return in
}

// Errno is the address of errno of the thread that the call came on. What it holds
// when fn returns is what C finds in it.
func (in *Incoming) Errno() uintptr {
	return uintptr((*[wordRegs]uint64)(in.frame)[wordErrnoP])
}

// A callback is not run when it is nested deeper than maxDepth, which ends a
// recursion without end before Go's own stack is used up, or when there is too
// little left of C's stack. What it needs itself is little, 600 bytes a level and 2
// KiB for Go's scheduler; the reserve is for what C does at the innermost. A thread
// that a library made can have a stack of 16 KiB.
const (
	maxDepth       = 1000
	foreignReserve = 64 << 10
)

// goStack is the size of the stacks of Go's threads and of the main one, in bytes.
var goStack uintptr

// bounds works out a callback's stack from the call of ours it is in.
func (s *state) bounds(f *Frame) {
	if !s.foreign {
		// The trampoline is near the upper end. The main thread has its environment and
		// arguments above that, up to a quarter of the whole.
		s.low, s.reserve = uintptr(f.words[wordSP])-goStack, goStack/2
		return
	}
	low, size := threadStack()
	s.low, s.reserve = low, min(foreignReserve, size/4)
}

// room reports whether there is stack left for a callback whose frame is at sp. A
// library may have put the thread on a stack of its own making; that it knows.
func (s *state) room(sp uintptr) bool {
	return s.depth <= maxDepth && (s.low == 0 || sp-s.low >= s.reserve)
}

// stub0 is the address of the first stub, sharedTrampoline that of callCShared: both in callback_*.s.
var stub0, sharedTrampoline uintptr

// thread is a number that tells threads of C apart: the thread pointer.
func thread() uintptr

// readyCallbacks finds what callbacks need of libc, once.
func readyCallbacks() error {
	if errnoFunction != 0 {
		return nil
	}
	if err := ready(); err != nil {
		return err
	}
	for name, to := range stackFunctions() {
		addr, err := purego.Dlsym(purego.RTLD_DEFAULT, name)
		if err != nil {
			return fmt.Errorf("the C library has no %s: %w", name, err)
		}
		*to = addr
	}
	goStack = goThreadStack()
	errnoFunction = libc.errnoLocation
	return nil
}

// callHolding is call for functions that call nothing back: the lock stays with who has it.
func callHolding(fn uintptr, args ...uintptr) uintptr {
	f := wordPlans[len(args)].Frame()
	for i, a := range args {
		f.SetInt(i, uint64(a))
	}
	if shared { // now may still be the state of another thread
		f.in(&state{slot: claimSlot(thread()), depth: 1})
	}
	f.enter(trampoline, fn)
	r := uintptr(f.Int())
	f.Done()
	return r
}
