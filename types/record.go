// This file defines records, C's structs and unions, and the layout of their members.

package types

import "fmt"

// Record is what a struct or union consists of. Complete is false until its
// members are known; then nothing of it changes any more.
type Record struct {
	Fields    []Field
	Complete  bool
	Packed    bool  // __attribute__((packed)): members follow each other without padding, bit-fields bit by bit
	Pack      int64 // #pragma pack(n), ctypes' _pack_: the most a member is aligned to, in bytes; 0 for no limit
	Align     int64 // _Alignas, __attribute__((aligned(n))), ctypes' _align_: the least the record is aligned to, in bytes
	Rules     Rules // how bit-fields share storage
	BigEndian bool  // __attribute__((scalar_storage_order("big-endian"))), ctypes' BigEndianStructure
}

// Rules says by whose rules bit-fields are laid out.
type Rules uint8

const (
	HostRules Rules = iota // those of the target's own compiler
	GCC                    // System V: a bit-field may share storage with any neighbour (ctypes' "gcc-sysv")
	MS                     // Microsoft: only with bit-fields of the same size (ctypes' "ms", __attribute__((ms_struct)))
)

// Field is one member of a record.
type Field struct {
	Name     string // empty for unnamed bit-fields and for C11's anonymous members
	Type     *Type
	BitField bool
	Bits     int   // BitField: the width; 0 closes the storage unit
	Align    int64 // _Alignas of the member, in bytes; 0 for none
	Packed   bool  // __attribute__((packed)) of the member
}

// RecordLayout is a record laid out for a target.
type RecordLayout struct {
	Size, Align int64         // in bytes
	Fields      []FieldLayout // one a Field, in order
}

// FieldLayout is where a member lies. A bit-field's bits are counted as the record
// numbers them: from the least significant bit of a byte on little-endian records,
// from the most significant one on big-endian ones.
type FieldLayout struct {
	Offset int64 // of a bit-field: of the byte its first bit lies in
	Size   int64 // in bytes; of a bit-field: of its declared type
	Bit    int   // BitField: its first bit within the byte at Offset, 0 to 7
	Bits   int   // BitField: its width; 0 for what is no bit-field
}

// StructOf is a struct with the fields given; UnionOf is a union.
func StructOf(tag string, fields ...Field) *Type {
	return &Type{Kind: Struct, Name: tag, Record: &Record{Fields: fields, Complete: true}}
}

// UnionOf is a union with the fields given.
func UnionOf(tag string, fields ...Field) *Type {
	return &Type{Kind: Union, Name: tag, Record: &Record{Fields: fields, Complete: true}}
}

// Record gives the layout of a struct or union. Records whose members are not known, and
// members that have no size, are errors.
func (t *Target) Record(ty *Type) (*RecordLayout, error) {
	r := t.Resolve(ty)
	if !r.Kind.Aggregate() {
		return nil, fmt.Errorf("%s is not a struct or union", ty)
	}
	rec := r.Record
	if !rec.Complete {
		return nil, fmt.Errorf("%s has no size: its members are not known", ty)
	}
	l := &RecordLayout{Align: max(1, rec.Align)}
	end := int64(0)
	for i, f := range rec.Fields {
		size, align, err := int64(0), int64(1), error(nil)
		if e := t.Resolve(f.Type); e.Kind == Array && e.Len == Incomplete && i == len(rec.Fields)-1 {
			_, align, err = t.Layout(e.Elem)
		} else {
			size, align, err = t.Layout(f.Type)
		}
		if err != nil {
			return nil, err
		}
		if rec.Packed {
			align = 1
		}
		if r.Kind == Union {
			end = 0
		}
		end = (end + align - 1) / align * align
		l.Fields = append(l.Fields, FieldLayout{Offset: end, Size: size})
		l.Align = max(l.Align, align)
		l.Size = max(l.Size, end+size)
		end += size
	}
	l.Size = (l.Size + l.Align - 1) / l.Align * l.Align
	return l, nil
}
