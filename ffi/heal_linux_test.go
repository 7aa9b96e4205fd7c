// This file tests that C is usable after calls that were abandoned with locks of the C library taken.

//go:build amd64 || arm64

package ffi

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ebitengine/purego"

	"dlsh/types"
	"dlsh/types/random"
)

// abandoning is C code that faults, or hangs, with something taken.
const abandoning = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static FILE *own;

/* What a program does, and what it needs locks for. 0: all well. */
long everything(void) {
	static const size_t sizes[] = {1, 24, 40, 100, 500, 1032, 1100, 4000, 30000, 100000, 300000};
	char *blocks[200];
	time_t now = 0;
	struct tm tm;
	for (int i = 0; i < 200; i++) {
		size_t size = sizes[i % 11];
		if (!(blocks[i] = malloc(size))) return 1;
		memset(blocks[i], i, size);
	}
	for (int i = 0; i < 200; i++) blocks[i] = realloc(blocks[i], 50 + 7 * i);
	for (int i = 0; i < 200; i += 2) free(blocks[i]);
	for (int i = 1; i < 200; i += 2) free(blocks[i]);
	FILE *f = fopen("/dev/null", "w");
	if (!f) return 2;
	fprintf(f, "%s %d\n", "text", 1);
	fclose(f);
	printf("");
	fflush(stdout);
	fputs("", stderr);
	if (own) fputs("more", own);
	fflush(NULL);
	if (!localtime_r(&now, &tm) || !gmtime_r(&now, &tm)) return 3;
	if (setenv("HEALED", "yes", 1) || !getenv("HEALED") || unsetenv("HEALED")) return 4;
	if (!dlsym(RTLD_DEFAULT, "malloc")) return 5;
	void *lib = dlopen("libBrokenLocale.so.1", RTLD_NOW);
	if (!lib || dlclose(lib)) return 6;
	return 0;
}

static void *run(void *out) { *(long *)out = everything(); return out; }

/* The same on a thread, which owns none of the locks that the calling thread has. */
long everything_aside(void) {
	pthread_t t;
	long result = -1;
	if (pthread_create(&t, 0, run, &result)) return -2;
	pthread_join(t, 0);
	return result;
}

#define USED(p) asm volatile("" : "+r"(p) : : "memory")

static long nowhere(void) { return *(volatile int *)8; }

long free_twice(void) { void *p = malloc(2000), *q = malloc(2000); USED(p); free(p); USED(p); free(p); free(q); return 0; }
long free_small_twice(void) { void *p = malloc(24); USED(p); free(p); USED(p); free(p); return 0; }
long free_wild(void) { static long x[8]; free(x + 2); return 0; }
long spoil_top(void) {
	size_t *p = malloc(3000);
	memset(p, 'A', 3000 + 200); /* what lies behind is the top of the heap, or a block nobody will free */
	for (int i = 0; i < 100; i++) { void *q = malloc(3000); USED(q); }
	return 0;
}
long spoil_cache(void) {
	long *p = malloc(56), *q = malloc(56);
	free(q); free(p);
	p[0] = 0x4141414141414141;
	USED(p);
	p = malloc(56); USED(p);
	return nowhere();
}
long spoil_bins(void) {
	long *p = malloc(2000), *q = malloc(2000);
	free(p);
	p[0] = p[1] = 0x4141414141414140;
	USED(p);
	p = malloc(5000); USED(p);
	p = malloc(2000); USED(p);
	return q == 0;
}
long print_bad(void) { return printf("%s and more", (char *)8); }
long print_error_bad(void) { return fprintf(stderr, "%s and more", (char *)8); }
long print_own_bad(void) { own = fopen("/dev/null", "w"); return fprintf(own, "%s and more", (char *)8); }
long keep_stream(void) { flockfile(stdout); flockfile(stdout); return nowhere(); }
static int compare(const void *a, const void *b) { return nowhere(); }
long sort_bad(void) { static int x[500]; qsort(x, 500, 4, compare); return 0; }
long time_bad(void) { time_t t = 0; return localtime_r(&t, (struct tm *)8) != 0; }
long environment_bad(void) {
	extern char **environ;
	static char *broken[] = {"A=b", (char *)8, 0};
	char **good = environ;
	static char **volatile kept;
	kept = good;
	environ = broken;
	return setenv("B", "c", 1);
}
long environment_back(void *good) { extern char **environ; environ = good; return 0; }
void *environment(void) { extern char **environ; return environ; }
long symbol_bad(void) { return dlsym(RTLD_DEFAULT, (char *)8) != 0; }
static int object(struct dl_phdr_info *i, size_t n, void *x) { return nowhere(); }
long objects_bad(void) { return dl_iterate_phdr(object, 0); }
static void *crash(void *x) { free_twice(); return 0; }
long thread_frees_twice(void) { pthread_t t; pthread_create(&t, 0, crash, 0); pthread_join(t, 0); return 0; }
static void *crash_printing(void *x) { print_bad(); return 0; }
long thread_prints_bad(void) { pthread_t t; pthread_create(&t, 0, crash_printing, 0); pthread_join(t, 0); return 0; }

