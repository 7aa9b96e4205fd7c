// This file defines what the tests against C share: compiling a library, running Lua on it, comparing values.

package lua

import (
	"math"
	"os/exec"
	"path/filepath"
	"testing"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
	"dlsh/types"
	"dlsh/types/random"
)

// compileC compiles C files to a shared library in a folder of the test's own.
func compileC(t testing.TB, options []string, sources ...string) (library string) {
	t.Helper()
	cc := random.FindCompiler(t, types.Host()).CC
	library = filepath.Join(t.TempDir(), "libtest.so")
	args := append([]string{"-shared", "-fPIC", "-w", "-o", library}, options...)
	if out, err := exec.Command(cc, append(args, sources...)...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", cc, args, err, out)
	}
	return library
}

// newTestSession is a session with the library open as the global lib.
func newTestSession(t testing.TB, library string) *Session {
	t.Helper()
	s := New(Options{})
	t.Cleanup(s.Close)
	s.L.SetGlobal("path", glua.LString(library))
	evalLua(t, s, `lib = ctypes.CDLL(path); i64, u64 = ctypes.int64, ctypes.uint64; inf, nan, zero = 1/0, 0/0, 0`)
	return s
}

// evalLua runs a chunk that must not fail and gives what it returns.
func evalLua(t testing.TB, s *Session, src string) []glua.LValue {
	t.Helper()
	values, err := tryLua(s, src)
	if err != nil {
		t.Fatalf("%s\n%v", src, err)
	}
	return values
}

// evalOne is evalLua for chunks that return one value; none at all counts as nil.
func evalOne(t testing.TB, s *Session, src string) glua.LValue {
	t.Helper()
	if values := evalLua(t, s, src); len(values) > 0 {
		return values[0]
	}
	return glua.LNil
}

func tryLua(s *Session, src string) ([]glua.LValue, error) {
	fn, err := s.compile("test", 1, src)
	if err != nil {
		return nil, err
	}
	return s.run(fn, nil)
}

// sameLua reports whether two Lua values are one to the bit: -0 is not 0, a number
// is not an int64, and NaN is NaN.
func sameLua(s *Session, a, b glua.LValue) bool {
	x, isNumber := a.(glua.LNumber)
	y, alsoNumber := b.(glua.LNumber)
	if isNumber && alsoNumber {
		return math.Float64bits(float64(x)) == math.Float64bits(float64(y)) ||
			math.IsNaN(float64(x)) && math.IsNaN(float64(y))
	}
	if a.Type() == glua.LTUserData && b.Type() == glua.LTUserData {
		return s.L.ToStringMeta(a).String() == s.L.ToStringMeta(b).String()
	}
	return a == b
}

// cBytes reads a variable of the library.
func cBytes(t testing.TB, s *Session, name string, n int) []byte {
	t.Helper()
	lib := s.L.GetGlobal("lib").(*glua.LUserData).Value.(*library)
	addr, _, err := ffi.Lookup(lib.object.Handle, name)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, n)
	if err := ffi.Read(b, addr); err != nil {
		t.Fatal(err)
	}
	return b
}
