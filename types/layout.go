// This file defines where the members of a record lie, by System V's rules as GCC and clang read them and by
// Microsoft's as GCC's ms_struct has them.

package types

import (
	"fmt"
	"strconv"
)

const (
	largestRecord = 1 << 59 // bytes: far beyond any address space, and its bits still count in an int64
	largestAlign  = 1 << 28 // bytes: the most GCC's aligned attribute takes
	largestPack   = 16      // bytes: the most #pragma pack takes, for GCC and Microsoft alike
)

// Record gives the layout of a struct or union. Errors are records whose members are not known, members
// without a size, bit-fields wider than their type or of no integer type, names used twice, flexible arrays
// elsewhere than at the end of a struct, records that contain themselves, and alignments that are none;
// they name the record and the member. The layout is worked out once and shared: do not change it.
func (t *Target) Record(ty *Type) (*RecordLayout, error) { return t.record(ty, nil) }

func (t *Target) record(ty *Type, around *outer) (*RecordLayout, error) {
	r := t.Resolve(ty)
	if !r.Kind.Aggregate() {
		return nil, fmt.Errorf("%s is not a struct or union", ty)
	}
	rec := r.Record
	if rec == nil || !rec.Complete {
		return nil, fmt.Errorf("%s has no size: its members are not known", ty)
	}
	if l, ok := rec.layouts.Load(t); ok && l.(*RecordLayout).kind == r.Kind {
		return l.(*RecordLayout), nil
	}
	if around.has(rec) {
		return nil, fmt.Errorf("%s contains itself", ty)
	}
	l, err := t.place(r, &outer{rec, around})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Declare(Unqualified(r), ""), err)
	}
	kept, _ := rec.layouts.LoadOrStore(t, l)
	if kept := kept.(*RecordLayout); kept.kind == l.kind {
		return kept, nil
	}
	return l, nil
}

// placer puts members down one after the other. Everything in it is counted in bits.
type placer struct {
	rec        *Record
	pack       int64 // the most a member is aligned to; 0 for no limit
	alignNone  bool  // unnamed bit-fields do not align the record
	end, align int64
	unit, left int64 // Microsoft: the size of the open storage unit, 0 for none, and how much of it is free
}

// member is a field with what there is to know of it before it has a place, in bits.
type member struct {
	*Field
	size, align int64 // of the type
	bits        int64 // what it takes up
	want        int64 // alignment asked for: of the type, cut by packing, raised by attributes
	packed      bool
}

func (t *Target) place(r *Type, around *outer) (*RecordLayout, error) {
	rec := r.Record
	if g := rec.Given; g != nil {
		if len(g.Fields) != len(rec.Fields) {
			return nil, fmt.Errorf("a layout is given for %d members, and there are %d", len(g.Fields), len(rec.Fields))
		}
		return &RecordLayout{Size: g.Size, Align: g.Align, Fields: g.Fields, kind: r.Kind}, nil
	}
	if err := checkAlign(rec.Align, largestAlign); err != nil {
		return nil, err
	}
	if err := checkAlign(rec.Pack, largestPack); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	p := placer{rec: rec, pack: 8 * rec.Pack, align: max(8, 8*rec.Align)}
	// AAPCS64 10.1.8: the container of a bit-field aligns the record, named or not, of zero width or not.
	// Apple's arm64 does it as everybody else does (clang's UseZeroLengthBitfieldAlignment is off there).
	p.alignNone = t.Arch != "arm64" || t.OS == "darwin"
	ms := rec.Rules == MS || rec.Rules == HostRules && t.OS == "windows"
	l := &RecordLayout{kind: r.Kind, Fields: make([]FieldLayout, len(rec.Fields))}
	size := int64(0) // bits
	for i := range rec.Fields {
		f := &rec.Fields[i]
		m, err := t.measure(r, i, ms, around)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", memberName(f, i), err)
		}
		switch {
		case r.Kind == Union:
			p.end = 0
			p.alignFor(&m, ms)
		case ms:
			p.microsoft(&m)
		default:
			p.systemV(&m)
		}
		at := p.end
		l.Fields[i] = FieldLayout{Offset: at / 8, Size: m.size / 8}
		if f.BitField {
			l.Fields[i].Bit, l.Fields[i].Bits = int(at%8), f.Bits
		}
		p.end += m.bits
		if i == len(rec.Fields)-1 && f.Bits > 0 {
			p.end += p.left // the last storage unit is there to its end
		}
		size = max(size, p.end)
		if size > 8*largestRecord {
			return nil, fmt.Errorf("%s: the record is too large: it passes 2^59 bytes", memberName(f, i))
		}
	}
	if name, twice := repeated(rec, map[string]bool{}); twice {
		return nil, fmt.Errorf("member %s: the name is used twice", name)
	}
	l.Align = p.align / 8
	l.Size = roundUp((size+7)/8, l.Align)
	return l, nil
}

