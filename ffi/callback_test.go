// This file tests what callbacks are given and give: values of every kind, from C compiled for the test.

//go:build (linux || darwin) && (amd64 || arm64)

package ffi

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"dlsh/types"
	"dlsh/types/random"
)

// compileC compiles C text to a library and gives the addresses of its functions.
// Without a compiler the test is skipped, on CI it fails.
func compileC(t testing.TB, source string) func(name string) uintptr {
	t.Helper()
	lib := compileLibrary(t, source)
	return func(name string) uintptr { return symbol(t, lib, name) }
}

// compileLibrary compiles C text to a library and gives its path.
func compileLibrary(t testing.TB, source string) string {
	t.Helper()
	cc := random.FindCompiler(t, types.Host()).CC
	dir := t.TempDir()
	file, lib := filepath.Join(dir, "test.c"), filepath.Join(dir, "libtest.so")
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(cc, "-O1", "-shared", "-fPIC", "-w", "-pthread", "-o", lib, file, "-lm").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return lib
}

func newCallback(t testing.TB, fn func(*Incoming), result string, params ...string) *Callback {
	t.Helper()
	c, err := NewCallback(sig(t, result, params...), "test callback", fn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Free)
	return c
}

// longs is the signature of a function of so many words.
func longs(n int) Signature {
	params := slices.Repeat([]*types.Type{types.Of(types.ULong)}, n)
	return Signature{Params: params, Result: types.Of(types.ULong), Fixed: n}
}

// callWords calls a C function of words.
func callWords(t testing.TB, fn uintptr, args ...uint64) uint64 {
	p, err := Prepare(longs(len(args)))
	if err != nil {
		t.Fatal(err)
	}
	f := p.Frame()
	for i, a := range args {
		f.SetInt(i, a)
	}
	f.Call(fn)
	v := f.Int()
	f.Done()
	return v
}

// scalars are C's types of one value each, by name.
var scalars = []string{
	"_Bool", "char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned int", "long", "unsigned long",
	"long long", "unsigned long long", "float", "double", "long double", "void *", "const char *", "wchar_t", "size_t",
}

// randomBytes is a value of a scalar type as it lies in memory.
func randomBytes(r *rand.Rand, name string) []byte {
	b := make([]byte, 16)
	switch name {
	case "_Bool":
		return []byte{byte(r.IntN(2))}
	case "float":
		return binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(r.NormFloat64())))
	case "double":
		return binary.LittleEndian.AppendUint64(nil, math.Float64bits(r.NormFloat64()))
	case "long double":
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		if types.Host().LongDouble == types.X87 {
			b[7] |= 0x80  // the leading bit of the fraction is there
			b[9] &= 0xBF  // no infinity
			return b[:10] // the rest is padding
		}
		b[15] &= 0xBF
		return b
	}
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	ty, err := types.Parse(name)
	if err != nil {
		panic(err)
	}
	return b[:types.Host().Size(ty)]
}

// Every scalar type comes and goes, by the accessor for its kind and by its bytes.
func TestCallbackScalars(t *testing.T) {
	ownThread(t)
	var c strings.Builder
	c.WriteString("#include <stddef.h>\n#include <string.h>\n")
	for i, name := range scalars {
		fmt.Fprintf(&c, "void call_%d(%s (*f)(%s, %s), void *a, void *b, void *out) { %s x; %s y; memcpy(&x, a, sizeof x); memcpy(&y, b, sizeof y); x = f(x, y); memcpy(out, &x, sizeof x); }\n",
			i, name, name, name, name, name)
	}
	lib := compileC(t, c.String())
	r := rand.New(rand.NewPCG(1, 2))
	for i, name := range scalars {
		t.Run(name, func(t *testing.T) {
			ownThread(t)
			buf := make([]byte, 64)
			x, y, out := buf[:16], buf[16:32], buf[32:48]
			size := copy(x, randomBytes(r, name))
			copy(y, randomBytes(r, name))
			for round := range 3 {
				clear(out)
				f := newCallback(t, func(in *Incoming) {
					var got [2][16]byte
					in.Bytes(0, got[0][:size])
					in.Bytes(1, got[1][:size])
					if !bytes.Equal(got[0][:size], x[:size]) || !bytes.Equal(got[1][:size], y[:size]) {
						t.Errorf("round %d: called with % x and % x, want % x and % x", round, got[0][:size], got[1][:size], x[:size], y[:size])
					}
					switch {
					case round == 0: // nothing is set
					case round == 1:
						in.SetBytes(y[:size])
					case name == "double":
						in.SetFloat(in.Float(1))
					case name == "float":
						in.SetFloat32(in.Float32(1))
					case name == "long double":
						in.SetBytes(got[1][:size])
					default:
						in.SetInt(in.Int(1) & (1<<(8*size) - 1))
					}
				}, name, name, name)
				callWords(t, lib(fmt.Sprintf("call_%d", i)), uint64(f.Addr()), uint64(Address(x)), uint64(Address(y)), uint64(Address(out)))
				want := y[:size]
				if round == 0 {
					want = make([]byte, size)
				}
				if !bytes.Equal(out[:size], want) {
					t.Errorf("round %d: C got % x, want % x", round, out[:size], want)
				}
			}
		})
	}
}

