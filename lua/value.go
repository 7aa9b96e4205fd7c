// This file defines value: a C object as Lua sees it.

package lua

import (
	"fmt"
	"math"
	mathbits "math/bits"
	"runtime"
	"slices"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// value is a C object: a type and an address. It lies in block when Go owns the
// memory or a library does; else block is where to note what pointers stored in
// it lead to.
type value struct {
	t     *ctype
	addr  uintptr
	block *block
}

// reference is what byref gives: an address to pass, and nothing else.
type reference struct {
	of     *value
	offset int64
}

const valueType = "dlsh.value"

// toValue gives the C object behind a Lua value, or nil.
func toValue(lv glua.LValue) *value {
	if ud, ok := lv.(*glua.LUserData); ok {
		v, _ := ud.Value.(*value)
		return v
	}
	return nil
}

// newValue makes a zeroed object of type t.
func newValue(t *ctype) (*value, error) {
	if t.op == opVoid {
		return nil, fmt.Errorf("void has no values")
	}
	if t.size < 0 && t.op == opRecord && t.rec.why != nil {
		return nil, t.rec.why
	}
	if t.size < 0 {
		return nil, fmt.Errorf("%s has no values: its members are not known", t.c)
	}
	return newValueOf(t, t.size)
}

// newValueOf is newValue with more memory than the type has.
func newValueOf(t *ctype, size int64) (*value, error) {
	mem, err := ffi.AllocAligned(size, t.align)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.c, err)
	}
	o := &object{value: value{t: t, addr: ffi.Address(mem)}, block: block{mem: mem}}
	o.value.block, o.block.whole = &o.block, o
	return &o.value, nil
}

// object is a value with memory of its own: all there is of it but the bytes, in one allocation.
type object struct {
	value value
	block block
	lua   glua.LUserData
}

// wrapValue makes the Lua value of an object.
func (s *Session) wrapValue(v *value) *glua.LUserData {
	var ud *glua.LUserData
	if v.owns() {
		ud = &v.block.whole.lua
	} else {
		ud = new(glua.LUserData)
	}
	ud.Value, ud.Env, ud.Metatable = v, s.L.Env, s.valueMT
	return ud
}

// owns reports whether the block that v lies in was made for it, and is not only lent.
func (v *value) owns() bool {
	return v.block != nil && v.block.whole != nil && &v.block.whole.value == v
}

// alive is an *unloaded for a variable of a library that has been unloaded.
func (v *value) alive() error { return v.block.alive() }

// expose notes that somebody has the address of v, and may store there what it likes.
func (v *value) expose() {
	if v.block != nil {
		v.block.exposed = true
	}
}

// at gives the part of v at an offset, as an object of type t.
func (v *value) at(t *ctype, offset int64) *value {
	return &value{t: t, addr: v.addr + uintptr(offset), block: v.block}
}

// read copies the first len(dst) bytes of the object.
func (v *value) read(dst []byte) error {
	if v.block != nil && v.block.holds(v.addr, int64(len(dst))) {
		copy(dst, v.block.mem[v.addr-ffi.Address(v.block.mem):])
		return nil
	}
	if err := v.alive(); err != nil {
		return err
	}
	return ffi.Read(dst, v.addr)
}

// write copies src over the first bytes of the object.
func (v *value) write(src []byte) error {
	if v.block != nil && v.block.holds(v.addr, int64(len(src))) {
		copy(v.block.mem[v.addr-ffi.Address(v.block.mem):], src)
		return nil
	}
	if err := v.alive(); err != nil {
		return err
	}
	return ffi.Write(v.addr, src)
}

// copyFrom copies the bytes of an object that is at least as large.
func (v *value) copyFrom(from *value) error {
	if err := from.alive(); err != nil {
		return err
	}
	if err := v.alive(); err != nil {
		return err
	}
	err := ffi.Move(v.addr, from.addr, v.t.size)
	runtime.KeepAlive(from.block)
	runtime.KeepAlive(v.block)
	return err
}

