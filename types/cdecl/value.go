// This file defines the values of constants, and how literals become them.

package cdecl

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"dlsh/types"
)

// ValueKind is the shape of a constant's value.
type ValueKind uint8

// The kinds of values.
const (
	NoValue ValueKind = iota
	Integer           // Int holds it, as int64 or uint64 by the sign of Type
	Char              // a character constant: an Integer that was written as one
	Float             // Float holds it, rounded to double; Text what was written, where that says more
	String            // Bytes holds it, without the zero at its end; of a wide string in UTF-8
	Address           // Int holds it: ((void *)0), ((handler)-1)
	Object            // in a macro: an object in memory, or a function; Int is where
	Opaque            // an argument of a macro that only the Machine understands; Type may be nil
)

// Value is the value of a constant.
type Value struct {
	Kind  ValueKind
	Int   uint64      // extended to 64 bits by the sign of Type
	Float float64     // Float
	Text  string      // Float: the digits as written, as far as a long double needs them: "3.14159265358979323846"; may be empty
	Bytes string      // String
	Type  *types.Type // its C type

	Foreign any  // what a Machine knows it by; nil for a constant
	Derived bool // it is not Foreign itself but was computed from it: an address in the same memory
}

// Signed reports whether the integer is one of a signed type on target t.
func (v Value) Signed(t *types.Target) bool { return v.Type != nil && t.Signed(v.Type) }

// String is how C writes the value, nearly.
func (v Value) String() string {
	switch v.Kind {
	case Integer, Char:
		if int64(v.Int) < 0 && v.Signed(types.Host()) {
			return strconv.FormatInt(int64(v.Int), 10)
		}
		return strconv.FormatUint(v.Int, 10)
	case Float:
		return strconv.FormatFloat(v.Float, 'g', -1, 64)
	case String:
		return strconv.Quote(v.Bytes)
	case Address:
		return fmt.Sprintf("(%s)%#x", v.Type, v.Int)
	}
	if v.Type != nil {
		return "a " + v.Type.String()
	}
	return "no value"
}

// IntegerValue and the like make the arguments of macros. The types are long long, unsigned long long, double and char[].
func IntegerValue(i int64) Value {
	return Value{Kind: Integer, Int: uint64(i), Type: types.Of(types.LongLong)}
}

// UnsignedValue is an unsigned long long.
func UnsignedValue(u uint64) Value {
	return Value{Kind: Integer, Int: u, Type: types.Of(types.ULongLong)}
}

// FloatValue is a double.
func FloatValue(f float64) Value {
	return Value{Kind: Float, Float: f, Type: types.Of(types.Double)}
}

// StringValue is a string literal.
func StringValue(s string) Value {
	return Value{Kind: String, Bytes: s, Type: types.ArrayOf(types.Of(types.Char), int64(len(s)+1))}
}

// constantOf is a known value as the package gives it out.
func (p *parser) constantOf(v value) Value {
	out := Value{Type: v.t, Foreign: v.foreign, Derived: v.derived}
	switch v.kind {
	case integer:
		out.Kind, out.Int = Integer, v.i
		if v.char {
			out.Kind = Char
		}
	case floating:
		out.Kind, out.Float, out.Text = Float, v.f, v.text
	case bytesOf:
		out.Kind, out.Bytes = String, v.s
	case address:
		out.Kind, out.Int = Address, v.i
		if v.lv {
			out.Kind = Object
		}
	case opaque:
		out.Kind = Opaque
	}
	return out
}

// valueOf is the way back.
func (p *parser) valueOf(v Value) value {
	out := value{t: v.Type, i: v.Int, f: v.Float, text: v.Text, s: v.Bytes, foreign: v.Foreign, derived: v.Derived}
	switch v.Kind {
	case Integer, Char:
		out.kind, out.char = integer, v.Kind == Char
	case Float:
		out.kind = floating
	case String:
		out.kind = bytesOf
	case Address:
		out.kind = address
	case Object:
		out.kind, out.lv = address, true
	case Opaque:
		out.kind = opaque
	}
	return out
}

// numberValue is the value of a number as it is written (C11 6.4.4).
func (p *parser) numberValue(t token) value {
	if i, decimal, suffix, ok := integerLiteral(t.text); ok {
		return value{t: p.literalType(i, decimal, suffix), kind: integer, i: i}
	}
	lower := strings.ToLower(t.text)
	isFloat := strings.ContainsAny(lower, ".p") || !strings.HasPrefix(lower, "0x") && strings.ContainsAny(lower, "e")
	if !isFloat {
		p.fail(t, "%s is no number: it is too large or has letters no number has", t.text)
	}
	f, digits, suffix, ok := floatLiteral(t.text)
	if !ok {
		p.fail(t, "%s is no number", t.text)
	}
	switch suffix {
	case "f", "f32":
		if short, err := strconv.ParseFloat(digits, 32); err == nil { // rounded once
			f = short
		}
		return value{t: types.Of(types.Float), kind: floating, f: float64(float32(f))}
	case "", "f64", "f32x":
		return value{t: types.Of(types.Double), kind: floating, f: f, text: digits}
	case "l":
		return value{t: types.Of(types.LongDouble), kind: floating, f: f, text: digits}
	}
	return notKnown(p.foreign("_F"+suffix[:1]+"loat", types.Invalid), "there is no type here for the suffix "+suffix)
}

