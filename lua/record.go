// This file defines records: struct and union types made in Lua by Structure, Union and their kin.

package lua

import (
	"errors"
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/types"
)

// record is what a struct or union type consists of. Its members are given once;
// until then the type is incomplete, and only pointers to it can be made.
type record struct {
	kind     types.Kind
	big      bool // BigEndianStructure, BigEndianUnion
	base     *ctype
	fields   []*field          // in order, those of the base first
	byName   map[string]*field // what may stand behind a dot: the fields, and what is reached through anonymous ones
	options  recordOptions
	complete bool
	declared bool             // in C or by debug information, not in Lua
	made     []types.Field    // what its members were made of, for one that is declared
	why      error            // why they cannot be had, though C has them
	likes    map[*record]bool // the records that were held against it, see alike
}

// recordOptions are ctypes' class attributes that say how a record is laid out.
type recordOptions struct {
	pack, align int64
	rules       types.Rules
	anonymous   []string
}

// field is one member of a record.
type field struct {
	name      string
	t         *ctype
	owner     *ctype // the record that declares it, by whose order its bits are numbered
	offset    int64  // in bytes; of a bit-field: of the byte its first bit lies in
	bit, bits int    // bit-fields: the first bit in that byte and the width; bits is 0 for others
	anonymous bool
	flexible  bool // C's flexible array member: as long as the memory is
}

// The kinds of records there are.
var recordKinds = []struct {
	name  string
	kind  types.Kind
	big   bool
	usage string
}{
	{"Structure", types.Struct, false, "a struct type"},
	{"Union", types.Union, false, "a union type"},
	{"BigEndianStructure", types.Struct, true, "a struct whose members are stored high byte first"},
	{"LittleEndianStructure", types.Struct, false, "a struct whose members are stored low byte first"},
	{"BigEndianUnion", types.Union, true, "a union whose members are stored high byte first"},
	{"LittleEndianUnion", types.Union, false, "a union whose members are stored low byte first"},
}

func (s *Session) recordRows() (rows []row) {
	for _, k := range recordKinds {
		rows = append(rows, row{k.name, k.name + "(name [, {{name, T [, bits]}, ...} [, {_pack_=, _align_=, _anonymous_=, _layout_=, base=}]])",
			k.usage + "; without members it is incomplete until T._fields_ is set", func(L *glua.LState) int {
				return s.newRecord(L, k.name, k.kind, k.big)
			}})
	}
	return rows
}

// newRecord is Structure(name [, fields [, options]]).
func (s *Session) newRecord(L *glua.LState, fn string, kind types.Kind, big bool) int {
	n := 1
	name, named := L.Get(1).(glua.LString)
	if named {
		n = 2
	}
	if named && !isName(string(name)) {
		raise(L, "ValueError", "%s: argument 1: %s cannot be the name of a type", fn, describe(name))
	}
	fields, options := L.Get(n), L.Get(n+1)
	if _, ok := fields.(*glua.LTable); named && !ok && fields != glua.LNil {
		raise(L, "TypeError", "%s: argument 2: the members are wanted: {{\"x\", ctypes.c_int}, ...}, not %s", fn, describe(fields))
	} else if !named && !ok {
		raise(L, "TypeError", "%s: argument 1: a name is wanted, then the members: {{\"x\", ctypes.c_int}, ...}, not %s", fn, describe(L.Get(1)))
	}
	t := s.recordType(string(name), kind, big)
	switch o := options.(type) {
	case *glua.LNilType:
	case *glua.LTable:
		if err := s.setRecordOptions(t, o); err != nil {
			raise(L, "TypeError", "%s: %v", t.c, err)
		}
	default:
		raise(L, "TypeError", "%s: argument %d: a table of options is wanted, such as {_pack_ = 1}, not %s", fn, n+1, describe(options))
	}
	if list, ok := fields.(*glua.LTable); ok {
		if err := s.setFields(t, list); err != nil {
			raiseErr(L, "TypeError", t.c.String(), err)
		}
	}
	L.Push(t.ud)
	return 1
}

