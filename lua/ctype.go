// This file defines ctype: a C type as Lua sees it, and how each is made.

package lua

import (
	"errors"
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/types"
)

// op says how values of a type travel between Lua and C. One C type may have two:
// char * is a string (c_char_p) or an address to index (POINTER(c_char)).
type op uint8

const (
	opVoid op = iota
	opBool
	opChar // one byte, a string of length 1 in Lua
	opInt8
	opUint8
	opInt16
	opUint16
	opInt32
	opUint32
	opInt64
	opUint64
	opWChar // one character, UTF-8 in Lua
	opFloat32
	opFloat64
	opLongDouble
	opComplex  // two floating numbers; the size says which
	opString   // char *: a Lua string, or nil
	opWString  // wchar_t *: a Lua string in UTF-8, or nil
	opAddress  // void *: a number, or nil
	opFunction // a pointer to a function: a Lua function, or nil
	opPointer
	opArray
	opRecord // a struct or union
)

// integer reports whether values of the type are whole numbers in Lua.
func (o op) integer() bool { return o >= opInt8 && o <= opUint64 }

// ctype is one type. ctypes' names decide how its values print; c decides how it is declared.
type ctype struct {
	op      op
	name    string // "c_int", "LP_c_int", "c_int_Array_3"
	c       *types.Type
	size    int64
	align   int64
	elem    *ctype // what a pointer points to, an array is made of; c_char for c_char_p
	length  int64
	isConst bool       // pointers: the target is const, so a Lua string may stand for it
	enum    *enumTable // enums: their names; how values travel is op's business, as for any integer
	rec     *record
	swap    bool         // numbers: the high byte comes first in memory
	adapter *glua.LTable // parameters only: the table with from_param that stands in argtypes
	fn      *prototype

	pointer *ctype           // POINTER(this), made when first asked for
	arrays  map[int64]*ctype // this * n
	big     *ctype           // this with swap set, and the way back
	little  *ctype
	ud      *glua.LUserData
}

// byteSized reports whether the type is some kind of char.
func (t *ctype) byteSized() bool { return t.op == opChar || t.op == opInt8 || t.op == opUint8 }

// same reports whether two types are the same to C, whatever names they go by.
func (t *ctype) same(u *ctype) bool {
	if t == u {
		return true
	}
	if t.op == opFunction || u.op == opFunction {
		return t.op == u.op && t.fn.same(u.fn)
	}
	if t.op != u.op || t.size != u.size || t.length != u.length || t.rec != u.rec || t.swap != u.swap {
		return false
	}
	if t.enum != u.enum && t.enum != nil && u.enum != nil { // an enum is compatible with its integer type only (C11 6.7.2.2p4)
		return false
	}
	return t.elem == u.elem || t.elem != nil && u.elem != nil && t.elem.same(u.elem)
}

const typeType = "dlsh.type"

// newType gives a ctype its Lua value.
func (s *Session) newType(t *ctype) *ctype {
	t.ud = s.L.NewUserData()
	t.ud.Value = t
	s.L.SetMetatable(t.ud, s.typeMT)
	return t
}

// scalarOp says how a scalar kind travels on the target.
func (s *Session) scalarOp(r *types.Type) op {
	size := s.target.Size(r)
	switch {
	case r.Kind == types.Void:
		return opVoid
	case r.Kind == types.Bool:
		return opBool
	case r.Kind == types.Char:
		return opChar
	case r.Kind.Floating():
		switch s.target.Format(r) {
		case types.Binary32:
			return opFloat32
		case types.Binary64:
			return opFloat64
		}
		return opLongDouble
	case r.Kind.Complex():
		return opComplex
	}
	o := map[int64]op{1: opInt8, 2: opInt16, 4: opInt32, 8: opInt64}[size]
	if !s.target.Signed(r) {
		o++
	}
	return o
}

