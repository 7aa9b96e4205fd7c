// This file defines how coroutines and callbacks keep out of each other's way.

package lua

import (
	"slices"

	glua "github.com/yuin/gopher-lua"
)

// guardCoroutines keeps callbacks from yielding, since C waits below them, and coroutines from being resumed that are
// running already further down: gopher-lua looks only whether they are the current one.
func (s *Session) guardCoroutines(coroutine *glua.LTable) {
	yield := coroutine.RawGetString("yield").(*glua.LFunction)
	original := yield.GFunction
	yield.GFunction = func(L *glua.LState) int {
		if s.inCallback(L) {
			L.RaiseError("attempt to yield across a C call: a callback must return to C before anything else can go on")
		}
		if s.limited(L) {
			L.RaiseError("attempt to yield across ctypes.timeout: the coroutine can have the time limit inside it, or around coroutine.resume")
		}
		return original(L)
	}
	running := coroutine.RawGetString("running").(*glua.LFunction)
	current := running.GFunction
	running.GFunction = func(L *glua.LState) int {
		if s.inCallback(L) {
			L.Push(glua.LNil) // as in the main program: nothing here can be resumed
			return 1
		}
		return current(L)
	}
	status := coroutine.RawGetString("status").(*glua.LFunction)
	report := status.GFunction
	status.GFunction = func(L *glua.LState) int {
		if th := L.CheckThread(1); th != L && slices.Contains(s.resumed, th) {
			L.Push(glua.LString("normal"))
			return 1
		}
		return report(L)
	}
	s.guardResume(coroutine.RawGetString("resume").(*glua.LFunction), nil)
}

// guardResume keeps the books of what is running for coroutine.resume, or for a function of coroutine.wrap, whose
// coroutine is th.
func (s *Session) guardResume(lf *glua.LFunction, th *glua.LState) {
	original := lf.GFunction
	lf.GFunction = func(L *glua.LState) int {
		th := th
		wrapped := th != nil
		if !wrapped {
			th = L.CheckThread(1)
		}
		if slices.Contains(s.resumed, th) {
			const problem = "cannot resume a coroutine that is running"
			if wrapped {
				L.RaiseError(problem)
			}
			L.Push(glua.LFalse)
			L.Push(glua.LString(problem))
			return 2
		}
		s.resumed = append(s.resumed, th)
		defer func() {
			// Callbacks on several threads may end in any order.
			i := len(s.resumed) - 1
			for s.resumed[i] != th {
				i--
			}
			s.resumed = slices.Delete(s.resumed, i, i+1)
			if wrapped {
				endWrapped(L, th, recover())
			}
		}()
		return original(L)
	}
}

// endWrapped raises what ended a coroutine of coroutine.wrap, nil for nothing, where it was resumed. gopher-lua does
// not end the coroutine, and raises past the functions there.
func endWrapped(L, th *glua.LState, thrown any) {
	if thrown == nil {
		return
	}
	th.Dead, L.G.CurrentThread = true, L
	if api, ok := thrown.(*glua.ApiError); ok && api.Object != nil {
		L.Error(api.Object, 0)
	}
	panic(thrown)
}
