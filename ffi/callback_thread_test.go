// This file tests callbacks on threads that C made, and the lock that lets them in.

//go:build (linux || darwin) && (amd64 || arm64)

package ffi

import (
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const threadsC = `
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/mman.h>
typedef int (*fn)(int);
struct job { fn f; int times; long sum; };
static void *work(void *p) {
	struct job *j = p;
	for (int i = 0; i < j->times; i++) j->sum += j->f(i);
	return 0;
}
int call(fn f, int n) { return f(n); }
/* several threads at once, while the caller is in C */
long together(fn f, long threads, long times) {
	pthread_t *t = calloc(threads, sizeof *t);
	struct job *j = calloc(threads, sizeof *j);
	long sum = 0;
	for (long i = 0; i < threads; i++) { j[i].f = f; j[i].times = times; pthread_create(&t[i], 0, work, &j[i]); }
	for (long i = 0; i < threads; i++) { pthread_join(t[i], 0); sum += j[i].sum; }
	free(t); free(j);
	return sum;
}
/* one short thread after another */
long in_turn(fn f, long threads) {
	long sum = 0;
	for (long i = 0; i < threads; i++) sum += together(f, 1, 1);
	return sum;
}
/* a thread that goes on when the caller has returned */
static struct job later_job;
static pthread_t later_thread;
void later(fn f, long times) {
	later_job = (struct job){ f, times, 0 };
	pthread_create(&later_thread, 0, work, &later_job);
}
long wait_for_it(void) { pthread_join(later_thread, 0); return later_job.sum; }
/* a thread with a stack of its own; what is left of that, in bytes */
long small(fn f, long size) {
	char *m = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (long i = 0; i < size; i++) m[i] = 0x5A;
	pthread_attr_t a;
	pthread_attr_init(&a);
	if (pthread_attr_setstack(&a, m, size)) return -3; /* less than the least */
	struct job j = { f, 3, 0 };
	pthread_t t;
	if (pthread_create(&t, &a, work, &j)) return -1;
	pthread_join(t, 0);
	long left = 0;
	while (left < size && m[left] == 0x5A) left++;
	munmap(m, size);
	return j.sum == 3 ? left : -2;
}
`

// counter is a func for callbacks that would count wrong without the lock, and checks that the call is foreign.
func counter(t *testing.T, n *int) func(*Incoming) {
	return func(in *Incoming) {
		if !in.Foreign() {
			t.Error("a call on a thread of C's own is not foreign")
		}
		*n++
		in.SetInt(1)
	}
}

func TestCallbackThreads(t *testing.T) {
	ownThread(t)
	lib := compileC(t, threadsC)
	n := 0
	f := newCallback(t, counter(t, &n), "int", "int")
	const threads, times = 50, 200
	if got := callWords(t, lib("together"), uint64(f.Addr()), threads, times); got != threads*times || n != threads*times {
		t.Errorf("C counted %d calls, Go %d, want %d", got, n, threads*times)
	}
}

// Threads that come and go leave no threads of Go's behind.
func TestCallbackShortThreads(t *testing.T) {
	ownThread(t)
	lib := compileC(t, threadsC)
	n := 0
	f := newCallback(t, counter(t, &n), "int", "int")
	callWords(t, lib("in_turn"), uint64(f.Addr()), 100)
	before, memory := threadCount(t), goMemory()
	many := uint64(10_000)
	if testing.Short() {
		many = 1000
	}
	start := time.Now()
	if got := callWords(t, lib("in_turn"), uint64(f.Addr()), many); got != many || n != int(many)+100 {
		t.Errorf("C counted %d calls, Go %d, want %d", got, n-100, many)
	}
	t.Logf("%d threads in %v; threads before %d, after %d; memory before %d, after %d",
		many, time.Since(start), before, threadCount(t), memory, goMemory())
	if after := threadCount(t); after > before+5 {
		t.Errorf("%d threads became %d", before, after)
	}
	if after := goMemory(); after > memory+8<<20 {
		t.Errorf("%d bytes of Go's memory became %d", memory, after)
	}
}

func threadCount(t *testing.T) int {
	tasks, err := filepath.Glob("/proc/self/task/*")
	if err != nil {
		t.Fatal(err)
	}
	return len(tasks)
}

// goMemory is what Go has of the system, in bytes.
func goMemory() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys)
}

// A callback comes while nobody is in C: whoever waits has given the lock up.
func TestCallbackWhileWaiting(t *testing.T) {
	ownThread(t)
	lib := compileC(t, threadsC)
	n := 0
	var done atomic.Bool
	const times = 1000
	f := newCallback(t, func(in *Incoming) {
		if n++; n == times {
			done.Store(true)
		}
		in.SetInt(1)
	}, "int", "int")
	callWords(t, lib("later"), uint64(f.Addr()), times)
	Release()
	for start := time.Now(); !done.Load(); time.Sleep(time.Millisecond) {
		if time.Since(start) > 10*time.Second {
			t.Error("no callback came while the lock was free")
			break
		}
	}
	Acquire()
	if got := callWords(t, lib("wait_for_it")); got != times || n != times {
		t.Errorf("C counted %d calls, Go %d, want %d", got, n, times)
	}
}

