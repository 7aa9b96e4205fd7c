// This file tests how callbacks begin and end: many made and freed, all alive, pointers that C kept, nesting.

//go:build (linux || darwin) && (amd64 || arm64)

package ffi

import (
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

const callC1 = `
int call(int (*f)(int), int n) { return f(n); }
double call_double(double (*f)(void)) { return f() + 0.5; }
long double call_long_double(long double (*f)(void)) { for (int i = 0; i < 20; i++) if (f() != 0) return 1; return 2; }
`

// A million callbacks, one after another, and the last of them works.
func TestCallbackMillion(t *testing.T) {
	ownThread(t)
	lib := compileC(t, callC1)
	s := sig(t, "int", "int")
	var last *Callback
	n := 1_000_000
	if testing.Short() {
		n = 100_000
	}
	start := time.Now()
	for i := range n {
		c, err := NewCallback(s, "f", func(in *Incoming) { in.SetInt(in.Int(0) + uint64(i)) })
		if err != nil {
			t.Fatal(err)
		}
		if i%997 == 0 {
			if got := callWords(t, lib("call"), uint64(c.Addr()), 5); uint32(got) != uint32(i)+5 {
				t.Fatalf("callback %d returned %d", i, got)
			}
		}
		if last != nil {
			last.Free()
		}
		last = c
	}
	t.Logf("%d callbacks in %v", n, time.Since(start))
	if got := uint32(callWords(t, lib("call"), uint64(last.Addr()), 5)); got != uint32(n)+4 {
		t.Errorf("the last callback returned %d", got)
	}
	last.Free()
}

// Every stub calls its own callback, no more can be made than there are, and one that is freed makes room.
func TestCallbackAll(t *testing.T) {
	ownThread(t)
	lib := compileC(t, callC1)
	call, s := lib("call"), sig(t, "int", "int")
	var all []*Callback
	defer func() {
		for _, c := range all {
			c.Free()
			c.Free()
		}
	}()
	for {
		i := len(all)
		c, err := NewCallback(s, "f", func(in *Incoming) { in.SetInt(in.Int(0) + uint64(i)) })
		if err != nil {
			if want := "16384 callbacks are alive; no more can be made until some are dropped"; err.Error() != want {
				t.Errorf("error %q, want %q", err, want)
			}
			break
		}
		all = append(all, c)
	}
	if len(all) != callbackStubs {
		t.Fatalf("%d callbacks could be made, want %d", len(all), callbackStubs)
	}
	for i, c := range all {
		if got := uint32(callWords(t, call, uint64(c.Addr()), 1)); got != uint32(i)+1 {
			t.Fatalf("callback %d returned %d", i, got)
		}
		if CallbackAt(c.Addr()) != c {
			t.Fatalf("callback %d is not found by its address", i)
		}
		if c.Addr()%2 != 0 {
			t.Fatalf("callback %d is at the odd address %#x", i, c.Addr())
		}
	}
	all[100].Free()
	c, err := NewCallback(s, "f", func(in *Incoming) { in.SetInt(7) })
	if err != nil {
		t.Fatal(err)
	}
	defer c.Free()
	if got := uint32(callWords(t, call, uint64(c.Addr()), 1)); got != 7 {
		t.Errorf("the callback with a used stub returned %d", got)
	}
	all[100].Free() // its stub is another's now
	if CallbackAt(c.Addr()) != c {
		t.Error("freeing a callback twice freed another")
	}
}

// When all stubs are taken, those are found that finalizers would free.
func TestCallbackFinalizers(t *testing.T) {
	s := sig(t, "int", "int")
	type owner struct {
		c *Callback
		_ [100]byte
	}
	for range 3 * callbackStubs {
		c, err := NewCallback(s, "f", func(in *Incoming) {})
		if err != nil {
			t.Fatal(err)
		}
		runtime.SetFinalizer(&owner{c: c}, func(o *owner) { o.c.Free() })
	}
	for range 100 {
		runtime.GC()
		time.Sleep(time.Millisecond)
		if stubs.Lock(); callbackStubs-stubs.used+stubs.count == callbackStubs {
			stubs.Unlock()
			return
		}
		stubs.Unlock()
	}
	t.Error("not all callbacks were freed")
}

func TestCallbackFreeFromManyGoroutines(t *testing.T) {
	s := sig(t, "int", "int")
	var all []*Callback
	for range 1000 {
		c, err := NewCallback(s, "f", func(in *Incoming) {})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	stubs.Lock()
	free := stubs.count
	stubs.Unlock()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, c := range all {
				c.Free()
			}
		})
	}
	wg.Wait()
	if got := stubs.count - free; got != len(all) {
		t.Errorf("%d stubs came back, want %d", got, len(all))
	}
}

