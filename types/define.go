// This file defines the writer of definitions: records and enums back to the C that lays them out.

package types

import (
	"fmt"
	"strings"
)

// writer writes a header whose names are known.
type writer struct {
	*naming
	wording      wording
	definitions  strings.Builder
	declarations strings.Builder
	functions    map[function]bool
	pack         int64 // what #pragma pack is at this place
}

// function is a function type that was looked at, inside of a record or not.
type function struct {
	t      *Type
	within *within
}

// within lists the records that are being written around a member.
type within struct {
	rec  *Record
	next *within
}

func (w *within) has(rec *Record) bool {
	for ; w != nil; w = w.next {
		if w.rec == rec {
			return true
		}
	}
	return false
}

// before writes what has to stand before a declaration, or all of one that declares no name.
func (w *writer) before(d *Declaration) {
	t := d.Type
	if t.Kind == Func {
		for _, p := range passed(t) {
			w.need(p, true, nil)
			for p.Kind == Pointer { // here is a better place than the end
				p = p.Elem
			}
			if e := w.content(p); e != nil && e.wanted {
				w.need(p, true, nil)
			}
		}
	}
	w.need(t, true, nil)
	if d.Name != "" || !t.Kind.Aggregate() && t.Kind != Enum {
		return
	}
	switch e := w.entity(t); {
	case e.defined, e.known, e.alias != nil:
	case w.definable(e):
		w.define(e)
	default:
		w.tag(e)
	}
}

// rest defines what nothing needs and is to be there all the same.
func (w *writer) rest() {
	for _, e := range w.entities {
		if e.wanted {
			w.need(e.t, true, nil)
		}
	}
}

// need writes what has to stand before a declaration with t in it. What is only pointed to need not be whole.
func (w *writer) need(t *Type, whole bool, in *within) {
	switch t.Kind {
	case Typedef:
		a := w.alias(t)
		if a == nil {
			return
		}
		w.typedef(a)
		if whole {
			w.need(a.elem, true, in)
		}
	case Pointer:
		w.need(t.Elem, false, in)
	case Array:
		w.need(t.Elem, true, in)
	case Func:
		if f := (function{t, in}); !w.functions[f] {
			w.functions[f] = true
			for _, p := range passed(t) {
				w.need(p, false, in)
				w.announce(p, in)
			}
		}
	case Enum, Struct, Union:
		switch e := w.entity(t); {
		case e.alias != nil:
			w.typedef(e.alias)
		case e.name == "":
			w.members(e, in)
		case !w.definable(e):
			if e.name != e.t.Name && !e.known {
				w.tag(e)
			}
		case !e.defined && (whole || t.Kind == Enum || t.Name == ""):
			e.defined = true
			w.members(e, nil)
			w.define(e)
		}
	}
}

// members writes what has to stand before the members of a record.
func (w *writer) members(e *entity, in *within) {
	if e.t.Record != nil && w.definable(e) {
		w.fields(e.t.Record, in)
	}
}

func (w *writer) fields(rec *Record, in *within) {
	if rec.Given != nil || in.has(rec) {
		return
	}
	in = &within{rec, in}
	for i := range rec.Fields {
		f := &rec.Fields[i]
		if inner := f.anonymous(); inner != nil {
			w.fields(inner, in)
		} else if f.Type != nil {
			w.need(f.Type, true, in)
		}
	}
}

func (w *writer) typedef(a *alias) {
	if a.defined {
		return
	}
	a.defined = true
	text := func() string { return "typedef " + w.declare(a.elem, a.spelled) }
	rec := w.untagged(a.elem)
	if t := a.elem; t.Name == "" && t.Kind.Aggregate() && w.entity(t).alias == a {
		e := w.entity(t)
		w.members(e, nil)
		rec, text = e.t.Record, func() string { return "typedef " + w.definition(e) + " " + a.spelled }
	} else if t.Name == "" && t.Kind == Enum && w.entity(t).alias == a {
		text = func() string { return "typedef " + w.definition(w.entity(t)) + " " + a.spelled }
	} else {
		w.need(a.elem, false, nil)
	}
	w.write(rec, text, called(a.spelled, a.name))
}

// announce declares the tag of a parameter's record: one met first between the parentheses ends with them (C11 6.2.1p4).
func (w *writer) announce(t *Type, in *within) {
	for t.Kind == Pointer || t.Kind == Array {
		t = t.Elem
	}
	if !t.Kind.Aggregate() && (t.Kind != Enum || t.Elem != nil) {
		return
	}
	if e := w.entity(t); e.name != "" && !e.known && !in.has(e.t.Record) {
		w.tag(e)
	}
}

// tag declares a tag.
func (w *writer) tag(e *entity) {
	e.known = true
	w.write(nil, func() string { return w.specifier(e.t) }, w.remark(e))
}

// define writes the definition of a record or enum for itself.
func (w *writer) define(e *entity) {
	e.known, e.defined = true, true
	if note := w.remark(e); note != "" {
		w.definitions.WriteString(strings.TrimPrefix(note, " ") + "\n")
	}
	w.write(e.t.Record, func() string { return w.definition(e) }, "")
}

