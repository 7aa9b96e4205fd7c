// This file defines when two types are one although they were made apart: from two headers, or from a header and
// debug information.

package types

// alike reports whether C could not tell two types apart: tags, members and where they lie, lengths, parameters,
// qualifiers. Records without members are alike all those of their tag. Typedefs stand for what they name.
func alike(t *Target, a, b *Type) bool {
	return (&comparison{t, map[[2]*Record]bool{}, map[[2]*Type]bool{}}).alike(a, b)
}

type comparison struct {
	target    *Target
	records   map[[2]*Record]bool // those taken to be alike, unless something differs
	functions map[[2]*Type]bool
}

func (c *comparison) alike(a, b *Type) bool {
	a, b = c.target.Resolve(a), c.target.Resolve(b)
	if a == b {
		return true
	}
	if a.Kind != b.Kind || a.Const != b.Const || a.Volatile != b.Volatile {
		return false
	}
	switch a.Kind {
	case Invalid:
		return a.Name == b.Name
	case Pointer:
		return c.alike(a.Elem, b.Elem)
	case Array, Vector:
		return a.Len == b.Len && c.alike(a.Elem, b.Elem)
	case Func:
		return c.function(a, b)
	case Enum:
		return c.enum(a, b)
	case Struct, Union:
		return c.record(a, b)
	}
	return true
}

func (c *comparison) function(a, b *Type) bool {
	pair := [2]*Type{a, b}
	if c.functions[pair] {
		return true
	}
	c.functions[pair] = true
	if a.NoProto != b.NoProto || a.Variadic != b.Variadic || len(a.Params) != len(b.Params) || !c.alike(a.Elem, b.Elem) {
		return false
	}
	for i := range a.Params {
		if !c.alike(a.Params[i].Type, b.Params[i].Type) {
			return false
		}
	}
	return true
}

func (c *comparison) enum(a, b *Type) bool {
	if a.Name != b.Name {
		return false
	}
	if len(a.Values) == 0 || len(b.Values) == 0 {
		return a.Name != "" || len(a.Values) == len(b.Values)
	}
	if len(a.Values) != len(b.Values) || (a.Elem == nil) != (b.Elem == nil) || a.Elem != nil && !c.alike(a.Elem, b.Elem) {
		return false
	}
	for i, v := range a.Values {
		if v != b.Values[i] {
			return false
		}
	}
	return true
}

func (c *comparison) record(a, b *Type) bool {
	x, y := a.Record, b.Record
	pair := [2]*Record{x, y}
	switch {
	case x == y || c.records[pair]:
		return true
	case a.Name != b.Name:
		return false
	case x == nil || y == nil || !x.Complete || !y.Complete:
		return a.Name != ""
	case len(x.Fields) != len(y.Fields) || x.BigEndian != y.BigEndian || (x.Given == nil) != (y.Given == nil):
		return false
	}
	here, err := c.target.Record(a)
	if err != nil {
		return false
	}
	there, err := c.target.Record(b)
	if err != nil || here.Size != there.Size || here.Align != there.Align {
		return false
	}
	c.records[pair] = true
	for i := range x.Fields {
		f, g := &x.Fields[i], &y.Fields[i]
		if f.Name != g.Name || f.BitField != g.BitField || here.Fields[i] != there.Fields[i] || !c.alike(f.Type, g.Type) {
			return false
		}
	}
	return true
}
