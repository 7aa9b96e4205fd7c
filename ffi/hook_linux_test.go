// This file tests the hooks with a library that does what they are there for (testdata/hooks.c).

//go:build amd64 || arm64

package ffi

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func hooksLibrary(t *testing.T) func(string) uintptr {
	t.Helper()
	source, err := os.ReadFile("testdata/hooks.c")
	if err != nil {
		t.Fatal(err)
	}
	lib := compileC(t, string(source))
	lib("add")
	if hookError != nil {
		t.Fatal(hookError)
	}
	return lib
}

// wants calls a C function of longs that is to return a number.
func wants(t *testing.T, lib func(string) uintptr, want int64, name string, args ...uint64) {
	t.Helper()
	if v, err := tryWords(t, lib(name), args...); int64(v) != want || err != nil {
		t.Errorf("%s%v: got %d, %v; want %d", name, args, int64(v), err, want)
	}
}

// The entries are C's, for the guard, as long as they lie between the two ends.
func TestHookEntries(t *testing.T) {
	ownThread(t)
	hooksLibrary(t)
	for i, names := range hookTable {
		if entry := hookEntries[i]; entry <= hookTextStart || entry >= hookTextEnd {
			t.Errorf("the entry of %s is at 0x%x, outside 0x%x to 0x%x", names[0], entry, hookTextStart, hookTextEnd)
		}
		if hookReal[i] == 0 {
			t.Errorf("there is no %s", names[0])
		}
		for _, name := range names {
			addr, owner, err := Lookup(0, name)
			if err != nil || addr != hookEntries[i] || owner == nil || !strings.Contains(owner.Path, "libc.so") {
				t.Errorf("%s is at 0x%x of %v (%v), want the entry at 0x%x, of libc", name, addr, owner, err, hookEntries[i])
			}
		}
		if real := realAddress(hookEntries[i]); real != hookReal[i] {
			t.Errorf("0x%x stands for 0x%x, want %s at 0x%x", hookEntries[i], real, names[0], hookReal[i])
		}
		if name, owner := FunctionAt(hookEntries[i]); name != names[0] || owner == nil {
			t.Errorf("0x%x is %s of %v, want %s", hookEntries[i], name, owner, names[0])
		}
	}
	if hookJumpSP == 0 || hookAbort == 0 || hookAbortSize == 0 || hookStackEnd == 0 {
		t.Errorf("not found: stack pointer in a jmp_buf at %d, abort at 0x%x of %d bytes, stack up to 0x%x",
			hookJumpSP, hookAbort, hookAbortSize, hookStackEnd)
	}
}

func TestFaultsOnThreadsOfLibrary(t *testing.T) {
	lib := hooksLibrary(t)
	ownThread(t)
	for _, test := range []struct {
		name string
		args []uint64
		addr uintptr
	}{
		{"overflow_on_thread", []uint64{0}, 0},
		{"overflow_on_thread", []uint64{1}, 0},
		{"overflow_on_c11_thread", nil, 0},
		{"bad_on_blocked_thread", []uint64{0}, 24},
		{"bad_on_blocked_thread", []uint64{1}, 24},
		{"timer_thread", []uint64{0}, 24},
	} {
		c := callCrash(t, lib, test.name, test.args...)
		if !c.Foreign || c.Signal != 11 || test.addr != 0 && c.Addr != test.addr {
			t.Errorf("%s%v: got %+v", test.name, test.args, c)
		}
	}
}

// A thread that crashes leaves nothing behind for the one that gets its stack, be it one of Go's.
func TestThreadsAfterCrashes(t *testing.T) {
	lib := hooksLibrary(t)
	ownThread(t)
	for range 10 {
		callCrash(t, lib, "overflow_on_thread", 0)
		var wait sync.WaitGroup
		for range 10 {
			wait.Add(1)
			go func() {
				runtime.LockOSThread() // the thread ends with it
				time.Sleep(time.Microsecond)
				wait.Done()
			}()
		}
		wait.Wait()
	}
	wants(t, lib, 0, "many_threads", 30)
}

