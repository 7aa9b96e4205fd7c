// This file tests the long double conversions three ways: a table of known encodings, the C compiler's own
// conversions, and math/big, which needs no compiler.

package lua

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"dlsh/types"
	"dlsh/types/random"
)

// longFormat is one of the two formats, as the tests walk over them.
type longFormat struct {
	name      string
	put       func([]byte, float64)
	get       func([]byte) float64
	exact     func([]byte) bool
	size      int // bytes that count
	precision uint
}

var longFormats = []longFormat{
	{"extended", putExtended, getExtended, func(b []byte) bool { _, exact := loadExtended(b); return exact }, 10, 64},
	{"quad", putQuad, getQuad, func(b []byte) bool { _, exact := loadQuad(b); return exact }, 16, 113},
}

// longEncodings are doubles beside their encodings, written as a number is: most significant digit first.
var longEncodings = []struct {
	f              float64
	extended, quad string
}{
	{0, "0000 0000000000000000", "0000 0000000000000000000000000000"},
	{math.Copysign(0, -1), "8000 0000000000000000", "8000 0000000000000000000000000000"},
	{1, "3fff 8000000000000000", "3fff 0000000000000000000000000000"},
	{-2, "c000 8000000000000000", "c000 0000000000000000000000000000"},
	{1.5, "3fff c000000000000000", "3fff 8000000000000000000000000000"},
	{math.Pi, "4000 c90fdaa22168c000", "4000 921fb54442d18000000000000000"},
	{math.MaxFloat64, "43fe fffffffffffff800", "43fe fffffffffffff000000000000000"},
	{0x1p-1022, "3c01 8000000000000000", "3c01 0000000000000000000000000000"},
	{0x1p-1074, "3bcd 8000000000000000", "3bcd 0000000000000000000000000000"},
	{-0x1.8p-1073, "bbce c000000000000000", "bbce 8000000000000000000000000000"},
	{math.Inf(1), "7fff 8000000000000000", "7fff 0000000000000000000000000000"},
	{math.Inf(-1), "ffff 8000000000000000", "ffff 0000000000000000000000000000"},
	{math.Float64frombits(0x7ff8 << 48), "7fff c000000000000000", "7fff 8000000000000000000000000000"},
}

func TestLongDoubleEncodings(t *testing.T) {
	for _, row := range longEncodings {
		for _, format := range longFormats {
			written := row.extended
			if format.name == "quad" {
				written = row.quad
			}
			want := longBytes(t, written)
			b := bytes.Repeat([]byte{0xaa}, 16)
			format.put(b, row.f)
			if !bytes.Equal(b, want) {
				t.Errorf("%s of %v is %x, want %x", format.name, row.f, b, want)
			}
			if got := format.get(want); math.Float64bits(got) != math.Float64bits(row.f) || !format.exact(want) {
				t.Errorf("%s %s reads as %v, exact %v; want %v", format.name, written, got, format.exact(want), row.f)
			}
		}
	}
	// i386 stores an x87 extended in 12 bytes.
	b := bytes.Repeat([]byte{0xaa}, 12)
	putExtended(b, 1)
	if want := longBytes(t, longEncodings[2].extended)[:12]; !bytes.Equal(b, want) || getExtended(b) != 1 {
		t.Errorf("in 12 bytes 1 is %x, want %x", b, want)
	}
}

