// This file tests where debug information is found when it is not in the library.

package dwarf

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dlsh/types"
)

// withDebugFolder puts a folder in the place of /usr/lib/debug.
func withDebugFolder(t *testing.T) string {
	dir := t.TempDir()
	t.Setenv("DLSH_DEBUG_FOLDERS", dir)
	return dir
}

// splitOff moves the debug information of a library to a file beside it and links the two as asked.
func splitOff(t *testing.T, lib, debug string, link bool) {
	t.Helper()
	objcopy := tool(t, "objcopy")
	dir := filepath.Dir(lib)
	run(t, dir, objcopy, "--only-keep-debug", lib, debug)
	run(t, dir, objcopy, "--strip-debug", lib)
	if link {
		run(t, dir, objcopy, "--add-gnu-debuglink="+debug, lib)
	}
}

func move(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func TestDebugLink(t *testing.T) {
	for _, id := range []string{"-Wl,--build-id=none", "-Wl,--build-id"} {
		lib := library(t, compiler(t), []string{"-g", id}, fixture)
		dir := filepath.Dir(lib)
		global := withDebugFolder(t)
		debug := filepath.Join(dir, "lib.so.debug")
		splitOff(t, lib, debug, true)
		for _, place := range []string{
			debug,
			filepath.Join(dir, ".debug", "lib.so.debug"),
			filepath.Join(global, dir, "lib.so.debug"),
		} {
			if place != debug {
				move(t, debug, place)
			}
			debug = place
			i := opened(t, lib)
			check(t, i, [][2]string{{"add", "int add(int a, int b)"}, {"alias", "int alias(int a, int b)"}, {"origin", "struct point origin"}})
			if i.File() != place {
				t.Errorf("it is found in %s, not in %s", i.File(), place)
			}
		}
		// A link to the library leads to the folder where it is.
		link := filepath.Join(t.TempDir(), "link.so")
		if err := os.Symlink(lib, link); err != nil {
			t.Fatal(err)
		}
		move(t, debug, filepath.Join(dir, "lib.so.debug"))
		check(t, opened(t, link), [][2]string{{"add", "int add(int a, int b)"}})

		// The debug file of another build is not taken, and said to be there.
		other := library(t, compiler(t), []string{"-g", id}, fixture+"int more;")
		splitOff(t, other, filepath.Join(filepath.Dir(other), "lib.so.debug"), true)
		move(t, filepath.Join(filepath.Dir(other), "lib.so.debug"), filepath.Join(dir, "lib.so.debug"))
		i, err := Open(lib, types.Host())
		if i != nil || err == nil || !strings.Contains(err.Error(), "is of another build: its checksum is") {
			t.Errorf("%s: another build: %v, %v", id, i, err)
		}
		os.Remove(filepath.Join(dir, "lib.so.debug"))
		if i, err := Open(lib, types.Host()); i != nil || err != nil {
			t.Errorf("%s: no debug file: %v, %v", id, i, err)
		}
	}
}

func TestBuildID(t *testing.T) {
	lib := library(t, compiler(t), []string{"-g", "-Wl,--build-id=0x0123456789abcdef"}, fixture)
	global := withDebugFolder(t)
	debug := filepath.Join(filepath.Dir(lib), "any.debug")
	splitOff(t, lib, debug, false)
	if i, err := Open(lib, types.Host()); i != nil || err != nil {
		t.Errorf("not there yet: %v, %v", i, err)
	}
	place := filepath.Join(global, ".build-id", "01", "23456789abcdef.debug")
	move(t, debug, place)
	i := opened(t, lib)
	check(t, i, [][2]string{{"add", "int add(int a, int b)"}})
	if i.File() != place {
		t.Errorf("it is found in %s", i.File())
	}
	other := library(t, compiler(t), []string{"-g", "-Wl,--build-id=0x0123"}, fixture)
	move(t, other, place)
	if i, err := Open(lib, types.Host()); i != nil || err == nil || !strings.Contains(err.Error(), "its build ID is 0123, 0123456789abcdef is wanted") {
		t.Errorf("another build: %v, %v", i, err)
	}
}

// dwz makes what units repeat one, in the file itself or in one for several: Debian's debug packages are made so.
func TestDwz(t *testing.T) {
	dwz := tool(t, "dwz")
	for _, version := range []string{"-gdwarf-4", "-gdwarf-5"} {
		t.Run(version, func(t *testing.T) {
			// dwz leaves small files alone; these have many types in common.
			var common strings.Builder
			for n := range 400 {
				fmt.Fprintf(&common, "struct common_type_%d { struct common_type_%d *next; int member_number_%d; double values_%[1]d[%[1]d + 1]; };\n", n, (n+1)%400, n)
			}
			fmt.Fprintf(&common, "struct common_type_7 seven;\n")
			withDebugFolder(t)
			use := "struct common_type_7 f%d(struct common_type_9 *p, struct common_type_3 q) { struct common_type_7 r = {0}; return r; }\n"
			one := library(t, compiler(t), []string{"-g", version, "-Wl,--build-id"}, common.String()+fmt.Sprintf(use, 1),
				strings.Replace(common.String(), "seven", "eight", 1)+fmt.Sprintf(use, 2))
			two := library(t, compiler(t), []string{"-g", version, "-Wl,--build-id"}, common.String()+fmt.Sprintf(use, 3),
				strings.Replace(common.String(), "seven", "eight", 1)+fmt.Sprintf(use, 4))
			rows := [][2]string{
				{"f1", "struct common_type_7 f1(struct common_type_9 *p, struct common_type_3 q)"},
				{"f2", "struct common_type_7 f2(struct common_type_9 *p, struct common_type_3 q)"},
				{"struct common_type_2", "struct common_type_2 {\n\tstruct common_type_3 *next;\n\tint member_number_2;\n\tdouble values_2[3];\n};"},
				{"nosuch", "nothing"},
			}
			run(t, filepath.Dir(one), dwz, one)
			check(t, opened(t, one), rows)

			dir := t.TempDir()
			alt := filepath.Join(dir, "common.debug")
			move(t, one, filepath.Join(dir, "one.so"))
			move(t, two, filepath.Join(dir, "two.so"))
			run(t, dir, dwz, "-m", alt, "-r", "one.so", "two.so")
			i := opened(t, filepath.Join(dir, "one.so"))
			if i.file.alt == nil {
				t.Fatal("dwz moved nothing to the common file")
			}
			check(t, i, rows)
			a, _ := i.Function("f1")
			b, _ := i.Function("f2")
			if a.Type.Elem.Record != b.Type.Elem.Record || filepath.Base(a.Decl.File()) != "a.c" {
				t.Errorf("struct common_type_7 is two types, or %s is not a.c", a.Decl)
			}
			if err := os.Remove(alt); err != nil {
				t.Fatal(err)
			}
			_, err := Open(filepath.Join(dir, "one.so"), types.Host())
			if err == nil || !strings.Contains(err.Error(), "needs the file common.debug beside it (made by dwz)") {
				t.Errorf("the common file is gone: %v", err)
			}
		})
	}
}
