// This file defines constant expressions: read and evaluated at once (C11 6.5, 6.6).

package cdecl

import (
	"dlsh/types"
)

// value is what an expression came to.
type value struct {
	t    *types.Type // nil where it is not known
	kind valueKind
	i    uint64  // integer, address: its bits, extended to 64 by the type's sign; of an lvalue: its address
	f    float64 // floating
	s    string  // bytes: what the string holds
	text string  // floating: the digits, where it is a plain literal
	why  string  // unknown: what kept it from being a constant
	lv   bool    // address: an object there, not the address itself; for &((T *)0)->member
	char bool    // a character constant
}

type valueKind uint8

const (
	unknown valueKind = iota
	integer
	floating
	address // a pointer, or with lv the object at it
	bytesOf // a string literal
)

// known reports whether the value is a constant.
func (v value) known() bool { return v.kind != unknown && !v.lv }

func (v value) isInteger() bool { return v.kind == integer }

// describe names the kind of a value, for errors.
func (v value) describe() string {
	switch v.kind {
	case floating:
		return "a floating constant"
	case address:
		return "an address"
	case bytesOf:
		return "a string"
	case integer:
		return "this value"
	}
	return "no constant"
}

func notKnown(t *types.Type, why string) value { return value{t: t, why: why} }

// notConstant ends with the error for a value that cannot be told.
func (p *parser) notConstant(at token, v value, what string) {
	why := v.why
	if v.lv {
		why = "it is in memory"
	}
	if why != "" {
		why = ": " + why
	}
	p.fail(at, "%s must be a constant%s", what, why)
}

func (p *parser) negative(v value) bool {
	return v.kind == integer && int64(v.i) < 0 && p.target.Signed(v.t)
}

// expression reads a whole expression, with commas (C11 6.5.17).
func (p *parser) expression() value {
	v := p.assignment()
	for p.accept(",") {
		v = p.assignment()
	}
	return v
}

// assignment reads an assignment expression; one that assigns is no constant (C11 6.6p3).
func (p *parser) assignment() value {
	v := p.conditional()
	t := p.peek()
	if t.kind != punctuation {
		return v
	}
	switch t.text {
	case "=", "*=", "/=", "%=", "+=", "-=", "<<=", ">>=", "&=", "^=", "|=":
		p.next()
		p.assignment()
		return notKnown(v.t, "it assigns")
	}
	return v
}

// conditional reads a ? b : c, and everything that binds closer (C11 6.5.15).
func (p *parser) conditional() value {
	p.deeper()
	defer func() { p.depth-- }()
	v := p.binary(1)
	if !p.accept("?") {
		return v
	}
	isTrue, told := p.truth(v)
	a := v
	if !p.is(":") { // GCC's a ?: c
		a = p.skipping(told && !isTrue, p.expression)
	}
	p.want(":", "after ?")
	b := p.skipping(told && isTrue, p.conditional)
	if !told {
		return notKnown(a.t, v.why)
	}
	chosen := a
	if !isTrue {
		chosen = b
	}
	if chosen.known() && a.arithmetic(p) && b.arithmetic(p) {
		return p.convert(chosen, p.common(a.t, b.t))
	}
	return chosen
}

// skipping runs f where its value is not wanted: a division by zero there is no error (C11 6.6p3).
func (p *parser) skipping(skip bool, f func() value) value {
	if skip {
		p.dead++
		defer func() { p.dead-- }()
	}
	return f()
}

