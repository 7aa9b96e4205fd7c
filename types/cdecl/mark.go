// This file defines how texts are rewritten for the preprocessor, so that its output tells their lines and it ends.

package cdecl

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// mark rewrites a text for the preprocessor, line for line: a mark goes before each line that begins a declaration or
// follows a directive; comments, spliced lines and literals that are never closed go, because the preprocessor
// waits for their end for ever; and what is defined is noted.
//
// A mark is a word, so none may come between the arguments of a macro: those lines are counted from the last mark.
func (f *files) mark(x *file) {
	m := marker{files: f, file: x, raw: x.raw, at: len(byteOrderMark(x.raw)), out: make([]byte, 0, len(x.raw)+len(x.raw)/4+16), line: 1, previous: ';', directive: true, included: true}
	if x.included {
		// A line of our own in front: a file that only includes itself would not be seen to.
		m.out = append(m.out, fmt.Sprintf("%s%d_0\n", markPrefix, x.index)...)
	}
	if n := len(m.raw); n > 0 && m.raw[n-1] != '\n' {
		m.raw = append(m.raw[:n:n], '\n')
	}
	x.marks = map[int]int{}
	for m.at < len(m.raw) {
		m.step()
	}
	m.newLine()
	for len(m.calls) > 0 {
		m.closeCall()
	}
	if f.joins && f.err == nil && f.joinsPragma() {
		f.err = &Error{Message: "a macro here could join _Pragma from pieces, which cannot be read"}
	}
	f.weigh(x)
	f.growth(x)
	if f.wild && f.running {
		f.again = true
	}
	if f.err != nil || f.again {
		m.out = nl
	}
	x.marked = m.out
}

// byteOrderMark is the mark that some editors on Windows put before UTF-8.
func byteOrderMark(raw []byte) []byte {
	if mark := []byte("\xef\xbb\xbf"); bytes.HasPrefix(raw, mark) {
		return mark
	}
	return nil
}

// marker is the state of mark.
type marker struct {
	files     *files
	file      *file
	raw, out  []byte
	at        int
	line      int
	depth     int // of parentheses
	calls     []call
	previous  byte // what the last piece of text began with
	spliced   int  // line ends taken out of this line, put behind it
	begun     bool // there is something on this line
	directive bool // the line before was a directive
	included  bool // an #include, even: what follows must be marked, or it would seem to be in that file
	ifs       int
}

// call is a parenthesis that is open.
type call struct{ at, line, deep int }

// closeCall notes calls in calls when the outermost is closed.
func (m *marker) closeCall() {
	n := len(m.calls)
	if n == 0 {
		return
	}
	c := m.calls[n-1]
	m.calls = m.calls[:n-1]
	switch {
	case n > 1:
		m.calls[n-2].deep = max(m.calls[n-2].deep, c.deep+1)
	case c.deep >= shallowCalls:
		from := c.at
		for from > 0 && (wordByte(m.raw[from-1]) || m.raw[from-1] == ' ') {
			from--
		}
		m.file.nests = append(m.file.nests, nest{m.raw[from:m.at], c.line})
	}
}

// step rewrites the next piece.
func (m *marker) step() {
	switch c := m.raw[m.at]; {
	case c == '\n':
		m.newLine()
		m.at++
		m.endLine()
	case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
		m.out = append(m.out, c)
		m.at++
	case c == '\\' && lineEnd(m.raw[m.at+1:]) > 0:
		m.at += 1 + lineEnd(m.raw[m.at+1:])
		m.line++
		m.spliced++
	case c == '/' && m.at+1 < len(m.raw) && (m.raw[m.at+1] == '*' || m.raw[m.at+1] == '/'):
		end := comment(m.raw, m.at)
		if m.raw[m.at+1] == '*' && !bytes.HasSuffix(m.raw[min(m.at+2, end):end], []byte("*/")) {
			m.files.tooMuch(m.file, m.line, "a comment is never closed")
		}
		m.out = append(m.out, ' ')
		n := bytes.Count(m.raw[m.at:end], nl)
		m.line += n
		m.spliced += n
		m.at = end
	case c == '#' && !m.begun:
		m.directiveLine()
	default:
		m.piece(c)
	}
}

