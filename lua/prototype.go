// This file defines function pointer types: CFUNCTYPE, what such a type makes of its argument, and the
// Lua functions for pointers that C holds.

package lua

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
	"dlsh/types"
)

// prototype is what a function pointer type says of the functions behind it.
type prototype struct {
	params   []*ctype
	result   *ctype
	useErrno bool
	sig      ffi.Signature
	plan     *ffi.Plan       // for calls from Lua; nil while a record in it is incomplete
	last     *glua.LFunction // the one made last for a pointer that C holds: a loop over a member makes one
}

// same reports whether two prototypes are one to C.
func (p *prototype) same(q *prototype) bool {
	return p == q || p != nil && q != nil && p.result.same(q.result) && slices.EqualFunc(p.params, q.params, (*ctype).same)
}

// ready makes the plan where it could not be made with the type, because a record by value had no members yet.
func (p *prototype) ready() (err error) {
	if p.plan != nil {
		return nil
	}
	if t := p.incomplete(); t != nil {
		return errors.New(t.sizeless())
	}
	p.plan, err = ffi.Prepare(p.sig)
	return err
}

// incomplete is a record that goes by value and has no size, nil when there is none.
func (p *prototype) incomplete() *ctype {
	for _, t := range append([]*ctype{p.result}, p.params...) {
		if t.op == opRecord && !t.rec.complete {
			return t
		}
	}
	return nil
}

var functionTypeOptions = []string{"use_errno", "use_last_error", "name"}

// newFunctionType is CFUNCTYPE(result, parameters... [, options]).
func (s *Session) newFunctionType(L *glua.LState) int {
	if text, ok := L.Get(1).(glua.LString); ok && L.GetTop() == 1 && strings.Contains(string(text), "(") {
		c, err := s.scopeType(string(text)) // "int (const void *, const void *)"
		var t *ctype
		if err == nil {
			if c = s.target.Resolve(c); c.Kind == types.Pointer {
				c = s.target.Resolve(c.Elem)
			}
			t, err = s.wrapFunctionType(c)
		}
		if err != nil {
			raise(L, "TypeError", "CFUNCTYPE: %v", err)
		}
		L.Push(t.ud)
		return 1
	}
	n := L.GetTop()
	if n == 0 {
		raise(L, "TypeError", "CFUNCTYPE: the type of the result is wanted (nil for void), then the types of the parameters")
	}
	useErrno, name := false, ""
	if options, ok := L.Get(n).(*glua.LTable); ok {
		n--
		if L.GetField(options, "from_param") != glua.LNil {
			raise(L, "TypeError", "CFUNCTYPE: argument %d: a table with from_param has no C type; it is for argtypes", n+1)
		}
		if options.Len() > 0 {
			raise(L, "TypeError", "CFUNCTYPE: argument %d: the types are wanted one after the other, not in a table: CFUNCTYPE(result, T1, T2)", n+1)
		}
		options.ForEach(func(k, v glua.LValue) {
			switch text, isText := v.(glua.LString); k.String() {
			case "use_errno":
				useErrno = glua.LVAsBool(v)
			case "use_last_error": // Windows'; ctypes takes and ignores it elsewhere
			case "name":
				if name = string(text); !isText || !isName(name) {
					raise(L, "TypeError", "CFUNCTYPE: name: the name of a type is wanted, not %s", describe(v))
				}
			default:
				raise(L, "TypeError", "CFUNCTYPE: unknown option %q%s", k.String(), suggest(k.String(), functionTypeOptions))
			}
		})
	}
	result := s.void
	if L.Get(1) != glua.LNil && n > 0 {
		result = s.checkType(L, "CFUNCTYPE", 1)
	}
	var params []*ctype
	for i := 2; i <= n; i++ {
		if L.Get(i) == glua.LString("...") {
			raise(L, "TypeError", "CFUNCTYPE: argument %d: a callback cannot be variadic: C does not tell it how many arguments there are", i)
		}
		t := s.checkType(L, "CFUNCTYPE", i)
		if t.swap {
			raise(L, "TypeError", "CFUNCTYPE: argument %d: a %s cannot be passed high byte first", i, t.c)
		}
		if t.op == opVoid && n == 2 {
			break // (void): no parameters
		}
		params = append(params, t)
	}
	t, err := s.functionType(name, result, params, useErrno)
	if err != nil {
		raiseErr(L, "TypeError", "CFUNCTYPE", err)
	}
	L.Push(t.ud)
	return 1
}

