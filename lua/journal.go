// This file defines the journal: what the chunks of a session did, so that a fresh process can be given the same
// libraries and declarations. Calls into C are not for repeating, so a chunk that made one is never run again.

package lua

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
	"dlsh/types/cdecl"
)

// journal is what is known of the chunks that a session ran.
type journal struct {
	entries   []*entry
	bytes     int // of text in them
	forgotten int // entries that were dropped because there were too many

	globals map[string]glua.LValue // as the last chunk left them
	lost    map[string]bool        // globals whose value no fresh process can be given
	written map[uint64]bool        // large numbers that chunks wrote out: they may be addresses
	now     *entry                 // the chunk that is running
	waiting bool                   // for the first C function that it calls: s.after counts it
}

// The journal keeps no more than this: a session may go on for weeks.
const (
	mostEntries = 10000
	mostJournal = 1 << 20 // bytes
)

// entry is one chunk.
type entry struct {
	statement Statement
	again     bool     // it is run again as it was typed; instead stands for it otherwise
	instead   []string // statements that restore what it left
	why       string   // why it is not run again: "calls init"
	lost      []string // globals it set that instead cannot restore
	sets      []string // globals it gave another value
	reads     []string // globals it asks for itself, outside its functions

	opened   []opening
	closed   bool
	touched  []*ffi.Object // libraries that it opened, or whose functions it declared
	lasts    bool          // something came of it that lasts
	declares bool          // and that is C text
	texts    []text        // its cdefs and includes
	declared []*function   // whose types it set
}

// opening is a library that a chunk opened.
type opening struct {
	object *ffi.Object
	name   glua.LValue
	mode   int
}

// text is a cdef, or an include.
type text struct {
	cdef   string // the statement
	header *header
}

func (e *entry) size() int {
	n := len(e.statement.Text) + 200
	for _, line := range e.instead {
		n += len(line)
	}
	return n
}

// begin notes that a chunk begins. To hear of the first C function that it calls costs a call nothing: s.after, which
// each looks at when it returns, says that there is something to do.
func (j *journal) begin(s *Session, st Statement, proto *glua.FunctionProto) {
	if j == nil || j.now != nil {
		return
	}
	if j.globals == nil {
		j.globals, j.lost = map[string]glua.LValue{}, map[string]bool{}
		j.changes(s)
	}
	j.now = &entry{statement: st, again: true, reads: globalsRead(proto)}
	j.notesAddresses(proto)
	j.waiting = true
	s.after++
}

// called notes that a chunk called a C function.
func (j *journal) called(s *Session, name string) {
	if j != nil && j.waiting {
		j.waiting = false
		s.after--
		j.spoils("calls " + name)
	}
}

// spoils says why the chunk that is running will not be run again. The first reason is the one that is told.
func (j *journal) spoils(why string) {
	if j != nil && j.now != nil && j.now.again {
		j.now.again, j.now.why = false, why
	}
}

// The things that last. Each is noted where it is done.
func (j *journal) opens(o *ffi.Object, name glua.LValue, mode int) {
	if j != nil && j.now != nil {
		j.now.opened = append(j.now.opened, opening{o, name, mode})
		j.now.touched = append(j.now.touched, o)
	}
}

func (j *journal) closes() {
	if j != nil && j.now != nil {
		j.now.closed = true
		j.spoils("closes a library")
	}
}

func (j *journal) declares(statement string) {
	if j != nil && j.now != nil {
		j.now.texts = append(j.now.texts, text{cdef: statement})
	}
}

func (j *journal) includes(h *header) {
	if j != nil && j.now != nil {
		j.now.texts = append(j.now.texts, text{header: h})
	}
}

func (j *journal) declaresFunction(f *function) {
	if j != nil && j.now != nil && f.lib != nil {
		j.now.declared = append(j.now.declared, f)
		j.now.touched = append(j.now.touched, f.lib.object)
	}
}

// usesAddress spoils a chunk that makes a pointer of a number which somebody wrote out: in another process something
// else lies there. Addresses that Lua was given are given anew.
func (j *journal) usesAddress(addr uint64) {
	if j != nil && j.written[addr] {
		j.spoils("uses the address 0x" + strconv.FormatUint(addr, 16))
	}
}

const (
	leastAddress = 1 << 16
	mostWritten  = 1 << 14
)

