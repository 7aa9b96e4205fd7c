// This file defines what has a tag, records and enums: which of several entries are one type, and what stands for
// one that a unit only declares.

package dwarf

import (
	dw "debug/dwarf"
	"fmt"

	"dlsh/types"
)

// variant is one definition of a tag.
type variant struct {
	shape shape
	at    ref
	leads map[string]ref // to which records its pointers lead; nil until asked
	t     *types.Type
}

// job is a record that is without its members yet.
type job struct {
	at   ref
	t    *types.Type
	busy bool
}

// tagged makes a record or an enum, or finds the one that another unit defines alike.
func (m *maker) tagged(r ref, e *entry, kind types.Kind) (*types.Type, error) {
	name := string(e.text(dw.AttrName))
	if e.flag(dw.AttrDeclaration) {
		return m.declared(tagOf(e), kind, name)
	}
	key := fmt.Sprintf("%d %s", tagOf(e), name)
	v := &variant{at: r}
	var err error
	if v.shape, err = m.shapes.of(r, false); err != nil {
		return nil, err
	}
	for _, other := range m.known[key] {
		if other.shape != v.shape {
			continue
		}
		if agree, err := m.agree(v, other); err != nil || agree {
			return other.t, err
		}
	}
	if kind == types.Enum {
		v.t, err = m.enum(e, name)
	} else {
		v.t = &types.Type{Kind: kind, Name: name, Record: &types.Record{}}
		j := &job{at: r, t: v.t}
		m.jobs[v.t.Record] = j
		m.waiting = append(m.waiting, j)
	}
	if err != nil {
		return nil, err
	}
	m.known[key] = append(m.known[key], v)
	return v.t, nil
}

// agree compares what the pointers of two records of one shape lead to: two units may each have a struct item of
// their own, and a struct list with a pointer to it.
func (m *maker) agree(a, b *variant) (bool, error) {
	for _, v := range []*variant{a, b} {
		if v.leads == nil {
			var err error
			if v.leads, err = m.shapes.leads(v.at); err != nil {
				return false, err
			}
		}
	}
	for tag, there := range b.leads {
		here, both := a.leads[tag]
		if !both || here == there {
			continue
		}
		one, err := m.shapes.of(here, false)
		if err != nil {
			return false, err
		}
		other, err := m.shapes.of(there, false)
		if err != nil || one != other {
			return false, err
		}
	}
	return true, nil
}

// declared finds the definition of a tag that is only declared where it is used. Where there is none, or several
// that differ, it stays without members: one type for all that mention it.
func (m *maker) declared(tag dw.Tag, kind types.Kind, name string) (*types.Type, error) {
	key := fmt.Sprintf("%d %s", tag, name)
	if t, ok := m.found[key]; ok {
		return t, nil
	}
	if name != "" {
		at, others, err := m.definition(tag, name)
		if err == nil && at != 0 && others == 0 {
			if t, err := m.typeAt(at); err == nil {
				m.found[key] = t
				return t, nil
			}
		}
	}
	t := &types.Type{Kind: kind, Name: name, Record: &types.Record{}}
	if kind == types.Enum {
		t.Record = nil
	}
	m.found[key] = t
	return t, nil
}

// definition finds what defines a tag or a typedef; 0 for nothing. others counts definitions that differ from it.
func (m *maker) definition(tag dw.Tag, name string) (at ref, others int, err error) {
	list, err := m.definitions(tag, name)
	if err != nil || len(list) == 0 {
		return 0, 0, err
	}
	return list[0], len(list) - 1, nil
}

// definitions finds what defines a tag or a typedef, one of each shape. A typedef of a tag is the same in a unit
// that defines the tag and in one that does not.
func (m *maker) definitions(tag dw.Tag, name string) (list []ref, err error) {
	seen := map[shape]bool{}
	for _, r := range m.info.index.types[tag][name] {
		of, typedef := r, tag == dw.TagTypedef
		if typedef {
			e, err := m.file.entry(r)
			if err != nil {
				return nil, err
			}
			if of, err = e.ref(dw.AttrType); err != nil {
				return nil, err
			}
		}
		s, err := m.shapes.of(of, typedef)
		if err != nil {
			return nil, err
		}
		if !seen[s] {
			seen[s] = true
			list = append(list, r)
		}
	}
	return list, nil
}

// enum makes an enum with its names. The type behind is the one the debug information gives or, before DWARF 3,
// the one GCC takes: unsigned unless a value is negative.
func (m *maker) enum(e *entry, name string) (*types.Type, error) {
	size, ok := e.number(dw.AttrByteSize)
	t := &types.Type{Kind: types.Enum, Name: name}
	signed := false
	err := e.each(func(c *entry) error {
		if c.tag != dw.TagEnumerator {
			return nil
		}
		v := c.value(dw.AttrConstValue)
		n, known := c.number(dw.AttrConstValue)
		if !known {
			return &Unusable{Why: fmt.Sprintf("enum %s: %s has a value of more than 64 bits", name, named(c, "a name"))}
		}
		signed = signed || n < 0 && (v.form == formSdata || v.form == formImplicitConst)
		t.Values = append(t.Values, types.Enumerator{Name: string(c.text(dw.AttrName)), Value: n})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if e.has(dw.AttrType) {
		behind, err := m.typeOf(e)
		if err != nil {
			return nil, err
		}
		r := m.target.Resolve(behind)
		if !r.Kind.Integer() {
			return nil, &Unusable{Why: fmt.Sprintf("enum %s counts in %s, which is no integer", name, behind)}
		}
		t.Elem = types.Of(r.Kind)
		if !ok {
			size = m.target.Size(t.Elem)
		}
	} else {
		if encoding, ok := e.number(dw.AttrEncoding); ok {
			signed = encoding == encodingSigned || encoding == encodingSignedChar
		}
		t.Elem = m.integer(size, signed)
	}
	if t.Elem == nil || m.target.Size(t.Elem) != size {
		return nil, &Unusable{Why: fmt.Sprintf("enum %s of %d bytes is not supported", name, size)}
	}
	// Values may be stored as wide as the type and without a sign.
	for i, v := range t.Values {
		if shift := 64 - 8*size; m.target.Signed(t.Elem) {
			t.Values[i].Value = v.Value << shift >> shift
		}
	}
	return t, nil
}

// finish gives all records that were met their members.
func (m *maker) finish() {
	for len(m.waiting) > 0 {
		j := m.waiting[0]
		m.waiting = m.waiting[1:]
		m.complete(j, 0)
	}
}
