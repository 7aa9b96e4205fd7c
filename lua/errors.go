// This file defines the error values Lua sees, and Error, which the packages above see.

package lua

import (
	"errors"
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
	"dlsh/types/cdecl"
)

// Error is a failed chunk: one good line and the Lua traceback that goes with it.
type Error struct {
	Message   string
	Kind      string // of dlsh's own errors: OSError, Fault, Interrupt
	Traceback string
	Report    string // for a fault in C: some lines that say all there is to know
	refused   bool   // the chunk is well formed, but is not run all the same
}

func (e *Error) Error() string { return e.Message }

// Text is what a person is shown: the report where there is one.
func (e *Error) Text() string {
	if e.Report != "" {
		return e.Report
	}
	return e.Message
}

// ErrIncomplete is found by errors.Is in the error of a chunk that stops before it is whole.
var ErrIncomplete = errors.New("the chunk is not whole")

const errorType = "dlsh.error"

// registerErrors makes the metatable of error values: tables with the fields kind
// and message that print as "kind: message" and join with "..".
func registerErrors(L *glua.LState) {
	mt := L.NewTypeMetatable(errorType)
	L.SetField(mt, "__tostring", L.NewFunction(func(L *glua.LState) int {
		L.Push(glua.LString(errorText(L.CheckTable(1))))
		return 1
	}))
	L.SetField(mt, "__concat", L.NewFunction(func(L *glua.LState) int {
		L.Push(glua.LString(L.ToStringMeta(L.Get(1)).String() + L.ToStringMeta(L.Get(2)).String()))
		return 1
	}))
	L.SetField(mt, "__index", L.NewFunction(func(L *glua.LState) int {
		if e, ok := L.Get(1).(*glua.LTable); ok && L.Get(2) == glua.LString("report") {
			if report := reportOf(L, e, false); report != "" {
				L.Push(glua.LString(report))
				return 1
			}
		}
		L.Push(glua.LNil)
		return 1
	}))
	L.SetField(mt, "__metatable", glua.LString("error"))
}

func errorText(t *glua.LTable) string {
	kind, message := t.RawGetString("kind").String(), t.RawGetString("message").String()
	if note, ok := t.RawGetString("callback").(glua.LString); ok {
		message += " (" + string(note) + ")"
	}
	if message == "" {
		return kind
	}
	return kind + ": " + message
}

// raise throws an error value. The kinds are the names of CPython's exceptions,
// and "Fault" for memory that could not be touched. It never returns.
func raise(L *glua.LState, kind, format string, args ...any) {
	throw(L, newError(L, kind, fmt.Sprintf(format, args...)))
}

// throw is raise for an error value that is made.
func throw(L *glua.LState, e *glua.LTable) {
	if where := strings.TrimSuffix(strings.TrimSpace(L.Where(1)), ":"); where != "" {
		e.RawSetString("where", glua.LString(where))
	}
	L.Error(e, 1)
}

func newError(L *glua.LState, kind, message string) *glua.LTable {
	e := L.NewTable()
	e.RawSetString("kind", glua.LString(kind))
	e.RawSetString("message", glua.LString(message))
	L.SetMetatable(e, L.GetTypeMetatable(errorType))
	return e
}

// raiseC throws what is wrong with a text of C, with the fields file, line and column where the place is known. An error
// that names a line of the chunk that is running needs no other place.
func raiseC(L *glua.LState, err error) {
	var c *cdecl.Error
	if !errors.As(err, &c) {
		raise(L, "CDefError", "%v", err)
	}
	shown := *c
	if c.Hint == cdecl.HintRedefine {
		shown.Hint = "{redefine = true} replaces what was declared before"
	}
	e := newError(L, "CDefError", shown.Error())
	if c.File != "" && c.Line > 0 {
		e.RawSetString("file", glua.LString(c.File))
		e.RawSetString("line", glua.LNumber(c.Line))
		e.RawSetString("column", glua.LNumber(c.Column))
	}
	at := where(L)
	if i := strings.LastIndexByte(at, ':'); i < 0 || !strings.HasPrefix(c.File, at[:i]) {
		e.RawSetString("where", glua.LString(at))
	}
	L.Error(e, 1)
}

