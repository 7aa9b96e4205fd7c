// This file tests targets: every name's size, alignment and sign, for the host against its C compiler and for
// the others against the tables of their ABIs.

package types

import (
	"fmt"
	"sort"
	"strings"
	"testing"
)

// scalarNames are the scalar types of C (C11 6.2.5) and a pointer.
var scalarNames = []string{
	"_Bool", "char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned int",
	"long", "unsigned long", "long long", "unsigned long long", "float", "double", "long double", "void *",
}

func mustParse(t testing.TB, spelling string) *Type {
	t.Helper()
	ty, err := Parse(spelling)
	if err != nil {
		t.Fatal(err)
	}
	return ty
}

// measure is how a target has a type: size/alignment, and the sign of integers.
func measure(target *Target, ty *Type) string {
	text := fmt.Sprintf("%d/%d", target.Size(ty), target.Align(ty))
	switch {
	case !target.Resolve(ty).Kind.Integer():
	case target.Signed(ty):
		text += " signed"
	default:
		text += " unsigned"
	}
	return text
}

// The compiler says of each name what sizeof, _Alignof and a comparison with -1 give.
func TestAgainstCompiler(t *testing.T) { onCompilers(t, testAgainstCompiler) }

func testAgainstCompiler(t *testing.T, c compiler) {
	names := append(Names(), scalarNames...)
	names = append(names, "char *", "int[3]", "long double[2]", "float _Complex", "double _Complex", "long double _Complex", "const char *const[5]", "short[2][3]")
	sort.Strings(names)
	var src strings.Builder
	src.WriteString("#include <stddef.h>\n#include <stdint.h>\n#include <stdio.h>\n#include <sys/socket.h>\n" +
		"#include <sys/types.h>\n#include <time.h>\n#include <uchar.h>\n#include <wchar.h>\nint main(void)\n{\n")
	for _, name := range names {
		sign := `""`
		if c.target.Resolve(mustParse(t, name)).Kind.Integer() {
			sign = fmt.Sprintf(`(%s)-1 < (%s)1 ? " signed" : " unsigned"`, name, name)
		}
		fmt.Fprintf(&src, "\tprintf(\"%s: %%zu/%%zu%%s\\n\", sizeof(%s), _Alignof(%s), %s);\n", name, name, name, sign)
	}
	src.WriteString("}\n")
	out := c.output(t, src.String())
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != len(names) {
		t.Fatalf("%d lines for %d names:\n%s", len(lines), len(names), out)
	}
	for i, name := range names {
		if got := name + ": " + measure(c.target, mustParse(t, name)); got != lines[i] {
			t.Errorf("types has %s, the compiler %s", got, lines[i])
		}
	}
}

// Where the targets differ. The columns follow Targets(): System V amd64 (figure 3.1), AAPCS64 (10.1),
// Apple's amd64 and arm64 (which keep char and wchar_t signed), Microsoft x64 (LLP64, long double is double).
func TestTargets(t *testing.T) {
	for _, row := range []struct {
		name string
		want [5]string // linux/amd64, linux/arm64, darwin/amd64, darwin/arm64, windows/amd64
	}{
		{"_Bool", same("1/1 unsigned")},
		{"char", [5]string{"1/1 signed", "1/1 unsigned", "1/1 signed", "1/1 signed", "1/1 signed"}},
		{"signed char", same("1/1 signed")},
		{"unsigned char", same("1/1 unsigned")},
		{"short", same("2/2 signed")},
		{"unsigned short", same("2/2 unsigned")},
		{"int", same("4/4 signed")},
		{"unsigned", same("4/4 unsigned")},
		{"long", [5]string{"8/8 signed", "8/8 signed", "8/8 signed", "8/8 signed", "4/4 signed"}},
		{"unsigned long", [5]string{"8/8 unsigned", "8/8 unsigned", "8/8 unsigned", "8/8 unsigned", "4/4 unsigned"}},
		{"long long", same("8/8 signed")},
		{"unsigned long long", same("8/8 unsigned")},
		{"float", same("4/4")},
		{"double", same("8/8")},
		{"long double", [5]string{"16/16", "16/16", "16/16", "8/8", "8/8"}},
		{"void *", same("8/8")},
		{"size_t", same("8/8 unsigned")},
		{"ssize_t", same("8/8 signed")},
		{"ptrdiff_t", same("8/8 signed")},
		{"intptr_t", same("8/8 signed")},
		{"uintptr_t", same("8/8 unsigned")},
		{"int8_t", same("1/1 signed")},
		{"uint8_t", same("1/1 unsigned")},
		{"int16_t", same("2/2 signed")},
		{"uint16_t", same("2/2 unsigned")},
		{"int32_t", same("4/4 signed")},
		{"uint32_t", same("4/4 unsigned")},
		{"int64_t", same("8/8 signed")},
		{"uint64_t", same("8/8 unsigned")},
		{"intmax_t", same("8/8 signed")},
		{"uintmax_t", same("8/8 unsigned")},
		{"time_t", same("8/8 signed")},
		{"wchar_t", [5]string{"4/4 signed", "4/4 unsigned", "4/4 signed", "4/4 signed", "2/2 unsigned"}},
		{"wint_t", [5]string{"4/4 unsigned", "4/4 unsigned", "4/4 signed", "4/4 signed", "2/2 unsigned"}},
		{"mode_t", [5]string{"4/4 unsigned", "4/4 unsigned", "2/2 unsigned", "2/2 unsigned", "2/2 unsigned"}},
		{"int[3]", same("12/4")},
		{"long[2][3]", [5]string{"48/8", "48/8", "48/8", "48/8", "24/4"}},
		{"char[0]", same("0/1")},
		{"long double[2]", [5]string{"32/16", "32/16", "32/16", "16/8", "16/8"}},
		{"wchar_t[4]", [5]string{"16/4", "16/4", "16/4", "16/4", "8/2"}},
		{"char *[4]", same("32/8")},
	} {
		for i, target := range Targets() {
			if got := measure(target, mustParse(t, row.name)); got != row.want[i] {
				t.Errorf("%s: %s is %s, want %s", target, row.name, got, row.want[i])
			}
		}
	}
}

