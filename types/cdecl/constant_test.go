// This file tests constants and macros.

package cdecl

import (
	"fmt"
	"strings"
	"testing"

	"dlsh/types"
)

func TestConstants(t *testing.T) {
	for _, c := range []struct{ body, want, ty string }{
		{"42", "42", "int"},
		{"0x7fffffff", "2147483647", "int"},
		{"0x80000000", "2147483648", "unsigned int"},
		{"2147483648", "2147483648", "long"},
		{"0xFFFFFFFFFFFFFFFFULL", "18446744073709551615", "unsigned long long"},
		{"0b101", "5", "int"},
		{"017", "15", "int"},
		{"-1", "-1", "int"},
		{"-1U", "4294967295", "unsigned int"},
		{"~0UL", "18446744073709551615", "unsigned long"},
		{"(1 << 31)", "-2147483648", "int"},
		{"1 ? -1 : 0u", "4294967295", "unsigned int"},
		{"-1 < 0u", "0", "int"},
		{"0 && 1/0", "0", "int"},
		{"1 || 1/0", "1", "int"},
		{"-7 / 2", "-3", "int"},
		{"-7 % 3", "-1", "int"},
		{"'a'", "97", "int"},
		{"'\\377'", "-1", "int"},
		{"'ab'", "24930", "int"},
		{"L'é'", "233", "int"},
		{"sizeof(int) * 8", "32", "unsigned long"},
		{"sizeof \"abc\"", "4", "unsigned long"},
		{"sizeof(struct { char c; long l; })", "16", "unsigned long"},
		{"_Alignof(double)", "8", "unsigned long"},
		{"(char)300", "44", "char"},
		{"(unsigned char)-1", "255", "unsigned char"},
		{"(int)2.9", "2", "int"},
		{"(_Bool)0.5", "1", "_Bool"},
		{"1.5e3", "1500", "double"},
		{"0x1p-3", "0.125", "double"},
		{"1.5f + 1", "2.5", "float"},
		{"0.1f", "0.10000000149011612", "float"},
		{"3.14159265358979323846L", "3.141592653589793", "long double"},
		{"__builtin_inf()", "+Inf", "double"},
		{"\"a\" \"b\\n\\x41\\101\"", `"ab\nAA"`, "char[6]"},
		{"L\"wide\"", `"wide"`, "wchar_t[5]"},
		{"((void *)0)", "(void *)0x0", "void *"},
		{"((handler)-1)", "(handler)0xffffffffffffffff", "handler"},
		{"RED | 8", "9", "int"},
		{"other + 1", "43", "int"},
		{"(unsigned long)&((struct pair *)0)->b", "4", "unsigned long"},
		{"__builtin_offsetof(struct pair, c[2])", "16", "unsigned long"},
		{"sizeof(((struct pair *)0)->c)", "12", "unsigned long"},
		{"limit * 2", "14", "int"},
		{"(1, 2)", "2", "int"},
		{"__builtin_bswap32(1)", "16777216", "unsigned int"},
		{"sizeof(strlen(0))", "8", "unsigned long"},
		{"1 ?: 2", "1", "int"},
	} {
		s := NewScope(types.LinuxAMD64)
		u, err := s.Declare("typedef void (*handler)(int); enum { RED = 1 }; struct pair { int a, b; int c[3]; };\n"+
			"static const int limit = 7; size_t strlen(const char *);\n#define other 42\n#define X "+c.body+"\n", Options{})
		if err != nil {
			t.Errorf("%s: %v", c.body, err)
			continue
		}
		d := u.Find("X")
		if d.Kind != Constant || d.Value.String() != c.want || d.Value.Type.String() != c.ty {
			t.Errorf("%s: %s of type %v (%s), want %s of type %s", c.body, d.Value, d.Value.Type, d.Reason, c.want, c.ty)
		}
	}
}

// On each target the widths are its own.
func TestConstantsByTarget(t *testing.T) {
	for _, c := range []struct {
		target *types.Target
		want   string
	}{
		{types.LinuxAMD64, "8 16 -1 8 2147483648L"}, {types.WindowsAMD64, "4 8 -1 8 2147483648L"}, {types.LinuxARM64, "8 16 255 8 2147483648L"}, {types.DarwinARM64, "8 8 -1 8 2147483648L"},
	} {
		u := declare(t, NewScope(c.target), "#define A sizeof(long)\n#define B sizeof(long double)\n#define C (int)(char)-1\n#define D sizeof(2147483648)\n")
		if got := fmt.Sprint(u.Find("A").Value, u.Find("B").Value, u.Find("C").Value, u.Find("D").Value, "2147483648L"); strings.Join(strings.Fields(strings.ReplaceAll(got, "L", "L ")), "") != strings.ReplaceAll(c.want, " ", "") {
			t.Errorf("%s: %s, want %s", c.target, got, c.want)
		}
	}
}

