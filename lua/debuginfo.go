// This file defines what a library's debug information tells: the types of functions and variables nobody declared.

package lua

import (
	"fmt"
	"os"
	"strings"

	"dlsh/types"
	"dlsh/types/cdecl"
	"dlsh/types/dwarf"
)

// debug is the debug information of a library, nil where it has none that can be read. It is looked for once.
func (s *Session) debug(lib *library) *dwarf.Info {
	if !lib.debugSought {
		lib.debugSought = true
		if path := lib.object.Path; path != "" {
			lib.info, lib.debugProblem = dwarf.Open(path, s.target)
		}
	}
	return lib.info
}

// declareFunction gives a function the type that C text or debug information has for it, if any does.
func (s *Session) declareFunction(f *function, lib *library) {
	f.why = nil
	if d := s.scope.Lookup(f.name); d != nil && d.Kind == cdecl.Function {
		if !d.Usable() {
			f.why = fmt.Errorf("%s", d.Reason)
		} else {
			f.why = f.setType(d.Type)
		}
		s.compareDebug(f, lib)
		return
	}
	if info := s.debug(lib); info != nil {
		d, err := info.Function(f.name)
		switch {
		case err != nil:
			f.why = err
		case d != nil:
			f.why = f.setType(d.Type)
		}
	}
}

// compareDebug says once where a declaration and the debug information of a library disagree: one of them is wrong,
// and a call by the wrong one is how programs crash.
func (s *Session) compareDebug(f *function, lib *library) {
	info := s.debug(lib)
	if info == nil || f.compared {
		return
	}
	d, err := info.Function(f.name)
	if err != nil || d == nil || !f.declared {
		return
	}
	if mine := f.ctypeOf(); !s.sameCall(mine, s.target.Resolve(d.Type)) {
		f.compared = true
		s.beforeOutput()
		fmt.Fprintf(os.Stderr, "dlsh: %s: it is declared as   %s\n%s  but was compiled as  %s (%s)\n", f.name, types.Declare(mine, f.name),
			strings.Repeat(" ", len("dlsh: ")+len(f.name)), types.Declare(d.Type, f.name), d.Decl)
	}
}

// sameCall reports whether functions of two types are called alike: parameter by parameter, in size and kind.
func (s *Session) sameCall(a, b *types.Type) bool {
	if len(a.Params) != len(b.Params) || !s.passedAlike(a.Elem, b.Elem) {
		return false
	}
	for i := range a.Params {
		if !s.passedAlike(a.Params[i].Type, b.Params[i].Type) {
			return false
		}
	}
	return true
}

func (s *Session) passedAlike(a, b *types.Type) bool {
	a, b = s.target.Resolve(a), s.target.Resolve(b)
	class := func(t *types.Type) string {
		switch k := t.Kind; {
		case k.Integer() || k == types.Enum:
			return "integer"
		case k.Floating():
			return "floating"
		}
		return t.Kind.String()
	}
	return class(a) == class(b) && (a.Kind == types.Void || s.target.Size(a) == s.target.Size(b))
}

// debugType finds a type that the debug information of an open library knows.
func (s *Session) debugType(spelling string) *types.Type {
	for _, lib := range s.libraries {
		if !lib.object.Mapped() || lib.object.Path == "" {
			continue
		}
		if info := s.debug(lib); info != nil {
			if t, err := info.Type(spelling); err == nil && t != nil {
				return t
			}
		}
	}
	return nil
}

// unknown reports whether a type is a record without members, or a pointer to one.
func (s *Session) unknown(t *types.Type) bool {
	t = s.target.Resolve(t)
	for t.Kind == types.Pointer || t.Kind == types.Array {
		t = s.target.Resolve(t.Elem)
	}
	return t.Kind.Aggregate() && !t.Record.Complete
}
