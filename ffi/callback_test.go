// This file tests callbacks: Go funcs that C calls, from C compiled for the test.

package ffi

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// compileC compiles C text to a library and opens it. Without a compiler the test
// is skipped, on CI it fails.
func compileC(t testing.TB, source string) func(name string) uintptr {
	t.Helper()
	cc := os.Getenv("CC")
	if cc == "" {
		cc = "cc"
	}
	if _, err := exec.LookPath(cc); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("no C compiler: %v", err)
		}
		t.Skipf("no C compiler: %v", err)
	}
	dir := t.TempDir()
	file, lib := filepath.Join(dir, "test.c"), filepath.Join(dir, "libtest.so")
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(cc, "-O1", "-shared", "-fPIC", "-w", "-pthread", "-o", lib, file, "-lm").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return func(name string) uintptr { return symbol(t, lib, name) }
}

func newCallback(t testing.TB, fn func(*Incoming), result string, params ...string) *Callback {
	t.Helper()
	c, err := NewCallback(sig(t, result, params...), "test callback", fn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Free)
	return c
}

func TestCallbackInt(t *testing.T) {
	lib := compileC(t, `int twice(int (*f)(int, int), int a) { return f(a, 1) + f(a, 2); }`)
	c := newCallback(t, func(in *Incoming) {
		in.SetInt(uint64(int32(in.Int(0)) * int32(in.Int(1))))
	}, "int", "int", "int")
	if got := int32(callWords(t, lib("twice"), uint64(c.Addr()), 14)); got != 42 {
		t.Errorf("twice(f, 14) = %d", got)
	}
}

// callWords calls a C function of words.
func callWords(t testing.TB, fn uintptr, args ...uint64) uint64 {
	t.Helper()
	params := make([]string, len(args))
	for i := range params {
		params[i] = "unsigned long"
	}
	p, err := Prepare(sig(t, "unsigned long", params...))
	if err != nil {
		t.Fatal(err)
	}
	f := p.Frame()
	for i, a := range args {
		f.SetInt(i, a)
	}
	f.Call(fn)
	v := f.Int()
	f.Done()
	return v
}
