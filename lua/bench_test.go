// This file defines the benchmarks of a call from Lua. scripts/dev/bench.sh compares them with other programs.

package lua

import (
	"fmt"
	"testing"

	glua "github.com/yuin/gopher-lua"
)

// BenchmarkCall runs a Lua loop of b.N turns around one call.
func BenchmarkCall(b *testing.B) {
	for _, bench := range []struct{ name, setup, call string }{
		{"loop", "", ""},
		{"int(int,int)", `f = ctypes.CDLL("libc.so.6").abs; f.argtypes = {"int", "int"}`, "f(i, 5)"},
		{"double(double,double)", `f = ctypes.CDLL("libm.so.6").fmax; f.argtypes = {"double", "double"}; f.restype = "double"`, "f(i, 2.5)"},
		{"size_t(const char*)", `f = ctypes.CDLL("libc.so.6").strlen; f.argtypes = {"const char *"}; f.restype = "size_t"`, `f("hello world")`},
		{"field get", `f = ctypes.Structure("P", {{"x", "double"}, {"y", "double"}})(1, 2)`, "local x = f.x"},
		{"field set", `f = ctypes.Structure("P", {{"x", "double"}, {"y", "double"}})(1, 2)`, "f.x = i"},
		{"array get", `f = (ctypes.c_int * 100)()`, "local x = f[5]"},
		{"array set", `f = (ctypes.c_int * 100)()`, "f[5] = i"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			s := New(Options{})
			defer s.Close()
			if _, err := s.Do("setup", bench.setup); err != nil {
				b.Fatal(err)
			}
			fn, err := s.compile("bench", 1, fmt.Sprintf("local f, n = f, ...; for i = 1, n do %s end", bench.call))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			if _, err := s.run(fn, []glua.LValue{glua.LNumber(b.N)}); err != nil {
				b.Fatal(err)
			}
		})
	}
}
