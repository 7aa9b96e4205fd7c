// This file tests Same: pairs of types beside whether values of one may go where the other is wanted.

package types

import "testing"

func TestSame(t *testing.T) {
	point := StructOf("point", Field{Name: "x", Type: Of(Int)})
	twin := StructOf("point", Field{Name: "x", Type: Of(Int)})
	colour := &Type{Kind: Enum, Name: "colour", Elem: Of(UInt)}
	named := map[string]*Type{"point": point, "twin": twin, "colour": colour, "point_t": {Kind: Typedef, Name: "point_t", Elem: point},
		"f": FuncOf(Of(Int), false, point), "f'": FuncOf(Of(Int), false, twin), "f...": FuncOf(Of(Int), true, point),
		"f()": {Kind: Func, Elem: Of(Int), NoProto: true}, "vector": {Kind: Vector, Elem: Of(Float), Len: 4}, "nothing": nil}
	for _, row := range []struct {
		a, b string
		want bool
	}{
		{"int", "int", true}, {"int", "const volatile int", true}, {"int", "unsigned", false}, {"char", "signed char", false},
		{"size_t", "unsigned long", true}, {"size_t", "unsigned long long", false}, {"long", "long long", false},
		{"double _Complex", "double _Complex", true}, {"double _Complex", "double", false},
		{"char *", "const char *", true}, {"char *", "void *", false}, {"char **", "const char *const *", true},
		{"int[3]", "int[3]", true}, {"int[3]", "int[4]", false}, {"int[3]", "int[]", true}, {"int[2][3]", "int[3][2]", false},
		{"point", "point", true}, {"point", "point_t", true}, {"point", "twin", false},
		{"colour", "unsigned", true}, {"colour", "int", false}, {"vector", "vector", true}, {"vector", "float", false},
		{"f", "f", true}, {"f", "f'", false}, {"f", "f...", false}, {"f", "f()", true},
		{"nothing", "nothing", true}, {"nothing", "int", false},
	} {
		get := func(name string) *Type {
			if ty, ok := named[name]; ok {
				return ty
			}
			return mustParse(t, name)
		}
		if got := Same(LinuxAMD64, get(row.a), get(row.b)); got != row.want {
			t.Errorf("%s and %s are the same: %t, want %t", row.a, row.b, got, row.want)
		}
		if Same(LinuxAMD64, get(row.a), get(row.b)) != Same(LinuxAMD64, get(row.b), get(row.a)) {
			t.Errorf("%s and %s: the order matters", row.a, row.b)
		}
	}
	if !Same(WindowsAMD64, mustParse(t, "size_t"), mustParse(t, "unsigned long long")) {
		t.Error("windows: size_t is not unsigned long long")
	}
}
