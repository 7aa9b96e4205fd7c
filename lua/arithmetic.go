// This file defines what operators do to C values: pointer arithmetic, comparison of pointers, and why the rest is refused.

package lua

import (
	"fmt"

	glua "github.com/yuin/gopher-lua"
)

// registerArithmetic gives the metatable of C values its operators.
func (s *Session) registerArithmetic(mt *glua.LTable) {
	for event, doing := range map[string]string{"__add": "added", "__sub": "subtracted", "__mul": "multiplied", "__div": "divided",
		"__mod": "divided", "__pow": "raised to a power", "__unm": "negated", "__lt": "compared", "__le": "compared", "__concat": "joined"} {
		s.L.SetField(mt, event, s.L.NewFunction(func(L *glua.LState) int { return s.operate(L, event, doing) }))
	}
}

// operate is one operator. A C object is not its number: 5 + n.value is what is meant, and is said.
func (s *Session) operate(L *glua.LState, event, doing string) int {
	a, b := toValue(L.Get(1)), toValue(L.Get(2))
	switch {
	case event == "__add" && a.moves():
		return s.movePointer(L, a, L.Get(2), 1)
	case event == "__add" && b.moves():
		return s.movePointer(L, b, L.Get(1), 1)
	case event == "__sub" && a.moves() && b.moves():
		return s.pointerDistance(L, a, b)
	case event == "__sub" && a.moves():
		return s.movePointer(L, a, L.Get(2), -1)
	case (event == "__lt" || event == "__le") && a.moves() && b.moves():
		x, _ := s.place(L, a)
		y, _ := s.place(L, b)
		L.Push(glua.LBool(x < y || event == "__le" && x == y))
		return 1
	}
	lv := L.Get(1)
	if a == nil {
		lv = L.Get(2)
	}
	raise(L, "TypeError", "%s is a C object and cannot be %s%s", describe(lv), doing, insteadOf(lv))
	return 0
}

// moves reports whether v has an address that can be counted from: pointers, void * by bytes as GNU C has it, and arrays.
func (v *value) moves() bool {
	return v != nil && (v.t.op == opPointer || v.t.op == opAddress || v.t.op == opArray)
}

// step is what a pointer or array moves by when it is counted up, in bytes, and the type it points to.
func (v *value) step(L *glua.LState) (size int64, elem *ctype) {
	if v.t.op == opAddress {
		return 1, nil
	}
	if size := v.t.elem.size; size > 0 {
		return size, v.t.elem
	}
	raise(L, "TypeError", "%s: pointers to %s cannot be counted: it has no size", v.t.name, v.t.elem.c)
	return 0, nil
}

// place is the address a pointer holds or an array lies at, and the block it leads into.
func (s *Session) place(L *glua.LState, v *value) (uintptr, *block) {
	if v.t.op == opArray {
		return v.addr, v.block
	}
	bits, err := v.word()
	if err != nil {
		raiseErr(L, "ValueError", v.t.name, err)
	}
	return uintptr(bits), v.pointee(uintptr(bits))
}

// movePointer is p + n, in elements: a new pointer.
func (s *Session) movePointer(L *glua.LState, v *value, by glua.LValue, sign int64) int {
	n, room, err := wholeBits(by, sizeType)
	if err != nil || room != spanSigned || by.Type() == glua.LTBool {
		raise(L, "TypeError", "%s: a whole number of elements is wanted to move it by, not %s", v.t.name, describe(by))
	}
	size, elem := v.step(L)
	addr, b := s.place(L, v)
	if addr == 0 {
		raise(L, "ValueError", "%s: the pointer is NULL", v.t.name)
	}
	to, ok := moveAddress(addr, sign*int64(n), size)
	if !ok {
		raise(L, "IndexError", "%s: that leads out of the address space", v.t.name)
	}
	t := v.t
	if v.t.op == opArray {
		t = s.pointerTo(elem)
	}
	L.Push(s.makePointer(L, t, uint64(to), b))
	return 1
}

// pointerDistance is p - q, in elements (C11 6.5.6p9).
func (s *Session) pointerDistance(L *glua.LState, a, b *value) int {
	size, elem := a.step(L)
	if other, to := b.step(L); other != size || elem != nil && !elem.same(to) {
		raise(L, "TypeError", "%s - %s: pointers to different types have no distance", a.t.name, b.t.name)
	}
	x, _ := s.place(L, a)
	y, _ := s.place(L, b)
	bytes := int64(x - y)
	if bytes%size != 0 {
		raise(L, "ValueError", "%s - %s: %s apart, which is no whole number of %s", a.t.name, b.t.name, fmt.Sprintf("%d bytes", bytes), a.t.elem.c)
	}
	L.Push(intValue(L, bytes/size))
	return 1
}