long call_locked(void (*f)(void)) {
	flockfile(stdout);
	f();
	long held = ftrylockfile(stdout) == 0; /* it is still ours */
	funlockfile(stdout);
	funlockfile(stdout);
	return held;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
long keep_mutex(void) { pthread_mutex_lock(&mutex); return nowhere(); }
long keep_this_mutex(pthread_mutex_t *m) { pthread_mutex_lock(m); pthread_mutex_lock(m); return nowhere(); }
long take_mutex(void) { pthread_mutex_lock(&mutex); pthread_mutex_unlock(&mutex); return 7; }
void *the_mutex(void) { return &mutex; }
long hang(void) { for (;;) pause(); }
long allocate(void) {
	static char other[20000];
	for (int n = 0;; n++) {
		void *p[40];
		memset(other, n, sizeof other); /* about as long as the rest */
		for (int i = 0; i < 40; i++) { p[i] = malloc(16 + i * 100); USED(p[i]); }
		for (int i = 0; i < 40; i++) free(p[i * 7 % 40]);
	}
}
long hang_printing(void) { flockfile(stdout); return hang(); }
`

// abandon calls a function that does not return.
func abandon(t *testing.T, fn uintptr) error {
	t.Helper()
	p, err := Prepare(Signature{Result: types.Of(types.Long)})
	if err != nil {
		t.Fatal(err)
	}
	f := p.Frame()
	defer f.Done()
	return f.Call(fn)
}

// usable checks that everything works, on this thread and on another.
func usable(t *testing.T, lib func(string) uintptr) {
	t.Helper()
	for _, name := range []string{"everything", "everything_aside"} {
		r, err := callWithin(5*time.Second, lib(name))
		if err != nil || r != 0 {
			var c *Crash
			if errors.As(err, &c) {
				t.Logf("%v\n%s", c.Trace, strings.Join(c.Notes, "\n"))
			}
			t.Fatalf("%s: %d, %v\n%s", name, int(r), err, strings.Join(EndedNotes(), "\n"))
		}
	}
	if routing.refused != nil {
		t.Fatal(routing.refused)
	}
}

func needGlibc(t *testing.T) {
	t.Helper()
	ownThread(t)
	if glibc.arena == 0 {
		t.Skip("malloc's arena was not found, which TestFoundInGlibc wants of every glibc")
	}
	was := heapLock
	t.Cleanup(func() { heapLock = was })
	heapLocked()
}

// inOwnProcess runs a test in a process of its own and reports whether this is the one around it: what the test does to
// the C heap is not for the others to find.
func inOwnProcess(t *testing.T) bool {
	t.Helper()
	const own = "DLSH_TEST_OWN_PROCESS"
	if os.Getenv(own) != "" {
		return false
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), own+"=1")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
	return true
}

// What heal needs was found in the C library at hand, all of it.
func TestFoundInGlibc(t *testing.T) {
	ready()
	if _, err := purego.Dlsym(purego.RTLD_DEFAULT, "gnu_get_libc_version"); err != nil {
		t.Skip("the C library is not glibc")
	}
	for name, at := range map[string]uintptr{
		"main_arena": glibc.arena, "thread_arena": glibc.threadArena, "tcache": glibc.tcache, "_rtld_global": glibc.global,
		"_r_debug": glibc.debug, "_IO_list_all": glibc.streams, "sizeof (struct pthread)": glibc.threadSize,
		"_dl_open's pthread_mutex_unlock": glibc.unlock, "dl_load_tls_lock": threadLock,
	} {
		if at == 0 {
			t.Errorf("%s was not found", name)
		}
	}
	if !glibc.hidden || glibc.classes < 64 {
		t.Errorf("tcache: %d lists, hidden %v", glibc.classes, glibc.hidden)
	}
}

// After each of these everything works, and what is said about it is in the notes.
func TestHealed(t *testing.T) {
	needGlibc(t)
	if inOwnProcess(t) {
		return
	}
	lib := compileC(t, abandoning)
	usable(t, lib)
	for _, test := range []struct {
		name string
		note string // one that there is, or what the C library said
	}{
		{"free_twice", "malloc's lock"},
		{"free_small_twice", "free(): double free detected in tcache 2"},
		{"free_wild", "free(): invalid"},
		{"print_bad", "stdout was locked"},
		{"print_error_bad", ""},
		{"print_own_bad", "the stream at"},
		{"keep_stream", "stdout was locked"},
		{"sort_bad", ""},
		{"time_bad", "a lock of the C library's own"},
		{"environment_bad", "a lock of the C library's own"},
		{"symbol_bad", "the loader's lock"},
		{"objects_bad", "the loader's lock"},
		{"spoil_cache", "free blocks of the C heap"},
		{"spoil_top", "the C heap was corrupt"},
		{"spoil_bins", "the C heap was corrupt"},
		{"thread_frees_twice", "malloc's lock"},
		{"thread_prints_bad", "stdout was locked"},
		{"free_twice", "malloc's lock"},
	} {
		func() {
			if test.name == "environment_bad" {
				good := callWords(t, lib("environment"))
				defer callWords(t, lib("environment_back"), good)
			}
			err := abandon(t, lib(test.name))
			var c *Crash
			for err == nil && strings.HasPrefix(test.name, "thread_") { // the crash is the main thread's to hear of
				if c = Stray(); c != nil {
					err = c
				}
				runtime.Gosched()
			}
			if !errors.As(err, &c) {
				t.Fatalf("%s: %v, want a crash", test.name, err)
			}
			t.Logf("%s: %v %q\n\t%s", test.name, c, c.Said, strings.Join(c.Notes, "\n\t"))
			if test.name == "environment_bad" {
				return
			}
			usable(t, lib)
			if !strings.Contains(c.Said+"\n"+strings.Join(c.Notes, "\n"), test.note) {
				t.Errorf("%s: no note %q", test.name, test.note)
			}
		}()
	}
	usable(t, lib)
}

// build compiles a library of its own.
func build(t *testing.T, dir, name, source string, more ...string) string {
	t.Helper()
	file, lib := filepath.Join(dir, name+".c"), filepath.Join(dir, name+".so")
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-O1", "-shared", "-fPIC", "-w", "-o", lib, file}, more...)
	if out, err := exec.Command(random.FindCompiler(t, types.Host()).CC, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return lib
}

// A library whose constructor faults is not open and not loaded, and can be opened again.
func TestConstructorFaults(t *testing.T) {
	needGlibc(t)
	lib := compileC(t, abandoning)
	bad := build(t, t.TempDir(), "bad", `
		#include <stdlib.h>
		#include <stdio.h>
		__attribute__((constructor)) static void begin(void) { if (getenv("CONSTRUCTOR_FAULTS")) *(volatile int *)8 = 1; }
		int answer(void) { return 42; }`)
	setenv, unsetenv := symbol(t, "libc.so.6", "setenv"), symbol(t, "libc.so.6", "unsetenv")
	name, value := cstring("CONSTRUCTOR_FAULTS"), cstring("1")
	for range 3 {
		call(setenv, Address(name), Address(value), 1)
		_, err := Open(bad, 0, "test")
		var c *Crash
		if !errors.As(err, &c) {
			t.Fatalf("%v, want a crash", err)
		}
		t.Logf("%v\n\t%s", c, strings.Join(c.Notes, "\n\t"))
		if isLoaded("bad.so") {
			t.Error("it is still loaded")
		}
		usable(t, lib)
		call(unsetenv, Address(name))
		o, err := Open(bad, 0, "test")
		if err != nil {
			t.Fatal(err)
		}
		answer, _, err := Lookup(o.Handle, "answer")
		if err != nil || callWords(t, answer) != 42 {
			t.Errorf("it does not work: %v", err)
		}
		if err := Close(o.Handle); err != nil || o.Mapped() {
			t.Errorf("it was not closed: %v", err)
		}
	}
}

// A library whose destructor faults leaves all the same, those it needs as well, and so does every other.
func TestDestructorFaults(t *testing.T) {
	needGlibc(t)
	lib := compileC(t, abandoning)
	const destructor = `
		#include <stdlib.h>
		static int calls;
		__attribute__((destructor)) static void end(void) { if (calls++) exit(3); if (getenv("FAULTS_IN") && atoi(getenv("FAULTS_IN")) & BIT) *(volatile int *)8 = 1; }
		int NAME(void) { return 1; }`
	dir := t.TempDir()
	below := build(t, dir, "below", destructor, "-DNAME=below", "-DBIT=1")
	middle := build(t, dir, "middle", "int below(void); int needed_below(void) { return below(); }"+destructor, "-DNAME=middle", "-DBIT=2", below)
	top := build(t, dir, "top", "int middle(void); int needed_middle(void) { return middle(); }"+destructor, "-DNAME=top", "-DBIT=4", middle)
	setenv, unsetenv := symbol(t, "libc.so.6", "setenv"), symbol(t, "libc.so.6", "unsetenv")
	name := cstring("FAULTS_IN")
	for _, bits := range []string{"4", "1", "2", "7", "3", "4"} {
		value := cstring(bits)
		call(setenv, Address(name), Address(value), 1)
		o, err := Open(top, 0, "test")
		if err != nil {
			t.Fatal(err)
		}
		err = Close(o.Handle)
		var c *Crash
		if !errors.As(err, &c) {
			t.Fatalf("%s: %v, want a crash", bits, err)
		}
		t.Logf("%s: %v\n\t%s", bits, c, strings.Join(c.Notes, "\n\t"))
		for _, name := range []string{"top.so", "middle.so", "below.so"} {
			if isLoaded(name) {
				t.Errorf("%s: %s is still loaded", bits, name)
			}
		}
		call(unsetenv, Address(name))
		usable(t, lib)
		if isLoaded("libBrokenLocale.so.1") {
			t.Errorf("%s: dlclose does not unload", bits)
		}
	}
}

// A call that hangs is ended; what it held is given back, and what it waited for is told.
func TestEndedCallsHealed(t *testing.T) {
	needGlibc(t)
	lib := compileC(t, abandoning)
	if _, err := callWithin(50*time.Millisecond, lib("hang_printing")); !errors.Is(err, ErrEnded) {
		t.Fatal(err)
	}
	usable(t, lib)
	if err := abandon(t, lib("keep_mutex")); err == nil {
		t.Fatal("no crash")
	}
	EndedNotes()
	if _, err := callWithin(50*time.Millisecond, lib("take_mutex")); !errors.Is(err, ErrEnded) {
		t.Fatal(err)
	}
	if notes := EndedNotes(); len(notes) != 1 || !strings.Contains(notes[0], "which this thread itself has") {
		t.Errorf("notes: %q", notes)
	}
	call(symbol(t, "libc.so.6", "pthread_mutex_unlock"), uintptr(callWords(t, lib("the_mutex"))))
	if r, err := callWithin(20*time.Second, lib("take_mutex")); r != 7 || err != nil {
		t.Errorf("after the unlock: %d, %v", r, err)
	}
	if _, err := callAside(50*time.Millisecond, lib("hang")); !errors.Is(err, ErrEnded) {
		t.Errorf("aside: %v", err)
	}
	if r, err := callAside(20*time.Second, lib("everything")); r != 0 || err != nil {
		t.Errorf("aside: %d, %v", r, err)
	}
	usable(t, lib)
}

// What belongs to calls further out stays theirs; what is left when they have returned is given back then.
func TestHealedLater(t *testing.T) {
	needGlibc(t)
	lib := compileC(t, abandoning)
	var inner error
	cb := newCallback(t, func(*Incoming) { inner = abandon(t, lib("keep_stream")) }, "void")
	if held, err := tryWords(t, lib("call_locked"), uint64(cb.Addr())); err != nil || held != 1 {
		t.Errorf("the call around it had stdout %d times, %v", held, err)
	}
	if inner == nil {
		t.Error("no crash")
	}
	Flush()
	usable(t, lib)
}

// What pthread_create needs is free before Go runs again, which may have to make a thread.
func TestThreadLockGivenBack(t *testing.T) {
	needGlibc(t)
	lib := compileC(t, abandoning)
	p, err := Prepare(sig(t, "long", "void *"))
	if err != nil {
		t.Fatal(err)
	}
	f := p.Frame()
	defer f.Done()
	f.SetInt(0, uint64(threadLock))
	f.in(&now)
	f.enter(trampoline, lib("keep_this_mutex"))
	end := f.words[wordSignal]
	f.words[wordSignal] = 0
	free, got := make([]byte, mutexSize), make([]byte, mutexSize)
	free[mutexKind] = mutexRecursive
	if err := Read(got, threadLock); err != nil || !slices.Equal(got, free) {
		t.Errorf("after signal %d the mutex is %x, %v", end, got, err)
	}
	usable(t, lib)
}

// When malloc does not return, no call is made any more.
func TestRefused(t *testing.T) {
	needGlibc(t)
	lib := compileC(t, abandoning)
	was, everything, bad := glibc.malloc, lib("everything"), lib("sort_bad")
	glibc.malloc = lib("hang")
	t.Cleanup(func() { refuseCalls(nil) })
	err := abandon(t, bad)
	glibc.malloc = was
	var c *Crash
	if !errors.As(err, &c) || !strings.Contains(strings.Join(c.Notes, "\n"), "calls of C are refused") {
		t.Errorf("%v", err)
	}
	var u *Unusable
	if err := abandon(t, everything); !errors.As(err, &u) {
		t.Errorf("%v, want a refusal", err)
	}
	refuseCalls(nil)
	usable(t, lib)
}

// A call that is ended while it allocates all the time leaves malloc in order.
func TestEndedInMalloc(t *testing.T) {
	needGlibc(t)
	lib := compileC(t, abandoning)
	for i := range 40 {
		limit := time.Duration(i%7+1) * 500 * time.Microsecond
		if _, err := callWithin(limit, lib("allocate")); !errors.Is(err, ErrEnded) {
			t.Fatal(err)
		}
		if notes := EndedNotes(); len(notes) > 0 {
			t.Errorf("notes: %q", notes)
		}
	}
	usable(t, lib)
}

// However often it happens.
func TestHealedOften(t *testing.T) {
	needGlibc(t)
	if inOwnProcess(t) {
		return
	}
	lib := compileC(t, abandoning)
	for i := range 200 {
		for _, name := range []string{"free_twice", "print_bad", "symbol_bad", "sort_bad", "spoil_cache", "spoil_bins"} {
			if err := abandon(t, lib(name)); err == nil || hangs(err) {
				t.Fatal(name, err)
			}
		}
		if i%50 == 49 {
			usable(t, lib)
		}
	}
}
