// This file defines what the tests against C share: the host's compiler, and running what it makes.

package cdecl

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// needCompiler gives $CC or cc. Without one the test skips by name, and fails on CI.
func needCompiler(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the headers compared are those of Linux")
	}
	cc := os.Getenv("CC")
	if cc == "" {
		cc = "cc"
	}
	path, err := exec.LookPath(cc)
	if err != nil {
		skip(t, "no C compiler: %v", err)
	}
	return path
}

// skip skips, but fails on CI, which installs everything.
func skip(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// compileAndRun gives the lines a C program prints.
func compileAndRun(t *testing.T, source string, flags ...string) []string {
	t.Helper()
	cc := needCompiler(t)
	dir := t.TempDir()
	file, program := filepath.Join(dir, "test.c"), filepath.Join(dir, "test")
	if err := os.WriteFile(file, []byte(source), 0o666); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-w", "-O0", "-o", program, file}, flags...)
	if out, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
		text := string(out)
		if keep := os.Getenv("DLSH_KEEP"); keep != "" {
			_ = os.WriteFile(keep, []byte(source), 0o666)
		}
		t.Fatalf("cc: %v\n%.6000s", err, text)
	}
	out, err := exec.Command(program).Output()
	if err != nil {
		t.Fatalf("%s: %v", program, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}
