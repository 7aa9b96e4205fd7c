// This file tests backtraces against real C code: functions of many shapes, built in many ways, that note their
// registers and their stack at the innermost place.

//go:build amd64 || arm64

package ffi

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"dlsh/types"
	"dlsh/types/random"
)

// snapshotC takes snapshots. Each way in (run, run_thread, run_signal) goes by functions whose names say what they have.
const snapshotC = `
#define _GNU_SOURCE
#include <alloca.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

struct snapshot {
	unsigned long r[33], pc;
	unsigned long count;
	void *calls[64];
	unsigned long at, size;
	char bytes[65536];
};
static struct snapshot *now;
static char *top;
#define OUT __attribute__((noinline))
#define KEEP __asm__ volatile("" ::: "memory")
struct snapshot *snapshot(void) { static struct snapshot s; return &s; }

OUT int take(void) {
	ucontext_t u;
	KEEP;
	getcontext(&u);
#ifdef __x86_64__
	static const int order[16] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP,
		REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
	for (int i = 0; i < 16; i++) now->r[i] = u.uc_mcontext.gregs[order[i]];
	now->pc = u.uc_mcontext.gregs[REG_RIP];
	now->at = now->r[7];
#else
	for (int i = 0; i < 31; i++) now->r[i] = u.uc_mcontext.regs[i];
	now->at = now->r[31] = u.uc_mcontext.sp;
	now->pc = u.uc_mcontext.pc;
	if (!now->pc || now->pc == now->r[30]) now->pc = (unsigned long)&&here;
here:
#endif
	now->size = top - (char *)now->at;
	if (now->size > sizeof now->bytes) now->size = sizeof now->bytes;
	memcpy(now->bytes, (char *)now->at, now->size);
	now->count = backtrace(now->calls, 64);
	return 1;
}

static OUT int compare(const void *a, const void *b) { static int done; KEEP; if (now->count == 0) take(); KEEP; return *(int *)a - *(int *)b; }
static OUT int by_libc(int n) { int v[3] = {3, n, 1}; KEEP; qsort(v, 3, sizeof v[0], compare); KEEP; return v[0]; }
static OUT int variadic(int n, ...) { va_list l; va_start(l, n); double d = va_arg(l, double); int r = by_libc(n) + d; va_end(l); KEEP; return r; }
static OUT int saved(int a, int b, int c, int d, int e) { int r = variadic(a, 2.5) ; KEEP; return r + a * b + c * d * e + variadic(b, 1.5); }
static OUT int aligned(int n) { __attribute__((aligned(64))) char v[128]; memset(v, n, sizeof v); __asm__ volatile("" :: "r"(v) : "memory");
	int r = saved(n, 2, 3, 4, 5); KEEP; return r + v[3]; }
static OUT int by_alloca(int n) { char *p = alloca(n * 100); memset(p, n, n * 100); __asm__ volatile("" :: "r"(p) : "memory"); int r = aligned(n); KEEP; return r + p[n]; }
static OUT int big(int n) { char v[20000]; memset(v, n, sizeof v); __asm__ volatile("" :: "r"(v) : "memory"); int r = by_alloca(n); KEEP; return r + v[n]; }
static OUT int begin(int n) { now = snapshot(); memset(now, 0, sizeof *now); int r = big(n); KEEP; return r; }
static OUT int recurse(int n) { int r = n ? recurse(n - 1) : take(); KEEP; return r + 1; }

int run(int n) { top = (char *)__builtin_frame_address(0) + 512; int r = begin(n); KEEP; return r; }
int run_recursion(int n) { top = (char *)__builtin_frame_address(0) + 512; now = snapshot(); memset(now, 0, sizeof *now); int r = recurse(n); KEEP; return r; }

static OUT void on_thread(int *n) { top = (char *)__builtin_frame_address(0) + 512; begin(*n); KEEP; }
static void *starts(void *n) { on_thread(n); KEEP; return 0; }
int run_thread(int n) { pthread_t t; pthread_create(&t, 0, starts, &n); return pthread_join(t, 0); }

static void handler(int n) { take(); KEEP; }
static OUT int interrupted(int n) { pthread_kill(pthread_self(), SIGUSR2); KEEP; return n; }
int run_signal(int n) {
	struct sigaction a, old;
	top = (char *)__builtin_frame_address(0) + 512;
	now = snapshot();
	memset(now, 0, sizeof *now);
	memset(&a, 0, sizeof a);
	a.sa_handler = handler;
	sigaction(SIGUSR2, &a, &old);
	int r = interrupted(n);
	sigaction(SIGUSR2, &old, 0);
	return r;
}
`

