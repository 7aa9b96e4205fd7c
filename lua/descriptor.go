// This file defines what a record type answers: field descriptors (Point.x.offset), _fields_ and its kin, offsetof.

package lua

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/types"
)

const fieldDescriptor = "dlsh.field"

// registerFields makes the metatable of field descriptors.
func (s *Session) registerFields() {
	mt := s.L.NewTypeMetatable(fieldDescriptor)
	s.L.SetFuncs(mt, map[string]glua.LGFunction{
		"__index": func(L *glua.LState) int {
			f, ok := L.CheckUserData(1).Value.(*field)
			if !ok {
				raise(L, "AttributeError", "%s has no members", describe(L.Get(1)))
			}
			key := L.Get(2).String()
			for _, m := range fieldMembers {
				if m.name == key {
					L.Push(m.get(L, f))
					return 1
				}
			}
			var names []string
			for _, m := range fieldMembers {
				names = append(names, m.name)
			}
			raise(L, "AttributeError", "a field descriptor has no member %q%s", key, suggest(key, names))
			return 0
		},
		"__newindex": func(L *glua.LState) int {
			raise(L, "AttributeError", "a field descriptor cannot be changed; the members of a value can: v.%s = ...", L.CheckUserData(1).Value.(*field).name)
			return 0
		},
		"__tostring": func(L *glua.LState) int {
			L.Push(glua.LString(showField(L.CheckUserData(1).Value.(*field))))
			return 1
		},
	})
	s.L.SetField(mt, "__metatable", glua.LString("C field"))
}

// fieldMembers are what CPython's descriptors have (ctypes.CField).
var fieldMembers = []struct {
	name string
	get  func(L *glua.LState, f *field) glua.LValue
}{
	{"name", func(_ *glua.LState, f *field) glua.LValue { return glua.LString(f.name) }},
	{"type", func(_ *glua.LState, f *field) glua.LValue { return f.t.ud }},
	{"offset", func(L *glua.LState, f *field) glua.LValue { o, _ := f.unit(); return intValue(L, o) }},
	{"size", func(L *glua.LState, f *field) glua.LValue {
		if f.bits == 0 {
			return intValue(L, f.t.size)
		}
		_, bit := f.unit()
		return intValue(L, int64(f.bits)<<16|int64(bit)) // as ctypes has it
	}},
	{"byte_offset", func(L *glua.LState, f *field) glua.LValue { o, _ := f.unit(); return intValue(L, o) }},
	{"byte_size", func(L *glua.LState, f *field) glua.LValue { return intValue(L, f.t.size) }},
	{"bit_offset", func(L *glua.LState, f *field) glua.LValue { _, bit := f.unit(); return intValue(L, int64(bit)) }},
	{"bit_size", func(L *glua.LState, f *field) glua.LValue {
		if f.bits == 0 {
			return intValue(L, 8*f.t.size)
		}
		return intValue(L, int64(f.bits))
	}},
	{"is_bitfield", func(_ *glua.LState, f *field) glua.LValue { return glua.LBool(f.bits != 0) }},
	{"is_anonymous", func(_ *glua.LState, f *field) glua.LValue { return glua.LBool(f.anonymous) }},
}

// unit gives the storage unit of a bit-field as ctypes counts it: the byte offset of the
// aligned unit of its type, and the lowest bit in the number that is loaded from there. A
// bit-field of a packed record may lie across two units; then it is counted from its first byte.
func (f *field) unit() (offset int64, bit int) {
	if f.bits == 0 {
		return f.offset, 0
	}
	size := f.t.size
	first := f.offset*8 + int64(f.bit)
	offset = first / (8 * size) * size
	if first+int64(f.bits) > (offset+size)*8 {
		return f.offset, f.bit
	}
	bit = int(first - offset*8)
	if f.owner.rec.big {
		bit = int(size)*8 - bit - f.bits
	}
	return offset, bit
}

// showField prints a descriptor as ctypes does.
func showField(f *field) string {
	offset, bit := f.unit()
	if f.bits != 0 {
		return fmt.Sprintf("<Field type=%s, ofs=%d:%d, bits=%d>", f.t.name, offset, bit, f.bits)
	}
	return fmt.Sprintf("<Field type=%s, ofs=%d, size=%d>", f.t.name, offset, f.t.size)
}

// typeMemberNames lists what can stand behind a type and a dot.
func (s *Session) typeMemberNames(t *ctype) []string {
	names := typeMembers
	if t.enum != nil {
		return append(append(append([]string(nil), t.enum.members...), enumMembers...), typeMembers...)
	}
	if t.op == opFunction {
		names = append([]string{"_restype_", "_argtypes_"}, names...)
	}
	if t.op == opRecord {
		names = append(append([]string{"_fields_", "_pack_", "_align_", "_anonymous_", "_layout_"}, names...), t.rec.memberList()...)
	}
	return names
}

