// This file defines completion of what C declares: names of headers, types spelled in strings, and the names of the
// headers and libraries themselves.

package lua

import (
	"path"
	"slices"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
	"dlsh/types"
	"dlsh/types/cdecl"
)

// completeString gives the words for a string that begins at start and is still open.
func (s *Session) completeString(text string, start int) (from int, words []string) {
	typed := text[start:]
	if start >= 2 && text[start-2] == '[' && text[start-1] != '[' { // lib["na
		lv := s.resolve(text[:start-2])
		if toHeader(lv) == nil || !strings.ContainsAny(typed, " *") {
			return start, withPrefix(s.membersLike(lv, false, typed), typed)
		}
		return s.completeType(text, start) // z["struct na
	}
	switch stringAt(strings.TrimSuffix(text[:start-1], "[")) {
	case wantsHeader:
		return s.CompleteHeader(text, start)
	case wantsLibrary:
		return s.CompleteLibrary(text, start)
	case wantsType:
		return s.completeType(text, start)
	}
	return completeFile(text, start)
}

// wanted is what a string is for.
type wanted uint8

const (
	wantsFile wanted = iota
	wantsHeader
	wantsLibrary
	wantsType
)

// typeTakers are the functions that take types, by the number of the first argument that is one.
var typeTakers = map[string]int{"typeof": 0, "sizeof": 0, "alignment": 0, "POINTER": 0, "ARRAY": 0, "CFUNCTYPE": 0, "cast": 1,
	"offsetof": 0, "layout": 0, "Structure": 1, "Union": 1, "Enum": 2, "BigEndianStructure": 1, "LittleEndianStructure": 1, "decl": 0, "cdef": 0}

// stringAt tells what a string at the end of text is for: by the call it is an argument of, and the name it is assigned to.
func stringAt(text string) wanted {
	type level struct {
		call string // what stands before the parenthesis; empty for other brackets
		key  string // what stands before the = last met
		n    int    // commas so far
	}
	levels := []level{{}}
	top := func() *level { return &levels[len(levels)-1] }
	word := ""
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case nameByte(c):
			from := i
			for i+1 < len(text) && nameByte(text[i+1]) {
				i++
			}
			word = text[from : i+1]
		case c == '"' || c == '\'':
			for i++; i < len(text) && text[i] != c; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			word = ""
		case c == '(':
			levels = append(levels, level{call: word})
			word = ""
		case c == '{' || c == '[':
			levels = append(levels, level{})
		case c == ')' || c == '}' || c == ']':
			if len(levels) > 1 {
				levels = levels[:len(levels)-1]
			}
			word = ""
		case c == '=':
			top().key, word = word, ""
		case c == ',' || c == ';' || c == '\n':
			if len(levels) > 1 && c == ',' { // a, b = x, "y" keeps its names
				top().key = ""
			}
			top().n++
			word = ""
		}
	}
	if text = strings.TrimRight(text, " "); word != "" && strings.HasSuffix(text, word) { // cdef[[, include "x"
		levels = append(levels, level{call: word})
	}
	for i := len(levels) - 1; i >= 0; i-- {
		switch levels[i].key {
		case "argtypes", "restype", "prototype", "_fields_":
			return wantsType
		}
		call, inside := levels[i].call, len(levels)-1-i
		if call == "" {
			continue
		}
		first, takes := typeTakers[call]
		switch {
		case call == "include" && inside == 0 && levels[i].n == 0:
			return wantsHeader
		case call == "include" && inside == 1 && top().key == "lib", call == "find_library" && inside == 0:
			return wantsLibrary
		case takes && levels[i].n >= first:
			return wantsType
		}
		return wantsFile
	}
	return wantsFile
}

// CompleteHeader gives the headers for a name that begins at start.
func (s *Session) CompleteHeader(text string, start int) (from int, words []string) {
	folder, base := path.Split(text[start:])
	from = start + len(folder)
	for _, name := range s.scope.Headers(text[start:], nil) {
		if name = name[len(folder):]; base != "" || name[0] != '_' {
			words = append(words, name)
		}
	}
	return from, words
}

// CompleteLibrary gives the libraries for a name that begins at start: as -l has them, by file name from "lib" on,
// and files behind a slash.
func (s *Session) CompleteLibrary(text string, start int) (from int, words []string) {
	typed := text[start:]
	if strings.HasPrefix(typed, ".") || strings.Contains(typed, "/") {
		return completeFile(text, start)
	}
	var names []string
	for _, file := range ffi.LibraryNames() {
		if strings.HasPrefix(typed, "lib") || typed != "" && !strings.HasPrefix(file, "lib") {
			names = append(names, file)
		}
		if short, _, ok := strings.Cut(file, ".so"); ok && strings.HasPrefix(short, "lib") {
			names = append(names, short[len("lib"):])
		}
	}
	words = withPrefix(names, typed)
	return start, slices.Compact(words)
}

