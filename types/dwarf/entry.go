// This file defines entry, one DIE of debug information with its attributes, and the walk over entries. It is read
// here and not by debug/dwarf, which parses the abbreviations of every unit when it is opened, allocates for each
// attribute, and does not tell a reference within a unit from one into another file.

package dwarf

import (
	dw "debug/dwarf"
	"errors"
	"fmt"
	"math"
)

// entry is one debugging information entry. Its values are good until the buffer they were read into is used again.
type entry struct {
	u        *unit
	at       int // where it begins, counted from the unit's first byte
	next     int // behind its attributes
	tag      dw.Tag
	children bool
	values   []value
}

// value is one attribute as stored: a number, or bytes for blocks and strings in place.
type value struct {
	attr dw.Attr
	form form
	n    uint64
	b    []byte
}

// read reads the entry at a place of the unit. The values go to buf, which is grown as needed.
// An entry with tag 0 ends a list of children.
func (u *unit) read(at int, buf []value) (e entry, err error) {
	if at < u.first || at >= len(u.data) {
		return e, u.damaged(at, "no entry is there: the unit has %d bytes", len(u.data))
	}
	c := cursor{b: u.data, at: at}
	e = entry{u: u, at: at, values: buf[:0]}
	code := c.uleb()
	if code == 0 {
		e.next = c.at
		return e, c.err
	}
	a, ok := u.abbrevs.find(code)
	if !ok || c.err != nil {
		return e, u.damaged(at, "abbreviation %d is not in the table", code)
	}
	e.tag, e.children = a.tag, a.children
	specs := u.abbrevs.specs[a.from:a.to]
	for i := range specs {
		v := value{attr: specs[i].attr, form: specs[i].form}
		if v.form == formIndirect {
			v.form = form(c.uleb())
			if v.form == formIndirect || v.form == formImplicitConst {
				return e, u.damaged(at, "a form is indirect twice")
			}
		}
		if v.form == formImplicitConst {
			v.n = uint64(specs[i].implicit)
		} else if !u.value(&c, &v) {
			return e, u.damaged(at, "attribute 0x%x has the unknown form 0x%x", uint32(v.attr), uint16(v.form))
		}
		e.values = append(e.values, v)
	}
	if c.err != nil {
		return e, u.damaged(at, "%v", c.err)
	}
	e.next = c.at
	return e, nil
}

// value reads what one form stores (DWARF 5, 7.5.5); false for a form that nobody knows.
func (u *unit) value(c *cursor, v *value) bool {
	switch v.form {
	case formData1, formRef1, formFlag, formStrx1, formAddrx1:
		v.n = c.u8()
	case formData2, formRef2, formStrx2, formAddrx2:
		v.n = c.u16()
	case formStrx3, formAddrx3:
		v.n = c.u24()
	case formData4, formRef4, formStrx4, formAddrx4, formRefSup4:
		v.n = c.u32()
	case formData8, formRef8, formRefSig8, formRefSup8:
		v.n = c.u64()
	case formData16:
		v.b = c.bytes(16)
	case formUdata, formRefUdata, formStrx, formAddrx, formLoclistx, formRnglistx, formGNUAddrIndex, formGNUStrIndex:
		v.n = c.uleb()
	case formSdata:
		v.n = uint64(c.sleb())
	case formFlagPresent:
		v.n = 1
	case formStrp, formLineStrp, formSecOffset, formStrpSup, formGNURefAlt, formGNUStrpAlt:
		v.n = c.offset(u.is64)
	case formRefAddr:
		// DWARF 2 had it as large as an address.
		if u.version == 2 {
			v.n = u.address(c)
		} else {
			v.n = c.offset(u.is64)
		}
	case formAddr:
		v.n = u.address(c)
	case formString:
		v.b = c.cstring()
	case formBlock1:
		v.b = c.bytes(c.u8())
	case formBlock2:
		v.b = c.bytes(c.u16())
	case formBlock4:
		v.b = c.bytes(c.u32())
	case formBlock, formExprloc:
		v.b = c.bytes(c.uleb())
	default:
		return false
	}
	return true
}

func (u *unit) address(c *cursor) uint64 {
	if u.addressSize == 4 {
		return c.u32()
	}
	return c.u64()
}

// each calls f with every child of an entry, in order, until f returns an error. The child's values are good only
// inside f.
func (e *entry) each(f func(child *entry) error) error {
	if !e.children {
		return nil
	}
	var buf [24]value
	for at := e.next; ; {
		child, err := e.u.read(at, buf[:])
		if err != nil {
			return err
		}
		if child.tag == 0 {
			return nil
		}
		if err := f(&child); err != nil {
			return err
		}
		if at, err = child.after(); err != nil {
			return err
		}
		if at >= len(e.u.data) {
			return nil // the end of the unit ends all lists
		}
	}
}

