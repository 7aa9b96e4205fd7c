// This file defines cdef, include and ctypes.C: declarations in C, and what they name.

package lua

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
	"dlsh/types"
	"dlsh/types/cdecl"
)

// cdefOptions are the keyword arguments of cdef and include.
type cdefOptions struct {
	cdecl.Options
	lib      glua.LValue
	useErrno bool
}

func (s *Session) checkCdefOptions(L *glua.LState, fn string, n int) cdefOptions {
	var o cdefOptions
	o.lib = glua.LNil
	o.Name, o.Line = "cdef", 1
	table, ok := L.Get(n).(*glua.LTable)
	if !ok {
		if L.Get(n) != glua.LNil {
			example := "{redefine = true}"
			if fn == "include" {
				example = `{lib = "z"}`
			}
			raise(L, "TypeError", "%s: argument %d: a table of options is wanted, such as %s, not %s", fn, n, example, describe(L.Get(n)))
		}
		return o
	}
	texts := func(what string, lv glua.LValue) (list []string) {
		t, ok := lv.(*glua.LTable)
		if !ok {
			raise(L, "TypeError", "%s: %s: a table of strings is wanted, not %s", fn, what, describe(lv))
		}
		for i, x := range sortedPairs(t) {
			name, named := x.key.(glua.LString)
			_, isNumber := x.value.(glua.LNumber)
			switch text, ok := x.value.(glua.LString); {
			case named && what == "defines" && (ok || isNumber):
				list = append(list, string(name)+"="+x.value.String())
			case !named && ok && x.key == glua.LNumber(i+1):
				list = append(list, string(text))
			case named && what == "defines":
				raise(L, "TypeError", "%s: defines: %s: a string or a number is wanted, not %s", fn, name, describe(x.value))
			default:
				raise(L, "TypeError", "%s: %s: %s: a string is wanted, not %s", fn, what, x.key, describe(x.value))
			}
		}
		return list
	}
	names := []string{"redefine", "paths", "defines"}
	if fn == "include" {
		names = append(names, "lib", "use_errno")
	}
	for _, x := range sortedPairs(table) {
		name := x.key.String()
		if !slices.Contains(names, name) {
			raise(L, "TypeError", "%s: unknown option %q%s", fn, name, suggest(name, names))
		}
		switch name {
		case "redefine":
			o.Redefine = glua.LVAsBool(x.value)
		case "paths":
			o.Folders = texts("paths", x.value)
		case "defines":
			o.Defines = texts("defines", x.value)
		case "lib":
			o.lib = x.value
		case "use_errno":
			o.useErrno = glua.LVAsBool(x.value)
		}
	}
	return o
}

// pair is a key of a table and its value.
type pair struct{ key, value glua.LValue }

// sortedPairs lists what is in a table: the numbers first, then names, so that of several errors it is always the same one.
func sortedPairs(t *glua.LTable) (list []pair) {
	t.ForEach(func(k, v glua.LValue) { list = append(list, pair{k, v}) })
	slices.SortStableFunc(list, func(a, b pair) int {
		x, isNumber := a.key.(glua.LNumber)
		y, alsoNumber := b.key.(glua.LNumber)
		switch {
		case isNumber && alsoNumber:
			return cmp.Compare(x, y)
		case isNumber:
			return -1
		case alsoNumber:
			return 1
		}
		return cmp.Compare(a.key.String(), b.key.String())
	})
	return list
}

// cdef is cdef(text [, options]): all of it is declared, or nothing.
func (s *Session) cdef(L *glua.LState) int {
	text, ok := L.Get(1).(glua.LString)
	if !ok {
		raise(L, "TypeError", "cdef: C declarations in a string are wanted, not %s", describe(L.Get(1)))
	}
	o := s.checkCdefOptions(L, "cdef", 2)
	if err := s.declareText(L, string(text), o.Options); err != nil {
		raiseC(L, err)
	}
	s.declaredMore(o.Redefine)
	s.journal.declares(cdefStatement(string(text), o.Options))
	return 0
}

