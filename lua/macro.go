// This file defines macros of C as Lua sees them: constants are values, those with parameters are functions, and what a macro
// calls and reads is called and read here.

package lua

import (
	"errors"
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/types"
	"dlsh/types/cdecl"
)

// macro is the record behind a macro with parameters. It hangs on the upvalue of a plain Lua function, as a C function's does.
type macro struct {
	s   *Session
	d   *cdecl.Decl
	lib *library // whose functions and variables it uses
}

// newMacro makes the Lua function of a macro with parameters.
func (s *Session) newMacro(d *cdecl.Decl, lib *library) *glua.LFunction {
	m := &macro{s, d, lib}
	ud := s.L.NewUserData()
	ud.Value = m
	return s.L.NewClosure(m.call, ud)
}

// toMacro gives the macro behind a Lua function, or nil.
func toMacro(lf *glua.LFunction) *macro {
	if !lf.IsG || len(lf.Upvalues) != 1 {
		return nil
	}
	if ud, ok := lf.Upvalues[0].Value().(*glua.LUserData); ok {
		m, _ := ud.Value.(*macro)
		return m
	}
	return nil
}

// showMacro prints a macro: <macro deflateInit(strm, level): deflateInit_((strm), (level), ZLIB_VERSION, (int)sizeof(z_stream))>.
func showMacro(m *macro) string {
	x := m.d.Macro
	return fmt.Sprintf("<macro %s(%s): %s>", x.Name, strings.Join(x.Params, ", "), shorten(strings.Join(strings.Fields(x.Body), " "), 400))
}

// helpMacro is what help says of a macro.
func helpMacro(m *macro) string {
	return fmt.Sprintf("%s\n    expands   %s\n    declared  %s\n    numbers   are what C makes of the same digits: 1 is an int; ctypes.c_double(1) is a double",
		showMacro(m), m.d.Macro.Expanded(), m.d.At)
}

// call is a call of a macro from Lua.
func (m *macro) call(L *glua.LState) int {
	n := L.GetTop()
	if err := m.d.Macro.Takes(n); err != nil {
		raise(L, "TypeError", "%v", err)
	}
	args := make([]cdecl.Value, n)
	for i := range args {
		args[i] = m.s.operand(L.Get(i + 1))
	}
	return m.push(L, args)
}

// push evaluates the macro and leaves its value on the stack, if it has one.
func (m *macro) push(L *glua.LState, args []cdecl.Value) int {
	v, err := m.d.Macro.Call(args, &evaluation{m, L})
	if err != nil {
		m.raise(L, err)
	}
	lv, err := m.s.macroResult(L, v)
	if err != nil {
		raiseErr(L, "ValueError", m.d.Name+": result", err)
	}
	if lv == nil {
		return 0
	}
	L.Push(lv)
	return 1
}

// macroValue is the value of a macro without parameters, now.
func (s *Session) macroValue(L *glua.LState, d *cdecl.Decl, lib *library) glua.LValue {
	m := &macro{s, d, lib}
	if m.push(L, nil) == 0 {
		return glua.LNil
	}
	lv := L.Get(-1)
	L.Pop(1)
	return lv
}

// setMacro stores in the object that a macro stands for, such as errno.
func (s *Session) setMacro(L *glua.LState, d *cdecl.Decl, lib *library, lv glua.LValue) {
	m := &macro{s, d, lib}
	v, err := d.Macro.Object(&evaluation{m, L})
	if err != nil {
		m.raise(L, err)
	}
	if s.target.Resolve(v.Type).Const {
		raise(L, "TypeError", "%s cannot be set, it is const: %s", d.Name, v.Type)
	}
	x, err := s.objectOf(v)
	if err == nil {
		err = s.set(x, lv)
	}
	if err != nil {
		raiseErr(L, "TypeError", d.Name, err)
	}
}

// caught is what Lua threw while a macro was evaluated.
type caught struct{ api *glua.ApiError }

func (e *caught) Error() string { return e.api.Error() }

// raise throws what a macro ended with: Lua's own error once more, in the line that used the macro.
func (m *macro) raise(L *glua.LState, err error) {
	var inner *caught
	if !errors.As(err, &inner) {
		raiseErr(L, "ValueError", "", err)
	}
	if e, ok := inner.api.Object.(*glua.LTable); ok && isError(L, e) {
		if at := e.RawGetString("where"); at == glua.LNil || at == glua.LString("[G]") {
			e.RawSetString("where", glua.LString(where(L)))
		}
		if e.RawGetString("kind") == glua.LString("ArgumentError") { // of a function that the caller may never have heard of
			e.RawSetString("message", glua.LString(m.d.Name+": "+e.RawGetString("message").String()))
		}
	}
	L.Error(inner.api.Object, 0)
}

// evaluation is a macro under way: package cdecl's Machine.
type evaluation struct {
	*macro
	L *glua.LState
}