// Signatures of up to 30 parameters, so that registers of each kind run out, with every byte compared.
func TestCallbackManyParameters(t *testing.T) {
	ownThread(t)
	const signatures = 200
	r := rand.New(rand.NewPCG(3, 4))
	var c strings.Builder
	c.WriteString("#include <stddef.h>\n#include <string.h>\n")
	kinds := make([][]string, signatures)
	for n := range kinds {
		for range 1 + r.IntN(31) { // the result, then the parameters
			kinds[n] = append(kinds[n], scalars[r.IntN(len(scalars))])
		}
		k := kinds[n]
		fmt.Fprintf(&c, "void call_%d(%s (*f)(%s), char *in, void *out) {\n", n, k[0], strings.Join(k[1:], ", "))
		names := []string{}
		for i, name := range k[1:] {
			names = append(names, fmt.Sprintf("x%d", i))
			fmt.Fprintf(&c, "%s x%d; memcpy(&x%d, in + %d, sizeof x%d);\n", name, i, i, 16*i, i)
		}
		fmt.Fprintf(&c, "%s r = f(%s); memcpy(out, &r, sizeof r); }\n", k[0], strings.Join(names, ", "))
	}
	lib := compileC(t, c.String())
	for n, k := range kinds {
		want := make([][]byte, len(k))
		buf := make([]byte, 16*len(k)+16)
		for i, name := range k {
			want[i] = randomBytes(r, name)
			if i > 0 {
				copy(buf[16*(i-1):], want[i])
			}
		}
		f := newCallback(t, func(in *Incoming) {
			for i, w := range want[1:] {
				got := make([]byte, len(w))
				in.Bytes(i, got)
				if !bytes.Equal(got, w) {
					t.Errorf("%s (%s): parameter %d is % x, want % x", k[0], strings.Join(k[1:], ", "), i, got, w)
				}
			}
			in.SetBytes(want[0])
		}, k[0], k[1:]...)
		out := buf[16*len(k):]
		callWords(t, lib(fmt.Sprintf("call_%d", n)), uint64(f.Addr()), uint64(Address(buf)), uint64(Address(out)))
		if !bytes.Equal(out[:len(want[0])], want[0]) {
			t.Errorf("%s (%s): the result is % x, want % x", k[0], strings.Join(k[1:], ", "), out[:len(want[0])], want[0])
		}
	}
}

func TestCallbackSort(t *testing.T) {
	ownThread(t)
	const n = 1000
	b, err := Alloc(4 * n)
	if err != nil {
		t.Fatal(err)
	}
	numbers := unsafe.Slice((*int32)(unsafe.Pointer(&b[0])), n)
	r := rand.New(rand.NewPCG(5, 6))
	for i := range numbers {
		numbers[i] = int32(r.Uint32())
	}
	at := func(addr uint64) int32 {
		var b [4]byte
		if err := Read(b[:], uintptr(addr)); err != nil {
			t.Error(err)
		}
		return int32(binary.LittleEndian.Uint32(b[:]))
	}
	compare := newCallback(t, func(in *Incoming) {
		x, y := at(in.Int(0)), at(in.Int(1))
		switch {
		case x < y:
			in.SetInt(math.MaxUint64)
		case x > y:
			in.SetInt(1)
		}
		if in.Foreign() {
			t.Error("qsort's call is foreign")
		}
	}, "int", "const void *", "const void *")
	libc := func(name string) uintptr { return symbol(t, "libc.so.6", name) }
	callWords(t, libc("qsort"), uint64(Address(b)), n, 4, uint64(compare.Addr()))
	if !slices.IsSorted(numbers) {
		t.Error("not sorted")
	}
	key, err := Alloc(4)
	if err != nil {
		t.Fatal(err)
	}
	copy(key, b[4*77:])
	if got := callWords(t, libc("bsearch"), uint64(Address(key)), uint64(Address(b)), n, 4, uint64(compare.Addr())); got != uint64(Address(b[4*77:])) {
		t.Errorf("bsearch found %#x, want %#x", got, Address(b[4*77:]))
	}
}

