// This file defines how a C function is declared and read back: argtypes, restype, errcheck and its C type.

package lua

import (
	"fmt"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
	"dlsh/types"
)

// registerFunctions gives the function type its metatable. All Lua functions
// share one; for those that are not C's, it behaves as if there were none.
func (s *Session) registerFunctions() {
	mt := s.L.NewTable()
	s.L.SetFuncs(mt, map[string]glua.LGFunction{
		"__index":    s.functionIndex,
		"__newindex": s.functionNewIndex,
		"__tostring": func(L *glua.LState) int {
			lf := L.CheckFunction(1)
			if f := toFunction(lf); f != nil {
				L.Push(glua.LString(showFunction(f)))
			} else if m := toMacro(lf); m != nil {
				L.Push(glua.LString(showMacro(m)))
			} else {
				L.Push(glua.LString(lf.String()))
			}
			return 1
		},
		"__concat": func(L *glua.LState) int {
			L.RaiseError("attempt to concatenate a function value")
			return 0
		},
	})
	mt.RawSetString("__concat", glua.LNil)
	mt.RawSetString("__metatable", glua.LString("function"))
	s.L.SetMetatable(s.L.NewFunction(func(*glua.LState) int { return 0 }), mt)
}

var functionMembers = []string{"argtypes", "restype", "errcheck", "timeout", "prototype", "name"}

func (s *Session) functionIndex(L *glua.LState) int {
	f := toFunction(L.CheckFunction(1))
	if f == nil {
		L.RaiseError("attempt to index a function value")
	}
	switch key := L.Get(2).String(); key {
	case "argtypes":
		if !f.setArgs {
			f.settle()
		}
		if !f.declared {
			L.Push(glua.LNil)
			return 1
		}
		list := L.CreateTable(len(f.args), 0)
		for _, t := range f.args {
			if t.adapter != nil {
				list.Append(t.adapter)
				continue
			}
			list.Append(t.ud)
		}
		if f.variadic {
			list.Append(glua.LString("..."))
		}
		L.Push(list)
	case "restype":
		if !f.setResult {
			f.settle()
		}
		switch {
		case f.convert != nil:
			L.Push(f.convert)
		case f.result.op == opVoid:
			L.Push(glua.LNil)
		default:
			L.Push(f.result.ud)
		}
	case "errcheck":
		if f.errcheck == nil {
			L.Push(glua.LNil)
		} else {
			L.Push(f.errcheck)
		}
	case "timeout":
		if f.timeout == 0 {
			L.Push(glua.LNil)
		} else {
			L.Push(glua.LNumber(f.timeout))
		}
	case "prototype":
		L.Push(glua.LString(f.ctypeOf().String()))
	case "name":
		L.Push(glua.LString(f.name))
	case "onerror":
		if f.cb == nil || f.cb.onerror == nil {
			L.Push(glua.LNil)
		} else {
			L.Push(f.cb.onerror)
		}
	default:
		raise(L, "AttributeError", "the function %s has no member %q%s", f.name, key, suggest(key, f.members()))
	}
	return 1
}

func (s *Session) functionNewIndex(L *glua.LState) int {
	f := toFunction(L.CheckFunction(1))
	if f == nil {
		L.RaiseError("attempt to index a function value")
	}
	lv := L.Get(3)
	if key := L.Get(2).String(); f.cb != nil && (key == "argtypes" || key == "restype") {
		raise(L, "TypeError", "%s.%s: the types of a callback are those of its function pointer type, %s", f.name, key, f.cb.t.c)
	}
	if key := L.Get(2).String(); key == "argtypes" || key == "restype" {
		f.why = nil
	}
	s.journal.declaresFunction(f)
	switch key := L.Get(2).String(); key {
	case "argtypes":
		if f.flags != nil {
			raise(L, "TypeError", "%s.argtypes: its flags speak of the parameters it has%s; import it again for others", f.name, f.paramList())
		}
		f.explicit = true
		f.setArgtypes(L, lv)
		f.setArgs = true
		f.stated()
	case "restype":
		f.explicit = true
		f.setRestype(L, lv)
		f.setResult = true
		f.stated()
	case "prototype":
		f.setPrototype(L, lv)
	case "errcheck":
		fn, ok := lv.(*glua.LFunction)
		if !ok && lv != glua.LNil {
			raise(L, "TypeError", "%s.errcheck: a function is wanted, not %s", f.name, describe(lv))
		}
		f.errcheck = fn
	case "timeout":
		f.setTimeout(L, lv)
	case "onerror":
		f.setOnError(L, lv)
	default:
		raise(L, "AttributeError", "the function %s has no member %q to set%s", f.name, key, suggest(key, append([]string{"onerror"}, functionMembers[:5]...)))
	}
	return 0
}

