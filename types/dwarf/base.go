// This file defines base types: the compiler's numbers to those of C.

package dwarf

import (
	dw "debug/dwarf"
	"fmt"
	"strings"

	"dlsh/types"
)

// How the bytes of a base type are read (DWARF 5, table 7.11).
const (
	encodingBoolean      = 0x02
	encodingComplex      = 0x03
	encodingFloat        = 0x04
	encodingSigned       = 0x05
	encodingSignedChar   = 0x06
	encodingUnsigned     = 0x07
	encodingUnsignedChar = 0x08
	encodingUTF          = 0x10
	encodingASCII        = 0x12
)

// base makes a number. Encoding and size decide; the name tells char from signed char, long from long long, and
// long double from what else has 16 bytes.
func (m *maker) base(e *entry) (*types.Type, error) {
	name := string(e.text(dw.AttrName))
	encoding, _ := e.number(dw.AttrEncoding)
	size, ok := e.number(dw.AttrByteSize)
	bits, sized := e.number(dw.AttrBitSize)
	if endian, _ := e.number(dw.AttrEndianity); endian == 1 { // DW_END_big
		return nil, &Unusable{Why: fmt.Sprintf("a big-endian %s is not supported", name)}
	}
	if ok && (!sized || bits == 8*size) && !strings.Contains(name, "_BitInt") {
		if t := m.number(name, encoding, size); t != nil {
			return t, nil
		}
	}
	if name == "" {
		name = "a number without a name"
	}
	if _, err := types.Parse(name); err != nil && strings.Contains(err.Error(), "not supported") {
		_, why, _ := strings.Cut(err.Error(), ": ") // without the spelling: it is the name
		return nil, &Unusable{Why: why}
	}
	return nil, &Unusable{Why: fmt.Sprintf("%s (%d bytes, encoding %d) is not supported", name, size, encoding)}
}

// number is the type of C with a name, encoding and size; nil for none.
func (m *maker) number(name string, encoding, size int64) *types.Type {
	t := m.target
	switch encoding {
	case encodingBoolean:
		if size == 1 {
			return types.Of(types.Bool)
		}
	case encodingFloat:
		return m.floating(size, strings.Contains(name, "long double"), types.Float, types.Double, types.LongDouble)
	case encodingComplex:
		long := strings.Contains(name, "long double")
		return m.floating(size, long, types.ComplexFloat, types.ComplexDouble, types.ComplexLongDouble)
	case encodingUTF, encodingASCII:
		if own, ok := t.Named(name); ok && t.Size(own) == size { // char16_t, char32_t
			return own
		}
		return m.integer(size, false)
	case encodingSigned, encodingSignedChar, encodingUnsigned, encodingUnsignedChar:
		signed := encoding == encodingSigned || encoding == encodingSignedChar
		if c, err := types.Parse(name); err == nil && t.Resolve(c).Kind.Integer() && t.Size(c) == size && t.Signed(c) == signed {
			return c
		}
		return m.integer(size, signed) // Clang's __ARRAY_SIZE_TYPE__, and char where -funsigned-char made it another
	}
	return nil
}

// floating tells the formats apart: 4 and 8 bytes are IEEE's, 16 are long double's only under its name.
func (m *maker) floating(size int64, long bool, f, d, l types.Kind) *types.Type {
	switch {
	case size == m.target.Size(types.Of(f)):
		return types.Of(f)
	case size == m.target.Size(types.Of(d)):
		return types.Of(d)
	case size == m.target.Size(types.Of(l)) && long:
		return types.Of(l)
	}
	return nil
}

// integer is the integer type of a size.
func (m *maker) integer(size int64, signed bool) *types.Type {
	kinds := []types.Kind{types.UChar, types.UShort, types.UInt, types.ULong, types.ULongLong}
	if signed {
		kinds = []types.Kind{types.SChar, types.Short, types.Int, types.Long, types.LongLong}
	}
	for _, k := range kinds {
		if m.target.Size(types.Of(k)) == size {
			return types.Of(k)
		}
	}
	return nil
}
