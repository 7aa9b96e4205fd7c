// This file tests names of C++ and Rust.

package ffi

import (
	"strings"
	"testing"
)

func TestDemangle(t *testing.T) {
	for name, want := range map[string]string{
		"":                            "",
		"printf":                      "printf",
		"_Z":                          "_Z",
		"_Zebra":                      "_Zebra",
		"_Z3addii":                    "add(int, int)",
		"_ZNK3geo4areaEd":             "geo::area(double) const",
		"_ZN3geo5pointC1Ev":           "geo::point::point()",
		"_ZTV4virt":                   "vtable for virt",
		"_ZSt4cout":                   "std::cout",
		"_ZNSt6vectorIiSaIiEE4pushEi": "std::vector<int, std::allocator<int> >::push(int)",
		"_RNvC6_123foo3bar":           "123foo::bar",
		"_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE": "core::fmt::Write::write_fmt",
	} {
		if got := Demangle(name); got != want {
			t.Errorf("Demangle(%q) = %q, want %q", name, got, want)
		}
		if got := (Symbol{Name: name}).Demangled(); got != want {
			t.Errorf("Demangled of %q is %q, want %q", name, got, want)
		}
	}
}

// Names made to be long are given up on.
func TestDemangleBombs(t *testing.T) {
	for _, name := range []string{
		"_Z1fI" + strings.Repeat("S_I", 2000) + strings.Repeat("E", 2000) + "v",
		"_Z1f" + strings.Repeat("P", 8000) + "i",
		"_Z1f" + strings.Repeat("P", 1<<20) + "i",
		"_Z1fN1aE" + strings.Repeat("PFS_S_E", 1000),
		"_Z" + strings.Repeat("N1a", 2000),
	} {
		if got := Demangle(name); len(got) > len(name)+1<<longestDemangled {
			t.Errorf("%.20q...: %d bytes", name, len(got))
		}
	}
}

func FuzzDemangle(f *testing.F) {
	f.Add("_ZNSt6vectorIiSaIiEE4pushEi")
	f.Add("_RNvC6_123foo3bar")
	f.Fuzz(func(t *testing.T, name string) { Demangle(name) })
}
