// Tests of elf.go: symbols beside nm's, and the sentence for every file that is no library. It also holds what the
// tests of finding share: findTool and compile.

package ffi

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// findTool gives the path of a program the test needs. Without it the test skips by name, or fails where CI is set.
func findTool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path
	case os.Getenv("CI") != "":
		t.Fatalf("%s is not installed, and CI is set", name)
	default:
		t.Skipf("%s is not installed", name)
	}
	return ""
}

// compile makes a file at path from a C source with $CC or cc and the options given.
func compile(t testing.TB, path, source string, options ...string) string {
	t.Helper()
	cc := os.Getenv("CC")
	if cc == "" {
		cc = "cc"
	}
	cmd := exec.Command(findTool(t, cc), append(options, "-x", "c", "-", "-o", path)...)
	cmd.Stdin = strings.NewReader(source)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return path
}

// needELF skips where the C compiler makes something other than ELF libraries.
func needELF(t *testing.T) {
	t.Helper()
	if hereFormat != formatELF {
		t.Skipf("%s has no ELF libraries", runtime.GOOS)
	}
}

const symbolSource = `
	int counter = 7;
	static int own;
	__thread int per_thread;
	extern int elsewhere(void);
	int plain(void) { return counter + own; }
	static int helper(void) { return elsewhere(); }
	__attribute__((weak)) int weakly(void) { return helper(); }
	__attribute__((visibility("hidden"))) int hidden(void) { return 3; }
	int twice_old(void) { return 1; }
	int twice_new(void) { return 2; }
	int gone_old(void) { return 1; }
	__asm__(".symver twice_old, twice@V_1\n.symver twice_new, twice@@V_2\n.symver gone_old, gone@V_1");
	__asm__(".text\n.globl untyped\nuntyped: ret\n");
`

