// This file tests whole argument lists: some hundred C functions of 1 to 40 parameters of random scalar types,
// generated from a seed, compiled by the C compiler and called from Lua. Each C function compares every
// parameter with the bytes it must have, notes the first that differs, and returns a constant.
//
// DLSH_SEED=n takes another seed; DLSH_LONG=1 makes ten times as many functions, at -O0 and -O2 too.

package lua

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"
)

const (
	mixSeed       = 1
	mixFunctions  = 400
	mixVariadics  = 120
	mostParams    = 40
	mostVariadics = 20
)

// mixValue is one constant: as C writes it, and as Lua does.
type mixValue struct{ c, lua string }

// mixKind is one type parameters and results may have. check is the macro that compares one in C.
type mixKind struct {
	c      string
	lua    []string
	check  string
	random func(r *rand.Rand) mixValue
}

var mixKinds = []mixKind{
	{"_Bool", []string{`"_Bool"`, "ctypes.c_bool"}, "CHECK", func(r *rand.Rand) mixValue {
		b := r.IntN(2)
		return mixValue{fmt.Sprint(b), fmt.Sprint(b == 1)}
	}},
	{"char", []string{`"char"`, "ctypes.c_char"}, "CHECK", func(r *rand.Rand) mixValue {
		b := r.IntN(256)
		return mixValue{fmt.Sprintf("(char)%d", b), fmt.Sprintf(`"\%03d"`, b)}
	}},
	{"signed char", []string{`"signed char"`, "ctypes.c_byte"}, "CHECK", signed(8)},
	{"unsigned char", []string{`"unsigned char"`, "ctypes.c_ubyte"}, "CHECK", unsigned(8)},
	{"short", []string{`"short"`, "ctypes.c_short"}, "CHECK", signed(16)},
	{"unsigned short", []string{`"unsigned short"`, "ctypes.c_ushort"}, "CHECK", unsigned(16)},
	{"int", []string{`"int"`, "ctypes.c_int"}, "CHECK", signed(32)},
	{"unsigned", []string{`"unsigned"`, "ctypes.c_uint"}, "CHECK", unsigned(32)},
	{"long", []string{`"long"`, "ctypes.c_long"}, "CHECK", signed(64)},
	{"unsigned long", []string{`"size_t"`, "ctypes.c_ulong"}, "CHECK", unsigned(64)},
	{"long long", []string{`"long long"`, "ctypes.c_longlong"}, "CHECK", signed(64)},
	{"unsigned long long", []string{`"uint64_t"`, "ctypes.c_ulonglong"}, "CHECK", unsigned(64)},
	{"wchar_t", []string{`"wchar_t"`, "ctypes.c_wchar"}, "CHECK", func(r *rand.Rand) mixValue {
		c := rune(0x100 + r.IntN(0xd000))
		return mixValue{fmt.Sprintf("%#x", c), `"` + string(c) + `"`}
	}},
	{"float", []string{`"float"`, "ctypes.c_float"}, "CHECK", func(r *rand.Rand) mixValue {
		return floating(float64(math.Float32frombits(r.Uint32())), "f")
	}},
	{"double", []string{`"double"`, "ctypes.c_double"}, "CHECK", func(r *rand.Rand) mixValue {
		return floating(math.Float64frombits(r.Uint64()), "")
	}},
	{"long double", []string{`"long double"`, "ctypes.c_longdouble"}, "CHECK_LONG", func(r *rand.Rand) mixValue {
		return floating(math.Float64frombits(r.Uint64()), "l")
	}},
	{"void *", []string{`"void *"`, "ctypes.c_void_p"}, "CHECK", func(r *rand.Rand) mixValue {
		v := r.Uint64() >> r.IntN(40)
		if r.IntN(8) == 0 {
			return mixValue{"NULL", "nil"}
		}
		return mixValue{fmt.Sprintf("(void *)%#x", v), wholeLua(v, false)}
	}},
	{"const char *", []string{`"const char *"`, "ctypes.c_char_p"}, "CHECK_TEXT", func(r *rand.Rand) mixValue {
		if r.IntN(8) == 0 {
			return mixValue{"NULL", "nil"}
		}
		text := strconv.Quote(strings.Repeat(string(rune('a'+r.IntN(26))), r.IntN(12)))
		return mixValue{text, text}
	}},
	{"int *", []string{`"int *"`, "ctypes.POINTER(ctypes.c_int)"}, "CHECK", func(r *rand.Rand) mixValue {
		v := r.Uint64()
		return mixValue{fmt.Sprintf("(int *)%#x", v), fmt.Sprintf(`ctypes.cast(%s, "int *")`, wholeLua(v, false))}
	}},
}