// functionType is the type of pointers to functions; the same one for the same types, as in ctypes.
func (s *Session) functionType(name string, result *ctype, params []*ctype, useErrno bool) (*ctype, error) {
	if result.op == opArray {
		return nil, fmt.Errorf("a function cannot return an array (%s)", result.c)
	}
	sig := ffi.Signature{Result: result.c, Fixed: len(params)}
	key := fmt.Sprint(name, "|", useErrno, "|", result.name)
	for i, t := range params {
		switch t.op {
		case opVoid:
			return nil, fmt.Errorf("parameter %d: void is no type for a parameter", i+1)
		case opArray:
			t = s.pointerTo(t.elem) // C11 6.7.6.3p7
			params[i] = t
		}
		sig.Params = append(sig.Params, t.c)
		key += "|" + t.name
	}
	p := &prototype{params: params, result: result, useErrno: useErrno, sig: sig}
	for _, t := range s.functionTypes[key] { // names are not everything: two records may go by one
		if t.fn.same(p) {
			return t, nil
		}
	}
	if p.incomplete() == nil { // others are made ready when they are used
		if err := p.ready(); err != nil {
			return nil, err
		}
	}
	if name == "" {
		name = "CFunctionType"
	}
	c := types.PointerTo(types.FuncOf(result.c, false, sig.Params...))
	t := s.newType(&ctype{op: opFunction, name: name, c: c, size: s.target.Size(c), align: s.target.Align(c), fn: p})
	if s.functionTypes == nil {
		s.functionTypes = map[string][]*ctype{}
	}
	s.functionTypes[key] = append(s.functionTypes[key], t)
	if s.makingFor != nil {
		s.makingFor.functions = append(s.makingFor.functions, t)
	}
	return t, nil
}

// wrapFunctionType makes the Lua side of a C type that points to a function.
func (s *Session) wrapFunctionType(c *types.Type) (*ctype, error) {
	if c.Kind != types.Func {
		return nil, fmt.Errorf("%s is not the type of a function", c)
	}
	if c.Variadic || c.NoProto {
		return nil, fmt.Errorf("%s: the parameters of the function are not known; void * does for a pointer to it", types.PointerTo(c))
	}
	result, err := s.wrap(c.Elem)
	if err != nil {
		return nil, err
	}
	var params []*ctype
	for _, param := range c.Params {
		t, err := s.wrap(param.Type)
		if err != nil {
			return nil, err
		}
		params = append(params, t)
	}
	return s.functionType("", result, params, false)
}

// functionTypeMember is T.name for what only function pointer types have, nil for everything else.
func (s *Session) functionTypeMember(L *glua.LState, t *ctype, name string) glua.LValue {
	switch name {
	case "_restype_":
		if t.fn.result.op == opVoid {
			return glua.LNil
		}
		return t.fn.result.ud
	case "_argtypes_":
		list := L.CreateTable(len(t.fn.params), 0)
		for _, p := range t.fn.params {
			list.Append(p.ud)
		}
		return list
	}
	return nil
}

// makeFunction is T(x): a callback that runs the Lua function x, or a function around the address x, or with
// a name and a library the function of that name. T() is a NULL pointer that can be set.
func (s *Session) makeFunction(L *glua.LState, t *ctype) int {
	n := L.GetTop() - 1
	if name, lib, ok := librarySymbol(L, L.Get(2), L.Get(3)); ok {
		flags := 3 // in Python's words: T(("name", lib), flags)
		if L.Get(2).Type() != glua.LTTable {
			flags = 4
		}
		L.Push(s.importFunction(L, t, name, lib, L.Get(flags)))
		return 1
	}
	if n > 1 {
		raise(L, "TypeError", "%s: %d arguments given, at most 1 wanted, or a name and a library", t.name, n)
	}
	switch x := L.Get(2); {
	case x == glua.LNil:
		v, err := newValue(t)
		if err != nil {
			raiseErr(L, "MemoryError", t.name, err)
		}
		L.Push(s.wrapValue(v))
		return 1
	case callable(L, x):
		L.Push(s.newCallback(L, t, x))
		return 1
	}
	addr, keep, err := pointerBits(L.Get(2), voidPointer)
	switch {
	case err != nil && aboutMemory(err):
		raiseErr(L, "OSError", t.name, err)
	case err != nil:
		raise(L, "TypeError", "%s: a Lua function is wanted, or an address, or a name and a library, not %s", t.name, describe(L.Get(2)))
	}
	s.journal.usesAddress(uint64(addr))
	L.Push(s.functionAt(L, t, uintptr(addr), keep))
	return 1
}

