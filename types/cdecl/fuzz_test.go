// This file defines the fuzz test: any text ends in types or an error, soon.

package cdecl

import (
	"flag"
	"strings"
	"testing"
	"time"

	"dlsh/types"
)

// seeds are texts with a bit of everything, and some that hung or crashed a C parser before.
var seeds = []string{
	"int puts(const char *s);",
	"typedef unsigned long size_t; void *malloc(size_t n); extern int errno, *const p[3];",
	"struct point { int x, y; struct point *next; }; union u { float f; int i : 3, : 0; struct { char c; }; };",
	"enum color { RED, GREEN = 5, BLUE = GREEN << 2 } c; enum : short { A };",
	"#define N 3\n#define MAX(a, b) ((a) > (b) ? (a) : (b))\n#define CAT(a, b) a##b\nint a[N][MAX(1, 2)]; int CAT(x, y);",
	"#include <stddef.h>\nsize_t f(ptrdiff_t, wchar_t *);",
	"#if defined A && A > 1 || !B\nint x;\n#elif 1\nint y;\n#else\n#error no\n#endif",
	"#pragma pack(push, 1)\nstruct p { char c; int i; } __attribute__((packed, aligned(4)));\n#pragma pack(pop)",
	"static const int n = sizeof(struct { char c; }) + _Alignof(double) - 'a'; static const char s[] = \"a\\x41\" \"b\";",
	"[[gnu::packed, deprecated(\"x\")]] int a[] = { [2] = 1, 2 }; static const char s[] = \"abc\"; struct t __attribute__((aligned(8))) *p, __attribute__((mode(DI))) q;",
	"enum e; enum e *f(enum e); enum e { A = _Generic(1, int: 2, default: 3), B = __builtin_offsetof(struct { int a, b[2]; }, b[1]), C = __builtin_clz(1) };",
	"#import <stddef.h>\n#elifdef A\n#line 3\n#foo\n#pragma pack(push, a, 2)\n#warning x\n# 3 \"a\"\nint u'a', x[sizeof u\"b\"];",
	"void f(int n, int a[n][*], int (*b)[sizeof n], char [static n]); struct s { struct s *a[2]; struct s (*f)(struct s *); };",
	"int (*(*fp)(int (*)(const void *, const void *), ...))[3]; void (*signal(int, void (*)(int)))(int);",
	"inline static int f(int x) { if (x) { return f(x - 1); } return 0; } int g(void) __asm__(\"gg\");",
	"struct t { int a[3]; struct t *next; } t; struct t *f(int, ...); void v(void);\n#define A(x, ...) (f(x, ##__VA_ARGS__)->a[x] + (v(), -t.a[1]))\n#define B (*f(1)).next->a\n#define C(x) ((x) ? (void)v() : (void)f(sizeof(x)))\n#define D(s) \"a\" s",
	"int n, g(int x);\n#define E(x) ((__typeof__(x))(x) ?: g(&(x) - (x)[0]))\n#define F(p) ((char *)(p) + 1 == g || __builtin_expect(!n, 0))\n#define G(rest...) g(rest, ## rest)\n#define H n\n#define I (&H, g)",
	"typeof(1 + 2.0) d; __typeof__(int *) q; _Static_assert(1, \"\"); __int128 big; typedef float v4 __attribute__((vector_size(16)));",
	"int f(a, b) int a; char b; { return a; }",
	"#define A B\n#define B A\nA B int x;\n#undef A\n#define F() 1.5e-3f\n#define S L\"wide\" u8\"\"",
	"int * const", "int (", "struct {", "enum { a", "#define", "#include", "#if", "/*", "\"", "'", "\\", "int x = ((((", "#", "##", "#\\\n", "int a[-1];", "int a[99999999999999999999];",
	"struct s { struct s s; };", "typedef int t; typedef t t; t t;", "#define f(x) f(x) f(x)\nf(f(f(1)))", "#include \"cdef\"", "#define X X\n#if X\n#endif",
	"#pragma once\n#pragma pack(\n_Pragma(\"pack(1)\") int x;", "??=define X 1", "int \\u1234;", "#line 5 \"x\"\nint;", "_Pragma(", "#if (\n#endif", "#if 1/0\n#endif", "#define f(x,\nf(", "__builtin_va_list ap; int x[(int)&((struct q { int a, b; } *)0)->b];",
}

func init() { strict = true }

// yes is a Machine that has everything.
type yes struct{}