// CompleteC gives the words for text[from:at] in a text of C.
func (s *Session) CompleteC(text string, at int) (from int, words []string) {
	return s.completeType(text[:min(max(at, 0), len(text))], 0)
}

// completeType gives the words that can go on a C type whose spelling begins at start.
func (s *Session) completeType(text string, start int) (from int, words []string) {
	from = len(text)
	for from > start && nameByte(text[from-1]) {
		from--
	}
	prefix := text[from:]
	if prefix != "" && prefix[0] <= '9' {
		return len(text), nil
	}
	before := strings.TrimRight(text[start:from], " ")
	var names []string
	tags := func(kind types.Kind) {
		for _, d := range s.scope.Tags() {
			if d.Type.Kind == kind {
				names = append(names, d.Name)
			}
		}
		names = append(names, s.describedTags(kind)...)
	}
	switch word := before[strings.LastIndexAny(before, " *(,")+1:]; word {
	case "struct":
		tags(types.Struct)
	case "union":
		tags(types.Union)
	case "enum":
		tags(types.Enum)
		for name := range s.enumTags {
			names = append(names, name)
		}
	default:
		names = append(types.Words(), "struct", "union", "enum", "const", "volatile")
		for _, name := range s.scope.Names() {
			if d := s.scope.Lookup(name); d.Kind == cdecl.Type && d.Usable() {
				names = append(names, name)
			}
		}
		names = append(names, s.describedTags(types.Typedef)...)
	}
	return from, slices.Compact(withoutReserved(withPrefix(names, prefix), prefix))
}

// withoutReserved leaves out names that begin with an underscore, which are the compiler's and the system's own,
// unless one was typed.
func withoutReserved(names []string, typed string) []string {
	if strings.HasPrefix(typed, "_") {
		return names
	}
	return slices.DeleteFunc(names, func(n string) bool { return strings.HasPrefix(n, "_") })
}

// toHeader gives what include gave, or ctypes.C; nil for anything else.
func toHeader(lv glua.LValue) *header {
	if ud, ok := lv.(*glua.LUserData); ok {
		h, _ := ud.Value.(*header)
		return h
	}
	return nil
}

// headerNames lists the names of a header that can be used and begin with prefix. Where nothing was typed yet,
// those of the header itself are more use than those of all it includes.
func (s *Session) headerNames(h *header, prefix string) []string {
	var names []string
	own, whyNot := h.own(), h.whyNot()
	for _, d := range s.declarations(h) {
		if strings.HasPrefix(d.Name, prefix) && (prefix != "" || own(d)) && whyNot(d) == "" {
			names = append(names, d.Name)
		}
	}
	if h.unit == nil {
		names = append(names, s.describedNames()...)
		slices.Sort(names)
		names = slices.Compact(names)
	}
	return withoutReserved(names, prefix)
}

// resolveDeclared stands for what C declares by a name.
func (s *Session) resolveDeclared(name string) glua.LValue {
	if t := s.tagged(glua.LString(name)); t != nil {
		return s.typeOrNil(s.wrap(t))
	}
	d := s.scope.Lookup(name)
	if d == nil || !d.Usable() {
		return glua.LNil
	}
	switch d.Kind {
	case cdecl.Function:
		return unlookedUp
	case cdecl.Type:
		return s.typeOrNil(s.spell(name))
	case cdecl.Variable:
		return s.stand(d.Type)
	case cdecl.Constant:
		if d.Value.Kind == cdecl.String {
			return glua.LString(d.Value.Bytes)
		}
	}
	return glua.LNil
}

func (s *Session) typeOrNil(t *ctype, err error) glua.LValue {
	if err != nil {
		return glua.LNil
	}
	return t.ud
}

// stand is a value in no memory, which has the members of a type; nil where Lua sees a number or a string.
func (s *Session) stand(c *types.Type) glua.LValue {
	t, err := s.wrap(c)
	if err != nil {
		return glua.LNil
	}
	return standFor(t)
}

func standFor(t *ctype) glua.LValue {
	switch {
	case t.op == opFunction:
		return unlookedUp
	case t.op == opRecord || t.op == opPointer || t.op == opArray && !t.elem.byteSized() && t.elem.op != opWChar:
		return &glua.LUserData{Value: &value{t: t}}
	}
	return glua.LNil
}

// resolvePart stands for a part of a C value.
func (s *Session) resolvePart(t *ctype, name string) glua.LValue {
	switch {
	case t.op == opPointer && name == "contents":
		return standFor(t.elem)
	case t.arrow(name) != nil:
		return standFor(t.arrow(name).t)
	case t.op == opRecord:
		if f := t.rec.byName[name]; f != nil {
			return standFor(f.t)
		}
	}
	return glua.LNil
}