// raiseErr throws a Go error as the error value that fits it. place may be empty.
func raiseErr(L *glua.LState, kind, place string, err error) {
	var fault *ffi.Fault
	var load *ffi.LoadError
	var memory *ffi.NoMemory
	var gone *unloaded
	var freed *disposed
	var text *badText
	switch {
	case errors.As(err, &text):
		kind = "ValueError"
	case errors.As(err, &gone):
		kind = "OSError"
	case errors.As(err, &memory):
		kind = "MemoryError"
	case errors.As(err, &fault), errors.As(err, &freed), errors.As(err, new(*ffi.Crash)), errors.As(err, new(*ffi.Unusable)):
		kind = "Fault"
	case errors.Is(err, ffi.ErrEnded):
		kind = "Interrupt"
	case errors.As(err, &load):
		kind = "OSError"
	}
	if s := sessionOf(L); s != nil {
		s.raiseEnded(L, err, place)
	}
	if place != "" {
		place += ": "
	}
	e := newError(L, kind, fmt.Sprintf("%s%v", place, err))
	if fault != nil {
		describeAccess(L, e, fault)
	}
	throw(L, e)
}

// aboutMemory reports whether an error is about memory that cannot be had or touched,
// and not about a value that is of the wrong kind.
func aboutMemory(err error) bool {
	var fault *ffi.Fault
	var memory *ffi.NoMemory
	var gone *unloaded
	var freed *disposed
	return errors.As(err, &fault) || errors.As(err, &memory) || errors.As(err, &gone) || errors.As(err, &freed)
}

// asError turns what gopher-lua gives for a failed chunk into an Error. The place
// an error value was raised at goes in front of its line, except at the prompt,
// where the line just typed is place enough.
func asError(L *glua.LState, err error, prompt bool) *Error {
	var api *glua.ApiError
	if !errors.As(err, &api) {
		return &Error{Message: err.Error()}
	}
	e := &Error{Traceback: traceback(api.StackTrace)}
	switch o := api.Object.(type) {
	case *glua.LTable:
		if L.GetMetaField(o, "__tostring") == glua.LNil {
			e.Message = fmt.Sprintf("(error object is a %s value)", o.Type())
			break
		}
		e.Message = printed(L, o)
		if isError(L, o) {
			e.Kind = o.RawGetString("kind").String()
		}
		if where, ok := o.RawGetString("where").(glua.LString); ok && !prompt {
			e.Message = string(where) + ": " + e.Message
		}
		e.Report = reportOf(L, o, prompt)
		if e.Report == "" {
			e.Report = withNotes(e.Message, o)
		}
		if e.Report != "" && strings.Count(e.Traceback, "\n\t") <= 1+strings.Count(e.Traceback, "\n\t[G]") {
			e.Traceback = "" // the report has the one line of Lua
		}
	case glua.LString, glua.LNumber:
		e.Message = o.String()
	default:
		e.Message = fmt.Sprintf("(error object is a %s value)", api.Object.Type())
		if L.GetMetaField(o, "__tostring") != glua.LNil {
			e.Message = printed(L, o)
		}
	}
	e.Message = strings.TrimRight(e.Message, "\n")
	return e
}

// traceback is gopher-lua's stack trace, or nothing when no Lua code was running.
func traceback(trace string) string {
	lines := strings.Split(strings.TrimSpace(trace), "\n")
	for _, line := range lines[1:] {
		if !strings.HasPrefix(strings.TrimSpace(line), "[G]") {
			return strings.Join(lines, "\n")
		}
	}
	return ""
}

// printed is what the __tostring of an error object gives. It is Lua code, and may fail.
func printed(L *glua.LState, lv glua.LValue) string {
	tostring := L.NewFunction(func(L *glua.LState) int {
		L.Push(glua.LString(L.ToStringMeta(L.Get(1)).String()))
		return 1
	})
	if L.CallByParam(glua.P{Fn: tostring, NRet: 1, Protect: true}, lv) != nil {
		return fmt.Sprintf("(error object is a %s value whose __tostring fails)", lv.Type())
	}
	defer L.Pop(1)
	return L.Get(-1).String()
}
