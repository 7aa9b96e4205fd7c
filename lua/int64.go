// This file defines 64-bit integers for a Lua whose numbers are float64: intValue and uintValue, which turn
// a C integer into a Lua value, and the int64 and uint64 values that stand in beyond 2^53.

package lua

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// int64Type names the one metatable that int64 and uint64 values share. It has to be one: Lua 5.1 compares
// two userdata only when both have the same function as their metamethod.
const int64Type = "dlsh.int64"

// maxExact is the last number up to which a float64 holds every whole number.
const maxExact = 1 << 53

// smallMin and smallMax bound the numbers that intValue keeps boxed. Most results of C functions are counts,
// flags, characters or error codes, so most calls allocate nothing.
const (
	smallMin = -256
	smallMax = 1023
)

var smallNumbers = boxSmallNumbers()

// boxSmallNumbers makes the boxes as boxes.number does: 1280 allocations would be a tenth of what a start takes.
func boxSmallNumbers() (boxed [smallMax - smallMin + 1]glua.LValue) {
	numbers := new([len(boxed)]glua.LNumber)
	for i := range boxed {
		numbers[i] = glua.LNumber(i + smallMin)
		boxed[i] = boxedAt(&numbers[i])
	}
	return boxed
}

// intValue is the Lua value of a signed C integer: a number while it is exact, else an int64.
func intValue(L *glua.LState, v int64) glua.LValue {
	// One unsigned comparison checks both ends of the table.
	if i := uint64(v - smallMin); i < uint64(len(smallNumbers)) {
		return smallNumbers[i]
	}
	if -maxExact <= v && v <= maxExact {
		return glua.LNumber(v)
	}
	return wide{uint64(v), true}.value(L)
}

// uintValue is the Lua value of an unsigned C integer: a number while it is exact, else a uint64.
func uintValue(L *glua.LState, v uint64) glua.LValue {
	if v <= maxExact {
		return intValue(L, int64(v))
	}
	return wide{v, false}.value(L)
}

// toInt64Bits recognises an int64 or uint64 value, and returns its 64 bits and whether they are signed.
// A plain number is not one.
func toInt64Bits(lv glua.LValue) (bits uint64, signed bool, ok bool) {
	if ud, isUserData := lv.(*glua.LUserData); isUserData {
		switch v := ud.Value.(type) {
		case int64:
			return uint64(v), true, true
		case uint64:
			return v, false, true
		}
	}
	return 0, false, false
}

// registerInt64 installs the metatable of 64-bit integers, and ctypes.int64 and ctypes.uint64 which make them.
// It must run before the first intValue.
func registerInt64(L *glua.LState, ctypes *glua.LTable) {
	mt := L.NewTypeMetatable(int64Type)
	for _, op := range wideOperators {
		mt.RawSetString(op.event, L.NewFunction(op.call))
	}
	mt.RawSetString("__unm", L.NewFunction(wideNegate))
	mt.RawSetString("__eq", L.NewFunction(wideOrder("==", func(order int) bool { return order == 0 })))
	mt.RawSetString("__lt", L.NewFunction(wideOrder("<", func(order int) bool { return order < 0 })))
	mt.RawSetString("__le", L.NewFunction(wideOrder("<=", func(order int) bool { return order <= 0 })))
	mt.RawSetString("__concat", L.NewFunction(wideConcat))
	mt.RawSetString("__tostring", L.NewFunction(wideToString))

	// The methods are a table, so that finding one costs no call; only a miss reaches the function behind it.
	methods := L.NewTable()
	for name, method := range wideMethods {
		methods.RawSetString(name, L.NewFunction(method.bind(name)))
	}
	miss := L.NewTable()
	miss.RawSetString("__index", L.NewFunction(wideNoMember))
	methods.Metatable = miss
	mt.RawSetString("__index", methods)

	ctypes.RawSetString("int64", L.NewFunction(wideConstructor("int64", true)))
	ctypes.RawSetString("uint64", L.NewFunction(wideConstructor("uint64", false)))
}

// wide is a 64-bit integer of either signedness.
type wide struct {
	bits   uint64
	signed bool
}

