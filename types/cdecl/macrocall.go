// This file defines calls of macros: expressions with what is no constant in them. The arithmetic is done here;
// functions are called and memory is read by a Machine, which this package knows nothing else about.

package cdecl

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"dlsh/types"
)

// Machine does for a macro what takes more than arithmetic. It gets values back as it gave them, in Foreign, or with
// Derived set what was computed from them.
type Machine interface {
	// Object gives the function or variable of a declaration: a Value of the kind Object.
	Object(d *Decl) (Value, error)
	// Load reads an Object of a scalar type: an Integer, Float, Address, or Opaque.
	Load(v Value) (Value, error)
	// Store sets an Object of a scalar type to a value of that type.
	Store(v, to Value) error
	// Call calls the function at an Address. An argument that was given to the macro comes as it was given; any other
	// has the type of its parameter, or what C promotes it to. A record comes as an Object. The result has the function's type;
	// that of a void function does not matter.
	Call(f Value, args []Value) (Value, error)
}

// Takes tells what is wrong with calling a macro with n arguments; nil if nothing is.
func (m *Expansion) Takes(n int) error {
	want, names := len(m.Params), strings.Join(m.Params, ", ")
	switch variadic := m.variadic(); {
	case !m.Function && n > 0:
		return fmt.Errorf("%s takes no arguments: it is %s", m.Name, m)
	case variadic && n < want-1, !variadic && n != want:
		least, s := "", "s"
		if variadic {
			want, least = want-1, "at least "
		}
		if n == 1 {
			s = ""
		}
		if want == 0 {
			return fmt.Errorf("%s: %d argument%s given, none wanted", m.Name, n, s)
		}
		return fmt.Errorf("%s: %d argument%s given, %s%d wanted (%s)", m.Name, n, s, least, want, names)
	}
	return nil
}

// Call evaluates a macro. The arguments take the place of the parameters in the expansion, as values: what joins (##) or
// quotes (#) its parameters cannot be called. First all of it is looked at as a compiler does, so that nothing is called where
// something is wrong with it. m may be nil for what calls and reads nothing.
func (m *Expansion) Call(args []Value, on Machine) (Value, error) {
	return m.run(args, on, func(p *parser) value { return p.scalar(p.expression()) })
}

// Object is Call for a macro that stands for an object, such as errno: where it lies.
func (m *Expansion) Object(on Machine) (Value, error) {
	return m.run(nil, on, func(p *parser) value {
		v := p.expression()
		if !v.lv {
			return notKnown(v.t, cmp.Or(v.why, "it is no object that can be set"))
		}
		return v
	})
}

func (m *Expansion) run(args []Value, on Machine, read func(*parser) value) (Value, error) {
	if m.unread != "" {
		return Value{}, fmt.Errorf("%s cannot be used: %s", m.Name, m.unread)
	}
	if err := m.Takes(len(args)); err != nil {
		return Value{}, err
	}
	p := m.scope.parser(Options{Name: m.Name})
	p.live, p.args = true, make([]value, len(args))
	for i, a := range args {
		p.args[i] = p.valueOf(a)
		if a.Kind == Opaque {
			p.args[i].why = argName(i) + " is neither a number nor a string, a pointer or an object of C"
		}
	}
	p.tokens = append(m.bind(len(args)), token{file: -1})
	v, why := p.whole(read)
	if why == "" && p.put {
		if on == nil {
			return Value{}, errors.New(m.Name + " cannot be evaluated without calling or reading")
		}
		p.machine, p.pos = on, 0
		v, why = p.whole(read)
	}
	switch {
	case p.broken != nil:
		return Value{}, p.broken
	case why != "":
		return Value{}, fmt.Errorf("%s: %s; it expands to %s", m.Name, m.inWords(why), m.Expanded())
	}
	return p.constantOf(v), nil
}

// bind gives the tokens of the expansion for n arguments: what stands for the variable ones is as many.
func (m *Expansion) bind(n int) []token {
	list := make([]token, 0, len(m.tokens)+1)
	last := len(m.Params) - 1
	for _, t := range m.tokens {
		i, ok := argument(t)
		if !ok || !m.variadic() || i != last {
			list = append(list, t)
			continue
		}
		if n == last && m.elides && len(list) > 0 && list[len(list)-1].text == "," {
			list = list[:len(list)-1]
		}
		for ; i < n; i++ {
			if i > last {
				list = append(list, token{text: ",", kind: punctuation, file: t.file, line: t.line})
			}
			t.text = argName(i)
			list = append(list, t)
		}
	}
	return list
}

