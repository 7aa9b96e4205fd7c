// This file defines records, C's structs and unions, and how their members are found. layout.go says where
// the members lie.

package types

import (
	"errors"
	"sync"
)

// Record is what a struct or union consists of. Complete is false until its members are known; then
// nothing of it changes any more, because layouts are kept. Records are shared by address, never copied.
type Record struct {
	Fields    []Field
	Complete  bool
	Packed    bool  // __attribute__((packed)): members follow each other without padding, bit-fields bit by bit
	Pack      int64 // #pragma pack(n), ctypes' _pack_: the most a member is aligned to, in bytes; 0 for no limit
	Align     int64 // _Alignas, __attribute__((aligned(n))), ctypes' _align_: the least the record is aligned to, in bytes
	Rules     Rules // how bit-fields share storage
	BigEndian bool  // __attribute__((scalar_storage_order("big-endian"))), ctypes' BigEndianStructure
	Given     *Given

	layouts sync.Map // *Target -> *RecordLayout, once complete
}

// Given is a layout that does not follow from the members by the rules of a C compiler, as debug information tells
// it of a class of C++ or of a record with attributes it does not tell. The members lie where it says and can be used
// in memory. Such a record is not passed by value: what decides how is not known.
type Given struct {
	Size, Align int64
	Fields      []FieldLayout // one a Field
	Why         string        // what keeps it from being passed: "it is a class of C++ with a base class"
}

// Rules says by whose rules bit-fields are laid out.
type Rules uint8

const (
	HostRules Rules = iota // those of the target's own compiler: Microsoft's on Windows, System V's elsewhere
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

// RecordLayout is a record laid out for a target. It is shared: whoever asks gets the same one.
type RecordLayout struct {
	Size, Align int64         // in bytes
	Fields      []FieldLayout // one a Field, in order

	kind Kind // Struct or Union: what the record was laid out as
}

// FieldLayout is where a member lies. A bit-field's bits are counted as the record
// numbers them: from the least significant bit of a byte on little-endian records,
// from the most significant one on big-endian ones. They may reach into any number of bytes.
type FieldLayout struct {
	Offset int64 // of a bit-field: of the byte its first bit lies in
	Size   int64 // in bytes; of a bit-field: of its declared type; of a flexible array: 0
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

// SetFields gives a record that was declared without its members those members (C11 6.7.2.3p4), so that they
// may point to the record itself. A record that has its members already is an error. Whether the
// members can be laid out is found by Target.Record.
func (r *Record) SetFields(fields []Field) error {
	if r.Complete {
		return errors.New("the record has its members already")
	}
	r.Fields, r.Complete = fields, true
	return nil
}

// Reset takes the members back that SetFields gave, and forgets how they were laid out: for a declaration that turns out
// not to hold. Whoever has a layout already must not use it any more.
func (r *Record) Reset() {
	r.Fields, r.Complete = nil, false
	r.Packed, r.Pack, r.Align, r.Rules, r.BigEndian = false, 0, 0, HostRules, false
	r.layouts.Clear()
}

// Member finds a member of a struct or union by name, going into anonymous members as C11 6.7.2.1p13 does.
// The path is the index of the field at each record on the way down. Typedefs of one's own are followed.
func (ty *Type) Member(name string) (path []int, ok bool) {
	rec := aggregate(ty)
	if rec == nil || name == "" {
		return nil, false
	}
	path = rec.member(name, nil)
	return path, path != nil
}

// outer lists the records around the one at work: a record that holds itself must not be followed for ever.
type outer struct {
	rec  *Record
	next *outer
}

func (o *outer) has(rec *Record) bool {
	for ; o != nil; o = o.next {
		if o.rec == rec {
			return true
		}
	}
	return false
}

func (r *Record) member(name string, around *outer) []int {
	if around.has(r) {
		return nil
	}
	for i, f := range r.Fields {
		if f.Name == name {
			return []int{i}
		}
		if inner := f.anonymous(); inner != nil {
			if path := inner.member(name, &outer{r, around}); path != nil {
				return append([]int{i}, path...)
			}
		}
	}
	return nil
}

// anonymous is the record of a member whose own members belong to the record around it, nil for all others.
func (f *Field) anonymous() *Record {
	if f.Name != "" || f.BitField {
		return nil
	}
	return aggregate(f.Type)
}

// aggregate is the record behind a struct, a union or a typedef of one; nil for other types.
func aggregate(ty *Type) *Record {
	for ty != nil && ty.Kind == Typedef {
		ty = ty.Elem
	}
	if ty == nil || !ty.Kind.Aggregate() {
		return nil
	}
	return ty.Record
}
