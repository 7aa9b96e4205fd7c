// This file defines the way through the preprocessor: texts in, tokens with their places out.

package cdecl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
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
	mostTimes    = 3000 // one file is included
	deepestText  = 2000 // brackets in brackets that are not even looked at

	mostApart = 20 // macros that may be left out before the text is given up

	macroMark = `__dlsh_macro` // begins the expansion of a macro in the epilogue; its number is next
	argMark   = `__dlsh_arg`   // begins what stands for an argument; its number is next
	mainName  = "<text>"
	macroText = "<macros>"
)

// output is what the preprocessor gave.
type output struct {
	files  *files
	tokens []token
	text   []token // the tokens before the macros'
	macros []macroOutput
	packs  []packEvent
	cut    *Error // the macros from some place on are not there
}

// macroOutput is a macro that is defined at the end of the text, expanded.
type macroOutput struct {
	def      *definition
	from, to int // in output.tokens
	variant  int
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
	macros bool        // the epilogue has begun
	seen   map[int]int // how often each file began
	pragma int         // how much of _Pragma ( "…" ) was read
	spaced bool        // there is something between the last token and the next
	names  []string
}

var errStop = errors.New("stop")

func (w *writer) Write(b []byte) (int, error) {
	switch {
	case len(b) == 0 || b[0] == ' ':
		w.spaced = true
		return len(b), nil
	case b[0] == '\n':
		w.line++
		w.spaced = true
		return len(b), nil
	case b[0] == '_' && bytes.HasPrefix(b, []byte("__dlsh_")) && w.mark(b):
		if w.err != nil {
			return 0, errStop
		}
		return len(b), nil
	case len(b) > 2 && b[0] == '-' && b[1] == '-':
		if _, err := w.Write(b[:2]); err != nil {
			return 0, err
		}
		return len(b), nil
	}
	s, known := w.words[string(b)]
	if !known {
		s = string(b)
		w.words[s] = s
	}
	t := token{text: s, kind: kindOf(s), file: w.file, line: w.line}
	spaced := w.spaced
	w.spaced = false
	if w.inPragma(t) || !spaced && w.withPrefix(t) {
		return len(b), nil
	}
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

// withPrefix gives a literal the u, U or u8 before it, which the preprocessor takes for a word.
func (w *writer) withPrefix(t token) bool {
	n := len(w.out.tokens)
	if t.kind != text && t.kind != char || n == 0 {
		return false
	}
	switch last := &w.out.tokens[n-1]; last.text {
	case "u", "U", "u8":
		last.text, last.kind = last.text+t.text, t.kind
		return true
	}
	return false
}

// inPragma takes the pragma operator out of the text (C11 6.10.9).
func (w *writer) inPragma(t token) bool {
	switch {
	case w.pragma == 0 && t.text == ourPragma:
	case w.pragma == 1 && t.text == "(":
	case w.pragma == 2 && t.kind == text:
		if s, ok := unquote(t.text); ok {
			w.out.event(strings.Fields(pragmaBlanks.Replace(s)))
		}
	case w.pragma == 3 && t.text == ")":
		w.pragma = 0
		return true
	default:
		w.pragma = 0
		return false
	}
	w.pragma++
	return true
}

// pragmaBlanks puts blanks around what cuts the words of a pragma.
var pragmaBlanks = strings.NewReplacer("(", " ( ", ")", " ) ", ",", " , ")

// event notes a pragma that changes layouts from here on.
func (o *output) event(words []string) {
	if len(words) == 0 {
		return
	}
	switch words[0] {
	case "pack", "ms_struct", "scalar_storage_order":
		o.packs = append(o.packs, packEvent{at: len(o.tokens), words: words})
	}
}

// mark reads our own marks: where the next token stands, or whose expansion follows.
func (w *writer) mark(b []byte) bool {
	s := string(b)
	if s == openLiteral {
		if !w.macros {
			w.err = w.out.files.errorAt(token{text: "", file: w.file, line: w.line}, "")
			w.err.Message = "a quote is never closed on this line"
			if i := openQuote(w.err.Source); i >= 0 {
				w.err.Column = i + 1
			}
		}
		return true
	}
	if rest, ok := strings.CutPrefix(s, markPrefix); ok {
		index, line, ok := strings.Cut(rest, "_")
		i, err1 := strconv.Atoi(index)
		n, err2 := strconv.Atoi(line)
		if !ok || err1 != nil || err2 != nil {
			return false
		}
		w.file, w.line = int32(i), int32(n)
		if n > 0 {
			return true
		}
		if w.seen[i]++; w.seen[i] > mostTimes {
			w.err = w.out.files.errorAt(token{file: w.file, line: 1}, fmt.Sprintf("this file is included without end: over %d times", mostTimes))
		}
		return true
	}
	rest, ok := strings.CutPrefix(s, macroMark)
	if !ok {
		return false
	}
	index, variant, _ := strings.Cut(rest, "_")
	i, err1 := strconv.Atoi(index)
	k, err2 := strconv.Atoi(variant)
	if err1 != nil || err2 != nil || i > len(w.names) {
		return false
	}
	w.finishMacro()
	w.macros, w.depth = true, 0
	if i < len(w.names) {
		d := w.out.files.defined[w.names[i]].variants()[k]
		w.out.macros = append(w.out.macros, macroOutput{def: d, from: len(w.out.tokens), variant: k})
	}
	return true
}

// openQuote finds the quote in a line that nothing closes; -1 for none.
func openQuote(line string) int {
	for i := 0; i < len(line); i++ {
		if c := line[i]; c == '"' || c == '\'' {
			end := quoted([]byte(line), i)
			if end-i < 2 || line[end-1] != c || escaped([]byte(line[i:end-1])) {
				return i
			}
			i = end - 1
		}
	}
	return -1
}

// choose keeps one variant of each macro: the first that was expanded, or the first.
func (o *output) choose() {
	var list []macroOutput
	for _, m := range o.macros {
		if n := len(list); n > 0 && list[n-1].def.name == m.def.name {
			if o.expanded(list[n-1]) || !o.expanded(m) {
				continue
			}
			list[n-1] = m
			continue
		}
		list = append(list, m)
	}
	o.macros = list
}

// expanded reports whether a macro gave anything but its own name.
func (o *output) expanded(m macroOutput) bool {
	return m.from == m.to || o.tokens[m.from].text != m.def.name
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
			if slices.Contains(w.out.files.apart, name) {
				continue
			}
			fmt.Fprintf(&b, "#ifdef %s\n", name)
			for k, v := range d.variants() {
				fmt.Fprintf(&b, "%s%d_%d %s", macroMark, i, k, name)
				if v.function {
					b.WriteString("(")
					for j := range v.params {
						if j > 0 {
							b.WriteString(",")
						}
						b.WriteString(argName(j))
					}
					b.WriteString(")")
				}
				b.WriteString("\n")
			}
			b.WriteString("#endif\n")
		}
		fmt.Fprintf(&b, "%s%d_0\n", macroMark, len(w.names))
		e.r = strings.NewReader(b.String())
	}
	return e.r.Read(p)
}

