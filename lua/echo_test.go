// This file tests scalars one at a time: what C gets of a Lua value, and what Lua gets back, for every
// type and all its edge values. The C compiler is the oracle: each row has the value in C beside the
// value in Lua, and the bytes C got must be those it has for its own constant.

package lua

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"

	"dlsh/types"
)

// edge is one value: as C writes it, as Lua writes it, and what Lua gets back where that is not the same.
type edge struct{ c, lua, back string }

func (v edge) result() string {
	if v.back == "" {
		return v.lua
	}
	return v.back
}

var boolEdges = []edge{
	{"1", "true", ""},
	{"0", "false", ""},
	{"1", "1", "true"},
	{"0", "0", "false"},
	{"0", "-0", "false"},
	{"2", "2", "true"}, // C11 6.3.1.2: 1 unless it compares equal to 0
	{"256", "256", "true"},
	{"-1", "-1", "true"},
	{"0.5", "0.5", "true"},
	{"NAN", "nan", "true"},
	{"INFINITY", "inf", "true"},
	{"18446744073709551615ull", `u64"18446744073709551615"`, "true"},
}

var charEdges = []edge{
	{`'A'`, `"A"`, ""},
	{`'\0'`, `"\0"`, ""},
	{`'\x7f'`, `"\127"`, ""},
	{`'\x80'`, `"\128"`, ""},
	{`'\xff'`, `"\255"`, ""},
	{`65`, `65`, `"A"`},
	{`-1`, `-1`, `"\255"`},
	{`-128`, `-128`, `"\128"`},
	{`255`, `255`, `"\255"`},
}

// What is no character has no Lua string; testdata/lua/buffers.lua has those.
var wcharEdges = []edge{
	{`L'A'`, `"A"`, ""},
	{`L'\0'`, `"\0"`, ""},
	{`0xe9`, `"é"`, ""},
	{`0x20ac`, `"€"`, ""},
	{`0x20ac`, `0x20ac`, `"€"`},
	{`0xfffd`, `"\239\191\189"`, ""}, // the replacement character itself
	{`0x1f600`, `"😀"`, ""},
	{`0x10ffff`, `"\244\143\191\191"`, ""},
}

var integerEdges = map[string][]edge{
	"int8": {
		{"INT8_MIN", "-128", ""},
		{"-127", "-127", ""},
		{"-1", "-1", ""},
		{"0", "0", ""},
		{"0", "-0", "0"},
		{"1", "1", ""},
		{"INT8_MAX", "127", ""},
		{"(int8_t)128", "128", "-128"},
		{"(int8_t)255", "255", "-1"},
		{"1", "true", "1"},
	},
	"uint8": {
		{"0", "0", ""},
		{"1", "1", ""},
		{"INT8_MAX", "127", ""},
		{"128", "128", ""},
		{"UINT8_MAX", "255", ""},
		{"(uint8_t)-1", "-1", "255"},
		{"(uint8_t)-128", "-128", "128"},
	},
	"int16": {
		{"INT16_MIN", "-32768", ""},
		{"-129", "-129", ""},
		{"-1", "-1", ""},
		{"0", "0", ""},
		{"255", "255", ""},
		{"INT16_MAX", "32767", ""},
		{"(int16_t)32768", "32768", "-32768"},
		{"(int16_t)65535", "65535", "-1"},
	},
	"uint16": {
		{"0", "0", ""},
		{"32768", "32768", ""},
		{"UINT16_MAX", "65535", ""},
		{"(uint16_t)-1", "-1", "65535"},
		{"(uint16_t)-32768", "-32768", "32768"},
	},
	"int32": {
		{"INT32_MIN", "-2^31", ""},
		{"INT32_MIN + 1", "-2^31 + 1", ""},
		{"-65536", "-65536", ""},
		{"-1", "-1", ""},
		{"0", "0", ""},
		{"1", "1", ""},
		{"65535", "65535", ""},
		{"INT32_MAX", "2^31 - 1", ""},
		{"(int32_t)2147483648u", "2^31", "-2^31"},
		{"(int32_t)UINT32_MAX", "2^32 - 1", "-1"},
		{"INT32_MIN", "i64(-2^31)", "-2^31"},
		{"-1", "u64(2^32 - 1)", "-1"},
	},
	"uint32": {
		{"0", "0", ""},
		{"INT32_MAX", "2^31 - 1", ""},
		{"2147483648u", "2^31", ""},
		{"UINT32_MAX - 1", "2^32 - 2", ""},
		{"UINT32_MAX", "2^32 - 1", ""},
		{"(uint32_t)-1", "-1", "2^32 - 1"},
		{"(uint32_t)INT32_MIN", "-2^31", "2^31"},
		{"UINT32_MAX", "i64(-1)", "2^32 - 1"},
	},
	"int64": {
		{"INT64_MIN", `i64"-9223372036854775808"`, ""},
		{"INT64_MIN", `-2^63`, `i64"-9223372036854775808"`},
		{"INT64_MIN + 1", `i64"-9223372036854775807"`, ""},
		{"-9007199254740993", `i64"-9007199254740993"`, ""},
		{"-9007199254740992", "-2^53", ""},
		{"-9007199254740991", "-2^53 + 1", ""},
		{"INT32_MIN", "-2^31", ""},
		{"-1", "-1", ""},
		{"-1", "i64(-1)", "-1"},
		{"0", "0", ""},
		{"1", "1", ""},
		{"INT32_MAX", "2^31 - 1", ""},
		{"2147483648", "2^31", ""},
		{"UINT32_MAX", "2^32 - 1", ""},
		{"4294967296", "2^32", ""},
		{"9007199254740991", "2^53 - 1", ""},
		{"9007199254740992", "2^53", ""},
		{"9007199254740993", `i64"9007199254740993"`, ""},
		{"9007199254740993", `u64"9007199254740993"`, `i64"9007199254740993"`},
		{"INT64_MAX", `i64"9223372036854775807"`, ""},
		{"(int64_t)9223372036854775808ull", "2^63", `i64"-9223372036854775808"`},
		{"(int64_t)UINT64_MAX", `u64"18446744073709551615"`, "-1"},
	},
	"uint64": {
		{"0", "0", ""},
		{"2147483648", "2^31", ""},
		{"UINT32_MAX", "2^32 - 1", ""},
		{"9007199254740991", "2^53 - 1", ""},
		{"9007199254740992", "2^53", ""},
		{"9007199254740993", `u64"9007199254740993"`, ""},
		{"9007199254740993", `i64"9007199254740993"`, `u64"9007199254740993"`},
		{"INT64_MAX", `u64"9223372036854775807"`, ""},
		{"9223372036854775808ull", `u64"9223372036854775808"`, ""},
		{"9223372036854775808ull", "2^63", `u64"9223372036854775808"`},
		{"18446744073709549568ull", "2^64 - 2048", `u64"18446744073709549568"`},
		{"UINT64_MAX", `u64"18446744073709551615"`, ""},
		{"UINT64_MAX", "-1", `u64"18446744073709551615"`},
		{"(uint64_t)INT64_MIN", "-2^63", `u64"9223372036854775808"`},
	},
}