// recordType makes a record type without members.
func (s *Session) recordType(name string, kind types.Kind, big bool) *ctype {
	c := &types.Type{Kind: kind, Name: name, Record: &types.Record{BigEndian: big}}
	t := &ctype{op: opRecord, name: name, c: c, size: -1, align: -1, rec: &record{kind: kind, big: big}}
	if name == "" {
		t.name = kind.String()
	}
	return s.newType(t)
}

var recordOptionNames = []string{"_pack_", "_align_", "_anonymous_", "_layout_", "_base_"}

// setRecordOptions takes what ctypes writes as class attributes.
func (s *Session) setRecordOptions(t *ctype, options *glua.LTable) (err error) {
	options.ForEach(func(k, v glua.LValue) {
		if err == nil {
			err = s.setRecordOption(t, k.String(), v)
		}
	})
	return err
}

func (s *Session) setRecordOption(t *ctype, name string, lv glua.LValue) error {
	o := &t.rec.options
	if t.rec.complete {
		return fmt.Errorf("%s cannot be set: the members are laid out already", name)
	}
	size := func() (int64, error) {
		bits, room, err := wholeBits(lv, sizeType)
		n := int64(bits)
		if err == nil && (room != spanSigned || n > 1<<28) && !isNegative(lv) {
			return 0, fmt.Errorf("%s must be 2^28 at most, not %s", name, describe(lv))
		}
		if err != nil || room != spanSigned || n < 0 || n&(n-1) != 0 {
			return 0, fmt.Errorf("%s must be a power of two (or 0 for none), not %s", name, describe(lv))
		}
		return n, nil
	}
	switch name {
	case "_pack_":
		n, err := size()
		if err != nil {
			return err
		}
		o.pack = n
	case "_align_":
		n, err := size()
		if err != nil {
			return err
		}
		o.align = n
	case "_layout_":
		switch lv {
		case glua.LString("ms"):
			o.rules = types.MS
		case glua.LString("gcc-sysv"):
			o.rules = types.GCC
		default:
			return fmt.Errorf("_layout_ must be \"ms\" or \"gcc-sysv\", not %s", describe(lv))
		}
	case "_anonymous_":
		list, ok := lv.(*glua.LTable)
		if !ok {
			return fmt.Errorf("_anonymous_ must be a table of names, not %s", describe(lv))
		}
		o.anonymous = nil
		for i := 1; i <= list.Len(); i++ {
			o.anonymous = append(o.anonymous, list.RawGetInt(i).String())
		}
	case "base", "_base_":
		base, err := s.toType(lv)
		switch {
		case err != nil:
			return fmt.Errorf("base: %w", err)
		case base.op != opRecord || base.rec.kind != t.rec.kind:
			return fmt.Errorf("base must be a %s type, not %s", t.rec.kind, base.c)
		case !base.rec.complete:
			return fmt.Errorf("base: %s has no members yet", base.c)
		}
		t.rec.base = base
	default:
		return fmt.Errorf("unknown option %q%s", name, suggest(name, recordOptionNames))
	}
	return nil
}

// fieldSpec is one member as Lua wrote it.
type fieldSpec struct {
	name     string
	t        *ctype
	bitField bool
	bits     int
	flexible bool
}

// setFields gives a record its members, from a list of {name, type [, bits]}. On error nothing has changed.
func (s *Session) setFields(t *ctype, list *glua.LTable) error {
	r := t.rec
	if r.complete {
		return errors.New("_fields_ is final: the members are laid out already")
	}
	rec := types.Record{Pack: r.options.pack, Align: r.options.align, Rules: r.options.rules, BigEndian: r.big, Complete: true}
	if r.base != nil {
		rec.Fields = append(rec.Fields, types.Field{Type: r.base.c})
	}
	if first := strayKey(list); first != "" {
		return fmt.Errorf("the members must be a list, {{\"%s\", T}, ...}: a table has no order by names", first)
	}
	specs := make([]fieldSpec, 0, list.Len())
	for i := 1; i <= list.Len(); i++ {
		spec, err := s.fieldSpec(list.RawGetInt(i), r.big)
		if err != nil {
			return fmt.Errorf("member %d%s: %w", i, quoted(spec.name), err)
		}
		if spec.flexible && i < list.Len() {
			return fmt.Errorf("member %d%s: only the last member may be without a length", i, quoted(spec.name))
		}
		specs = append(specs, spec)
		rec.Fields = append(rec.Fields, types.Field{Name: spec.name, Type: spec.t.c, BitField: spec.bitField, Bits: spec.bits})
	}
	trial := *t.c
	trial.Record = &rec
	layout, err := s.target.Record(&trial)
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), t.c.String()+": ")) // whoever reports it says where
	}
	fields, byName, err := placeFields(t, specs, layout)
	if err != nil {
		return err
	}
	c := t.c.Record
	c.Fields, c.Pack, c.Align, c.Rules, c.Complete = rec.Fields, rec.Pack, rec.Align, rec.Rules, true
	r.fields, r.byName, r.complete = fields, byName, true
	t.size, t.align = layout.Size, layout.Align
	return nil
}

