// This file tests declarations: what each form of C declares, and saying things again.

package cdecl

import (
	"strings"
	"testing"

	"dlsh/types"
)

func TestDeclarations(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a prototype", "int puts(const char *s);", "function int puts(const char *s)"},
		{"variadic", "int printf(const char *, ...);", "function int printf(const char *, ...)"},
		{"without a prototype", "int f();", "function int f()"},
		{"no parameters", "int f(void);", "function int f(void)"},
		{"two at once", "int f(void), *g(int);", "function int f(void) | function int *g(int)"},
		{"variables", "extern int errno_, *const p, a[3][4];", "variable int errno_ | variable int *const p | variable int a[3][4]"},
		{"words in any order", "long unsigned int volatile long x;", "variable volatile unsigned long long x"},
		{"typedefs keep their names", "typedef unsigned char byte; byte f(byte *);", "type typedef unsigned char byte | function byte f(byte *)"},
		{"size_t is known", "size_t f(uint8_t *, ssize_t, bool);", "function size_t f(uint8_t *, ssize_t, _Bool)"},
		{"arrays and functions as parameters", "void f(int a[const static 3][4], int g(char));", "function void f(int (*a)[4], int (*g)(char))"},
		{"an array of variable length", "void f(int n, double a[n][3]);", "function void f(int n, double (*a)[3])"},
		{"signal", "void (*signal(int, void (*)(int)))(int);", "function void (*signal(int, void (*)(int)))(int)"},
		{"an array of pointers to functions that return pointers to arrays", "int (*(*x[3])(void))[5];", "variable int (*(*x[3])(void))[5]"},
		{"names in parentheses", "int (f)(int (x)); int ((y));", "function int f(int x) | variable int y"},
		{"a parameter named like a type", "typedef int t; void f(t t, unsigned t2);", "type typedef int t | function void f(t t, unsigned int t2)"},
		{"through a typedef of a function", "typedef int handler(int); handler h; handler *p;", "type typedef int handler(int) | function handler h | variable handler *p"},
		{"enums", "enum e { A, B = 5, C, D = B << 2 };", "constant A = 0 | constant B = 5 | constant C = 6 | constant D = 20 | tag enum e e"},
		{"attributes everywhere", "__attribute__((noreturn)) extern void die(const char *, ...) __attribute__((format(printf, 1, 2), cold));", "function void die(const char *, ...)"},
		{"GCC's words", "__extension__ extern __inline__ int f(__const char *__restrict s) { return *s; }", "function int f(const char *s)"},
		{"bodies are passed over", "static inline int f(int x) { if (x) { return '}'; } return \"}\"[0]; } int g(void);", "function int f(int x) | function int g(void)"},
		{"the old style", "int f(a, b) int a; char *b; { return a; }", "function int f()"},
		{"complex numbers", "double _Complex f(float _Complex);", "function double _Complex f(float _Complex)"},
		{"typeof", "int x; __typeof__(x + 1.0f) y; typeof(int (*)[3]) z;", "variable int x | variable float y | variable int (*z)[3]"},
		{"va_list", "#include <stdarg.h>\nint f(va_list);", "function int f(struct __va_list_tag *)"},
		{"C23's attributes", "[[nodiscard]] int f([[maybe_unused]] int x);", "function int f(int x)"},
		{"_Atomic", "_Atomic int x; _Atomic(long) *y;", "variable int x | variable long *y"},
		{"an initializer", "int a[] = { [3] = 1, 2 }, b = (1, 2);", "variable int a[5] | variable int b"},
		{"thread-local", "extern _Thread_local int x; static __thread long y;", "variable int x | variable long y"},
		{"asm in the file", "asm(\".symver x\"); int f(void);", "function int f(void)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, d := range declare(t, NewScope(types.LinuxAMD64), c.text).Decls {
				if d.Macro == nil && !strings.HasPrefix(d.Name, "__") && d.Name != "va_list" {
					got = append(got, describe(d))
				}
			}
			if s := strings.Join(got, " | "); s != c.want {
				t.Errorf("got  %s\nwant %s", s, c.want)
			}
		})
	}
}

// The name for the linker may differ from C's.
func TestSymbols(t *testing.T) {
	u := declare(t, NewScope(types.Host()), `
		int scan(const char *) __asm__("" "__isoc99_scan") __attribute__((nonnull));
		extern int count __asm__("real_count");
		#define LABEL(prefix, name) LABEL2(prefix, name)
		#define LABEL2(prefix, name) __asm__(#prefix name)
		int prefixed(void) LABEL(__USER_LABEL_PREFIX__, "fixed");
		int plain(void);
		static int hidden(void);
		inline int quick(void) { return 1; }
		static const int limit = 3;
		static int counter;`)
	for name, want := range map[string]string{"scan": "__isoc99_scan", "count": "real_count", "prefixed": "fixed", "plain": "plain", "hidden": "hidden"} {
		if d := u.Find(name); d.Symbol != want || d.Static != (name == "hidden") {
			t.Errorf("%s: symbol %s, static %v", name, d.Symbol, d.Static)
		}
	}
	if d := u.Find("quick"); !d.Static {
		t.Error("an inline function may have no symbol")
	}
	if d := u.Find("counter"); d.Usable() {
		t.Error("a static variable has no symbol")
	}
	if d := u.Find("limit"); d.Kind != Constant || d.Value.Int != 3 {
		t.Errorf("limit: %s", describe(d))
	}
}

