// This file defines the calls into the C library's loader, and what else the shell needs of libc.

//go:build linux || darwin

package ffi

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"time"

	"github.com/ebitengine/purego"

	"dlsh/types"
)

// libc holds the addresses of the C library's own functions. They are called
// through the trampoline like any other, so that what happens inside a
// constructor or destructor happens under the same roof as every call.
var libc = struct {
	dlopen, dlclose, dlsym, dlerror, fflush, exit, errnoLocation, dladdr1 uintptr
}{}

// plans for calls with 0 to 4 words in and a word out
var wordPlans [5]*Plan

var isReady bool

// ready finds libc's functions, once. Nothing is done at start-up: a script that
// calls no C should not wait for it.
func ready() error {
	if isReady {
		return nil
	}
	word, _ := types.Parse("uintptr_t")
	for n := range wordPlans {
		sig := Signature{Result: word, Fixed: n}
		for i := 0; i < n; i++ {
			sig.Params = append(sig.Params, word)
		}
		p, err := Prepare(sig)
		if err != nil {
			return err
		}
		wordPlans[n] = p
	}
	for _, f := range []struct {
		name string
		to   *uintptr
	}{
		{"dlopen", &libc.dlopen}, {"dlclose", &libc.dlclose}, {"dlsym", &libc.dlsym}, {"dlerror", &libc.dlerror},
		{"fflush", &libc.fflush}, {"exit", &libc.exit}, {errnoSymbol, &libc.errnoLocation},
	} {
		addr, err := purego.Dlsym(purego.RTLD_DEFAULT, f.name)
		if err != nil {
			return fmt.Errorf("the C library has no %s: %w", f.name, err)
		}
		*f.to = addr
	}
	libc.dladdr1, _ = purego.Dlsym(purego.RTLD_DEFAULT, "dladdr1")     // glibc's; absent elsewhere
	abortMessage, _ = purego.Dlsym(purego.RTLD_DEFAULT, "__abort_msg") // glibc's, too
	isReady = true
	installGuard()
	prepareHealing()
	installHooks()
	closeAtExit()
	useLocale()
	return nil
}

// useLocale gives C the character set of the environment, as Python does at its
// start. Without one it is UTF-8, because that is what wide strings are in Lua.
func useLocale() {
	setlocale, err := purego.Dlsym(purego.RTLD_DEFAULT, "setlocale")
	if err != nil {
		return
	}
	set := func(name string) string {
		b := cstring(name)
		p := call(setlocale, lcCtype, Address(b))
		runtime.KeepAlive(b)
		now, _ := CString(p)
		return now
	}
	if now := set(""); now == "" || now == "C" || now == "POSIX" {
		set("C.UTF-8")
	}
}

// call calls a function of words that runs no code but libc's own: 0 is its result when it crashes all the same.
// Strings among the words must be kept alive by the caller.
func call(fn uintptr, args ...uintptr) uintptr {
	r, _ := callOut(fn, args...)
	return r
}

// callOut is call for what may run any code, such as constructors.
func callOut(fn uintptr, args ...uintptr) (uintptr, error) {
	f := wordPlans[len(args)].Frame()
	for i, a := range args {
		f.SetInt(i, uint64(a))
	}
	if err := f.callQuietly(fn); err != nil {
		f.Done()
		return 0, err
	}
	r := uintptr(f.Int())
	f.Done()
	return r, nil
}

func cstring(s string) []byte { return append([]byte(s), 0) }

func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// loaderSays is dlerror(3): what went wrong last, in the loader's words.
func loaderSays(op string) error {
	p := call(libc.dlerror)
	if p == 0 {
		return &LoadError{Op: op, Text: noReason}
	}
	text, err := CString(p)
	if err != nil {
		return loadErrorf(op, "the loader's message cannot be read: %v", err)
	}
	return loadErrorf(op, "%s", text)
}

// dlopen opens name, or the program itself for "".
func dlopen(name string, mode int) (uintptr, error) {
	if err := ready(); err != nil {
		return 0, err
	}
	if name == "" {
		h := call(libc.dlopen, 0, uintptr(mode)) // loads nothing
		if h == 0 {
			return 0, loaderSays("open")
		}
		return h, nil
	}
	b := cstring(name)
	defer runtime.KeepAlive(b)
	was := enterLoader(0)
	h, err := callOut(libc.dlopen, Address(b), uintptr(mode))
	if err != nil {
		healOpen(Address(b), mode, err)
	}
	leaveLoader(was)
	if err != nil {
		return 0, err
	}
	if h == 0 {
		return 0, loaderSays("open")
	}
	return h, nil
}

func dlclose(handle uintptr) error {
	was := enterLoader(handle)
	r, err := callOut(libc.dlclose, handle)
	leaveLoader(was)
	if err != nil {
		return err
	}
	if int32(r) != 0 {
		return loaderSays("close")
	}
	return nil
}

func dlsym(handle uintptr, name string) (uintptr, error) {
	if err := ready(); err != nil {
		return 0, err
	}
	if handle == 0 {
		handle = defaultHandle
	}
	b := cstring(name)
	addr, err := callOut(libc.dlsym, handle, Address(b)) // an ifunc's resolver may run
	runtime.KeepAlive(b)
	if err != nil {
		return 0, err
	}
	if addr == 0 {
		return 0, loaderSays("symbol")
	}
	return addr, nil
}

// stdoutDirty is set by every call into C: it may have left output in C's stdout buffer.
var stdoutDirty bool

var cStdout uintptr // address of the variable stdout

// Flush writes out what C's stdout holds, if C ran since the last time. The shell
// calls it before it writes anything itself, which is what keeps the two in order.
func Flush() {
	HealLater()
	if !stdoutDirty || ready() != nil {
		return
	}
	if file := stdoutFile(); file != 0 {
		call(libc.fflush, file)
	}
	stdoutDirty = false
}

var errnoAddr, errnoThread uintptr

// Errno is the address of the C library's errno of this thread, which is the main one but for callbacks; 0 when there is none.
// Go makes its system calls itself, so the value survives between calls into C.
func Errno() uintptr {
	if t := threadPointer(); (errnoAddr == 0 || errnoThread != t) && ready() == nil {
		errnoAddr, errnoThread = call(libc.errnoLocation), t
	}
	return errnoAddr
}

// IsClose reports whether addr is the C library's dlclose: after a call of it the
// books have to be compared with what is left.
func IsClose(addr uintptr) bool { return isReady && addr == libc.dlclose }

// FlushFor is Flush for a process that is about to be ended by a signal, from any
// goroutine: C may hold its stdout at that moment, so it waits no longer than limit.
func FlushFor(limit time.Duration) {
	if !isReady || stdoutFile() == 0 {
		return
	}
	done := make(chan bool)
	go func() {
		plan, err := Prepare(Signature{Params: []*types.Type{types.Of(types.Long)}, Result: types.Of(types.Int), Fixed: 1})
		if err == nil {
			f := plan.Frame()
			f.SetInt(0, uint64(stdoutFile()))
			f.aside()
			f.enter(trampoline, libc.fflush) // whoever holds the lock may never give it up
		}
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(limit):
	}
}

// stdoutFile is the FILE * in C's variable stdout, 0 when there is none.
func stdoutFile() uintptr {
	if cStdout == 0 {
		cStdout, _ = purego.Dlsym(purego.RTLD_DEFAULT, stdoutSymbol)
	}
	var b [8]byte
	if cStdout == 0 || Read(b[:], cStdout) != nil {
		return 0
	}
	return uintptr(le64(b[:]))
}
