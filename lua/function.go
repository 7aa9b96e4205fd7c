// This file defines function: a C function as Lua sees it, and the road of one call.

package lua

import (
	"fmt"
	"math"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
	"dlsh/types"
	"dlsh/types/dwarf"
)

// function is the record behind a C function. Lua holds a plain function value,
// which is the fastest thing gopher-lua can call; the record hangs on its upvalue,
// and the metatable all functions share finds it there.
type function struct {
	s        *Session
	lua      *glua.LFunction // the function value Lua calls
	proven   uint64          // ffi.Unloads when it was last seen to be code; 0 for what is looked at before every call
	isCode   bool            // it was seen to be
	byName   bool            // it was looked up by its name in a library
	watch    *watch          // of the few functions whose arguments are looked at
	name     string
	addr     uintptr
	owner    *ffi.Object // the object the code lies in; nil where the loader knows none
	args     []*ctype
	names    []string    // of the parameters, where C declared them
	c        *types.Type // the type C text or debug information gave it; nil once argtypes or restype are set
	explicit bool        // argtypes or restype were set in Lua, which wins over what C declares
	why      error       // why the C declaration there is cannot be used
	declared bool        // argtypes were set
	variadic bool        // argtypes ended in "...", or the function is known to be variadic
	result   *ctype
	timeout  float64         // how long a call may take, in seconds; 0 for ever
	untimed  glua.LGFunction // what a call with a timeout runs
	convert  *glua.LFunction // restype was a Lua function: it gets the int
	errcheck *glua.LFunction
	useErrno bool
	cb       *callback   // the Lua function it runs, for a callback
	block    *block      // keeps what a pointer to it needs: the callback, the library
	lib      *library    // that it was looked up in, which keeps it among those that declarations are for
	symbol   string      // that it was looked up by
	flags    []paramFlag // of a prototype: which parameters are given and which come back

	debug     *debugInfo      // of the library it lies in; nil where that is not to be asked
	due       bool            // it is to be asked before the first call; plan is nil so long
	setArgs   bool            // the parameters were set, in Lua or by C text
	setResult bool            // and the result
	compiled  *dwarf.Function // what the debug information says, once it was asked

	known    *variadic // what is known of it by its name and library; nil for most
	formatIs *format   // the format of the last call, where its last named parameter is one

	plan       *ffi.Plan // for calls with just the declared arguments; nil where a format must be read each time
	guessed    []*ctype  // the types of the last call that needed guessing, and its plan
	guessedFor *ffi.Plan
}

// toFunction gives the C function behind a Lua function, or nil.
func toFunction(lf *glua.LFunction) *function {
	if !lf.IsG || len(lf.Upvalues) != 1 {
		return nil
	}
	if ud, ok := lf.Upvalues[0].Value().(*glua.LUserData); ok {
		f, _ := ud.Value.(*function)
		return f
	}
	return nil
}

// newFunction makes the Lua function for C code at addr.
func (s *Session) newFunction(name string, addr uintptr, owner *ffi.Object, useErrno bool) *glua.LFunction {
	f := &function{s: s, name: name, addr: addr, owner: owner, useErrno: useErrno,
		result: s.simple["c_int"], known: knownVariadic(name, owner)}
	f.variadic, f.byName, f.watch = f.known != nil, true, watchOf(name, addr, owner)
	ud := s.L.NewUserData()
	ud.Value = f
	f.lua = s.L.NewClosure(f.call, ud)
	return f.lua
}

