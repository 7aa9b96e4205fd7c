// This file tests directives, and texts as editors and other programs write them.

package cdecl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dlsh/types"
)

func TestDirectives(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a byte order mark", "\xef\xbb\xbfint x;", "x"},
		{"line ends of Windows", "#define N \\\r\n 2\r\n#ifdef N\r\nint x[N]; /* a\r\n b */ int y;\r\n#endif\r\n", "N x y"},
		{"nothing behind #", "#\n# \n#pragma\n#pragma \nint x;", "x"},
		{"what other compilers say", "#warning isn't this closed\n#ident \"x\"\n#sccs \"y\"\n#assert machine(x86)\n#unassert machine\nint x;", "x"},
		{"#import", "#import <stdbool.h>\nenum { a = true };", "__bool_true_false_are_defined __dlsh_stdbool a bool false true"},
		{"C23's #elifdef", "#define A\n#ifdef B\nint b;\n#elifdef A\nint a;\n#endif\n#ifdef B\n#elifndef B\nint c;\n#else\nint d;\n#endif", "A a c"},
		{"unknown, and left out", "#if 0\n#foo isn't known\n#include <nope.h>\n#error no\n#endif\nint x;", "x"},
		{"what gcc -E writes", "# 1 \"a.h\"\n# 1 \"<built-in>\" 1 3\nint x;\n# 7 \"b.h\" 2\nint y;\n#line 5 \"c.h\"\nint z;", "x y z"},
		{"pragmas nobody knows", "#pragma GCC diagnostic ignored \"-Wall\"\n#pragma unknown ( ' stuff\n#pragma once\nint x;", "x"},
		{"#pragma push_macro", "#define N 1\n#pragma push_macro(\"N\")\n#undef N\n#define N 2\nint x[N];\n#pragma pop_macro(\"N\")\nint y[N];", "N x y"},
		{"continued with blanks behind", "#define N 1 \\ \t\n + 1\nint x[N];", "N x"},
		{"in the arguments of a macro", "#define F(x) x\nint a[F(\n#if 1\n3\n#else\n4\n#endif\n)];", "F a"},
		{"comments everywhere", "#/* a */define/**/N/**/2/* b\n*/\n/**/#/**/define M 3\nint/**/x/**/[/**/N/**/]/**/;/*\n#error no\n*/ // \\\nint no;\nint y[M];", "M N x y"},
		{"strings of all kinds in macros", "#define S(x) #x\n#define A L\"a\" L\"b\"\n#define B u\"b\"\n#define C U\"c\"\n#define D u8\"d\"\n#define E u'e'\n#define F U'f'\n", "A B C D E F S"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewScope(types.LinuxAMD64)
			declare(t, s, c.text)
			if got := strings.Join(s.Names(), " "); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
	s := NewScope(types.LinuxAMD64)
	u := declare(t, s, "#define N 1\n#pragma push_macro(\"N\")\n#undef N\n#define N 2\nint x[N];\n#pragma pop_macro(\"N\")\nint y[N];\n"+
		"#define W u\"é😀\"\n#define C U'\\x1F600'\n")
	for name, want := range map[string]string{"x": "variable int x[2]", "y": "variable int y[1]", "W": `constant W = "é😀"`, "C": "constant C = 128512"} {
		if got := describe(u.Find(name)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := u.Find("W").Type.String(); got != "char16_t[4]" {
		t.Errorf("W is of type %s", got)
	}
}

// Errors name the place in the text, whatever #line says.
func TestPlaceAfterLine(t *testing.T) {
	for _, text := range []string{"#line 100 \"foo.y\"\n\nint f(foo_t);", "# 7 \"bar.h\" 3\n\nint f(foo_t);", "#line 5\n#include <stddef.h>\n int f(foo_t);"} {
		if _, err := NewScope(types.Host()).Declare(text, Options{Name: "stdin"}); err == nil || !strings.HasPrefix(err.Error(), "stdin:3:") {
			t.Errorf("%v", err)
		}
	}
}

// What joins words is no reason to read less of the system's headers, unless a condition is made of it.
func TestJoinedWords(t *testing.T) {
	s := NewScope(types.Host())
	if _, err := s.Include("math.h", Options{}); err != nil {
		skip(t, "%v", err)
	}
	u := declare(t, NewScope(types.Host()), `
		#define CAT_(a, b) a##b
		#define CAT(a, b) CAT_(a, b)
		#define QUOTE(x) #x
		#define STR(x) QUOTE(x)
		#define HAVE(x) (HAVE_##x && HAVE_##x)
		#define HAVE_PEARS 1
		#define _WIN32_WINNT 0x0400
		#undef _WIN32_WINNT
		#define _WIN32_WINNT WINVER
		#undef _WIN32_WINNT
		#define _WIN32_WINNT 0x0600
		#define WINVER _WIN32_WINNT
		#define VERSION STR(1) "." STR(2) "." STR(3)
		#include <math.h>
		#if HAVE(PEARS) && WINVER >= 0x0500 && defined(CAT)
		int CAT(pe, CAT(ar, s));
		#endif`)
	if u.Find("pears") == nil || u.Find("cos") == nil || u.Find("VERSION").Value.Bytes != "1.2.3" {
		t.Error("pears, cos and VERSION are not all there")
	}
}

// What is not a file to read is refused at once, and what is not there is no error until it is wanted.
func TestOddFiles(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"nul.h": "int x;\x00", "utf16.h": "\xff\xfei\x00n\x00t\x00", "has.h": "#if __has_include(\"gone.h\") || !__has_include(\"has.h\")\n#error no\n#endif\nint x;\n",
		"next.h": "#include_next <next.h>\n", "self.h": "#include __FILE__\n", "crlf.h": "#ifndef A\r\n#define A\r\n#include \"crlf.h\"\r\nint x;\r\n#endif\r\n",
		"double.h": "#include \"double.h\"\n#include \"double.h\"\n", "trailing.h": "#include \"crlf.h\" // comment\n#include \"crlf.h\" /* a\n b */ int y;\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "folder.h"), 0o777); err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{
		"nul.h": "it is a binary file", "utf16.h": "it is a binary file", "folder.h": "no header", "next.h": "no header next.h", "self.h": "no header", "double.h": "included without end",
		"has.h": "", "crlf.h": "", "trailing.h": "", strings.Repeat("x", 5000) + ".h": "no header", "~/x.h": "no header", "x>y.h": "not the name of a header",
	} {
		_, err := NewScope(types.Host()).Include(header, Options{Folders: []string{folder}})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.40s: %.300v", header, err)
		}
	}
}
