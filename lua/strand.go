// This file defines where Lua runs when C calls it, and how whoever waits lets that happen.

package lua

import (
	"slices"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// enter gives a callback a Lua thread to run on. Threads are kept for the next call; a call inside a call has another.
func (s *Session) enter(in *ffi.Incoming) *glua.LState {
	if in.Foreign() {
		s.strand().errno = in.Errno()
	}
	var waiting *trouble
	if s.after != 0 {
		st := s.strand()
		waiting, st.trouble = st.trouble, nil
	}
	L := s.takeThread()
	s.running = append(s.running, within{L, L.G.CurrentThread, waiting})
	L.G.CurrentThread = L
	return L
}

// within is a callback under way.
type within struct {
	thread, before *glua.LState // the one it runs on, and the one that was current before
	waiting        *trouble     // of an earlier callback of the same C call, which the calls made in this one must not raise
}

// takeThread gives a Lua thread that nothing runs on.
func (s *Session) takeThread() *glua.LState {
	if last := len(s.idle) - 1; last >= 0 {
		L := s.idle[last]
		s.idle = s.idle[:last]
		return L
	}
	L, _ := s.L.NewThread()
	return L
}

// leave ends what enter began; again says that the thread can be used again. Callbacks of several threads may end in
// any order.
func (s *Session) leave(L *glua.LState, in *ffi.Incoming, again bool) {
	last := len(s.running) - 1
	i := last
	for s.running[i].thread != L {
		i--
	}
	L.G.CurrentThread = s.running[i].before
	if first := s.running[i].waiting; first != nil {
		s.wait(first)
	}
	if i < last {
		copy(s.running[i:], s.running[i+1:])
	}
	s.running = s.running[:last]
	if again {
		s.idle = append(s.idle, L)
	}
	if in.Foreign() {
		s.redraw()
	}
}

// inCallback reports whether L is a thread that a callback runs on: it cannot yield, for C waits below it.
func (s *Session) inCallback(L *glua.LState) bool {
	return slices.ContainsFunc(s.running, func(w within) bool { return w.thread == L })
}

// Release lets callbacks on threads of libraries run, while the caller waits for a key or for input. A callback that
// is about to print calls clear first, and when it has ended, redraw; both may be nil. Until Acquire the session must
// not be used.
func (s *Session) Release(clear, redraw func()) {
	s.screen = screen{clear: clear, redraw: redraw}
	ffi.Release()
}

// Acquire ends what Release began. It waits for a callback that is running.
func (s *Session) Acquire() {
	ffi.Acquire()
	ffi.SetLocal(&s.home)
	s.screen = screen{}
}

// screen is the line on the terminal that a person is typing while callbacks run.
type screen struct {
	clear, redraw func()
	cleared       bool
}

// beforeOutput makes room for what Lua is about to print.
func (s *Session) beforeOutput() {
	if s.screen.clear != nil && !s.screen.cleared {
		s.screen.cleared = true
		s.screen.clear()
	}
}

// redraw shows the line again after something was printed.
func (s *Session) redraw() {
	if s.screen.cleared {
		s.screen.cleared = false
		ffi.Flush()
		s.screen.redraw()
	}
}

// letOthersRun has the functions of a library that wait for something outside let callbacks run meanwhile. Two that
// read from one file cannot: the second is refused.
func (s *Session) letOthersRun(t *glua.LTable, module string, file func(L *glua.LState) any, names ...string) {
	for _, name := range names {
		lf, ok := t.RawGetString(name).(*glua.LFunction)
		if !ok {
			continue
		}
		original := lf.GFunction
		waiting := *lf
		waiting.GFunction = func(L *glua.LState) int {
			from := file(L)
			if from != nil && from == s.reading {
				raise(L, "OSError", "%s: the main thread waits for this file already", name)
			}
			if s.strand().foreign || s.inCallback(L) {
				return original(L)
			}
			if from != nil {
				s.reading = from
			}
			n := s.awaiting(L, original)
			if stopping.Load() != 0 {
				s.check(L, 1, module+name)
			}
			return n
		}
		t.RawSetString(name, &waiting)
	}
}

// awaiting runs a function that waits, with the lock given up.
func (s *Session) awaiting(L *glua.LState, wait glua.LGFunction) int {
	ffi.Release()
	defer func() {
		ffi.Acquire()
		ffi.SetLocal(&s.home)
		s.reading = nil
	}()
	return wait(L)
}

// adaptWaiting lets callbacks run while Lua waits for input or for a child.
func (s *Session) adaptWaiting() {
	nothing := func(*glua.LState) any { return nil }
	if lib, ok := s.L.GetGlobal("os").(*glua.LTable); ok {
		lib.RawSetString("execute", s.L.NewFunction(s.execute))
		s.letOthersRun(lib, "os.", nothing, "execute")
	}
	if lib, ok := s.L.GetGlobal("io").(*glua.LTable); ok {
		input := lib.RawGetString("input")
		s.adaptInput(lib)
		s.letOthersRun(lib, "io.", func(L *glua.LState) any {
			L.Push(input)
			L.Call(0, 1)
			file := L.Get(-1)
			L.Pop(1)
			return userFile(file)
		}, "read")
	}
	if file, ok := s.L.GetTypeMetatable("FILE*").(*glua.LTable); ok {
		s.adaptAllLines(s.L.GetGlobal("io").(*glua.LTable), file)
		s.letOthersRun(file, "file:", func(L *glua.LState) any { return userFile(L.Get(1)) }, "read")
	}
}

// userFile is what is behind a file of Lua's, to tell files apart.
func userFile(lv glua.LValue) any {
	if ud, ok := lv.(*glua.LUserData); ok {
		return ud.Value
	}
	return nil
}
