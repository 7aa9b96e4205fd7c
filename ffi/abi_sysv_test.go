// This file tests the System V amd64 classifier as a pure function: a C signature beside where the ABI puts each argument.

package ffi

import (
	"testing"

	"dlsh/types"
)

// System V Application Binary Interface, AMD64 Architecture Processor Supplement, 3.2.3 (parameter passing).
func TestSysVLayout(t *testing.T) {
	for _, row := range []abiRow{
		{"no arguments", "void", "", "", "", 0},
		{"class INTEGER: the six registers in order", "int", "char, short, int, long, void *, _Bool",
			"rdi rsi rdx rcx r8 r9", "rax", 0},
		{"class SSE: registers of their own", "double", "float, double, int, float", "xmm0 xmm1 rdi xmm2", "xmm0", 0},
		{"classes do not use up each other's registers", "float", "int, double, int, double, int, double",
			"rdi xmm0 rsi xmm1 rdx xmm2", "xmm0", 0},
		{"the seventh integer goes to the stack; the stack is aligned to 16 (3.2.2)", "long", "7*long",
			"rdi rsi rdx rcx r8 r9 stack+0", "rax", 2},
		{"the ninth double goes to the stack", "double", "9*double",
			"xmm0 xmm1 xmm2 xmm3 xmm4 xmm5 xmm6 xmm7 stack+0", "xmm0", 2},
		{"every stack argument takes eight bytes, also a char", "int", "6*int, char, short, int, _Bool",
			"rdi rsi rdx rcx r8 r9 stack+0 stack+8 stack+16 stack+24", "rax", 4},
		{"a double still finds a register when the integers have run out", "int", "7*int, double, int",
			"rdi rsi rdx rcx r8 r9 stack+0 xmm0 stack+8", "rax", 2},
		{"an int still finds a register when the doubles have run out", "int", "9*double, int, double",
			"xmm0 xmm1 xmm2 xmm3 xmm4 xmm5 xmm6 xmm7 stack+0 rdi stack+8", "rax", 2},
		{"class X87: a long double is passed in memory, and comes back in st0", "long double", "int, long double, int",
			"rdi stack+0:16 rsi", "st0", 2},
		{"a long double on the stack is aligned to 16", "int", "7*int, long double, int",
			"rdi rsi rdx rcx r8 r9 stack+0 stack+16:16 stack+32", "rax", 6},
		{"and leaves no gap when it is aligned already", "int", "8*int, long double, long double",
			"rdi rsi rdx rcx r8 r9 stack+0 stack+8 stack+16:16 stack+32:16", "rax", 6},
		{"typedefs are what they name", "size_t", "wchar_t, int64_t, time_t", "rdi rsi rdx", "rax", 0},
		{"a pointer result", "char *", "const char *", "rdi", "rax", 0},
	} {
		l := sysvTest.check(t, row)
		if want := row.result == "long double"; (l.x87 == 1) != want {
			t.Errorf("%s: x87 result %v, want %v", row.what, l.x87, want)
		}
	}
}

