// Package random makes random C types, signatures and values for tests, and writes
// the C source that goes with them. The same seed gives the same types on every
// machine, so a test program and the C it is tested against need share nothing else.
//
//	g := random.New(types.Host(), 1)
//	record := g.Record()
//	fmt.Print(random.Define(g.Types...)) // struct T0 { ... }; struct T1 { ... };
//
// A Unit is a whole C file: functions of random signatures that check every bit of
// what they get and return known values. The package is imported by tests only.
package random

// This file defines Generator: random scalars, enums and signatures.

import (
	"fmt"
	"math/rand/v2"

	"dlsh/types"
)

// Generator makes random types for a target.
type Generator struct {
	Target *types.Target
	Types  []*types.Type // every enum and record with a tag, each after those it consists of

	// ByValue leaves out what C can hold but not pass: records that end in an array of no known length.
	ByValue bool

	rng     *rand.Rand
	records []*types.Type // the records among Types that can be members of others
}

// New is a generator that starts from a seed.
func New(t *types.Target, seed uint64) *Generator {
	return &Generator{Target: t, rng: rand.New(rand.NewPCG(seed, 0))}
}

// chance is true in percent of all cases.
func (g *Generator) chance(percent int) bool { return g.rng.IntN(100) < percent }

func pick[T any](g *Generator, list ...T) T { return list[g.rng.IntN(len(list))] }

// Names of <stddef.h>, <stdint.h>, <sys/types.h>, <wchar.h> and <uchar.h>, which every C file of this package includes.
var typedefs = []string{"size_t", "ssize_t", "ptrdiff_t", "int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t",
	"int64_t", "uint64_t", "intmax_t", "time_t", "wchar_t", "wint_t", "char16_t", "char32_t", "off_t", "pid_t", "mode_t"}

// Scalar makes a number, complex ones included, an enum or a pointer.
func (g *Generator) Scalar() *types.Type {
	switch n := g.rng.IntN(100); {
	case n < 45:
		return g.integer()
	case n < 57:
		return types.Of(types.Double)
	case n < 69:
		return types.Of(types.Float)
	case n < 75:
		return types.Of(types.LongDouble)
	case n < 82:
		return types.Of(pick(g, types.ComplexFloat, types.ComplexFloat, types.ComplexDouble, types.ComplexDouble, types.ComplexLongDouble))
	case n < 86:
		return g.enum()
	}
	return g.pointer()
}

// integer makes an integer type, by its keyword or by the name of a typedef.
func (g *Generator) integer() *types.Type {
	if g.chance(15) {
		ty, _ := g.Target.Named(pick(g, typedefs...))
		return ty
	}
	return types.Of(types.Bool + types.Kind(g.rng.IntN(int(types.ULongLong-types.Bool)+1)))
}

func (g *Generator) pointer() *types.Type {
	switch g.rng.IntN(4) {
	case 0:
		return types.PointerTo(types.FuncOf(types.Of(types.Int), false))
	case 1:
		if len(g.records) > 0 {
			return types.PointerTo(pick(g, g.records...))
		}
	}
	return types.PointerTo(types.Of(pick(g, types.Void, types.Char, types.Double)))
}

// The ranges that make a C compiler choose the integer type behind an enum. Types narrower than int take
// __attribute__((packed)); types wider are an extension that C23 made standard.
var enumRanges = []struct {
	kind     types.Kind
	min, max int64
}{
	{types.UInt, 0, 3}, {types.UInt, 0, 1<<32 - 1}, {types.Int, -1, 1}, {types.Int, -1 << 31, 1<<31 - 1},
	{types.ULong, 0, 1 << 40}, {types.Long, -1, 1 << 32}, {types.UChar, 0, 200}, {types.SChar, -3, 100},
	{types.UShort, 1, 60000}, {types.Short, -200, 5},
}

// enum makes a new enum, or takes one there is already.
func (g *Generator) enum() *types.Type {
	if len(g.Types) > 0 && g.chance(70) {
		if e := pick(g, g.Types...); e.Kind == types.Enum {
			return e
		}
	}
	r := pick(g, enumRanges...)
	tag := fmt.Sprintf("E%d", len(g.Types))
	e := &types.Type{Kind: types.Enum, Name: tag, Elem: types.Of(r.kind),
		Values: []types.Enumerator{{Name: tag + "_least", Value: r.min}, {Name: tag + "_most", Value: r.max}}}
	g.Types = append(g.Types, e)
	return e
}

// Signature is what a function takes and returns; its fields are those of ffi.Signature.
// Of a variadic function Params are the arguments of one call, of which the prototype names the first Fixed.
type Signature struct {
	Params   []*types.Type
	Result   *types.Type
	Variadic bool
	Fixed    int
}

// passed makes a type that can be passed: a scalar or a record.
func (g *Generator) passed() *types.Type {
	switch {
	case g.chance(45):
		return g.Scalar()
	case len(g.records) > 20 && g.chance(80), len(g.records) > 150:
		return pick(g, g.records...)
	}
	return g.Record()
}

// Signature makes a signature that is not variadic. Most have few parameters, some use up every
// register many times over, and some ask for one kind of register only.
func (g *Generator) Signature() Signature {
	n := g.rng.IntN(15)
	switch p := g.rng.IntN(1000); {
	case p < 3:
		n = 256 + g.rng.IntN(20)
	case p < 40:
		n = 30 + g.rng.IntN(20)
	}
	s := Signature{Result: types.Of(types.Void), Fixed: n}
	if !g.chance(8) {
		s.Result = g.passed()
	}
	mood := g.passed
	switch g.rng.IntN(10) {
	case 0:
		mood = g.integer
	case 1:
		mood = func() *types.Type { return types.Of(pick(g, types.Float, types.Double)) }
	case 2:
		mood = g.Scalar
	case 3:
		mood = func() *types.Type { return pick(g, g.passed, g.floatRecord)() }
	}
	for range n {
		s.Params = append(s.Params, mood())
	}
	return s
}

// VariadicSignature makes one call of a variadic function: at least one parameter is named, the
// arguments after those are as the default argument promotions leave them (C11 6.5.2.2p6).
func (g *Generator) VariadicSignature() Signature {
	s := g.Signature()
	if len(s.Params) == 0 {
		s.Params = append(s.Params, types.Of(types.Int))
	}
	s.Variadic, s.Fixed = true, 1+g.rng.IntN(min(len(s.Params), 4))
	for i := s.Fixed; i < len(s.Params); i++ {
		s.Params[i] = g.promoted(s.Params[i])
	}
	return s
}

// promoted is the type an argument has when no parameter says what to convert it to.
func (g *Generator) promoted(ty *types.Type) *types.Type {
	r := g.Target.Resolve(ty)
	if r.Kind == types.Enum {
		r = r.Elem
	}
	switch {
	case r.Kind == types.Float:
		return types.Of(types.Double)
	case r.Kind.Integer() && r.Kind < types.Int:
		return types.Of(types.Int)
	}
	return ty
}
