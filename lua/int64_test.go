// This file tests 64-bit integers as a Lua script meets them: one expression a row, beside what it prints
// or the error it ends in.

package lua

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand"
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"
)

// int64Prelude gives the rows short names. int and uint return what a C function would have.
const int64Prelude = `
	i, u = ctypes.int64, ctypes.uint64
	MAX, MIN, UMAX = i("9223372036854775807"), i("-9223372036854775808"), u("18446744073709551615")
	inf, nan = 1/0, 0/0
	joins = setmetatable({}, {__concat = function(a, b) return "joined " .. tostring(a) end})
`

func newInt64State(t testing.TB) *glua.LState {
	t.Helper()
	L := glua.NewState()
	t.Cleanup(L.Close)
	ctypes := L.NewTable()
	registerInt64(L, ctypes)
	L.SetGlobal("ctypes", ctypes)
	if err := L.DoString(int64Prelude); err != nil {
		t.Fatal(err)
	}
	return L
}

// evalInt64 is what print(expr) prints, or an error with its kind and message.
func evalInt64(L *glua.LState, expr string) (printed string, err error) {
	defer L.SetTop(0)
	if err := L.DoString("return pcall(function() return tostring(" + expr + ") end)"); err != nil {
		return "", err
	}
	if L.Get(1) == glua.LTrue {
		return L.Get(2).String(), nil
	}
	// Lua's own errors are strings, ours are values with fields.
	if failure := L.Get(2); failure.Type() != glua.LTString {
		return "", fmt.Errorf("%s: %s", L.GetField(failure, "kind"), L.GetField(failure, "message"))
	}
	return "", errors.New(L.Get(2).String())
}

