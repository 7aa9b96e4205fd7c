// This file defines the System V amd64 classifier: where each argument of a call and its
// result travel (System V Application Binary Interface, AMD64, 3.2.3).

package ffi

import "dlsh/types"

// The words of a System V frame after the common ones.
const (
	sysvInts    = wordRegs     // rdi rsi rdx rcx r8 r9
	sysvVecs    = sysvInts + 6 // xmm0 to xmm7, low halves
	sysvRAX     = sysvVecs + 8 // results: rax, rdx
	sysvXMM0    = sysvRAX + 2  // results: xmm0, xmm1, low halves
	sysvST0     = sysvXMM0 + 2 // results: st0, st1, 80 bits in two words each
	sysvStack   = sysvST0 + 4  // stack arguments, lowest address first
	sysvIntRegs = 6
	sysvVecRegs = 8
)

// sysvLayout gives every eightbyte of class INTEGER the next general register and every
// one of class SSE the next vector register. What does not find registers for all of
// its eightbytes, or is of class MEMORY or X87, goes to the stack whole, in order, and
// leaves the registers to later arguments. A variadic call is the same, with AL as an
// upper bound of the vector registers used (3.5.7), so it is always set.
func sysvLayout(t *types.Target, sig Signature) (layout, error) {
	if err := checkSignature(t, sig); err != nil {
		return layout{}, err
	}
	var l layout
	ints := sysvResult(t, sig.Result, &l)
	var stack area
	for _, param := range sig.Params {
		r := t.Resolve(param)
		size, align, err := t.Layout(r)
		if err != nil {
			return layout{}, err
		}
		e := sysvClassify(t, r, 0)
		needInts, needVecs, memory := e.needs()
		switch {
		case !memory && ints+needInts <= sysvIntRegs && l.vector+needVecs <= sysvVecRegs:
			l.args = append(l.args, e.place(size, t.Signed(r), sysvInts+ints, sysvVecs+l.vector))
			ints += needInts
			l.vector += needVecs
		case size == 0 || onlyPadding(t, r):
			// GNU C's empty records, measured: they take no room and align nothing. A record of
			// nothing but unnamed bit-fields is not empty, and is seen so only by the stack.
			l.args = append(l.args, place{})
		default: // 3.2.3: in memory, aligned to the larger of 8 and the type's alignment
			at := 8*sysvStack + stack.take(int(size+7)&^7, max(8, int(align)))
			l.args = append(l.args, place{word: int32(at / 8), count: int32(size+7) / 8, size: int32(size), signed: t.Signed(r)})
		}
	}
	return l, l.finish(t, sig, sysvStack, stack)
}

// sysvResult places the result and says how many integer registers its address takes (3.2.3, returning of values).
func sysvResult(t *types.Target, ty *types.Type, l *layout) (ints int) {
	r := t.Resolve(ty)
	l.result = place{word: sysvRAX, count: 1}
	if r.Kind == types.Void {
		return 0
	}
	size := t.Size(r)
	e := sysvClassify(t, r, 0)
	switch {
	case e.n == 0:
		l.memory = true
		l.result = place{word: sysvInts, count: 1, size: int32(size)}
		return 1
	case e.class[0] == x87 || e.class[0] == complexX87:
		l.x87 = int(size / 16)
		l.result = place{word: sysvST0, count: int32(2 * l.x87), size: int32(size)}
	default:
		l.result = e.place(size, t.Signed(r), sysvRAX, sysvXMM0)
	}
	return 0
}

// class is what an eightbyte holds, as far as parameter passing cares. SSEUP is missing: no type
// here is wider than eight bytes and goes to a vector register as one.
type class uint8

const (
	noClass class = iota
	integer
	sse
	x87
	x87Up
	complexX87
	inMemory
)

// merge gives the class of an eightbyte that two fields share (3.2.3, classification, step 4).
func (a class) merge(b class) class {
	switch {
	case a == b || b == noClass:
		return a
	case a == noClass:
		return b
	case a == inMemory || b == inMemory:
		return inMemory
	case a == integer || b == integer:
		return integer
	case a >= x87 || b >= x87:
		return inMemory
	}
	return sse
}

