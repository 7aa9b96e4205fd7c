// This file defines arithmetic on constants: conversions and operators by C's rules and the target's widths (C11 6.3, 6.5).

package cdecl

import (
	"cmp"
	"math"
	"strings"

	"dlsh/types"
)

func (v value) arithmetic(p *parser) bool {
	if v.t == nil {
		return false
	}
	r := p.target.Resolve(v.t)
	return r.Kind.Integer() || r.Kind.Floating() || r.Kind == types.Enum
}

func (p *parser) boolean(b bool) value {
	v := value{t: types.Of(types.Int), kind: integer}
	if b {
		v.i = 1
	}
	return v
}

// truth tells whether a value is not zero, and whether that can be told.
func (p *parser) truth(v value) (isTrue, told bool) {
	switch v.kind {
	case integer:
		return v.i != 0, true
	case floating:
		z := p.longer(v)
		return v.f != 0 || z != nil && z.Sign() != 0, true
	case address:
		return v.i != 0, !v.lv
	case bytesOf:
		return true, true
	}
	return false, false
}

// convert makes a value one of a scalar type (C11 6.3.1).
func (p *parser) convert(v value, ty *types.Type) value {
	r := p.target.Resolve(ty)
	out := value{t: ty}
	switch {
	case r.Kind == types.Bool:
		isTrue, _ := p.truth(v)
		out = p.boolean(isTrue)
		out.t = ty
		return out
	case r.Kind.Integer() || r.Kind == types.Enum:
		out.kind = integer
		out.i = v.i
		if z := p.longer(v); z != nil {
			if n, _ := z.Int(nil); n.IsUint64() {
				out.i = n.Uint64()
			} else {
				out.i = uint64(n.Int64())
			}
		} else if v.kind == floating {
			if v.f < 0 {
				out.i = uint64(int64(math.Max(v.f, -1<<63)))
			} else if v.f < 1<<63 {
				out.i = uint64(int64(v.f))
			} else if v.f < 1<<64 {
				out.i = uint64(v.f)
			}
		}
		if v.kind == bytesOf {
			return notKnown(ty, "it is the address of a string")
		}
		out.i = p.extend(out.i, ty)
		out.char = v.char && r.Kind == types.Int
		return out
	case r.Kind.Floating() && (v.kind == integer || v.kind == floating):
		out.kind = floating
		out.f, out.text = v.f, v.text
		isFloat := r.Kind == types.Float
		switch z := p.longer(v); {
		case v.kind == integer && isFloat && p.negative(v): // rounded once, not by way of double
			out.f = float64(float32(int64(v.i)))
		case v.kind == integer && isFloat:
			out.f = float64(float32(v.i))
		case v.kind == integer && p.negative(v):
			out.f = float64(int64(v.i))
		case v.kind == integer:
			out.f = float64(v.i)
		case z != nil && isFloat:
			f, _ := z.Float32()
			out.f = float64(f)
		case z != nil:
			out.f, _ = z.Float64()
		case isFloat:
			out.f = float64(float32(v.f))
		}
		switch from := v.t != nil && p.target.Resolve(v.t).Kind == types.LongDouble; {
		case r.Kind == types.LongDouble && v.kind == integer:
			out.text = v.wholeText(p)
		case from != (r.Kind == types.LongDouble), isFloat:
			out.text = ""
		}
		return out
	case r.Kind == types.Pointer:
		switch v.kind {
		case integer:
			out.kind, out.i = address, v.i
			return out
		case address:
			out.kind, out.i = address, v.i
			out.foreign, out.derived = v.foreign, true
			return out
		case bytesOf:
			from, to := p.target.Resolve(p.target.Resolve(v.t).Elem), p.target.Resolve(r.Elem)
			if wide := p.target.Size(from) > 1; wide && from.Kind != to.Kind || !wide && to.Kind != types.Void && p.target.Size(to) != 1 {
				return notKnown(ty, "it is cast from a string to "+ty.String())
			}
			out = v
			out.t, out.derived = ty, v.derived || v.foreign != nil
			return out
		}
	}
	return notKnown(ty, "it cannot be converted to "+ty.String())
}

// extend cuts bits to the width of an integer type and extends them by its sign.
func (p *parser) extend(i uint64, ty *types.Type) uint64 {
	size := p.target.Size(ty)
	if size <= 0 || size >= 8 {
		return i
	}
	shift := uint(64 - 8*size)
	if p.target.Signed(ty) {
		return uint64(int64(i<<shift) >> shift)
	}
	return i << shift >> shift
}

// promote is the integer promotion (C11 6.3.1.1p2).
func (p *parser) promote(ty *types.Type) *types.Type {
	r := p.target.Resolve(ty)
	if r.Kind == types.Enum && r.Elem != nil {
		r = p.target.Resolve(r.Elem)
	}
	if r.Kind < types.Int && r.Kind >= types.Bool {
		return types.Of(types.Int)
	}
	if r.Kind == types.Enum {
		return types.Of(types.Int)
	}
	return types.Of(r.Kind)
}

