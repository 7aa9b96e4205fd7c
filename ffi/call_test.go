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
	ownThread(t)
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
	ownThread(t)
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

// A long double result that the signature does not speak of must not fill the x87 stack, which holds eight.
func TestUndeclaredLongDouble(t *testing.T) {
	ownThread(t)
	if types.Host().LongDouble != types.X87 {
		t.Skip("long double is not x87's here")
	}
	sqrtl := symbol(t, "libm.so.6", "sqrtl")
	forgotten, err := Prepare(sig(t, "int", "long double"))
	if err != nil {
		t.Fatal(err)
	}
	sixteen := []byte{0, 0, 0, 0, 0, 0, 0, 0x80, 0x03, 0x40} // 16.0 in 80 bits
	for range 20 {
		f := forgotten.Frame()
		f.SetBytes(0, sixteen)
		f.Call(sqrtl)
		f.Done()
	}
	right, err := Prepare(sig(t, "long double", "long double"))
	if err != nil {
		t.Fatal(err)
	}
	f := right.Frame()
	f.SetBytes(0, sixteen)
	f.Call(sqrtl)
	var got [10]byte
	f.Bytes(got[:])
	f.Done()
	if want := [10]byte{7: 0x80, 8: 0x01, 9: 0x40}; got != want { // 4.0
		t.Errorf("sqrtl(16) = % x, want % x", got, want)
	}
}

// A plan has one frame to lend; a call made while another is being put together gets its own.
func TestNestedFrames(t *testing.T) {
	ownThread(t)
	p, err := Prepare(sig(t, "int", "int"))
	if err != nil {
		t.Fatal(err)
	}
	abs := symbol(t, "libc.so.6", "abs")
	outer := p.Frame()
	outer.SetInt(0, uint64(1<<64-1))
	inner := p.Frame()
	inner.SetInt(0, uint64(1<<64-2))
	inner.Call(abs)
	if got := int32(inner.Int()); got != 2 {
		t.Errorf("inner abs(-2) = %d", got)
	}
	inner.Done()
	outer.Call(abs)
	if got := int32(outer.Int()); got != 1 {
		t.Errorf("outer abs(-1) = %d", got)
	}
	outer.Done()
}

func TestTooManyArguments(t *testing.T) {
	many := make([]string, maxArguments+1)
	for i := range many {
		many[i] = "int"
	}
	if _, err := Prepare(sig(t, "int", many...)); err == nil || err.Error() != "1025 arguments are too many; at most 1024 can be passed" {
		t.Errorf("1025 arguments: %v", err)
	}
	if _, err := Prepare(sig(t, "int", many[1:]...)); err != nil {
		t.Errorf("1024 arguments: %v", err)
	}
}
