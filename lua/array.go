// This file defines indexing of arrays and pointers, initialisers, slices and the text of char arrays.

package lua

import (
	"fmt"
	"math"
	"math/bits"
	"runtime"
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
		return elementAt(L, v, v.addr, int64(f), v.block)
	case opPointer:
		if f < -(1<<63) || f >= 1<<63 {
			raise(L, "IndexError", "%s: the index leads out of the address space", showPlace(v, i))
		}
		return s.pointed(L, v, int64(f))
	}
	raise(L, "TypeError", "a %s cannot be indexed; its number or string is in .value", v.t.name)
	return nil
}

// pointed is the i-th object a pointer points to.
func (s *Session) pointed(L *glua.LState, v *value, i int64) *value {
	word, err := v.word()
	if err != nil {
		raiseErr(L, "ValueError", v.t.name, err)
	}
	if word == 0 {
		raise(L, "ValueError", "%s: the pointer is NULL", v.t.name)
	}
	if v.t.elem.op == opVoid {
		raise(L, "TypeError", "%s: a pointer to void has no contents; cast it first", v.t.name)
	}
	base := uintptr(word)
	b := v.pointee(base)
	if err := b.alive(); err != nil {
		raiseErr(L, "ValueError", v.t.name, err)
	}
	return elementAt(L, v, base, i, b)
}

// elementAt is element i of an array or pointer v whose elements begin at base, in block b.
func elementAt(L *glua.LState, v *value, base uintptr, i int64, b *block) *value {
	addr, ok := moveAddress(base, i, v.t.elem.size)
	if !ok {
		raise(L, "IndexError", "%s: the index leads out of the address space", showPlace(v, glua.LNumber(i)))
	}
	return &value{t: v.t.elem, addr: addr, block: b}
}

// moveAddress is addr + i*size; it is false when that is no address, and would wrap around to one that is.
func moveAddress(addr uintptr, i, size int64) (uintptr, bool) {
	distance := uint64(i)
	if i < 0 {
		distance = -distance
	}
	over, d := bits.Mul64(distance, uint64(size))
	if i < 0 {
		return addr - uintptr(d), over == 0 && d <= uint64(addr)
	}
	return addr + uintptr(d), over == 0 && d <= math.MaxUint64-uint64(addr)
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
		return cannot(lv, v.t)
	}
	if err := v.copyFrom(from); err != nil {
		return err
	}
	v.block.copyNotes(v.addr, from.block, from.addr, v.t.size)
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
	var err error
	switch e := v.t.elem; {
	case e.byteSized():
		b, err = ffi.Alloc(int64(len(str)) + 1)
		copy(b, str)
	case e.op == opWChar:
		b, err = wideBytes(str, e.size)
	default:
		return cannot(glua.LString(str), v.t)
	}
	if err != nil {
		return err
	}
	if n := int64(len(b)) - v.t.elem.size; n > v.t.size {
		return fmt.Errorf("a string of %s does not fit into %s", plural(n/v.t.elem.size, "character"), v.t.c)
	}
	if int64(len(b)) > v.t.size {
		b = b[:v.t.size]
	}
	return v.write(b)
}

// textBytes reads an array of char or wchar_t, up to the first NUL if cut is set. Then
// no more is touched: the array may be a view that claims more memory than there is.
func (v *value) textBytes(cut bool) ([]byte, error) {
	if cut {
		return v.textUpTo(v.t.length)
	}
	b, err := ffi.Alloc(v.t.size)
	if err == nil {
		err = v.read(b)
	}
	return b, err
}

// textUpTo reads an array of char or wchar_t up to the first NUL, and no more than most elements.
func (v *value) textUpTo(most int64) ([]byte, error) {
	if err := v.alive(); err != nil {
		return nil, err
	}
	b, err := ffi.Text(v.addr, v.t.elem.size, min(most, v.t.length))
	runtime.KeepAlive(v.block)
	return b, err
}

