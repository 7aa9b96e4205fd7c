// This file defines the files the preprocessor sees: the text given, the host's headers and our own, each marked so
// that its lines can be told in the preprocessor's output.

package cdecl

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The freestanding headers, which come with a compiler (C11 4p6).
//
//go:embed include
var embedded embed.FS

const (
	ownFolder  = "<dlsh>"      // where our headers seem to be
	lastFolder = "<dlsh>/last" // headers for machines that have none; searched last

	largestFile  = 16 << 20
	largestTotal = 64 << 20 // bytes of all files
	mostFiles    = 4000
	deepestIf    = 500 // #if in #if: the preprocessor recurses

	// What marks a line in the preprocessor's output: this, the number of the file, _, the number of the line.
	markPrefix = "__dlsh_at_"
)

// files is an fs.FS of everything that can be included. It notes what it has been asked for.
type files struct {
	folders []string // where <> looks
	system  []string // those of them that are the system's
	list    []*file
	byName  map[string]*file
	total   int
	err     *Error // the first file that must not be read

	defined map[string]*definition
	order   []string // of the names defined
	wild    bool     // a text that is not the system's defines macros whose nesting cannot be told
	running bool     // the preprocessor is at work, and f.wild should have been known before
	again   bool     // it must begin again, with f.wild
}

// file is one text.
type file struct {
	name     string
	index    int32
	raw      []byte
	marked   []byte
	marks    map[int]int // line -> length of the mark put into it, for columns
	line0    int         // what to add to line numbers
	isSystem bool
	lines    []int // offsets of lines, made when asked for
}

// definition is one #define as it stands in a text; the last one met of several.
type definition struct {
	name     string
	function bool
	params   []string
	body     string
	depth    int // of parentheses when expanded, at most
	at       Position
	file     *file
}

// Open gives a file with its lines marked, by the rules of fs.FS but for absolute names.
func (f *files) Open(name string) (fs.File, error) {
	if name == lastFolder || name == ownFolder {
		return nil, fs.ErrNotExist
	}
	if x := f.byName[name]; x != nil {
		return &opened{file: x, files: f}, nil
	}
	if f.err != nil {
		return nil, fs.ErrNotExist
	}
	var raw []byte
	var err error
	own := strings.HasPrefix(name, ownFolder+"/")
	if own {
		raw, err = embedded.ReadFile("include/" + name[len(ownFolder)+1:])
	} else {
		var info os.FileInfo
		if info, err = os.Stat(filepath.FromSlash(name)); err != nil {
			return nil, err
		}
		switch {
		case info.IsDir():
			return nil, fs.ErrNotExist
		case !info.Mode().IsRegular():
			return nil, f.refuse(name, "it is not a regular file")
		case info.Size() > largestFile:
			return nil, f.refuse(name, fmt.Sprintf("it is too large: %d bytes, and %d are the most", info.Size(), largestFile))
		}
		raw, err = os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			return nil, f.refuse(name, errors.Unwrap(err).Error())
		}
	}
	if err != nil {
		return nil, err
	}
	if bytes.IndexByte(raw, 0) >= 0 {
		return nil, f.refuse(name, "it is a binary file, not C")
	}
	if f.total += len(raw); f.total > largestTotal || len(f.list) > mostFiles {
		return nil, f.refuse(name, fmt.Sprintf("too much is included: over %d files or %d bytes", mostFiles, largestTotal))
	}
	x := f.add(name, raw)
	x.isSystem = own || f.inSystem(name)
	return &opened{file: x, files: f}, nil
}

// refuse notes why a file cannot be read: the preprocessor itself would only go on to the next folder.
func (f *files) refuse(name, why string) error {
	if f.err == nil {
		f.err = &Error{Message: "cannot include " + name + ": " + why}
	}
	return errors.New(why)
}

func (f *files) inSystem(name string) bool {
	for _, folder := range f.system {
		if strings.HasPrefix(name, filepath.ToSlash(folder)+"/") {
			return true
		}
	}
	return false
}

// add takes a text in under a name.
func (f *files) add(name string, raw []byte) *file {
	x := &file{name: name, index: int32(len(f.list)), raw: raw}
	f.list = append(f.list, x)
	if f.byName == nil {
		f.byName = map[string]*file{}
	}
	f.byName[name] = x
	return x
}

// position is a place in a file by its marked or unmarked line, counted from 1.
func (f *files) position(index, line int32) Position {
	if index < 0 || int(index) >= len(f.list) {
		return Position{}
	}
	x := f.list[index]
	return Position{File: x.name, Line: int(line) + x.line0, Column: 1}
}

