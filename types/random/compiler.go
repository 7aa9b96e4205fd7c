// This file defines where the C compiler of a target is, and how to run what it makes.

package random

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"

	"dlsh/types"
)

// Compiler is a C compiler for one target.
type Compiler struct {
	Target *types.Target
	CC     string
	Run    []string // what stands before the name of a program to run it: an emulator, or nothing
}

// ErrNoCompiler is wrapped in the error of FindCompiler when something has to be installed first.
var ErrNoCompiler = errors.New("not installed")

// FindCompiler gives the host's own compiler, $CC or cc, or Debian's cross compiler and an emulator for Linux on arm64.
func FindCompiler(t *types.Target) (*Compiler, error) {
	c := &Compiler{Target: t, CC: os.Getenv("CC")}
	if c.CC == "" {
		c.CC = "cc"
	}
	switch {
	case t.OS == runtime.GOOS && t.Arch == runtime.GOARCH:
	case t == types.LinuxARM64 && runtime.GOOS == "linux":
		c.CC = "aarch64-linux-gnu-gcc"
		c.Run = []string{"qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"}
	default:
		return nil, fmt.Errorf("a C compiler for %s: %w", t, ErrNoCompiler)
	}
	for _, program := range append([]string{c.CC}, c.Run...)[:min(2, 1+len(c.Run))] {
		if _, err := exec.LookPath(program); err != nil {
			return nil, fmt.Errorf("%s: %w", program, ErrNoCompiler)
		}
	}
	return c, nil
}

// Build compiles C sources, as many at a time as there are CPUs, each to a file of its own. The names of
// the files made are those of the sources with .so, or without an ending where the options do not ask
// for a shared library.
func (c *Compiler) Build(folder string, sources map[string]string, options ...string) error {
	var wait sync.WaitGroup
	errs := make(chan error, len(sources))
	turns := make(chan bool, runtime.NumCPU())
	for name, source := range sources {
		wait.Add(1)
		go func() {
			defer wait.Done()
			turns <- true
			defer func() { <-turns }()
			file := filepath.Join(folder, name)
			if err := os.WriteFile(file+".c", []byte(source), 0o666); err != nil {
				errs <- err
				return
			}
			args := append([]string{"-w", "-Wno-psabi", "-o", file, file + ".c"}, options...)
			if out, err := exec.Command(c.CC, args...).CombinedOutput(); err != nil {
				errs <- fmt.Errorf("%s %v: %v\n%.4000s", c.CC, args, err, out)
			}
		}()
	}
	wait.Wait()
	close(errs)
	return <-errs
}

// Command is a command that runs a program made for the target.
func (c *Compiler) Command(program string, args ...string) *exec.Cmd {
	line := append(append(append([]string{}, c.Run...), program), args...)
	return exec.Command(line[0], line[1:]...)
}
