// Tests of find_linux.go: FindLibrary beside CPython's, and the reader of ld.so.cache on caches made by hand.

//go:build linux

package ffi

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// FindLibrary says what ctypes.util.find_library says, for libraries that are there and that are not.
func TestFindLibraryIsPythons(t *testing.T) {
	python := findTool(t, "python3")
	t.Setenv("LD_LIBRARY_PATH", "")
	names := strings.Fields("m c z dl pthread rt util stdc++ gcc_s sqlite3 ssl crypto png png16 ncurses readline curl " +
		"no_such_library lib so")
	script := "import sys, ctypes.util\nfor n in sys.argv[1:]: print(ctypes.util.find_library(n) or '')"
	out, err := exec.Command(python, append([]string{"-c", script}, names...)...).Output()
	if err != nil {
		t.Fatalf("python3: %v", err)
	}
	answers := strings.Split(string(out), "\n")
	for i, name := range names {
		got, ok := FindLibrary(name)
		if got != answers[i] || ok != (answers[i] != "") {
			t.Errorf("FindLibrary(%q) = %q, %v; Python says %q", name, got, ok, answers[i])
		}
	}
}

func TestFindLibraryNames(t *testing.T) {
	t.Setenv("LD_LIBRARY_PATH", "")
	libc, ok := FindLibrary("c")
	if !ok {
		t.Fatal(`FindLibrary("c"): a system without a C library?`)
	}
	for _, c := range []struct {
		name, want string
	}{
		{libc, libc}, // a whole file name; CPython gives None
		{"", ""},
		{"c\x00", ""},
		{"./c", ""},
		{"/lib/libc.so.6", ""},
		{"../lib/c", ""},
		{"c*", ""},
		{"[c]", ""},
		{strings.Repeat("c", 100_000), ""},
	} {
		if got, ok := FindLibrary(c.name); got != c.want || ok != (c.want != "") {
			t.Errorf("FindLibrary(%.20q) = %q, %v, want %q", c.name, got, ok, c.want)
		}
	}
}

