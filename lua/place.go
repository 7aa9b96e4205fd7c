// This file defines places: the line of Lua that is running, and where a text in a call stands in its file.

package lua

import (
	"errors"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/types/cdecl"
)

// chunk is the text of something that was compiled, kept so that an error in C can show the line it is on.
type chunk struct {
	name string
	line int // its first
	src  string
}

// mostKept bounds the chunks that are kept: the lines of a long session must not pile up.
const mostKept = 1 << 20

// keepChunk remembers the text of a chunk.
func (s *Session) keepChunk(name string, line int, src string) {
	if len(src) > mostKept {
		return
	}
	s.chunks = append(s.chunks, chunk{name, line, src})
	s.kept += len(src)
	for s.kept > mostKept {
		s.kept -= len(s.chunks[0].src)
		s.chunks = s.chunks[1:]
	}
}

// where names the Lua line that is running, for the books. What pcall calls by itself stands where pcall does.
func where(L *glua.LState) string {
	for level := 1; level < 4; level++ {
		w := strings.TrimSuffix(strings.TrimSpace(L.Where(level)), ":")
		if w != "" && w != "[G]" {
			return w
		}
	}
	return "dlsh"
}

// runningLine is where, for what is seldom told: it costs less than the text of it.
func runningLine(L *glua.LState) (source string, line int) {
	for level := 1; level < 4; level++ {
		at, ok := L.GetStack(level)
		if !ok {
			break
		}
		if _, err := L.GetInfo("Sl", at, glua.LNil); err == nil && at.Source != "" {
			return at.Source, at.CurrentLine
		}
	}
	return "", 0
}

// written finds where a text that Lua handed over is written: the chunk, the line and column of its first byte. That is around
// the line that is running, or the one place in the chunk where it stands: a function of the program's own may have
// passed it on. ok is false for texts that were put together.
func (s *Session) written(at, text string) (c chunk, line, column int, ok bool) {
	i := strings.LastIndexByte(at, ':')
	if i < 0 || strings.TrimSpace(text) == "" {
		return c, 0, 0, false
	}
	name, running := at[:i], 0
	for _, d := range at[i+1:] {
		running = 10*running + int(d-'0')
	}
	for i := len(s.chunks) - 1; i >= 0; i-- { // the last one that has the line: stdin has many
		c = s.chunks[i]
		if c.name != name || running < c.line || running > c.line+strings.Count(c.src, "\n") {
			continue
		}
		found := 0
		for from := 0; ; found++ {
			j := strings.Index(c.src[from:], text)
			if j < 0 {
				return c, line, column, found == 1
			}
			j += from
			line = c.line + strings.Count(c.src[:j], "\n")
			column = 1 + j - (strings.LastIndexByte(c.src[:j], '\n') + 1)
			if last := line + strings.Count(text, "\n"); running >= line-1 && running <= last+1 {
				return c, line, column, true
			}
			from = j + 1
		}
	}
	return c, 0, 0, false
}

// sourceLine is a line of the chunk.
func (c chunk) sourceLine(n int) string {
	rest := c.src
	for ; n > c.line && rest != ""; n-- {
		_, rest, _ = strings.Cut(rest, "\n")
	}
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSuffix(line, "\r")
}

// declareText declares a text of C that stands in Lua. Places in errors are those of the file it is written in.
func (s *Session) declareText(L *glua.LState, text string, o cdecl.Options) error {
	at := where(L)
	c, line, column, ok := s.written(at, text)
	if ok {
		o.Name, o.Line = c.name, line
		text = strings.Repeat(" ", column-1) + text
	} else if at != "dlsh" {
		o.Name = at + ": " + o.Name
	}
	unit, err := s.scope.Declare(text, o)
	s.noteFiles(unit)
	var e *cdecl.Error
	if ok && errors.As(err, &e) && e.File == c.name && e.Line >= line && e.Line <= line+strings.Count(text, "\n") {
		e.Source = c.sourceLine(e.Line)
	}
	return err
}
