// This file tests the words for faults, on crashes that are made up.

package lua

import (
	"fmt"
	"strings"
	"testing"

	"dlsh/ffi"
)

func TestMeanings(t *testing.T) {
	for _, row := range []struct {
		crash ffi.Crash
		want  string
	}{
		{ffi.Crash{Signal: sigSEGV, Code: 1, Access: "read"}, "read of 0x0 (NULL)"},
		{ffi.Crash{Signal: sigSEGV, Code: 1, Access: "read", Addr: 5, Whose: "the NULL page"}, "read of 0x5 (the NULL page)"},
		{ffi.Crash{Signal: sigSEGV, Code: 1, Access: "write", Addr: 0x7000, Whose: "not mapped"}, "write to 0x7000 (not mapped)"},
		{ffi.Crash{Signal: sigSEGV, Code: 2, Access: "write", Addr: 0x7000, Whose: "read-only memory of ./lib.so (.rodata)"},
			"write to 0x7000 (read-only memory of ./lib.so (.rodata))"},
		{ffi.Crash{Signal: sigSEGV, Code: 2, Access: "write", Addr: 0x7000}, "write to 0x7000 (which is mapped, but not for that)"},
		{ffi.Crash{Signal: sigSEGV, Code: 1, Access: "execute", Addr: 0x40, Whose: "the NULL page"}, "jump to 0x40 (the NULL page)"},
		{ffi.Crash{Signal: sigSEGV, Code: 1, Access: "write", Addr: 0x7000, Whose: "the guard page of the stack, which has overflowed"},
			"stack overflow (write to 0x7000)"},
		{ffi.Crash{Signal: sigSEGV, Code: codeKernel, Whose: "rax holds 0x4141414141414141, which no address can be"},
			"rax holds 0x4141414141414141, which no address can be"},
		{ffi.Crash{Signal: sigSEGV, Code: codeKernel}, "an address that cannot be one, or a misaligned vector"},
		{ffi.Crash{Signal: sigSEGV, Code: 4, Access: "read", Addr: 0x7000}, "the memory is locked by a protection key"},
		{ffi.Crash{Signal: sigSEGV, Code: -6}, "raised by the code itself"},
		{ffi.Crash{Signal: sigSEGV, Code: 0}, "raised by the code itself"},
		{ffi.Crash{Signal: sigBUS, Code: 2, Access: "read", Addr: 0x7000}, "read of 0x7000 (mapped, but beyond the end of the file)"},
		{ffi.Crash{Signal: sigBUS, Code: 2, Access: "read", Addr: 0x7000, Whose: "memory of the mapped file /tmp/x"},
			"read of 0x7000 (memory of the mapped file /tmp/x, beyond the end of the file)"},
		{ffi.Crash{Signal: sigBUS, Code: 1, Addr: 0x7001, Whose: "memory of the heap"}, "access to 0x7001 (misaligned)"},
		{ffi.Crash{Signal: sigBUS, Code: 1}, "a misaligned access"},
		{ffi.Crash{Signal: sigFPE, Code: 1}, "integer division by zero, or INT_MIN / -1"},
		{ffi.Crash{Signal: sigFPE, Code: 3}, "floating-point division by zero"},
		{ffi.Crash{Signal: sigFPE, Code: 99}, "an arithmetic error"},
		{ffi.Crash{Signal: sigILL, Code: 2}, "an instruction that the CPU does not know"},
		{ffi.Crash{Signal: sigTRAP, Code: 1}, "a breakpoint instruction"},
		{ffi.Crash{Signal: sigTRAP, Code: 2}, "a single step: the trap flag is set"},
		{ffi.Crash{Signal: sigSYS, Code: 1}, "a system call that a filter (seccomp) forbids"},
		{ffi.Crash{Signal: sigABRT, Code: -6}, "raised by the code itself"},
		{ffi.Crash{Signal: sigTRAP, Code: 1, Refused: "longjmp out of the call that Lua made"}, "longjmp out of the call that Lua made"},
		{ffi.Crash{Signal: 29, Code: 1}, "the signal ended the call"},
	} {
		if got := meaningOf(&row.crash, nil); got != row.want {
			t.Errorf("%+v: %s, want %s", row.crash, got, row.want)
		}
	}
}

// at is a frame: a function and its library, and an address that is the same for the same text.
func at(text string) frame {
	symbol, library, _ := strings.Cut(text, " ")
	pc := uintptr(1)
	for _, b := range []byte(text) {
		pc = pc*31 + uintptr(b)
	}
	return frame{spot: ffi.Spot{PC: pc, Symbol: symbol, Path: library}, symbol: symbol}
}

func stack(parts ...string) (list []frame) {
	for _, part := range parts {
		times := 1
		if text, ok := strings.CutPrefix(part, "*"); ok {
			fmt.Sscanf(text, "%d %s", &times, &part)
			_, part, _ = strings.Cut(text, " ")
		}
		for range times {
			for _, one := range strings.Split(part, ", ") {
				list = append(list, at(one))
			}
		}
	}
	return list
}

