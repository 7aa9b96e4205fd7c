// This file tests declaring C at a terminal: :include and Tab, C over several lines, the note on undeclared functions.

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	clockH = "typedef struct { int hours, minutes; } moment;\nint minutes_of(const moment *m);\n#define MIDNIGHT 0\n"
	clockC = `#include <stdio.h>
int minutes_of(const struct { int hours, minutes; } *m) { return m->hours * 60 + m->minutes; }
int tick(int n) { printf("tick %d\n", n); return n + 1; }
`
)

func startWithClock(t *testing.T) *console {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"clock.h": clockH, "clock.c": clockC} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(compiler(t), "-w", "-shared", "-fPIC", "-o", "clock.so", "clock.c")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return startOnTerminal(t, dir, "XDG_STATE_HOME="+t.TempDir())
}

// Tab finds the header, the library and then the names in it.
func TestTerminalInclude(t *testing.T) {
	c := startWithClock(t)
	c.keys(":inc\t ./clo\t")
	c.wait("> :include ./clock.h")
	c.keys(" ./clo\t")
	c.wait("> :include ./clock.h ./clock.")
	c.line("so")
	c.keys("clock.minu\t")
	c.wait("> clock.minutes_of")
	c.keys("(clock.mo\t")
	c.wait("> clock.minutes_of(clock.moment")
	c.line("(1, 30))")
	c.line("now = clock.moment(2, 0)")
	c.keys("now.\t")
	c.wait("\nhours    minutes\n> now.")
	c.keys("h\t")
	c.line("")
	c.keys(`ctypes.sizeof("mom` + "\t")
	c.line(`")`)
	c.leave(0)
	c.wantScreen(`
> :include ./clock.h ./clock.so
clock = ctypes.include("./clock.h", {lib = "./clock.so"})
-- 1 function, 1 type, 1 constant
> clock.minutes_of(clock.moment(1, 30))
90
> now = clock.moment(2, 0)
hours    minutes
> now.hours
2
> ctypes.sizeof("moment")
8
>
`)
}

// C may go over several lines: it runs when the brackets close, an error names the line that was typed, and Up brings
// all of it back.
func TestTerminalCdef(t *testing.T) {
	c := startWithClock(t)
	c.line(`lib = ctypes.CDLL("./clock.so")`)
	c.line("ctypes.cdef[[")
	c.line("  int tick(int n);")
	c.keys("  unsig\t")
	c.wait(">>   unsigned")
	c.line(" count(lnog n);")
	c.line("]]")
	c.line("lib.tick.argtypes")
	c.keys("\x1b[A\x1b[A")
	c.wait("> ctypes.cdef[[⏎  int tick(int n);⏎  unsigned count(lnog n);⏎]]")
	c.keys(strings.Repeat("\x1b[D", len(" n);⏎]]")-2)) // to behind lnog
	c.keys("\x7f\x7f\x7fong")
	c.line("")
	c.line("lib.tick(1)")
	c.line("\x1b[200~ctypes.cdef([[\r\ttypedef struct {\r\t\tint a;\r\t} pasted;\r]])\x1b[201~")
	c.line(`ctypes.sizeof("pasted")`)
	c.leave(0)
	c.wantScreen(`
> lib = ctypes.CDLL("./clock.so")
> ctypes.cdef[[
>>   int tick(int n);
>>   unsigned count(lnog n);
>> ]]
CDefError: stdin:4:18: unknown type name lnog
      unsigned count(lnog n);
                     ^
did you mean long?
> lib.tick.argtypes
nil
> ctypes.cdef[[⏎  int tick(int n);⏎  unsigned count(long n);⏎]]
> lib.tick(1)
tick 1
2
> ctypes.cdef([[
>>  typedef struct {
>>   int a;
>>  } pasted;
>> ]])
> ctypes.sizeof("pasted")
4
>
`)
}

// The first call of a function that nobody declared says what it assumes, before what C prints; the second does not.
func TestTerminalNote(t *testing.T) {
	c := startWithClock(t)
	c.line(`lib = ctypes.CDLL("./clock.so")`)
	c.line("lib.tick(1)")
	c.line("lib.tick(2)")
	c.line(`ctypes.CDLL(nil).printf("%d\n", 5)`)
	c.leave(0)
	c.wantScreen(`
> lib = ctypes.CDLL("./clock.so")
> lib.tick(1)
note: nobody declared tick; it is called as int tick(int)
      declare it: ctypes.cdef("int tick(int);"), with the types it has in C
tick 1
2
> lib.tick(2)
tick 2
3
> ctypes.CDLL(nil).printf("%d\n", 5)
5
2
>
`)
}

// A pipe is not told, whatever :include prints is on stdout, and a failed one ends in status 1.
func TestPipeInclude(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(binary)
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(":include stdbool.h\nstdbool.bool\nctypes.CDLL(nil).abs(-1)\n:include ./nosuch.h\n")
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if want := "stdbool = ctypes.include(\"stdbool.h\")\n-- 1 type, 2 constants\n<class 'ctypes.c_bool': _Bool, 1 byte>\n1\n"; out.String() != want {
		t.Errorf("stdout is %q, want %q", out.String(), want)
	}
	if !strings.HasPrefix(errs.String(), "stdin:4: CDefError: no header ./nosuch.h\n") {
		t.Errorf("stderr is %q", errs.String())
	}
	if cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("%v (%v), want status 1", cmd.ProcessState, err)
	}
}
