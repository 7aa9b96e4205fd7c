// This file defines expressions: read and evaluated at once (C11 6.5, 6.6). What is no constant is refused but in macros
// (macrocall.go).

package cdecl

import (
	"math"
	"strings"

	"dlsh/types"
)

// value is what an expression came to.
type value struct {
	t     *types.Type // nil where it is not known
	kind  valueKind
	i     uint64  // integer, address: its bits, extended to 64 by the type's sign; of an lvalue: its address
	f     float64 // floating
	s     string  // bytes: what the string holds
	text  string  // floating: the digits, where it is a plain literal
	why   string  // unknown: what kept it from being a constant
	lv    bool    // address: an object there, not the address itself; for &((T *)0)->member
	char  bool    // a character constant
	align int64   // of an object, where it is not its type's; 0 for that

	foreign any  // in a macro: what the Machine knows it by
	derived bool // it was computed from that
}

type valueKind uint8

const (
	unknown valueKind = iota
	integer
	floating
	address // a pointer, or with lv the object at it
	bytesOf // a string literal
	later   // known when the macro is called; with lv an object
	opaque  // only the Machine knows what
	nothing // what a void function gives
)

// known reports whether the value is a constant.
func (v value) known() bool { return v.kind >= integer && v.kind <= bytesOf && !v.lv }

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
		if v.kind == unknown && p.live {
			p.assignment()
			continue
		}
		v = p.rvalue(p.assignment())
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
		w := p.assignment()
		if p.live {
			return p.assign(t, v, w)
		}
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
	v = p.operand(v)
	isTrue, told := p.truth(v)
	a := v
	if !p.is(":") { // GCC's a ?: c
		a = p.skipping(told && !isTrue, func() value { return p.rvalue(p.expression()) })
	}
	p.want(":", "after ?")
	b := p.skipping(told && isTrue, func() value { return p.rvalue(p.conditional()) })
	if !told {
		if p.live {
			return p.either(v, a, b)
		}
		return notKnown(p.branchType(a, b), v.why)
	}
	chosen := a
	if !isTrue {
		chosen = b
	}
	switch ty := p.branchType(a, b); {
	case ty == nil || chosen.lv:
	case chosen.kind == later || chosen.kind == unknown:
		chosen.t = ty
	case !chosen.known():
	case a.arithmetic(p) && b.arithmetic(p):
		return p.convert(chosen, ty)
	case chosen.kind == address:
		chosen.t = ty
	case chosen.kind == integer: // 0 is a null pointer where the other is one
		return p.convert(chosen, ty)
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
			v = p.operand(v)
			left, told := p.truth(v)
			over := told && left == (op.text == "||")
			w := p.skipping(over, func() value { return p.operand(p.binary(prec + 1)) })
			right, toldRight := p.truth(w)
			switch {
			case over:
				v = p.boolean(left)
			case told && toldRight:
				v = p.boolean(right)
			default:
				v = untold(types.Of(types.Int), v, w)
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
		p.next()
		ty := p.typeName()
		p.want(")", "after the type")
		if p.is("{") {
			return p.postfix(notKnown(p.compound(ty), "it is a compound literal"))
		}
		untyped := p.untyped
		v := p.cast()
		if p.live {
			return p.liveCast(v, ty, untyped)
		}
		return p.castTo(v, ty)
	}
	return p.unary()
}

