// This file defines why a declaration cannot be used: it has a type in it that dlsh does not have.

package cdecl

import (
	"strings"

	"dlsh/types"
)

// reason says why a declaration is not usable; empty for one that is.
func (p *parser) reason(d *Decl) string {
	if d.Static && d.Kind == Variable && d.Value.Kind == NoValue {
		return "it is static: the library has no symbol for it"
	}
	return p.unsupported(d.Type)
}

// unsupported looks for a type that dlsh does not have, where values of it would be needed. Behind a pointer it matters
// only where it has no name of its own to be printed by.
func (p *parser) unsupported(t *types.Type) string {
	s := search{target: p.target}
	return s.unsupported(t, 0)
}

// search is one look for such types. Records and function types inside others are looked at once: a record that holds itself, and
// typedefs of functions that each take the one before twice, would take for ever.
type search struct {
	target *types.Target
	seen   map[any]bool
}

func (s *search) unsupported(t *types.Type, depth int) string {
	if depth > 50 {
		return ""
	}
	var once any
	switch {
	case t.Kind.Aggregate() && t.Record != nil:
		once = t.Record
	case t.Kind == types.Func && depth > 0:
		once = t
	}
	if once != nil {
		if s.seen[once] {
			return ""
		}
		if s.seen == nil {
			s.seen = map[any]bool{}
		}
		s.seen[once] = true
	}
	switch t.Kind {
	case types.Invalid:
		if strings.Contains(t.Name, "_Complex") {
			return t.Name + " is a complex type of integers, which is not supported"
		}
		if _, err := types.Parse(t.Name); err != nil {
			if _, why, ok := strings.Cut(err.Error(), ": "); ok {
				return why
			}
		}
		return t.Name + " is not supported"
	case types.Vector:
		return "it is a SIMD vector, which is not supported"
	case types.Typedef:
		if t.Elem == nil {
			return ""
		}
		if why := s.unsupported(t.Elem, depth+1); why != "" {
			return t.Name + ": " + why
		}
	case types.Pointer:
		e := t.Elem
		for e.Kind == types.Pointer || e.Kind == types.Array {
			e = e.Elem
		}
		if e.Kind == types.Invalid || e.Kind == types.Func {
			return s.unsupported(e, depth+1)
		}
	case types.Array:
		return s.unsupported(t.Elem, depth+1)
	case types.Func:
		for _, param := range t.Params {
			if why := s.unsupported(param.Type, depth+1); why != "" {
				return why
			}
		}
		return s.unsupported(t.Elem, depth+1)
	case types.Struct, types.Union:
		if t.Record == nil || !t.Record.Complete {
			return ""
		}
		if _, err := s.target.Record(t); err == nil {
			return ""
		}
		for _, f := range t.Record.Fields {
			if why := s.unsupported(f.Type, depth+1); why != "" {
				return "member " + f.Name + ": " + why
			}
		}
	}
	return ""
}
