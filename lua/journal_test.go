// This file tests the journal: what a session typed into is replayed in a fresh one, and what is not.

package lua

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

const journalC = `
int calls;
typedef struct { int x, y; } pair;
struct node { struct node *next; int value; };
int add(int a, int b) { calls++; return a + b; }
int sum(const pair *p) { calls++; return p->x + p->y; }
double half(double x) { calls++; return x / 2; }
int apply(int (*f)(int), int x) { calls++; return f(x); }
int *place(void) { calls++; return &calls; }
`

// Each session is typed line by line; a fresh one replays it and is asked. Nothing in it may call C.
func TestReplay(t *testing.T) {
	for _, test := range []struct {
		name   string
		typed  string
		ask    string // "1" for what only has to be replayed
		want   string
		again  int
		others int    // statements that are not run again
		lost   string // globals, joined by commas
	}{
		{name: "nothing"},
		{name: "questions are forgotten", typed: "1 + 1\nctypes.sizeof('int')", ask: "1", want: "1"},
		{name: "a library and a declaration",
			typed: "lib = ctypes.CDLL(path)\nlib.half.argtypes = {'double'}\nlib.half.restype = 'double'",
			ask:   "lib.half.restype, lib.half.argtypes", want: "<class 'ctypes.c_double': double, 8 bytes>\t{<class 'ctypes.c_double': double, 8 bytes>}", again: 3},
		{name: "a call is not repeated",
			typed: "lib = ctypes.CDLL(path)\nlib.add(1, 2)",
			ask:   "lib.add", want: "<int add() from $LIB>", again: 1, others: 1},
		{name: "a statement that declares and calls",
			typed: "lib = ctypes.CDLL(path); lib.half.argtypes = {ctypes.c_double}; lib.half.restype = ctypes.c_double; h = lib.half(3)",
			ask:   "lib.half.restype, h", want: "<class 'ctypes.c_double': double, 8 bytes>\t1.5", others: 1},
		{name: "C text",
			typed: "lib = ctypes.CDLL(path); ctypes.cdef('int add(int a, int b); enum color { RED, GREEN };') lib.add(1, 2)",
			ask:   "lib.add, ctypes.C.GREEN", want: "<int add(int a, int b) from $LIB>\t1", others: 1},
		{name: "types made in Lua",
			typed: "lib = ctypes.CDLL(path); P = ctypes.Structure('P', {{'x', 'int'}, {'y', ctypes.c_int}}); PP = ctypes.POINTER(P); A = P * 3; " +
				"lib.sum.argtypes = {PP}; lib.sum(P(1, 2))",
			ask: "P, PP, A, lib.sum.argtypes[1] == PP, P(1, 2).y, A._type_ == P",
			want: "<class 'P': struct P, 8 bytes>\t<class 'ctypes.LP_P': struct P *, 8 bytes>\t<class 'ctypes.P_Array_3': struct P[3], 24 bytes>" +
				"\ttrue\t2\ttrue", others: 1},
		{name: "types about themselves and each other",
			typed: "ctypes.CDLL(path).place(); N = ctypes.Structure('N'); M = ctypes.Union('M', {{'n', ctypes.POINTER(N)}}, {_pack_ = 1}); " +
				"N._fields_ = {{'next', ctypes.POINTER(N)}, {'m', M}, {'bits', ctypes.c_uint, 3}}",
			ask:  "ctypes.decl(N)",
			want: "#pragma pack(push, 1)\nunion M {\n\tstruct N *n;\n};\n#pragma pack(pop)\nstruct N {\n\tstruct N *next;\n\tunion M m;\n\tunsigned int bits : 3;\n};", others: 1},
		{name: "an enum, a function pointer type, a callback",
			typed: "C = ctypes.Enum('C', {'A', {'B', 7}}); F = ctypes.CFUNCTYPE('int', 'int'); function twice(x) return 2 * x end; " +
				"cb = F(twice); lib = ctypes.CDLL(path); lib.apply.argtypes = {F, 'int'}; lib.apply(cb, 4)",
			ask: "C.B, F, cb(21)", want: "7\t<class 'CFunctionType': int (*)(int), 8 bytes>\t42", others: 1, lost: ""},
		{name: "functions of Lua",
			typed: "lib = ctypes.CDLL(path)\nfunction more(x)\n  return x + 1\nend\nlib.add(1, 2); function less(x) return x - 1 end\nlib.add(3, 4)\n",
			ask:   "more(1), less(1)", want: "2\t0", again: 2, others: 2},
		{name: "plain values",
			typed: "lib = ctypes.CDLL(path); n, s, t = lib.add(1, 2), 'a\\nb\\0c', {1, 2, x = {true}}; big = ctypes.uint64('0xffffffffffffffff'); nan = 0/0; inf = -1/0",
			ask:   "n, #s, t[2], t.x[1], big, nan ~= nan, inf", want: "3\t5\t2\ttrue\t18446744073709551615\ttrue\t-Inf", others: 1},
		{name: "what C gave cannot be had again, and what was made of it neither",
			typed: "lib = ctypes.CDLL(path)\nlib.place.restype = ctypes.POINTER('int')\np = lib.place()\nq = p\nr = {p}\np = nil\nok = 5",
			ask:   "p, q, r, ok", want: "nil\tnil\tnil\t5", again: 4, others: 3, lost: "q,r"},
		{name: "a name for a function",
			typed: "lib = ctypes.CDLL(path)\nadd = lib.add; add(1, 2)",
			ask:   "add == lib.add", want: "true", again: 1, others: 1},
		{name: "another name for a library, and one that is in a table",
			typed: "lib = ctypes.CDLL(path, {use_errno = true}); lib.add(1, 2)\nt = {lib = lib, f = lib.add}; t.f(1, 2)",
			ask:   "t.lib == lib, t.f == lib.add", want: "true\ttrue", others: 2},
		{name: "what was printed or written is not again",
			typed: "x = 1 print()\nio.write('')\ny = 2",
			ask:   "x, y", want: "1\t2", again: 1, others: 1},
		{name: "a statement that failed",
			typed: "x = 1; error('no')\nlib = ctypes.CDLL('./nosuch.so')\ny = x",
			ask:   "x, y", want: "1\t1", again: 1, others: 1},
		{name: "an address of the old process",
			typed: "lib = ctypes.CDLL(path)\np = ctypes.cast(0x7fff12345678, ctypes.POINTER('int'))\np[0] = 5",
			ask:   "p", want: "nil", again: 1, others: 1, lost: "p"},
		{name: "an address that is looked up",
			typed: "lib = ctypes.CDLL(path)\np = ctypes.cast(ctypes.addressof(ctypes.c_int.in_dll(lib, 'calls')), ctypes.POINTER('int'))",
			ask:   "p[0]", want: "0", again: 2},
		{name: "the last of several",
			typed: "x = 1\nx = x + 1\nx = x * 10", ask: "x", want: "20", again: 3},
		{name: "a table that grows",
			typed: "t = {}\ntable.insert(t, 5)\nt.x = 6", ask: "t[1], t.x", want: "5\t6", again: 1},
		{name: "C text reads what was declared before",
			typed: "ctypes.cdef('typedef struct { int x, y; } pair;')\nlib = ctypes.CDLL(path)\nctypes.cdef('int sum(const pair *);')",
			ask:   "lib.sum", want: "<int sum(const pair *) from $LIB>", again: 3},
		{name: "headers",
			typed: "lib = ctypes.CDLL(path); b = ctypes.include('stdbool.h', {lib = lib, defines = {X = 1}}); ctypes.include('stddef.h'); lib.add(1, 1)",
			ask:   "b[ 'true' ], ctypes.sizeof('ptrdiff_t')", want: "1\t8", others: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			library := journalLibrary(t)
			s, again := replayed(t, library, test.typed)
			r, err := s.Replay()
			if err != nil {
				t.Fatal(err)
			}
			if r.Again != test.again || len(r.NotRun) != test.others || strings.Join(r.Lost, ",") != test.lost {
				t.Errorf("%d again, not run %q, lost %q", r.Again, r.NotRun, r.Lost)
			}
			for _, st := range r.Statements {
				if err := again.Run(st); err != nil {
					t.Errorf("%+v: %v", st, err)
				}
			}
			if test.ask != "" {
				shown, err := again.Do("stdin", test.ask)
				got := fromAddress.ReplaceAllString(strings.ReplaceAll(strings.Join(shown, "\t"), library, "$LIB"), ">")
				if err != nil || got != test.want {
					t.Errorf("> %s\n got %s (%v)\nwant %s", test.ask, got, err, test.want)
				}
			}
		})
	}
}