// common is the type both operands are converted to (C11 6.3.1.8).
func (p *parser) common(a, b *types.Type) *types.Type {
	x, y := p.target.Resolve(a), p.target.Resolve(b)
	for k := types.LongDouble; k >= types.Float; k-- {
		if x.Kind == k || y.Kind == k {
			return types.Of(k)
		}
	}
	pa, pb := p.promote(a), p.promote(b)
	if pa.Kind < pb.Kind {
		pa, pb = pb, pa
	}
	// pa has the higher rank, or is the unsigned one of the same rank.
	if p.target.Signed(pa) && !p.target.Signed(pb) && p.target.Size(pa) == p.target.Size(pb) {
		return types.Of(pa.Kind + 1)
	}
	return pa
}

// prefix applies a unary operator.
func (p *parser) prefix(op token, v value) value {
	switch op.text {
	case "&":
		return p.addressOf(v)
	case "*":
		v = p.operand(v)
		if v.t == nil {
			return object(untold(nil, v))
		}
		r := p.target.Resolve(v.t)
		switch {
		case r.Kind == types.Func:
			return v
		case r.Kind != types.Pointer && r.Kind != types.Array:
			return notKnown(nil, cmp.Or(v.why, "it is no pointer"))
		case p.live && p.target.Resolve(r.Elem).Kind == types.Void:
			return notKnown(nil, "it reads what is void")
		case v.kind == address:
			isFunction := p.target.Resolve(r.Elem).Kind == types.Func
			return value{t: r.Elem, kind: address, lv: true, i: v.i, foreign: v.foreign, derived: v.derived || !isFunction}
		case v.kind == later:
			return value{t: r.Elem, kind: later, lv: true}
		}
		return notKnown(r.Elem, cmp.Or(v.why, "it is in memory"))
	case "!":
		v = p.operand(v)
		isTrue, told := p.truth(v)
		if !told {
			return untold(types.Of(types.Int), v)
		}
		return p.boolean(!isTrue)
	}
	v = p.operand(v)
	if !v.arithmetic(p) {
		if v.t != nil && v.kind == later {
			return notKnown(v.t, "it is no number")
		}
		return untold(v.t, v)
	}
	if op.text == "~" && p.target.Resolve(v.t).Kind.Floating() {
		p.fail(op, "~ is not for floating numbers")
	}
	if v.kind != integer && v.kind != floating {
		return untold(p.arithmeticType(v.t), v)
	}
	text := v.text
	v = p.convert(v, p.arithmeticType(v.t))
	v.char = false
	switch op.text {
	case "-":
		v.f = -v.f
		v.i = p.extend(-v.i, v.t)
		if rest, negative := strings.CutPrefix(text, "-"); negative {
			v.text = rest
		} else if text != "" {
			v.text = "-" + text
		}
	case "~":
		v.i = p.extend(^v.i, v.t)
	}
	return v
}

// arithmeticType is the type an arithmetic operand has after promotion.
func (p *parser) arithmeticType(t *types.Type) *types.Type {
	r := p.target.Resolve(t)
	if r.Kind.Floating() {
		return types.Of(r.Kind)
	}
	return p.promote(t)
}

