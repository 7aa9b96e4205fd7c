// This file runs the Lua tests in testdata/lua/ctypes_test, which drive the library
// that CPython ships to test ctypes with, and checks that they leave nothing of it out.

package lua

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// newestPython is the newest Python 3 whose library is known in full.
const newestPython = 14

// wantPython are the functions that take or give Python's own objects: they run inside Python alone.
var wantPython = []string{"PyInit__ctypes_test", "py_func", "py_func_si", "_testfunc_pylist_append"}

func TestPythonsTestLibrary(t *testing.T) {
	library, minor := pythonsTestLibrary(t)
	files, err := filepath.Glob("../testdata/lua/ctypes_test/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatalf("no Lua tests (%v)", err)
	}
	none := compileC(t, nil, "../testdata/lua/support/none.c")
	var mu sync.Mutex
	ran, driven := 0, map[string]bool{}
	t.Run("files", func(t *testing.T) {
		for _, file := range files {
			file, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			t.Run(luaTestName(file), func(t *testing.T) {
				t.Parallel()
				out := testLuaFile(t, file, "library_path="+library, "none_path="+none, "python_minor="+strconv.Itoa(minor))
				mu.Lock()
				defer mu.Unlock()
				ran++
				for line := range strings.Lines(out) {
					if name, ok := strings.CutPrefix(strings.TrimSpace(line), "drove - "); ok {
						driven[name] = true
					}
				}
			})
		}
	})
	t.Run("nothing is left out", func(t *testing.T) {
		if ran < len(files) {
			t.Skip("not every file was run")
		}
		names := exported(t, library)
		count := 0
		for _, name := range names {
			switch {
			case driven[name]:
				count++
			case slices.Contains(wantPython, name):
			case minor > newestPython:
				t.Logf("%s: Python 3.%d is newer than these tests", name, minor)
			default:
				t.Errorf("no test drives %s", name)
			}
		}
		t.Logf("Python 3.%d: %d of %d symbols driven", minor, count, len(names))
	})
}

// pythonsTestLibrary asks $PYTHON or python3 where its _ctypes_test is, and for its version.
// Where there is none the test is skipped, on CI it fails.
func pythonsTestLibrary(t *testing.T) (path string, minor int) {
	t.Helper()
	python := os.Getenv("PYTHON")
	if python == "" {
		python = "python3"
	}
	missing := t.Skipf
	if os.Getenv("CI") != "" {
		missing = t.Fatalf
	}
	out, err := exec.Command(python, "-c",
		`import importlib.util, sys; print(sys.version_info[1], importlib.util.find_spec("_ctypes_test").origin)`).Output()
	if err != nil {
		missing("%s has no _ctypes_test: %v", python, err)
	}
	number, path, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if minor, err = strconv.Atoi(number); err != nil {
		t.Fatalf("%s said %q", python, out)
	}
	if _, err := os.Stat(path); err != nil {
		missing("%s has no _ctypes_test of its own: %v", python, err)
	}
	return path, minor
}

// exported lists the functions and variables that a library exports, as nm -D does.
func exported(t *testing.T, library string) (names []string) {
	t.Helper()
	file, err := elf.Open(library)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	symbols, err := file.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		kind := elf.ST_TYPE(s.Info)
		ours := kind == elf.STT_FUNC || kind == elf.STT_OBJECT
		if ours && s.Section != elf.SHN_UNDEF && s.Name != "_init" && s.Name != "_fini" {
			names = append(names, s.Name)
		}
	}
	return names
}
