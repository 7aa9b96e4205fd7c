// This file defines the writer of definitions: records and enums back to the C that lays them out.

package types

import (
	"fmt"
	"strings"
)

// Define writes the C that defines a struct, union or enum, or a typedef of one, with all that it needs to be
// laid out: the records and enums it consists of and the typedefs it uses, in the order C wants them. GCC and
// clang lay the text out as Target.Record does. Names such as size_t are left to their headers. There is no
// C for an anonymous member with a packed attribute of its own; the attribute is left out.
//
//	struct point {
//		int x;
//		int y : 3;
//	};
//
// A type with nothing to define, int or a pointer to a struct, gives the empty string.
func Define(t *Type) string {
	d := definer{known: map[any]bool{}}
	d.need(t, true)
	if (t.Kind.Aggregate() || t.Kind == Enum) && t.Name == "" {
		d.write(t.Record, func() string { return d.definition(t) })
	}
	return strings.TrimSuffix(d.text.String(), "\n")
}

type definer struct {
	text   strings.Builder
	known  map[any]bool // *Record, and the names of enums and typedefs: what is written, or being written
	inside *outer       // records without a tag, which are written where they are used
	pack   int64        // what #pragma pack is at this place
}

// need writes what has to stand before a declaration with t in it. What is only pointed to need not be whole.
func (d *definer) need(t *Type, whole bool) {
	switch t.Kind {
	case Typedef:
		if t.Elem == nil {
			return
		}
		if d.first("typedef " + t.Name) {
			d.need(t.Elem, false)
			d.write(untagged(t.Elem), func() string { return "typedef " + declare(t.Elem, t.Name, d.specifier, new(int)) })
		}
		if whole && untagged(t.Elem) == nil {
			d.need(t.Elem, true)
		}
	case Pointer:
		d.need(t.Elem, false)
	case Array:
		d.need(t.Elem, true)
	case Func:
		d.need(t.Elem, false)
		for _, p := range t.Params {
			d.need(p.Type, false)
			d.announce(p.Type)
		}
	case Enum:
		if t.Name != "" && d.first("enum "+t.Name) {
			d.write(nil, func() string { return d.definition(t) })
		}
	case Struct, Union:
		if t.Record == nil || !whole && t.Name != "" || !d.first(t.Record) {
			return
		}
		for _, f := range t.Record.Fields {
			if f.Type != nil {
				d.need(f.Type, true)
			}
		}
		if t.Name != "" {
			d.write(t.Record, func() string { return d.definition(t) })
		}
	}
}

// announce declares the tag of a parameter's record: one met first between the parentheses ends with them (C11 6.2.1p4).
func (d *definer) announce(t *Type) {
	for t.Kind == Pointer || t.Kind == Array {
		t = t.Elem
	}
	if t.Kind.Aggregate() && t.Name != "" && !d.known[t.Record] && d.first(specifier(Unqualified(t))) {
		d.write(nil, func() string { return specifier(Unqualified(t)) })
	}
}

// first reports whether key is met for the first time.
func (d *definer) first(key any) bool {
	was := d.known[key]
	d.known[key] = true
	return !was
}

func (d *definer) write(rec *Record, text func() string) {
	d.text.WriteString(d.declaration(rec, text))
}

// declaration ends a declaration, and puts it under the #pragma pack that the record defined in it asks for.
func (d *definer) declaration(rec *Record, text func() string) string {
	if rec == nil || rec.Pack == d.pack {
		return text() + ";\n"
	}
	defer func(was int64) { d.pack = was }(d.pack)
	d.pack = rec.Pack
	return fmt.Sprintf("#pragma pack(push, %d)\n%s;\n#pragma pack(pop)\n", rec.Pack, text())
}

// specifier is what a declaration starts from: what has no tag is defined on the spot.
func (d *definer) specifier(t *Type) string {
	if (t.Kind.Aggregate() || t.Kind == Enum) && t.Name == "" {
		return d.definition(t)
	}
	return specifier(t)
}