// notesAddresses notes what may be addresses in a chunk.
func (j *journal) notesAddresses(proto *glua.FunctionProto) {
	if proto == nil {
		return
	}
	for _, k := range proto.Constants {
		var addr uint64
		switch x := k.(type) {
		case glua.LNumber:
			addr = uint64(max(0, x))
		case glua.LString: // of uint64("0x7f...")
			addr, _ = strconv.ParseUint(string(x), 0, 64)
		}
		if addr < leastAddress || len(j.written) >= mostWritten {
			continue
		}
		if j.written == nil {
			j.written = map[uint64]bool{}
		}
		j.written[addr] = true
	}
	for _, inner := range proto.FunctionPrototypes {
		j.notesAddresses(inner)
	}
}

// end notes how the chunk went, and while everything is there, how to restore what it left if it is not run again.
func (j *journal) end(s *Session, err error) {
	if j == nil || j.now == nil {
		return
	}
	if j.waiting {
		j.waiting = false
		s.after--
	}
	if err != nil {
		j.spoils("failed")
	}
	e := j.now
	j.now = nil
	e.sets = j.changes(s)
	e.lasts = len(e.sets)+len(e.opened)+len(e.texts)+len(e.declared) > 0
	if e.again {
		for _, name := range e.reads {
			if j.lost[name] {
				e.again, e.why = false, "uses "+name
				break
			}
		}
	}
	if !e.again && e.lasts {
		j.restore(s, e)
	}
	for _, name := range e.sets {
		delete(j.lost, name)
	}
	for _, name := range e.lost {
		j.lost[name] = true
	}
	j.keep(e)
}

// changes gives the globals that are not what they were, and notes what they are.
func (j *journal) changes(s *Session) (names []string) {
	there := 0
	s.L.Get(glua.GlobalsIndex).(*glua.LTable).ForEach(func(k, v glua.LValue) {
		name, ok := k.(glua.LString)
		if !ok {
			return
		}
		there++
		if old, ok := j.globals[string(name)]; !ok || old != v {
			j.globals[string(name)] = v
			names = append(names, string(name))
		}
	})
	if there < len(j.globals) {
		globals := s.L.Get(glua.GlobalsIndex).(*glua.LTable)
		for name := range j.globals {
			if globals.RawGetString(name) == glua.LNil {
				delete(j.globals, name)
				names = append(names, name)
			}
		}
	}
	slices.Sort(names) // the order of a hash says nothing
	return names
}

// keep adds an entry, if it is worth it: a question that was answered is forgotten.
func (j *journal) keep(e *entry) {
	switch {
	case e.again && !e.lasts && !e.statement.works:
		return
	case !e.again && !e.lasts:
		if !strings.HasPrefix(e.why, "calls ") && !e.statement.fault {
			return
		}
		e.statement.Text = "" // only told of
	case !e.again:
		e.statement.Text = ""
	}
	e.declares = e.texts != nil
	e.texts, e.declared = nil, nil
	j.entries = append(j.entries, e)
	j.bytes += e.size()
	for len(j.entries) > mostEntries || j.bytes > mostJournal {
		j.forget()
	}
}

// forget drops the oldest entry that is missed least: what opened or declared something goes last.
func (j *journal) forget() {
	i := slices.IndexFunc(j.entries, func(e *entry) bool { return !e.lasts })
	if i < 0 {
		i = slices.IndexFunc(j.entries, func(e *entry) bool { return len(e.touched) == 0 && !e.declares })
	}
	i = max(0, i)
	j.bytes -= j.entries[i].size()
	if j.entries[i].lasts {
		j.forgotten++
	}
	j.entries = slices.Delete(j.entries, i, i+1)
}

// globalsRead lists the globals that a function asks for, without the functions in it: those ask when they are called.
func globalsRead(proto *glua.FunctionProto) []string { return globalsIn(proto, glua.OP_GETGLOBAL) }

// globalsIn lists the globals that instructions of a kind are about. gopher-lua has no way to read its code; the form of
// an instruction is in its opcode.go.
func globalsIn(proto *glua.FunctionProto, op int) (names []string) {
	if proto == nil {
		return nil
	}
	for _, inst := range proto.Code {
		if int(inst>>26) != op {
			continue
		}
		if k := int(inst & (1<<18 - 1)); k < len(proto.Constants) {
			if name, ok := proto.Constants[k].(glua.LString); ok && !slices.Contains(names, string(name)) {
				names = append(names, string(name))
			}
		}
	}
	return names
}

