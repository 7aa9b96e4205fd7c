// This file defines POINTER, pointer, byref, cast, addressof and the other functions about addresses.

package lua

import (
	"fmt"
	"math"
	"runtime"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// checkValue takes a C object from Lua.
func (s *Session) checkValue(L *glua.LState, fn string, n int) *value {
	v := toValue(L.Get(n))
	if v == nil {
		hint := ""
		switch x := L.Get(n).(type) {
		case glua.LNumber:
			hint = "; make one of it, such as ctypes.c_int(" + numberText(float64(x)) + ")"
			if float64(x) != math.Trunc(float64(x)) {
				hint = "; make one of it, such as ctypes.c_double(" + numberText(float64(x)) + ")"
			}
		case glua.LString:
			hint = "; make one of it with ctypes.create_string_buffer"
		case *glua.LFunction:
			if f := toFunction(x); f != nil {
				hint = "; one that holds the pointer is v = T(), v.value = f, with T a ctypes.CFUNCTYPE"
			}
		}
		raise(L, "TypeError", "%s: argument %d: a ctypes value is wanted, not %s%s", fn, n, describe(L.Get(n)), hint)
	}
	return v
}

// checkAddress takes an address from Lua: a number, or whatever a void * parameter
// takes except a string. keep is the block it is known to lead into.
func (s *Session) checkAddress(L *glua.LState, fn string, n int) (addr uintptr, keep *block) {
	bits, keep, err := pointerBits(L.Get(n), voidPointer)
	switch {
	case err != nil && aboutMemory(err):
		raiseErr(L, "OSError", fmt.Sprintf("%s: argument %d", fn, n), err)
	case err != nil:
		raise(L, "TypeError", "%s: argument %d: an address, pointer or array is wanted, not %s", fn, n, describe(L.Get(n)))
	}
	return uintptr(bits), keep
}

// checkArea is checkAddress for size bytes to copy or fill. Where the address leads
// to a ctypes value, the area must lie inside its memory: beyond it are Go's own things.
func (s *Session) checkArea(L *glua.LState, fn string, n int, size int64) (addr uintptr, keep *block) {
	addr, keep = s.checkAddress(L, fn, n)
	if keep != nil && keep.holds(addr, 0) && !keep.holds(addr, size) {
		raise(L, "ValueError", "%s: argument %d: %s do not fit into %s, there are %d left", fn, n, plural(size, "byte"),
			describe(L.Get(n)), ffi.Address(keep.mem)+uintptr(len(keep.mem))-addr)
	}
	return addr, keep
}

// makePointer makes a pointer of type t to addr, which leads into b, or nobody knows where for nil.
func (s *Session) makePointer(L *glua.LState, t *ctype, addr uint64, b *block) *glua.LUserData {
	p, err := newValue(t)
	if err != nil {
		raiseErr(L, "MemoryError", "", err)
	}
	putWord(p.block.mem, addr, pointerSize)
	if b != nil {
		p.hold(b, uintptr(addr))
	} else if b = s.memoryAt(uintptr(addr)); b != nil {
		p.block.into = note{b, uintptr(addr)}
	}
	return s.wrapValue(p)
}

// pointerType is POINTER(T); POINTER(nil) is c_void_p, as in ctypes.
func (s *Session) pointerType(L *glua.LState) int {
	if L.GetTop() == 1 && L.Get(1) == glua.LNil {
		L.Push(s.simple["c_void_p"].ud)
		return 1
	}
	L.Push(s.pointerTo(s.checkType(L, "POINTER", 1)).ud)
	return 1
}

// pointerOf is pointer(x): a new pointer to x.
func (s *Session) pointerOf(L *glua.LState) int {
	v := s.checkValue(L, "pointer", 1)
	if err := v.alive(); err != nil {
		raiseErr(L, "OSError", "pointer", err)
	}
	v.expose()
	L.Push(s.makePointer(L, s.pointerTo(v.t), uint64(v.addr), v.block))
	return 1
}

// byref is byref(x [, offset]): x's address for an argument, without the cost of a pointer object.
func (s *Session) byref(L *glua.LState) int {
	v := s.checkValue(L, "byref", 1)
	if err := v.alive(); err != nil {
		raiseErr(L, "OSError", "byref", err)
	}
	offset := int64(0)
	if lv := L.Get(2); lv != glua.LNil {
		bits, room, err := wholeBits(lv, sizeType)
		if err != nil {
			raiseErr(L, "TypeError", "byref: argument 2", err)
		}
		offset = int64(bits)
		if _, ok := moveAddress(v.addr, offset, 1); !ok || room != spanSigned {
			raise(L, "OverflowError", "byref: argument 2: the offset %s leads out of the address space", wholeText(lv))
		}
	}
	v.expose()
	L.Push(&glua.LUserData{Value: &reference{v, offset}, Env: L.Env, Metatable: s.valueMT})
	return 1
}

// cast is cast(x, T): the address in x as a pointer of type T. The memory that x
// points into stays alive as long as the new pointer.
func (s *Session) cast(L *glua.LState) int {
	t := s.checkType(L, "cast", 2)
	if !t.isPointer() {
		raise(L, "TypeError", "cast: argument 2: a pointer type is wanted, not %s", t.c)
	}
	// Whatever goes into a void * can be cast; messages speak of the type that is wanted.
	anything := *t
	anything.op = opAddress
	addr, keep, err := scalarBits(L.Get(1), &anything, true)
	if err != nil {
		raiseErr(L, "ArgumentError", "cast: argument 1", err)
	}
	s.journal.usesAddress(addr)
	if t.op == opFunction {
		L.Push(s.functionAt(L, t, uintptr(addr), keep))
		return 1
	}
	L.Push(s.makePointer(L, t, addr, keep))
	return 1
}

// addressof is addressof(x): where x lies, as a number.
func (s *Session) addressof(L *glua.LState) int {
	v := s.checkValue(L, "addressof", 1)
	v.expose()
	L.Push(uintValue(L, uint64(v.addr)))
	return 1
}

// sizeof is sizeof(T or x), alignment is alignment(T or x), in bytes.
func (s *Session) sizeof(L *glua.LState) int    { return s.measure(L, "sizeof") }
func (s *Session) alignment(L *glua.LState) int { return s.measure(L, "alignment") }

func (s *Session) measure(L *glua.LState, fn string) int {
	var t *ctype
	if v := toValue(L.Get(1)); v != nil {
		t = v.t
	} else {
		t = s.checkType(L, fn, 1)
	}
	if t.op == opVoid {
		raise(L, "TypeError", "%s: void has no size", fn)
	}
	if t.op == opRecord && !t.rec.complete {
		raise(L, "TypeError", "%s: %s", fn, t.sizeless()+s.nearTags(t))
	}
	n := t.size
	if v := toValue(L.Get(1)); v != nil {
		n = v.extent()
	}
	if fn == "alignment" {
		n = t.align
	}
	L.Push(intValue(L, n))
	return 1
}

// memmove is memmove(to, from, n); from may be a string. It gives the address written to.
func (s *Session) memmove(L *glua.LState) int {
	n := s.checkSize(L, "memmove", 3)
	to, into := s.checkArea(L, "memmove", 1, n)
	var err error
	if str, ok := L.Get(2).(glua.LString); ok {
		if n > int64(len(str))+1 {
			raise(L, "ValueError", "memmove: %s asked for, the string has %d", plural(n, "byte"), len(str))
		}
		var b []byte
		if b, err = ffi.Alloc(n); err == nil {
			copy(b, str)
			err = ffi.Write(to, b)
		}
	} else {
		from, source := s.checkArea(L, "memmove", 2, n)
		if err = ffi.Move(to, from, n); err == nil {
			into.copyBytesNotes(to, source, from, n)
		}
	}
	if err != nil {
		raiseErr(L, "ValueError", "memmove", err)
	}
	runtime.KeepAlive(into)
	L.Push(uintValue(L, uint64(to)))
	return 1
}

// memset is memset(to, byte, n). It gives the address written to.
func (s *Session) memset(L *glua.LState) int {
	n := s.checkSize(L, "memset", 3)
	to, into := s.checkArea(L, "memset", 1, n)
	c, err := integerBits(L.Get(2), s.simple["c_int"], true)
	if err != nil {
		raiseErr(L, "TypeError", "memset: argument 2", err)
	}
	if err := ffi.Set(to, byte(c), n); err != nil {
		raiseErr(L, "ValueError", "memset", err)
	}
	runtime.KeepAlive(into)
	L.Push(uintValue(L, uint64(to)))
	return 1
}
