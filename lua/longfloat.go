// This file defines longDouble, a long double as a number, and longShape: reading, writing and calculating
// with long doubles of one format, rounded as C rounds them, by way of math/big.

package lua

import (
	"encoding/binary"
	"math"
	"math/big"

	"dlsh/types"
)

// longDouble is the number in a long double: what a big.Float holds, signed zeros and infinities among it.
// NaN is the one that has none. It is never changed once made.
type longDouble struct{ f *big.Float }

// longShape is what the numbers of a format have in common.
type longShape struct {
	precision   uint // bits of mantissa, the leading one included
	least, most int  // exponents of the least and the greatest normal number, as 1.x * 2^e
}

var (
	doubleShape   = &longShape{53, -1022, 1023}
	extendedShape = &longShape{64, 1 - longBias, longBias}
	quadShape     = &longShape{113, 1 - longBias, longBias}
)

// hostShape is that of the host's long double. Where it is doubleShape, no longDouble ever reaches Lua.
var hostShape = shapeOf(hostTarget)

func shapeOf(target *types.Target) *longShape {
	switch target.LongDouble {
	case types.X87:
		return extendedShape
	case types.Quad:
		return quadShape
	}
	return doubleShape
}

func (x *longDouble) isNaN() bool  { return x.f == nil }
func (x *longDouble) isInf() bool  { return x.f != nil && x.f.IsInf() }
func (x *longDouble) isZero() bool { return x.f != nil && x.f.Sign() == 0 }

// negative reports whether the sign is set: also that of -0.
func (x *longDouble) negative() bool { return x.f != nil && x.f.Signbit() }

func (x *longDouble) neg() *longDouble {
	if x.isNaN() {
		return x
	}
	return &longDouble{new(big.Float).Neg(x.f)}
}

// float64 is the nearest double, and whether it is the number exactly.
func (x *longDouble) float64() (f float64, exact bool) {
	if x.isNaN() {
		return math.NaN(), true
	}
	f, accuracy := x.f.Float64()
	return f, accuracy == big.Exact
}

// float32 is the nearest float, as a double. By way of float64 it could come out one off.
func (x *longDouble) float32() float64 {
	if x.isNaN() {
		return math.NaN()
	}
	f, _ := x.f.Float32()
	return float64(f)
}

// whole is the number as an integer; it is false for fractions, infinities and NaN.
func (x *longDouble) whole() (n *big.Int, ok bool) {
	if x.isNaN() || !x.f.IsInt() {
		return nil, false
	}
	n, _ = x.f.Int(nil)
	return n, true
}

// fromFloat is the double f, which every long double holds.
func (s *longShape) fromFloat(f float64) *longDouble {
	if math.IsNaN(f) {
		return &longDouble{}
	}
	return &longDouble{new(big.Float).SetPrec(s.precision).SetFloat64(f)}
}

// fromWide is the long double nearest to a 64-bit integer. Both wider formats hold every one.
func (s *longShape) fromWide(w wide) *longDouble {
	return s.round(func(z *big.Float) {
		if w.signed {
			z.SetInt64(int64(w.bits))
		} else {
			z.SetUint64(w.bits)
		}
	})
}

// load reads a long double of one of the two wider formats. What the 387 and later call
// invalid (unnormal, pseudo-infinity, pseudo-NaN) is a NaN.
func (s *longShape) load(b []byte) *longDouble {
	var m big.Int
	var signAndExponent uint16
	if s == extendedShape {
		m.SetUint64(binary.LittleEndian.Uint64(b))
		signAndExponent = binary.LittleEndian.Uint16(b[8:])
		if m.Bit(63) == 0 && signAndExponent&longExponent != 0 {
			return &longDouble{}
		}
	} else {
		high := binary.LittleEndian.Uint64(b[8:])
		signAndExponent = uint16(high >> 48)
		m.SetUint64(high & (1<<48 - 1))
		if signAndExponent&longExponent != 0 {
			m.SetBit(&m, 48, 1) // the leading one is not stored
		}
		m.Lsh(&m, 64)
		m.Or(&m, new(big.Int).SetUint64(binary.LittleEndian.Uint64(b)))
	}
	f := new(big.Float).SetPrec(s.precision)
	exponent := int(signAndExponent & longExponent)
	switch {
	case exponent == longExponent && m.TrailingZeroBits() != s.precision-1:
		return &longDouble{}
	case exponent == longExponent:
		f.SetInf(false)
	default:
		f.SetInt(&m)
		f.SetMantExp(f, max(exponent-longBias, s.least)-int(s.precision)+1)
	}
	if signAndExponent>>15 == 1 {
		f.Neg(f)
	}
	return &longDouble{f}
}

