// This file defines naming: what a header mentions, and the name that each of these has there.

package types

import (
	"fmt"
	"strings"
	"sync"
)

// entity is a struct, union or enum that a header mentions.
type entity struct {
	t       *Type  // of several that are alike one with members
	name    string // its tag in the header; empty for what is defined where it is used
	alias   *alias // the typedef that it goes by, where it has no tag
	values  []string
	uses    int  // of one without a tag, in how many places
	tagged  bool // it is used where it cannot be defined, so that it needs a name
	early   bool // it is used in itself, so that a typedef is no name for it
	asked   bool // its members are needed
	looked  bool // its members were looked at
	open    bool // its members are being looked at
	wanted  bool // it is to be defined, though nothing needs its members
	defined bool // it is written
	known   bool // its tag is written
}

// alias is a typedef that a header mentions.
type alias struct {
	name, spelled string
	elem          *Type
	defined       bool
}

type aliasKey struct {
	name string
	elem *Type
}

type naming struct {
	header    *Header
	target    *Target
	entities  []*entity // in the order they are met, as the typedefs
	records   map[*Record]*entity
	enums     map[*Enumerator]*entity
	tags      map[string][]*entity
	aliases   []*alias
	byName    map[string][]*alias
	byElem    map[aliasKey]*alias
	functions map[*Type]bool
	inside    *outer   // the anonymous members being looked at
	declared  []string // what the functions and variables are called
}

func newNaming(h *Header) *naming {
	return &naming{header: h, target: h.target, records: map[*Record]*entity{}, enums: map[*Enumerator]*entity{}, tags: map[string][]*entity{},
		byName: map[string][]*alias{}, byElem: map[aliasKey]*alias{}, functions: map[*Type]bool{}}
}

// look finds all that a declaration mentions.
func (n *naming) look(d *Declaration) {
	n.visit(d.Type, true)
	n.complete(d.Type)
	if t := d.Type; d.Name == "" && t.Kind.Aggregate() && t.Name == "" && !n.header.bare {
		n.entity(t).tagged = true // without any name nobody could use it
	}
	if d.Type.Kind == Func {
		for _, t := range passed(d.Type) {
			n.complete(t)
		}
	}
}

// visit notes what a declarator with t in it mentions. spot says that a record without a tag can be defined there.
func (n *naming) visit(t *Type, spot bool) {
	switch t.Kind {
	case Typedef:
		n.typedef(t)
	case Pointer:
		n.visit(t.Elem, spot)
		if n.header.Whole {
			n.want(t.Elem)
		}
	case Array:
		n.visit(t.Elem, spot)
		n.complete(t.Elem)
	case Func:
		if n.functions[t] {
			return
		}
		n.functions[t] = true
		for _, p := range passed(t) {
			n.visit(p, false)
			if !n.header.bare {
				n.want(p)
			}
		}
	case Enum, Struct, Union:
		e := n.entity(t)
		if t.Name != "" {
			return
		}
		e.uses++
		e.tagged, e.early = e.tagged || !spot, e.early || e.open
		n.members(e)
	}
}

func (n *naming) typedef(t *Type) {
	before := len(n.aliases)
	a := n.alias(t)
	if a == nil {
		return
	}
	fresh := len(n.aliases) > before
	if u := a.elem; u.Name != "" || u.Kind != Enum && !u.Kind.Aggregate() || u.Const || u.Volatile {
		if fresh {
			n.visit(a.elem, true)
		}
		return
	}
	e := n.entity(a.elem)
	if e.open {
		e.early = true
	}
	if !fresh {
		return
	}
	if e.alias == nil {
		e.alias = a
	}
	e.uses++
	n.members(e)
}

// complete notes what values of type t consist of.
func (n *naming) complete(t *Type) {
	if e := n.content(t); e != nil {
		n.members(e)
	}
}

// want is complete for what does not need to be, and has it defined at the end.
func (n *naming) want(t *Type) {
	if e := n.content(t); e != nil {
		e.wanted = true
		n.members(e)
	}
}

// content is the record or enum with a tag that values of t consist of; nil for other types.
func (n *naming) content(t *Type) *entity {
	for t.Kind == Typedef || t.Kind == Array {
		if t.Elem == nil || compilersOwn(t) && t.Kind == Typedef {
			return nil
		}
		t = t.Elem
	}
	if t.Name == "" || !t.Kind.Aggregate() && t.Kind != Enum {
		return nil
	}
	return n.entity(t)
}

func (n *naming) members(e *entity) {
	e.asked = true
	if e.looked || e.t.Kind == Enum || !n.definable(e) {
		return
	}
	e.looked, e.open = true, true
	n.fields(e.t.Record)
	e.open = false
}

func (n *naming) fields(rec *Record) {
	if rec.Given != nil || n.inside.has(rec) {
		return
	}
	n.inside = &outer{rec, n.inside}
	for i := range rec.Fields {
		f := &rec.Fields[i]
		if inner := f.anonymous(); inner != nil {
			n.fields(inner)
		} else if f.Type != nil {
			n.visit(f.Type, true)
			n.complete(f.Type)
		}
	}
	n.inside = n.inside.next
}

