// This file tests Declare: types put together by hand beside the C that declares them.

package types

import (
	"strings"
	"testing"
)

func TestDeclare(t *testing.T) {
	void, char, integer, double := Of(Void), Of(Char), Of(Int), Of(Double)
	text := PointerTo(Qualified(char, true, false))
	size := &Type{Kind: Typedef, Name: "size_t"}
	compare := FuncOf(integer, false, PointerTo(Qualified(void, true, false)), PointerTo(Qualified(void, true, false)))
	handler := PointerTo(FuncOf(void, false, integer))
	named := FuncOf(integer, true)
	point := StructOf("point", Field{Name: "x", Type: integer})
	number := &Type{Kind: Enum, Name: "number", Elem: integer}
	vector := &Type{Kind: Vector, Elem: Of(Float), Len: 4}
	named.Params = []Param{{"format", text}, {"", integer}, {"then", handler}}

	for _, row := range []struct {
		ty             *Type
		declared, name string // as a variable x, and as a type name
	}{
		{integer, "int x", "int"},
		{Qualified(integer, true, true), "const volatile int x", "const volatile int"},
		{size, "size_t x", "size_t"},
		{Qualified(size, true, false), "const size_t x", "const size_t"},

		{PointerTo(void), "void *x", "void *"},
		{text, "const char *x", "const char *"},
		{Qualified(PointerTo(char), true, false), "char *const x", "char *const"},
		{Qualified(text, true, true), "const char *const volatile x", "const char *const volatile"},
		{PointerTo(Qualified(PointerTo(char), true, false)), "char *const *x", "char *const *"},
		{PointerTo(PointerTo(integer)), "int **x", "int **"},

		{ArrayOf(integer, 3), "int x[3]", "int[3]"},
		{ArrayOf(integer, Incomplete), "int x[]", "int[]"},
		{ArrayOf(ArrayOf(integer, 3), 2), "int x[2][3]", "int[2][3]"},
		{ArrayOf(text, 4), "const char *x[4]", "const char *[4]"},
		{ArrayOf(Qualified(PointerTo(char), true, false), 4), "char *const x[4]", "char *const [4]"},
		{PointerTo(ArrayOf(integer, 3)), "int (*x)[3]", "int (*)[3]"},
		{Qualified(PointerTo(ArrayOf(integer, 3)), true, false), "int (*const x)[3]", "int (*const)[3]"},
		{ArrayOf(PointerTo(ArrayOf(integer, 3)), 2), "int (*x[2])[3]", "int (*[2])[3]"},

		{FuncOf(integer, false), "int x(void)", "int (void)"},
		{FuncOf(integer, true, text), "int x(const char *, ...)", "int (const char *, ...)"},
		{&Type{Kind: Func, Elem: integer, NoProto: true}, "int x()", "int ()"},
		{FuncOf(double, false, double, double), "double x(double, double)", "double (double, double)"},
		{FuncOf(PointerTo(char), false, size), "char *x(size_t)", "char *(size_t)"},
		{named, "int x(const char *format, int, void (*then)(int), ...)", "int (const char *format, int, void (*then)(int), ...)"},

		{PointerTo(compare), "int (*x)(const void *, const void *)", "int (*)(const void *, const void *)"},
		{Qualified(PointerTo(FuncOf(void, false)), true, false), "void (*const x)(void)", "void (*const)(void)"},
		{ArrayOf(handler, 32), "void (*x[32])(int)", "void (*[32])(int)"},
		{Of(ComplexLongDouble), "long double _Complex x", "long double _Complex"},
		{PointerTo(Qualified(Of(ComplexFloat), true, false)), "const float _Complex *x", "const float _Complex *"},

		{point, "struct point x", "struct point"},
		{PointerTo(Qualified(point, true, false)), "const struct point *x", "const struct point *"},
		{FuncOf(ArrayOf(UnionOf("u"), 3), false, point), "union u x(struct point)[3]", "union u (struct point)[3]"},
		{number, "enum number x", "enum number"},
		{ArrayOf(StructOf(""), 2), "struct {...} x[2]", "struct {...}[2]"},
		{UnionOf(""), "union {...} x", "union {...}"},
		{Qualified(&Type{Kind: Enum}, true, false), "const enum {...} x", "const enum {...}"},
		{&Type{Kind: Struct, Name: "incomplete"}, "struct incomplete x", "struct incomplete"},
		{vector, "float __attribute__((vector_size(16))) x", "float __attribute__((vector_size(16)))"},
		{PointerTo(Qualified(vector, false, true)), "volatile float __attribute__((vector_size(16))) *x", "volatile float __attribute__((vector_size(16))) *"},

		{PointerTo(ArrayOf(handler, 32)), "void (*(*x)[32])(int)", "void (*(*)[32])(int)"},
		// signal(2): a function of an int and a handler that returns a handler.
		{FuncOf(handler, false, integer, handler), "void (*x(int, void (*)(int)))(int)", "void (*(int, void (*)(int)))(int)"},
		{PointerTo(FuncOf(PointerTo(compare), false)), "int (*(*x)(void))(const void *, const void *)", "int (*(*)(void))(const void *, const void *)"},
		{FuncOf(PointerTo(ArrayOf(integer, 3)), false), "int (*x(void))[3]", "int (*(void))[3]"},
	} {
		if got := Declare(row.ty, "x"); got != row.declared {
			t.Errorf("declared %s, want %s", got, row.declared)
		}
		if got := row.ty.String(); got != row.name {
			t.Errorf("type name %s, want %s", got, row.name)
		}
	}
}

// Every spelling Declare gives a plain type is one Parse reads as the same type.
func TestDeclareRoundTrip(t *testing.T) {
	n := 0
	var walk func(ty *Type, depth int)
	walk = func(ty *Type, depth int) {
		n++
		again, err := Parse(ty.String())
		if err != nil || again.String() != ty.String() {
			t.Errorf("%s: %v, %v", ty, again, err)
		}
		if depth == 0 {
			return
		}
		for _, isConst := range []bool{false, true} {
			walk(Qualified(PointerTo(ty), isConst, false), depth-1)
			walk(Qualified(PointerTo(ty), isConst, true), depth-1)
		}
		if depth == 1 && ty.Kind != Void {
			walk(ArrayOf(ArrayOf(ty, 5), 7), 0) // arrays come last: a pointer to one wants parentheses
		}
	}
	for k := Void; k <= ComplexLongDouble; k++ {
		walk(Of(k), 2)
		walk(Qualified(Of(k), true, false), 2)
	}
	for _, name := range Names() {
		walk(&Type{Kind: Typedef, Name: name}, 2)
	}
	if n < 1000 {
		t.Errorf("only %d types were tried", n)
	}
}

// A type whose text would double with each level of function types in it is cut off somewhere.
func TestDeclareNested(t *testing.T) {
	ty := PointerTo(FuncOf(Of(Int), false, Of(Int)))
	for range 40 {
		ty = PointerTo(FuncOf(ty, false, ty, ty))
	}
	text := Declare(ty, "f")
	if !strings.HasPrefix(text, "int (*(*(*(") || !strings.Contains(text, "(...)") {
		t.Errorf("40 levels: %.200s", text)
	}
	if len(text) > 1<<20 {
		t.Errorf("40 levels are written in %d bytes", len(text))
	}
}