// newLine ends a line. A backslash before it would splice lines once more, which the preprocessor does not survive at the end of a text.
func (m *marker) newLine() {
	if bytes.HasSuffix(bytes.TrimSuffix(m.out, []byte{'\r'}), []byte{'\\'}) {
		m.out = append(m.out, ' ')
	}
	m.out = append(m.out, '\n')
}

func (m *marker) endLine() {
	for ; m.spliced > 0; m.spliced-- {
		m.out = append(m.out, '\n')
	}
	m.line++
	m.begun = false
}

// directiveLine rewrites a directive: it goes to the end of its line, splices and comments included.
func (m *marker) directiveLine() {
	end := directiveEnd(m.raw, m.at)
	text := m.raw[m.at:end]
	n := bytes.Count(text, nl)
	if n > 0 || bytes.IndexByte(text, '/') >= 0 || bytes.IndexByte(text, '\'') >= 0 || bytes.IndexByte(text, '"') >= 0 || bytes.Contains(text, []byte("--")) || bytes.Contains(text, pragmaWord) {
		text = flatten(text)
	}
	text = forPreprocessor(text)
	if bytes.Contains(text, []byte("...")) {
		text = variadic(text)
	}
	m.files.directive(m.file, text, m.line, &m.ifs)
	if bytes.Contains(text, []byte("include")) {
		text = withAbsolute(text)
	}
	m.out = append(m.out, text...)
	m.line += n
	m.spliced += n
	m.at = end
	m.begun, m.directive = true, true
	m.included = m.included || bytes.Contains(text, []byte("include"))
}

// withAbsolute marks a path in an #include.
func withAbsolute(text []byte) []byte {
	i := bytes.IndexAny(text, `"<`)
	if i < 0 || !filepath.IsAbs(strings.TrimRight(string(text[i+1:]), "\"> \t\r")) {
		return text
	}
	path := filepath.ToSlash(string(text[i+1:]))
	return []byte(string(text[:i+1]) + absolute + strings.TrimPrefix(path, "/"))
}

// piece rewrites a word, a literal or one other character of text.
func (m *marker) piece(c byte) {
	if !m.begun {
		m.begun = true
		fresh := m.previous == ';' || m.previous == '{' || m.previous == '}'
		if m.depth > 0 && fresh && (m.at == 0 || m.raw[m.at-1] == '\n') && wordByte(c) {
			m.depth = 0 // parentheses that #if and #else both opened
		}
		if m.depth == 0 && (m.included || wordByte(c) && (m.directive || fresh)) {
			n := len(m.out)
			m.out = append(m.out, markPrefix...)
			m.out = strconv.AppendInt(m.out, int64(m.file.index), 10)
			m.out = append(m.out, '_')
			m.out = strconv.AppendInt(m.out, int64(m.line-m.spliced), 10)
			m.out = append(m.out, ' ')
			m.file.marks[m.line-m.spliced] = len(m.out) - n
		}
		m.directive, m.included = false, false
	}
	m.previous = c
	end := m.at + 1
	switch {
	case c == '"' || c == '\'':
		end = quoted(m.raw, m.at)
		m.out = appendLiteral(m.out, m.raw[m.at:end])
		n := bytes.Count(m.raw[m.at:end], nl)
		m.line += n
		m.spliced += n
		m.at = end
		return
	case c == '(':
		m.depth++
		if !m.file.isSystem {
			m.calls = append(m.calls, call{m.at, m.line, 0})
		}
	case c == ')':
		m.depth = max(0, m.depth-1)
		m.closeCall()
	case c == '-' && end < len(m.raw) && m.raw[end] == '-':
		m.out = append(m.out, "-- "...) // the preprocessor takes -- with the next character
		m.at += 2
		return
	case wordByte(c):
		for end < len(m.raw) && wordByte(m.raw[end]) {
			end++
		}
		if renamed, ok := withoutPragma(m.raw[m.at:end]); ok {
			m.out = append(m.out, renamed...)
			m.at = end
			return
		}
		if !m.file.isSystem {
			m.files.piecesOfPragma(m.raw[m.at:end])
		}
	}
	m.out = append(m.out, m.raw[m.at:end]...)
	m.at = end
}

// The preprocessor reads some _Pragma("...") without end, so it gets another word for it, which it passes on.
var pragmaWord = []byte("_Pragma")

const ourPragma = "__dlsh_pragma"