// 3.2.3, classification of aggregates: one eightbyte at a time.
func TestSysVRecords(t *testing.T) {
	for _, row := range []abiRow{
		{"one eightbyte, class INTEGER", "{int}", "{char}, {short; int}, {int; int}, {void *}", "rdi rsi rdx rcx", "rax", 0},
		{"one eightbyte, class SSE", "{float}", "{float}, {float; float}, {double}", "xmm0 xmm1 xmm2", "xmm0", 0},
		{"step 4d: INTEGER beside anything is INTEGER", "{int; float}", "{char; int}, {int; float}, {float; char}", "rdi rsi rdx", "rax", 0},
		{"two eightbytes of class INTEGER", "{long; long}", "{long; int}, {char[16]}, {char[9]}", "rdi/rsi rdx/rcx r8/r9", "rax/rdx", 0},
		{"two eightbytes of class SSE", "{double; double}", "{double; double}, {float; double}, {float[3]}",
			"xmm0/xmm1 xmm2/xmm3 xmm4/xmm5", "xmm0/xmm1", 0},
		{"one of each", "{double; long}", "{double; long}, {long; double}, {float; float; char}, {char; double}",
			"xmm0/rdi rsi/xmm1 xmm2/rdx rcx/xmm3", "xmm0/rax", 0},
		{"the result's eightbytes are found in the order of their classes", "{int; double}", "", "", "rax/xmm0", 0},
		{"step 1: larger than two eightbytes is MEMORY; its result is where rdi says", "{long[3]}", "int, {long[3]}, int",
			"rsi stack+0:24 rdx", "&rdi", 4},
		{"whatever is in it", "{double[3]}", "{double[3]}, {float[5]}, {char[17]}", "stack+0:24 stack+24:24 stack+48:24", "&rdi", 10},
		{"passing, 1: a record with no register for one of its eightbytes goes to the stack whole", "int", "5*int, {long; long}, int",
			"rdi rsi rdx rcx r8 stack+0:16 r9", "rax", 2},
		{"and takes no register of the other class either", "int", "6*int, {long; double}, double, {double; double}",
			"rdi rsi rdx rcx r8 r9 stack+0:16 xmm0 xmm1/xmm2", "rax", 2},
		{"the same where vector registers run out", "int", "7*double, {double; double}, double, {float}",
			"xmm0 xmm1 xmm2 xmm3 xmm4 xmm5 xmm6 stack+0:16 xmm7 stack+16", "rax", 4},
		{"the address of the result is the first integer", "{char[40]}", "6*int", "rsi rdx rcx r8 r9 stack+0", "&rdi", 2},
		{"nested records and arrays", "{{int}; {{float}}}", "{{int}; {{float}}}, {{float; float}; {double}}, {{char; {short}}[2]; float}",
			"rdi xmm0/xmm1 rsi/xmm2", "rax", 0},
		{"arrays of records share eightbytes", "{{float; char}[2]}", "{{float; char}[2]}, {{float; float}[2]}, {float; {float}[2]}",
			"rdi/rsi xmm0/xmm1 xmm2/xmm3", "rax/rdx", 0},
		{"unions merge what their members are", "union{int; float}", "union{int; float}, union{float; double}, union{double; long[2]}, union{char[9]; double}",
			"rdi xmm0 rsi/rdx rcx/r8", "rax", 0},
		{"a union of two eightbytes, one of each class", "union{double[2]; int}", "union{double[2]; int}, {float; union{int; double}}",
			"rdi/xmm0 xmm1/rsi", "rax/xmm0", 0},
		{"step 5a, X87: passed in memory, returned in st0", "{long double}", "{long double}, int, {{long double}[1]}", "stack+0:16 rdi stack+16:16", "st0", 4},
		{"step 5b: X87UP without X87 is MEMORY, and the address of the result takes rdi", "union{long double; int}", "union{long double; int}, int",
			"stack+0:16 rsi", "&rdi", 2},
		{"but INTEGER in both eightbytes is INTEGER", "union{long double; long[2]}", "union{long double; long[2]}", "rdi/rsi", "rax/rdx", 0},
		{"padding, class NO_CLASS, travels nowhere", "aligned(16){int}", "int, aligned(16){int}, int", "rdi rsi rdx", "rax", 0},
		{"in an eightbyte of its own only", "aligned(16){double}", "aligned(16){double; char}, aligned(16){float}", "xmm0/rdi xmm1", "xmm0", 0},
		{"unaligned fields are MEMORY", "packed{char; int}", "packed{char; int}, packed{char; double}, packed{short; float}",
			"stack+0 stack+8:16 stack+24", "&rdi", 4},
		{"packed fields that are aligned all the same are not", "packed{int; char}", "packed{int; char}, packed{double; float}, packed{char; char[4]}",
			"rdi xmm0/xmm1 rsi", "rax", 0},
		{"GCC looks at the first element of an array only", "int", "{packed{short; char}[2]}", "rdi", "rax", 0},
		{"pack(4) leaves a double unaligned", "int", "pack(4){int; double}, pack(4){int; float; double}", "stack+0:16 rdi/xmm0", "rax", 2},
	} {
		sysvTest.check(t, row)
	}
}

// Bit-fields are INTEGER in every eightbyte they touch. Of unnamed ones the text says nothing; GCC counts those that
// have a width, and in unions all, Clang counts none.
func TestSysVBitFields(t *testing.T) {
	for _, row := range []abiRow{
		{"beside other members", "{int:3; float}", "{float; int:5}, {int:3; double}, {float; int:20; double}", "rdi rsi/xmm0 rdx/xmm1", "rax", 0},
		{"across eightbytes", "{long:40; long:40}", "{long:40; long:40}, packed{long:60; long:60}", "rdi/rsi rdx/rcx", "rax/rdx", 0},
		{"never unaligned, where GCC does not take them for members", "int", "packed{char; int:31}, packed{char; {int:32}}", "rdi stack+0", "rax", 2},
		{"of width 0", "{float; int :0; float}", "{float; int :0; float}, union{float; int :0}", "xmm0 rdi", "xmm0", 0},
		{"unnamed", "{float; int :5}", "{float; int :5}, {int :32; int :32; float}", "rdi rsi/xmm0", "rax", 0},
		{"and nothing else: a register, but no room on the stack", "int", "{int :5}, int, 4*int, {int :5}, int", "rdi rsi rdx rcx r8 r9 - stack+0", "rax", 2},
	} {
		sysvTest.check(t, row)
	}
	clang := convention{"sysv on macOS", types.DarwinAMD64, sysvLayout, sysvStack, sysvRegister}
	clang.check(t, abiRow{"Clang", "{float; int :5}", "union{float; int :0}, {float; int :5}, {int :5}, {float; int[0]}, int", "xmm0 xmm1 - xmm2 rdi", "xmm0", 0})
}

