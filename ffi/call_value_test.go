// This file tests calls with every kind of value against C: small functions that the C compiler makes when the test
// runs, each beside its signature, arguments and result.

package ffi

import (
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dlsh/types"
)

// valueRow is one C function. Arguments and result are numbers, one for every scalar in them, in order; of a union for
// its first member.
type valueRow struct {
	what           string
	result, params string // in the notation of ctype
	source         string // the function f
	args, want     []float64
}

const valuePreamble = `
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
typedef struct { double x, y; } dd;
typedef struct { char c; int i; } ci;
typedef struct { float f; double d; } fd;
typedef struct { long a, b; } ll;
typedef struct { long a, b, c; } lll;
typedef struct { long double x; } ld;
typedef union { long double x; int i; } ul;
typedef struct __attribute__((packed)) { char c; double d; short s; } packed;
typedef struct { long a; } __attribute__((aligned(32))) a32;
typedef struct {} empty;
typedef struct { int a : 3; unsigned b : 7; long long c : 40; } bits;
typedef struct { float x, y, z; } fff;
typedef struct { double d; long l; } dl;
typedef struct { char text[5]; } c5;
typedef struct { long n[512]; } big;
typedef struct { ci v[2]; float f; } nested;
`

var valueRows = []valueRow{
	{"a struct of two doubles in and out", "{double; double}", "{double; double}",
		`dd f(dd v) { return (dd){v.y, v.x}; }`, []float64{1.5, -2}, []float64{-2, 1.5}},
	{"struct {char; int}", "int", "{char; int}",
		`int f(ci v) { return 1000*v.c + v.i; }`, []float64{2, 7}, []float64{2007}},
	{"struct {char; int} as a result", "{char; int}", "int, int",
		`ci f(int a, int b) { return (ci){a, b}; }`, []float64{3, -70000}, []float64{3, -70000}},
	{"struct {float; double}", "double", "{float; double}",
		`double f(fd v) { return v.f + v.d; }`, []float64{0.5, 15}, []float64{15.5}},
	{"three floats", "{float; float; float}", "{float; float; float}, float",
		`fff f(fff v, float k) { return (fff){v.x*k, v.y*k, v.z*k}; }`, []float64{1, 2, 3, 2}, []float64{2, 4, 6}},
	{"16 bytes when one integer register is left", "long", "5*long, {long; long}, long, long",
		`long f(long a, long b, long c, long d, long e, ll v, long g, long h) { return v.a*1000 + v.b*10 + g + a+b+c+d+e - 15 + h*100000; }`,
		[]float64{1, 2, 3, 4, 5, 3, 40, 5, 6}, []float64{603405}},
	{"16 bytes when one integer register is left, on arm", "long", "7*long, {long; long}, long",
		`long f(long a, long b, long c, long d, long e, long g, long h, ll v, long i) { return v.a*1000 + v.b*10 + i + h*100000; }`,
		[]float64{1, 2, 3, 4, 5, 6, 7, 3, 40, 5}, []float64{703405}},
	{"24 bytes by value and as the result", "{long; long; long}", "int, {long; long; long}, {long; long; long}",
		`lll f(int k, lll v, lll w) { return (lll){v.a*k - w.c, v.b*k - w.b, v.c*k - w.a}; }`,
		[]float64{2, 10, 20, 30, 1, 2, 3}, []float64{17, 38, 59}},
	{"one register of each class", "{double; long}", "{double; long}, {double; long}",
		`dl f(dl v, dl w) { return (dl){v.d - w.d, v.l - w.l}; }`, []float64{1.5, 100, 0.25, 30}, []float64{1.25, 70}},
	{"five bytes", "{char[5]}", "{char[5]}",
		`c5 f(c5 v) { for (int i = 0; i < 5; i++) v.text[i]++; return v; }`, []float64{1, 2, 3, 4, 5}, []float64{2, 3, 4, 5, 6}},
	{"nested records", "float", "int, {{char; int}[2]; float}",
		`float f(int k, nested v) { return k + v.v[0].c + 10*v.v[0].i + 100*v.v[1].c + 1000*v.v[1].i + v.f; }`,
		[]float64{1, 2, 3, 4, 5, 0.5}, []float64{5433.5}},
	{"union {long double; int}", "union{long double; int}", "union{long double; int}, int",
		`ul f(ul v, int k) { v.x *= k; return v; }`, []float64{1.25, 4}, []float64{5}},
	{"struct {long double} in and out", "{long double}", "int, {long double}, {long double}",
		`ld f(int k, ld v, ld w) { return (ld){v.x*k - w.x}; }`, []float64{3, 0.5, 0.25}, []float64{1.25}},
	{"long double among others", "long double", "long double, int, long double, double",
		`long double f(long double a, int b, long double c, double d) { return a - b + c*d; }`, []float64{10, 3, 2.5, 4}, []float64{17}},
	{"float _Complex", "float _Complex", "float _Complex, float, float _Complex",
		`float _Complex f(float _Complex a, float k, float _Complex b) { return a*k + b; }`, []float64{1, 2, 3, 10, 20}, []float64{13, 26}},
	{"double _Complex", "double _Complex", "double _Complex, double, double _Complex",
		`double _Complex f(double _Complex a, double k, double _Complex b) { return a*k + b; }`, []float64{1, 2, 3, 10, 20}, []float64{13, 26}},
	{"long double _Complex", "long double _Complex", "long double _Complex, int, long double _Complex",
		`long double _Complex f(long double _Complex a, int k, long double _Complex b) { return a*k + b; }`, []float64{1, 2, 3, 10, 20}, []float64{13, 26}},
	{"packed", "packed{char; double; short}", "int, packed{char; double; short}",
		`packed f(int k, packed v) { return (packed){v.c*k, v.d*k, v.s*k}; }`, []float64{2, 3, 1.5, -400}, []float64{6, 3, -800}},
	{"aligned(32) among other arguments", "long", "8*int, char, aligned(32){long}, char, aligned(32){long}, int",
		`long f(int a, int b, int c, int d, int e, int g, int h, int i, char j, a32 v, char k, a32 w, int l) {
			a32 *volatile p = &v, *volatile q = &w;
			return ((uintptr_t)p | (uintptr_t)q) % 32 ? -1 : j + 10*v.a + 100*k + 1000*w.a + 10000*l; }`,
		[]float64{1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5}, []float64{54321}},
	{"aligned(32) as a result", "aligned(32){long}", "long", `a32 f(long a) { return (a32){a + 1}; }`, []float64{41}, []float64{42}},
	{"an empty struct", "{}", "int, {}, int *", `empty f(int a, empty v, int *p) { if (p) *p = a; return v; }`, []float64{1, 0}, nil},
	{"empty structs among others", "int", "9*int, {}, int", `int f(int a, int b, int c, int d, int e, int g, int h, int i, int j, empty v, int k) { return 10*j + k; }`,
		[]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 5}, []float64{95}},
	{"bit-fields", "{int:3; unsigned int:7; long long:40}", "{int:3; unsigned int:7; long long:40}, int",
		`bits f(bits v, int k) { return (bits){v.a - k, v.b + k, v.c * k}; }`, []float64{-1, 100, -5000000000, 2}, []float64{-3, 102, -10000000000}},
	{"4 KiB by value", "long", "int, {long[512]}, int", `long f(int a, big v, int b) { long s = a; for (int i = 0; i < 512; i++) s += v.n[i]; return s * b; }`,
		append(append([]float64{5}, slices.Repeat([]float64{2}, 512)...), 3), []float64{3087}},
	{"small integers, signed and not, in registers and on the stack", "long", "2*signed char, unsigned char, short, 5*unsigned short, signed char, unsigned char, short, _Bool",
		`long f(signed char a, signed char b, unsigned char c, short d, unsigned short e, unsigned short g, unsigned short h, unsigned short i, unsigned short j,
			signed char k, unsigned char l, short m, _Bool n) { return a + b + c + d + e + g + h + i + j + k + l + m + n; }`,
		[]float64{-1, -2, 255, -300, 65535, 1, 2, 3, 4, -5, 250, -30000, 1}, []float64{35743}},
	{"char as a result", "signed char", "int", `signed char f(int a) { return a; }`, []float64{-7}, []float64{-7}},
	{"variadic: structs, complex and long double", "double", "int, ..., {double; double}, {char; int}, double, long double, {long; long; long}, double _Complex, int, {float; double}, {long double}",
		`double f(int n, ...) {
			va_list a; va_start(a, n);
			dd v = va_arg(a, dd); ci w = va_arg(a, ci); double x = va_arg(a, double); long double y = va_arg(a, long double);
			lll l = va_arg(a, lll); double _Complex z = va_arg(a, double _Complex); int i = va_arg(a, int);
			fd u = va_arg(a, fd); ld t = va_arg(a, ld);
			va_end(a);
			return n + v.x + 2*v.y + 4*w.c + 8*w.i + 16*x + 32*y + 64*l.a + 128*l.b + 256*l.c + 512*__real__ z + 1024*__imag__ z + 2048*i + 4096*u.f + 8192*u.d + 16384*t.x; }`,
		slices.Repeat([]float64{1}, 16), []float64{32768}},
	{"variadic: more doubles than registers", "double", "int, ..., 12*double, {double; double}, int",
		`double f(int n, ...) { va_list a; va_start(a, n); double s = 0; for (int i = 0; i < n; i++) s = 2*s + va_arg(a, double);
			dd v = va_arg(a, dd); s = 2*(2*s + v.x) + v.y; s = 2*s + va_arg(a, int); va_end(a); return s; }`,
		append([]float64{12}, slices.Repeat([]float64{1}, 15)...), []float64{32767}},
}