// definition writes a record or enum with its members: "struct s {", lines, "}".
func (d *definer) definition(t *Type) string {
	t = Unqualified(t)
	head, lines := t.Kind.String(), strings.Builder{}
	switch {
	case t.Kind == Enum && len(t.Values) > 0:
		head += enumAttribute(t)
		for _, v := range t.Values {
			fmt.Fprintf(&lines, "%s = %s,\n", v.Name, constant(t, v.Value))
		}
	case t.Kind != Enum && t.Record != nil && t.Record.Given != nil:
		// There is no C that puts the members there; bytes of that size can at least be pointed to and copied.
		g := t.Record.Given
		head += attributes([]string{fmt.Sprintf("aligned(%d)", g.Align)})
		fmt.Fprintf(&lines, "unsigned char bytes[%d]; // %s\n", g.Size, strings.ReplaceAll(g.Why, "\n", " "))
	case t.Kind != Enum && t.Record != nil && t.Record.Complete && !d.inside.has(t.Record):
		head += recordAttributes(t.Record)
		d.inside = &outer{t.Record, d.inside}
		for _, f := range t.Record.Fields {
			if f.Type != nil {
				lines.WriteString(d.declaration(untagged(f.Type), func() string { return d.member(&f) }))
			}
		}
		d.inside = d.inside.next
	default:
		return specifier(t)
	}
	if t.Name != "" {
		head += " " + t.Name
	}
	body := strings.ReplaceAll("\n"+lines.String(), "\n", "\n\t")
	return head + " {" + strings.TrimSuffix(body, "\t") + "}"
}

func (d *definer) member(f *Field) string {
	text := declare(f.Type, f.Name, d.specifier, new(int))
	if f.BitField {
		text += fmt.Sprintf(" : %d", f.Bits)
	}
	if f.anonymous() != nil {
		// Attributes after the brace would be the record's own. _Alignas may only raise (C11 6.7.5p4).
		if f.Align > 1 && f.Align >= Host().Align(f.Type) {
			return fmt.Sprintf("_Alignas(%d) %s", f.Align, text)
		}
		return text
	}
	var list []string
	if f.Packed {
		list = append(list, "packed")
	}
	if f.Align > 0 {
		list = append(list, fmt.Sprintf("aligned(%d)", f.Align))
	}
	return text + attributes(list)
}

func recordAttributes(rec *Record) string {
	var list []string
	if rec.Packed {
		list = append(list, "packed")
	}
	if rec.Align > 0 {
		list = append(list, fmt.Sprintf("aligned(%d)", rec.Align))
	}
	switch rec.Rules {
	case GCC:
		list = append(list, "gcc_struct")
	case MS:
		list = append(list, "ms_struct")
	}
	if rec.BigEndian {
		list = append(list, `scalar_storage_order("big-endian")`)
	}
	return attributes(list)
}

// enumAttribute gives an enum its size where GCC would choose another: the first of int, unsigned int, long
// and unsigned long that holds all values (GCC, "Structures Unions Enumerations and Bit-Fields Implementation").
func enumAttribute(t *Type) string {
	if t.Elem == nil {
		return ""
	}
	least, most := int64(0), uint64(0)
	signed := Host().Signed(t.Elem)
	for _, v := range t.Values {
		if signed && v.Value < 0 {
			least = min(least, v.Value)
		} else {
			most = max(most, uint64(v.Value))
		}
	}
	usual := int64(4)
	if least < -1<<31 || most >= 1<<32 || least < 0 && most >= 1<<31 {
		usual = 8
	}
	size := Host().Size(t.Elem)
	mode, ok := map[int64]string{1: "mode(QI)", 2: "mode(HI)", 4: "mode(SI)", 8: "mode(DI)"}[size]
	if size == usual || !ok {
		return ""
	}
	return attributes([]string{mode})
}

// constant writes a value of an enum. The least int64 has no constant of its own: C reads a minus and a number too large.
func constant(t *Type, value int64) string {
	switch {
	case t.Elem != nil && !Host().Signed(t.Elem) && value < 0:
		return fmt.Sprintf("%dU", uint64(value))
	case value == -1<<63:
		return "-9223372036854775807 - 1"
	}
	return fmt.Sprint(value)
}

func attributes(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return " __attribute__((" + strings.Join(list, ", ") + "))"
}

// untagged is the record without a tag that a declaration with t in it defines on the way; nil for none.
func untagged(t *Type) *Record {
	for t.Kind == Pointer || t.Kind == Array || t.Kind == Func {
		t = t.Elem
	}
	if !t.Kind.Aggregate() || t.Name != "" {
		return nil
	}
	return t.Record
}
