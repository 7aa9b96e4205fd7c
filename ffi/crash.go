// This file defines Crash and ErrEnded: how a call of C ends other than by returning.

package ffi

import (
	"errors"
	"fmt"
	"strings"
)

// Crash is a fault in C, or a signal that C raised in itself: the call that was under way is over, and what
// it did is left as it was at that moment. signal(7), sigaction(2).
type Crash struct {
	Signal  int     // 11 for SIGSEGV
	Code    int     // si_code: above 0 when an instruction caused it, else it was sent
	Addr    uintptr // si_addr: what was touched, or the instruction; 0 where the CPU does not tell
	Access  string  // "read", "write", "execute", or "" where the CPU does not tell
	PC, SP  uintptr // where in C, and where the stack was
	Fn      uintptr // the C function that was called; 0 for a thread of a library's own
	Foreign bool    // on a thread that a library made, outside all calls: the thread was ended
	Thread  int     // its number, as gettid(2) gives it
	Regs    Registers
	Trace   []Spot   // where, the innermost first; then who called that
	Said    string   // of an abort: what the C library has printed before it
	Whose   string   // whose Addr is, in words
	Refused string   // what C wanted to do that would have ended more than the call, in words; the signal is the guard's own then
	Notes   []string // what is unsafe after it, and what was mended
	stack   stackCopy
}

// read is Read of memory as it was at the crash: the stack has been used for other things since.
func (c *Crash) read(dst []byte, addr uintptr) error {
	if at := addr - c.stack.at; at < uintptr(len(c.stack.bytes)) && len(dst) <= len(c.stack.bytes)-int(at) {
		copy(dst, c.stack.bytes[at:])
		return nil
	}
	return Read(dst, addr)
}

// Error is one line that does not name the function called.
func (c *Crash) Error() string {
	var b strings.Builder
	b.WriteString(SignalName(c.Signal))
	switch {
	case c.Refused != "":
		if len(c.Trace) > 1 { // the first place is in libc, where that would have been done
			return c.Refused + " in " + c.Trace[1].String()
		}
		return c.Refused
	case c.Access != "":
		fmt.Fprintf(&b, ", %s of 0x%x", c.Access, c.Addr)
	case c.Code <= 0:
		b.WriteString(", raised by the code itself")
	}
	if c.Whose != "" {
		b.WriteString(" (" + c.Whose + ")")
	}
	if len(c.Trace) > 0 {
		b.WriteString(" in " + c.Trace[0].String())
	}
	return b.String()
}

// ErrEnded is a call that was ended on request: by Thread.End, or by Incoming.Leave in a callback of it.
var ErrEnded = errors.New("the call was ended before it returned")

// ErrInterrupted is a call that has returned, and its results can be read. But SIGINT came on its thread while it was in
// C, which may be why it returned.
var ErrInterrupted = errors.New("the call has returned, perhaps because of SIGINT")

// What wordSignal says besides the numbers of signals.
const (
	endSignal    = 50  // Thread.End: the signal that does it
	endStray     = 128 // nothing ended the call, but a thread of a library has crashed meanwhile
	endLeave     = 129 // a callback did not want to go back
	endRefused   = 130 // the call was not made
	endInterrupt = 131 // nothing ended the call, but SIGINT came meanwhile
)

// CrashedThread is told of a crash on a thread of a library's own while whoever runs Lua waits (see
// Release): on a goroutine of its own, with the lock held. Crash.Foreign is true. Other such crashes come as the
// error of the call that is under way, or of Strays.
var CrashedThread = func(*Crash) {}

// SignalName is the name of a signal by its number on Linux: SIGSEGV.
func SignalName(n int) string {
	if name, ok := signalNames[n]; ok {
		return name
	}
	return fmt.Sprintf("signal %d", n)
}

var signalNames = map[int]string{
	4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 11: "SIGSEGV", 16: "SIGSTKFLT", 31: "SIGSYS",
}