// Apple's linker has an underscore before all names, which labels show and its loader does not.
func TestSymbolsOfApple(t *testing.T) {
	u := declare(t, NewScope(types.DarwinARM64), "int stat(const char *) __asm(\"_\" \"stat\" \"$INODE64\"); int puts(const char *);")
	if a, b := u.Find("stat").Symbol, u.Find("puts").Symbol; a != "stat$INODE64" || b != "puts" {
		t.Errorf("%s, %s", a, b)
	}
}

func TestSayingAgain(t *testing.T) {
	for _, c := range []struct{ name, first, again string }{
		{"a prototype", "int f(int a, const char *s);", "int f(int, const char *string);"},
		{"qualifiers of parameters do not matter", "int f(int a);", "int f(const int a);"},
		{"a prototype after none", "int f();", "int f(int);"},
		{"the length of an array", "extern int a[];", "extern int a[3];"},
		{"a typedef", "typedef struct { int x; } t;", "typedef struct { int x; } t;"},
		{"by another name", "typedef int i; i f(void);", "int f(void);"},
		{"a struct", "struct s { struct s *next; int i : 3; };", "struct s { struct s *next; int i : 3; };"},
		{"a struct in a struct", "struct a { struct b { struct a *up; } b; };", "struct a { struct b { struct a *up; } b; };"},
		{"a struct with itself in arrays and functions", "struct s { struct s *all[2]; struct s *(*up)(struct s *, struct s (*)[3]); };", "struct s { struct s *all[2]; struct s *(*up)(struct s *, struct s (*)[3]); };"},
		{"two structs with each other", "struct t; struct s { struct t **t; }; struct t { struct s *(*s[2])(void); };", "struct t; struct s { struct t **t; }; struct t { struct s *(*s[2])(void); };"},
		{"an enum", "enum e { A, B };", "enum e { A, B };"},
		{"a constant", "#define N 1", "#define N 1"},
		{"a constant after #undef", "#define N 1", "#undef N\n#define N 2"},
		{"an enum and its integer", "enum e { A }; enum e f(void); extern enum e v;", "unsigned f(void); extern unsigned v;"},
		{"static and not", "static int f(void);", "int f(void);"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewScope(types.Host())
			declare(t, s, c.first)
			declare(t, s, c.again)
		})
	}
	s := NewScope(types.Host())
	first := declare(t, s, "struct s { int x; }; struct s *f();").Decls
	again := declare(t, s, "struct s { int x; }; struct s *f(int);").Decls
	if first[0] != again[0] {
		t.Error("a struct said again is another one")
	}
	if got := s.Lookup("f").text(); got != "struct s *f(int)" {
		t.Errorf("f: %s", got)
	}
}

func TestRedefine(t *testing.T) {
	for _, c := range []struct{ first, then, name string }{
		{"int f(int);", "double f(int, ...);", "f"},
		{"typedef int t;", "typedef char *t;", "t"},
		{"enum { N = 1 };", "enum { N = 2 };", "N"},
		{"int f(void);", "extern int f;", "f"},
		{"#define N 1", "#define N 2", "N"},
		{"#define N(x) x", "#define N(x) (x)", "N"},
		{"struct s { int x; };", "struct s { char c; };", ""},
		{"int f(char *);", "int f(const char *);", "f"},
		{"struct s { struct s *all[2]; };", "struct s { struct s *all[3]; };", ""},
		{"struct s { struct s *(*up)(struct s *); };", "struct s { struct s *(*up)(struct s *, int); };", ""},
	} {
		s := NewScope(types.Host())
		declare(t, s, c.first)
		before := s.Names()
		_, err := s.Declare(c.then, Options{Name: "later"})
		if err == nil || !strings.Contains(err.Error(), "cdef:1") || !strings.Contains(err.Error(), "later:1:") {
			t.Errorf("%s after %s: %v", c.then, c.first, err)
		}
		if strings.Join(s.Names(), " ") != strings.Join(before, " ") {
			t.Errorf("%s: it left a trace", c.then)
		}
		u, err := s.Declare(c.then, Options{Redefine: true})
		if err != nil {
			t.Errorf("%s: %v", c.then, err)
			continue
		}
		if d := u.Find(c.name); c.name != "" && s.Lookup(c.name) != d {
			t.Errorf("%s: the old one is still there", c.then)
		}
	}
	s := NewScope(types.Host())
	declare(t, s, "struct s { int x; };")
	if _, err := s.Declare("struct s { struct s *me; char c; };", Options{Redefine: true}); err != nil {
		t.Fatal(err)
	}
	ty := s.Tag(types.Struct, "s")
	if s.target.Size(ty) != 16 || ty.Record.Fields[0].Type.Elem.Record != ty.Record {
		t.Errorf("the new struct: %s", types.Define(ty))
	}
}