// remark says what a tag stands for that was changed or made up.
func (w *writer) remark(e *entity) string {
	switch {
	case e.name == "" || e.name == e.t.Name:
		return ""
	case e.t.Name == "":
		return comment(fmt.Sprintf("%s %s has no tag of its own", e.t.Kind, e.name))
	}
	return comment(fmt.Sprintf("%s %s is called %s", e.t.Kind, e.name, e.t.Name))
}

func (w *writer) write(rec *Record, text func() string, note string) {
	w.definitions.WriteString(w.ended(rec, text, note))
}

// ended ends a declaration, and puts it under the #pragma pack that the record defined in it asks for.
func (w *writer) ended(rec *Record, text func() string, note string) string {
	if rec == nil || rec.Pack == w.pack {
		return text() + ";" + note + "\n"
	}
	defer func(was int64) { w.pack = was }(w.pack)
	w.pack = rec.Pack
	return fmt.Sprintf("#pragma pack(push, %d)\n%s;%s\n#pragma pack(pop)\n", rec.Pack, text(), note)
}

// declaration writes a function or variable.
func (w *writer) declaration(d *Declaration, name string) {
	if d.Name == "" {
		return
	}
	t, note := d.Type, ""
	if d.Note != "" {
		note = comment(d.Note)
	}
	before, symbol := "", d.Symbol
	if t.Kind != Func && (d.Extern || w.target.Size(t) < 0) {
		before = "extern "
	}
	if t.Kind != Func && d.Thread {
		before += "__thread "
	}
	if symbol == "" {
		symbol = d.Name
	}
	after := ""
	if symbol != name && (t.Kind == Func || d.Extern) {
		if w.target.OS == "darwin" {
			symbol = "_" + symbol
		}
		after = fmt.Sprintf(" __asm__(\"%s\")", strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(symbol))
	} else if name != d.Name {
		note = called(name, d.Name)
	}
	w.declarations.WriteString(w.ended(w.untagged(t), func() string { return before + w.declare(t, name) + after }, note))
}

// declare is Declare with the names of the header.
func (w *writer) declare(t *Type, name string) string {
	defer func(was int) { w.wording.written = was }(w.wording.written)
	w.wording.written = 0
	return w.wording.declare(t, name)
}

// specifier is what a declaration starts from: what has no tag is defined on the spot.
func (w *writer) specifier(t *Type) string {
	switch t.Kind {
	case Typedef:
		if a := w.alias(t); a != nil {
			return a.spelled
		}
	case Enum:
		if len(t.Values) == 0 && (t.Elem != nil || t.Name == "") && !w.definable(w.entity(t)) {
			behind := t.Elem // C cannot define an enum without values
			if behind == nil {
				behind = Of(Int)
			}
			return "/* " + strings.ReplaceAll(specifier(Unqualified(t)), "*/", "") + " */ " + w.specifier(Unqualified(behind))
		}
		fallthrough
	case Struct, Union:
		switch e := w.entity(t); {
		case e.alias != nil:
			return e.alias.spelled
		case e.name == "":
			return w.definition(e)
		default:
			return t.Kind.String() + " " + e.name
		}
	}
	return specifier(t)
}

// parameter is what parameter i of a function is called; nothing where the name would be none in C, or be taken for
// the typedef of a parameter behind it (C11 6.2.1p4).
func (w *writer) parameter(f *Type, i int) string {
	name := f.Params[i].Name
	if name != identifier(name) {
		return ""
	}
	for _, p := range f.Params[:i] {
		if p.Name == name {
			return ""
		}
	}
	for _, p := range f.Params[i+1:] {
		if w.mentions(p.Type, name, 3) {
			return ""
		}
	}
	return name
}

// mentions reports whether a declaration with t in it has the name of a typedef.
func (w *writer) mentions(t *Type, name string, depth int) bool {
	for t.Kind == Pointer || t.Kind == Array {
		t = t.Elem
	}
	switch {
	case t.Kind == Typedef:
		a := w.alias(t)
		return a != nil && a.spelled == name || a == nil && t.Name == name
	case t.Kind == Func && depth == 0:
		return true
	case t.Kind == Func:
		for _, p := range passed(t) {
			if w.mentions(p, name, depth-1) {
				return true
			}
		}
	case t.Name == "" && (t.Kind.Aggregate() || t.Kind == Enum):
		a := w.entity(t).alias
		return a != nil && a.spelled == name
	}
	return false
}

// definition writes a record or enum with its members: "struct s {", lines, "}".
func (w *writer) definition(e *entity) string {
	switch {
	case !w.definable(e):
		return e.t.Kind.String() + " " + e.name
	case e.t.Kind == Enum:
		return w.enum(e)
	}
	return w.record(e.t, e.name, names{})
}