// definable reports whether the members or values of a record or enum can be written.
func (n *naming) definable(e *entity) bool {
	if e.t.Kind == Enum {
		return len(e.t.Values) > 0
	}
	if e.t.Record == nil || !e.t.Record.Complete {
		return false
	}
	return n.header.bare || n.header.check.record(e.t) == nil
}

// entity finds a record or enum among those mentioned, or adds it. What has the same tag and is alike is the same.
func (n *naming) entity(t *Type) *entity {
	t = Unqualified(t)
	if e := n.records[t.Record]; t.Record != nil && e != nil {
		return e
	}
	if len(t.Values) > 0 && n.enums[&t.Values[0]] != nil {
		return n.enums[&t.Values[0]]
	}
	var e *entity
	if t.Name != "" {
		for _, other := range n.tags[t.Name] {
			if alike(n.target, other.t, t) {
				e = other
				break
			}
		}
	}
	if e == nil {
		e = &entity{t: t}
		n.entities = append(n.entities, e)
		if t.Name != "" {
			n.tags[t.Name] = append(n.tags[t.Name], e)
		}
	}
	if t.Record != nil {
		n.records[t.Record] = e
	}
	if len(t.Values) > 0 {
		n.enums[&t.Values[0]] = e
	}
	if old := e.t; old != t && !n.definable(e) {
		if e.t = t; !n.definable(e) {
			e.t = old
		} else if e.asked {
			n.members(e)
		}
	}
	return e
}

// alias finds a typedef among those mentioned, or adds it; nil for what others define.
func (n *naming) alias(t *Type) *alias {
	elem := t.Elem
	if compilersOwn(t) || elem == nil && n.header.bare {
		return nil
	}
	if elem == nil {
		if elem = Of(n.target.names[t.Name]); elem == nil {
			return nil
		}
	}
	key := aliasKey{t.Name, elem}
	if a := n.byElem[key]; a != nil {
		return a
	}
	for _, a := range n.byName[t.Name] {
		if alike(n.target, a.elem, elem) {
			n.byElem[key] = a
			return a
		}
	}
	a := &alias{name: t.Name, elem: elem}
	n.aliases = append(n.aliases, a)
	n.byName[t.Name] = append(n.byName[t.Name], a)
	n.byElem[key] = a
	return a
}

// name gives everything its name. Functions and variables choose first, then what has a name in C.
func (n *naming) name(list []Declaration) {
	names, tags := names{}, names{}
	for i := range list {
		spelled := ""
		if list[i].Name != "" {
			spelled = names.take(list[i].Name)
		}
		n.declared = append(n.declared, spelled)
	}
	for _, a := range n.aliases {
		a.spelled = names.take(a.name)
	}
	for _, e := range n.entities {
		if e.t.Name != "" {
			e.name = tags.take(e.t.Name)
		}
		for _, v := range e.t.Values {
			e.values = append(e.values, names.take(v.Name))
		}
	}
	made := 0
	for _, e := range n.entities {
		if e.t.Name == "" && (e.early || e.alias == nil && (e.tagged || e.uses > 1)) {
			made, e.alias = made+1, nil
			e.name = tags.take(fmt.Sprint("unnamed_", made))
		}
	}
}

// names are those of one space of names that are in use (C11 6.2.3).
type names map[string]bool

// take makes a name C's and one that is not in use, and uses it.
func (n names) take(name string) string {
	clean := identifier(name)
	free := clean
	for i := 2; n[free]; i++ {
		free = fmt.Sprint(clean, "_", i)
	}
	n[free] = true
	return free
}

// reserved are the words that name nothing in C11, C23 or GNU C, and the macros that GCC has without being told.
var reserved = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`auto break case char const continue default do double else enum extern float for goto if inline int long
		register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
		_Alignas _Alignof _Atomic _Bool _Complex _Generic _Imaginary _Noreturn _Static_assert _Thread_local _BitInt _Float16 _Float32 _Float64
		_Float128 _Float32x _Float64x _Decimal32 _Decimal64 _Decimal128 _Fract _Accum _Sat
		alignas alignof bool constexpr false nullptr static_assert thread_local true typeof typeof_unqual asm linux unix
		__int128 __thread __float128 __fp16 __bf16`) {
		m[w] = true
	}
	return m
})

// identifier makes a name one that C can spell: box<int> becomes box_int_, and int becomes int_.
func identifier(name string) string {
	clean := []byte(name)
	for i, c := range clean {
		if !wordByte(c) || c >= 0x80 {
			clean[i] = '_'
		}
	}
	switch {
	case len(clean) == 0 || clean[0] >= '0' && clean[0] <= '9':
		return "_" + string(clean)
	case reserved()[string(clean)]:
		return string(clean) + "_"
	}
	return string(clean)
}