func TestLongDoubleRounding(t *testing.T) {
	nan := math.NaN()
	for _, row := range []struct {
		title   string
		format  longFormat
		written string
		want    float64
		exact   bool
	}{
		{"below half rounds down", longFormats[0], "3fff 80000000000003ff", 1, false},
		{"half goes to even, down", longFormats[0], "3fff 8000000000000400", 1, false},
		{"half goes to even, up", longFormats[0], "3fff 8000000000000c00", 1 + 0x1p-51, false},
		{"above half rounds up", longFormats[0], "3fff 8000000000000401", 1 + 0x1p-52, false},
		{"a carry reaches the exponent", longFormats[0], "3fff ffffffffffffffff", 2, false},
		{"a carry reaches infinity", longFormats[0], "43fe ffffffffffffffff", math.Inf(1), false},
		{"too large", longFormats[0], "c3ff 8000000000000000", math.Inf(-1), false},
		{"the largest", longFormats[0], "7ffe ffffffffffffffff", math.Inf(1), false},
		{"half the smallest goes to zero", longFormats[0], "3bcc 8000000000000000", 0, false},
		{"over half the smallest does not", longFormats[0], "bbcc 8000000000000001", -0x1p-1074, false},
		{"less than half the smallest", longFormats[0], "3bcb ffffffffffffffff", 0, false},
		{"into the normal doubles", longFormats[0], "3c00 fffffffffffffc00", 0x1p-1022, false},
		{"an exact denormal double", longFormats[0], "3bff c000000000000000", 0x1.8p-1024, true},
		{"denormal", longFormats[0], "0000 0000000000000001", 0, false},
		{"pseudo-denormal", longFormats[0], "8000 8000000000000000", math.Copysign(0, -1), false},
		{"unnormal", longFormats[0], "3fff 4000000000000000", nan, true},
		{"unnormal zero", longFormats[0], "3fff 0000000000000000", nan, true},
		{"pseudo-infinity", longFormats[0], "7fff 0000000000000000", nan, true},
		{"pseudo-NaN", longFormats[0], "7fff 4000000000000000", nan, true},
		{"signalling NaN with a low payload", longFormats[0], "7fff 8000000000000001", nan, true},

		{"half goes to even, down", longFormats[1], "3fff 0000000000000800000000000000", 1, false},
		{"the last bit breaks the tie", longFormats[1], "3fff 0000000000000800000000000001", 1 + 0x1p-52, false},
		{"half goes to even, up", longFormats[1], "3fff 0000000000001800000000000000", 1 + 0x1p-51, false},
		{"just under half", longFormats[1], "3fff 00000000000007ffffffffffffff", 1, false},
		{"a carry reaches the exponent", longFormats[1], "3fff ffffffffffffffffffffffffffff", 2, false},
		{"a carry reaches infinity", longFormats[1], "43fe ffffffffffffffffffffffffffff", math.Inf(1), false},
		{"over half the smallest", longFormats[1], "3bcc 0000000000000000000000000001", 0x1p-1074, false},
		{"denormal", longFormats[1], "8000 0000000000000000000000000001", math.Copysign(0, -1), false},
		{"signalling NaN with a low payload", longFormats[1], "7fff 0000000000000000000000000001", nan, true},
	} {
		b := longBytes(t, row.written)
		if got := row.format.get(b); !sameDouble(got, row.want) || row.format.exact(b) != row.exact {
			t.Errorf("%s %s: %s is %v, exact %v; want %v, %v",
				row.format.name, row.title, row.written, got, row.format.exact(b), row.want, row.exact)
		}
	}
}

