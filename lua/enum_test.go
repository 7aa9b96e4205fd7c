// This file tests enums that come as C types, as headers and debug information give them, and what completion and
// help say of enums, complex numbers and long doubles.

package lua

import (
	"slices"
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"

	"dlsh/types"
)

func TestEnumFromType(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	enum := &types.Type{Kind: types.Enum, Name: "fruit", Elem: types.Of(types.Int),
		Values: []types.Enumerator{{Name: "APPLE", Value: -1}, {Name: "PEAR", Value: 7}}}
	typedef := &types.Type{Kind: types.Typedef, Name: "fruit_t", Elem: enum}
	for _, row := range []struct {
		c           *types.Type
		lua, result string
	}{
		{enum, "tostring(T(-1)) .. T.PEAR", "fruit.APPLE7"},
		{types.Qualified(enum, true, false), "tostring(T('PEAR'))", "fruit.PEAR"},
		{typedef, "tostring(T(7))", "fruit.PEAR"},
		{types.ArrayOf(typedef, 2), "tostring(T('PEAR', 1))", "fruit_Array_2(fruit.PEAR, fruit(1))"},
		{types.PointerTo(enum), "tostring(T) .. tostring(T._type_)", "<class 'ctypes.LP_fruit': enum fruit *, 8 bytes><class 'fruit': enum fruit, 4 bytes>"},
		{&types.Type{Kind: types.Enum, Name: "unknown", Elem: types.Of(types.UInt)}, "tostring(T(5))", "unknown(5)"},
		{&types.Type{Kind: types.Enum, Elem: types.Of(types.ULong), Values: []types.Enumerator{{Name: "ALL", Value: -1}}},
			"tostring(T('ALL').value) .. tostring(T(1))", "18446744073709551615enum(1)"},
	} {
		ct, err := s.wrap(row.c)
		if err != nil {
			t.Fatal(err)
		}
		s.L.SetGlobal("T", ct.ud)
		if got := evalOne(t, s, "return "+row.lua).String(); got != row.result {
			t.Errorf("%s: %s is %s, want %s", row.c, row.lua, got, row.result)
		}
	}
	// However it is wrapped, it is one type, and no other enum of the same size is.
	a, _ := s.wrap(enum)
	b, _ := s.wrap(types.Qualified(enum, true, false))
	evalLua(t, s, `Other = ctypes.Enum("Other", {{"X", -1}})`)
	other := s.L.GetGlobal("Other").(*glua.LUserData).Value.(*ctype)
	if !a.same(b) || a.same(other) || !a.same(s.simple["c_int"]) {
		t.Error("an enum is itself and its integer type, and no other enum")
	}
}

func TestHelpOnNumbersWithTypes(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	evalLua(t, s, `Color = ctypes.Enum("Color", {"RED", "GREEN"}); z = ctypes.complex(1, 2)`)
	for _, row := range []struct {
		text  string
		words []string
	}{
		{"Color.n", []string{"name", "names"}},
		{"Color.R", []string{"RED"}},
		{"Color.in", []string{"in_dll"}},
		{"z.", []string{"abs", "arg", "conj", "eq", "imag", "real"}},
		{"z:", []string{"abs", "arg", "conj", "eq"}},
	} {
		if _, words := s.Complete(row.text, len(row.text)); !slices.Equal(words, row.words) {
			t.Errorf("%s completes with %v, want %v", row.text, words, row.words)
		}
	}
	for _, row := range []struct{ about, says string }{
		{"Color", "GREEN = 1"},
		{"Color", "the type behind it is unsigned int"},
		{"z", "(1+2j): a complex number"},
		{"ctypes.c_double_complex", "ctypes.c_double_complex(re, im)"},
		{"ctypes.longdouble", "longdouble(number or string)"},
		{"ctypes.Enum", "gcc chooses"},
	} {
		if text, err := s.Help(row.about); err != nil || !strings.Contains(text, row.says) {
			t.Errorf("help(%s) does not say %q, but (%v)\n%s", row.about, row.says, err, text)
		}
	}
	if hostShape != doubleShape {
		evalLua(t, s, `x = ctypes.longdouble("0.1")`)
		if _, words := s.Complete("x:", 2); !slices.Contains(words, "tonumber") {
			t.Errorf("x: completes with %v", words)
		}
		if text, _ := s.Help("x"); !strings.HasPrefix(text, "0.1: a long double") {
			t.Errorf("help(x) says %s", text)
		}
	}
}
