// This file defines types and constants by the names that debug information of open libraries has for them.

package lua

import (
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/types"
	"dlsh/types/cdecl"
)

// outside is what a C spelling may name and no C text declared: enums made in Lua, and what debug information knows.
func (s *Session) outside(kind types.Kind, name string) (*types.Type, error) {
	s.askedOutside = true
	if t := s.enumTags[name]; t != nil && kind == types.Enum {
		return t.c, nil
	}
	t, err := s.described(kind, name)
	if err != nil {
		s.outsideProblem = err
	}
	return t, err
}

// rememberedOutside is the type of a spelling that was asked for before, as long as no library has come or gone.
func (s *Session) rememberedOutside(spelling string) *ctype {
	if len(s.spelledOutside) == 0 {
		return nil
	}
	s.forgetUnloaded() // C may have closed one
	return s.spelledOutside[spelling]
}

// spelledAs is how debug information is asked for a name.
func spelledAs(kind types.Kind, name string) string {
	if kind == types.Typedef {
		return name
	}
	return kind.String() + " " + name
}

// described finds a type by name. Libraries that give the name to different types make that an error.
func (s *Session) described(kind types.Kind, name string) (*types.Type, error) {
	var found *types.Type
	var by *debugInfo
	for _, d := range s.debugged() {
		t, err := d.info.Type(spelledAs(kind, name))
		if err != nil {
			return nil, err
		}
		if t == nil {
			continue
		}
		if found != nil && !s.sameDefinition(found, t, map[[2]*types.Type]bool{}) {
			return nil, fmt.Errorf("%s is one type in %s and another in %s; ctypes.typeof(%q, lib) gives that of one library",
				spelledAs(kind, name), by.object, d.object, spelledAs(kind, name))
		}
		if found == nil {
			if _, err := s.wrapOutside(d, t); err != nil { // it is the library's, and goes with it
				return nil, err
			}
			found, by = t, d
		}
	}
	return found, nil
}

// describedIn is a type as the debug information of one library has it.
func (s *Session) describedIn(lib *library, spelling string) (*ctype, error) {
	info := s.debug(lib)
	if info == nil {
		if err := s.debugProblem(lib); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s has no debug information", lib.object)
	}
	scope := cdecl.NewScope(s.target)
	var unknown []string
	scope.SetOutside(func(kind types.Kind, name string) (*types.Type, error) {
		t, err := info.Type(spelledAs(kind, name))
		if t == nil && err == nil && kind != types.Typedef {
			unknown = append(unknown, spelledAs(kind, name))
		}
		return t, err
	})
	c, err := scope.Type(spelling)
	if err != nil {
		return nil, err
	}
	if len(unknown) > 0 {
		names, _ := info.Types()
		return nil, fmt.Errorf("%s is not known to the debug information of %s%s", unknown[0], lib.object, suggest(unknown[0], names))
	}
	return s.wrapOutside(s.meet(lib.object), c)
}

// readAlready lists the debug information that can be asked for all its names, for suggestions and completion: nobody
// should wait for those.
func (s *Session) readAlready() (list []*debugInfo) {
	for _, d := range s.debugged() {
		if d.info.Ready() || s.options.Interactive && d.info.Cost() <= quickPrompt {
			list = append(list, d)
		}
	}
	return list
}

// describedTypes lists the types that debug information has, as they are spelled.
func (s *Session) describedTypes() (names []string) {
	for _, d := range s.readAlready() {
		list, _ := d.info.Types()
		names = append(names, list...)
	}
	return names
}

// describedTags lists the tags of a kind; the typedef names for types.Typedef.
func (s *Session) describedTags(kind types.Kind) (names []string) {
	for _, spelling := range s.describedTypes() {
		word, tag, tagged := strings.Cut(spelling, " ")
		switch {
		case strings.ContainsAny(spelling, ":<"): // a name of C++
		case !tagged && kind == types.Typedef:
			names = append(names, spelling)
		case tagged && word == kind.String():
			names = append(names, tag)
		}
	}
	return names
}

// describedNames lists what ctypes.C has by debug information: types by typedef name and tag, and enumerators.
func (s *Session) describedNames() (names []string) {
	for _, kind := range []types.Kind{types.Typedef, types.Struct, types.Union, types.Enum} {
		names = append(names, s.describedTags(kind)...)
	}
	for _, d := range s.readAlready() {
		list, _ := d.info.Constants()
		names = append(names, list...)
	}
	return names
}

// nearTags suggests what a struct or union may be whose members nobody knows.
func (s *Session) nearTags(t *ctype) string {
	if t.op != opRecord || t.rec.complete {
		return ""
	}
	return suggest(t.c.String(), s.describedTypes())
}

