// This file tests callbacks from constructors and destructors, and while the process ends.

//go:build (linux || darwin) && (amd64 || arm64)

package ffi

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

const hookC = `
#include <stdlib.h>
#include <pthread.h>
static void call(int n) {
	char *s = getenv("DLSH_TEST_HOOK");
	if (s) ((void (*)(int))strtoul(s, 0, 16))(n);
}
__attribute__((constructor)) static void begin(void) { call(1); }
__attribute__((destructor)) static void end(void) { call(2); }
void nothing(void) {}
static void late(void) { call(3); }
void at_exit(void) { atexit(late); }
void leave(int code) { exit(code); }
static void *run(void *p) { exit(*(int *)p); }
void leave_on_thread(int code) { pthread_t t; pthread_create(&t, 0, run, &code); pthread_join(t, 0); }
`

func TestCallbackFromConstructor(t *testing.T) {
	ownThread(t)
	lib := compileC(t, hookC)
	var got []int32
	f := newCallback(t, func(in *Incoming) {
		got = append(got, int32(in.Int(0)))
		if in.Foreign() {
			t.Error("the call is foreign")
		}
	}, "void", "int")
	t.Setenv("DLSH_TEST_HOOK", fmt.Sprintf("%x", f.Addr()))
	lib("nothing")
	for path, o := range byPath() {
		if strings.Contains(path, "TestCallbackFromConstructor") {
			for o.Opens > 0 {
				if err := Close(o.Handle); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if fmt.Sprint(got) != "[1 2]" {
		t.Errorf("the callback was called with %v, want 1 and 2", got)
	}
}

// byPath are the open objects.
func byPath() map[string]*Object {
	all := map[string]*Object{}
	for _, o := range books {
		if o.Opens > 0 {
			all[o.Path] = o
		}
	}
	return all
}

// The process ends in each way there is, with callbacks from atexit handlers and from destructors.
func TestCallbackAtExit(t *testing.T) {
	ownThread(t)
	if way := os.Getenv("DLSH_TEST_EXIT"); way != "" {
		lib := compileC(t, hookC)
		lib("nothing") // its constructor finds no hook yet
		f, err := NewCallback(sig(t, "void", "int"), "f", func(in *Incoming) {
			fmt.Println("hook", int32(in.Int(0)))
			callWords(t, lib("nothing"))
		})
		if err != nil {
			t.Fatal(err)
		}
		os.Setenv("DLSH_TEST_HOOK", fmt.Sprintf("%x", f.Addr()))
		callWords(t, lib("at_exit"))
		switch way {
		case "Exit":
			Exit(3)
		case "C":
			callWords(t, lib("leave"), 3)
		case "thread":
			callWords(t, lib("leave_on_thread"), 3)
		case "callback":
			g, err := NewCallback(sig(t, "void"), "g", func(in *Incoming) { Exit(3) })
			if err != nil {
				t.Fatal(err)
			}
			callWords(t, g.Addr())
		}
		t.Fatal("the process goes on")
	}
	for _, way := range []string{"Exit", "C", "thread", "callback"} {
		t.Run(way, func(t *testing.T) {
			ownThread(t)
			cmd := exec.Command(os.Args[0], "-test.run=^TestCallbackAtExit$")
			cmd.Env = append(os.Environ(), "DLSH_TEST_EXIT="+way)
			out, err := cmd.CombinedOutput()
			if cmd.ProcessState == nil {
				t.Skipf("the test cannot start itself here: %v", err) // under an emulator
			}
			if cmd.ProcessState.ExitCode() != 3 {
				t.Errorf("the process ended with %v", err)
			}
			if got, want := strings.Join(strings.Fields(string(out)), " "), "hook 3 hook 2"; got != want {
				t.Errorf("output %q, want %q", got, want)
			}
		})
	}
}
