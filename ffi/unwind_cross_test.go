// This file tests backtraces on arm64 from an amd64 machine, in an emulator.

//go:build linux && amd64

package ffi

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"dlsh/types"
	"dlsh/types/random"
)

func TestUnwindARM64(t *testing.T) {
	folder := t.TempDir()
	c := random.FindCompiler(t, types.LinuxARM64)
	program := filepath.Join(folder, "ffi.test")
	build := exec.Command("go", "test", "-c", "-o", program, ".")
	build.Env = append(os.Environ(), "GOARCH=arm64", "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	buildUnwind(t, types.LinuxARM64, folder)
	buildWhose(t, types.LinuxARM64, folder)
	run := c.Command(program, "-test.run=^(TestUnwind|TestWhose|TestSpots)$", "-test.v")
	run.Env = append(os.Environ(), unwindFolder+"="+folder)
	out, err := run.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
