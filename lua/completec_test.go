// This file tests completion of what C declares, and :include.

package lua

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dlsh/ffi"
)

// A header with something of everything, one that it includes, and the library behind it.
const (
	geometryH = `#ifndef GEOMETRY_H
#define GEOMETRY_H
#include "geodesy/globe.h"
#include "units.h"
#define ORIGIN "0,0"
#define SIDES 4
#define _HIDDEN 1
#define SQUARE(x) ((x) * (x))
#define FOR_ALL(p) for (;;)
typedef struct point { double x, y; } point;
struct line { point from, to; struct line *next; point corners[2]; };
union number { int i; float f; };
enum color { RED, GREEN };
double area(const point *p, int n);
int around;
static int nowhere(void) { return 1; }
#endif
`
	geometryC = `
struct point { double x, y; };
double area(const struct point *p, int n) { return n; }
int around = 3;
`
	unitsH = "typedef double meters;\n#define INCH 0.0254\nmeters meters_of(double inches);\n"
	globeH = "typedef struct { meters radius; } globe;\n"
)

// geometrySession is a session in a folder with geometry.h and libgeometry.so.
func geometrySession(t *testing.T) *Session {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{"geometry.h": geometryH, "units.h": unitsH, "geometry.c": geometryC, "geodesy/globe.h": "#include \"../units.h\"\n" + globeH} {
		os.MkdirAll(filepath.Dir(name), 0o755)
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(compileC(t, nil, "geometry.c"), "libgeometry.so"); err != nil {
		t.Fatal(err)
	}
	s := New(Options{Interactive: true})
	t.Cleanup(s.Close)
	return s
}

func TestCompleteDeclared(t *testing.T) {
	s := geometrySession(t)
	evalLua(t, s, `g = ctypes.include("geometry.h", {lib = "./libgeometry.so", paths = {"."}}); p, l = g.point(1, 2), g.line(); lib = ctypes.CDLL("./libgeometry.so")
		arrow = ctypes.pointer(l); Shape = ctypes.Structure("Shape", {{"at", "point"}, {"sides", "int"}}); shape = Shape()`)
	for _, test := range []struct{ text, want string }{
		{"g.", "GREEN ORIGIN RED SIDES SQUARE area around color line number point"},
		{"g.S", "SIDES SQUARE"},
		{"g.me", "meters meters_of"}, // of what it includes, now that it is asked for
		{"g.gl", "globe"},
		{"g.FOR_", ""},     // cannot be used
		{"g.nowh", ""},     // is in no library
		{"g.GEOMETRY", ""}, // says nothing
		{"g._", "_HIDDEN"},
		{`g["ar`, "area around"},
		{`g["struct l`, "line"},
		{"g:", ""},
		{"ctypes.C.are", "area"},
		{"ctypes.C.INC", "INCH"},
		{"g.area.", "argtypes errcheck name prototype restype timeout"},
		{"g.point.f", "from_address from_buffer from_buffer_copy from_param"},
		{"g.point.x", "x"},
		{"g.ORIGIN:up", "upper"},
		{"g.SIDES.", ""},
		{"p.", "x y"},
		{"shape.", "at sides"},
		{"shape.at.", "x y"},
		{"l.from.", "x y"},
		{"l.next.", "contents corners from next slice to"},
		{"l.next.contents.to.", "x y"},
		{"l.next.next.fr", "from"},
		{"l.corners:", "slice"},
		{"arrow.next.", "contents corners from next slice to"},
		{`ctypes.typeof("struct l`, "line"},
		{`ctypes.sizeof("struct `, "line point"},
		{`ctypes.typeof("union `, "number"},
		{`ctypes.typeof("enum co`, "color"},
		{`ctypes.typeof("const poi`, "point"},
		{`ctypes.typeof("unsi`, "unsigned"},
		{`ctypes.CFUNCTYPE("int", "met`, "meters"},
		{`ctypes.CFUNCTYPE("int (*)(poin`, "point"},
		{`lib.area.argtypes = {"poi`, "point"},
		{`lib.area.restype = "met`, "meters"},
		{`ctypes.Structure("Box", {{"x", "met`, "meters"},
		{`ctypes.Structure("geo`, "geodesy/ geometry.c geometry.h"}, // only a name; nobody knows better
		{`ctypes.cast(p, "poi`, "point"},
		{`ctypes.cdef("int f(poi`, "point"},
		{`ctypes.cdef[[int f(struct li`, "line"},
		{`ctypes.typeof"struct li`, "line"},
		{`ctypes.include"./geo`, "geodesy/ geometry.h"},
		{`ctypes.cdef[[int f(int);]]; g.SI`, "SIDES"},
		{`print("libgeo`, "libgeometry.so"},
		{`ctypes.CDLL("libgeo`, "libgeometry.so"},
		{`ctypes.include("./geo`, "geodesy/ geometry.h"},
		{`ctypes.include("stda`, "stdalign.h stdarg.h stdatomic.h"},
		{`ctypes.include("./geometry.h", {lib = "./libg`, "libgeometry.so"},
		{`f(ctypes.include("./geometry.h"), "libg`, "libgeometry.so"},
	} {
		from, words := s.Complete(test.text, len(test.text))
		got := strings.Join(words, " ")
		if strings.HasPrefix(test.text, `ctypes.include("stda`) {
			words = slices.DeleteFunc(words, func(w string) bool { return !strings.Contains(test.want, w) }) // the system may have more
			got = strings.Join(words, " ")
		}
		if got != test.want {
			t.Errorf("%s[Tab] offers %q, want %q", test.text, got, test.want)
		}
		if from < 0 || from > len(test.text) || !slices.IsSorted(words) {
			t.Errorf("%s[Tab]: from %d, words %q", test.text, from, words)
		}
	}
}

// What Tab shows behind a header of everything is found by names alone: nothing is opened, called or read.
func TestCompleteRunsNothing(t *testing.T) {
	s := geometrySession(t)
	evalLua(t, s, `ctypes.cdef("struct node { struct node *next; }; extern struct node *first;"); bad = ctypes.cast(8, "struct node *")`)
	before := len(ffi.Objects())
	for _, text := range []string{"bad.next.", "bad.contents.next.", "ctypes.C.first.next.", "ctypes.C.first.next.next.contents."} {
		if _, words := s.Complete(text, len(text)); strings.Join(words, " ") != "contents next slice" && !strings.HasSuffix(text, "contents.") {
			t.Errorf("%s[Tab] offers %q", text, words)
		}
	}
	if after := len(ffi.Objects()); after != before {
		t.Errorf("%d libraries are open after Tab, %d before", after, before)
	}
}

func TestCompleteLibrary(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	if len(ffi.LibraryNames()) == 0 {
		t.Skip("this system does not tell the names of its libraries")
	}
	for _, text := range []string{`ctypes.include("x.h", {lib = "`, `ctypes.util.find_library("`} {
		_, words := s.Complete(text, len(text))
		if !slices.Contains(words, "c") || slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, ".so") }) {
			t.Errorf("%s[Tab] offers %.200q, want c among them and no file", text, words)
		}
		_, words = s.Complete(text+"libc.", len(text)+5)
		if !slices.Equal(words, []string{"libc.so.6"}) && !slices.Equal(words, []string{"libc.so"}) {
			t.Errorf("%slibc.[Tab] offers %q", text, words)
		}
	}
}

