// This file tests what is read of C: every version of DWARF, with and without the optimizer.

package dwarf

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dlsh/types"
)

const fixture = `
#include <stddef.h>
#include <stdint.h>
#include <stdarg.h>
#include <wchar.h>
struct point { int x, y; };
struct opaque;
struct node { struct node *next, *const *links; union { int i; double d; }; struct { char tag; } in; };
typedef struct node list_t;
typedef struct { unsigned a : 3, b : 5; int : 4; unsigned c : 6; long d : 40; } bits;
struct __attribute__((packed)) pk { char c; int i; };
#pragma pack(push, 2)
struct pragma { char c; double d; };
#pragma pack(pop)
struct al { char c; _Alignas(16) int i; } __attribute__((aligned(64)));
struct flex { int n; char data[]; };
struct mixed { char c; int i __attribute__((packed)); short s; };
struct outer { char c; struct pk p; struct point q[2]; };
union number { char c; long long ll; float f; };
enum color { RED, GREEN = -1, BLUE = 7 };
enum big { BIG = 0xffffffff };
enum huge { HUGE_ = 0x123456789abc };
enum __attribute__((packed)) small { SMALL = 200 };
typedef int vec __attribute__((vector_size(16)));
typedef int (*compare_t)(const void *, const void *);
typedef double matrix[3][4];

struct point origin;
int table[2][3];
const char *const names[2];
volatile int flag;
vec v4;
__int128 i128;
list_t *head;
matrix m;
struct { int a; } untagged;
struct { int a; } untagged2;
extern struct opaque *hidden;
struct opaque *hidden;
compare_t comparators[4];
_Complex long double quad;
int hits asm("real_hits");

int add(int a, int b) { return a + b; }
int alias(int, int) __attribute__((alias("add")));
int old(c, f, s) char c; float f; struct point s; { return c + f; }
int none() { return 0; }
int empty(void) { return 0; }
int print(const char *format, ...) { va_list l; va_start(l, format); va_end(l); return 0; }
struct point make(struct opaque *o, bits b, struct pk p) { return origin; }
enum color pick(enum color c, enum big b, enum huge h, enum small s) { return c; }
void sort(void *base, size_t n, size_t width, compare_t less) { }
void *each(list_t *l, void (*visit)(list_t *, void *), void *restrict arg) { return l; }
void (*handler(int sig, void (*f)(int)))(int) { return f; }
unsigned char numbers(_Bool b, char c, signed char sc, unsigned char uc, short s, unsigned short us, unsigned u, long l,
	unsigned long ul, long long ll, unsigned long long ull) { return uc; }
long double floats(float f, double d, long double ld, _Complex float cf, _Complex double cd) { return ld; }
int64_t widths(int8_t a, uint8_t b, int16_t c, uint16_t d, int32_t e, uint32_t f, uint64_t g, intptr_t h, wchar_t w, ptrdiff_t p) { return 0; }
void arrays(int a[3], int b[2][3], const char *argv[], matrix mm) { }
int atomic(_Atomic int *p, volatile int *q, const volatile char *r) { return *p; }
__int128 wide(__int128 w) { return w; }
int behind(__int128 *p, vec *v) { return 0; }
float vector(vec v) { return 0; }
static int inner(int x) { return x * 3; }
__attribute__((noinline)) static int part(int x, int unused) { return inner(x) + 1; }
int calls(int x) { return part(x, 1) + inner(x); }
inline int inlined(int x) { return x; }
extern inline int inlined(int x);
int renamed(int x) asm("real_name");
int renamed(int x) { return x; }
__attribute__((noreturn)) void leave(int code) { for (;;); }
__attribute__((visibility("hidden"))) int internal(int x) { return x; }
union number both(union number n, struct outer o, struct al *a, struct flex *f, struct mixed m) { return n; }
struct pragma pragmatic(struct pragma p) { return p; }
`

