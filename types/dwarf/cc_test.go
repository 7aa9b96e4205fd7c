// This file defines what the tests share: compilers, and libraries made while they run.

package dwarf

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"dlsh/types"
)

// tool finds a program. The test is skipped by name where it is not installed; on CI it fails.
func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("not installed: %v", err)
		}
		t.Skipf("not installed: %v", err)
	}
	return path
}

// compiler is $CC or cc. Only Linux's make ELF.
func compiler(t testing.TB) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skipf("libraries of %s are not ELF", runtime.GOOS)
	}
	if cc := os.Getenv("CC"); cc != "" {
		return tool(t, cc)
	}
	return tool(t, "cc")
}

// compilers are the C compiler and Clang.
func compilers(t testing.TB) []string { return withClang(t, compiler(t), "clang") }

// withClang adds Clang's compiler to the usual one, for it words much in another way: where it is installed, and on CI.
func withClang(t testing.TB, usual, clang string) []string {
	t.Helper()
	if _, err := exec.LookPath(clang); err != nil && os.Getenv("CI") == "" {
		return []string{usual}
	}
	return []string{usual, tool(t, clang)}
}

// library compiles C to a shared library. Each source is a file of its own: a, b, c, ...
func library(t testing.TB, cc string, options []string, sources ...string) string {
	t.Helper()
	dir := t.TempDir()
	args := append([]string{"-shared", "-fPIC", "-w", "-Wno-psabi", "-o", "lib.so"}, options...)
	for i, text := range sources {
		name := string(rune('a'+i)) + ".c"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	run(t, dir, cc, args...)
	return filepath.Join(dir, "lib.so")
}

// run runs a program in a folder.
func run(t testing.TB, dir, program string, args ...string) {
	t.Helper()
	c := exec.Command(program, args...)
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%.4000s", program, args, err, out)
	}
}

// opened opens a library that has debug information.
func opened(t testing.TB, path string) *Info {
	t.Helper()
	i, err := Open(path, types.Host())
	if err != nil || i == nil {
		t.Fatalf("Open(%s) = %v, %v", path, i, err)
	}
	t.Cleanup(func() { i.Close() })
	return i
}

// shown is what Info says about a name: the declaration of a function or a variable, the definition of a type, or
// the error.
func shown(i *Info, name string) string {
	f, err := i.Function(name)
	if f != nil {
		return types.Declare(f.Type, f.Name)
	}
	if err != nil {
		return "error: " + err.Error()
	}
	v, err := i.Variable(name)
	if v != nil {
		return types.Declare(v.Type, v.Name)
	}
	if err != nil {
		return "error: " + err.Error()
	}
	t, err := i.Type(name)
	if t != nil {
		if text := types.Define(t); text != "" {
			return text
		}
		return fmt.Sprint(t)
	}
	if err != nil {
		return "error: " + err.Error()
	}
	return "nothing"
}

// check compares what is said about names; rows are name, text.
func check(t *testing.T, i *Info, rows [][2]string) {
	t.Helper()
	for _, row := range rows {
		if got := shown(i, row[0]); got != row[1] {
			t.Errorf("%s:\n%s\nwant\n%s", row[0], got, row[1])
		}
	}
}
