// This file defines the way through the preprocessor: texts in, tokens with their places out.

package cdecl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"modernc.org/cc/v4"
)

const (
	// The most the preprocessor may do, counted in tokens; SDL.h takes 1 million. The smaller one is for
	// texts whose macros might nest without end: 9 KB of stack a parenthesis must stay far from Go's limit of 1 GB.
	mostWork     = 6_000_000
	mostWildWork = 150_000
	mostTokens   = 3_000_000
	deepestText  = 2000 // brackets in brackets that are not even looked at

	macroMark = `__dlsh_macro` // begins the expansion of a macro in the epilogue; its number is next
	argMark   = `__dlsh_arg`   // stands for an argument, by number
	mainName  = "<text>"
	macroText = "<macros>"
)

// output is what the preprocessor gave.
type output struct {
	files  *files
	tokens []token
	macros []macroOutput
	packs  []packEvent
}

// macroOutput is a macro that is defined at the end of the text, expanded.
type macroOutput struct {
	def      *definition
	from, to int // in output.tokens
}

// packEvent is a #pragma that changes layouts from a token on.
type packEvent struct {
	at    int
	words []string
}

// writer takes the preprocessor's output token by token.
type writer struct {
	out    output
	words  map[string]string // every spelling once
	file   int32
	line   int32
	depth  int
	err    *Error
	macros bool // the epilogue has begun
	names  []string
}

var errStop = errors.New("stop")

func (w *writer) Write(b []byte) (int, error) {
	switch {
	case len(b) == 0 || b[0] == ' ':
		return len(b), nil
	case b[0] == '\n':
		w.line++
		return len(b), nil
	case b[0] == '_' && bytes.HasPrefix(b, []byte("__dlsh_")) && w.mark(b):
		return len(b), nil
	}
	s, known := w.words[string(b)]
	if !known {
		s = string(b)
		w.words[s] = s
	}
	t := token{text: s, kind: kindOf(s), file: w.file, line: w.line}
	if t.kind == punctuation {
		switch s {
		case "(", "[", "{":
			w.depth++
		case ")", "]", "}":
			w.depth--
		}
		if w.depth > deepestText {
			w.err = w.out.files.errorAt(t, fmt.Sprintf("brackets are nested deeper than %d", deepestText))
			return 0, errStop
		}
	}
	if len(w.out.tokens) >= mostTokens {
		w.err = w.out.files.errorAt(t, fmt.Sprintf("the text is too long: over %d tokens with what it includes", mostTokens))
		return 0, errStop
	}
	w.out.tokens = append(w.out.tokens, t)
	return len(b), nil
}

// mark reads our own marks: where the next token stands, or whose expansion follows.
func (w *writer) mark(b []byte) bool {
	s := string(b)
	if rest, ok := strings.CutPrefix(s, markPrefix); ok {
		index, line, ok := strings.Cut(rest, "_")
		i, err1 := strconv.Atoi(index)
		n, err2 := strconv.Atoi(line)
		if !ok || err1 != nil || err2 != nil {
			return false
		}
		w.file, w.line = int32(i), int32(n)
		return true
	}
	rest, ok := strings.CutPrefix(s, macroMark)
	if !ok {
		return false
	}
	i, err := strconv.Atoi(rest)
	if err != nil || i > len(w.names) {
		return false
	}
	w.finishMacro()
	w.macros, w.depth = true, 0
	if i < len(w.names) {
		w.out.macros = append(w.out.macros, macroOutput{def: w.out.files.defined[w.names[i]], from: len(w.out.tokens)})
	}
	return true
}

func (w *writer) finishMacro() {
	if n := len(w.out.macros); n > 0 && w.out.macros[n-1].to == 0 {
		w.out.macros[n-1].to = len(w.out.tokens)
	}
}

// epilogue is a source that asks for every macro by name. It is made when the preprocessor gets there, and knows by then what was defined.
type epilogue struct {
	w *writer
	r *strings.Reader
}

func (e *epilogue) Read(p []byte) (int, error) {
	if e.r == nil {
		var b strings.Builder
		w := e.w
		w.names = w.out.files.order
		for i, name := range w.names {
			d := w.out.files.defined[name]
			fmt.Fprintf(&b, "#ifdef %s\n%s%d %s", name, macroMark, i, name)
			if d.function {
				for j := range d.params {
					if j == 0 {
						b.WriteString("(")
					} else {
						b.WriteString(",")
					}
					b.WriteString(argMark)
					b.WriteString(strconv.Itoa(j))
				}
				if len(d.params) == 0 {
					b.WriteString("(")
				}
				b.WriteString(")")
			}
			b.WriteString("\n#endif\n")
		}
		fmt.Fprintf(&b, "%s%d\n", macroMark, len(w.names))
		e.r = strings.NewReader(b.String())
	}
	return e.r.Read(p)
}

