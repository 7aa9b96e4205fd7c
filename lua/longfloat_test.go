// This file tests the text and the arithmetic of long doubles against the C compiler's, in both formats, and what
// C has no exact answer for (shortest text, whole powers) against math/big.

package lua

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"dlsh/types"
	"dlsh/types/random"
)

// longCalculator answers lines: read TEXT; hex X; digits N X; + X Y and so on. Numbers are their bytes in hexadecimal.
const longCalculator = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef QUAD
#include <quadmath.h>
typedef __float128 T;
#define SIZE 16
#define READ(text) strtoflt128(text, NULL)
#define PRINT_HEX(out, x) quadmath_snprintf(out, sizeof out, "%Qa", x)
#define PRINT_DIGITS(out, n, x) quadmath_snprintf(out, sizeof out, "%.*Qg", n, x)
#else
#include <float.h>
#if LDBL_MANT_DIG != 64
#error not the extended format
#endif
typedef long double T;
#define SIZE 10
#define READ(text) strtold(text, NULL)
#define PRINT_HEX(out, x) snprintf(out, sizeof out, "%La", x)
#define PRINT_DIGITS(out, n, x) snprintf(out, sizeof out, "%.*Lg", n, x)
#endif

static T bytes(const char *hex)
{
	unsigned char b[16] = {0};
	for (int i = 0; i < SIZE; i++) { unsigned x; sscanf(hex + 2 * i, "%2x", &x); b[i] = x; }
	T t;
	memcpy(&t, b, 16);
	return t;
}

static void answer(T t)
{
	unsigned char b[16];
	memcpy(b, &t, SIZE);
	for (int i = 0; i < SIZE; i++) printf("%02x", b[i]);
	puts("");
}