// eightbytes are the classes of a value, n of them. None at all is class MEMORY.
type eightbytes struct {
	n     int
	class [2]class
}

// needs says how many registers an argument takes, or that it is passed in memory: the x87 classes are (3.2.3, passing).
func (e eightbytes) needs() (ints, vecs int, memory bool) {
	for _, c := range e.class[:e.n] {
		switch c {
		case integer:
			ints++
		case sse:
			vecs++
		case x87, x87Up, complexX87:
			return 0, 0, true
		}
	}
	return ints, vecs, e.n == 0
}

// place puts each eightbyte into the next word of its class. Padding, class NO_CLASS, travels nowhere.
func (e eightbytes) place(size int64, signed bool, ints, vecs int) place {
	var pieces []piece
	for i, c := range e.class[:e.n] {
		word := &ints
		switch c {
		case noClass:
			continue
		case sse:
			word = &vecs
		}
		pieces = append(pieces, piece{at: int32(8 * *word), offset: int32(8 * i), size: int32(min(8, size-int64(8*i)))})
		*word++
	}
	return valuePlace(size, signed, pieces...)
}

// sysvClassify classifies what lies bit bits into the argument (3.2.3, classification). Where the text is
// silent or the compilers read it their own way, it does what the target's does: GCC on Linux, Clang on macOS.
func sysvClassify(t *types.Target, ty *types.Type, bit int64) eightbytes {
	r := t.Resolve(ty)
	size, _, err := t.Layout(r)
	if err != nil {
		return eightbytes{} // a flexible array member's type; the member is skipped before
	}
	one := func(align int64, c ...class) eightbytes {
		if bit%(8*align) != 0 {
			return eightbytes{} // step 1: unaligned fields make it MEMORY
		}
		e := eightbytes{n: len(c)}
		copy(e.class[:], c)
		return e
	}
	switch {
	case r.Kind == types.Array || r.Kind.Aggregate():
		return sysvComposite(t, r, size, bit)
	case r.Kind == types.ComplexFloat:
		if bit%64 != 0 { // half of it in the next eightbyte
			return one(4, sse, sse)
		}
		return one(4, sse)
	case r.Kind == types.ComplexDouble:
		return one(8, sse, sse)
	case r.Kind == types.ComplexLongDouble && t.LongDouble == types.X87:
		return one(16, complexX87)
	case r.Kind == types.LongDouble && t.LongDouble == types.X87:
		return one(16, x87, x87Up)
	case r.Kind.Floating():
		return one(size, sse)
	}
	return one(size, integer)
}

// sysvComposite classifies arrays and records: the classes of their parts, merged by eightbyte, then cleaned up.
func sysvComposite(t *types.Target, r *types.Type, size, bit int64) eightbytes {
	words := int((size + bit%64/8 + 7) / 8)
	if words > 2 {
		return eightbytes{} // step 5c: larger than two eightbytes, and no SSEUP
	}
	if words == 0 {
		return eightbytes{n: 1} // nothing in it: one eightbyte of NO_CLASS, because none would be MEMORY
	}
	e := eightbytes{n: words}
	merge := func(part eightbytes, bit int64) bool {
		for i, first := 0, int(bit/64); i < part.n && first+i < words; i++ {
			e.class[first+i] = e.class[first+i].merge(part.class[i])
		}
		return part.n > 0
	}
	clang := t.OS == "darwin"
	if r.Kind == types.Array {
		return sysvArray(t, r, e, bit, clang)
	}
	l, err := t.Record(r)
	if err != nil {
		return eightbytes{}
	}
	for i, field := range r.Record.Fields {
		at := l.Fields[i]
		pos := 8 * at.Offset
		switch {
		case isFlexible(t, field.Type):
		case field.BitField && clang && field.Name == "":
		case field.BitField && r.Kind == types.Union:
			// GCC looks at the type it made for the bit-field, the smallest integer that holds it; at the
			// declared one where the width is 0.
			if !merge(sysvClassify(t, bitFieldMode(field), bit), 0) {
				return eightbytes{}
			}
		case field.BitField && field.Bits == 0:
		case field.BitField && sysvWhole(r, field, at):
			if !merge(sysvClassify(t, bitFieldMode(field), bit+pos), bit%64+pos) {
				return eightbytes{}
			}
		case field.BitField: // INTEGER in every eightbyte it touches, also where it is unnamed
			first := bit%64 + pos + int64(at.Bit)
			for w := first / 64; w <= (first+int64(at.Bits)-1)/64 && w < int64(words); w++ {
				e.class[w] = e.class[w].merge(integer)
			}
		default:
			if !merge(sysvClassify(t, field.Type, bit+pos), bit%64+pos) {
				return eightbytes{}
			}
		}
	}
	return e.cleanUp()
}