func TestInt64Expressions(t *testing.T) {
	for _, group := range []struct {
		name string
		rows [][2]string // an expression, and what it prints
	}{
		{"making", [][2]string{
			{`i(5)`, "5"},
			{`i(-5)`, "-5"},
			{`type(i(5))`, "userdata"},
			{`i(-2^63)`, "-9223372036854775808"},
			{`u(2^63)`, "9223372036854775808"},
			{`i("9007199254740993")`, "9007199254740993"},
			{`i(" +42 ")`, "42"},
			{`i("-0x8000000000000000")`, "-9223372036854775808"},
			{`u("0XffffFFFFffffFFFF")`, "18446744073709551615"},
			{`u("-0")`, "0"},
			{`i("010")`, "10"},
			{`u(i(-1))`, "18446744073709551615"},
			{`i(UMAX)`, "-1"},
			{`i(MAX)`, "9223372036854775807"},
		}},
		{"arithmetic", [][2]string{
			{`i(2) + 3`, "5"},
			{`2 + i(3)`, "5"},
			{`type(i(2) + 3)`, "userdata"},
			{`i("9007199254740992") + 1`, "9007199254740993"},
			{`i("9007199254740993") - i("9007199254740992")`, "1"},
			{`i(3037000500) * 3037000500`, "-9223372036709301616"},
			{`10 - i(3)`, "7"},
			{`-MAX`, "-9223372036854775807"},
			{`-u(1)`, "18446744073709551615"},
			{`MAX + 1`, "-9223372036854775808"},
			{`MIN - 1`, "9223372036854775807"},
			{`-MIN`, "-9223372036854775808"},
			{`UMAX + 1`, "0"},
			{`u(0) - 1`, "18446744073709551615"},
		}},
		{"division truncates as in C", [][2]string{
			{`i(7) / 2`, "3"},
			{`i(-7) / 2`, "-3"},
			{`i(-7) % 2`, "-1"},
			{`i(7) % -2`, "1"},
			{`7 / i(2)`, "3"},
			{`UMAX / 2`, "9223372036854775807"},
			{`UMAX % 10`, "5"},
			{`MIN / -1`, "-9223372036854775808"},
			{`MIN % -1`, "0"},
			{`MIN / i(-1)`, "-9223372036854775808"},
		}},
		{"either operand unsigned makes both unsigned", [][2]string{
			{`i(-1) + u(0)`, "18446744073709551615"},
			{`u(10) / -1`, "0"},
			{`i(-1) / u(2)`, "9223372036854775807"},
			{`i(1) + 2^63`, "9223372036854775809"},
		}},
		{"powers", [][2]string{
			{`i(2) ^ 62`, "4611686018427387904"},
			{`2 ^ i(62)`, "4611686018427387904"},
			{`i(2) ^ 63`, "-9223372036854775808"},
			{`u(2) ^ 63`, "9223372036854775808"},
			{`u(2) ^ 64`, "0"},
			{`i(-3) ^ 3`, "-27"},
			{`i(0) ^ 0`, "1"},
			{`u(3) ^ UMAX`, "12297829382473034411"}, // the inverse of 3 modulo 2^64
		}},
		{"comparison by mathematical value", [][2]string{
			{`i(5) == i(5)`, "true"},
			{`i(5) == u(5)`, "true"},
			{`i(-1) == UMAX`, "false"},
			{`i(5) ~= i(6)`, "true"},
			{`i(-1) < u(0)`, "true"},
			{`u(0) > i(-1)`, "true"},
			{`MIN <= MIN`, "true"},
			{`MIN < MAX`, "true"},
			{`MAX < UMAX`, "true"},
			{`i(-2) < i(-1)`, "true"},
		}},
		{"comparison with a plain number needs a method", [][2]string{
			{`i(5) == 5`, "false"}, // Lua 5.1 does not ask when the types differ
			{`i(5):eq(5)`, "true"},
			{`i(5):eq(u(5))`, "true"},
			{`i(5):eq(5.5)`, "false"},
			{`i(5):eq("5")`, "false"},
			{`i(5):eq(nil)`, "false"},
			{`i(5):lt(5.5)`, "true"},
			{`i(6):lt(5.5)`, "false"},
			{`i(-5):lt(-5.5)`, "false"},
			{`i(5):le(5)`, "true"},
			{`i(5):gt(4)`, "true"},
			{`i(5):ge(5.5)`, "false"},
			{`MAX:eq(2^63)`, "false"},
			{`MAX:lt(2^63)`, "true"},
			{`UMAX:lt(2^64)`, "true"},
			{`UMAX:gt(2^63)`, "true"},
			{`MIN:eq(-2^63)`, "true"},
			{`MIN:gt(-2^65)`, "true"},
			{`i("9007199254740993"):eq(2^53)`, "false"},
			{`MAX:lt(inf)`, "true"},
			{`MIN:gt(-inf)`, "true"},
			{`i(5):eq(nan)`, "false"},
			{`i(5):lt(nan) or i(5):ge(nan)`, "false"},
		}},
		{"text", [][2]string{
			{`"n = " .. MAX .. "!"`, "n = 9223372036854775807!"},
			{`1 .. i(2)`, "12"},
			{`i(2) .. 1`, "21"},
			{`i(1) .. u(2)`, "12"},
			{`i(7) .. joins`, "joined 7"},
			{`UMAX:tostring()`, "18446744073709551615"},
			{`UMAX:tostring(16)`, "ffffffffffffffff"},
			{`i(-255):tostring(16)`, "-ff"},
			{`i(5):tostring(2)`, "101"},
			{`MAX:tostring(i(36))`, "1y2p0ij32e8e7"},
			{`i(-1):hex()`, "0xffffffffffffffff"},
			{`u(255):hex()`, "0xff"},
		}},
		{"to a plain number", [][2]string{
			{`i(5):tonumber() == 5`, "true"},
			{`type(i(5):tonumber())`, "number"},
			{`MIN:tonumber() == -2^63`, "true"},
			{`u(2^63):tonumber() == 2^63`, "true"},
			{`MAX:tonumber(true) == 2^63`, "true"},
			{`i("9007199254740993"):tonumber(true) == 2^53`, "true"},
		}},
		{"bits", [][2]string{
			{`u(0xff):band(0x0f)`, "15"},
			{`i(-1):band(0xff)`, "255"},
			{`u(1):bor(2, 4, i(8))`, "15"},
			{`i(5):bxor(1)`, "4"},
			{`i(5):band()`, "5"},
			{`i(1):bor(u("0x8000000000000000"))`, "9223372036854775809"},
			{`i(0):bnot()`, "-1"},
			{`u(0):bnot()`, "18446744073709551615"},
			{`i(1):shl(63)`, "-9223372036854775808"},
			{`u(1):shl(63)`, "9223372036854775808"},
			{`u(1):shl(64)`, "0"},
			{`i(-8):shr(1)`, "-4"},
			{`i(-8):shr(64)`, "-1"},
			{`UMAX:shr(60)`, "15"},
			{`UMAX:shr(UMAX)`, "0"},
			{`UMAX:signed()`, "-1"},
			{`i(-1):unsigned()`, "18446744073709551615"},
		}},
	} {
		t.Run(group.name, func(t *testing.T) {
			L := newInt64State(t)
			for _, row := range group.rows {
				if got, err := evalInt64(L, row[0]); err != nil || got != row[1] {
					t.Errorf("%s is %q, %v; want %s", row[0], got, err, row[1])
				}
			}
		})
	}
}