func TestBlockedSignals(t *testing.T) {
	lib := hooksLibrary(t)
	ownThread(t)
	for how := range uint64(2) {
		if c := callCrash(t, lib, "bad_with_all_blocked", how); c.Signal != 11 || c.Addr != 24 || c.Foreign {
			t.Errorf("got %+v", c)
		}
		wants(t, lib, 0, "mask_round_trip")
	}
}

func TestThreadsEnd(t *testing.T) {
	lib := hooksLibrary(t)
	ownThread(t)
	wants(t, lib, 30, "c11_result")
	wants(t, lib, 7, "timer_thread", 1)
	wants(t, lib, 0, "impossible_thread", 10)
	wants(t, lib, 0, "many_threads", 300)
	mappings := func() int {
		b, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(b), "\n")
	}
	many := uint64(20_000)
	if testing.Short() {
		many = 3000
	}
	before := mappings()
	start := time.Now()
	wants(t, lib, 0, "many_threads", many)
	wants(t, lib, 0, "impossible_thread", 1000)
	t.Logf("%d threads in %v; %d mappings before, %d after", many, time.Since(start), before, mappings())
	if after := mappings(); after > before+20 {
		t.Errorf("%d mappings became %d", before, after)
	}
}

// Libraries that a library brings along are hooked, before their constructors run.
func TestThreadsOfCxx(t *testing.T) {
	cxx := "g++"
	if _, err := exec.LookPath(cxx); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	path := filepath.Join(t.TempDir(), "hooks.so")
	if out, err := exec.Command(cxx, "-O1", "-shared", "-fPIC", "-w", "-pthread", "-o", path, "testdata/hooks.cpp").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lib := func(name string) uintptr { return symbol(t, path, name) }
	ownThread(t)
	wants(t, lib, 42, "cpp_early")
	wants(t, lib, 3*100, "cpp_threads", 100)
	for _, name := range []string{"cpp_overflow", "cpp_blocked"} {
		if c := callCrash(t, lib, name); c.Signal != 11 || !c.Foreign {
			t.Errorf("%s: got %v", name, c)
		}
	}
	wants(t, lib, 3*100, "cpp_threads", 100)
}

// Callbacks from the destructors of thread-specific data find Go's signal stack in place.
func TestCallbacksAtThreadEnd(t *testing.T) {
	lib := hooksLibrary(t)
	ownThread(t)
	n := 0
	cb := newCallback(t, func(in *Incoming) {
		n++
		runtime.GC()
		in.SetInt(1)
	}, "long", "long")
	wants(t, lib, 20, "call_at_end", uint64(cb.Addr()), 20)
	if n != 20*5 {
		t.Errorf("%d calls came, want 100: from the thread and from four rounds of destructors", n)
	}
}

