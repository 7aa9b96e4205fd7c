// This file defines the members of struct and union values: reading, setting, bit-fields, initialisers, comparison.

package lua

import (
	"errors"
	"fmt"
	"slices"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
	"dlsh/types"
)

// member is the part of v that a field describes.
func (v *value) member(f *field) *value { return v.at(f.t, f.offset) }

// getField is v.name.
func (s *Session) getField(L *glua.LState, v *value, f *field) (glua.LValue, error) {
	if f.bits != 0 {
		bits, err := v.bitField(f)
		if err != nil {
			return glua.LNil, err
		}
		return fromBits(L, bits, f.t)
	}
	if f.flexible {
		return s.flexible(L, v, f)
	}
	return s.get(L, v.member(f))
}

// setField is v.name = lv.
func (s *Session) setField(v *value, f *field, lv glua.LValue) error {
	switch {
	case f.flexible:
		return errors.New("a member without a length cannot be set as a whole; set its elements")
	case f.bits == 0:
		return s.set(v.member(f), lv)
	}
	var bits uint64
	var err error
	if f.t.op == opBool {
		bits, err = toBool(lv, f.t)
	} else {
		bits, err = integerBits(lv, f.t, false)
	}
	if err != nil {
		return err
	}
	return v.setBitField(f, bits)
}

// bitFieldBytes is how many bytes a bit-field touches: up to 9 in packed records.
func (f *field) bitFieldBytes() int { return (f.bit + f.bits + 7) / 8 }

// bitField reads a bit-field, extended to 64 bits. Bits are taken byte by byte in the
// order the record numbers them, so it does not matter what unit a compiler would load.
func (v *value) bitField(f *field) (uint64, error) {
	var b [9]byte
	n := f.bitFieldBytes()
	if err := v.at(f.t, f.offset).read(b[:n]); err != nil {
		return 0, err
	}
	var bits uint64
	if f.owner.rec.big {
		skip := f.bit
		for i, left := 0, f.bits; left > 0; i++ {
			take := min(8-skip, left)
			bits = bits<<take | uint64(b[i]>>(8-skip-take))&(1<<take-1)
			left, skip = left-take, 0
		}
	} else {
		skip := f.bit
		for i, have := 0, 0; have < f.bits; i++ {
			take := min(8-skip, f.bits-have)
			bits |= uint64(b[i]>>skip) & (1<<take - 1) << have
			have, skip = have+take, 0
		}
	}
	if up := 64 - f.bits; hostTarget.Signed(f.t.c) {
		return uint64(int64(bits<<up) >> up), nil
	}
	return bits, nil
}

// setBitField stores the low bits of a word in a bit-field. Its neighbours stay as they are.
func (v *value) setBitField(f *field, bits uint64) error {
	var b [9]byte
	part := v.at(f.t, f.offset)
	n := f.bitFieldBytes()
	if err := part.read(b[:n]); err != nil {
		return err
	}
	put := func(i, shift, take int, chunk uint64) {
		mask := byte(1<<take-1) << shift
		b[i] = b[i]&^mask | byte(chunk)<<shift&mask
	}
	skip := f.bit
	if f.owner.rec.big {
		for i, left := 0, f.bits; left > 0; i++ {
			take := min(8-skip, left)
			left -= take
			put(i, 8-skip-take, take, bits>>left&(1<<take-1))
			skip = 0
		}
	} else {
		for i, have := 0, 0; have < f.bits; i++ {
			take := min(8-skip, f.bits-have)
			put(i, skip, take, bits>>have&(1<<take-1))
			have, skip = have+take, 0
		}
	}
	return part.write(b[:n])
}

// flexible is the array at the end of a record: as long as the memory goes on, or
// where nobody knows how far that is, a pointer to its first element.
func (s *Session) flexible(L *glua.LState, v *value, f *field) (glua.LValue, error) {
	if err := v.alive(); err != nil {
		return glua.LNil, err
	}
	if n, known := v.tailLength(f); known {
		t, err := s.arrayOf(f.t.elem, n)
		if err != nil {
			return glua.LNil, err
		}
		return s.wrapValue(v.at(t, f.offset)), nil
	}
	return s.makePointer(L, s.pointerTo(f.t.elem), uint64(v.addr+uintptr(f.offset)), v.block), nil
}