// preprocess runs a text through the preprocessor. predefined are macros it begins with, prelude those of the scope.
func preprocess(f *files, predefined, prelude string, main *file, withMacros bool) (out *output, problem *Error) {
	w := &writer{words: map[string]string{}, file: main.index, line: 1}
	w.out.files = f
	once := map[string]bool{}
	f.mark(main)
	config := func(limit int) *cc.Config {
		return &cc.Config{
			ABI: anyABI(), FS: f, FSOnly: true, SysIncludePaths: f.folders, IncludePaths: append([]string{""}, f.folders...),
			ExpansionLimit: limit,
			HasBuiltin:     func(string) bool { return false },
			PragmaHandler: func(ts []cc.Token) error {
				switch name := ts[0].SrcStr(); name {
				case "once":
					file := ts[0].Position().Filename
					if once[file] {
						return cc.SkipSource
					}
					once[file] = true
				case "pack", "ms_struct", "scalar_storage_order":
					event := packEvent{at: len(w.out.tokens)}
					for _, t := range ts {
						if s := strings.TrimSpace(t.SrcStr()); s != "" {
							event.words = append(event.words, s)
						}
					}
					w.out.packs = append(w.out.packs, event)
				}
				return nil
			},
		}
	}
	sources := []cc.Source{
		{Name: "<predefined>", Value: predefined},
		{Name: "<scope>", Value: prelude},
		{Name: main.name, Value: main.marked},
	}
	if withMacros {
		sources = append(sources, cc.Source{Name: macroText, Value: io.Reader(&epilogue{w: w})})
	}
	limit := mostWork
	if f.wild {
		limit = mostWildWork
	}
	f.running = !f.wild
	err := run(config(limit), sources, w)
	if f.again {
		return nil, nil
	}
	switch {
	case w.err != nil:
		return nil, w.err
	case f.err != nil:
		return nil, f.place(f.err, err)
	case err != nil:
		if e := f.fromPreprocessor(err); e != nil {
			return nil, e
		}
	}
	w.finishMacro()
	return &w.out, nil
}

// run is cc.Preprocess with its panics made errors.
func run(config *cc.Config, sources []cc.Source, w io.Writer) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return cc.Preprocess(config, sources, w)
}

// place gives an error about a file the place of the #include that named it, where the preprocessor told one.
func (f *files) place(e *Error, err error) *Error {
	if e.File != "" || err == nil {
		return e
	}
	if at, _, ok := splitPlace(strings.SplitN(err.Error(), "\n", 2)[0]); ok {
		f.locate(e, at)
	}
	return e
}

// fromPreprocessor makes an error of the preprocessor's first message; nil where it is about macros nobody used.
func (f *files) fromPreprocessor(err error) *Error {
	var first *Error
	for _, line := range strings.Split(err.Error(), "\n") {
		at, message, ok := splitPlace(line)
		if !ok {
			message = line
		}
		if at.File == macroText {
			continue
		}
		e := &Error{Message: message}
		f.locate(e, at)
		switch {
		case strings.Contains(message, "expansion limit exceeded"):
			e.Message = "the macros here expand without end, or nearly"
			if strings.Contains(e.Source, "include") {
				e.Message = "the #include here goes round without end"
			}
		case strings.HasPrefix(message, "include file not found: "):
			name := strings.Trim(strings.TrimPrefix(message, "include file not found: "), `<>"`)
			e.Message = "no header " + name
			e.Hint = "looked in " + strings.Join(f.searched(), ", ")
			if h := packageOf(name); h != "" {
				e.Hint += "; " + h
			}
		case strings.HasPrefix(message, "panic: "), strings.Contains(message, "TODO"):
			if first != nil {
				return first
			}
			e.Message = "the preprocessor does not understand this text"
		case strings.HasPrefix(strings.TrimSpace(strings.TrimLeft(e.Source, "# \t")), "error"):
			e.Message = "#error " + strings.Trim(message, `"`)
		}
		if first == nil {
			first = e
		}
	}
	return first
}

func (f *files) searched() []string {
	var list []string
	for _, folder := range f.folders {
		if !strings.HasPrefix(folder, ownFolder) {
			list = append(list, folder)
		}
	}
	return list
}

// splitPlace cuts "file:line:column: message".
func splitPlace(s string) (at Position, message string, ok bool) {
	place, message, ok := strings.Cut(s, ": ")
	if !ok {
		return Position{}, s, false
	}
	parts := strings.Split(place, ":")
	if len(parts) < 3 {
		return Position{}, s, false
	}
	n := len(parts)
	line, err1 := strconv.Atoi(parts[n-2])
	column, err2 := strconv.Atoi(parts[n-1])
	if err1 != nil || err2 != nil {
		return Position{}, s, false
	}
	return Position{strings.Join(parts[:n-2], ":"), line, column}, message, true
}

// locate puts an error at a place the preprocessor named, which counts lines of the text and columns of marked lines.
func (f *files) locate(e *Error, at Position) {
	x := f.byName[at.File]
	if x == nil {
		return
	}
	e.File, e.Line, e.Column = x.name, at.Line+x.line0, max(1, at.Column-x.marks[at.Line])
	e.Source = x.source(e.Line)
	e.Column = min(e.Column, len(e.Source)+1)
}

// anyABI is only there because cc wants one; nothing is laid out by it.
var anyABI = sync.OnceValue(func() *cc.ABI {
	abi, _ := cc.NewABI("linux", "amd64")
	return abi
})