// strayKey is a key of a table that is no index of a list, or "".
func strayKey(list *glua.LTable) (name string) {
	list.ForEach(func(k, _ glua.LValue) {
		if str, ok := k.(glua.LString); ok && name == "" {
			name = string(str)
		}
	})
	return name
}

func quoted(name string) string {
	if name == "" {
		return ""
	}
	return " (" + name + ")"
}

// fieldSpec reads {name, type [, bits]}.
func (s *Session) fieldSpec(lv glua.LValue, big bool) (spec fieldSpec, err error) {
	e, ok := lv.(*glua.LTable)
	if !ok {
		return spec, fmt.Errorf("{name, type} is wanted, not %s", describe(lv))
	}
	name, ok := e.RawGetInt(1).(glua.LString)
	if !ok {
		return spec, fmt.Errorf("a name is wanted first, not %s", describe(e.RawGetInt(1)))
	}
	spec.name = string(name)
	if name != "" && !isName(spec.name) {
		return spec, fmt.Errorf("%s is no name for a member", describe(name))
	}
	if spec.t, spec.flexible, err = s.fieldType(e.RawGetInt(2)); err != nil {
		return spec, err
	}
	if lv := e.RawGetInt(3); lv != glua.LNil {
		bits, room, err := wholeBits(lv, sizeType)
		if err != nil || room != spanSigned || int64(bits) < 0 || bits > 64 {
			return spec, fmt.Errorf("a width in bits is wanted, not %s", describe(lv))
		}
		spec.bitField, spec.bits = true, int(bits)
		spec.t = spec.t.counted()
	}
	if name == "" && !spec.bitField {
		return spec, errors.New("only bit-fields may be without a name")
	}
	if big {
		spec.t, err = s.swapped(spec.t)
	}
	return spec, err
}

// fieldType is toType for a member, which may be an array without a length.
func (s *Session) fieldType(lv glua.LValue) (t *ctype, flexible bool, err error) {
	if str, ok := lv.(glua.LString); ok {
		if elem, ok := strings.CutSuffix(strings.TrimSpace(string(str)), "[]"); ok {
			e, err := s.spell(elem)
			if err != nil {
				return nil, false, err
			}
			return s.flexibleArray(e), true, nil
		}
	}
	t, err = s.toType(lv)
	switch {
	case err != nil:
	case t.op == opVoid:
		err = errors.New("void is no type for a member")
	case t.op == opRecord && !t.rec.complete:
		err = fmt.Errorf("%s has no size: its members are not known; a pointer to it will do", t.c)
	}
	return t, false, err
}

// flexibleArray is T[]: no type of its own, only the end of a record.
func (s *Session) flexibleArray(elem *ctype) *ctype {
	return s.newType(&ctype{op: opArray, name: elem.shortName() + "_Array", elem: elem,
		c: types.ArrayOf(elem.c, types.Incomplete), align: elem.align})
}

// endsOpen reports whether the type is a record that ends in an array without a length.
func (t *ctype) endsOpen() bool {
	return t.op == opRecord && len(t.rec.fields) > 0 && t.rec.fields[len(t.rec.fields)-1].flexible
}