// sysvArray classifies an array by its elements. GCC looks at the first one only and repeats its classes, also for
// an array of none that does not begin an eightbyte.
func sysvArray(t *types.Target, r *types.Type, e eightbytes, bit int64, clang bool) eightbytes {
	if clang {
		size := t.Size(r.Elem)
		for k := int64(0); k < r.Len && size > 0; k++ {
			part := sysvClassify(t, r.Elem, bit+8*k*size)
			if part.n == 0 {
				return part
			}
			for i, first := 0, int((bit%64+8*k*size)/64); i < part.n && first+i < e.n; i++ {
				e.class[first+i] = e.class[first+i].merge(part.class[i])
			}
		}
		return e.cleanUp()
	}
	part := sysvClassify(t, r.Elem, bit)
	if part.n == 0 {
		return part
	}
	for i := range e.n {
		e.class[i] = part.class[i%part.n]
	}
	return e.cleanUp()
}

// cleanUp is step 5, the post merger: MEMORY anywhere, or X87UP that does not follow X87, is MEMORY whole.
func (e eightbytes) cleanUp() eightbytes {
	for i, c := range e.class[:e.n] {
		if c == inMemory || c == x87Up && (i == 0 || e.class[i-1] != x87) {
			return eightbytes{}
		}
	}
	return e
}

// sysvWhole reports whether GCC takes a bit-field for an ordinary integer member: as wide as an integer, aligned as
// one, and not packed unless it is a byte.
func sysvWhole(r *types.Type, f types.Field, at types.FieldLayout) bool {
	pos := 8*at.Offset + int64(at.Bit)
	switch f.Bits {
	case 8:
		return pos%8 == 0
	case 16, 32, 64:
		return pos%int64(f.Bits) == 0 && !f.Packed && !r.Record.Packed
	}
	return false
}

// bitFieldMode is the integer type GCC keeps a bit-field's value in.
func bitFieldMode(f types.Field) *types.Type {
	switch {
	case f.Bits == 0:
		return f.Type
	case f.Bits <= 8:
		return types.Of(types.UChar)
	case f.Bits <= 16:
		return types.Of(types.UShort)
	case f.Bits <= 32:
		return types.Of(types.UInt)
	}
	return types.Of(types.ULongLong)
}

func isFlexible(t *types.Target, ty *types.Type) bool {
	r := t.Resolve(ty)
	return r.Kind == types.Array && r.Len == types.Incomplete
}

// onlyPadding reports whether a type holds nothing that has a name: unnamed bit-fields, empty records, arrays of
// none or of such.
func onlyPadding(t *types.Target, ty *types.Type) bool {
	r := t.Resolve(ty)
	switch {
	case r.Kind == types.Array:
		return r.Len <= 0 || onlyPadding(t, r.Elem)
	case !r.Kind.Aggregate():
		return false
	}
	for _, f := range r.Record.Fields {
		if !(f.BitField && f.Name == "") && !onlyPadding(t, f.Type) {
			return false
		}
	}
	return true
}
