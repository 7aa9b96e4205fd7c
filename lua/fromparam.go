// This file defines from_param: T.from_param, which does what argtypes does, and adapters, tables of one's own in argtypes.

package lua

import (
	"errors"
	"fmt"

	glua "github.com/yuin/gopher-lua"

	"dlsh/types"
)

// fromParam is T.from_param(x): what a parameter declared as T makes of x.
func (s *Session) fromParam(L *glua.LState, t *ctype, n int) int {
	s.refuseVoid(L, t, "from_param")
	if L.GetTop() < n {
		raise(L, "TypeError", "%s.from_param: a value is wanted", t.name)
	}
	v, err := s.paramValue(asParameter(L, L.Get(n)), t)
	if err != nil {
		raiseErr(L, "TypeError", t.name+".from_param", err)
	}
	L.Push(s.wrapValue(v))
	return 1
}

// paramValue gives a value that may stand for a parameter of type t back as it is, and makes a t of
// anything else, by the rules of arguments: constructors wrap, arguments must fit.
func (s *Session) paramValue(lv glua.LValue, t *ctype) (*value, error) {
	if v := toValue(lv); v != nil && (v.t.same(t) || t.op == opRecord && v.t.standsFor(t)) {
		return v, v.alive()
	}
	if t.op == opArray {
		t = s.pointerTo(t.elem) // a parameter of array type is a pointer (C11 6.7.6.3p7)
	}
	if t.op.integer() || t.isPointer() {
		if _, _, err := scalarBits(lv, t, true); err != nil {
			return nil, err
		}
	}
	if t.op == opLongDouble {
		if _, err := longDoubleBytes(lv, t); err != nil {
			return nil, err
		}
	}
	v, err := newValue(t)
	if err != nil {
		return nil, err
	}
	return v, s.set(v, lv)
}

// newAdapter makes a parameter of a table with a from_param function, and nil of anything else. What type an
// argument goes as there is known in each call only.
func (s *Session) newAdapter(L *glua.LState, lv glua.LValue) *ctype {
	table, ok := lv.(*glua.LTable)
	if !ok || L.GetField(table, "from_param").Type() != glua.LTFunction {
		return nil
	}
	return &ctype{op: opVoid, name: "adapted", adapter: table, c: &types.Type{Kind: types.Typedef, Name: "adapted", Elem: types.Of(types.Int)}}
}

// adapts reports whether a parameter of the function is an adapter.
func (f *function) adapts() bool {
	for _, t := range f.args {
		if t.adapter != nil {
			return true
		}
	}
	return false
}

// adapt hands the arguments of adapters to from_param, which says what is passed instead. All arguments
// stay as they were given on the stack above, for errcheck (given).
func (f *function) adapt(L *glua.LState, n int) {
	args := f.args // from_param may declare the function anew
	for i := 1; i <= n; i++ {
		L.Push(L.Get(i))
	}
	for i, t := range args {
		if t.adapter == nil || i >= n {
			continue
		}
		L.Push(L.GetField(t.adapter, "from_param"))
		L.Push(L.Get(i + 1))
		var err error
		sharing(L, func(L *glua.LState) int {
			err = L.PCall(1, 1, nil)
			return 0
		})
		if err != nil {
			raise(L, "ArgumentError", "%s: argument %d: %s", f.name, i+1, thrown(err))
		}
		L.Replace(i+1, L.Get(-1))
		L.Pop(1)
	}
}

// given is argument i of a call with n of them, as Lua gave it.
func given(L *glua.LState, i, n int) glua.LValue {
	if L.GetTop() == 2*n {
		i += n // adapt was here
	}
	return L.Get(i)
}

// thrown is the message of an error that a protected call ended with.
func thrown(err error) string {
	var api *glua.ApiError
	if !errors.As(err, &api) {
		return err.Error()
	}
	if e, ok := api.Object.(*glua.LTable); ok {
		if text, ok := e.RawGetString("message").(glua.LString); ok {
			return string(text)
		}
	}
	if api.Object.Type() == glua.LTString || api.Object.Type() == glua.LTNumber {
		return api.Object.String()
	}
	return fmt.Sprintf("from_param raised a %s", api.Object.Type())
}
