// This file tests that a crash in an exit handler or a destructor at exit keeps nothing else from running.

//go:build linux && (amd64 || arm64)

package ffi

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

const exitC = `
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static void crash(const char *s) { puts(s); *(volatile int *)0 = 1; }
static void first(void) { puts("first"); }
static void second(void) { crash("second"); }
static void third(void) { puts("third"); }
static void fourth(void) { crash("fourth"); }
void handlers(void) { atexit(first); atexit(second); atexit(third); atexit(fourth); }
static void fifth(void) { puts("fifth"); handlers(); crash("again"); }
void registers(void) { atexit(fifth); }
void leave(int code) { exit(code); }
static void *run(void *p) { exit(*(int *)p); }
void leave_on_thread(int code) { pthread_t t; pthread_create(&t, 0, run, &code); pthread_join(t, 0); }
static void *loop(void *p) { for (;;) usleep(100); }
void stays_busy(void) { pthread_t t; pthread_create(&t, 0, loop, 0); }
__attribute__((destructor)) static void end(void) { if (getenv("DLSH_TEST_END")) crash("destructor"); }
`

func TestCrashAtExit(t *testing.T) {
	ownThread(t)
	if way := os.Getenv("DLSH_TEST_EXIT"); way != "" {
		lib := compileC(t, exitC)
		lib("leave") // opened before the next, so closed after it
		other := compileC(t, hookC)
		other("nothing")
		call := func(name string, words ...uint64) { callWords(t, lib(name), words...) }
		switch kind, code, _ := strings.Cut(way, " "); kind {
		case "Exit":
			call("handlers")
			Exit(int(code[0] - '0'))
		case "leave", "leave_on_thread":
			call("handlers")
			call(kind, uint64(code[0]-'0'))
			for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(time.Millisecond) {
				Stray() // of the thread, which is over: who is told of the crash goes on with the exit
			}
		case "exit": // the C library's own, called by its address
			call("handlers")
			callWords(t, libc.exit, uint64(code[0]-'0'))
		case "registers":
			call("registers")
			Exit(0)
		case "thread":
			call("stays_busy")
			Exit(0)
		case "destructor":
			Exit(int(code[0] - '0'))
		}
		t.Fatal("the process goes on")
	}
	const handlers = "fourth ! third second ! first"
	for _, test := range []struct {
		way, want string
		status    int
	}{
		{"Exit 0", handlers, 1},
		{"Exit 3", handlers, 3},
		{"leave 0", handlers, 1},
		{"leave 3", handlers, 1}, // nobody knows any more
		{"exit 3", handlers, 3},
		{"leave_on_thread 0", handlers, 1},
		{"registers", "fifth again ! fourth ! third second ! first", 1},
		{"thread", "", 0},
		{"destructor 0", "destructor !", 1},
		{"destructor 3", "destructor !", 3},
	} {
		t.Run(test.way, func(t *testing.T) {
			ownThread(t)
			cmd := exec.Command(os.Args[0], "-test.run=^TestCrashAtExit$")
			cmd.Env = append(os.Environ(), "DLSH_TEST_EXIT="+test.way)
			if strings.HasPrefix(test.way, "destructor") {
				cmd.Env = append(cmd.Env, "DLSH_TEST_END=1")
			}
			out, err := cmd.CombinedOutput()
			if cmd.ProcessState == nil {
				t.Skipf("the test cannot start itself here: %v", err) // under an emulator
			}
			if cmd.ProcessState.ExitCode() != test.status {
				t.Errorf("the process ended with %v, want %d", err, test.status)
			}
			text := exitLine.ReplaceAllString(string(out), "!")
			if got := strings.Join(strings.Fields(text), " "); got != test.want {
				t.Errorf("output %q, want %q", got, test.want)
			}
		})
	}
}

var exitLine = regexp.MustCompile(`dlsh: at exit: SIGSEGV, write of 0x0.*`)

// Destructors run in the loader's order: the library loaded last first, but none before those that need it. One that
// crashes is told and the others run, and the threads of the libraries go on till the end.
func TestDestructorsAtExit(t *testing.T) {
	ownThread(t)
	const source = `
		#include <pthread.h>
		#include <stdio.h>
		#include <stdlib.h>
		static void *loop(void *p) { for (;;) ; }
		__attribute__((constructor)) static void begin(void) { pthread_t t; pthread_create(&t, 0, loop, 0); }
		__attribute__((destructor(101))) static void last(void) { puts(LAST); }
		__attribute__((destructor)) static void end(void) { puts(END); if (CRASHES) *(volatile int *)0 = 1; }
		int NAME(void) { return 1; }`
	if files := os.Getenv("DLSH_TEST_LIBRARIES"); files != "" {
		for _, file := range strings.Split(files, ":") {
			if _, err := Open(file, 0, "test"); err != nil {
				t.Fatal(err)
			}
		}
		Exit(0)
	}
	dir := t.TempDir()
	library := func(name string, crashes int, more ...string) string {
		text := fmt.Sprintf("#define NAME %s\n#define END \"%s\"\n#define LAST \"%s's last\"\n#define CRASHES %d\n", name, name, name, crashes)
		return build(t, dir, name, text+source, append(more, "-pthread")...)
	}
	below := library("below", 0)
	beside := library("beside", 1, below, "-Wl,--no-as-needed")
	top := build(t, dir, "top", `#include <stdio.h>
		int below(void), beside(void); int top(void) { return below() + beside(); }
		__attribute__((destructor)) static void end(void) { puts("top"); }`, below, beside)
	cmd := exec.Command(os.Args[0], "-test.run=^TestDestructorsAtExit$")
	cmd.Env = append(os.Environ(), "DLSH_TEST_LIBRARIES="+below+":"+top+":"+library("other", 0))
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Skipf("the test cannot start itself here: %v", err) // under an emulator
	}
	text := exitLine.ReplaceAllString(string(out), "!")
	want := "other other's last top beside ! beside's last below below's last"
	if got := strings.Join(strings.Fields(text), " "); got != want || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("output %q (%v), want %q and status 1", got, err, want)
	}
}