// word reads a scalar of at most 8 bytes, extended to 64 bits.
func (v *value) word() (uint64, error) {
	var b [8]byte
	if err := v.read(b[:v.t.size]); err != nil {
		return 0, err
	}
	bits := getWord(b[:], v.t.size)
	if v.t.swap {
		bits = swapWord(bits, v.t.size)
	}
	return extend(bits, v.t.op), nil
}

// swapWord turns round the low size bytes of a word.
func swapWord(bits uint64, size int64) uint64 {
	return mathbits.ReverseBytes64(bits << (64 - 8*uint(size)))
}

// float reads a float or a double.
func (v *value) float() (float64, error) {
	w, err := v.word()
	if v.t.op == opFloat32 {
		return float64(math.Float32frombits(uint32(w))), err
	}
	return math.Float64frombits(w), err
}

// hold notes that the pointer stored at the object, addr, leads into a block, or into none that is known.
func (v *value) hold(to *block, addr uintptr) {
	if v.block == nil {
		return
	}
	v.block.into = note{}
	if to != nil {
		v.block.note(v.addr, note{to, addr})
	} else {
		delete(v.block.keep, v.addr)
	}
}

// pointee gives the block that the pointer stored at the object, addr, leads into. A
// pointer that C made leads who knows where; then it is the block the pointer lies
// in, so that what is stored through it is noted there, and lives as long.
func (v *value) pointee(addr uintptr) *block {
	if v.block == nil {
		return nil
	}
	// C may have moved the pointer on since it was noted, but not to another block.
	if n, ok := v.block.keep[v.addr]; ok && (n.addr == addr || n.to.holds(addr, 0)) {
		return n.to
	}
	if n := v.block.into; n.to != nil && n.addr == addr && v.owns() {
		return n.to
	}
	return v.block
}

// set stores a Lua value in the object, converting as ctypes' constructors do:
// integers wrap. Arrays take tables, strings (of char) and arrays of the same type.
func (s *Session) set(v *value, lv glua.LValue) error {
	switch v.t.op {
	case opArray:
		return s.setArray(v, lv)
	case opRecord:
		return s.setRecord(v, lv)
	case opLongDouble:
		return setLong(v, lv)
	case opComplex:
		return setComplex(v, lv)
	}
	bits, keep, err := scalarBits(lv, v.t, false)
	if err != nil {
		return err
	}
	if v.t.swap {
		bits = swapWord(bits, v.t.size)
	}
	var b [8]byte
	putWord(b[:], bits, v.t.size)
	if err := v.write(b[:v.t.size]); err != nil {
		return err
	}
	if v.t.op >= opString {
		v.hold(keep, uintptr(bits))
	}
	return nil
}

// get gives the Lua value of an object: numbers, booleans and strings for simple
// types, nil for null pointers of simple types, and a view for everything else.
func (s *Session) get(L *glua.LState, v *value) (glua.LValue, error) {
	switch v.t.op {
	case opArray, opPointer, opRecord:
		return s.wrapValue(v), v.alive()
	case opFunction:
		return s.getFunction(L, v)
	case opLongDouble:
		b := make([]byte, v.t.size)
		err := v.read(b)
		return longValue(L, b), err
	case opComplex:
		z, err := v.complex()
		return z.value(L), err
	}
	bits, err := v.word()
	if err == nil && (v.t.op == opString || v.t.op == opWString) {
		err = v.pointee(uintptr(bits)).alive() // the text is read, too
	}
	if err != nil {
		return glua.LNil, err
	}
	return s.fromWord(L, bits, v.t)
}

// fromWord gives the Lua value of a simple type's bits, following char * and wchar_t * to their text.
func (s *Session) fromWord(L *glua.LState, bits uint64, t *ctype) (glua.LValue, error) {
	switch t.op {
	case opString:
		if bits == 0 {
			return glua.LNil, nil
		}
		str, err := ffi.CString(uintptr(bits))
		return glua.LString(str), err
	case opWString:
		if bits == 0 {
			return glua.LNil, nil
		}
		str, err := wideString(uintptr(bits), -1, t.elem.size)
		return glua.LString(str), err
	case opAddress:
		if bits == 0 {
			return glua.LNil, nil
		}
		return uintValue(L, bits), nil
	}
	return fromBits(L, bits, t)
}

