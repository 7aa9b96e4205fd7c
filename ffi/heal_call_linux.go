// This file defines callWithin and callAside: calls of C that are ended when they do not return.

//go:build amd64 || arm64

package ffi

import (
	"runtime"
	"sync"
	"time"

	"dlsh/types"
)

// callWithin calls a function of words on this thread. ErrEnded: it did not return in time.
func callWithin(limit time.Duration, fn uintptr, args ...uintptr) (r uintptr, err error) {
	within(limit, func() { r, err = callOut(fn, args...) })
	return r, err
}

// within runs calls of C; the one that is under way when the time is up is ended, and it was not inTime.
func within(limit time.Duration, calls func()) (inTime bool) {
	t := Current()
	var over struct {
		sync.Mutex
		yes, asked bool
	}
	timer := time.AfterFunc(limit, func() {
		over.Lock()
		if !over.yes {
			over.asked = true
			t.End()
		}
		over.Unlock()
	})
	calls()
	timer.Stop()
	over.Lock()
	over.yes = true
	over.Unlock()
	if over.asked {
		t.Unend()
	}
	return !over.asked
}

// callAside is callWithin on another thread, which is given up when it does not even come to an end. The caller holds the lock, and
// keeps it.
func callAside(limit time.Duration, fn uintptr, args ...uintptr) (uintptr, error) {
	long := types.Of(types.ULong)
	sig := Signature{Result: long, Fixed: len(args)}
	for range args {
		sig.Params = append(sig.Params, long)
	}
	plan, err := Prepare(sig)
	if err != nil {
		return 0, err
	}
	f := plan.Frame()
	for i, a := range args {
		f.SetInt(i, uint64(a))
	}
	began, done := make(chan *slot), make(chan error, 1)
	goOn := make(chan bool)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		s := claimSlot(thread()) // the lock is held on our behalf
		f.in(&state{slot: s, depth: 1})
		began <- s
		<-goOn
		f.enter(trampoline, fn)
		end := f.words[wordSignal]
		f.words[wordSignal] = 0
		switch end {
		case 0:
			done <- nil
		case endSignal:
			done <- ErrEnded
		default:
			done <- newCrash(&records[s.index()])
		}
	}()
	s := <-began
	t := &Thread{s, s.turn}
	goOn <- true
	select {
	case err = <-done:
	case <-time.After(limit):
		t.End()
		select {
		case err = <-done:
			t.Unend()
		case <-time.After(2 * askGently):
			return 0, ErrEnded
		}
	}
	s.free()
	return uintptr(f.Int()), err
}
