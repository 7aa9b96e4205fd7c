// This file tests the way from an address to a line of source.

package dwarf

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every HERE is a symbol, and an instruction of its line.
const lineFixture = `#define HERE(name) __asm__ volatile(".globl " #name "\n" #name ": nop")
#include "sub/part.h"
static __attribute__((noinline)) int divide(int a, int b) {
	HERE(in_static);
	return a / b;
}

int outer(int *p) {
	touch(p);
	HERE(in_outer);

	return divide(4, *p);
}
__attribute__((cold)) void never(void) {
	HERE(in_cold);
}
`

const lineHeader = `
static inline __attribute__((always_inline)) void inner(int *p) {
	HERE(in_inner);
	*p = 1;
}
static inline __attribute__((always_inline)) void touch(int *p) {
	inner(p);
	HERE(in_touch);
}
`

// Another unit, of a language that has namespaces in it and of a file whose name is changed.
const lineSecond = `#define HERE(name) __asm__ volatile(".globl " #name "\n" #name ": nop")
int first(void) { HERE(in_first); return 1; }
#line 100 "grammar.y"
int second(void) {
	HERE(in_second);
	return 2;
}
`

var lineRows = [][2]string{
	{"in_static", "DIR/a.c:4 divide"},
	{"in_outer", "DIR/a.c:10 outer"},
	{"in_cold", "DIR/a.c:15 never"},
	{"in_touch", "DIR/sub/part.h:8 touch, inlined into DIR/a.c:9 outer"},
	{"in_inner", "DIR/sub/part.h:3 inner, inlined into DIR/sub/part.h:7 touch, inlined into DIR/a.c:9 outer"},
	{"in_first", "DIR/b.c:2 first"},
	{"in_second", "DIR/grammar.y:101 second"},
}

func lineLibrary(t *testing.T, cc string, options ...string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"a.c": lineFixture, "sub/part.h": lineHeader, "b.c": lineSecond} {
		os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o777)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	run(t, dir, cc, append([]string{"-shared", "-fPIC", "-w", "-o", "lib.so", "a.c", "b.c"}, options...)...)
	return filepath.Join(dir, "lib.so")
}

// symbolAddresses are the addresses of all symbols of a library.
func symbolAddresses(t *testing.T, lib string) map[string]uint64 {
	t.Helper()
	f, err := elf.Open(lib)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]uint64{}
	for _, s := range list {
		at[s.Name] = s.Value
	}
	return at
}

func located(i *Info, addr uint64, dir string) string {
	var parts []string
	for _, l := range i.Locate(addr) {
		parts = append(parts, fmt.Sprintf("%s:%d %s", strings.Replace(l.File, dir+"/", "DIR/", 1), l.Line, l.Function))
	}
	return strings.Join(parts, ", inlined into ")
}

func checkLines(t *testing.T, lib string, i *Info, dir string, rows [][2]string) {
	t.Helper()
	at := symbolAddresses(t, lib)
	for _, row := range rows {
		if at[row[0]] == 0 {
			t.Errorf("%s is no symbol", row[0])
		}
		if got := located(i, at[row[0]], dir); got != row[1] {
			t.Errorf("%s:\n%s\nwant\n%s", row[0], got, row[1])
		}
	}
	if i.Ready() {
		t.Error("the index was made for it")
	}
	file, line, function, ok := i.Line(at["in_touch"])
	if text := fmt.Sprintf("%s:%d %s", strings.Replace(file, dir+"/", "DIR/", 1), line, function); !ok || rows[3][0] == "in_touch" && !strings.HasPrefix(rows[3][1], text) {
		t.Errorf("Line: %s, %v", text, ok)
	}
	for _, nowhere := range []uint64{0, 1, 0x100, 1 << 40, ^uint64(0)} {
		if got := located(i, nowhere, dir); got != "" {
			t.Errorf("at 0x%x is %s", nowhere, got)
		}
	}
}

func TestLines(t *testing.T) {
	for _, cc := range compilers(t) {
		for version := 2; version <= 5; version++ {
			for _, more := range []string{"-O0", "-O2", "-O1 -ffunction-sections -Wl,--gc-sections", "-O2 -gz"} {
				options := append(strings.Fields(more), fmt.Sprintf("-gdwarf-%d", version))
				t.Run(strings.Join(append([]string{filepath.Base(cc)}, options...), " "), func(t *testing.T) {
					lib := lineLibrary(t, cc, options...)
					checkLines(t, lib, opened(t, lib), filepath.Dir(lib), lineRows)
				})
			}
		}
	}
}

// Less debug information says less.
func TestLinesOnly(t *testing.T) {
	for _, cc := range compilers(t) {
		lib := lineLibrary(t, cc, "-g1", "-O1")
		i := opened(t, lib)
		at := symbolAddresses(t, lib)
		if file, line, _, ok := i.Line(at["in_static"]); !ok || filepath.Base(file) != "a.c" || line != 4 {
			t.Errorf("%s: %s:%d, %v", cc, file, line, ok)
		}
	}
}

func TestLinesSeparate(t *testing.T) {
	withDebugFolder(t)
	lib := lineLibrary(t, compiler(t), "-g", "-O1")
	splitOff(t, lib, filepath.Join(filepath.Dir(lib), "lib.so.debug"), true)
	i := opened(t, lib)
	checkLines(t, lib, i, filepath.Dir(lib), lineRows)
	i.Close()
	if _, _, _, ok := i.Line(symbolAddresses(t, lib)["in_static"]); ok {
		t.Error("it answers after Close")
	}
}

// What -gsplit-dwarf leaves in the library is the table of lines.
func TestLinesSplit(t *testing.T) {
	for _, cc := range compilers(t) {
		for _, version := range []string{"-gdwarf-4", "-gdwarf-5"} {
			lib := lineLibrary(t, cc, "-gsplit-dwarf", version, "-O0")
			i := opened(t, lib)
			if file, line, _, ok := i.Line(symbolAddresses(t, lib)["in_static"]); !ok || filepath.Base(file) != "a.c" || line != 4 {
				t.Errorf("%s %s: %s:%d, %v", cc, version, file, line, ok)
			}
		}
	}
}

// dwz moves names of functions that were inlined, and of folders, to the common file.
func TestLinesDwz(t *testing.T) {
	dwz := tool(t, "dwz")
	withDebugFolder(t)
	for _, version := range []string{"-gdwarf-4", "-gdwarf-5"} {
		one, two := lineLibrary(t, compiler(t), version, "-O1", "-Wl,--build-id"), lineLibrary(t, compiler(t), version, "-O1", "-Wl,--build-id=0x0123")
		dir := filepath.Dir(one)
		move(t, two, filepath.Join(dir, "two.so"))
		run(t, dir, dwz, "-L", "none", "-m", "common.debug", "-r", "lib.so", "two.so")
		i := opened(t, one)
		if i.file.alt == nil {
			t.Fatal("dwz moved nothing to the common file")
		}
		checkLines(t, one, i, dir, lineRows)
	}
}
