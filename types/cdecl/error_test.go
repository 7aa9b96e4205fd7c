// This file tests errors: their text, caret and hints, and texts meant to do harm.

package cdecl

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"dlsh/types"
)

// Each text and its error, cut by ---.
var goldenErrors = `
int f(foo_t x);
---
stdin:12:7: unknown type name foo_t
    int f(foo_t x);
          ^
===
struct point { int x; };
void move(point *p);
---
stdin:13:11: unknown type name point
    void move(point *p);
              ^
there is struct point
===
FILE *open_it(const char *name);
---
stdin:12:1: unknown type name FILE
    FILE *open_it(const char *name);
    ^
it is declared in <stdio.h>: #include <stdio.h>
===
typedef struct z { int i; } z_stream;
int	inflate(z_straem *s);
---
stdin:13:13: unknown type name z_straem
    int inflate(z_straem *s);
                ^
did you mean z_stream?
===
strcut s x;
---
stdin:12:1: unknown type name strcut
    strcut s x;
    ^
did you mean struct?
===
class Foo { int x; };
---
stdin:12:1: unknown type name class
    class Foo { int x; };
    ^
this is C++, and only C can be read
===
int f(size_t n)
int g(void);
---
stdin:12:16: expected ; after ), found int
    int f(size_t n)
                   ^
===
int f(void;
---
stdin:12:11: expected ) after the parameters, found ;
    int f(void;
              ^
===
int f(int) { return 1;
---
stdin:12:12: the { is never closed
    int f(int) { return 1;
               ^
===
int puts(const char *);
void puts(int);
---
stdin:13:6: puts is declared differently here: void puts(int)
    void puts(int);
         ^
stdin:12: it was declared before: int puts(const char *)
redefine replaces what was declared before
===
int a[3 - 4];
---
stdin:12:7: the length of an array is negative: -1
    int a[3 - 4];
          ^
===
int a[n];
---
stdin:12:7: the length of an array must be a constant: n is not declared
    int a[n];
          ^
===
enum { A, B = A / 0 };
---
stdin:12:17: division by zero
    enum { A, B = A / 0 };
                    ^
===
struct s { struct s inner; };
---
stdin:12:8: struct s: member inner: struct s contains itself
    struct s { struct s inner; };
           ^
===
char *s = "abc;
---
stdin:12:11: a quote is never closed on this line
    char *s = "abc;
              ^
===
#include <stdio
---
stdin:12:1: expected the name of a header in < > or " "
    #include <stdio
    ^
===
#inlcude <stdio.h>
---
stdin:12:2: unknown directive #inlcude
    #inlcude <stdio.h>
     ^
did you mean #include?
===
#if 1.5
#endif
---
stdin:12:5: this is no integer: a condition has only integers and macros
    #if 1.5
        ^
===
#define X 1
#error this can't be
---
stdin:13:2: #error this can't be
    #error this can't be
     ^
===
_Static_assert(sizeof(int) == 8, "no");
---
stdin:12:16: _Static_assert does not hold
    _Static_assert(sizeof(int) == 8, "no");
                   ^
===
extern "C" { int x; }
---
stdin:12:8: this is C++: C has no extern "C" { }
    extern "C" { int x; }
           ^
===
unsigned float x;
---
stdin:12:1: no type is made of "unsigned float"
    unsigned float x;
    ^
===
int f(void)[3];
---
stdin:12:6: a function cannot return an array
    int f(void)[3];
         ^
===
int größe(schön x);
---
stdin:12:13: unknown type name schön
    int größe(schön x);
              ^
`