// call is the hot path: numbers to numbers without a look-up or an allocation.
func (f *function) call(L *glua.LState) int {
	if f.proven != ffi.Unloads {
		f.prove(L)
	}
	n := L.GetTop()
	plan, args := f.plan, f.args
	if plan == nil || n != len(args) {
		plan, args = f.guess(L, n)
	}
	result := f.result
	fr := plan.Frame()
	for i, t := range args {
		lv := L.Get(i + 1)
		switch x := lv.(type) {
		case glua.LNumber:
			v := float64(x)
			switch t.op {
			case opFloat64:
				fr.SetFloat(i, v)
				continue
			case opInt32:
				if k := int64(v); float64(k) == v && k >= math.MinInt32 && k <= math.MaxUint32 {
					fr.SetInt(i, uint64(int64(int32(k))))
					continue
				}
			case opUint32:
				if k := int64(v); float64(k) == v && k >= math.MinInt32 && k <= math.MaxUint32 {
					fr.SetInt(i, uint64(uint32(k)))
					continue
				}
			case opInt64, opUint64:
				if v >= -(1<<63) && v < 1<<63 {
					if k := int64(v); float64(k) == v {
						fr.SetInt(i, uint64(k))
						continue
					}
				}
			}
		case glua.LString:
			if t.op == opString {
				fr.SetInt(i, uint64(fr.CString(string(x))))
				continue
			}
		}
		if err := f.s.argument(L, fr, i, t, lv); err != nil {
			f.s.abandon(fr)
			raiseErr(L, "ArgumentError", fmt.Sprintf("%s: argument %d", f.name, i+1), err)
		}
	}
	if f.proven != ffi.Unloads {
		f.proveAgain(L, fr)
	}
	var out *value
	if result.op == opRecord || result.op == opComplex {
		out = f.resultMemory(L, fr, result)
	}
	var err error
	if f.useErrno {
		f.s.swapErrno()
		err = fr.Call(f.addr)
		f.s.swapErrno()
	} else {
		err = fr.Call(f.addr)
	}
	if err != nil {
		f.crashed(L, fr, n, err)
	}
	if f.watch != nil && f.watch.after != nil {
		f.watch.after(f, f.watch, L, fr.Int())
	}
	if f.s.after != 0 {
		f.afterCall(L, fr)
	}
	if f.errcheck == nil && f.convert == nil {
		switch result.op {
		case opInt32:
			r := int32(fr.Int())
			fr.Done()
			L.Push(f.s.boxes.int32(r))
			return 1
		case opFloat64:
			r := fr.Float()
			fr.Done()
			L.Push(f.s.boxes.number(r))
			return 1
		case opUint64:
			r := fr.Int()
			fr.Done()
			L.Push(f.s.boxes.uint64(L, r))
			return 1
		case opInt64:
			r := int64(fr.Int())
			fr.Done()
			L.Push(f.s.boxes.int64(L, r))
			return 1
		case opVoid:
			fr.Done()
			return 0
		}
	}
	return f.finish(L, fr, n, result, out)
}

// resultMemory makes the value that a record or complex result goes to. Large ones C stores there itself.
func (f *function) resultMemory(L *glua.LState, fr *ffi.Frame, t *ctype) *value {
	out, err := newValue(t)
	if err != nil {
		f.s.abandon(fr)
		raiseErr(L, "MemoryError", f.name+": result", err)
	}
	fr.SetResult(out.addr)
	return out
}

// abandon gives up a call that will not be made, with the callbacks that were made for it.
func (s *Session) abandon(fr *ffi.Frame) {
	s.release(fr)
	fr.Done()
}

// asParameter is what a table stands for as an argument: its _as_parameter_, which may be such a table again.
// Tables that lead in a circle stand for themselves.
func asParameter(L *glua.LState, lv glua.LValue) glua.LValue {
	for depth := 0; depth < 8; depth++ {
		table, ok := lv.(*glua.LTable)
		if !ok {
			break
		}
		param := L.GetField(table, "_as_parameter_")
		if param == glua.LNil {
			break
		}
		lv = param
	}
	return lv
}

