// This file tests ctypes.decl and lib:declare on what is found on Linux: its headers, and libraries with debug information.

package lua

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dlsh/types"
	"dlsh/types/cdecl"
	"dlsh/types/random"
)

// Every function, variable and type of real headers, compiled in one text with what is known of their sizes, and read back
// one by one, each text for itself.
func TestDeclOfHeaders(t *testing.T) {
	cc := random.FindCompiler(t, types.Host()).CC
	for _, name := range []string{"stdio.h", "string.h", "time.h", "sys/stat.h", "sys/socket.h", "netinet/in.h", "pthread.h", "signal.h",
		"zlib.h", "sqlite3.h", "png.h", "curl/curl.h", "expat.h", "lzma.h", "ncurses.h", "ffi.h"} {
		t.Run(strings.ReplaceAll(name, "/", "_"), func(t *testing.T) {
			t.Parallel()
			s := New(Options{})
			defer s.Close()
			u, err := s.scope.Include(name, cdecl.Options{})
			if err != nil {
				if os.Getenv("CI") != "" {
					t.Fatal(err)
				}
				t.Skip(err)
			}
			h := types.NewHeader(hostTarget)
			h.Whole = true
			checks, count := "", 0
			for _, d := range u.Decls {
				if !d.Usable() || d.Macro != nil || d.Static {
					continue
				}
				var c types.Declaration
				switch d.Kind {
				case cdecl.Function, cdecl.Variable:
					d = s.scope.Lookup(d.Name) // another declaration may give it another symbol
					c = declarationOf(d)
				case cdecl.Type:
					if c.Type, err = s.scope.Type(d.Name); err != nil {
						t.Fatal(err)
					}
					if c.Type.Name != d.Name {
						continue // a macro hides it
					}
					checks += facts(hostTarget, d.Name, c.Type)
				case cdecl.Tag:
					c.Type = d.Type
					if d.Name != "" {
						checks += facts(hostTarget, d.Type.String(), d.Type)
					}
				default:
					continue
				}
				if err := h.Add(c); err != nil {
					t.Errorf("%s: %v", d.Name, err)
				}
				count++
				if d.Name == "" {
					continue
				}
				asked := d.Name
				if d.Kind == cdecl.Tag {
					asked = d.Type.String()
				}
				text, err := s.nameText(asked, "")
				if err != nil {
					t.Errorf("%s: %v", asked, err)
					continue
				}
				again := cdecl.NewScope(hostTarget)
				if _, err := again.Declare(text, cdecl.Options{}); err != nil {
					t.Errorf("%v\n%s", err, text)
					continue
				}
				switch d.Kind {
				case cdecl.Tag, cdecl.Type:
					read, err := again.Type(asked)
					if err != nil || layoutText(hostTarget, c.Type) != layoutText(hostTarget, read) {
						t.Errorf("%s is read back as something else (%v):\n%s", asked, err, text)
					}
				default:
					read := again.Lookup(d.Name)
					if read == nil || read.Kind != d.Kind || read.Symbol != d.Symbol || types.Declare(read.Type, "x") != types.Declare(d.Type, "x") {
						t.Errorf("%s is read back as something else:\n%s", asked, text)
					}
				}
			}
			t.Logf("%d declarations", count)
			compileText(t, cc, h.String()+checks)
		})
	}
}