// Members that take up no place, as GCC treats them.
func TestSysVEmpty(t *testing.T) {
	for _, row := range []abiRow{
		{"empty records take no place", "{}", "int, {}, int, {{}; {}[3]}, {int[0]}", "rdi - rsi - -", "-", 0},
		{"on the stack neither, and align nothing there", "int", "7*int, {}, aligned(32){}, int", "rdi rsi rdx rcx r8 r9 stack+0 - - stack+8", "rax", 2},
		{"beside other members they do not count", "{{}; double}", "{{}; double}, {int; {}}, union{{}; float}", "xmm0 rdi xmm1", "xmm0", 0},
		{"flexible array members do not count", "{int; char[]}", "{float; int[]}, {double; float; int[]}", "xmm0 xmm1/xmm2", "rax", 0},
		{"an array of none counts where it does not begin an eightbyte", "{float; int[0]}", "{float; int[0]}, {double; int[0]}", "rdi xmm0", "rax", 0},
	} {
		sysvTest.check(t, row)
	}
}

// Complex types: a float one is one eightbyte (3.2.3, classification, step 2), a long double one COMPLEX_X87.
func TestSysVComplex(t *testing.T) {
	for _, row := range []abiRow{
		{"float: both parts in one register", "float _Complex", "float _Complex, int", "xmm0 rdi", "xmm0", 0},
		{"double: one register each", "double _Complex", "float, double _Complex", "xmm0 xmm1/xmm2", "xmm0/xmm1", 0},
		{"both or none", "int", "7*double, double _Complex, double", "xmm0 xmm1 xmm2 xmm3 xmm4 xmm5 xmm6 stack+0:16 xmm7", "rax", 2},
		{"long double: in memory, and back in st0 and st1", "long double _Complex", "int, long double _Complex, int", "rdi stack+0:32 rsi", "st0/st1", 4},
		{"in a record: larger than two eightbytes", "{long double _Complex}", "{long double _Complex}, {double _Complex}, {float; float _Complex}",
			"stack+0:32 xmm0/xmm1 xmm2/xmm3", "&rdi", 4},
	} {
		sysvTest.check(t, row)
	}
}

// Stack arguments are aligned as their types are, and the stack pointer with them; GCC does so for any alignment.
func TestSysVOveraligned(t *testing.T) {
	for _, row := range []struct {
		abiRow
		align int
	}{
		{abiRow{"aligned(32): a gap before it", "int", "7*int, aligned(32){int}, int", "rdi rsi rdx rcx r8 r9 stack+0 stack+32:32 stack+64", "rax", 10}, 32},
		{abiRow{"aligned(64), twice", "int", "aligned(64){char}, int, aligned(64){char[65]}", "stack+0:64 rdi stack+64:128", "rax", 24}, 64},
		{abiRow{"a nested one", "int", "6*int, char, {char; aligned(32){char}}", "rdi rsi rdx rcx r8 r9 stack+0 stack+32:64", "rax", 12}, 32},
		{abiRow{"aligned(16) and small: registers, until they run out", "int", "5*long, aligned(16){int}, aligned(16){int}, char, aligned(16){char}",
			"rdi rsi rdx rcx r8 r9 stack+0:16 stack+16 stack+32:16", "rax", 6}, 16},
		{abiRow{"packed: not aligned at all", "int", "packed{long double}, 6*int, char, packed{long double}",
			"stack+0:16 rdi rsi rdx rcx r8 r9 stack+16 stack+24:16", "rax", 6}, 16},
	} {
		if l := sysvTest.check(t, row.abiRow); l.align != row.align {
			t.Errorf("%s: aligned to %d, want %d", row.what, l.align, row.align)
		}
	}
}

// 3.5.7: AL tells a variadic function how many vector registers hold arguments, 0 to 8.
func TestSysVVectorCount(t *testing.T) {
	for _, row := range []struct {
		params string
		want   int
	}{
		{"const char *, ...", 0},
		{"const char *, ..., int, long", 0},
		{"const char *, ..., double", 1},
		{"const char *, ..., double, int, double", 2},
		{"const char *, ..., long double", 0}, // in memory
		{"const char *, ..., {double; double}, {int; double}", 3},
		{"const char *, ..., 8*double", 8},
		{"const char *, ..., 12*double", 8}, // the rest on the stack
	} {
		l, err := sysvLayout(types.LinuxAMD64, abiRow{result: "int", params: row.params}.signature(t))
		if err != nil {
			t.Fatal(err)
		}
		if l.vector != row.want {
			t.Errorf("int(%s): al = %d, want %d", row.params, l.vector, row.want)
		}
	}
}
