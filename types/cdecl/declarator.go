// This file defines declarators: "*(*f[3])(int)" (C11 6.7.6).

package cdecl

import (
	"dlsh/types"
)

// declarator is the part of a declaration that belongs to one name. C writes it inside out: the pointers and suffixes of the
// outermost level apply to the type first.
type declarator struct {
	name     token // without text for an abstract one
	pointers []pointer
	suffixes []suffix
	inner    *declarator
	attrs    attrs
}

type pointer struct {
	isConst, isVolatile bool
	block               bool // Apple's ^
	at                  token
}

// suffix is [n] or (parameters).
type suffix struct {
	at       token
	array    bool
	variable bool // an array of variable length
	length   int64
	params   []types.Param
	variadic bool
	noProto  bool
}

// variable is the length of an array of variable length, until the parameter's type is read.
const variable = -2

const largestArray = 1 << 59 // elements; far beyond any address space

// declarator reads a declarator; with abstract it may have no name.
func (p *parser) declarator(abstract bool) declarator {
	p.deeper()
	var d declarator
	for p.is("*") || p.is("^") {
		ptr := pointer{at: p.peek(), block: p.is("^")}
		d.attrs = attrs{} // those of the last pointer are the declarator's
		p.next()
		for {
			switch keywords[p.peek().text] {
			case "const":
				ptr.isConst = true
			case "volatile":
				ptr.isVolatile = true
			case "restrict", "_Atomic", "__extension__":
			case "__attribute__", "__declspec":
				p.attributes(&d.attrs)
				continue
			default:
				goto done
			}
			p.next()
		}
	done:
		d.pointers = append(d.pointers, ptr)
		if len(d.pointers) > deepest {
			p.fail(ptr.at, "a pointer to a pointer, deeper than %d", deepest)
		}
	}
	if keywords[p.peek().text] == "__attribute__" {
		p.attributes(&d.attrs)
	}
	switch {
	case p.peek().kind == word && keywords[p.peek().text] == "":
		d.name = p.next()
	case p.is("(") && (!abstract || p.nested()):
		p.next()
		p.attributes(&d.attrs)
		inner := p.declarator(abstract)
		p.want(")", "after the declarator")
		d.inner, d.name = &inner, inner.name
		d.attrs.add(inner.attrs)
	case !abstract:
		p.fail(p.peek(), "expected a name, found %s", found(p.peek()))
	}
	for {
		switch {
		case p.is("[") && p.peekAt(1).text == "[":
			p.attributes(&d.attrs)
			continue
		case p.is("["):
			d.suffixes = append(d.suffixes, p.arrayLength())
		case p.is("("):
			d.suffixes = append(d.suffixes, p.parameters())
		default:
			p.depth--
			return d
		}
		if len(d.suffixes) > deepest {
			p.fail(p.peek(), "more than %d array lengths and parameter lists", deepest)
		}
	}
}

// nested reports whether the parenthesis here is around an abstract declarator, and does not begin parameters (C11 6.7.6.3p11).
func (p *parser) nested() bool {
	t := p.peekAt(1)
	switch {
	case t.text == ")" || t.text == "..." || p.starts(t):
		return keywords[t.text] == "__attribute__"
	case t.kind == word && keywords[t.text] == "":
		// A name that is no type: of a parameter in parentheses, or of a type nobody declared.
		n := p.peekAt(2)
		return n.text == ")" || n.text == "[" || n.text == "("
	}
	return true
}

func (p *parser) arrayLength() suffix {
	s := suffix{at: p.next(), array: true, length: types.Incomplete}
	for {
		switch keywords[p.peek().text] {
		case "static", "const", "volatile", "restrict", "_Atomic":
			p.next()
			continue
		}
		break
	}
	if p.is("*") && p.peekAt(1).text == "]" {
		p.next()
		s.variable = true
	}
	if !p.is("]") {
		at := p.peek()
		v := p.assignment()
		switch {
		case !p.is("]"):
		case !v.known() && p.inParameters > 0: // only the address is passed
			s.variable = true
			p.next()
			return s
		case !v.known():
			p.notConstant(at, v, "the length of an array")
		case !v.isInteger():
			p.fail(at, "the length of an array cannot be %s", v.describe())
		case p.negative(v):
			p.fail(at, "the length of an array is negative: %d", int64(v.i))
		case v.i > largestArray:
			p.fail(at, "the length of an array is too large: %d", v.i)
		}
		s.length = int64(v.i)
	}
	p.want("]", "after the length of an array")
	return s
}

