// This file defines Exit, and what becomes of a crash in an exit handler or in a destructor at exit: it is told, and the
// others still run.

//go:build linux || darwin

package ffi

import (
	"fmt"
	"os"
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
}

// mostExitCrashes bounds the handlers that crash: one may register itself anew.
const mostExitCrashes = 1000

// goOnLeaving calls exit(3) again, which goes on behind the handler that it was in: C libraries take a
// handler off their list before they call it. err is what ended the handler, and is told. It does not return.
func goOnLeaving(err error) {
	for leaving.begun.Store(true); leaving.crashes < mostExitCrashes; leaving.crashes++ {
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

// tellExit prints what ended an exit handler or a destructor, after what was printed before.
func tellExit(err error) {
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

// strayExit is how long an exit may take that a thread of a library has begun and crashed in: it may have taken locks
// along that exit(3) wants.
const strayExit = 5 * time.Second

// resumeStrayExit is resumeExit for a crash on a thread of a library's own.
func resumeStrayExit(c *Crash, stack []byte) {
	if !leaving.begun.Load() && inExit(stack) {
		leaving.status = 1
		time.AfterFunc(strayExit, func() { os.Exit(1) })
		goOnLeaving(c)
	}
}
