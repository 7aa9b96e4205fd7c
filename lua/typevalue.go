// This file defines types as Lua values: making objects, T * n, from_address and the like.

package lua

import (
	"cmp"
	"fmt"

	glua "github.com/yuin/gopher-lua"
)

func (s *Session) registerTypes() {
	mt := s.L.NewTypeMetatable(typeType)
	s.typeMT = mt
	s.L.SetFuncs(mt, map[string]glua.LGFunction{
		"__call": s.construct,
		"__mul":  s.multiply,
		"__index": func(L *glua.LState) int {
			t := L.CheckUserData(1).Value.(*ctype)
			if t.enum != nil && s.pushEnumMember(L, t, L.Get(2)) {
				return 1
			}
			return s.typeMember(L, t, L.Get(2).String())
		},
		"__newindex": s.setTypeMember,
		"__tostring": func(L *glua.LState) int {
			L.Push(glua.LString(describeType(L.CheckUserData(1).Value.(*ctype))))
			return 1
		},
		"__eq": func(L *glua.LState) int {
			a, _ := L.CheckUserData(1).Value.(*ctype)
			b, _ := L.CheckUserData(2).Value.(*ctype)
			L.Push(glua.LBool(a != nil && b != nil && a.same(b)))
			return 1
		},
	})
	s.L.SetField(mt, "__metatable", glua.LString("C type"))
}

// construct is T(...): a new object. Arrays take their elements, or one table or string.
func (s *Session) construct(L *glua.LState) int {
	t, ok := L.CheckUserData(1).Value.(*ctype)
	if !ok {
		raise(L, "TypeError", "%s is not a type", describe(L.Get(1)))
	}
	if t.op == opFunction {
		return s.makeFunction(L, t)
	}
	v, err := newValue(t)
	if err != nil {
		if near := s.nearTags(t); near != "" {
			raise(L, "TypeError", "%v%s", err, near)
		}
		raiseErr(L, "TypeError", "", err)
	}
	n := L.GetTop() - 1
	switch {
	case n == 0:
	case t.op == opArray && (n > 1 || !s.wholeInitialiser(L.Get(2), t)):
		list := L.CreateTable(n, 0)
		for i := 0; i < n; i++ {
			list.RawSetInt(i+1, L.Get(i+2))
		}
		err = s.setElements(v, list)
	case t.op == opComplex && n == 2:
		err = setComplexParts(v, L.Get(2), L.Get(3))
	case t.op == opRecord:
		err = s.fillRecord(v, L, n)
	case n > 1:
		most := 1
		if t.op == opComplex {
			most = 2
		}
		raise(L, "TypeError", "%s: %d arguments given, at most %d wanted", t.name, n, most)
	case t.op == opPointer:
		err = s.pointAt(v, L.Get(2))
	default:
		err = s.set(v, L.Get(2))
	}
	if err != nil {
		raiseErr(L, "TypeError", t.name, err)
	}
	L.Push(s.wrapValue(v))
	return 1
}

// wholeInitialiser reports whether a single argument fills a whole array rather than its first element.
func (s *Session) wholeInitialiser(lv glua.LValue, t *ctype) bool {
	switch lv.(type) {
	case *glua.LTable:
		return true
	case glua.LString:
		return t.elem.byteSized() || t.elem.op == opWChar
	}
	v := toValue(lv)
	return v != nil && v.t.same(t)
}

// pointAt is POINTER(T)(x): a pointer to x, or to where x points, or NULL for nil.
func (s *Session) pointAt(p *value, lv glua.LValue) error {
	bits, keep, err := pointerBits(lv, p.t)
	if err != nil {
		return err
	}
	putWord(p.block.mem, bits, 8)
	p.hold(keep, uintptr(bits))
	return nil
}

// multiply is T * n: an array type.
func (s *Session) multiply(L *glua.LState) int {
	lv, n := L.Get(1), L.Get(2)
	if _, err := s.toType(lv); err != nil || lv.Type() != glua.LTUserData {
		lv, n = n, lv
	}
	t, err := s.toType(lv)
	if err != nil {
		raiseErr(L, "TypeError", "", err)
	}
	a, err := s.arrayOf(t, checkCount(L, n, t.name+" * n", "length"))
	if err != nil {
		raiseErr(L, "OverflowError", "", err)
	}
	L.Push(a.ud)
	return 1
}

// typeMembers are the methods every type has; each is a function to call with a dot.
var typeMembers = []string{"from_address", "from_buffer", "from_buffer_copy", "from_param", "in_dll"}

