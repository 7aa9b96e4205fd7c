// This file defines the AAPCS64 classifier: where each argument of a call and its result travel on 64-bit
// Arm (Procedure Call Standard for the Arm 64-bit Architecture, 6.8.2 and 6.9), and Apple's variant of it
// (Writing ARM64 code for Apple platforms).

package ffi

import "dlsh/types"

// The words of an AAPCS64 frame after the common ones. Vector registers take two
// words each: a long double fills one.
const (
	armInts    = wordRegs     // x0 to x7
	armX8      = armInts + 8  // x8, the indirect result location
	armVecs    = armX8 + 2    // v0 to v7, two words each
	armX0      = armVecs + 16 // results: x0, x1
	armV0      = armX0 + 2    // results: v0 to v3, two words each
	armStack   = armV0 + 8    // stack arguments, lowest address first
	armIntRegs = 8
	armVecRegs = 8
)

// aapcs64Layout places the arguments by the standard's stages A to C. Linux passes variadic arguments
// as named ones; Apple puts them on the stack, and packs named ones there.
func aapcs64Layout(t *types.Target, sig Signature) (layout, error) {
	if err := checkSignature(t, sig); err != nil {
		return layout{}, err
	}
	var l layout
	aapcs64Result(t, sig.Result, &l)
	a := armArgs{target: t, apple: t.OS == "darwin"} // stage A
	for i, param := range sig.Params {
		r := t.Resolve(param)
		size, align, err := t.Layout(r)
		if err != nil {
			return layout{}, err
		}
		variadic := a.apple && sig.Variadic && i >= sig.Fixed
		l.args = append(l.args, a.place(r, size, align, variadic))
	}
	l.vector = a.vecs
	return l, l.finish(t, sig, armStack, a.stack)
}

// armArgs is how far the arguments have come: NGRN, NSRN and NSAA of the standard.
type armArgs struct {
	target     *types.Target
	apple      bool
	ints, vecs int
	stack      area
}

// place takes one argument through stages B and C.
func (a *armArgs) place(r *types.Type, size, align int64, variadic bool) place {
	base, members := homogeneous(a.target, r)
	composite := r.Kind.Aggregate()
	natural := armAlign(a.target, r, align)
	signed := a.target.Signed(r)
	switch {
	case size == 0 || a.apple && onlyPadding(a.target, r): // GNU C's empty records: nothing travels, measured
		return place{}
	case members > 0 && variadic:
		return a.onStack(size, max(8, align), false, signed)
	case members > 0 && a.vecs+members <= armVecRegs: // C.1, C.2
		p := armVectors(armVecs+2*a.vecs, base, members)
		a.vecs += members
		return p
	case members > 0: // C.3 to C.6
		a.vecs = armVecRegs
		if a.apple { // aligned and padded no further than its members need
			return a.onStack(size, base, true, signed)
		}
		return a.onStack(size, natural, false, signed)
	case composite && size > 16: // B.4: replaced by a pointer to a copy
		p := a.general(8, 8, variadic, false)
		p.copy = -1
		return p
	case composite && a.apple: // attributes of the whole record count too
		return a.general(size, max(8, align), variadic, false)
	case composite:
		return a.general(size, max(8, natural), variadic, false)
	}
	return a.general(size, size, variadic, signed)
}

// general places what goes to general registers: C.9 to C.17.
func (a *armArgs) general(size, align int64, variadic, signed bool) place {
	words := int(size+7) / 8
	if variadic {
		return a.onStack(size, max(8, align), false, signed)
	}
	if align >= 16 && !a.apple && words == 2 {
		a.ints = (a.ints + 1) &^ 1 // C.10; Apple lets it begin at an odd register
	}
	if a.ints+words <= armIntRegs { // C.9, C.12
		p := place{word: int32(armInts + a.ints), count: int32(words), size: int32(size), signed: signed}
		a.ints += words
		return p
	}
	a.ints = armIntRegs // C.13
	return a.onStack(size, align, a.apple && align < 8, signed)
}

// onStack places an argument in memory: C.4 to C.6 and C.14 to C.17. It is aligned to 8 or 16
// bytes and takes whole words of 8; packed, as Apple does with named arguments, no more than it needs.
func (a *armArgs) onStack(size, align int64, packed, signed bool) place {
	if !packed {
		words := (size + 7) / 8
		at := a.stack.take(int(8*words), int(min(max(8, align), 16)))
		return place{word: int32(armStack + at/8), count: int32(words), size: int32(size), signed: signed}
	}
	at := 8*armStack + a.stack.take(int(size), int(align))
	p := place{word: int32(at / 8), size: int32(size), signed: signed}
	if at%8 == 0 && size%8 == 0 {
		p.count = int32(size / 8)
		return p
	}
	p.pieces = []piece{{at: int32(at), size: int32(size)}}
	return p
}

