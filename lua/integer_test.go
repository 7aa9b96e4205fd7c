// This file tests integerBits against integers of any size: what fits goes through to the bit, what does not is
// refused where arguments are checked, and wraps where constructors wrap.

package lua

import (
	"math"
	"math/big"
	"testing"

	glua "github.com/yuin/gopher-lua"
)

func FuzzIntegerBits(f *testing.F) {
	for _, bits := range []uint64{0, 1, 127, 128, 255, 256, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 53, 1<<63 - 1, 1 << 63, 1<<64 - 1, 1<<64 - 128} {
		for form := byte(0); form < 3; form++ {
			f.Add(bits, form, byte(bits))
		}
	}
	for _, x := range []float64{-1, 1.5, 1e19, -1e19, 1e300, math.Inf(1), math.NaN(), 1<<64 - 2048} {
		f.Add(math.Float64bits(x), byte(2), byte(7))
	}
	names := []string{"c_byte", "c_ubyte", "c_short", "c_ushort", "c_int", "c_uint", "c_longlong", "c_ulonglong"}
	s := New(Options{})
	f.Cleanup(s.Close)
	f.Fuzz(func(t *testing.T, bits uint64, form, kind byte) {
		ty := s.simple[names[int(kind)%len(names)]]
		var lv glua.LValue
		n := new(big.Int)
		switch form % 3 {
		case 0:
			lv = wide{bits, true}.value(s.L)
			n.SetInt64(int64(bits))
		case 1:
			lv = wide{bits, false}.value(s.L)
			n.SetUint64(bits)
		case 2:
			x := math.Float64frombits(bits)
			lv = glua.LNumber(x)
			if x != math.Trunc(x) || math.IsInf(x, 0) {
				if got, err := integerBits(lv, ty, false); err == nil {
					t.Fatalf("%s to %s: %#x, want an error", describe(lv), ty.name, got)
				}
				return
			}
			big.NewFloat(x).Int(n)
		}
		width := uint(ty.size) * 8
		least := new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), width-1))
		most := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), width), big.NewInt(1))
		fits := n.Cmp(least) >= 0 && n.Cmp(most) <= 0

		low := new(big.Int).And(n, most).Uint64() // modulo 2^width
		want := low
		if ty.op == opInt8 || ty.op == opInt16 || ty.op == opInt32 {
			want = uint64(int64(low<<(64-width)) >> (64 - width))
		}
		if got, err := integerBits(lv, ty, false); err != nil || got != want {
			t.Fatalf("%s to %s, wrapping: %#x, %v, want %#x", describe(lv), ty.name, got, err, want)
		}
		got, err := integerBits(lv, ty, true)
		if (err == nil) != fits {
			t.Fatalf("%s to %s: error %v, but fits is %v", describe(lv), ty.name, err, fits)
		}
		if fits && got != want {
			t.Fatalf("%s to %s: %#x, want %#x", describe(lv), ty.name, got, want)
		}
	})
}