// whole evaluates all tokens as one expression; why says why it has no value.
func (p *parser) whole(read func(*parser) value) (v value, why string) {
	err := p.guarded(func() {
		v = read(p)
		if t := p.peek(); t.kind != end {
			p.fail(t, "it is no expression: %s is not expected", found(t))
		}
	})
	switch {
	case err != nil:
		return v, err.Message
	case v.kind == unknown:
		return v, cmp.Or(v.why, "it is no constant")
	}
	return v, ""
}

// evaluating reports whether functions are to be called, and not only looked at.
func (p *parser) evaluating() bool {
	p.put = p.put || p.machine == nil && p.dead == 0
	return p.machine != nil && p.dead == 0
}

// answer is a value of type t that the machine gave, or the end of the evaluation.
func (p *parser) answer(t *types.Type, given Value, err error) value {
	if err != nil {
		p.broken = err
		panic(bail{&Error{Message: err.Error()}})
	}
	v := p.valueOf(given)
	v.t, v.derived = t, v.foreign != nil
	return v
}

// given reports whether a value is an argument as it was given, or what the machine gave it as.
func (v value) given() bool { return v.foreign != nil && !v.derived }

// untold is a value of type t made of others that are not all constants: known later, unless one of them has no value at all.
func untold(t *types.Type, list ...value) value {
	isLater := false
	why := ""
	for _, v := range list {
		isLater = isLater || v.kind == later
		switch {
		case v.kind == unknown || v.kind == opaque:
			why = cmp.Or(why, v.why, "it is no constant")
		case v.kind == nothing:
			why = cmp.Or(why, "a part of it is void")
		case v.kind == bytesOf:
			why = cmp.Or(why, "it is the address of a string")
		}
	}
	if isLater && why == "" {
		return value{t: t, kind: later}
	}
	return notKnown(t, why)
}

// object makes what is known later an object.
func object(v value) value {
	v.lv = v.kind == later
	return v
}

// rvalue is what an expression comes to where its value is wanted (C11 6.3.2.1): what is in an object, the address of an array or
// a function. A record stays an object.
func (p *parser) rvalue(v value) value {
	if !p.live || !v.lv {
		return v
	}
	if v.t == nil {
		v.lv = false
		return v
	}
	switch r := p.target.Resolve(v.t); {
	case r.Kind == types.Array:
		v.t, v.lv, v.derived = types.PointerTo(types.Qualified(r.Elem, r.Const, r.Volatile)), false, true
	case r.Kind == types.Func:
		v.t, v.lv = types.PointerTo(v.t), false
	case r.Kind.Aggregate():
	case !p.evaluating() || v.kind == later:
		return value{t: types.Unqualified(v.t), kind: later}
	default:
		given, err := p.machine.Load(p.constantOf(v))
		return p.answer(types.Unqualified(v.t), given, err)
	}
	return v
}

// operand is rvalue where a record would mean nothing: one that was given stands for a pointer to it, as it does for a parameter
// of that type.
func (p *parser) operand(v value) value {
	v = p.rvalue(v)
	if v.lv && v.given() && v.kind == address && p.target.Resolve(v.t).Kind.Aggregate() {
		return value{t: types.PointerTo(v.t), kind: address, i: v.i, foreign: v.foreign, derived: true}
	}
	return v
}

// scalar is rvalue for the value of the whole macro, of which arrays, records and functions are given out as what they are.
func (p *parser) scalar(v value) value {
	if v.lv && v.kind == address && !p.target.Resolve(v.t).Kind.Scalar() {
		return v
	}
	return p.rvalue(v)
}

// addressOf is &v.
func (p *parser) addressOf(v value) value {
	switch {
	case v.lv && v.kind == address:
		isFunction := p.target.Resolve(v.t).Kind == types.Func
		return value{t: types.PointerTo(v.t), kind: address, i: v.i, foreign: v.foreign, derived: v.derived || !isFunction}
	case v.lv && v.kind == later:
		out := value{kind: later}
		if v.t != nil {
			out.t = types.PointerTo(v.t)
		}
		return out
	case v.t == nil || v.kind == unknown && v.why != "" && p.live:
		return notKnown(nil, v.why)
	case p.live:
		return notKnown(types.PointerTo(v.t), "it is the address of what is in no memory")
	}
	return notKnown(types.PointerTo(v.t), "it is the address of an object")
}

