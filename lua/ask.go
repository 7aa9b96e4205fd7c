// This file defines what types and values can be asked: typeof, kind, type codes, and a type's attributes behind a value.

package lua

import (
	glua "github.com/yuin/gopher-lua"

	"dlsh/types"
)

// typeof is typeof(x): the type of a value, as Python's type(x).
func (s *Session) typeof(L *glua.LState) int {
	if text, ok := L.Get(1).(glua.LString); ok {
		if L.Get(2) != glua.LNil {
			t, err := s.describedIn(checkLibrary(L, "typeof", 2), string(text))
			if err != nil {
				raise(L, "TypeError", "typeof: %v", err)
			}
			L.Push(t.ud)
			return 1
		}
		L.Push(s.checkType(L, "typeof", 1).ud)
		return 1
	}
	L.Push(s.checkValue(L, "typeof", 1).t.ud)
	return 1
}

// kind is kind(x): what ctypes' base classes tell by isinstance and issubclass. What is not C's has none.
func (s *Session) kind(L *glua.LState) int {
	kind := glua.LValue(glua.LNil)
	switch x := L.Get(1).(type) {
	case *glua.LFunction:
		if toFunction(x) != nil {
			kind = glua.LString("function")
		}
	case *glua.LUserData:
		switch c := x.Value.(type) {
		case *ctype:
			kind = glua.LString(s.kindName(c))
		case *value:
			kind = glua.LString(s.kindName(c.t))
		}
	}
	L.Push(kind)
	return 1
}

func (s *Session) kindName(t *ctype) string {
	switch r := s.target.Resolve(t.c); {
	case t.op == opRecord:
		return r.Kind.String()
	case r.Kind == types.Enum:
		return "enum"
	case t.op == opVoid:
		return "void"
	case t.op == opArray:
		return "array"
	case r.Kind == types.Pointer && s.target.Resolve(r.Elem).Kind == types.Func:
		return "function"
	case t.op == opPointer:
		return "pointer"
	}
	return "simple" // c_char_p and c_void_p too, as in ctypes
}

// typeCodes are ctypes' codes for simple types.
var typeCodes = map[string]string{
	"c_bool": "?", "c_char": "c", "c_wchar": "u", "c_byte": "b", "c_ubyte": "B", "c_short": "h", "c_ushort": "H",
	"c_int": "i", "c_uint": "I", "c_long": "l", "c_ulong": "L", "c_longlong": "q", "c_ulonglong": "Q",
	"c_float": "f", "c_double": "d", "c_longdouble": "g", "c_char_p": "z", "c_wchar_p": "Z", "c_void_p": "P",
	"c_float_complex": "F", "c_double_complex": "D", "c_longdouble_complex": "G",
}

// elementType is T._type_: what an array is made of and a pointer points to, or the code of a simple type; nil for others.
func (s *Session) elementType(t *ctype) glua.LValue {
	switch {
	case t.elem != nil && (t.op == opArray || t.op == opPointer):
		return t.elem.ud
	case t.op != opRecord && typeCodes[t.name] != "":
		return glua.LString(typeCodes[t.name])
	}
	return glua.LNil
}

// typeAttribute reports whether a value shows an attribute of its type as its own, as x._length_ is in Python.
func (t *ctype) typeAttribute(name string) bool {
	switch name {
	case "_type_":
		return t.op != opRecord
	case "_length_":
		return t.op == opArray
	case "_fields_", "_pack_", "_align_", "_anonymous_", "_layout_":
		return t.op == opRecord
	}
	return false
}

// newArrayType is ARRAY(T, n), an older way to write T * n.
func (s *Session) newArrayType(L *glua.LState) int {
	t := s.checkType(L, "ARRAY", 1)
	a, err := s.arrayOf(t, checkCount(L, L.Get(2), "ARRAY: argument 2", "length"))
	if err != nil {
		raiseErr(L, "OverflowError", "ARRAY", err)
	}
	L.Push(a.ud)
	return 1
}
