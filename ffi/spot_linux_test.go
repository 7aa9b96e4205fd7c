// This file tests the names of places in machine code: by files, by what is left in memory of files that have gone, and
// where there is none.

//go:build amd64 || arm64

package ffi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dlsh/types"
)

func TestSpots(t *testing.T) {
	ownThread(t)
	folder := os.Getenv(unwindFolder)
	if folder == "" {
		folder = t.TempDir()
		buildUnwind(t, types.Host(), folder, "O2")
	}
	text, err := os.ReadFile(filepath.Join(folder, "O2.so"))
	if err != nil {
		t.Fatal(err)
	}
	lib := filepath.Join(t.TempDir(), "lib.so")
	install := func(text []byte) {
		os.Remove(lib) // a new file: the loaded one stays as it is
		if err := os.WriteFile(lib, text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	install(text)
	run := symbol(t, lib, "run")
	check := func(pc uintptr, isReturn bool, want string) {
		t.Helper()
		s := spotAt(pc, isReturn)
		if got := s.String(); got != want {
			t.Errorf("got %q (%+v), want %q", got, s, want)
		}
	}
	check(run, false, "run+0x0 ("+lib+")")
	check(run+8, true, "run+0x8 ("+lib+")")
	check(0, false, "0x0 (no library)")
	check(0, true, "0x0 (no library)")
	check(0x6161616161616161, false, "0x6161616161616161 (no library)")
	if s := spotAt(run+8, true); s.Object == nil || s.Linked != run+7-s.Object.Base || s.Replaced {
		t.Errorf("got %+v", s)
	}

	// The file is replaced: only the symbols that the loader needs are still known.
	install([]byte("something else"))
	s := spotAt(run+4, false)
	if s.String() != "run+0x4 ("+lib+")" || !s.Replaced {
		t.Errorf("got %q, %+v", s, s)
	}
	os.Remove(lib)
	check(run+4, false, "run+0x4 ("+lib+")")

	// The C library's exported functions have the same names by both ways.
	now := newSurvey()
	im := now.imageAt(symbol(t, "libc.so.6", "printf"))
	if im == nil {
		t.Fatal("libc has no image")
	}
	file, inMemory := im.table(), im.dynamicSymbols()
	if len(inMemory.symbols) < 1000 {
		t.Errorf("%d symbols in memory", len(inMemory.symbols))
	}
	for i := range inMemory.symbols {
		m := &inMemory.symbols[i]
		f := file.find(m.start, m.code)
		if f == nil {
			t.Errorf("0x%x is %s in memory, nothing in the file", m.start, inMemory.name(m))
		} else if got, want := inMemory.name(inMemory.find(m.start, m.code)), file.name(f); m.typed && f.typed && got != want && f.local == m.local {
			t.Errorf("0x%x is %s in memory, %s in the file", m.start, got, want)
		}
	}
	check(symbol(t, "libc.so.6", "puts"), false, "puts+0x0 ("+named("libc.so.6")+")")

	// The object that the kernel maps has no file.
	for i := range now.maps {
		if m := &now.maps[i]; m.path == "[vdso]" {
			im := now.imageAt(m.start + 100)
			if im == nil {
				t.Error("the vdso has no image")
				continue
			}
			named := 0
			for i := range im.table().symbols {
				if p := &im.table().symbols[i]; p.code {
					s := spotAt(im.base+uintptr(p.start), false)
					if s.Symbol == "" || !strings.HasSuffix(s.String(), "([vdso])") {
						t.Errorf("got %q", s)
					}
					named++
				}
			}
			if named == 0 {
				t.Error("the vdso has no functions")
			}
		}
	}
}

// named is how the books call a library.
func named(name string) string {
	for _, o := range Objects() {
		if filepath.Base(o.Path) == name {
			return o.String()
		}
	}
	return name
}

// Stubs of the procedure linkage table are named by what they jump to.
func TestSpotsPLT(t *testing.T) {
	ownThread(t)
	folder := t.TempDir()
	buildUnwind(t, types.Host(), folder, "O2")
	file, err := os.Open(filepath.Join(folder, "O2.so"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	table := readSymbols(file)
	var stubs []string
	for i := range table.symbols {
		if name := table.name(&table.symbols[i]); strings.HasSuffix(name, inPLT) {
			stubs = append(stubs, name)
		}
	}
	if text := strings.Join(stubs, " "); !strings.Contains(text, "qsort@plt") || !strings.Contains(text, "getcontext@plt") {
		t.Errorf("got %s", text)
	}
}

func TestParseMaps(t *testing.T) {
	maps := parseMaps([]byte(`55d0c8a00000-55d0c8a01000 r--p 00000000 08:01 123                        /usr/bin/a program
7f00-7f10 r-xp 00001000 00:00 0
nonsense
7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]
7ffd00000000-7ffd00001000 ---p 00003000 08:01 9                          /tmp/lib\012x.so (deleted)
7ffe00000000-7ffe00001000 rwxs 00000000 00:01 9
`))
	want := []mapping{
		{start: 0x55d0c8a00000, end: 0x55d0c8a01000, read: true, path: "/usr/bin/a program"},
		{start: 0x7f00, end: 0x7f10, read: true, run: true, offset: 0x1000},
		{start: 0x7ffc00000000, end: 0x7ffc00021000, read: true, write: true, path: "[stack]"},
		{start: 0x7ffd00000000, end: 0x7ffd00001000, offset: 0x3000, path: "/tmp/lib\nx.so", deleted: true},
		{start: 0x7ffe00000000, end: 0x7ffe00001000, read: true, write: true, run: true, share: true},
	}
	if len(maps) != len(want) {
		t.Fatalf("got %+v", maps)
	}
	for i := range want {
		if maps[i] != want[i] {
			t.Errorf("got %+v, want %+v", maps[i], want[i])
		}
	}
}