// simpleNames are the simple types of ctypes and the C types behind them, in
// ctypes' order. Where two are one type, the earlier name is the one that prints,
// as in ctypes: c_int64(5) is c_long(5).
var simpleNames = [][2]string{
	{"c_bool", "_Bool"}, {"c_char", "char"}, {"c_byte", "signed char"}, {"c_ubyte", "unsigned char"},
	{"c_short", "short"}, {"c_ushort", "unsigned short"}, {"c_int", "int"}, {"c_uint", "unsigned int"},
	{"c_long", "long"}, {"c_ulong", "unsigned long"}, {"c_longlong", "long long"}, {"c_ulonglong", "unsigned long long"},
	{"c_float", "float"}, {"c_double", "double"}, {"c_longdouble", "long double"},
	{"c_float_complex", "float _Complex"}, {"c_double_complex", "double _Complex"}, {"c_longdouble_complex", "long double _Complex"},
	{"c_char_p", "char *"}, {"c_wchar_p", "wchar_t *"}, {"c_void_p", "void *"}, {"c_wchar", "wchar_t"},
}

var simpleAliases = [][2]string{
	{"c_int8", "int8_t"}, {"c_uint8", "uint8_t"}, {"c_int16", "int16_t"}, {"c_uint16", "uint16_t"},
	{"c_int32", "int32_t"}, {"c_uint32", "uint32_t"}, {"c_int64", "int64_t"}, {"c_uint64", "uint64_t"},
	{"c_size_t", "size_t"}, {"c_ssize_t", "ssize_t"}, {"c_time_t", "time_t"}, {"c_voidp", "void *"},
}

// makeSimpleTypes fills s.simple with every simple type by its ctypes name.
func (s *Session) makeSimpleTypes() {
	s.simple = map[string]*ctype{}
	s.spelled = map[string]*ctype{}
	type way struct {
		op   op
		size int64
	}
	byWay := map[way]*ctype{}
	s.void = s.newType(&ctype{op: opVoid, name: "void", c: types.Of(types.Void)})
	for _, row := range simpleNames {
		c, err := types.Parse(row[1])
		if err != nil {
			continue // the tables are tested; a name that does not parse is simply not there
		}
		r := s.target.Resolve(c)
		t := &ctype{name: row[0], c: c, size: s.target.Size(c), align: s.target.Align(c)}
		switch row[0] {
		case "c_char_p":
			t.op, t.elem = opString, s.simple["c_char"]
		case "c_wchar_p":
			t.op = opWString
		case "c_void_p":
			t.op, t.elem = opAddress, s.void
		case "c_wchar":
			t.op = opWChar
		default:
			t.op = s.scalarOp(r)
		}
		if same := byWay[way{t.op, t.size}]; same != nil {
			s.simple[row[0]] = same
			continue
		}
		byWay[way{t.op, t.size}] = s.newType(t)
		s.simple[row[0]] = t
	}
	s.simple["c_wchar_p"].elem = s.simple["c_wchar"]
	for _, row := range simpleAliases {
		if t, err := s.spell(row[1]); err == nil {
			s.simple[row[0]] = t.canonical(s)
		}
	}
}

// canonical is the ctypes type behind a spelled one: c_ulong for "size_t".
func (t *ctype) canonical(s *Session) *ctype {
	if c := s.simple[t.name]; c != nil {
		return c
	}
	return t
}

// spell finds the type a C spelling stands for, such as "const char *".
func (s *Session) spell(spelling string) (*ctype, error) {
	if t := s.spelled[spelling]; t != nil {
		return t, nil
	}
	if t := s.rememberedOutside(spelling); t != nil {
		return t, nil
	}
	known := s.spelled
	c, err := types.Parse(spelling)
	if err != nil {
		if len(spelling) > types.LongestName {
			return nil, err
		}
		s.askedOutside = false
		var why error
		if c, why = s.scopeType(spelling); why == nil {
			why = s.unknownEnum(c)
			err = why
		}
		if why != nil {
			return nil, s.unspelled(spelling, err, why)
		}
		if s.askedOutside {
			known = s.spelledOutside
		}
	}
	t, err := s.wrap(c)
	if err != nil {
		return nil, err
	}
	known[spelling] = t
	return t, nil
}