// preprocess runs a text through the preprocessor. predefined are macros it begins with, prelude those of the scope.
func preprocess(f *files, predefined string, defines *file, prelude string, main *file, withMacros bool) (out *output, problem *Error) {
	w := &writer{words: map[string]string{}, seen: map[int]int{}, file: main.index, line: 1}
	w.out.files = f
	once := map[string]bool{}
	f.mark(defines)
	f.mark(main)
	config := func(limit int) *cc.Config {
		return &cc.Config{
			ABI: anyABI(), FS: f, FSOnly: true, SysIncludePaths: f.folders, IncludePaths: append([]string{""}, f.folders...),
			ExpansionLimit: limit,
			HasBuiltin:     func(string) bool { return false },
			PragmaHandler: func(ts []cc.Token) error {
				if len(ts) == 0 {
					return nil
				}
				if ts[0].SrcStr() == "once" {
					file := ts[0].Position().Filename
					if once[file] {
						return cc.SkipSource
					}
					once[file] = true
				}
				var words []string
				for _, t := range ts {
					if s := strings.TrimSpace(t.SrcStr()); s != "" {
						words = append(words, s)
					}
				}
				w.out.event(words)
				return nil
			},
		}
	}
	sources := []cc.Source{
		{Name: "<predefined>", Value: predefined},
		{Name: defines.name, Value: defines.marked},
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
	if err != nil && w.macros && strings.HasPrefix(err.Error(), "panic: ") && len(f.apart) < mostApart {
		// A macro that another #define gave fewer parameters: it is left out, and the rest begins again.
		f.again = true
		f.apart = append(f.apart, w.out.macros[len(w.out.macros)-1].def.name)
		return nil, nil
	}
	switch {
	case w.err != nil:
		return nil, w.err
	case f.err != nil:
		return nil, f.place(f.err, err)
	case err != nil:
		e := f.fromPreprocessor(err)
		switch n := len(w.out.macros); {
		case e != nil && len(w.out.tokens) > mostTokens/2 && strings.Contains(err.Error(), limitExceeded):
			e.Message = "the text is too long with what it includes"
			return nil, e
		case e != nil:
			return nil, e
		case n > 0 && strings.Contains(err.Error(), limitExceeded):
			last := w.out.macros[n-1].def
			w.out.cut = &Error{File: last.at.File, Line: last.at.Line, Column: 1, Message: "the macros from " + last.name + " on are left out: they expand without end, or nearly"}
		}
	}
	w.finishMacro()
	first := len(w.out.tokens)
	if len(w.out.macros) > 0 {
		first = w.out.macros[0].from
	}
	w.out.text = w.out.tokens[:first]
	w.out.choose()
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

// fromPreprocessor makes an error of the preprocessor's first message; nil where all are about macros nobody used.
func (f *files) fromPreprocessor(err error) *Error {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		at, message, ok := splitPlace(line)
		if !ok {
			message = line
		}
		if at.File != macroText {
			e := &Error{Message: clipped(message)}
			f.locate(e, at)
			f.explain(e, message)
			return e
		}
	}
	return nil
}

const limitExceeded = "expansion limit exceeded"

// explain puts a message of the preprocessor's into words of this package's.
func (f *files) explain(e *Error, message string) {
	switch {
	case strings.Contains(message, limitExceeded):
		e.Message = "the macros here expand without end, or nearly"
		if strings.Contains(e.Source, "include") {
			e.Message = "the #include here goes round without end"
		}
	case strings.HasPrefix(message, "include file not found: "):
		name := strings.Trim(strings.TrimPrefix(message, "include file not found: "), `<>"`)
		e.Message = "no header " + clipped(name)
		if i := strings.Index(name, absolute); i >= 0 {
			e.Message = "no header " + name[i+len(absolute)-1:]
			break
		}
		if path := filepath.FromSlash(name); strings.HasPrefix(name, ".") {
			if full, err := filepath.Abs(path); err == nil {
				e.Hint = full + " is not there"
			}
			break
		}
		e.Hint = "looked in " + strings.Join(f.searched(), ", ")
		if info, err := os.Stat(filepath.FromSlash(name)); err == nil && info.Mode().IsRegular() {
			e.Hint = "it is in the working folder: ./" + name
			break
		}
		if near := f.nearHeader(name); near != "" {
			e.Hint = "did you mean " + near + "?"
		}
		if h := packageOf(name); h != "" {
			e.Hint += "; " + h
		}
	case message == unknownDirective:
		word, _, _ := strings.Cut(strings.TrimLeft(strings.TrimLeft(e.Source, " \t"), "# \t"), " ")
		e.Message = fmt.Sprintf("unknown directive #%.40s", word)
		e.Hint = nearDirective(word)
	case strings.Contains(message, "headerName"), strings.HasPrefix(e.Source, "#include") && message == "invalid argument":
		e.Message = `expected the name of a header in < > or " "`
		e.Column = 1
	case strings.HasPrefix(message, "strconv."), message == "internal error":
		e.Message = "this is no integer: a condition has only integers and macros"
	case strings.HasPrefix(message, "panic: "), strings.Contains(message, "TODO"):
		e.Message = "the preprocessor does not understand this text"
	case strings.HasPrefix(strings.TrimSpace(strings.TrimLeft(e.Source, "# \t")), "error"):
		e.Message = clipped("#" + strings.Join(strings.Fields(strings.TrimLeft(e.Source, "# \t")), " "))
	}
}

// nearDirective suggests the directive that a word is nearly.
func nearDirective(word string) string {
	for _, d := range []string{"include", "define", "undef", "if", "ifdef", "ifndef", "elif", "else", "endif", "pragma", "error"} {
		if distance(word, d, 2) <= min(2, len(d)/2) {
			return "did you mean #" + d + "?"
		}
	}
	return ""
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
	if x.included {
		at.Line = max(1, at.Line-1)
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