// What the fixture is read as, whatever the compiler and the version.
var fixtureRows = [][2]string{
	{"add", "int add(int a, int b)"},
	{"alias", "int alias(int a, int b)"},
	{"old", "int old(int c, double f, struct point s)"},
	{"none", "int none()"},
	{"empty", "int empty(void)"},
	{"print", "int print(const char *format, ...)"},
	{"make", "struct point make(struct opaque *o, bits b, struct pk p)"},
	{"pick", "enum color pick(enum color c, enum big b, enum huge h, enum small s)"},
	{"sort", "void sort(void *base, size_t n, size_t width, compare_t less)"},
	{"handler", "void (*handler(int sig, void (*f)(int)))(int)"},
	{"numbers", "unsigned char numbers(_Bool b, char c, signed char sc, unsigned char uc, short s, unsigned short us, unsigned int u, " +
		"long l, unsigned long ul, long long ll, unsigned long long ull)"},
	{"floats", "long double floats(float f, double d, long double ld, float _Complex cf, double _Complex cd)"},
	{"widths", "int64_t widths(int8_t a, uint8_t b, int16_t c, uint16_t d, int32_t e, uint32_t f, uint64_t g, intptr_t h, wchar_t w, ptrdiff_t p)"},
	{"arrays", "void arrays(int *a, int (*b)[3], const char **argv, double (*mm)[4])"},
	{"atomic", "int atomic(int *p, volatile int *q, const volatile char *r)"},
	{"wide", "error: function wide: result: __int128 is a 128-bit integer type, which is not supported"},
	{"behind", "int behind(void *p, vec *v)"},
	{"vector", "float vector(vec v)"},
	{"calls", "int calls(int x)"},
	{"inlined", "int inlined(int x)"},
	{"real_name", "int real_name(int x)"},
	{"renamed", "nothing"},
	{"internal", "nothing"}, // nobody can call it
	{"leave", "void leave(int code)"},
	{"nosuch", "nothing"},
	{"both", "union number both(union number n, struct outer o, struct al *a, struct flex *f, struct mixed m)"},
	{"pragmatic", "struct pragma pragmatic(struct pragma p)"},

	{"origin", "struct point origin"},
	{"table", "int table[2][3]"},
	{"names", "const char *const names[2]"},
	{"flag", "volatile int flag"},
	{"v4", "vec v4"},
	{"i128", "error: variable i128: __int128 is a 128-bit integer type, which is not supported"},
	{"head", "list_t *head"},
	{"m", "matrix m"},
	{"untagged", "struct {...} untagged"},
	{"hidden", "struct opaque *hidden"},
	{"comparators", "compare_t comparators[4]"},
	{"real_hits", "int real_hits"},

	{"struct point", "struct point {\n\tint x;\n\tint y;\n};"},
	{"struct node", "struct node {\n\tstruct node *next;\n\tstruct node *const *links;\n\tunion {\n\t\tint i;\n\t\tdouble d;\n\t};\n" +
		"\tstruct {\n\t\tchar tag;\n\t} in;\n};"},
	{"bits", "typedef struct {\n\tunsigned int a : 3;\n\tunsigned int b : 5;\n\tunsigned int : 4;\n\tunsigned int c : 6;\n\tlong d : 40;\n} bits;"},
	{"struct pk", "struct __attribute__((packed)) pk {\n\tchar c;\n\tint i;\n};"},
	{"struct pragma", "#pragma pack(push, 2)\nstruct pragma {\n\tchar c;\n\tdouble d;\n};\n#pragma pack(pop)"},
	{"struct al", "struct __attribute__((aligned(64))) al {\n\tchar c;\n\tint i __attribute__((aligned(16)));\n};"},
	{"struct flex", "struct flex {\n\tint n;\n\tchar data[];\n};"},
	{"union number", "union number {\n\tchar c;\n\tlong long ll;\n\tfloat f;\n};"},
	{"enum color", "enum color {\n\tRED = 0,\n\tGREEN = -1,\n\tBLUE = 7,\n};"},
	{"enum big", "enum big {\n\tBIG = 4294967295,\n};"},
	{"enum huge", "enum huge {\n\tHUGE_ = 20015998343868,\n};"},
	{"enum small", "enum __attribute__((packed)) small {\n\tSMALL = 200,\n};"},
	{"compare_t", "typedef int (*compare_t)(const void *, const void *);"},
	{"matrix", "typedef double matrix[3][4];"},
	{"struct opaque", "nothing"},
	{"point", "nothing"},
	{"struct nosuch", "nothing"},
	{"", "nothing"},
}

