// This file defines what becomes of errors in callbacks: they wait until C returns, and are raised there.

package lua

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// strand is one thread of C that runs Lua: the main one, or one that a library made and that calls back.
type strand struct {
	foreign bool
	trouble *trouble // what the C call under way raises when it returns
	errno   uintptr  // where errno of the thread is; 0 for the main one
	limits  []*limit // time limits under way, the innermost last
}

// trouble is an error in a callback, on its way to Lua.
type trouble struct {
	value    glua.LValue
	callback string
	trace    string
	foreign  bool     // it happened on a thread that the library made, where no Lua call is waiting
	more     int      // errors after it that wait for the same call
	notes    []string // of a crash
}

// trail is the trouble raised last: its traceback goes into the error that comes of it.
type trail struct {
	value glua.LValue
	trace string
	note  string // what the value itself does not say
}

// strand is the one that runs now.
func (s *Session) strand() *strand {
	st, ok := ffi.Local().(*strand)
	if !ok {
		// Nobody has been here on this thread: a callback on one that a library made.
		st = &strand{foreign: true}
		ffi.SetLocal(st)
	}
	return st
}

// failed keeps an error of a callback until it can be raised: by the C call that the callback was called in, or, on a
// thread where there is none, by the next one of the main thread.
func (s *Session) failed(callback string, foreign bool, err error) {
	t := &trouble{callback: callback, foreign: foreign}
	if fault := (*ffi.Fault)(nil); errors.As(err, &fault) { // C passed a pointer to an argument, and nothing is there
		L := s.takeThread()
		err = s.thrown(L, "Fault", "", err)
		s.idle = append(s.idle, L)
	}
	var api *glua.ApiError
	if errors.As(err, &api) && api.Object != nil {
		t.value = api.Object
		// gopher-lua takes the outermost function of a thread for a chunk.
		t.trace = strings.Replace(s.traceOf(api), "in main chunk", inCallback+callback, 1)
	} else {
		t.value = glua.LString(err.Error())
	}
	if s.closed {
		s.tell(t) // this is an exit handler or a destructor
		return
	}
	if foreign && isInterrupt(err) && s.Unheeded() {
		return // the main thread raises its own
	}
	at := &s.strand().trouble
	if foreign {
		at = &s.foreignTrouble
	}
	switch {
	case *at == nil:
	case endsCalls(t.value) && !endsCalls((*at).value):
		t.more = (*at).more + 1 // nothing else is raised instead of what ends the call
		*at = t
		return
	default:
		(*at).more++
		return
	}
	*at = t
	s.after++
}

// wait puts a trouble back that is older than what its call is to raise now, if anything.
func (s *Session) wait(first *trouble) {
	st := s.strand()
	if t := st.trouble; t != nil {
		first.more += 1 + t.more
		s.after--
	}
	st.trouble = first
}

// tell prints a trouble that nothing raises any more.
func (s *Session) tell(t *trouble) {
	fmt.Fprintln(os.Stderr, "dlsh: "+asError(s.takeThread(), &glua.ApiError{Object: s.marked(t)}, false).Message)
}

// exit is os.exit: C calls that are under way will raise nothing, so what they were to raise is told.
func (s *Session) exit(code int) {
	s.closed = true
	var all []*trouble
	for _, w := range s.running {
		all = append(all, w.waiting)
	}
	all = append(all, s.home.trouble)
	if st := s.strand(); st != &s.home {
		all = append(all, st.trouble)
	}
	for _, t := range append(all, s.foreignTrouble) {
		if t != nil {
			s.tell(t)
		}
	}
	ffi.Exit(code)
}

// due takes the trouble that the C call which has just returned is to raise.
func (s *Session) due() *trouble {
	st := s.strand()
	at := &st.trouble
	if *at == nil && !st.foreign {
		at = &s.foreignTrouble
	}
	t := *at
	if t != nil {
		*at = nil
		s.after--
	}
	return t
}

// afterCall does what is to be done when a call has returned and something is: s.after is not 0.
func (f *function) afterCall(L *glua.LState, fr *ffi.Frame) {
	f.s.journal.called(f.s, f.name)
	f.s.release(fr)
	if t := f.s.due(); t != nil {
		fr.Done()
		f.s.raiseTrouble(L, t)
	}
}

// raiseDue raises what callbacks left behind while the loader ran constructors or destructors.
func (s *Session) raiseDue(L *glua.LState) {
	if s.after != 0 {
		if t := s.due(); t != nil {
			s.raiseTrouble(L, t)
		}
	}
}

func (s *Session) raiseTrouble(L *glua.LState, t *trouble) {
	lv := s.marked(t)
	s.follow(t, lv)
	L.Error(lv, 0)
}

// follow notes the trail of a trouble.
func (s *Session) follow(t *trouble, lv glua.LValue) {
	if t.callback == "" {
		return
	}
	trace := strings.TrimSuffix(t.trace, "\n\t[G]: ?")
	if trace == "" {
		trace = "stack traceback:"
	}
	by := "\n\t(called by C)"
	if t.foreign {
		by = "\n\t(called by C, on a thread of the library)" // what follows is where the main thread was
	}
	s.trail = trail{value: lv, trace: trace + by}
	if lv.Type() != glua.LTString && !isError(s.L, lv) {
		s.trail.note = t.note()
	}
}

