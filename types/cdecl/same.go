// This file defines when two declarations say the same (C11 6.2.7, 6.7p3).

package cdecl

import (
	"slices"

	"dlsh/types"
)

// same compares two declarations of a name. merged is the one to go on with: the old one, or one that knows more.
func (p *parser) same(old, d *Decl) (merged *Decl, same bool) {
	if old.Kind != d.Kind {
		// A constant may be said to be a variable: extern const int n; const int n = 5;
		return nil, false
	}
	switch d.Kind {
	case Constant:
		if old.Value.Kind != d.Value.Kind || old.Value.Int != d.Value.Int || old.Value.Bytes != d.Value.Bytes ||
			old.Value.Float != d.Value.Float && (old.Value.Float == old.Value.Float || d.Value.Float == d.Value.Float) {
			return nil, false
		}
		return old, true
	case Type:
		if old.align != d.align {
			return nil, false
		}
	}
	if !p.sameType(old.Type, d.Type) {
		return nil, false
	}
	if old.Kind == Function || old.Kind == Variable {
		if d.Symbol != old.Symbol && d.Symbol != d.Name && old.Symbol != old.Name {
			return nil, false
		}
		if knowsMore(d.Type, old.Type) || d.Symbol != old.Symbol && d.Symbol != d.Name || old.Static && !d.Static || d.Value.Kind != NoValue && old.Value.Kind == NoValue {
			c := *d
			if !knowsMore(d.Type, old.Type) {
				c.Type = old.Type
			}
			if c.Symbol == c.Name {
				c.Symbol = old.Symbol
			}
			if c.Value.Kind == NoValue {
				c.Value = old.Value
			}
			c.Static = old.Static && d.Static
			c.At = old.At
			return &c, true
		}
	}
	return old, true
}

// knowsMore reports whether a says something of the type that b leaves open.
func knowsMore(a, b *types.Type) bool {
	switch {
	case a.Kind != b.Kind:
		return false
	case a.Kind == types.Array:
		return b.Len == types.Incomplete && a.Len != types.Incomplete
	case a.Kind == types.Func:
		return b.NoProto && !a.NoProto
	}
	return false
}

// sameType reports whether two types are one (C11 6.2.7), qualifiers included; names of parameters do not matter.
func (p *parser) sameType(a, b *types.Type) bool {
	if a == b {
		return true
	}
	a, b = p.target.Resolve(a), p.target.Resolve(b)
	if a.Kind == types.Enum && a.Elem != nil && b.Kind.Integer() { // C11 6.7.2.2p4
		a = types.Qualified(p.target.Resolve(a.Elem), a.Const, a.Volatile)
	} else if b.Kind == types.Enum && b.Elem != nil && a.Kind.Integer() {
		b = types.Qualified(p.target.Resolve(b.Elem), b.Const, b.Volatile)
	}
	if a.Kind != b.Kind || a.Const != b.Const || a.Volatile != b.Volatile {
		return false
	}
	switch a.Kind {
	case types.Invalid:
		return a.Name == b.Name
	case types.Pointer:
		return p.sameType(a.Elem, b.Elem)
	case types.Array:
		return (a.Len == b.Len || a.Len == types.Incomplete || b.Len == types.Incomplete) && p.sameType(a.Elem, b.Elem)
	case types.Vector:
		return a.Len == b.Len && p.sameType(a.Elem, b.Elem)
	case types.Enum:
		return sameEnum(a, b)
	case types.Struct, types.Union:
		return p.sameRecord(a, b)
	case types.Func:
		return p.once(a, b, func() bool { return p.sameFunction(a, b) })
	}
	return true
}

// once runs a comparison of two records or function types. Those met again while they are compared are taken to be the same: if
// they are not, the comparison that is under way finds it. Records point to themselves in all kinds of ways, and typedefs
// of functions that each take the one before twice would take for ever.
func (p *parser) once(a, b any, compare func() bool) bool {
	pair := [2]any{a, b}
	if p.comparing[pair] {
		return true
	}
	if p.comparing == nil {
		p.comparing = map[[2]any]bool{}
		defer func() { p.comparing = nil }()
	}
	p.comparing[pair] = true
	return compare()
}

func (p *parser) sameFunction(a, b *types.Type) bool {
	if !p.sameType(a.Elem, b.Elem) {
		return false
	}
	if a.NoProto || b.NoProto {
		return true
	}
	if a.Variadic != b.Variadic || len(a.Params) != len(b.Params) {
		return false
	}
	for i := range a.Params {
		if !p.sameType(types.Unqualified(p.target.Resolve(a.Params[i].Type)), types.Unqualified(p.target.Resolve(b.Params[i].Type))) {
			return false
		}
	}
	return true
}

func sameEnum(a, b *types.Type) bool {
	if a.Name != b.Name || (a.Elem == nil) != (b.Elem == nil) {
		return a.Name == b.Name && a.Name != ""
	}
	return slices.Equal(a.Values, b.Values) && (a.Elem == nil || a.Elem.Kind == b.Elem.Kind)
}

// sameRecord compares records. Those with a tag are one only when they are the same; the pairs are records that
// are being said again. Those without one are compared by their members, as they are at each #include.
func (p *parser) sameRecord(a, b *types.Type) bool {
	x, y := a.Record, b.Record
	if x == y {
		return true
	}
	pair := [2]*types.Record{x, y}
	back := [2]*types.Record{y, x}
	if p.pairs[pair] && !y.Complete || p.pairs[back] && !x.Complete {
		return true
	}
	if a.Name != b.Name || !x.Complete || !y.Complete || len(x.Fields) != len(y.Fields) ||
		x.Packed != y.Packed || x.Pack != y.Pack || x.Align != y.Align || x.Rules != y.Rules || x.BigEndian != y.BigEndian {
		return false
	}
	if a.Name != "" && !p.pairs[pair] && !p.pairs[back] {
		return false
	}
	return p.once(x, y, func() bool { return p.sameFields(x, y) })
}

func (p *parser) sameFields(x, y *types.Record) bool {
	for i := range x.Fields {
		f, g := &x.Fields[i], &y.Fields[i]
		if f.Name != g.Name || f.BitField != g.BitField || f.Bits != g.Bits || f.Align != g.Align || f.Packed != g.Packed || !p.sameType(f.Type, g.Type) {
			return false
		}
	}
	return true
}

// sameText compares two #defines as they are written (C11 6.10.3p2). To define a name as nothing and as 1 is one thing to
// those who ask for _GNU_SOURCE.
func (m *Expansion) sameText(n *Expansion) bool {
	flags := !m.Function && (m.Body == "" || m.Body == "1") && (n.Body == "" || n.Body == "1")
	return m.Function == n.Function && (m.Body == n.Body || flags) && slices.Equal(m.Params, n.Params)
}

func sameMacro(a, b *Decl) bool {
	x, y := a.Macro, b.Macro
	return a.Kind == b.Kind && x.Function == y.Function && x.Body == y.Body && slices.Equal(x.Params, y.Params) &&
		a.Value.Int == b.Value.Int && a.Value.Bytes == b.Value.Bytes && a.Reason == b.Reason && a.Type == b.Type
}
