// This file defines maker, which turns entries into types: names, pointers, arrays, functions and enums. record.go
// has the records, base.go the numbers.

package dwarf

import (
	dw "debug/dwarf"
	"errors"
	"fmt"

	"dlsh/types"
)

// maker makes types from entries, and the same type from the same entry.
type maker struct {
	info    *Info
	file    *file
	target  *types.Target
	shapes  *shapes
	made    map[ref]*types.Type
	failed  map[ref]error
	busy    map[ref]bool
	known   map[string][]*variant // records and enums by kind and tag
	found   map[string]*types.Type
	jobs    map[*types.Record]*job // records that have no members yet
	waiting []*job
}

func newMaker(i *Info) *maker {
	m := &maker{info: i, file: i.file, target: i.target, made: map[ref]*types.Type{}, failed: map[ref]error{}, busy: map[ref]bool{},
		known: map[string][]*variant{}, found: map[string]*types.Type{}, jobs: map[*types.Record]*job{}}
	m.shapes = &shapes{m: m, known: map[shapeKey]shape{}, busy: map[shapeKey]bool{}}
	return m
}

// circle is the error of a type that consists of itself.
func (m *maker) circle(r ref) error {
	return fmt.Errorf("%s: the type at 0x%x consists of itself", m.file.path, uint64(r&^(inAlt|inTypes)))
}

// typeAt makes the type at a place; 0 is void. Records may still be without their members: finish gives them those.
func (m *maker) typeAt(r ref) (*types.Type, error) {
	if r == 0 {
		return types.Of(types.Void), nil
	}
	if t, ok := m.made[r]; ok {
		return t, nil
	}
	if err, ok := m.failed[r]; ok {
		return nil, err
	}
	if m.busy[r] || len(m.busy) > deepest {
		return nil, m.circle(r)
	}
	m.busy[r] = true
	defer delete(m.busy, r)
	e, err := m.entry(r)
	if err != nil {
		return nil, err
	}
	t, err := m.make(e.u.ref(e.at), &e)
	if err != nil {
		m.failed[r] = err
		return nil, err
	}
	m.made[r] = t
	return t, nil
}

// entry reads the entry of a type. One may stand for another, which is in a unit of its own (-fdebug-types-section).
func (m *maker) entry(r ref) (entry, error) {
	e, err := m.file.entry(r)
	if err != nil || !e.has(dw.AttrSignature) {
		return e, err
	}
	if r, err = e.ref(dw.AttrSignature); err != nil {
		return e, err
	}
	return m.file.entry(r)
}

// typeOf makes the type of a member, a parameter or whatever else has one.
func (m *maker) typeOf(e *entry) (*types.Type, error) {
	r, err := e.ref(dw.AttrType)
	if err != nil {
		return nil, err
	}
	return m.typeAt(r)
}

func (m *maker) make(r ref, e *entry) (*types.Type, error) {
	switch e.tag {
	case dw.TagBaseType:
		return m.base(e)
	case dw.TagPointerType, dw.TagReferenceType, dw.TagRvalueReferenceType:
		// A reference of C++ is passed and kept as the address of what it refers to.
		return m.pointer(e)
	case dw.TagConstType:
		return m.qualified(e, true, false)
	case dw.TagVolatileType:
		return m.qualified(e, false, true)
	case dw.TagRestrictType:
		return m.typeOf(e)
	case dw.TagAtomicType:
		t, err := m.typeOf(e)
		if err == nil && m.target.Resolve(t).Kind.Aggregate() {
			return nil, &Unusable{Why: fmt.Sprintf("_Atomic(%s) is not supported", t)}
		}
		return t, err
	case dw.TagTypedef:
		return m.typedef(e)
	case dw.TagArrayType:
		return m.array(e)
	case dw.TagSubroutineType:
		return m.function(e, e, false)
	case dw.TagEnumerationType:
		return m.tagged(r, e, types.Enum)
	case dw.TagStructType, dw.TagClassType:
		return m.tagged(r, e, types.Struct)
	case dw.TagUnionType:
		return m.tagged(r, e, types.Union)
	case dw.TagUnspecifiedType:
		return nil, &Unusable{Why: fmt.Sprintf("%s is no type of C", named(e, "a type that is not given"))}
	case dw.TagPtrToMemberType:
		return nil, &Unusable{Why: "a pointer to a member of a C++ class is no type of C"}
	}
	return nil, &Unusable{Why: fmt.Sprintf("%s is no type of C (%v)", named(e, "it"), e.tag)}
}

