// This file defines how a long double is written and read: the shortest decimal text that reads back, C's %La form,
// and what C's strtold reads. Every conversion is exact and rounds once.

package lua

import (
	"fmt"
	"math"
	"math/big"
	"sort"
	"strconv"
	"strings"
)

// text is the shortest decimal number that reads back as x. Whole numbers are written out
// as far as the format holds all of them.
func (s *longShape) text(x *longDouble) string {
	switch {
	case x.isNaN():
		return "nan"
	case x.isInf():
		return strings.TrimPrefix(strings.ToLower(x.f.String()), "+")
	case x.isZero():
		return x.f.Text('f', 0)
	}
	digits, point := s.shortest(new(big.Float).Abs(x.f))
	sign := ""
	if x.negative() {
		sign = "-"
	}
	exponent := point - 1
	switch whole := x.f.MantExp(nil) <= int(s.precision); {
	case exponent < -4 || !whole:
		if len(digits) > 1 {
			digits = digits[:1] + "." + digits[1:]
		}
		return fmt.Sprintf("%s%se%+03d", sign, digits, exponent)
	case point <= 0:
		return sign + "0." + strings.Repeat("0", -point) + digits
	case point >= len(digits):
		return sign + digits + strings.Repeat("0", point-len(digits))
	}
	return sign + digits[:point] + "." + digits[point:]
}

// shortest is the shortest row of digits that reads back as f when 0. stands before it and 10^point behind it, and
// among those the one nearest to f. math/big's own takes no notice of where the numbers below get denser or end.
func (s *longShape) shortest(f *big.Float) (digits string, point int) {
	most := int(float64(s.precision)*0.30103) + 2 // so many always read back (C11 5.2.4.2.2p11)
	row, point := firstDigits(f, most+1)
	n := 1 + sort.Search(most-1, func(i int) bool { return s.withDigits(f, row, point, i+1) != "" })
	digits = s.withDigits(f, row, point, n)
	point += len(digits) - n // 9.99 may have become 10
	return strings.TrimRight(digits, "0"), point
}

// firstDigits are the first n digits of f, cut off, and the power of ten that 0. and all of its digits are to be taken times.
func firstDigits(f *big.Float, n int) (row string, point int) {
	m, _ := new(big.Float).SetMantExp(f, int(f.MinPrec())-f.MantExp(nil)).Int(nil)
	two := f.MantExp(nil) - int(f.MinPrec()) // f is m * 2^two
	for point = int(math.Floor(float64(f.MantExp(nil)-1) * math.Log10(2))); ; point++ {
		ten := n - point // f * 10^ten has n digits before the point, or one more
		up, down := new(big.Int).Set(m), big.NewInt(1)
		for _, power := range []struct {
			base int64
			n    int
		}{{10, ten}, {2, two}} {
			by := new(big.Int).Exp(big.NewInt(power.base), big.NewInt(int64(max(power.n, -power.n))), nil)
			if power.n > 0 {
				up.Mul(up, by)
			} else {
				down.Mul(down, by)
			}
		}
		if row = up.Quo(up, down).String(); len(row) == n {
			return row, point
		}
	}
}

// withDigits looks for n digits that read back as f among the two numbers around it, the nearer one first: the numbers
// that read back reach further to one side of a power of two than to the other. It is empty when neither does.
func (s *longShape) withDigits(f *big.Float, row string, point, n int) string {
	below, _ := new(big.Int).SetString(row[:n], 10)
	steps := []int64{0, 1}
	if row[n] >= '5' {
		steps = []int64{1, 0}
	}
	for _, step := range steps {
		digits := new(big.Int).Add(below, big.NewInt(step)).String()
		if back, err := s.read(digits + "e" + strconv.Itoa(point-n)); err == nil && back.f.Cmp(f) == 0 {
			return digits
		}
	}
	return ""
}

// digits writes x with so many significant digits, exactly rounded, as C's %.*Lg does.
func (s *longShape) digits(x *longDouble, n int) string {
	if x.isNaN() || x.isInf() {
		return s.text(x)
	}
	return x.f.Text('g', n)
}

// hex writes x as C's %La does (C11 7.21.6.1p8): exactly, the exponent a power of two.
func (s *longShape) hex(x *longDouble) string {
	if x.isNaN() || x.isInf() {
		return s.text(x)
	}
	sign := ""
	if x.negative() {
		sign = "-"
	}
	if x.isZero() {
		return sign + "0x0p+0"
	}
	m, exponent := s.split(x.f)
	// The digits are those of the number as it is stored, so a quad's leading one stands alone, and an extended's
	// has three bits behind it.
	fraction := int(s.precision-1) / 4
	digits := fmt.Sprintf("%0*x", fraction+1, m)
	exponent += 4*fraction - int(s.precision-1)
	if tail := strings.TrimRight(digits[1:], "0"); tail != "" {
		digits = digits[:1] + "." + tail
	} else {
		digits = digits[:1]
	}
	return fmt.Sprintf("%s0x%sp%+d", sign, digits, exponent)
}

