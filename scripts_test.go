// This file tests the programs in scripts/: each runs in a process of its own, and what it prints must be what
// stands in testdata/scripts. What they computed is checked by other means as well.

package main

import (
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

func TestScriptTour(t *testing.T) {
	out, _ := runScript(t, "tour.lua")
	wantOutput(t, "tour.txt", out)
}

func TestScriptRefcount(t *testing.T) {
	compiler(t)
	out, _ := runScript(t, "refcount.lua")
	wantOutput(t, "refcount.txt", out)
}

// Without a compiler the script says what it needs.
func TestScriptRefcountWithoutCompiler(t *testing.T) {
	t.Setenv("CC", "/no/such/compiler")
	out, errs, status := tryScript(t, "refcount.lua")
	if status != failed || out != "" || !strings.Contains(errs, "a C compiler is needed (set CC to one)") {
		t.Errorf("exit status %d, stdout %q, stderr %q", status, out, errs)
	}
}

// twoForms is a script in two forms: one declares by hand, the other includes the header.
type twoForms struct {
	hand, include   string
	library, header string
}

var (
	zlibForms   = twoForms{"zlib", "zlib_include", "z", "zlib.h"}
	sqliteForms = twoForms{"sqlite", "sqlite_include", "sqlite3", "sqlite3.h"}
)

// each runs a test on both forms. Only the second one needs the header.
func (f twoForms) each(t *testing.T, test func(t *testing.T, form string)) {
	t.Run(f.hand, func(t *testing.T) {
		needLibrary(t, f.library)
		test(t, f.hand)
	})
	t.Run(f.include, func(t *testing.T) {
		needLibrary(t, f.library)
		needHeader(t, f.header)
		test(t, f.include)
	})
}

func TestScriptZlib(t *testing.T) {
	zlibForms.each(t, func(t *testing.T, form string) {
		out, path := runScript(t, form+".lua")
		wantOutput(t, form+".txt", out)

		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{
			fmt.Sprintf(": %d bytes\n", len(data)),
			fmt.Sprintf("\ncrc32   %08x\n", crc32.ChecksumIEEE(data)),
			fmt.Sprintf("\nadler32 %08x\n", adler32.Checksum(data)),
		} {
			if !strings.Contains(out, line) {
				t.Errorf("the output lacks %q:\n%s", line, out)
			}
		}
	})
}

// Files a compressor may stumble over: nothing, one byte, noughts, and more than zlib's window.
func TestScriptZlibFiles(t *testing.T) {
	noise := make([]byte, 1<<20)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	zlibForms.each(t, func(t *testing.T, form string) {
		for i, data := range [][]byte{{}, {'x'}, make([]byte, 1<<20), noise} {
			path := filepath.Join(t.TempDir(), fmt.Sprint(i))
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
			out, _ := runScript(t, form+".lua", path)
			if want := fmt.Sprintf("\ncrc32   %08x\n", crc32.ChecksumIEEE(data)); !strings.Contains(out, want) {
				t.Errorf("%d bytes: the output lacks %q:\n%s", len(data), want, out)
			}
		}
	})
}

func TestScriptSqlite(t *testing.T) {
	sqliteForms.each(t, func(t *testing.T, form string) {
		out, _ := runScript(t, form+".lua") // on a temporary file
		wantOutput(t, form+".txt", out)

		path := filepath.Join(t.TempDir(), "metal.db")
		for range 2 { // the second time the table is there already
			out, _ = runScript(t, form+".lua", path)
			wantOutput(t, form+".txt", out)
		}
		const query = "SELECT count(*) || ' ' || count(density) || ' ' || sum(density) || ' ' || max(length(name)) FROM metal"
		if got, want := ask(t, path, query), "1000 900 56250.0 14"; got != want {
			t.Errorf("the database file holds %q, want %q", got, want)
		}
	})
}

// What is wrong with a file is said in SQLite's words.
func TestScriptSqliteErrors(t *testing.T) {
	sqliteForms.each(t, func(t *testing.T, form string) {
		for file, want := range map[string]string{
			"scripts/sqlite.lua":   "dlsh: SQLite: file is not a database\n",
			"no/such/folder/of.db": "dlsh: SQLite: unable to open database file\n",
		} {
			path, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			if _, errs, status := tryScript(t, form+".lua", path); status != failed || !strings.HasPrefix(errs, want) {
				t.Errorf("%s: exit status %d, stderr %q, want %q", file, status, errs, want)
			}
		}
	})
}

// What is declared by hand in ctypes, and in C.
var byHand = regexp.MustCompile(`argtypes|restype|prototype|CFUNCTYPE|Structure|Union|Enum\(|cdef`)

// The form that includes the header is the shorter one, and has not one declaration by hand.
func TestScriptsThatIncludeAreShorter(t *testing.T) {
	for _, f := range []twoForms{zlibForms, sqliteForms} {
		hand, include := scriptText(t, f.hand), scriptText(t, f.include)
		if found := byHand.FindString(include); found != "" {
			t.Errorf("%s.lua says %q: that is a declaration by hand", f.include, found)
		}
		if !byHand.MatchString(hand) {
			t.Errorf("%s.lua declares nothing by hand", f.hand)
		}
		if long, short := strings.Count(hand, "\n"), strings.Count(include, "\n"); short >= long {
			t.Errorf("%s.lua has %d lines, %s.lua has %d", f.hand, long, f.include, short)
		}
	}
}

func scriptText(t *testing.T, form string) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("scripts", form+".lua"))
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// With no compiler about, both forms print the same below the line that says what they use.
func TestScriptsThatIncludeNeedNoCompiler(t *testing.T) {
	for _, f := range []twoForms{zlibForms, sqliteForms} {
		t.Run(f.header, func(t *testing.T) {
			needLibrary(t, f.library)
			needHeader(t, f.header)
			t.Setenv("CC", "/no/such/compiler")
			t.Setenv("PATH", t.TempDir())
			file := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(file, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			below := func(form string) string {
				out, _ := runScript(t, form+".lua", file)
				_, rest, _ := strings.Cut(out, "\n")
				return rest
			}
			if hand, include := below(f.hand), below(f.include); hand != include {
				t.Errorf("the forms differ\n--- by hand\n%s\n--- by the header\n%s", hand, include)
			}
		})
	}
}

func TestScriptQsort(t *testing.T) {
	out, _ := runScript(t, "qsort.lua")
	wantOutput(t, "qsort.txt", out)
}

func TestScriptSqliteCallbacks(t *testing.T) {
	needLibrary(t, "sqlite3")
	out, _ := runScript(t, "sqlite_callbacks.lua")
	wantOutput(t, "sqlite_callbacks.txt", out)
}

func TestScriptExpat(t *testing.T) {
	needLibrary(t, "expat")
	out, _ := runScript(t, "expat.lua")
	wantOutput(t, "expat.txt", out)

	// A document of many pieces, with names and texts cut anywhere.
	path := filepath.Join(t.TempDir(), "many.xml")
	document := "<list>" + strings.Repeat("<item name='x'>caf\u00e9 </item>\n", 5000) + "</list>"
	if err := os.WriteFile(path, []byte(document), 0o644); err != nil {
		t.Fatal(err)
	}
	out, _ = runScript(t, "expat.lua", path)
	if !strings.HasSuffix(out, "\n5001 elements\n") || strings.Count(out, "\n    \"caf\u00e9\"\n") != 5000 {
		t.Errorf("the outline of 5000 items ends in %q", out[max(0, len(out)-200):])
	}
}

// ask puts a query with one answer to a database file: by the sqlite3 tool, which knows nothing of dlsh, or, where it
// is not installed, by another dlsh.
func ask(t *testing.T, path, query string) string {
	t.Helper()
	cmd := exec.Command("sqlite3", path, query)
	if _, err := exec.LookPath("sqlite3"); err != nil {
		t.Log("sqlite3 is not installed; a second dlsh reads the database")
		script := filepath.Join(t.TempDir(), "ask.lua")
		if err := os.WriteFile(script, []byte(askScript), 0o644); err != nil {
			t.Fatal(err)
		}
		cmd = exec.Command(binary, script, path, query)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	return strings.TrimSpace(string(out))
}

const askScript = `
local sql = ctypes.CDLL(ctypes.util.find_library("sqlite3"))
local db, statement = ctypes.c_void_p(), ctypes.c_void_p()
assert(sql.sqlite3_open(arg[1], ctypes.byref(db)) == 0)
assert(sql.sqlite3_prepare_v2(db, arg[2], -1, ctypes.byref(statement), nil) == 0)
assert(sql.sqlite3_step(statement) == 100)
sql.sqlite3_column_text.restype = "char *"
print(sql.sqlite3_column_text(statement, 0))
`

// runScript runs a program of scripts/ that must succeed. It gives what was printed, and where the program lies.
func runScript(t *testing.T, name string, args ...string) (out, path string) {
	t.Helper()
	out, errs, status := tryScript(t, name, args...)
	if status != ok || errs != "" {
		t.Fatalf("%s: exit status %d\nstdout: %s\nstderr: %s", name, status, out, errs)
	}
	return out, filepath.Join("scripts", name)
}

// tryScript runs a program of scripts/ from a folder that is not the module's, as a user may, and looks whether it
// cleans up after itself.
func tryScript(t *testing.T, name string, args ...string) (out, errs string, status int) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the scripts are written for Linux so far")
	}
	path, err := filepath.Abs(filepath.Join("scripts", name))
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	var stdout, stderr strings.Builder
	cmd := exec.Command(binary, append([]string{path}, args...)...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "TMPDIR="+temp)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(temp)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range left {
		t.Errorf("%s leaves %s in the temporary folder", name, entry.Name())
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// scriptVaries is what differs from run to run and from machine to machine, and what stands for it in testdata/scripts.
var scriptVaries = []struct {
	what *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`/\S*/(lib\w+\.so[.\d]*|\w+\.lua)`), "$1"},
	{regexp.MustCompile(`(at|handle) (0x[0-9a-f]+|[0-9a-f]{6,})\b`), "$1 ADDRESS"},
	{regexp.MustCompile(`\.so\.\d+`), ".so"},
	{regexp.MustCompile(`(zlib |libsqlite3\.so |libsqlite3 |\.h )\d[\d.]*[^\s,]*`), "${1}VERSION"},
	{regexp.MustCompile(`\d+ bytes(,|\n)`), "SIZE bytes$1"},
	{regexp.MustCompile(`(crc32  |adler32) [0-9a-f]{8}`), "$1 CHECKSUM"},
}