func (p *parser) castTo(v value, ty *types.Type) value {
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
			if v, ok := p.leastInteger(); ok && t.text == "-" {
				return v
			}
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

// leastInteger reads a decimal number too large for any signed type after a minus sign. GCC gives it 128 bits, so that
// -9223372036854775808 is what it looks like.
func (p *parser) leastInteger() (value, bool) {
	t := p.peek()
	if t.kind != number {
		return value{}, false
	}
	i, decimal, suffix, ok := integerLiteral(t.text)
	if !ok || !decimal || i <= math.MaxInt64 || strings.Contains(suffix, "u") {
		return value{}, false
	}
	p.next()
	if i > 1<<63 {
		return notKnown(nil, "it needs an integer of 128 bits"), true
	}
	return value{t: types.Of(p.wide(false)), kind: integer, i: i}, true
}

// sizeOf reads sizeof and _Alignof.
func (p *parser) sizeOf(align bool) value {
	p.deeper()
	defer func() { p.depth-- }()
	at := p.next()
	var ty *types.Type
	own := int64(0)
	sizeT := types.Of(p.target.Resolve(mustName(p.target, "size_t")).Kind)
	if p.is("(") && p.starts(p.peekAt(1)) {
		p.next()
		ty, own = p.alignedName()
		p.want(")", "after the type")
		if p.is("{") { // a compound literal
			ty = p.postfix(notKnown(p.compound(ty), "")).t
		}
		if p.untyped {
			return value{t: sizeT, kind: later}
		}
	} else {
		p.dead++
		v := p.unary()
		p.dead--
		if v.kind == bytesOf && v.t.Kind == types.Array && !align {
			return value{t: sizeT, kind: integer, i: uint64(len(v.s)+1) * uint64(max(1, p.elemSize(v.t)))}
		}
		own = v.align
		if ty = v.t; ty == nil {
			if v.kind == later {
				return value{t: sizeT, kind: later}
			}
			return notKnown(sizeT, "the type of what sizeof is asked about cannot be told")
		}
	}
	size, a, err := p.target.Layout(ty)
	if align {
		size = a
		if own > 0 {
			size = own
		}
	}
	if err != nil {
		switch r := p.target.Resolve(ty); r.Kind {
		case types.Void, types.Func:
			size, err = 1, nil // as GCC has it
		}
	}
	if err != nil {
		if why := p.unsupported(ty); why != "" {
			return notKnown(sizeT, why)
		}
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
		if n, ok := argument(t); ok && p.live {
			return p.argument(n)
		}
		if keywords[t.text] == "_Generic" {
			return p.generic()
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
	if !p.isLong(v) {
		v.text = ""
	}
	return v
}

// name is the value of an identifier.
func (p *parser) name(t token) value {
	if p.is("(") {
		if v, ok := p.builtin(t); ok {
			return v
		}
	}
	if ty := p.params.find(t.text); ty != nil {
		return notKnown(ty, t.text+" is a parameter")
	}
	d := p.lookup(t.text)
	switch {
	case d == nil && strings.HasPrefix(t.text, "__builtin_"):
		return notKnown(nil, t.text+" is the compiler's own, and not known here")
	case d == nil:
		if p.missing == "" {
			p.missing = t.text
		}
		return notKnown(nil, t.text+" is not declared")
	case d.Value.Kind != NoValue:
		return p.valueOf(d.Value)
	case p.live && (d.Kind == Function || d.Kind == Variable):
		return p.declared(d)
	case d.Kind == Function:
		return notKnown(d.Type, t.text+" is a function")
	case d.Kind == Variable:
		v := notKnown(d.Type, t.text+" is a variable")
		v.align = d.align
		return v
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
			if p.live {
				v = p.call(v)
				break
			}
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
			if _, ok := argument(name); ok && p.live {
				v = notKnown(nil, name.text+" is no value: it names a member")
				break
			}
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
		return object(untold(nil, v))
	}
	r := p.target.Resolve(v.t)
	if !r.Kind.Aggregate() {
		return notKnown(nil, "it is no struct or union")
	}
	offset, f, whole, align, ok := p.offset(r, name.text)
	if !ok {
		if p.dead > 0 || p.inSystem(name) {
			return notKnown(nil, "no member "+name.text)
		}
		p.fail(name, "%s has no member %s", r, name.text)
	}
	switch {
	case p.live && !whole:
		return notKnown(f, name.text+" is a bit-field, or stored high byte first")
	case v.lv && v.kind == address:
		return value{t: f, kind: address, lv: true, i: v.i + uint64(offset), foreign: v.foreign, derived: true, align: align}
	}
	v = object(untold(f, v))
	v.align = align
	return v
}

// offset finds a member, where it lies and how it is aligned, and whether it is whole bytes in the order of the target.
func (p *parser) offset(r *types.Type, name string) (offset int64, f *types.Type, whole bool, align int64, ok bool) {
	path, ok := r.Member(name)
	if !ok {
		return 0, nil, false, 0, false
	}
	whole = true
	for _, i := range path {
		r = p.target.Resolve(r)
		l, err := p.target.Record(r)
		if err != nil {
			return 0, nil, false, 0, false
		}
		offset += l.Fields[i].Offset
		rec, field := r.Record, &r.Record.Fields[i]
		whole = whole && !rec.BigEndian && !field.BitField
		r = field.Type
		align = max(1, field.Align)
		if !rec.Packed && !field.Packed {
			align = max(align, p.target.Align(r))
		}
		if rec.Pack > 0 {
			align = min(align, rec.Pack)
		}
		if field.BitField && int64(field.Bits) < 8*p.target.Size(types.Of(types.Int)) {
			r = types.Of(types.Int) // what it is promoted to (C11 6.3.1.1p2)
		}
	}
	return offset, r, whole, align, true
}
