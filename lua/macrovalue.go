// This file defines the values of macros: Lua's as package cdecl takes them, and its own as Lua gets them.

package lua

import (
	"fmt"

	glua "github.com/yuin/gopher-lua"

	"dlsh/types"
	"dlsh/types/cdecl"
)

// memory is what a value carries through a macro: how it was given, and what its addresses lead into.
type memory struct {
	lv    glua.LValue // nil for what C gave
	block *block
	made  bool   // by Lua code, of what C gave
	text  *value // the C copy of a Lua string, for functions that may give back an address in it
}

// memoryOf is the memory that a value is or leads into; never nil.
func memoryOf(v cdecl.Value) *memory {
	if m, ok := v.Foreign.(*memory); ok {
		return m
	}
	return &memory{}
}

// asGiven is the Lua value of what nothing was done to, nil for anything else.
func asGiven(v cdecl.Value) glua.LValue {
	if v.Derived && v.Kind != cdecl.Opaque {
		return nil
	}
	return memoryOf(v).lv
}

// operand is a Lua value as a macro takes it. Numbers have the types that C gives to literals.
func (s *Session) operand(lv glua.LValue) cdecl.Value {
	v := cdecl.Value{Kind: cdecl.Opaque, Foreign: &memory{lv: lv}}
	integer := func(k types.Kind, bits uint64) {
		v.Kind, v.Int, v.Type = cdecl.Integer, bits, types.Of(k)
	}
	switch x := lv.(type) {
	case *glua.LNilType:
		v.Kind, v.Type = cdecl.Address, voidPointer.c
	case glua.LBool:
		integer(types.Int, 0)
		if bool(x) {
			v.Int = 1
		}
	case glua.LString:
		v = cdecl.StringValue(string(x))
		v.Foreign = &memory{lv: lv}
	case glua.LNumber:
		bits, room, err := wholeBits(lv, sizeType)
		switch {
		case err != nil || room == spanMore:
			v = cdecl.FloatValue(float64(x))
			v.Foreign = &memory{lv: lv}
		case room == spanUnsigned:
			integer(types.ULongLong, bits)
		case int64(int32(bits)) == int64(bits):
			integer(types.Int, bits)
		case s.target.Size(types.Of(types.Long)) == 8:
			integer(types.Long, bits)
		default:
			integer(types.LongLong, bits)
		}
	case *glua.LFunction:
		if f := toFunction(x); f != nil {
			v.Kind, v.Int, v.Type = cdecl.Address, uint64(f.addr), types.PointerTo(f.ctypeOf())
			v.Foreign = &memory{lv: lv, block: f.block}
		}
	case *glua.LUserData:
		switch y := x.Value.(type) {
		case int64:
			integer(types.LongLong, uint64(y))
		case uint64:
			integer(types.ULongLong, y)
		case *longDouble:
			v = longConstant(y)
			v.Foreign = &memory{lv: lv}
		case *reference:
			v.Kind, v.Int, v.Type = cdecl.Address, uint64(y.of.addr)+uint64(y.offset), types.PointerTo(y.of.t.c)
			v.Foreign = &memory{lv: lv, block: y.of.block}
		case *value:
			if !y.t.swap {
				v.Kind, v.Int, v.Type = cdecl.Object, uint64(y.addr), y.t.c
				v.Foreign = &memory{lv: lv, block: y.block}
			}
		}
	}
	return v
}

// longConstant is a long double as a macro takes it.
func longConstant(x *longDouble) cdecl.Value {
	f, _ := x.float64()
	return cdecl.Value{Kind: cdecl.Float, Float: f, Text: hostShape.text(x), Type: types.Of(types.LongDouble)}
}

// objectOf is an object of a macro as a C value.
func (s *Session) objectOf(v cdecl.Value) (*value, error) {
	if x := toValue(asGiven(v)); x != nil {
		return x, nil
	}
	t, err := s.wrap(types.Unqualified(v.Type))
	if err != nil {
		return nil, err
	}
	m := memoryOf(v)
	if m.block == nil {
		m.block = &block{}
	}
	return &value{t: t, addr: uintptr(v.Int), block: m.block}, nil
}