// memory is what a value carries through a macro: how it was given, and what its addresses lead into.
type memory struct {
	lv    glua.LValue // nil for what C gave
	block *block
	made  bool // by Lua code, of what C gave
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

// Object is a function or variable of the library.
func (e *evaluation) Object(d *cdecl.Decl) (v cdecl.Value, err error) {
	v = cdecl.Value{Kind: cdecl.Object, Type: d.Type}
	err = e.protected(func(L *glua.LState) int {
		lib := e.lib
		if lib == nil {
			lib = e.s.program(L)
		}
		if d.Kind == cdecl.Variable {
			x := e.s.declaredVariable(L, lib, d.Name)
			if x == nil {
				raise(L, "TypeError", "%s: it reads %s, which cannot be used: %s", e.d.Name, d.Name, d.Reason)
			}
			v.Int, v.Foreign = uint64(x.addr), &memory{block: x.block}
			return 0
		}
		lv := e.s.libraryMember(L, lib, d.Name)
		lf, _ := lv.(*glua.LFunction)
		var f *function
		if lf != nil {
			f = toFunction(lf)
		}
		if f == nil {
			raise(L, "TypeError", "%s: it calls %s, which is %s here", e.d.Name, d.Name, describe(lv))
		}
		v.Int, v.Foreign = uint64(f.addr), &memory{lv: lf, block: f.block}
		return 0
	})
	return v, err
}

// protected runs what may throw.
func (e *evaluation) protected(fn glua.LGFunction) error {
	var err error
	sharing(e.L, func(L *glua.LState) int {
		top := L.GetTop()
		L.Push(L.NewFunction(fn))
		err = L.PCall(0, 0, nil)
		L.SetTop(top)
		return 0
	})
	var api *glua.ApiError
	if errors.As(err, &api) {
		return &caught{api}
	}
	return err
}

// Load reads a scalar.
func (e *evaluation) Load(v cdecl.Value) (cdecl.Value, error) {
	x, err := e.s.objectOf(v)
	if err != nil {
		return cdecl.Value{}, fmt.Errorf("%s: %w", e.d.Name, err)
	}
	out := cdecl.Value{Type: v.Type}
	switch x.t.op {
	case opLongDouble:
		b := make([]byte, x.t.size)
		if err = x.read(b); err == nil {
			out = longConstant(loadLong(b))
		}
	case opComplex:
		var lv glua.LValue
		lv, err = e.s.get(e.L, x)
		out.Kind, out.Foreign = cdecl.Opaque, &memory{lv: lv}
	case opFloat32, opFloat64:
		out.Kind = cdecl.Float
		out.Float, err = x.float()
	default:
		if out.Int, err = x.word(); x.t.op < opString {
			out.Kind = cdecl.Integer
			break
		}
		keep := x.pointee(uintptr(out.Int))
		if x.t.op == opFunction && keep == x.block {
			keep = nil // where the pointer lies, not where it leads
		}
		out.Kind, out.Foreign = cdecl.Address, &memory{block: keep}
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", e.d.Name, err)
	}
	return out, err
}

// Store sets a scalar.
func (e *evaluation) Store(v, to cdecl.Value) error {
	return e.protected(func(L *glua.LState) int {
		x, err := e.s.objectOf(v)
		var lv glua.LValue
		if err == nil {
			lv, err = e.s.macroArgument(L, to, false)
		}
		if err == nil {
			err = e.s.set(x, lv)
		}
		if err != nil {
			raiseErr(L, "TypeError", e.d.Name, err)
		}
		return 0
	})
}

// Call calls a C function. Its result is taken as it is, a char * as an address, unless Lua code has a say in it: errcheck, or a
// restype that is a function.
func (e *evaluation) Call(fn cdecl.Value, args []cdecl.Value) (v cdecl.Value, err error) {
	err = e.protected(func(L *glua.LState) int {
		f := e.function(L, fn)
		f.settle() // before its record is copied
		c := e.s.target.Resolve(e.s.target.Resolve(fn.Type).Elem)
		lf, result := f.lua, f.result
		cooked := f.errcheck != nil || f.convert != nil
		if cooked || f.explicit {
			declared, err := e.s.wrap(c.Elem)
			if err == nil && !cooked && declared.op != f.result.op && !(declared.isPointer() && f.result.isPointer()) {
				err = fmt.Errorf("its restype was set to %s, and the macro needs what C declares, %s", f.result.c, declared.c)
			}
			if err != nil {
				raiseErr(L, "TypeError", f.name, err)
			}
			result = declared
		}
		if raw := e.s.uncooked(f.result); !cooked && raw != f.result {
			shadow := *f
			shadow.result = raw
			lf, result = e.s.bind(&shadow), raw
		}
		L.Push(lf)
		for i, a := range args {
			lv, err := e.s.macroArgument(L, a, i >= len(c.Params))
			if err != nil {
				raiseErr(L, "ArgumentError", fmt.Sprintf("%s: argument %d", f.name, i+1), err)
			}
			L.Push(lv)
		}
		L.Call(len(args), 1)
		v = e.s.resultOf(L.Get(-1), result)
		memoryOf(v).made = cooked
		return 0
	})
	return v, err
}

// function is the C function at an address.
func (e *evaluation) function(L *glua.LState, fn cdecl.Value) *function {
	if lf, ok := memoryOf(fn).lv.(*glua.LFunction); ok {
		if f := toFunction(lf); f != nil {
			return f
		}
	}
	t, err := e.s.wrap(fn.Type)
	if err == nil && fn.Int == 0 {
		err = errors.New("the function pointer is NULL")
	}
	if err != nil {
		raiseErr(L, "ValueError", e.d.Name, err)
	}
	return toFunction(e.s.functionAt(L, t, uintptr(fn.Int), memoryOf(fn).block).(*glua.LFunction))
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
