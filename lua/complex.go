// This file defines ctypes.complex: complex numbers as Lua values, with their arithmetic, and how they print.

package lua

import (
	"math"
	"math/big"
	"math/cmplx"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// complexNumber is a complex number. It is never changed once made.
type complexNumber struct{ re, im component }

// component is one of its two parts: a double, or a long double where long is set.
type component struct {
	f    float64
	long *longDouble
}

const complexType = "dlsh.complex"

// toComplex recognises a complex value, and is nil for everything else.
func toComplex(lv glua.LValue) *complexNumber {
	if ud, ok := lv.(*glua.LUserData); ok {
		z, _ := ud.Value.(*complexNumber)
		return z
	}
	return nil
}

func (z complexNumber) value(L *glua.LState) glua.LValue {
	ud := L.NewUserData()
	ud.Value = &z
	ud.Metatable = L.GetTypeMetatable(complexType)
	return ud
}

// longPart is a long double as a part: a double where that is exact.
func longPart(x *longDouble) component {
	if f, exact := x.float64(); exact {
		return component{f: f}
	}
	return component{long: x}
}

// toPart takes a real number from Lua.
func toPart(lv glua.LValue) (p component, ok bool) {
	if n, ok := lv.(glua.LNumber); ok {
		return component{f: float64(n)}, true
	}
	if x := longOperand(lv); x != nil {
		return longPart(x), true
	}
	return component{}, false
}

func (p component) value(L *glua.LState) glua.LValue {
	if p.long != nil {
		return p.long.fewest(L)
	}
	return glua.LNumber(p.f)
}

// double is the nearest double.
func (p component) double() float64 {
	if p.long != nil {
		f, _ := p.long.float64()
		return f
	}
	return p.f
}

// widened is the part as a long double.
func (p component) widened() *longDouble {
	if p.long != nil {
		return p.long
	}
	return hostShape.fromFloat(p.f)
}

// String writes a part as Python's complex numbers have it: 1, 1.5, 1e+16, inf.
func (p component) String() string {
	switch {
	case p.long != nil:
		return hostShape.text(p.long)
	case math.IsNaN(p.f):
		return "nan"
	case math.IsInf(p.f, 0):
		return numberText(p.f)
	}
	e := strconv.FormatFloat(p.f, 'e', -1, 64)
	if exponent, _ := strconv.Atoi(e[strings.IndexByte(e, 'e')+1:]); exponent < -4 || exponent >= 16 {
		return e
	}
	return strconv.FormatFloat(p.f, 'f', -1, 64)
}

// String writes a complex number as Python does: (1+2j), 2j, (-0+1j).
func (z complexNumber) String() string {
	im := z.im.String()
	if re := z.re.double(); re == 0 && !math.Signbit(re) && z.re.equal(component{}) {
		return im + "j"
	}
	if im[0] != '-' {
		im = "+" + im
	}
	return "(" + z.re.String() + im + "j)"
}

// The arithmetic of parts: in double, or in long double where one of the two is one.

func (p component) calculate(sign byte, q component) component {
	if p.long != nil || q.long != nil {
		return component{long: hostShape.calculate(sign, p.widened(), q.widened())}
	}
	switch sign {
	case '+':
		return component{f: p.f + q.f}
	case '-':
		return component{f: p.f - q.f}
	case '*':
		return component{f: float64(p.f * q.f)} // rounded here: some CPUs would multiply and add in one
	}
	return component{f: p.f / q.f}
}

func (p component) plus(q component) component  { return p.calculate('+', q) }
func (p component) minus(q component) component { return p.calculate('-', q) }
func (p component) times(q component) component { return p.calculate('*', q) }
func (p component) over(q component) component  { return p.calculate('/', q) }

func (p component) neg() component {
	if p.long != nil {
		return component{long: p.long.neg()}
	}
	return component{f: -p.f}
}

func (p component) equal(q component) bool {
	if p.long == nil && q.long == nil {
		return p.f == q.f
	}
	order, ordered := p.widened().compare(q.widened())
	return ordered && order == 0
}

// atLeast reports whether |p| >= |q|.
func (p component) atLeast(q component) bool {
	if p.long == nil && q.long == nil {
		return math.Abs(p.f) >= math.Abs(q.f)
	}
	x, y := p.widened(), q.widened()
	return !x.isNaN() && !y.isNaN() && new(big.Float).Abs(x.f).Cmp(new(big.Float).Abs(y.f)) >= 0
}

// isReal reports whether an operand is a plain real number, which C does not turn into a complex one first: 2 * z
// doubles both parts, and an infinity in one of them makes no NaN of the other (C11 G.5.1).
func isReal(lv glua.LValue) bool { return toComplex(lv) == nil }

func complexTimes(a, b complexNumber) complexNumber {
	return complexNumber{
		a.re.times(b.re).minus(a.im.times(b.im)),
		a.re.times(b.im).plus(a.im.times(b.re)),
	}
}

// complexOver divides by Smith's method, as Python does: without it the squares of large parts would overflow.
func complexOver(a, b complexNumber) complexNumber {
	switch {
	case b.re.equal(component{}) && b.im.equal(component{}):
		return complexNumber{a.re.over(b.re), a.im.over(b.re)}
	case b.re.atLeast(b.im):
		ratio := b.im.over(b.re)
		divisor := b.re.plus(b.im.times(ratio))
		return complexNumber{a.re.plus(a.im.times(ratio)).over(divisor), a.im.minus(a.re.times(ratio)).over(divisor)}
	}
	ratio := b.re.over(b.im)
	divisor := b.re.times(ratio).plus(b.im)
	return complexNumber{a.re.times(ratio).plus(a.im).over(divisor), a.im.times(ratio).minus(a.re).over(divisor)}
}

// mostPower is the largest whole exponent that is multiplied out, as Python does it up to 100.
const mostPower = 100

// complexPower is a^b: multiplied out for small whole exponents, so that (1+2j)^2 is exact; else by way of polar
// coordinates, in double.
func complexPower(a, b complexNumber) complexNumber {
	n := b.re.double()
	if b.im.double() == 0 && n == math.Trunc(n) && math.Abs(n) <= mostPower {
		result, square := complexNumber{re: component{f: 1}}, a
		for e := int(math.Abs(n)); e > 0; e >>= 1 {
			if e&1 == 1 {
				result = complexTimes(result, square)
			}
			square = complexTimes(square, square)
		}
		if n < 0 {
			result = complexOver(complexNumber{re: component{f: 1}}, result)
		}
		return result
	}
	z := cmplx.Pow(complex(a.re.double(), a.im.double()), complex(n, b.im.double()))
	return complexNumber{component{f: real(z)}, component{f: imag(z)}}
}

// abs is the distance from 0.
func (z complexNumber) abs() component {
	if z.re.long != nil || z.im.long != nil {
		return longPart(hostShape.hypot(z.re.widened(), z.im.widened()))
	}
	return component{f: math.Hypot(z.re.f, z.im.f)}
}

// arg is the angle, in double: between -pi and pi.
func (z complexNumber) arg() float64 {
	x, y := z.re.widened(), z.im.widened()
	if (z.re.long != nil || z.im.long != nil) && !x.isNaN() && !y.isNaN() && !x.isInf() && !y.isInf() {
		// Only the ratio matters, and both parts may be beyond what a double holds.
		shift := -max(x.f.MantExp(nil), y.f.MantExp(nil))
		re, _ := new(big.Float).SetMantExp(x.f, shift).Float64()
		im, _ := new(big.Float).SetMantExp(y.f, shift).Float64()
		return math.Atan2(im, re)
	}
	return math.Atan2(z.im.double(), z.re.double())
}

// complexOperators are the arithmetic of complex numbers. Both operands come as complex ones; real says which of
// them was a plain number.
var complexOperators = []struct {
	event, sign string
	do          func(a, b complexNumber, realA, realB bool) complexNumber
}{
	{"__add", "+", func(a, b complexNumber, realA, realB bool) complexNumber {
		switch {
		case realA:
			return complexNumber{a.re.plus(b.re), b.im}
		case realB:
			return complexNumber{a.re.plus(b.re), a.im}
		}
		return complexNumber{a.re.plus(b.re), a.im.plus(b.im)}
	}},
	{"__sub", "-", func(a, b complexNumber, realA, realB bool) complexNumber {
		switch {
		case realA:
			return complexNumber{a.re.minus(b.re), b.im.neg()}
		case realB:
			return complexNumber{a.re.minus(b.re), a.im}
		}
		return complexNumber{a.re.minus(b.re), a.im.minus(b.im)}
	}},
	{"__mul", "*", func(a, b complexNumber, realA, realB bool) complexNumber {
		switch {
		case realA:
			return complexNumber{a.re.times(b.re), a.re.times(b.im)}
		case realB:
			return complexNumber{a.re.times(b.re), a.im.times(b.re)}
		}
		return complexTimes(a, b)
	}},
	{"__div", "/", func(a, b complexNumber, _, realB bool) complexNumber {
		if realB {
			return complexNumber{a.re.over(b.re), a.im.over(b.re)}
		}
		return complexOver(a, b)
	}},
	{"__pow", "^", func(a, b complexNumber, _, _ bool) complexNumber { return complexPower(a, b) }},
}

// complexOperand takes a complex or a real number.
func complexOperand(lv glua.LValue) (z complexNumber, ok bool) {
	if z := toComplex(lv); z != nil {
		return *z, true
	}
	re, ok := toPart(lv)
	return complexNumber{re: re}, ok
}

// registerComplex installs the metatable of complex values.
func registerComplex(L *glua.LState) {
	mt := L.NewTypeMetatable(complexType)
	for _, op := range complexOperators {
		mt.RawSetString(op.event, L.NewFunction(func(L *glua.LState) int {
			a, okA := complexOperand(L.Get(1))
			b, okB := complexOperand(L.Get(2))
			if !okA || !okB {
				wrong := L.Get(1)
				if okA {
					wrong = L.Get(2)
				}
				raise(L, "TypeError", "%s %s %s: want a number, not %s", operandText(L.Get(1)), op.sign, operandText(L.Get(2)), operandText(wrong))
			}
			L.Push(op.do(a, b, isReal(L.Get(1)), isReal(L.Get(2))).value(L))
			return 1
		}))
	}
	for event, sign := range map[string]string{"__lt": "<", "__le": "<=", "__mod": "%"} {
		mt.RawSetString(event, L.NewFunction(func(L *glua.LState) int {
			raise(L, "TypeError", "%s %s %s: complex numbers have no order; compare their parts, or :abs()",
				operandText(L.Get(1)), sign, operandText(L.Get(2)))
			return 0
		}))
	}
	mt.RawSetString("__unm", L.NewFunction(func(L *glua.LState) int {
		z := checkComplex(L, "-")
		L.Push(complexNumber{z.re.neg(), z.im.neg()}.value(L))
		return 1
	}))
	mt.RawSetString("__eq", L.NewFunction(func(L *glua.LState) int {
		L.Push(complexEqual(checkComplex(L, "=="), L.Get(2)))
		return 1
	}))
	mt.RawSetString("__concat", L.NewFunction(wideConcat))
	mt.RawSetString("__tostring", L.NewFunction(func(L *glua.LState) int {
		L.Push(glua.LString(checkComplex(L, "tostring").String()))
		return 1
	}))
	methods := map[string]*glua.LFunction{}
	for name, method := range complexMethods {
		methods[name] = L.NewFunction(func(L *glua.LState) int {
			L.Push(method(L, checkComplex(L, name)))
			return 1
		})
	}
	mt.RawSetString("__index", L.NewFunction(func(L *glua.LState) int {
		z, name := checkComplex(L, "index"), glua.LVAsString(L.ToStringMeta(L.Get(2)))
		switch fn := methods[name]; {
		case name == "real":
			L.Push(z.re.value(L))
		case name == "imag":
			L.Push(z.im.value(L))
		case fn != nil:
			L.Push(fn)
		default:
			raise(L, "AttributeError", "a complex number has no member %q%s", name, suggest(name, complexMembers(false)))
		}
		return 1
	}))
	mt.RawSetString("__newindex", L.NewFunction(func(L *glua.LState) int {
		raise(L, "AttributeError", "a complex number cannot be changed; make another, ctypes.complex(re, im)")
		return 0
	}))
	mt.RawSetString("__metatable", glua.LString("complex"))
}

// complexMembers are the names that can follow a complex number and a dot, or a colon.
func complexMembers(method bool) []string {
	names := methodNames(complexMethods)
	if !method {
		names = append(names, "real", "imag")
	}
	return names
}

func checkComplex(L *glua.LState, name string) complexNumber {
	z := toComplex(L.Get(1))
	if z == nil {
		raise(L, "TypeError", "%s: want a complex number before it, as in z:%s(), not %s", name, name, operandText(L.Get(1)))
	}
	return *z
}

func complexEqual(z complexNumber, lv glua.LValue) glua.LBool {
	other, ok := complexOperand(lv)
	return glua.LBool(ok && z.equal(other))
}

func (z complexNumber) equal(other complexNumber) bool {
	return z.re.equal(other.re) && z.im.equal(other.im)
}

var complexMethods = map[string]func(L *glua.LState, z complexNumber) glua.LValue{
	"conj": func(L *glua.LState, z complexNumber) glua.LValue { return complexNumber{z.re, z.im.neg()}.value(L) },
	"abs":  func(L *glua.LState, z complexNumber) glua.LValue { return z.abs().value(L) },
	"arg":  func(_ *glua.LState, z complexNumber) glua.LValue { return glua.LNumber(z.arg()) },
	"eq":   func(L *glua.LState, z complexNumber) glua.LValue { return complexEqual(z, L.Get(2)) },
}
