// This file tests libraries of several units: what they share, what only one defines, and what they disagree about.

package dwarf

import (
	"strings"
	"testing"

	"dlsh/types"
)

const (
	unitA = `
struct shared { int n; struct shared *next; struct secret *s; struct item *i; };
struct secret; /* b.c has the members */
struct item { int a; }; /* b.c has another one */
struct list { struct item *first; };
enum mode { ONE, TWO };
typedef struct secret secret_t;
typedef int number;
typedef struct item item_t;
struct nowhere;
int first(struct shared *s, struct secret *k, struct item *i, struct list *l, enum mode m, secret_t *t, number n, struct nowhere *w) { return 0; }
static int twin(int a) { return a; }
int useTwin(void) { return twin(1); }
struct secret *make(void);
struct nowhere *kept;
item_t *items;
`
	unitB = `
struct shared { int n; struct shared *next; struct secret *s; struct item *i; };
struct secret { double key; };
struct item { char b[20]; };
struct list { struct item *first; };
enum mode { ONE, TWO };
typedef struct secret secret_t;
typedef long number;
typedef struct item item_t;
int second(struct shared *s, struct secret *k, struct item *i, struct list *l, enum mode m, secret_t *t, number n) { return 0; }
int twin(double a, double b) { return a; }
struct secret *make(void) { return 0; }
item_t *otherItems;
`
)

func TestUnits(t *testing.T) {
	for _, cc := range compilers(t) {
		i := opened(t, library(t, cc, []string{"-g"}, unitA, unitB))
		check(t, i, [][2]string{
			{"twin", "int twin(double a, double b)"}, // not the static one
			{"struct secret", "struct secret {\n\tdouble key;\n};"},
			{"struct nowhere", "nothing"},
			{"enum mode", "enum mode {\n\tONE = 0,\n\tTWO = 1,\n};"},
			{"secret_t", "typedef struct secret secret_t;\nstruct secret {\n\tdouble key;\n};"},
		})
		for name, parts := range map[string][]string{
			"struct item": {"struct item is 2 different types", "a.c:4", "b.c:4"},
			"number":      {"number is 2 different types", "a.c:8", "b.c:8"},
			"item_t":      {"item_t: ", "struct item is 2 different types"},
		} {
			for _, part := range parts {
				if got := shown(i, name); !strings.Contains(got, part) {
					t.Errorf("%s: %s\nwant %q in it", name, got, part)
				}
			}
		}
		a, err := i.Function("first")
		if err != nil {
			t.Fatal(err)
		}
		b, err := i.Function("second")
		if err != nil {
			t.Fatal(err)
		}
		for n, row := range []struct {
			name string
			same bool
		}{{"shared", false}, {"secret", true}, {"item", false}, {"list", false}, {"mode", true}, {"secret_t", true}, {"number", false}} {
			if got := types.Same(types.Host(), a.Type.Params[n].Type, b.Type.Params[n].Type); got != row.same {
				t.Errorf("%s of both units is the same type: %t", row.name, got)
			}
		}
		if k := a.Type.Params[1].Type.Elem.Record; !k.Complete {
			t.Error("struct secret has no members where it is only declared")
		}
		if w := a.Type.Params[7].Type.Elem.Record; w.Complete {
			t.Error("struct nowhere has members")
		}
		v, err := i.Variable("kept")
		if err != nil || v.Type.Elem.Record != a.Type.Params[7].Type.Elem.Record {
			t.Errorf("struct nowhere is two types, %v", err)
		}
	}
}

// What units agree about is one record, also where one of them knows less.
func TestUnitsAgree(t *testing.T) {
	a := strings.ReplaceAll(unitA, "struct item { int a; };", "struct item;")
	a = strings.ReplaceAll(a, "typedef int number", "typedef long number")
	i := opened(t, library(t, compiler(t), []string{"-g"}, a, unitB))
	first, err := i.Function("first")
	if err != nil {
		t.Fatal(err)
	}
	second, err := i.Function("second")
	if err != nil {
		t.Fatal(err)
	}
	for n := range second.Type.Params {
		p, q := first.Type.Params[n], second.Type.Params[n]
		if !types.Same(types.Host(), p.Type, q.Type) {
			t.Errorf("%s is two types", p.Name)
		}
	}
	check(t, i, [][2]string{{"item_t", "typedef struct item item_t;\nstruct item {\n\tchar b[20];\n};"}})
}

// A library of units by two compilers, in two versions of DWARF.
func TestUnitsOfTwoCompilers(t *testing.T) {
	list := compilers(t)
	if len(list) < 2 {
		t.Skip("not installed: clang")
	}
	dir := t.TempDir()
	for n, cc := range list {
		library(t, cc, []string{"-g"}, "") // the compiler works at all
		run(t, dir, "sh", "-c", `printf '%s' "$0" | "$1" -w -g -gdwarf-$2 -fPIC -c -o $3.o -x c -`,
			strings.NewReplacer("origin", "origin_"+string(rune('a'+n)), "make(", "make_"+string(rune('a'+n))+"(").Replace(smallFixture),
			cc, string("42"[n]), string(rune('a'+n)))
	}
	run(t, dir, list[0], "-shared", "-o", "lib.so", "a.o", "b.o")
	i := opened(t, dir+"/lib.so")
	a, err := i.Function("make_a")
	if err != nil {
		t.Fatal(err)
	}
	b, err := i.Function("make_b")
	if err != nil {
		t.Fatal(err)
	}
	for n := range a.Type.Params {
		if !types.Same(types.Host(), a.Type.Params[n].Type, b.Type.Params[n].Type) {
			t.Errorf("%s is two types", a.Type.Params[n].Type)
		}
	}
}

const smallFixture = `
struct point { long x; unsigned long long y; };
typedef struct { unsigned a : 3, b : 5; int :4; unsigned c : 6; struct { char t; }; enum { P, Q } e; int arr[3][4]; } bits;
union u { struct point p; float f; int (*cb)(const char *, ...); };
struct point make(struct point p, bits b, union u *u) { return p; }
`

// -gsplit-dwarf leaves nearly all in .dwo files. That is said, not taken for a function that nobody described.
func TestSplit(t *testing.T) {
	for _, cc := range compilers(t) {
		for _, version := range []string{"-gdwarf-4", "-gdwarf-5"} {
			i := opened(t, library(t, cc, []string{"-g", "-gsplit-dwarf", version}, fixture))
			_, err := i.Function("add")
			if err == nil || !strings.Contains(err.Error(), "function add: the library was built with -gsplit-dwarf") || !strings.Contains(err.Error(), ".dwo") {
				t.Errorf("%s %s: %v", cc, version, err)
			}
			if f, err := i.Function("nosuch"); f != nil || err != nil {
				t.Errorf("%s %s: %v, %v", cc, version, f, err)
			}
		}
	}
}
