// This file defines where a declaration and what was compiled disagree: one of them is wrong, and a call by the wrong one is
// how programs crash.

package lua

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"dlsh/ffi"
	"dlsh/types"
)

// compare says once how the types that were set for a function differ from those it was compiled with.
func (s *Session) compare(f *function) {
	text := f.disagreement()
	if text == "" || s.told[text] {
		return
	}
	s.told[text] = true
	ffi.Flush()
	s.beforeOutput()
	fmt.Fprint(os.Stderr, text)
}

// compareLater is compare for a library whose index takes its time: it is made in the background.
func (s *Session) compareLater(f *function) {
	s.waiting = append(s.waiting, f)
	if d := f.debug; !d.reading {
		d.reading = true
		inBackground(func() {
			d.info.Prepare()
			d.read.Store(true)
		})
	}
}

// inBackground runs what nobody waits for. Tests say when.
var inBackground = func(f func()) { go f() }

// hear compares the functions whose debug information has been read by now.
func (s *Session) hear() {
	if len(s.waiting) == 0 {
		return
	}
	waiting := s.waiting
	s.waiting = nil
	for _, f := range waiting {
		switch d := f.debug; {
		case !d.read.Load():
			s.waiting = append(s.waiting, f)
		case d.object.Mapped():
			if compiled, err := d.info.Function(f.name); err == nil && compiled != nil {
				f.compiled = compiled
				s.compare(f)
			}
		}
	}
}

// disagreement is what to say where a function is called otherwise than it was compiled, "" where it is not.
func (f *function) disagreement() string {
	mine, theirs := f.ctypeOf(), f.s.target.Resolve(f.compiled.Type)
	where, reason := "", ""
	if f.setResult {
		where, reason = "the result", comparison{f.s.target, true}.differ(mine.Elem, theirs.Elem, 0)
	}
	if f.setArgs && f.declared && !theirs.NoProto && reason == "" {
		where, reason = f.parametersDiffer(mine, theirs)
	}
	if reason == "" {
		return ""
	}
	at := f.compiled.Decl.String()
	if at != "" {
		at = " (" + at + ")"
	}
	indent := strings.Repeat(" ", len("dlsh: ")+len(f.name)+2)
	text := fmt.Sprintf("dlsh: %s: it is declared as   %s\n%sbut was compiled as  %s%s\n", f.name, types.Declare(mine, f.name),
		indent, types.Declare(f.compiled.Type, f.name), at)
	if reason != evident {
		text += fmt.Sprintf("%s%s: %s\n", indent, where, reason)
	}
	return text
}

// evident is the reason that anybody sees who sees both declarations.
const evident = "evident"

// parametersDiffer compares the parameters. A variadic function may be declared with what one call passes, promoted as C
// does it (C11 6.5.2.2p6): systems with ELF files pass it the same way.
func (f *function) parametersDiffer(mine, theirs *types.Type) (where, reason string) {
	c := comparison{f.s.target, false}
	n, m := len(mine.Params), len(theirs.Params)
	switch {
	case mine.Variadic && theirs.Variadic, mine.Variadic && f.known != nil:
	case mine.Variadic, theirs.Variadic && n < m, !theirs.Variadic && n != m:
		return "", evident
	}
	for i := range n {
		if f.args[i].adapter != nil {
			continue // from_param says in each call
		}
		t := mine.Params[i].Type
		switch {
		case i < m:
			if reason := c.differ(t, theirs.Params[i].Type, 0); reason != "" {
				return fmt.Sprintf("parameter %d", i+1), reason
			}
		case c.target.Size(t) < 4 || c.target.Resolve(t).Kind == types.Float:
			return "", evident
		}
	}
	return "", ""
}

// comparison holds types against each other as far as a call cares. The first is what a program says, the second what
// was compiled. Behind pointers only what both know and what is no mere bytes counts.
type comparison struct {
	target *types.Target
	result bool // they are results: C made what they point to
}

const (
	mostPointers = 2    // that are followed
	mostNumbers  = 4096 // that records are compared by
)

// differ says how two types differ, evident where the declarations show it, "" where they do not. depth is the
// number of pointers that led there.
func (c comparison) differ(mine, theirs *types.Type, depth int) string {
	a, b := c.target.Resolve(mine), c.target.Resolve(theirs)
	switch {
	case isAddress(a) && isAddress(b):
		if depth == mostPointers {
			return ""
		}
		return c.leadElsewhere(a, b, depth+1)
	case a.Kind.Aggregate() && b.Kind.Aggregate():
		return c.laidOutDifferently(a, b, types.Unqualified(mine).String(), types.Unqualified(theirs).String(), depth)
	case depth > 0 && a.Kind.Aggregate():
		return c.beginsDifferently(a, b)
	case depth > 0 && b.Kind.Aggregate():
		return c.beginsDifferently(b, a)
	case c.class(a) != c.class(b) || a.Kind != types.Void && c.target.Size(a) != c.target.Size(b):
		return evident
	}
	return ""
}

func isAddress(t *types.Type) bool {
	return t.Kind == types.Pointer || t.Kind == types.Array || t.Kind == types.Func
}

// class is how a value is passed. An address goes as a number of its size does.
func (c comparison) class(t *types.Type) types.Kind {
	switch k := t.Kind; {
	case k.Integer() || k == types.Enum || isAddress(t):
		return types.Int
	case k.Floating():
		return types.Double
	default:
		return k
	}
}