// typeMember is T.name.
func (s *Session) typeMember(L *glua.LState, t *ctype, name string) int {
	// T:name(...) passes the type itself first; it is skipped.
	method := func(fn func(L *glua.LState, first int) int) int {
		L.Push(L.NewFunction(func(L *glua.LState) int {
			if ud, ok := L.Get(1).(*glua.LUserData); ok && ud == t.ud {
				return fn(L, 2)
			}
			return fn(L, 1)
		}))
		return 1
	}
	if t.op == opRecord {
		if lv := s.recordMember(L, t, name); lv != nil {
			L.Push(lv)
			return 1
		}
	}
	if t.op == opFunction {
		if lv := s.functionTypeMember(L, t, name); lv != nil {
			L.Push(lv)
			return 1
		}
	}
	switch name {
	case "in_dll":
		return method(func(L *glua.LState, n int) int { return s.inDLL(L, t, n) })
	case "from_address":
		return method(func(L *glua.LState, n int) int {
			s.refuseVoid(L, t, name)
			bits, err := integerBits(L.Get(n), addressType, true)
			if err != nil {
				raise(L, "TypeError", "%s.from_address: an address is wanted, not %s", t.name, describe(L.Get(n)))
			}
			s.journal.usesAddress(bits)
			L.Push(s.wrapValue(&value{t: t, addr: uintptr(bits), block: cmp.Or(s.memoryAt(uintptr(bits)), &block{})}))
			return 1
		})
	case "from_buffer_copy", "from_buffer":
		return method(func(L *glua.LState, n int) int { return s.fromBuffer(L, t, name, n) })
	case "from_param":
		return method(func(L *glua.LState, n int) int { return s.fromParam(L, t, n) })
	case "__name__":
		L.Push(glua.LString(t.name))
		return 1
	case "_type_":
		if lv := s.elementType(t); lv != glua.LNil {
			L.Push(lv)
			return 1
		}
	case "_length_":
		if t.op == opArray {
			L.Push(intValue(L, t.length))
			return 1
		}
	case "__ctype_be__", "__ctype_le__":
		u, err := t, error(nil)
		if name == "__ctype_be__" && !t.swap {
			u, err = s.swapped(t)
		} else if name == "__ctype_le__" && t.swap {
			u = t.little
		}
		if err == nil && t.op != opRecord && t.op != opArray {
			L.Push(u.ud)
			return 1
		}
	}
	raise(L, "AttributeError", "the type %s has no member %q%s", t.name, name, suggest(name, s.typeMemberNames(t)))
	return 0
}

func (s *Session) refuseVoid(L *glua.LState, t *ctype, fn string) {
	if t.op == opVoid {
		raise(L, "TypeError", "%s: void has no values", fn)
	}
}

// fromBuffer is T.from_buffer_copy(source [, offset]), which copies the bytes of a
// string or value, and T.from_buffer, which shares the memory of a value.
func (s *Session) fromBuffer(L *glua.LState, t *ctype, name string, n int) int {
	s.refuseVoid(L, t, name)
	offset := int64(0)
	if L.Get(n+1) != glua.LNil {
		offset = checkCount(L, L.Get(n+1), fmt.Sprintf("%s.%s: argument %d", t.name, name, 2), "offset")
	}
	var have int64
	from := toValue(L.Get(n))
	str, isString := L.Get(n).(glua.LString)
	switch {
	case isString && name == "from_buffer_copy":
		have = int64(len(str))
	case from != nil:
		have = from.extent()
	case name == "from_buffer":
		raise(L, "TypeError", "%s.from_buffer: a ctypes value is wanted, not %s", t.name, describe(L.Get(n)))
	default:
		raise(L, "TypeError", "%s.from_buffer_copy: a string or a ctypes value is wanted, not %s", t.name, describe(L.Get(n)))
	}
	if offset > have || have-offset < t.size {
		raise(L, "ValueError", "%s.%s: %s wanted from offset %d, the source has %d", t.name, name, plural(t.size, "byte"), offset, have)
	}
	if name == "from_buffer" {
		if err := from.alive(); err != nil {
			raiseErr(L, "ValueError", t.name+".from_buffer", err)
		}
		from.expose()
		L.Push(s.wrapValue(from.at(t, offset)))
		return 1
	}
	v, err := newValue(t)
	size := t.size
	if err == nil && t.endsOpen() && have-offset > size {
		size = have - offset // the array at its end is as long as there is memory
		v, err = newValueOf(t, size)
	}
	if err == nil {
		if isString {
			copy(v.block.mem, str[offset:])
		} else {
			err = from.at(t, offset).read(v.block.mem)
			v.block.copyBytesNotes(v.addr, from.block, from.addr+uintptr(offset), size)
		}
	}
	if err != nil {
		raiseErr(L, "ValueError", t.name+"."+name, err)
	}
	L.Push(s.wrapValue(v))
	return 1
}
