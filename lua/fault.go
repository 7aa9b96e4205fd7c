// This file defines what becomes of a fault in C: an error of kind Fault, with what is known of it in fields, and a
// report of a few lines that a person reads.

package lua

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// fault is a crash on its way into an error value.
type fault struct {
	crash     *ffi.Crash
	place     string   // what the message begins with
	function  string   // the C function that was called
	arguments []string // that it was called with, as C would write them
	frames    []frame  // where, innermost first
	shown     []string // the lines of frames that a report has
	hint      string   // what is likely wrong with the call
}

// crashed raises what ended a call of n arguments. It returns only where nothing did.
func (f *function) crashed(L *glua.LState, fr *ffi.Frame, n int, err error) {
	s := f.s
	if errors.Is(err, ffi.ErrInterrupted) && !s.interruptComes() {
		return
	}
	s.release(fr)
	fr.Done()
	s.journal.called(s, f.name)
	if errors.Is(err, ffi.ErrEnded) || errors.Is(err, ffi.ErrInterrupted) {
		s.ended(L, f.name)
	}
	var c *ffi.Crash
	if !errors.As(err, &c) {
		raiseErr(L, "OSError", f.name, err)
	}
	if before := s.strand().trouble; before != nil { // C went on with what the callback could not give
		s.strand().trouble = nil
		s.after--
		c.Notes = append([]string{"before it, callback " + before.callback + " failed: " + s.printedTrouble(before)}, c.Notes...)
	}
	x := &fault{crash: c, place: f.name, function: f.name}
	for i, t := range f.argumentsOf(L, n) {
		x.arguments = append(x.arguments, s.shownArgument(L.Get(i+1), t))
	}
	if c.Foreign {
		s.stray(x)
	} else {
		x.hint = f.hint(L, n, c)
	}
	L.Error(s.faultValue(L, x), 1)
}

// printedTrouble is the line of an error.
func (s *Session) printedTrouble(t *trouble) string {
	return asError(s.L, &glua.ApiError{Object: t.value}, true).Message
}

// raiseLoading raises an error of the loader's where that is a crash: in a constructor, in a destructor, in a function
// that chooses another (ifunc), or in the loader itself. call is the loader's function, name the library or symbol.
func (s *Session) raiseLoading(L *glua.LState, err error, call, argument, name string) {
	var c *ffi.Crash
	if !errors.As(err, &c) {
		return
	}
	x := &fault{crash: c, place: name, function: call, arguments: []string{argument}}
	if c.Foreign {
		s.stray(x)
		L.Error(s.faultValue(L, x), 1)
	}
	s.locate(x)
	inner, what := x.frames, map[string]string{"dlopen": ": its constructor", "dlclose": ": its destructor"}[call]
	for len(inner) > 0 {
		last := &inner[len(inner)-1]
		if !last.ofLoader() && last.symbol != "__do_global_dtors_aux" { // GCC's, for the handlers of atexit
			break
		}
		if strings.HasPrefix(last.symbol, "_dl_relocate") || call == "dlsym" {
			what = ": what chooses one of its functions (ifunc)"
		}
		inner = inner[:len(inner)-1]
	}
	if len(inner) > 0 {
		x.frames = inner
		x.place = inner[len(inner)-1].library() // it may be one that the library named needs
		if filepath.Base(name) == x.place {
			x.place = name
		}
		x.place += what
	}
	L.Error(s.faultValue(L, x), 1)
}

// stray completes what is to be said of such a crash: that it is not in the call that was under way.
func (s *Session) stray(x *fault) {
	x.hint = "the thread was ended"
	s.locate(x)
	library := "the library"
	for _, f := range x.frames {
		if !f.ofLoader() {
			library = f.library()
			break
		}
	}
	if x.place != "" {
		x.place += ": "
	}
	x.place += "a thread of " + library
}