// longOracle converts records from standard input with the C compiler's own code.
const longOracle = `
#include <float.h>
#include <stdio.h>
#include <string.h>
#if LDBL_MANT_DIG == 64
typedef long double extended;
#define HAVE_EXTENDED
#endif
#if LDBL_MANT_DIG == 113
typedef long double quad;
#define HAVE_QUAD
#elif defined(__SIZEOF_FLOAT128__)
typedef __float128 quad;
#define HAVE_QUAD
#endif

/* put: 8 bytes of double in, 16 of T out. get: 16 bytes of T in, 8 of double and one of exactness out. */
#define CONVERSIONS(T) \
static void put_##T(void) { double d; char out[16]; \
	while (fread(&d, 8, 1, stdin) == 1) { \
		volatile T t = d; memset(out, 0, 16); memcpy(out, (void *)&t, sizeof t < 16 ? sizeof t : 16); fwrite(out, 16, 1, stdout); } } \
static void get_##T(void) { char in[16]; \
	while (fread(in, 16, 1, stdin) == 1) { \
		T t; memcpy(&t, in, sizeof t); volatile double d = t; char exact = (T)d == t || t != t; \
		fwrite((void *)&d, 8, 1, stdout); fwrite(&exact, 1, 1, stdout); } }
#ifdef HAVE_EXTENDED
CONVERSIONS(extended)
#endif
#ifdef HAVE_QUAD
CONVERSIONS(quad)
#endif

int main(int argc, char **argv) {
	(void)argc;
#ifdef HAVE_EXTENDED
	if (!strcmp(argv[1], "put extended")) return put_extended(), 0;
	if (!strcmp(argv[1], "get extended")) return get_extended(), 0;
#endif
#ifdef HAVE_QUAD
	if (!strcmp(argv[1], "put quad")) return put_quad(), 0;
	if (!strcmp(argv[1], "get quad")) return get_quad(), 0;
#endif
	return 3; /* the compiler has no such type */
}
`

func TestLongDoubleAgainstC(t *testing.T) {
	program := buildLongOracle(t)
	for _, format := range longFormats {
		t.Run(format.name, func(t *testing.T) {
			rng := rand.New(rand.NewSource(1))

			doubles := longDoubleInputs(rng)
			var in bytes.Buffer
			binary.Write(&in, binary.LittleEndian, doubles)
			out := runLongOracle(t, program, "put "+format.name, in.Bytes())
			var encodings [][]byte
			for i, f := range doubles {
				b := make([]byte, 16)
				format.put(b, f)
				// C leaves the padding of an extended as it was.
				if want := out[i*16:][:format.size]; !bytes.Equal(b[:format.size], want) {
					t.Fatalf("%x is %x, in C %x", math.Float64bits(f), b[:format.size], want)
				}
				encodings = append(encodings, b)
			}

			// Read back what was written, its neighbours, and random bytes, most of them in the range of a double.
			for _, b := range encodings[:len(encodings):len(encodings)] {
				for _, change := range []byte{0x01, 0x04, 0x80} {
					near := bytes.Clone(b)
					near[rng.Intn(format.size)] ^= change
					encodings = append(encodings, near)
				}
			}
			for range 20000 {
				b := make([]byte, 16)
				rng.Read(b)
				if rng.Intn(8) > 0 {
					exponent := longBias - 1100 + rng.Intn(2200)
					binary.LittleEndian.PutUint16(b[format.size-2:], uint16(exponent|rng.Intn(2)<<15))
				}
				encodings = append(encodings, b)
			}
			out = runLongOracle(t, program, "get "+format.name, bytes.Join(encodings, nil))
			for i, b := range encodings {
				want, exact := binary.LittleEndian.Uint64(out[i*9:]), out[i*9+8] == 1
				if got := math.Float64bits(format.get(b)); got != want || format.exact(b) != exact {
					t.Fatalf("%x is %x, exact %v; in C %x, %v", b[:format.size], got, format.exact(b), want, exact)
				}
			}
		})
	}
}

// longDoubleInputs are edge values, and random ones of every size.
func longDoubleInputs(rng *rand.Rand) []float64 {
	inputs := []float64{math.SmallestNonzeroFloat64, math.Float64frombits(0x7ff0<<48 | 1), math.Float64frombits(0xffff<<48 | 5)}
	for _, row := range longEncodings {
		inputs = append(inputs, row.f, -row.f, math.Nextafter(row.f, 0), math.Nextafter(row.f, 1e300))
	}
	for range 5000 {
		inputs = append(inputs, math.Float64frombits(rng.Uint64()), rng.NormFloat64(), math.Float64frombits(rng.Uint64()>>(12+rng.Intn(52))))
	}
	return inputs
}

