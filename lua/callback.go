// This file defines callback: a Lua function that C can call.

package lua

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"weak"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// callbacks is what a session knows of function pointers and of those who call back.
type callbacks struct {
	functionTypes map[string][]*ctype            // CFUNCTYPEs by the names of the types in them
	names         map[*glua.FunctionProto]string // of Lua functions, for messages
	passing       []passed                       // callbacks made for the calls under way
	idle          []*glua.LState                 // threads for the next callbacks
	running       []within                       // callbacks under way
	resumed       []*glua.LState                 // coroutines under way
	home          strand                         // the main thread

	after          int // what is to be done when a call returns: callbacks to free, troubles to raise
	foreignTrouble *trouble
	trail          trail
	screen         screen
	reading        any  // the file the main thread waits for
	closed         bool // Close was called
}

// callback is a Lua function behind a C function pointer. What Lua holds of it is a function that calls it by way
// of C (f); it lives as long as that does, or as a pointer to it that is stored in a C value. The stub that C calls
// refers to it weakly, so a function that mentions its own callback is garbage like any other.
type callback struct {
	s    *Session
	t    *ctype
	f    *function
	fn   glua.LValue // what runs: a function, or a table with __call
	name string
	stub *stub
	kept *block // what the result of the last call points to

	onerror      glua.LValue // what C gets when fn fails; nil for zero
	onerrorFixed outcome
}

// stub gives ffi's callback back when nothing refers to it any more. It refers to nothing itself, because Go
// finalizes nothing that is part of a circle.
type stub struct{ c *ffi.Callback }

// stubs finds the callback of a stub, for pointers that come back from C.
var stubs = struct {
	sync.Mutex
	of map[*ffi.Callback]weak.Pointer[callback]
}{of: map[*ffi.Callback]weak.Pointer[callback]{}}

// free gives the stub back, the first time it is called. Finalizers run on a goroutine of their own.
func (st *stub) free() {
	stubs.Lock()
	delete(stubs.of, st.c)
	stubs.Unlock()
	st.c.Free()
}

// callbackAt is the live callback whose stub is at addr, or nil.
func callbackAt(addr uintptr) *callback {
	c := ffi.CallbackAt(addr)
	if c == nil {
		return nil
	}
	stubs.Lock()
	defer stubs.Unlock()
	return stubs.of[c].Value()
}

// newCallback makes a callback and gives the Lua function that stands for it.
func (s *Session) newCallback(L *glua.LState, t *ctype, fn glua.LValue) *glua.LFunction {
	if err := t.fn.ready(); err != nil {
		raiseErr(L, "TypeError", t.name, err)
	}
	cb, err := s.callback(t, fn, "")
	if err != nil {
		raiseErr(L, "OSError", t.name, err)
	}
	return cb.f.lua
}

// callable reports whether a callback can be made of a value: of a Lua function, or a table that can be called.
func callable(L *glua.LState, lv glua.LValue) bool {
	switch x := lv.(type) {
	case *glua.LFunction:
		return toFunction(x) == nil
	case *glua.LTable:
		return L.GetMetaField(x, "__call") != glua.LNil
	}
	return false
}

// callback makes a callback; more is added to its name for the complaint about a call that comes too late.
func (s *Session) callback(t *ctype, fn glua.LValue, more string) (*callback, error) {
	if err := t.fn.ready(); err != nil {
		return nil, err
	}
	name := s.nameOf(fn)
	cb := &callback{s: s, t: t, fn: fn, name: name}
	weakly := weak.Make(cb)
	c, err := ffi.NewCallback(t.fn.sig, name+more, func(in *ffi.Incoming) {
		if cb := weakly.Value(); cb != nil {
			cb.called(in)
		} else {
			ffi.Stale(name + more) // its stub is about to be freed
		}
	})
	if err != nil {
		return nil, err
	}
	cb.stub = &stub{c}
	runtime.SetFinalizer(cb.stub, (*stub).free)
	stubs.Lock()
	stubs.of[c] = weakly
	stubs.Unlock()
	cb.f = &function{name: name, addr: c.Addr(), cb: cb, block: &block{of: &foreign{callback: cb}}, useErrno: t.fn.useErrno}
	s.bind(cb.f)
	return cb, cb.f.declare(t)
}