// include is include(header [, options]): a table through which everything the header declares is reached.
func (s *Session) include(L *glua.LState) int {
	name, ok := L.Get(1).(glua.LString)
	if !ok {
		raise(L, "TypeError", "include: the name of a header is wanted, such as \"zlib.h\", not %s", describe(L.Get(1)))
	}
	o := s.checkCdefOptions(L, "include", 2)
	var lib *library
	switch x := o.lib.(type) {
	case *glua.LNilType:
		lib = s.program(L)
	case glua.LString:
		lib = s.openNamed(L, string(x), o.useErrno)
	default:
		if ud, ok := x.(*glua.LUserData); ok {
			lib, _ = ud.Value.(*library)
		}
		if lib == nil {
			raise(L, "TypeError", "include: lib: a library or its name is wanted, not %s", describe(x))
		}
	}
	unit, err := s.scope.Include(string(name), o.Options)
	if err != nil {
		raiseC(L, err)
	}
	s.noteFiles(unit)
	s.declaredMore(o.Redefine)
	h := &header{name: string(name), unit: unit, lib: lib, how: o}
	s.journal.includes(h)
	L.Push(s.header(h))
	return 1
}

// header is what include gives, and ctypes.C: names to what they stand for.
type header struct {
	name string
	unit *cdecl.Unit // nil for ctypes.C, which has all of the scope
	lib  *library    // where functions and variables are looked up; nil for the program itself
	how  cdefOptions // it was included with

	found *glua.LTable // by name, what was asked for before
}

// Its __index is a table of what was found, so that a name costs one look-up in the VM from the second time on. Variables are
// not kept there: their values change.
func (s *Session) header(h *header) *glua.LUserData {
	ud := s.L.NewUserData()
	ud.Value = h
	h.found = s.L.NewTable()
	missing := s.L.NewTable()
	missing.RawSetString("__index", s.L.NewFunction(func(L *glua.LState) int {
		lv, keep := s.named(L, h, L.Get(2))
		if name, ok := L.Get(2).(glua.LString); ok && keep {
			h.found.RawSetString(string(name), lv)
		}
		L.Push(lv)
		return 1
	}))
	s.L.SetMetatable(h.found, missing)
	s.headers.add(h)
	mt := s.L.NewTable()
	s.L.SetFuncs(mt, map[string]glua.LGFunction{
		"__newindex": func(L *glua.LState) int { s.setNamed(L, h, L.Get(2), L.Get(3)); return 0 },
		"__tostring": func(L *glua.LState) int {
			text := "<C: what cdef and include declared>"
			if h.unit != nil {
				text = fmt.Sprintf("<%s: %s, functions from %s>", h.name, plural(int64(len(h.unit.Decls)), "declaration"), h.lib.object)
			}
			L.Push(glua.LString(text))
			return 1
		},
	})
	mt.RawSetString("__index", h.found)
	mt.RawSetString("__metatable", glua.LString("C declarations"))
	s.L.SetMetatable(ud, mt)
	return ud
}

// declaration finds a name, or raises with the near ones.
func (s *Session) declaration(L *glua.LState, h *header, key glua.LValue) *cdecl.Decl {
	name, ok := key.(glua.LString)
	if !ok {
		raise(L, "TypeError", "a name is wanted, not %s", describe(key))
	}
	d := s.scope.Lookup(string(name))
	if d == nil {
		if hint := s.scope.Hint(string(name)); hint != "" {
			raise(L, "AttributeError", "%s is not declared; %s%s", name, hint, s.insteadOfHeader(hint))
		}
		raise(L, "AttributeError", "%s is not declared%s", name, suggest(string(name), append(s.scope.Names(), s.describedNames()...)))
	}
	if !d.Usable() {
		raise(L, "TypeError", "%s cannot be used: %s", name, d.Reason)
	}
	return d
}

// noteFiles keeps the names of the files that were read for u, for messages.
func (s *Session) noteFiles(u *cdecl.Unit) {
	if u == nil {
		return
	}
	if s.filesRead == nil {
		s.filesRead = map[string]bool{}
	}
	for _, path := range u.Files {
		s.filesRead[path] = true
	}
}

// insteadOfHeader ends a hint that names a header, <dlfcn.h>, when that was read already: what it did not declare then, it
// declares by a macro.
func (s *Session) insteadOfHeader(hint string) string {
	_, header, _ := strings.Cut(strings.TrimSuffix(hint, ">"), "<")
	for path := range s.filesRead {
		if strings.HasSuffix(filepath.ToSlash(path), "/"+header) {
			return ", which was read without it; what is GNU's wants #define _GNU_SOURCE before: ctypes.cdef(\"#define _GNU_SOURCE\\n#include <" + header + ">\")"
		}
	}
	return ""
}