// record writes a record; used are the names in use where its members are known.
func (w *writer) record(t *Type, tag string, used names) string {
	rec := t.Record
	if w.inside.has(rec) {
		return specifier(t)
	}
	w.inside = &outer{rec, w.inside}
	defer func() { w.inside = w.inside.next }()
	head, note, lines := t.Kind.String(), "", strings.Builder{}
	switch {
	case rec.Given != nil:
		// There is no C that puts the members there; bytes of that size can at least be pointed to and copied.
		g := rec.Given
		head += attributes([]string{fmt.Sprintf("aligned(%d)", g.Align)})
		fmt.Fprintf(&lines, "unsigned char %s[%d];%s\n", used.take("bytes"), g.Size, comment(g.Why))
	default:
		head += recordAttributes(rec)
		for i := range rec.Fields {
			f := &rec.Fields[i]
			if f.Type == nil {
				continue
			}
			name := f.Name
			if name != "" {
				name = used.take(name)
			}
			inner := w.untagged(f.Type)
			if a := f.anonymous(); a != nil {
				inner = a
			}
			lines.WriteString(w.ended(inner, func() string { return w.member(f, name, used) }, called(name, f.Name)))
		}
	}
	if tag != "" {
		head += " " + tag
	}
	if rec.BigEndian {
		note = comment("the high byte comes first, by an attribute that only GCC has")
	}
	return braces(head, note, lines.String())
}

func braces(head, note, lines string) string {
	body := strings.ReplaceAll("\n"+lines, "\n", "\n\t")
	return head + " {" + note + strings.TrimSuffix(body, "\t") + "}"
}

func (w *writer) member(f *Field, name string, used names) string {
	if f.anonymous() != nil {
		r := w.target.Resolve(f.Type)
		text := w.record(Unqualified(r), "", used)
		if q := qualifiers(r); q != "" {
			text = q + " " + text
		}
		// Attributes after the brace would be the record's own. _Alignas may only raise (C11 6.7.5p4).
		if f.Align > 1 && f.Align >= w.target.Align(f.Type) {
			return fmt.Sprintf("_Alignas(%d) %s", f.Align, text)
		}
		return text
	}
	text := w.declare(f.Type, name)
	if f.BitField {
		text += fmt.Sprintf(" : %d", f.Bits)
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

func (w *writer) enum(e *entity) string {
	t, lines := e.t, strings.Builder{}
	attribute, note := w.enumAttribute(t)
	for i, v := range t.Values {
		fmt.Fprintf(&lines, "%s = %s,%s\n", e.values[i], w.constant(t, v.Value), called(e.values[i], v.Name))
	}
	head := "enum" + attribute
	if e.name != "" {
		head += " " + e.name
	}
	return braces(head, note, lines.String())
}

// enumAttribute gives an enum its size where compilers would choose another: the first of unsigned int, int, unsigned long
// and long that holds all values, or with the packed attribute of all integer types (GCC, "Structures Unions
// Enumerations and Bit-Fields Implementation"). There is no C for its sign, only a comment.
func (w *writer) enumAttribute(t *Type) (attribute, note string) {
	if t.Elem == nil {
		return "", ""
	}
	low, high := int64(0), uint64(0)
	signed := w.target.Signed(t.Elem)
	for _, v := range t.Values {
		if signed && v.Value < 0 {
			low = min(low, v.Value)
		} else {
			high = max(high, uint64(v.Value))
		}
	}
	least := int64(1) // bytes that hold all values
	for least < 8 && (low < -1<<(8*least-1) || high >= 1<<(8*least) || low < 0 && high >= 1<<(8*least-1)) {
		least *= 2
	}
	if signed != (low < 0) {
		note = comment(fmt.Sprintf("its type is %s, C takes one %s", w.target.Resolve(t.Elem), map[bool]string{true: "without sign", false: "with sign"}[signed]))
	}
	switch size := w.target.Size(t.Elem); {
	case size == max(least, 4):
		return "", note
	case size == least:
		return attributes([]string{"packed"}), note
	default: // of clang these have a sign, and all values fit
		return attributes([]string{map[int64]string{1: "mode(QI)", 2: "mode(HI)", 4: "mode(SI)", 8: "mode(DI)"}[size]}), note
	}
}

// constant writes a value of an enum. The least int64 has no constant of its own: C reads a minus and a number too large.
func (w *writer) constant(t *Type, value int64) string {
	switch {
	case t.Elem != nil && !w.target.Signed(t.Elem) && value < 0:
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

// untagged is the record that a declaration with t in it defines on the way; nil for none.
func (w *writer) untagged(t *Type) *Record {
	for t.Kind == Pointer || t.Kind == Array || t.Kind == Func {
		t = t.Elem
	}
	if !t.Kind.Aggregate() || t.Name != "" {
		return nil
	}
	if e := w.entity(t); e.name != "" || e.alias != nil {
		return nil
	}
	return t.Record
}

// called is the comment behind what C cannot call by its name; empty for what it can.
func called(spelled, name string) string {
	if spelled == name {
		return ""
	}
	return comment("called " + name)
}

// comment makes a comment for the end of a line.
func comment(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\\' { // a backslash at the end would take the next line in
			return ' '
		}
		return r
	}, text)
	return " // " + text
}
