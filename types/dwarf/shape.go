// This file defines shapes: what tells whether types that two units describe are the same one.

package dwarf

import (
	dw "debug/dwarf"
	"fmt"
	"hash/maphash"
	"io"
)

// shape stands for all that a type's entries say which matters to C: names, sizes, places, and the shapes of the
// types it is made of. It does not depend on how a compiler words things or on the version of DWARF. What has
// a name and is behind a pointer counts by its name only: records refer to themselves, and libraries hide what is
// there from some of their units.
//
// It is a hash of 128 bits. The seeds are the process's own, so no file can be made whose shapes collide.
type shape [2]uint64

var shapeSeeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

type shapeKey struct {
	r       ref
	pointed bool // a pointer leads to it
}

// shapes remembers the shapes of entries.
type shapes struct {
	m     *maker
	known map[shapeKey]shape
	busy  map[shapeKey]bool
}

// deepest is how many types may be inside of each other, far beyond what compilers take.
const deepest = 300

// of gives the shape of the type at r; 0 is void.
func (s *shapes) of(r ref, pointed bool) (sum shape, err error) {
	if r == 0 {
		return shape{}, nil
	}
	key := shapeKey{r, pointed}
	if known, ok := s.known[key]; ok {
		return known, nil
	}
	if s.busy[key] || len(s.busy) > deepest {
		return shape{}, s.m.circle(r)
	}
	s.busy[key] = true
	defer delete(s.busy, key)
	e, err := s.m.entry(r)
	if err != nil {
		return shape{}, err
	}
	var high, low maphash.Hash
	high.SetSeed(shapeSeeds[0])
	low.SetSeed(shapeSeeds[1])
	if err := s.write(io.MultiWriter(&high, &low), &e, pointed); err != nil {
		return shape{}, err
	}
	sum = shape{high.Sum64(), low.Sum64()}
	s.known[key] = sum
	return sum, nil
}

// tagOf is the entry's tag as C has it: a class is a struct.
func tagOf(e *entry) dw.Tag {
	if e.tag == dw.TagClassType {
		return dw.TagStructType
	}
	return e.tag
}

// tagged reports whether an entry is a record or an enum.
func tagged(e *entry) bool {
	switch tagOf(e) {
	case dw.TagStructType, dw.TagUnionType, dw.TagEnumerationType:
		return true
	}
	return false
}

func (s *shapes) write(h io.Writer, e *entry, pointed bool) error {
	name := e.text(dw.AttrName)
	switch {
	case e.tag == dw.TagBaseType:
		t, err := s.m.base(e)
		if err != nil {
			_, err = fmt.Fprintf(h, "%q", name)
			return err
		}
		_, err = fmt.Fprintf(h, "%s", t)
		return err
	case e.tag == dw.TagTypedef && pointed && len(name) > 0:
		_, err := fmt.Fprintf(h, "typedef %q", name)
		return err
	case !tagged(e):
		return s.other(h, e, name, pointed)
	}
	fmt.Fprintf(h, "%d %q", tagOf(e), name)
	if pointed && len(name) > 0 {
		return nil
	}
	size, _ := e.number(dw.AttrByteSize)
	align, _ := e.number(dw.AttrAlignment)
	fmt.Fprintf(h, " %d %d %t %q", size, align, e.flag(dw.AttrDeclaration), s.m.classFlaw(e))
	if len(name) == 0 {
		// Of two without a tag only the place tells that they are not the same.
		line, _ := e.number(dw.AttrDeclLine)
		fmt.Fprintf(h, " line %d", line)
	}
	return e.each(func(c *entry) error {
		switch c.tag {
		case dw.TagEnumerator:
			value, _ := c.number(dw.AttrConstValue)
			fmt.Fprintf(h, "\n%q %d", c.text(dw.AttrName), value)
		case dw.TagMember, dw.TagInheritance:
			m, err := s.m.place(c)
			if err != nil {
				return err
			}
			fmt.Fprintf(h, "\n%d %q %d %d %d %t", c.tag, c.text(dw.AttrName), m.bit, m.width, m.align, m.bitField)
			return s.typeOf(h, c, false)
		}
		return nil
	})
}

// other writes the types that are made of others: pointers, arrays, functions, typedefs, qualifiers.
func (s *shapes) other(h io.Writer, e *entry, name []byte, pointed bool) error {
	align, _ := e.number(dw.AttrAlignment)
	fmt.Fprintf(h, "%d %q %d %t ", e.tag, name, align, e.has(attrGNUVector))
	function := e.tag == dw.TagSubroutineType
	switch e.tag {
	case dw.TagPointerType, dw.TagReferenceType, dw.TagRvalueReferenceType:
		pointed = true
	}
	pointed = pointed || function
	if err := s.typeOf(h, e, pointed); err != nil || e.tag == dw.TagTypedef {
		return err
	}
	if function {
		fmt.Fprintf(h, " %t", e.flag(dw.AttrPrototyped))
	}
	return e.each(func(c *entry) error {
		fmt.Fprintf(h, "\n%d", c.tag)
		switch c.tag {
		case dw.TagSubrangeType:
			n, known, err := s.m.count(c)
			fmt.Fprintf(h, " %d %t %v", n, known, err != nil)
		case dw.TagFormalParameter:
			return s.typeOf(h, c, pointed)
		}
		return nil
	})
}

// typeOf writes the shape of the type an entry has.
func (s *shapes) typeOf(h io.Writer, e *entry, pointed bool) error {
	r, err := e.ref(dw.AttrType)
	if err != nil {
		return err
	}
	inner, err := s.of(r, pointed)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(h, inner)
	return err
}

// leads finds the records that the pointers in a record lead to, those its unit defines itself, by tag.
func (s *shapes) leads(r ref) (map[string]ref, error) {
	found := map[string]ref{}
	return found, s.follow(r, false, found, map[shapeKey]bool{})
}

func (s *shapes) follow(r ref, pointed bool, found map[string]ref, seen map[shapeKey]bool) error {
	key := shapeKey{r, pointed}
	if r == 0 || seen[key] || len(seen) > 50_000 {
		return nil
	}
	seen[key] = true
	e, err := s.m.entry(r)
	if err != nil {
		return err
	}
	switch {
	case e.tag == dw.TagBaseType:
		return nil
	case e.tag == dw.TagPointerType || e.tag == dw.TagReferenceType || e.tag == dw.TagSubroutineType:
		pointed = true
	case tagged(&e) && pointed && len(e.text(dw.AttrName)) > 0:
		if !e.flag(dw.AttrDeclaration) {
			found[fmt.Sprintf("%d %s", tagOf(&e), e.text(dw.AttrName))] = r
		}
		return nil
	}
	on := func(e *entry) error {
		inner, err := e.ref(dw.AttrType)
		if err != nil {
			return err
		}
		return s.follow(inner, pointed, found, seen)
	}
	if err := on(&e); err != nil || e.tag == dw.TagTypedef {
		return err
	}
	return e.each(func(c *entry) error {
		if c.tag == dw.TagMember || c.tag == dw.TagFormalParameter || c.tag == dw.TagInheritance {
			return on(c)
		}
		return nil
	})
}
