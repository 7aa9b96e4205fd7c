// Tests of near.go: what is suggested for which misspelt name, and how fast.

package ffi

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// someFunctions is a little of libc and zlib, in no order.
var someFunctions = strings.Fields(`
	puts fputs printf fprintf sprintf snprintf vprintf strlen strnlen strcpy strncpy memcpy memmove memcmp malloc
	free getpid __getpid getppid abs labs qsort sqrt y0 j1 deflate deflateInit_ deflateEnd inflate inflateInit_
	zlibVersion compress compressBound uncompress crc32 sqlite3_open sqlite3_open_v2 sqlite3_close`)

func TestNear(t *testing.T) {
	for _, c := range []struct {
		typed string
		best  string // the first suggestion; empty for no suggestion at all
		why   string
	}{
		{"prinft", "printf", "two letters swapped"},
		{"srtlen", "strlen", "two letters swapped at the start"},
		{"memcopy", "memcpy", "a letter too many"},
		{"mallc", "malloc", "a letter missing"},
		{"malloc_", "malloc", "an underscore too many"},
		{"Strlen", "strlen", "upper case"},
		{"zlib_version", "zlibVersion", "another way to write two words"},
		{"get_pid", "getpid", "an underscore; __getpid is as near, but internal"},
		{"sqlite3_opne", "sqlite3_open", "the shorter of two near names"},
		{"deflateInit", "deflateInit_", "the beginning of a name (zlib.h makes it a macro)"},
		{"compressB", "compress", "one letter off beats five missing"},
		{"compressBo", "compressBound", "the beginning of a name"},
		{"sqr", "sqrt", "short, one letter missing"},
		{"x", "", "no letter is right"},
		{"zzzzzz", "", "nothing like it"},
		{"", "", "no name"},
		{"__", "", "no letters"},
		{"strlen\xff\x00", "strlen", "bytes that are no text"},
		{strings.Repeat("printf", 10000), "", "very long"},
	} {
		t.Run(c.why, func(t *testing.T) {
			got := Near(c.typed, someFunctions, 3)
			if len(got) > 3 {
				t.Errorf("Near(%q): %d names, at most 3 asked for", c.typed, len(got))
			}
			if best := strings.Join(got[:min(1, len(got))], ""); best != c.best {
				t.Errorf("Near(%q) = %q, want %q first", c.typed, got, c.best)
			}
		})
	}
}

// The name itself is no suggestion, a name comes once, and no more come than are asked for.
func TestNearCounts(t *testing.T) {
	among := []string{"puts", "putc", "puts", "putw", "fputs", "", "putc"}
	for _, c := range []struct {
		most int
		want []string
	}{
		{-1, nil},
		{0, nil},
		{1, []string{"putc"}},
		{9, []string{"putc", "putw", "fputs"}},
	} {
		if got := Near("puts", among, c.most); !slices.Equal(got, c.want) {
			t.Errorf("Near(puts, %q, %d) = %q, want %q", among, c.most, got, c.want)
		}
	}
}

// distance against the plain textbook form of the same measure.
func TestDistance(t *testing.T) {
	plain := func(a, b string) int {
		d := make([][]int, len(a)+1)
		for i := range d {
			d[i] = make([]int, len(b)+1)
			for j := range d[i] {
				switch {
				case i == 0 || j == 0:
					d[i][j] = i + j
				default:
					change := 1
					if a[i-1] == b[j-1] {
						change = 0
					}
					d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+change)
					if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
						d[i][j] = min(d[i][j], d[i-2][j-2]+1)
					}
				}
			}
		}
		return d[len(a)][len(b)]
	}
	words := append(slices.Clone(someFunctions), "a", "ba", "ab", "prinft", "rpintf", "tups", "strncmp", "mmecyp")
	for _, a := range words {
		m := newMatcher(a)
		for _, b := range words {
			m.other = lowerCase(m.other[:0], b)
			got, want := m.distance(), plain(string(m.name), string(m.other))
			if got != want && (got <= m.limit || want <= m.limit) {
				t.Errorf("distance(%q, %q) = %d, want %d (limit %d)", a, b, got, want, m.limit)
			}
		}
	}
}

func TestNearLibraries(t *testing.T) {
	known := strings.Fields("libc.so.6 libm.so.6 libz.so.1 libpng16.so.16 libssl.so.3 libsqlite3.so.0 libffi.so.8")
	for _, c := range []struct{ typed, want string }{
		{"libm.so", "libm.so.6"},
		{"libm.so.5", "libm.so.6"},
		{"lbm.so.6", "libm.so.6"},
		{"png", "libpng16.so.16"},
		{"libpngg16.so", "libpng16.so.16"},
		{"sqlite", "libsqlite3.so.0"},
		{"sqlite3.dll", "libsqlite3.so.0"},
		{"libfoo.so", ""}, // nearly libffi.so, if ".so" counted as letters got right
		{"lib", ""},
		{"", ""},
	} {
		got := NearLibraries(c.typed, known, 3)
		if best := strings.Join(got[:min(1, len(got))], ""); best != c.want {
			t.Errorf("NearLibraries(%q) = %q, want %q first", c.typed, got, c.want)
		}
	}
}

func TestNearFiles(t *testing.T) {
	folder := t.TempDir() + string(filepath.Separator)
	library := compile(t, folder+"libfoo.so", "int foo(void) { return 1; }", "-shared", "-fPIC")
	data, err := os.ReadFile(library)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"lib.so": data, "libbar.so.1": data, "foo.c": []byte("int x;"), "foo.o": nil} {
		if err := os.WriteFile(folder+name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(folder+"libfo.so", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ typed, want string }{
		{folder + "foo.so", folder + "libfoo.so"},
		{folder + "libfoo.dll", folder + "libfoo.so"},
		{folder + "libFoo.so", folder + "libfoo.so"},
		{folder + "lbifoo.so", folder + "libfoo.so"},
		{folder + "lib.dll", folder + "lib.so"},
		{folder + "libbar.so", folder + "libbar.so.1"},
		{folder + "nothing_like_it.so", ""},
		{folder, ""},
		{folder + "no_folder/libfoo.so", ""},
		{"libfoo.so", ""}, // a name to search for, not a path
		{"", ""},
	} {
		got := NearFiles(c.typed, 3)
		if best := strings.Join(got[:min(1, len(got))], ""); best != c.want {
			t.Errorf("NearFiles(%q) = %q, want %q first", c.typed, got, c.want)
		}
		if slices.Contains(got, folder+"foo.c") || slices.Contains(got, folder+"foo.o") || slices.Contains(got, folder+"libfo.so") {
			t.Errorf("NearFiles(%q) = %q: some of these cannot be loaded", c.typed, got)
		}
	}
}

// manyNames are n names as a large C library has them.
func manyNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("gtk_%s_set_%s_%d", someFunctions[i%len(someFunctions)], someFunctions[i/7%len(someFunctions)], i)
	}
	return names
}

// A suggestion over 20,000 names must not be felt at a prompt. The bound leaves room for a slow, busy machine.
func TestNearIsFast(t *testing.T) {
	names := manyNames(20_000)
	start := time.Now()
	Near("gtk_strlen_set_prinft_77", names, 5)
	if took := time.Since(start); took > time.Second {
		t.Errorf("Near over 20,000 names took %v", took)
	}
}

func BenchmarkNear(b *testing.B) {
	names := manyNames(20_000)
	for b.Loop() {
		Near("gtk_strlen_set_prinft_77", names, 5)
	}
}
