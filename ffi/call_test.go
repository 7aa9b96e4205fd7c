// This file tests Prepare, Frame and Call on the C library's own functions.

package ffi

import (
	"testing"

	"dlsh/types"
)

func sig(t testing.TB, result string, params ...string) Signature {
	t.Helper()
	s := Signature{}
	var err error
	if s.Result, err = types.Parse(result); err != nil {
		t.Fatal(err)
	}
	for _, p := range params {
		ty, err := types.Parse(p)
		if err != nil {
			t.Fatal(err)
		}
		s.Params = append(s.Params, ty)
	}
	s.Fixed = len(params)
	return s
}

func symbol(t testing.TB, lib, name string) uintptr {
	t.Helper()
	o, err := Open(lib, 0, "test")
	if err != nil {
		t.Fatal(err)
	}
	addr, _, err := Lookup(o.Handle, name)
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

func TestCallInt(t *testing.T) {
	p, err := Prepare(sig(t, "int", "int"))
	if err != nil {
		t.Fatal(err)
	}
	f := p.Frame()
	f.SetInt(0, uint64(1<<64-42))
	f.Call(symbol(t, "libc.so.6", "abs"))
	if got := int32(f.Int()); got != 42 {
		t.Errorf("abs(-42) = %d", got)
	}
	f.Done()
}

func TestCallDouble(t *testing.T) {
	p, err := Prepare(sig(t, "double", "double", "double"))
	if err != nil {
		t.Fatal(err)
	}
	f := p.Frame()
	f.SetFloat(0, 2)
	f.SetFloat(1, 10)
	f.Call(symbol(t, "libm.so.6", "pow"))
	if got := f.Float(); got != 1024 {
		t.Errorf("pow(2, 10) = %v", got)
	}
	f.Done()
}

// A call costs what entering C costs: nothing is allocated.
func BenchmarkCallInt(b *testing.B) {
	p, err := Prepare(sig(b, "int", "int"))
	if err != nil {
		b.Fatal(err)
	}
	abs := symbol(b, "libc.so.6", "abs")
	b.ReportAllocs()
	for b.Loop() {
		f := p.Frame()
		f.SetInt(0, 5)
		f.Call(abs)
		_ = f.Int()
		f.Done()
	}
}
