// This file defines time limits: ctypes.timeout, and the timeout of a C function.
//
// A limit belongs to the strand it was set on and ends what runs there: C as an interrupt does, and Lua before its next
// instruction, again and again until the call with the limit is left. So nothing in between can hold it up, no pcall and
// no callback; only that call itself raises the error to its caller.

package lua

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// timeoutKind is the kind of the errors.
const timeoutKind = "TimeoutError"

// limit is a call that must have returned by a time.
type limit struct {
	s       *Session
	on      *glua.LState
	strand  *strand
	thread  *ffi.Thread
	what    string // what is called
	seconds float64
	timer   *time.Timer
	over    bool         // the call has ended; the lock of the session's interrupts is for it
	expired atomic.Bool  // the time was over before the call
	error   *glua.LTable // once it was raised
	results bool         // the call has returned
}

// longest is the longest limit, in seconds.
const longest = 1e9

// checkSeconds reads a time limit.
func checkSeconds(L *glua.LState, place string, lv glua.LValue) float64 {
	n, ok := lv.(glua.LNumber)
	if !ok {
		raise(L, "TypeError", "%s: a number of seconds is wanted, not %s", place, describe(lv))
	}
	if !(n > 0 && n <= longest) {
		raise(L, "ValueError", "%s: a number of seconds above 0 is wanted, at most %.0f, not %s", place, longest, describe(lv))
	}
	return float64(n)
}

// newLimit begins a limit of what runs on L; leave must be deferred at once.
func (s *Session) newLimit(L *glua.LState, what string, seconds float64) *limit {
	lim := &limit{s: s, on: L, strand: s.strand(), thread: ffi.Current(), what: what, seconds: seconds}
	lim.strand.limits = append(lim.strand.limits, lim)
	lim.timer = time.AfterFunc(time.Duration(seconds*float64(time.Second)), lim.expire)
	return lim
}

// expire has what runs end. It is run by the timer, on a goroutine of its own.
func (lim *limit) expire() {
	in := &lim.s.interrupts
	in.mu.Lock()
	defer in.mu.Unlock()
	if lim.over {
		return
	}
	lim.expired.Store(true)
	lim.s.stop()
	in.waker.wake()
	time.AfterFunc(grace, func() {
		in.mu.Lock()
		defer in.mu.Unlock()
		if !lim.over {
			lim.thread.End()
		}
	})
}

// leave ends a limit, however the call went, and raises the error where it was too long.
func (lim *limit) leave(L *glua.LState) {
	lim.timer.Stop()
	st := lim.strand
	st.limits = st.limits[:len(st.limits)-1]
	in := &lim.s.interrupts
	in.mu.Lock()
	lim.over = true
	expired := lim.expired.Load()
	if expired {
		lim.s.goOn()
		lim.thread.Unend()
		if in.pending && in.chunks > 0 && !st.foreign {
			in.thread.End() // that was asked for as well
		}
	}
	in.mu.Unlock()
	if !expired || lim.results {
		return
	}
	// Whatever is on its way here: what ended on account of the limit, and what Lua made of that.
	if err, ok := recover().(error); ok && isInterrupt(err) {
		panic(err)
	}
	L.Error(lim.problem(L, 1, ""), 0)
}

// problem is the error, the same one each time. It names what was ended first.
func (lim *limit) problem(L *glua.LState, level int, what string) *glua.LTable {
	if lim.error == nil {
		message := fmt.Sprintf("%s was ended after %s", lim.what, plainSeconds(lim.seconds))
		if what != "" && what != lim.what {
			message += ", in " + what
		}
		lim.error = placedError(L, timeoutKind, message, level, what)
		lim.error.RawSetString("seconds", glua.LNumber(lim.seconds))
	}
	return lim.error
}

// plainSeconds writes a time in words.
func plainSeconds(n float64) string {
	if n == 1 {
		return "1 second"
	}
	return fmt.Sprintf("%g seconds", n)
}

// expired is the outermost limit of the strand whose time is over, or nil.
func (st *strand) expired() *limit {
	for _, lim := range st.limits {
		if lim.expired.Load() {
			return lim
		}
	}
	return nil
}

// limited reports whether a limit was set on a Lua thread, which cannot yield before the call returns.
func (s *Session) limited(L *glua.LState) bool {
	return slices.ContainsFunc(s.strand().limits, func(lim *limit) bool { return lim.on == L })
}

// timeout is ctypes.timeout(seconds, f, ...).
func (s *Session) timeout(L *glua.LState) int {
	seconds := checkSeconds(L, "timeout: argument 1", L.Get(1))
	fn := L.Get(2)
	if fn.Type() != glua.LTFunction && L.GetMetaField(fn, "__call") == glua.LNil {
		raise(L, "TypeError", "timeout: argument 2: a function is wanted, not %s", describe(fn))
	}
	lim := s.newLimit(L, s.called(fn), seconds)
	defer lim.leave(L)
	L.Call(L.GetTop()-2, glua.MultRet)
	lim.results = true
	return L.GetTop() - 1
}

// called names what is called, for messages.
func (s *Session) called(fn glua.LValue) string {
	lf, ok := fn.(*glua.LFunction)
	if !ok {
		return s.nameOf(fn)
	}
	if f := toFunction(lf); f != nil {
		return f.name
	}
	name := s.nameOf(fn)
	if lf.IsG {
		s.L.Get(glua.GlobalsIndex).(*glua.LTable).ForEach(func(module, members glua.LValue) {
			if t, ok := members.(*glua.LTable); ok && module != glua.LString("_G") {
				t.ForEach(func(k, v glua.LValue) {
					if v == fn {
						name = module.String() + "." + k.String()
					}
				})
			}
		})
	}
	if lf.Proto != nil && name == fmt.Sprintf("%s:%d", lf.Proto.SourceName, lf.Proto.LineDefined) {
		return "the function at " + name
	}
	return name
}

// setTimeout is f.timeout = lv. A function without one is called as if there were no limits at all.
func (f *function) setTimeout(L *glua.LState, lv glua.LValue) {
	if lv == glua.LNil {
		if f.timeout != 0 {
			f.timeout, f.lua.GFunction = 0, f.untimed
		}
		return
	}
	seconds := checkSeconds(L, f.name+".timeout", lv)
	if f.timeout == 0 {
		f.untimed, f.lua.GFunction = f.lua.GFunction, f.callTimed
	}
	f.timeout = seconds
}

// callTimed is a call of a function with a limit.
func (f *function) callTimed(L *glua.LState) int {
	lim := f.s.newLimit(L, f.name, f.timeout)
	defer lim.leave(L)
	n := f.untimed(L)
	lim.results = true
	return n
}