// registerValues makes the metatable that all C objects share.
func (s *Session) registerValues() {
	mt := s.L.NewTypeMetatable(valueType)
	s.valueMT = mt
	s.L.SetFuncs(mt, map[string]glua.LGFunction{
		"__index":    s.valueIndex,
		"__newindex": s.valueNewIndex,
		"__len":      s.valueLen,
		"__call":     s.callValue,
		"__eq":       valueEqual,
		"__tostring": func(L *glua.LState) int {
			if v := toValue(L.Get(1)); v != nil {
				L.Push(glua.LString(showValue(v)))
			} else {
				L.Push(glua.LString(describe(L.Get(1))))
			}
			return 1
		},
	})
	s.registerArithmetic(mt)
	s.L.SetField(mt, "__metatable", glua.LString("C value"))
}

// insteadOf says how to get at what can be calculated with.
func insteadOf(lv glua.LValue) string {
	v := toValue(lv)
	switch {
	case v == nil:
		return ""
	case v.t.op == opArray && (v.t.elem.op == opChar || v.t.elem.op == opWChar):
		return "; use its .value, or index it, or take a slice"
	case v.t.op == opArray:
		return "; index it, or take a slice"
	case v.t.op == opPointer:
		return "; index it, or cast it to c_void_p for its address"
	case v.t.op == opRecord:
		return "; use its members"
	}
	return "; use its .value"
}

// valueEqual compares pointers by the address they hold and everything else by
// identity of the object: two views of one element are equal.
func valueEqual(L *glua.LState) int {
	a, b := toValue(L.Get(1)), toValue(L.Get(2))
	equal := false
	switch {
	case a == nil || b == nil:
	case a.t.isPointer() && b.t.isPointer():
		x, err1 := a.word()
		y, err2 := b.word()
		equal = err1 == nil && err2 == nil && x == y
	default:
		equal = a.addr == b.addr && a.t.same(b.t)
	}
	L.Push(glua.LBool(equal))
	return 1
}

func (t *ctype) isPointer() bool { return t.op >= opString && t.op <= opPointer }

func (s *Session) valueIndex(L *glua.LState) int {
	v := toValue(L.Get(1))
	if v == nil {
		raise(L, "AttributeError", "%s has no members", describe(L.Get(1)))
	}
	switch key := L.Get(2).(type) {
	case glua.LNumber:
		if offset, ok := v.index(key); ok {
			if lv := s.peek(L, v, v.t.elem, offset); lv != nil {
				L.Push(lv)
				return 1
			}
		}
		e := s.element(L, v, key)
		lv, err := s.get(L, e)
		if err != nil {
			raiseErr(L, "ValueError", showPlace(v, key), err)
		}
		L.Push(lv)
		return 1
	case glua.LString:
		if v.t.op == opRecord {
			if f := v.t.rec.byName[string(key)]; f != nil {
				if f.bits == 0 {
					if lv := s.peek(L, v, f.t, f.offset); lv != nil {
						L.Push(lv)
						return 1
					}
				}
				lv, err := s.getField(L, v, f)
				if err != nil {
					raiseErr(L, "ValueError", v.t.name+"."+f.name, err)
				}
				L.Push(lv)
				return 1
			}
		}
		if f := v.t.arrow(string(key)); f != nil {
			lv, err := s.getField(L, s.pointed(L, v, 0), f)
			if err != nil {
				raiseErr(L, "ValueError", v.t.name+"."+f.name, err)
			}
			L.Push(lv)
			return 1
		}
		return s.valueMember(L, v, string(key))
	}
	raise(L, "TypeError", "%s cannot be indexed with %s", v.t.name, describe(L.Get(2)))
	return 0
}