// aapcs64Result places the result (6.9): as the first argument of its type would go, or where x8 says.
func aapcs64Result(t *types.Target, ty *types.Type, l *layout) {
	r := t.Resolve(ty)
	l.result = place{word: armX0, count: 1}
	if r.Kind == types.Void {
		return
	}
	size := t.Size(r)
	base, members := homogeneous(t, r)
	switch {
	case members > 0:
		l.result = armVectors(armV0, base, members)
	case r.Kind.Aggregate() && size > 16:
		l.memory = true
		l.result = place{word: armX8, count: 1, size: int32(size)}
	default:
		l.result = place{word: armX0, count: int32(size+7) / 8, size: int32(size), signed: t.Signed(r)}
	}
}

// armVectors puts members of base bytes into vector registers, one each, from a word on.
func armVectors(word int, base int64, members int) place {
	var pieces []piece
	for i := range members {
		for half := int64(0); half < base; half += 8 {
			pieces = append(pieces, piece{
				at: int32(8*(word+2*i)) + int32(half), offset: int32(int64(i)*base + half), size: int32(min(8, base)),
			})
		}
	}
	return valuePlace(base*int64(members), false, pieces...)
}

// homogeneous reports whether a type goes to vector registers, and as how many numbers of how many
// bytes: a floating type as one, a complex one as two, a Homogeneous Floating-point Aggregate as up to
// four (5.9.5.1). 0 members otherwise.
func homogeneous(t *types.Target, r *types.Type) (base int64, members int) {
	if t.OS != "darwin" && isComplexMode(t, r) {
		return t.Size(r) / 2, 2
	}
	n, ok := countMembers(t, r, &base)
	if !ok || n < 1 || n > 4 {
		return 0, 0
	}
	return base, int(n)
}

// countMembers counts the numbers of type base that a value consists of; base is 0 until the
// first is found. Whatever else lies in the value, padding included, makes it no homogeneous one.
func countMembers(t *types.Target, ty *types.Type, base *int64) (n int64, ok bool) {
	r := t.Resolve(ty)
	size, _, err := t.Layout(r)
	if err != nil {
		return 0, false // a flexible array member
	}
	switch {
	case r.Kind.Floating(), r.Kind.Complex():
		n = 1
		if r.Kind.Complex() {
			n = 2
		}
		if *base == 0 {
			*base = size / n
		}
	case r.Kind == types.Array:
		if n, ok = countMembers(t, r.Elem, base); !ok || r.Len == 0 {
			return 0, false // GCC and Clang take no array of none
		}
		n *= r.Len
	case r.Kind.Aggregate():
		for _, f := range r.Record.Fields {
			if f.BitField && f.Bits == 0 && r.Kind == types.Struct {
				continue // GCC, measured: a bit-field of width 0 counts in unions only
			}
			if f.BitField {
				return 0, false
			}
			k, ok := countMembers(t, f.Type, base)
			if !ok {
				return 0, false
			}
			if r.Kind == types.Union {
				n = max(n, k)
			} else {
				n += k
			}
		}
	default:
		return 0, false
	}
	return n, n**base == size
}

// isComplexMode reports whether GCC keeps a type in a complex machine mode. It does so with a struct of one complex
// member and others without a size, and takes it for that number, which counts where an array of none
// would make it no homogeneous aggregate; measured.
func isComplexMode(t *types.Target, ty *types.Type) bool {
	r := t.Resolve(ty)
	switch {
	case r.Kind.Complex():
		return true
	case r.Kind == types.Array:
		return r.Len == 1 && isComplexMode(t, r.Elem)
	case r.Kind != types.Struct:
		return false
	}
	found := false
	for _, f := range r.Record.Fields {
		if isFlexible(t, f.Type) {
			return false
		}
		found = found || t.Size(f.Type) == t.Size(r) && isComplexMode(t, f.Type)
	}
	return found
}

// armAlign is the natural alignment of 5.9: that of the most aligned member. Attributes of the record itself
// do not count, those of its members do, and of bit-fields the declared type counts; measured with GCC.
func armAlign(t *types.Target, r *types.Type, align int64) int64 {
	if !r.Kind.Aggregate() {
		return align
	}
	natural := int64(1)
	for _, f := range r.Record.Fields {
		ty := f.Type
		if isFlexible(t, ty) {
			ty = t.Resolve(ty).Elem
		}
		_, a, err := t.Layout(ty)
		if err != nil {
			continue
		}
		if (r.Record.Packed || f.Packed) && !f.BitField {
			a = 1
		}
		a = max(a, f.Align)
		if r.Record.Pack > 0 {
			a = min(a, r.Record.Pack) // the pragma beats attributes (GCC, "Structure-Layout Pragmas")
		}
		natural = max(natural, a)
	}
	return natural
}