// value boxes w, however small it is: what was computed in 64 bits stays in 64 bits.
func (w wide) value(L *glua.LState) glua.LValue {
	ud := L.NewUserData()
	if w.signed {
		ud.Value = int64(w.bits)
	} else {
		ud.Value = w.bits
	}
	ud.Metatable = L.GetTypeMetatable(int64Type)
	return ud
}

func (w wide) negative() bool { return w.signed && int64(w.bits) < 0 }

// text writes w exactly, in base 2 to 36.
func (w wide) text(base int) string {
	if w.signed {
		return strconv.FormatInt(int64(w.bits), base)
	}
	return strconv.FormatUint(w.bits, base)
}

// float is the nearest float64, and whether it is w exactly.
func (w wide) float() (f float64, exact bool) {
	magnitude := w.bits
	if w.negative() {
		magnitude = -magnitude
	}
	f = float64(magnitude)
	if w.negative() {
		f = -f
	}
	return f, bits.Len64(magnitude)-bits.TrailingZeros64(magnitude) <= 53
}

// compare orders two integers by their mathematical values. This is where we leave C, in which -1 > 1u: a
// comparison that disagreed with == and with the printed numbers would help nobody.
func (w wide) compare(other wide) int {
	if w.negative() != other.negative() {
		if w.negative() {
			return -1
		}
		return 1
	}
	// With equal signs, two's complement orders as unsigned numbers do.
	switch {
	case w.bits < other.bits:
		return -1
	case w.bits > other.bits:
		return 1
	}
	return 0
}

// compareFloat orders w and any float64, without rounding w; ordered is false for NaN.
func (w wide) compareFloat(f float64) (order int, ordered bool) {
	switch {
	case math.IsNaN(f):
		return 0, false
	case f >= 1<<64:
		return -1, true
	case f < -1<<63:
		return 1, true
	}
	floor, _ := wideFromNumber(math.Floor(f))
	order = w.compare(floor)
	if order == 0 && f != math.Floor(f) {
		order = -1
	}
	return order, true
}

// wideError says why a value is no 64-bit integer; kind is the name of Python's exception.
type wideError struct{ kind, text string }

// wideFromNumber converts a whole number to int64, or to uint64 if only that holds it, as C types a literal.
func wideFromNumber(f float64) (wide, *wideError) {
	switch {
	case f != math.Trunc(f) || math.IsInf(f, 0):
		return wide{}, &wideError{"ValueError", wideNumberText(f) + " is not a whole number"}
	case -1<<63 <= f && f < 1<<63:
		return wide{uint64(int64(f)), true}, nil
	case 0 <= f && f < 1<<64:
		return wide{uint64(f), false}, nil
	}
	return wide{}, &wideError{"OverflowError", wideNumberText(f) + " does not fit in 64 bits"}
}

// wideFromString reads decimal or 0x hex with an optional sign, exactly. A leading 0 does not mean octal, as
// it does not in Lua.
func wideFromString(s string) (wide, *wideError) {
	digits := strings.TrimSpace(s)
	negative := strings.HasPrefix(digits, "-")
	if negative || strings.HasPrefix(digits, "+") {
		digits = digits[1:]
	}
	base := 10
	if strings.HasPrefix(digits, "0x") || strings.HasPrefix(digits, "0X") {
		base, digits = 16, digits[2:]
	}
	magnitude, err := strconv.ParseUint(digits, base, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) || negative && magnitude > 1<<63:
		return wide{}, &wideError{"OverflowError", fmt.Sprintf("%q does not fit in 64 bits", s)}
	case err != nil:
		return wide{}, &wideError{"ValueError", fmt.Sprintf("%q is not an integer", s)}
	case negative:
		return wide{-magnitude, true}, nil
	}
	return wide{magnitude, magnitude <= math.MaxInt64}, nil
}

// wideFrom converts an operand: a 64-bit integer or a whole plain number. Strings are refused, though Lua's
// own arithmetic takes them, because "1.5" and "1e3" have no good answer here.
func wideFrom(lv glua.LValue) (wide, *wideError) {
	if b, signed, ok := toInt64Bits(lv); ok {
		return wide{b, signed}, nil
	}
	if n, ok := lv.(glua.LNumber); ok {
		return wideFromNumber(float64(n))
	}
	return wide{}, &wideError{"TypeError", "want a whole number or a 64-bit integer, not " + wideOperandText(lv)}
}

