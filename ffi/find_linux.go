// Finding a library by its short name on Linux: FindLibrary, LibraryNames, and the reader of /etc/ld.so.cache.

package ffi

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// cachePath is where ldconfig(8) writes what it found.
const cachePath = "/etc/ld.so.cache"

// cachePlatform is what ldconfig calls a processor: the flags word of its cache entries (dl-cache.h and
// ldconfig.h in glibc: low byte the C library, 3 being libc6, next byte the ABI) and Debian's multiarch folder.
type cachePlatform struct {
	flags  uint32
	folder string
}

// herePlatform is this process' row. An architecture without a row has flags 0 (libc4), which match nothing.
var herePlatform = map[string]cachePlatform{
	"386":     {0x0003, "i386-linux-gnu"},
	"amd64":   {0x0303, "x86_64-linux-gnu"},
	"arm":     {0x0903, "arm-linux-gnueabihf"},
	"arm64":   {0x0a03, "aarch64-linux-gnu"},
	"loong64": {0x1203, "loongarch64-linux-gnu"},
	"ppc64le": {0x0503, "powerpc64le-linux-gnu"},
	"riscv64": {0x1003, "riscv64-linux-gnu"},
	"s390x":   {0x0403, "s390x-linux-gnu"},
}[runtime.GOARCH]

// FindLibrary gives the name to open a library by, such as "libm.so.6" for "m", or false when there is none that
// this process could load. It is ctypes.util.find_library without the compiler, linker and ldconfig that CPython
// runs; the places are the loader's own (ld.so(8)) in its order: LD_LIBRARY_PATH, /etc/ld.so.cache, the default
// folders. A whole file name, "libm.so.6", is found too (CPython says None). Names with a slash are paths, not
// names, and are not found.
func FindLibrary(name string) (soname string, ok bool) {
	if name == "" || strings.ContainsAny(name, "/\x00") {
		return "", false
	}
	for _, folder := range searchPath(os.Getenv("LD_LIBRARY_PATH")) {
		if soname, ok := findInFolder(folder, name); ok {
			return soname, true
		}
	}
	if soname, ok := findInCache(readCache(cachePath), name); ok {
		return soname, true
	}
	for _, folder := range defaultFolders() {
		if soname, ok := findInFolder(folder, name); ok {
			return soname, true
		}
	}
	return "", false
}