// withoutPragma gives a word with the other word in it. The preprocessor cuts words at bytes that are no letters.
func withoutPragma(w []byte) ([]byte, bool) {
	if len(w) < len(pragmaWord) || len(w) > len(pragmaWord) && !foreignBytes(w) || !bytes.Contains(w, pragmaWord) {
		return w, false
	}
	return bytes.ReplaceAll(w, pragmaWord, []byte(ourPragma)), true
}

func foreignBytes(w []byte) bool {
	for _, c := range w {
		if c >= 0x80 {
			return true
		}
	}
	return false
}

// piecesOfPragma notes a word that _Pragma could be joined from (##).
func (f *files) piecesOfPragma(w []byte) {
	if foreignBytes(w) {
		for _, piece := range bytes.FieldsFunc(w, func(r rune) bool { return r >= 0x80 }) {
			f.piecesOfPragma(piece)
		}
		return
	}
	if len(w) > 6 {
		return
	}
	if at := bytes.Index(pragmaWord, w); at >= 0 {
		f.pieces[at] |= 1 << (at + len(w))
	}
	if string(w) == "a" { // the only letter that is in it twice
		f.pieces[6] |= 1 << 7
	}
}

// joinsPragma reports whether a text has all the pieces. Single letters are in any long text, and count in short ones.
func (f *files) joinsPragma() bool {
	const short = 64 << 10
	size := 0
	for _, x := range f.list {
		if !x.isSystem {
			size += len(x.raw)
		}
	}
	reach := 1
	for at, ends := range f.pieces {
		if size > short {
			ends &^= 1 << (at + 1)
		}
		if reach&(1<<at) != 0 {
			reach |= ends
		}
	}
	return reach&(1<<7) != 0
}

// openLiteral stands for a literal that is not closed on its line, which is fine where #if leaves it out.
const openLiteral = "__dlsh_open"

// appendLiteral writes a literal without spliced lines.
func appendLiteral(out, literal []byte) []byte {
	if n := len(literal); n < 2 || literal[n-1] != literal[0] || escaped(literal[:n-1]) {
		return append(append(out, ' '), openLiteral+" "...)
	}
	if bytes.IndexByte(literal, '\n') < 0 {
		return append(out, literal...)
	}
	for i := 0; i < len(literal); i++ {
		if literal[i] == '\\' {
			if n := lineEnd(literal[i+1:]); n > 0 {
				i += n
				continue
			}
		}
		out = append(out, literal[i])
	}
	return out
}

// escaped reports whether a text ends in an odd number of backslashes.
func escaped(b []byte) bool {
	n := 0
	for n < len(b) && b[len(b)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

var nl = []byte{'\n'}

// lineEnd is the length of a line end that b begins with, after blanks as GCC has it; 0 for none.
func lineEnd(b []byte) int {
	for i, c := range b {
		switch c {
		case '\n':
			return i + 1
		case ' ', '\t', '\r':
		default:
			return 0
		}
	}
	return 0
}

// comment gives the end of the comment at i; of a // comment without its line end.
func comment(raw []byte, i int) int {
	if raw[i+1] == '*' {
		if n := bytes.Index(raw[i+2:], []byte("*/")); n >= 0 {
			return i + 2 + n + 2
		}
		return len(raw)
	}
	for i < len(raw) && raw[i] != '\n' {
		if raw[i] == '\\' && lineEnd(raw[i+1:]) > 0 {
			i += lineEnd(raw[i+1:])
		}
		i++
	}
	return min(i, len(raw))
}

// quoted gives the end of the literal at i, which ends with its line at the latest.
func quoted(raw []byte, i int) int {
	quote := raw[i]
	for i++; i < len(raw); i++ {
		switch raw[i] {
		case quote:
			return i + 1
		case '\n':
			return i
		case '\\':
			if n := lineEnd(raw[i+1:]); n > 0 {
				i += n
			} else {
				i++
			}
		}
	}
	return len(raw)
}

// directiveEnd gives the end of the directive at i, without its line end.
func directiveEnd(raw []byte, i int) int {
	for i < len(raw) {
		switch c := raw[i]; {
		case c == '\n':
			return i
		case c == '\\' && lineEnd(raw[i+1:]) > 0:
			i += 1 + lineEnd(raw[i+1:])
		case c == '/' && i+1 < len(raw) && (raw[i+1] == '*' || raw[i+1] == '/'):
			i = comment(raw, i)
		case c == '"' || c == '\'':
			i = quoted(raw, i)
		default:
			i++
		}
	}
	return len(raw)
}
