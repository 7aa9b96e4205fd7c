// This file defines what help says of what C declares: headers, and the names in them, whether they can be used or not.

package lua

import (
	"fmt"
	"slices"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/types"
	"dlsh/types/cdecl"
)

// more is what help says of functions that a line does not explain.
var more = map[string]string{
	"ctypes.cdef": `
    ctypes.cdef[[
      typedef struct { double x, y; } point;
      double norm(const point *p);
    ]]
    Then lib.norm has its types, and ctypes.C.point(3, 4) makes a point; "point *" is a type wherever
    one is wanted. Anything that C declares will do, with #define and #include.
    redefine  true: what was declared differently before is replaced; else that is an error
    paths     {"folder", ...}: where #include looks first
    defines   {"NAME", NAME = "value"}: macros defined before
    also      ctypes.include, which reads a header; ctypes.C, all that was declared`,
	"ctypes.include": `
    z = ctypes.include("zlib.h", {lib = "z"})
    z.crc32(0, "text", 4)     a function of the library, with its types
    z.Z_BEST_SPEED            a constant
    z.z_stream()              a new value of a type; z["struct name"] is a type by its tag
    lib       a name as -l has it, a file or a CDLL; without it, the program itself
    paths     {"folder", ...}: where headers are looked for first; "./x.h" is a path
    defines   {"NAME", NAME = "value"}: macros defined before
    use_errno true: errno is kept for ctypes.get_errno
    redefine  true: what was declared differently before is replaced; else that is an error
    help(z) counts what there is, ctypes.unusable(z) lists what cannot be used; no C compiler is needed.
    At the prompt, :include zlib.h z does the same.`,
	"ctypes.unusable": `
    ctypes.unusable(z)            all that cannot be used, its own first; names that begin with _ are left out
    ctypes.unusable(z, "^SSL_")   those that a Lua pattern finds, whatever they begin with
    Declarations of system headers that are not understood are left out of the header and listed at the end.`,
	"ctypes.typeof": `
    ctypes.typeof(x)                     the type of a ctypes value
    ctypes.typeof("const char *")        a type by its C spelling
    ctypes.typeof("struct stat")         also of what cdef, include and debug information declare
    Called, a type makes a value; wherever a type is wanted, its C spelling will do.`,
}

// helpName explains a name as it is typed after :help, where its value would not tell all: a name of a header, which
// may be one that cannot be used, and one that is no global but is in ctypes or in C. Empty for all else.
func (s *Session) helpName(expr string) string {
	at := strings.LastIndexByte(expr, '.')
	if !isName(expr[at+1:]) {
		return ""
	}
	if at > 0 {
		if h := toHeader(s.resolve(expr[:at])); h != nil && len(expr[:at]) == len(strings.TrimLeft(expr[:at], " ")) {
			return s.helpDeclared(h, expr[at+1:])
		}
		return ""
	}
	if s.Defined(expr) {
		return ""
	}
	if c, ok := s.L.GetGlobal("ctypes").(*glua.LTable); ok {
		if lv := c.RawGetString(expr); lv != glua.LNil {
			return s.describeValue(lv)
		}
	}
	return s.helpC(expr)
}

// helpC explains what C knows by a name or a spelling; empty where that is nothing.
func (s *Session) helpC(spelling string) string {
	if text := s.helpDeclared(&header{}, spelling); text != "" {
		return text
	}
	if t, err := s.spell(spelling); err == nil {
		return s.helpType(t)
	}
	return ""
}

// helpDeclared explains a name as a header has it; empty where nothing is declared by that name.
func (s *Session) helpDeclared(h *header, name string) string {
	d := s.scope.Lookup(name)
	if d == nil {
		if t := s.tagged(glua.LString(name)); t != nil {
			return s.helpDeclaredType(t)
		}
		return ""
	}
	at := "\n    declared  " + d.At.String()
	if !d.Usable() {
		return name + " cannot be used: " + d.Reason + "\n    " + definition(d) + at
	}
	switch d.Kind {
	case cdecl.Constant:
		text := fmt.Sprintf("%s = %s", name, d.Value)
		if d.Macro != nil {
			text += "\n    " + d.Macro.String()
		}
		if d.Type != nil {
			text += "\n    C type    " + d.Type.String()
		}
		return text + at
	case cdecl.Macro:
		if !d.Macro.Function {
			return fmt.Sprintf("%s\n    evaluated each time it is used%s", d.Macro, at)
		}
		return fmt.Sprintf("%s\n    called as %s(%s)%s", d.Macro, name, strings.Join(d.Macro.Params, ", "), at)
	case cdecl.Type:
		if t, err := s.spell(name); err == nil {
			return s.helpType(t)
		}
	case cdecl.Function, cdecl.Variable:
		fn := s.L.NewFunction(func(L *glua.LState) int {
			lv, _ := s.named(L, h, glua.LString(name))
			L.Push(lv)
			return 1
		})
		values, err := s.run(fn, nil)
		if err != nil { // no library open has it
			return definition(d) + at + "\n    missing   " + err.Error()
		}
		if d.Kind == cdecl.Function {
			return s.describeValue(values[0])
		}
		text, err := s.show(values[0])
		if err != nil {
			text = err.Error()
		}
		return definition(d) + " = " + text + at
	}
	return definition(d) + at
}

