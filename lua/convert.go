// This file defines the conversions of scalars: a Lua value to the bits C sees, and back.

package lua

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"unicode/utf8"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
	"dlsh/types"
)

// describe says what a Lua value is, for messages.
func describe(lv glua.LValue) string {
	switch v := lv.(type) {
	case glua.LString:
		return "string " + strconv.Quote(shorten(string(v), 40))
	case glua.LNumber:
		return "number " + numberText(float64(v))
	case glua.LBool:
		return "boolean " + v.String()
	case *glua.LNilType:
		return "nil"
	case *glua.LUserData:
		switch x := v.Value.(type) {
		case *value:
			return shorten(showShort(x, 60), 60)
		case *ctype:
			return "the type " + x.name + " (call it to make a value)"
		case *field:
			return "the descriptor of the member " + x.name
		case *reference:
			return "byref(" + shorten(showShort(x.of, 50), 50) + ")"
		case *library:
			return "library " + strconv.Quote(x.name) + " (its functions are called with a dot)"
		case int64:
			return fmt.Sprintf("int64 %d", x)
		case uint64:
			return fmt.Sprintf("uint64 %d", x)
		case *longDouble:
			return "longdouble " + hostShape.text(x)
		case *complexNumber:
			return "complex " + x.String()
		}
	}
	return "a " + lv.Type().String()
}