// tailLength is how many elements the array at the end of a record has.
func (v *value) tailLength(f *field) (n int64, known bool) {
	addr := v.addr + uintptr(f.offset)
	if v.block == nil || !v.block.holds(addr, 0) {
		return 0, false
	}
	return int64(ffi.Address(v.block.mem)+uintptr(len(v.block.mem))-addr) / max(1, f.t.elem.size), true
}

// tail is that array as a value that Lua does not see: of a record that has its memory to itself. In an array or another
// record it would take in what comes after. It is nil there, and where nobody knows how long it is.
func (v *value) tail(f *field) *value {
	n, known := v.tailLength(f)
	if !known || v.block.whole == nil || v.block.whole.value.addr != v.addr || !v.block.whole.value.t.same(v.t) {
		return nil
	}
	t := *f.t
	t.length, t.size = n, n*t.elem.size
	return v.at(&t, f.offset)
}

// setRecord stores a whole record: a copy of one of the same type (or made on top of it),
// or what a table initialises, the rest being zero, as in C.
func (s *Session) setRecord(v *value, lv glua.LValue) error {
	if from := toValue(lv); from != nil && from.t.standsFor(v.t) {
		if err := v.copyFrom(from); err != nil {
			return err
		}
		v.block.copyNotes(v.addr, from.block, from.addr, v.t.size)
		return nil
	}
	list, ok := lv.(*glua.LTable)
	if !ok {
		return cannot(lv, v.t)
	}
	// All of it or nothing: a member that cannot be converted must not leave half a record.
	fresh, err := newValue(v.t)
	if err != nil {
		return err
	}
	if err := s.initialise(fresh, list); err != nil {
		return err
	}
	return s.setRecord(v, s.wrapValue(fresh))
}

// initialise fills a zeroed record from {1, 2}, {x = 1, y = 2}, or both.
func (s *Session) initialise(v *value, list *glua.LTable) error {
	r := v.t.rec
	n := list.Len()
	if n > len(r.fields) {
		hint := ""
		if n > 0 && len(r.fields) > 0 && (r.fields[0].t.op == opArray || r.fields[0].t.op == opRecord) {
			hint = fmt.Sprintf("; what is meant for %s alone stands in a table of its own, {{...}}", r.fields[0].name)
		}
		return fmt.Errorf("%d values do not fit into %s, which has %s%s", n, v.t.c, plural(int64(len(r.fields)), "member"), hint)
	}
	for i := range n {
		if err := s.setPositional(v, r.fields[i], list.RawGetInt(i+1)); err != nil {
			return err
		}
	}
	var err error
	list.ForEach(func(k, lv glua.LValue) {
		if err != nil {
			return
		}
		name, ok := k.(glua.LString)
		if !ok {
			if i, isNumber := k.(glua.LNumber); !isNumber || i < 1 || int(i) > n {
				err = fmt.Errorf("%s is no member of %s", describe(k), v.t.c)
			}
			return
		}
		f := r.byName[string(name)]
		if f == nil {
			err = fmt.Errorf("%s has no member %q%s", v.t.c, string(name), v.t.insteadOfMember(string(name)))
			return
		}
		if i := slices.Index(r.fields, f); i >= 0 && i < n {
			err = fmt.Errorf("two values for member %s", name)
			return
		}
		if e := s.setField(v, f, lv); e != nil {
			err = fmt.Errorf("%s: %w", name, e)
		}
	})
	return err
}

// fillRecord is T(a, b, ...), T{...} or T(x), a copy, on a zeroed record.
func (s *Session) fillRecord(v *value, L *glua.LState, n int) error {
	first := L.Get(2)
	if n == 1 {
		if from := toValue(first); from != nil && from.t.standsFor(v.t) && !v.t.takes(from) {
			return s.setRecord(v, first)
		}
		if list, ok := first.(*glua.LTable); ok {
			return s.initialise(v, list)
		}
	}
	r := v.t.rec
	if n > len(r.fields) {
		return fmt.Errorf("%d values do not fit into %s, which has %s", n, v.t.c, plural(int64(len(r.fields)), "member"))
	}
	for i := range n {
		if err := s.setPositional(v, r.fields[i], L.Get(i+2)); err != nil {
			return err
		}
	}
	return nil
}