// An error that comes through many callbacks names the innermost ones: it may be a recursion without end.
const (
	inCallback = "in callback "
	mostNamed  = 3
	mostTraced = 40 // lines of traceback
)

// note says which callback an error comes from.
func (t *trouble) note() string {
	text := inCallback + t.callback
	if t.callback == "" {
		text = "a crash" // on a thread that ran no Lua
	}
	if t.foreign {
		text += ", on a thread of the library"
	}
	if t.more > 0 {
		text += fmt.Sprintf("; %s in callbacks", plural(int64(t.more), "more error"))
	}
	return text
}

// marked is the error value with a note of where it comes from: dlsh's own have a field for it, strings end in it,
// and what else was thrown is left as it is.
func (s *Session) marked(t *trouble) glua.LValue {
	switch x := t.value.(type) {
	case glua.LString:
		if strings.Count(string(x), inCallback) >= mostNamed {
			return x
		}
		return x + glua.LString(" ("+t.note()+")")
	case *glua.LTable:
		if t.callback == "" && t.more > 0 { // a crash on a thread of a library's own
			x.RawSetString("notes", stringList(s.L, append(t.notes, plural(int64(t.more), "more error")+" on threads of libraries")))
		}
		if isError(s.L, x) && t.callback != "" {
			note := t.note()
			if inner, ok := x.RawGetString("callback").(glua.LString); ok {
				if strings.Count(string(inner), inCallback) >= mostNamed {
					return x
				}
				note = string(inner) + ", " + note // it went through several
			}
			x.RawSetString("callback", glua.LString(note))
			x.RawSetString("traceback", glua.LString(t.trace))
		}
	}
	return t.value
}

// isError reports whether a table is one of dlsh's error values.
func isError(L *glua.LState, lv glua.LValue) bool {
	t, ok := lv.(*glua.LTable)
	return ok && t.Metatable == L.GetTypeMetatable(errorType)
}

// traceOf is the traceback of an error, with that of the callback it came from on top.
func (s *Session) traceOf(api *glua.ApiError) string {
	trace := traceback(api.StackTrace)
	if s.trail.value == nil || api.Object != s.trail.value {
		return trace
	}
	lines := strings.Split(trace, "\n")
	lines = append(strings.Split(s.trail.trace, "\n"), lines[min(1, len(lines)):]...)
	if len(lines) > mostTraced {
		lines = slices.Concat(lines[:mostTraced/2], []string{"\t..."}, lines[len(lines)-mostTraced/2:])
	}
	return strings.Join(lines, "\n")
}

// explainTrail adds to the error of a chunk what is known of the callback it comes from.
func (s *Session) explainTrail(e *Error, err error) *Error {
	var api *glua.ApiError
	if s.trail.value != nil && errors.As(err, &api) && api.Object == s.trail.value {
		e.Traceback = s.traceOf(api)
		if s.trail.note != "" {
			e.Message += " (" + s.trail.note + ")"
		}
	}
	s.trail = trail{}
	return e
}

// Pending is the error of a callback that no call raised: it came on a thread of a library's own, say. It is told
// once. The caller is between two chunks.
func (s *Session) Pending() error {
	if c := ffi.Stray(); c != nil {
		s.strayed(c)
	}
	if s.after == 0 {
		return nil
	}
	t := s.due()
	if t == nil {
		return nil
	}
	lv := s.marked(t)
	s.follow(t, lv)
	err := &glua.ApiError{Type: glua.ApiErrorRun, Object: lv}
	return s.explainTrail(asError(s.L, err, s.options.Interactive), err)
}

// thrown is the error that raiseErr throws, for a callback that has no Lua to throw it in.
func (s *Session) thrown(L *glua.LState, kind, place string, err error) error {
	L.SetTop(0)
	L.Push(L.NewFunction(func(L *glua.LState) int {
		raiseErr(L, kind, place, err)
		return 0
	}))
	return L.PCall(0, 0, nil)
}

// hearMachine has what package ffi tells of callbacks become errors like those of Lua.
func (s *Session) hearMachine() {
	ffi.SetLocal(&s.home)
	ffi.CrashedThread = s.strayed
	tell := func(name, kind, format string, args ...any) {
		name, _ = strings.CutSuffix(name, passedSuffix)
		st := s.strand()
		L := s.takeThread()
		err := s.thrown(L, kind, "", fmt.Errorf(format, args...))
		s.idle = append(s.idle, L)
		s.failed(name, st.foreign, err)
	}
	ffi.Stale = func(name string) {
		if name, passed := strings.CutSuffix(name, passedSuffix); passed {
			tell(name, "ReferenceError", "C called a function that it was passed for one call, after that call; make a callback of it with CFUNCTYPE, and keep that as long as C may call it")
			return
		}
		tell(name, "ReferenceError", "callback %s was called by C after Lua let go of it; keep the value that CFUNCTYPE gave as long as C may call it", name)
	}
	ffi.TooDeep = func(name string) {
		tell(name, "RecursionError", "calls and callbacks are nested too deep; the callback was not run")
	}
	ffi.Panicked = func(name string, v any) {
		name, _ = strings.CutSuffix(name, passedSuffix)
		if api, ok := v.(*glua.ApiError); ok {
			s.failed(name, s.strand().foreign, api)
			return
		}
		tell(name, "SystemError", "internal error: %v", v)
	}
}
