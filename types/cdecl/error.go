// This file defines errors: a C compiler's, with the line, a caret and what to do next.

package cdecl

import (
	"fmt"
	"strings"
	"unicode"
)

// Error is what is wrong with a text, and where.
type Error struct {
	File         string
	Line, Column int    // from 1; 0 where the place is not known
	Source       string // the line
	Message      string
	Hint         string // what may help; may be empty
	Other        string // the other place it is about: where a name was declared first
}

// HintRedefine is the hint of errors about names that were declared before as something else: see Options.Redefine.
const HintRedefine = "redefine replaces what was declared before"

// Error is file:line:column: message, then the line with a caret, then the hint.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" && e.Line > 0 {
		fmt.Fprintf(&b, "%s:%d:%d: ", e.File, e.Line, e.Column)
	}
	b.WriteString(e.Message)
	if e.Source != "" {
		source, column := e.Source, e.Column
		if column > 100 {
			cut := column - 60
			source, column = "…"+strings.ToValidUTF8(source[cut:], "?"), 61+len("…")-1
		}
		if len(source) > 160 {
			source = strings.ToValidUTF8(source[:160], "") + "…"
		}
		fmt.Fprintf(&b, "\n    %s\n    %s^", strings.Map(printable, source), blanks(source, column))
	}
	if e.Other != "" {
		b.WriteString("\n" + e.Other)
	}
	if e.Hint != "" {
		b.WriteString("\n" + e.Hint)
	}
	return b.String()
}

// clipped ends a part of an error that is longer than anybody reads: names may have megabytes.
func clipped(s string) string {
	const most = 1000
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// printable keeps what would move the cursor of a terminal out of an error.
func printable(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case unicode.IsControl(r):
		return '?'
	}
	return r
}

// blanks is what stands before a caret: a blank for each character, not each byte.
func blanks(source string, column int) string {
	n := 0
	for i := range source {
		if i >= column-1 {
			break
		}
		n++
	}
	return strings.Repeat(" ", n+max(0, column-1-len(source)))
}

// errorAt makes an error about a token: the place is its line, and the column that of the word on it.
func (f *files) errorAt(t token, message string) *Error {
	e := &Error{Message: clipped(message)}
	if t.file < 0 || int(t.file) >= len(f.list) {
		return e
	}
	x := f.list[t.file]
	e.File, e.Line, e.Column = x.name, int(t.line)+x.line0, 1
	e.Source = x.source(e.Line)
	if i := wordIn(e.Source, t.text); i >= 0 {
		e.Column = i + 1
	} else {
		e.Column = 1 + len(e.Source) - len(strings.TrimLeft(e.Source, " \t"))
	}
	return e
}

// errorAt is that of files with the column of just this token where its word is on the line more than once: tokens do not
// carry their columns, so those of the same word before it are counted. What a macro expands to has no column of its own.
func (p *parser) errorAt(t token, message string) *Error {
	e := p.out.files.errorAt(t, message)
	if t.kind == end {
		e.Column = 1 + len(strings.TrimRight(e.Source, " \t"))
		return e
	}
	if i := min(p.pos, len(p.tokens)-1); i < 0 || p.tokens[i] != t && p.tokens[max(0, i-1)] != t {
		return e // it was read a while ago, and words like it may have come since
	}
	nth := 0
	for i := min(p.pos, len(p.tokens)-1); i >= 0 && (p.tokens[i].file != t.file || p.tokens[i].line >= t.line); i-- {
		if p.tokens[i] == t {
			nth++
		}
	}
	for from := e.Column - 1 + len(t.text); nth > 1 && from <= len(e.Source); nth-- {
		i := wordIn(e.Source[from:], t.text)
		if i < 0 {
			break
		}
		e.Column = from + i + 1
		from += i + len(t.text)
	}
	return e
}

// wordIn finds a token in a line, as a whole.
func wordIn(line, text string) int {
	for from := 0; text != "" && from <= len(line); {
		i := strings.Index(line[from:], text)
		if i < 0 {
			return -1
		}
		i += from
		end := i + len(text)
		if !wordByte(text[0]) || (i == 0 || !wordByte(line[i-1])) && (end == len(line) || !wordByte(line[end])) {
			return i
		}
		from = i + 1
	}
	return -1
}