// LD_LIBRARY_PATH comes first, in its own order, and its files are looked into.
func TestFindLibraryPath(t *testing.T) {
	const source = "int answer(void) { return 42; }"
	one, two, bad := t.TempDir(), t.TempDir(), t.TempDir()
	compile(t, one+"/libdlshplain.so", source, "-shared", "-fPIC")
	compile(t, one+"/libdlshnamed.so.2.1", source, "-shared", "-fPIC", "-Wl,-soname,libdlshnamed.so.2")
	compile(t, one+"/libdlshlost.so", source, "-shared", "-fPIC", "-Wl,-soname,libdlshlost.so.7")
	compile(t, two+"/libdlshplain.so.3", source, "-shared", "-fPIC")
	compile(t, two+"/libdlshmany.so.9", source, "-shared", "-fPIC")
	compile(t, two+"/libdlshmany.so.10", source, "-shared", "-fPIC")
	compile(t, two+"/libm.so.6", source, "-shared", "-fPIC", "-Wl,-soname,libm.so.6")
	for link, target := range map[string]string{
		"/libdlshnamed.so.2": "libdlshnamed.so.2.1",
		"/libdlshnamed.so":   "libdlshnamed.so.2",
	} {
		if err := os.Symlink(target, one+link); err != nil {
			t.Fatal(err)
		}
	}
	for file, content := range map[string]string{
		"/libdlshplain.so":  "GROUP ( libdlshplain.so.3 )\n",
		"/libdlshbroken.so": "\x7fELF",
		"/libm.so":          "INPUT ( libm.so.6 )\n",
	} {
		if err := os.WriteFile(bad+file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ path, name, want, why string }{
		{one, "dlshplain", "libdlshplain.so", "no soname: the file's name"},
		{one, "dlshnamed", "libdlshnamed.so.2", "the soname"},
		{one, "dlshlost", "libdlshlost.so", "there is no file of its soname, so the loader could not find it by that"},
		{two, "dlshmany", "libdlshmany.so.10", "the highest version"},
		{two, "dlshplain", "libdlshplain.so.3", "a version only, no plain name"},
		{one + ":" + two, "dlshplain", "libdlshplain.so", "the first folder"},
		{two + ";" + one, "dlshplain", "libdlshplain.so.3", "semicolons part folders too"},
		{bad + ":" + two, "dlshplain", "libdlshplain.so.3", "a linker script is passed over"},
		{bad, "dlshbroken", "", "a damaged file is passed over"},
		{bad, "m", "libm.so.6", "a linker script is passed over for the cache's"},
		{two, "libdlshmany.so.9", "libdlshmany.so.9", "a whole file name"},
		{"/nonexistent:" + one, "dlshplain", "libdlshplain.so", "a missing folder"},
		{"", "dlshplain", "", "nowhere"},
	} {
		t.Run(c.why, func(t *testing.T) {
			t.Setenv("LD_LIBRARY_PATH", c.path)
			if got, ok := FindLibrary(c.name); got != c.want || ok != (c.want != "") {
				t.Errorf("FindLibrary(%q) = %q, %v, want %q", c.name, got, ok, c.want)
			}
		})
	}
	t.Run("an empty item is the current folder", func(t *testing.T) {
		t.Setenv("LD_LIBRARY_PATH", "/nonexistent:")
		t.Chdir(one)
		if got, _ := FindLibrary("dlshplain"); got != "libdlshplain.so" {
			t.Errorf("FindLibrary = %q", got)
		}
	})
}

// LibraryNames beside what ldconfig prints of the same cache.
func TestLibraryNames(t *testing.T) {
	names := LibraryNames()
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Error("not sorted, or not unique")
	}
	if libc, _ := FindLibrary("c"); !slices.Contains(names, libc) {
		t.Errorf("%s is not among the %d names", libc, len(names))
	}
	if _, err := os.Stat(cachePath); err != nil {
		t.Skip("no " + cachePath)
	}
	out, err := exec.Command(findTool(t, "/sbin/ldconfig"), "-p").Output()
	if err != nil {
		t.Fatalf("ldconfig: %v", err)
	}
	abi := map[uint32]string{0x0303: "libc6,x86-64", 0x0a03: "libc6,AArch64"}[herePlatform.flags]
	if abi == "" {
		t.Skip("ldconfig's word for this processor is not known here")
	}
	var want []string
	for line := range strings.Lines(string(out)) {
		if name, rest, ok := strings.Cut(strings.TrimSpace(line), " ("); ok && strings.HasPrefix(rest, abi) {
			want = append(want, name)
		}
	}
	slices.Sort(want)
	if want = slices.Compact(want); !slices.Equal(names, want) {
		t.Errorf("%d names, ldconfig has %d", len(names), len(want))
	}
}

// fixtureCache are the entries of the caches below: the same library for two processors, and another.
var fixtureCache = []cacheEntry{
	{"libm.so.6", "/lib/x86_64-linux-gnu/libm.so.6", 0x0303},
	{"libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6", 0x0a03},
	{"libz.so.1", "/lib/x86_64-linux-gnu/libz.so.1", 0x0303},
}

// texts lays out the entries' texts one after another, and gives each one's offset.
func texts(entries []cacheEntry) (all []byte, at []uint32) {
	for _, e := range entries {
		for _, s := range []string{e.soname, e.path} {
			at = append(at, uint32(len(all)))
			all = append(append(all, s...), 0)
		}
	}
	return all, at
}

// newCache writes the form "glibc-ld.so.cache1.1": offsets count from the start.
func newCache(entries []cacheEntry) []byte {
	all, at := texts(entries)
	data := []byte(newMagic)
	data = binary.NativeEndian.AppendUint32(data, uint32(len(entries)))
	data = binary.NativeEndian.AppendUint32(data, uint32(len(all)))
	data = append(data, make([]byte, 20)...)
	base := uint32(newHeadSize + newEntrySize*len(entries))
	for i, e := range entries {
		data = binary.NativeEndian.AppendUint32(data, e.flags)
		data = binary.NativeEndian.AppendUint32(data, base+at[2*i])
		data = binary.NativeEndian.AppendUint32(data, base+at[2*i+1])
		data = append(data, make([]byte, 12)...)
	}
	return append(data, all...)
}

