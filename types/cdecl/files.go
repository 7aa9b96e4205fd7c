// This file defines the files the preprocessor sees: the text given, the host's headers and our own.

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
	"runtime"
	"slices"
	"strings"
	"time"
)

// The freestanding headers, which come with a compiler (C11 4p6).
//
//go:embed include
var embedded embed.FS

const (
	ownFolder  = "<dlsh>"      // where our headers seem to be
	absolute   = "@absolute/"  // stands before the path in #include "/path": the preprocessor puts folders before all names
	lastFolder = "<dlsh>/last" // headers for machines that have none; searched last

	largestFile  = 8 << 20  // the largest header of a Debian with all of GNOME has 1.5 MB
	largestTotal = 64 << 20 // bytes of all files
	mostFiles    = 4000

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

	defined   map[string]*definition
	known     map[string]*definition // of the scope, as far as the text mentions them
	order     []string               // of the names defined
	weighed   map[*definition]weight
	weighing  int // macros inside each other
	looks     int // at macros, so far
	reach     reach
	texts     bool     // a text that is not the system's defines macros
	apart     []string // macros that the preprocessor cannot expand
	wild      bool     // conditions use macros of such a text whose nesting cannot be told
	running   bool     // the preprocessor is at work, and f.wild should have been known before
	pieces    [7]int   // by place in the word, where the pieces of _Pragma end that are there
	joinable  bool
	joins     bool                // there is a ##
	quotes    bool                // there is a macro with #
	doubled   map[*definition]int // how often macros double what they are given
	again     bool                // it must begin again, with f.wild
	undefined map[string]bool     // what an #undef names
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
	included bool            // by a text, and so with a line in front
	lines    []int           // offsets of lines, made when asked for
	asked    map[string]bool // the words of its conditions
	looked   bool            // at those
	defined  []*definition   // what it defines, where f.texts
	nests    []nest          // calls in calls, of a text that is not the system's
}

// definition is one #define as it stands in a text; the last one met of several.
type definition struct {
	name     string
	function bool
	params   []string
	body     string
	at       Position
	file     *file
	others   []*definition // of the same name with other parameters; #if may have chosen one of them
	many     bool          // there were more
}

// variants are the forms a macro may have: without parameters first, then from the most parameters to the fewest.
func (d *definition) variants() []*definition {
	if len(d.others) == 0 {
		return []*definition{d}
	}
	list := append([]*definition{d}, d.others...)
	slices.SortStableFunc(list, func(a, b *definition) int {
		switch {
		case a.function != b.function:
			if a.function {
				return 1
			}
			return -1
		case !a.function:
			return 0
		}
		return len(b.params) - len(a.params)
	})
	if list[0].function {
		// Asked for first all the same: a macro that has no parameters after all would seem to be called.
		plain := *d
		plain.function, plain.params = false, nil
		list = append([]*definition{&plain}, list...)
	}
	return list
}

// Open gives a file with its lines marked, by the rules of fs.FS but for absolute names.
func (f *files) Open(name string) (fs.File, error) {
	if name == lastFolder || name == ownFolder {
		return nil, fs.ErrNotExist
	}
	key := name
	if i := strings.Index(name, absolute); i >= 0 {
		name = name[i+len(absolute)-1:]
		if runtime.GOOS == "windows" {
			name = name[1:]
		}
	}
	if x := f.byName[key]; x != nil {
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
		// An empty one need not be a file at all: reading /proc/kmsg waits for ever.
		if info.Size() > 0 {
			raw, err = os.ReadFile(filepath.FromSlash(name))
		}
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
	x := f.add(key, raw)
	x.name, x.included = name, true
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
