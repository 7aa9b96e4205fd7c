// This file defines Header: declarations of many types, functions and variables as one C text.

package types

import (
	"fmt"
	"slices"
	"strings"
)

// Header collects declarations and writes them as a header file has them: each definition once and before what
// needs it, so that a compiler takes the text as it is, with nothing included. Definitions come first, then the
// functions and variables in the order they were added.
//
// What C could not tell apart, or not spell, goes by another name, with a comment that says which: two
// structs of one tag, an enumerator of two enums, a member called int, the tag box<int> of C++. A record without
// a tag that is used in several places gets one.
type Header struct {
	Whole bool // define what pointers lead to as well, where the members are known

	target *Target
	list   []Declaration
	check  checker
	bare   bool // for Define: leave standard names to their headers, and write what has no layout
}

// Declaration is what a header declares.
type Declaration struct {
	Type   *Type
	Name   string // empty to define the type and declare nothing
	Symbol string // the linker's name for a function or variable, where it is not Name
	Extern bool   // a variable that is defined elsewhere
	Thread bool   // a variable of which each thread has its own
	Note   string // a comment to stand behind it
}

// NewHeader is an empty header for compilers that follow target.
func NewHeader(target *Target) *Header {
	return &Header{target: target, check: checker{target: target, records: map[*Record]error{}, functions: map[*Type]error{}}}
}

// Add puts a declaration into the header. The error says why there is no C for it; the header is as it was then.
func (h *Header) Add(d Declaration) error {
	if err := h.check.declaration(&d); err != nil {
		return err
	}
	d.Type = withVaList(d.Type)
	h.list = append(h.list, d)
	return nil
}

// withVaList has a function take a va_list where debug information has what that is on amd64 inside: compilers know the
// functions of the C library, and that they take theirs.
func withVaList(f *Type) *Type {
	if f.Kind != Func {
		return f
	}
	changed := *f
	changed.Params = slices.Clone(f.Params)
	for i, p := range f.Params {
		if p.Type.Kind == Pointer && p.Type.Elem.Kind == Struct && p.Type.Elem.Name == "__va_list_tag" {
			changed.Params[i].Type = &Type{Kind: Typedef, Name: "__builtin_va_list"}
		}
	}
	return &changed
}

// String is the text, each line ended.
func (h *Header) String() string {
	w := h.written()
	between := ""
	if w.definitions.Len() > 0 && w.declarations.Len() > 0 {
		between = "\n"
	}
	return w.definitions.String() + between + w.declarations.String()
}

func (h *Header) written() *writer {
	n := newNaming(h)
	for i := range h.list {
		n.look(&h.list[i])
	}
	n.name(h.list)
	w := &writer{naming: n, functions: map[function]bool{}}
	w.wording = wording{specifier: w.specifier, parameter: w.parameter}
	for i := range h.list {
		w.before(&h.list[i])
	}
	w.rest()
	for i := range h.list {
		w.declaration(&h.list[i], n.declared[i])
	}
	return w
}

// Define writes the C that defines a struct, union or enum, or a typedef of one, with all that it needs to be
// laid out: the records and enums it consists of and the typedefs it uses, in the order C wants them. GCC and
// clang lay the text out as Target.Record does. Names such as size_t are left to their headers. There is no
// C for an anonymous member with a packed attribute of its own; the attribute is left out. Header says so.
//
//	struct point {
//		int x;
//		int y : 3;
//	};
//
// A type with nothing to define, int or a pointer to a struct, gives the empty string.
func Define(t *Type) string {
	h := &Header{target: Host(), bare: true, list: []Declaration{{Type: t}}}
	return strings.TrimSuffix(h.String(), "\n")
}

// checker finds what cannot be written as C.
type checker struct {
	target    *Target
	records   map[*Record]error
	functions map[*Type]error
}