var floatEdges = []edge{
	{"0.0", "0", ""},
	{"-0.0f", "-0.0", ""},
	{"1.5f", "1.5", ""},
	{"0.1f", "0.1", "0.10000000149011612"},
	{"FLT_MAX", "3.4028234663852886e38", ""},
	{"-FLT_MAX", "-3.4028234663852886e38", ""},
	{"FLT_MIN", "2^-126", ""},
	{"0x1.fffffcp-127f", "2^-126 - 2^-149", ""}, // the greatest denormal
	{"FLT_TRUE_MIN", "2^-149", ""},
	{"0.0f", "2^-150", "0"}, // a tie, to even
	{"FLT_TRUE_MIN", "2^-150 * 1.0000001", "2^-149"},
	{"FLT_EPSILON", "2^-23", ""},
	{"16777216", "2^24 + 1", "2^24"}, // ties go to even
	{"16777220", "2^24 + 3", "2^24 + 4"},
	{"INFINITY", "1e39", "inf"},
	{"INFINITY", "inf", ""},
	{"-INFINITY", "-inf", ""},
	{"NAN", "nan", ""},
	{"(float)9007199791611905ll", `i64"9007199791611905"`, "2^53 + 2^30"}, // rounded once, not first to double
	{"(float)UINT64_MAX", `u64"18446744073709551615"`, "2^64"},
}

var doubleEdges = []edge{
	{"0.0", "0", ""},
	{"-0.0", "-0.0", ""},
	{"0.1", "0.1", ""},
	{"-123456789.125", "-123456789.125", ""},
	{"DBL_MAX", "1.7976931348623157e308", ""},
	{"-DBL_MAX", "-1.7976931348623157e308", ""},
	{"DBL_MIN", "2.2250738585072014e-308", ""},
	{"0x1.ffffffffffffep-1023", "2.2250738585072009e-308", ""}, // the greatest denormal
	{"DBL_TRUE_MIN", "4.9406564584124654e-324", ""},
	{"-DBL_TRUE_MIN", "-4.9406564584124654e-324", ""},
	{"DBL_EPSILON", "2^-52", ""},
	{"9007199254740991.0", "2^53 - 1", ""},
	{"9007199254740992.0", "2^53", ""},
	{"INFINITY", "inf", ""},
	{"-INFINITY", "-inf", ""},
	{"NAN", "nan", ""},
}

// An integer that no double holds is rounded, as C converts it.
var wideDoubleEdges = append([]edge{
	{"9007199254740993ll", `i64"9007199254740993"`, "2^53"},
	{"9007199254740995ll", `i64"9007199254740995"`, "2^53 + 4"},
	{"UINT64_MAX", `u64"18446744073709551615"`, "2^64"},
}, doubleEdges...)

// Lua's numbers are doubles, so those are the long doubles that come back as they went.
var longDoubleEdges = append([]edge{
	{"0x1p-1000l", "2^-1000", ""},
}, doubleEdges...)

var addressEdges = []edge{
	{"NULL", "nil", ""},
	{"NULL", "0", "nil"},
	{"1", "1", ""},
	{"0x7fffffffffff", "2^47 - 1", ""},
	{"0x20000000000001", `u64"0x20000000000001"`, ""},
	{"UINTPTR_MAX", "-1", `u64"18446744073709551615"`},
	{"UINTPTR_MAX", `u64"18446744073709551615"`, ""},
}

// An int * from nowhere prints as its address does.
var pointerEdges = []edge{
	{"NULL", "nil", ""},
	{"0x1000", `ctypes.cast(0x1000, ctypes.POINTER(ctypes.c_int))`, ""},
	{"0xfffffffffffffff8", `ctypes.cast(-8, "int *")`, ""},
	{"0x1000", `ctypes.c_void_p(0x1000)`, `ctypes.cast(0x1000, "int *")`}, // void * converts to any pointer
}