// after finds where the entry behind e and all that is inside of it begins.
func (e *entry) after() (int, error) {
	if !e.children {
		return e.next, nil
	}
	if v := e.value(dw.AttrSibling); v != nil {
		if at, ok := e.u.within(v); ok && at >= e.next && at <= len(e.u.data) {
			return at, nil
		}
	}
	var buf [24]value
	for at, depth := e.next, 1; ; {
		if at >= len(e.u.data) {
			return at, nil
		}
		inner, err := e.u.read(at, buf[:])
		if err != nil {
			return 0, err
		}
		at = inner.next
		switch {
		case inner.tag == 0:
			if depth--; depth == 0 {
				return at, nil
			}
		case inner.children:
			if v := inner.value(dw.AttrSibling); v != nil {
				if to, ok := e.u.within(v); ok && to >= inner.next {
					at = to
					continue
				}
			}
			depth++
		}
	}
}

// within is where in the unit a reference leads that stays in it.
func (u *unit) within(v *value) (int, bool) {
	switch v.form {
	case formRef1, formRef2, formRef4, formRef8, formRefUdata:
		return int(v.n), v.n < math.MaxInt32
	}
	return 0, false
}

func (e *entry) value(a dw.Attr) *value {
	for i := range e.values {
		if e.values[i].attr == a {
			return &e.values[i]
		}
	}
	return nil
}

func (e *entry) has(a dw.Attr) bool { return e.value(a) != nil }

// flag is an attribute that is there and not 0.
func (e *entry) flag(a dw.Attr) bool {
	v := e.value(a)
	return v != nil && v.n != 0
}

// number is a constant attribute; false where there is none, or one that is only known when the program runs.
func (e *entry) number(a dw.Attr) (int64, bool) {
	v := e.value(a)
	if v == nil {
		return 0, false
	}
	switch v.form {
	case formData1, formData2, formData4, formData8, formUdata, formSdata, formImplicitConst:
		return int64(v.n), true
	}
	return 0, false
}

// text is a string attribute; nil for none, and for one whose string is not there.
func (e *entry) text(a dw.Attr) []byte {
	v := e.value(a)
	if v == nil {
		return nil
	}
	f := e.u.file
	var s []byte
	switch v.form {
	case formString:
		s = v.b
	case formStrp:
		s, _ = cstringAt(f.section(".debug_str"), v.n)
	case formLineStrp:
		s, _ = cstringAt(f.section(".debug_line_str"), v.n)
	case formStrx, formStrx1, formStrx2, formStrx3, formStrx4, formGNUStrIndex:
		if at, ok := e.u.indexed(".debug_str_offsets", e.u.strBase, v.n, e.u.is64); ok {
			s, _ = cstringAt(f.section(".debug_str"), at)
		}
	case formGNUStrpAlt, formStrpSup:
		if f.alt != nil {
			s, _ = cstringAt(f.alt.section(".debug_str"), v.n)
		}
	}
	return s
}

// indexed reads entry i of a table of offsets or addresses.
func (u *unit) indexed(section string, base, i uint64, wide bool) (uint64, bool) {
	width := uint64(4)
	if wide {
		width = 8
	}
	table := u.file.section(section)
	if i > uint64(len(table)) || base > uint64(len(table)) {
		return 0, false
	}
	c := cursor{b: table}
	c.bytes(base + i*width)
	n := c.offset(wide)
	return n, c.err == nil
}

// addressOf is an attribute that is an address, DW_AT_low_pc for one.
func (e *entry) addressOf(a dw.Attr) (uint64, bool) {
	v := e.value(a)
	if v == nil {
		return 0, false
	}
	switch v.form {
	case formAddr:
		return v.n, true
	case formAddrx, formAddrx1, formAddrx2, formAddrx3, formAddrx4, formGNUAddrIndex:
		return e.u.indexed(".debug_addr", e.u.addrBase, v.n, e.u.addressSize == 8)
	}
	return 0, false
}

var errNoAlt = errors.New("it refers to another file, and none is named")

// ref is where a reference attribute leads; 0, which is no entry, where there is none.
func (e *entry) ref(a dw.Attr) (ref, error) {
	v := e.value(a)
	if v == nil {
		return 0, nil
	}
	f := e.u.file
	switch v.form {
	case formRef1, formRef2, formRef4, formRef8, formRefUdata:
		if v.n >= uint64(len(e.u.data)) {
			return 0, e.u.damaged(e.at, "it refers to 0x%x, beyond its unit of %d bytes", v.n, len(e.u.data))
		}
		return e.u.ref(int(v.n)), nil
	case formRefAddr:
		return f.ref(v.n, false), nil
	case formGNURefAlt, formRefSup4, formRefSup8:
		if f.alt == nil {
			return 0, errNoAlt
		}
		return f.alt.ref(v.n, false), nil
	case formRefSig8:
		u, ok := f.signatures[v.n]
		if !ok {
			return 0, fmt.Errorf("the type with signature %016x is not there", v.n)
		}
		return u.ref(int(u.typeAt)), nil
	}
	return 0, e.u.damaged(e.at, "attribute 0x%x is no reference", uint32(a))
}