// argument is the value of an argument.
func (p *parser) argument(n int) value {
	if next := p.peekAt(1); next.kind == text {
		return p.stringValue()
	} else if _, also := argument(next); also {
		return p.stringValue()
	}
	t := p.next()
	switch {
	case p.args == nil:
		return value{kind: later, lv: true}
	case n >= len(p.args):
		p.fail(t, "%s is no argument", t.text)
	}
	return p.args[n]
}

// declared is the value of the name of a function or variable.
func (p *parser) declared(d *Decl) value {
	switch {
	case d.Reason != "":
		return notKnown(d.Type, d.Name+": "+d.Reason)
	case !p.evaluating():
		return value{t: d.Type, kind: later, lv: true}
	}
	given, err := p.machine.Object(d)
	v := p.answer(d.Type, given, err)
	v.derived = d.Kind == Variable
	return v
}

// liveCast is a cast in a macro; untyped is set where the type is only known later.
func (p *parser) liveCast(v value, ty *types.Type, untyped bool) value {
	r := p.target.Resolve(ty)
	if r.Kind == types.Pointer {
		v = p.operand(v)
	} else if r.Kind != types.Void {
		v = p.rvalue(v)
	}
	switch {
	case v.kind == unknown, v.kind == opaque && r.Kind != types.Void:
		return notKnown(ty, v.why)
	case r.Kind == types.Void:
		return value{t: ty, kind: nothing}
	case v.kind == nothing:
		return notKnown(ty, "a part of it is void")
	case untyped:
		return untold(nil, v)
	case !r.Kind.Scalar():
		return notKnown(ty, "it is cast to "+ty.String())
	case v.lv:
		return notKnown(ty, "it casts a "+p.target.Resolve(v.t).String())
	case v.kind == later:
		return value{t: types.Unqualified(ty), kind: later}
	}
	return p.convert(v, types.Unqualified(ty))
}

// either is a or b, which of them is known later.
func (p *parser) either(condition, a, b value) value {
	why := untold(nil, condition).why
	for _, v := range []value{a, b} {
		if v.kind == unknown {
			why = cmp.Or(why, v.why, "it is no constant")
		}
	}
	switch {
	case condition.kind != later || why != "":
		return notKnown(nil, cmp.Or(why, "what is asked is no number"))
	case a.kind == nothing || b.kind == nothing:
		return value{t: types.Of(types.Void), kind: nothing}
	}
	return value{t: p.branchType(a, b), kind: later}
}

// branchType is the type of c ? a : b (C11 6.5.15); nil where it is not known.
func (p *parser) branchType(a, b value) *types.Type {
	if a.t == nil || b.t == nil {
		return nil
	}
	if a.arithmetic(p) && b.arithmetic(p) {
		return p.common(a.t, b.t)
	}
	for _, v := range []*value{&a, &b} {
		if k := p.target.Resolve(v.t).Kind; k == types.Array || k == types.Func {
			v.t = p.decayed(v.t)
		}
	}
	ra, rb := p.target.Resolve(a.t), p.target.Resolve(b.t)
	null := func(v value, r *types.Type) bool { // C11 6.3.2.3p3
		isVoid := r.Kind == types.Pointer && p.target.Resolve(r.Elem).Kind == types.Void
		return !v.derived && !v.lv && v.i == 0 && (v.kind == integer && !v.given() || v.kind == address && isVoid)
	}
	toVoid := func(r *types.Type) bool { return p.target.Resolve(r.Elem).Kind == types.Void }
	switch aPointer, bPointer := ra.Kind == types.Pointer, rb.Kind == types.Pointer; {
	case aPointer && null(b, rb):
		return a.t
	case bPointer && null(a, ra):
		return b.t
	case aPointer && bPointer && toVoid(rb):
		return b.t
	case aPointer, ra.Kind == rb.Kind:
		return a.t
	}
	return nil
}