var textEdges = []edge{
	{`"hello"`, `"hello"`, ""},
	{`""`, `""`, ""},
	{`"\xff\x80\n"`, `"\255\128\n"`, ""},
	{`"cut"`, `"cut\0off"`, `"cut"`},
	{"NULL", "nil", ""},
	{`"buffer"`, `ctypes.create_string_buffer("buffer")`, `"buffer"`},
	{`"object"`, `ctypes.c_char_p("object")`, `"object"`},
}

var wideTextEdges = []edge{
	{`L"hello"`, `"hello"`, ""},
	{`L""`, `""`, ""},
	{`L"\u20ac \U0001f600"`, `"€ 😀"`, ""},
	{"NULL", "nil", ""},
	{`L"buffer"`, `ctypes.create_unicode_buffer("buffer")`, `"buffer"`},
}

// echoType is one scalar type: echo_NAME in testdata/echo.c, its C type, and the ways to name that in Lua.
type echoType struct {
	name, c string
	lua     []string
	edges   []edge // none for the integers, which take those of their width and sign
}

var echoTypes = []echoType{
	{"bool", "_Bool", []string{`ctypes.c_bool`, `"_Bool"`, `"bool"`}, boolEdges},
	{"char", "char", []string{`ctypes.c_char`, `"char"`, `"const char"`}, charEdges},
	{"schar", "signed char", []string{`ctypes.c_byte`, `"signed char"`, `"char signed"`}, nil},
	{"uchar", "unsigned char", []string{`ctypes.c_ubyte`, `"unsigned char"`}, nil},
	{"short", "short", []string{`ctypes.c_short`, `"short"`, `"short int"`, `"signed short int"`}, nil},
	{"ushort", "unsigned short", []string{`ctypes.c_ushort`, `"unsigned short"`, `"short unsigned int"`}, nil},
	{"int", "int", []string{`ctypes.c_int`, `"int"`, `"signed"`, `"const int"`}, nil},
	{"uint", "unsigned", []string{`ctypes.c_uint`, `"unsigned"`, `"unsigned int"`}, nil},
	{"long", "long", []string{`ctypes.c_long`, `"long"`, `"long int"`}, nil},
	{"ulong", "unsigned long", []string{`ctypes.c_ulong`, `"unsigned long"`, `"long unsigned"`}, nil},
	{"llong", "long long", []string{`ctypes.c_longlong`, `"long long"`, `"long long int"`}, nil},
	{"ullong", "unsigned long long", []string{`ctypes.c_ulonglong`, `"unsigned long long"`, `"long unsigned int long"`}, nil},
	{"float", "float", []string{`ctypes.c_float`, `"float"`}, floatEdges},
	{"double", "double", []string{`ctypes.c_double`, `"double"`}, wideDoubleEdges},
	{"ldouble", "long double", []string{`ctypes.c_longdouble`, `"long double"`, `"double long"`}, longDoubleEdges},
	{"wchar", "wchar_t", []string{`ctypes.c_wchar`, `"wchar_t"`, `"const wchar_t"`}, wcharEdges},
	{"size", "size_t", []string{`ctypes.c_size_t`, `"size_t"`}, nil},
	{"ssize", "ssize_t", []string{`ctypes.c_ssize_t`, `"ssize_t"`}, nil},
	{"ptrdiff", "ptrdiff_t", []string{`"ptrdiff_t"`}, nil},
	{"intptr", "intptr_t", []string{`"intptr_t"`}, nil},
	{"uintptr", "uintptr_t", []string{`"uintptr_t"`}, nil},
	{"int8", "int8_t", []string{`ctypes.c_int8`, `"int8_t"`}, nil},
	{"uint8", "uint8_t", []string{`ctypes.c_uint8`, `"uint8_t"`}, nil},
	{"int16", "int16_t", []string{`ctypes.c_int16`, `"int16_t"`}, nil},
	{"uint16", "uint16_t", []string{`ctypes.c_uint16`, `"uint16_t"`}, nil},
	{"int32", "int32_t", []string{`ctypes.c_int32`, `"int32_t"`}, nil},
	{"uint32", "uint32_t", []string{`ctypes.c_uint32`, `"uint32_t"`}, nil},
	{"int64", "int64_t", []string{`ctypes.c_int64`, `"int64_t"`}, nil},
	{"uint64", "uint64_t", []string{`ctypes.c_uint64`, `"uint64_t"`}, nil},
	{"time", "time_t", []string{`ctypes.c_time_t`, `"time_t"`}, nil},
	{"address", "void *", []string{`ctypes.c_void_p`, `"void *"`, `"const void *"`}, addressEdges},
	{"ints", "int *", []string{`ctypes.POINTER(ctypes.c_int)`, `"int *"`, `"const int *"`}, pointerEdges},
	{"text", "char *", []string{`ctypes.c_char_p`, `"char *"`, `"const char *"`}, textEdges},
	{"wtext", "wchar_t *", []string{`ctypes.c_wchar_p`, `"wchar_t *"`, `"const wchar_t *"`}, wideTextEdges},
}