// strayed keeps a crash on a thread of a library's own until it can be raised, or told at the prompt. Nobody else
// runs Lua now.
func (s *Session) strayed(c *ffi.Crash) {
	x := &fault{crash: c}
	s.stray(x)
	t := &trouble{value: s.faultValue(s.L, x), foreign: true, notes: c.Notes}
	if s.closed {
		s.tell(t)
		return
	}
	if s.foreignTrouble != nil {
		s.foreignTrouble.more++
		return
	}
	s.foreignTrouble = t
	s.after++
}

// faultValue makes the error value.
func (s *Session) faultValue(L *glua.LState, x *fault) *glua.LTable {
	c := x.crash
	if x.frames == nil {
		s.locate(x)
	}
	x.shown = shownFrames(x.frames, c)
	meaning := meaningOf(c, x.frames)
	signal := ""
	if c.Refused == "" {
		signal = ffi.SignalName(c.Signal)
	}
	text := x.place + ": " + headline(signal, meaning)
	at := mainFrame(x.frames, c)
	if at != nil {
		text += " in " + at.text()
	}
	s.sawFault(c, x.function, at)
	e := newError(L, "Fault", text)
	str := func(name, text string) {
		if text != "" {
			e.RawSetString(name, glua.LString(text))
		}
	}
	str("signal", signal)
	if signal != "" {
		e.RawSetString("signal_number", glua.LNumber(c.Signal))
	}
	str("meaning", meaning)
	if touched(c) {
		e.RawSetString("address", uintValue(L, uint64(c.Addr)))
	}
	str("access", c.Access)
	str("whose", c.Whose)
	e.RawSetString("pc", uintValue(L, uint64(c.PC)))
	if at != nil {
		str("symbol", at.symbol)
		str("library", at.spot.Library())
		str("file", at.file)
		if at.line != 0 {
			e.RawSetString("line", glua.LNumber(at.line))
		}
	}
	e.RawSetString("backtrace", s.backtrace(L, x))
	str("place", x.place)
	str("function", x.function)
	if x.function != "" {
		e.RawSetString("arguments", stringList(L, x.arguments))
	}
	e.RawSetString("thread", glua.LNumber(c.Thread))
	if c.Foreign {
		e.RawSetString("foreign", glua.LTrue)
	}
	str("hint", x.hint)
	if len(c.Notes) > 0 {
		e.RawSetString("notes", stringList(L, c.Notes))
	}
	if x.function != "" {
		s.setCaller(L, e)
	}
	return e
}

// describeAccess gives the error of an access from Lua the fields that one from C has.
func describeAccess(L *glua.LState, e *glua.LTable, f *ffi.Fault) {
	e.RawSetString("address", uintValue(L, uint64(f.Address())))
	e.RawSetString("access", glua.LString(f.Op))
	if whose := f.Whose(); whose != "" {
		e.RawSetString("whose", glua.LString(whose))
	}
}

// touched reports whether the address of a crash is that of memory, and not of an instruction.
func touched(c *ffi.Crash) bool {
	return (c.Signal == sigSEGV || c.Signal == sigBUS) && c.Code > 0 && (c.Access != "" || c.Addr != 0)
}

// setCaller notes the line of Lua that is running, and the function it is in.
func (s *Session) setCaller(L *glua.LState, e *glua.LTable) {
	if at := where(L); at != "dlsh" {
		e.RawSetString("where", glua.LString(at))
	}
	var lines []string
	for level := 0; len(lines) < mostTraced; level++ {
		dbg, ok := L.GetStack(level)
		if !ok {
			break
		}
		fn, err := L.GetInfo("fnSl", dbg, glua.LNil)
		if err != nil {
			break
		}
		lf, _ := fn.(*glua.LFunction)
		if lf == nil || lf.IsG {
			if level > 0 || e.RawGetString("function") == glua.LNil {
				lines = append(lines, "\t[G]: in function '"+dbg.Name+"'")
			}
			continue
		}
		name := s.runningName(L, lf, dbg)
		if e.RawGetString("lua_function") == glua.LNil {
			e.RawSetString("lua_function", glua.LString(name))
		}
		lines = append(lines, fmt.Sprintf("\t%s:%d: in %s", dbg.Source, dbg.CurrentLine, name))
	}
	e.RawSetString("traceback", glua.LString(strings.Join(append([]string{"stack traceback:"}, lines...), "\n")))
}