// recordMember is T.name for what only records have, nil for everything else.
func (s *Session) recordMember(L *glua.LState, t *ctype, name string) glua.LValue {
	r := t.rec
	if f := r.byName[name]; f != nil {
		return &glua.LUserData{Value: f, Env: L.Env, Metatable: L.GetTypeMetatable(fieldDescriptor)}
	}
	orNil := func(n int64) glua.LValue {
		if n == 0 {
			return glua.LNil
		}
		return intValue(L, n)
	}
	switch name {
	case "_fields_":
		if !r.complete {
			return glua.LNil
		}
		list := L.NewTable()
		for _, f := range r.fields {
			if f.owner != t {
				continue // the base's
			}
			e := L.NewTable()
			e.Append(glua.LString(f.name))
			e.Append(f.t.ud)
			if f.bits != 0 {
				e.Append(glua.LNumber(f.bits))
			}
			list.Append(e)
		}
		return list
	case "_pack_":
		return orNil(r.options.pack)
	case "_align_":
		return orNil(r.options.align)
	case "_layout_":
		return map[types.Rules]glua.LValue{types.HostRules: glua.LNil, types.GCC: glua.LString("gcc-sysv"), types.MS: glua.LString("ms")}[r.options.rules]
	case "_anonymous_":
		list := L.NewTable()
		for _, name := range r.options.anonymous {
			list.Append(glua.LString(name))
		}
		return list
	}
	return nil
}

// setTypeMember is T.name = lv: the members and options of a record that has none yet.
func (s *Session) setTypeMember(L *glua.LState) int {
	t, ok := L.CheckUserData(1).Value.(*ctype)
	name := L.Get(2).String()
	if !ok {
		raise(L, "TypeError", "%s is not a type", describe(L.Get(1)))
	}
	if t.op != opRecord {
		raise(L, "AttributeError", "%q cannot be set on the type %s", name, t.name)
	}
	var err error
	switch list, isTable := L.Get(3).(*glua.LTable); {
	case name == "_fields_" && !isTable:
		raise(L, "TypeError", "%s._fields_: a list of members is wanted, {{\"x\", ctypes.c_int}, ...}, not %s", t.name, describe(L.Get(3)))
	case name == "_fields_":
		err = s.setFields(t, list)
	case strings.HasPrefix(name, "_"):
		err = s.setRecordOption(t, name, L.Get(3))
	default:
		raise(L, "AttributeError", "%q cannot be set on the type %s; make a value of it first: v = %s()", name, t.name, t.name)
	}
	if err != nil {
		raiseErr(L, "AttributeError", t.name+"."+name, err)
	}
	return 0
}

// offsetof is offsetof(T, "a.b[2].c"), in bytes.
func (s *Session) offsetof(L *glua.LState) int {
	t := s.checkType(L, "offsetof", 1)
	path, ok := L.Get(2).(glua.LString)
	if !ok {
		raise(L, "TypeError", "offsetof: argument 2: the name of a member is wanted, not %s", describe(L.Get(2)))
	}
	offset, err := s.offsetOf(t, string(path))
	if err != nil {
		raise(L, "AttributeError", "offsetof: %v", err)
	}
	L.Push(intValue(L, offset))
	return 1
}

func (s *Session) offsetOf(t *ctype, path string) (offset int64, err error) {
	rest := path
	for first := true; rest != ""; first = false {
		if index, after, ok := strings.Cut(strings.TrimPrefix(rest, "["), "]"); rest[0] == '[' && ok {
			i, err := strconv.ParseInt(index, 0, 64)
			switch {
			case t.op != opArray:
				return 0, fmt.Errorf("%s cannot be indexed: %s", t.c, path)
			case err != nil || i < 0 || i > t.length && t.size > 0:
				return 0, fmt.Errorf("[%s] is no index into %s", index, t.c)
			}
			offset += i * t.elem.size
			t, rest = t.elem, after
			continue
		}
		if !first {
			if rest[0] != '.' {
				return 0, fmt.Errorf("%q cannot be read: a.b[2].c is how members are named", path)
			}
			rest = rest[1:]
		}
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		name := rest[:end]
		rest = rest[end:]
		if t.op != opRecord {
			return 0, fmt.Errorf("%s has no members", t.c)
		}
		f := t.rec.byName[name]
		switch {
		case !t.rec.complete:
			return 0, fmt.Errorf("%s has no size: its members are not known", t.c)
		case f == nil:
			names := t.rec.memberList()
			sort.Strings(names)
			return 0, fmt.Errorf("%s has no member %q%s", t.c, name, suggest(name, names))
		case f.bits != 0:
			return 0, fmt.Errorf("%s.%s is a bit-field, which has no address; its place is in T.%s.byte_offset and .bit_offset", t.c, name, name)
		}
		offset += f.offset
		t = f.t
	}
	return offset, nil
}