func TestInt64Errors(t *testing.T) {
	L := newInt64State(t)
	for _, row := range [][2]string{ // an expression, and what its error says
		{`i()`, "TypeError: int64 takes 1 argument, got 0"},
		{`i("ff", 16)`, "TypeError: int64 takes 1 argument, got 2"},
		{`i(nil)`, "TypeError: int64: want a number, a string or a 64-bit integer, not nil"},
		{`u({})`, "TypeError: uint64: want a number, a string or a 64-bit integer, not table"},
		{`i(0.5)`, "ValueError: int64: 0.5 is not a whole number"},
		{`i(nan)`, "ValueError: int64: nan is not a whole number"},
		{`u(inf)`, "ValueError: uint64: inf is not a whole number"},
		{`i(2^63)`, "OverflowError: int64: 9223372036854775808 is over the largest"},
		{`i(-2^64)`, "OverflowError: int64: -18446744073709551616 does not fit in 64 bits"},
		{`u(-1)`, "OverflowError: uint64: -1 is negative"},
		{`u(2^64)`, "OverflowError: uint64: 18446744073709551616 does not fit in 64 bits"},
		{`u(1e300)`, "OverflowError: uint64: 1e+300 does not fit in 64 bits"},
		{`i("9223372036854775808")`, "OverflowError: int64: 9223372036854775808 is over the largest"},
		{`i("-9223372036854775809")`, `OverflowError: int64: "-9223372036854775809" does not fit in 64 bits`},
		{`u("18446744073709551616")`, `OverflowError: uint64: "18446744073709551616" does not fit in 64 bits`},
		{`u("-1")`, "OverflowError: uint64: -1 is negative"},
		{`i("")`, `ValueError: int64: "" is not an integer`},
		{`i("0x")`, `ValueError: int64: "0x" is not an integer`},
		{`i("--5")`, `ValueError: int64: "--5" is not an integer`},
		{`i("1_000")`, `ValueError: int64: "1_000" is not an integer`},
		{`i("1.0")`, `ValueError: int64: "1.0" is not an integer`},
		{`i("5LL")`, `ValueError: int64: "5LL" is not an integer`},

		{`i(1) + 1.5`, "ValueError: int64(1) + 1.5: 1.5 is not a whole number"},
		{`nan * u(1)`, "ValueError: nan * uint64(1): nan is not a whole number"},
		{`i(1) - inf`, "ValueError: int64(1) - inf: inf is not a whole number"},
		{`i(1) - -inf`, "ValueError: int64(1) - -inf: -inf is not a whole number"},
		{`i(1) + 2^64`, "OverflowError: int64(1) + 18446744073709551616: 18446744073709551616 does not fit in 64 bits"},
		{`i(1) + "1"`, "TypeError: int64(1) + string: want a whole number or a 64-bit integer, not string"},
		{`nil + i(1)`, "TypeError: nil + int64(1): want a whole number or a 64-bit integer, not nil"},
		{`i(1) / 0`, "ZeroDivisionError: int64(1) / 0: division by zero"},
		{`1 % u(0)`, "ZeroDivisionError: 1 % uint64(0): division by zero"},
		{`i(2) ^ -1`, "ValueError: int64(2) ^ -1: negative exponent"},
		{`u(2) ^ i(-1)`, "ValueError: uint64(2) ^ int64(-1): negative exponent"},
		{`i(1) < 2`, "attempt to compare"}, // Lua's own words: it does not ask us
		{`i(1) .. nil`, "TypeError: cannot join int64(1) .. nil"},
		{`{} .. i(1)`, "TypeError: cannot join table .. int64(1)"},

		{`i(1):lt("2")`, "TypeError: lt: want a number or a 64-bit integer, not string"},
		{`MAX:tonumber()`, "ValueError: tonumber: no Lua number is exactly 9223372036854775807"},
		{`i(1):tostring(1)`, "ValueError: tostring: base 1 is not in 2 to 36"},
		{`i(1):tostring(-2)`, "ValueError: tostring: base -2 is not in 2 to 36"},
		{`i(1):tostring(2.5)`, "ValueError: tostring: base: 2.5 is not a whole number"},
		{`i(1):band(0.5)`, "ValueError: band: 0.5 is not a whole number"},
		{`i(1):bor("1")`, "TypeError: bor: want a whole number or a 64-bit integer, not string"},
		{`i(1):shl(-1)`, "ValueError: shl: negative shift count -1"},
		{`i(1):shr()`, "TypeError: shr: want a whole number or a 64-bit integer, not nil"},
		{`i(1).hex(5)`, "TypeError: hex: want a 64-bit integer before it, as in x:hex(), not 5"},
		{`i(1):rol(3)`, `AttributeError: a 64-bit integer has no member "rol"`},
		{`i(1)[0]`, `AttributeError: a 64-bit integer has no member "0"`},
	} {
		got, err := evalInt64(L, row[0])
		if err == nil {
			t.Errorf("%s is %s; want an error: %s", row[0], got, row[1])
		} else if !strings.Contains(err.Error(), row[1]) {
			t.Errorf("%s says %q; want %q", row[0], err, row[1])
		}
	}
}