// anyBits are 64 bits of which the highest that is set may be anywhere, so that small numbers and large come alike.
func anyBits(r *rand.Rand) uint64 {
	v := r.Uint64() >> r.IntN(64)
	if r.IntN(2) == 0 {
		return -v
	}
	return v
}

func signed(width uint) func(r *rand.Rand) mixValue {
	return func(r *rand.Rand) mixValue {
		v := int64(anyBits(r)) << (64 - width) >> (64 - width)
		return mixValue{fmt.Sprintf("%#xull", uint64(v)), wholeLua(uint64(v), true)}
	}
}

func unsigned(width uint) func(r *rand.Rand) mixValue {
	return func(r *rand.Rand) mixValue {
		v := anyBits(r) << (64 - width) >> (64 - width)
		return mixValue{fmt.Sprintf("%#xull", v), wholeLua(v, false)}
	}
}

// wholeLua writes an integer as results come back: a number while it is exact.
func wholeLua(v uint64, signed bool) string {
	switch {
	case signed && int64(v) >= -maxExact && int64(v) <= maxExact:
		return fmt.Sprint(int64(v))
	case signed:
		return fmt.Sprintf("i64%q", fmt.Sprint(int64(v)))
	case v <= maxExact:
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("u64%q", fmt.Sprint(v))
}

// floating writes a number as hexadecimal C, which is exact. There is no one NaN to compare with, so its place
// is taken by -0; and that is computed, because gopher-lua keeps one constant for 0 and -0.
func floating(f float64, suffix string) mixValue {
	switch {
	case math.IsNaN(f) || f == 0:
		return mixValue{"-0.0", "-zero"}
	case math.IsInf(f, 1):
		return mixValue{"INFINITY", "inf"}
	case math.IsInf(f, -1):
		return mixValue{"-INFINITY", "-inf"}
	}
	return mixValue{strconv.FormatFloat(f, 'x', -1, 64) + suffix, strconv.FormatFloat(f, 'g', -1, 64)}
}

// variadicKind is what a variadic argument is read as, and the objects in Lua that C's promotions make one of.
type variadicKind struct {
	c, check string
	pass     []func(r *rand.Rand) mixValue
}

// as wraps a random value in a ctypes constructor.
func as(constructor string, random func(r *rand.Rand) mixValue) func(r *rand.Rand) mixValue {
	return func(r *rand.Rand) mixValue {
		v := random(r)
		return mixValue{v.c, "ctypes." + constructor + "(" + v.lua + ")"}
	}
}

var variadicKinds = []variadicKind{
	{"int", "CHECK", []func(r *rand.Rand) mixValue{signed(32), as("c_int", signed(32)), as("c_short", signed(16)),
		as("c_ushort", unsigned(16)), as("c_byte", signed(8)), as("c_ubyte", unsigned(8)), mixKinds[0].random,
		as("c_bool", mixKinds[0].random), as("c_char", mixKinds[1].random)}},
	{"unsigned", "CHECK", []func(r *rand.Rand) mixValue{unsigned(32), as("c_uint", unsigned(32))}},
	{"long long", "CHECK", []func(r *rand.Rand) mixValue{signed(64), as("c_longlong", signed(64)), as("c_long", signed(64)), as("int64", signed(64))}},
	{"unsigned long", "CHECK", []func(r *rand.Rand) mixValue{unsigned(64), as("c_ulong", unsigned(64)), as("c_size_t", unsigned(64)), as("uint64", unsigned(64))}},
	{"double", "CHECK", []func(r *rand.Rand) mixValue{as("c_double", mixKinds[14].random), as("c_float", mixKinds[13].random)}},
	{"long double", "CHECK_LONG", []func(r *rand.Rand) mixValue{as("c_longdouble", mixKinds[15].random)}},
	{"void *", "CHECK", []func(r *rand.Rand) mixValue{as("c_void_p", mixKinds[16].random),
		func(*rand.Rand) mixValue { return mixValue{"NULL", "nil"} }, mixKinds[18].random}},
	{"const char *", "CHECK_TEXT", []func(r *rand.Rand) mixValue{mixKinds[17].random, as("c_char_p", mixKinds[17].random)}},
}

// mixPrelude is what every generated function uses to look at its parameters.
const mixPrelude = `#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <wchar.h>

int wrong; /* the first parameter that was not what it should be, from 1 */
unsigned char wrong_got[16];

__attribute__((noinline)) static void check(int i, const void *got, const void *want, size_t n)
{
	if (wrong == 0 && memcmp(got, want, n) != 0) {
		wrong = i;
		memset(wrong_got, 0, sizeof wrong_got);
		memcpy(wrong_got, got, n);
	}
}

__attribute__((noinline)) static void check_text(int i, const char *got, const char *want)
{
	if (wrong == 0 && (got == NULL || want == NULL ? got != want : strcmp(got, want) != 0)) {
		wrong = i;
		memcpy(wrong_got, &got, sizeof got);
	}
}

/* Of the 16 bytes of an x87 long double only 10 mean anything. */
#define LONG_DOUBLE_BYTES (LDBL_MANT_DIG == 64 ? 10 : sizeof(long double))
#define CHECK(i, type, x, value) { type want = (type)(value); check(i, &x, &want, sizeof want); }
#define CHECK_LONG(i, type, x, value) { type want = (type)(value); check(i, &x, &want, LONG_DOUBLE_BYTES); }
#define CHECK_TEXT(i, type, x, value) check_text(i, x, value);

`

// mix is one generated function: its C text, its C signature, and the Lua that declares and calls it.
type mix struct {
	name, signature, body string
	argtypes, args        []string
	restype, result       string
}

// lua declares and calls the function, twice, because the second call gets the frame the first one left behind.
func (m mix) lua() string {
	return fmt.Sprintf("f = lib.%s; f.argtypes = {%s}; f.restype = %s; f(%s); return f(%s)",
		m.name, strings.Join(m.argtypes, ", "), m.restype, strings.Join(m.args, ", "), strings.Join(m.args, ", "))
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// parameters adds n named parameters.
func (m *mix) parameters(r *rand.Rand, n int) (declared []string) {
	for i := 1; i <= n; i++ {
		k := pick(r, mixKinds)
		v := k.random(r)
		m.argtypes = append(m.argtypes, pick(r, k.lua))
		m.args = append(m.args, v.lua)
		m.body += fmt.Sprintf("\t%s(%d, %s, a%d, %s)\n", k.check, i, k.c, i, v.c)
		declared = append(declared, fmt.Sprintf("%s a%d", k.c, i))
	}
	return declared
}

// finish chooses the result and writes the signature; one function in 20 is void.
func (m *mix) finish(r *rand.Rand, params []string) {
	result := "void"
	m.restype, m.result = "nil", "nil"
	if r.IntN(20) > 0 {
		k := pick(r, mixKinds)
		v := k.random(r)
		result, m.restype, m.result = k.c, pick(r, k.lua), v.lua
		m.body += fmt.Sprintf("\treturn (%s)(%s);\n", k.c, v.c)
	}
	m.signature = fmt.Sprintf("%s %s(%s)", result, m.name, strings.Join(params, ", "))
}

func newMix(r *rand.Rand, name string, params int) mix {
	m := mix{name: name}
	m.finish(r, m.parameters(r, params))
	return m
}

func newVariadicMix(r *rand.Rand, name string, fixed, variable int) mix {
	m := mix{name: name}
	declared := m.parameters(r, fixed-1)
	// C wants the last named parameter to be of a type that promotion leaves alone (C11 7.16.1.4p4).
	last := fmt.Sprintf("a%d", fixed)
	declared = append(declared, "int "+last, "...")
	m.argtypes = append(m.argtypes, `"int"`, `"..."`)
	m.args = append(m.args, fmt.Sprint(variable))
	m.body += fmt.Sprintf("\tva_list list;\n\tCHECK(%d, int, %s, %d)\n\tva_start(list, %s);\n", fixed, last, variable, last)
	for i := fixed + 1; i <= fixed+variable; i++ {
		k := pick(r, variadicKinds)
		v := pick(r, k.pass)(r)
		m.args = append(m.args, v.lua)
		m.body += fmt.Sprintf("\t{ %s a = va_arg(list, %s); %s(%d, %s, a, %s) } /* %s */\n", k.c, k.c, k.check, i, k.c, v.c, v.lua)
	}
	m.body += "\tva_end(list);\n"
	m.finish(r, declared)
	return m
}

func TestMixedArguments(t *testing.T) {
	seed, factor, levels := uint64(mixSeed), 1, []string{"-O1"}
	if text := os.Getenv("DLSH_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 0, 64); err != nil {
			t.Fatalf("DLSH_SEED: %v", err)
		}
	}
	if os.Getenv("DLSH_LONG") != "" {
		factor, levels = 10, []string{"-O0", "-O1", "-O2"}
	}
	r := rand.New(rand.NewPCG(seed, 0))
	var mixes []mix
	for i := 0; i < factor*mixFunctions; i++ {
		mixes = append(mixes, newMix(r, fmt.Sprintf("f%d", i), 1+i%mostParams))
	}
	for i := 0; i < factor*mixVariadics; i++ {
		mixes = append(mixes, newVariadicMix(r, fmt.Sprintf("v%d", i), 1+r.IntN(3), i%(mostVariadics+1)))
	}
	var src strings.Builder
	src.WriteString(mixPrelude)
	for _, m := range mixes {
		fmt.Fprintf(&src, "%s\n{\n%s}\n\n", m.signature, m.body)
	}
	file := filepath.Join(t.TempDir(), "mix.c")
	if err := os.WriteFile(file, []byte(src.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, level := range levels {
		t.Run(level, func(t *testing.T) {
			s := newTestSession(t, compileC(t, []string{level}, file))
			evalLua(t, s, `wrong = ctypes.c_int.in_dll(lib, "wrong")`)
			wrong := toValue(s.L.GetGlobal("wrong"))
			for _, m := range mixes {
				if err := wrong.write(make([]byte, 4)); err != nil {
					t.Fatal(err)
				}
				values, err := tryLua(s, m.lua())
				if err != nil {
					t.Errorf("seed %d: %s\n%s\n%v", seed, m.signature, m.lua(), err)
					continue
				}
				if i, _ := wrong.word(); i != 0 {
					t.Errorf("seed %d: %s\nparameter %d should be %s; C got % x", seed, m.signature, i, m.args[i-1], cBytes(t, s, "wrong_got", 16))
				}
				var result glua.LValue = glua.LNil
				if len(values) > 0 {
					result = values[0]
				}
				if want := evalOne(t, s, "return "+m.result); !sameLua(s, result, want) {
					t.Errorf("seed %d: %s\nreturns %s, want %s", seed, m.signature, describe(result), describe(want))
				}
			}
		})
	}
}