// describedName is C.name for what no C text declared and debug information of an open library knows: a type, by its
// typedef name or its tag, or an enumerator. nil for nothing.
func (s *Session) describedName(L *glua.LState, key glua.LValue) glua.LValue {
	name, ok := key.(glua.LString)
	if !ok || s.scope.Lookup(string(name)) != nil {
		return nil
	}
	for _, kind := range []types.Kind{types.Typedef, types.Struct, types.Union, types.Enum} {
		t, err := s.described(kind, string(name))
		if err != nil {
			raise(L, "TypeError", "%v", err)
		}
		if t != nil {
			return s.spelledValue(L, spelledAs(kind, string(name)))
		}
		if kind == types.Typedef {
			if lv := s.describedConstant(L, string(name)); lv != nil {
				return lv
			}
		}
	}
	return nil
}

func (s *Session) spelledValue(L *glua.LState, spelling string) glua.LValue {
	t, err := s.spell(spelling)
	if err != nil {
		raise(L, "TypeError", "%v", err)
	}
	return t.ud
}

// describedConstant is the value of an enumerator.
func (s *Session) describedConstant(L *glua.LState, name string) glua.LValue {
	var found glua.LValue
	var first int64
	var by *debugInfo
	for _, d := range s.debugged() {
		c, err := d.info.Constant(name)
		if err != nil {
			raise(L, "TypeError", "%v", err)
		}
		if c == nil {
			continue
		}
		if by != nil && c.Value != first {
			raise(L, "TypeError", "%s is %d in %s and %d in %s", name, first, by.object, c.Value, d.object)
		}
		if by == nil {
			by, first, found = d, c.Value, intValue(L, c.Value)
			if !s.target.Signed(c.Type) {
				found = uintValue(L, uint64(c.Value))
			}
		}
	}
	return found
}

// sameDefinition reports whether two libraries mean the same by a type. What has a name and is behind a pointer counts by
// its name: a library may hide what is there.
func (s *Session) sameDefinition(a, b *types.Type, seen map[[2]*types.Type]bool) bool {
	a, b = s.target.Resolve(a), s.target.Resolve(b)
	pair := [2]*types.Type{a, b}
	if seen[pair] {
		return true
	}
	seen[pair] = true
	if a.Kind != b.Kind || a.Kind.Aggregate() && a.Name != b.Name {
		return false
	}
	switch a.Kind {
	case types.Pointer:
		x, y := a.Elem, b.Elem
		if x.Kind == types.Typedef && y.Kind == types.Typedef && x.Name == y.Name {
			return true
		}
		if x, y = s.target.Resolve(x), s.target.Resolve(y); x.Kind.Aggregate() && y.Kind.Aggregate() && x.Name != "" {
			return x.Kind == y.Kind && x.Name == y.Name
		}
		return s.sameDefinition(x, y, seen)
	case types.Array, types.Vector:
		return a.Len == b.Len && s.sameDefinition(a.Elem, b.Elem, seen)
	case types.Enum:
		return enumKey("", a.Values) == enumKey("", b.Values) && s.target.Size(a) == s.target.Size(b)
	case types.Struct, types.Union:
		return s.sameMembers(a, b, seen)
	case types.Func:
		if len(a.Params) != len(b.Params) || a.Variadic != b.Variadic || !s.sameDefinition(a.Elem, b.Elem, seen) {
			return false
		}
		for i := range a.Params {
			if !s.sameDefinition(a.Params[i].Type, b.Params[i].Type, seen) {
				return false
			}
		}
		return true
	}
	return types.Same(s.target, a, b)
}

func (s *Session) sameMembers(a, b *types.Type, seen map[[2]*types.Type]bool) bool {
	if a.Record == b.Record || !a.Record.Complete || !b.Record.Complete {
		return true
	}
	x, err := s.target.Record(a)
	if err != nil {
		return false
	}
	y, err := s.target.Record(b)
	if err != nil || x.Size != y.Size || len(x.Fields) != len(y.Fields) {
		return false
	}
	for i, m := range a.Record.Fields {
		n := b.Record.Fields[i]
		if m.Name != n.Name || x.Fields[i] != y.Fields[i] || !s.sameDefinition(m.Type, n.Type, seen) {
			return false
		}
	}
	return true
}

// forgetFunctionType lets go of a function pointer type that has types of a library in it that is gone.
func (s *Session) forgetFunctionType(t *ctype) {
	for key, list := range s.functionTypes {
		for i, u := range list {
			if u == t {
				s.functionTypes[key] = append(list[:i:i], list[i+1:]...)
				return
			}
		}
	}
}

// unknown reports whether a type is one that C text mentioned and did not define.
func (s *Session) unknown(t *types.Type) bool {
	return t.Kind.Aggregate() && !t.Record.Complete || t.Kind == types.Enum && t.Elem == nil
}
