// This file defines what the tests of several packages share: the seed, the C compiler of a target, how to run what it makes.

package random

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"dlsh/types"
)

// Seed is $DLSH_SEED, or the one that all runs use.
func Seed(t testing.TB) uint64 {
	t.Helper()
	text := os.Getenv("DLSH_SEED")
	if text == "" {
		return 1
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("DLSH_SEED: %v", err)
	}
	return n
}

// Times is how many times as much as usual tests should do: 10 where $DLSH_LONG is set.
func Times() int {
	if os.Getenv("DLSH_LONG") != "" {
		return 10
	}
	return 1
}

// Compiler is a C compiler for one target.
type Compiler struct {
	Target *types.Target
	CC     string
	Run    []string // what stands before the name of a program to run it: an emulator, or nothing
}

// FindCompiler gives the host's own compiler, $CC or cc, or GCC's cross compiler and an emulator for Linux
// on arm64. Where there is none the test is skipped, on CI it fails.
func FindCompiler(t testing.TB, target *types.Target) *Compiler {
	t.Helper()
	c := &Compiler{Target: target, CC: os.Getenv("CC")}
	if c.CC == "" {
		c.CC = "cc"
	}
	need := []string{c.CC}
	switch {
	case target.OS == runtime.GOOS && target.Arch == runtime.GOARCH:
	case target == types.LinuxARM64 && runtime.GOOS == "linux":
		c.CC = "aarch64-linux-gnu-gcc"
		c.Run = []string{"qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"}
		need = []string{c.CC, c.Run[0]}
	default:
		t.Skipf("there is no C compiler for %s on %s/%s", target, runtime.GOOS, runtime.GOARCH)
	}
	for _, program := range need {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("no C compiler for %s: %v", target, err)
			}
			t.Skipf("no C compiler for %s: %v", target, err)
		}
	}
	return c
}

// Source is a C file to be compiled.
type Source struct {
	Name    string // of what is made of it; the C file has .c after it
	Text    string
	Options []string
}

// Build compiles C files in a folder, as many at a time as there are CPUs, each to a program or library of its own.
func (c *Compiler) Build(t testing.TB, folder string, sources ...Source) {
	t.Helper()
	var wait sync.WaitGroup
	errs := make(chan error, len(sources))
	turns := make(chan bool, runtime.NumCPU())
	for _, source := range sources {
		wait.Go(func() {
			turns <- true
			defer func() { <-turns }()
			file := filepath.Join(folder, source.Name)
			if err := os.WriteFile(file+".c", []byte(source.Text), 0o666); err != nil {
				errs <- err
				return
			}
			args := append([]string{"-w", "-Wno-psabi", "-o", file, file + ".c"}, source.Options...)
			if out, err := exec.Command(c.CC, args...).CombinedOutput(); err != nil {
				errs <- fmt.Errorf("%s %v: %v\n%.4000s", c.CC, args, err, out)
			}
		})
	}
	wait.Wait()
	if len(errs) > 0 {
		t.Fatal(<-errs)
	}
}

// Command is a command that runs a program made for the target.
func (c *Compiler) Command(program string, args ...string) *exec.Cmd {
	line := append(append(append([]string{}, c.Run...), program), args...)
	return exec.Command(line[0], line[1:]...)
}
