// This file tests Ctrl-C in scripts: SIGINT raises an error where the script is, and ends the process when nobody catches it.

package main

import (
	"bufio"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// buildWaiting compiles the functions that do not return.
func buildWaiting(t *testing.T, dir string) {
	t.Helper()
	if out, err := exec.Command(compiler(t), "-shared", "-fPIC", "-pthread", "-o", filepath.Join(dir, "waiting.so"),
		"testdata/lua/support/waiting.c").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// openWaiting opens it in a script; each of the functions says "running" then.
const openWaiting = `lib = ctypes.CDLL("./waiting.so")
	say = ctypes.c_int.in_dll(lib, "say")
	say.value = 1
	lib.keep_calling.argtypes = {ctypes.CFUNCTYPE("int", "int")} `

func TestInterruptScript(t *testing.T) {
	dir := t.TempDir()
	buildWaiting(t, dir)
	for _, test := range []struct {
		name, code string
		out        string // after "running"
		errs       string // the start of stderr
	}{
		{"Lua", "print('running') while true do end", "", "dlsh: (command line):1: Interrupt: ended by Ctrl-C\nstack traceback:\n"},
		{"C that computes", "lib.spin()", "", "dlsh: (command line):5: Interrupt: spin was ended by Ctrl-C\nstack traceback:\n"},
		{"C that sleeps", "lib.sleep_on()", "", "dlsh: (command line):5: Interrupt: sleep_on was ended by Ctrl-C\n"},
		{"C that sleeps and returns when a signal comes", "lib.sleep_once(600) print('never')", "", "dlsh: (command line):5: Interrupt: sleep_once was ended by Ctrl-C\n"},
		{"C that waits for a lock", "lib.lock_twice()", "", "dlsh: (command line):5: Interrupt: lock_twice was ended by Ctrl-C\n"},
		{"C that waits for a thread", "lib.join_sleeper()", "", "dlsh: (command line):5: Interrupt: join_sleeper was ended by Ctrl-C\n"},
		{"C that calls Lua", "lib.keep_calling(function() return 0 end)", "", "dlsh: (command line):5: Interrupt: "},
		{"Lua in C", "say.value = 0 lib.keep_calling(function() print('running') while true do end end)", "", "dlsh: (command line):5: Interrupt: ended by Ctrl-C (in callback (command line):5)\n"},
		{"C in Lua in C", "say.value = 0 lib.keep_calling(function() say.value = 1 lib.sleep_on() end)", "", "dlsh: (command line):5: Interrupt: sleep_on was ended by Ctrl-C (in callback (command line):5)\n"},
		{"io.read", "print('running') io.read()", "", "dlsh: (command line):5: Interrupt: "},
		{"io.lines", "print('running') for line in io.lines() do end", "", "dlsh: (command line):5: Interrupt: "},
		{"caught", "local ok, e = pcall(lib.spin) print(ok, e.kind, e.message)", "false\tInterrupt\tspin was ended by Ctrl-C\n", ""},
		{"caught in a callback", "say.value = 0 lib.keep_calling(function(n) if n > 0 then os.exit(0) end say.value = 1 print(pcall(lib.spin)) return 0 end)",
			"false\tInterrupt: spin was ended by Ctrl-C\n", ""},
		{"what was printed before", "libc = ctypes.CDLL('libc.so.6') libc.printf('by C\\n') lib.spin()", "by C\n", "dlsh: (command line):5: Interrupt: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			code := openWaiting + "\n" + test.code
			if test.name == "Lua" {
				code = test.code
			}
			cmd := exec.Command(binary, "-e", code)
			cmd.Dir = dir
			status, out, errs := interrupted(t, cmd)
			if test.errs == "" {
				if status.ExitStatus() != 0 {
					t.Errorf("the status is %v", status)
				}
			} else if !status.Signaled() || status.Signal() != syscall.SIGINT {
				t.Errorf("the status is %#x, want SIGINT", status)
			}
			if out != test.out {
				t.Errorf("stdout is %q, want %q", out, test.out)
			}
			if !strings.HasPrefix(errs, test.errs) || test.errs == "" && errs != "" {
				t.Errorf("stderr is %q, want %q", errs, test.errs)
			}
		})
	}
}

// interrupted runs a command, sends it SIGINT when it says "running", and waits for its end.
func interrupted(t *testing.T, cmd *exec.Cmd) (status syscall.WaitStatus, out, errs string) {
	t.Helper()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if cmd.Stdin == nil {
		if _, err := cmd.StdinPipe(); err != nil { // one that nothing comes from
			t.Fatal(err)
		}
	}
	var text strings.Builder
	cmd.Stderr = &text
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hung := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer hung.Stop()
	lines := bufio.NewReader(stdout)
	line, err := lines.ReadString('\n')
	if err != nil || line != "running\n" {
		t.Errorf("it said %q, %v", line, err)
	}
	cmd.Process.Signal(syscall.SIGINT)
	rest, _ := io.ReadAll(lines)
	cmd.Wait()
	return cmd.ProcessState.Sys().(syscall.WaitStatus), string(rest), text.String()
}

// Statements from a pipe end with the one that was interrupted.
func TestInterruptPipe(t *testing.T) {
	cmd := exec.Command(binary)
	cmd.Stdin = strings.NewReader("print('running') while true do end\nprint('never')\n")
	status, out, errs := interrupted(t, cmd)
	if !status.Signaled() || status.Signal() != syscall.SIGINT || out != "" || errs != "stdin:1: Interrupt: ended by Ctrl-C\n" {
		t.Errorf("the status is %#x, stdout %q, stderr %q", status, out, errs)
	}
}

// What does not react is ended by another Ctrl-C, a second later.
func TestInterruptUnheeded(t *testing.T) {
	cmd := exec.Command(binary, "-e", "print('running') string.find(('a'):rep(40), ('a?'):rep(40) .. ('a'):rep(40))")
	stop := make(chan bool)
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
				if cmd.Process != nil {
					cmd.Process.Signal(syscall.SIGINT)
				}
			}
		}
	}()
	status, _, _ := interrupted(t, cmd)
	if !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("the status is %#x, want SIGINT", status)
	}
}

// An exit handler that does not return is ended by Ctrl-C, with the process: no Lua is left to go on.
func TestInterruptAtExit(t *testing.T) {
	dir := t.TempDir()
	buildWaiting(t, dir)
	cmd := exec.Command(binary, "-e", openWaiting+`
		libc = ctypes.CDLL("libc.so.6")
		libc.__cxa_atexit.argtypes = {"void *", "void *", "void *"}
		libc.__cxa_atexit(ctypes.cast(lib.spin, "void *"), nil, nil)`)
	cmd.Dir = dir
	if status, _, errs := interrupted(t, cmd); !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("the status is %#x, want SIGINT; stderr %q", status, errs)
	}
}