// manyRow is a function of n arguments of mixed types; each counts with its number.
func manyRow(n int) valueRow {
	kinds := []string{"int", "double", "{double; double}", "char", "float", "{char; int}", "long double", "{long; long; long}"}
	names := []string{"int", "double", "dd", "char", "float", "ci", "long double", "lll"}
	parts := [][]string{{""}, {""}, {".x", ".y"}, {""}, {""}, {".c", ".i"}, {""}, {".a", ".b", ".c"}}
	row := valueRow{what: fmt.Sprint(n, " arguments"), result: "double"}
	var params, declared, terms []string
	sum, count := 0.0, 0
	for i := range n {
		k := i * 7 % len(kinds)
		params = append(params, kinds[k])
		declared = append(declared, fmt.Sprintf("%s a%d", names[k], i))
		for _, part := range parts[k] {
			count++
			value := float64(count%100 + 1)
			row.args = append(row.args, value)
			terms = append(terms, fmt.Sprintf("%d.0*a%d%s", count, i, part))
			sum += float64(count) * value
		}
	}
	row.params = strings.Join(params, ", ")
	row.source = fmt.Sprintf("double f(%s) { return %s; }", strings.Join(declared, ", "), strings.Join(terms, " + "))
	row.want = []float64{sum}
	return row
}

