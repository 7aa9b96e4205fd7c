// This file defines records: the members of a struct or union and where they lie. fit.go finds the attributes that
// put them there.

package dwarf

import (
	dw "debug/dwarf"
	"errors"
	"fmt"
	"strings"

	"dlsh/types"
)

// place is where a member lies.
type place struct {
	bit      int64 // its first bit, from the beginning of the record
	width    int64 // of a bit-field
	align    int64 // what DW_AT_alignment says; 0 for nothing
	bitField bool
}

// place reads where a member lies. Bit-fields have their place in bits from the beginning of the record
// (DW_AT_data_bit_offset, since DWARF 4), or from the most significant bit of a storage unit (before).
func (m *maker) place(c *entry) (p place, err error) {
	p.align, _ = c.number(dw.AttrAlignment)
	if v := c.value(dw.AttrDataMemberLoc); v != nil {
		at, ok := c.number(dw.AttrDataMemberLoc)
		if !ok {
			const opPlusUconst = 0x23
			b := cursor{b: v.b}
			if b.u8() != opPlusUconst {
				return p, &Unusable{Why: "its place is only known when the program runs"}
			}
			at = int64(b.uleb())
			if b.err != nil || b.at != len(v.b) {
				return p, &Unusable{Why: "its place is only known when the program runs"}
			}
		}
		if at < 0 || at > mostBytes {
			return p, c.u.damaged(c.at, "a member lies at byte %d", at)
		}
		p.bit = 8 * at
	}
	if p.width, p.bitField = c.number(dw.AttrBitSize); !p.bitField {
		return p, nil
	}
	if at, ok := c.number(dw.AttrDataBitOffset); ok {
		p.bit += at
	} else if high, ok := c.number(dw.AttrBitOffset); ok {
		size, ok := c.number(dw.AttrByteSize)
		if !ok {
			r, err := c.ref(dw.AttrType)
			if err != nil {
				return p, err
			}
			if size, err = m.sizeAt(r); err != nil {
				return p, err
			}
		}
		// Clang stores negative ones in whatever form is short; they are within a storage unit anyway.
		if v := c.value(dw.AttrBitOffset); v.form == formData4 {
			high = int64(int32(high))
		}
		p.bit += 8*size - high - p.width
	}
	if p.bit < 0 || p.bit > 8*mostBytes || p.width < 0 || p.width > 64 {
		return p, c.u.damaged(c.at, "a bit-field of %d bits lies at bit %d", p.width, p.bit)
	}
	return p, nil
}

// mostBytes is far beyond any record; places still count in bits then.
const mostBytes = 1 << 50

// sizeAt is the size of the type at a place, found without making the type.
func (m *maker) sizeAt(r ref) (int64, error) {
	for range deepest {
		if r == 0 {
			break
		}
		e, err := m.entry(r)
		if err != nil {
			return 0, err
		}
		if size, ok := e.number(dw.AttrByteSize); ok {
			return size, nil
		}
		if r, err = e.ref(dw.AttrType); err != nil {
			return 0, err
		}
	}
	return 0, fmt.Errorf("%s: a bit-field has a type without a size", m.file.path)
}