// argumentOf is asParameter for a call under way, which what it runs, an __index, may end by an error.
func (s *Session) argumentOf(L *glua.LState, fr *ffi.Frame, lv glua.LValue) glua.LValue {
	if lv.Type() != glua.LTTable {
		return lv
	}
	thrown := true
	defer func() {
		if thrown {
			s.abandon(fr)
		}
	}()
	lv = asParameter(L, lv)
	thrown = false
	return lv
}

// argument converts what the hot path does not.
func (s *Session) argument(L *glua.LState, fr *ffi.Frame, i int, t *ctype, lv glua.LValue) error {
	lv = s.argumentOf(L, fr, lv)
	if t.op == opFunction && callable(L, lv) {
		return s.passFunction(fr, i, t, lv)
	}
	if t.op == opRecord {
		return s.recordArgument(fr, i, t, lv)
	}
	if t.op == opLongDouble || t.op == opComplex {
		convert := longDoubleBytes
		if t.op == opComplex {
			convert = complexBytes
		}
		b, err := convert(lv, t)
		if err != nil {
			return err
		}
		fr.SetBytes(i, b)
		return nil
	}
	bits, keep, err := scalarBits(lv, t, true)
	if err != nil {
		return err
	}
	if keep != nil {
		fr.Hold(keep)
	}
	fr.SetInt(i, bits)
	return nil
}

// recordArgument passes a struct or union by value: its bytes go into the frame.
func (s *Session) recordArgument(fr *ffi.Frame, i int, t *ctype, lv glua.LValue) error {
	v := toValue(lv)
	if v == nil || !v.t.standsFor(t) {
		// What initialises such a record may stand for one: {1, 2}, {x = 1}.
		if lv.Type() != glua.LTTable {
			return cannot(lv, t)
		}
		var err error
		if v, err = newValue(t); err != nil {
			return err
		}
		if err := s.setRecord(v, lv); err != nil {
			return err
		}
	}
	if v.block != nil {
		fr.Hold(v.block) // what its pointers lead to
		if v.block.holds(v.addr, t.size) {
			at := v.addr - ffi.Address(v.block.mem)
			fr.SetBytes(i, v.block.mem[at:at+uintptr(t.size)])
			return nil
		}
	}
	b, err := ffi.Alloc(t.size)
	if err == nil {
		err = v.read(b)
	}
	if err != nil {
		return err
	}
	fr.SetBytes(i, b)
	return nil
}

// finish turns the result into Lua values, by errcheck or a restype function where there is one.
func (f *function) finish(L *glua.LState, fr *ffi.Frame, n int, result *ctype, out *value) int {
	var lv glua.LValue
	var err error
	if out != nil {
		fr.Bytes(out.block.mem)
		lv, err = f.s.get(L, out)
	} else {
		lv, err = f.resultValue(L, fr, result)
	}
	fr.Done()
	if err != nil {
		raiseErr(L, "ValueError", f.name+": result", err)
	}
	if f.convert != nil {
		L.Push(f.convert)
		L.Push(lv)
		L.Call(1, 1)
		lv = L.Get(-1)
		L.Pop(1)
	}
	if f.errcheck != nil {
		args := L.CreateTable(n, 0)
		for i := 1; i <= n; i++ {
			args.RawSetInt(i, given(L, i, n))
		}
		L.Push(f.errcheck)
		L.Push(lv)
		L.Push(f.lua)
		L.Push(args)
		L.Call(3, 1)
		lv = L.Get(-1)
		L.Pop(1)
	} else if result.op == opVoid && f.convert == nil {
		return 0
	}
	L.Push(lv)
	return 1
}

func (f *function) resultValue(L *glua.LState, fr *ffi.Frame, t *ctype) (glua.LValue, error) {
	switch t.op {
	case opVoid:
		return glua.LNil, nil
	case opLongDouble:
		var b [16]byte
		fr.Bytes(b[:])
		return longValue(L, b[:]), nil
	case opFunction:
		return f.s.functionAt(L, t, uintptr(fr.Int()), nil), nil
	case opPointer:
		addr := fr.Int()
		if addr == 0 {
			return glua.LNil, nil
		}
		return f.s.makePointer(L, t, addr, nil), nil
	default:
		return f.s.fromWord(L, extend(fr.Int(), t.op), t)
	}
}

