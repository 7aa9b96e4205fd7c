// This file defines Ctrl-C: the interrupt of a session, and how whoever notices it raises it as an error.
//
// An interrupt is one flag. Lua code notices it before its next instruction, a C call by being ended, a function that
// waits by being woken; the first of them on the main thread takes the flag and raises the error, once. On its way the
// error may come to a callback; C, which called that, does not go on then: the call around it ends and raises the same.

package lua

import (
	"errors"
	"strings"
	"sync"
	"time"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// interruptKind is the kind of the errors.
const interruptKind = "Interrupt"

// interrupts is what a session knows of being interrupted. The lock is for the fields from it on, and for the limits of all strands.
type interrupts struct {
	mu      sync.Mutex
	chunks  int         // run calls under way, one in the other
	thread  *ffi.Thread // that they run on
	pending bool        // there is an interrupt that nobody has taken
	since   time.Time   // when it came
	deaf    bool        // a child process runs, which Ctrl-C is for
	heard   bool        // it came while one ran
	taken   int         // how many were raised in the chunk under way
	echo    time.Time   // until then it is the one that a child died of
	waker   waker       // of a wait for input
}

// An Answer is what came of an interrupt.
type Answer int

const (
	Asked Answer = iota // what runs was asked to end
	Again               // it was asked before, less than a second ago
	Stuck               // it was asked before, and did not react for a second
	Idle                // nothing runs: the next chunk will be interrupted, unless TakeInterrupt comes first
)

// reaction is how long whoever runs may take to react to an interrupt.
const reaction = time.Second

// grace is how long a C call may go on before it is ended in the middle of what it does. Most return by themselves in
// that time, with no lock held, and Lua notices then.
const grace = 25 * time.Millisecond

// Interrupt asks what runs, Lua or C, to end with an error of kind Interrupt. Any goroutine may call it.
func (s *Session) Interrupt() Answer {
	in := &s.interrupts
	in.mu.Lock()
	defer in.mu.Unlock()
	switch {
	case in.deaf:
		in.heard = true
		return Asked // as system(3) has it: the child hears it too
	case time.Now().Before(in.echo):
		in.echo = time.Time{}
		return Asked
	case in.pending && in.chunks > 0 && time.Since(in.since) >= reaction:
		return Stuck
	case in.pending && in.chunks > 0:
		return Again
	case in.pending:
		return Idle
	}
	in.pending, in.since = true, time.Now()
	s.stop()
	if in.chunks == 0 {
		return Idle
	}
	in.waker.wake()
	time.AfterFunc(grace, func() {
		in.mu.Lock()
		defer in.mu.Unlock()
		if in.pending && in.chunks > 0 {
			in.thread.End()
		}
	})
	return Asked
}

// Unheeded reports whether an interrupt waits to be noticed by what runs.
func (s *Session) Unheeded() bool {
	s.interrupts.mu.Lock()
	defer s.interrupts.mu.Unlock()
	return s.interrupts.pending && s.interrupts.chunks > 0
}

// interruptComes waits for the interrupt of a SIGINT that came while the main thread was in C: Go hears of it a little
// later. It reports false where there is none: it was taken already, or nobody asks for one.
func (s *Session) interruptComes() bool {
	if s.strand().foreign {
		return false
	}
	for began := time.Now(); time.Since(began) < 50*time.Millisecond; time.Sleep(20 * time.Microsecond) {
		s.interrupts.mu.Lock()
		pending, deaf := s.interrupts.pending, s.interrupts.deaf
		s.interrupts.mu.Unlock()
		if pending || deaf {
			return pending
		}
	}
	return false
}

// TakeInterrupt takes the interrupt that nobody has noticed, if there is one.
func (s *Session) TakeInterrupt() bool {
	in := &s.interrupts
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.pending {
		return false
	}
	if in.chunks > 0 {
		if in.taken++; in.taken >= insistent && s.options.Interactive {
			return true // until the statement is over: whoever catches this one gets the next
		}
	}
	in.pending = false
	s.goOn()
	in.thread.Unend()
	return true
}

// insistent is how many times Ctrl-C is pressed during one statement at the prompt until it is not to be caught any more.
const insistent = 3

// begin and over are around all that runs Lua on the main thread.
func (s *Session) begin() {
	in := &s.interrupts
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.chunks++; in.chunks > 1 {
		return
	}
	in.thread = ffi.Current()
	if in.pending { // it came before: Lua notices by itself
		in.since = time.Now()
	}
}

// over keeps an interrupt that came too late, for the next chunk or for who asks; but C may be called in peace.
func (s *Session) over() {
	in := &s.interrupts
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.chunks--; in.chunks > 0 {
		return
	}
	if in.pending {
		in.thread.Unend()
		if in.taken >= insistent {
			in.pending = false
			s.goOn()
		}
	}
	in.taken = 0
}

// stuckCallback is how long an interrupt may wait for the main thread before callbacks on other threads end, one of
// which may be what the main thread waits for.
const stuckCallback = 200 * time.Millisecond

// check raises what is to be raised in what runs on L, if anything is. level is where the error is placed, counted from the
// running function; what names what is ended, "" for Lua code.
func (s *Session) check(L *glua.LState, level int, what string) {
	st := s.strand()
	if lim := st.expired(); lim != nil {
		L.Error(lim.problem(L, level, what), 0)
	}
	if st.foreign {
		// The flag is left for the main thread.
		s.interrupts.mu.Lock()
		late := s.interrupts.pending && time.Since(s.interrupts.since) >= stuckCallback
		s.interrupts.mu.Unlock()
		if late {
			L.Error(s.newInterrupt(L, level, what), 0)
		}
		return
	}
	if s.TakeInterrupt() {
		L.Error(s.newInterrupt(L, level, what), 0)
	}
}

// newInterrupt makes the error.
func (s *Session) newInterrupt(L *glua.LState, level int, what string) *glua.LTable {
	message := "ended by Ctrl-C"
	if what != "" {
		message = what + " was ended by Ctrl-C"
	}
	return placedError(L, interruptKind, message, level, what)
}

// placedError makes an error about what was ended, with the place it happened at.
func placedError(L *glua.LState, kind, message string, level int, what string) *glua.LTable {
	e := newError(L, kind, message)
	for ; level < 4; level++ {
		if at := strings.TrimSuffix(strings.TrimSpace(L.Where(level)), ":"); at != "" && at != "[G]" {
			e.RawSetString("where", glua.LString(at))
			break
		}
	}
	if what != "" {
		e.RawSetString("function", glua.LString(what))
	}
	return e
}

// ended raises what there is to raise when a call of what has ended with ffi.ErrEnded: the error that left one of its
// callbacks, a time limit, or the interrupt. It does not return.
func (s *Session) ended(L *glua.LState, what string) {
	notes := ffi.EndedNotes()
	var first *trouble
	if s.after != 0 {
		first = s.due()
	}
	st := s.strand()
	lim := st.expired()
	if first != nil && endsCalls(first.value) {
		addNotes(L, first.value.(*glua.LTable), notes)
		s.raiseTrouble(L, first)
	}
	if first != nil { // it is raised no more
		notes = append(notes, "before it, callback "+first.callback+" failed: "+s.printedTrouble(first))
	}
	var e *glua.LTable
	if lim != nil {
		e = lim.problem(L, 1, what)
	} else {
		if !st.foreign {
			s.TakeInterrupt()
		}
		e = s.newInterrupt(L, 1, what)
	}
	addNotes(L, e, notes)
	L.Error(e, 0)
}

// raiseEnded raises what ended a call of the loader's, of which err tells.
func (s *Session) raiseEnded(L *glua.LState, err error, what string) {
	if errors.Is(err, ffi.ErrEnded) {
		s.ended(L, what)
	}
}

// addNotes adds to an error what else is to be said.
func addNotes(L *glua.LState, e *glua.LTable, texts []string) {
	if len(texts) == 0 {
		return
	}
	notes, ok := e.RawGetString("notes").(*glua.LTable)
	if !ok {
		notes = L.NewTable()
		e.RawSetString("notes", notes)
	}
	for _, text := range texts {
		notes.Append(glua.LString(text))
	}
}

// withNotes is the line of an error that ended a call, with its notes below; "" where there are none.
func withNotes(line string, lv glua.LValue) string {
	if !endsCalls(lv) {
		return ""
	}
	notes, ok := lv.(*glua.LTable).RawGetString("notes").(*glua.LTable)
	if !ok {
		return ""
	}
	for i := 1; i <= notes.Len(); i++ {
		line += "\n  " + notes.RawGetInt(i).String()
	}
	return line
}

// endsCalls reports whether an error ends the C calls that it passes.
func endsCalls(lv glua.LValue) bool {
	e, ok := lv.(*glua.LTable)
	if !ok {
		return false
	}
	kind := e.RawGetString("kind")
	return kind == glua.LString(interruptKind) || kind == glua.LString(timeoutKind)
}

// isInterrupt reports whether an error value, or what gopher-lua makes of one, is an interrupt.
func isInterrupt(err error) bool {
	var api *glua.ApiError
	if !errors.As(err, &api) {
		return false
	}
	e, ok := api.Object.(*glua.LTable)
	return ok && e.RawGetString("kind") == glua.LString(interruptKind)
}

// leaveCall has C not go on after a callback that an interrupt, or a time limit further out, has ended with err, nil
// for none.
func (s *Session) leaveCall(in *ffi.Incoming, err error) {
	if !in.Foreign() && (isInterrupt(err) || s.strand().expired() != nil) {
		in.Leave()
	}
}

// sessions are those that are open, for who has only a Lua thread.
var sessions sync.Map // *glua.Global: *Session

// sessionOf is the session of a Lua thread, nil for one that is closed.
func sessionOf(L *glua.LState) *Session {
	s, _ := sessions.Load(L.G)
	found, _ := s.(*Session)
	return found
}

// openInterrupts and closeInterrupts are the session's beginning and end.
func (s *Session) openInterrupts() {
	sessions.Store(s.L.G, s)
	s.interrupts.thread = ffi.Current()
}

func (s *Session) closeInterrupts() {
	s.TakeInterrupt()
	sessions.Delete(s.L.G)
	s.interrupts.waker.close()
}

// ErrorKind is the kind of the error that a chunk ended with, "" for those that are not dlsh's own.
func ErrorKind(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

// Interrupted reports whether a chunk was ended by Ctrl-C.
func Interrupted(err error) bool { return ErrorKind(err) == interruptKind }
