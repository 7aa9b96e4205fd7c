// This file tests the guard: faults in C end the call, at any depth and on any thread, and so does End.

//go:build linux && (amd64 || arm64)

package ffi

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

const guardC = `
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
typedef long (*fn)(long);
long add(long a, long b) { return a + b; }
long read_at(volatile long *p) { return *p; }
long write_at(volatile long *p) { *p = 1; return 0; }
long jump(fn f) { return f(1); }
long forever(long n) { volatile char room[200]; room[0] = n; return forever(n + 1) + room[0]; }
long smash(long n) { char room[16]; memset(room, 'A', n); return room[3]; }
long aborts(void) { abort(); }
long raises(long n) { raise(n); return n; }
long call(fn f, long n) { return f(n) + 1; }
long spin(void) { for (;;) pause(); }
static long loops;
long busy(void) { for (;;) loops++; }
long in_malloc(void) { for (;;) { void *p = malloc(50000); *(volatile char *)p = 1; free(p); } }
long forked(void) { int status = 0; if (!fork()) { *(volatile long *)8 = 1; _exit(0); } wait(&status); return WTERMSIG(status); }
static void *run(void *f) { return (void *)((fn)f)(0); }
long on_thread(fn f) { pthread_t t; void *r = 0; pthread_create(&t, 0, run, f); pthread_join(t, &r); return (long)r; }
long beside_thread(fn f) { pthread_t t; pthread_create(&t, 0, run, f); sleep(1000); return 0; }
static long bad(long n) { *(volatile long *)24 = n; return n; }
long bad_on_thread(void) { return on_thread(bad); }
long bad_beside(void) { return beside_thread(bad); }
long block_all(void) { sigset_t s; sigemptyset(&s); sigaddset(&s, SIGUSR1); sigaddset(&s, SIGABRT); pthread_sigmask(SIG_BLOCK, &s, 0); abort(); }
long blocked(void) { sigset_t s; pthread_sigmask(SIG_BLOCK, 0, &s); return sigismember(&s, SIGUSR1); }
`

// callCrash calls a C function of longs that is to crash, and then one that is not.
func callCrash(t *testing.T, lib func(string) uintptr, name string, args ...uint64) *Crash {
	t.Helper()
	_, err := tryWords(t, lib(name), args...)
	if v, e := tryWords(t, lib("add"), 20, 22); v != 42 || e != nil {
		t.Errorf("after %s: add gives %d, %v", name, v, e)
	}
	var c *Crash
	if !errors.As(err, &c) {
		t.Fatalf("%s: got %v, want a crash", name, err)
	}
	return c
}

// tryWords is callWords for a call that may fail.
func tryWords(t testing.TB, fn uintptr, args ...uint64) (uint64, error) {
	t.Helper()
	p, err := Prepare(longs(len(args)))
	if err != nil {
		t.Fatal(err)
	}
	f := p.Frame()
	defer f.Done()
	for i, a := range args {
		f.SetInt(i, a)
	}
	if err := f.Call(fn); err != nil {
		return 0, err
	}
	return f.Int(), nil
}

func TestFaultsInC(t *testing.T) {
	lib := compileC(t, guardC)
	ownThread(t)
	wild := uint64(0x7ead000)
	code := uint64(lib("add"))
	for _, test := range []struct {
		name   string
		args   []uint64
		signal int
		access string
		addr   uint64
	}{
		{"read_at", []uint64{0}, 11, "read", 0},
		{"read_at", []uint64{wild}, 11, "read", wild},
		{"write_at", []uint64{wild}, 11, "write", wild},
		{"write_at", []uint64{code &^ 7}, 11, "write", code &^ 7},
		{"jump", []uint64{0}, 11, "execute", 0},
		{"jump", []uint64{wild}, 11, "execute", wild},
		{"forever", []uint64{0}, 11, "write", 0},
		{"aborts", nil, 6, "", 0},
		{"smash", []uint64{100}, 6, "", 0},
		{"smash", []uint64{40000}, 6, "", 0},
		{"raises", []uint64{11}, 11, "", 0},
		{"raises", []uint64{7}, 7, "", 0},
		{"raises", []uint64{31}, 31, "", 0},
	} {
		c := callCrash(t, lib, test.name, test.args...)
		if test.name == "smash" && c.Signal == 11 { // returned to 0x4141414141414141: compiled without stack protection
			continue
		}
		if c.Signal != test.signal || c.Access != test.access || test.addr != 0 && c.Addr != uintptr(test.addr) {
			t.Errorf("%s(%#x): got %v", test.name, test.args, c)
		}
		if c.Fn != lib(test.name) {
			t.Errorf("%s: the function called is 0x%x", test.name, c.Fn)
		}
		if !strings.HasPrefix(c.Error(), SignalName(test.signal)) {
			t.Errorf("%s: the message is %q", test.name, c)
		}
	}
}

