// This file defines when two types are one as far as passing values goes.

package types

// Same reports whether values of a may go where values of b are wanted, on target t: C's compatible types
// (C11 6.2.7) without regard to const and volatile, which say nothing about bytes. Typedefs stand for
// what they name, an enum for its integer type (C11 6.7.2.2p4), and a record is the same as no other, whatever its members.
func Same(t *Target, a, b *Type) bool {
	if a == nil || b == nil {
		return a == b
	}
	a, b = t.Resolve(a), t.Resolve(b)
	if a.Kind == Enum && a.Elem != nil {
		a = t.Resolve(a.Elem)
	}
	if b.Kind == Enum && b.Elem != nil {
		b = t.Resolve(b.Elem)
	}
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case Invalid:
		return false
	case Pointer:
		return Same(t, a.Elem, b.Elem)
	case Array:
		return (a.Len == b.Len || a.Len == Incomplete || b.Len == Incomplete) && Same(t, a.Elem, b.Elem)
	case Vector:
		return a.Len == b.Len && Same(t, a.Elem, b.Elem)
	case Struct, Union:
		return a.Record == b.Record && a.Record != nil
	case Enum:
		return a.Name == b.Name && a.Name != ""
	case Func:
		return sameFunc(t, a, b)
	}
	return true
}

// sameFunc compares function types; one declared with () takes what the other does (C11 6.7.6.3p15).
func sameFunc(t *Target, a, b *Type) bool {
	if !Same(t, a.Elem, b.Elem) {
		return false
	}
	if a.NoProto || b.NoProto {
		return true
	}
	if a.Variadic != b.Variadic || len(a.Params) != len(b.Params) {
		return false
	}
	for i := range a.Params {
		if !Same(t, a.Params[i].Type, b.Params[i].Type) {
			return false
		}
	}
	return true
}