func (yes) Object(d *Decl) (Value, error) {
	return Value{Kind: Object, Int: 0x1000, Type: d.Type, Foreign: d}, nil
}
func (yes) Load(Value) (Value, error) { return Value{Kind: Integer, Int: 1}, nil }
func (yes) Store(Value, Value) error  { return nil }
func (yes) Call(Value, []Value) (Value, error) {
	return Value{Kind: Address, Int: 0x1000, Foreign: 1}, nil
}

func FuzzDeclare(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		// Only what is embedded may be included: the files of the machine would make the run depend on it.
		if strings.Contains(src, "include") && !strings.Contains(src, "<std") {
			t.Skip()
		}
		s := NewScope(types.LinuxAMD64)
		if _, err := s.Declare("struct known; typedef struct known known; int twice(int);", Options{}); err != nil {
			t.Fatal(err)
		}
		before := state(s)
		begin := time.Now()
		u, err := s.Declare(src, Options{Name: "fuzz"})
		if took := time.Since(begin); took > 5*time.Second && flag.Lookup("test.fuzz").Value.String() != "" {
			t.Errorf("took %v", took)
		}
		if err != nil {
			if err.Error() == "" {
				t.Error("an empty error")
			}
			if after := state(s); before != after {
				t.Errorf("a failed text left a trace:\n%s", difference(before, after))
			}
			return
		}
		for _, d := range u.Decls {
			_ = describe(d)
			if d.Type != nil {
				_ = types.Define(d.Type)
				_, _, _ = s.target.Layout(d.Type)
			}
			if d.Kind == Macro && d.Usable() {
				args := make([]Value, len(d.Macro.Params))
				for i := range args {
					args[i] = IntegerValue(int64(i))
				}
				_, _ = d.Macro.Call(args, nil)
				for i := range args {
					args[i] = Value{Kind: ValueKind(i % 8), Int: 0x1000, Bytes: "text", Type: types.Of(types.Int), Foreign: i}
				}
				_, _ = d.Macro.Call(args, yes{})
				_, _ = d.Macro.Object(yes{})
			}
		}
		// A text that defines macros may mean something else when it begins with them.
		if _, err := s.Declare(src, Options{Name: "fuzz", Redefine: true}); err != nil && !strings.Contains(src, "define") {
			t.Errorf("it was fine the first time: %v", err)
		}
	})
}

// Two texts, one after the other: what the first leaves must do the second no harm.
func FuzzTexts(f *testing.F) {
	f.Add("#define P (((\n", "#if P P P\n#endif")
	f.Add("#define A \\\\\n\n", "int A;")
	f.Add("#define F(x) F(x) x##x #x\nstruct s { struct s *p; enum e *e; };", "F(1) struct s { int F; }; enum e { A };")
	f.Add("typedef struct { struct s *a[2]; } t; struct s { t *b; };", "typedef struct { struct s *a[2]; } t; struct s { t *b; };")
	f.Add("#define N 3\n#pragma pack(1)\nextern int a[];", "int a[N] = {1}; int f(int n, int a[n][sizeof n]);")
	f.Add("typedef int t __attribute__((aligned(16))), *u; t f(u);", "typedef char t; enum { X = _Alignof(t) };")
	f.Fuzz(func(t *testing.T, first, second string) {
		if strings.Contains(first+second, "include") || strings.Contains(first+second, "import") {
			t.Skip()
		}
		s := NewScope(types.LinuxAMD64)
		begin := time.Now()
		_, _ = s.Declare(first, Options{Name: "first"})
		before := state(s)
		if _, err := s.Type(second); err != nil && state(s) != before {
			t.Errorf("a type name that failed left a trace:\n%s", difference(before, state(s)))
		}
		before = state(s)
		if _, err := s.Declare(second, Options{Name: "second"}); err != nil {
			if after := state(s); before != after {
				t.Errorf("a failed text left a trace:\n%s", difference(before, after))
			}
		}
		_, _ = s.Declare(second, Options{Name: "third", Redefine: true})
		_, _ = s.Declare(first, Options{Name: "fourth", Redefine: true})
		_ = state(s)
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func FuzzType(f *testing.F) {
	for _, s := range []string{"int", "int (*)(const void *, const void *)", "struct known *[3]", "int (const char *, ...)", "unsigned _BitInt(3)", "known (*(*)[2])(void)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, spelling string) {
		s := NewScope(types.LinuxAMD64)
		if _, err := s.Declare("struct known; typedef struct known known;", Options{}); err != nil {
			t.Fatal(err)
		}
		ty, err := s.Type(spelling)
		if err != nil {
			if err.Error() == "" {
				t.Error("an empty error")
			}
			return
		}
		_ = ty.String()
	})
}
