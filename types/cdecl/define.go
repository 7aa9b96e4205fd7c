// This file defines what is read of directives before the preprocessor gets them: the names that are defined, and how deep
// macros and #if nest.

package cdecl

import (
	"bytes"
	"strings"
)

const (
	mostOthers  = 8
	mostParams  = 120 // of a macro; C11 5.2.4.1 asks for 127 of a function-like macro, and no header has them
	deepestBody = 60  // parentheses in the expansion of one macro of a text that is not the system's
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
		d.others = old.others
		if old.function != d.function || len(old.params) != len(d.params) || !x.isSystem && old.body != d.body {
			if len(d.others) < mostOthers {
				d.others = append(d.others, old)
			}
		}
	}
	f.defined[d.name] = d
	if !x.isSystem {
		for _, w := range strings.FieldsFunc(d.body, func(r rune) bool { return r >= 0x80 || !wordByte(byte(r)) }) {
			f.piecesOfPragma([]byte(w))
		}
	}
}

// weigh finds whether the macros of texts that are not the system's can be told to nest little. The preprocessor's #if recurses
// with parentheses, and Go ends the process when the stack does; f.wild lowers what may be expanded.
func (f *files) weigh() {
	f.weighed = map[*definition]int{}
	for _, d := range f.defined {
		if !d.file.isSystem && f.weight(d) > deepestBody {
			f.wild = true
			return
		}
	}
}

// weight is how deep the expansion of a macro nests at most: its own parentheses and those of all macros in it.
// One being expanded is not expanded again (C11 6.10.3.4p2). What joins words could name any macro.
func (f *files) weight(d *definition) int {
	if n, ok := f.weighed[d]; ok {
		return n
	}
	f.weighed[d] = 0
	open, level := 0, 0
	for i := 0; i < len(d.body) && open <= deepestBody; i++ {
		switch c := d.body[i]; {
		case c == '"' || c == '\'':
			i = quoted([]byte(d.body), i) - 1
		case c == '(':
			open++
			level++
		case c == '!' || c == '~' || c == '-':
			open++
		case c == ')':
			if level--; level < 0 {
				open = deepestBody + 1
			}
		case c == '#' && strings.HasPrefix(d.body[i:], "##"):
			open = deepestBody + 1
		case wordByte(c):
			j := i
			for j < len(d.body) && wordByte(d.body[j]) {
				j++
			}
			if m := f.defined[d.body[i:j]]; m != nil && m != d {
				open += f.weight(m)
			}
			i = j - 1
		}
	}
	if level != 0 {
		open = deepestBody + 1
	}
	for _, other := range d.others {
		open = max(open, f.weight(other))
	}
	f.weighed[d] = min(open, deepestBody+1)
	return f.weighed[d]
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
