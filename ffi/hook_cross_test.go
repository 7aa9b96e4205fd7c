// This file tests the hooks on arm64 from an amd64 machine, as corpus_cross_test.go tests calls. The
// emulator's programs run the machine's own, so the tests compile their libraries themselves there.

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

func TestHooksARM64(t *testing.T) {
	c := random.FindCompiler(t, types.LinuxARM64)
	program := filepath.Join(t.TempDir(), "ffi.test")
	build := exec.Command("go", "test", "-c", "-o", program, ".")
	build.Env = append(os.Environ(), "GOARCH=arm64", "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := c.Command(program, "-test.short", "-test.v", "-test.run=^Test("+
		"HookEntries|ThreadsAfterCrashes|FaultsOnThreadsOfLibrary|BlockedSignals|ThreadsEnd|CallbacksAtThreadEnd|"+
		"HandlersOfLibrary|ActionsOfLibrary|CallbackInHandler|HandlerAfterCallback|CallbackIsHandler|TimerOfLibrary|Jumps)$")
	run.Env = append(os.Environ(), "CC="+c.CC)
	if out, err := run.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