// uncooked is the type whose Lua values are the bits of a result: addresses for pointers, numbers for characters.
func (s *Session) uncooked(t *ctype) *ctype {
	switch {
	case t.isPointer():
		return s.passed.address
	case t.op == opChar && charSigned:
		return s.simple["c_byte"]
	case t.op == opChar:
		return s.simple["c_ubyte"]
	case t.op == opWChar:
		if u, err := s.wrap(s.target.Resolve(t.c)); err == nil {
			return u
		}
	}
	return t
}

// resultOf is what a function returned, as C has it.
func (s *Session) resultOf(lv glua.LValue, t *ctype) cdecl.Value {
	v := cdecl.Value{Kind: cdecl.Opaque, Foreign: &memory{lv: lv}}
	switch {
	case t.op == opVoid:
		return cdecl.Value{}
	case t.op == opRecord:
		if x := toValue(lv); x != nil {
			return cdecl.Value{Kind: cdecl.Object, Int: uint64(x.addr), Type: x.t.c, Foreign: &memory{lv: lv, block: x.block}}
		}
	case t.op == opComplex:
	case t.op == opLongDouble:
		if x, err := toLongDouble(lv, t); err == nil {
			v = longConstant(x)
		}
	case t.op == opFloat32 || t.op == opFloat64:
		if f, err := toFloat(lv, t); err == nil {
			v = cdecl.FloatValue(f)
		}
	case t.isPointer():
		if bits, keep, err := pointerBits(lv, voidPointer); err == nil {
			v.Kind, v.Int, v.Foreign = cdecl.Address, bits, &memory{block: keep}
		}
	default:
		if bits, _, err := scalarBits(lv, t, false); err == nil {
			v = cdecl.Value{Kind: cdecl.Integer, Int: extend(bits, t.op)}
		}
	}
	return v
}

// macroArgument is an argument of a function that a macro calls: what was given, or a Lua value of what was calculated. Among
// variable arguments its type must show.
func (s *Session) macroArgument(L *glua.LState, v cdecl.Value, variable bool) (glua.LValue, error) {
	if lv := asGiven(v); lv != nil {
		if lv.Type() == glua.LTString && memoryOf(v).made {
			return nil, fmt.Errorf("the address of %s is not known any more: errcheck or restype made it a string", describe(lv))
		}
		return lv, nil
	}
	switch v.Kind {
	case cdecl.String:
		return s.literal(v)
	case cdecl.Address:
		if v.Int == 0 {
			return glua.LNil, nil
		}
		return s.makePointer(L, s.passed.address, v.Int, memoryOf(v).block), nil
	case cdecl.Object:
		x, err := s.objectOf(v)
		if err != nil {
			return nil, err
		}
		return s.wrapValue(x), nil
	}
	lv := s.constant(L, v)
	if !variable {
		return lv, nil
	}
	t, err := s.wrap(v.Type)
	if err != nil {
		return nil, err
	}
	x, err := newValue(t)
	if err == nil {
		err = s.set(x, lv)
	}
	if err != nil {
		return nil, err
	}
	return s.wrapValue(x), nil
}

// literal is an array with a string of C. One that is written in the macro is there for good, as in C: a function may
// keep its address. One that was given is there for the call.
func (s *Session) literal(v cdecl.Value) (glua.LValue, error) {
	elem := s.simple["c_char"]
	n := int64(len(v.Bytes))
	if c := s.target.Resolve(v.Type).Elem; s.target.Size(c) > 1 {
		var err error
		if elem, err = s.wrap(types.Unqualified(c)); err == nil && elem.op != opWChar {
			err = fmt.Errorf("a string of %s has no Lua value", c)
		}
		if err == nil {
			n, err = wideLength(v.Bytes, elem.size)
		}
		if err != nil {
			return nil, err
		}
	}
	key := elem.name + v.Bytes
	if x := s.literals[key]; x != nil && !v.Derived {
		return s.wrapValue(x), nil
	}
	t, err := s.arrayOf(elem, n+1)
	var x *value
	if err == nil {
		x, err = newValue(t)
	}
	if err == nil {
		err = x.setText(v.Bytes)
	}
	if err != nil {
		return nil, err
	}
	if !v.Derived {
		if s.literals == nil {
			s.literals = map[string]*value{}
		}
		s.literals[key] = x
	}
	return s.wrapValue(x), nil
}

