// This file tests debug information: the Lua tests of it against the library compiled in every way there is, what is
// read in the background, and that files are closed.

package lua

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"
)

// shapesLibrary compiles the library of the tests.
func shapesLibrary(t testing.TB) string {
	t.Helper()
	return compileC(t, []string{"-g"}, "../testdata/shapes.c")
}

func TestDebugInformation(t *testing.T) {
	for _, row := range []struct {
		name    string
		tools   []string // a variable of the environment, CC, or what else is needed
		options string
		strip   bool
	}{
		{"DWARF 2", nil, "-gdwarf-2", false},
		{"DWARF 2, strict", nil, "-gdwarf-2 -gstrict-dwarf", false},
		{"DWARF 3", nil, "-gdwarf-3", false},
		{"DWARF 4", nil, "-gdwarf-4", false},
		{"DWARF 4, types in units of their own", nil, "-gdwarf-4 -fdebug-types-section", false},
		{"DWARF 5", nil, "-gdwarf-5", false},
		{"optimized", nil, "-O2", false},
		{"optimized when linked", nil, "-O2 -flto", false},
		{"compressed", nil, "-gz", false},
		{"with macros", nil, "-g3", false},
		{"in a file of its own", []string{"objcopy"}, "", true},
		{"optimized, in a file of its own", []string{"objcopy"}, "-O2 -gdwarf-4", true},
		{"C++", []string{"g++"}, "-x c++", false},
		{"C++, optimized", []string{"g++"}, "-x c++ -O2", false},
		{"C++, DWARF 3, in a file of its own", []string{"g++", "objcopy"}, "-x c++ -gdwarf-3", true},
		{"Clang", []string{"clang"}, "", false},
		{"Clang, optimized, DWARF 4", []string{"clang"}, "-O2 -gdwarf-4", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cxx := ""
			for _, name := range row.tools {
				needTool(t, name)
			}
			if len(row.tools) > 0 && row.tools[0] != "objcopy" {
				cxx = row.tools[0]
			}
			build := func(source string) string {
				return buildShapes(t, cxx, source, strings.Fields(row.options), row.strip)
			}
			globals := []string{"shapes_path=" + build("shapes.c"), "other_shapes_path=" + build("other_shapes.c"),
				"probe_path=" + compileC(t, nil, "../testdata/lua/support/probe.c")}
			if cxx == "g++" {
				globals = append(globals, "cxx=g++")
			}
			for _, file := range []string{"debug_calls", "debug_types", "debug_globals", "debug_disagree", "debug_reload"} {
				path, err := filepath.Abs("../testdata/lua/" + file + ".lua")
				if err != nil {
					t.Fatal(err)
				}
				if row.strip && (file == "debug_globals" || file == "debug_reload") {
					continue // they copy the library to where its debug file is not
				}
				t.Run(file, func(t *testing.T) { testLuaFile(t, path, globals...) })
			}
		})
	}
}

// needTool skips where a program is not installed; on CI that is a failure.
func needTool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// buildShapes compiles a library with debug information, by another compiler where one is named, and moves that to a
// file of its own.
func buildShapes(t *testing.T, compiler, source string, options []string, strip bool) string {
	t.Helper()
	source = "../testdata/" + source
	if compiler == "" {
		library := compileC(t, append([]string{"-g"}, options...), source)
		if strip {
			splitDebug(t, library)
		}
		return library
	}
	library := filepath.Join(t.TempDir(), "libtest.so")
	args := append([]string{"-shared", "-fPIC", "-w", "-g", "-o", library}, options...)
	run(t, compiler, append(args, source)...)
	if strip {
		splitDebug(t, library)
	}
	return library
}

func splitDebug(t *testing.T, library string) {
	t.Helper()
	debug := library + ".debug"
	run(t, "objcopy", "--only-keep-debug", library, debug)
	run(t, "objcopy", "--strip-debug", library)
	run(t, "objcopy", "--add-gnu-debuglink="+debug, library)
}

func run(t *testing.T, program string, args ...string) {
	t.Helper()
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
}

// What takes its time is compared in the background, and told when it is known.
func TestDisagreementOfALargeLibrary(t *testing.T) {
	script, run := quickScript, inBackground
	t.Cleanup(func() { quickScript, inBackground = script, run })
	var later []func()
	quickScript, inBackground = 0, func(f func()) { later = append(later, f) }
	path := shapesLibrary(t)
	s := newTestSession(t, path)
	said := stderr(t, func() {
		evalLua(t, s, `lib.ratio.argtypes, lib.ratio.restype = {"float", "double"}, "float"; lib.ratio(1, 2)
			lib.area.argtypes, lib.area.restype = {"void *"}, "double"; lib.area(ctypes.byref(ctypes.c_int(0)))`)
	})
	if said != "" {
		t.Errorf("before it was read: %s", said)
	}
	if n := len(s.waiting); n != 2 {
		t.Errorf("%d functions wait to be compared, not 2", n)
	}
	if len(later) != 1 {
		t.Fatalf("%d goroutines read it", len(later))
	}
	later[0]()
	said = stderr(t, func() { evalLua(t, s, "lib.half_of = lib.nothing; lib.nothing()") })
	want := "dlsh: ratio: it is declared as   float ratio(float, double)\n" +
		"             but was compiled as  float ratio(float a, float b) ("
	if !strings.HasPrefix(said, want) || strings.Count(said, "\n") != 2 {
		t.Errorf("said %q, want %q", said, want)
	}
	if s.waiting != nil {
		t.Errorf("%d functions still wait", len(s.waiting))
	}
}