// setPositional sets one member of an initialiser without names. Where nil is no value
// of the member it is left zero: T(nil, 2).
func (s *Session) setPositional(v *value, f *field, lv glua.LValue) error {
	if lv == glua.LNil && !f.t.isPointer() {
		return nil
	}
	if err := s.setField(v, f, lv); err != nil {
		name := f.name
		if name == "" {
			name = f.t.c.String()
		}
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// takes reports whether the first member of a record is of the type of a value.
func (t *ctype) takes(v *value) bool {
	return len(t.rec.fields) > 0 && t.rec.fields[0].t.same(v.t)
}

// equal is equal(x, y): values of one type compared member by member.
func (s *Session) equal(L *glua.LState) int {
	a, b := s.checkValue(L, "equal", 1), s.checkValue(L, "equal", 2)
	if !a.t.same(b.t) {
		raise(L, "TypeError", "equal: %s and %s are of different types", a.t.c, b.t.c)
	}
	same, err := equalValues(a, b)
	if err != nil {
		raiseErr(L, "ValueError", "equal", err)
	}
	L.Push(glua.LBool(same))
	return 1
}

// equalValues compares two values of one type: numbers as numbers, pointers by the address
// in them, unions by their bytes because nobody knows which member counts.
func equalValues(a, b *value) (bool, error) {
	switch {
	case a.t.op == opRecord && a.t.rec.kind == types.Union:
		return equalBytes(a, b)
	case a.t.op == opRecord:
		for _, f := range a.t.rec.fields {
			same, err := equalFields(a, b, f)
			if err != nil || !same {
				return false, err
			}
		}
		return true, nil
	case a.t.op == opArray && !a.t.elem.hasParts() && a.t.elem.op != opFloat32 && a.t.elem.op != opFloat64:
		return equalBytes(a, b)
	case a.t.op == opArray:
		for i := range a.t.length {
			same, err := equalValues(a.at(a.t.elem, i*a.t.elem.size), b.at(a.t.elem, i*a.t.elem.size))
			if err != nil || !same {
				return false, err
			}
		}
		return true, nil
	case a.t.op == opFloat32 || a.t.op == opFloat64:
		x, err := a.float()
		if err != nil {
			return false, err
		}
		y, err := b.float()
		return x == y, err
	case a.t.op == opLongDouble || a.t.op == opComplex:
		x, err := a.number()
		if err != nil {
			return false, err
		}
		y, err := b.number()
		return x.equal(y), err
	}
	return equalBytes(a, b)
}

func equalFields(a, b *value, f *field) (bool, error) {
	if f.bits == 0 {
		if f.flexible {
			x, y := a.tail(f), b.tail(f)
			if x == nil || y == nil {
				return true, nil // nobody knows where it ends
			}
			if x.t.length != y.t.length {
				return false, nil
			}
			return equalValues(x, y)
		}
		return equalValues(a.member(f), b.member(f))
	}
	x, err := a.bitField(f)
	if err != nil {
		return false, err
	}
	y, err := b.bitField(f)
	return x == y, err
}

// hasParts reports whether values of the type may have padding, or parts that compare differently from their bytes.
func (t *ctype) hasParts() bool {
	return t.op == opArray || t.op == opRecord || t.op == opLongDouble || t.op == opComplex
}

func equalBytes(a, b *value) (bool, error) {
	n := a.t.size
	x, err := ffi.Alloc(2 * n)
	if err != nil {
		return false, err
	}
	y := x[n:]
	x = x[:n]
	if err := a.read(x); err != nil {
		return false, err
	}
	if err := b.read(y); err != nil {
		return false, err
	}
	return slices.Equal(x, y), nil
}

// resize is resize(x, size): x moves to a block of that size. Views made of it before keep the old memory.
func (s *Session) resize(L *glua.LState) int {
	v := s.checkValue(L, "resize", 1)
	n := s.checkSize(L, "resize", 2)
	switch {
	case !v.owns():
		raise(L, "ValueError", "resize: %s is not memory of its own: it is part of another value, or C's", describe(L.Get(1)))
	case n < v.t.size:
		raise(L, "ValueError", "resize: %s needs %s at least, %d given", v.t.c, plural(v.t.size, "byte"), n)
	}
	mem, err := ffi.AllocAligned(n, v.t.align)
	if err != nil {
		raiseErr(L, "MemoryError", "resize", err)
	}
	old := v.block
	copy(mem, old.mem)
	fresh := &block{mem: mem, whole: old.whole}
	fresh.copyNotes(ffi.Address(mem), old, v.addr, int64(min(len(old.mem), len(mem))))
	v.addr, v.block = ffi.Address(mem), fresh
	return 0
}

// extent is sizeof(v): more than its type's size after a resize.
func (v *value) extent() int64 {
	if v.owns() {
		return int64(len(v.block.mem))
	}
	return v.t.size
}