// classFlaw says why a record of C++ is passed in a way of C++'s own; "" when it is not.
func (m *maker) classFlaw(e *entry) (why string) {
	if e.tag == dw.TagEnumerationType {
		return ""
	}
	const byReference = 4 // DW_CC_pass_by_reference, since DWARF 5; GCC and Clang tell it in older versions too
	convention, given := e.number(dw.AttrCalling)
	class := named(e, "")
	err := e.each(func(c *entry) error {
		name := string(c.text(dw.AttrName))
		switch c.tag {
		case dw.TagInheritance:
			why = "it is a class of C++ with a base class"
		case dw.TagVariantPart:
			why = "it is a record with variants"
		case dw.TagMember:
			if strings.HasPrefix(name, "_vptr") {
				why = "it is a class of C++ with virtual functions"
			}
		case dw.TagSubprogram:
			if !given && !c.flag(dw.AttrArtificial) && (strings.HasPrefix(name, "~") || name == class) {
				why = "it is a class of C++ with a constructor or destructor"
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return err.Error()
	case why == "" && convention == byReference:
		return "C++ copies it with code of its own"
	}
	return why
}

// complete gives a record its members. Those that cannot be made are left out, and the record then is one whose
// layout is given, and why.
func (m *maker) complete(j *job, depth int) {
	rec := j.t.Record
	if rec.Complete || j.busy {
		return
	}
	j.busy = true
	defer delete(m.jobs, rec)
	e, err := m.file.entry(j.at)
	if err != nil {
		return
	}
	size, sized := e.number(dw.AttrByteSize)
	if !sized || size < 0 || size > mostBytes {
		return // as if it were only declared
	}
	flaw := ""
	flawed := func(format string, args ...any) {
		if flaw == "" {
			flaw = fmt.Sprintf(format, args...)
		}
	}
	if why := m.classFlaw(&e); why != "" {
		flawed("%s", why)
	}
	var members []member
	left := false // some member was left out
	err = e.each(func(c *entry) error {
		// DWARF 4 has static members of C++ as members that are declared only.
		if c.tag != dw.TagMember || c.flag(dw.AttrDeclaration) || c.flag(dw.AttrArtificial) {
			return nil
		}
		name := string(c.text(dw.AttrName))
		f, err := m.member(c, name, depth)
		if err != nil {
			var u *Unusable
			if errors.As(err, &u) {
				err = errors.New(u.Why)
			}
			flawed("%s: %v", memberName(name, len(members)), err)
			left = true
			return nil
		}
		if why := givenIn(m.target, f.Type); why != "" {
			flawed("%s: %s", memberName(name, len(members)), why)
		}
		members = append(members, f)
		return nil
	})
	if err != nil {
		flawed("%v", err)
	}
	align, _ := e.number(dw.AttrAlignment)
	if flaw == "" {
		if flaw = m.fit(j.t, members, size, align); flaw == "" {
			return
		}
	}
	m.give(rec, members, left, size, align, flaw)
}

func memberName(name string, i int) string {
	if name == "" {
		return fmt.Sprintf("unnamed member %d", i+1)
	}
	return "member " + name
}

// member is a field and where it must come to lie.
type member struct {
	types.Field
	bit int64
}

// member makes a field. Records in it get their members first, for the size of this one depends on them.
func (m *maker) member(c *entry, name string, depth int) (f member, err error) {
	p, err := m.place(c)
	if err != nil {
		return f, err
	}
	t, err := m.typeOf(c)
	if err != nil {
		return f, err
	}
	if depth > deepest {
		return f, errors.New("records are inside of records without end")
	}
	if inner := recordIn(t); inner != nil {
		if j, ok := m.jobs[inner]; ok {
			if j.busy {
				return f, errors.New("the record contains itself")
			}
			m.complete(j, depth+1)
		}
		if !inner.Complete {
			return f, fmt.Errorf("the members of %s are not known", t)
		}
	}
	f = member{types.Field{Name: name, Type: t, BitField: p.bitField, Bits: int(p.width), Align: p.align}, p.bit}
	if !p.bitField && f.Align == 0 {
		f.Align = m.typedefAlign(c)
	}
	if f.Align < 0 || f.Align&(f.Align-1) != 0 {
		return f, fmt.Errorf("an alignment of %d bytes is not a power of two", f.Align)
	}
	if r := m.target.Resolve(t); r.Kind == types.Func || r.Kind == types.Void {
		return f, fmt.Errorf("a member cannot be %s", t)
	}
	measured := t
	if e := m.target.Resolve(t); e.Kind == types.Array && e.Len == types.Incomplete {
		measured = e.Elem
	}
	_, natural, err := m.target.Layout(measured)
	if f.Align > 0 && f.Align < natural && !f.BitField {
		f.Packed = true // only packing takes alignment away
	}
	return f, err
}

// typedefAlign is the alignment that a typedef gives the type of a member; types.Typedef has no place for it.
func (m *maker) typedefAlign(c *entry) (align int64) {
	e := *c
	for range deepest {
		r, err := e.ref(dw.AttrType)
		if err != nil || r == 0 {
			return align
		}
		if e, err = m.file.entry(r); err != nil {
			return align
		}
		switch e.tag {
		case dw.TagTypedef:
			a, _ := e.number(dw.AttrAlignment)
			align = max(align, a)
		case dw.TagConstType, dw.TagVolatileType, dw.TagAtomicType, dw.TagRestrictType:
		default:
			return align
		}
	}
	return align
}

// recordIn is the record that values of a type consist of; nil for others.
func recordIn(t *types.Type) *types.Record {
	for range deepest {
		switch t.Kind {
		case types.Array, types.Typedef:
			if t.Elem == nil {
				return nil
			}
			t = t.Elem
		case types.Struct, types.Union:
			return t.Record
		default:
			return nil
		}
	}
	return nil
}

// givenIn says why a record in a type is not passed by value; "" for none.
func givenIn(t *types.Target, ty *types.Type) string {
	rec := recordIn(ty)
	if rec == nil || rec.Given == nil {
		return ""
	}
	return rec.Given.Why
}
