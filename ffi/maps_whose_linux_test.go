// This file tests what is said of the memory that a fault was about, by faults.

//go:build amd64 || arm64

package ffi

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"dlsh/types"
	"dlsh/types/random"
)

const whoseC = `
#define _GNU_SOURCE
#include <alloca.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#define KEEP __asm__ volatile("" ::: "memory")
#define OUT __attribute__((noinline))
static const int table[64] = {1, 2, 3};
int variable[64] = {1};
struct pair { int a[10], b; };
typedef void function(void);

static OUT long volatile_one(void) { volatile long one = 1; return one; }
int null_read(void) { return *(volatile int *)0; }
int null_field(void) { return ((volatile struct pair *)0)->b; }
void null_call(void) { ((function *)0)(); KEEP; }
void wild_call(void) { ((function *)0x123456789000)(); KEEP; }
int wild(void) { return *(volatile int *)0x123456789000; }
void literal(void) { volatile char *volatile s = "hello"; s[0] = 'H'; }
void constant(void) { volatile int *p = (int *)&table[3]; *p = 1; }
void own_code(void) { volatile char *p = (char *)literal; *p = 1; }
void call_data(void) { ((function *)variable)(); KEEP; }
void call_heap(void) { ((function *)malloc(64))(); KEEP; }
void call_stack(void) { int v[10] = {0}; ((function *)(void *)v)(); KEEP; }
static OUT int dive(int n) { volatile char v[200]; v[n % 200] = n; int r = dive(n + 1); KEEP; return r + v[3]; }
int overflow(void) { int r = dive(0); KEEP; return r; }
int large(void) { volatile char *p = alloca(1 << 30); p[0] = 1; return p[1]; }
static OUT int ping(int n); static OUT int pong(int n) { int r = ping(n + 1); KEEP; return r + 1; }
static OUT int ping(int n) { int r = pong(n + 1); KEEP; return r + 2; }
int overflow_by_turns(void) { return ping(0) + 1; }
int past_block(void) { char *p = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); munmap(p + 4096, 4096); return ((volatile char *)p)[4100]; }
int forbidden(void) { char *p = mmap(0, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); return ((volatile char *)p)[10]; }
int past_file(void) { char name[] = "/tmp/whoseXXXXXX"; int f = mkstemp(name); write(f, "x", 1);
	char *p = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0); int r = ((volatile char *)p)[5000]; unlink(name); return r; }
int kernels(void) { return *(volatile int *)0xffffffff81000000; }
int heap_after_free(void) { char *p = malloc(1 << 26); free(p); return p[100]; }
#ifdef __x86_64__
int no_address(void) { volatile int *p = (int *)0x6161616161616161; return *p; }
void no_function(void) { static function *volatile f = (function *)0x4141414141414141; f(); KEEP; }
OUT void smashed(void) { __asm__ volatile("movabs $0x4242424242424242, %rax; push %rax; ret"); }
void halt(void) { __asm__ volatile("hlt"); }
void misaligned(void) { static char v[64] __attribute__((aligned(64))); __asm__ volatile("movaps %%xmm0, 4(%0)" :: "r"(v)); }
#endif
size_t by_stub(void) { size_t n = strlen((char *)volatile_one()); KEEP; return n + 1; }
#ifdef __x86_64__
size_t by_slot(void) { size_t n; __asm__ volatile("mov $1, %%edi; call *strlen@GOTPCREL(%%rip)" : "=a"(n) :: "rdi", "rsi", "rdx", "rcx", "r8", "r9", "r10", "r11", "memory"); return n; }
#endif
void gone(void) { KEEP; }
`