func TestCallbackRefused(t *testing.T) {
	s := sig(t, "int", "const char *")
	s.Variadic = true
	if _, err := NewCallback(s, "f", nil); err == nil || err.Error() != "a callback cannot be variadic: nothing says how many arguments came" {
		t.Errorf("variadic: %v", err)
	}
	s = Signature{Params: []*types.Type{types.Of(types.Void)}, Result: types.Of(types.Void), Fixed: 1}
	_, want := Prepare(s)
	if _, err := NewCallback(s, "f", nil); err == nil || err.Error() != want.Error() {
		t.Errorf("a parameter of type void: %v, want %v", err, want)
	}
}

// A panic stays on this side, and what was set before it does not count.
func TestCallbackPanic(t *testing.T) {
	ownThread(t)
	lib := compileC(t, `double call(double (*f)(double), double *x) { *x = f(*x); return *x; }`)
	type event struct {
		name string
		v    any
	}
	var seen []event
	old := Panicked
	Panicked = func(name string, v any) { seen = append(seen, event{name, v}) }
	defer func() { Panicked = old }()
	why := errors.New("why")
	f := newCallback(t, func(in *Incoming) {
		in.SetFloat(5)
		panic(why)
	}, "double", "double")
	b := binary.LittleEndian.AppendUint64(nil, math.Float64bits(2.5))
	callWords(t, lib("call"), uint64(f.Addr()), uint64(Address(b)))
	if got := math.Float64frombits(binary.LittleEndian.Uint64(b)); got != 0 {
		t.Errorf("C got %v", got)
	}
	if want := []event{{"test callback", why}}; !slices.Equal(seen, want) {
		t.Errorf("Panicked was told %v, want %v", seen, want)
	}
}

// errno is C's own business while a callback runs, whatever Go does, but what fn sets arrives.
func TestCallbackErrno(t *testing.T) {
	ownThread(t)
	lib := compileC(t, `#include <errno.h>
int call(void (*f)(void), int before) { errno = before; f(); return errno; }`)
	for set, want := range map[int32]uint64{0: 11, 34: 34} {
		f := newCallback(t, func(in *Incoming) {
			var b [4]byte
			if err := Read(b[:], in.Errno()); err != nil || binary.LittleEndian.Uint32(b[:]) != 11 {
				t.Errorf("errno is %v (%v) in the callback, want 11", b, err)
			}
			if set != 0 {
				binary.LittleEndian.PutUint32(b[:], uint32(set))
				if err := Write(in.Errno(), b[:]); err != nil {
					t.Error(err)
				}
			}
		}, "void")
		if got := callWords(t, lib("call"), uint64(f.Addr()), 11); got != want {
			t.Errorf("errno is %d after the callback, want %d", got, want)
		}
	}
}

// A small result arrives extended as its type's signedness says: some compilers count on it.
func TestCallbackExtends(t *testing.T) {
	ownThread(t)
	for result, want := range map[string]uint64{"short": 1<<64 - 2, "unsigned short": 1<<16 - 2, "int": 0x7654FFFE, "long": 0x7654FFFE} {
		size := types.Host().Size(sig(t, result).Result)
		f := newCallback(t, func(in *Incoming) { in.SetBytes([]byte{0xFE, 0xFF, 0x54, 0x76, 0, 0, 0, 0}[:size]) }, result)
		if got := callWords(t, f.Addr()); got != want {
			t.Errorf("%s: %#x, want %#x", result, got, want)
		}
	}
}

// Setting a result where none is wanted does nothing.
func TestCallbackVoid(t *testing.T) {
	ownThread(t)
	lib := compileC(t, `int call(void (*f)(void)) { f(); f(); return 7; }`)
	f := newCallback(t, func(in *Incoming) { in.SetInt(math.MaxUint64) }, "void")
	if got := callWords(t, lib("call"), uint64(f.Addr())); got != 7 {
		t.Errorf("call returned %d", got)
	}
}