// textValue is the Lua string of the bytes of chars or wchar_t.
func textValue(b []byte, elem *ctype) (glua.LString, error) {
	if elem.op == opWChar {
		str, err := wideText(b, elem.size)
		return glua.LString(str), err
	}
	return glua.LString(b), nil
}

func (s *Session) pushArrayText(L *glua.LState, v *value, cut bool) int {
	if !v.t.elem.byteSized() && v.t.elem.op != opWChar {
		raise(L, "AttributeError", "%s has no value; index it, or take a slice", v.t.name)
	}
	b, err := v.textBytes(cut)
	if err != nil {
		raiseErr(L, "ValueError", v.t.name, err)
	}
	str, err := textValue(b, v.t.elem)
	if err != nil {
		raiseErr(L, "ValueError", v.t.name, err)
	}
	L.Push(str)
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
	step := int64(1)
	if L.GetTop() > 3 && L.Get(4) != glua.LNil {
		step = sliceIndex(L, 4)
	}
	if step == 0 {
		raise(L, "ValueError", "slice: the step is 0")
	}
	var first, last int64
	if v.t.op == opPointer {
		// As in ctypes the indices are meant as they are: -1 is the element before the first.
		switch from := L.Get(2); {
		case L.Get(3) == glua.LNil:
			raise(L, "ValueError", "slice: a pointer has no length; give the first index and the one after the last")
		case from != glua.LNil:
			first = sliceIndex(L, 2)
		case step < 0:
			raise(L, "ValueError", "slice: a pointer has no end to count back from; give the first index")
		}
		last = sliceIndex(L, 3)
	} else {
		first, last = sliceBounds(L, v.t.length, step)
	}
	// The distance may be more than an int64 holds, never more than a uint64.
	var count uint64
	switch {
	case step > 0 && first < last:
		count = (uint64(last)-uint64(first)-1)/uint64(step) + 1
	case step < 0 && first > last:
		count = (uint64(first)-uint64(last)-1)/-uint64(step) + 1
	}
	var lv glua.LValue
	if elem := v.t.elem; elem.op == opChar || elem.op == opWChar {
		lv = s.sliceText(L, v, first, step, count)
	} else {
		lv = s.sliceTable(L, v, first, step, count)
	}
	L.Push(lv)
	return 1
}

// sliceElement is one element of a slice.
func (s *Session) sliceElement(L *glua.LState, v *value, i int64) *value {
	if v.t.op == opPointer {
		return s.pointed(L, v, i)
	}
	return elementAt(L, v, v.addr, i, v.block)
}

// sliceText is the slice of an array of char or wchar_t. What lies in a row is read in one go: it may be a whole file.
func (s *Session) sliceText(L *glua.LState, v *value, first, step int64, count uint64) glua.LString {
	if count == 0 {
		return ""
	}
	unit := v.t.elem.size
	b, err := ffi.AllocArray(int64(min(count, math.MaxInt64)), unit)
	if err == nil && step == 1 {
		err = s.sliceElement(L, v, first).read(b)
	} else {
		for k := int64(0); err == nil && k < int64(count); k++ {
			err = s.sliceElement(L, v, first+k*step).read(b[k*unit : (k+1)*unit])
		}
	}
	var str glua.LString
	if err == nil {
		str, err = textValue(b, v.t.elem)
	}
	if err != nil {
		raiseErr(L, "ValueError", "slice", err)
	}
	return str
}

// mostSliced is how many elements a slice may have that is a table. One of doubles takes 24 bytes there.
const mostSliced = 1 << 26

func (s *Session) sliceTable(L *glua.LState, v *value, first, step int64, count uint64) *glua.LTable {
	if count > mostSliced {
		raise(L, "ValueError", "slice: %d elements are too many", count)
	}
	if err := ffi.Spare(24 * int64(count)); err != nil {
		raiseErr(L, "MemoryError", "slice", err)
	}
	out := L.CreateTable(0, 0) // it grows as elements turn out to be there
	for k := int64(0); k < int64(count); k++ {
		i := first + k*step
		lv, err := s.get(L, s.sliceElement(L, v, i))
		if err != nil {
			raiseErr(L, "ValueError", "slice: "+showPlace(v, glua.LNumber(i)), err)
		}
		out.RawSetInt(int(k)+1, lv)
	}
	return out
}

