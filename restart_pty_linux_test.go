// This file tests :restart, the mark of a session that has seen a fault, and exits of C's, on a terminal.

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const restartC = `
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

__attribute__((constructor)) static void hello(void) { puts("hello"); }
__attribute__((destructor)) static void bye(void) { puts("bye"); }
int add(int a, int b) { return a + b; }
int deref(int *p) { return *p; }
void leave(int status) { exit(status); }
void leave_at_once(int status) { _exit(status); }
void leave_quickly(int status) { quick_exit(status); }
static void *later(void *p) {
	int n;
	do { usleep(1000); ioctl(0, FIONREAD, &n); } while (n >= 0 && !access("stay", F_OK));
	exit(3);
}
void leave_on_thread(void) { pthread_t t; pthread_create(&t, 0, later, 0); }
void spoil(void) {
	sigset_t all;
	struct termios t;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, 0);
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	alarm(1000);
	open("leaked", O_CREAT | O_RDWR, 0600);
	tcgetattr(0, &t);
	t.c_lflag &= ~(ECHO | ICANON);
	tcsetattr(0, TCSANOW, &t);
}
`

// restartLibrary compiles restartC to ./lib.so.
func restartLibrary(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	source := filepath.Join(dir, "lib.c")
	if err := os.WriteFile(source, []byte(restartC), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(compiler(t), "-w", "-shared", "-fPIC", "-pthread", "-o", filepath.Join(dir, "lib.so"), source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// A fault marks the prompt; :restart gives a fresh process with the library and what was said of it, on the same
// terminal under the same process id, and the history goes on.
func TestTerminalRestart(t *testing.T) {
	needGuard(t)
	c := startOnTerminal(t, restartLibrary(t), "XDG_STATE_HOME="+t.TempDir())
	for _, line := range []string{
		`lib = ctypes.CDLL("./lib.so")`,
		`lib.add.argtypes = {"int", "int"}`,
		`ctypes.cdef("int deref(int *p);")`,
		`sum = lib.add(20, 1)`,
		`ok = pcall(lib.deref, nil)`,
		`for i = 1, 2 do`,
		`end`,
		`:restart`,
		`{sum, ok, lib.add(2, 3)}`,
	} {
		c.line(line)
	}
	c.keys("\x1b[A\x1b[A\x1b[A")
	c.wait("> for i = 1, 2 do⏎end")
	c.keys("\x15")
	c.wait("> ")
	c.leave(0)
	c.wantScreen(`
> lib = ctypes.CDLL("./lib.so")
hello
> lib.add.argtypes = {"int", "int"}
> ctypes.cdef("int deref(int *p);")
> sum = lib.add(20, 1)
> ok = pcall(lib.deref, nil)
!> for i = 1, 2 do
!>> end
!> :restart
hello
restarted: replayed 3 statements, restored what 2 more left
not run again: line 4, which calls add; line 5, which ended in SIGSEGV
> {sum, ok, lib.add(2, 3)}
{21, false, 5}
>
bye
`)
}

// What is typed ahead of the restart goes to the process after it, pasted or not; also twice.
func TestTerminalRestartTypedAhead(t *testing.T) {
	text := "x = 'one'\r:restart\ry = x .. ' two'\r:restart\rz = y .. ' three'\r"
	for _, paste := range []string{text, "\x1b[200~" + text + "\x1b[201~"} {
		c := startOnTerminal(t, t.TempDir(), "XDG_STATE_HOME="+t.TempDir())
		c.keys(paste)
		c.line("z")
		c.wait("one two three\n> ")
		c.leave(0)
	}
	c := startOnTerminal(t, t.TempDir(), "TERM=dumb")
	c.keys(strings.ReplaceAll(text, "\r", "\n"))
	c.line("z")
	c.wait("one two three\n> ")
	c.leave(0)
}

// A history that no file has goes along.
func TestTerminalRestartHistory(t *testing.T) {
	c := startOnTerminal(t, t.TempDir(), "XDG_STATE_HOME=/nonexistent/for/sure")
	c.line("x = 'remembered'")
	c.line(":restart -")
	c.keys("\x1b[A\x1b[A")
	c.wait("> x = 'remembered'")
	c.keys("\x15")
	c.wait("> ")
	c.leave(0)
}

// What a library did to signals, descriptors and the terminal ends with the process; the process id, the arguments, the environment and :trace stay.
func TestTerminalRestartIsFresh(t *testing.T) {
	c := startOnTerminal(t, restartLibrary(t), "XDG_STATE_HOME="+t.TempDir(), "KEPT=yes")
	status := func() string {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	field := func(name string) string {
		_, rest, _ := strings.Cut(status(), "\n"+name+":\t")
		value, _, _ := strings.Cut(rest, "\n")
		return value
	}
	blocked, ignored := field("SigBlk"), field("SigIgn")
	c.line(`ctypes.cdef("void spoil(void);") lib = ctypes.CDLL("./lib.so")`)
	c.line("lib.spoil()")
	c.line(":trace on")
	if field("SigBlk") == blocked || field("SigIgn") == ignored {
		t.Fatal("the library spoiled nothing")
	}
	c.line(":restart -")
	c.line(":trace")
	c.line("{arg[0] ~= nil, os.getenv('KEPT'), os.getenv('DLSH_RESTART')}")
	if got := field("SigBlk"); got != blocked {
		t.Errorf("signals blocked: %s, at first %s", got, blocked)
	}
	if got := field("SigIgn"); got != ignored {
		t.Errorf("signals ignored: %s, at first %s", got, ignored)
	}
	open, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", c.cmd.Process.Pid))
	for _, fd := range open {
		to, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", c.cmd.Process.Pid, fd.Name()))
		if strings.HasSuffix(to, "leaked") || strings.Contains(to, "restart") {
			t.Errorf("%s is open as %s", to, fd.Name())
		}
	}
	c.leave(0)
	if state, err := unix.IoctlGetTermios(int(c.master.Fd()), unix.TCGETS); err != nil || state.Lflag&unix.ECHO == 0 {
		t.Errorf("the terminal was left without echo (%v)", err)
	}
	c.wantScreen(`
> ctypes.cdef("void spoil(void);") lib = ctypes.CDLL("./lib.so")
hello
> lib.spoil()
> :trace on
> :restart -
restarted, nothing is replayed
> :trace
trace is on
> {arg[0] ~= nil, os.getenv('KEPT'), os.getenv('DLSH_RESTART')}
{true, "yes"}
>
`)
}

// However C ends the process, the terminal is as it was, and the line that did it is in the history.
func TestTerminalExits(t *testing.T) {
	for _, test := range []struct {
		call   string
		status int
		tail   string
	}{
		{"lib.leave(3)", 3, "bye\n"},
		{"lib.leave_quickly(4)", 4, ""},
		{"lib.leave_at_once(5)", 5, ""},
		{"lib.leave_on_thread()", 3, "\nbye\n"},
	} {
		t.Run(test.call, func(t *testing.T) {
			dir, state := restartLibrary(t), "XDG_STATE_HOME="+t.TempDir()
			os.WriteFile(filepath.Join(dir, "stay"), nil, 0o644)
			c := startOnTerminal(t, dir, state)
			c.line(`lib = ctypes.CDLL("./lib.so")`)
			c.line("lib.leave.restype, lib.leave_on_thread.restype = nil, nil")
			c.line("lib.leave_quickly.restype, lib.leave_at_once.restype = nil, nil")
			if test.call == "lib.leave_on_thread()" {
				c.line(test.call)
				os.Remove(filepath.Join(dir, "stay"))
			} else {
				c.keys(test.call + "\r")
			}
			c.goneWith(test.status)
			c.mu.Lock()
			if text := c.scr.String(); !strings.HasSuffix(strings.TrimRight(text, "\n")+"\n", test.tail) {
				t.Errorf("the screen shows:\n%s", text)
			}
			c.mu.Unlock()
			settings, err := unix.IoctlGetTermios(int(c.master.Fd()), unix.TCGETS)
			if err != nil || settings.Lflag&(unix.ECHO|unix.ICANON) != unix.ECHO|unix.ICANON {
				t.Errorf("the terminal was left raw (%v)", err)
			}
			if on, off := strings.Count(c.raw.String(), "\x1b[?2004h"), strings.Count(c.raw.String(), "\x1b[?2004l"); on != off {
				t.Errorf("pastes were marked %d times, and %d times no longer", on, off)
			}
			next := startOnTerminal(t, dir, state)
			next.keys("\x1b[A")
			next.wait("> " + test.call)
			next.keys("\x15")
			next.wait("> ")
			next.leave(0)
		})
	}
}

// needGuard skips a test where faults end the process.
func needGuard(t *testing.T) {
	t.Helper()
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("there is no guard here")
	}
}
