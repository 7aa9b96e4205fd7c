// This file tests what help says of C declarations; testdata/sessions/declaring.txtar shows whole pages.

package lua

import (
	"os"
	"strings"
	"testing"
)

func TestHelpDeclared(t *testing.T) {
	s := geometrySession(t)
	evalLua(t, s, `g = ctypes.include("geometry.h", {lib = "./libgeometry.so", paths = {"."}}); p = g.point()
		ctypes.cdef("struct hidden; struct hidden *seek(void); int shadowed;"); shadowed = "Lua's"`)
	for _, test := range []struct{ about, says string }{
		{"", "z = ctypes.include(\"zlib.h\", {lib = \"z\"})"},
		{"ctypes", "C\n    what cdef and include have declared"},
		{"ctypes.cdef", "paths     {\"folder\", ...}: where #include looks first"},
		{"ctypes.include", "z.crc32(0, \"text\", 4)     a function of the library, with its types"},
		{"include", "z.crc32(0, \"text\", 4)     a function of the library, with its types"},
		{"ctypes.typeof", "ctypes.typeof(\"struct stat\")"},
		{"ctypes.unusable", "those that a Lua pattern finds"},
		{"ctypes.C", "ctypes.C: all that cdef and include have declared\n    functions   3     area, meters_of, seek\n"},
		{"g", "geometry.h, functions from ./libgeometry.so\n    file        geometry.h and 2 files that it includes\n    functions   1     area\n"},
		{"g", "\n    included    1 function, 2 types, 1 constant\n    not usable  2 "},
		{"g.area", "double area(const point *p, int n)\n    from      ./libgeometry.so\n"},
		{"g.area", "\n    declared  geometry.h:14\n"},
		{"g.around", "int around = 3\n    declared  geometry.h:15"},
		{"g.FOR_ALL", "FOR_ALL cannot be used: "},
		{"g.FOR_ALL", "\n    #define FOR_ALL(p) for (;;)\n    declared  geometry.h:9"},
		{"g.SQUARE", "#define SQUARE(x) ((x) * (x))\n    called as SQUARE(x)\n    declared  geometry.h:8"},
		{"g.ORIGIN", "ORIGIN = \"0,0\"\n    #define ORIGIN \"0,0\""},
		{"g.GREEN", "GREEN = 1\n    C type    enum color\n    declared  geometry.h:13"},
		{"g.INCH", "INCH = 0.0254\n    #define INCH 0.0254\n    C type    double\n"},
		{"g.point", "<class 'point': struct point, 16 bytes>\n    declared  geometry.h:10\n"},
		{"g.color", "\n    declared  geometry.h:13"},
		{"g.meters", "C type    meters"},
		{"g.meters_of", "meters meters_of(double inches)\n    declared  units.h:3\n    missing   "},
		{"point", "<class 'point': struct point, 16 bytes>\n    declared  geometry.h:10\n"},
		{"struct line", "<class 'line': struct line, 72 bytes>\n    declared  geometry.h:11\n"},
		{"const point *", "pointer"},
		{"\"area\"", "double area(const point *p, int n)"},
		{"\"nothing C knows\"", "a Lua string: nothing C knows"},
		{"p", "point(x=0.0, y=0.0)"},
		{"struct hidden", "its members are not declared; the header that defines it declares them"},
		{"shadowed", "a Lua string: Lua's"},
		{"size_t", "C type    size_t"},
		{"print", "a Lua function"},
		{"nothing", "a Lua nil: nil"},
	} {
		if text, err := s.Help(test.about); err != nil || !strings.Contains(text, test.says) {
			t.Errorf(":help %s does not say %q, but (%v)\n%s", test.about, test.says, err, text)
		}
	}
	for _, about := range []string{"g.nothing", "g.", "1 +", "struct nosuch x"} {
		if text, err := s.Help(about); err == nil {
			t.Errorf(":help %s is no error, but\n%s", about, text)
		}
	}
}

// A function tells where its types come from: C, Lua or nowhere.
func TestHelpDeclaredAt(t *testing.T) {
	s := geometrySession(t)
	evalLua(t, s, `lib = ctypes.CDLL("./libgeometry.so")`)
	for _, test := range []struct{ first, says string }{
		{``, "its parameters are not declared"},
		{`ctypes.cdef("double area(const void *, int);")`, "\n    declared  test:1\n"},
		{`lib.area.argtypes = {"void *", "int"}`, "\n    declared  in Lua\n"},
	} {
		evalLua(t, s, test.first)
		if text, err := s.Help("lib.area"); err != nil || !strings.Contains(text, test.says) {
			t.Errorf("%s :help lib.area does not say %q, but (%v)\n%s", test.first, test.says, err, text)
		}
	}
}

// Debug information tells the file and line, too.
func TestHelpDebugInformation(t *testing.T) {
	s := geometrySession(t)
	library := compileC(t, []string{"-g"}, "geometry.c")
	evalLua(t, s, `lib = ctypes.CDLL("`+library+`")`)
	if text, err := s.Help("lib.area"); err != nil || !strings.Contains(text, "geometry.c:3, by its debug information\n") {
		t.Errorf(":help lib.area does not tell where it is (%v)\n%s", err, text)
	}
}

func TestUnusable(t *testing.T) {
	s := geometrySession(t)
	evalLua(t, s, `g = ctypes.include("geometry.h", {lib = "./libgeometry.so", paths = {"."}})`)
	for _, test := range []struct{ args, want string }{
		{`g`, "FOR_ALL  it is a statement, not an expression (geometry.h:9)\nnowhere  it is static or inline, so no library offers it (geometry.h:16)"},
		{`g, "^F"`, "FOR_ALL  it is a statement, not an expression (geometry.h:9)"},
		{`g, "^area$"`, "nothing: all of it can be used"},
		{`ctypes.include("units.h", {paths = {"."}})`, "nothing: all of it can be used"},
	} {
		if got := evalOne(t, s, "return ctypes.unusable("+test.args+")").String(); got != test.want {
			t.Errorf("unusable(%s) is\n%s\nwant\n%s", test.args, got, test.want)
		}
	}
	for args, want := range map[string]string{
		``: "TypeError: unusable: what include gave is wanted, or ctypes.C, not nil", `"g"`: "what include gave is wanted", `g, 5`: "a pattern is wanted",
		`ctypes.CDLL("./libgeometry.so")`: "lib:declare() ends with",
	} {
		if _, err := tryLua(s, "return ctypes.unusable("+args+")"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("unusable(%s): %v, want %q", args, err, want)
		}
	}
}

// Who forgets that a header here is named by its path is told.
func TestIncludeHere(t *testing.T) {
	s := geometrySession(t)
	_, err := s.Include("stdin", 1, "units.h", "")
	if err == nil || !strings.HasSuffix(err.Error(), "\n./units.h is a path: it lies here, where no header is looked for") {
		t.Errorf("%v", err)
	}
	os.WriteFile("here.h", []byte("#include <nosuch_at_all.h>\n"), 0o644)
	if _, err = s.Include("stdin", 1, "./here.h", ""); err == nil || strings.Contains(err.Error(), "it lies here") {
		t.Errorf("%v", err)
	}
}