// precedence is how close binary operators bind.
var precedence = map[string]int{
	"||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, ">": 7, "<=": 7, ">=": 7, "<<": 8, ">>": 8,
	"+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}

// binary reads operators that bind at least as close as level.
func (p *parser) binary(level int) value {
	v := p.cast()
	for {
		op := p.peek()
		if op.kind != punctuation {
			return v
		}
		prec := precedence[op.text]
		if prec < level {
			return v
		}
		p.next()
		if op.text == "&&" || op.text == "||" {
			left, told := p.truth(v)
			over := told && left == (op.text == "||")
			w := p.skipping(over, func() value { return p.binary(prec + 1) })
			right, toldRight := p.truth(w)
			switch {
			case over:
				v = p.boolean(left)
			case told && toldRight:
				v = p.boolean(right)
			default:
				v = notKnown(types.Of(types.Int), v.why+w.why)
			}
			continue
		}
		v = p.operate(op, v, p.binary(prec+1))
	}
}

// cast reads a cast or a unary expression (C11 6.5.4). Many of them in a row must not recurse.
func (p *parser) cast() value {
	if p.is("(") && p.starts(p.peekAt(1)) {
		p.deeper()
		defer func() { p.depth-- }()
		at := p.next()
		ty := p.typeName()
		p.want(")", "after the type")
		if p.is("{") {
			p.skipBrackets()
			return p.postfix(notKnown(ty, "it is a compound literal"))
		}
		v := p.cast()
		return p.castTo(v, ty, at)
	}
	return p.unary()
}

func (p *parser) castTo(v value, ty *types.Type, at token) value {
	r := p.target.Resolve(ty)
	switch {
	case r.Kind == types.Void:
		return notKnown(ty, "it is cast to void")
	case !v.known() && !(v.lv && v.t != nil && p.target.Resolve(v.t).Kind == types.Array):
		return notKnown(ty, v.why)
	case !r.Kind.Scalar():
		return notKnown(ty, "it is cast to "+ty.String())
	}
	return p.convert(v, ty)
}

// unary reads a unary expression (C11 6.5.3).
func (p *parser) unary() value {
	t := p.peek()
	if t.kind == word {
		switch keywords[t.text] {
		case "sizeof":
			return p.sizeOf(false)
		case "_Alignof":
			return p.sizeOf(true)
		case "__extension__":
			p.next()
			return p.cast()
		}
	}
	if t.kind == punctuation {
		switch t.text {
		case "+", "-", "~", "!", "&", "*":
			p.deeper()
			defer func() { p.depth-- }()
			p.next()
			return p.prefix(t, p.cast())
		case "++", "--":
			p.deeper()
			defer func() { p.depth-- }()
			p.next()
			return notKnown(p.unary().t, "it assigns")
		case "&&":
			p.next()
			p.next()
			return notKnown(nil, "it is the address of a label")
		}
	}
	return p.postfix(p.primary())
}

// sizeOf reads sizeof and _Alignof.
func (p *parser) sizeOf(align bool) value {
	p.deeper()
	defer func() { p.depth-- }()
	at := p.next()
	var ty *types.Type
	sizeT := types.Of(p.target.Resolve(mustName(p.target, "size_t")).Kind)
	if p.is("(") && p.starts(p.peekAt(1)) {
		p.next()
		ty = p.typeName()
		p.want(")", "after the type")
		if p.is("{") {
			p.skipBrackets()
		}
	} else {
		p.dead++
		v := p.unary()
		p.dead--
		if v.kind == bytesOf && !align {
			return value{t: sizeT, kind: integer, i: uint64(len(v.s)+1) * uint64(max(1, p.elemSize(v.t)))}
		}
		if ty = v.t; ty == nil {
			return notKnown(sizeT, "the type of what sizeof is asked about cannot be told")
		}
	}
	size, a, err := p.target.Layout(ty)
	if align {
		size = a
	}
	if err != nil {
		switch r := p.target.Resolve(ty); r.Kind {
		case types.Void, types.Func:
			size, err = 1, nil // as GCC has it
		}
	}
	if err != nil {
		if p.inSystem(at) || p.dead > 0 {
			return notKnown(sizeT, err.Error())
		}
		p.fail(at, "%v", err)
	}
	return value{t: sizeT, kind: integer, i: uint64(size)}
}

func (p *parser) elemSize(t *types.Type) int64 {
	if t == nil || t.Elem == nil {
		return 1
	}
	return p.target.Size(t.Elem)
}

func mustName(t *types.Target, name string) *types.Type {
	ty, _ := t.Named(name)
	return ty
}

// primary reads names, literals and parentheses (C11 6.5.1).
func (p *parser) primary() value {
	t := p.peek()
	switch t.kind {
	case number:
		p.next()
		return p.numberValue(t)
	case char:
		p.next()
		return p.charValue(t)
	case text:
		return p.stringValue()
	case word:
		if keywords[t.text] == "_Generic" {
			p.next()
			if p.is("(") {
				p.skipBrackets()
			}
			return notKnown(nil, "_Generic is not read")
		}
		if keywords[t.text] != "" {
			p.fail(t, "expected an expression, found %s", found(t))
		}
		p.next()
		return p.name(t)
	}
	if !p.is("(") {
		p.fail(t, "expected an expression, found %s", found(t))
	}
	if p.peekAt(1).text == "{" {
		p.skipBrackets()
		return notKnown(nil, "it has statements in it")
	}
	p.deeper()
	defer func() { p.depth-- }()
	p.next()
	v := p.expression()
	p.want(")", "after the expression")
	v.text = ""
	return v
}

// name is the value of an identifier.
func (p *parser) name(t token) value {
	if p.is("(") {
		if v, ok := p.builtin(t); ok {
			return v
		}
	}
	d := p.names[t.text]
	if d == nil {
		d = p.scope.names[t.text]
	}
	switch {
	case d == nil:
		return notKnown(nil, t.text+" is not declared")
	case d.Value.Kind != NoValue:
		return p.valueOf(d.Value)
	case d.Kind == Function:
		return notKnown(d.Type, t.text+" is a function")
	case d.Kind == Variable:
		return notKnown(d.Type, t.text+" is a variable")
	}
	return notKnown(nil, t.text+" is no value")
}

// postfix reads what follows a primary expression: [i], (arguments), .member, ->member, ++ (C11 6.5.2).
func (p *parser) postfix(v value) value {
	for n := 0; ; n++ {
		t := p.peek()
		if t.kind != punctuation {
			return v
		}
		switch t.text {
		case "(":
			callee := v
			p.next()
			for !p.is(")") {
				if p.starts(p.peek()) { // a builtin that takes a type
					p.typeName()
				} else {
					p.assignment()
				}
				if !p.accept(",") {
					break
				}
			}
			p.want(")", "after the arguments")
			var result *types.Type
			if callee.t != nil {
				f := p.target.Resolve(callee.t)
				if f.Kind == types.Pointer {
					f = p.target.Resolve(f.Elem)
				}
				if f.Kind == types.Func {
					result = f.Elem
				}
			}
			v = notKnown(result, "it calls a function")
		case "[":
			p.next()
			i := p.expression()
			p.want("]", "after the index")
			v = p.prefix(token{text: "*", kind: punctuation, file: t.file, line: t.line}, p.operate(token{text: "+", kind: punctuation, file: t.file, line: t.line}, v, i))
		case ".", "->":
			p.next()
			name := p.next()
			if t.text == "->" {
				v = p.prefix(token{text: "*", kind: punctuation, file: t.file, line: t.line}, v)
			}
			v = p.member(v, name)
		case "++", "--":
			p.next()
			v = notKnown(v.t, "it assigns")
		default:
			return v
		}
		if n > 10000 {
			p.fail(t, "an expression of more than 10000 parts")
		}
	}
}

// member is v.name; of an object at a constant address, as in offsetof, the address is constant too.
func (p *parser) member(v value, name token) value {
	if v.t == nil {
		return notKnown(nil, v.why)
	}
	r := p.target.Resolve(v.t)
	if !r.Kind.Aggregate() {
		return notKnown(nil, "it is no struct or union")
	}
	offset, f, ok := p.offset(r, name.text)
	if !ok {
		if p.dead > 0 || p.inSystem(name) {
			return notKnown(nil, "no member "+name.text)
		}
		p.fail(name, "%s has no member %s", r, name.text)
	}
	if v.lv && v.kind == address {
		return value{t: f, kind: address, lv: true, i: v.i + uint64(offset)}
	}
	return notKnown(f, v.why)
}

// offset finds a member and where it lies.
func (p *parser) offset(r *types.Type, name string) (offset int64, f *types.Type, ok bool) {
	path, ok := r.Member(name)
	if !ok {
		return 0, nil, false
	}
	for _, i := range path {
		r = p.target.Resolve(r)
		l, err := p.target.Record(r)
		if err != nil {
			return 0, nil, false
		}
		offset += l.Fields[i].Offset
		r = r.Record.Fields[i].Type
	}
	return offset, r, true
}