// oldCache writes the form "ld.so-1.7.0": offsets count from the end of the table.
func oldCache(entries []cacheEntry) []byte {
	all, at := texts(entries)
	data := append([]byte(oldMagic), 0)
	data = binary.NativeEndian.AppendUint32(data, uint32(len(entries)))
	for i, e := range entries {
		data = binary.NativeEndian.AppendUint32(data, e.flags)
		data = binary.NativeEndian.AppendUint32(data, at[2*i])
		data = binary.NativeEndian.AppendUint32(data, at[2*i+1])
	}
	return append(data, all...)
}

// bothCache writes the old form's table (of the first entry only, so that a test can tell) with the new form
// after it, as ldconfig -c compat does.
func bothCache(entries []cacheEntry) []byte {
	data := append([]byte(oldMagic), 0)
	data = binary.NativeEndian.AppendUint32(data, 1)
	data = append(data, make([]byte, oldEntrySize)...)
	for len(data)%8 != 0 {
		data = append(data, 0)
	}
	return append(data, newCache(entries)...)
}

func TestParseCache(t *testing.T) {
	whole := newCache(fixtureCache)
	outside := newCache(fixtureCache)
	binary.NativeEndian.PutUint32(outside[newHeadSize+4:], 0xfffffff0)
	tooMany := newCache(fixtureCache)
	binary.NativeEndian.PutUint32(tooMany[len(newMagic):], 0xffffffff)
	for _, c := range []struct {
		what string
		data []byte
		want []cacheEntry
		err  error
	}{
		{"the new form", whole, fixtureCache, nil},
		{"the old form", oldCache(fixtureCache), fixtureCache, nil},
		{"the new form inside the old", bothCache(fixtureCache), fixtureCache, nil},
		{"no entries", newCache(nil), nil, nil},
		{"an entry with its name outside the file", outside, fixtureCache[1:], nil},
		{"the last text without its end", whole[:len(whole)-1], fixtureCache[:2], nil},
		{"more entries than the file holds", tooMany, nil, errCacheShort},
		{"cut inside the table", whole[:newHeadSize+30], nil, errCacheShort},
		{"cut inside the header", whole[:30], nil, errCacheShort},
		{"cut inside the old header", oldCache(fixtureCache)[:14], nil, errCacheShort},
		{"another version", bytes.Replace(whole, []byte("1.1"), []byte("1.2"), 1), nil, errCacheFormat},
		{"an empty file", nil, nil, errCacheFormat},
		{"a text", []byte("include /etc/ld.so.conf.d/*.conf\n"), nil, errCacheFormat},
	} {
		t.Run(c.what, func(t *testing.T) {
			got, err := parseCache(c.data)
			if !slices.Equal(got, c.want) || err != c.err {
				t.Errorf("parseCache = %v, %v; want %v, %v", got, err, c.want, c.err)
			}
		})
	}
}

// A damaged or missing cache file is an empty one, and entries of other processors are left out.
func TestReadCache(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ld.so.cache")
	if got := readCache(path); got != nil {
		t.Errorf("of no file: %v", got)
	}
	write := func(data []byte) {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write([]byte("ld.so-1.7.0"))
	if got := readCache(path); got != nil {
		t.Errorf("of a damaged file: %v", got)
	}
	write(newCache(fixtureCache))
	for _, e := range readCache(path) {
		if e.flags != herePlatform.flags {
			t.Errorf("%v is of another processor", e)
		}
	}
}

func TestCompareVersions(t *testing.T) {
	ordered := strings.Fields("liba.so liba.so.1 liba.so.1.2 liba.so.1.10 liba.so.2 liba.so.10 " +
		"liba.so.99999999999999999999999 libb.so")
	for i, a := range ordered {
		for j, b := range ordered {
			if got := compareVersions(a, b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("compareVersions(%s, %s) = %d", a, b, got)
			}
		}
	}
}

// Whatever the bytes, parseCache returns, and its texts are such as a C string can be.
func FuzzCache(f *testing.F) {
	f.Add(newCache(fixtureCache))
	f.Add(oldCache(fixtureCache))
	f.Add(bothCache(fixtureCache))
	f.Add([]byte(newMagic))
	f.Add([]byte(oldMagic + "\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := parseCache(data)
		if err != nil && entries != nil {
			t.Errorf("entries beside the error %v", err)
		}
		for _, e := range entries {
			if e.soname == "" || e.path == "" || strings.ContainsRune(e.soname+e.path, 0) {
				t.Errorf("entry %+v", e)
			}
		}
	})
}