// Digits beyond so many only matter as far as any of them is not 0: half-way between
// two quads, the longest of all such numbers has 11564 (Goldberg's bound).
const mostDigits = 20000

// numberScan is text that is being read.
type numberScan struct{ rest string }

// digits takes a row of digits in a base, without leading zeros; point is how many stand behind the point.
func (t *numberScan) digits(base int) (digits string, point int, ok bool) {
	seen, behind := 0, false
	var row strings.Builder
	for ; t.rest != ""; t.rest = t.rest[1:] {
		c := t.rest[0]
		switch {
		case c == '.' && !behind:
			behind = true
			continue
		case c >= '0' && c <= '9', base == 16 && c >= 'a' && c <= 'f':
		default:
			return row.String(), point, seen > 0
		}
		seen++
		if behind {
			point++
		}
		if c != '0' || row.Len() > 0 {
			row.WriteByte(c)
		}
	}
	return row.String(), point, seen > 0
}

// exponent takes an exponent behind a letter, if there is one. A huge one is cut to what is huge enough.
func (t *numberScan) exponent(letter byte) (n int, ok bool) {
	if t.rest == "" {
		return 0, true
	}
	if t.rest[0] != letter {
		return 0, false
	}
	t.rest = t.rest[1:]
	negative := strings.HasPrefix(t.rest, "-")
	if negative || strings.HasPrefix(t.rest, "+") {
		t.rest = t.rest[1:]
	}
	if t.rest == "" {
		return 0, false
	}
	for _, c := range []byte(t.rest) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = min(n*10+int(c-'0'), 1<<28)
	}
	if negative {
		n = -n
	}
	return n, true
}

// read is the number that a text means: decimal or hexadecimal as C's strtold takes it (C11 7.22.1.3), inf or nan,
// with space around it. Unlike strtold it wants nothing else behind.
func (s *longShape) read(text string) (*longDouble, error) {
	t := &numberScan{strings.ToLower(strings.TrimSpace(text))}
	negative := strings.HasPrefix(t.rest, "-")
	if negative || strings.HasPrefix(t.rest, "+") {
		t.rest = t.rest[1:]
	}
	x, ok := s.readMagnitude(t)
	if !ok {
		return nil, fmt.Errorf("%q is not a number", shorten(text, 40))
	}
	if negative {
		x = x.neg()
	}
	return x, nil
}

func (s *longShape) readMagnitude(t *numberScan) (x *longDouble, ok bool) {
	switch {
	case t.rest == "inf" || t.rest == "infinity":
		return &longDouble{new(big.Float).SetInf(false)}, true
	case t.rest == "nan":
		return &longDouble{}, true
	}
	base, letter := 10, byte('e')
	if rest, isHex := strings.CutPrefix(t.rest, "0x"); isHex {
		t.rest, base, letter = rest, 16, 'p'
	}
	digits, point, ok := t.digits(base)
	if !ok {
		return nil, false
	}
	exponent, ok := t.exponent(letter)
	if !ok {
		return nil, false
	}
	if digits == "" {
		return s.fromFloat(0), true
	}
	digitBits := 1
	if base == 16 {
		digitBits = 4
	}
	exponent -= digitBits * point
	if cut := len(digits) - mostDigits; cut > 0 {
		rest := digits[mostDigits:]
		digits = digits[:mostDigits]
		if strings.Trim(rest, "0") != "" {
			digits, cut = digits+"1", cut-1
		}
		exponent += digitBits * cut
	}
	// Where the number is sure to be too large or too small, its power need not be calculated.
	switch size := exponent + digitBits*len(digits); {
	case size > 1<<15:
		return &longDouble{new(big.Float).SetInf(false)}, true
	case size < -1<<15:
		return s.fromFloat(0), true
	}
	n, _ := new(big.Int).SetString(digits, base)
	if base == 16 {
		exact := new(big.Float).SetInt(n)
		exact.SetMantExp(exact, exponent)
		return s.round(func(z *big.Float) { z.Set(exact) }), true
	}
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(exponent, -exponent))), nil)
	if exponent >= 0 {
		n.Mul(n, power)
		return s.round(func(z *big.Float) { z.SetInt(n) }), true
	}
	numerator, denominator := new(big.Float).SetInt(n), new(big.Float).SetInt(power)
	return s.round(func(z *big.Float) { z.Quo(numerator, denominator) }), true
}