func TestMacroCalls(t *testing.T) {
	s := NewScope(types.LinuxAMD64)
	u := declare(t, s, `
		#define MAX(a, b) ((a) > (b) ? (a) : (b))
		#define VERSION(major, minor) ((major) << 16 | (minor))
		#define SQUARE(x) ((x) * (x))
		#define HALF(x) ((x) / 2)
		#define FIRST(s) (s)
		#define NOTHING() 7
		#define DIV(a, b) ((a) / (b))
		#define SIZE(n) (sizeof(int) * (n))
		#define CAT(a, b) a##b
		#define STR(x) #x
		#define ANY(...) (__VA_ARGS__)
		#define CALLS(x) f(x)
		#define BLOCK(x) do { f(x); } while (0)
		#define TAKES_TYPE(T) sizeof(T)
		int f(int);`)
	i := func(list ...int64) (out []Value) {
		for _, n := range list {
			out = append(out, IntegerValue(n))
		}
		return out
	}
	for _, c := range []struct {
		name string
		args []Value
		want string
	}{
		{"MAX", i(3, 5), "5"}, {"MAX", i(-3, -5), "-3"}, {"MAX", []Value{FloatValue(1.5), IntegerValue(1)}, "1.5"},
		{"MAX", []Value{UnsignedValue(1 << 63), IntegerValue(1)}, "9223372036854775808"},
		{"VERSION", i(2, 26), "131098"}, {"SQUARE", i(-4), "16"}, {"HALF", []Value{FloatValue(-1)}, "-0.5"},
		{"FIRST", []Value{StringValue("a\"\n\xff")}, `"a\"\n\xff"`}, {"NOTHING", nil, "7"}, {"DIV", i(7, 2), "3"}, {"SIZE", i(3), "12"},
	} {
		d := u.Find(c.name)
		if !d.Usable() {
			t.Errorf("%s: %s", c.name, d.Reason)
			continue
		}
		if v, err := d.Macro.Call(c.args, nil); err != nil || v.String() != c.want {
			t.Errorf("%s%v: %s, %v; want %s", c.name, c.args, v, err, c.want)
		}
	}
	for name, want := range map[string]string{
		"CAT": "joins or quotes", "STR": "joins or quotes", "BLOCK": "it is a statement",
	} {
		if d := u.Find(name); d.Usable() || !strings.Contains(d.Reason, want) {
			t.Errorf("%s: %q, want %q", name, d.Reason, want)
		}
	}
	for want, call := range map[string]func() (Value, error){
		"MAX: 1 argument given, 2 wanted (a, b)": func() (Value, error) { return u.Find("MAX").Macro.Call(i(1), nil) },
		"division by zero":                       func() (Value, error) { return u.Find("DIV").Macro.Call(i(1, 0), nil) },
		"CALLS cannot be evaluated":              func() (Value, error) { return u.Find("CALLS").Macro.Call(i(1), nil) },
	} {
		if _, err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Which of several #defines holds is the preprocessor's to say.
func TestMacrosOfManyDefines(t *testing.T) {
	u := declare(t, NewScope(types.Host()), `
		#if 1
		#define F(a, b) ((a) + (b))
		#define G(a) ((a) + 1)
		#define H 5
		#else
		#define F(a) (a)
		#define G(a, b) (a)
		#define H(a) (a)
		#endif
		#define GONE 1
		#undef GONE
		#define TWICE 1
		#undef TWICE
		#define TWICE 2
		int puts(const char *);
		#define alias puts
		#define byte unsigned char
		#define nothing
		#define SELF SELF
		#define PLACE __LINE__`)
	for name, want := range map[string]string{
		"F": "macro #define F(a, b) ((a) + (b))", "G": "macro #define G(a) ((a) + 1)", "H": "constant H = 5", "GONE": "nothing", "TWICE": "constant TWICE = 2",
		"alias": "function int alias(const char *)", "byte": "type typedef unsigned char byte", "nothing": "macro #define nothing", "SELF": "macro #define SELF SELF", "PLACE": "macro #define PLACE __LINE__",
	} {
		if got := describe(u.Find(name)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if d := u.Find("alias"); d.Symbol != "puts" {
		t.Errorf("alias: symbol %s", d.Symbol)
	}
}

// A later text sees the macros of an earlier one.
func TestMacrosStay(t *testing.T) {
	s := NewScope(types.Host())
	declare(t, s, "#define N 3\n#define ADD(a, b) ((a) + (b))\n#define API extern\n")
	u := declare(t, s, "API int a[ADD(N, 1)];\n#ifdef N\nint yes;\n#endif\n")
	if got := describe(u.Find("a")); got != "variable int a[4]" || u.Find("yes") == nil {
		t.Errorf("a: %s", got)
	}
	u, err := s.Declare("int b[M];", Options{Defines: []string{"M=N*2", "FLAG"}})
	if err != nil || describe(u.Find("b")) != "variable int b[6]" {
		t.Errorf("b: %v, %v", u, err)
	}
	for _, d := range []string{"", "=1", "1A", "A B=1", "A=1\n#include <x>", "A=\\", "A=\\ "} {
		if _, err := s.Declare("int z;", Options{Defines: []string{d}}); err == nil {
			t.Errorf("%q was defined", d)
		}
	}
}