func (c *checker) declaration(d *Declaration) error {
	switch {
	case d.Name == "" || d.Type.Kind == Func:
	case c.target.Resolve(d.Type).Kind == Void:
		return fmt.Errorf("%s: there are no variables of type void", d.Name)
	case !d.Extern && c.target.Size(d.Type) < 0 && c.target.Resolve(d.Type).Kind != Array:
		_, _, err := c.target.Layout(d.Type)
		return err
	}
	if err := c.short(d.Type); err != nil {
		return err
	}
	if d.Type.Kind != Func {
		return c.of(d.Type, true)
	}
	if err := c.of(d.Type, true); err != nil {
		return err
	}
	for _, t := range passed(d.Type) {
		if err := c.of(t, true); err != nil {
			return err
		}
	}
	return nil
}

// passed are the types that go in and out of a function.
func passed(f *Type) []*Type {
	list := []*Type{f.Elem}
	for _, p := range f.Params {
		list = append(list, p.Type)
	}
	return list
}

// short refuses declarations that Declare would leave a part out of.
func (c *checker) short(t *Type) error {
	w := wording{specifier: specifier}
	w.declare(t, "")
	if w.written > mostWritten {
		return fmt.Errorf("the type has more than %d functions in it, which is too much to write", mostWritten)
	}
	return nil
}

// of checks a type; whole says that it needs its members there.
func (c *checker) of(t *Type, whole bool) error {
	switch t.Kind {
	case Invalid:
		return fmt.Errorf("the type is not valid")
	case Typedef:
		if compilersOwn(t) {
			return nil
		}
		if t.Elem == nil {
			if c.target.Resolve(t).Kind == Invalid {
				return fmt.Errorf("%s is not defined on %s", t.Name, c.target)
			}
			return nil
		}
		if err := c.short(t.Elem); err != nil {
			return fmt.Errorf("%s: %w", t.Name, err)
		}
		return c.of(t.Elem, whole)
	case Pointer:
		return c.of(t.Elem, false)
	case Array:
		if e := c.target.Resolve(t.Elem); e.Kind == Void || e.Kind == Func {
			return fmt.Errorf("there are no arrays of %s", e)
		}
		return c.of(t.Elem, true)
	case Func:
		return c.function(t)
	case Struct, Union:
		if t.Record == nil || !t.Record.Complete || !whole && t.Name != "" {
			return nil
		}
		return c.record(t)
	}
	return nil
}

func (c *checker) function(t *Type) error {
	if err, ok := c.functions[t]; ok {
		return err
	}
	c.functions[t] = nil
	var err error
	if r := c.target.Resolve(t.Elem); r.Kind == Array || r.Kind == Func {
		err = fmt.Errorf("a function cannot return %s", r)
	}
	for _, p := range passed(t) {
		if err == nil {
			err = c.of(p, false)
		}
	}
	c.functions[t] = err
	return err
}

func (c *checker) record(t *Type) error {
	rec := t.Record
	if err, ok := c.records[rec]; ok {
		return err
	}
	c.records[rec] = nil
	_, err := c.target.Record(t)
	if err == nil && rec.Given == nil {
		for i := range rec.Fields {
			f := &rec.Fields[i]
			if err = c.short(f.Type); err == nil {
				err = c.of(f.Type, true)
			}
			if err == nil && f.anonymous() != nil && c.packedAnonymous(rec, f) {
				err = fmt.Errorf("there is no C for an anonymous member with a packed attribute of its own")
			}
			if err != nil {
				err = fmt.Errorf("%s: %s: %w", Unqualified(t), memberName(f, i), err)
				break
			}
		}
	}
	c.records[rec] = err
	return err
}

// packedAnonymous reports whether an anonymous member is aligned to less than its type in a way that only an attribute
// of the member could say.
func (c *checker) packedAnonymous(rec *Record, f *Field) bool {
	natural := c.target.Align(f.Type)
	if natural <= 1 || f.Align >= natural || rec.Pack == 1 {
		return false
	}
	if rec.Packed {
		return f.Align > 1
	}
	return f.Packed
}

// compilersOwn reports whether a typedef is one that compilers know by themselves, such as __builtin_va_list.
func compilersOwn(t *Type) bool { return strings.HasPrefix(t.Name, "__builtin_") }
