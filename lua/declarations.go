// This file defines what a header has in it: its names, which are its own, and which cannot be used.

package lua

import (
	"path/filepath"
	"sort"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/types/cdecl"
)

// declarations lists what the names of a header stand for, each name once, sorted; for ctypes.C all names there are.
func (s *Session) declarations(h *header) []*cdecl.Decl {
	var list []*cdecl.Decl
	if h.unit == nil {
		for _, name := range s.scope.Names() {
			list = append(list, s.scope.Lookup(name))
		}
		for _, d := range s.scope.Tags() {
			if s.scope.Lookup(d.Name) == nil {
				list = append(list, d)
			}
		}
	} else {
		seen := make(map[string]bool, len(h.unit.Decls))
		for _, d := range h.unit.Decls {
			if d.Name == "" || seen[d.Name] {
				continue
			}
			// What the name means now: not a macro where there is a function, and not what was declared anew since.
			if now := s.scope.Lookup(d.Name); now != nil {
				d = now
			} else if d.Kind != cdecl.Tag {
				continue
			}
			seen[d.Name] = true
			list = append(list, d)
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// own gives the test for what a header declares itself, or in files that belong to it: the others of its folder for
// curl/curl.h, pngconf.h for png.h. All is ctypes.C's own.
func (h *header) own() func(*cdecl.Decl) bool {
	if h.unit == nil || len(h.unit.Files) == 0 {
		return func(*cdecl.Decl) bool { return true }
	}
	file := h.unit.Files[0]
	start := file
	folder, base := filepath.Split(file)
	switch stem := strings.TrimSuffix(base, ".h"); {
	case strings.Contains(h.name, "/"):
		start = folder
	case len(stem) >= 3:
		start = folder + stem
	}
	isOwn := func(name string) bool { return name == file || strings.HasPrefix(name, start) }
	if start == "" { // ./x.h: what has no path of its own lies here or below
		isOwn = func(name string) bool { return !filepath.IsAbs(name) && !strings.HasPrefix(name, "<") }
	}
	real, err := filepath.EvalSymlinks(file)
	known := map[string]bool{}
	return func(d *cdecl.Decl) bool {
		name := d.At.File
		yes, seen := known[name]
		if !seen {
			yes = isOwn(name)
			if !yes && err == nil { // ncurses.h is a link to curses.h
				same, err := filepath.EvalSymlinks(name)
				yes = err == nil && same == real
			}
			known[name] = yes
		}
		return yes
	}
}

// says reports whether a declaration is more than a mark for the preprocessor, such as ZLIB_H or ZEXPORT.
func says(d *cdecl.Decl) bool {
	return d.Kind != cdecl.Macro || d.Usable() || strings.TrimSpace(d.Macro.Expanded()) != ""
}

// whyNot gives the test for what of a header cannot be used: it says why, or nothing.
func (h *header) whyNot() func(*cdecl.Decl) string {
	var exports map[string]bool // made when it matters
	return func(d *cdecl.Decl) string {
		if !d.Usable() || !d.Static || d.Kind != cdecl.Function {
			return d.Reason
		}
		if exports == nil {
			exports = map[string]bool{}
			if h.lib != nil {
				for _, symbol := range h.lib.exports() {
					exports[symbol] = true
				}
			}
		}
		if exports[d.Symbol] {
			return ""
		}
		return "it is static or inline, so no library offers it"
	}
}

// unusable is unusable(header [, pattern]): a text, what of it cannot be used and why.
func (s *Session) unusable(L *glua.LState) int {
	h := toHeader(L.Get(1))
	if ud, ok := L.Get(1).(*glua.LUserData); ok && h == nil {
		if _, ok := ud.Value.(*library); ok {
			raise(L, "TypeError", "unusable: what include gave is wanted, or ctypes.C; lib:declare() ends with what cannot be declared of a library")
		}
	}
	if h == nil {
		raise(L, "TypeError", "unusable: what include gave is wanted, or ctypes.C, not %s", describe(L.Get(1)))
	}
	pattern, given := L.Get(2).(glua.LString)
	if !given && L.Get(2) != glua.LNil {
		raise(L, "TypeError", "unusable: argument 2: a pattern is wanted, such as \"^SSL_\", not %s", describe(L.Get(2)))
	}
	find := L.GetField(L.GetGlobal("string"), "find")
	matches := func(name string) bool {
		if !given {
			return !strings.HasPrefix(name, "_")
		}
		L.Push(find)
		L.Push(glua.LString(name))
		L.Push(pattern)
		L.Call(2, 1)
		defer L.Pop(1)
		return L.Get(-1) != glua.LNil
	}
	own, whyNot := h.own(), h.whyNot()
	var first, rest [][]string
	for _, d := range s.declarations(h) {
		why := whyNot(d)
		if why == "" || !says(d) || !matches(d.Name) {
			continue
		}
		row := []string{d.Name, why + " (" + d.At.String() + ")"}
		if own(d) {
			first = append(first, row)
		} else {
			rest = append(rest, row)
		}
	}
	var lines []string
	if rows := append(first, rest...); len(rows) > 0 {
		lines = columns(rows)
	}
	if h.unit != nil && !given {
		for _, e := range h.unit.Skipped {
			lines = append(lines, "not understood: "+e.Error())
		}
	}
	if len(lines) == 0 {
		lines = []string{"nothing: all of it can be used"}
	}
	L.Push(glua.LString(strings.Join(lines, "\n")))
	return 1
}