// operate applies a binary operator.
func (p *parser) operate(op token, a, b value) value {
	a, b = p.operand(a), p.operand(b)
	if a.t == nil || b.t == nil {
		if precedence[op.text] == precedence["=="] || precedence[op.text] == precedence["<"] {
			return untold(types.Of(types.Int), a, b)
		}
		return untold(nil, a, b)
	}
	if !a.arithmetic(p) || !b.arithmetic(p) {
		return p.pointerOp(op, a, b)
	}
	isShift := op.text == "<<" || op.text == ">>"
	if isShift && (p.target.Resolve(a.t).Kind.Floating() || p.target.Resolve(b.t).Kind.Floating()) {
		p.fail(op, "%s is not for floating numbers", op.text)
	}
	ty := p.common(a.t, b.t)
	if isShift {
		ty = p.promote(a.t)
	}
	result := ty
	switch op.text {
	case "==", "!=", "<", ">", "<=", ">=":
		result = types.Of(types.Int)
	}
	if ty.Kind.Floating() && strings.Contains("%&|^", op.text) {
		p.fail(op, "%s is not for floating numbers", op.text)
	}
	if !a.known() || !b.known() {
		return untold(result, a, b)
	}
	if ty.Kind.Floating() {
		return p.floatOp(op, p.convert(a, ty), p.convert(b, ty), ty)
	}
	x := p.convert(a, ty).i
	if isShift {
		width := uint64(8 * p.target.Size(ty))
		n := b.i
		if n >= width {
			if p.dead > 0 || p.inSystem(op) {
				return notKnown(ty, "it shifts too far")
			}
			p.fail(op, "a shift of %d bits, and %s has %d", int64(n), ty, width)
		}
		if op.text == "<<" {
			return value{t: ty, kind: integer, i: p.extend(x<<n, ty)}
		}
		if p.target.Signed(ty) {
			return value{t: ty, kind: integer, i: uint64(int64(x) >> n)}
		}
		return value{t: ty, kind: integer, i: x >> n}
	}
	y := p.convert(b, ty).i
	signed := p.target.Signed(ty)
	less := x < y
	if signed {
		less = int64(x) < int64(y)
	}
	out := value{t: ty, kind: integer}
	switch op.text {
	case "+":
		out.i = x + y
	case "-":
		out.i = x - y
	case "*":
		out.i = x * y
	case "&":
		out.i = x & y
	case "|":
		out.i = x | y
	case "^":
		out.i = x ^ y
	case "/", "%":
		if y == 0 {
			if p.dead > 0 {
				return notKnown(ty, "it divides by zero")
			}
			p.fail(op, "division by zero")
		}
		switch {
		case !signed && op.text == "/":
			out.i = x / y
		case !signed:
			out.i = x % y
		case y == math.MaxUint64 && op.text == "/": // -1: Go does not trap, but say so
			out.i = -x
		case y == math.MaxUint64:
			out.i = 0
		case op.text == "/":
			out.i = uint64(int64(x) / int64(y))
		default:
			out.i = uint64(int64(x) % int64(y))
		}
	case "==":
		return p.boolean(x == y)
	case "!=":
		return p.boolean(x != y)
	case "<":
		return p.boolean(less)
	case ">=":
		return p.boolean(!less)
	case ">":
		return p.boolean(!less && x != y)
	case "<=":
		return p.boolean(less || x == y)
	}
	out.i = p.extend(out.i, ty)
	return out
}

func (p *parser) floatOp(op token, a, b value, ty *types.Type) value {
	if ty.Kind == types.LongDouble && p.target.LongDouble != types.Binary64 {
		return p.longOp(op.text, a, b, ty)
	}
	x, y := a.f, b.f
	out := value{t: ty, kind: floating}
	switch op.text {
	case "+":
		out.f = x + y
	case "-":
		out.f = x - y
	case "*":
		out.f = x * y
	case "/":
		out.f = x / y
	case "==":
		return p.boolean(x == y)
	case "!=":
		return p.boolean(x != y)
	case "<":
		return p.boolean(x < y)
	case ">":
		return p.boolean(x > y)
	case "<=":
		return p.boolean(x <= y)
	case ">=":
		return p.boolean(x >= y)
	}
	if ty.Kind == types.Float {
		out.f = float64(float32(out.f))
	}
	return out
}

// pointerOp is arithmetic with at least one pointer (C11 6.5.6, 6.5.8).
func (p *parser) pointerOp(op token, a, b value) value {
	ra, rb := p.target.Resolve(a.t), p.target.Resolve(b.t)
	pointer := func(r *types.Type) bool { return r.Kind == types.Pointer || r.Kind == types.Array }
	switch op.text {
	case "+", "-":
		if op.text == "+" && !pointer(ra) && pointer(rb) {
			a, b, ra, rb = b, a, rb, ra
		}
		switch {
		case pointer(ra) && b.arithmetic(p):
			ty := types.PointerTo(ra.Elem)
			size := p.target.Size(ra.Elem)
			if a.kind != address || b.kind != integer || size < 0 && p.target.Resolve(ra.Elem).Kind != types.Void || a.lv && ra.Kind != types.Array {
				return untold(ty, a, b)
			}
			size = max(size, 1)
			n := b.i * uint64(size)
			if op.text == "-" {
				n = -n
			}
			return value{t: ty, kind: address, i: a.i + n, foreign: a.foreign, derived: true}
		case pointer(ra) && pointer(rb):
			ty := types.Of(p.wide(false))
			size := max(1, p.target.Size(ra.Elem))
			if a.kind != address || b.kind != address || a.lv || b.lv || op.text == "+" {
				if op.text == "+" {
					return notKnown(ty, "it adds pointers")
				}
				return untold(ty, a, b)
			}
			return value{t: ty, kind: integer, i: uint64(int64(a.i-b.i) / size)}
		}
	case "==", "!=", "<", ">", "<=", ">=":
		if (a.kind == address || a.kind == integer) && (b.kind == address || b.kind == integer) && !a.lv && !b.lv {
			u := types.Of(p.wide(true))
			return p.operate(op, value{t: u, kind: integer, i: a.i}, value{t: u, kind: integer, i: b.i})
		}
		if !pointer(ra) && !pointer(rb) {
			return notKnown(types.Of(types.Int), "it compares what is no number")
		}
		return untold(types.Of(types.Int), a, b)
	}
	return notKnown(nil, cmp.Or(a.why, b.why, "it calculates with what is no number"))
}
