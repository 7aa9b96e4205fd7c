// This file defines the conversions between complex numbers in Lua and C's float _Complex and its kin.

package lua

import (
	"fmt"
	"math"

	glua "github.com/yuin/gopher-lua"
)

// newComplex is ctypes.complex(re [, im]): a complex number of its parts, or of whatever can be passed for one.
func (s *Session) newComplex(L *glua.LState) int {
	var z complexNumber
	var err error
	switch L.GetTop() {
	case 1:
		z, err = complexOf(L.Get(1), s.simple["c_double_complex"])
	case 2:
		z, err = complexOfParts(L.Get(1), L.Get(2))
	default:
		raise(L, "TypeError", "complex takes 1 or 2 arguments, got %d", L.GetTop())
	}
	if err != nil {
		raiseErr(L, "TypeError", "complex", err)
	}
	L.Push(z.value(L))
	return 1
}

// partOf converts a real number or a ctypes value of one.
func partOf(lv glua.LValue, what string) (component, error) {
	if p, ok := toPart(lv); ok {
		return p, nil
	}
	if v := toValue(lv); v.isReal() {
		x, err := toLongDouble(lv, v.t)
		if err != nil {
			return component{}, err
		}
		return longPart(x), nil
	}
	return component{}, fmt.Errorf("the %s part: a number is wanted, not %s", what, describe(lv))
}

// isReal reports whether an object is an integer or a floating number.
func (v *value) isReal() bool {
	return v != nil && (v.t.op.integer() || v.t.op == opFloat32 || v.t.op == opFloat64 || v.t.op == opLongDouble)
}

func complexOfParts(re, im glua.LValue) (z complexNumber, err error) {
	if z.re, err = partOf(re, "real"); err == nil {
		z.im, err = partOf(im, "imaginary")
	}
	return z, err
}

// complexOf converts to a complex number: one, a real number, a ctypes value of either, {re, im}, or {real =, imag =}.
func complexOf(lv glua.LValue, t *ctype) (complexNumber, error) {
	if z, ok := complexOperand(lv); ok {
		return z, nil
	}
	if list, ok := lv.(*glua.LTable); ok {
		re, im := list.RawGetString("real"), list.RawGetString("imag")
		named := re != glua.LNil || im != glua.LNil
		switch n := list.Len(); {
		case named && n == 0 && fields(list) == count(re)+count(im):
			return complexOfParts(orZero(re), orZero(im))
		case !named && n == 2 && fields(list) == 2:
			return complexOfParts(list.RawGetInt(1), list.RawGetInt(2))
		}
		return complexNumber{}, fmt.Errorf("%w: {re, im} or {real = re, imag = im} would do", cannot(lv, t))
	}
	v := toValue(lv)
	if v.isReal() {
		re, err := partOf(lv, "real")
		return complexNumber{re: re}, err
	}
	if v != nil && v.t.op == opComplex {
		return v.complex()
	}
	return complexNumber{}, cannot(lv, t)
}

// fields counts what is in a table.
func fields(t *glua.LTable) (n int) {
	t.ForEach(func(_, _ glua.LValue) { n++ })
	return n
}

func count(lv glua.LValue) int {
	if lv == glua.LNil {
		return 0
	}
	return 1
}

func orZero(lv glua.LValue) glua.LValue {
	if lv == glua.LNil {
		return glua.LNumber(0)
	}
	return lv
}

// complexBytes converts to a complex type, as its bytes in memory: the real part, then the imaginary (C11 6.2.5p13).
func complexBytes(lv glua.LValue, t *ctype) ([]byte, error) {
	z, err := complexOf(lv, t)
	if err != nil {
		return nil, err
	}
	return z.bytes(t), nil
}

func (z complexNumber) bytes(t *ctype) []byte {
	b := make([]byte, t.size)
	half := t.size / 2
	z.re.store(b[:half])
	z.im.store(b[half:])
	return b
}

// store writes a part; how many bytes there are says in which format.
func (p component) store(b []byte) {
	switch {
	case len(b) == 4 && p.long != nil:
		putWord(b, uint64(math.Float32bits(float32(p.long.float32()))), 4)
	case len(b) == 4:
		putWord(b, uint64(math.Float32bits(float32(p.f))), 4)
	case len(b) == 8:
		putWord(b, math.Float64bits(p.double()), 8)
	case p.long != nil:
		storeLong(b, p.long)
	default:
		putLong(hostTarget, b, p.f)
	}
}

func loadPart(b []byte) component {
	switch len(b) {
	case 4:
		return component{f: float64(math.Float32frombits(uint32(getWord(b, 4))))}
	case 8:
		return component{f: math.Float64frombits(getWord(b, 8))}
	}
	return longPart(loadLong(b))
}

// loadComplex reads a complex number of any type.
func loadComplex(b []byte) complexNumber {
	half := len(b) / 2
	return complexNumber{loadPart(b[:half]), loadPart(b[half:])}
}

// complex reads a C object of a complex type.
func (v *value) complex() (complexNumber, error) {
	b := make([]byte, v.t.size)
	err := v.read(b)
	return loadComplex(b), err
}

// number reads an object of a complex type or a long double.
func (v *value) number() (complexNumber, error) {
	if v.t.op == opComplex {
		return v.complex()
	}
	b := make([]byte, v.t.size)
	err := v.read(b)
	return complexNumber{re: loadPart(b)}, err
}

// setComplex stores in one.
func setComplex(v *value, lv glua.LValue) error {
	b, err := complexBytes(lv, v.t)
	if err != nil {
		return err
	}
	return v.write(b)
}

// setComplexParts is c_double_complex(re, im).
func setComplexParts(v *value, re, im glua.LValue) error {
	z, err := complexOfParts(re, im)
	if err != nil {
		return err
	}
	return v.write(z.bytes(v.t))
}
