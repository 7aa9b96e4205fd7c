// This file defines what is read of directives before the preprocessor gets them: which they are, and the names that are defined.

package cdecl

import (
	"bytes"
	"fmt"
	"iter"
	"strings"
)

const (
	mostOthers = 8
	mostParams = 120 // of a macro; C11 5.2.4.1 asks for 127 of a function-like macro, and no header has them
)

// unknownDirective is what an #error says that stands for a directive nobody knows.
const unknownDirective = "__dlsh_directive"

// forPreprocessor gives a directive as the preprocessor is to read it: it passes over those it does not know, and takes places
// from #line that errors could not name.
func forPreprocessor(text []byte) []byte {
	rest := bytes.TrimLeft(text[1:], " \t")
	n := 0
	for n < len(rest) && wordByte(rest[n]) {
		n++
	}
	word, after := string(rest[:n]), rest[n:]
	switch word {
	case "if", "ifdef", "ifndef", "elif", "else", "endif", "define", "undef", "include", "include_next", "error":
		return text
	case "pragma":
		if len(bytes.TrimSpace(after)) > 0 {
			return text
		}
		return nil
	case "import":
		return append([]byte("#include"), after...)
	case "elifdef", "elifndef": // C23
		if word == "elifdef" {
			return append([]byte("#elif defined"), after...)
		}
		return append([]byte("#elif !defined"), after...)
	case "line", "warning", "ident", "sccs", "assert", "unassert":
		return nil
	}
	if n == 0 && len(bytes.TrimSpace(rest)) > 0 || n > 0 && (word[0] < '0' || word[0] > '9') { // # 12 "file.c" is what gcc -E writes
		return []byte("#error " + unknownDirective)
	}
	return nil
}

// directive notes a #define, and the conditions of #if.
func (f *files) directive(x *file, text []byte, line int, ifs *int) {
	if len(text) == 0 {
		return
	}
	rest := bytes.TrimLeft(text[1:], " \t")
	switch {
	case bytes.HasPrefix(rest, []byte("if")):
		if *ifs++; *ifs > deepestIf {
			f.tooMuch(x, line, "#if is nested deeper than %d", deepestIf)
		}
		if !bytes.HasPrefix(rest, []byte("ifdef")) && !bytes.HasPrefix(rest, []byte("ifndef")) {
			f.condition(x, rest, line)
		}
	case bytes.HasPrefix(rest, []byte("elif")):
		f.condition(x, rest, line)
	case bytes.HasPrefix(rest, []byte("endif")):
		*ifs = max(0, *ifs-1)
	case bytes.HasPrefix(rest, []byte("undef")):
		for w := range words(string(rest[len("undef"):])) {
			if f.undefined == nil {
				f.undefined = map[string]bool{}
			}
			f.undefined[w] = true
		}
	case bytes.HasPrefix(rest, []byte("define")) && len(rest) > 6 && !wordByte(rest[6]):
		f.define(x, rest[6:], line)
	}
}

// tooMuch notes that a text goes beyond a limit of this package.
func (f *files) tooMuch(x *file, line int, format string, args ...any) {
	if f.err == nil {
		f.err = f.errorAt(token{file: x.index, line: int32(line)}, fmt.Sprintf(format, args...))
	}
}

// variadic writes the #define of a variadic macro as the preprocessor takes it: GCC's "rest..." is "...", and blanks stand
// before ## where it may take a comma away (GCC, "Variadic Macros").
func variadic(text []byte) []byte {
	head, body, ok := bytes.Cut(text, []byte("...)"))
	if !ok || !bytes.HasPrefix(bytes.TrimLeft(head[1:], " \t"), []byte("define")) || bytes.IndexByte(head, ')') >= 0 {
		return text
	}
	name := ""
	if head = bytes.TrimRight(head, " \t"); len(head) > 0 && wordByte(head[len(head)-1]) {
		i := len(head)
		for i > 0 && wordByte(head[i-1]) {
			i--
		}
		name, head = string(head[i:]), head[:i]
	}
	out := append(append(make([]byte, 0, len(text)+16), head...), "...)"...)
	for i := 0; i < len(body); {
		n := 1
		switch c := body[i]; {
		case c == '"' || c == '\'':
			n = quoted(body, i) - i
		case wordByte(c):
			for i+n < len(body) && wordByte(body[i+n]) {
				n++
			}
			if string(body[i:i+n]) == name {
				out = append(out, "__VA_ARGS__"...)
				i += n
				continue
			}
		case c == ',' && bytes.HasPrefix(body[i+1:], []byte("##")):
			out = append(out, ", ## "...)
			i += 3
			continue
		}
		out = append(out, body[i:i+n]...)
		i += n
	}
	return out
}