// unwindVariants are ways to build it.
var unwindVariants = []struct {
	name, arch string
	flags      []string
	nameless   bool // static functions have no names
	untold     bool // glibc's own unwinder sees nothing either
}{
	{name: "O0", flags: []string{"-O0"}},
	{name: "O2", flags: []string{"-O2"}},
	{name: "O3omit", flags: []string{"-O3", "-fomit-frame-pointer"}},
	{name: "O1keep", flags: []string{"-O1", "-fno-omit-frame-pointer"}},
	{name: "debug", flags: []string{"-Og", "-g"}},
	{name: "nohdr", flags: []string{"-O2", "-Wl,--no-eh-frame-hdr"}, untold: true},
	{name: "notables", flags: []string{"-O1", "-fno-omit-frame-pointer", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables"}, untold: true},
	{name: "stripped", flags: []string{"-O2", "-s"}, nameless: true},
	{name: "now", flags: []string{"-O2", "-Wl,-z,now", "-Wl,-z,noseparate-code", "-fcf-protection"}, arch: "amd64"},
	{name: "signed", flags: []string{"-O2", "-mbranch-protection=standard"}, arch: "arm64"},
}

// unwindFolder names a folder with the libraries, for the emulator.
const unwindFolder = "DLSH_UNWIND"

// buildUnwind builds the variants, or those of some names.
func buildUnwind(t *testing.T, target *types.Target, folder string, only ...string) {
	t.Helper()
	var sources []random.Source
	for _, v := range unwindVariants {
		if (v.arch == "" || v.arch == target.Arch) && (len(only) == 0 || slices.Contains(only, v.name)) {
			sources = append(sources, random.Source{Name: v.name + ".so", Text: snapshotC,
				Options: append([]string{"-shared", "-fPIC", "-pthread"}, v.flags...)})
		}
	}
	random.FindCompiler(t, target).Build(t, folder, sources...)
}

func unwindLibraries(t *testing.T) string {
	t.Helper()
	if folder := os.Getenv(unwindFolder); folder != "" {
		return folder
	}
	folder := t.TempDir()
	buildUnwind(t, types.Host(), folder)
	return folder
}

// snapshot is what the C code noted.
type snapshot struct {
	regs  Registers
	stack stackCopy
	calls []uintptr // by glibc's backtrace(3)
}

func takeSnapshot(t *testing.T, lib, way string, n uint64) snapshot {
	t.Helper()
	callWords(t, symbol(t, lib, way), n)
	at := uintptr(callWords(t, symbol(t, lib, "snapshot")))
	var s snapshot
	word := func(i uintptr) uint64 {
		var b [8]byte
		if err := Read(b[:], at+8*i); err != nil {
			t.Fatal(err)
		}
		return le64(b[:])
	}
	for i := range s.regs.R {
		s.regs.R[i] = word(uintptr(i))
	}
	s.regs.PC = word(33)
	for i := range uintptr(word(34)) {
		s.calls = append(s.calls, uintptr(word(35+i)))
	}
	s.stack.at = uintptr(word(99))
	s.stack.bytes = make([]byte, word(100))
	if err := Read(s.stack.bytes, at+101*8); err != nil {
		t.Fatal(err)
	}
	return s
}

// names are the functions of a backtrace, those of other objects left out.
func names(spots []Spot, lib string) []string {
	var out []string
	for _, s := range spots {
		switch {
		case s.Path != lib:
		case s.Symbol == "":
			out = append(out, "?")
		default:
			name, _, _ := strings.Cut(s.Symbol, ".") // .constprop.0 and such
			out = append(out, name)
		}
	}
	return out
}

func TestUnwind(t *testing.T) {
	ownThread(t)
	folder := unwindLibraries(t)
	chain := []string{"take", "compare", "by_libc", "variadic", "saved", "aligned", "by_alloca", "big", "begin"}
	for _, v := range unwindVariants {
		if v.arch != "" && v.arch != runtime.GOARCH {
			continue
		}
		lib := filepath.Join(folder, v.name+".so")
		for way, outer := range map[string][]string{"run": {"run"}, "run_thread": {"on_thread", "starts"}, "run_signal": nil, "run_recursion": nil} {
			t.Run(v.name+"/"+way, func(t *testing.T) {
				ownThread(t)
				s := takeSnapshot(t, lib, way, 7)
				spots := newSurvey().backtrace(&s.regs, s.stack)
				want := slices.Concat(chain, outer)
				switch way {
				case "run_signal":
					want = []string{"take", "handler", "interrupted", "run_signal"}
				case "run_recursion":
					want = slices.Concat([]string{"take"}, slices.Repeat([]string{"recurse"}, 8), []string{"run_recursion"})
				}
				if v.nameless {
					want = slices.Clone(want)
					for i, name := range want {
						if name != "take" && !strings.HasPrefix(name, "run") {
							want[i] = "?"
						}
					}
				}
				if got := names(spots, lib); !slices.Equal(got, want) {
					t.Errorf("got %q, want %q: %v", got, want, spots)
				}
				if v.untold {
					return
				}
				for i, spot := range spots[1:] {
					if i+1 < len(s.calls) && spot.PC != s.calls[i+1] {
						t.Errorf("frame %d is %v, glibc has %v", i+1, spot, spotAt(s.calls[i+1], true))
					}
				}
				// glibc goes on until there is no frame it knows: the trampoline is one.
				if way != "run_thread" && len(s.calls) > len(spots)+1 {
					t.Errorf("%d frames, glibc has %d: %x", len(spots), len(s.calls), s.calls)
				}
			})
		}
	}
}

// Where the kernel's list of mappings cannot be read the loader's has to do.
func TestUnwindWithoutMaps(t *testing.T) {
	folder := t.TempDir()
	buildUnwind(t, types.Host(), folder, "O2")
	lib := filepath.Join(folder, "O2.so")
	s := takeSnapshot(t, lib, "run", 7)
	survey := surveyFrom(filepath.Join(folder, "none"))
	if got, want := names(survey.backtrace(&s.regs, s.stack), lib), names(newSurvey().backtrace(&s.regs, s.stack), lib); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