// leadElsewhere compares what two addresses lead to.
func (c comparison) leadElsewhere(a, b *types.Type, depth int) string {
	x, y := c.behind(a), c.behind(b)
	a, b = c.target.Resolve(x), c.target.Resolve(y)
	if a.Kind == types.Func && b.Kind == types.Func {
		return c.calledDifferently(a, b, depth)
	}
	for _, t := range []*types.Type{a, b} {
		switch {
		case t.Kind == types.Void || t.Kind == types.Func || t.Kind == types.Vector || t.Kind == types.Invalid:
			return ""
		case c.target.Size(t) <= 1: // bytes, or of a size that nobody knows
			return ""
		}
	}
	return c.differ(x, y, depth)
}

// behind is what an address leads to: the first element, where it leads to an array.
func (c comparison) behind(t *types.Type) *types.Type {
	if t.Kind == types.Pointer {
		t = t.Elem
	}
	for r := c.target.Resolve(t); r.Kind == types.Array; r = c.target.Resolve(t) {
		t = r.Elem
	}
	return t
}

func (c comparison) calledDifferently(a, b *types.Type, depth int) string {
	if a.NoProto || b.NoProto || a.Variadic || b.Variadic {
		return ""
	}
	if len(a.Params) != len(b.Params) || c.differ(a.Elem, b.Elem, depth) != "" {
		return evident
	}
	for i := range a.Params {
		if c.differ(a.Params[i].Type, b.Params[i].Type, depth) != "" {
			return evident
		}
	}
	return ""
}

// laidOutDifferently compares records. Of what C returns a pointer to, a program may know only how it begins.
func (c comparison) laidOutDifferently(a, b *types.Type, nameA, nameB string, depth int) string {
	if a.Record == b.Record || !a.Record.Complete || !b.Record.Complete {
		return ""
	}
	x, y := c.target.Size(a), c.target.Size(b)
	if x > y || x < y && !(c.result && depth > 0) {
		return fmt.Sprintf("%s has %s, %s has %d", nameA, plural(x, "byte"), nameB, y)
	}
	p, known := c.numbersOf(a)
	q, alsoKnown := c.numbersOf(b)
	if !known || !alsoKnown {
		return ""
	}
	for i := range p {
		if i < len(q) && p[i].like(q[i]) {
			continue
		}
		at := p[i].at
		if i < len(q) {
			at = min(at, q[i].at)
		}
		return fmt.Sprintf("at byte %d, %s has %s and %s has %s", at/8, nameA, numberAt(p, at), nameB, numberAt(q, at))
	}
	return ""
}

// number is one of the numbers that a record consists of.
type number struct {
	at, bits int64
	class    types.Kind
	name     string
	t        *types.Type
}

func (n number) like(m number) bool { return n.at == m.at && n.bits == m.bits && n.class == m.class }

// numberAt is the member that begins at a bit.
func numberAt(list []number, at int64) string {
	i := slices.IndexFunc(list, func(n number) bool { return n.at == at })
	if i < 0 {
		return "nothing"
	}
	return types.Declare(list[i].t, list[i].name)
}

// beginsDifferently compares a record with a number that is taken for its first member, or for each of them.
func (c comparison) beginsDifferently(record, t *types.Type) string {
	list, known := c.numbersOf(record)
	if !known || len(list) == 0 || list[0].class == c.class(t) && list[0].bits == 8*c.target.Size(t) {
		return ""
	}
	return evident
}

// numbersOf takes a record apart; false where it cannot be told what lies where, as in a union.
func (c comparison) numbersOf(t *types.Type) (list []number, ok bool) {
	ok = c.flatten(t, 0, "", &list)
	slices.SortStableFunc(list, func(a, b number) int { return cmp.Compare(a.at, b.at) })
	return list, ok
}

func (c comparison) flatten(t *types.Type, base int64, name string, list *[]number) bool {
	r := c.target.Resolve(t)
	switch {
	case len(*list) > mostNumbers:
		return false
	case r.Kind == types.Array && r.Len == types.Incomplete:
		return true
	case r.Kind == types.Array:
		if r.Len > mostNumbers {
			return false
		}
		size := 8 * c.target.Size(r.Elem)
		for i := range r.Len {
			if !c.flatten(r.Elem, base+i*size, fmt.Sprintf("%s[%d]", name, i), list) {
				return false
			}
		}
		return true
	case r.Kind == types.Struct && r.Record.Complete:
		return c.flattenMembers(r, base, name, list)
	case r.Kind.Aggregate() || r.Kind == types.Vector:
		return false
	}
	*list = append(*list, number{base, 8 * c.target.Size(r), c.class(r), name, t})
	return true
}

func (c comparison) flattenMembers(r *types.Type, base int64, name string, list *[]number) bool {
	layout, err := c.target.Record(r)
	if err != nil {
		return false
	}
	for i, m := range r.Record.Fields {
		at := layout.Fields[i]
		inner := strings.TrimPrefix(name+"."+m.Name, ".")
		switch {
		case m.BitField && m.Name == "":
		case m.BitField:
			*list = append(*list, number{base + 8*at.Offset + int64(at.Bit), int64(m.Bits), types.Int, inner, m.Type})
		case !c.flatten(m.Type, base+8*at.Offset, inner, list):
			return false
		}
	}
	return true
}