// What was declared in terms of a type follows when that is defined again; what holds one by value does not.
func TestRedefineFollows(t *testing.T) {
	s := NewScope(types.Host())
	declare(t, s, `typedef struct s s; struct s { int x; }; typedef int num; enum e { A };
		struct list { s *first; struct list *next; num n; }; struct holder { s in; };
		s *make(num, s (*)(struct list *), enum e); typedef s row[2]; extern struct holder h;`)
	if _, err := s.Declare("struct s { double x, y; }; typedef long long num; enum e { A, B = 1LL << 40 };", Options{Redefine: true}); err != nil {
		t.Fatal(err)
	}
	size := func(spelling string) int64 {
		ty, err := s.Type(spelling)
		if err != nil {
			t.Fatal(err)
		}
		return s.target.Size(ty)
	}
	for spelling, want := range map[string]int64{"s": 16, "struct s": 16, "row": 32, "num": 8, "struct holder": 4, "struct list": 24, "enum e": 8} {
		if got := size(spelling); got != want {
			t.Errorf("%s has %d bytes, want %d", spelling, got, want)
		}
	}
	f := s.Lookup("make").Type
	now := s.Tag(types.Struct, "s").Record
	list := s.Tag(types.Struct, "list").Record
	callback := s.target.Resolve(f.Params[1].Type).Elem
	for what, got := range map[string]*types.Type{
		"the result": f.Elem.Elem, "the callback's result": callback.Elem, "behind the list's pointer": list.Fields[0].Type.Elem,
		"behind the callback's list": s.target.Resolve(callback.Params[0].Type).Elem.Record.Fields[0].Type.Elem,
	} {
		if s.target.Resolve(got).Record != now {
			t.Errorf("%s is the old struct", what)
		}
	}
	if s.target.Size(f.Params[0].Type) != 8 || s.target.Size(f.Params[2].Type) != 8 {
		t.Errorf("make: %s", types.Declare(f, "make"))
	}
	if s.target.Size(list.Fields[2].Type) != 4 {
		t.Error("a member changed its size")
	}
}

func TestTypeNames(t *testing.T) {
	s := NewScope(types.LinuxAMD64)
	declare(t, s, "struct stat { int x; }; typedef struct z { int i; } z_stream;")
	declare(t, s, "#define DWORD unsigned int\n#define LENGTH 4\n")
	for spelling, want := range map[string]string{
		"struct stat":                         "struct stat",
		"z_stream *":                          "z_stream *",
		"int (*)(const void *, const void *)": "int (*)(const void *, const void *)",
		"int (const char *, ...)":             "int (const char *, ...)",
		"int(const void *, const void*)":      "int (const void *, const void *)",
		"unsigned char [3][LENGTH]":           "unsigned char[3][4]",
		"DWORD":                               "unsigned int",
		"char *(*(*)(void))[2]":               "char *(*(*)(void))[2]",
		"struct { int x; }":                   "struct {...}",
		"struct new *":                        "struct new *",
		"enum { A, B }":                       "enum {...}",
		"size_t":                              "size_t",
	} {
		ty, err := s.Type(spelling)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if again, _ := s.Type(spelling); again.String() != want || ty.String() != want {
			t.Errorf("%s: %s, want %s", spelling, ty, want)
		}
	}
	for spelling, want := range map[string]string{
		"":               `"": expected a declaration, found the end of the text`,
		"int x":          `"int x": expected a type name, found the declaration of x`,
		"FILE *":         "\"FILE *\": unknown type name FILE\nit is declared in <stdio.h>: #include <stdio.h>",
		"z_straem":       "\"z_straem\": unknown type name z_straem\ndid you mean z_stream?",
		"int; int":       `"int; int": ; is not expected in a type name`,
		"stat":           "\"stat\": unknown type name stat\nthere is struct stat",
		"static int":     `"static int": static is not allowed here`,
		"int\n#define X": "\"int\\n#define X\" is not a type name",
	} {
		if _, err := s.Type(spelling); err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", spelling, err, want)
		}
	}
}

// A short text is read without all the predefined macros, which alone would be ten times the work; BenchmarkDeclare has the time.
func TestShortDeclareIsCheap(t *testing.T) {
	if got := testing.AllocsPerRun(10, func() {
		declare(t, NewScope(types.Host()), "typedef struct { double x, y; } point;\n#define N 3\ndouble norm(const point *p);")
	}); got > 1000 {
		t.Errorf("a short text takes %v allocations", got)
	}
}

func BenchmarkDeclare(b *testing.B) {
	for b.Loop() {
		if _, err := NewScope(types.Host()).Declare("double pow(double x, double y);", Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