func TestHandlersOfLibrary(t *testing.T) {
	lib := hooksLibrary(t)
	ownThread(t)
	crash := func(name string, handled int64, args ...uint64) {
		t.Helper()
		c := callCrash(t, lib, name, args...)
		if c.Signal != 11 || c.Addr != 24 {
			t.Errorf("%s%v: got %v", name, args, c)
		}
		if handled >= 0 {
			wants(t, lib, handled, "count")
		}
		if c := callCrash(t, lib, "default_again"); c.Signal != 11 {
			t.Errorf("then: %v", c)
		}
	}
	const onStack, noDefer = saOnStack, saNoDefer
	word := []byte{7}
	for range 3 {
		wants(t, lib, -1, "probe", 8)
		wants(t, lib, 7, "probe", uint64(Address(word)))
	}
	runtime.KeepAlive(word)
	// The handler runs on the stack of the code that it interrupts, if the thread has no other of the library's own.
	wants(t, lib, 5000, "barrier", 50, 100, 0)
	wants(t, lib, 1, "near_stack")
	wants(t, lib, 5000, "barrier", 50, 100, onStack)
	wants(t, lib, 1, "near_stack")
	wants(t, lib, 1, "own_stack_on_thread")
	wants(t, lib, 900, "barrier", 1, 900, 0)
	crash("useless_handler", 1000)
	crash("gives_up", 1)
	crash("one_shot", 1)
	// A fault in the handler is not handled by it, unless it says so.
	for _, flags := range []uint64{0, onStack} {
		c := callCrash(t, lib, "faulty_handler", flags)
		if c.Signal != 11 || c.Addr != 24 {
			t.Errorf("faulty handler: got %v", c)
		}
		wants(t, lib, 1, "count")
	}
	if c := callCrash(t, lib, "faulty_handler", noDefer); c.Signal != 11 {
		t.Errorf("faulty handler without end: got %v", c)
	}
	callCrash(t, lib, "default_again")
	if c := callCrash(t, lib, "overflow_handled"); c.Signal != 11 || c.Access != "write" {
		t.Errorf("overflow: got %v", c)
	}
	wants(t, lib, 0, "count")
	callCrash(t, lib, "default_again")
	wants(t, lib, 0, "own_stack")
}

func TestActionsOfLibrary(t *testing.T) {
	lib := hooksLibrary(t)
	ownThread(t)
	for _, n := range []uint64{11, 8, 10} {
		wants(t, lib, 0, "asks", n)
	}
	wants(t, lib, 7, "ignored")
	for _, n := range []uint64{11, 5, 6, 10} {
		wants(t, lib, 2, "raises_handled", n)
	}
	for _, name := range []string{"aborts_handled", "aborts_ignored"} {
		if c := callCrash(t, lib, name); c.Signal != 6 {
			t.Errorf("%s: got %v", name, c)
		}
	}
	wants(t, lib, 2, "raises_handled", 6)
	wants(t, lib, 1|2, "mask_in_handler", 0)
	wants(t, lib, 2, "mask_in_handler", saNoDefer)
	wants(t, lib, 1|2, "mask_in_handler", saOnStack)
	for _, flags := range []uint64{0, saOnStack} {
		if v := callFloat(t, lib("skips"), 1.25, flags); v != 3.75 {
			t.Errorf("skips: got %v", v)
		}
	}
}

// callFloat calls a C function of a double and a long.
func callFloat(t *testing.T, fn uintptr, x float64, n uint64) float64 {
	t.Helper()
	p, err := Prepare(sig(t, "double", "double", "long"))
	if err != nil {
		t.Fatal(err)
	}
	f := p.Frame()
	defer f.Done()
	f.SetFloat(0, x)
	f.SetInt(1, n)
	if err := f.Call(fn); err != nil {
		t.Error(err)
		return math.NaN()
	}
	return f.Float()
}

func TestCallbackInHandler(t *testing.T) {
	lib := hooksLibrary(t)
	ownThread(t)
	cb := newCallback(t, func(in *Incoming) {
		runtime.GC()
		in.SetInt(in.Int(0) + 100)
	}, "long", "long")
	for _, n := range []uint64{11, 5, 6, 10, 34} {
		wants(t, lib, int64(n)+100, "callback_in_handler", uint64(cb.Addr()), n, 0)
		wants(t, lib, int64(n)+100, "callback_in_handler", uint64(cb.Addr()), n, saOnStack)
	}
}

// A thread of a library's that has called back is still the library's: its handlers run on its stack.
func TestHandlerAfterCallback(t *testing.T) {
	lib := hooksLibrary(t)
	ownThread(t)
	cb := newCallback(t, func(in *Incoming) {}, "void")
	for range 3 {
		wants(t, lib, 1, "handles_after_callback", uint64(cb.Addr()))
	}
}