func TestInclude(t *testing.T) {
	for _, test := range []struct{ title, before, header, library, told, then, gives string }{
		{"a global named after the header", ``, "./geometry.h", "./libgeometry.so",
			`geometry = ctypes.include("./geometry.h", {lib = "./libgeometry.so"})
-- 2 functions, 1 variable, 6 types, 5 constants, 1 macro, 2 that cannot be used`, `geometry.area(geometry.point(), 2)`, "2"},
		{"the brackets of #include are not in the way", ``, "<stdarg.h>", "", "stdarg = ctypes.include(\"stdarg.h\")\n-- 1 type, 4 that cannot be used", ``, ""},
		{"the same header takes the same global again", `geometry = ctypes.include("./geometry.h")`, "./geometry.h", "./libgeometry.so",
			`geometry = ctypes.include("./geometry.h", {lib = "./libgeometry.so"})
-- 2 functions, 1 variable, 6 types, 5 constants, 1 macro, 2 that cannot be used`, `geometry.around`, "3"},
		{"what has the name keeps it", `geometry = 5; geometry_ = 6`, "./units.h", "",
			"units = ctypes.include(\"./units.h\")\n-- 1 function, 1 type, 1 constant\n-- none of its functions is in the program itself; name the library behind the header", `geometry`, "5"},
		{"and another is found", `units = 5; units_ = 6`, "./units.h", "./libgeometry.so",
			"units__ = ctypes.include(\"./units.h\", {lib = \"./libgeometry.so\"})\n-- 1 function, 1 type, 1 constant\n-- none of its functions is in ./libgeometry.so; name the library behind the header", `units__.INCH`, "0.0254"},
	} {
		t.Run(test.title, func(t *testing.T) {
			s := geometrySession(t)
			evalLua(t, s, test.before)
			told, err := s.Include("stdin", 1, test.header, test.library)
			if err != nil || told != test.told {
				t.Errorf("told (%v)\n%s\nwant\n%s", err, told, test.told)
			}
			if test.then != "" {
				if shown, err := s.Do("stdin", test.then); err != nil || strings.Join(shown, " ") != test.gives {
					t.Errorf("> %s\n%q (%v), want %s", test.then, shown, err, test.gives)
				}
			}
		})
	}
}

func TestHeaderGlobal(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	for header, want := range map[string]string{
		"zlib.h": "zlib", "curl/curl.h": "curl", "SDL2/SDL.h": "SDL", "netinet/in.h": "in_", "string.h": "string_", "./my-own.h": "my_own",
		"/usr/include/9p.h": "_9p", "libfoo.h": "foo", "ctypes.h": "ctypes_", "x.hpp": "x_hpp", "a.so.h": "a",
	} {
		if got := s.headerGlobal(header); got != want {
			t.Errorf("%s is bound to %q, want %q", header, got, want)
		}
	}
}

// Whatever was typed, completion ends, and offers words for a place in it.
func FuzzComplete(f *testing.F) {
	s := New(Options{})
	defer s.Close()
	evalLua(f, s, `ctypes.cdef("struct list { struct list *next; int n; }; typedef struct list list; extern list *all; int f(list *l);"); l = ctypes.C.list(); C = ctypes.C; p = ctypes.pointer(l)`)
	for _, text := range []string{"l.ne", "p.next.contents.", `C["struct `, "C.all.next.", `ctypes.cdef[[struct li`, `f(ctypes.include("st`, `x = {lib = "z`, `l.argtypes = {"`, `([[]])[[`, `a["b`} {
		f.Add(text, len(text))
	}
	f.Fuzz(func(t *testing.T, text string, at int) {
		from, words := s.Complete(text, at)
		if most := min(max(at, 0), len(text)); from < 0 || from > most {
			t.Errorf("%q, %d: %q from %d", text, at, words, from)
		}
		if expr := text; len(expr) < 30 && !strings.ContainsAny(expr, "()\"'[{") { // only names, so that nothing runs
			s.helpName(expr)
		}
	})
}