// runningName names a Lua function that runs: by the name it was called by, by the global it is, or by where it stands.
func (s *Session) runningName(L *glua.LState, lf *glua.LFunction, dbg *glua.Debug) string {
	if lf.Proto.LineDefined == 0 {
		return "main chunk"
	}
	name := dbg.Name
	if dbg.What == "main" || name == "" || strings.ContainsAny(name[:1], "(<?") {
		name = s.nameOf(lf)
	}
	if strings.ContainsRune(name, ':') {
		return "the function at " + name
	}
	return "function " + name
}

func stringList(L *glua.LState, list []string) *glua.LTable {
	t := L.NewTable()
	for _, text := range list {
		t.Append(glua.LString(text))
	}
	return t
}

// reportOf is the report of an error value; "" for one that has none. What happened comes first, then where, with the
// call that Lua made last; then what to do about it.
func reportOf(L *glua.LState, e *glua.LTable, prompt bool) string {
	text := func(name string) string {
		str, _ := e.RawGetString(name).(glua.LString)
		return string(str)
	}
	if !isError(L, e) || text("meaning") == "" {
		return ""
	}
	lines := []string{fmt.Sprintf("%s: %s: %s", text("kind"), text("place"), headline(text("signal"), text("meaning")))}
	if b, ok := e.RawGetString("backtrace").(*glua.LTable); ok {
		if mt, ok := b.Metatable.(*glua.LTable); ok {
			if shown, ok := mt.RawGetString("report").(glua.LString); ok && shown != "" {
				lines = append(lines, strings.Split(string(shown), "\n")...)
			}
		}
	}
	by, note := callerText(text("lua_function"), text("where"), text("callback"), prompt)
	switch call := callText(e); {
	case call == "":
	case e.RawGetString("foreign") == glua.LTrue:
		lines = append(lines, "while "+call+" was called"+prefixed(" by ", by))
	case by == "":
		lines = append(lines, "called as "+call)
	default:
		lines = append(lines, "called by "+by+": "+call)
	}
	if note != "" {
		lines = append(lines, note)
	}
	if hint := text("hint"); hint != "" {
		lines = append(lines, hint)
	}
	if notes, ok := e.RawGetString("notes").(*glua.LTable); ok {
		for i := 1; i <= notes.Len(); i++ {
			lines = append(lines, notes.RawGetInt(i).String())
		}
	}
	return strings.Join(lines, "\n  ")
}

// callerText is who called C, and the callbacks around that. Each place is named once.
func callerText(function, at, callback string, prompt bool) (by, note string) {
	name := strings.TrimPrefix(strings.TrimPrefix(function, "function "), "the function at ")
	switch {
	case prompt && function == "main chunk", function == "the function at "+at:
		at = ""
	}
	note = callback
	if rest, ok := strings.CutPrefix(callback, inCallback+name); ok && (rest == "" || strings.ContainsAny(rest[:1], ",;")) {
		function, note = "callback "+name, strings.TrimLeft(rest, ",; ")
	}
	if prompt && function == "main chunk" {
		return "", note
	}
	return function + prefixed(", ", at), note
}

// prefixed is a text with something before it, where there is one.
func prefixed(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

// callText is the call of C that ended, as C would write it.
func callText(e *glua.LTable) string {
	name, ok := e.RawGetString("function").(glua.LString)
	if !ok {
		return ""
	}
	var args []string
	if list, ok := e.RawGetString("arguments").(*glua.LTable); ok {
		for i := 1; i <= list.Len(); i++ {
			args = append(args, list.RawGetInt(i).String())
		}
	}
	return fmt.Sprintf("%s(%s)", name, shorten(strings.Join(args, ", "), mostCall))
}

// mostCall is how long the arguments of a call may be in a report.
const mostCall = 160
