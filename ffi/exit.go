// This file defines Exit, and what becomes of a crash in an exit handler or in a destructor at exit: it is told, and the
// others still run.

//go:build linux || darwin

package ffi

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"
)

// Leaving is called when the process ends by exit(3), whoever called that on whatever thread, after the exit handlers
// of libraries. It must not wait for the lock. Linux only.
var Leaving = func() {}

// Exit ends the process as exit(3) does: atexit handlers and destructors run, and
// no byte that C has buffered is lost. It does not return. A handler that crashes or
// is ended does not keep the others from running; the status is 1 then if it would be 0.
func Exit(code int) {
	if ready() == nil {
		leaving.begun.Store(true)
		leaving.status = code
		_, err := callOut(libc.exit, uintptr(code))
		goOnLeaving(err)
	}
	os.Exit(code)
}

// leaving is what is known of an exit that is under way.
var leaving struct {
	begun   atomic.Bool // somebody knows of it: a crash in a handler is dealt with already
	status  int
	crashes int
	last    []uintptr   // where the last one was, and who called that
	same    int         // how many in a row were there
	limit   *time.Timer // ends the process when what is left of the exit does not
}

const (
	mostExitCrashes = 1000             // a handler that crashes may register itself anew
	mostSameCrashes = 100              // what libc does at the very end is on no list: it would crash for ever
	exitLimit       = 10 * time.Second // for the handlers left, when one has crashed: it may have taken a lock along
)

// goOnLeaving calls exit(3) again, which goes on behind the handler that it was in: C libraries take a
// handler off their list before they call it. err is what ended the handler, and is told. It does not return.
func goOnLeaving(err error) {
	for leaving.begun.Store(true); leaving.crashes < mostExitCrashes && leaving.same < mostSameCrashes; leaving.crashes++ {
		tellExit(err)
		if leaving.status == 0 {
			leaving.status = 1
		}
		_, err = callOut(libc.exit, uintptr(leaving.status))
	}
	os.Exit(leaving.status)
}

// exitFlush is how long C may take to write out what it has printed, when it may be beyond that.
const exitFlush = 200 * time.Millisecond

// tellExit prints what ended an exit handler or a destructor, after what was printed before. Of several in a row at one
// place only the first is told.
func tellExit(err error) {
	if leaving.limit != nil {
		leaving.limit.Stop()
	}
	leaving.limit = time.AfterFunc(exitLimit, func() { os.Exit(max(1, leaving.status)) })
	var c *Crash
	if errors.As(err, &c) {
		var where []uintptr
		for _, spot := range c.Trace {
			where = append(where, spot.PC)
		}
		if slices.Equal(where, leaving.last) {
			leaving.same++
			return
		}
		leaving.last, leaving.same = where, 0
	}
	FlushFor(exitFlush)
	fmt.Fprintf(os.Stderr, "dlsh: at exit: %v\n", err)
}

// exitEnd is where the code of exit(3) ends, 0 while nobody has asked.
var exitEnd uintptr

// inExit reports whether the stack of a crash has a return address into exit(3) on it: C code has called that, and a
// handler of it has crashed. There is no way back then: handlers that have run will not run again.
func inExit(stack []byte) bool {
	if exitEnd == 0 {
		exitEnd = libc.exit + functionSize(libc.exit)
	}
	for ; len(stack) >= 8; stack = stack[8:] {
		if at := uintptr(le64(stack)); at > libc.exit && at <= exitEnd {
			return true
		}
	}
	return false
}

// resumeExit is for a crash in a call of fn: where that is in the middle of exit(3), the exit goes on. The stack above
// wordSP is that of others, which this call is inside of.
func (f *Frame) resumeExit(c *Crash, fn uintptr, stack []byte) {
	if leaving.begun.Load() {
		return
	}
	if own := uintptr(f.words[wordSP]) - c.SP; own < uintptr(len(stack)) {
		stack = stack[:own]
	}
	if inExit(stack) {
		if leaving.status = 1; fn == libc.exit {
			leaving.status = int(int32(f.words[wordRegs]))
		}
		goOnLeaving(c)
	}
}

// resumeStrayExit is resumeExit for a crash on a thread of a library's own.
func resumeStrayExit(c *Crash, stack []byte) {
	if !leaving.begun.Load() && inExit(stack) {
		leaving.status = 1
		goOnLeaving(c)
	}
}
