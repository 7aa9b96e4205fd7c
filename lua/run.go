// This file defines how chunks run: lines of the prompt, scripts, and -l libraries.

package lua

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

// compile parses a chunk that stands in its file from a line on, counted from 1.
// A chunk that stops too early is ErrIncomplete.
func (s *Session) compile(name string, line int, src string) (*glua.LFunction, error) {
	fn, err := s.compileText(name, line, src)
	if err == nil {
		s.keepChunk(name, line, src)
	}
	return fn, err
}

func (s *Session) compileText(name string, line int, src string) (*glua.LFunction, error) {
	chunk, err := parse.Parse(strings.NewReader(src), name)
	if err != nil {
		return nil, syntaxError(name, line, src, err)
	}
	if err := checkSyntax(chunk, name, line, src); err != nil {
		return nil, err
	}
	proto, err := glua.Compile(chunk, name)
	var ce *glua.CompileError
	if errors.As(err, &ce) {
		return nil, &Error{Message: fmt.Sprintf("%s:%d: %s", name, ce.Line+line-1, ce.Message)}
	}
	if err != nil {
		return nil, &Error{Message: strings.TrimSpace(err.Error())}
	}
	if line > 1 {
		shiftLines(proto, line-1)
		proto.LineDefined, proto.LastLineDefined = 0, 0 // what tells a chunk from a function
	}
	return s.L.NewFunctionFromProto(proto), nil
}

// shiftLines adds to the line numbers of a compiled chunk, for one that does not begin at line 1.
func shiftLines(p *glua.FunctionProto, by int) {
	p.LineDefined += by
	p.LastLineDefined += by
	for i := range p.DbgSourcePositions {
		p.DbgSourcePositions[i] += by
	}
	for _, inner := range p.FunctionPrototypes {
		shiftLines(inner, by)
	}
}

// incompleteError is a syntax error that more input may mend.
type incompleteError struct{ whole Error }

func (e *incompleteError) Error() string { return e.whole.Message }

func (e *incompleteError) Is(target error) bool { return target == ErrIncomplete }

// syntaxError puts gopher-lua's parse error the way lua(1) words it: name:line: what near 'token'.
func syntaxError(name string, line int, src string, err error) error {
	var pe *parse.Error
	if !errors.As(err, &pe) {
		return &Error{Message: fmt.Sprintf("%s: %s", name, strings.TrimSpace(err.Error()))}
	}
	what := strings.TrimSpace(pe.Message)
	if pe.Pos.Line == parse.EOF {
		lines := strings.Count(strings.TrimRight(src, "\n"), "\n") + line
		return &incompleteError{Error{Message: fmt.Sprintf("%s:%d: %s near <eof>", name, lines, what)}}
	}
	if strings.Contains(what, "unterminated multiline") || strings.Contains(what, "multi-line") {
		return &incompleteError{Error{Message: fmt.Sprintf("%s:%d: %s", name, pe.Pos.Line+line-1, what)}}
	}
	if what == "unterminated string" {
		line-- // the scanner has gone on to the next
	}
	return &Error{Message: fmt.Sprintf("%s:%d: %s near '%s'", name, pe.Pos.Line+line-1, what, pe.Token)}
}

// Do runs one chunk as the prompt does: as an expression if it is one, otherwise
// as statements. shown holds the printed form of each value.
func (s *Session) Do(name, src string) (shown []string, err error) { return s.DoAt(name, 1, src) }

// DoAt is Do for a chunk that begins at a line of its input, counted from 1.
func (s *Session) DoAt(name string, line int, src string) (shown []string, err error) {
	fn, err := s.compileEither(name, line, src)
	if err != nil {
		return nil, err
	}
	s.keepChunk(name, line, src)
	values, err := s.runNoted(fn, nil, Statement{Name: name, Line: line, Text: src})
	if err != nil {
		return nil, err
	}
	for _, lv := range values {
		text, err := s.show(lv)
		if err != nil {
			return shown, err
		}
		shown = append(shown, text)
	}
	return shown, nil
}

// show prints a value; its __tostring may be Lua code, and may fail.
func (s *Session) show(lv glua.LValue) (text string, err error) {
	switch x := lv.(type) {
	case glua.LString:
		return shownString(string(x)), nil
	case *glua.LTable:
		if s.L.GetMetaField(x, "__tostring") == glua.LNil {
			return shorten(s.shownTable(x, 2), 400), nil
		}
	}
	fn := s.L.NewFunction(func(L *glua.LState) int {
		L.Push(L.ToStringMeta(L.Get(1)))
		return 1
	})
	values, err := s.run(fn, []glua.LValue{lv})
	if err != nil || len(values) == 0 {
		return "", err
	}
	return values[0].String(), nil
}

// run calls a function in protected mode and collects its results.
func (s *Session) run(fn *glua.LFunction, args []glua.LValue) (values []glua.LValue, err error) {
	defer func() {
		// PCall recovers what Lua code throws; this is for gopher-lua's own mistakes.
		if r := recover(); r != nil {
			values, err = nil, &Error{Message: fmt.Sprintf("internal error: %v", r)}
		}
	}()
	s.begin()
	defer s.over()
	base := s.L.GetTop()
	s.L.Push(fn)
	for _, a := range args {
		s.L.Push(a)
	}
	if err := s.L.PCall(len(args), glua.MultRet, nil); err != nil {
		s.L.SetTop(base)
		return nil, s.explainTrail(asError(s.L, err, s.options.Interactive), err)
	}
	if stopping.Load() != 0 && s.TakeInterrupt() { // it came while Go code was running, and no instruction after that
		s.L.SetTop(base)
		return nil, &Error{Message: interruptKind + ": ended by Ctrl-C", Kind: interruptKind}
	}
	for i := base + 1; i <= s.L.GetTop(); i++ {
		values = append(values, s.L.Get(i))
	}
	s.L.SetTop(base)
	return values, nil
}

