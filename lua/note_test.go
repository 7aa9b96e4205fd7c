// This file tests what the prompt says of calls that nobody declared.

package lua

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const noteC = `
#include <errno.h>
int twice(int x) { return 2 * x; }
int length(const char *s) { int n = 0; while (s[n]) n++; return n; }
int first(const char *s, int n) { return s[0] + n; }
int labs(int n) { return n; }
int none(void) { return 7; }
int errno_now(void) { return errno; }
int errno_set(int n) { errno = n; return 0; }
`

func TestNote(t *testing.T) {
	source := filepath.Join(t.TempDir(), "note.c")
	if err := os.WriteFile(source, []byte(noteC), 0o644); err != nil {
		t.Fatal(err)
	}
	library := compileC(t, nil, source)
	for _, test := range []struct{ title, typed, note string }{
		{"what it is called as, and how to declare it", `lib.twice(2)`,
			"note: nobody declared twice; it is called as int twice(int)\n" +
				"      declare it: ctypes.cdef(\"int twice(int);\"), with the types it has in C\n"},
		{"the types are those of the arguments", `lib.first("a", 1)`,
			"note: nobody declared first; it is called as int first(const char *, int)\n" +
				"      declare it: ctypes.cdef(\"int first(const char *, int);\"), with the types it has in C\n"},
		{"no arguments at all", `lib.none()`,
			"note: nobody declared none; it is called as int none(void)\n" +
				"      declare it: ctypes.cdef(\"int none(void);\"), with the types it has in C\n"},
		{"C may not know a type that Lua made", `P = ctypes.Structure("P", {{"x", "int"}}); lib.twice(P(2))`,
			"note: nobody declared twice; it is called as int twice(struct P)\n" +
				"      declare it: twice.argtypes and twice.restype, with the types it has in C\n"},
		{"the header of a function that everybody knows", `ctypes.CDLL(nil, {debug_info = false}).abs(-2)`,
			"note: nobody declared abs; it is called as int abs(int)\n" +
				"      declare it: :include stdlib.h, or ctypes.cdef(\"int abs(int);\"), with the types it has in C\n"},
		{"in another library its name says nothing", `lib.labs(5)`,
			"note: nobody declared labs; it is called as int labs(int)\n" +
				"      declare it: ctypes.cdef(\"int labs(int);\"), with the types it has in C\n"},
		{"only once, whatever it is called with", `lib.twice(2); lib.twice(nil); ctypes.CDLL(path).twice(3)`,
			"note: nobody declared twice; it is called as int twice(int)\n" +
				"      declare it: ctypes.cdef(\"int twice(int);\"), with the types it has in C\n"},
		{"what C declares needs none", `ctypes.cdef("int twice(int);"); lib.twice(2)`, ""},
		{"a list without types declares too, in C", `ctypes.cdef("int twice();"); lib.twice(2)`, ""},
		{"nor what argtypes declare", `lib.twice.argtypes = {"int"}; lib.twice(2)`, ""},
		{"nor what restype declares", `lib.length.restype = "size_t"; lib.length("abc")`, ""},
		{"a format says the types", `ctypes.CDLL(nil).snprintf(nil, 0, "%d", 5)`, ""},
		{"a call that is not made is not noted", `pcall(lib.twice, {})`, ""},
	} {
		t.Run(test.title, func(t *testing.T) {
			var notes strings.Builder
			s := New(Options{Interactive: true, Notes: &notes})
			defer s.Close()
			evalLua(t, s, `lib = ctypes.CDLL("`+library+`"); path = "`+library+`"`)
			evalLua(t, s, test.typed)
			if notes.String() != test.note {
				t.Errorf("> %s\nnoted %q\nwant  %q", test.typed, notes.String(), test.note)
			}
		})
	}

	t.Run("errno is not touched", func(t *testing.T) {
		runtime.LockOSThread() // errno is a thread's, and main stays on one
		defer runtime.UnlockOSThread()
		s := New(Options{Interactive: true, Notes: fullDevice(t)})
		defer s.Close()
		got := evalOne(t, s, `lib = ctypes.CDLL("`+library+`"); lib.errno_set(33); return lib.errno_now()`)
		if got.String() != "33" {
			t.Errorf("errno is %s after a note that could not be written, want 33", got)
		}
		got = evalOne(t, s, `lib = ctypes.CDLL("`+library+`", {use_errno = true}); ctypes.set_errno(34); return lib.errno_now()`)
		if got.String() != "34" {
			t.Errorf("errno is %s, want 34", got)
		}
	})

	t.Run("scripts and pipes are told nothing", func(t *testing.T) {
		var notes strings.Builder
		for _, s := range []*Session{New(Options{Notes: &notes}), New(Options{Interactive: true})} {
			defer s.Close()
			evalLua(t, s, `ctypes.CDLL("`+library+`").twice(2)`)
		}
		s := New(Options{Interactive: true, Notes: &notes})
		defer s.Close()
		script := filepath.Join(t.TempDir(), "script.lua")
		if err := os.WriteFile(script, []byte(`ctypes.CDLL("`+library+`").twice(2)`), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := s.RunFile(script, nil); err != nil {
			t.Fatal(err)
		}
		if notes.Len() > 0 {
			t.Errorf("noted %q", notes.String())
		}
	})
}

// fullDevice is a file that nothing can be written to.
func fullDevice(t *testing.T) *os.File {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
