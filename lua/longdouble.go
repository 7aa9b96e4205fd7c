// This file defines the conversions between float64 and C's wider long doubles: x87 extended (amd64 Unix)
// and IEEE binary128 (AArch64 Linux), both as little-endian bytes. Where long double is double none is needed.

package lua

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// Both formats have 15 bits of exponent with the same bias; they differ in how many bits of mantissa follow.
const (
	longExponent = 0x7fff // all ones: an infinity or a NaN
	longBias     = 16383

	doubleExponent = 0x7ff
	doubleBias     = 1023
	doubleFraction = 1<<52 - 1
	doubleQuiet    = 1 << 51 // the bit that tells a quiet NaN from a signalling one
)

// putExtended stores f as an x87 extended in b, 10 to 16 bytes long; the padding is zeroed. It is exact, but
// for a signalling NaN, which turns quiet as it does in C.
func putExtended(b []byte, f float64) {
	sign, exponent, m := splitDouble(f)
	clear(b)
	binary.LittleEndian.PutUint64(b, m)
	binary.LittleEndian.PutUint16(b[8:], sign<<15|exponent)
}

// getExtended is the double nearest to the x87 extended in b, ties to even, as C's (double) converts it. An
// encoding that the 387 and later call invalid (unnormal, pseudo-infinity, pseudo-NaN) is a NaN.
func getExtended(b []byte) float64 {
	f, _ := loadExtended(b)
	return f
}

// putQuad stores f as a binary128 in b, 16 bytes long. It is exact, but for a signalling NaN as above.
func putQuad(b []byte, f float64) {
	sign, exponent, m := splitDouble(f)
	// A binary128 does not store the leading one: 48 bits of fraction share a word with the exponent.
	fraction := m << 1
	binary.LittleEndian.PutUint64(b, fraction<<48)
	binary.LittleEndian.PutUint64(b[8:], uint64(sign)<<63|uint64(exponent)<<48|fraction>>16)
}

// getQuad is the double nearest to the binary128 in b, ties to even, as C's (double) converts it.
func getQuad(b []byte) float64 {
	f, _ := loadQuad(b)
	return f
}

// splitDouble takes f apart into the sign, the exponent as a long double holds it, and 64 bits of mantissa
// with the leading one on top (no one on top only for zero).
func splitDouble(f float64) (sign, exponent uint16, m uint64) {
	b := math.Float64bits(f)
	sign = uint16(b >> 63)
	e := int(b >> 52 & doubleExponent)
	fraction := b & doubleFraction
	switch {
	case e == doubleExponent && fraction != 0:
		return sign, longExponent, 1<<63 | (fraction|doubleQuiet)<<11
	case e == doubleExponent:
		return sign, longExponent, 1 << 63
	case e == 0 && fraction == 0:
		return sign, 0, 0
	case e == 0:
		// A double too small for a leading one has room for it in the wider exponent.
		shift := bits.LeadingZeros64(fraction)
		return sign, uint16(12 - shift - doubleBias + longBias), fraction << shift
	}
	return sign, uint16(e - doubleBias + longBias), 1<<63 | fraction<<11
}

func loadExtended(b []byte) (f float64, exact bool) {
	m := binary.LittleEndian.Uint64(b)
	se := binary.LittleEndian.Uint16(b[8:])
	sign, exponent := uint64(se>>15), int(se&longExponent)
	switch {
	case exponent == 0:
		// Denormals, and pseudo-denormals with their leading one, are all far below the smallest double.
		return math.Float64frombits(sign << 63), m == 0
	case m>>63 == 0:
		// Alone among the formats this one stores the leading one, so it can be missing: an invalid operand,
		// for which the processor answers with its default NaN.
		return makeNaN(1, 0), true
	case exponent == longExponent && m<<1 == 0:
		return math.Inf(1 - 2*int(sign)), true
	case exponent == longExponent:
		return makeNaN(sign, m<<1>>12), true
	}
	return roundToDouble(sign, exponent-longBias, m)
}

func loadQuad(b []byte) (f float64, exact bool) {
	low := binary.LittleEndian.Uint64(b)
	high := binary.LittleEndian.Uint64(b[8:])
	sign, exponent := high>>63, int(high>>48&longExponent)
	high &= 1<<48 - 1
	switch {
	case exponent == 0:
		return math.Float64frombits(sign << 63), high|low == 0
	case exponent == longExponent && high|low == 0:
		return math.Inf(1 - 2*int(sign)), true
	case exponent == longExponent:
		return makeNaN(sign, high<<4|low>>60), true
	}
	// 64 of the 113 bits decide everything, if the last of them remembers whether any bit below it was set.
	m := 1<<63 | high<<15 | low>>49
	if low<<15 != 0 {
		m |= 1
	}
	return roundToDouble(sign, exponent-longBias, m)
}

// makeNaN is a quiet NaN with what fits of the payload, as processors convert one.
func makeNaN(sign, fraction uint64) float64 {
	return math.Float64frombits(sign<<63 | doubleExponent<<52 | fraction | doubleQuiet)
}

// roundToDouble is the double nearest to m * 2^(exponent-63), ties to even; m has its top bit set. exact is
// whether nothing was rounded off.
func roundToDouble(sign uint64, exponent int, m uint64) (f float64, exact bool) {
	if exponent > doubleBias {
		return math.Inf(1 - 2*int(sign)), false
	}
	// 11 of the 64 bits are too many, and more of them below the smallest normal double.
	shift, biased := 11, exponent+doubleBias-1
	if biased < 0 {
		shift, biased = shift-biased, 0
	}
	if shift > 64 {
		return math.Float64frombits(sign << 63), false
	}
	kept, lost, half := m>>shift, m&(1<<shift-1), uint64(1)<<(shift-1)
	if lost > half || lost == half && kept&1 == 1 {
		kept++
	}
	// Adding, not or-ing: the leading one, or a carry out of the fraction, steps the exponent by one, up to infinity.
	return math.Float64frombits(sign<<63 | (uint64(biased)<<52 + kept)), lost == 0
}
