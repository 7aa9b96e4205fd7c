// This file tests that a signal which ends a script loses nothing of what C has printed.

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestSignalKeepsOutput(t *testing.T) {
	dir := t.TempDir()
	out, ready := filepath.Join(dir, "out"), filepath.Join(dir, "ready")
	script := filepath.Join(dir, "loop.lua")
	text := `local libc = ctypes.CDLL("libc.so.6")
		libc.printf("printed by C\n")
		io.open(arg[1], "w"):close()
		while true do end`
	if err := os.WriteFile(script, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		os.Remove(ready)
		file, err := os.Create(out)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(binary, script, ready)
		cmd.Stdout = file // on stderr SIGINT is an error, with its traceback
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for start := time.Now(); time.Since(start) < 20*time.Second; time.Sleep(10 * time.Millisecond) {
			if _, err := os.Stat(ready); err == nil {
				break
			}
		}
		cmd.Process.Signal(sig)
		cmd.Wait()
		file.Close()
		status := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if !status.Signaled() || status.Signal() != sig {
			t.Errorf("%v: ended by %v, want the signal itself", sig, cmd.ProcessState)
		}
		if got, _ := os.ReadFile(out); string(got) != "printed by C\n" {
			t.Errorf("%v: the output is %q", sig, got)
		}
	}
}