// assign is v = w, v += w and the like (C11 6.5.16).
func (p *parser) assign(op token, v, w value) value {
	w = p.operand(w)
	if v.kind == unknown || w.kind == unknown || w.kind == nothing || w.kind == opaque {
		return notKnown(v.t, untold(nil, v, w).why)
	}
	if op.text != "=" {
		op.text = strings.TrimSuffix(op.text, "=")
		if w = p.operate(op, v, w); w.kind == unknown {
			return w
		}
	}
	switch {
	case !v.lv:
		return notKnown(v.t, "it sets what is in no memory")
	case v.t == nil:
		p.evaluating()
		return value{kind: later}
	}
	ty := types.Unqualified(v.t)
	switch r := p.target.Resolve(v.t); {
	case r.Const:
		return notKnown(ty, "it sets what is const")
	case !r.Kind.Scalar() || w.lv:
		return notKnown(ty, "it sets a whole "+r.String())
	case !p.evaluating() || w.kind == later:
		return value{t: ty, kind: later}
	}
	if w = p.convert(w, ty); w.kind == unknown {
		return w
	}
	if err := p.machine.Store(p.constantOf(v), p.constantOf(w)); err != nil {
		p.answer(ty, Value{}, err)
	}
	return w
}

// call reads the arguments of a call, and makes it.
func (p *parser) call(f value) value {
	at := p.tokens[max(0, p.pos-1)]
	name := at.text
	if at.kind != word {
		name = "what it calls"
	}
	p.next()
	var args []value
	for more := !p.is(")"); more; more = p.accept(",") {
		if p.starts(p.peek()) { // a builtin that takes a type
			p.typeName()
			args = append(args, notKnown(nil, "it passes a type"))
		} else if v := p.assignment(); v.given() {
			args = append(args, v)
		} else {
			args = append(args, p.rvalue(v))
		}
	}
	p.want(")", "after the arguments")
	f = p.operand(f)
	if f.t == nil {
		return untold(nil, append(args, f)...)
	}
	fn := p.target.Resolve(f.t)
	if fn.Kind == types.Pointer {
		fn = p.target.Resolve(fn.Elem)
	}
	if fn.Kind != types.Func {
		return notKnown(nil, cmp.Or(f.why, name+" is no function"))
	}
	if f.kind == unknown {
		return notKnown(fn.Elem, f.why)
	}
	for _, a := range args {
		if a.kind == unknown || a.kind == nothing {
			return notKnown(fn.Elem, untold(nil, a).why)
		}
	}
	if n, want := len(args), len(fn.Params); !fn.NoProto && (n < want || n > want && !fn.Variadic) {
		return notKnown(fn.Elem, fmt.Sprintf("%s is passed %d arguments, and takes %d", name, n, want))
	}
	result := types.Unqualified(fn.Elem)
	if !p.evaluating() {
		if p.target.Resolve(result).Kind == types.Void {
			return value{t: result, kind: nothing}
		}
		return value{t: result, kind: later}
	}
	list := make([]Value, len(args))
	for i, a := range args {
		list[i] = p.constantOf(p.passed(a, fn, i, name))
	}
	given, err := p.machine.Call(p.constantOf(f), list)
	v := p.answer(result, given, err)
	if p.target.Resolve(result).Kind == types.Void {
		return value{t: result, kind: nothing}
	}
	return v
}

// passed converts an argument as C does: to the type of its parameter, or where there is none by promotion (C11 6.5.2.2p6, p7).
func (p *parser) passed(a value, fn *types.Type, i int, name string) value {
	if a.given() || a.kind == opaque || a.lv {
		return a
	}
	ty := a.t
	switch r := p.target.Resolve(ty); {
	case i < len(fn.Params) && !fn.NoProto:
		ty = types.Unqualified(fn.Params[i].Type)
		if !p.target.Resolve(ty).Kind.Scalar() {
			return a
		}
	case r.Kind == types.Float:
		ty = types.Of(types.Double)
	case a.arithmetic(p):
		ty = p.arithmeticType(ty)
	}
	if a.kind == bytesOf && p.target.Resolve(ty).Kind == types.Array {
		return a
	}
	v := p.convert(a, ty)
	if v.kind == unknown {
		p.fail(p.peek(), "argument %d of %s: %s", i+1, name, v.why)
	}
	return v
}

// wholeText is the digits of an integer.
func (v value) wholeText(p *parser) string {
	if p.negative(v) {
		return strconv.FormatInt(int64(v.i), 10)
	}
	return strconv.FormatUint(v.i, 10)
}