// numberText prints a number as C programmers write it: 5, 1.5, inf, nan.
func numberText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case f == math.Trunc(f) && math.Abs(f) < 1e16: // above, not every whole number is a float64
		return strconv.FormatFloat(f, 'f', 0, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// cannot is the message of every conversion that has no meaning.
func cannot(lv glua.LValue, t *ctype) error {
	if t.op == opRecord && toValue(lv) == nil {
		return fmt.Errorf("cannot convert %s to %s: one is wanted, or a table of its members, {...}", describe(lv), t.c)
	}
	return fmt.Errorf("cannot convert %s to %s", describe(lv), t.c)
}

// span says how much room a whole number takes.
type span uint8

const (
	spanSigned   span = iota // fits an int64
	spanUnsigned             // from 2^63 on: fits a uint64 only
	spanMore                 // fits neither; its bits are reduced modulo 2^64, as ctypes' constructors do
)

func unsignedSpan(bits uint64) span { return span(bits >> 63) }

// wholeBits takes a whole number from Lua as 64 bits.
func wholeBits(lv glua.LValue, t *ctype) (bits uint64, room span, err error) {
	switch v := lv.(type) {
	case glua.LNumber:
		f := float64(v)
		switch {
		case f != math.Trunc(f) && !math.IsNaN(f) && !math.IsInf(f, 0):
			return 0, 0, fmt.Errorf("cannot convert number %s to %s: it is not a whole number", numberText(f), t.c)
		case math.IsNaN(f) || math.IsInf(f, 0):
			return 0, 0, cannot(lv, t)
		case f >= -(1<<63) && f < 1<<63:
			return uint64(int64(f)), spanSigned, nil
		case f >= 0 && f < 1<<64:
			return uint64(f), spanUnsigned, nil
		}
		n, _ := big.NewFloat(f).Int(nil)
		n.And(n, new(big.Int).SetUint64(math.MaxUint64)) // two's complement for negative numbers too
		return n.Uint64(), spanMore, nil
	case glua.LBool:
		if bool(v) {
			return 1, spanSigned, nil
		}
		return 0, spanSigned, nil
	}
	if bits, signed, ok := toInt64Bits(lv); ok {
		if signed {
			return bits, spanSigned, nil
		}
		return bits, unsignedSpan(bits), nil
	}
	if x := toLong(lv); x != nil {
		return x.wholeBits(t)
	}
	if t.enum != nil {
		if bits, ok, err := t.enumBits(lv); ok {
			return bits, spanSigned, err // an enumerator fits its type, whatever its sign
		}
	}
	if v := toValue(lv); v != nil && (v.t.op.integer() || v.t.op == opBool || v.t.op == opChar) {
		bits, err := v.word()
		if v.t.op == opUint64 {
			room = unsignedSpan(bits)
		}
		return bits, room, err
	}
	return 0, 0, cannot(lv, t)
}

// integerBits converts to an integer type. With strict set the number must fit the
// type's width, read as signed or unsigned; without, it wraps as a C cast does.
// The result is extended to 64 bits as the type's signedness says.
func integerBits(lv glua.LValue, t *ctype, strict bool) (uint64, error) {
	bits, room, err := wholeBits(lv, t)
	if err != nil {
		return 0, err
	}
	if strict {
		fits := room != spanMore
		if t.size < 8 {
			shift := uint(t.size * 8)
			top := int64(bits) >> (shift - 1) // all sign bits, or within one more bit
			fits = room == spanSigned && (top == 0 || top == -1 || bits>>shift == 0)
		}
		if !fits {
			return 0, fmt.Errorf("%s does not fit %s (%s to %s)", describe(lv), t.c, rangeLow(t), rangeHigh(t))
		}
	}
	return extend(bits, t.op), nil
}

// rangeLow and rangeHigh print the least and the greatest number that a parameter of an integer type takes,
// exactly. Signedness bends as in C: -1 for unsigned and 255 for signed char are fine.
func rangeLow(t *ctype) string {
	return strconv.FormatInt(math.MinInt64>>(64-uint(t.size)*8), 10)
}

func rangeHigh(t *ctype) string {
	return strconv.FormatUint(math.MaxUint64>>(64-uint(t.size)*8), 10)
}

// charSigned is whether plain char is signed where values are passed to C. It matters to a callee compiled
// by clang, which trusts the caller to have extended a char to an int, and to a char among variadic arguments.
var charSigned = hostTarget.Signed(types.Of(types.Char))

// extend cuts bits to a type's width and extends them to 64 again.
func extend(bits uint64, o op) uint64 {
	switch o {
	case opInt8:
		return uint64(int64(int8(bits)))
	case opChar:
		if charSigned {
			return uint64(int64(int8(bits)))
		}
		return uint64(uint8(bits))
	case opUint8:
		return uint64(uint8(bits))
	case opInt16:
		return uint64(int64(int16(bits)))
	case opUint16:
		return uint64(uint16(bits))
	case opInt32:
		return uint64(int64(int32(bits)))
	case opUint32:
		return uint64(uint32(bits))
	case opBool:
		if bits&0xff != 0 {
			return 1
		}
		return 0
	}
	return bits
}

// toFloat converts to a floating type.
func toFloat(lv glua.LValue, t *ctype) (float64, error) {
	switch v := lv.(type) {
	case glua.LNumber:
		return float64(v), nil
	}
	if bits, signed, ok := toInt64Bits(lv); ok {
		return nearestFloat(bits, signed, t), nil
	}
	if x := toLong(lv); x != nil {
		return x.nearestFloat(t), nil
	}
	if v := toValue(lv); v != nil {
		switch {
		case v.t.op == opLongDouble:
			x, err := toLongDouble(lv, t)
			if err != nil {
				return 0, err
			}
			return x.nearestFloat(t), nil
		case v.t.op == opFloat32 || v.t.op == opFloat64:
			return v.float()
		case v.t.op.integer():
			bits, err := v.word()
			return nearestFloat(bits, v.t.op != opUint64, t), err
		}
	}
	return 0, cannot(lv, t)
}

// nearestFloat rounds an integer to a floating type once, as C does: by way of double a float can come out one off.
func nearestFloat(bits uint64, signed bool, t *ctype) float64 {
	switch {
	case t.op == opFloat32 && signed:
		return float64(float32(int64(bits)))
	case t.op == opFloat32:
		return float64(float32(bits))
	case signed:
		return float64(int64(bits))
	}
	return float64(bits)
}

// toChar converts to c_char: a string of one byte, a number from 0 to 255, or a c_char.
func toChar(lv glua.LValue, t *ctype) (uint64, error) {
	if str, ok := lv.(glua.LString); ok {
		if len(str) != 1 {
			return 0, fmt.Errorf("cannot convert %s to %s: one byte is wanted", describe(lv), t.c)
		}
		return extend(uint64(str[0]), opChar), nil
	}
	if v := toValue(lv); v != nil && v.t.op == opChar {
		return v.word()
	}
	return integerBits(lv, t, true) // a char does not wrap, not even in a constructor
}

// toWChar converts to c_wchar: a string of one character in UTF-8, a code number, or a c_wchar.
func toWChar(lv glua.LValue, t *ctype) (uint64, error) {
	if str, ok := lv.(glua.LString); ok {
		r, n := utf8.DecodeRuneInString(string(str))
		switch {
		case n == 0 || n != len(str) || r == utf8.RuneError && n == 1:
			return 0, fmt.Errorf("cannot convert %s to %s: one UTF-8 character is wanted", describe(lv), t.c)
		case t.size == 2 && r > 0xffff:
			return 0, fmt.Errorf("cannot convert %s to %s: it takes two 16-bit units", describe(lv), t.c)
		}
		return uint64(r), nil
	}
	if v := toValue(lv); v != nil && v.t.op == opWChar {
		return v.word()
	}
	return integerBits(lv, t, true)
}

// pointerBits converts to any pointer type: nil, a value whose address it may
// hold, or for void * an address. block is what must live as long as the pointer.
// Strings are not handled here: who calls decides where their copy goes.
func pointerBits(lv glua.LValue, t *ctype) (addr uint64, keep *block, err error) {
	if t.op == opFunction {
		return functionBits(lv, t)
	}
	switch v := lv.(type) {
	case *glua.LNilType:
		return 0, nil, nil
	case glua.LNumber:
		if t.op == opAddress {
			bits, err := integerBits(lv, t, true)
			return bits, nil, err
		}
		if t.op == opPointer {
			return 0, nil, fmt.Errorf("%w: pass ctypes.byref of a value, or make a pointer of an address with ctypes.cast", cannot(lv, t))
		}
	case *glua.LFunction:
		f := toFunction(v)
		switch {
		case f == nil && t.op == opAddress:
			return 0, nil, fmt.Errorf("%w: make a callback of it first, ctypes.CFUNCTYPE(result, ...)(f)", cannot(lv, t))
		case f != nil && t.op == opAddress:
			return f.pointer(t)
		}
	case *glua.LUserData:
		if bits, _, ok := toInt64Bits(lv); ok && t.op == opAddress {
			return bits, nil, nil
		}
		switch x := v.Value.(type) {
		case *reference:
			of := x.of.t
			if t.pointsTo(of) || of.op == opArray && t.pointsTo(of.elem) {
				return uint64(x.of.addr) + uint64(x.offset), x.of.block, x.of.alive()
			}
			return 0, nil, fmt.Errorf("%w: it points to %s", cannot(lv, t), of.c)
		case *value:
			return valuePointer(x, lv, t)
		}
	}
	if _, ok := lv.(*glua.LTable); ok && t.op == opPointer && t.elem.op == opRecord {
		name := t.elem.name
		switch r := types.Unqualified(t.elem.c); {
		case t.elem.rec.declared && r.Kind != types.Typedef && r.Name == "":
			return 0, nil, fmt.Errorf("%w: make one first, T._type_{...} with T the type of the pointer, as argtypes has it", cannot(lv, t))
		case t.elem.rec.declared:
			name = fmt.Sprintf("ctypes.typeof(%q)", t.elem.c.String())
		}
		return 0, nil, fmt.Errorf("%w: make one first, %s{...}", cannot(lv, t), name)
	}
	if _, ok := lv.(*glua.LTable); ok && t.op == opPointer {
		return 0, nil, fmt.Errorf("%w: make an array of it first, (ctypes.%s * n)(...)", cannot(lv, t), t.elem.name)
	}
	return 0, nil, cannot(lv, t)
}

// addressType stands for a plain address in messages and range checks.
var addressType = &ctype{op: opUint64, name: "c_void_p", size: 8, c: types.PointerTo(types.Of(types.Void))}

// voidPointer stands for a void * that takes any pointer.
var voidPointer = &ctype{op: opAddress, name: "c_void_p", size: 8, c: addressType.c}

// pointsTo reports whether a pointer type may point to values of type u. The char
// types are one to it: C compilers allow that with at most a warning.
func (t *ctype) pointsTo(u *ctype) bool {
	if t.op == opAddress || t.elem == nil {
		return true
	}
	return t.elem.same(u) || t.elem.byteSized() && u.byteSized() || t.elem.op == opRecord && u.standsFor(t.elem)
}

// valuePointer gives the address a ctypes value stands for where type t is wanted.
func valuePointer(v *value, lv glua.LValue, t *ctype) (uint64, *block, error) {
	// A T where T * is wanted is passed by reference, as ctypes does; so is a c_void_p where void ** is
	// wanted, though a void * as such goes anywhere.
	if t.op == opPointer && (t.elem.same(v.t) || t.elem.op == opRecord && v.t.standsFor(t.elem)) {
		v.expose()
		return uint64(v.addr), v.block, v.alive()
	}
	switch v.t.op {
	case opArray:
		// An array stands for the address of its first element (C11 6.3.2.1p3).
		if t.pointsTo(v.t.elem) || t.pointsTo(v.t) {
			return uint64(v.addr), v.block, v.alive()
		}
	case opAddress:
		return v.pointer() // void * goes everywhere, as in C
	case opFunction:
		if t.op == opAddress {
			return v.pointer()
		}
	case opString, opWString, opPointer:
		if t.op == opAddress || t.pointsTo(v.t.elem) {
			return v.pointer()
		}
	}
	switch {
	case t.op == opAddress:
		return 0, nil, fmt.Errorf("%w: pass ctypes.byref of it", cannot(lv, t))
	case t.op == opPointer && t.elem.op == opRecord && t.elem.size > 0 && v.t.op == opRecord: // a struct sockaddr_in for a struct sockaddr *
		return 0, nil, fmt.Errorf("%w: where C casts, cast it, ctypes.cast(ctypes.byref(x), %q)", cannot(lv, t), t.c.String())
	}
	return 0, nil, cannot(lv, t)
}

// pointer gives the pointer stored at the object and where it leads, unless that is gone.
func (v *value) pointer() (uint64, *block, error) {
	bits, err := v.word()
	if err != nil {
		return 0, nil, err
	}
	keep := v.pointee(uintptr(bits))
	if err := keep.alive(); err != nil {
		return 0, nil, err
	}
	if o := ffi.Departed(uintptr(bits)); o != nil {
		return 0, nil, &unloaded{"memory", o}
	}
	return bits, keep, nil
}

// scalarBits converts a Lua value to a scalar of at most 8 bytes. Strings are
// copied to a block of their own, which is returned as what must be kept.
func scalarBits(lv glua.LValue, t *ctype, strict bool) (bits uint64, keep *block, err error) {
	switch t.op {
	case opBool:
		bits, err = toBool(lv, t)
	case opChar:
		bits, err = toChar(lv, t)
	case opWChar:
		bits, err = toWChar(lv, t)
	case opFloat32:
		var f float64
		f, err = toFloat(lv, t)
		bits = uint64(math.Float32bits(float32(f)))
	case opFloat64:
		var f float64
		f, err = toFloat(lv, t)
		bits = math.Float64bits(f)
	case opString, opWString, opAddress, opFunction, opPointer:
		if str, ok := lv.(glua.LString); ok {
			b, err := stringBytes(string(str), t)
			if err != nil {
				return 0, nil, err
			}
			keep := &block{mem: b}
			return uint64(ffi.Address(b)), keep, nil
		}
		if !strict && (t.op == opString || t.op == opWString) && lv.Type() == glua.LTNumber {
			// A c_char_p can be made of an address, as in ctypes. As an argument a number would be a mistake.
			bits, err = integerBits(lv, addressType, true)
			return bits, nil, err
		}
		return pointerBits(lv, t)
	default:
		bits, err = integerBits(lv, t, strict)
	}
	return bits, nil, err
}

// toBool converts to _Bool by C's rule: anything but zero is true (C11 6.3.1.2).
func toBool(lv glua.LValue, t *ctype) (uint64, error) {
	switch v := lv.(type) {
	case glua.LBool:
		if v {
			return 1, nil
		}
		return 0, nil
	case glua.LNumber:
		if float64(v) != 0 {
			return 1, nil
		}
		return 0, nil
	}
	if x := toLong(lv); x != nil && !x.isZero() {
		return 1, nil
	}
	bits, _, err := wholeBits(lv, t)
	if bits != 0 {
		bits = 1
	}
	return bits, err
}

// stringBytes makes the C copy of a Lua string for a pointer type: bytes and a NUL,
// or wide characters. Only pointers to const chars, c_char_p and c_void_p take
// strings: what C writes to a copy would be lost.
func stringBytes(str string, t *ctype) ([]byte, error) {
	switch {
	case t.op == opWString:
		return wideBytes(str, t.elem.size)
	case t.op == opString, t.op == opAddress, t.op == opPointer && t.isConst && t.elem.byteSized():
		b, err := ffi.Alloc(int64(len(str)) + 1)
		if err != nil {
			return nil, err
		}
		copy(b, str)
		return b, nil
	case t.op == opPointer && t.elem.byteSized():
		return nil, fmt.Errorf("cannot convert %s to %s: C may write to it; pass ctypes.create_string_buffer(...), or declare it const",
			describe(glua.LString(str)), t.c)
	}
	return nil, cannot(glua.LString(str), t)
}

// putWord stores the low size bytes of a word.
func putWord(b []byte, w uint64, size int64) {
	switch size {
	case 1:
		b[0] = byte(w)
	case 2:
		binary.LittleEndian.PutUint16(b, uint16(w))
	case 4:
		binary.LittleEndian.PutUint32(b, uint32(w))
	default:
		binary.LittleEndian.PutUint64(b, w)
	}
}

// getWord loads size bytes as a word.
func getWord(b []byte, size int64) uint64 {
	switch size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return binary.LittleEndian.Uint64(b)
}

// fromBits makes the Lua value of a scalar of at most 8 bytes that is not a pointer.
func fromBits(L *glua.LState, bits uint64, t *ctype) (glua.LValue, error) {
	switch t.op {
	case opBool:
		return glua.LBool(bits&0xff != 0), nil
	case opChar:
		return glua.LString([]byte{byte(bits)}), nil
	case opWChar:
		var b [4]byte
		putWord(b[:], bits, t.size)
		str, err := wideText(b[:t.size], t.size)
		return glua.LString(str), err
	case opFloat32:
		return glua.LNumber(math.Float32frombits(uint32(bits))), nil
	case opFloat64:
		return glua.LNumber(math.Float64frombits(bits)), nil
	case opUint64:
		return uintValue(L, bits), nil
	}
	return intValue(L, int64(extend(bits, t.op))), nil
}

// putLong stores a long double in the target's format; getLong loads one.
func putLong(target *types.Target, b []byte, f float64) {
	switch target.LongDouble {
	case types.X87:
		putExtended(b, f)
	case types.Quad:
		putQuad(b, f)
	default:
		binary.LittleEndian.PutUint64(b, math.Float64bits(f))
	}
}

func getLong(target *types.Target, b []byte) float64 {
	switch target.LongDouble {
	case types.X87:
		return getExtended(b)
	case types.Quad:
		return getQuad(b)
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}
