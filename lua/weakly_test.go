// This file tests that a long session does not keep what nobody has any more.

package lua

import (
	"runtime"
	"testing"
)

func TestNothingPilesUp(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	for _, text := range []string{
		`for i = 1, 1000 do ctypes.CDLL(nil, {debug_info = false}).abs(1) end`,
		`for i = 1, 1000 do local b = ctypes.include("stdbool.h").bool end`,
	} {
		if _, err := s.Do("stdin", text); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	libraries, headers := 0, 0
	for range s.libraries.all() {
		libraries++
	}
	for range s.headers.all() {
		headers++
	}
	if libraries > 100 || headers > 100 {
		t.Errorf("%d libraries and %d headers are kept", libraries, headers)
	}
}

// Where only one of its functions is left of a library, that function is declared all the same.
func TestFunctionKeepsItsLibrary(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	if _, err := s.Do("stdin", `labs = ctypes.CDLL(nil, {debug_info = false}).labs`); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		runtime.GC()
	}
	shown, err := s.Do("stdin", `ctypes.cdef"long labs(long);" return labs.prototype`)
	if err != nil || len(shown) != 1 || shown[0] != "long (long)" {
		t.Errorf("%v, %v", shown, err)
	}
}