// Who holds the lock is alone: no callback of another thread runs meanwhile.
func TestCallbackExcluded(t *testing.T) {
	ownThread(t)
	lib := compileC(t, threadsC)
	var running atomic.Int32
	f := newCallback(t, func(in *Incoming) {
		if running.Add(1) != 1 {
			t.Error("two run at once")
		}
		time.Sleep(10 * time.Microsecond)
		running.Add(-1)
		in.SetInt(1)
	}, "int", "int")
	callWords(t, lib("later"), uint64(f.Addr()), 300)
	for range 300 {
		if running.Add(1) != 1 {
			t.Error("a callback runs beside who holds the lock")
		}
		time.Sleep(10 * time.Microsecond)
		running.Add(-1)
		callWords(t, symbol(t, "libc.so.6", "abs"), 1)
		Release()
		Acquire()
	}
	if got := callWords(t, lib("wait_for_it")); got != 300 {
		t.Errorf("C counted %d calls", got)
	}
}

// Nesting on C's threads, several at once: Go in C in Go in C, each by its own stack.
func TestCallbackNestedOnThreads(t *testing.T) {
	ownThread(t)
	lib := compileC(t, threadsC)
	var f *Callback
	call, top := lib("call"), 0
	f = newCallback(t, func(in *Incoming) {
		n := int32(in.Int(0))
		if in.Foreign() {
			top++
			n = 1000 + 20
		} else if n < 1000 {
			t.Errorf("a call from inside a callback is taken for a foreign one: %d", n)
		}
		if n > 1000 {
			in.SetInt(callWords(t, call, uint64(f.Addr()), uint64(n-1)))
			return
		}
		in.SetInt(1)
	}, "int", "int")
	if got := callWords(t, lib("together"), uint64(f.Addr()), 10, 20); got != 200 || top != 200 {
		t.Errorf("C counted %d calls, Go %d, want 200", got, top)
	}
	if len(calls) != 0 {
		t.Errorf("%d calls are left on the list", len(calls))
	}
}

// A thread's stack may be the smallest there is; nesting there ends in time.
func TestCallbackSmallStack(t *testing.T) {
	ownThread(t)
	lib := compileC(t, threadsC)
	n := 0
	f := newCallback(t, counter(t, &n), "int", "int")
	for _, size := range []uint64{16 << 10, 32 << 10, 128 << 10} {
		left := int64(callWords(t, lib("small"), uint64(f.Addr()), size))
		if left == -3 {
			continue
		}
		t.Logf("of %d bytes of stack %d were used", size, int64(size)-left)
		if left < 4096 {
			t.Errorf("of %d bytes of stack %d are left", size, left)
		}
	}
	tooDeep, levels := 0, 0
	old := TooDeep
	TooDeep = func(name string) { tooDeep++ }
	defer func() { TooDeep = old }()
	call := lib("call")
	var g *Callback
	g = newCallback(t, func(in *Incoming) {
		levels++
		callWords(t, call, uint64(g.Addr()), 1)
		in.SetInt(1)
	}, "int", "int")
	if left := int64(callWords(t, lib("small"), uint64(g.Addr()), 128<<10)); left < 4096 || tooDeep != 3 {
		t.Errorf("%d bytes are left, TooDeep was told %d times; want 3", left, tooDeep)
	}
	t.Logf("128 KiB of stack hold %d levels", levels/3)
}

// A flush for a process that ends does not wait for the lock.
func TestFlushForHoldingTheLock(t *testing.T) {
	ownThread(t)
	newCallback(t, func(in *Incoming) {}, "int", "int")
	start := time.Now()
	FlushFor(5 * time.Second)
	if time.Since(start) > 2*time.Second {
		t.Error("FlushFor waited for the lock")
	}
}

// Goroutines that take the lock for themselves can all call C.
func TestLockGoroutines(t *testing.T) {
	ownThread(t)
	newCallback(t, func(in *Incoming) {}, "int", "int")
	abs := symbol(t, "libc.so.6", "abs")
	plan, err := Prepare(sig(t, "int", "int"))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			for i := range 1000 {
				Acquire()
				f := plan.Frame()
				f.SetInt(0, uint64(-int64(i)))
				f.Call(abs)
				if got := int(f.Int()); got != i {
					t.Errorf("abs(-%d) = %d", i, got)
				}
				f.Done()
				Release()
			}
		})
	}
	Release()
	wg.Wait()
	Acquire()
}