func TestIntValueIsANumberWhileExact(t *testing.T) {
	L := newInt64State(t)
	for _, row := range []struct {
		v    int64
		want string // type and text
	}{
		{0, "number 0"}, {-1, "number -1"},
		{smallMin, "number -256"}, {smallMin - 1, "number -257"},
		{smallMax, "number 1023"}, {smallMax + 1, "number 1024"},
		{maxExact, "number 9007199254740992"}, {-maxExact, "number -9007199254740992"},
		{maxExact + 1, "userdata 9007199254740993"}, {-maxExact - 1, "userdata -9007199254740993"},
		{math.MaxInt64, "userdata 9223372036854775807"}, {math.MinInt64, "userdata -9223372036854775808"},
	} {
		lv := intValue(L, row.v)
		if got := fmt.Sprint(lv.Type(), " ", L.ToStringMeta(lv)); got != row.want {
			t.Errorf("intValue(%d) is %s, want %s", row.v, got, row.want)
		}
		if row.v < 0 {
			continue
		}
		lv = uintValue(L, uint64(row.v))
		if got := fmt.Sprint(lv.Type(), " ", L.ToStringMeta(lv)); got != row.want {
			t.Errorf("uintValue(%d) is %s, want %s", row.v, got, row.want)
		}
	}
	if got := L.ToStringMeta(uintValue(L, math.MaxUint64)).String(); got != "18446744073709551615" {
		t.Errorf("uintValue(2^64-1) is %s", got)
	}
	if n := testing.AllocsPerRun(100, func() { intValue(L, -200); uintValue(L, 1000) }); n != 0 {
		t.Errorf("small results allocate %v times", n)
	}
}

func TestToInt64Bits(t *testing.T) {
	L := newInt64State(t)
	for _, row := range []struct {
		lv     glua.LValue
		bits   uint64
		signed bool
		ok     bool
	}{
		{intValue(L, math.MinInt64), 1 << 63, true, true},
		{uintValue(L, 1<<63), 1 << 63, false, true},
		{glua.LNumber(5), 0, false, false},
		{glua.LString("5"), 0, false, false},
		{glua.LNil, 0, false, false},
		{L.NewUserData(), 0, false, false},
	} {
		if bits, signed, ok := toInt64Bits(row.lv); bits != row.bits || signed != row.signed || ok != row.ok {
			t.Errorf("toInt64Bits(%v) is %d, %v, %v", row.lv, bits, signed, ok)
		}
	}
	if v, ok := intValue(L, math.MinInt64).(*glua.LUserData).Value.(int64); !ok || v != math.MinInt64 {
		t.Errorf("an int64 does not hold a Go int64")
	}
}

