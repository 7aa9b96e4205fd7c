// This file tests the classifier of Microsoft's x64 convention as a pure function.

package ffi

import "testing"

// x64 calling convention: "Parameter passing", "Return values", "Varargs". Every call has 32 bytes of shadow space.
func TestWin64Layout(t *testing.T) {
	for _, row := range []abiRow{
		{"no arguments", "void", "", "", "", 4},
		{"integers", "int", "char, short, long, void *", "rcx rdx r8 r9", "rax", 4},
		{"floating-point numbers, by position", "double", "int, double, long long, float", "rcx xmm1 r8 xmm3", "xmm0", 4},
		{"the fifth is above the shadow space", "float", "4*double, int, float, char", "xmm0 xmm1 xmm2 xmm3 stack+32 stack+40 stack+48", "xmm0", 8},
		{"long double is double", "long double", "long double", "xmm0", "xmm0", 4},
		{"records of 1, 2, 4 and 8 bytes are integers", "{float; float}", "{char}, {char[2]}, {float}, {double}", "rcx rdx r8 r9", "rax", 4},
		{"others are copied", "{char[3]}", "{char[3]}, {long long; int}, {char[5]}", "&rdx &r8 &r9", "&rcx", 4},
		{"also on the stack", "int", "4*int, {double[3]}, union{int; double}", "rcx rdx r8 r9 &stack+32 stack+40", "rax", 6},
		{"the address of the result is the first argument", "{int[3]}", "double, int, int, float", "xmm1 r8 r9 stack+32", "&rcx", 6},
		{"complex is a record of two", "float _Complex", "float _Complex, double _Complex", "rcx &rdx", "rax", 4},
		{"variadic: numbers in both registers", "int", "const char *, ..., double, int, double, double", "rcx rdx/xmm1 r8 r9/xmm3 stack+32", "rax", 6},
		{"named ones of a variadic function are not", "int", "double, ..., double", "xmm0 rdx/xmm1", "rax", 4},
	} {
		winTest.check(t, row)
	}
}

// A double in two registers is set in both.
func TestWin64Duplicates(t *testing.T) {
	l, err := winTest.classify(winTest.target, abiRow{result: "int", params: "int, ..., double"}.signature(t))
	if err != nil {
		t.Fatal(err)
	}
	f := (&Plan{layout: l}).Frame()
	f.SetFloat(1, 1)
	if f.words[winInts+1] != 0x3ff0000000000000 || f.words[winVecs+1] != 0x3ff0000000000000 {
		t.Errorf("rdx %#x, xmm1 %#x", f.words[winInts+1], f.words[winVecs+1])
	}
}