// LibraryNames gives the sonames that ld.so.cache knows for this processor, sorted, each once: the names worth
// suggesting for a misspelt one. A system without a cache (musl) answers with its default folders' libraries.
func LibraryNames() []string {
	var names []string
	for _, e := range readCache(cachePath) {
		names = append(names, e.soname)
	}
	if names == nil {
		for _, folder := range defaultFolders() {
			names = append(names, librariesIn(folder)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// searchPath splits LD_LIBRARY_PATH as ld.so(8) does: at colons and semicolons, an empty item being the current
// folder. An unset or empty variable is no folders at all.
func searchPath(value string) []string {
	if value == "" {
		return nil
	}
	folders := strings.Split(strings.ReplaceAll(value, ";", ":"), ":")
	for i, folder := range folders {
		if folder == "" {
			folders[i] = "."
		}
	}
	return folders
}

// defaultFolders are the folders the loader tries last (ld.so(8)), with the multiarch ones of Debian and its kin.
func defaultFolders() []string {
	folders := []string{"/lib64", "/usr/lib64", "/lib", "/usr/lib"}
	if herePlatform.folder != "" {
		folders = append([]string{"/lib/" + herePlatform.folder, "/usr/lib/" + herePlatform.folder}, folders...)
	}
	return folders
}

// matches reports whether file is a library called name: libNAME.so, libNAME.so.6, and libNAME.2.so, which is the
// pattern CPython uses (lib%s\.[^\s]+).
func matches(file, name string) bool {
	rest, ok := strings.CutPrefix(file, "lib"+name+".")
	return ok && strings.Contains("."+rest, ".so")
}

// findInCache gives the first entry that matches name, in the cache's own order (newest version first), as
// CPython takes the first line of `ldconfig -p`. An entry whose file is gone or cannot be loaded is passed over:
// the cache is only as fresh as the last ldconfig.
func findInCache(entries []cacheEntry, name string) (string, bool) {
	exact := func(e cacheEntry) bool { return e.soname == name }
	short := func(e cacheEntry) bool { return matches(e.soname, name) }
	for _, wanted := range []func(cacheEntry) bool{short, exact} {
		for _, e := range entries {
			if wanted(e) && CheckLibraryFile(e.path) == nil {
				return e.soname, true
			}
		}
	}
	return "", false
}

// findInFolder gives the name of the library called name in a folder: libNAME.so if that can be loaded (under
// /usr/lib it may be a text for the linker), else the highest version of it, else the file of exactly that name.
func findInFolder(folder, name string) (string, bool) {
	var files []string
	for _, file := range librariesIn(folder) {
		if matches(file, name) {
			files = append(files, file)
		}
	}
	plain := "lib" + name + ".so"
	slices.SortFunc(files, func(a, b string) int {
		if (a == plain) != (b == plain) {
			if a == plain {
				return -1
			}
			return 1
		}
		return -compareVersions(a, b)
	})
	for _, file := range append(files, name) {
		path := filepath.Join(folder, file)
		if CheckLibraryFile(path) != nil {
			continue
		}
		// The soname is what CPython answers, but only a file of that name can be opened by it.
		if soname := sonameOf(path); soname != "" && CheckLibraryFile(filepath.Join(folder, soname)) == nil {
			return soname, true
		}
		return file, true
	}
	return "", false
}

// librariesIn gives the names in a folder that look like shared libraries, sorted. A folder that cannot be read
// has none.
func librariesIn(folder string) []string {
	// os.ReadDir gives what it read before an error; half a folder is better than none here.
	entries, _ := os.ReadDir(folder)
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "lib") && strings.Contains(e.Name(), ".so") && !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// compareVersions orders file names with their numbers taken as numbers, so libz.so.9 comes before libz.so.10.
func compareVersions(a, b string) int {
	for a != "" && b != "" {
		na, nb := leadingDigits(a), leadingDigits(b)
		if na == "" || nb == "" {
			if a[0] != b[0] {
				return int(a[0]) - int(b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		// Digits compare without ever becoming a number, as a name may hold more of them than an int.
		da, db := strings.TrimLeft(na, "0"), strings.TrimLeft(nb, "0")
		if len(da) != len(db) {
			return len(da) - len(db)
		}
		if c := strings.Compare(da, db); c != 0 {
			return c
		}
		a, b = a[len(na):], b[len(nb):]
	}
	return len(a) - len(b)
}

// leadingDigits gives the decimal digits that s begins with.
func leadingDigits(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}

// A cacheEntry is one library in ld.so.cache: the name a program asks for, and the file ldconfig found for it.
type cacheEntry struct {
	soname, path string
	flags        uint32 // which C library and ABI, see cachePlatform
}

// readCache gives the cache's entries for this processor, in file order. No cache, or one that cannot be
// understood, is an empty one: the search goes on without it, as the loader's does.
func readCache(path string) []cacheEntry {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	all, err := parseCache(data)
	if err != nil {
		return nil
	}
	var here []cacheEntry
	for _, e := range all {
		if e.flags == herePlatform.flags {
			here = append(here, e)
		}
	}
	return here
}

// The cache's layout (sysdeps/generic/dl-cache.h in glibc). Sizes are in bytes, numbers in the machine's order.
const (
	oldMagic     = "ld.so-1.7.0"          // then one byte of padding and the number of entries
	newMagic     = "glibc-ld.so.cache1.1" // then the number of entries, and 24 bytes more of header
	oldHeadSize  = 16
	oldEntrySize = 12 // flags, name, path
	newHeadSize  = 48
	newEntrySize = 24 // flags, name, path, os version (unused), hwcap
	maxCacheText = 4096
)

var errCacheFormat = errors.New("ld.so.cache: not a format this program knows")
var errCacheShort = errors.New("ld.so.cache: the file ends inside its table of entries")

// parseCache reads ld.so.cache in any of its three forms: the old one of libc5 days, the old one with the new one
// inside it (glibc's default up to 2.31), and the new one alone. It gives every entry, of all processors. An
// entry whose texts lie outside the file is left out, as the loader does; a file of another format, or cut
// inside its table, is an error.
func parseCache(data []byte) ([]cacheEntry, error) {
	if bytes.HasPrefix(data, []byte(newMagic)) {
		return parseNewCache(data)
	}
	if !bytes.HasPrefix(data, []byte(oldMagic)) {
		return nil, errCacheFormat
	}
	if len(data) < oldHeadSize {
		return nil, errCacheShort
	}
	end := uint64(oldHeadSize) + uint64(binary.NativeEndian.Uint32(data[12:]))*oldEntrySize
	if end > uint64(len(data)) {
		return nil, errCacheShort
	}
	// The new form, if it is there, starts at the next multiple of eight; its offsets count from its own start.
	if at := (end + 7) &^ 7; at < uint64(len(data)) && bytes.HasPrefix(data[at:], []byte(newMagic)) {
		return parseNewCache(data[at:])
	}
	return cacheEntries(data[oldHeadSize:end], oldEntrySize, data[end:]), nil
}

// parseNewCache reads the new form; data starts at its magic.
func parseNewCache(data []byte) ([]cacheEntry, error) {
	if len(data) < newHeadSize {
		return nil, errCacheShort
	}
	end := uint64(newHeadSize) + uint64(binary.NativeEndian.Uint32(data[len(newMagic):]))*newEntrySize
	if end > uint64(len(data)) {
		return nil, errCacheShort
	}
	return cacheEntries(data[newHeadSize:end], newEntrySize, data), nil
}

// cacheEntries reads a table of entries of size bytes each; their texts are offsets into texts.
func cacheEntries(table []byte, size int, texts []byte) []cacheEntry {
	var entries []cacheEntry
	for ; len(table) >= size; table = table[size:] {
		soname, ok1 := cacheText(texts, binary.NativeEndian.Uint32(table[4:]))
		path, ok2 := cacheText(texts, binary.NativeEndian.Uint32(table[8:]))
		if ok1 && ok2 {
			entries = append(entries, cacheEntry{soname, path, binary.NativeEndian.Uint32(table)})
		}
	}
	return entries
}

// cacheText gives the NUL-terminated text at an offset; false if it is empty or does not end within the file.
// The length is bounded, so that a damaged cache cannot make every entry as long as the file.
func cacheText(texts []byte, at uint32) (string, bool) {
	if uint64(at) >= uint64(len(texts)) {
		return "", false
	}
	text := texts[at:]
	if len(text) > maxCacheText {
		text = text[:maxCacheText]
	}
	n := bytes.IndexByte(text, 0)
	if n <= 0 {
		return "", false
	}
	return string(text[:n]), true
}