// The caret is under the word that is wrong, not under another like it.
func TestColumns(t *testing.T) {
	for src, want := range map[string]string{
		"int x; int y z; int z;":   "1:14",
		"int a; int a; long a;":    "1:20",
		"struct p { int x; } x x;": "1:23",
		"int f(int a, in b);":      "1:14",
		"int f(int":                "1:10",
		"int f(int \n\n":           "1:10",
	} {
		_, err := NewScope(types.Host()).Declare(src, Options{Name: "text"})
		e, ok := err.(*Error)
		if !ok || fmt.Sprintf("%d:%d", e.Line, e.Column) != want {
			t.Errorf("%q: %v, want it at %s", src, err, want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range strings.Split(strings.TrimSpace(goldenErrors), "\n===\n") {
		src, want, _ := strings.Cut(c, "\n---\n")
		_, err := NewScope(types.LinuxAMD64).Declare(src, Options{Name: "stdin", Line: 12})
		if err == nil {
			t.Errorf("%s\nis no error", src)
		} else if got := err.Error(); got != want {
			t.Errorf("%s\ngot\n%s\nwant\n%s", src, got, want)
		}
	}
}

// Headers that are bad name themselves and the line.
func TestBadHeaders(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"loop.h": "#include \"loop.h\"\n", "ping.h": "int x;\n#include <pong.h>\n", "pong.h": "#include <ping.h>\n",
		"binary.h": "\x7fELF\x00\x00", "bad.h": "int f(int);\nstruct s {\n\tint a;\n\tfoo_t b;\n};\n", "good.h": "#pragma once\n#include \"inner.h\"\n#include \"good.h\"\nint good(inner);\n",
		"inner.h": "typedef int inner;\n", "outer.h": "#include <bad.h>\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for header, want := range map[string]string{
		"loop.h":                       "loop.h:1:1: this file is included without end",
		"ping.h":                       "is included without end",
		"binary.h":                     "binary.h: it is a binary file",
		"bad.h":                        "bad.h:4:2: unknown type name foo_t\n     foo_t b;\n     ^",
		"outer.h":                      "bad.h:4:2: unknown type name foo_t",
		"missing.h":                    "no header missing.h\nlooked in " + folder,
		"godo.h":                       "no header godo.h\ndid you mean good.h?",
		"":                             `"" is not the name of a header`,
		"a\"\n":                        "is not the name of a header",
		filepath.Join(folder, "no.h"):  "no header " + filepath.ToSlash(filepath.Join(folder, "no.h")),
		folder:                         "no header " + filepath.ToSlash(folder),
		filepath.Join(folder, "bad.h"): "bad.h:4:2: unknown type name foo_t",
	} {
		s := NewScope(types.Host())
		_, err := s.Include(header, Options{Folders: []string{folder}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v\nwant %s", header, err, want)
		}
		if len(s.Names()) > 0 {
			t.Errorf("%s: it left a trace", header)
		}
	}
	s := NewScope(types.Host())
	u, err := s.Include(filepath.Join(folder, "good.h"), Options{})
	if err != nil || u.Find("good") == nil || s.Lookup("inner") == nil {
		t.Errorf("good.h: %v", err)
	}
}

// What one text defines does no harm in the next.
func TestHostileScope(t *testing.T) {
	s := NewScope(types.LinuxAMD64)
	declare(t, s, "#define P "+strings.Repeat("( ", 1900)+"\n")
	if _, err := s.Declare("#if "+strings.Repeat("P ", 2000)+"\n#endif\n", Options{}); err == nil || !strings.Contains(err.Error(), "expand without end") {
		t.Errorf("%.300v", err)
	}
}

// A macro that ends in a backslash goes on with the next text, and a text that ends in one has an end.
func TestBackslashes(t *testing.T) {
	s := NewScope(types.Host())
	declare(t, s, "#define A \\\\\n\nint x;\n")
	if _, err := s.Declare("int A;", Options{}); err == nil {
		t.Error("a backslash is no declaration")
	}
	for _, text := range []string{"0\"\\0\"\\\\", "\\", "\\\\", "\\\\\r\n", "#define B \\\\", "#\\\\\n", "/* */\\\\", "'\\\\"} {
		_, _ = NewScope(types.Host()).Declare(text, Options{})
	}
}

// Texts meant to take for ever, all memory or the stack end in an error soon.
func TestHostileTexts(t *testing.T) {
	tower := func(first, next string, n int) string {
		text := "#define A0" + first + "\n"
		for i := 1; i < n; i++ {
			text += fmt.Sprintf("#define A%d%s\n", i, strings.ReplaceAll(next, "$", fmt.Sprintf("A%d", i-1)))
		}
		return text
	}
	many := func(s string) string { return strings.Repeat(s, 100_000) }
	for name, c := range map[string]struct{ text, want string }{
		"a macro bomb":          {tower(" x x x x x x x x", " $ $ $ $ $ $ $ $", 20) + "int A19;", "expand without end"},
		"a bomb of calls":       {tower("(x) ((x))", "(x) $($(x))", 40) + "int y[A39(1)];", "expand without end"},
		"a bomb in #if":         {tower("(x) ((x))", "(x) $($(x))", 40) + "#if A39(1)\n#endif\n", "expand without end"},
		"unbalanced macros":     {tower(" ((((((((((((((((((((", " $ $ $ $ $ $ $ $", 6) + "#if A5\n#endif\n", "A5"},
		"parentheses":           {"int " + many("(") + "x", "nested deeper"},
		"braces":                {"int x = " + many("{"), "nested deeper"},
		"parentheses in #if":    {"#if " + many("(") + "\n#endif\n", "nested deeper"},
		"#if":                   {many("#if 1\n"), "nested deeper"},
		"structs":               {strings.Repeat("struct {", 1000) + strings.Repeat("} x;", 1000), "nested deeper"},
		"lengths":               {"int x" + many("[1]") + ";", "more than 200"},
		"pointers":              {"int " + many("*") + "x;", "deeper than 200"},
		"minus signs":           {"int x[" + many("- ") + "1];", "nested deeper"},
		"casts":                 {"int x[" + many("(int)") + "1];", "nested deeper"},
		"conditions":            {"int x[" + many("1?1:") + "1];", "nested deeper"},
		"a huge array":          {"int x[1 << 30][1 << 30][1 << 30];", "too large"},
		"a huge number":         {"int x[99999999999999999999];", "no number"},
		"a text without an end": {"/*" + many("x"), ""},
		"a string without end":  {"\"" + many("x"), "never closed"},
		"operators in #if":      {tower(" + + + + + + + +", " $ $ $ $ $ $ $ $", 9) + "#if A8 1\n#endif\n", "expand without end"},
		"conditions in #if":     {tower(" 1 ? 1 : 1 ? 1 : 1 ? 1 : ", " $ $ $ $ $ $ $ $", 7) + "#if A6 1\n#endif\n", "expand without end"},
		"joined names in #if":   {"#define P1(x) A##x\n#define P2(x) A##x\n#define P3(x) A##x\n" + tower(" ((((((((((((((((((((", " P1(0) $ $ $ P2(1) $ $ P3(2) $ $", 6) + "#if A5\n#endif\n", "expand without end"},
		"a macro of many words": {strings.Repeat("#undef A\n#define A x + 1\n#undef A\n#define A x + 2\n", 10) + tower(" ((((((((((((((((((((", " $ $ $ $ $ $ $ $", 6) + "#if A5\n#endif\n", "A5"},
		"circles in #if":        {tower(" A19 (", " A19 ( $ $ ", 20) + "#if A3\n#endif\n", "expand without end"},
		"defined":               {"#if " + strings.Repeat("defined A || ", 25_000) + "1\n#endif\n", "too long"},
		"defined in a macro":    {"#define D " + strings.Repeat("defined A || ", 25_000) + "1\n#if D\n#endif\n", "expand without end"},
		"quotes in quotes":      {"#define Q(x) #x #x\n#define S(x) Q(x)\nchar *s = " + strings.Repeat("S(", 30) + "a" + strings.Repeat(")", 30) + ";", "quote or join"},
		"words in words":        {"#define J(a) a##a\n#define D(a) J(a)\nint " + strings.Repeat("D(", 40) + "b" + strings.Repeat(")", 40) + ";", "quote or join"},
		"macros of quotes":      {tower("(x) #x #x", "(x) $($(x))", 20), "too often"},
		"functions of typedefs": {"typedef int t0;" + func() (s string) {
			for i := range 60 {
				s += fmt.Sprintf("typedef t%d (*t%d)(t%d, t%d);", i, i+1, i, i)
			}
			return s
		}(), ""},
		"records in themselves": {"struct o { struct o a : 3, b; struct o c; };", "contains itself"},
		"macros of __LINE__": {"#define A0 __LINE__\n" + func() (s string) {
			for i := range 20_000 {
				s += fmt.Sprintf("#define A%d A%d\n", 20_000-i, 20_000-i-1)
			}
			return s
		}(), ""},
		"headers not there": {strings.Repeat("#include <no/such/header.h>\n", 4000), "no header"},
		"a long name":       {many("x") + " y;", "unknown type name"},
		"joining _Pragma":   {"#define J(a, b) a##b\nJ(_Pra, gma)(\"\")", "_Pragma"},
		"zero bytes":        {"int x;\x00", "zero bytes"},
		"enumerators again": {"enum { " + many("x, ") + "};", "declared differently"},
		"too long":          {strings.Repeat(" ", 5<<20), "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := NewScope(types.LinuxAMD64).Declare(c.text, Options{})
			runtime.ReadMemStats(&after)
			if grown := (after.TotalAlloc - before.TotalAlloc) >> 20; grown > 2000 {
				t.Errorf("%d MB were asked for", grown)
			}
			if c.want == "" && err == nil {
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%.300v", err)
			}
		})
	}
}
