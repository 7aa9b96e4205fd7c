// This file tests CheckCode, NotAllocated and CheckHandle: what is said of addresses and handles before C gets them.

package ffi

import (
	"errors"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// openFixture compiles C text and opens the library once.
func openFixture(t *testing.T, source string) *Object {
	t.Helper()
	lib, err := Open(compileLibrary(t, source), Flags["RTLD_NOW"], "test")
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func TestCheckCode(t *testing.T) {
	ownThread(t)
	lib := openFixture(t, `int counter = 1; static int table[4] = {1}; int *get(void) { return table; }
		int twice(int x) { return 2 * x; } int (*stored)(int) = twice;`)
	at := func(name string) uintptr {
		addr, _, err := Lookup(lib.Handle, name)
		if err != nil {
			t.Fatal(err)
		}
		return addr
	}
	page, err := unix.Mmap(-1, 0, 3*4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	plain := uintptr(unsafe.Pointer(&page[0]))
	if err := unix.Mprotect(page[4096:8192], unix.PROT_READ|unix.PROT_EXEC); err != nil {
		t.Fatal(err)
	}
	own, _ := Alloc(16)
	for _, c := range []struct {
		name string
		addr uintptr
		want string // "" for code
	}{
		{"a function", at("twice"), ""},
		{"a function that the guard stands in for", symbol(t, "libc.so.6", "signal"), ""},
		{"the middle of a function", at("twice") + 1, ""},
		{"executable memory of no file", plain + 4096, ""},
		{"NULL", 0, "is NULL"},
		{"SIG_IGN", 1, "is a small number"},
		{"SIG_ERR", ^uintptr(0), "is -1"},
		{"the null page", 4000, "is a small number"},
		{"no mapping", 0x1234500000, "is not mapped"},
		{"beyond user space", 0xffff800000000000, "is not mapped"},
		{"a variable", at("counter"), "is the variable counter of "},
		{"the middle of a variable", at("counter") + 1, "is in the variable counter of "},
		{"a function pointer", at("stored"), "is the variable stored of "},
		{"data without a name", call(at("get")), "is data of "},
		{"plain memory", plain, "is memory that holds data, not code"},
		{"Go's memory", Address(own), "is memory of dlsh's own, not code"},
		{"Go's code", trampoline, "is code of dlsh itself"},
	} {
		if o := departedAt(c.addr); c.addr == plain && o != nil && o.gone {
			continue // another test had a library there, and that is what is said of it
		}
		err := CheckCode(c.addr)
		switch e := (*NotCode)(nil); {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (!errors.As(err, &e) || !strings.HasPrefix(e.What, c.want)):
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		case c.name == "a function pointer" && e.Points != "twice":
			t.Errorf("%s: the address of %q is stored there", c.name, e.Points)
		}
	}

	twice := at("twice")
	before := Unloads
	if err := Close(lib.Handle); err != nil {
		t.Fatal(err)
	}
	if Unloads == before {
		t.Error("nothing was counted")
	}
	var e *NotCode
	if err := CheckCode(twice); !errors.As(err, &e) || e.Unloaded != lib {
		t.Errorf("code of a library that has left: %v", err)
	}
}

func TestNotAllocated(t *testing.T) {
	ownThread(t)
	lib := openFixture(t, "#include <stdlib.h>\nint counter[8]; void *give(long n) { return malloc(n); } void take(void *p) { free(p); }")
	at := func(name string) uintptr {
		addr, _, err := Lookup(lib.Handle, name)
		if err != nil {
			t.Fatal(err)
		}
		return addr
	}
	small, large := call(at("give"), 10), call(at("give"), 10<<20)
	own, _ := Alloc(16)
	for _, c := range []struct {
		name string
		addr uintptr
		want string // "" for what malloc may have given
	}{
		{"a small block", small, ""},
		{"a large block", large, ""},
		{"inside a block", small + 4, "is no multiple of 16"},
		{"a variable", at("counter"), "is the variable counter of "},
		{"code", at("take"), "is code of "},
		{"no mapping", 0x1234500000, "is not mapped"},
		{"Go's memory", Address(own), "is memory of dlsh's own"},
	} {
		if got := NotAllocated(c.addr, true); !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	call(at("take"), small)
	call(at("take"), large)
}

func TestObjectAt(t *testing.T) {
	ownThread(t)
	lib := openFixture(t, "int counter; int *get(void) { static int hidden[5000]; return hidden + 4999; }")
	get, _, err := Lookup(lib.Handle, "get")
	if err != nil {
		t.Fatal(err)
	}
	last := call(get)
	for _, addr := range []uintptr{lib.Base, get, last} {
		if o := ObjectAt(addr); o != lib {
			t.Errorf("0x%x lies in %v, want %v", addr, o, lib)
		}
	}
	if o := ObjectAt(lib.high); o == lib {
		t.Errorf("what follows %v lies in it", lib)
	}
	if err := Close(lib.Handle); err != nil {
		t.Fatal(err)
	}
	if o := ObjectAt(last); o == lib {
		t.Errorf("%v has left, and has memory", lib)
	}
	var b [1]byte
	if Read(b[:], last) != nil && Departed(last) != lib {
		t.Errorf("0x%x was in %v, want %v", last, Departed(last), lib)
	}
}

func TestCheckHandle(t *testing.T) {
	ownThread(t)
	lib := openFixture(t, "int counter;")
	if err := CheckHandle(lib.Handle); err != nil {
		t.Error(err)
	}
	block := make([]byte, 4096)
	for _, bad := range []uintptr{0, 1, lib.Handle + 8, Address(block)} {
		if CheckHandle(bad) == nil {
			t.Errorf("0x%x is a handle", bad)
		}
	}
	if err := Close(lib.Handle); err != nil {
		t.Fatal(err)
	}
	if err := CheckHandle(lib.Handle); err == nil || !strings.Contains(err.Error(), "was unloaded") {
		t.Errorf("a handle that was closed: %v", err)
	}
}
