// This file defines random values, and which bits of a type in memory are value and which are padding.

package random

import "dlsh/types"

// Mask has a one for every bit of a type in memory that is part of its value. Padding is zero: no
// C program may expect anything of it (C11 6.2.6.1p6). A bit that any member of a union has counts.
func Mask(t *types.Target, ty *types.Type) ([]byte, error) {
	size, _, err := t.Layout(ty)
	if err != nil {
		return nil, err
	}
	m := make([]byte, size)
	return m, setMask(t, t.Resolve(ty), m)
}

func setMask(t *types.Target, ty *types.Type, m []byte) error {
	switch {
	case ty.Kind == types.Array && ty.Len > 0:
		size := t.Size(ty.Elem)
		for i := range ty.Len {
			if err := setMask(t, t.Resolve(ty.Elem), m[i*size:(i+1)*size]); err != nil {
				return err
			}
		}
	case ty.Kind == types.Array:
	case ty.Kind.Aggregate():
		l, err := t.Record(ty)
		if err != nil {
			return err
		}
		for i, f := range l.Fields {
			switch field := ty.Record.Fields[i]; {
			case field.BitField && field.Name == "": // C11 6.7.2.1p12: only there to pad
			case field.BitField:
				setBits(m, 8*int(f.Offset)+f.Bit, f.Bits, ty.Record.BigEndian)
			default:
				if err := setMask(t, t.Resolve(field.Type), m[f.Offset:]); err != nil {
					return err
				}
			}
		}
	case t.Format(ty) == types.X87 && (ty.Kind == types.LongDouble || ty.Kind == types.ComplexLongDouble):
		for i := range m[:t.Size(ty)] {
			if i%16 < 10 {
				m[i] = 0xff
			}
		}
	default:
		for i := range m[:t.Size(ty)] {
			m[i] = 0xff
		}
	}
	return nil
}

// setBits sets the bits of a bit-field, counted from the least significant bit of the first byte, or
// from its most significant one in a big-endian record.
func setBits(m []byte, first, n int, bigEndian bool) {
	for i := first; i < first+n; i++ {
		if bigEndian {
			m[i/8] |= 0x80 >> (i % 8)
		} else {
			m[i/8] |= 1 << (i % 8)
		}
	}
}

// Value makes the bytes of a value. Padding is filled too, with whatever: nobody may depend on it.
// A _Bool is 0 or 1 and a long double has the leading bit that its format wants, because C may
// do as it likes with any others; all else is random bits.
func (g *Generator) Value(ty *types.Type) []byte {
	b := make([]byte, max(0, g.Target.Size(ty)))
	for i := range b {
		b[i] = byte(g.rng.Uint32())
	}
	g.mend(g.Target.Resolve(ty), b)
	return b
}

// mend makes random bytes a value of the type.
func (g *Generator) mend(ty *types.Type, b []byte) {
	switch ty.Kind {
	case types.Bool:
		b[0] &= 1
	case types.LongDouble, types.ComplexLongDouble:
		if g.Target.LongDouble == types.X87 {
			for i := 0; i < int(g.Target.Size(ty)); i += 16 {
				b[i+7] |= 0x80
			}
		}
	case types.Array:
		size := g.Target.Size(ty.Elem)
		for i := range max(0, ty.Len) {
			g.mend(g.Target.Resolve(ty.Elem), b[i*size:])
		}
	case types.Struct, types.Union:
		l, err := g.Target.Record(ty)
		if err != nil || ty.Record.BigEndian {
			return // a big-endian _Bool is a byte like any other
		}
		for i, f := range ty.Record.Fields {
			if !f.BitField {
				g.mend(g.Target.Resolve(f.Type), b[l.Fields[i].Offset:])
			}
		}
	}
}