func TestWhyItAborted(t *testing.T) {
	for _, row := range []struct{ from, want string }{
		{"raise libc.so.6|abort libc.so.6|f lib.so", "abort was called"},
		{"raise libc.so.6|abort libc.so.6|__assert_fail_base libc.so.6|__assert_fail libc.so.6|f lib.so", "failed assertion"},
		{"abort libc.so.6|__fortify_fail libc.so.6|__stack_chk_fail libc.so.6|f lib.so", "a local array was written beyond its end (stack smashing detected)"},
		{"abort libc.so.6| libc.so.6|free libc.so.6|f lib.so", "malloc found its books damaged"},
		{"abort libc.so.6| libstdc++.so.6|std::terminate() libstdc++.so.6|__cxa_throw libstdc++.so.6|f lib.so", "a C++ exception that nothing catches (std::terminate)"},
		{"abort libc.so.6| libstdc++.so.6|__cxa_pure_virtual libstdc++.so.6|f lib.so", "a pure virtual function of C++ was called"},
		{"kill libc.so.6|f lib.so|free libc.so.6|g lib.so", "raised by the code itself"},
	} {
		if got := meaningOf(&ffi.Crash{Signal: sigABRT, Code: -6}, stack(strings.Split(row.from, "|")...)); got != row.want {
			t.Errorf("%s: %s, want %s", row.from, got, row.want)
		}
	}
}

func TestShownFrames(t *testing.T) {
	segv := ffi.Crash{Signal: sigSEGV, Code: 1, Access: "read"}
	abort := ffi.Crash{Signal: sigABRT, Code: -6}
	for _, row := range []struct {
		title  string
		crash  ffi.Crash
		frames []frame
		want   string
	}{
		{"innermost first", segv, stack("strlen libc.so.6", "greet lib.so"), "in strlen+0x0 (libc.so.6)|called by greet+0x0 (lib.so)"},
		{"nothing is known", segv, nil, ""},
		{"a signal that C raised", abort, stack("pthread_kill libc.so.6", "raise libc.so.6", "abort libc.so.6", "f lib.so"),
			"in abort+0x0 (libc.so.6)|called by f+0x0 (lib.so)"},
		{"the library that was called has no names", abort, stack("raise libc.so.6", " libc.so.6", "f lib.so"),
			"in raise+0x0 (libc.so.6)|called by f+0x0 (lib.so)"},
		{"what libc does within itself", segv, stack("strlen libc.so.6", "vfprintf libc.so.6", "printf libc.so.6", "f lib.so", "sort libc.so.6", "qsort libc.so.6", "g lib.so"),
			"in strlen+0x0 (libc.so.6)|called by printf+0x0 (libc.so.6)|called by f+0x0 (lib.so)|called by qsort+0x0 (libc.so.6)|called by g+0x0 (lib.so)"},
		{"many", segv, stack("a l", "b l", "c l", "d l", "e l", "f l", "g l", "h l", "i l"),
			"in a+0x0 (l)|called by b+0x0 (l)|called by c+0x0 (l)|called by d+0x0 (l)|called by e+0x0 (l)|… 3 more frames|called by i+0x0 (l)"},
		{"a recursion", segv, stack("x l", "*30 f l", "main l"),
			"in x+0x0 (l)|called by f+0x0 (l)|… 29 more frames|called by main+0x0 (l)"},
		{"three are no recursion worth a line", segv, stack("f l", "f l", "main l"), "in f+0x0 (l)|called by f+0x0 (l)|called by main+0x0 (l)"},
		{"two that call each other", segv, stack("x l", "*10 f l, g l", "f l", "main l"),
			"in x+0x0 (l)|called by f+0x0 (l)|called by g+0x0 (l)|… 19 more frames|called by main+0x0 (l)"},
	} {
		if got := strings.Join(shownFrames(row.frames, &row.crash), "|"); got != row.want {
			t.Errorf("%s:\n%s\nwant\n%s", row.title, got, row.want)
		}
	}
	full := segv
	full.Trace = make([]ffi.Spot, fullTrace)
	if got, want := strings.Join(shownFrames(stack("x l", "*63 f l"), &full), "|"),
		"in x+0x0 (l)|called by f+0x0 (l)|… and so on: the recursion is deeper than is followed"; got != want {
		t.Errorf("endless:\n%s\nwant\n%s", got, want)
	}
	null := ffi.Crash{Signal: sigSEGV, Code: 1, Access: "execute"}
	if got := strings.Join(shownFrames([]frame{{}, at("f l")}, &null), "|"); got != "called by f+0x0 (l)" {
		t.Errorf("a call of NULL: %s", got)
	}
}

func TestCallers(t *testing.T) {
	for _, row := range []struct {
		function, at, callback string
		prompt                 bool
		by, note               string
	}{
		{"main chunk", "t.lua:3", "", false, "main chunk, t.lua:3", ""},
		{"main chunk", "stdin:3", "", true, "", ""},
		{"function f", "stdin:3", "", true, "function f, stdin:3", ""},
		{"the function at t.lua:3", "t.lua:3", "", false, "the function at t.lua:3", ""},
		{"the function at t.lua:3", "t.lua:5", "", false, "the function at t.lua:3, t.lua:5", ""},
		{"function cmp", "t.lua:3", "in callback cmp", false, "callback cmp, t.lua:3", ""},
		{"function cmp", "t.lua:3", "in callback cmp, in callback outer", false, "callback cmp, t.lua:3", "in callback outer"},
		{"function cmp", "t.lua:3", "in callback cmp; 3 more errors in callbacks", false, "callback cmp, t.lua:3", "3 more errors in callbacks"},
		{"function f", "t.lua:3", "in callback cmp", false, "function f, t.lua:3", "in callback cmp"},
		{"function c", "t.lua:3", "in callback cmp", false, "function c, t.lua:3", "in callback cmp"},
	} {
		by, note := callerText(row.function, row.at, row.callback, row.prompt)
		if by != row.by || note != row.note {
			t.Errorf("%+v: %q, %q", row, by, note)
		}
	}
}