// wantOutput compares what a script printed with testdata/scripts/name. With DLSH_UPDATE set, it writes the file
// instead.
func wantOutput(t *testing.T, name, got string) {
	t.Helper()
	for _, v := range scriptVaries {
		got = v.what.ReplaceAllString(got, v.name)
	}
	path := filepath.Join("testdata", "scripts", name)
	if os.Getenv("DLSH_UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the output differs from %s\n--- got\n%s\n--- want\n%s", path, got, want)
	}
}

// needLibrary skips a test whose library this machine has not got.
func needLibrary(t *testing.T, name string) {
	t.Helper()
	out, err := exec.Command(binary, "-e", fmt.Sprintf("ctypes.util.find_library(%q)", name)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if string(out) == "nil\n" {
		lacking(t, "lib"+name)
	}
}

// needHeader skips a test that includes a header this machine has not got.
func needHeader(t *testing.T, name string) {
	t.Helper()
	out, err := exec.Command(binary, "-e", fmt.Sprintf("ctypes.include(%q)", name)).CombinedOutput()
	switch {
	case err == nil:
	case strings.Contains(string(out), "no header "+name):
		lacking(t, name)
	default:
		t.Fatalf("%v\n%s", err, out)
	}
}

// lacking ends a test that this machine cannot run: a skip, and a failure where everything should be there.
func lacking(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("this machine has no %s", what)
	}
	t.Skipf("this machine has no %s", what)
}