func (s *Session) helpDeclaredType(c *types.Type) string {
	t, err := s.wrap(c)
	if err != nil {
		return fmt.Sprintf("%s cannot be used: %v", c, err)
	}
	return s.helpType(t)
}

// definition is a declaration as C.
func definition(d *cdecl.Decl) string {
	switch {
	case d.Macro != nil:
		return d.Macro.String()
	case d.Kind == cdecl.Type:
		return "typedef " + types.Declare(d.Type, d.Name)
	case d.Kind == cdecl.Tag:
		return d.Type.String()
	}
	return types.Declare(d.Type, d.Name)
}

// declarationOf finds where C declared a type; nil for one that it did not.
func (s *Session) declarationOf(t *ctype) *cdecl.Decl {
	if t.c == nil || t.op == opRecord && !t.rec.complete {
		return nil
	}
	if t.c.Kind == types.Typedef {
		if d := s.scope.Lookup(t.c.Name); d != nil && d.Kind == cdecl.Type {
			return d
		}
	}
	if r := s.target.Resolve(t.c); r.Kind.Aggregate() && s.records[r.Record] != nil || r.Kind == types.Enum {
		for _, d := range s.scope.Tags() {
			if d.Type.Kind == r.Kind && d.Name == r.Name && d.Type.Record == r.Record {
				return d
			}
		}
	}
	return nil
}

// declaredAt is where the types of a function come from, "" for one that nobody declared.
func (f *function) declaredAt() string {
	if f.cb != nil || f.why != nil {
		return ""
	}
	if f.explicit {
		return "in Lua"
	}
	if d := f.s.scope.Lookup(f.name); d != nil && d.Kind == cdecl.Function && d.Usable() {
		return d.At.String()
	}
	if f.compiled == nil {
		return ""
	}
	return strings.TrimLeft(f.compiled.Decl.String()+", by its debug information", ", ")
}

// listed is how many columns the names of a kind may take in the help of a header.
const listed = 100

// helpHeader tells how much of what is in a header, with the first names of each kind.
func (s *Session) helpHeader(h *header) string {
	text := "ctypes.C: all that cdef and include have declared"
	if h.unit != nil {
		text = fmt.Sprintf("%s, functions from %s", h.name, h.lib.object)
	}
	if h.unit != nil && len(h.unit.Files) > 0 {
		text += "\n    file        " + h.unit.Files[0]
		if n := len(h.unit.Files) - 1; n > 0 {
			text += fmt.Sprintf(" and %s that it includes", plural(int64(n), "file"))
		}
	}
	names, others, bad := map[cdecl.Kind][]string{}, map[cdecl.Kind]int64{}, int64(0)
	own, whyNot := h.own(), h.whyNot()
	for _, d := range s.declarations(h) {
		kind, why := countedAs(d), whyNot(d)
		switch {
		case strings.HasPrefix(d.Name, "_"):
		case why != "" && says(d):
			bad++
		case why != "":
		case own(d):
			names[kind] = append(names[kind], d.Name)
		default:
			others[kind]++
		}
	}
	for _, k := range kindWords {
		if list := names[k.kind]; len(list) > 0 {
			text += fmt.Sprintf("\n    %-11s %-5d %s", k.word+"s", len(list), firstNames(list, listed))
		}
	}
	var parts []string
	for _, k := range kindWords {
		if n := others[k.kind]; n > 0 {
			parts = append(parts, plural(n, k.word))
		}
	}
	if len(parts) > 0 {
		text += "\n    included    " + strings.Join(parts, ", ")
	}
	if bad > 0 {
		text += fmt.Sprintf("\n    not usable  %-5d ctypes.unusable(x) tells which and why, ctypes.unusable(x, \"^a\") of those that match", bad)
	}
	if h.unit != nil && len(h.unit.Skipped) > 0 {
		text += fmt.Sprintf("\n    left out    %-5d declarations that were not understood; ctypes.unusable(x) lists them", len(h.unit.Skipped))
	}
	if len(names) == 0 && len(parts) == 0 && h.unit == nil {
		text += "\n    nothing yet: ctypes.cdef(\"int abs(int);\"), ctypes.include(\"zlib.h\", {lib = \"z\"})"
	}
	return text + "\n    help(\"name\") tells about one of them, Tab behind the dot lists them"
}

// firstNames joins names as far as there is room.
func firstNames(names []string, room int) string {
	n := 0
	for i, name := range names {
		if n += len(name) + 2; n > room && i > 0 {
			return strings.Join(slices.Concat(names[:i], []string{"..."}), ", ")
		}
	}
	return strings.Join(names, ", ")
}