// measure checks the field at i and finds its size and the alignment it wants.
func (t *Target) measure(r *Type, i int, ms bool, around *outer) (m member, err error) {
	rec := r.Record
	f := &rec.Fields[i]
	m = member{Field: f, packed: rec.Packed || f.Packed}
	if f.Type == nil {
		return m, fmt.Errorf("it has no type")
	}
	if err := checkAlign(f.Align, largestAlign); err != nil {
		return m, err
	}
	if e := t.Resolve(f.Type); e.Kind == Array && e.Len == Incomplete {
		if err := flexible(r, i); err != nil {
			return m, err
		}
		_, m.align, err = t.layout(e.Elem, around)
	} else {
		m.size, m.align, err = t.layout(f.Type, around)
	}
	if err != nil {
		return m, err
	}
	if m.size > largestRecord {
		return m, fmt.Errorf("%s is too large for a member: it passes 2^59 bytes", f.Type)
	}
	m.size, m.align = 8*m.size, 8*m.align
	m.bits, m.want = m.size, max(m.align, 8*f.Align)
	switch {
	case f.BitField:
		if err := t.checkBitField(f, m.size); err != nil {
			return m, err
		}
		// A bit-field may lie at any bit; only System V's zero width asks for its type's alignment.
		m.bits, m.want = int64(f.Bits), max(1, 8*f.Align)
		if f.Bits == 0 && !ms {
			// GCC: neither #pragma pack nor the packed attribute reach a bit-field of zero width.
			m.want, m.packed = max(m.align, m.want), false
			return m, nil
		}
	case f.Bits != 0:
		return m, fmt.Errorf("it has a width of %d bits, but is no bit-field", f.Bits)
	case m.packed:
		m.want = max(8, 8*f.Align)
	}
	if rec.Pack != 0 {
		m.want = min(m.want, 8*rec.Pack) // the pragma beats attributes (GCC, "Structure-Layout Pragmas")
	}
	return m, nil
}

// systemV moves the end to where m starts. A bit-field may not cross more boundaries of its type than the
// type itself would (System V amd64 3.1.2); packing, by attribute or pragma, lifts that.
func (p *placer) systemV(m *member) {
	p.alignFor(m, false)
	p.end = roundUp(p.end, m.want)
	if m.BitField && m.bits > 0 && !m.packed && p.pack == 0 && p.end%m.align+m.bits > m.size {
		p.end = roundUp(p.end, m.align)
	}
}

// microsoft moves the end to where m starts. A bit-field opens a storage unit as large as its type, and only
// bit-fields of that size share it (GCC, TARGET_MS_BITFIELD_LAYOUT_P).
func (p *placer) microsoft(m *member) {
	p.alignFor(m, true)
	// As GCC has it, an aligned attribute moves a member that was out of place before the open unit was
	// closed, not after.
	skew := p.end%m.want != 0
	shared := m.bits > 0 && m.BitField && p.unit == m.size
	if shared && p.left >= m.bits {
		p.left -= m.bits
		return
	}
	open := p.unit
	if open > 0 {
		p.end += p.left
	}
	p.unit, p.left = 0, 0
	if skew {
		p.end = roundUp(p.end, m.want)
	}
	if m.BitField && m.bits == 0 && (open == 0 || open == m.size) {
		return // zero width only closes a unit; without one it is nothing
	}
	if !shared {
		align := m.align
		if m.packed {
			align = 8
		}
		p.end = roundUp(p.end, p.limit(align))
	}
	if m.BitField && m.bits > 0 {
		p.unit, p.left = m.size, m.size-m.bits
	}
}

