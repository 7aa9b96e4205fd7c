// This file defines what the tests against C share: a compiler for a target, and running what it makes.

package types

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// compiler is a C compiler and what runs its programs: nothing on the host, an emulator elsewhere.
type compiler struct {
	target *Target
	cc     string
	run    []string
}

// onCompilers runs a test for the host with $CC or cc, and on Linux for arm64 with Debian's cross compiler.
// What is not installed is skipped by name; on CI it fails.
func onCompilers(t *testing.T, test func(*testing.T, compiler)) {
	cc := os.Getenv("CC")
	if cc == "" {
		cc = "cc"
	}
	list := []compiler{{target: Host(), cc: cc}}
	if runtime.GOOS == "linux" && Host() != LinuxARM64 {
		list = append(list, compiler{LinuxARM64, "aarch64-linux-gnu-gcc", []string{"qemu-aarch64"}})
	}
	for _, c := range list {
		t.Run(c.target.String(), func(t *testing.T) {
			for _, program := range append([]string{c.cc}, c.run...) {
				if _, err := exec.LookPath(program); err != nil {
					if os.Getenv("CI") != "" {
						t.Fatalf("not installed: %v", err)
					}
					t.Skipf("not installed: %v", err)
				}
			}
			test(t, c)
		})
	}
}

// output compiles a program and gives what it prints.
func (c compiler) output(t *testing.T, source string) string {
	t.Helper()
	dir := t.TempDir()
	file, program := filepath.Join(dir, "test.c"), filepath.Join(dir, "test")
	if err := os.WriteFile(file, []byte(source), 0o666); err != nil {
		t.Fatal(err)
	}
	args := []string{"-std=gnu11", "-D_GNU_SOURCE", "-w", "-o", program, file}
	if c.run != nil {
		args = append(args, "-static") // an emulator need not find the target's libraries
	}
	if out, err := exec.Command(c.cc, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%.4000s", c.cc, err, out)
	}
	line := append(append([]string{}, c.run...), program)
	out, err := exec.Command(line[0], line[1:]...).Output()
	if err != nil {
		t.Fatalf("%v: %v", line, err)
	}
	return string(out)
}