// values are the edge values of the type. The C types of one width and sign share theirs.
func (e echoType) values(t testing.TB) []edge {
	if e.edges != nil {
		return e.edges
	}
	ty, err := types.Parse(e.c)
	if err != nil {
		t.Fatal(err)
	}
	class := fmt.Sprintf("int%d", hostTarget.Size(ty)*8)
	if !hostTarget.Signed(ty) {
		class = "u" + class
	}
	return integerEdges[class]
}

// echoLibrary compiles testdata/echo.c together with a function want_NAME(i) for each type, which has C
// echo its own i-th edge value.
func echoLibrary(t testing.TB) string {
	var src strings.Builder
	src.WriteString("#include <float.h>\n#include <math.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <sys/types.h>\n#include <time.h>\n#include <wchar.h>\n")
	for _, e := range echoTypes {
		fmt.Fprintf(&src, "%s echo_%s(%s);\nvoid want_%s(int i) {\n\tstatic const %s edges[] = {\n", e.c, e.name, e.c, e.name, e.c)
		for _, v := range e.values(t) {
			fmt.Fprintf(&src, "\t\t(%s)(%s),\n", e.c, v.c)
		}
		fmt.Fprintf(&src, "\t};\n\techo_%s(edges[i]);\n}\n", e.name)
	}
	file := filepath.Join(t.TempDir(), "edges.c")
	if err := os.WriteFile(file, []byte(src.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return compileC(t, []string{"-O1"}, "../testdata/echo.c", file)
}

// gotBytes are the bytes that the last echo function got; nil for a null pointer to text.
func gotBytes(t testing.TB, s *Session) []byte {
	size := evalOne(t, s, `return ctypes.c_int.in_dll(lib, "got_size").value`).(glua.LNumber)
	if size < 0 {
		return nil
	}
	return cBytes(t, s, "got", 64)[:int(size)]
}

// TestEcho compiles the library once for all of them.
func TestEcho(t *testing.T) {
	library := echoLibrary(t)
	for name, test := range map[string]func(*testing.T, string){
		"edge values":             testEdgeValues,
		"out parameters":          testOutParameters,
		"out parameter functions": testOutParameterFunctions,
		"registers are filled":    testArgumentsFillTheirRegisters,
		"conversions":             testArgumentConversions,
		"variadic":                testVariadicArguments,
		"wrong arguments":         testWrongArguments,
		"wrong argument counted":  testWrongArgumentIsCounted,
	} {
		t.Run(name, func(t *testing.T) { test(t, library) })
	}
}

// isNaN reports whether b holds a NaN of a floating type. Which of the many NaNs 0/0 makes is the processor's choice.
func isNaN(e echoType, b []byte) bool {
	var f float64
	switch e.name {
	case "float":
		f = float64(math.Float32frombits(uint32(getWord(b, 4))))
	case "double":
		f = math.Float64frombits(getWord(b, 8))
	case "ldouble":
		f = getLong(hostTarget, b)
	}
	return math.IsNaN(f)
}

func testEdgeValues(t *testing.T, library string) {
	s := newTestSession(t, library)
	for _, e := range echoTypes {
		t.Run(e.name, func(t *testing.T) {
			for i, v := range e.values(t) {
				evalLua(t, s, fmt.Sprintf("lib.want_%s(%d)", e.name, i))
				want := gotBytes(t, s)
				back := evalOne(t, s, "return "+v.result())
				for _, name := range e.lua {
					what := fmt.Sprintf("echo_%s(%s) as %s", e.name, v.lua, name)
					evalLua(t, s, fmt.Sprintf("echo = lib.echo_%s; echo.argtypes, echo.restype = {%s}, %s", e.name, name, name))
					result := evalOne(t, s, "return echo("+v.lua+")")
					if got := gotBytes(t, s); !bytes.Equal(got, want) && !(isNaN(e, got) && isNaN(e, want)) {
						t.Errorf("%s: C got % x, its own %s is % x", what, got, v.c, want)
					}
					if !sameLua(s, result, back) {
						t.Errorf("%s gives back %s, want %s", what, describe(result), describe(back))
					}
				}
			}
		})
	}
}

// give_T stores its argument through a pointer: the value must be in the object that was lent.
func testOutParameters(t *testing.T, library string) {
	s := newTestSession(t, library)
	for _, e := range echoTypes {
		if e.name == "text" || e.name == "wtext" {
			continue // what a copy's address says after the call means nothing
		}
		for _, v := range e.values(t) {
			for _, lend := range []string{"ctypes.byref(out)", "ctypes.pointer(out)", "out"} {
				name := e.lua[len(e.lua)-1]
				chunk := fmt.Sprintf(`
					local T = %s
					if type(T) == "string" then T = ctypes.POINTER(T)._type_ end
					lib.give_%s.argtypes, lib.give_%s.restype = {T, ctypes.POINTER(T)}, nil
					local out = T()
					lib.give_%s(%s, %s)
					return ctypes.pointer(out)[0]`, name, e.name, e.name, e.name, v.lua, lend)
				want := evalOne(t, s, "return "+v.result())
				if e.name == "ints" && want == glua.LNil {
					want = evalOne(t, s, "return ctypes.POINTER(ctypes.c_int)()") // a result can be nil, a stored pointer is NULL
				}
				if got := evalOne(t, s, chunk); !sameLua(s, got, want) {
					t.Errorf("give_%s(%s, %s) as %s stores %s, want %s", e.name, v.lua, lend, name, describe(got), describe(want))
				}
			}
		}
	}
}

// luaRow is a Lua expression and the text of what it gives; several values are joined by spaces.
type luaRow struct{ expr, want string }

func checkRows(t *testing.T, s *Session, rows []luaRow) {
	t.Helper()
	for _, row := range rows {
		var got []string
		values, err := tryLua(s, "return "+row.expr)
		if err != nil {
			t.Errorf("%s: %v", row.expr, err)
			continue
		}
		for _, lv := range values {
			got = append(got, s.L.ToStringMeta(lv).String())
		}
		if text := strings.Join(got, " "); text != row.want {
			t.Errorf("%s = %s, want %s", row.expr, text, row.want)
		}
	}
}

// as(T, x) passes x as a T to a function that gives the whole register back as a 64-bit integer.
const registerPrelude = `
	function as(T, x)
		local f = ctypes.CDLL(path).echo_llong
		f.argtypes, f.restype = {T}, "long long"
		return f(x)
	end
	function call(name, T, x)
		lib[name].argtypes, lib[name].restype = {T}, T
		return lib[name](x)
	end
	function declare(f, argtypes, restype)
		f.argtypes, f.restype = argtypes, restype
		return f
	end
`

// Compilers disagree on who extends an argument narrower than int; clang leaves it to the caller. So a
// register always holds the number itself, and not its low bits beside rubbish.
func testArgumentsFillTheirRegisters(t *testing.T, library string) {
	s := newTestSession(t, library)
	evalLua(t, s, registerPrelude)
	checkRows(t, s, []luaRow{
		{`as("signed char", -1)`, "-1"},
		{`as("signed char", 255)`, "-1"},
		{`as("unsigned char", -1)`, "255"},
		{`as("unsigned char", 255)`, "255"},
		{`as("short", -32768)`, "-32768"},
		{`as("short", 65535)`, "-1"},
		{`as("unsigned short", -1)`, "65535"},
		{`as("int", 2^32 - 1)`, "-1"},
		{`as("int", i64(2^31))`, "-2147483648"},
		{`as("unsigned", -1)`, "4294967295"},
		{`as("unsigned", u64(2^31))`, "2147483648"},
		{`as("_Bool", true)`, "1"},
		{`as("_Bool", 256)`, "1"},
		{`as("char", "A")`, "65"},
	})
	high := "-1"
	if !charSigned {
		high = "255"
	}
	checkRows(t, s, []luaRow{
		{`as("char", "\255")`, high},
		{`as("char", -1)`, high},
		{`as("char", ctypes.c_char("\255"))`, high},
	})
}

// A parameter takes what C would convert without a cast, whatever shape it has in Lua.
func testArgumentConversions(t *testing.T, library string) {
	s := newTestSession(t, library)
	evalLua(t, s, registerPrelude)
	checkRows(t, s, []luaRow{
		{`call("echo_int", "int", ctypes.c_short(-3))`, "-3"},
		{`call("echo_int", "int", ctypes.c_bool(true))`, "1"},
		{`call("echo_int", "int", false)`, "0"},
		{`call("echo_int", "int", {_as_parameter_ = 7})`, "7"},
		{`call("echo_int", "int", {_as_parameter_ = {_as_parameter_ = ctypes.c_int(8)}})`, "8"},
		{`call("echo_schar", "signed char", ctypes.c_longlong(-128))`, "-128"},
		{`call("echo_ullong", "unsigned long long", ctypes.c_longlong(-1))`, "18446744073709551615"},
		{`call("echo_llong", "long long", ctypes.c_uint64(u64"18446744073709551615"))`, "-1"},
		{`call("echo_float", "float", ctypes.c_double(0.5))`, "0.5"},
		{`call("echo_double", "double", ctypes.c_float(0.1))`, "0.10000000149011612"},
		{`call("echo_double", "double", ctypes.c_int(-3))`, "-3"},
		{`call("echo_double", "double", ctypes.c_uint64(-1)) == 2^64`, "true"},
		{`call("echo_double", "double", i64(-2^62)) == -2^62`, "true"},
		{`call("echo_ldouble", "long double", ctypes.c_float(0.5))`, "0.5"},
		{`call("echo_bool", "_Bool", ctypes.c_int(-2))`, "true"},
		{`call("echo_char", "char", ctypes.c_char("x"))`, "x"},
		{`call("echo_char", "char", ctypes.c_ubyte(120))`, "x"},
		{`call("echo_wchar", "wchar_t", ctypes.c_wchar("é"))`, "é"},
		{`call("echo_wchar", "wchar_t", ctypes.c_int(233))`, "é"},
		{`call("echo_address", "void *", lib.echo_int) == ctypes.cast(lib.echo_int, "void *").value`, "true"},
		{`call("echo_address", "void *", "text") ~= nil`, "true"},
	})
	// Pointers: what stands for the address of an int, and of anything at all.
	evalLua(t, s, `
		x, a = ctypes.c_int(42), (ctypes.c_int * 3)(7, 8, 9)
		at = {x = ctypes.addressof(x), a = ctypes.addressof(a)}
		ints = declare(lib.echo_ints, {"int *"}, "int *")
		any = declare(lib.echo_address, {"void *"}, "void *")`)
	checkRows(t, s, []luaRow{
		{`ints(x)[0], ints(ctypes.byref(x))[0], ints(ctypes.pointer(x)).contents.value`, "42 42 42"},
		{`ints(a)[0], ints(a)[2], ints(ctypes.byref(a))[1]`, "7 9 8"},
		{`ints(ctypes.byref(x, 4)) == ctypes.cast(at.x + 4, "int *")`, "true"},
		{`ints(ctypes.cast(at.a, "int *"))[1]`, "8"},
		{`ints(nil)`, "nil"},
		{`any(ctypes.byref(x)) == at.x, any(ctypes.pointer(x)) == at.x, any(a) == at.a, any(at.a) == at.a`, "true true true true"},
		{`any(ctypes.c_void_p(at.x)) == at.x, any(ctypes.c_void_p()), any(ctypes.POINTER(ctypes.c_int)())`, "true nil nil"},
	})
}

// Functions written for out parameters, called as a program would.
func testOutParameterFunctions(t *testing.T, library string) {
	s := newTestSession(t, library)
	evalLua(t, s, registerPrelude+`
		divide = declare(lib.divide, {"int", "int", "int *", "int *"}, "int")
		spell = declare(lib.spell, {"int", "const char **"}, "int")
		tally = declare(lib.tally, {"const char *", ctypes.c_uint * 26}, "size_t")
		q, r, name, counts = ctypes.c_int(), ctypes.c_int(), ctypes.c_char_p(), (ctypes.c_uint * 26)()`)
	checkRows(t, s, []luaRow{
		{`divide(-17, 5, q, r), q.value, r.value`, "0 -3 -2"},
		{`divide(17, 5, ctypes.byref(q), nil), q.value, r.value`, "0 3 -2"},
		{`divide(1, 0, q, r), q.value`, "-1 3"},
		{`spell(3, ctypes.byref(name)), name.value`, "5 three"},
		{`spell(9, ctypes.byref(name)), name.value`, "0 nil"},
		{`tally("banana", counts), counts[0], counts[1], counts[13], counts[25]`, "6 3 1 2 0"},
	})
}

// Each variadic argument goes as C's default argument promotions (C11 6.5.2.2p6) have it. vary's format says
// what C reads; what C read lies in varied, 16 bytes each.
func testVariadicArguments(t *testing.T, library string) {
	s := newTestSession(t, library)
	evalLua(t, s, `
		lib.vary.argtypes = {"const char *", "..."}
		double = ctypes.c_double
		local slots = (ctypes.c_char * 1024).in_dll(lib, "varied")
		local reads = {i = ctypes.c_int, u = ctypes.c_uint, l = ctypes.c_longlong, d = ctypes.c_double,
			D = ctypes.c_longdouble, p = ctypes.c_void_p}
		function vary(format, ...)
			local n, out = lib.vary(format, ...), {}
			assert(n == #format)
			for i = 1, n do
				local at, T = (i - 1) * 16, reads[format:sub(i, i)]
				if T then
					out[i] = T.from_buffer_copy(slots, at).value
				else
					out[i] = slots:slice(at, at + 16):match("^%Z*")
				end
			end
			return unpack(out, 1, n)
		end`)
	checkRows(t, s, []luaRow{
		{`vary("i", 5)`, "5"},
		{`vary("iii", -1, 2^31 - 1, -2^31)`, "-1 2147483647 -2147483648"},
		{`vary("u", 2^32 - 1)`, "4294967295"},
		{`vary("l", 2^53)`, "9007199254740992"},
		{`vary("ll", i64"9223372036854775807", u64"18446744073709551615")`, "9223372036854775807 -1"},
		{`vary("d", double(0.5))`, "0.5"},
		{`vary("d", double(inf)) == inf, vary("d", double(-inf)) == -inf`, "true true"},
		{`vary("d", ctypes.c_double(2))`, "2"},
		{`vary("d", ctypes.c_float(1.5))`, "1.5"}, // float to double
		{`vary("D", ctypes.c_longdouble(0.25))`, "0.25"},
		{`vary("iDiD", 1, ctypes.c_longdouble(2), 3, ctypes.c_longdouble(-4))`, "1 2 3 -4"},
		{`vary("iiiii", ctypes.c_byte(-5), ctypes.c_ubyte(250), ctypes.c_short(-500), ctypes.c_ushort(65535), ctypes.c_bool(true))`, "-5 250 -500 65535 1"},
		{`vary("i", ctypes.c_char("A")), vary("i", true), vary("i", ctypes.c_wchar("A"))`, "65 1 65"},
		{`vary("u", ctypes.c_uint(2^32 - 1)), vary("l", ctypes.c_long(-2^40)), vary("l", ctypes.c_size_t(2^40))`, "4294967295 -1099511627776 1099511627776"},
		{`vary("s", "text")`, "text"},
		{`vary("sis", "one", 2, "three")`, "one 2 three"},
		{`vary("s", ctypes.create_string_buffer("buffer")), vary("s", ctypes.c_char_p("object"))`, "buffer object"},
		{`vary("p", nil), vary("p", ctypes.c_void_p(4096))`, "nil 4096"},
		// All registers and then the stack, of both kinds in turn.
		{`vary("ididididididididididididid", 1, double(1.5), 2, double(2.5), 3, double(3.5), 4, double(4.5), 5, double(5.5), 6, double(6.5), 7, double(7.5), 8, double(8.5), 9, double(9.5), 10, double(10.5), 11, double(11.5), 12, double(12.5), 13, double(13.5))`,
			"1 1.5 2 2.5 3 3.5 4 4.5 5 5.5 6 6.5 7 7.5 8 8.5 9 9.5 10 10.5 11 11.5 12 12.5 13 13.5"},
		{`vary("ddddddddddD", double(.5), double(.25), double(.125), double(.5), double(.25), double(.125), double(.5), double(.25), double(.125), double(.5), ctypes.c_longdouble(3))`,
			"0.5 0.25 0.125 0.5 0.25 0.125 0.5 0.25 0.125 0.5 3"},
		{`vary("")`, ""},
	})
}

// What a parameter does not take is an ArgumentError that names the function, the argument, the value and the type.
func testWrongArguments(t *testing.T, library string) {
	s := newTestSession(t, library)
	evalLua(t, s, `
		function wrong(name, T, x)
			lib["echo_" .. name].argtypes = {T}
			local ok, e = pcall(lib["echo_" .. name], x)
			if ok then return "it was taken" end
			return e.kind .. " " .. e.message
		end`)
	for _, row := range []struct{ name, c, value, want string }{
		// More than the width holds, even with the sign bent.
		{"schar", "signed char", "300", "number 300 does not fit signed char (-128 to 255)"},
		{"schar", "signed char", "256", "number 256 does not fit signed char (-128 to 255)"},
		{"schar", "signed char", "-129", "number -129 does not fit signed char (-128 to 255)"},
		{"uchar", "unsigned char", "300", "number 300 does not fit unsigned char (-128 to 255)"},
		{"uint8", "uint8_t", "-129", "number -129 does not fit uint8_t (-128 to 255)"},
		{"short", "short", "65536", "number 65536 does not fit short (-32768 to 65535)"},
		{"ushort", "unsigned short", "-32769", "number -32769 does not fit unsigned short (-32768 to 65535)"},
		{"int", "int", "2^32", "number 4294967296 does not fit int (-2147483648 to 4294967295)"},
		{"int", "int", "-2^31 - 1", "number -2147483649 does not fit int (-2147483648 to 4294967295)"},
		{"int", "int", `u64"18446744073709551615"`, "uint64 18446744073709551615 does not fit int (-2147483648 to 4294967295)"},
		{"int", "int", `2^64 - 2048`, "number 1.844674407370955e+19 does not fit int (-2147483648 to 4294967295)"},
		{"int", "int", `ctypes.c_uint64(-1)`, "c_ulong(18446744073709551615) does not fit int (-2147483648 to 4294967295)"},
		{"int", "int", `i64"-2147483649"`, "int64 -2147483649 does not fit int (-2147483648 to 4294967295)"},
		{"schar", "signed char", `ctypes.c_short(300)`, "c_short(300) does not fit signed char (-128 to 255)"},
		{"uint", "unsigned int", "1e10", "number 10000000000 does not fit unsigned int (-2147483648 to 4294967295)"},
		{"long", "long", "2^64", "number 1.8446744073709552e+19 does not fit long (-9223372036854775808 to 18446744073709551615)"},
		{"size", "size_t", "-1e19", "number -1e+19 does not fit size_t (-9223372036854775808 to 18446744073709551615)"},
		{"char", "char", "256", "number 256 does not fit char (-128 to 255)"},
		{"wchar", "wchar_t", "2^32", "number 4294967296 does not fit wchar_t (-2147483648 to 4294967295)"},

		// Not whole numbers.
		{"int", "int", "1.5", "cannot convert number 1.5 to int: it is not a whole number"},
		{"uchar", "unsigned char", "0.1", "cannot convert number 0.1 to unsigned char: it is not a whole number"},
		{"llong", "long long", "-0.5", "cannot convert number -0.5 to long long: it is not a whole number"},
		{"char", "char", "65.5", "cannot convert number 65.5 to char: it is not a whole number"},
		{"int", "int", "nan", "cannot convert number nan to int"},
		{"uint64", "uint64_t", "inf", "cannot convert number inf to uint64_t"},
		{"schar", "signed char", "-inf", "cannot convert number -inf to signed char"},
		{"address", "void *", "0.5", "cannot convert number 0.5 to void *: it is not a whole number"},
		{"address", "void *", "nan", "cannot convert number nan to void *"},

		// Not numbers at all.
		{"int", "int", `"x"`, `cannot convert string "x" to int`},
		{"int", "int", `"5"`, `cannot convert string "5" to int`},
		{"int", "int", "nil", "cannot convert nil to int"},
		{"int", "int", "{}", "cannot convert a table to int"},
		{"int", "int", "print", "cannot convert a function to int"},
		{"int", "int", "ctypes.c_double(1)", "cannot convert c_double(1.0) to int"},
		{"int", "int", "ctypes.c_int", "cannot convert the type c_int (call it to make a value) to int"},
		{"int", "int", "ctypes.c_void_p(1)", "cannot convert c_void_p(1) to int"},
		{"int", "int", "ctypes.byref(ctypes.c_int(5))", "cannot convert byref(c_int(5)) to int"},
		{"int", "int", "(ctypes.c_int * 2)(1, 2)", "cannot convert c_int_Array_2(1, 2) to int"},
		{"int", "int", "coroutine.create(print)", "cannot convert a thread to int"},
		{"double", "double", `"x"`, `cannot convert string "x" to double`},
		{"double", "double", "nil", "cannot convert nil to double"},
		{"double", "double", "true", "cannot convert boolean true to double"},
		{"double", "double", "{}", "cannot convert a table to double"},
		{"float", "float", `"1.5"`, `cannot convert string "1.5" to float`},
		{"ldouble", "long double", `"x"`, `cannot convert string "x" to long double`},
		{"ldouble", "long double", "nil", "cannot convert nil to long double"},
		{"bool", "_Bool", `"true"`, `cannot convert string "true" to _Bool`},
		{"bool", "_Bool", "nil", "cannot convert nil to _Bool"},
		{"bool", "_Bool", "{}", "cannot convert a table to _Bool"},

		// Characters: one, and of the right kind.
		{"char", "char", `""`, `cannot convert string "" to char: one byte is wanted`},
		{"char", "char", `"ab"`, `cannot convert string "ab" to char: one byte is wanted`},
		{"char", "char", "nil", "cannot convert nil to char"},
		{"wchar", "wchar_t", `"ab"`, `cannot convert string "ab" to wchar_t: one UTF-8 character is wanted`},
		{"wchar", "wchar_t", `"\255"`, `cannot convert string "\xff" to wchar_t: one UTF-8 character is wanted`},

		// Pointers: to the right thing.
		{"text", "const char *", "5", "cannot convert number 5 to const char *"},
		{"text", "const char *", "true", "cannot convert boolean true to const char *"},
		{"text", "const char *", "{}", "cannot convert a table to const char *"},
		{"text", "const char *", "ctypes.c_int(5)", "cannot convert c_int(5) to const char *"},
		{"text", "char *", "(ctypes.c_int * 2)(1, 2)", "cannot convert c_int_Array_2(1, 2) to char *"},
		{"wtext", "wchar_t *", `ctypes.create_string_buffer("x")`, `cannot convert c_char_Array_2("x") to wchar_t *`},
		{"wtext", "wchar_t *", `"\255"`, `string "\xff" is not UTF-8`},
		{"ints", "int *", "4096", "cannot convert number 4096 to int *: pass ctypes.byref of a value, or make a pointer of an address with ctypes.cast"},
		{"ints", "int *", `"x"`, `cannot convert string "x" to int *`},
		{"ints", "int *", "ctypes.c_double(1)", "cannot convert c_double(1.0) to int *"},
		{"ints", "int *", "ctypes.byref(ctypes.c_double(1))", "cannot convert byref(c_double(1.0)) to int *: it points to double"},
		{"ints", "int *", "(ctypes.c_short * 2)(1, 2)", "cannot convert c_short_Array_2(1, 2) to int *"},
		{"ints", "signed char *", `"x"`, `cannot convert string "x" to signed char *: C may write to it; pass ctypes.create_string_buffer(...), or declare it const`},
		{"address", "void *", "true", "cannot convert boolean true to void *"},
		{"address", "void *", "{}", "cannot convert a table to void *"},
		{"address", "void *", "print", "cannot convert a function to void *: make a callback of it first, ctypes.CFUNCTYPE(result, ...)(f)"},
	} {
		call := fmt.Sprintf("wrong(%q, %q, %s)", row.name, row.c, row.value)
		want := fmt.Sprintf("ArgumentError echo_%s: argument 1: %s", row.name, row.want)
		if got := evalOne(t, s, "return "+call).String(); got != want {
			t.Errorf("%s\n got %s\nwant %s", call, got, want)
		}
	}
}

// Counting starts at 1, and the arguments before the wrong one do not matter.
func testWrongArgumentIsCounted(t *testing.T, library string) {
	s := newTestSession(t, library)
	evalLua(t, s, `lib.divide.argtypes = {"int", "int", "int *", "int *"}; lib.vary.argtypes = {"const char *", "..."}
		circle = {_as_parameter_ = {}}; circle._as_parameter_._as_parameter_ = circle`)
	for _, row := range [][2]string{
		{`lib.divide(1, 2, 3, nil)`, "ArgumentError: divide: argument 3: cannot convert number 3 to int *: pass ctypes.byref of a value, or make a pointer of an address with ctypes.cast"},
		{`lib.divide(1, 2, nil, "x")`, `ArgumentError: divide: argument 4: cannot convert string "x" to int *`},
		{`lib.divide(1, {})`, "TypeError: divide: 2 arguments given, 4 wanted (int, int, int *, int *)"},
		{`lib.divide(1, 2, nil, nil, 5)`, `TypeError: divide: 5 arguments given, 4 wanted (int, int, int *, int *); if it is variadic, end its argtypes with "..."`},
		{`lib.vary()`, "TypeError: vary: 0 arguments given, 1 wanted (const char *)"},
		{`lib.vary("i", {})`, "ArgumentError: vary: argument 2: cannot guess a C type for a table; declare argtypes"},
		{`lib.vary("d", 0.5)`, "ArgumentError: vary: argument 2: cannot guess a C type for number 0.5; pass ctypes.c_double(0.5)"},
		{`lib.vary("i", circle)`, "ArgumentError: vary: argument 2: cannot guess a C type for a table; declare argtypes"},
		{`lib.divide(circle, 1, nil, nil)`, "ArgumentError: divide: argument 1: cannot convert a table to int"},
		{`lib.vary(5, 5)`, "ArgumentError: vary: argument 1: cannot convert number 5 to const char *"},
	} {
		_, err := tryLua(s, row[0])
		if err == nil || !strings.HasSuffix(err.Error(), row[1]) {
			t.Errorf("%s\n got %v\nwant %s", row[0], err, row[1])
		}
	}
}
