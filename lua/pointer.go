// This file defines POINTER, pointer, byref, cast, addressof and the other functions about addresses.

package lua

import (
	"runtime"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// checkValue takes a C object from Lua.
func (s *Session) checkValue(L *glua.LState, fn string, n int) *value {
	v := toValue(L.Get(n))
	if v == nil {
		raise(L, "TypeError", "%s: argument %d: a ctypes value is wanted, not %s", fn, n, describe(L.Get(n)))
	}
	return v
}

// checkAddress takes an address from Lua: a number, or whatever a void * parameter takes except a string.
func (s *Session) checkAddress(L *glua.LState, fn string, n int) uintptr {
	bits, _, err := pointerBits(L.Get(n), s.simple["c_void_p"])
	if err != nil {
		raise(L, "TypeError", "%s: argument %d: an address, pointer or array is wanted, not %s", fn, n, describe(L.Get(n)))
	}
	return uintptr(bits)
}

// checkArea is checkAddress for size bytes to copy or fill. Where the address leads
// to a ctypes value, the area must lie inside its memory: beyond it are Go's own things.
func (s *Session) checkArea(L *glua.LState, fn string, n int, size int64) uintptr {
	addr := s.checkAddress(L, fn, n)
	_, keep, _ := pointerBits(L.Get(n), s.simple["c_void_p"])
	if keep != nil && keep.holds(addr, 0) && (size > int64(len(keep.mem)) || !keep.holds(addr, size)) {
		raise(L, "ValueError", "%s: argument %d: %s do not fit into %s, there are %d left", fn, n, plural(size, "byte"),
			describe(L.Get(n)), int64(ffi.Address(keep.mem))+int64(len(keep.mem))-int64(addr))
	}
	return addr
}

// makePointer makes a pointer of type t that holds addr and keeps b alive.
func (s *Session) makePointer(L *glua.LState, t *ctype, addr uint64, b *block) *glua.LUserData {
	p, err := newValue(t)
	if err != nil {
		raiseErr(L, "MemoryError", "", err)
	}
	putWord(p.block.mem, addr, 8)
	p.hold(b)
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
	if L.Get(2) != glua.LNil {
		bits, err := integerBits(L.Get(2), sizeType, false)
		if err != nil {
			raiseErr(L, "TypeError", "byref: argument 2", err)
		}
		offset = int64(bits)
	}
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
	var addr uint64
	var keep *block
	var err error
	if str, ok := L.Get(1).(glua.LString); ok {
		addr, keep, err = scalarBits(str, s.simple["c_char_p"], true)
	} else {
		addr, keep, err = pointerBits(L.Get(1), s.simple["c_void_p"])
	}
	if err != nil {
		raise(L, "ArgumentError", "cast: argument 1: cannot convert %s to a pointer", describe(L.Get(1)))
	}
	L.Push(s.makePointer(L, t, addr, keep))
	return 1
}

// addressof is addressof(x): where x lies, as a number.
func (s *Session) addressof(L *glua.LState) int {
	L.Push(uintValue(L, uint64(s.checkValue(L, "addressof", 1).addr)))
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
	n := t.size
	if fn == "alignment" {
		n = t.align
	}
	L.Push(intValue(L, n))
	return 1
}

// checkRoom refuses to write past the end of memory whose size is known.
func checkRoom(L *glua.LState, fn string, n int64) {
	v := toValue(L.Get(1))
	if ref, ok := L.Get(1).(*glua.LUserData); ok && v == nil {
		if r, ok := ref.Value.(*reference); ok && r.offset >= 0 && r.offset <= r.of.t.size {
			v = r.of.at(&ctype{op: opArray, name: r.of.t.name, size: r.of.t.size - r.offset}, r.offset)
		}
	}
	if v == nil || v.t.isPointer() || v.block == nil {
		return
	}
	if end := ffi.Address(v.block.mem) + uintptr(len(v.block.mem)); n > int64(end-v.addr) {
		raise(L, "ValueError", "%s: %s do not fit: %s has room for %d", fn, plural(n, "byte"), v.t.name, end-v.addr)
	}
}

// memmove is memmove(to, from, n); from may be a string. It gives the address written to.
func (s *Session) memmove(L *glua.LState) int {
	n := s.checkSize(L, "memmove", 3)
	checkRoom(L, "memmove", n)
	to := s.checkArea(L, "memmove", 1, n)
	var err error
	if str, ok := L.Get(2).(glua.LString); ok {
		if n > int64(len(str))+1 {
			raise(L, "ValueError", "memmove: %s asked for, the string has %d", plural(n, "byte"), len(str))
		}
		err = ffi.Write(to, append([]byte(str), 0)[:n])
	} else {
		err = ffi.Move(to, s.checkArea(L, "memmove", 2, n), n)
	}
	if err != nil {
		raiseErr(L, "ValueError", "memmove", err)
	}
	runtime.KeepAlive(L.Get(1))
	L.Push(uintValue(L, uint64(to)))
	return 1
}

// memset is memset(to, byte, n). It gives the address written to.
func (s *Session) memset(L *glua.LState) int {
	n := s.checkSize(L, "memset", 3)
	to := s.checkArea(L, "memset", 1, n)
	c, err := integerBits(L.Get(2), s.simple["c_int"], true)
	if err != nil {
		raiseErr(L, "TypeError", "memset: argument 2", err)
	}
	if err := ffi.Set(to, byte(c), n); err != nil {
		raiseErr(L, "ValueError", "memset", err)
	}
	L.Push(uintValue(L, uint64(to)))
	return 1
}