// nameOf names a Lua function in messages: by the global it is, or by where it stands.
func (s *Session) nameOf(fn glua.LValue) string {
	lf, ok := fn.(*glua.LFunction)
	if !ok {
		return "a " + fn.Type().String()
	}
	if name, ok := s.names[lf.Proto]; ok && !lf.IsG {
		return name
	}
	name := ""
	s.L.Get(glua.GlobalsIndex).(*glua.LTable).ForEach(func(k, v glua.LValue) {
		if v == fn {
			name = k.String()
		}
	})
	switch {
	case lf.IsG && name == "":
		return "a built-in function"
	case lf.IsG:
		return name
	case name == "":
		name = fmt.Sprintf("%s:%d", lf.Proto.SourceName, lf.Proto.LineDefined)
	}
	if len(s.names) > 1000 || s.names == nil { // a cache: callbacks are made in loops
		s.names = map[*glua.FunctionProto]string{}
	}
	s.names[lf.Proto] = name
	return name
}

// called is one call from C. An error that Lua throws is caught here and not by PCall: one defer does for all, and a
// thread that was thrown out of is not used again.
func (cb *callback) called(in *ffi.Incoming) {
	s := cb.s
	L := s.enter(in)
	done := false
	defer cb.ended(L, in, &done)
	if cb.t.fn.useErrno {
		s.swapErrnoAt(in.Errno())
		cb.run(L, in)
		s.swapErrnoAt(in.Errno())
	} else {
		cb.run(L, in)
	}
	done = true
}

// ended is what is left to do after a call, however it went.
func (cb *callback) ended(L *glua.LState, in *ffi.Incoming, done *bool) {
	var err error
	if !*done {
		problem := recover()
		var ok bool
		err, ok = problem.(error)
		if !ok {
			err = errors.New(fmt.Sprint(problem)) // gopher-lua's own, of a stack that is full
		}
		if cb.t.fn.useErrno {
			cb.s.swapErrnoAt(in.Errno())
		}
		cb.fail(L, in, err)
	}
	if err != nil || stopping.Load() != 0 {
		cb.s.leaveCall(in, err)
	}
	cb.s.leave(L, in, *done)
}

// run converts the arguments, runs the Lua function and converts its result.
func (cb *callback) run(L *glua.LState, in *ffi.Incoming) {
	s, p := cb.s, cb.t.fn
	L.Push(cb.fn)
	for i, t := range p.params {
		switch t.op {
		case opInt32:
			L.Push(s.boxes.int32(int32(in.Int(i))))
		case opFloat64:
			L.Push(s.boxes.number(in.Float(i)))
		default:
			lv, err := cb.argument(L, in, i, t)
			if err != nil {
				cb.fail(L, in, s.thrown(L, "ArgumentError", fmt.Sprintf("argument %d", i+1), err))
				return
			}
			L.Push(lv)
		}
	}
	if p.result.op == opVoid {
		L.Call(len(p.params), 0)
		return
	}
	L.Call(len(p.params), 1)
	lv := L.Get(-1)
	L.Pop(1)
	if n, ok := lv.(glua.LNumber); ok {
		switch v := float64(n); p.result.op {
		case opInt32:
			if k := int64(v); float64(k) == v && k >= math.MinInt32 && k <= math.MaxInt32 {
				in.SetInt(uint64(k))
				return
			}
		case opFloat64:
			in.SetFloat(v)
			return
		}
	}
	o, err := s.outcome(L, p.result, lv)
	if err != nil {
		cb.fail(L, in, s.thrown(L, "TypeError", "result", err))
		return
	}
	cb.give(in, o)
}

// argument is an argument as a Lua value, as ctypes gives them: strings, nil for NULL, a copy of a struct. The
// commonest numbers are run's.
func (cb *callback) argument(L *glua.LState, in *ffi.Incoming, i int, t *ctype) (glua.LValue, error) {
	s := cb.s
	switch t.op {
	case opInt64:
		return s.boxes.int64(L, int64(in.Int(i))), nil
	case opUint64:
		return s.boxes.uint64(L, in.Int(i)), nil
	case opFloat32:
		return s.boxes.number(float64(in.Float32(i))), nil
	case opPointer:
		if addr := in.Int(i); addr != 0 {
			return s.makePointer(L, t, addr, nil), nil
		}
		return glua.LNil, nil
	case opFunction:
		return s.functionAt(L, t, uintptr(in.Int(i)), nil), nil
	}
	if t.op.word() {
		return s.fromWord(L, extend(in.Int(i), t.op), t)
	}
	v, err := newValue(t)
	if err != nil {
		return glua.LNil, err
	}
	in.Bytes(i, v.block.mem)
	return s.get(L, v)
}