// A library with debug information, declared, and a C program that calls it by nothing else.
func TestDeclareFromDebugInformation(t *testing.T) {
	folder := t.TempDir()
	source := filepath.Join(folder, "drawing.c")
	if err := os.WriteFile(source, []byte(drawing), 0o666); err != nil {
		t.Fatal(err)
	}
	library := compileC(t, []string{"-g"}, source)
	s := newTestSession(t, library)
	evalLua(t, s, `lib.undeclared_kind.argtypes = {"int"}`)
	text := evalOne(t, s, `return lib:declare()`).String()
	if want := strings.ReplaceAll(shapesDeclared, "LIBRARY", library); text != strings.TrimPrefix(want, "\n") {
		t.Errorf("declared\n%s\nwant%s", text, want)
	}
	c := random.FindCompiler(t, types.Host())
	c.Build(t, folder, random.Source{Name: "caller", Text: text + shapesCaller, Options: []string{"-Wall", "-Werror", library}})
	out, err := exec.Command(filepath.Join(folder, "caller")).CombinedOutput()
	if want := "area 6 visits 2 sum 10 kind 2\n"; err != nil || string(out) != want {
		t.Errorf("%v: %q, want %q", err, out, want)
	}
	// At the prompt it is text, not a string in quotes.
	if shown, err := s.Do("stdin", `dl.declare(lib, "^area$")`); err != nil || len(shown) != 1 || !strings.HasSuffix(shown[0], "\n\ndouble area(const struct shape *s);") {
		t.Errorf("shown: %q, %v", shown, err)
	}
	// lib:symbols is one of its functions, and stays one.
	for src, want := range map[string]string{
		`return lib.symbols(3)`:                                     "9",
		`return #dl.symbols(lib, "^symbols$")`:                      "1",
		`return dl.symbols(lib, "per_thread")[1].kind`:              "thread-local",
		`return tostring(dl.symbols(lib, "per_thread")[1].address)`: "nil",
		`return dl.symbols(lib, "maybe")[1].binding`:                "weak",
	} {
		if got := evalOne(t, s, src).String(); got != want {
			t.Errorf("%s: %s, want %s", src, got, want)
		}
	}
}

const drawing = `
#include <stdarg.h>
#include <stddef.h>
typedef struct { double x, y; } corner;
enum shape_kind { CIRCLE = 1, BOX, OTHER = -1 };
struct shape {
	enum shape_kind kind;
	unsigned filled : 1, width : 7;
	union { double radius; corner corners[2]; };
	struct shape *next;
	int (*visit)(struct shape *self, void *data);
};
struct hidden;
_Thread_local int per_thread = 3;
struct shape first = {BOX, .corners = {{0, 0}, {2, 3}}};
double area(const struct shape *s) { return (s->corners[1].x - s->corners[0].x) * (s->corners[1].y - s->corners[0].y); }
int visit_all(struct shape *s, int (*visit)(struct shape *, void *), void *data)
{
	int n = 0;
	for (; s; s = s->next) n += visit(s, data);
	return n;
}
corner middle(corner a, corner b) { return (corner){(a.x + b.x) / 2, (a.y + b.y) / 2}; }
int sum(size_t n, ...)
{
	va_list list;
	int total = 0;
	va_start(list, n);
	while (n--) total += va_arg(list, int);
	va_end(list);
	return total;
}
enum shape_kind kind_of(const struct shape *s) { return s->kind; }
void forget(struct hidden *h) {}
int symbols(int x) { return x * x; }
__attribute__((weak)) void maybe(void) {}
asm(".globl undeclared_kind\n.type undeclared_kind, @function\nundeclared_kind: ret\n.globl unknown_code\n.type unknown_code, @function\nunknown_code: ret\n");
`

const shapesDeclared = `
// LIBRARY: 9 of 10 functions, 2 variables

enum shape_kind {
	CIRCLE = 1,
	BOX = 2,
	OTHER = -1,
};
typedef struct {
	double x;
	double y;
} corner;
struct shape {
	enum shape_kind kind;
	unsigned int filled : 1;
	unsigned int width : 7;
	union {
		double radius;
		corner corners[2];
	};
	struct shape *next;
	int (*visit)(struct shape *, void *);
};
struct hidden;
typedef unsigned long size_t;

double area(const struct shape *s);
extern struct shape first;
void forget(struct hidden *h);
enum shape_kind kind_of(const struct shape *s);
void maybe(void);
corner middle(corner a, corner b);
extern __thread int per_thread;
int sum(size_t n, ...);
int symbols(int x);
int undeclared_kind(int);
int visit_all(struct shape *s, int (*visit)(struct shape *, void *), void *data);

// of 1 function nothing is known (unknown_code); ctypes.include or ctypes.cdef declares them, or a library built with -g`

const shapesCaller = `
int printf(const char *, ...);
static int visit(struct shape *s, void *data) { return 1; }
int main(void)
{
	struct shape second = first;
	second.next = &first;
	printf("area %g visits %d sum %d kind %d\n", area(&second), visit_all(&second, visit, 0), sum(4, 1, 2, 3, 4), kind_of(&first));
	return 0;
}
`