// FuzzLongDoubleRoundTrip: no double is changed by a way through a long double.
func FuzzLongDoubleRoundTrip(f *testing.F) {
	for _, row := range longEncodings {
		f.Add(math.Float64bits(row.f))
	}
	f.Fuzz(func(t *testing.T, bits uint64) {
		number := math.Float64frombits(bits)
		for _, format := range longFormats {
			b := make([]byte, 16)
			format.put(b, number)
			if got := format.get(b); !sameDouble(got, number) || !format.exact(b) {
				t.Errorf("%s: %x came back as %x, exact %v", format.name, bits, math.Float64bits(got), format.exact(b))
			}
		}
	})
}

// FuzzLongDoubleBytes reads any bytes, against math/big.
func FuzzLongDoubleBytes(f *testing.F) {
	for _, row := range longEncodings {
		for _, written := range []string{row.extended, row.quad} {
			b := longBytes(f, written)
			f.Add(binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:]))
		}
	}
	f.Fuzz(func(t *testing.T, low, high uint64) {
		b := make([]byte, 16)
		binary.LittleEndian.PutUint64(b, low)
		binary.LittleEndian.PutUint64(b[8:], high)
		for _, format := range longFormats {
			got, exact := format.get(b), format.exact(b)
			value := format.big(b)
			if value == nil {
				if !math.IsNaN(got) || !exact {
					t.Errorf("%s %x is no number, but reads as %v, exact %v", format.name, b, got, exact)
				}
				continue
			}
			want, accuracy := value.Float64()
			if !sameDouble(got, want) || exact != (accuracy == big.Exact) {
				t.Errorf("%s %x is %v, exact %v; want %v, %v", format.name, b, got, exact, want, accuracy)
			}
		}
	})
}

// big reads a long double by the definition of its format; nil is a NaN or an invalid encoding.
func (format longFormat) big(b []byte) *big.Float {
	se := binary.LittleEndian.Uint16(b[format.size-2:])
	exponent := int(se & longExponent)
	reversed := make([]byte, 0, 16)
	for i := format.size - 3; i >= 0; i-- {
		reversed = append(reversed, b[i])
	}
	m := new(big.Int).SetBytes(reversed)
	top := int(format.precision) - 1 // the place of the leading one
	leading, fraction := m.Bit(top) == 1, new(big.Int).SetBit(m, top, 0)
	if format.name == "quad" {
		leading = exponent != 0
	}
	value := new(big.Float).SetPrec(format.precision)
	switch {
	case exponent != 0 && !leading, exponent == longExponent && fraction.Sign() != 0:
		return nil
	case exponent == longExponent:
		value.SetInf(false)
	default:
		if leading {
			fraction.SetBit(fraction, top, 1)
		}
		value.SetInt(fraction)
		value.SetMantExp(value, max(exponent, 1)-longBias-top)
	}
	if se>>15 == 1 {
		value.Neg(value)
	}
	return value
}

// longBytes turns the written form, sign and exponent first, into 16 little-endian bytes.
func longBytes(t testing.TB, written string) []byte {
	t.Helper()
	b, err := hex.DecodeString(written[:4] + written[5:])
	if err != nil {
		t.Fatalf("%s: %v", written, err)
	}
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return append(b, make([]byte, 16-len(b))...)
}

// sameDouble tells 0 from -0, and takes all NaNs for one.
func sameDouble(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
}

func buildLongOracle(t *testing.T) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("neither format is used on Windows, where long double is double")
	}
	cc := random.FindCompiler(t, types.Host()).CC
	source := filepath.Join(t.TempDir(), "oracle.c")
	program := filepath.Join(filepath.Dir(source), "oracle")
	if err := os.WriteFile(source, []byte(longOracle), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(cc, "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cc, err, out)
	}
	return program
}

func runLongOracle(t *testing.T, program, what string, in []byte) []byte {
	t.Helper()
	cmd := exec.Command(program, what)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 3 {
		t.Skipf("this C compiler cannot %s", what)
	}
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return out
}
