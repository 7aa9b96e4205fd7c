// This file defines indexing of arrays and pointers, initialisers, slices and the text of char arrays.

package lua

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// element is v[i]. Arrays are indexed from 0 and within bounds; pointers wherever
// they lead, as in C. Bad indexes are raised.
func (s *Session) element(L *glua.LState, v *value, i glua.LNumber) *value {
	f := float64(i)
	if f != math.Trunc(f) || math.IsInf(f, 0) {
		raise(L, "IndexError", "%s: the index must be a whole number", showPlace(v, i))
	}
	switch v.t.op {
	case opArray:
		if f < 0 || f >= float64(v.t.length) {
			raise(L, "IndexError", "%s: the index is out of bounds (0 to %d)", showPlace(v, i), v.t.length-1)
		}
		return v.at(v.t.elem, int64(f)*v.t.elem.size)
	case opPointer:
		return s.pointed(L, v, int64(f))
	}
	raise(L, "TypeError", "a %s cannot be indexed; its number or string is in .value", v.t.name)
	return nil
}

// pointed is the i-th object a pointer points to.
func (s *Session) pointed(L *glua.LState, v *value, i int64) *value {
	bits, err := v.word()
	if err != nil {
		raiseErr(L, "ValueError", v.t.name, err)
	}
	if bits == 0 {
		raise(L, "ValueError", "%s: the pointer is NULL", v.t.name)
	}
	if v.t.elem.op == opVoid {
		raise(L, "TypeError", "%s: a pointer to void has no contents; cast it first", v.t.name)
	}
	base := uintptr(bits)
	e := &value{t: v.t.elem, addr: base + uintptr(i*v.t.elem.size), holder: v.notes()}
	if b := v.pointee(base); b != nil && b.holds(e.addr, e.t.size) {
		e.block = b
	}
	// A pointer into a library's memory is as dead as the library.
	e.owner = v.owner
	return e
}

// setArray fills an array: from a table {1, 2, 3} (or {[0] = 1, ...}), from a
// string for arrays of char and wchar_t, or from an array of the same type.
// Elements that are not given stay as they are.
func (s *Session) setArray(v *value, lv glua.LValue) error {
	switch x := lv.(type) {
	case glua.LString:
		return v.setText(string(x))
	case *glua.LTable:
		return s.setElements(v, x)
	}
	from := toValue(lv)
	if from == nil || !from.t.same(v.t) {
		return fmt.Errorf("cannot convert %s to %s", describe(lv), v.t.c)
	}
	b := make([]byte, v.t.size)
	if err := from.read(b); err != nil {
		return err
	}
	if err := v.write(b); err != nil {
		return err
	}
	v.holdLike(from)
	return nil
}