// unspelled is the error for what is no type: types' own where it knows the word that is wrong, C's otherwise.
func (s *Session) unspelled(spelling string, err, why error) error {
	var unknown *types.UnknownName
	switch {
	case s.outsideProblem != nil:
		return s.outsideProblem
	case errors.As(err, &unknown):
		if tagged := s.withTag(unknown.Word); tagged != "" { // the commonest slip of who comes from C++
			return fmt.Errorf("%w; there is %s", err, tagged)
		}
		if hint := s.scope.Hint(unknown.Word); hint != "" {
			return fmt.Errorf("%w; %s", err, hint)
		}
		return fmt.Errorf("%w%s", err, suggest(unknown.Word, append(append(types.Words(), s.scope.Names()...), s.describedTypes()...)))
	case strings.Contains(spelling, "("):
		return why
	}
	return err
}

// withTag is the word as the tag of a type, "struct point" for point, where one has it: C++ and typedefs do without the
// keyword, C does not. Empty where none has.
func (s *Session) withTag(word string) string {
	for _, kind := range []types.Kind{types.Struct, types.Union, types.Enum} {
		if c := s.scope.Tag(kind, word); c != nil {
			return spelledAs(kind, word)
		}
		if c, err := s.described(kind, word); err == nil && c != nil {
			return spelledAs(kind, word)
		}
	}
	return ""
}

// shortName is the name for use in the names of other types. It has a limit, so
// that types made of types made of types cannot fill the memory with their names.
func (t *ctype) shortName() string { return shorten(t.name, 200) }

// wrap makes the Lua side of a C type.
func (s *Session) wrap(c *types.Type) (*ctype, error) {
	r := s.target.Resolve(c)
	t := &ctype{c: c, size: s.target.Size(c), align: s.target.Align(c)}
	switch r.Kind {
	case types.Void:
		t.op, t.name, t.size = opVoid, "void", 0
	case types.Struct, types.Union:
		return s.recordOf(c)
	case types.Pointer:
		if f := s.target.Resolve(r.Elem); f.Kind == types.Func {
			if f.Variadic || f.NoProto { // no Lua function can stand for one
				t.op, t.name, t.elem = opAddress, "c_void_p", s.void
				break
			}
			return s.wrapFunctionType(f)
		}
		if s.noLength(r.Elem) {
			t.op, t.name, t.elem = opAddress, "c_void_p", s.void
			break
		}
		elem, err := s.wrap(r.Elem)
		if err != nil && (elem == nil || elem.op != opRecord) { // where a pointer leads, a record need not have values
			return nil, err
		}
		t.elem, t.isConst = elem, s.target.Resolve(r.Elem).Const
		switch elem.op {
		case opChar:
			t.op, t.name = opString, "c_char_p"
		case opWChar:
			t.op, t.name = opWString, "c_wchar_p"
		case opVoid:
			t.op, t.name = opAddress, "c_void_p"
		default:
			t.op, t.name = opPointer, "LP_"+elem.shortName()
		}
	case types.Array:
		elem, err := s.wrap(r.Elem)
		if err != nil {
			return nil, err
		}
		if r.Len == types.Incomplete {
			return nil, fmt.Errorf("%s has no length", c)
		}
		if t.size < 0 {
			return nil, fmt.Errorf("%s is too large", c)
		}
		t.op, t.elem, t.length = opArray, elem, r.Len
		t.name = fmt.Sprintf("%s_Array_%d", elem.shortName(), r.Len)
	default:
		if r.Kind == types.Enum {
			return s.enumType(c), nil
		}
		if !r.Kind.Scalar() && !r.Kind.Complex() {
			return nil, fmt.Errorf("%s cannot be used as a type here", c)
		}
		t.op = s.scalarOp(r)
		if isWChar(c) {
			t.op = opWChar
		}
		for _, row := range simpleNames {
			if b := s.simple[row[0]]; b != nil && b.op == t.op && b.size == t.size {
				t.name = b.name
				break
			}
		}
	}
	return s.newType(t), nil
}

