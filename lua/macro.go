// This file defines macros of C as Lua sees them: constants are values, those with parameters are functions, and what a macro
// calls and reads is called and read here.

package lua

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	glua "github.com/yuin/gopher-lua"

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
	runtime.KeepAlive(args) // whose strings C may have given back addresses in
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
			if text, ok := lv.(glua.LString); ok && err == nil && i < len(c.Params) && e.s.leadsBack(result, c.Params[i].Type) {
				lv, err = e.s.lasting(memoryOf(a), string(text))
			}
			if err != nil {
				raiseErr(L, "ArgumentError", fmt.Sprintf("%s: argument %d", f.name, i+1), err)
			}
			L.Push(lv)
		}
		L.Call(len(args), 1)
		v = e.s.resultOf(L.Get(-1), result)
		memoryOf(v).made = cooked
		if m := memoryOf(v); v.Kind == cdecl.Address && m.block == nil {
			m.block = blockAmong(args, uintptr(v.Int))
		}
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