// TestInt64Arithmetic checks seeded random operands, edges among them, against math/big modulo 2^64.
func TestInt64Arithmetic(t *testing.T) {
	L := newInt64State(t)
	rng := rand.New(rand.NewSource(1))
	edges := []uint64{0, 1, 2, 1<<63 - 1, 1 << 63, 1<<63 + 1, 1<<64 - 2, 1<<64 - 1, 1 << 32, 1 << 53}
	pick := func() wide {
		if rng.Intn(3) == 0 {
			return wide{edges[rng.Intn(len(edges))], rng.Intn(2) == 0}
		}
		return wide{rng.Uint64() >> rng.Intn(64), rng.Intn(2) == 0}
	}
	modulus := new(big.Int).Lsh(big.NewInt(1), 64)
	for range 2000 {
		a, b := pick(), pick()
		signed := a.signed && b.signed
		// The conversion first, then C's operation on the mathematical values, then the wrap.
		x, y := bigInt(wide{a.bits, signed}), bigInt(wide{b.bits, signed})
		want := map[string]*big.Int{
			"+": new(big.Int).Add(x, y), "-": new(big.Int).Sub(x, y), "*": new(big.Int).Mul(x, y),
		}
		if y.Sign() != 0 {
			want["/"], want["%"] = new(big.Int).Quo(x, y), new(big.Int).Rem(x, y)
		}
		if y.Sign() > 0 && y.IsUint64() && !b.negative() {
			want["^"] = new(big.Int).Exp(x, y, modulus)
		}
		L.SetGlobal("a", a.value(L))
		L.SetGlobal("b", b.value(L))
		for sign, value := range want {
			wrapped := wide{new(big.Int).And(value, new(big.Int).Sub(modulus, big.NewInt(1))).Uint64(), signed}
			if got, err := evalInt64(L, "a "+sign+" b"); err != nil || got != wrapped.text(10) {
				t.Fatalf("%+v %s %+v is %s, %v; want %s", a, sign, b, got, err, wrapped.text(10))
			}
		}
		order := bigInt(a).Cmp(bigInt(b))
		wantOrder := fmt.Sprint(order < 0, order <= 0, order == 0)
		got, err := evalInt64(L, "tostring(a < b) .. ' ' .. tostring(a <= b) .. ' ' .. tostring(a == b)")
		if err != nil || got != wantOrder {
			t.Fatalf("%+v < <= == %+v is %s, %v; want %s", a, b, got, err, wantOrder)
		}
	}
}

func bigInt(w wide) *big.Int {
	if w.signed {
		return big.NewInt(int64(w.bits))
	}
	return new(big.Int).SetUint64(w.bits)
}

// FuzzInt64Compare compares any integer with any float64, against math/big.
func FuzzInt64Compare(f *testing.F) {
	f.Add(uint64(1<<63-1), true, float64(1<<63))
	f.Add(uint64(1<<64-1), false, float64(1<<64))
	f.Add(uint64(1<<63), true, -9223372036854775808.0)
	f.Add(uint64(1<<53+1), true, float64(1<<53))
	f.Add(uint64(1<<64-5), true, -5.5)
	f.Add(uint64(0), false, math.Inf(-1))
	f.Fuzz(func(t *testing.T, bits uint64, signed bool, number float64) {
		w := wide{bits, signed}
		order, ordered := w.compareFloat(number)
		if math.IsNaN(number) {
			if ordered {
				t.Errorf("%s is ordered with nan", w.text(10))
			}
			return
		}
		if want := new(big.Float).SetInt(bigInt(w)).Cmp(new(big.Float).SetFloat64(number)); !ordered || order != want {
			t.Errorf("%s against %v is %d, %v; want %d", w.text(10), number, order, ordered, want)
		}
	})
}

// FuzzInt64Text reads any string, and checks that what is accepted means what math/big says it means.
func FuzzInt64Text(f *testing.F) {
	for _, s := range []string{"0", "-1", "0x7f", "+0XFF", "18446744073709551615", "-9223372036854775808", "1_0", " 5 ", "-", "+-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, bad := wideFromString(s)
		if bad != nil {
			return
		}
		// big reads the same notation, given the base: a leading 0 must not turn into octal.
		digits, base := strings.ToLower(strings.TrimSpace(s)), 10
		if strings.Contains(digits, "0x") {
			digits, base = strings.Replace(digits, "0x", "", 1), 16
		}
		want, ok := new(big.Int).SetString(digits, base)
		if !ok || want.Cmp(bigInt(w)) != 0 {
			t.Errorf("%q reads as %s, want %v", s, w.text(10), want)
		}
	})
}

func BenchmarkIntValue(b *testing.B) {
	L := newInt64State(b)
	for _, row := range []struct {
		name string
		v    int64
	}{{"small", 7}, {"boxed", 123456}, {"userdata", math.MaxInt64}} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				intValue(L, row.v)
			}
		})
	}
}