// librarySymbol takes {"name", lib}, or a name and a library.
func librarySymbol(L *glua.LState, first, second glua.LValue) (name glua.LString, lib *library, ok bool) {
	if pair, isTable := first.(*glua.LTable); isTable && pair.Len() == 2 {
		first, second = pair.RawGetInt(1), pair.RawGetInt(2)
	}
	ud, ok := second.(*glua.LUserData)
	if !ok {
		return "", nil, false
	}
	if lib, ok = ud.Value.(*library); !ok {
		return "", nil, false
	}
	if first.Type() == glua.LTNumber {
		raise(L, "ValueError", "functions have numbers only in Windows' libraries; give the name of the function")
	}
	name, ok = first.(glua.LString)
	return name, lib, ok
}

// importFunction is T("name", lib [, paramflags]).
func (s *Session) importFunction(L *glua.LState, t *ctype, name glua.LString, lib *library, flags glua.LValue) *glua.LFunction {
	addr, owner := s.lookup(L, lib, string(name), "AttributeError")
	f := toFunction(s.newFunction(string(name), addr, owner, lib.useErrno || t.fn.useErrno))
	if err := f.declare(t); err != nil {
		raiseErr(L, "TypeError", t.name, err)
	}
	if flags != glua.LNil {
		s.setParamFlags(L, f, t, flags)
	}
	if f.setArgs, f.setResult = true, true; !lib.plain {
		f.debug = s.meet(owner)
	}
	f.stated()
	return f.lua
}

// declare gives a function the types of a prototype.
func (f *function) declare(t *ctype) error {
	if err := t.fn.ready(); err != nil {
		return err
	}
	f.args, f.result, f.declared, f.guessedFor = t.fn.params, t.fn.result, true, nil
	plan := t.fn.plan
	if f.known != nil { // what is known to be variadic is called so
		var err error
		if plan, err = f.prepare(f.args); err != nil {
			return err
		}
	}
	f.setPlan(plan)
	return nil
}

// bind makes the Lua function of a record.
func (s *Session) bind(f *function) *glua.LFunction {
	f.s = s
	ud := s.L.NewUserData()
	ud.Value = f
	f.lua = s.L.NewClosure(f.call, ud)
	if f.timeout != 0 { // a copy of a function that has one
		f.untimed, f.lua.GFunction = f.call, f.callTimed
	}
	return f.lua
}

// functionAt is the Lua function for a pointer of type t: nil for NULL, the callback itself where it leads to one.
// keep is what must live as long.
func (s *Session) functionAt(L *glua.LState, t *ctype, addr uintptr, keep *block) glua.LValue {
	if addr == 0 {
		return glua.LNil
	}
	cb := callbackAt(addr)
	if cb != nil && cb.s == s {
		if cb.t.same(t) {
			return cb.f.lua
		}
		keep = cb.f.block
	}
	if !keep.isCallback() {
		if lf := t.fn.last; lf != nil {
			if f := toFunction(lf); f.addr == addr && f.plan == t.fn.plan && f.errcheck == nil && f.convert == nil && f.timeout == 0 &&
				(f.owner == nil || f.owner.Mapped()) {
				return lf
			}
		}
	}
	name, owner := "", (*ffi.Object)(nil)
	if cb == nil {
		name, owner = ffi.FunctionAt(addr)
	}
	if name == "" {
		name = t.name
	}
	f := &function{name: name, addr: addr, owner: owner, useErrno: t.fn.useErrno, block: keep, watch: watchOf(name, addr, owner)}
	if err := f.declare(t); err != nil {
		raiseErr(L, "TypeError", t.name, err)
	}
	lf := s.bind(f)
	if !keep.isCallback() {
		f.block = nil
		t.fn.last = lf
	}
	return lf
}