func TestFaultBelowCallbacks(t *testing.T) {
	lib := compileC(t, guardC)
	ownThread(t)
	depth := 0
	var cb *Callback
	cb = newCallback(t, func(in *Incoming) {
		if depth++; depth < 5 {
			v, err := tryWords(t, lib("call"), uint64(cb.Addr()), in.Int(0)+1)
			if err != nil {
				t.Errorf("at depth %d: %v", depth, err)
			}
			in.SetInt(v)
			return
		}
		c := callCrash(t, lib, "read_at", 8)
		in.SetInt(uint64(c.Addr))
	}, "long", "long")
	if v, err := tryWords(t, lib("call"), uint64(cb.Addr()), 0); v != 8+5 || err != nil {
		t.Errorf("got %d, %v", v, err)
	}
}

func TestLeavingCallback(t *testing.T) {
	lib := compileC(t, guardC)
	ownThread(t)
	leave := newCallback(t, func(in *Incoming) { in.Leave() }, "long", "long")
	var inner error
	around := newCallback(t, func(in *Incoming) {
		_, inner = tryWords(t, lib("call"), uint64(leave.Addr()), 1)
		in.SetInt(40)
	}, "long", "long")
	v, err := tryWords(t, lib("call"), uint64(around.Addr()), 1)
	if v != 41 || err != nil || inner != ErrEnded {
		t.Errorf("got %d, %v; the call left gives %v", v, err, inner)
	}
	// There is nothing to leave on a thread of the library's own.
	if _, err := tryWords(t, lib("on_thread"), uint64(leave.Addr())); err != nil {
		t.Error(err)
	}
}

func TestFaultOnThreadInCallback(t *testing.T) {
	lib := compileC(t, guardC)
	ownThread(t)
	var c *Crash
	cb := newCallback(t, func(in *Incoming) {
		if !in.Foreign() {
			t.Error("the call is not foreign")
		}
		c = callCrash(t, lib, "write_at", 8)
		in.SetInt(5)
	}, "long", "long")
	used := slotsUsed
	for i := range 50 {
		c = nil
		if v, err := tryWords(t, lib("on_thread"), uint64(cb.Addr())); v != 5 || err != nil || c == nil {
			t.Fatalf("round %d: got %d, %v", i, v, err)
		}
	}
	if slotsUsed > used+3 {
		t.Errorf("50 threads took %d slots", slotsUsed-used)
	}
}

func TestFaultOnThreadOfLibrary(t *testing.T) {
	lib := compileC(t, guardC)
	ownThread(t)
	for _, name := range []string{"bad_on_thread", "bad_beside"} {
		c := callCrash(t, lib, name)
		if !c.Foreign || c.Addr != 24 || c.Thread == 0 || c.Thread == os.Getpid() {
			t.Errorf("%s: got %+v", name, c)
		}
	}
	if Stray() != nil {
		t.Error("there is another crash")
	}
}

func TestEndingCalls(t *testing.T) {
	lib := compileC(t, guardC)
	ownThread(t)
	for _, name := range []string{"spin", "busy", "in_malloc"} {
		th := Current()
		timer := time.AfterFunc(20*time.Millisecond, th.End)
		_, err := tryWords(t, lib(name))
		timer.Stop()
		th.Unend()
		if err != ErrEnded {
			t.Errorf("%s: got %v", name, err)
		}
		if v, err := tryWords(t, lib("add"), 1, 2); v != 3 || err != nil {
			t.Errorf("after %s: add gives %d, %v", name, v, err)
		}
	}
}

func TestFaultInForkedChild(t *testing.T) {
	lib := compileC(t, guardC)
	ownThread(t)
	if v, err := tryWords(t, lib("forked")); v != 11 || err != nil {
		t.Errorf("the child ends by signal %d, %v; want 11", v, err)
	}
}

func TestSignalMaskIsPutBack(t *testing.T) {
	lib := compileC(t, guardC)
	ownThread(t)
	if c := callCrash(t, lib, "block_all"); c.Signal != 6 {
		t.Errorf("got %v", c)
	}
	if v, err := tryWords(t, lib("blocked")); v != 0 || err != nil {
		t.Errorf("SIGUSR1 is blocked: %d, %v", v, err)
	}
}