// named is C.name: a constant, a type, a function of the library, the value of a variable, or a macro to call. keep
// tells that the name will stand for the same until something else is declared.
func (s *Session) named(L *glua.LState, h *header, key glua.LValue) (lv glua.LValue, keep bool) {
	if name, ok := key.(glua.LString); ok && strings.ContainsAny(string(name), " *") {
		t, err := s.spell(string(name)) // C["struct stat"]
		if err != nil {
			raise(L, "AttributeError", "%v", err)
		}
		return t.ud, false
	}
	t := s.tagged(key)
	if h.unit == nil && (t == nil || s.unknown(t)) {
		if lv := s.describedName(L, key); lv != nil {
			return lv, false // the library may go
		}
	}
	if t != nil {
		lv, err := s.wrap(t)
		if err != nil {
			raise(L, "TypeError", "%s: %v", key, err)
		}
		return lv.ud, true
	}
	d := s.declaration(L, h, key)
	switch d.Kind {
	case cdecl.Constant:
		return s.constant(L, d.Value), true
	case cdecl.Type, cdecl.Tag:
		t, err := s.declaredType(d)
		if err != nil {
			raise(L, "TypeError", "%s: %v", d.Name, err)
		}
		return t.ud, true
	case cdecl.Macro:
		if d.Macro.Function {
			return s.newMacro(d, h.lib), true
		}
		return s.macroValue(L, d, h.lib), false
	}
	lib := h.lib
	if lib == nil {
		lib = s.program(L)
	}
	return s.libraryMember(L, lib, d.Name), d.Kind == cdecl.Function
}

// declaredType is a type by the name C gave it. A function type stands for the pointers to such functions, as it does for a
// parameter (C11 6.7.6.3p8).
func (s *Session) declaredType(d *cdecl.Decl) (*ctype, error) {
	if r := s.target.Resolve(d.Type); r.Kind == types.Func {
		return s.wrap(types.PointerTo(d.Type))
	}
	if d.Kind == cdecl.Tag {
		return s.wrap(d.Type)
	}
	return s.spell(d.Name)
}

// tagged is the struct, union or enum of a tag, where nothing else goes by its name.
func (s *Session) tagged(key glua.LValue) *types.Type {
	name, ok := key.(glua.LString)
	if !ok || s.scope.Lookup(string(name)) != nil {
		return nil
	}
	for _, kind := range []types.Kind{types.Struct, types.Union, types.Enum} {
		if t := s.scope.Tag(kind, string(name)); t != nil {
			return t
		}
	}
	return nil
}

// setNamed is C.name = lv, for variables.
func (s *Session) setNamed(L *glua.LState, h *header, key, lv glua.LValue) {
	d := s.declaration(L, h, key)
	lib := h.lib
	if lib == nil {
		lib = s.program(L)
	}
	if d.Kind == cdecl.Macro && !d.Macro.Function {
		s.setMacro(L, d, lib, lv)
		return
	}
	if d.Kind != cdecl.Variable {
		raise(L, "AttributeError", "%s is no variable and cannot be set", d.Name)
	}
	s.setVariable(L, d.Name, s.declaredVariable(L, lib, d.Name), lv)
}

// program is the program itself as a library.
func (s *Session) program(L *glua.LState) *library {
	if s.itself == nil {
		lib := &library{}
		lib.object = s.openObject(L, glua.LNil, ffi.Flags["RTLD_LOCAL"])
		s.wrapLibrary(lib)
		s.itself = lib
	}
	return s.itself
}

// openNamed opens a library by a file's name, or as the linker's -l names it.
func (s *Session) openNamed(L *glua.LState, name string, useErrno bool) *library {
	file := name
	if !strings.Contains(name, "/") {
		if found, ok := ffi.FindLibrary(name); ok {
			file = found
		}
	}
	lib := &library{name: file, useErrno: useErrno}
	lib.object = s.openObject(L, glua.LString(file), ffi.Flags["RTLD_LOCAL"])
	s.wrapLibrary(lib)
	return lib
}

