// This file times callbacks: C calls a Go func in a loop, ours beside purego's.

//go:build (linux || darwin) && (amd64 || arm64)

package ffi

import (
	"testing"

	"github.com/ebitengine/purego"
)

const loopC = `
#include <pthread.h>
#include <stdlib.h>
long loop(int (*f)(int, int), long n) { long sum = 0; for (long i = 0; i < n; i++) sum += f(i, 1); return sum; }
static int empty(int a, int b) { return a + b; }
void *c_func(void) { return empty; }
struct args { int (*f)(int, int); long n, sum; };
static void *run(void *p) { struct args *a = p; a->sum = loop(a->f, a->n); return 0; }
long loop_on_thread(int (*f)(int, int), long n) {
	struct args a = { f, n };
	pthread_t t;
	pthread_create(&t, 0, run, &a);
	pthread_join(t, 0);
	return a.sum;
}
`

// half a million calls are a second's worth at most; what is reported is one.
func BenchmarkCallback(b *testing.B) {
	lib := compileC(b, loopC)
	ours := newCallback(b, func(in *Incoming) {
		in.SetInt(uint64(int32(in.Int(0)) + int32(in.Int(1))))
	}, "int", "int", "int").Addr()
	puregos := purego.NewCallback(func(a, b int32) int32 { return a + b })
	for _, row := range []struct {
		name string
		loop uintptr
		f    uintptr
	}{
		{"ours", lib("loop"), ours},
		{"purego", lib("loop"), puregos},
		{"thread", lib("loop_on_thread"), ours},
		{"purego-thread", lib("loop_on_thread"), puregos},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			callWords(b, row.loop, uint64(row.f), uint64(b.N))
		})
	}
}

func BenchmarkNewCallback(b *testing.B) {
	s := sig(b, "int", "const void *", "const void *")
	b.ReportAllocs()
	for b.Loop() {
		c, err := NewCallback(s, "f", func(*Incoming) {})
		if err != nil {
			b.Fatal(err)
		}
		c.Free()
	}
}

// What the lock costs a call, once there is one.
func BenchmarkCallShared(b *testing.B) {
	newCallback(b, func(*Incoming) {}, "void")
	BenchmarkCallInt(b)
}