// A callback that is a handler itself cannot be called in the middle of Go: it comes when it can.
func TestCallbackIsHandler(t *testing.T) {
	lib := hooksLibrary(t)
	ownThread(t)
	came := make(chan uint64, 1000)
	cb := newCallback(t, func(in *Incoming) { came <- in.Int(0) }, "void", "int")
	signal, _, err := Lookup(0, "signal")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []uint64{10, 34} {
		callWords(t, signal, n, uint64(cb.Addr()))
		callWords(t, lib("raises"), n)
		if got := <-came; got != n {
			t.Errorf("raised in C: got signal %d, want %d", got, n)
		}
		syscall.Kill(os.Getpid(), syscall.Signal(n))
		Release()
		got := <-came
		Acquire()
		if got != n {
			t.Errorf("sent to Go: got signal %d, want %d", got, n)
		}
		callWords(t, signal, n, 0)
	}
	// Wherever Go is: in the runtime, in the vDSO, in libc to make a thread. The last ones may come when the test is over.
	many, err := NewCallback(sig(t, "void", "int"), "callback of many signals", func(in *Incoming) { came <- in.Int(0) })
	if err != nil {
		t.Fatal(err)
	}
	callWords(t, signal, 12, uint64(many.Addr()))
	Release()
	for range 100 {
		syscall.Kill(os.Getpid(), 12)
		go func() { runtime.LockOSThread(); runtime.Gosched() }() // its thread ends with it
	}
	if got := <-came; got != 12 {
		t.Errorf("sent to Go often: got signal %d, want 12", got)
	}
	Acquire()
	callWords(t, signal, 12, 1) // SIG_IGN
}

// A handler that was installed without an alternate stack does not run on a goroutine's.
func TestTimerOfLibrary(t *testing.T) {
	lib := hooksLibrary(t)
	ownThread(t)
	began := callWords(t, lib("timer"), 100)
	var wait sync.WaitGroup
	var deep func(n int) int
	deep = func(n int) int {
		var room [100]byte
		room[n%100] = byte(n)
		if n == 0 {
			return 0
		}
		return deep(n-1) + int(room[n%100]) - n&0xff + 1
	}
	for range 4 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for range 3000 {
				done := make(chan int)
				go func() { done <- deep(50) }()
				if got := <-done; got != 50 {
					t.Errorf("got %d, want 50", got)
				}
			}
		}()
	}
	wait.Wait()
	if ended := callWords(t, lib("timer"), 0); ended == began {
		t.Error("the timer did not ring")
	}
}

func TestJumps(t *testing.T) {
	lib := hooksLibrary(t)
	ownThread(t)
	wants(t, lib, 5, "jump_inside", 100)
	wants(t, lib, 1000, "coroutines", 1000)
	var c *Crash
	for _, name := range []string{"jump_out", "jump_out_sig"} {
		cb := newCallback(t, func(in *Incoming) {
			c = callCrash(t, lib, name)
			in.SetInt(33)
		}, "long", "long")
		wants(t, lib, 33, "jump_over", uint64(cb.Addr()))
		if c == nil || !strings.HasPrefix(c.Error(), "longjmp out of the call that Lua made") || c.PC < lib(name) || c.PC > lib(name)+64 {
			t.Errorf("%s at 0x%x: got %v at 0x%x", name, lib(name), c, c.PC)
		}
	}
	// setjmp called by Lua has returned when longjmp is.
	buffer := make([]byte, 1024)
	setjmp, _, err := Lookup(0, "_setjmp")
	if err != nil {
		t.Fatal(err)
	}
	longjmp, _, _ := Lookup(0, "longjmp")
	callWords(t, setjmp, uint64(Address(buffer)))
	c = callCrash(t, func(name string) uintptr {
		if name == "longjmp" {
			return longjmp
		}
		return lib(name)
	}, "longjmp", uint64(Address(buffer)), 1)
	runtime.KeepAlive(buffer)
	if !strings.HasPrefix(c.Error(), "longjmp out of") {
		t.Errorf("got %v", c)
	}
	if c := callCrash(t, lib, "exit_in_call"); !strings.HasPrefix(c.Error(), "pthread_exit inside") {
		t.Errorf("got %v", c)
	}
}
