// This file defines ctypes.longdouble: the Lua values of the long doubles that no Lua number is, with their
// arithmetic, comparisons and methods, and every conversion between long double and Lua.

package lua

import (
	"fmt"
	"math"
	"math/big"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// longType names the metatable of longdouble values, whose Value is a *longDouble.
const longType = "dlsh.longdouble"

// toLong recognises a longdouble value, and is nil for everything else.
func toLong(lv glua.LValue) *longDouble {
	if ud, ok := lv.(*glua.LUserData); ok {
		x, _ := ud.Value.(*longDouble)
		return x
	}
	return nil
}

// value boxes x, also where a number would hold it: what was calculated as long double stays one.
func (x *longDouble) value(L *glua.LState) glua.LValue {
	ud := L.NewUserData()
	ud.Value = x
	ud.Metatable = L.GetTypeMetatable(longType)
	return ud
}

// fewest is x as a number where that is exact, else boxed.
func (x *longDouble) fewest(L *glua.LState) glua.LValue {
	if f, exact := x.float64(); exact {
		return glua.LNumber(f)
	}
	return x.value(L)
}

// longValue is the Lua value of a C long double: a number while it is exact, else a longdouble.
func longValue(L *glua.LState, b []byte) glua.LValue {
	var f float64
	exact := true
	switch hostShape {
	case extendedShape:
		f, exact = loadExtended(b)
	case quadShape:
		f, exact = loadQuad(b)
	default:
		f = getLong(hostTarget, b)
	}
	if exact {
		return glua.LNumber(f)
	}
	return hostShape.load(b).value(L)
}

// loadLong reads any long double of the host.
func loadLong(b []byte) *longDouble {
	if hostShape == doubleShape {
		return doubleShape.fromFloat(getLong(hostTarget, b))
	}
	return hostShape.load(b)
}

// storeLong writes one; b is the whole object.
func storeLong(b []byte, x *longDouble) {
	if hostShape == doubleShape {
		f, _ := x.float64()
		putLong(hostTarget, b, f)
		return
	}
	hostShape.store(b, x)
}

// toLongDouble converts whatever stands for a floating number to long double, losing nothing that a long double holds.
func toLongDouble(lv glua.LValue, t *ctype) (*longDouble, error) {
	if n, ok := lv.(glua.LNumber); ok {
		return hostShape.fromFloat(float64(n)), nil
	}
	if x := toLong(lv); x != nil {
		return x, nil
	}
	if bits, signed, ok := toInt64Bits(lv); ok {
		return hostShape.fromWide(wide{bits, signed}), nil
	}
	if v := toValue(lv); v != nil {
		switch {
		case v.t.op == opLongDouble:
			b := make([]byte, v.t.size)
			err := v.read(b)
			return loadLong(b), err
		case v.t.op.integer():
			bits, err := v.word()
			return hostShape.fromWide(wide{bits, v.t.op != opUint64}), err
		}
	}
	f, err := toFloat(lv, t)
	return hostShape.fromFloat(f), err
}

// nearestFloat rounds to a floating type that is no long double, once.
func (x *longDouble) nearestFloat(t *ctype) float64 {
	if t.op == opFloat32 {
		return x.float32()
	}
	f, _ := x.float64()
	return f
}

// wholeBits is x as 64 bits of an integer, as wholeBits has it for a Lua number.
func (x *longDouble) wholeBits(t *ctype) (bits uint64, room span, err error) {
	n, ok := x.whole()
	switch {
	case !ok:
		return 0, 0, fmt.Errorf("cannot convert longdouble %s to %s: it is not a whole number", hostShape.text(x), t.c)
	case n.IsInt64():
		return uint64(n.Int64()), spanSigned, nil
	case n.IsUint64():
		return n.Uint64(), spanUnsigned, nil
	}
	n.And(n, new(big.Int).SetUint64(math.MaxUint64))
	return n.Uint64(), spanMore, nil
}

// longDoubleBytes converts to long double, as its bytes in memory. A c_longdouble keeps all its bits.
func longDoubleBytes(lv glua.LValue, t *ctype) ([]byte, error) {
	b := make([]byte, t.size)
	switch x := lv.(type) {
	case glua.LNumber:
		putLong(hostTarget, b, float64(x))
		return b, nil
	case glua.LString:
		if _, err := hostShape.read(string(x)); err == nil {
			return nil, fmt.Errorf("%w; ctypes.longdouble reads text: ctypes.longdouble(%q)", cannot(lv, t), shorten(string(x), 60))
		}
		return nil, cannot(lv, t)
	}
	if v := toValue(lv); v != nil && v.t.op == opLongDouble {
		return b, v.read(b)
	}
	x, err := toLongDouble(lv, t)
	if err != nil {
		return nil, err
	}
	storeLong(b, x)
	return b, nil
}

// badText is the error for text that should be a number.
type badText struct{ error }

func (e *badText) Unwrap() error { return e.error }

// setLong stores in a c_longdouble, which also takes text: no Lua number is "0.1" exactly.
func setLong(v *value, lv glua.LValue) error {
	var b []byte
	var err error
	if text, ok := lv.(glua.LString); ok {
		var x *longDouble
		if x, err = hostShape.read(string(text)); err != nil {
			return &badText{err}
		}
		b = make([]byte, v.t.size)
		storeLong(b, x)
	} else if b, err = longDoubleBytes(lv, v.t); err != nil {
		return err
	}
	return v.write(b)
}

// longText prints the long double in an object so that it can be told from an integer: 2.0.
func longText(b []byte) string {
	x := loadLong(b)
	text := hostShape.text(x)
	if n, whole := x.whole(); whole && n.BitLen() <= int(hostShape.precision) {
		text += ".0"
	}
	return text
}

// newLong is ctypes.longdouble(x): a number, or text as exactly as a long double can be.
func (s *Session) newLong(L *glua.LState) int {
	if L.GetTop() != 1 {
		raise(L, "TypeError", "longdouble takes 1 argument, got %d", L.GetTop())
	}
	var x *longDouble
	var err error
	if text, ok := L.Get(1).(glua.LString); ok {
		if x, err = hostShape.read(string(text)); err != nil {
			raiseErr(L, "ValueError", "longdouble", err)
		}
	} else if x, err = toLongDouble(L.Get(1), s.simple["c_longdouble"]); err != nil {
		raiseErr(L, "TypeError", "longdouble", err)
	}
	if hostShape == doubleShape { // a number holds every long double
		L.Push(x.fewest(L))
	} else {
		L.Push(x.value(L))
	}
	return 1
}

// registerLong installs the metatable of longdouble values.
func registerLong(L *glua.LState) {
	mt := L.NewTypeMetatable(longType)
	for event, sign := range map[string]byte{"__add": '+', "__sub": '-', "__mul": '*', "__div": '/'} {
		mt.RawSetString(event, L.NewFunction(longArithmetic(event, sign)))
	}
	mt.RawSetString("__pow", L.NewFunction(longPower))
	mt.RawSetString("__mod", L.NewFunction(func(L *glua.LState) int {
		raise(L, "TypeError", "%s %% %s: a longdouble has no %%; fmodl of the C library is C's", operandText(L.Get(1)), operandText(L.Get(2)))
		return 0
	}))
	mt.RawSetString("__unm", L.NewFunction(func(L *glua.LState) int {
		L.Push(checkLong(L, "-").neg().value(L))
		return 1
	}))
	comparison := func(event, sign string, holds func(order int) bool) {
		mt.RawSetString(event, L.NewFunction(func(L *glua.LState) int {
			a, b := longOperands(L, sign)
			order, ordered := a.compare(b)
			L.Push(glua.LBool(ordered && holds(order)))
			return 1
		}))
	}
	comparison("__eq", "==", func(order int) bool { return order == 0 })
	comparison("__lt", "<", func(order int) bool { return order < 0 })
	comparison("__le", "<=", func(order int) bool { return order <= 0 })
	mt.RawSetString("__concat", L.NewFunction(wideConcat))
	mt.RawSetString("__tostring", L.NewFunction(func(L *glua.LState) int {
		L.Push(glua.LString(hostShape.text(checkLong(L, "tostring"))))
		return 1
	}))
	methods, miss := L.NewTable(), L.NewTable()
	for name, method := range longMethods {
		methods.RawSetString(name, L.NewFunction(func(L *glua.LState) int {
			L.Push(method(L, checkLong(L, name)))
			return 1
		}))
	}
	miss.RawSetString("__index", L.NewFunction(func(L *glua.LState) int {
		name := glua.LVAsString(L.ToStringMeta(L.Get(2)))
		raise(L, "AttributeError", "a longdouble has no member %q%s", name, suggest(name, methodNames(longMethods)))
		return 0
	}))
	methods.Metatable = miss
	mt.RawSetString("__index", methods)
	mt.RawSetString("__metatable", glua.LString("longdouble"))
}

// checkLong is the longdouble a metamethod or method is of.
func checkLong(L *glua.LState, name string) *longDouble {
	x := toLong(L.Get(1))
	if x == nil {
		raise(L, "TypeError", "%s: want a longdouble before it, as in x:%s(), not %s", name, name, operandText(L.Get(1)))
	}
	return x
}

func methodNames[M any](methods map[string]M) []string {
	var names []string
	for name := range methods {
		names = append(names, name)
	}
	return names
}

// longOperand takes a longdouble, a number or a 64-bit integer.
func longOperand(lv glua.LValue) *longDouble {
	if n, ok := lv.(glua.LNumber); ok {
		return hostShape.fromFloat(float64(n))
	}
	if bits, signed, ok := toInt64Bits(lv); ok {
		return hostShape.fromWide(wide{bits, signed})
	}
	return toLong(lv)
}

// longOperands converts both operands of a metamethod, or raises an error that shows the whole operation.
func longOperands(L *glua.LState, sign string) (a, b *longDouble) {
	for i, x := range []**longDouble{&a, &b} {
		lv := L.Get(i + 1)
		if *x = longOperand(lv); *x == nil {
			raise(L, "TypeError", "%s %s %s: want a number, not %s", operandText(L.Get(1)), sign, operandText(L.Get(2)), operandText(lv))
		}
	}
	return a, b
}

// exactText is the text of a number that Lua's own would not hold, for tostring and "..".
func exactText(lv glua.LValue) (text string, ok bool) {
	if bits, signed, ok := toInt64Bits(lv); ok {
		return wide{bits, signed}.text(10), true
	}
	if x := toLong(lv); x != nil {
		return hostShape.text(x), true
	}
	if z := toComplex(lv); z != nil {
		return z.String(), true
	}
	return "", false
}

// operandText names an operand in a message: longdouble(0.1), 1.5, nil.
func operandText(lv glua.LValue) string {
	if x := toLong(lv); x != nil {
		return "longdouble(" + hostShape.text(x) + ")"
	}
	if z := toComplex(lv); z != nil {
		return z.String()
	}
	return wideOperandText(lv)
}

// passOn gives an operation to its right operand where that is of a wider kind: a complex number, or a longdouble if
// long is set. Lua asks the left operand first, and that may be a 64-bit integer or a longdouble.
func passOn(L *glua.LState, event string, long bool) bool {
	right := L.Get(2)
	if toComplex(right) == nil && (!long || toLong(right) == nil) {
		return false
	}
	L.Push(L.GetMetaField(right, event))
	L.Push(L.Get(1))
	L.Push(right)
	L.Call(2, 1)
	return true
}

func longArithmetic(event string, sign byte) glua.LGFunction {
	return func(L *glua.LState) int {
		if !passOn(L, event, false) {
			a, b := longOperands(L, string(sign))
			L.Push(hostShape.calculate(sign, a, b).value(L))
		}
		return 1
	}
}

// longPower is x ^ n. Other powers than whole ones are libm's business.
func longPower(L *glua.LState) int {
	if passOn(L, "__pow", false) {
		return 1
	}
	a, b := longOperands(L, "^")
	n, ok := b.whole()
	if !ok {
		raise(L, "ValueError", "%s ^ %s: the exponent must be a whole number; powl of the C library takes any",
			operandText(L.Get(1)), operandText(L.Get(2)))
	}
	L.Push(hostShape.power(a, n).value(L))
	return 1
}

var longMethods = map[string]func(L *glua.LState, x *longDouble) glua.LValue{
	"tonumber": func(L *glua.LState, x *longDouble) glua.LValue {
		f, exact := x.float64()
		if !exact && !glua.LVAsBool(L.Get(2)) {
			raise(L, "ValueError", "tonumber: no Lua number is exactly %s; x:tonumber(true) rounds", hostShape.text(x))
		}
		return glua.LNumber(f)
	},
	"tostring": func(L *glua.LState, x *longDouble) glua.LValue {
		if L.Get(2) == glua.LNil {
			return glua.LString(hostShape.text(x))
		}
		n, ok := L.Get(2).(glua.LNumber)
		if !ok || float64(n) != math.Trunc(float64(n)) || n < 1 || n > mostDigits {
			raise(L, "ValueError", "tostring: a number of digits from 1 to %d is wanted, not %s", mostDigits, describe(L.Get(2)))
		}
		return glua.LString(hostShape.digits(x, int(n)))
	},
	"hex": func(L *glua.LState, x *longDouble) glua.LValue { return glua.LString(hostShape.hex(x)) },
	"abs": func(L *glua.LState, x *longDouble) glua.LValue {
		if x.negative() {
			x = x.neg()
		}
		return x.value(L)
	},

	"eq": longCompare("eq", func(order int) bool { return order == 0 }),
	"lt": longCompare("lt", func(order int) bool { return order < 0 }),
	"le": longCompare("le", func(order int) bool { return order <= 0 }),
	"gt": longCompare("gt", func(order int) bool { return order > 0 }),
	"ge": longCompare("ge", func(order int) bool { return order >= 0 }),
}

// longCompare makes a comparison by value with anything numeric. Only eq takes other kinds of value, as == would.
func longCompare(name string, holds func(order int) bool) func(L *glua.LState, x *longDouble) glua.LValue {
	return func(L *glua.LState, x *longDouble) glua.LValue {
		y := longOperand(L.Get(2))
		if y == nil {
			if name == "eq" {
				return glua.LFalse
			}
			raise(L, "TypeError", "%s: want a number, not %s", name, operandText(L.Get(2)))
		}
		order, ordered := x.compare(y)
		return glua.LBool(ordered && holds(order))
	}
}

// longFormatted is a longdouble under one of string.format's conversions, as C's printf writes one under %L…;
// it is false for conversions that are for integers.
func longFormatted(spec string, x *longDouble) (text string, ok bool) {
	verb := spec[len(spec)-1]
	switch verb {
	case 'e', 'E', 'f', 'g', 'G':
	default:
		return "", false
	}
	f := x.f
	if f == nil {
		return fmt.Sprintf(spec, math.NaN()), true
	}
	if f.IsInf() {
		inf, _ := f.Float64()
		return fmt.Sprintf(spec, inf), true
	}
	if i := len(spec) - 1; (verb == 'g' || verb == 'G') && strings.IndexByte(spec, '.') < 0 {
		spec = spec[:i] + ".6" + spec[i:] // Go would write as many digits as it takes
	}
	return fmt.Sprintf(spec, new(big.Float).Set(f)), true
}