func (s *Session) setElements(v *value, list *glua.LTable) error {
	first := 1
	if list.RawGet(glua.LNumber(0)) != glua.LNil { // RawGetInt looks only from 1 on
		first = 0 // {[0] = a, b, c}: C's counting
	}
	n := list.Len() + 1 - first
	if int64(n) > v.t.length {
		return fmt.Errorf("%d values do not fit into %s", n, v.t.c)
	}
	for i := 0; i < n; i++ {
		e := v.at(v.t.elem, int64(i)*v.t.elem.size)
		if err := s.set(e, list.RawGet(glua.LNumber(first+i))); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

// setText stores a string in an array of char or wchar_t, with a NUL when there is room for one, as C's initialisers do.
func (v *value) setText(str string) error {
	var b []byte
	switch e := v.t.elem; {
	case e.byteSized():
		b = append([]byte(str), 0)
	case e.op == opWChar:
		units, err := wideUnits(str, e.size)
		if err != nil {
			return err
		}
		b = make([]byte, int64(len(units)+1)*e.size)
		for i, u := range units {
			putWord(b[int64(i)*e.size:], uint64(u), e.size)
		}
	default:
		return cannot(glua.LString(str), v.t)
	}
	if n := int64(len(b)) - v.t.elem.size; n > v.t.size {
		return fmt.Errorf("a string of %s does not fit into %s", plural(n/v.t.elem.size, "character"), v.t.c)
	}
	if int64(len(b)) > v.t.size {
		b = b[:v.t.size]
	}
	return v.write(b)
}

// text reads an array of char or wchar_t, up to the first NUL if cut is set.
func (v *value) text(cut bool) (string, error) {
	b := make([]byte, v.t.size)
	if err := v.read(b); err != nil {
		return "", err
	}
	if v.t.elem.op == opWChar {
		var units []uint32
		for i := int64(0); i < v.t.length; i++ {
			u := uint32(getWord(b[i*v.t.elem.size:], v.t.elem.size))
			if u == 0 && cut {
				break
			}
			units = append(units, u)
		}
		return wideText(units), nil
	}
	if cut {
		b, _, _ = bytes.Cut(b, []byte{0})
	}
	return string(b), nil
}

func (s *Session) pushArrayText(L *glua.LState, v *value, cut bool) int {
	if !v.t.elem.byteSized() && v.t.elem.op != opWChar {
		raise(L, "AttributeError", "%s has no value; index it, or take a slice", v.t.name)
	}
	str, err := v.text(cut)
	if err != nil {
		raiseErr(L, "ValueError", v.t.name, err)
	}
	L.Push(glua.LString(str))
	return 1
}

// valueSlice is v:slice(first, last [, step]): the elements from first up to, not
// including, last, as Python's v[first:last:step] gives them: a string for char
// and wchar_t, a table counting from 1 for the rest.
func (s *Session) valueSlice(L *glua.LState) int {
	v := toValue(L.Get(1))
	if v == nil || v.t.op != opArray && v.t.op != opPointer {
		raise(L, "TypeError", "slice: an array or a pointer is wanted, not %s", describe(L.Get(1)))
	}
	step := L.OptInt64(4, 1)
	if step == 0 {
		raise(L, "ValueError", "slice: the step is 0")
	}
	var first, last int64
	if v.t.op == opPointer {
		if L.GetTop() < 3 || step < 0 {
			raise(L, "ValueError", "slice: a pointer has no length; give the first index and the one after the last")
		}
		first, last = L.CheckInt64(2), L.CheckInt64(3)
	} else {
		first, last = sliceBounds(L, v.t.length, step)
	}
	if v.t.elem.op == opChar && step == 1 && first < last {
		L.Push(s.sliceBytes(L, v, first, last))
		return 1
	}
	if count := (last - first) / step; count > 1<<26 {
		raise(L, "ValueError", "slice: %d elements are too many", count)
	}
	var list []*value
	for i := first; step > 0 && i < last || step < 0 && i > last; i += step {
		if v.t.op == opPointer {
			list = append(list, s.pointed(L, v, i))
		} else {
			list = append(list, v.at(v.t.elem, i*v.t.elem.size))
		}
	}
	L.Push(s.sliceValue(L, v.t.elem, list))
	return 1
}

// sliceBytes is the slice of chars in a row, read in one go: it may be a whole file.
func (s *Session) sliceBytes(L *glua.LState, v *value, first, last int64) glua.LString {
	var from *value
	if v.t.op == opPointer {
		from = s.pointed(L, v, first)
	} else {
		from = v.at(v.t.elem, first)
	}
	b, err := ffi.Alloc(last - first)
	if err == nil {
		err = from.read(b)
	}
	if err != nil {
		raiseErr(L, "ValueError", "slice", err)
	}
	return glua.LString(b)
}

// sliceBounds are Python's rules: negative indexes count from the end, and what lies outside is cut.
func sliceBounds(L *glua.LState, length, step int64) (first, last int64) {
	bound := func(n int, dflt int64) int64 {
		if L.GetTop() < n || L.Get(n) == glua.LNil {
			return dflt
		}
		i := L.CheckInt64(n)
		if i < 0 {
			i += length
		}
		if step > 0 {
			return min(max(i, 0), length)
		}
		return min(max(i, -1), length-1)
	}
	if step > 0 {
		return bound(2, 0), bound(3, length)
	}
	return bound(2, length-1), bound(3, -1)
}

func (s *Session) sliceValue(L *glua.LState, elem *ctype, list []*value) glua.LValue {
	if elem.op == opChar || elem.op == opWChar {
		var text []byte
		var units []uint32
		for _, e := range list {
			w, err := e.word()
			if err != nil {
				raiseErr(L, "ValueError", "slice", err)
			}
			text = append(text, byte(w))
			units = append(units, uint32(w))
		}
		if elem.op == opWChar {
			return glua.LString(wideText(units))
		}
		return glua.LString(text)
	}
	out := L.CreateTable(len(list), 0)
	for i, e := range list {
		lv, err := s.get(L, e)
		if err != nil {
			raiseErr(L, "ValueError", "slice", err)
		}
		out.RawSetInt(i+1, lv)
	}
	return out
}

// newText makes the array behind create_string_buffer and create_unicode_buffer:
// from a string, with its NUL, or of a size; a string and a size give both.
func (s *Session) newText(L *glua.LState, fn string, elem *ctype) int {
	var text string
	size := int64(-1)
	init := L.Get(1)
	switch x := init.(type) {
	case glua.LString:
		text = string(x)
		units := int64(len(text))
		if elem.op == opWChar {
			u, err := wideUnits(text, elem.size)
			if err != nil {
				raiseErr(L, "ValueError", fn, err)
			}
			units = int64(len(u))
		}
		size = units + 1
		if L.Get(2) != glua.LNil {
			size = s.checkSize(L, fn, 2)
		}
	default:
		size = s.checkSize(L, fn, 1)
	}
	t, err := s.arrayOf(elem, size)
	if err != nil {
		raiseErr(L, "ValueError", fn, err)
	}
	v, err := newValue(t)
	if err == nil && init.Type() == glua.LTString {
		err = v.setText(text)
	}
	if err != nil {
		raiseErr(L, "ValueError", fn, err)
	}
	L.Push(s.wrapValue(v))
	return 1
}

// checkSize takes a count from Lua: whole and not negative.
func (s *Session) checkSize(L *glua.LState, fn string, n int) int64 {
	bits, err := integerBits(L.Get(n), sizeType, false)
	if err != nil {
		raise(L, "TypeError", "%s: argument %d: a size is wanted, not %s", fn, n, describe(L.Get(n)))
	}
	if int64(bits) < 0 {
		raise(L, "ValueError", "%s: argument %d: the size %d is negative", fn, n, int64(bits))
	}
	return int64(bits)
}

// stringAt is string_at(address or pointer [, size]).
func (s *Session) stringAt(L *glua.LState) int {
	if str, ok := L.Get(1).(glua.LString); ok { // a string is where its bytes are, with a NUL after them
		n := int64(strings.IndexByte(string(str)+"\x00", 0))
		if L.Get(2) != glua.LNil {
			n = s.checkSize(L, "string_at", 2)
		}
		if n > int64(len(str))+1 {
			raise(L, "ValueError", "string_at: %s asked for, the string has %d", plural(n, "byte"), len(str))
		}
		L.Push((str + "\x00")[:n])
		return 1
	}
	addr := s.checkAddress(L, "string_at", 1)
	if L.Get(2) == glua.LNil {
		str, err := ffi.CString(addr)
		if err != nil {
			raiseErr(L, "ValueError", "string_at", err)
		}
		L.Push(glua.LString(str))
		return 1
	}
	n := s.checkSize(L, "string_at", 2)
	b, err := ffi.Alloc(n)
	if err == nil {
		err = ffi.Read(b, addr)
	}
	if err != nil {
		raiseErr(L, "ValueError", "string_at", err)
	}
	L.Push(glua.LString(b))
	return 1
}

// wstringAt is wstring_at(address or pointer [, count of characters]).
func (s *Session) wstringAt(L *glua.LState) int {
	addr := s.checkAddress(L, "wstring_at", 1)
	n := int64(-1)
	if L.Get(2) != glua.LNil {
		n = s.checkSize(L, "wstring_at", 2)
	}
	str, err := wideString(addr, n, s.simple["c_wchar"].size)
	if err != nil {
		raiseErr(L, "ValueError", "wstring_at", err)
	}
	L.Push(glua.LString(str))
	return 1
}