// literalType is the first type of C11 6.4.4.1p5 that holds an integer constant.
func (p *parser) literalType(i uint64, decimal bool, suffix string) *types.Type {
	list := []types.Kind{types.Int, types.UInt, types.Long, types.ULong, types.LongLong, types.ULongLong}
	for _, k := range list {
		unsigned := (k-types.Int)%2 == 1
		switch {
		case strings.Contains(suffix, "u") && !unsigned,
			!strings.Contains(suffix, "u") && unsigned && decimal,
			strings.HasPrefix(suffix, "l") && k < types.Long,
			strings.HasPrefix(suffix, "ll") && k < types.LongLong:
			continue
		}
		bits := uint(8 * p.target.Size(types.Of(k)))
		if !unsigned {
			bits--
		}
		if bits >= 64 || i < 1<<bits {
			return types.Of(k)
		}
	}
	return types.Of(types.ULongLong)
}

// wideTypes are the types of wide characters by their prefix.
var wideTypes = map[string]string{"L": "wchar_t", "u": "char16_t", "U": "char32_t"}

// charValue is the value of a character constant: an int, of more characters than one as GCC has it (C11 6.4.4.4p10).
func (p *parser) charValue(t token) value {
	s, ok := unquote(t.text)
	if !ok || s == "" {
		p.fail(t, "%s is no character constant", found(t))
	}
	v := value{t: types.Of(types.Int), kind: integer, char: true}
	switch prefixOf(t.text) {
	case "L", "u", "U":
		r, _ := utf8.DecodeLastRuneInString(s) // of several the last, as GCC has it
		body := strings.Trim(t.text, "LuU'")
		if n, err := strconv.ParseUint(strings.TrimPrefix(body, `\x`), 16, 32); err == nil && strings.HasPrefix(body, `\x`) {
			r = rune(n) // which need not be a character
		}
		v.t = types.Of(p.target.Resolve(mustName(p.target, wideTypes[prefixOf(t.text)])).Kind)
		if _, low := utf16.EncodeRune(r); p.target.Size(v.t) == 2 && low != utf8.RuneError {
			r = low // the last of two
		}
		v.i = p.extend(uint64(r), v.t)
		return v
	}
	if len(s) == 1 {
		v.i = p.extend(uint64(s[0]), types.Of(types.Char))
		return v
	}
	for i := range len(s) {
		v.i = v.i<<8 | uint64(s[i])
	}
	v.i = p.extend(v.i, v.t)
	return v
}

// stringValue is the value of string literals in a row, which are one (C11 6.4.5p5).
func (p *parser) stringValue() value {
	var b strings.Builder
	wide := ""
	var first token
	var given, unsure bool
	for n := 0; ; n++ {
		t := p.peek()
		i, isArgument := argument(t)
		isArgument = isArgument && p.live
		if t.kind != text && !isArgument {
			break
		}
		p.next()
		if n == 0 {
			first = t
		}
		if isArgument {
			given = true
			switch {
			case p.args == nil:
				unsure = true
			case i >= len(p.args) || p.args[i].kind != bytesOf:
				p.fail(t, "%s stands beside a string, and must be one", t.text)
			default:
				b.WriteString(p.args[i].s)
			}
			continue
		}
		s, ok := unquote(t.text)
		if !ok {
			p.fail(t, "%s is no string", found(t))
		}
		if w := prefixOf(t.text); w != "" && w != "u8" {
			if wide != "" && wide != w {
				p.fail(t, "a string of %s after one of %s", w, wide)
			}
			wide = w
		}
		b.WriteString(s)
		if b.Len() > 1<<24 {
			p.fail(first, "a string of more than 16 MiB")
		}
	}
	elem, n := types.Of(types.Char), int64(b.Len())
	if wide != "" {
		elem = mustName(p.target, wideTypes[wide])
		n = 0
		for _, r := range b.String() {
			n++
			if r > 0xffff && p.target.Size(elem) == 2 {
				n++
			}
		}
	}
	if unsure {
		return value{kind: later}
	}
	return value{t: types.ArrayOf(elem, n+1), kind: bytesOf, s: b.String(), derived: given}
}
