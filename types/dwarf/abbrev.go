// This file defines abbreviations, the tables that say which attributes an entry has and in which forms.

package dwarf

import (
	dw "debug/dwarf"
	"fmt"
)

// form is how an attribute's value is stored (DWARF 5, 7.5.6).
type form uint16

const (
	formAddr          form = 0x01
	formBlock2        form = 0x03
	formBlock4        form = 0x04
	formData2         form = 0x05
	formData4         form = 0x06
	formData8         form = 0x07
	formString        form = 0x08
	formBlock         form = 0x09
	formBlock1        form = 0x0a
	formData1         form = 0x0b
	formFlag          form = 0x0c
	formSdata         form = 0x0d
	formStrp          form = 0x0e
	formUdata         form = 0x0f
	formRefAddr       form = 0x10
	formRef1          form = 0x11
	formRef2          form = 0x12
	formRef4          form = 0x13
	formRef8          form = 0x14
	formRefUdata      form = 0x15
	formIndirect      form = 0x16
	formSecOffset     form = 0x17
	formExprloc       form = 0x18
	formFlagPresent   form = 0x19
	formStrx          form = 0x1a
	formAddrx         form = 0x1b
	formRefSup4       form = 0x1c
	formStrpSup       form = 0x1d
	formData16        form = 0x1e
	formLineStrp      form = 0x1f
	formRefSig8       form = 0x20
	formImplicitConst form = 0x21
	formLoclistx      form = 0x22
	formRnglistx      form = 0x23
	formRefSup8       form = 0x24
	formStrx1         form = 0x25
	formStrx2         form = 0x26
	formStrx3         form = 0x27
	formStrx4         form = 0x28
	formAddrx1        form = 0x29
	formAddrx2        form = 0x2a
	formAddrx3        form = 0x2b
	formAddrx4        form = 0x2c
	formGNUAddrIndex  form = 0x1f01 // split units of GCC before DWARF 5
	formGNUStrIndex   form = 0x1f02
	formGNURefAlt     form = 0x1f20 // dwz: into the file that .gnu_debugaltlink names
	formGNUStrpAlt    form = 0x1f21
)

// Attributes of GNU and others that debug/dwarf has no names for.
const (
	attrGNUVector      dw.Attr = 0x2107
	attrGNUDwoName     dw.Attr = 0x2130
	attrGNUAddrBase    dw.Attr = 0x2133
	attrMIPSLinkage    dw.Attr = 0x2007 // DW_AT_linkage_name before DWARF 4
	mostAttributes             = 200    // of one entry: DWARF 5 has 140 in all
	largestDenseAbbrev         = 1 << 16
)

// spec is one attribute of an abbreviation.
type spec struct {
	attr     dw.Attr
	form     form
	implicit int64 // the value, of formImplicitConst
}

type abbrev struct {
	tag      dw.Tag
	children bool
	from, to int32 // its attributes in the table's list
}

// abbrevTable finds an abbreviation by its code. Compilers count codes from 1, so nearly all are in the list.
type abbrevTable struct {
	dense  []abbrev // code-1; a tag of 0 for none
	sparse map[uint64]abbrev
	specs  []spec
}

func (t *abbrevTable) find(code uint64) (a *abbrev, ok bool) {
	if i := code - 1; i < uint64(len(t.dense)) {
		return &t.dense[i], t.dense[i].tag != 0
	}
	s, ok := t.sparse[code]
	return &s, ok
}

// parseAbbrevs reads the table at an offset of .debug_abbrev and tells how many bytes it took.
func parseAbbrevs(section []byte, offset uint64) (t *abbrevTable, size int, err error) {
	if offset >= uint64(len(section)) {
		return nil, 0, fmt.Errorf("the abbreviations at 0x%x are beyond the %d bytes of .debug_abbrev", offset, len(section))
	}
	c := cursor{b: section, at: int(offset)}
	t = &abbrevTable{}
	for {
		code := c.uleb()
		if code == 0 || c.err != nil {
			break
		}
		a := abbrev{tag: dw.Tag(c.uleb()), children: c.u8() != 0, from: int32(len(t.specs))}
		for {
			s := spec{attr: dw.Attr(c.uleb()), form: form(c.uleb())}
			if s.form == formImplicitConst {
				s.implicit = c.sleb()
			}
			if s.attr == 0 && s.form == 0 || c.err != nil {
				break
			}
			if len(t.specs)-int(a.from) == mostAttributes {
				return nil, 0, fmt.Errorf("abbreviation %d has more than %d attributes", code, mostAttributes)
			}
			t.specs = append(t.specs, s)
		}
		a.to = int32(len(t.specs))
		switch {
		case code == uint64(len(t.dense))+1 && code <= largestDenseAbbrev:
			t.dense = append(t.dense, a)
		default:
			if t.sparse == nil {
				t.sparse = map[uint64]abbrev{}
			}
			t.sparse[code] = a
		}
	}
	if c.err != nil {
		return nil, 0, fmt.Errorf(".debug_abbrev at 0x%x: %w", offset, c.err)
	}
	return t, c.at - int(offset), nil
}
