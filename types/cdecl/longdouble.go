// This file defines arithmetic on long double, which holds more than Go's float64.

package cdecl

import (
	"math"
	"math/big"

	"dlsh/types"
)

// longDigits is the precision of long double on the target, in bits.
func (p *parser) longDigits() uint {
	switch p.target.LongDouble {
	case types.X87:
		return 64
	case types.Quad:
		return 113
	}
	return 53
}

// isLong reports whether a value is a long double that a double may not stand for.
func (p *parser) isLong(v value) bool {
	return v.kind == floating && v.text != "" && v.t != nil && p.target.LongDouble != types.Binary64 &&
		p.target.Resolve(v.t).Kind == types.LongDouble
}

// longer is a finite long double that may hold more than a double; nil for any other value.
func (p *parser) longer(v value) *big.Float {
	if !p.isLong(v) {
		return nil
	}
	return p.exact(v)
}

// exact is a finite floating value as its type has it; nil for what is not finite.
func (p *parser) exact(v value) *big.Float {
	if p.isLong(v) {
		if z, _, err := big.ParseFloat(v.text, 0, p.longDigits(), big.ToNearestEven); err == nil && !z.IsInf() {
			return z
		}
		return nil
	}
	if math.IsInf(v.f, 0) || math.IsNaN(v.f) {
		return nil
	}
	return new(big.Float).SetPrec(p.longDigits()).SetFloat64(v.f)
}

// long makes a long double of its value.
func (p *parser) long(z *big.Float, ty *types.Type) value {
	if e := z.MantExp(nil); z.Sign() != 0 && (e < -16381 || e > 16384) {
		return notKnown(ty, "it is too large or too small for a long double, or nearly")
	}
	out := value{t: ty, kind: floating, text: z.Text('g', 40)}
	out.f, _ = z.Float64()
	return out
}

// longOp is a binary operator on long doubles.
func (p *parser) longOp(op string, a, b value, ty *types.Type) value {
	x, y := p.exact(a), p.exact(b)
	if x == nil || y == nil || op == "/" && y.Sign() == 0 {
		return notKnown(ty, "long double arithmetic with what is not finite is not done here")
	}
	z := new(big.Float).SetPrec(p.longDigits())
	switch order := x.Cmp(y); op {
	case "+":
		return p.long(z.Add(x, y), ty)
	case "-":
		return p.long(z.Sub(x, y), ty)
	case "*":
		return p.long(z.Mul(x, y), ty)
	case "/":
		return p.long(z.Quo(x, y), ty)
	case "==":
		return p.boolean(order == 0)
	case "!=":
		return p.boolean(order != 0)
	case "<":
		return p.boolean(order < 0)
	case ">":
		return p.boolean(order > 0)
	case "<=":
		return p.boolean(order <= 0)
	default:
		return p.boolean(order >= 0)
	}
}