int main(void)
{
	static char line[70000], out[70000];
	while (fgets(line, sizeof line, stdin)) {
		char *how = strtok(line, " "), *a = strtok(NULL, " \n"), *b = strtok(NULL, " \n");
		switch (how[0]) {
		case 'r': answer(READ(a)); break;
		case 'h': PRINT_HEX(out, bytes(a)); puts(out); break;
		case 'd': PRINT_DIGITS(out, atoi(a), bytes(b)); puts(out); break;
		case '+': answer(bytes(a) + bytes(b)); break;
		case '-': answer(bytes(a) - bytes(b)); break;
		case '*': answer(bytes(a) * bytes(b)); break;
		case '/': answer(bytes(a) / bytes(b)); break;
		}
	}
	return 0;
}
`

// calculator compiles it for a format; nil where the compiler has none such.
func calculator(t *testing.T, name string) func(questions []string) []string {
	t.Helper()
	cc := random.FindCompiler(t, types.Host()).CC
	source := filepath.Join(t.TempDir(), "calculator.c")
	program := strings.TrimSuffix(source, ".c")
	if err := os.WriteFile(source, []byte(longCalculator), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-O1", "-o", program, source}
	if name == "quad" {
		args = append(args, "-DQUAD", "-lquadmath")
	}
	if out, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
		t.Skipf("this C compiler has no such type: %v\n%.300s", err, out)
	}
	return func(questions []string) []string {
		t.Helper()
		cmd := exec.Command(program)
		cmd.Stdin = strings.NewReader(strings.Join(questions, "\n") + "\n")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		answers := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		if len(answers) != len(questions) {
			t.Fatalf("%d answers to %d questions", len(answers), len(questions))
		}
		return answers
	}
}

var longShapes = []struct {
	name  string
	shape *longShape
	size  int
}{{"extended", extendedShape, 10}, {"quad", quadShape, 16}}

// code is a number's bytes in hexadecimal.
func (s *longShape) code(x *longDouble) string {
	b := make([]byte, 16)
	s.store(b, x)
	if s == extendedShape {
		b = b[:10]
	}
	return hex.EncodeToString(b)
}

// random gives numbers of every size, many at the edges.
func (s *longShape) random(rng *rand.Rand) *longDouble {
	exponent := s.least + rng.Intn(s.most-s.least+1)
	switch rng.Intn(6) {
	case 0:
		exponent = rng.Intn(200) - 100
	case 1:
		exponent = s.least - int(s.precision) + rng.Intn(2*int(s.precision))
	case 2:
		exponent = s.most - rng.Intn(3)
	}
	m := new(big.Int).Rand(rng, new(big.Int).Lsh(big.NewInt(1), s.precision))
	switch rng.Intn(6) {
	case 0:
		m.SetInt64(1)
	case 1:
		m.Sub(new(big.Int).Lsh(big.NewInt(1), s.precision), big.NewInt(int64(1+rng.Intn(3))))
	case 2:
		m.SetInt64(int64(rng.Intn(2000)))
	}
	f := new(big.Float).SetInt(m)
	f.SetMantExp(f, exponent-m.BitLen()+1)
	if rng.Intn(2) == 0 {
		f.Neg(f)
	}
	return s.round(func(z *big.Float) { z.Set(f) })
}

func (s *longShape) edges(t testing.TB) []*longDouble {
	var list []*longDouble
	for _, text := range []string{"0", "1", "1.5", "3", "10", "0.1", "0x1p-1074", "inf", "1e4000", "1e-4940", "4294967296",
		fmt.Sprintf("0x1p%d", s.least), fmt.Sprintf("0x1p%d", s.most), fmt.Sprintf("0x1p%d", s.least-int(s.precision)+1),
		fmt.Sprintf("0x3p%d", s.least-int(s.precision)+1), fmt.Sprintf("0x1p-%d", s.precision), fmt.Sprintf("0x1p%d", s.precision)} {
		x, err := s.read(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, x, x.neg())
	}
	greatest := new(big.Float).SetMantExp(big.NewFloat(1), int(s.precision))
	greatest = new(big.Float).SetPrec(s.precision).Sub(greatest, big.NewFloat(1))
	greatest.SetMantExp(greatest, s.most-int(s.precision)+1)
	return append(list, &longDouble{greatest}, (&longDouble{greatest}).neg())
}

func (s *longShape) samples(t testing.TB, rng *rand.Rand, n int) []*longDouble {
	list := s.edges(t)
	for range n {
		list = append(list, s.random(rng))
	}
	return list
}

// What is stored loads back, and loads as the definition of the format has it.
func TestLongDoubleBytes(t *testing.T) {
	rng := rand.New(rand.NewSource(2))
	for i, row := range longShapes {
		for _, x := range row.shape.samples(t, rng, 5000) {
			b := bytes.Repeat([]byte{0xaa}, 16)
			row.shape.store(b, x)
			back, want := row.shape.load(b), longFormats[i].big(b)
			if back.f.Cmp(x.f) != 0 || back.negative() != x.negative() || want.Cmp(x.f) != 0 {
				t.Fatalf("%s: %s is stored as %x, which is %s (%s)", row.name, x.f.Text('p', 0), b, back.f.Text('p', 0), want.Text('p', 0))
			}
		}
		for range 5000 {
			b := make([]byte, 16)
			rng.Read(b)
			if rng.Intn(2) == 0 {
				binary.LittleEndian.PutUint16(b[row.size-2:], uint16(rng.Intn(3)-1))
			}
			x, want := row.shape.load(b), longFormats[i].big(b)
			if (want == nil) != x.isNaN() || want != nil && want.Cmp(x.f) != 0 {
				t.Fatalf("%s: %x is %s, want %v", row.name, b, row.shape.text(x), want)
			}
		}
	}
}

func TestLongDoubleTextAgainstC(t *testing.T) {
	for _, row := range longShapes {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c, s := calculator(t, row.name), row.shape
			rng := rand.New(rand.NewSource(3))
			var questions, answers []string
			ask := func(answer, question string, args ...any) {
				questions = append(questions, fmt.Sprintf(question, args...))
				answers = append(answers, answer)
			}
			ours := func(text string) string {
				x, err := s.read(text)
				if err != nil {
					t.Fatalf("%q: %v", text, err)
				}
				return s.code(x)
			}
			for _, x := range s.samples(t, rng, 500) {
				text := s.text(x)
				ask(s.code(x), "read %s", text)
				ask(s.code(x), "read %s", s.hex(x))
				ask(s.hex(x), "hex %s", s.code(x))
				n := 1 + rng.Intn(60)
				ask(s.digits(x, n), "digits %d %s", n, s.code(x))
				if x.isInf() {
					continue
				}
				// Near half-way: the exact middle between x and the next, and a little to either side of it.
				next := new(big.Float).SetPrec(s.precision+2).SetMantExp(big.NewFloat(1), max(x.f.MantExp(nil), s.least+1)-int(s.precision)-1)
				middle := new(big.Float).SetPrec(300).Add(new(big.Float).Abs(x.f), next)
				exact := middle.Text('e', 12000)
				mantissa, exponent, _ := strings.Cut(exact, "e")
				mantissa = strings.TrimRight(mantissa, "0")
				for _, m := range []string{mantissa, mantissa + "0000001", mantissa[:len(mantissa)-1] + "0"} {
					ask(ours(m+"e"+exponent), "read %se%s", m, exponent)
				}
			}
			for range 2000 { // text as people write it
				text := fmt.Sprintf("%d.%de%d", rng.Int63n(1e9), rng.Int63(), rng.Intn(10200)-5100)
				ask(ours(text), "read %s", text)
				text = fmt.Sprintf("0x%x.%xp%d", rng.Int63n(1e9), rng.Uint64(), rng.Intn(33000)-16500)
				ask(ours(text), "read %s", text)
			}
			for _, text := range []string{"0", "-0", "+5", ".5", "5.", "0x.8", "0x1.p3", "1e+5", "1E5", "0X1P-3", "INF", "-infinity", "007",
				"1e99999999999", "1e-99999999999", "0e99999999999", "0x1p99999999999"} {
				ask(ours(text), "read %s", text)
			}
			for i, got := range c(questions) {
				if got != answers[i] {
					t.Errorf("%.200s is %s here, in C %s", questions[i], answers[i], got)
				}
			}
		})
	}
}

// No text is longer than it must be, and C reads what it was made from (TestLongDoubleTextAgainstC).
func TestLongDoubleShortest(t *testing.T) {
	for _, row := range longShapes {
		s := row.shape
		rng := rand.New(rand.NewSource(4))
		for _, x := range s.samples(t, rng, 300) {
			if x.isInf() || x.isZero() {
				continue
			}
			magnitude := new(big.Float).Abs(x.f)
			digits, _ := s.shortest(magnitude)
			if n := len(digits) - 1; n > 0 {
				// Of all numbers with a digit less only the two around x could mean x.
				for _, mode := range []big.RoundingMode{big.ToZero, big.AwayFromZero} {
					text := cutDigits(magnitude, n, mode)
					if back, err := s.read(text); err != nil || back.f.Cmp(magnitude) == 0 {
						t.Errorf("%s: %s is written with %d digits, but %s would do (%v)", row.name, s.text(x), n+1, text, err)
					}
				}
			}
		}
	}
}

// cutDigits writes f with n digits, rounded down or up.
func cutDigits(f *big.Float, n int, mode big.RoundingMode) string {
	exact := f.Text('e', 12000)
	mantissa, exponent, _ := strings.Cut(exact, "e")
	row, _ := new(big.Int).SetString(strings.Replace(mantissa, ".", "", 1)[:n], 10)
	if mode == big.AwayFromZero {
		row.Add(row, big.NewInt(1))
	}
	scale, _ := strconv.Atoi(exponent)
	return fmt.Sprintf("%se%d", row, scale-n+1)
}

// shifted is x * 2^by.
func (s *longShape) shifted(x *longDouble, by int) *longDouble {
	exact := new(big.Float).SetMantExp(x.f, by)
	return s.round(func(z *big.Float) { z.Set(exact) })
}

func TestLongDoubleArithmeticAgainstC(t *testing.T) {
	for _, row := range longShapes {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c, s := calculator(t, row.name), row.shape
			rng := rand.New(rand.NewSource(5))
			var questions []string
			var answers []*longDouble
			calculate := func(a, b *longDouble) {
				for _, sign := range []byte("+-*/") {
					questions = append(questions, fmt.Sprintf("%c %s %s", sign, s.code(a), s.code(b)))
					answers = append(answers, s.calculate(sign, a, b))
				}
			}
			for _, a := range s.edges(t) {
				for _, b := range s.edges(t) {
					calculate(a, b)
				}
			}
			for range 5000 {
				a := s.random(rng)
				b := s.random(rng)
				if rng.Intn(2) == 0 { // of like size, or so that the product or quotient is near the smallest
					b = s.shifted(b, a.f.MantExp(nil)-b.f.MantExp(nil)+rng.Intn(140)-70)
				} else if rng.Intn(2) == 0 {
					b = s.shifted(b, s.least-a.f.MantExp(nil)-b.f.MantExp(nil)-rng.Intn(130))
				}
				calculate(a, b)
			}
			for i, got := range c(questions) {
				b, err := hex.DecodeString(got)
				if err != nil {
					t.Fatal(err)
				}
				want := s.load(append(b, make([]byte, 16-len(b))...))
				if want.isNaN() && answers[i].isNaN() {
					continue
				}
				if want.isNaN() || answers[i].isNaN() || s.code(answers[i]) != got {
					t.Errorf("%s is %s here, in C %s", questions[i], s.text(answers[i]), s.text(want))
				}
			}
		})
	}
}

// Whole powers are the exact ones, rounded once.
func TestLongDoublePower(t *testing.T) {
	for _, row := range longShapes {
		s := row.shape
		rng := rand.New(rand.NewSource(6))
		for range 500 {
			x := s.round(func(z *big.Float) { z.SetFloat64(rng.NormFloat64() * 3); z.Quo(z, big.NewFloat(7)) })
			n := rng.Intn(400) - 200
			if x.isZero() {
				continue
			}
			exact := new(big.Float).SetPrec(400 * s.precision).SetInt64(1)
			for range max(n, -n) {
				exact.Mul(exact, x.f)
			}
			want := s.round(func(z *big.Float) {
				if n < 0 {
					z.Quo(big.NewFloat(1), exact)
				} else {
					z.Set(exact)
				}
			})
			if got := s.power(x, big.NewInt(int64(n))); got.f.Cmp(want.f) != 0 {
				t.Errorf("%s: %s ^ %d is %s, want %s", row.name, s.text(x), n, s.text(got), s.text(want))
			}
		}
		for _, c := range []struct {
			x    string
			n    string
			want string
		}{
			{"nan", "0", "1"}, {"inf", "0", "1"}, {"0", "0", "1"}, {"0", "-1", "inf"}, {"-0", "-1", "-inf"}, {"-0", "-2", "inf"},
			{"-inf", "3", "-inf"}, {"-inf", "-3", "-0"}, {"-1", "1000000000000000000000000000001", "-1"}, {"1.5", "100000", "inf"},
			{"0.5", "100000", "0"}, {"-2", "99999999999999999999999", "-inf"}, {"2", "-16382", s.text(s.power(s.fromFloat(0.5), big.NewInt(16382)))},
			{"1", "-" + strings.Repeat("9", 400), "1"}, {"-1.0000001", "1" + strings.Repeat("0", 300), "inf"},
		} {
			x, err := s.read(c.x)
			if err != nil {
				t.Fatal(err)
			}
			n, _ := new(big.Int).SetString(c.n, 10)
			if got := s.text(s.power(x, n)); got != c.want {
				t.Errorf("%s: %s ^ %s is %s, want %s", row.name, c.x, c.n, got, c.want)
			}
		}
	}
}

func TestLongDoubleToNarrower(t *testing.T) {
	x, err := extendedShape.read("0x1.000001000000001p0") // by way of double it would round to 1
	if err != nil {
		t.Fatal(err)
	}
	if got := x.float32(); got != 1+0x1p-23 {
		t.Errorf("as float %v", got)
	}
	if got := (&longDouble{}).float32(); !math.IsNaN(got) {
		t.Errorf("NaN as float is %v", got)
	}
}

func TestLongDoubleText(t *testing.T) {
	for _, row := range []struct{ text, extended, quad string }{
		{"0.1", "0.1", "0.1"},
		{"1", "1", "1"},
		{"-0", "-0", "-0"},
		{"1e15", "1000000000000000", "1000000000000000"},
		{"18446744073709551615", "18446744073709551615", "18446744073709551615"},
		{"18446744073709551616", "1.8446744073709551616e+19", "18446744073709551616"},
		{"0.0001", "0.0001", "0.0001"},
		{"0.00001", "1e-05", "1e-05"},
		{"1234567.5", "1234567.5", "1234567.5"},
		{"0x1p-16445", "4e-4951", "3.645199531882475e-4951"},
		{"0x1p-16494", "0", "6e-4966"},
		{"0x1p-16382", "3.3621031431120935063e-4932", "3.3621031431120935062626778173217526e-4932"},
		{"0x0.ffffffffffffffffp16384", "1.189731495357231765e+4932", "1.1897314953572317650212638530309702e+4932"},
		{"3.14159265358979323846264338327950288", "3.1415926535897932385", "3.1415926535897932384626433832795028"},
		{"nan", "nan", "nan"},
		{"-inf", "-inf", "-inf"},
		{" 1e99999 ", "inf", "inf"},
		{"1e-99999", "0", "0"},
	} {
		for i, want := range []string{row.extended, row.quad} {
			x, err := longShapes[i].shape.read(row.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := longShapes[i].shape.text(x); got != want {
				t.Errorf("%s: %s prints as %s, want %s", longShapes[i].name, row.text, got, want)
			}
		}
	}
	for _, text := range []string{"", " ", "-", "+", ".", "e5", "1e", "1e+", "1.2.3", "0x", "0x.", "0xp3", "0x1p", "1p3", "0x1e5p", "1_000", "1f", "1L", "infinit",
		"--1", "1 2", "٣", "1e5x", "\x001"} {
		if x, err := extendedShape.read(text); err == nil {
			t.Errorf("%q reads as %s", text, extendedShape.text(x))
		}
	}
}

// FuzzLongText: what can be read prints as what reads back.
func FuzzLongText(f *testing.F) {
	for _, text := range []string{"0.1", "-1e4931", "0x1.8p-16445", "inf", "nan", "1e-4966"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, row := range longShapes {
			x, err := row.shape.read(text)
			if err != nil {
				return
			}
			for _, written := range []string{row.shape.text(x), row.shape.hex(x)} {
				back, err := row.shape.read(written)
				if err != nil || back.isNaN() != x.isNaN() || !x.isNaN() && (back.f.Cmp(x.f) != 0 || back.negative() != x.negative()) {
					t.Errorf("%s: %q is %s, which does not read back (%v)", row.name, text, written, err)
				}
			}
		}
	})
}
