// This file tests the AAPCS64 classifier, and Apple's variant, as a pure function: a C signature beside where the ABI
// puts each argument.

package ffi

import (
	"fmt"
	"testing"

	"dlsh/types"
)

const eightInts, eightXs = "8*int", "x0 x1 x2 x3 x4 x5 x6 x7"
const eightDoubles, eightDs = "8*double", "d0 d1 d2 d3 d4 d5 d6 d7"

// Procedure Call Standard for the Arm 64-bit Architecture, 6.8.2 (parameter passing rules) and 6.9 (results).
func TestAAPCS64Layout(t *testing.T) {
	for _, row := range []abiRow{
		{"no arguments", "void", "", "", "", 0},
		{"C.9: integers and pointers in x0 to x7", "int", "char, short, int, long, void *, _Bool, size_t, long long", eightXs, "x0", 0},
		{"C.1: floating-point numbers in v0 to v7", "double", "float, int, double", "s0 x0 d1", "d0", 0},
		{"C.1: a long double fills a vector register", "long double", "long double, int, double, long double", "q0 x0 d1 q2", "q0", 0},
		{"C.16: the ninth integer takes eight bytes of stack (6.4.5.1: SP is a multiple of 16)", "int", "9*char", eightXs + " stack+0", "x0", 2},
		{"the ninth double goes to the stack", "float", "10*double", eightDs + " stack+0 stack+8", "s0", 2},
		{"C.5: a float takes eight bytes there as well", "float", eightDoubles + ", float, float", eightDs + " stack+0 stack+8", "s0", 2},
		{"C.4: a long double on the stack is aligned to 16", "int", eightInts + ", " + eightDoubles + ", int, long double, int",
			eightXs + " " + eightDs + " stack+0 stack+16:16 stack+32", "x0", 6},
		{"doubles still find registers when the integers have run out", "int", "9*int, double", eightXs + " stack+0 d0", "x0", 2},
		{"integers still find registers when the doubles have run out", "int", "9*double, int", eightDs + " stack+0 x0", "x0", 2},
	} {
		armTest.check(t, row)
	}
}

// Homogeneous Floating-point Aggregates (5.9.5.1): up to four numbers of one type, one register each.
func TestAAPCS64Homogeneous(t *testing.T) {
	for _, row := range []abiRow{
		{"C.2: one to four members", "{float[4]}", "{float}, {double; double}, {float[3]}", "s0 d1/d2 s3/s4/s5", "s0/s1/s2/s3", 0},
		{"five are none: a composite of more than 16 bytes", "{float[5]}", "{float[5]}, {double[5]}", "&x0 &x1", "&x8", 0},
		{"nested, arrays and unions", "{{double}[2]; {double; double}}", "{{float}; {{float}[2]}}, union{float; float[2]}, {union{double; {double}}[2]}",
			"s0/s1/s2 s3/s4 d5/d6", "d0/d1/d2/d3", 0},
		{"complex is two", "double _Complex", "float _Complex, {float _Complex[2]}, {double; double _Complex}", "s0/s1 s2/s3/s4/s5 stack+0:24", "d0/d1", 4},
		{"long double: whole registers", "{long double[4]}", "{long double}, {long double; long double}, long double _Complex", "q0 q1/q2 q3/q4", "q0/q1/q2/q3", 0},
		{"two types are none", "{float; double}", "{float; double}, union{float; double}, {float; int}", "x0/x1 x2 x3", "x0/x1", 0},
		{"padding makes it none", "int", "aligned(16){double}, {double; aligned(16){double}}, aligned(8){float; float}", "x0/x1 &x2 s0/s1", "x0", 0},
		{"empty members do not count", "{{}; float}", "{{}; float}, {float; {}[3]}", "s0 s1", "s0", 0},
		{"arrays of none and of unknown length do", "int", "{float; float[0]}, {float; float[]}", "x0 x1", "x0", 0},
		{"but for GCC not beside a lone complex number", "int", "{int[0]; double _Complex[1]}, {int[0]; {double _Complex; {}}}, union{float[0]; float _Complex}",
			"d0/d1 d2/d3 x0", "x0", 0},
		{"packed is no matter where nothing moves", "int", "packed{double; double}, packed{long double}", "d0/d1 q2", "x0", 0},
		{"C.3: no registers for all of its members, none for any, nor for later ones", "int", "6*double, {float[3]}, float, {float}",
			"d0 d1 d2 d3 d4 d5 stack+0:16 stack+16 stack+24", "x0", 4},
		{"C.4: aligned to 8 on the stack", "int", eightDoubles + ", " + eightInts + ", int, {float; float}, {double; double}, int",
			eightDs + " " + eightXs + " stack+0 stack+8 stack+16:16 stack+32", "x0", 6},
		{"or to 16 where a member is", "int", eightDoubles + ", " + eightInts + ", int, {long double}, int, {_Alignas(16) double; double}, {_Alignas(32) double; double[3]}",
			eightDs + " " + eightXs + " stack+0 stack+16:16 stack+32 stack+48:16 stack+64:32", "x0", 12},
		{"not for attributes of the whole record", "int", eightDoubles + ", " + eightInts + ", int, aligned(32){double[4]}, int",
			eightDs + " " + eightXs + " stack+0 stack+8:32 stack+40", "x0", 6},
	} {
		armTest.check(t, row)
	}
}