// setType declares a function as C does.
func (f *function) setType(c *types.Type) error {
	s := f.s
	if c = s.behindPointer(c); c.Kind != types.Func {
		return fmt.Errorf("%s is not the type of a function", c)
	}
	result, err := s.wrap(c.Elem)
	if err != nil {
		return err
	}
	var args []*ctype
	var names []string
	for _, p := range c.Params {
		pt := p.Type
		if r := s.target.Resolve(pt); r.Kind == types.Array {
			pt = types.PointerTo(r.Elem) // C11 6.7.6.3p7
		} else if r.Kind == types.Func {
			pt = types.PointerTo(r)
		}
		t, err := s.wrap(pt)
		if err != nil {
			return err
		}
		args = append(args, t)
		names = append(names, p.Name)
	}
	old := *f
	f.args, f.result, f.variadic, f.declared, f.names = args, result, c.Variadic || f.known != nil, !c.NoProto, names
	f.convert, f.guessedFor, f.c = nil, nil, c
	if c.NoProto {
		f.args = nil
		f.setPlan(nil)
		return nil
	}
	plan, err := f.prepare(f.args)
	if err != nil {
		*f = old
		return err
	}
	f.setPlan(plan)
	return nil
}

// declaredVariable is the variable of a library that C text declares by a name; nil where it declares none. How long an
// array is that was declared as T[] the symbol tells.
func (s *Session) declaredVariable(L *glua.LState, lib *library, name string) *variable {
	d := s.scope.Lookup(name)
	if d == nil || d.Kind != cdecl.Variable || !d.Usable() {
		return nil
	}
	symbol := d.Symbol
	if symbol == "" {
		symbol = name
	}
	addr, owner := s.lookup(L, lib, symbol, "AttributeError")
	c := d.Type
	if r := s.target.Resolve(c); r.Kind == types.Array && r.Len == types.Incomplete {
		if size, ok := ffi.VariableAt(addr); ok && s.target.Size(r.Elem) > 0 {
			c = types.ArrayOf(r.Elem, size/s.target.Size(r.Elem))
		}
	}
	t, err := s.wrap(c)
	if err != nil {
		raise(L, "TypeError", "%s: %v", name, err)
	}
	if size, ok := ffi.VariableAt(addr); ok && size > 0 && t.size > size {
		raise(L, "TypeError", "%s has %s, and it is declared as %s, which needs %d", name, plural(size, "byte"), types.Declare(c, name), t.size)
	}
	return s.variable(lib, c, t, addr, owner)
}

// libraryVariable is the variable of a library by a name, as C text or debug information has it; nil for what neither
// knows as one.
func (s *Session) libraryVariable(L *glua.LState, lib *library, name string) *variable {
	if s.scope.Lookup(name) != nil || lib.plain || !lib.object.Mapped() {
		return s.declaredVariable(L, lib, name)
	}
	addr, owner, err := ffi.Lookup(lib.object.Handle, name)
	if err != nil {
		return nil
	}
	return s.describedVariable(lib, name, addr, owner)
}

// variable is a variable of a library as a C value.
type variable struct {
	value
	c *types.Type // as it was declared: a record's own type has no qualifiers
}

func (s *Session) variable(lib *library, c *types.Type, t *ctype, addr uintptr, owner *ffi.Object) *variable {
	if owner == nil {
		owner = lib.object
	}
	return &variable{value{t: t, addr: addr, block: s.blockOf(owner)}, c}
}

// variableValue is what Lua gets for a variable.
func (s *Session) variableValue(L *glua.LState, name string, v *variable) glua.LValue {
	lv, err := s.get(L, &v.value)
	if err != nil {
		raiseErr(L, "ValueError", name, err)
	}
	return lv
}

// setVariable is lib.name = lv for a variable.
func (s *Session) setVariable(L *glua.LState, name string, v *variable, lv glua.LValue) {
	c := s.target.Resolve(v.c)
	for c.Kind == types.Array && !c.Const {
		c = s.target.Resolve(c.Elem)
	}
	if c.Const {
		raise(L, "TypeError", "%s cannot be set, it is const: %s", name, types.Declare(v.c, name))
	}
	if err := s.set(&v.value, lv); err != nil {
		raiseErr(L, "TypeError", name, err)
	}
}

// scopeType finds a type that only declarations know.
func (s *Session) scopeType(spelling string) (*types.Type, error) {
	s.outsideProblem = nil
	c, err := s.scope.Type(spelling)
	var e *cdecl.Error
	if errors.As(err, &e) {
		hint := e.Hint
		if hint != "" {
			hint = "; " + hint
		}
		return nil, errors.New(e.Message + hint)
	}
	return c, err
}