// counted is the type a bit-field's value has: chars count like other integers there.
func (t *ctype) counted() *ctype {
	o := t.op
	switch {
	case t.op == opChar && charSigned:
		o = opInt8
	case t.op == opChar:
		o = opUint8
	case t.op == opWChar && hostTarget.Signed(t.c):
		o = opInt32
	case t.op == opWChar:
		o = opUint32
	}
	if o == t.op {
		return t
	}
	u := *t
	u.op, u.pointer, u.arrays = o, nil, nil
	return &u
}

// swapped is a type with the bytes of its numbers in the other order (ctypes' __ctype_be__).
func (s *Session) swapped(t *ctype) (*ctype, error) {
	switch {
	case t.op == opArray:
		elem, err := s.swapped(t.elem)
		if err != nil || elem == t.elem {
			return t, err
		}
		u := *t
		u.elem, u.pointer, u.arrays = elem, nil, nil
		return s.newType(&u), nil
	case t.op == opRecord, t.size == 1:
		return t, nil // a record has an order of its own
	case t.op.integer() || t.op == opWChar || t.op == opFloat32 || t.op == opFloat64:
		if t.big == nil {
			u := *t
			u.swap, u.little, u.pointer, u.arrays = true, t, nil, nil
			t.big = s.newType(&u)
		}
		return t.big, nil
	}
	return nil, fmt.Errorf("%s cannot be stored high byte first", t.c)
}

// placeFields makes the fields of a record from its members and their layout.
func placeFields(t *ctype, specs []fieldSpec, layout *types.RecordLayout) ([]*field, map[string]*field, error) {
	r := t.rec
	var fields []*field
	byName := map[string]*field{}
	add := func(name string, f *field) error {
		if byName[name] != nil {
			return fmt.Errorf("two members are called %s", name)
		}
		byName[name] = f
		return nil
	}
	own := layout.Fields
	if r.base != nil {
		own = own[1:]
		fields = append(fields, r.base.rec.fields...)
		for name, f := range r.base.rec.byName {
			byName[name] = f
		}
	}
	waiting := map[string]bool{}
	for _, name := range r.options.anonymous {
		waiting[name] = true
	}
	for i, spec := range specs {
		if spec.name == "" {
			continue // padding, in bits
		}
		f := &field{name: spec.name, t: spec.t, owner: t, offset: own[i].Offset, bit: own[i].Bit, bits: own[i].Bits,
			anonymous: waiting[spec.name], flexible: spec.flexible}
		fields = append(fields, f)
		if err := add(f.name, f); err != nil {
			return nil, nil, err
		}
		if !f.anonymous {
			continue
		}
		delete(waiting, f.name)
		if f.t.op != opRecord {
			return nil, nil, fmt.Errorf("_anonymous_: %s is of type %s; only structs and unions can be anonymous", f.name, f.t.c)
		}
		for name, inner := range f.t.rec.byName {
			through := *inner
			through.offset += f.offset
			if err := add(name, &through); err != nil {
				return nil, nil, fmt.Errorf("_anonymous_: %s: %w", f.name, err)
			}
		}
	}
	for name := range waiting {
		return nil, nil, fmt.Errorf("_anonymous_: there is no member %q", name)
	}
	return fields, byName, nil
}

// sizeless says why a record without members has no size, and what gives it one.
func (t *ctype) sizeless() string {
	if t.rec.why != nil {
		return t.rec.why.Error()
	}
	if t.rec.declared {
		return fmt.Sprintf("%s has no size: its members are not declared; ctypes.cdef(\"%s {...};\") declares them, or the header that defines it", t.c, t.c)
	}
	return fmt.Sprintf("%s has no size: its members are not known; set %s._fields_ first", t.c, t.name)
}

// derives reports whether t is a record made on top of base, however far down.
func (t *ctype) derives(base *ctype) bool {
	for t.op == opRecord {
		if t.rec == base.rec {
			return true
		}
		if t.rec.base == nil {
			return false
		}
		t = t.rec.base
	}
	return false
}

// memberList names the members of a record, those reached through anonymous ones included.
func (r *record) memberList() (names []string) {
	for name := range r.byName {
		names = append(names, name)
	}
	return names
}
