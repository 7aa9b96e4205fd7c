// This file defines the benchmarks of calls from C.

package lua

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	glua "github.com/yuin/gopher-lua"
)

const callingC = `
int ints(int (*f)(int, int), int n) { int s = 0; for (int i = 0; i < n; i++) s += f(i, 5); return s; }
double doubles(double (*f)(double, double), int n) { double s = 0; for (int i = 0; i < n; i++) s += f(i, 5); return s; }
int pointers(int (*f)(int *, int *), int n) { int s = 0; for (int i = 0; i < n; i++) s += f(&i, &n); return s; }
int texts(int (*f)(const char *), int n) { int s = 0; for (int i = 0; i < n; i++) s += f("hello"); return s; }
`

// BenchmarkCallback has C call a Lua function b.N times.
func BenchmarkCallback(b *testing.B) {
	source := filepath.Join(b.TempDir(), "calling.c")
	if err := os.WriteFile(source, []byte(callingC), 0o644); err != nil {
		b.Fatal(err)
	}
	library := compileC(b, []string{"-O2"}, source)
	for _, bench := range []struct{ name, make string }{
		{"ints", `CFUNCTYPE("int", "int", "int")(function(a, b) return a + b end)`},
		{"doubles", `CFUNCTYPE("double", "double", "double")(function(a, b) return a + b end)`},
		{"pointers", `CFUNCTYPE("int", "int *", "int *")(function(a, b) return 1 end)`},
		{"texts", `CFUNCTYPE("int", "const char *")(function(a) return 1 end)`},
	} {
		b.Run(bench.name, func(b *testing.B) {
			s := newTestSession(b, library)
			fn := evalOne(b, s, fmt.Sprintf("local f, cb = lib.%s, ctypes.%s return function(n) f(cb, n) end", bench.name, bench.make))
			b.ReportAllocs()
			b.ResetTimer()
			if _, err := s.run(fn.(*glua.LFunction), []glua.LValue{glua.LNumber(b.N)}); err != nil {
				b.Fatal(err)
			}
		})
	}
}
