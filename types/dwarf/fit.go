// This file defines how the attributes of a record are found from where its members lie.

package dwarf

import (
	"dlsh/types"
)

// mostFitted is how many members a record may have whose members are fitted one by one: every step lays out
// all that came before.
const mostFitted = 300

const unknownAttribute = "its members do not lie where the compiler puts them, by an attribute that the debug information does not tell"

// fit makes a record of the members that comes out with every one of them in its place and the size given, and
// tells why there is none. Of several that fit the one that is aligned most goes first: another record that has it
// closer can have it as a packed member.
func (m *maker) fit(t *types.Type, members []member, size, align int64) (why string) {
	fields := make([]types.Field, len(members))
	for i := range members {
		fields[i] = members[i].Field
	}
	found := &types.Record{}
	best := int64(0)
	for _, attributes := range []*types.Record{
		{}, {Pack: 8}, {Pack: 4}, {Pack: 2}, {Packed: true}, {Pack: 1}, {Rules: types.MS}, {Rules: types.MS, Packed: true},
		{Rules: types.MS, Pack: 1},
	} {
		if attributes.Rules == types.MS && (best > 0 || m.target.OS == "windows") {
			continue
		}
		trial := &types.Type{Kind: t.Kind, Name: t.Name, Record: attributes}
		attributes.Fields, attributes.Complete, attributes.Align = fields, true, align
		aligned := m.fits(trial, members, nil, size, align)
		switch {
		case aligned == 0:
		case best == 0:
			best, found = aligned, attributes
		case best >= 16 && aligned < 16:
			return "the debug information does not tell whether it is packed, which decides where on the stack it is passed"
		}
	}
	if best == 0 && t.Kind == types.Struct && len(members) <= mostFitted {
		list, at, ok := m.fitEach(members, align)
		if !ok {
			return unknownAttribute
		}
		found.Fields, found.Complete, found.Align = list, true, align
		best = m.fits(&types.Type{Kind: t.Kind, Name: t.Name, Record: found}, members, at, size, align)
	}
	if best == 0 {
		if len(members) == 0 {
			return "the debug information does not tell its members"
		}
		return unknownAttribute
	}
	rec := t.Record
	rec.Packed, rec.Pack, rec.Rules, rec.Align = found.Packed, found.Pack, found.Rules, found.Align
	rec.Fields, rec.Complete = found.Fields, true
	return ""
}

// fits lays a record out and compares; the alignment it has, or 0 when something differs. at says which field a
// member is; nil when they are the same.
func (m *maker) fits(trial *types.Type, members []member, at []int, size, align int64) int64 {
	l, err := m.target.Record(trial)
	if err != nil || l.Size != size || align != 0 && l.Align != align {
		return 0
	}
	for i := range members {
		field := i
		if at != nil {
			field = at[i]
		}
		if f := l.Fields[field]; 8*f.Offset+int64(f.Bit) != members[i].bit {
			return 0
		}
	}
	return l.Align
}

// fitEach puts members down one by one. One that would come to lie too far back is packed; before a bit-field
// that lies further there is one without a name, which debug information leaves out.
func (m *maker) fitEach(members []member, align int64) (fields []types.Field, at []int, ok bool) {
	end := int64(0) // in bits
	for i, next := range members {
		choices := [][]types.Field{{next.Field}}
		packed := next.Field
		packed.Packed = true
		choices = append(choices, []types.Field{packed})
		if gap := next.bit - end; next.BitField && gap > 0 && gap <= 8*m.target.Size(next.Type) && m.hides(members[:i], end, next.bit) {
			pad := types.Field{Type: next.Type, BitField: true, Bits: int(gap)}
			choices = append(choices, []types.Field{pad, next.Field}, []types.Field{pad, packed})
		}
		found := false
		for _, choice := range choices {
			list := append(fields[:len(fields):len(fields)], choice...)
			trial := &types.Type{Kind: types.Struct, Record: &types.Record{Fields: list, Complete: true, Align: align}}
			l, err := m.target.Record(trial)
			if err != nil {
				continue
			}
			if f := l.Fields[len(list)-1]; 8*f.Offset+int64(f.Bit) == next.bit {
				fields, found = list, true
				at = append(at, len(list)-1)
				end = next.bit + 8*f.Size
				if next.BitField {
					end = next.bit + int64(next.Bits)
				}
				break
			}
		}
		if !found {
			return nil, nil, false
		}
	}
	return fields, at, true
}

// hides reports whether an unnamed bit-field between two places lies where only bit-fields are, so that it does not
// change how the record is passed: System V looks at eight bytes at a time, and unnamed ones count as integers.
func (m *maker) hides(before []member, end, next int64) bool {
	if end/64 == next/64 {
		return true
	}
	return len(before) > 0 && before[len(before)-1].BitField && end%64 != 0 && end/64+1 == next/64
}

// give makes a record whose layout is given. A flexible array that is not at the end is one of no elements. An
// alignment that is not told is that of the members; where some were left out, the most a compiler asks for, for
// they may be why.
func (m *maker) give(rec *types.Record, members []member, left bool, size, align int64, why string) {
	g := &types.Given{Size: size, Align: align, Why: why}
	most := int64(1)
	if left {
		most = 16
	}
	for _, f := range members {
		f.Align = 0
		if r := m.target.Resolve(f.Type); r.Kind == types.Array && r.Len == types.Incomplete {
			f.Type = types.ArrayOf(r.Elem, 0)
		}
		n, a, err := m.target.Layout(f.Type)
		if err != nil || f.bit/8 > size || !f.BitField && n > size-f.bit/8 || f.BitField && f.bit+int64(f.Bits) > 8*size {
			continue
		}
		l := types.FieldLayout{Offset: f.bit / 8, Size: n}
		if f.BitField {
			l.Bit, l.Bits = int(f.bit%8), f.Bits
			if f.Bits == 0 || int64(f.Bits) > 8*n {
				continue
			}
		} else if l.Offset%a == 0 {
			most = max(most, a)
		}
		rec.Fields = append(rec.Fields, f.Field)
		g.Fields = append(g.Fields, l)
	}
	if g.Align == 0 {
		for g.Align = most; size%g.Align != 0; g.Align /= 2 {
		}
	}
	rec.Given, rec.Complete = g, true
}