var fromAddress = regexp.MustCompile(` at 0x[0-9a-f]+>`)

// journalLibrary compiles journalC to a library that no other test has.
func journalLibrary(t *testing.T) string {
	t.Helper()
	source := filepath.Join(t.TempDir(), "journal.c")
	if err := os.WriteFile(source, []byte(journalC), 0o644); err != nil {
		t.Fatal(err)
	}
	return compileC(t, nil, source)
}

// replayed types lines into a session; empty ones are left out, and lines that begin with a space belong to the one
// before, up to an "end". The other session is a fresh one.
func replayed(t *testing.T, library, typed string) (s, fresh *Session) {
	t.Helper()
	for _, session := range []**Session{&s, &fresh} {
		*session = New(Options{Interactive: true})
		t.Cleanup((*session).Close)
		(*session).L.SetGlobal("path", glua.LString(library))
	}
	chunk := ""
	for i, line := range strings.Split(typed, "\n") {
		chunk += line
		if _, err := s.DoAt("stdin", i+1, chunk); errors.Is(err, ErrIncomplete) {
			chunk += "\n"
			continue
		}
		chunk = ""
	}
	return s, fresh
}

// A library that was closed is not opened again, with all that was said of it; one that is open twice is opened twice.
func TestReplayOpenCounts(t *testing.T) {
	library := journalLibrary(t)
	for _, test := range []struct {
		typed string
		opens int
		lib   string // what the global lib is
	}{
		{"lib = ctypes.CDLL(path)", 1, "userdata"},
		{"lib = ctypes.CDLL(path)\nl2 = ctypes.CDLL(path)", 2, "userdata"},
		{"lib = ctypes.CDLL(path)\nlib.half.restype = 'double'\n_ctypes.dlclose(lib._handle)", 0, "nil"},
		{"lib = ctypes.CDLL(path)\nl2 = ctypes.CDLL(path)\n_ctypes.dlclose(lib._handle)", 1, "userdata"},
		{"lib = ctypes.CDLL(path)\nlib.half.restype = 'double'\n_ctypes.dlclose(lib._handle)\nlib = ctypes.CDLL(path)", 1, "userdata"},
		{"lib = ctypes.CDLL(path); l2 = ctypes.CDLL(path); _ctypes.dlclose(l2._handle); lib.add(1, 2)", 1, "userdata"},
		{"_ctypes.dlopen(path); ctypes.CDLL(path).add(1, 2)", 2, "nil"},
		{"do local l = ctypes.CDLL(path) l.add(1, 2) end", 1, "nil"},
	} {
		s, fresh := replayed(t, library, test.typed)
		r, err := s.Replay()
		if err != nil {
			t.Fatal(err)
		}
		before := opens(library)
		for _, st := range r.Statements {
			if err := fresh.Run(st); err != nil {
				t.Errorf("%s: %+v: %v", test.typed, st, err)
			}
		}
		if got := opens(library) - before; got != test.opens {
			t.Errorf("%s: opened %d times, want %d, by %+v", test.typed, got, test.opens, r.Statements)
		}
		if got := fresh.global("lib").Type().String(); got != test.lib {
			t.Errorf("%s: lib is %s, want %s", test.typed, got, test.lib)
		}
		for opens(library) > 0 {
			fresh.L.SetGlobal("handle", uintValue(fresh.L, uint64(objectAt(library).Handle)))
			if _, err := fresh.Do("stdin", "_ctypes.dlclose(handle)"); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func objectAt(path string) *ffi.Object {
	for _, o := range ffi.Objects() {
		if o.Path == path && o.Mapped() {
			return o
		}
	}
	return nil
}

func opens(path string) int {
	if o := objectAt(path); o != nil {
		return o.Opens
	}
	return 0
}

// A library can be left out, by the global that holds it or by its file, with what needs it.
func TestReplayWithout(t *testing.T) {
	library := journalLibrary(t)
	s, _ := replayed(t, library, "lib = ctypes.CDLL(path)\nlib.half.restype = 'double'\nhalf = lib.half\nx = 5")
	for _, name := range []string{"lib", library, filepath.Base(library)} {
		r, err := s.Replay(name)
		if err != nil || len(r.Statements) != 1 || r.Statements[0].Text != "x = 5" {
			t.Errorf("without %s: %+v, %v", name, r, err)
		}
	}
	if _, err := s.Replay("half"); err == nil || !strings.HasPrefix(err.Error(), "half is no library") {
		t.Errorf("without half: %v", err)
	}
}

// What is replayed can be replayed again, and comes to the same.
func TestReplayTwice(t *testing.T) {
	library := journalLibrary(t)
	s, fresh := replayed(t, library, "lib = ctypes.CDLL(path); P = ctypes.Structure('P', {{'x', 'int'}}); lib.add(1, 2)\nlib.half.restype = P\nl2 = ctypes.CDLL(path)\n_ctypes.dlclose(l2._handle)")
	first, _ := s.Replay()
	for _, st := range first.Statements {
		if err := fresh.Run(st); err != nil {
			t.Errorf("%+v: %v", st, err)
		}
	}
	texts := func(r Replay) (list []string) {
		for _, st := range r.Statements {
			list = append(list, st.Text)
		}
		return list
	}
	// In one process the two sessions share the books of the loader, so that the second does not see too many opens.
	second, _ := fresh.Replay()
	want := slices.DeleteFunc(texts(first), func(text string) bool { return strings.Contains(text, "dlclose") })
	if got := texts(second); !slices.Equal(got, want) {
		t.Errorf("first %q, then %q", want, got)
	}
}

// The journal does not grow without end, and what opened or declared something is the last to go.
func TestJournalIsBounded(t *testing.T) {
	library := journalLibrary(t)
	s, _ := replayed(t, library, "lib = ctypes.CDLL(path)")
	big := strings.Repeat("x", 1000)
	for i := range 2000 {
		if _, err := s.DoAt("stdin", i+2, fmt.Sprintf("v%d = '%s%d'", i%10, big, i)); err != nil {
			t.Fatal(err)
		}
	}
	if s.journal.bytes > mostJournal || len(s.journal.entries) > mostEntries {
		t.Errorf("%d bytes in %d entries", s.journal.bytes, len(s.journal.entries))
	}
	r, _ := s.Replay()
	if r.Forgotten == 0 || r.Statements[0].Text != "lib = ctypes.CDLL(path)" {
		t.Errorf("%d forgotten, the first is %q", r.Forgotten, r.Statements[0].Text)
	}
}

// Without a prompt there is no journal, and nothing is kept.
func TestNoJournal(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	s.Do("stdin", "x = 1")
	if r, err := s.Replay(); err != nil || len(r.Statements) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
}