func (s *Session) valueNewIndex(L *glua.LState) int {
	v := toValue(L.Get(1))
	if v == nil {
		raise(L, "AttributeError", "%s has no members to set", describe(L.Get(1)))
	}
	switch key := L.Get(2).(type) {
	case glua.LNumber:
		if offset, ok := v.index(key); ok && v.poke(v.t.elem, offset, L.Get(3)) {
			return 0
		}
		if err := s.set(s.element(L, v, key), L.Get(3)); err != nil {
			raiseErr(L, "TypeError", showPlace(v, key), err)
		}
		return 0
	case glua.LString:
		if v.t.op == opRecord {
			if f := v.t.rec.byName[string(key)]; f != nil {
				if f.bits == 0 && v.poke(f.t, f.offset, L.Get(3)) {
					return 0
				}
				if err := s.setField(v, f, L.Get(3)); err != nil {
					raiseErr(L, "TypeError", v.t.name+"."+f.name, err)
				}
				return 0
			}
		}
		if f := v.t.arrow(string(key)); f != nil {
			if err := s.setField(s.pointed(L, v, 0), f, L.Get(3)); err != nil {
				raiseErr(L, "TypeError", v.t.name+"."+f.name, err)
			}
			return 0
		}
		s.setMember(L, v, string(key), L.Get(3))
		return 0
	}
	raise(L, "TypeError", "%s cannot be indexed with %s", v.t.name, describe(L.Get(2)))
	return 0
}

// arrow is the member that p.name stands for where p points to a record: C's p->name. What pointers have
// themselves comes first, p.contents.
func (t *ctype) arrow(name string) *field {
	if t.op != opPointer || t.elem.op != opRecord || name == "contents" || name == "slice" || t.typeAttribute(name) {
		return nil
	}
	return t.elem.rec.byName[name]
}

// showPlace names an element for messages: c_int_Array_3[5].
func showPlace(v *value, i glua.LNumber) string {
	return fmt.Sprintf("%s[%s]", v.t.name, numberText(float64(i)))
}

// valueMember is v.name.
func (s *Session) valueMember(L *glua.LState, v *value, name string) int {
	if f := s.byMacro(v.t, name); f != nil {
		lv, err := s.getField(L, v, f)
		if err != nil {
			raiseErr(L, "ValueError", v.t.name+"."+name, err)
		}
		L.Push(lv)
		return 1
	}
	switch {
	case name == "value" && v.t.op == opArray:
		return s.pushArrayText(L, v, true)
	case name == "raw" && v.t.op == opArray && v.t.elem.byteSized():
		return s.pushArrayText(L, v, false)
	case name == "value" && v.t.op != opPointer && v.t.op != opRecord:
		lv, err := s.get(L, v)
		if err != nil {
			raiseErr(L, "ValueError", v.t.name, err)
		}
		L.Push(lv)
		return 1
	case name == "contents" && v.t.op == opPointer:
		L.Push(s.wrapValue(s.pointed(L, v, 0)))
		return 1
	}
	if v.t.typeAttribute(name) {
		return s.typeMember(L, v.t, name)
	}
	if m := s.valueMethods[name]; m != nil && (v.t.op == opArray || v.t.op == opPointer) {
		L.Push(m)
		return 1
	}
	raise(L, "AttributeError", "%s has no member %q%s", v.t.name, name, v.t.insteadOfMember(name))
	return 0
}

// insteadOfMember ends a message about a member that is not there: with near names, or with all when there are few.
func (t *ctype) insteadOfMember(name string) string {
	names := memberNames(t)
	if near := suggest(name, names); near != "" || t.op != opRecord || len(names) > 8 {
		return near
	}
	slices.Sort(names)
	return "; it has " + strings.Join(names, ", ")
}

