// This file tests that conversions which succeed cost no allocation, and arithmetic on addresses.

package lua

import (
	"math"
	"testing"

	glua "github.com/yuin/gopher-lua"
)

func TestConversionsDoNotAllocate(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	var number, whole, truth glua.LValue = glua.LNumber(2.5), glua.LNumber(65), glua.LTrue
	v, err := newValue(s.simple["c_int"])
	if err != nil {
		t.Fatal(err)
	}
	object := s.wrapValue(v)
	for _, test := range []struct {
		name string
		lv   glua.LValue
	}{
		{"c_int", whole}, {"c_ubyte", whole}, {"c_longlong", whole}, {"c_ulonglong", whole}, {"c_int", truth},
		{"c_int", object}, {"c_double", number}, {"c_float", whole}, {"c_double", object}, {"c_bool", truth},
		{"c_bool", number}, {"c_bool", object}, {"c_char", whole}, {"c_wchar", whole}, {"c_wchar", glua.LString("é")},
		{"c_void_p", whole}, {"c_void_p", glua.LNil},
	} {
		ty := s.simple[test.name]
		if n := testing.AllocsPerRun(100, func() {
			if _, _, err := scalarBits(test.lv, ty, true); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s to %s: %v allocations", describe(test.lv), test.name, n)
		}
	}
}

// What is beyond the address space must not come out on its other side.
func TestMoveAddress(t *testing.T) {
	const top = math.MaxUint64
	for _, test := range []struct {
		addr    uintptr
		i, size int64
		want    uintptr
		ok      bool
	}{
		{1000, 3, 4, 1012, true},
		{1000, -3, 4, 988, true},
		{1000, -250, 4, 0, true},
		{1000, -251, 4, 0, false},
		{1000, 1 << 62, 4, 0, false},
		{1000, -1 << 62, 4, 0, false},
		{1000, 1<<62 + 1, 4, 0, false},
		{1000, 1 << 62, 8, 0, false},
		{1000, math.MinInt64, 1, 0, false},
		{1 << 63, math.MinInt64, 1, 0, true},
		{1000, math.MinInt64, math.MaxInt64, 0, false},
		{1000, math.MaxInt64, 1, 1000 + math.MaxInt64, true},
		{top - 7, 1, 7, top, true},
		{top - 7, 1, 8, 0, false},
		{top, 0, 8, top, true},
		{1000, 5, 0, 1000, true},
	} {
		got, ok := moveAddress(test.addr, test.i, test.size)
		if ok != test.ok || ok && got != test.want {
			t.Errorf("%#x + %d*%d: %#x, %v, want %#x, %v", test.addr, test.i, test.size, got, ok, test.want, test.ok)
		}
	}
}
