// This file tests what the prompt and scripts print of a fault in C.

package lua

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"dlsh/ffi"
)

// failure is the error of a chunk, with the library called LIB, and offsets in functions N.
func failure(t *testing.T, library string, err error) (report, trace string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("the error is %v", err)
	}
	if strings.ContainsRune(e.Message, '\n') {
		t.Errorf("the message is %q", e.Message)
	}
	plain := func(text string) string {
		text = strings.ReplaceAll(text, library, "LIB")
		return regexp.MustCompile(`\+0x[0-9a-f]+`).ReplaceAllString(text, "+N")
	}
	return plain(e.Report), plain(e.Traceback)
}

func TestFaultReports(t *testing.T) {
	if !ffi.Guarded() {
		t.Skip("there is no guard")
	}
	library := compileC(t, []string{"-g", "-O1", "-pthread"}, "../testdata/lua/support/faulty.c")
	want := func(title, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s:\n%s\nwant\n%s", title, got, want)
		}
	}

	s := New(Options{Interactive: true})
	defer s.Close()
	evalLua(t, s, `lib = ctypes.CDLL("`+library+`")`)
	_, err := s.DoAt("stdin", 3, "lib.deref(nil)")
	report, _ := failure(t, library, err)
	want("the line just typed", report, "Fault: deref: SIGSEGV, read of 0x0 (NULL)\n  in deref+N (LIB), faulty.c:11\n  called as deref(NULL)")

	if _, err := s.DoAt("stdin", 4, "function f() return lib.deref(nil) + 1 end"); err != nil {
		t.Fatal(err)
	}
	_, err = s.DoAt("stdin", 5, "f()")
	report, _ = failure(t, library, err)
	want("a function typed before", report, "Fault: deref: SIGSEGV, read of 0x0 (NULL)\n  in deref+N (LIB), faulty.c:11\n  called by function f, stdin:4: deref(NULL)")

	if _, err := s.DoAt("stdin", 6, "1 + 1"); err != nil {
		t.Errorf("afterwards: %v", err)
	}

	script := func(text string) (report, trace string) {
		t.Helper()
		s := New(Options{})
		defer s.Close()
		path := filepath.Join(t.TempDir(), "script.lua")
		if err := os.WriteFile(path, []byte(`local lib = ctypes.CDLL("`+library+"\")\n"+text), 0o666); err != nil {
			t.Fatal(err)
		}
		report, trace = failure(t, library, s.RunFile(path, nil))
		return strings.ReplaceAll(report, path, "script.lua"), strings.ReplaceAll(trace, path, "script.lua")
	}
	report, trace := script("lib.deref(nil)")
	want("a script", report, "Fault: deref: SIGSEGV, read of 0x0 (NULL)\n  in deref+N (LIB), faulty.c:11\n  called by main chunk, script.lua:2: deref(NULL)")
	want("its traceback is that line", trace, "")
	_, trace = script("local function f() lib.deref(nil) end\nf()")
	if !strings.Contains(trace, "script.lua:3: in main chunk") {
		t.Errorf("the traceback lacks who called:\n%s", trace)
	}
	report, _ = script("error(setmetatable({signal = 'x'}, nil))")
	want("a table of somebody else's", report, "")
}

// A crash on a thread of a library's own is told once, to whoever runs Lua next.
func TestStrayFault(t *testing.T) {
	s := New(Options{Interactive: true})
	defer s.Close()
	s.strayed(&ffi.Crash{Signal: sigSEGV, Code: 1, Access: "read", Addr: 8, Whose: "the NULL page", Foreign: true, Thread: 7,
		Trace: []ffi.Spot{{PC: 1, Symbol: "work", Path: "lib.so"}, {PC: 2, Symbol: "start_thread", Path: "libc.so.6"}}})
	s.strayed(&ffi.Crash{Signal: sigABRT, Foreign: true})
	report, _ := failure(t, "lib.so", s.Pending())
	if want := "Fault: a thread of LIB: SIGSEGV, read of 0x8 (the NULL page)\n  in work+N (LIB)\n  the thread was ended\n  1 more error on threads of libraries"; report != want {
		t.Errorf("%s\nwant\n%s", report, want)
	}
	if err := s.Pending(); err != nil {
		t.Errorf("it is told twice: %v", err)
	}
}