func TestC(t *testing.T) {
	for _, cc := range compilers(t) {
		for version := 2; version <= 5; version++ {
			for _, level := range []string{"-O0", "-O2"} {
				options := []string{"-g", fmt.Sprintf("-gdwarf-%d", version), level}
				t.Run(fmt.Sprintf("%s%s", filepath.Base(cc), strings.Join(options[1:], "")), func(t *testing.T) {
					t.Parallel()
					i := opened(t, library(t, cc, options, fixture))
					check(t, i, fixtureRows)
					// Clang calls all complex types "complex", and a _Float128 has 16 bytes, too.
					if got := shown(i, "quad"); got != "long double _Complex quad" && !strings.Contains(got, "complex (32 bytes, encoding 3) is not supported") {
						t.Error(got)
					}
					checkLists(t, i)
					if f, _ := i.Function("add"); f.Decl.Line == 0 || filepath.Base(f.Decl.File()) != "a.c" || !strings.HasSuffix(f.Decl.String(), fmt.Sprintf("a.c:%d", f.Decl.Line)) {
						t.Errorf("add is declared at %q, line %d", f.Decl, f.Decl.Line)
					}
				})
			}
		}
	}
}

// Options change how debug information is stored, and not what it says.
func TestForms(t *testing.T) {
	for _, options := range [][]string{
		{"-g3", "-O3"},
		{"-g", "-gz=zlib"},
		{"-g", "-gz=zlib-gnu"},
		{"-g", "-fdebug-types-section"},
		{"-g", "-fdebug-types-section", "-gdwarf-4"},
		{"-g", "-gdwarf-5", "-gdwarf64"},
		{"-g", "-gdwarf-4", "-gstrict-dwarf"},
		{"-g", "-flto", "-O2"},
		{"-g", "-freorder-blocks-and-partition", "-Os"},
		{"-g", "-ffunction-sections", "-Wl,--gc-sections"},
	} {
		t.Run(strings.Join(options, ""), func(t *testing.T) {
			t.Parallel()
			i := opened(t, library(t, compiler(t), options, fixture))
			rows := fixtureRows
			if slices.Contains(options, "-gstrict-dwarf") || slices.Contains(options, "-flto") {
				rows = slices.DeleteFunc(slices.Clone(rows), func(row [2]string) bool { return strings.Contains(row[1], "aligned") || strings.Contains(row[0], "v") })
			}
			check(t, i, rows)
		})
	}
}

// checkLists holds the lists against the rows.
func checkLists(t *testing.T, i *Info) {
	t.Helper()
	functions, err := i.Functions()
	if err != nil {
		t.Fatal(err)
	}
	variables, err := i.Variables()
	if err != nil {
		t.Fatal(err)
	}
	list, err := i.Types()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"add", "alias", "wide", "real_name"} {
		if !slices.Contains(functions, name) {
			t.Errorf("function %s is not in the list: %q", name, functions)
		}
	}
	for _, name := range []string{"internal", "inner", "part", "origin", "renamed"} {
		if slices.Contains(functions, name) {
			t.Errorf("%s is in the list of functions: %q", name, functions)
		}
	}
	for _, name := range []string{"origin", "real_hits", "i128"} {
		if !slices.Contains(variables, name) {
			t.Errorf("variable %s is not in the list: %q", name, variables)
		}
	}
	for _, name := range []string{"struct point", "union number", "enum color", "list_t"} {
		if !slices.Contains(list, name) {
			t.Errorf("type %s is not in the list: %q", name, list)
		}
	}
	if !slices.IsSorted(functions) || !slices.IsSorted(list) {
		t.Errorf("the lists are not sorted: %q, %q", functions, list)
	}
}