// wideOperandText names an operand in a message: int64(5), 1.5, nil.
func wideOperandText(lv glua.LValue) string {
	if b, signed, ok := toInt64Bits(lv); ok {
		if signed {
			return "int64(" + wide{b, signed}.text(10) + ")"
		}
		return "uint64(" + wide{b, signed}.text(10) + ")"
	}
	if n, ok := lv.(glua.LNumber); ok {
		return wideNumberText(float64(n))
	}
	return lv.Type().String()
}

// wideNumberText writes a float64 with all its digits; LNumber's own String is wrong for whole numbers over 2^63.
func wideNumberText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 0):
		return strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(f, 'g', -1, 64), "+"))
	case math.Abs(f) < 1e21 && f == math.Trunc(f):
		return strconv.FormatFloat(f, 'f', 0, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// wideConstructor makes ctypes.int64 or ctypes.uint64. Numbers and strings must fit; another 64-bit integer
// is cast as C casts it, since that is the way to look at the same bits with the other sign.
func wideConstructor(name string, signed bool) glua.LGFunction {
	return func(L *glua.LState) int {
		if L.GetTop() != 1 {
			raise(L, "TypeError", "%s takes 1 argument, got %d", name, L.GetTop())
		}
		var w wide
		var bad *wideError
		switch arg := L.Get(1).(type) {
		case glua.LString:
			w, bad = wideFromString(string(arg))
		case glua.LNumber:
			w, bad = wideFromNumber(float64(arg))
		default:
			b, _, ok := toInt64Bits(arg)
			if !ok {
				raise(L, "TypeError", "%s: want a number, a string or a 64-bit integer, not %s", name, wideOperandText(arg))
			}
			w = wide{b, signed}
		}
		if bad != nil {
			raise(L, bad.kind, "%s: %s", name, bad.text)
		}
		if signed && !w.signed {
			raise(L, "OverflowError", "%s: %s is over the largest, 9223372036854775807", name, w.text(10))
		}
		if !signed && w.negative() {
			raise(L, "OverflowError", "%s: %s is negative", name, w.text(10))
		}
		L.Push(wide{w.bits, signed}.value(L))
		return 1
	}
}

// wideOperator is one arithmetic operator. do gets both operands after C's usual arithmetic conversions;
// modulo 2^64 the signed and the unsigned answer have the same bits, save for / and %.
type wideOperator struct {
	event, sign string
	do          func(a, b uint64, signed bool) uint64
}

var wideOperators = []wideOperator{
	{"__add", "+", func(a, b uint64, _ bool) uint64 { return a + b }},
	{"__sub", "-", func(a, b uint64, _ bool) uint64 { return a - b }},
	{"__mul", "*", func(a, b uint64, _ bool) uint64 { return a * b }},
	{"__div", "/", wideDivide},
	{"__mod", "%", wideRemainder},
	{"__pow", "^", func(a, b uint64, _ bool) uint64 { return widePower(a, b) }},
}

// wideDivide truncates towards zero as C does. Go defines what C does not: INT64_MIN / -1 is INT64_MIN.
func wideDivide(a, b uint64, signed bool) uint64 {
	if signed {
		return uint64(int64(a) / int64(b))
	}
	return a / b
}

// wideRemainder has the sign of the dividend as in C, unlike Lua's own %. INT64_MIN % -1 is 0.
func wideRemainder(a, b uint64, signed bool) uint64 {
	if signed {
		return uint64(int64(a) % int64(b))
	}
	return a % b
}

// widePower multiplies repeatedly, by squaring: at most 128 multiplications, whatever the exponent.
func widePower(base, exponent uint64) uint64 {
	result := uint64(1)
	for ; exponent > 0; exponent >>= 1 {
		if exponent&1 == 1 {
			result *= base
		}
		base *= base
	}
	return result
}

// call is the metamethod: either operand may be a plain number.
func (op wideOperator) call(L *glua.LState) int {
	if passOn(L, op.event, true) {
		return 1
	}
	a, b := wideOperands(L, op.sign)
	switch {
	case (op.sign == "/" || op.sign == "%") && b.bits == 0:
		raise(L, "ZeroDivisionError", "%s %s %s: division by zero", wideOperandText(L.Get(1)), op.sign, wideOperandText(L.Get(2)))
	case op.sign == "^" && b.negative():
		raise(L, "ValueError", "%s ^ %s: negative exponent", wideOperandText(L.Get(1)), wideOperandText(L.Get(2)))
	}
	signed := a.signed && b.signed
	L.Push(wide{op.do(a.bits, b.bits, signed), signed}.value(L))
	return 1
}

// wideOperands converts both arguments of a metamethod, or raises an error that shows the whole operation.
func wideOperands(L *glua.LState, sign string) (a, b wide) {
	a, bad := wideFrom(L.Get(1))
	if bad == nil {
		b, bad = wideFrom(L.Get(2))
	}
	if bad != nil {
		raise(L, bad.kind, "%s %s %s: %s", wideOperandText(L.Get(1)), sign, wideOperandText(L.Get(2)), bad.text)
	}
	return a, b
}

func wideNegate(L *glua.LState) int {
	w, bad := wideFrom(L.Get(1))
	if bad != nil {
		raise(L, bad.kind, "-%s: %s", wideOperandText(L.Get(1)), bad.text)
	}
	L.Push(wide{-w.bits, w.signed}.value(L))
	return 1
}

// wideOrder makes a comparison metamethod. Lua 5.1 calls it only for two 64-bit integers: with a number on
// one side == is false and < an error before we are asked, hence the methods eq, lt and so on.
func wideOrder(sign string, holds func(order int) bool) glua.LGFunction {
	return func(L *glua.LState) int {
		a, b := wideOperands(L, sign)
		L.Push(glua.LBool(holds(a.compare(b))))
		return 1
	}
}

func wideToString(L *glua.LState) int {
	w, bad := wideFrom(L.Get(1))
	if bad != nil {
		raise(L, bad.kind, "tostring: %s", bad.text)
	}
	L.Push(glua.LString(w.text(10)))
	return 1
}

func wideConcat(L *glua.LState) int {
	joined := ""
	for i := 1; i <= 2; i++ {
		lv := L.Get(i)
		if text, ok := exactText(lv); ok {
			joined += text
		} else if glua.LVCanConvToString(lv) {
			joined += glua.LVAsString(lv)
		} else if other := L.GetMetaField(lv, "__concat"); other != glua.LNil {
			// Lua asks the left operand first; a right one that knows how to join (an error value) goes on.
			L.Push(other)
			L.Push(L.Get(1))
			L.Push(L.Get(2))
			L.Call(2, 1)
			return 1
		} else {
			raise(L, "TypeError", "cannot join %s .. %s", wideOperandText(L.Get(1)), wideOperandText(L.Get(2)))
		}
	}
	L.Push(glua.LString(joined))
	return 1
}

// wideNoMember is asked for a member only when there is none.
func wideNoMember(L *glua.LState) int {
	raise(L, "AttributeError", "a 64-bit integer has no member %q", glua.LVAsString(L.ToStringMeta(L.Get(2))))
	return 0
}

// wideMethod is a method x:name(…); its arguments start at index 2.
type wideMethod func(L *glua.LState, self wide) glua.LValue

func (method wideMethod) bind(name string) glua.LGFunction {
	return func(L *glua.LState) int {
		b, signed, ok := toInt64Bits(L.Get(1))
		if !ok {
			raise(L, "TypeError", "%s: want a 64-bit integer before it, as in x:%s(), not %s", name, name, wideOperandText(L.Get(1)))
		}
		L.Push(method(L, wide{b, signed}))
		return 1
	}
}

var wideMethods = map[string]wideMethod{
	"tonumber": func(L *glua.LState, self wide) glua.LValue {
		f, exact := self.float()
		if !exact && !glua.LVAsBool(L.Get(2)) {
			raise(L, "ValueError", "tonumber: no Lua number is exactly %s; x:tonumber(true) rounds", self.text(10))
		}
		return glua.LNumber(f)
	},
	"tostring": func(L *glua.LState, self wide) glua.LValue {
		base := 10
		if L.Get(2) != glua.LNil {
			w, bad := wideFrom(L.Get(2))
			if bad != nil {
				raise(L, bad.kind, "tostring: base: %s", bad.text)
			}
			// As an unsigned number a negative base is a huge one.
			if w.bits < 2 || w.bits > 36 {
				raise(L, "ValueError", "tostring: base %s is not in 2 to 36", w.text(10))
			}
			base = int(w.bits)
		}
		return glua.LString(self.text(base))
	},
	"hex":      func(L *glua.LState, self wide) glua.LValue { return glua.LString(fmt.Sprintf("0x%x", self.bits)) },
	"signed":   func(L *glua.LState, self wide) glua.LValue { return wide{self.bits, true}.value(L) },
	"unsigned": func(L *glua.LState, self wide) glua.LValue { return wide{self.bits, false}.value(L) },

	"band": wideFold("band", func(a, b uint64) uint64 { return a & b }),
	"bor":  wideFold("bor", func(a, b uint64) uint64 { return a | b }),
	"bxor": wideFold("bxor", func(a, b uint64) uint64 { return a ^ b }),
	"bnot": func(L *glua.LState, self wide) glua.LValue { return wide{^self.bits, self.signed}.value(L) },
	"shl": func(L *glua.LState, self wide) glua.LValue {
		return wide{self.bits << wideShift(L, "shl"), self.signed}.value(L)
	},
	"shr": func(L *glua.LState, self wide) glua.LValue {
		n := wideShift(L, "shr")
		if self.signed {
			return wide{uint64(int64(self.bits) >> n), true}.value(L)
		}
		return wide{self.bits >> n, false}.value(L)
	},

	"eq": wideCompare("eq", func(order int) bool { return order == 0 }),
	"lt": wideCompare("lt", func(order int) bool { return order < 0 }),
	"le": wideCompare("le", func(order int) bool { return order <= 0 }),
	"gt": wideCompare("gt", func(order int) bool { return order > 0 }),
	"ge": wideCompare("ge", func(order int) bool { return order >= 0 }),
}

// wideFold makes a bit operation over self and every argument; one unsigned operand makes it unsigned, as in C.
func wideFold(name string, do func(a, b uint64) uint64) wideMethod {
	return func(L *glua.LState, self wide) glua.LValue {
		for i := 2; i <= L.GetTop(); i++ {
			w, bad := wideFrom(L.Get(i))
			if bad != nil {
				raise(L, bad.kind, "%s: %s", name, bad.text)
			}
			self = wide{do(self.bits, w.bits), self.signed && w.signed}
		}
		return self.value(L)
	}
}

// wideShift reads how far to shift. 64 and more are allowed, and shift every bit out, as Go has it; C leaves
// that undefined and processors disagree.
func wideShift(L *glua.LState, name string) uint64 {
	w, bad := wideFrom(L.Get(2))
	if bad != nil {
		raise(L, bad.kind, "%s: %s", name, bad.text)
	}
	if w.negative() {
		raise(L, "ValueError", "%s: negative shift count %s", name, w.text(10))
	}
	return w.bits
}

// wideCompare makes a comparison by mathematical value with anything numeric, fractions and infinities
// included. NaN is neither equal, less nor greater. Only eq takes other kinds of value, as == would.
func wideCompare(name string, holds func(order int) bool) wideMethod {
	return func(L *glua.LState, self wide) glua.LValue {
		lv := L.Get(2)
		if b, signed, ok := toInt64Bits(lv); ok {
			return glua.LBool(holds(self.compare(wide{b, signed})))
		}
		if n, ok := lv.(glua.LNumber); ok {
			order, ordered := self.compareFloat(float64(n))
			return glua.LBool(ordered && holds(order))
		}
		if x := toLong(lv); x != nil {
			order, ordered := hostShape.fromWide(self).compare(x)
			return glua.LBool(ordered && holds(order))
		}
		if name != "eq" {
			raise(L, "TypeError", "%s: want a number or a 64-bit integer, not %s", name, wideOperandText(lv))
		}
		return glua.LFalse
	}
}
