// This file defines what is read of directives before the preprocessor gets them: the names that are defined, and how deep
// macros and #if nest.

package cdecl

import (
	"bytes"
	"strings"
)

const (
	mostOthers  = 8
	mostParams  = 120  // of a macro; C11 5.2.4.1 asks for 127 of a function-like macro, and no header has them
	deepestBody = 1000 // parentheses in the expansion of one macro
)

// directive notes a #define, and counts #if.
func (f *files) directive(x *file, text []byte, line int, ifs *int) {
	rest := bytes.TrimLeft(text[1:], " \t")
	switch {
	case bytes.HasPrefix(rest, []byte("if")):
		if *ifs <= deepestIf {
			*ifs++
		}
		if parens := bytes.Count(rest, []byte("(")) + bytes.Count(rest, []byte("!")); parens > deepestIf {
			*ifs = deepestIf + 1
		}
	case bytes.HasPrefix(rest, []byte("elif")):
		if bytes.Count(rest, []byte("(")) > deepestIf {
			*ifs = deepestIf + 1
		}
	case bytes.HasPrefix(rest, []byte("endif")):
		if *ifs > 0 && *ifs <= deepestIf {
			*ifs--
		}
	case bytes.HasPrefix(rest, []byte("define")) && len(rest) > 6 && !wordByte(rest[6]):
		f.define(x, rest[6:], line)
	}
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
		d.others = old.others
		if old.function != d.function || len(old.params) != len(d.params) {
			if len(d.others) < mostOthers {
				d.others = append(d.others, old)
			}
		}
	}
	f.defined[d.name] = d
	if !x.isSystem {
		f.weigh(d, old)
	}
}

// weigh finds whether a macro of a text that is not the system's can be told to nest little. The preprocessor's #if recurses
// with parentheses, and Go ends the process when the stack does; f.wild lowers what may be expanded.
func (f *files) weigh(d, old *definition) {
	open, level := 0, 0
	for i := 0; i < len(d.body); i++ {
		switch c := d.body[i]; {
		case c == '"' || c == '\'':
			i = quoted([]byte(d.body), i) - 1
		case c == '(' || c == '!' || c == '~' || c == '-':
			open++
			if c == '(' {
				level++
			}
		case c == ')':
			if level--; level < 0 {
				f.wild = true
			}
		case c == '#' && strings.HasPrefix(d.body[i:], "##"):
			f.wild = true
			i++
		case wordByte(c):
			j := i
			for j < len(d.body) && wordByte(d.body[j]) {
				j++
			}
			f.piecesOfPragma([]byte(d.body[i:j]))
			if m := f.defined[d.body[i:j]]; m != nil && m != d {
				open += m.depth
				if m.file.isSystem {
					f.wild = f.wild || m.function
					open += 20
				}
			} else if m == nil && d.function && strings.HasPrefix(strings.TrimLeft(d.body[j:], " \t"), "(") && !isParam(d, d.body[i:j]) {
				f.wild = true // a macro defined later, or one that makes names
			}
			i = j - 1
		}
	}
	if old != nil {
		open = max(open, old.depth)
	}
	d.depth = min(open, deepestBody)
	if level != 0 || open >= deepestBody {
		f.wild = true
	}
}

func isParam(d *definition, name string) bool {
	for _, p := range d.params {
		if p == name {
			return true
		}
	}
	return false
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