// getFunction is the Lua function for the pointer that lies at v.
func (s *Session) getFunction(L *glua.LState, v *value) (glua.LValue, error) {
	bits, err := v.word()
	if err != nil || bits == 0 {
		return glua.LNil, err
	}
	keep := v.pointee(uintptr(bits))
	if err := keep.alive(); err != nil {
		return glua.LNil, err
	}
	if keep == v.block {
		keep = nil // where the pointer lies, not where it leads
	}
	return s.functionAt(L, v.t, uintptr(bits), keep), nil
}

// functionBits converts to a function pointer: nil, a callback, a C function, or a pointer that holds one.
func functionBits(lv glua.LValue, t *ctype) (addr uint64, keep *block, err error) {
	switch x := lv.(type) {
	case *glua.LNilType:
		return 0, nil, nil
	case *glua.LFunction:
		if f := toFunction(x); f != nil {
			return f.pointer(t)
		}
		return 0, nil, fmt.Errorf("%w: make a callback of it, T(f) with T a ctypes.CFUNCTYPE, and keep that as long as C may call it", cannot(lv, t))
	case glua.LNumber:
		return 0, nil, fmt.Errorf("%w: the type makes a function of an address, T(address)", cannot(lv, t))
	}
	if v := toValue(lv); v != nil && (v.t.op == opAddress || v.t.op == opFunction && v.t.fn.calledAlike(t.fn)) {
		return v.pointer()
	}
	return 0, nil, cannot(lv, t)
}

// pointer is the address of a C function where a pointer of type t is wanted, and what must live as long as that is kept.
func (f *function) pointer(t *ctype) (addr uint64, keep *block, err error) {
	switch {
	case f.owner != nil && !f.owner.Mapped():
		return 0, nil, &unloaded{what: "function " + f.name, library: f.owner}
	case f.cb != nil && t.op == opFunction && !f.cb.t.same(t) && !f.cb.t.fn.calledAlike(t.fn):
		return 0, nil, fmt.Errorf("cannot convert the callback %s of type %s to %s; if C is to call it so all the same, ctypes.cast it", f.name, f.cb.t.c, t.c)
	case f.cb == nil && f.c != nil && t.op == opFunction:
		own, err := f.s.wrap(types.PointerTo(f.c))
		if err == nil && own.op == opFunction && !own.fn.compiledAlike(t.fn) {
			return 0, nil, fmt.Errorf("cannot convert the function %s of type %s to %s; if C is to call it so all the same, ctypes.cast it", f.name, own.c, t.c)
		}
	}
	if f.block == nil && f.owner != nil && t.op == opFunction {
		f.block = &block{of: &foreign{owner: f.owner, what: "function " + f.name}}
	}
	return uint64(f.addr), f.block, nil
}

// callValue is v(...): a call through a function pointer.
func (s *Session) callValue(L *glua.LState) int {
	v := toValue(L.Get(1))
	if v == nil || v.t.op != opFunction {
		return valueCall(L)
	}
	fn, err := s.getFunction(L, v)
	if err == nil && fn == glua.LNil {
		err = errors.New("the function pointer is NULL")
	}
	if err != nil {
		raiseErr(L, "ValueError", v.t.name, err)
	}
	L.Remove(1)
	return fn.(*glua.LFunction).GFunction(L)
}

// helpCallback is what help says of a callback.
func helpCallback(f *function) string {
	return showFunction(f) + "\n    C calls the address and runs the Lua function; keep this value as long as C may call it" +
		"\n    onerror   what C gets when the Lua function fails, zero unless it is set; the error is raised when C returns"
}

// helpFunctionType is what help says of such a type.
func helpFunctionType(t *ctype) string {
	return "\n    make one  T(f) runs the Lua function f when C calls it; T(address); T(\"name\", lib [, {{1, \"x\"}, {2, \"y\"}}])" +
		"\n    also      T * n, T._restype_, T._argtypes_, " + strings.Join(typeMembers, ", ")
}