func TestCallValues(t *testing.T) {
	ownThread(t)
	rows := append(slices.Clone(valueRows), manyRow(300), manyRow(maxArguments))
	source := valuePreamble
	for i, row := range rows {
		source += strings.Replace(row.source, " f(", fmt.Sprintf(" f%d(", i), 1) + "\n"
	}
	library := compile(t, filepath.Join(t.TempDir(), "libvalues.so"), source, "-shared", "-fPIC", "-O1", "-w")
	for i, row := range rows {
		t.Run(row.what, func(t *testing.T) {
			ownThread(t)
			got := row.call(t, symbol(t, library, fmt.Sprintf("f%d", i)))
			if !slices.Equal(got, row.want) {
				t.Errorf("%s f(%s)(%v)\n got %v\nwant %v", row.result, row.params, row.args, got, row.want)
			}
		})
	}
}

// call makes the call twice with the same plan, so that what the first one leaves in the frame is seen.
func (row valueRow) call(t *testing.T, fn uintptr) (got []float64) {
	t.Helper()
	s := abiRow{result: row.result, params: row.params}.signature(t)
	plan, err := Prepare(s)
	if err != nil {
		t.Fatal(err)
	}
	host := types.Host()
	for range 2 {
		f := plan.Frame()
		numbers := row.args
		for i, p := range s.Params {
			b := make([]byte, host.Size(p))
			eachScalar(host, p, 0, func(ty *types.Type, bit, bits int64) {
				putNumber(host, ty, b, bit, bits, numbers[0])
				numbers = numbers[1:]
			})
			f.SetBytes(i, b)
		}
		if len(numbers) > 0 {
			t.Fatalf("%d arguments too many", len(numbers))
		}
		result := alignedBlock(int(host.Size(s.Result)), 64)
		f.SetResult(Address(result))
		f.Call(fn)
		f.Bytes(result)
		f.Done()
		got = nil
		eachScalar(host, s.Result, 0, func(ty *types.Type, bit, bits int64) {
			got = append(got, number(host, ty, result, bit, bits))
		})
	}
	return got
}