// word reports whether values of the type travel as one integer word.
func (o op) word() bool {
	switch o {
	case opBool, opChar, opWChar, opString, opWString, opAddress, opPointer, opFunction:
		return true
	}
	return o.integer()
}

// outcome is a result, converted: a word, or the bytes of what is none.
type outcome struct {
	bits  uint64
	bytes []byte
	keep  *block // what it points to
}

// outcome converts a result, as strictly as an argument.
func (s *Session) outcome(L *glua.LState, t *ctype, lv glua.LValue) (o outcome, err error) {
	lv = asParameter(L, lv)
	if t.op.word() || t.op == opFloat32 || t.op == opFloat64 {
		o.bits, o.keep, err = scalarBits(lv, t, true)
		return o, err
	}
	if t.op == opLongDouble { // not by set, which takes text
		o.bytes, err = longDoubleBytes(lv, t)
		return o, err
	}
	v, err := newValue(t)
	if err == nil {
		err = s.set(v, lv)
	}
	if err == nil {
		o.bytes, o.keep = v.block.mem, v.block
	}
	return o, err
}

// give makes an outcome the result of a call. What it points to lives until the next one, or as long as the callback.
func (cb *callback) give(in *ffi.Incoming, o outcome) {
	cb.kept = o.keep
	switch t := cb.t.fn.result; {
	case o.bytes != nil:
		in.SetBytes(o.bytes)
	case t.op == opFloat32:
		in.SetFloat32(math.Float32frombits(uint32(o.bits)))
	case t.op == opFloat64:
		in.SetFloat(math.Float64frombits(o.bits))
	default:
		in.SetInt(o.bits)
	}
}

// fail ends a call that went wrong: C gets what onerror says, Lua the error as soon as it can take it.
func (cb *callback) fail(L *glua.LState, in *ffi.Incoming, err error) {
	if cb.onerror != nil {
		cb.give(in, cb.onerrorFixed)
	}
	cb.s.failed(cb.name, in.Foreign(), err)
}

// members are what can stand behind a function and a dot.
func (f *function) members() []string {
	if f.cb != nil {
		return append([]string{"onerror"}, functionMembers...)
	}
	return functionMembers
}

// setOnError is f.onerror = lv.
func (f *function) setOnError(L *glua.LState, lv glua.LValue) {
	cb := f.cb
	switch {
	case cb == nil:
		raise(L, "AttributeError", "%s.onerror: only a callback has one: %s is C's own function", f.name, f.name)
	case lv == glua.LNil:
		cb.onerror = nil
		return
	case cb.t.fn.result.op == opVoid:
		raise(L, "TypeError", "%s.onerror: the callback returns nothing", f.name)
	}
	o, err := f.s.outcome(L, cb.t.fn.result, lv)
	if err != nil {
		raiseErr(L, "TypeError", f.name+".onerror", err)
	}
	cb.onerror, cb.onerrorFixed = lv, o
}

// passFunction passes a plain Lua function to a C function: as a callback that C may call until it returns.
func (s *Session) passFunction(fr *ffi.Frame, i int, t *ctype, fn glua.LValue) error {
	cb, err := s.callback(t, fn, passedSuffix)
	if err != nil {
		return err
	}
	s.passing = append(s.passing, passed{fr, cb})
	s.after++
	fr.SetInt(i, uint64(cb.f.addr))
	return nil
}

// passed is a callback made for one call.
type passed struct {
	frame *ffi.Frame
	cb    *callback
}

// passedSuffix marks the name of such a callback.
const passedSuffix = "\x00passed"

// release ends the callbacks made for a call.
func (s *Session) release(fr *ffi.Frame) {
	kept := s.passing[:0]
	for _, p := range s.passing {
		if p.frame == fr {
			p.cb.stub.free()
			s.after--
		} else {
			kept = append(kept, p)
		}
	}
	clear(s.passing[len(kept):])
	s.passing = kept
}
