// This file tests reads and writes through addresses that are not there, or not writable.

package ffi

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// pages maps n pages and gives their address: readable, then unreadable, then read-only.
func pages(t *testing.T) (good, missing, readOnly uintptr) {
	t.Helper()
	size := os.Getpagesize()
	mem, err := syscall.Mmap(-1, 0, 3*size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(mem) })
	for i := range mem[:size] {
		mem[i] = 'a'
	}
	if err := syscall.Mprotect(mem[size:2*size], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mprotect(mem[2*size:], syscall.PROT_READ); err != nil {
		t.Fatal(err)
	}
	base := uintptr(unsafe.Pointer(&mem[0]))
	return base, base + uintptr(size), base + 2*uintptr(size)
}

func TestBadAddresses(t *testing.T) {
	good, missing, readOnly := pages(t)
	page := int64(missing - good)
	b, big := make([]byte, 8), make([]byte, 8000)
	for _, test := range []struct {
		what string
		do   func() error
		want string // the beginning of the message; "" for no error
	}{
		{"read what is there", func() error { return Read(b, good) }, ""},
		{"read null", func() error { return Read(b, 0) }, "cannot read 8 bytes from a NULL pointer"},
		{"read the null page", func() error { return Read(b, 16) }, "cannot read 8 bytes from 0x10"},
		{"read a missing page", func() error { return Read(b, missing) }, "cannot read 8 bytes"},
		{"read across the end of a page", func() error { return Read(b, missing-4) }, "cannot read 8 bytes"},
		{"read a non-canonical address", func() error { return Read(b, 1<<60) }, "cannot read 8 bytes from 0x1000000000000000"},
		{"read the last bytes there are", func() error { return Read(b, ^uintptr(0)-3) }, "cannot read 8 bytes"},
		{"read nothing from nowhere", func() error { return Read(nil, 0) }, ""},
		{"write what is there", func() error { return Write(good, b) }, ""},
		{"write null", func() error { return Write(0, b) }, "cannot write 8 bytes to a NULL pointer"},
		{"write a read-only page", func() error { return Write(readOnly, b) }, "cannot write 8 bytes to 0x"},
		{"read a read-only page", func() error { return Read(b, readOnly) }, ""},
		{"move from null", func() error { return Move(good, 0, 4) }, "cannot read 4 bytes from a NULL pointer"},
		{"move to null", func() error { return Move(0, good, 4) }, "cannot write 4 bytes to a NULL pointer"},
		{"move over the end", func() error { return Move(good, missing-2, 4) }, "cannot read 4 bytes"},
		{"move far too much", func() error { return Move(good, good, 1<<40) }, "cannot read 1099511627776 bytes"},
		{"move over a hole in the middle of the source", func() error { return Move(Address(big), missing-100, 8000) }, "cannot read 8000 bytes"},
		{"move over a hole in the middle of the target", func() error { return Move(missing-100, Address(big), 8000) }, "cannot write 8000 bytes"},
		{"move within one area over a hole", func() error { return Move(good, good+8, 2*page+100) }, "cannot read"},
		{"move down over read-only memory", func() error { return Move(readOnly, readOnly+8, 100) }, "cannot write 100 bytes"},
		{"set far too much", func() error { return Set(good, 0, 1<<62) }, "cannot write"},
		{"set null", func() error { return Set(0, 0, 4) }, "cannot write 4 bytes to a NULL pointer"},
		{"a string that ends in time", func() error { Write(missing-3, []byte("ab\x00")); _, err := CString(missing - 3); return err }, ""},
		{"a wide string that ends in time", func() error {
			Write(missing-8, []byte("a\x00\x00\x00\x00\x00\x00\x00"))
			_, err := Text(missing-8, 4, -1)
			return err
		}, ""},
		{"a wide string across the end of a page", func() error {
			Write(missing-6, []byte("a\x00\x00\x00\x00\x00"))
			_, err := Text(missing-6, 4, -1)
			return err
		}, "cannot read a string"},
		{"a string with a limit at the end of a page", func() error { Write(missing-3, []byte("abc")); _, err := Text(missing-3, 1, 3); return err }, ""},
		{"a string without an end", func() error { Write(missing-3, []byte("abc")); _, err := CString(missing - 3); return err }, "cannot read a string"},
	} {
		err := test.do()
		var fault *Fault
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.what, err)
		case test.want != "" && (!errors.As(err, &fault) || !strings.HasPrefix(err.Error(), test.want)):
			t.Errorf("%s: got %v, want %s...", test.what, err, test.want)
		}
	}
}