// RunFile runs a script; args are its "...".
func (s *Session) RunFile(path string, args []string) error {
	fn, src, err := s.compileFile(path)
	return s.runScript(fn, err, Statement{Name: path, Text: src, Args: args, Script: true})
}

// RunReader runs a script from a reader, whole.
func (s *Session) RunReader(name string, r io.Reader, args []string) error {
	src, err := io.ReadAll(r)
	if err != nil {
		return &Error{Message: fmt.Sprintf("cannot read %s: %v", name, err)}
	}
	fn, err := s.compileScript(name, src)
	return s.runScript(fn, err, Statement{Name: name, Text: string(src), Args: args, Script: true})
}

// compileFile reads and compiles a script. It gives the text as well.
func (s *Session) compileFile(path string) (fn *glua.LFunction, text string, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, "", &Error{Message: fmt.Sprintf("cannot open %q: no such file", path)}
	case err != nil:
		return nil, "", &Error{Message: fmt.Sprintf("cannot open %q: %v", path, errors.Unwrap(err))}
	case info.IsDir():
		return nil, "", &Error{Message: fmt.Sprintf("cannot run %s: it is a folder", path)}
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, "", &Error{Message: fmt.Sprintf("cannot read %s: %v", path, errors.Unwrap(err))}
	}
	fn, err = s.compileScript(path, src)
	return fn, string(src), err
}

// compileScript compiles the text of a script, which may begin with a line for the system.
func (s *Session) compileScript(name string, src []byte) (*glua.LFunction, error) {
	if bytes.IndexByte(src, 0) >= 0 {
		what := "a binary file"
		if bytes.HasPrefix(src, []byte("\x7fELF")) {
			what = "an ELF file; to open a library use -l " + name
		} else if bytes.HasPrefix(src, []byte("\x1bLua")) {
			what = "compiled Lua, which dlsh does not run"
		}
		return nil, &Error{Message: fmt.Sprintf("cannot run %s: it is %s", name, what)}
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff")) // some editors put one in front
	if len(src) > 0 && src[0] == '#' {
		// A first line for the system, as in lua(1). The line stays, so that line numbers hold.
		if i := bytes.IndexByte(src, '\n'); i >= 0 {
			src = src[i:]
		} else {
			src = nil
		}
	}
	return s.compile(name, 1, string(src))
}

// runScript runs a compiled script, or passes on why it could not be compiled.
func (s *Session) runScript(fn *glua.LFunction, err error, st Statement) error {
	if err != nil {
		var inc *incompleteError
		if errors.As(err, &inc) {
			return &inc.whole // nobody can type the rest
		}
		return err
	}
	var list []glua.LValue
	for _, a := range st.Args {
		list = append(list, glua.LString(a))
	}
	prompt := s.options.Interactive
	s.options.Interactive = false // a script's errors name their line, also before a prompt
	defer func() { s.options.Interactive = prompt }()
	_, err = s.runNoted(fn, list, st)
	return err
}

// SetArg sets the global arg as lua(1) does: argv[script] is arg[0], what follows
// counts from 1, what came before is negative.
func (s *Session) SetArg(argv []string, script int) {
	t := s.L.NewTable()
	for i, a := range argv {
		t.RawSet(glua.LNumber(i-script), glua.LString(a))
	}
	s.L.SetGlobal("arg", t)
}

// OpenLibrary is -l NAME: a path, or a name as the linker's -l has it. The library
// is bound to a global named after it, without "lib" and what follows ".so".
func (s *Session) OpenLibrary(name string) (global string, err error) {
	file := name
	if !strings.Contains(name, "/") {
		fn := s.L.GetField(s.L.GetField(s.L.GetGlobal("ctypes"), "util"), "find_library").(*glua.LFunction)
		values, err := s.run(fn, []glua.LValue{glua.LString(name)})
		if err != nil {
			return "", err
		}
		if str, ok := values[0].(glua.LString); ok {
			file = string(str)
		}
	}
	global = globalName(name)
	if globals := s.L.Get(glua.GlobalsIndex).(*glua.LTable); globals.RawGetString(global) != glua.LNil {
		global += "_" // Lua's own string, print and the like stay what they are
	}
	s.journal.begin(s, Statement{Name: "-l " + name, Line: 1, Text: fmt.Sprintf("%s = ctypes.CDLL(%s)", global, luaQuote(file))}, nil)
	defer func() { s.journal.end(s, err) }()
	open := s.L.GetField(s.L.GetGlobal("ctypes"), "CDLL").(*glua.LFunction)
	values, err := s.run(open, []glua.LValue{glua.LString(file)})
	if err != nil {
		return "", err
	}
	s.L.SetGlobal(global, values[0])
	return global, nil
}

// globalName makes a Lua name of a library's: ./libfoo-2.so.1 is foo_2.
func globalName(name string) string {
	base := filepath.Base(name)
	for _, end := range []string{".so", ".dylib", ".dll"} {
		if i := strings.Index(base, end); i > 0 {
			base = base[:i]
			break
		}
	}
	if rest, ok := strings.CutPrefix(base, "lib"); ok && rest != "" {
		base = rest
	}
	clean := strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, base)
	if clean == "" || clean[0] >= '0' && clean[0] <= '9' || slices.Contains(luaKeywords, clean) {
		clean += "_"
		if clean[0] >= '0' && clean[0] <= '9' {
			clean = "_" + clean[:len(clean)-1]
		}
	}
	return clean
}