func TestAAPCS64Composites(t *testing.T) {
	for _, row := range []abiRow{
		{"C.12: up to 16 bytes in consecutive registers", "{int; double}", "{char}, {int; int; int}, {long; float}", "x0 x1/x2 x3/x4", "x0/x1", 0},
		{"B.4: more are replaced by a pointer to a copy; x8 has the address of the result", "{long[3]}", "int, {char[17]}, int", "x0 &x1 x2", "&x8", 0},
		{"also where the pointer goes to the stack", "int", eightInts + ", int, {long[3]}, int", eightXs + " stack+0 &stack+8 stack+16", "x0", 4},
		{"C.12, C.13: not split between registers and the stack, and no register after that", "int", "7*long, {long; long}, long",
			"x0 x1 x2 x3 x4 x5 x6 stack+0:16 stack+16", "x0", 4},
		{"C.10: aligned to 16 begins at an even register", "int", "int, {_Alignas(16) long}, int, {{_Alignas(16) int}}", "x0 x2/x3 x4 x6/x7", "x0", 0},
		{"not so by an attribute of the whole record", "int", "int, aligned(16){int}, int", "x0 x1/x2 x3", "x0", 0},
		{"but for a member that is such a record", "int", "int, {aligned(16){int}}, int", "x0 x2/x3 x4", "x0", 0},
		{"nor where #pragma pack takes it away", "int", "int, pack(8){_Alignas(16) long; long}, int", "x0 x1/x2 x3", "x0", 0},
		{"C.14: nor on the stack", "int", eightInts + ", int, aligned(16){int}, int, {_Alignas(16) long}", eightXs + " stack+0 stack+8:16 stack+24 stack+32:16", "x0", 6},
		{"C.15: a small one takes eight bytes", "int", eightInts + ", {char}, {char[3]}, {char[9]}", eightXs + " stack+0 stack+8 stack+16:16", "x0", 4},
		{"bit-fields; of width 0 they count in unions only", "{int:3; long:62}", "{float; int:5}, {float; int :5}, union{float; int :0}, {float; int :0; float}",
			"x0 x1 x2 s0/s1", "x0/x1", 0},
		{"an aligned bit-field aligns, and so do members without a size", "int", "int, {_Alignas(16) int:3}, int, {long; _Alignas(16) int[0]}, packed{aligned(16){long}}",
			"x0 x2/x3 x4 x6/x7 stack+0:16", "x0", 2},
		{"packed ones, unions", "packed{char; int}", "packed{char; double}, union{char[3]; short}, union{double; long}", "x0/x1 x2 x3", "x0", 0},
		{"empty records take no place", "{}", "int, {}, int, aligned(16){}, {int[0]}", "x0 - x1 - -", "-", 0},
		{"on the stack neither", "int", "9*int, {}, aligned(32){}, int", eightXs + " stack+0 - - stack+8", "x0", 2},
	} {
		armTest.check(t, row)
	}
}