func TestExportedSymbols(t *testing.T) {
	needELF(t)
	folder := t.TempDir()
	script := filepath.Join(folder, "versions")
	if err := os.WriteFile(script, []byte("V_1 { global: *; local: twice_*; gone_*; };\nV_2 {} V_1;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	path := compile(t, filepath.Join(folder, "libsymbols.so"), symbolSource, "-shared", "-fPIC", "-Wl,--version-script,"+script)
	symbols, err := ExportedSymbols(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []Symbol{
		{Name: "counter", Size: 4, Version: "V_1"},
		{Name: "gone", Func: true, Hidden: true, Version: "V_1"},
		{Name: "per_thread", Thread: true, Size: 4, Version: "V_1"},
		{Name: "plain", Func: true, Version: "V_1"},
		{Name: "twice", Func: true, Version: "V_2"}, // the default of its two versions
		{Name: "untyped", Func: true, Version: "V_1"},
		{Name: "weakly", Func: true, Weak: true, Version: "V_1"},
	}
	for i := range symbols {
		symbols[i].Value = 0 // where the linker put it, and how long the code came out, is its own affair
		if symbols[i].Func {
			symbols[i].Size = 0
		}
	}
	if !slices.Equal(symbols, want) {
		t.Errorf("got  %+v\nwant %+v", symbols, want)
	}
}

// The system's own libraries, against nm. An upper-case letter or i, u, v, w is a global symbol of a kind; A with
// the name of its own version is the version's marker.
func TestExportedSymbolsAreNms(t *testing.T) {
	needELF(t)
	nm := findTool(t, "nm")
	for _, name := range []string{"c", "m", "z", "stdc++", "sqlite3", "crypto", "gcc_s"} {
		t.Run(name, func(t *testing.T) {
			path := systemLibrary(name)
			if path == "" {
				t.Skipf("no lib%s here", name)
			}
			out, err := exec.Command(nm, "-D", "--defined-only", path).Output()
			if err != nil {
				t.Fatalf("nm: %v", err)
			}
			var want []string
			for line := range strings.Lines(string(out)) {
				fields := strings.Fields(line)
				symbol, version, _ := strings.Cut(fields[2], "@")
				if version = strings.TrimPrefix(version, "@"); fields[1] == "A" && (version == symbol || version == "") {
					continue
				}
				want = append(want, symbol)
			}
			slices.Sort(want)
			want = slices.Compact(want)
			symbols, err := ExportedSymbols(path)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range symbols {
				got = append(got, s.Name)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d symbols, nm has %d; only here %v, only nm's %v", len(got), len(want), minus(got, want), minus(want, got))
			}
		})
	}
}

// minus gives up to ten names of a that are not in b.
func minus(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// systemLibrary gives the path of one of the system's libraries; empty if there is none of that name.
func systemLibrary(name string) string {
	soname, ok := FindLibrary(name)
	for _, pattern := range []string{"/lib/*-linux-gnu*/", "/usr/lib/*-linux-gnu*/", "/lib64/", "/usr/lib64/", "/lib/", "/usr/lib/"} {
		paths, _ := filepath.Glob(pattern + soname)
		for _, path := range paths {
			if ok && CheckLibraryFile(path) == nil {
				return path
			}
		}
	}
	return ""
}

func TestExportedSymbolsErrors(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct{ name, content, want string }{
		{"text.so", "hello\n", "not an ELF file but a text file"},
		{"empty.so", "", "not an ELF file but an empty file"},
		{"short.so", "\x7fELF", "damaged ELF file"},
		{"odd.so", "\x7fELF\x02\x01\x01" + strings.Repeat("\xff", 200), "damaged ELF file"},
	} {
		path := filepath.Join(folder, c.name)
		if err := os.WriteFile(path, []byte(c.content), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ExportedSymbols(path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := ExportedSymbols(folder); err == nil || !strings.Contains(err.Error(), "it is a folder") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := ExportedSymbols(folder + "/none.so"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// fakeELF is the ELF header of a library for a processor, with nothing behind it.
func fakeELF(m machine, kind elf.Type) []byte {
	var order binary.ByteOrder = binary.LittleEndian
	if m.order == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	var ident [elf.EI_NIDENT]byte
	copy(ident[:], elf.ELFMAG)
	ident[elf.EI_CLASS], ident[elf.EI_DATA], ident[elf.EI_VERSION] = byte(m.class), byte(m.order), 1
	var b bytes.Buffer
	if m.class == elf.ELFCLASS32 {
		binary.Write(&b, order, elf.Header32{Ident: ident, Type: uint16(kind), Machine: uint16(m.cpu), Version: 1})
	} else {
		binary.Write(&b, order, elf.Header64{Ident: ident, Type: uint16(kind), Machine: uint16(m.cpu), Version: 1})
	}
	return b.Bytes()
}

// What a file holds, and what is said of it to a process on x86-64 that loads ELF.
func TestCheckLibrary(t *testing.T) {
	amd64 := machines["amd64"]
	x32 := machine{elf.EM_X86_64, elf.ELFCLASS32, elf.ELFDATA2LSB}
	sparc := machine{elf.EM_SPARCV9, elf.ELFCLASS64, elf.ELFDATA2MSB}
	for _, c := range []struct {
		content []byte
		want    string
	}{
		{nil, "the file is empty"},
		{[]byte("int main(void) {}\n"), "it is a text file, not an ELF library"},
		{[]byte("Grüße\n"), "it is a text file, not an ELF library"},
		{[]byte("#!/bin/sh\n"), "it is a script (text), not an ELF library"},
		{[]byte("/* GNU ld script */\nOUTPUT_FORMAT(elf64-x86-64)\nGROUP ( /lib/libm.so.6 AS_NEEDED ( /lib/libmvec.so.1 ) )\n"),
			"it is a linker script (text), which sends the linker to /lib/libm.so.6: open that"},
		{[]byte("/* GNU ld script */\n"), "it is a linker script (text), not an ELF library"},
		{[]byte("# libz.la - a libtool library file\n"), "it is a libtool file (.la, text), not an ELF library"},
		{[]byte("version https://git-lfs.github.com/spec/v1\n"),
			"it is a Git LFS pointer (text; the library itself was not fetched), not an ELF library"},
		{[]byte("MZ\x90\x00"), "it is a Windows program or DLL (PE), not an ELF library"},
		{[]byte("\xcf\xfa\xed\xfe\x07\x00"), "it is a macOS library or program (Mach-O), not an ELF library"},
		{[]byte("\xca\xfe\xba\xbe\x00\x00\x00\x02"), "it is a macOS library or program (Mach-O), not an ELF library"},
		{[]byte("\xca\xfe\xba\xbe\x00\x00\x00\x34")[:4], "it is a Java class, not an ELF library"},
		{[]byte("!<arch>\n"), "it is a static library (.a archive, for the linker only), not an ELF library"},
		{make([]byte, 100), "it is a file of zeros, not an ELF library"},
		{[]byte{1, 2, 3}, "it is a file of unknown kind, not an ELF library"},
		{[]byte("\x7fELF"), "the file ends inside its ELF header"},
		{fakeELF(amd64, elf.ET_DYN)[:40], "the file ends inside its ELF header"},
		{[]byte("\x7fELF" + strings.Repeat("\x09", 60)), "its ELF header is damaged"},
		{fakeELF(machines["386"], elf.ET_DYN), "it is a 32-bit file, built for i386; this process is 64-bit, x86-64"},
		{fakeELF(x32, elf.ET_DYN), "it is a 32-bit file, built for x32 (x86-64 with 32-bit pointers); this process is 64-bit, x86-64"},
		{fakeELF(machines["arm64"], elf.ET_DYN), "it is built for aarch64; this process is x86-64"},
		{fakeELF(machines["riscv64"], elf.ET_DYN), "it is built for riscv64; this process is x86-64"},
		{fakeELF(machines["ppc64le"], elf.ET_DYN), "it is built for ppc64le; this process is x86-64"},
		{fakeELF(sparc, elf.ET_DYN), "it is built for sparcv9; this process is x86-64"},
		{fakeELF(amd64, elf.ET_EXEC), "it is a program, not a shared library"},
		{fakeELF(amd64, elf.ET_REL), "it is an object file (.o), not yet linked into a shared library (cc -shared)"},
		{fakeELF(amd64, elf.ET_CORE), "it is a core dump, not a shared library"},
		{fakeELF(amd64, 99), "it is an ELF file of unknown type 99, not a shared library"},
		{fakeELF(amd64, elf.ET_DYN), "it has no dynamic section: a static program, or debug information split from a library"},
	} {
		err := checkLibrary(bytes.NewReader(c.content), int64(len(c.content)), amd64, formatELF)
		if err == nil || err.Error() != c.want {
			t.Errorf("%.20q: %v\n want %s", c.content, err, c.want)
		}
	}
}

// Files as the compiler makes them, on this machine.
func TestCheckLibraryFile(t *testing.T) {
	needELF(t)
	folder := t.TempDir()
	const source = "int answer(void) { return 42; }\nint main(void) { return 0; }"
	library := compile(t, folder+"/libgood.so", source, "-shared", "-fPIC", "-g")
	data, err := os.ReadFile(library)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"cut.so":         data[:len(data)/8],
		"header_only.so": data[:64],
		"no_sections.so": withoutSections(data),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"link.so": "libgood.so", "dangling.so": "gone.so", "loop.so": "loop.so"} {
		if err := os.Symlink(target, filepath.Join(folder, link)); err != nil {
			t.Fatal(err)
		}
	}
	compile(t, folder+"/pie", source, "-pie", "-fPIE")
	compile(t, folder+"/program", source, "-no-pie")
	compile(t, folder+"/object.o", source, "-c")
	for _, c := range []struct{ path, want string }{
		{"libgood.so", ""},
		{"link.so", ""},
		{"no_sections.so", ""}, // the loader does not look at them
		{"none.so", "the file does not exist"},
		{"no_folder/none.so", "the file does not exist"},
		{"dangling.so", "it is a link to gone.so, and that file does not exist"},
		{"loop.so", "it cannot be opened: too many levels of symbolic links"},
		{"libgood.so/x", "it cannot be opened: not a directory"},
		{".", "it is a folder, not a library"},
		{"cut.so", "the file is cut short: it has "},
		{"header_only.so", "the file is cut short: it ends inside its table of segments"},
		{"pie", "it is a program (a position-independent one), not a shared library"},
		{"program", "it is a program, not a shared library"},
		{"object.o", "it is an object file (.o), not yet linked into a shared library (cc -shared)"},
		{"a\x00b", "the path has a NUL byte in it"},
	} {
		got := ""
		if err := CheckLibraryFile(folder + "/" + c.path); err != nil {
			got = err.Error()
		}
		if c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
			t.Errorf("%q: %q, want %q", c.path, got, c.want)
		}
	}
	if err := CheckLibraryFile(""); err == nil || err.Error() != "the path is empty" {
		t.Errorf("empty path: %v", err)
	}
	if err := CheckLibraryFile("/dev/null"); err == nil || err.Error() != "it is a device, not a library" {
		t.Errorf("/dev/null: %v", err)
	}
	if err := CheckLibraryFile(folder + "/none.so"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
	if libc := systemLibrary("c"); libc == "" {
		t.Error("the C library, which has an interpreter as programs have, is not taken for a library")
	}
	// Debug information split off has a library's header, and segments with nothing in them.
	if objcopy, err := exec.LookPath("objcopy"); err == nil {
		debug := folder + "/libgood.so.debug"
		if out, err := exec.Command(objcopy, "--only-keep-debug", library, debug).CombinedOutput(); err != nil {
			t.Fatalf("objcopy: %v\n%s", err, out)
		}
		if err := CheckLibraryFile(debug); err == nil || !strings.Contains(err.Error(), "no dynamic section") {
			t.Errorf("debug information: %v", err)
		}
	}
}

// withoutSections gives the file with no section headers, as some packers leave it.
func withoutSections(data []byte) []byte {
	data = slices.Clone(data)
	clear(data[40:48]) // e_shoff of Elf64_Ehdr
	clear(data[60:64]) // e_shnum, e_shstrndx
	return data
}

// Whatever the bytes, both readers return, with one line of text if it is an error.
func FuzzELF(f *testing.F) {
	f.Add(fakeELF(machines["amd64"], elf.ET_DYN))
	f.Add(fakeELF(machines["386"], elf.ET_DYN))
	f.Add(fakeELF(machines["s390x"], elf.ET_DYN))
	f.Add([]byte("GROUP ( libm.so.6 )"))
	if hereFormat == formatELF {
		if _, err := exec.LookPath("cc"); err == nil {
			path := compile(f, f.TempDir()+"/lib.so", "int x; int f(void) { return x; }", "-shared", "-fPIC", "-nostdlib")
			if data, err := os.ReadFile(path); err == nil {
				f.Add(data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		if err := checkLibrary(r, int64(len(data)), machines["amd64"], formatELF); err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("more than one line: %q", err)
		}
		symbols, err := exportedSymbols(r)
		if err != nil && symbols != nil {
			t.Errorf("symbols beside the error %v", err)
		}
	})
}
