// This file defines what the prompt's :include does: a header read into a global, and the statement that does the same.

package lua

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
	"dlsh/types/cdecl"
)

// Include reads a header, binds its functions to a library ("" for the program itself) and leaves it in a global that is
// named after the header. It tells the statement that does the same, and what came of it. Errors name line as the
// place, in a chunk called name.
func (s *Session) Include(name string, line int, header, library string) (told string, err error) {
	header = strings.Trim(header, "<>\"")
	global := s.headerGlobal(header)
	statement := fmt.Sprintf("%s = ctypes.include(%s", global, luaQuote(header))
	if library != "" {
		statement += fmt.Sprintf(", {lib = %s}", luaQuote(library))
	}
	statement += ")"
	fn, err := s.compileText(name, line, statement)
	if err != nil {
		return "", err
	}
	if _, err := s.runNoted(fn, nil, Statement{Name: name, Line: line, Text: statement}); err != nil {
		var e *Error
		if _, missing := os.Stat(header); missing == nil && errors.As(err, &e) && strings.Contains(e.Message, "no header "+header) {
			e.Message += "\n./" + header + " is a path: it lies here, where no header is looked for"
		}
		return "", err
	}
	h := toHeader(s.L.GetGlobal(global))
	if h == nil {
		return statement, nil // ctypes.include is somebody else's by now
	}
	told = statement + "\n-- " + s.inventory(h)
	if hint := s.wrongLibrary(h, header, library); hint != "" {
		told += "\n-- " + hint
	}
	return told, nil
}

// Defined reports whether a global of a name is there.
func (s *Session) Defined(name string) bool {
	return s.L.Get(glua.GlobalsIndex).(*glua.LTable).RawGetString(name) != glua.LNil
}

// headerGlobal names the global for a header: zlib for zlib.h, curl for curl/curl.h. What has that name already
// keeps it, but for the same header.
func (s *Session) headerGlobal(header string) string {
	name := globalName(strings.TrimSuffix(path.Base(strings.ReplaceAll(header, `\`, "/")), ".h"))
	globals := s.L.Get(glua.GlobalsIndex).(*glua.LTable)
	for {
		there := globals.RawGetString(name)
		if h := toHeader(there); there == glua.LNil || h != nil && h.name == header {
			return name
		}
		name += "_"
	}
}

// The words for kinds of declarations, in the order they are counted.
var kindWords = []struct {
	kind cdecl.Kind
	word string
}{
	{cdecl.Function, "function"}, {cdecl.Variable, "variable"}, {cdecl.Type, "type"}, {cdecl.Constant, "constant"}, {cdecl.Macro, "macro"},
}

// countedAs is the kind a declaration is counted as: a tag is a type too.
func countedAs(d *cdecl.Decl) cdecl.Kind {
	if d.Kind == cdecl.Tag {
		return cdecl.Type
	}
	return d.Kind
}

// inventory says in one line how much of what there is in a header.
func (s *Session) inventory(h *header) string {
	counts := map[cdecl.Kind]int64{}
	bad := 0
	own, whyNot := h.own(), h.whyNot()
	for _, d := range s.declarations(h) {
		switch {
		case strings.HasPrefix(d.Name, "_") || !own(d):
		case whyNot(d) == "":
			counts[countedAs(d)]++
		case says(d):
			bad++
		}
	}
	var parts []string
	for _, k := range kindWords {
		if n := counts[k.kind]; n > 0 {
			parts = append(parts, plural(n, k.word))
		}
	}
	if bad > 0 {
		parts = append(parts, fmt.Sprintf("%d that cannot be used", bad))
	}
	if h.unit != nil && len(h.unit.Skipped) > 0 {
		parts = append(parts, fmt.Sprintf("%d not understood", len(h.unit.Skipped)))
	}
	if len(parts) == 0 {
		return "nothing of its own"
	}
	return strings.Join(parts, ", ")
}

// mostSought is how many symbols are looked up to tell whether a library is the one of a header.
const mostSought = 1000

// wrongLibrary says so when not one function of a header is in the library it was bound to.
func (s *Session) wrongLibrary(h *header, name, library string) string {
	if h.unit == nil || h.lib == nil {
		return ""
	}
	own := h.own()
	sought := 0
	for _, d := range s.declarations(h) {
		if d.Kind != cdecl.Function || !d.Usable() || d.Static || !own(d) || sought == mostSought {
			continue
		}
		if _, _, err := ffi.Lookup(h.lib.object.Handle, d.Symbol); err == nil {
			return ""
		}
		sought++
	}
	if sought == 0 {
		return ""
	}
	in := "the program itself"
	if library != "" {
		in = h.lib.object.String()
	}
	hint := "none of its functions is in " + in
	if other := libraryFor(name); other != "" && other != library {
		return hint + "; try :include " + name + " " + other
	}
	return hint + "; name the library behind the header"
}

// libraryFor guesses the library of a header by its name and looks whether there is one, "" if not.
func libraryFor(header string) string {
	folder, base := path.Split(header)
	stem := strings.TrimSuffix(base, ".h")
	for _, guess := range []string{path.Base(folder), stem, strings.TrimSuffix(stem, "lib"), strings.TrimPrefix(stem, "lib")} {
		if _, ok := ffi.FindLibrary(guess); ok && guess != "." {
			return guess
		}
	}
	return ""
}