// sliceIndex takes an index or a step of a slice. What an int64 does not hold is cut to what it does.
func sliceIndex(L *glua.LState, n int) int64 {
	word, room, err := wholeBits(L.Get(n), sizeType)
	switch {
	case err != nil:
		raise(L, "TypeError", "slice: argument %d: a whole number is wanted, not %s", n-1, describe(L.Get(n)))
	case room == spanSigned:
		return int64(word)
	case isNegative(L.Get(n)):
		return math.MinInt64
	}
	return math.MaxInt64
}

// isNegative is whether a whole number that is beyond an int64 is below it.
func isNegative(lv glua.LValue) bool {
	f, ok := lv.(glua.LNumber)
	return ok && f < 0
}

// sliceBounds are Python's rules: negative indexes count from the end, and what lies outside is cut.
func sliceBounds(L *glua.LState, length, step int64) (first, last int64) {
	bound := func(n int, dflt int64) int64 {
		if L.GetTop() < n || L.Get(n) == glua.LNil {
			return dflt
		}
		i := sliceIndex(L, n)
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
			n, err := wideLength(text, elem.size)
			if err != nil {
				raiseErr(L, "ValueError", fn, err)
			}
			units = n
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

// checkSize takes a size from Lua: whole, not negative, and not beyond what C's ptrdiff_t counts.
func (s *Session) checkSize(L *glua.LState, fn string, n int) int64 {
	return checkCount(L, L.Get(n), fmt.Sprintf("%s: argument %d", fn, n), "size")
}

// checkCount is checkSize for something that is called what in messages.
func checkCount(L *glua.LState, lv glua.LValue, place, what string) int64 {
	word, room, err := wholeBits(lv, sizeType)
	switch {
	case err != nil && aboutMemory(err):
		raiseErr(L, "TypeError", place, err)
	case err != nil || lv.Type() == glua.LTBool:
		raise(L, "TypeError", "%s: a %s is wanted, not %s", place, what, describe(lv))
	case room == spanSigned && int64(word) < 0 || room != spanSigned && isNegative(lv):
		raise(L, "ValueError", "%s: the %s %s is negative", place, what, wholeText(lv))
	case room != spanSigned:
		raise(L, "OverflowError", "%s: the %s %s is too large", place, what, wholeText(lv))
	}
	return int64(word)
}

// wholeText writes a whole number from Lua with all its digits.
func wholeText(lv glua.LValue) string {
	if n, ok := lv.(glua.LNumber); ok {
		return wideNumberText(float64(n))
	}
	if word, signed, ok := toInt64Bits(lv); ok {
		return wide{word, signed}.text(10)
	}
	return describe(lv)
}

// stringAt is string_at(address or pointer [, size]).
func (s *Session) stringAt(L *glua.LState) int {
	if str, ok := L.Get(1).(glua.LString); ok { // a string is where its bytes are, with a NUL after them
		n := int64(strings.IndexByte(string(str)+"\x00", 0))
		if L.Get(2) != glua.LNil {
			n = s.checkSize(L, "string_at", 2)
		}
		if n > int64(len(str))+1 {
			raise(L, "ValueError", "string_at: %s asked for, the string has %d; a char * that C passes to a callback or returns is a string up to its first NUL, a void * is its address", plural(n, "byte"), len(str))
		}
		L.Push((str + "\x00")[:n])
		return 1
	}
	addr, keep := s.checkAddress(L, "string_at", 1)
	defer runtime.KeepAlive(keep)
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
	addr, keep := s.checkAddress(L, "wstring_at", 1)
	defer runtime.KeepAlive(keep)
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