// memberNames lists the members a value of type t has.
func memberNames(t *ctype) []string {
	switch {
	case t.op == opPointer && t.elem.op == opRecord:
		return append([]string{"contents", "slice"}, t.elem.rec.memberList()...)
	case t.op == opPointer:
		return []string{"contents", "slice"}
	case t.op == opArray && t.elem.byteSized():
		return []string{"value", "raw", "slice"}
	case t.op == opArray && t.elem.op == opWChar:
		return []string{"value", "slice"}
	case t.op == opArray:
		return []string{"slice"}
	case t.op == opRecord:
		return t.rec.memberList()
	}
	return []string{"value"}
}

// setMember is v.name = lv.
func (s *Session) setMember(L *glua.LState, v *value, name string, lv glua.LValue) {
	var err error
	if f := s.byMacro(v.t, name); f != nil {
		if err := s.setField(v, f, lv); err != nil {
			raiseErr(L, "TypeError", v.t.name+"."+name, err)
		}
		return
	}
	switch {
	case name == "value" && v.t.op == opArray && (v.t.elem.byteSized() || v.t.elem.op == opWChar):
		str, ok := lv.(glua.LString)
		if !ok {
			raise(L, "TypeError", "%s.value: a string is wanted, not %s", v.t.name, describe(lv))
		}
		err = s.setArray(v, str)
	case name == "raw" && v.t.op == opArray && v.t.elem.byteSized():
		str, ok := lv.(glua.LString)
		switch {
		case !ok:
			err = fmt.Errorf("a string is wanted, not %s", describe(lv))
		case int64(len(str)) > v.t.size:
			err = fmt.Errorf("%s do not fit into %d", plural(int64(len(str)), "byte"), v.t.size)
		default:
			err = v.write([]byte(str))
		}
	case name == "value" && v.t.op != opPointer && v.t.op != opArray && v.t.op != opRecord:
		err = s.set(v, lv)
	case name == "contents" && v.t.op == opPointer:
		to := toValue(lv)
		if to == nil || !v.t.elem.same(to.t) {
			err = fmt.Errorf("a %s is wanted, not %s", v.t.elem.name, describe(lv))
			break
		}
		var b [8]byte
		putWord(b[:], uint64(to.addr), 8)
		if err = to.alive(); err == nil {
			err = v.write(b[:])
		}
		if err == nil {
			to.expose()
			v.hold(to.block, to.addr)
		}
	default:
		raise(L, "AttributeError", "%s has no member %q to set%s", v.t.name, name, v.t.insteadOfMember(name))
	}
	if err != nil {
		raiseErr(L, "TypeError", v.t.name+"."+name, err)
	}
}

func (s *Session) valueLen(L *glua.LState) int {
	v := toValue(L.Get(1))
	if v == nil || v.t.op != opArray {
		raise(L, "TypeError", "%s has no length", describe(L.Get(1)))
	}
	L.Push(glua.LNumber(v.t.length))
	return 1
}

// valueCall is v(...), and what "for x in v do" comes to, as it is in Python.
func valueCall(L *glua.LState) int {
	hint := ""
	if v := toValue(L.Get(1)); v != nil {
		switch v.t.op {
		case opArray:
			hint = "; to go through its elements: for i = 0, #a - 1, or a:slice()"
		case opPointer:
			hint = "; to go through n elements: for i = 0, n - 1, or p:slice(0, n)"
		}
	}
	raise(L, "TypeError", "%s cannot be called%s", describe(L.Get(1)), hint)
	return 0
}

// suggest ends a message about an unknown name with the near ones there are.
func suggest(name string, among []string) string { return didYouMean(ffi.Near(name, among, 3)) }

// didYouMean is "; did you mean a, b or c?", or nothing for no names.
func didYouMean(names []string) string {
	switch n := len(names); n {
	case 0:
		return ""
	case 1:
		return "; did you mean " + names[0] + "?"
	default:
		return "; did you mean " + strings.Join(names[:n-1], ", ") + " or " + names[n-1] + "?"
	}
}

// Near gives up to most of the names that a misspelt one was likely meant to be.
func Near(name string, among []string, most int) []string { return ffi.Near(name, among, most) }