// Linux passes variadic arguments as named ones (AAPCS64 6.8.2, 10.2: only va_list knows the difference).
func TestAAPCS64Variadic(t *testing.T) {
	params := "const char *, %sdouble, int, {double; double}, {int}"
	named, err := aapcs64Layout(types.LinuxARM64, abiRow{result: "int", params: fmt.Sprintf(params, "")}.signature(t))
	if err != nil {
		t.Fatal(err)
	}
	variadic, err := aapcs64Layout(types.LinuxARM64, abiRow{result: "int", params: fmt.Sprintf(params, "..., ")}.signature(t))
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(named) != fmt.Sprint(variadic) {
		t.Errorf("variadic %v, named %v", variadic, named)
	}
}

// Writing ARM64 code for Apple platforms: "Pass arguments to functions correctly" and "Update code that passes
// arguments to variadic functions".
func TestAppleLayout(t *testing.T) {
	for _, row := range []abiRow{
		{"registers as the standard has them", "double", "char, double, {double; double}, {long; int}, {int[5]}", "x0 d0 d1/d2 x1/x2 &x3", "d0", 0},
		{"long double is double", "long double", "long double, {long double; double}", "d0 d1/d2", "d0", 0},
		{"stack arguments take their own size, aligned to it", "int", eightInts + ", char, char, short, int, char, long",
			eightXs + " stack+0:1 stack+1:1 stack+2:2 stack+4:4 stack+8:1 stack+16", "x0", 4},
		{"floats as well", "int", eightDoubles + ", float, float, float, double", eightDs + " stack+0:4 stack+4:4 stack+8:4 stack+16", "x0", 4},
		{"integers and floats share the area", "int", eightInts + ", " + eightDoubles + ", _Bool, float, short, void *",
			eightXs + " " + eightDs + " stack+0:1 stack+4:4 stack+8:2 stack+16", "x0", 4},
		{"HFAs are packed like their members", "int", eightDoubles + ", {float}, {float[3]}, {float[2]}, {double}",
			eightDs + " stack+0:4 stack+4:12 stack+16 stack+24", "x0", 4},
		{"other composites take whole words", "int", eightInts + ", char, {char}, char, {short[5]}", eightXs + " stack+0:1 stack+8 stack+16:1 stack+24:16", "x0", 6},
		{"aligned to 16 may begin at an odd register, by whatever attribute", "int", "int, aligned(16){int}, {_Alignas(16) long}", "x0 x1/x2 x3/x4", "x0", 0},
		{"and is aligned on the stack", "int", eightInts + ", char, aligned(16){int}, char", eightXs + " stack+0:1 stack+16:16 stack+32:1", "x0", 6},
		{"variadic arguments: all on the stack, in words", "int", "const char *, ..., int, double, char, float", "x0 stack+0 stack+8 stack+16 stack+24", "x0", 4},
		{"composites too", "int", "int, ..., {float[3]}, {char}, {long[3]}, double _Complex, aligned(16){int}",
			"x0 stack+0:16 stack+16 &stack+24 stack+32:16 stack+48:16", "x0", 8},
		{"after named ones on the stack", "int", eightInts + ", int, ..., int, char", eightXs + " stack+0:4 stack+8 stack+16", "x0", 4},
		{"empty records take no place", "{}", "{}, int", "- x0", "-", 0},
	} {
		appleTest.check(t, row)
	}
}