func same(text string) [5]string { return [5]string{text, text, text, text, text} }

// Every target gives every name a scalar to stand for.
func TestNamesAreDefinedEverywhere(t *testing.T) {
	for _, target := range Targets() {
		for _, name := range Names() {
			ty, ok := target.Named(name)
			if !ok || !target.Resolve(ty).Kind.Scalar() {
				t.Errorf("%s: %s is not defined", target, name)
			}
		}
		if ty, ok := target.Named("unheard_of"); ok {
			t.Errorf("%s: unheard_of is %v", target, ty)
		}
	}
}

// Types without a size say why.
func TestLayoutErrors(t *testing.T) {
	for _, row := range []struct {
		ty   *Type
		want string
	}{
		{Of(Void), "void has no size"},
		{FuncOf(Of(Int), false), "a function has no size: int (void)"},
		{ArrayOf(Of(Int), Incomplete), "int[] has no size: its length is not known"},
		{ArrayOf(ArrayOf(Of(Char), Incomplete), 3), "char[] has no size: its length is not known"},
		{ArrayOf(Of(Long), 1<<60), "long[1152921504606846976] is too large"},
		{ArrayOf(ArrayOf(Of(Char), 1<<40), 1<<40), "char[1099511627776][1099511627776] is too large"},
		{&Type{Kind: Typedef, Name: "unheard_of"}, "unheard_of has no size: it is not defined on linux/amd64"},
	} {
		if _, _, err := LinuxAMD64.Layout(row.ty); err == nil || err.Error() != row.want {
			t.Errorf("%s: %v, want %s", row.ty, err, row.want)
		}
		if size, align := LinuxAMD64.Size(row.ty), LinuxAMD64.Align(row.ty); size != -1 || align != -1 {
			t.Errorf("%s: size %d, alignment %d, want -1 for both", row.ty, size, align)
		}
	}
}

// A typedef of one's own resolves to what it names; qualifiers met on the way stay.
func TestResolve(t *testing.T) {
	number := &Type{Kind: Typedef, Name: "number", Elem: Of(Long)}
	count := &Type{Kind: Typedef, Name: "count", Elem: Qualified(number, true, false)}
	for _, row := range []struct {
		ty   *Type
		want string
	}{
		{number, "long"},
		{count, "const long"},
		{Qualified(count, false, true), "const volatile long"},
		{mustParse(t, "size_t"), "unsigned long"},
		{mustParse(t, "const wchar_t"), "const int"},
		{PointerTo(number), "number *"}, // what a pointer points to is not touched
	} {
		if got := LinuxAMD64.Resolve(row.ty).String(); got != row.want {
			t.Errorf("%s resolves to %s, want %s", row.ty, got, row.want)
		}
	}
	if k := LinuxAMD64.Resolve(&Type{Kind: Typedef, Name: "unheard_of"}).Kind; k != Invalid {
		t.Errorf("an unknown name resolves to %s", k)
	}
}

func TestFormat(t *testing.T) {
	for i, want := range []FloatFormat{X87, Quad, X87, Binary64, Binary64} {
		target := Targets()[i]
		if got := target.Format(Of(LongDouble)); got != want {
			t.Errorf("%s: long double has format %d, want %d", target, got, want)
		}
		if target.Format(Of(Float)) != Binary32 || target.Format(Of(Double)) != Binary64 {
			t.Errorf("%s: float or double is not IEEE's", target)
		}
	}
}

// The classes of kinds, as C11 6.2.5 draws them.
func TestKinds(t *testing.T) {
	for k := Invalid; k <= Typedef; k++ {
		got := ""
		for _, class := range []struct {
			is   bool
			name string
		}{{k.Integer(), "integer"}, {k.Floating(), "floating"}, {k.Scalar(), "scalar"}} {
			if class.is {
				got += class.name + " "
			}
		}
		want := ""
		switch k {
		case Bool, Char, SChar, UChar, Short, UShort, Int, UInt, Long, ULong, LongLong, ULongLong:
			want = "integer scalar "
		case Float, Double, LongDouble:
			want = "floating scalar "
		case Pointer, Enum:
			want = "scalar "
		}
		if got != want {
			t.Errorf("%s is %q, want %q", k, got, want)
		}
	}
}