// stderr gives what fn writes to os.Stderr.
func stderr(t *testing.T, fn func()) string {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	old := os.Stderr
	os.Stderr = file
	defer func() { os.Stderr = old }()
	fn()
	b, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A library's debug information is opened once for all its CDLLs, when it is needed, and closed with the library.
func TestDebugFilesAreClosed(t *testing.T) {
	path := shapesLibrary(t)
	s := New(Options{})
	s.L.SetGlobal("path", glua.LString(path))
	open := func() (n int) {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if to, _ := os.Readlink("/proc/self/fd/" + e.Name()); to == path {
				n++
			}
		}
		return n
	}
	want := func(n int, src string) {
		t.Helper()
		evalLua(t, s, src)
		if got := open(); got != n {
			t.Errorf("%s\n%d files are open, want %d", src, got, n)
		}
	}
	want(0, `lib = ctypes.CDLL(path); lib.area.argtypes = {"void *"}; lib.area.restype = "double"; other = ctypes.CDLL(path)`)
	want(1, `lib.length("x"); other.length("x"); other.wide(1, 2)`)
	want(1, `_ctypes.dlclose(lib._handle)`)
	want(1, `ctypes.sizeof("struct point"); kept = other.middle({}, {})`)
	want(0, `_ctypes.dlclose(other._handle)`)
	evalLua(t, s, `lib = ctypes.CDLL(path)`)
	want(1, `lib.length("x")`)
	s.Close()
	if got := open(); got != 0 {
		t.Errorf("after the session %d files are open", got)
	}
}

// What was made for a library goes with it, however often it is opened anew.
func TestReopeningKeepsNothing(t *testing.T) {
	path := shapesLibrary(t)
	s := newTestSession(t, path)
	evalLua(t, s, `function again()
		local lib = ctypes.CDLL(path)
		lib.each(nil, 0, nil, nil)
		lib.next_color("RED")
		local _ = ctypes.typeof("struct polygon *"), ctypes.typeof("order_t")
		_ctypes.dlclose(lib._handle)
	end
	_ctypes.dlclose(lib._handle)
	again()`)
	size := func() [5]int {
		n := 0
		for _, list := range s.functionTypes {
			n += len(list)
		}
		return [5]int{len(s.records), len(s.enums), n, len(s.debugInfos), len(s.spelledOutside)}
	}
	before := size()
	evalLua(t, s, "for i = 1, 20 do again() end")
	if after := size(); after != before {
		t.Errorf("records, enums, function types, libraries, spellings: %v, then %v", before, after)
	}
}

// Debug information that is of no use is no error: functions are called as if there were none, and help says why.
func TestDebugInformationOfNoUse(t *testing.T) {
	needTool(t, "objcopy")
	split := compileC(t, []string{"-g", "-gsplit-dwarf"}, "../testdata/shapes.c")
	stripped := buildShapes(t, "", "shapes.c", nil, true)
	other := buildShapes(t, "", "other_shapes.c", nil, true)
	if err := os.Rename(other+".debug", stripped+".debug"); err != nil {
		t.Fatal(err)
	}
	lines := compileC(t, []string{"-g1"}, "../testdata/shapes.c")
	for _, row := range [][2]string{
		{split, "debug     of no use: "},
		{stripped, "debug     of no use: debug file of " + stripped + ": " + stripped + ".debug is of another build"},
		{lines, "debug     " + lines},
	} {
		s := newTestSession(t, row[0])
		if got := evalOne(t, s, "return lib.wide(2, 3)").String(); got != "5" {
			t.Errorf("%s: wide(2, 3) is %s", row[0], got)
		}
		text, err := s.Help("lib")
		if err != nil || !strings.Contains(text, row[1]) {
			t.Errorf("help says\n%s\n%v; want %q", text, err, row[1])
		}
	}
	s := newTestSession(t, split)
	if text, _ := s.Help("lib.wide"); !strings.Contains(text, "its parameters are not declared") {
		t.Errorf("help says\n%s", text)
	}
}

// What debug information knows is completed like what C text declares.
func TestCompleteDescribed(t *testing.T) {
	path := shapesLibrary(t)
	s := newTestSession(t, path)
	evalLua(t, s, "lib.nothing()") // it has been read: completion does not wait for that
	for _, row := range [][2]string{
		{`ctypes.sizeof("struct po`, "point polygon"},
		{`ctypes.typeof("const union n`, "number"},
		{`lib.area.argtypes = {"enum c`, "color"},
		{`ctypes.typeof("visi`, "visit_t"},
		{"ctypes.C.po", "point point_t polygon"},
		{"ctypes.C.MOST", "MOST_CORNERS"},
		{`ctypes.C["struct re`, "rect"},
	} {
		if _, words := s.Complete(row[0], len(row[0])); strings.Join(words, " ") != row[1] {
			t.Errorf("%s is completed by %q, want %q", row[0], words, row[1])
		}
	}
}