// noLength reports whether a type is an array whose length, or that of an array in it, only C knows: int (*p)[], and
// double m[n][n] for a parameter. A pointer to one takes any array.
func (s *Session) noLength(c *types.Type) bool {
	r := s.target.Resolve(c)
	for r.Kind == types.Array {
		if r.Len == types.Incomplete || r.Len == 0 {
			return true
		}
		r = s.target.Resolve(r.Elem)
	}
	return false
}

// isWChar reports whether a type goes by the name wchar_t, which C makes a mere int.
func isWChar(c *types.Type) bool {
	for ; c != nil && c.Kind == types.Typedef; c = c.Elem {
		if c.Name == "wchar_t" {
			return true
		}
	}
	return false
}

// pointerTo is POINTER(t); the same type is given each time.
func (s *Session) pointerTo(t *ctype) *ctype {
	if t.pointer == nil {
		c := types.PointerTo(t.c)
		if t.op == opVoid {
			t.pointer = s.simple["c_void_p"]
			return t.pointer
		}
		t.pointer = s.newType(&ctype{op: opPointer, name: "LP_" + t.shortName(), c: c, elem: t,
			size: s.target.Size(c), align: s.target.Align(c), isConst: t.c.Const})
	}
	return t.pointer
}

// arrayOf is t * n; the same type is given each time.
func (s *Session) arrayOf(t *ctype, n int64) (*ctype, error) {
	if a := t.arrays[n]; a != nil {
		return a, nil
	}
	if t.op == opVoid {
		return nil, fmt.Errorf("an array of void has no size")
	}
	c := types.ArrayOf(t.c, n)
	size, align, err := s.target.Layout(c)
	if err != nil {
		return nil, err
	}
	a := s.newType(&ctype{op: opArray, name: fmt.Sprintf("%s_Array_%d", t.shortName(), n), c: c, elem: t, length: n, size: size, align: align})
	if t.arrays == nil {
		t.arrays = map[int64]*ctype{}
	}
	t.arrays[n] = a
	return a, nil
}

// toType takes a type or its C spelling from Lua.
func (s *Session) toType(lv glua.LValue) (*ctype, error) {
	switch v := lv.(type) {
	case *glua.LUserData:
		if t, ok := v.Value.(*ctype); ok {
			return t, nil
		}
	case glua.LString:
		return s.spell(string(v))
	}
	return nil, fmt.Errorf("a C type is wanted (such as ctypes.c_int or \"int\"), not %s", describe(lv))
}

// checkType is toType for argument n of a Lua function.
func (s *Session) checkType(L *glua.LState, fn string, n int) *ctype {
	t, err := s.toType(L.Get(n))
	if err != nil {
		raise(L, "TypeError", "%s: argument %d: %v", fn, n, err)
	}
	return t
}

// describeType is how a type prints: its ctypes name and its C spelling.
func describeType(t *ctype) string {
	c := t.c.String()
	switch {
	case t.op == opVoid:
		return "<C type 'void'>"
	case t.op == opFunction:
		return fmt.Sprintf("<class '%s': %s, %s>", t.name, c, plural(t.size, "byte"))
	case t.op == opRecord && !t.rec.complete:
		return fmt.Sprintf("<class '%s': %s, incomplete>", t.name, c)
	case t.op == opRecord || t.enum != nil:
		return fmt.Sprintf("<class '%s': %s, %s>", t.name, c, plural(t.size, "byte"))
	}
	return fmt.Sprintf("<class 'ctypes.%s': %s, %s>", t.name, c, plural(t.size, "byte"))
}

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// shorten cuts text that is too long for one line of a message.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most-3], "") + "..."
}