// C calls what was freed: zero in the right register, the name told, and the stub not used again for long.
func TestCallbackStale(t *testing.T) {
	ownThread(t)
	lib := compileC(t, callC1)
	var names []string
	old := Stale
	Stale = func(name string) { names = append(names, name) }
	defer func() { Stale = old }()
	stale := func(result string) uint64 {
		c, err := NewCallback(sig(t, result), "late "+result, func(in *Incoming) { t.Error("a freed callback ran") })
		if err != nil {
			t.Fatal(err)
		}
		c.Free()
		for range 1000 {
			other, err := NewCallback(sig(t, "int"), "other", func(in *Incoming) { t.Error("another callback ran") })
			if err != nil {
				t.Fatal(err)
			}
			other.Free()
		}
		if CallbackAt(c.Addr()) != nil {
			t.Error("a freed callback is found by its address")
		}
		return uint64(c.Addr())
	}
	if got := int32(callWords(t, lib("call"), stale("int"), 5)); got != 0 {
		t.Errorf("C got the int %d", got)
	}
	p, err := Prepare(sig(t, "double", "void *"))
	if err != nil {
		t.Fatal(err)
	}
	f := p.Frame()
	f.SetInt(0, stale("double"))
	f.Call(lib("call_double"))
	if got := f.Float(); got != 0.5 {
		t.Errorf("C got the double %v", got-0.5)
	}
	f.Done()
	if p, err = Prepare(sig(t, "long double", "void *")); err != nil {
		t.Fatal(err)
	}
	f = p.Frame()
	f.SetInt(0, stale("long double"))
	f.Call(lib("call_long_double")) // and 20 of them do not upset the x87 stack
	var got, want [10]byte
	f.Bytes(got[:])
	f.Done()
	if want = [10]byte{7: 0x80, 9: 0x40}; got != want && runtime.GOARCH == "amd64" { // 2.0
		t.Errorf("C got the wrong long double: % x", got)
	}
	if names = slices.Compact(names); !slices.Equal(names, []string{"late int", "late double", "late long double"}) {
		t.Errorf("Stale was told %q", names)
	}
	if CallbackAt(0) != nil || CallbackAt(stubAddr(0)+1) != nil || CallbackAt(stubAddr(callbackStubs-1)+64) != nil {
		t.Error("there are callbacks where no stubs are")
	}
}

// Go -> C -> Go -> C and on, each with its own arguments and result.
func TestCallbackNested(t *testing.T) {
	ownThread(t)
	lib := compileC(t, callC1)
	call := lib("call")
	var f *Callback
	f = newCallback(t, func(in *Incoming) {
		n := in.Int(0) & 0xFFFFFFFF
		if n > 0 {
			n += callWords(t, call, uint64(f.Addr()), n-1) & 0xFFFFFFFF
		}
		if in.Int(0)&0xFFFFFFFF > n || in.Foreign() {
			t.Errorf("the argument changed, or the call is foreign: %d", in.Int(0))
		}
		in.SetInt(n)
	}, "int", "int")
	if got := uint32(callWords(t, call, uint64(f.Addr()), 500)); got != 500*501/2 {
		t.Errorf("the sum of 1 to 500 is %d", got)
	}
}

// A recursion without end comes to one, and after it all is as before.
func TestCallbackTooDeep(t *testing.T) {
	ownThread(t)
	lib := compileC(t, callC1+`
int deep(int (*f)(int), int n) { volatile char a[100000]; a[n] = 1; return f(n) + a[n]; }`)
	var told int
	old := TooDeep
	TooDeep = func(name string) { told++ }
	defer func() { TooDeep = old }()
	for _, name := range []string{"call", "deep", "call"} {
		levels := 0
		fn := lib(name)
		var f *Callback
		f = newCallback(t, func(in *Incoming) {
			levels++
			in.SetInt(1 + callWords(t, fn, uint64(f.Addr()), in.Int(0)))
		}, "int", "int")
		got := int(callWords(t, fn, uint64(f.Addr()), 0) & 0xFFFFFFFF)
		want := levels
		if name == "deep" { // 100 kB of stack a level
			want = 2*levels + 1
			if levels < 20 || levels > 60 {
				t.Errorf("deep: %d levels", levels)
			}
		} else if levels != maxDepth {
			t.Errorf("call: %d levels, want %d", levels, maxDepth)
		}
		if got != want {
			t.Errorf("%s returned %d from %d levels", name, got, levels)
		}
	}
	if told != 3 {
		t.Errorf("TooDeep was told %d times, want 3", told)
	}
	if len(calls) != 0 {
		t.Errorf("%d calls are left on the list", len(calls))
	}
}