// eachScalar goes through the numbers in a type, with their place in bits.
func eachScalar(t *types.Target, ty *types.Type, bit int64, do func(ty *types.Type, bit, bits int64)) {
	r := t.Resolve(ty)
	size := t.Size(r)
	switch {
	case r.Kind == types.Array:
		for i := range r.Len {
			eachScalar(t, r.Elem, bit+8*i*t.Size(r.Elem), do)
		}
	case r.Kind.Aggregate():
		l, err := t.Record(r)
		if err != nil {
			panic(err) // Prepare has taken it
		}
		for i, f := range r.Record.Fields {
			at := l.Fields[i]
			if f.BitField {
				do(f.Type, bit+8*at.Offset+int64(at.Bit), int64(at.Bits))
			} else {
				eachScalar(t, f.Type, bit+8*at.Offset, do)
			}
			if r.Kind == types.Union {
				return
			}
		}
	case r.Kind.Complex():
		part := types.Of(types.Float + r.Kind - types.ComplexFloat)
		do(part, bit, 4*size)
		do(part, bit+4*size, 4*size)
	default:
		do(r, bit, 8*size)
	}
}

func putNumber(t *types.Target, ty *types.Type, b []byte, bit, bits int64, x float64) {
	b = b[bit/8:]
	if !t.Resolve(ty).Kind.Floating() {
		v := uint64(int64(x)) << (bit % 8)
		for i := int64(0); 8*i < bit%8+bits; i++ {
			mask := byte(0xff)
			if i == 0 {
				mask <<= bit % 8
			}
			if end := bit%8 + bits - 8*i; end < 8 {
				mask &= 1<<end - 1
			}
			b[i] = b[i]&^mask | byte(v>>(8*i))&mask
		}
		return
	}
	bits64 := math.Float64bits(x)
	sign, exponent, fraction := bits64>>63<<15, bits64>>52&0x7ff+16383-1023, bits64&(1<<52-1)
	if x == 0 {
		exponent = 0
	}
	switch t.Format(ty) {
	case types.Binary32:
		binary.LittleEndian.PutUint32(b, math.Float32bits(float32(x)))
	case types.Binary64:
		binary.LittleEndian.PutUint64(b, bits64)
	case types.X87: // the integer bit is written out
		binary.LittleEndian.PutUint64(b, fraction<<11|min(exponent, 1)<<63)
		binary.LittleEndian.PutUint16(b[8:], uint16(sign|exponent))
	case types.Quad:
		binary.LittleEndian.PutUint64(b, fraction<<60)
		binary.LittleEndian.PutUint64(b[8:], (sign|exponent)<<48|fraction>>4)
	}
}

func number(t *types.Target, ty *types.Type, b []byte, bit, bits int64) float64 {
	b = b[bit/8:]
	var word [16]byte
	copy(word[:], b)
	low, high := binary.LittleEndian.Uint64(word[:]), binary.LittleEndian.Uint64(word[8:])
	extended := func(head, fraction uint64) float64 {
		if head&0x7fff == 0 {
			return 0
		}
		return math.Float64frombits(head>>15<<63 | (head&0x7fff-16383+1023)<<52 | fraction&(1<<52-1))
	}
	if t.Resolve(ty).Kind.Floating() {
		switch t.Format(ty) {
		case types.Binary32:
			return float64(math.Float32frombits(uint32(low)))
		case types.X87:
			return extended(high&0xffff, low>>11)
		case types.Quad:
			return extended(high>>48, high<<4|low>>60)
		}
		return math.Float64frombits(low)
	}
	low <<= 64 - bit%8 - bits
	if t.Signed(ty) {
		return float64(int64(low) >> (64 - bits))
	}
	return float64(low >> (64 - bits))
}
