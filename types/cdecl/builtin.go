// This file defines GCC's builtins as far as headers make constants of them.

package cdecl

import (
	"math"
	"math/bits"
	"strings"
	"sync"

	"dlsh/types"
)

// builtin reads a call of a builtin function, at the parenthesis; false for a name that is none.
func (p *parser) builtin(t token) (value, bool) {
	name, ok := strings.CutPrefix(t.text, "__builtin_")
	if !ok {
		return value{}, false
	}
	float := func(kind types.Kind, f float64) value { return value{t: types.Of(kind), kind: floating, f: f} }
	kind := types.Double
	base := name
	switch {
	case strings.HasSuffix(name, "f") && name != "inf" && name != "offsetof":
		kind, base = types.Float, name[:len(name)-1]
	case strings.HasSuffix(name, "l") && name != "huge_val":
		kind, base = types.LongDouble, name[:len(name)-1]
	}
	switch base {
	case "huge_val", "inf":
		p.skipBrackets()
		return float(kind, math.Inf(1)), true
	case "nan", "nans":
		p.skipBrackets()
		return float(kind, math.NaN()), true
	}
	if isClass[name] {
		return p.floatClass(name), true
	}
	switch name {
	case "offsetof":
		return p.offsetOf(t), true
	case "types_compatible_p":
		p.next()
		a := p.typeName()
		untypedA := p.untyped
		p.want(",", "after the type")
		b := p.typeName()
		untypedB := p.untyped
		p.want(")", "after the type")
		if untypedA || untypedB {
			return value{t: types.Of(types.Int), kind: later}, true
		}
		return p.boolean(p.sameType(types.Unqualified(p.target.Resolve(a)), types.Unqualified(p.target.Resolve(b)))), true
	case "constant_p":
		p.next()
		p.dead++
		v := p.expression()
		p.dead--
		p.want(")", "after the expression")
		if v.kind == later && p.args == nil && p.live {
			return value{t: types.Of(types.Int), kind: later}, true
		}
		return p.boolean(v.known()), true
	case "choose_expr":
		p.next()
		c := p.operand(p.assignment())
		p.want(",", "after the condition")
		isTrue, told := p.truth(c)
		a := p.skipping(told && !isTrue, p.assignment)
		p.want(",", "after the expression")
		b := p.skipping(told && isTrue, p.assignment)
		p.want(")", "after the expression")
		switch {
		case !told:
			return untold(nil, c), true
		case isTrue:
			return a, true
		}
		return b, true
	case "expect":
		p.next()
		v := p.operand(p.assignment())
		p.want(",", "after the expression")
		p.assignment()
		p.want(")", "after the expression")
		if !v.known() || !v.arithmetic(p) {
			return untold(types.Of(types.Long), v), true
		}
		return p.convert(v, types.Of(types.Long)), true // it is declared long (long, long)
	case "bswap16", "bswap32", "bswap64":
		p.next()
		v := p.operand(p.assignment())
		p.want(")", "after the expression")
		ty := types.Of(map[string]types.Kind{"bswap16": types.UShort, "bswap32": types.UInt, "bswap64": p.wide(true)}[name])
		if !v.known() || !v.arithmetic(p) {
			return untold(ty, v), true
		}
		v = p.convert(v, ty)
		switch name {
		case "bswap16":
			v.i = uint64(bits.ReverseBytes16(uint16(v.i)))
		case "bswap32":
			v.i = uint64(bits.ReverseBytes32(uint32(v.i)))
		default:
			v.i = bits.ReverseBytes64(v.i)
		}
		return v, true
	}
	return p.bitBuiltin(name)
}

// bitBuiltin reads a builtin that looks at the bits of an integer, or measures a string; false for one that is none.
func (p *parser) bitBuiltin(name string) (value, bool) {
	base := strings.TrimRight(name, "l")
	ty := map[string]*types.Type{"": types.Of(types.UInt), "l": types.Of(types.ULong), "ll": types.Of(types.ULongLong)}[name[len(base):]]
	switch base {
	case "popcount", "clz", "ctz", "ffs", "parity", "strlen":
	default:
		return value{}, false
	}
	p.next()
	v := p.operand(p.assignment())
	p.want(")", "after the expression")
	result := types.Of(types.Int)
	if base == "strlen" {
		result = types.Of(p.target.Resolve(mustName(p.target, "size_t")).Kind)
		if v.kind != bytesOf || p.target.Size(v.t.Elem) != 1 {
			return untold(result, v), true
		}
		s, _, _ := strings.Cut(v.s, "\x00")
		return value{t: result, kind: integer, i: uint64(len(s))}, true
	}
	if ty == nil || !v.known() || !v.arithmetic(p) {
		return untold(result, v), true
	}
	i, width := p.convert(v, ty).i, int(8*p.target.Size(ty))
	n := 0
	switch base {
	case "popcount":
		n = bits.OnesCount64(i)
	case "parity":
		n = bits.OnesCount64(i) & 1
	case "ffs":
		if i != 0 {
			n = bits.TrailingZeros64(i) + 1
		}
	case "clz", "ctz":
		if i == 0 {
			return notKnown(result, "it is undefined for 0"), true
		}
		if n = bits.TrailingZeros64(i); base == "clz" {
			n = width - bits.Len64(i)
		}
	}
	return value{t: result, kind: integer, i: uint64(n)}, true
}

// offsetOf reads __builtin_offsetof(type, member.member[i]).
func (p *parser) offsetOf(at token) value {
	p.next()
	ty := p.typeName()
	p.want(",", "after the type")
	v := value{t: ty, kind: address, lv: true}
	v = p.member(v, p.next())
	for p.is(".") || p.is("[") || p.is("->") {
		v = p.postfix(v)
	}
	p.want(")", "after the member")
	sizeT := types.Of(p.target.Resolve(mustName(p.target, "size_t")).Kind)
	if v.kind != address {
		return notKnown(sizeT, v.why)
	}
	return value{t: sizeT, kind: integer, i: v.i}
}

var vaLists sync.Map // *types.Target -> *types.Type

// vaList is <stdarg.h>'s va_list, one type for all texts: two headers that include <stdarg.h> say the same.
func vaList(t *types.Target) *types.Type {
	ty, ok := vaLists.Load(t)
	if !ok {
		ty, _ = vaLists.LoadOrStore(t, newVaList(t))
	}
	return ty.(*types.Type)
}

// newVaList makes it by the ABI (System V amd64 3.5.7, AAPCS64 10.1.5; Apple and Microsoft have a char *).
func newVaList(t *types.Target) *types.Type {
	ptr := types.PointerTo(types.Of(types.Void))
	field := func(name string, ty *types.Type) types.Field { return types.Field{Name: name, Type: ty} }
	var ty *types.Type
	switch {
	case t.OS == "windows" || t.OS == "darwin" && t.Arch == "arm64":
		ty = types.PointerTo(types.Of(types.Char))
	case t.Arch == "arm64":
		ty = types.StructOf("__va_list", field("__stack", ptr), field("__gr_top", ptr), field("__vr_top", ptr),
			field("__gr_offs", types.Of(types.Int)), field("__vr_offs", types.Of(types.Int)))
	default:
		tag := types.StructOf("__va_list_tag", field("gp_offset", types.Of(types.UInt)), field("fp_offset", types.Of(types.UInt)),
			field("overflow_arg_area", ptr), field("reg_save_area", ptr))
		ty = types.ArrayOf(tag, 1)
	}
	return &types.Type{Kind: types.Typedef, Name: "__builtin_va_list", Elem: ty}
}