// store writes a number the format holds in b, which is all of the object; padding is zeroed.
func (s *longShape) store(b []byte, x *longDouble) {
	if f, exact := x.float64(); exact {
		if s == extendedShape {
			putExtended(b, f)
		} else {
			putQuad(b, f)
		}
		return
	}
	m, exponent := s.split(x.f)
	if m.Bit(int(s.precision)-1) == 0 {
		exponent = -longBias // below the normal numbers
	}
	head := uint16(exponent + longBias)
	if x.negative() {
		head |= 1 << 15
	}
	clear(b)
	low := new(big.Int).And(m, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
	binary.LittleEndian.PutUint64(b, low)
	if s == extendedShape {
		binary.LittleEndian.PutUint16(b[8:], head)
		return
	}
	high := new(big.Int).Rsh(m, 64).Uint64()
	binary.LittleEndian.PutUint64(b[8:], high&(1<<48-1)|uint64(head)<<48)
}

// split gives a finite number as the format holds it: |x| is m * 2^(exponent-precision+1), and m has its
// leading one on top unless the number is too small for that.
func (s *longShape) split(f *big.Float) (m *big.Int, exponent int) {
	exponent = s.least
	if f.Sign() != 0 {
		exponent = max(f.MantExp(nil)-1, s.least)
	}
	scaled := new(big.Float).SetMantExp(f, int(s.precision)-1-exponent)
	m, _ = scaled.Int(nil)
	return m.Abs(m), exponent
}

// round gives the result of an operation as the format holds it, rounded once, to nearest, ties to even. do
// stores the result in z rounded to z's precision, as all operations of big.Float do. It is called again
// with the fewer bits there are if the result turns out to be below the normal numbers.
func (s *longShape) round(do func(z *big.Float)) *longDouble {
	z := new(big.Float).SetPrec(s.precision)
	do(z)
	if z.Sign() == 0 || z.IsInf() {
		return &longDouble{z}
	}
	fraction := new(big.Float)
	exponent := z.MantExp(fraction) - 1
	switch bits := int(s.precision) - (s.least - exponent); {
	case exponent > s.most:
		z.SetInf(z.Signbit())
	case exponent >= s.least:
	case bits > 0:
		z = new(big.Float).SetPrec(uint(bits))
		do(z)
	default:
		// Less than the smallest number there is. More than half of it becomes it, the rest 0.
		least := new(big.Float).SetMantExp(big.NewFloat(1), s.least-int(s.precision)+1)
		half := fraction.Abs(fraction).Cmp(big.NewFloat(0.5)) == 0
		grew := (z.Acc() == big.Above) != z.Signbit() // the true result is nearer to 0
		if bits < 0 || half && (z.Acc() == big.Exact || grew) {
			least = new(big.Float)
		}
		if z.Signbit() {
			least.Neg(least)
		}
		z = least
	}
	return &longDouble{z}
}

// calculate is a + b, a - b, a * b or a / b.
func (s *longShape) calculate(sign byte, a, b *longDouble) *longDouble {
	if a.isNaN() || b.isNaN() {
		return &longDouble{}
	}
	switch {
	case sign == '+' && a.isInf() && b.isInf() && a.negative() != b.negative(),
		sign == '-' && a.isInf() && b.isInf() && a.negative() == b.negative(),
		sign == '*' && (a.isInf() && b.isZero() || a.isZero() && b.isInf()),
		sign == '/' && (a.isInf() && b.isInf() || a.isZero() && b.isZero()):
		return &longDouble{}
	}
	return s.round(func(z *big.Float) {
		switch sign {
		case '+':
			z.Add(a.f, b.f)
		case '-':
			z.Sub(a.f, b.f)
		case '*':
			z.Mul(a.f, b.f)
		case '/':
			z.Quo(a.f, b.f)
		}
	})
}

// A power whose exact value has at most this many bits is calculated exactly, and rounded then. No larger one
// lies half-way between two long doubles, so bits to spare are enough for it.
const exactPower = 1 << 13

// power is x^n. As in C (F.10.4.4) whatever to the power of 0 is 1, and 0 to a negative one an infinity.
func (s *longShape) power(x *longDouble, n *big.Int) *longDouble {
	switch {
	case n.Sign() == 0:
		return s.fromFloat(1)
	case x.isNaN():
		return x
	}
	e := new(big.Int).Abs(n)
	if e.BitLen() > 200 { // far beyond what leads to 0, 1 or an infinity; whether it is even matters
		e.Add(new(big.Int).Lsh(big.NewInt(1), 200), new(big.Int).And(e, big.NewInt(1)))
	}
	return s.round(func(z *big.Float) {
		work := 2*s.precision + 64 + 2*uint(e.BitLen())
		if e.IsUint64() && e.Uint64() <= exactPower {
			work = max(work, x.f.MinPrec()*uint(e.Uint64()))
		}
		work = min(work, exactPower)
		result, square := new(big.Float).SetPrec(work).SetInt64(1), new(big.Float).SetPrec(work).Set(x.f)
		for i := 0; i < e.BitLen(); i++ {
			if e.Bit(i) == 1 {
				result.Mul(result, square)
			}
			square.Mul(square, square)
		}
		if n.Sign() < 0 {
			z.Quo(big.NewFloat(1), result)
		} else {
			z.Set(result)
		}
	})
}

// hypot is sqrt(x*x + y*y), rounded once.
func (s *longShape) hypot(x, y *longDouble) *longDouble {
	switch {
	case x.isInf() || y.isInf(): // even beside a NaN (C11 F.10.4.3)
		return &longDouble{new(big.Float).SetInf(false)}
	case x.isNaN() || y.isNaN():
		return &longDouble{}
	}
	// Both squares exactly, and their sum with so many bits that its root cannot seem to lie half-way when it does not.
	sum := new(big.Float).SetPrec(8 * s.precision)
	square := func(f *big.Float) *big.Float { return new(big.Float).SetPrec(2*s.precision).Mul(f, f) }
	sum.Add(square(x.f), square(y.f))
	return s.round(func(z *big.Float) { z.Sqrt(sum) })
}

// compare orders two numbers; ordered is false where one is NaN.
func (x *longDouble) compare(y *longDouble) (order int, ordered bool) {
	if x.isNaN() || y.isNaN() {
		return 0, false
	}
	return x.f.Cmp(y.f), true
}