// works reports whether a chunk calls something or sets a member, so that its being run may have changed something.
func works(proto *glua.FunctionProto) bool {
	return slices.ContainsFunc(proto.Code, func(inst uint32) bool {
		switch int(inst >> 26) {
		case glua.OP_CALL, glua.OP_TAILCALL, glua.OP_SETTABLE, glua.OP_SETTABLEKS, glua.OP_SETGLOBAL:
			return true
		}
		return false
	})
}

// noteEffects has Lua's own functions that change something outside say so: what they did is not done twice.
func (s *Session) noteEffects() {
	spoiling := func(library string, when func(L *glua.LState) bool, names ...string) {
		t, ok := s.L.GetGlobal(library).(*glua.LTable)
		if !ok {
			return
		}
		for _, name := range names {
			lf, ok := t.RawGetString(name).(*glua.LFunction)
			if !ok || lf.GFunction == nil {
				continue
			}
			original, noted := lf.GFunction, *lf
			noted.GFunction = func(L *glua.LState) int {
				if when(L) {
					s.journal.spoils("uses " + library + "." + name)
				}
				return original(L)
			}
			t.RawSetString(name, &noted)
		}
	}
	always := func(*glua.LState) bool { return true }
	spoiling("os", always, "execute", "remove", "rename", "setenv", "setlocale", "tmpname")
	spoiling("io", always, "output", "input", "popen")
	spoiling("io", func(L *glua.LState) bool { return strings.ContainsAny(L.OptString(2, "r"), "wa+") }, "open")
}

// cdefStatement is a cdef as a statement of Lua.
func cdefStatement(text string, o cdecl.Options) string {
	return "ctypes.cdef(" + luaQuote(text) + optionsText(o, "") + ")"
}

// optionsText is the table of options of cdef and include, with a comma before it; empty for none.
func optionsText(o cdecl.Options, lib string) string {
	var parts []string
	if lib != "" {
		parts = append(parts, "lib = "+lib)
	}
	if o.Redefine {
		parts = append(parts, "redefine = true")
	}
	for _, list := range []struct {
		name string
		what []string
	}{{"paths", o.Folders}, {"defines", o.Defines}} {
		var quoted []string
		for _, text := range list.what {
			quoted = append(quoted, luaQuote(text))
		}
		if quoted != nil {
			parts = append(parts, list.name+" = {"+strings.Join(quoted, ", ")+"}")
		}
	}
	if parts == nil {
		return ""
	}
	return ", {" + strings.Join(parts, ", ") + "}"
}

// Statement is something to run in a session: a chunk of the prompt or of the command line, or a whole script.
type Statement struct {
	Name string
	Line int
	Text string
	Args []string // of a script, its "..."

	Script bool
	Quiet  bool // it left nothing that could be named, so that nobody waits to hear that it failed

	works bool // it may have changed something that was not noted
	fault bool // C code crashed in it
}

// Run runs a statement as it was run the first time; what its value is, nobody asks.
func (s *Session) Run(st Statement) error {
	if !st.Script {
		fn, err := s.compileEither(st.Name, st.Line, st.Text)
		if err == nil {
			s.keepChunk(st.Name, st.Line, st.Text)
			_, err = s.runNoted(fn, nil, st)
		}
		return err
	}
	fn, err := s.compileScript(st.Name, []byte(st.Text))
	return s.runScript(fn, err, st)
}

// compileEither compiles what may be an expression or statements.
func (s *Session) compileEither(name string, line int, src string) (*glua.LFunction, error) {
	text := src
	if rest, ok := strings.CutPrefix(strings.TrimLeft(src, " \t"), "="); ok {
		text = rest // "=x" is how Lua 5.1's prompt asks for a value
	}
	fn, err := s.compileText(name, line, "return "+text)
	if err == nil {
		return fn, nil
	}
	var e *Error
	if text != src || errors.As(err, &e) && e.refused {
		return nil, err
	}
	fn, stmtErr := s.compileText(name, line, src)
	// A statement may be whole nonsense where the expression only lacks its end: 1 +
	if stmtErr != nil && errors.Is(err, ErrIncomplete) && !errors.Is(stmtErr, ErrIncomplete) {
		return nil, err
	}
	return fn, stmtErr
}

// runNoted is run for a chunk that goes into the journal.
func (s *Session) runNoted(fn *glua.LFunction, args []glua.LValue, st Statement) ([]glua.LValue, error) {
	if s.journal == nil {
		return s.run(fn, args)
	}
	st.works = works(fn.Proto)
	s.journal.begin(s, st, fn.Proto)
	values, err := s.run(fn, args)
	s.journal.end(s, err)
	return values, err
}