// named is the name of an entry, or another word where it has none.
func named(e *entry, other string) string {
	if name := e.text(dw.AttrName); len(name) > 0 {
		return string(name)
	}
	return other
}

func (m *maker) pointer(e *entry) (*types.Type, error) {
	if size, ok := e.number(dw.AttrByteSize); ok && size != m.target.Size(types.PointerTo(types.Of(types.Void))) {
		return nil, &Unusable{Why: fmt.Sprintf("a pointer of %d bytes is not supported", size)}
	}
	to, err := m.typeOf(e)
	var unusable *Unusable
	if errors.As(err, &unusable) {
		to, err = types.Of(types.Void), nil // an address is an address
	}
	if err != nil {
		return nil, err
	}
	return types.PointerTo(to), nil
}

func (m *maker) qualified(e *entry, isConst, isVolatile bool) (*types.Type, error) {
	t, err := m.typeOf(e)
	if err != nil {
		return nil, err
	}
	return qualify(t, isConst, isVolatile), nil
}

// qualify gives a type qualifiers where C has them: those of an array are its elements' (C11 6.7.3p9), a
// function has none; GCC once wrote noreturn as volatile.
func qualify(t *types.Type, isConst, isVolatile bool) *types.Type {
	switch t.Kind {
	case types.Func:
		return t
	case types.Array:
		return types.ArrayOf(qualify(t.Elem, isConst, isVolatile), t.Len)
	}
	return types.Qualified(t, isConst, isVolatile)
}

// typedef makes a name for a type. Names such as size_t stay the target's own where both mean the same.
func (m *maker) typedef(e *entry) (*types.Type, error) {
	t, err := m.typeOf(e)
	if err != nil {
		return nil, err
	}
	name := string(e.text(dw.AttrName))
	if name == "" {
		return t, nil
	}
	if own, ok := m.target.Named(name); ok && m.target.Resolve(own).Kind == m.target.Resolve(t).Kind {
		return own, nil
	}
	return &types.Type{Kind: types.Typedef, Name: name, Elem: t}, nil
}

