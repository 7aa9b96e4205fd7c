// This file defines GCC's builtins behind isnan, isless and the like of math.h (C11 7.12.3, 7.12.14).

package cdecl

import (
	"math"

	"dlsh/types"
)

// isClass are the builtins, without __builtin_.
var isClass = map[string]bool{
	"isnan": true, "isinf": true, "isinf_sign": true, "isfinite": true, "isnormal": true, "signbit": true, "signbitf": true, "signbitl": true, "fpclassify": true,
	"isgreater": true, "isgreaterequal": true, "isless": true, "islessequal": true, "islessgreater": true, "isunordered": true,
}

// floatClass reads a call of one, at the parenthesis. Whole numbers are taken as the doubles they are.
func (p *parser) floatClass(name string) value {
	p.next()
	var args []value
	for more := true; more; more = p.accept(",") {
		args = append(args, p.operand(p.assignment()))
	}
	p.want(")", "after the arguments")
	result := types.Of(types.Int)
	for _, v := range args {
		if v.kind != integer && v.kind != floating {
			return untold(result, args...)
		}
	}
	want := 1
	switch {
	case name == "fpclassify":
		want = 6
	case name == "isunordered" || len(name) > 5 && (name[:5] == "isles" || name[:5] == "isgre"):
		want = 2
	}
	if len(args) != want {
		return notKnown(result, "__builtin_"+name+" is passed another number of arguments than it takes")
	}
	a := args[len(args)-1]
	if a.kind == integer {
		a = p.convert(a, types.Of(types.Double))
	}
	isNaN, isInf, isZero, isNormal, negative := p.class(a)
	switch name {
	case "isnan":
		return p.boolean(isNaN)
	case "isinf", "isinf_sign":
		if isInf && negative && name == "isinf_sign" {
			return value{t: result, kind: integer, i: math.MaxUint64}
		}
		return p.boolean(isInf)
	case "isfinite":
		return p.boolean(!isNaN && !isInf)
	case "isnormal":
		return p.boolean(isNormal)
	case "signbit", "signbitf", "signbitl":
		return p.boolean(negative)
	case "fpclassify": // (nan, infinite, normal, subnormal, zero, x)
		at := 3
		switch {
		case isNaN:
			at = 0
		case isInf:
			at = 1
		case isNormal:
			at = 2
		case isZero:
			at = 4
		}
		return p.convert(args[at], result)
	}
	first := args[0]
	if first.kind == integer {
		first = p.convert(first, types.Of(types.Double))
	}
	otherNaN, _, _, _, _ := p.class(first)
	unordered := isNaN || otherNaN
	if name == "isunordered" || unordered {
		return p.boolean(unordered && name == "isunordered")
	}
	compare := func(op string) bool {
		return p.operate(token{text: op, kind: punctuation, file: -1}, first, a).i != 0
	}
	switch name {
	case "isgreater":
		return p.boolean(compare(">"))
	case "isgreaterequal":
		return p.boolean(compare(">="))
	case "isless":
		return p.boolean(compare("<"))
	case "islessequal":
		return p.boolean(compare("<="))
	}
	return p.boolean(compare("!="))
}

// class is what kind of a number a floating value is.
func (p *parser) class(v value) (isNaN, isInf, isZero, isNormal, negative bool) {
	if z := p.longer(v); z != nil {
		return false, false, z.Sign() == 0, z.Sign() != 0 && z.MantExp(nil) >= -16381, z.Signbit()
	}
	least := 0x1p-1022
	switch p.target.Resolve(v.t).Kind {
	case types.Float:
		least = 0x1p-126
	case types.LongDouble:
		if p.target.LongDouble != types.Binary64 {
			least = 0
		}
	}
	isNaN, isInf, isZero = math.IsNaN(v.f), math.IsInf(v.f, 0), v.f == 0
	return isNaN, isInf, isZero, !isNaN && !isInf && !isZero && math.Abs(v.f) >= least, math.Signbit(v.f)
}