// What GCC leaves of a transparent union is a union without members.
func TestTransparentUnion(t *testing.T) {
	i := opened(t, library(t, compiler(t), []string{"-g"}, `
typedef union { const struct sockaddr *a; const struct sockaddr_in *b; } argument __attribute__((transparent_union));
int attach(int fd, argument address, unsigned n) { return fd; }
union none { } nothing;
int take(union none n) { return 0; }
`))
	f, err := i.Function("attach")
	if err != nil {
		t.Fatal(err)
	}
	if got := types.Declare(f.Type, f.Name); got != "int attach(int fd, void *address, unsigned int n)" && !strings.Contains(got, "argument address") {
		t.Error(got)
	}
	if f, _ := i.Function("take"); f != nil && f.Type.Params[0].Type.Kind == types.Pointer {
		t.Error(types.Declare(f.Type, f.Name))
	}
}

// With -g1 there are no types, and nothing is said to be void because of that.
func TestNoTypes(t *testing.T) {
	for _, cc := range compilers(t) {
		for _, options := range [][]string{{"-g1"}, {"-g1", "-O2"}} {
			lib := library(t, cc, options, "double half(double x) { return x / 2; }\nvoid none(void) {}\nint n;")
			i, err := Open(lib, types.Host())
			if err != nil {
				t.Fatal(err)
			}
			if i == nil {
				continue
			}
			check(t, i, [][2]string{{"half", "nothing"}, {"none", "nothing"}, {"n", "nothing"}})
			i.Close()
		}
	}
	i := opened(t, library(t, tool(t, "c++"), []string{"-g1", "-x", "c++"}, `extern "C" double half(double x) { return x / 2; }`))
	check(t, i, [][2]string{{"half", "nothing"}})
}

// One question has one answer, and a record met by several ways is one record.
func TestSameTypes(t *testing.T) {
	i := opened(t, library(t, compiler(t), []string{"-g"}, fixture))
	f, _ := i.Function("make")
	g, _ := i.Function("make")
	point, _ := i.Type("struct point")
	if f.Type.Elem != g.Type.Elem || f.Type.Elem.Record != point.Record {
		t.Errorf("struct point is %p, %p and %p", f.Type.Elem.Record, g.Type.Elem.Record, point.Record)
	}
	list, _ := i.Type("list_t")
	node, _ := i.Type("struct node")
	next := node.Record.Fields[0].Type.Elem
	if list.Elem.Record != node.Record || next.Record != node.Record {
		t.Errorf("struct node is %p, %p and %p", list.Elem.Record, node.Record, next.Record)
	}
	a, _ := i.Variable("untagged")
	b, _ := i.Variable("untagged2")
	if a.Type.Record == b.Type.Record {
		t.Error("two structs without a tag are one")
	}
}

// After Close questions are errors, and types still good.
func TestClose(t *testing.T) {
	i := opened(t, library(t, compiler(t), []string{"-g"}, fixture))
	f, err := i.Function("make")
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Close(); err != nil {
		t.Error(err)
	}
	if err := i.Close(); err != nil {
		t.Errorf("a second time: %v", err)
	}
	if _, err := i.Function("add"); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("a closed library: %v", err)
	}
	if got := types.Host().Size(f.Type.Elem); got != 8 || f.Decl.String() != "" {
		t.Errorf("size %d, %q", got, f.Decl)
	}
}

// Nothing to read is no error; what is no library of this machine is.
func TestNothing(t *testing.T) {
	cc := compiler(t)
	text := filepath.Join(t.TempDir(), "lib.so")
	if err := os.WriteFile(text, []byte("INPUT(libc.so.6)\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{library(t, cc, []string{"-g0"}, fixture), library(t, cc, []string{"-g", "-s"}, fixture), text, t.TempDir()} {
		if i, err := Open(path, types.Host()); i != nil || err != nil {
			t.Errorf("Open(%s) = %v, %v", path, i, err)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "nosuch.so"), types.Host()); !os.IsNotExist(err) {
		t.Errorf("no file: %v", err)
	}
	other := types.LinuxARM64
	if types.Host() == other {
		other = types.LinuxAMD64
	}
	if _, err := Open(library(t, cc, []string{"-g"}, fixture), other); err == nil || !strings.Contains(err.Error(), "not for "+other.String()) {
		t.Errorf("another machine: %v", err)
	}
}