// guess works out the types of a call with arguments that were not declared, and
// refuses calls with too few or too many. The plan of the last such call is kept.
func (f *function) guess(L *glua.LState, n int) (*ffi.Plan, []*ctype) {
	if f.due {
		if f.settle(); f.plan != nil && n == len(f.args) {
			return f.plan, f.args
		}
	}
	if f.why != nil {
		raise(L, "TypeError", "%s cannot be called as C declares it: %s; argtypes and restype of your own come first",
			f.name, strings.TrimPrefix(f.why.Error(), "function "+f.name+": "))
	}
	if f.declared && n < len(f.args) {
		raise(L, "TypeError", "%s: %s given, %d wanted%s", f.name, plural(int64(n), "argument"), len(f.args), f.paramList())
	}
	if f.declared && n > len(f.args) && !f.variadic {
		raise(L, "TypeError", "%s: %s given, %d wanted%s; if it is variadic, end its argtypes with \"...\"",
			f.name, plural(int64(n), "argument"), len(f.args), f.paramList())
	}
	if f.adapts() {
		f.adapt(L, n)
	}
	wants := f.wants(L, n)
	// A list is never written to again: a conversion may run Lua code that calls the function once more.
	list, plan := f.guessed, f.guessedFor
	same := plan != nil && len(list) == n
	if !same {
		list = make([]*ctype, 0, n)
	}
	for i := 0; i < n; i++ {
		t := f.typeOf(L, i, wants)
		if same && list[i] != t {
			same = false
			list = append(make([]*ctype, 0, n), list[:i]...)
		}
		if !same {
			list = append(list, t)
		}
	}
	if same {
		return plan, list
	}
	plan, err := f.prepare(list)
	if err != nil {
		raiseErr(L, "TypeError", f.name, err)
	}
	if f.s.options.Interactive {
		f.note(list)
	}
	f.guessed, f.guessedFor = list, plan
	return plan, list
}

// wants reads the format of a call and checks that there are enough arguments for it.
func (f *function) wants(L *glua.LState, n int) []want {
	if f.known == nil {
		return nil
	}
	named := f.known.named
	if n < named {
		raise(L, "TypeError", "%s: %s given, at least %d wanted", f.name, plural(int64(n), "argument"), named)
	}
	if !f.known.hasFormat() {
		return nil
	}
	text, ok := formatOf(asParameter(L, L.Get(named)))
	if !ok {
		return nil
	}
	how := f.formatIs
	if how == nil || how.text != text {
		how = f.s.readFormat(text, f.known.format)
		f.formatIs = how
	}
	if n < named+len(how.wants) {
		raise(L, "TypeError", "%s: the format %s wants %s, %d given", f.name, describe(glua.LString(text)),
			plural(int64(len(how.wants)), "argument"), n-named)
	}
	return how.wants
}

// typeOf chooses the C type of argument i, counted from 0: the declared one, what
// the format wants, or what can be guessed from the value.
func (f *function) typeOf(L *glua.LState, i int, wants []want) *ctype {
	if i < len(f.args) && f.args[i].adapter == nil {
		return f.args[i]
	}
	lv := asParameter(L, L.Get(i+1))
	var t *ctype
	var err error
	switch j := i - f.named(); {
	case !f.variadic || j < 0:
		t, err = f.s.infer(lv)
	case j < len(wants):
		t, err = wants[j].as, wants[j].check(lv)
	default:
		t, err = f.s.promoted(lv)
	}
	if err != nil {
		raise(L, "ArgumentError", "%s: argument %d: %v", f.name, i+1, err)
	}
	return t
}