// source is a line of a file.
func (x *file) source(line int) string {
	line -= x.line0
	if x.lines == nil {
		x.lines = []int{0}
		for i, c := range x.raw {
			if c == '\n' {
				x.lines = append(x.lines, i+1)
			}
		}
	}
	if line < 1 || line > len(x.lines) {
		return ""
	}
	rest := x.raw[x.lines[line-1]:]
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	return strings.TrimRight(string(rest), "\r")
}

// opened is a file that is being read; its text is marked when the first byte is asked for, because
// __has_include only looks whether it is there.
type opened struct {
	*file
	files *files
	at    int
}

func (o *opened) Read(p []byte) (int, error) {
	if o.marked == nil {
		o.files.mark(o.file)
	}
	if o.at == len(o.marked) {
		return 0, io.EOF
	}
	n := copy(p, o.marked[o.at:])
	o.at += n
	return n, nil
}

func (o *opened) Close() error               { return nil }
func (o *opened) Stat() (fs.FileInfo, error) { return o, nil }
func (o *opened) Name() string               { return filepath.Base(o.name) }
func (o *opened) Size() int64                { return int64(len(o.raw)) }
func (o *opened) Mode() fs.FileMode          { return 0o444 }
func (o *opened) ModTime() time.Time         { return time.Time{} }
func (o *opened) IsDir() bool                { return false }
func (o *opened) Sys() any                   { return nil }

// mark puts a mark before each line that begins a declaration or follows a directive, and notes what is defined.
// A mark is a word, so none may come between the arguments of a macro: those lines are counted from the last mark.
func (f *files) mark(x *file) {
	raw := x.raw
	out := make([]byte, 0, len(raw)+len(raw)/4+16)
	x.marks = map[int]int{}
	var (
		line      = 1
		depth     = 0 // of parentheses
		previous  = byte(';')
		directive = true // the line before was one
		fresh     = true // nothing but blanks so far on this line
		ifs       = 0
	)
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '\n':
			line++
			fresh = true
			i++
			out = append(out, c)
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			i++
			out = append(out, c)
		case c == '\\' && lineEnd(raw[i+1:]) > 0:
			n := 1 + lineEnd(raw[i+1:])
			out = append(out, raw[i:i+n]...)
			i += n
			line++
		case c == '/' && i+1 < len(raw) && (raw[i+1] == '*' || raw[i+1] == '/'):
			j := comment(raw, i)
			n := bytes.Count(raw[i:j], nl)
			// Comments are left out but for their lines: the preprocessor need not read them again.
			out = append(out, ' ')
			for range n {
				out = append(out, '\n')
			}
			if raw[i+1] == '/' && n > 0 {
				fresh = true
			}
			line += n
			i = j
		case c == '#' && fresh:
			j := directiveEnd(raw, i)
			f.directive(x, raw[i:j], line, &ifs)
			out = append(out, raw[i:j]...)
			line += bytes.Count(raw[i:j], nl)
			i = j
			directive = true
		default:
			if fresh {
				fresh = false
				if depth > 0 && (previous == ';' || previous == '}') && (i == 0 || raw[i-1] == '\n') && wordByte(c) {
					depth = 0 // parentheses that #if and #else both opened
				}
				if depth == 0 && wordByte(c) && (directive || previous == ';' || previous == '{' || previous == '}') {
					n := len(out)
					out = append(out, markPrefix...)
					out = strconv.AppendInt(out, int64(x.index), 10)
					out = append(out, '_')
					out = strconv.AppendInt(out, int64(line), 10)
					out = append(out, ' ')
					x.marks[line] = len(out) - n
				}
				directive = false
			}
			previous = c
			j := i + 1
			switch {
			case c == '"' || c == '\'':
				j = quoted(raw, i)
				line += bytes.Count(raw[i:j], nl)
			case c == '(':
				depth++
			case c == ')':
				depth = max(0, depth-1)
			case wordByte(c):
				for j < len(raw) && wordByte(raw[j]) {
					j++
				}
			}
			out = append(out, raw[i:j]...)
			i = j
		}
	}
	if ifs > 0 && f.err == nil && ifs > deepestIf {
		f.err = &Error{File: x.name, Line: 1 + x.line0, Column: 1, Message: fmt.Sprintf("#if is nested deeper than %d", deepestIf)}
		out = nil
	}
	if f.wild && f.running {
		f.again = true
		out = nil
	}
	x.marked = append(out, '\n')
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

// quoted gives the end of the literal at i, which ends with its line.
func quoted(raw []byte, i int) int {
	quote := raw[i]
	for i++; i < len(raw); i++ {
		switch raw[i] {
		case quote:
			return i + 1
		case '\n':
			return i
		case '\\':
			i++
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
