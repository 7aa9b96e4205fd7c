// This file defines initializers: they are passed over, but they say how long an array is (C11 6.7.9).

package cdecl

import "dlsh/types"

// initializer goes behind an initializer, and gives the type of what it is for: an array without a length gets one.
func (p *parser) initializer(ty *types.Type) *types.Type {
	from := p.pos
	for !p.is(",") && !p.is(";") {
		switch {
		case p.peek().kind == end:
			p.fail(p.peek(), "expected ; after the initializer, found %s", found(p.peek()))
		case p.is("{"), p.is("("), p.is("["):
			p.skipBrackets()
		default:
			p.next()
		}
	}
	r := p.target.Resolve(ty)
	if r.Kind != types.Array || r.Len != types.Incomplete {
		return ty
	}
	stop := p.pos
	p.pos = from
	n, ok := int64(0), false
	if err := p.guarded(func() { n, ok = p.lengthBy(r.Elem) }); err != nil || n > largestArray {
		ok = false // it is C's to say what is wrong with it
	}
	p.pos = stop
	if !ok {
		return ty
	}
	return types.Qualified(types.ArrayOf(r.Elem, n), r.Const, r.Volatile)
}

// compound goes behind the braces of a compound literal, and gives its type (C11 6.5.2.5).
func (p *parser) compound(ty *types.Type) *types.Type {
	if r := p.target.Resolve(ty); r.Kind == types.Array && r.Len == types.Incomplete {
		from := p.pos
		n, ok := p.lengthBy(r.Elem)
		p.pos = from
		if ok {
			ty = types.Qualified(types.ArrayOf(r.Elem, n), r.Const, r.Volatile)
		}
	}
	p.skipBrackets()
	return ty
}

// lengthBy counts the elements of type elem that the initializer here gives an array.
func (p *parser) lengthBy(elem *types.Type) (n int64, ok bool) {
	if p.peek().kind == text {
		return p.stringValue().t.Len, true
	}
	if !p.accept("{") {
		return 0, false
	}
	if p.peek().kind == text && p.isCharacter(elem) {
		return p.stringValue().t.Len, true
	}
	for next := int64(0); !p.accept("}"); n = max(n, next) {
		if p.is("[") {
			if next, ok = p.designated(); !ok {
				return 0, false
			}
		}
		from := p.pos
		if !p.element(elem) || p.pos == from {
			return 0, false
		}
		next++
	}
	return n, true
}

// designated reads "[3] =" and GCC's "[3 ... 5] =" and "[3]"; false for what reaches into the element.
func (p *parser) designated() (last int64, ok bool) {
	p.next()
	v := p.conditional()
	if p.accept("...") {
		v = p.conditional()
	}
	p.want("]", "after the index")
	if p.is(".") || p.is("[") || !v.known() || !v.isInteger() || p.negative(v) || v.i >= largestArray {
		return 0, false
	}
	p.accept("=")
	return int64(v.i), true
}

// element goes over the initializer of one object, with the comma behind it. Without braces a record or an array takes as many of the
// values as it has members (C11 6.7.9p20). It gives false for what it does not follow.
func (p *parser) element(ty *types.Type) bool {
	p.deeper()
	defer func() { p.depth-- }()
	r := p.target.Resolve(ty)
	switch {
	case p.is("}"):
		return true
	case p.is(".") || p.is("[") || p.peek().kind == end:
		return false
	case p.is("{"):
		p.skipBrackets()
		p.accept(",")
		return true
	case r.Kind == types.Array && p.isCharacter(r.Elem) && p.peek().kind == text, !r.Kind.Aggregate() && r.Kind != types.Array,
		r.Kind.Aggregate() && p.is("(") && p.starts(p.peekAt(1)): // a compound literal
		for !p.is(",") && !p.is("}") && p.peek().kind != end {
			if p.is("(") || p.is("[") || p.is("{") {
				p.skipBrackets()
			} else {
				p.next()
			}
		}
		p.accept(",")
		return true
	case r.Kind == types.Array:
		for i := int64(0); i < r.Len && !p.is("}"); i++ {
			from := p.pos
			if !p.element(r.Elem) || p.pos == from {
				return false
			}
		}
		return r.Len > 0
	}
	if !r.Record.Complete {
		return false
	}
	for _, f := range r.Record.Fields {
		if f.BitField && f.Name == "" {
			continue
		}
		if !p.element(f.Type) {
			return false
		}
		if r.Kind == types.Union || p.is("}") {
			break
		}
	}
	return true
}

// isCharacter reports whether a string may initialize an array of t.
func (p *parser) isCharacter(t *types.Type) bool {
	r := p.target.Resolve(t)
	return p.charKind(t) || r.Kind.Integer() && (p.target.Size(r) == 2 || p.target.Size(r) == 4)
}