func (f *function) paramList() string {
	if len(f.args) == 0 {
		return ""
	}
	var names []string
	for _, t := range f.args {
		names = append(names, t.c.String())
	}
	return " (" + strings.Join(names, ", ") + ")"
}

// named is how many parameters the prototype of a variadic function names: what is
// known of the function, or what was declared before "...".
func (f *function) named() int {
	if f.known != nil {
		return f.known.named
	}
	return len(f.args)
}

func (f *function) prepare(args []*ctype) (*ffi.Plan, error) {
	sig := ffi.Signature{Result: f.result.c, Variadic: f.variadic, Fixed: min(f.named(), len(args))}
	for _, t := range args {
		sig.Params = append(sig.Params, t.c)
	}
	return ffi.Prepare(sig)
}

// passedTypes are the types that arguments go as when nobody declared them. They are
// kept apart from s.simple because a call should not have to look them up by name.
type passedTypes struct{ int, int64, uint64, double, address, text *ctype }

func (s *Session) passedTypes() passedTypes {
	return passedTypes{int: s.simple["c_int"], int64: s.simple["c_longlong"], uint64: s.simple["c_ulonglong"],
		double: s.simple["c_double"], address: s.simple["c_void_p"], text: s.simple["c_char_p"]}
}

// infer chooses the C type of an argument nobody declared: whole numbers go as
// int, strings as char *, nil as NULL, ctypes values as themselves.
func (s *Session) infer(lv glua.LValue) (*ctype, error) {
	switch x := lv.(type) {
	case *glua.LNilType:
		return s.passed.address, nil
	case glua.LString:
		return s.passed.text, nil
	case glua.LBool:
		return s.passed.int, nil
	case glua.LNumber:
		v := float64(x)
		whole := v == math.Trunc(v) && !math.IsInf(v, 0)
		switch {
		case whole && v >= math.MinInt32 && v <= math.MaxUint32:
			return s.passed.int, nil
		case whole:
			return nil, fmt.Errorf("%s does not fit int; declare argtypes", describe(lv))
		}
		return nil, fmt.Errorf("cannot guess a C type for %s; declare argtypes, or pass ctypes.c_double(%s)", describe(lv), numberText(v))
	case *glua.LFunction:
		if toFunction(x) != nil {
			return s.passed.address, nil
		}
		return nil, fmt.Errorf("cannot guess a C type for %s; pass a callback, such as ctypes.CFUNCTYPE(\"int\", \"int\")(f), or declare argtypes", describe(lv))
	case *glua.LUserData:
		switch v := x.Value.(type) {
		case int64:
			return s.passed.int64, nil
		case uint64:
			return s.passed.uint64, nil
		case *longDouble:
			return s.simple["c_longdouble"], nil
		case *complexNumber:
			return nil, fmt.Errorf("cannot guess a C type for %s; declare argtypes, or pass ctypes.c_double_complex(z)", describe(lv))
		case *reference:
			return s.passed.address, nil
		case *value:
			if v.t.op == opArray {
				return s.passed.address, nil
			}
			return v.t, nil
		}
	}
	return nil, fmt.Errorf("cannot guess a C type for %s; declare argtypes", describe(lv))
}

// swapErrno exchanges C's errno with the session's copy, as ctypes does around a
// call with use_errno: what other calls do in between does not disturb it.
func (s *Session) swapErrno() {
	if addr := s.strand().errno; addr != 0 {
		s.swapErrnoAt(addr)
	} else {
		s.swapErrnoAt(ffi.Errno())
	}
}

func (s *Session) swapErrnoAt(addr uintptr) {
	if addr == 0 {
		return
	}
	var b, mine [4]byte
	if ffi.Read(b[:], addr) != nil {
		return
	}
	putWord(mine[:], uint64(uint32(s.errno)), 4)
	if ffi.Write(addr, mine[:]) == nil {
		s.errno = int32(getWord(b[:], 4))
	}
}