// parameters reads a parameter list (C11 6.7.6.3).
func (p *parser) parameters() suffix {
	s := suffix{at: p.next()}
	p.inParameters++
	p.params = &params{outer: p.params, list: &s.params}
	defer func() {
		p.inParameters--
		p.params = p.params.outer
	}()
	if p.accept(")") {
		s.noProto = true
		return s
	}
	if p.is("void") && p.peekAt(1).text == ")" {
		p.next()
		p.next()
		return s
	}
	if t := p.peek(); t.kind == word && !p.starts(t) && keywords[t.text] == "" {
		if n := p.peekAt(1); n.text == "," || n.text == ")" {
			if p.oldStyleNames() {
				s.noProto = true
				return s
			}
		}
	}
	for {
		if p.accept("...") {
			s.variadic = true
			break
		}
		sp := p.specifiers(true)
		if sp.storage != "" {
			p.fail(sp.at, "a parameter cannot be %s", sp.storage)
		}
		d := p.declarator(true)
		all := sp.attrs
		p.attributes(&all)
		at := sp.at
		if d.name.text != "" {
			at = d.name
		}
		ty := settled(p.attributed(d.apply(p, sp.ty), all, at), false)
		s.params = append(s.params, types.Param{Name: d.name.text, Type: p.adjust(ty, at)})
		if len(s.params) > 1<<14 {
			p.fail(at, "too many parameters")
		}
		if !p.accept(",") {
			break
		}
	}
	p.want(")", "after the parameters")
	return s
}

// oldStyleNames goes over the names between the parentheses of a definition in the old style, which a body follows.
func (p *parser) oldStyleNames() bool {
	from := p.pos
	for p.peek().kind == word && p.typedef(p.peek().text) == nil {
		p.next()
		if p.accept(")") {
			if t := p.peek(); t.text == "{" || p.starts(t) && t.text != "__attribute__" && t.text != "__extension__" {
				return true
			}
			break
		}
		if !p.accept(",") {
			break
		}
	}
	p.pos = from
	return false
}

// params are the parameters read so far, which the ones behind them may name in lengths and typeof (C11 6.2.1p4).
type params struct {
	outer *params
	list  *[]types.Param
}

// find gives the type of a parameter; nil for none.
func (l *params) find(name string) *types.Type {
	for ; l != nil; l = l.outer {
		for i := len(*l.list) - 1; i >= 0; i-- {
			if q := &(*l.list)[i]; q.Name == name {
				return q.Type
			}
		}
	}
	return nil
}

// settled gives arrays of variable length one that C can write: none, or inside other arrays 0.
func settled(t *types.Type, inside bool) *types.Type {
	var elem *types.Type
	switch t.Kind {
	case types.Array:
		elem = settled(t.Elem, true)
	case types.Pointer, types.Func:
		elem = settled(t.Elem, false)
	default:
		return t
	}
	length := t.Len
	if length == variable {
		length = types.Incomplete
		if inside {
			length = 0
		}
	}
	if elem == t.Elem && length == t.Len {
		return t
	}
	made := *t
	made.Elem, made.Len = elem, length
	return &made
}

// adjust makes a parameter's type what is passed: arrays and functions become pointers (C11 6.7.6.3p7, p8), a transparent union its first member.
func (p *parser) adjust(ty *types.Type, at token) *types.Type {
	r := p.target.Resolve(ty)
	switch r.Kind {
	case types.Void:
		if !p.is(",") {
			p.want(")", "after the parameters")
		}
		p.fail(at, "a parameter cannot be void")
	case types.Array:
		return types.PointerTo(types.Qualified(r.Elem, r.Const, r.Volatile))
	case types.Func:
		return types.PointerTo(ty)
	case types.Union:
		if p.transparent[r.Record] || p.scope.transparent[r.Record] {
			if len(r.Record.Fields) > 0 {
				return r.Record.Fields[0].Type
			}
		}
	}
	return ty
}

// apply gives the type of the name when the declaration begins with base.
func (d *declarator) apply(p *parser, base *types.Type) *types.Type {
	t := base
	for _, ptr := range d.pointers {
		if ptr.block {
			t = &types.Type{Kind: types.Invalid, Name: "a block"}
		} else {
			t = &types.Type{Kind: types.Pointer, Elem: t, Const: ptr.isConst, Volatile: ptr.isVolatile}
		}
	}
	for i := len(d.suffixes) - 1; i >= 0; i-- {
		s := &d.suffixes[i]
		r := p.target.Resolve(t)
		switch {
		case s.array && r.Kind == types.Func:
			p.fail(s.at, "an array cannot hold functions, only pointers to them")
		case s.array && r.Kind == types.Void:
			p.fail(s.at, "an array cannot hold void")
		case s.array && r.Kind == types.Array && r.Len == types.Incomplete:
			p.fail(s.at, "only the first length of an array may be left out")
		case s.variable:
			t = types.ArrayOf(t, variable)
		case s.array:
			t = types.ArrayOf(t, s.length)
			if size, _, err := p.target.Layout(t); err == nil && size > largestArray {
				p.fail(s.at, "the array is too large: %d bytes", size)
			} else if err != nil && s.length > 1<<40 {
				p.fail(s.at, "the array is too large")
			}
		case r.Kind == types.Func:
			p.fail(s.at, "a function cannot return a function, only a pointer to one")
		case r.Kind == types.Array:
			p.fail(s.at, "a function cannot return an array")
		default:
			t = &types.Type{Kind: types.Func, Elem: t, Params: s.params, Variadic: s.variadic, NoProto: s.noProto}
		}
	}
	if d.inner != nil {
		return d.inner.apply(p, t)
	}
	return t
}
