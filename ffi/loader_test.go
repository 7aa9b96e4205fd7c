// This file tests the books: opens and closes counted, and objects retired when the loader lets them go.

//go:build linux

package ffi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// model builds testdata/lib.c, quiet: without its constructor and destructor printing.
func model(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	compile(t, path, "int answer = 42; int add(int a, int b) { return a + b; }", "-shared", "-fPIC")
	return path
}

func TestOpensAndCloses(t *testing.T) {
	ownThread(t)
	path := model(t, "libmodel.so")
	one, err := Open(path, 0, "first")
	if err != nil {
		t.Fatal(err)
	}
	two, err := Open(path, 0, "second")
	if err != nil {
		t.Fatal(err)
	}
	if one != two || one.Opens != 2 || strings.Join(one.Openers, " ") != "first second" {
		t.Errorf("two opens: %+v and %+v", one, two)
	}
	addr, owner, err := Lookup(one.Handle, "add")
	if err != nil || owner != one || addr < one.Base {
		t.Errorf("add at %#x of %v (%v)", addr, owner, err)
	}
	if err := Close(one.Handle); err != nil || !one.Mapped() || one.Opens != 1 {
		t.Errorf("first close: %v, %+v", err, one)
	}
	if err := Close(one.Handle); err != nil || one.Mapped() {
		t.Errorf("second close: %v, %+v", err, one)
	}
	err = Close(one.Handle)
	if err == nil || !strings.Contains(err.Error(), "libmodel.so was unloaded (opened twice, closed twice)") {
		t.Errorf("third close: %v", err)
	}
	again, err := Open(path, 0, "third")
	if err != nil || again == one || one.Mapped() || !again.Mapped() {
		t.Errorf("opened again: %+v, the old one %+v (%v)", again, one, err)
	}
	if err := Close(again.Handle); err != nil {
		t.Error(err)
	}
}

// A dependency leaves with the last library that needs it, and its symbols know whose they are.
func TestDependencies(t *testing.T) {
	ownThread(t)
	dir := t.TempDir()
	base, user := filepath.Join(dir, "libbase.so"), filepath.Join(dir, "libuser.so")
	compile(t, base, "int below(void) { return 1; }", "-shared", "-fPIC", "-Wl,-soname,libbase.so")
	compile(t, user, "int below(void); int above(void) { return below() + 1; }", "-shared", "-fPIC", "-L"+dir, "-Wl,--no-as-needed", "-lbase", "-Wl,-rpath,"+dir)
	o, err := Open(user, 0, "test")
	if err != nil {
		t.Fatal(err)
	}
	_, owner, err := Lookup(o.Handle, "below")
	if err != nil || owner == o || filepath.Base(owner.Path) != "libbase.so" {
		t.Fatalf("below belongs to %v (%v)", owner, err)
	}
	if err := Close(owner.Handle); err == nil || !strings.Contains(err.Error(), "shared object not open") {
		t.Errorf("closing a dependency nobody opened: %v", err)
	}
	if err := Close(o.Handle); err != nil || o.Mapped() || owner.Mapped() {
		t.Errorf("after the close (%v): the library is mapped %v, its dependency %v", err, o.Mapped(), owner.Mapped())
	}
}

// libc never leaves: a close too many is refused by the books, where glibc would say yes for ever.
func TestNeverUnloaded(t *testing.T) {
	ownThread(t)
	o, err := Open("libc.so.6", 0, "test")
	if err != nil {
		t.Fatal(err)
	}
	for o.Opens > 0 {
		if err := Close(o.Handle); err != nil {
			t.Fatal(err)
		}
	}
	if err := Close(o.Handle); err == nil || !strings.Contains(err.Error(), "something else holds it") || !o.Mapped() {
		t.Errorf("one close too many: %v", err)
	}
}

func TestBadHandles(t *testing.T) {
	ownThread(t)
	for _, h := range []uintptr{1, 8, 12345, 1 << 40, 1 << 60, ^uintptr(0), uintptr(Address([]byte{1})), uintptr(len(os.Args)), Address(make([]byte, 64))} {
		if err := Close(h); err == nil || !strings.Contains(err.Error(), "is not open") {
			t.Errorf("Close(%#x) = %v", h, err)
		}
		if _, _, err := Lookup(h, "abs"); err == nil || !strings.Contains(err.Error(), "is not open") {
			t.Errorf("Lookup(%#x) = %v", h, err)
		}
		if o := ByHandle(h); o != nil {
			t.Errorf("ByHandle(%#x) = %v", h, o)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	ownThread(t)
	for _, test := range []struct{ name, want string }{
		{"", "the library name is empty"},
		{"a\x00b", "has a NUL byte"},
		{"./no/such.so", "./no/such.so: cannot open shared object file: No such file or directory"},
		{t.TempDir(), "cannot read file data: Is a directory"},
		{"/etc/passwd", "invalid ELF header"},
	} {
		if _, err := Open(test.name, 0, "test"); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Open(%q) = %v, want %s", test.name, err, test.want)
		}
	}
	if _, _, err := Lookup(0, "no_such_symbol"); err == nil || !strings.Contains(err.Error(), "undefined symbol: no_such_symbol") {
		t.Errorf("Lookup in everything: %v", err)
	}
	if addr, _, err := Lookup(0, "malloc"); err != nil || addr == 0 {
		t.Errorf("malloc in everything: %#x, %v", addr, err)
	}
}