// leadsBack reports whether a function may give back an address in a string that is passed as a parameter: its result is a
// pointer, and so is the parameter, to bytes.
func (s *Session) leadsBack(result *ctype, param *types.Type) bool {
	p := s.target.Resolve(param)
	if !result.isPointer() || p.Kind != types.Pointer {
		return false
	}
	elem := s.target.Resolve(p.Elem)
	return elem.Kind == types.Void || s.target.Size(elem) == 1
}

// lasting is an array with a Lua string, which lives as long as the value that it was given as: the copy that a call makes by
// itself is gone when the function returns.
func (s *Session) lasting(m *memory, text string) (glua.LValue, error) {
	if m.text == nil {
		t, err := s.arrayOf(s.simple["c_char"], int64(len(text))+1)
		if err != nil {
			return nil, err
		}
		if m.text, err = newValue(t); err != nil {
			return nil, err
		}
		copy(m.text.block.mem, text)
	}
	return s.wrapValue(m.text), nil
}

// blockAmong is the memory that an address leads into, of what a function was called with; nil for memory of its own.
func blockAmong(args []cdecl.Value, addr uintptr) *block {
	for _, a := range args {
		m := memoryOf(a)
		if m.text != nil && m.text.block.holds(addr, 1) {
			return m.text.block
		}
		if m.block != nil && m.block.holds(addr, 1) {
			return m.block
		}
	}
	return nil
}

// macroResult is the Lua value of a macro's; nil for void.
func (s *Session) macroResult(L *glua.LState, v cdecl.Value) (glua.LValue, error) {
	switch v.Kind {
	case cdecl.NoValue:
		return nil, nil
	case cdecl.Object:
		if lv := asGiven(v); lv != nil {
			return lv, nil
		}
		x, err := s.objectOf(v)
		if err != nil {
			return nil, err
		}
		return s.get(L, x)
	case cdecl.Address:
		if lv := asGiven(v); lv != nil {
			return lv, nil
		}
		if v.Int == 0 {
			return glua.LNil, nil
		}
		t, err := s.wrap(v.Type)
		if err != nil {
			return uintValue(L, v.Int), nil // a pointer to what Lua knows nothing of
		}
		b := memoryOf(v).block
		if err := b.alive(); err != nil {
			return nil, err
		}
		switch t.op {
		case opPointer:
			return s.makePointer(L, t, v.Int, b), nil
		case opFunction:
			return s.functionAt(L, t, uintptr(v.Int), b), nil
		}
		return s.fromWord(L, v.Int, t)
	case cdecl.Opaque:
		return memoryOf(v).lv, nil
	}
	return s.constant(L, v), nil
}

// constant is the Lua value of a constant.
func (s *Session) constant(L *glua.LState, v cdecl.Value) glua.LValue {
	switch v.Kind {
	case cdecl.String:
		return glua.LString(v.Bytes)
	case cdecl.Float:
		if v.Text != "" && s.target.Resolve(v.Type).Kind == types.LongDouble && hostShape != doubleShape {
			if x, err := hostShape.read(v.Text); err == nil {
				return x.fewest(L)
			}
		}
		return glua.LNumber(v.Float)
	case cdecl.Address:
		if v.Int == 0 {
			return glua.LNil
		}
		if t, err := s.wrap(v.Type); err == nil && t.op == opFunction { // SIG_IGN, SQLITE_TRANSIENT: for parameters of that type
			return s.functionAt(L, t, uintptr(v.Int), nil)
		}
		return uintValue(L, v.Int)
	}
	switch {
	case s.target.Resolve(v.Type).Kind == types.Bool:
		return glua.LBool(v.Int != 0)
	case v.Signed(s.target):
		return intValue(L, int64(v.Int))
	}
	return uintValue(L, v.Int)
}