func (f *files) define(x *file, text []byte, line int) {
	s := string(text)
	s = strings.TrimLeft(s, " \t")
	n := 0
	for n < len(s) && wordByte(s[n]) {
		n++
	}
	if n == 0 {
		return
	}
	d := &definition{name: s[:n], at: Position{File: x.name, Line: line + x.line0, Column: 1}, file: x}
	s = s[n:]
	if strings.HasPrefix(s, "(") {
		inner, body, closed := strings.Cut(s[1:], ")")
		if !closed {
			return
		}
		d.function, s = true, body
		for _, p := range strings.Split(inner, ",") {
			if p = strings.TrimSpace(p); p != "" {
				d.params = append(d.params, p)
			}
		}
		if len(d.params) > mostParams {
			return
		}
	}
	d.body = strings.TrimSpace(s)
	if f.defined == nil {
		f.defined = map[string]*definition{}
	}
	old := f.defined[d.name]
	if old == nil {
		f.order = append(f.order, d.name)
	} else {
		d.others, d.many = old.others, old.many
		if old.function != d.function || len(old.params) != len(d.params) || !x.isSystem && old.body != d.body && !old.isNumber() {
			if len(d.others) < mostOthers {
				d.others = append(d.others, old)
			} else {
				d.many = true
			}
		}
	}
	f.defined[d.name] = d
	f.joins = f.joins || strings.Contains(d.body, "##")
	f.quotes = f.quotes || d.function && strings.Contains(d.body, "#")
	if !x.isSystem {
		f.texts = true
		for w := range words(d.body) {
			f.piecesOfPragma([]byte(w))
		}
	}
	if f.texts {
		x.defined = append(x.defined, d)
	}
}

// isNumber reports whether a macro stands for nothing or a plain number.
func (d *definition) isNumber() bool {
	return d.body == "" || d.body[0] >= '0' && d.body[0] <= '9' && !strings.ContainsFunc(d.body, func(r rune) bool { return r >= 0x80 || !wordByte(byte(r)) })
}

// words gives the words of a text.
func words(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 0; i < len(s); {
			if !wordByte(s[i]) {
				i++
				continue
			}
			j := i
			for j < len(s) && wordByte(s[j]) {
				j++
			}
			if !yield(s[i:j]) {
				return
			}
			i = j
		}
	}
}

// flatten takes comments, spliced lines and literals that are not closed out of a directive.
func flatten(text []byte) []byte {
	out := make([]byte, 0, len(text)+8)
	isError := bytes.HasPrefix(bytes.TrimLeft(text[1:], " \t"), []byte("error")) || bytes.HasPrefix(bytes.TrimLeft(text[1:], " \t"), []byte("warning"))
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '\\' && lineEnd(text[i+1:]) > 0:
			i += 1 + lineEnd(text[i+1:])
		case c == '/' && i+1 < len(text) && (text[i+1] == '*' || text[i+1] == '/'):
			i = comment(text, i)
			out = append(out, ' ')
		case (c == '"' || c == '\'') && isError: // words, with apostrophes in them
			out = append(out, ' ')
			i++
		case c == '"' || c == '\'':
			j := quoted(text, i)
			out = appendLiteral(out, text[i:j])
			i = j
		case c == '-' && i+1 < len(text) && text[i+1] == '-':
			out = append(out, "-- "...)
			i += 2
		case wordByte(c):
			j := i
			for j < len(text) && wordByte(text[j]) {
				j++
			}
			renamed, _ := withoutPragma(text[i:j])
			out = append(out, renamed...)
			i = j
		default:
			out = append(out, c)
			i++
		}
	}
	return out
}
