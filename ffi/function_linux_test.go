// This file tests FunctionAt.

package ffi

import "testing"

func TestFunctionAt(t *testing.T) {
	ownThread(t)
	lib, err := Open("libc.so.6", Flags["RTLD_NOW"], "test")
	if err != nil {
		t.Fatal(err)
	}
	addr, owner, err := Lookup(lib.Handle, "qsort")
	if err != nil {
		t.Fatal(err)
	}
	if name, in := FunctionAt(addr); name != "qsort" || in != owner {
		t.Errorf("at qsort there is %q of %v, want qsort of %v", name, in, owner)
	}
	if name, in := FunctionAt(addr + 1); name != "" || in != owner {
		t.Errorf("inside qsort there is %q of %v, want no name, of %v", name, in, owner)
	}
	b, err := Alloc(16)
	if err != nil {
		t.Fatal(err)
	}
	if name, in := FunctionAt(Address(b)); name != "" || in != nil {
		t.Errorf("in Go's memory there is %q of %v", name, in)
	}
}
