// This file tests calls and callbacks on arm64 from an amd64 machine: the units are made by a cross
// compiler, and this package's tests, built for arm64, run in an emulator.

//go:build linux && amd64

package ffi

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dlsh/types"
	"dlsh/types/random"
)

func TestCorpusARM64(t *testing.T) {
	folder := t.TempDir()
	c := random.FindCompiler(t, types.LinuxARM64)
	program := filepath.Join(folder, "ffi.test")
	build := exec.Command("go", "test", "-c", "-o", program, ".")
	build.Env = append(os.Environ(), "GOARCH=arm64", "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	buildCorpus(t, types.LinuxARM64, folder)
	run := c.Command(program, "-test.run=^TestCorpus$", "-test.v")
	run.Env = append(os.Environ(), corpusFolder+"="+folder, trace+"=1")
	var notes strings.Builder
	run.Stderr = &notes
	out, err := run.Output()
	t.Logf("%s", out)
	if err == nil {
		return
	}
	t.Errorf("%v", err)
	// A crash comes after the note of the case that it happened in.
	var rest strings.Builder
	var last *random.Case
	var unit *random.Unit
	for line := range strings.Lines(notes.String()) {
		var what string
		var seed uint64
		var i int
		if n, _ := fmt.Sscanf(line, "%s of seed %d, case %d", &what, &seed, &i); n == 3 {
			if unit == nil || unit.Seed != seed {
				unit = newUnit(types.LinuxARM64, seed)
			}
			last = &unit.Cases[i]
		} else {
			rest.WriteString(line)
		}
	}
	t.Logf("%.8000s", rest.String())
	if last != nil && strings.Contains(notes.String(), "SIG") {
		t.Errorf("the last case that ran:\n%s", unit.Describe(last))
	}
}