func (f *function) setArgtypes(L *glua.LState, lv glua.LValue) {
	if lv == glua.LNil {
		f.args, f.declared, f.plan, f.guessedFor, f.variadic, f.c = nil, false, nil, nil, f.known != nil, nil
		f.names = nil
		return
	}
	list, ok := lv.(*glua.LTable)
	if !ok {
		raise(L, "TypeError", "%s.argtypes: a table of types is wanted, such as {ctypes.c_int, \"const char *\"}, not %s", f.name, describe(lv))
	}
	var args []*ctype
	variadic := f.known != nil
	for i := 1; i <= list.Len(); i++ {
		e := list.RawGetInt(i)
		if e == glua.LString("...") && i == list.Len() {
			if i == 1 {
				raise(L, "TypeError", "%s.argtypes: C wants a parameter before \"...\"", f.name)
			}
			variadic = true
			break
		}
		if t := f.s.newAdapter(L, e); t != nil {
			args = append(args, t)
			continue
		}
		t, err := f.s.toType(e)
		if err == nil && t.op == opVoid {
			if list.Len() == 1 {
				break // {"void"} is (void): no parameters
			}
			err = fmt.Errorf("void is no type for a parameter")
		}
		if err == nil && t.op == opArray {
			t = f.s.pointerTo(t.elem) // a parameter of array type is a pointer (C11 6.7.6.3p7)
		}
		if err != nil {
			raise(L, "TypeError", "%s.argtypes: item %d: %v", f.name, i, err)
		}
		args = append(args, t)
	}
	old, oldVariadic := f.args, f.variadic
	f.args, f.variadic = args, variadic
	plan, err := f.prepare(args)
	if err != nil {
		f.args, f.variadic = old, oldVariadic
		raiseErr(L, "TypeError", f.name+".argtypes", err)
	}
	f.declared, f.guessedFor, f.names, f.c = true, nil, nil, nil
	f.setPlan(plan)
}

func (f *function) setRestype(L *glua.LState, lv glua.LValue) {
	var convert *glua.LFunction
	result := f.s.void
	switch x := lv.(type) {
	case *glua.LNilType:
	case *glua.LFunction:
		convert, result = x, f.s.simple["c_int"]
	default:
		t, err := f.s.toType(lv)
		if err == nil && t.op == opArray {
			err = fmt.Errorf("a function cannot return an array (%s)", t.c)
		}
		if err != nil {
			raise(L, "TypeError", "%s.restype: %v", f.name, err)
		}
		result = t
	}
	old := f.result
	f.result = result
	var plan *ffi.Plan
	if f.declared {
		var err error
		if plan, err = f.prepare(f.args); err != nil {
			f.result = old
			raiseErr(L, "TypeError", f.name+".restype", err)
		}
	}
	f.convert, f.guessedFor, f.c = convert, nil, nil
	f.setPlan(plan)
}

// setPlan keeps the plan for calls with just the declared arguments, unless a format
// or an adapter decides in each call what they are.
func (f *function) setPlan(plan *ffi.Plan) {
	if f.known.hasFormat() || f.adapts() {
		plan = nil
	}
	f.plan = plan
}

// ctypeOf is the C type of the function, as far as it was declared.
func (f *function) ctypeOf() *types.Type {
	if !f.setArgs || !f.setResult {
		f.settle()
	}
	var params []*types.Type
	for _, t := range f.args {
		params = append(params, t.c)
	}
	ft := types.FuncOf(f.result.c, f.variadic && f.declared, params...)
	if len(f.names) == len(params) {
		for i, name := range f.names {
			ft.Params[i].Name = name
		}
	}
	ft.NoProto = !f.declared
	return ft
}

// setPrototype is f.prototype = "int (const char *, ...)".
func (f *function) setPrototype(L *glua.LState, lv glua.LValue) {
	text, ok := lv.(glua.LString)
	if !ok {
		raise(L, "TypeError", "%s.prototype: a C function type is wanted, such as \"int (const char *, ...)\", not %s", f.name, describe(lv))
	}
	c, err := f.s.scopeType(string(text))
	if err == nil {
		err = f.setType(c)
	}
	if err != nil {
		raise(L, "TypeError", "%s.prototype: %v", f.name, err)
	}
	f.explicit, f.setArgs, f.setResult = true, true, true
	f.stated()
}