// alignFor raises the record's alignment to what the member asks for.
func (p *placer) alignFor(m *member, ms bool) {
	switch {
	case !m.BitField:
		p.align = max(p.align, m.want)
	case ms:
		// Zero width counts only where it closes a unit, and packing silences all but that.
		if m.bits == 0 && p.unit > 0 || m.bits > 0 && !m.packed {
			p.align = max(p.align, p.limit(max(m.align, m.want)))
		}
	case m.Name != "" || !p.alignNone:
		align := m.align
		switch {
		case m.bits == 0:
		case p.pack != 0:
			align = p.limit(align)
		case m.packed:
			align = 8
		}
		p.align = max(p.align, align, m.want)
	}
}

// limit is an alignment under #pragma pack.
func (p *placer) limit(align int64) int64 {
	if p.pack != 0 {
		return min(align, p.pack)
	}
	return align
}

// checkBitField holds a bit-field against C11 6.7.2.1p4 and p5; size is its type's in bits.
func (t *Target) checkBitField(f *Field, size int64) error {
	kind := t.Resolve(f.Type).Kind
	if kind == Bool {
		size = 1
	}
	switch {
	case !kind.Integer() && kind != Enum:
		return fmt.Errorf("a bit-field cannot be %s: only integers, _Bool and enums", f.Type)
	case f.Bits < 0:
		return fmt.Errorf("a width of %d bits is negative", f.Bits)
	case int64(f.Bits) > size:
		return fmt.Errorf("a width of %d bits is more than %s has: %d", f.Bits, f.Type, size)
	case f.Bits == 0 && f.Name != "":
		return fmt.Errorf("a width of 0 bits is for bit-fields without a name")
	}
	return nil
}

// flexible says whether the field at i may be an array of no known length (C11 6.7.2.1p3 and p18).
func flexible(r *Type, i int) error {
	fields := r.Record.Fields
	switch {
	case r.Kind == Union:
		return fmt.Errorf("%s has no length, and a union cannot have a flexible array", fields[i].Type)
	case i != len(fields)-1:
		return fmt.Errorf("%s has no length: only the last member may be a flexible array", fields[i].Type)
	}
	for _, f := range fields[:i] {
		if f.Name != "" || f.anonymous() != nil {
			return nil
		}
	}
	return fmt.Errorf("%s has no length: a flexible array cannot be the only member", fields[i].Type)
}

// repeated looks for a name that two members have, anonymous members' own among them (C11 6.7.2.1p13).
func repeated(rec *Record, seen map[string]bool) (name string, twice bool) {
	for _, f := range rec.Fields {
		if inner := f.anonymous(); inner != nil {
			if name, twice := repeated(inner, seen); twice {
				return name, true
			}
		}
		if seen[f.Name] {
			return f.Name, true
		}
		if f.Name != "" {
			seen[f.Name] = true
		}
	}
	return "", false
}

func checkAlign(n, most int64) error {
	switch {
	case n < 0 || n&(n-1) != 0:
		return fmt.Errorf("an alignment of %d bytes is not a power of two", n)
	case n > most:
		return fmt.Errorf("an alignment of %d bytes is too large: at most %d", n, most)
	}
	return nil
}

// memberName is how errors call a field; one without a name by its place, counted from 1 as people do.
func memberName(f *Field, i int) string {
	if f.Name == "" {
		return "unnamed member " + strconv.Itoa(i+1)
	}
	return "member " + f.Name
}

// roundUp gives the next multiple of align, a power of two.
func roundUp(n, align int64) int64 { return (n + align - 1) &^ (align - 1) }