func TestWhose(t *testing.T) {
	ownThread(t)
	folder := os.Getenv(unwindFolder)
	if folder == "" {
		folder = t.TempDir()
		buildWhose(t, types.Host(), folder)
	}
	lib := filepath.Join(folder, "whose.so")
	const here = `\S*/whose\.so`
	for _, test := range []struct {
		function, whose string // what is said of the address, as a pattern
		trace           string // the innermost functions
		arch            string
	}{
		{function: "null_read", whose: "the NULL page", trace: "null_read"},
		{function: "null_field", whose: "the NULL page", trace: "null_field"},
		{function: "null_call", whose: "the NULL page", trace: "? null_call"},
		{function: "wild_call", whose: "not mapped", trace: "? wild_call"},
		{function: "wild", whose: "not mapped", trace: "wild"},
		{function: "literal", whose: `read-only memory of ` + here + ` \(\.rodata.*\)`, trace: "literal"},
		{function: "constant", whose: `read-only memory of ` + here + ` \(\.rodata, table\+0xc\)`, trace: "constant"},
		{function: "own_code", whose: `read-only memory of ` + here + ` \(its code\)`, trace: "own_code"},
		{function: "call_data", whose: `memory of ` + here + ` \(\.data, variable\), which is no code`, trace: "variable call_data"},
		{function: "call_heap", whose: `memory of the heap, which is no code`, trace: "? call_heap"},
		{function: "call_stack", whose: `memory of the stack, which is no code`, trace: "? call_stack"},
		{function: "overflow", whose: "the guard page of the stack, which has overflowed", trace: "dive dive dive dive"},
		{function: "overflow_by_turns", whose: "the guard page of the stack, which has overflowed", trace: "p[io]ng p[io]ng p[io]ng"},
		{function: "large", whose: "beyond the stack, which has overflowed: the stack pointer is 0x[0-9a-f]*|the guard page of the stack, which has overflowed", trace: "large"},
		{function: "past_block", whose: `(not mapped|the memory that \S+ had, which was unloaded)[:;] 4 bytes past the end of a block of \d+ KiB`, trace: "past_block"},
		{function: "forbidden", whose: "reserved memory, which may not be touched", trace: "forbidden"},
		{function: "past_file", whose: `memory of the mapped file /tmp/whose\S+, beyond the end of the file`, trace: "past_file"},
		{function: "heap_after_free", whose: "not mapped.*", trace: "heap_after_free"},
		{function: "kernels", whose: "memory of the kernel", trace: "kernels"},
		{function: "by_stub", whose: "the NULL page", trace: "strlen by_stub"},
		{function: "by_slot", whose: "the NULL page", trace: "strlen by_slot", arch: "amd64"},
		{function: "no_address", whose: "(r.. holds )?0x6161616161616161, which no address can be", trace: "no_address", arch: "amd64"},
		{function: "no_function", whose: "r.. holds 0x4141414141414141, .*|the function pointer at 0x.*", trace: "no_function", arch: "amd64"},
		{function: "smashed", whose: "the return address 0x4242424242424242, .*", trace: "smashed", arch: "amd64"},
		{function: "halt", whose: "no memory: the instruction is one that only the kernel may use", trace: "halt", arch: "amd64"},
		{function: "misaligned", whose: "0x[0-9a-f]*4, which is not aligned to 16 bytes, as this instruction wants it", trace: "misaligned", arch: "amd64"},
	} {
		if test.arch != "" && test.arch != runtime.GOARCH {
			continue
		}
		t.Run(test.function, func(t *testing.T) {
			ownThread(t)
			c := crashOf(t, symbol(t, lib, test.function))
			if !regexp.MustCompile("^(" + test.whose + ")$").MatchString(c.Whose) {
				t.Errorf("got %q, want %s", c.Whose, test.whose)
			}
			var trace []string
			for _, s := range c.Trace {
				if s.Symbol == "" {
					s.Symbol = "?"
				}
				trace = append(trace, s.Symbol)
			}
			want := strings.Split(test.trace, " ")
			if got := strings.Join(trace[:min(len(want), len(trace))], " "); !regexp.MustCompile("^" + strings.ReplaceAll(test.trace, "?", `\?`) + "$").MatchString(got) {
				t.Errorf("got %v, want %s", c.Trace, test.trace)
			}
		})
	}
	t.Run("of a library that has left", func(t *testing.T) {
		ownThread(t)
		gone := symbol(t, lib, "gone")
		for o := range opened(lib) {
			for o.Opens > 0 {
				if err := Close(o.Handle); err != nil {
					t.Fatal(err)
				}
			}
		}
		c := crashOf(t, gone)
		if want := "the memory that " + lib + " had, which was unloaded"; c.Whose != want || len(c.Trace) != 1 || !c.Trace[0].Unloaded {
			t.Errorf("got %q at %v, want %q", c.Whose, c.Trace, want)
		}
	})
}

// opened are the objects of a path.
func opened(path string) map[*Object]bool {
	found := map[*Object]bool{}
	for _, o := range Objects() {
		if o.Path == path {
			found[o] = true
		}
	}
	return found
}

func buildWhose(t *testing.T, target *types.Target, folder string) {
	t.Helper()
	random.FindCompiler(t, target).Build(t, folder, random.Source{Name: "whose.so", Text: whoseC, Options: []string{"-O1", "-shared", "-fPIC"}})
}

// crashOf calls a C function without arguments that faults.
func crashOf(t *testing.T, fn uintptr) *Crash {
	t.Helper()
	p, err := Prepare(Signature{Result: types.Of(types.Int)})
	if err != nil {
		t.Fatal(err)
	}
	f := p.Frame()
	err = f.Call(fn)
	f.Done()
	var c *Crash
	if !errors.As(err, &c) {
		t.Fatalf("got %v, want a crash", err)
	}
	return c
}