// array makes an array of as many dimensions as the entry has, or a vector.
func (m *maker) array(e *entry) (*types.Type, error) {
	t, err := m.typeOf(e)
	if err != nil {
		return nil, err
	}
	if e.has(dw.AttrStride) || e.has(dw.AttrStrideSize) || e.has(dw.AttrDataLocation) {
		return nil, &Unusable{Why: "an array whose elements do not follow each other is no type of C"}
	}
	var lengths []int64
	err = e.each(func(c *entry) error {
		if c.tag != dw.TagSubrangeType {
			return &Unusable{Why: "an array that is counted by an enum is no type of C"}
		}
		n, known, err := m.count(c)
		if !known {
			n = types.Incomplete
		}
		lengths = append(lengths, n)
		if len(lengths) > deepest {
			return m.circle(e.u.ref(e.at))
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case len(lengths) == 0:
		return nil, e.u.damaged(e.at, "an array without a dimension")
	case e.flag(attrGNUVector):
		if len(lengths) != 1 || lengths[0] <= 0 || !(m.target.Resolve(t).Kind.Integer() || m.target.Resolve(t).Kind.Floating()) {
			return nil, &Unusable{Why: "a SIMD vector, which is not supported"}
		}
		return &types.Type{Kind: types.Vector, Elem: t, Len: lengths[0]}, nil
	}
	for i := len(lengths) - 1; i >= 0; i-- {
		if i > 0 && lengths[i] == types.Incomplete {
			return nil, &Unusable{Why: "an array of arrays whose length is only known when the program runs"}
		}
		t = types.ArrayOf(t, lengths[i])
	}
	return t, nil
}

// count is how many elements a dimension has; not known of flexible arrays and of those whose length the program
// works out.
func (m *maker) count(c *entry) (n int64, known bool, err error) {
	lower, hasLower := c.number(dw.AttrLowerBound)
	if hasLower && lower != 0 {
		return 0, false, &Unusable{Why: fmt.Sprintf("an array that counts from %d is no type of C", lower)}
	}
	if n, known = c.number(dw.AttrCount); !known {
		n, known = c.number(dw.AttrUpperBound)
		if v := c.value(dw.AttrUpperBound); known && v.form == formData4 {
			n = int64(int32(n)) // -1 for an array of none, of old compilers
		}
		n++
	}
	if known && n < 0 {
		return 0, false, c.u.damaged(c.at, "an array of %d elements", n)
	}
	return n, known, nil
}

// function makes the type of a function, or of what a pointer to one leads to. Its parameters are the children
// of e; the result may be said by another entry, and so may that it has a prototype.
func (m *maker) function(e, result *entry, prototyped bool) (*types.Type, error) {
	prototyped = prototyped || e.flag(dw.AttrPrototyped) || families[e.u.language]
	to, err := m.typeOf(result)
	if err != nil {
		return nil, within(err, "result")
	}
	switch cc, ok := result.number(dw.AttrCalling); {
	case ok && cc != 1 && cc != 2: // DW_CC_normal, DW_CC_program
		return nil, &Unusable{Why: fmt.Sprintf("it is called by a convention of its own (DW_AT_calling_convention %d)", cc)}
	}
	f := &types.Type{Kind: types.Func, Elem: to}
	err = e.each(func(c *entry) error {
		switch c.tag {
		case dw.TagFormalParameter:
			p, err := m.parameter(c)
			if err != nil {
				return within(err, fmt.Sprintf("parameter %d%s", len(f.Params)+1, inParentheses(p.Name)))
			}
			if !prototyped {
				p.Type = m.promoted(p.Type)
			}
			f.Params = append(f.Params, p)
		case dw.TagUnspecifiedParameters:
			f.Variadic = true
		case tagFormalParameterPack:
			return &Unusable{Why: "it is an instance of a C++ template"}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !prototyped && len(f.Params) == 0 {
		f.NoProto, f.Variadic = true, false
	}
	return f, nil
}

const tagFormalParameterPack = 0x4107

func inParentheses(name string) string {
	if name == "" {
		return ""
	}
	return " (" + name + ")"
}

// parameter reads a parameter; name and type may be those of the one it is an instance of.
func (m *maker) parameter(c *entry) (p types.Param, err error) {
	for hops := 0; ; hops++ {
		if c.flag(dw.AttrArtificial) {
			return p, &Unusable{Why: "it is there for C++ only"}
		}
		if p.Name == "" {
			p.Name = string(c.text(dw.AttrName))
		}
		next, err := c.origin()
		if err != nil {
			return p, err
		}
		if c.has(dw.AttrType) || next == 0 {
			break
		}
		if hops == mostHops {
			return p, c.u.damaged(c.at, "the entry is an instance of an instance without end")
		}
		origin, err := m.file.entry(next)
		if err != nil {
			return p, err
		}
		c = &origin
	}
	if !c.has(dw.AttrType) {
		return p, &Unusable{Why: "it has no type"}
	}
	if m.transparent(c) {
		p.Type = types.PointerTo(types.Of(types.Void))
		return p, nil
	}
	p.Type, err = m.typeOf(c)
	return p, err
}

// transparent tells a parameter of a transparent union by what GCC leaves of it: a union as large as a pointer, without
// members. It is there to take one of several pointers, and passed like one (GCC, "Common Type Attributes").
func (m *maker) transparent(c *entry) bool {
	for range mostHops {
		r, err := c.ref(dw.AttrType)
		if r == 0 || err != nil {
			return false
		}
		e, err := m.entry(r)
		if err != nil {
			return false
		}
		c = &e
		switch e.tag {
		case dw.TagTypedef:
		case dw.TagUnionType:
			size, _ := e.number(dw.AttrByteSize)
			return !e.children && !e.flag(dw.AttrDeclaration) && size == m.target.Size(types.PointerTo(types.Of(types.Void)))
		default:
			return false
		}
	}
	return false
}

// promoted is what a parameter of a function without a prototype is passed as (C11 6.5.2.2p6).
func (m *maker) promoted(t *types.Type) *types.Type {
	r := m.target.Resolve(t)
	switch {
	case r.Kind == types.Float:
		return types.Of(types.Double)
	case r.Kind.Integer() && m.target.Size(t) < m.target.Size(types.Of(types.Int)):
		return types.Of(types.Int)
	}
	return t
}

// within says where in a type something is that cannot be used.
func within(err error, where string) error {
	var u *Unusable
	if !errors.As(err, &u) {
		return err
	}
	if u.What != "" {
		where += ": " + u.What
	}
	return &Unusable{What: where, Why: u.Why}
}
