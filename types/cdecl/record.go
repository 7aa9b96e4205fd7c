// This file defines structs, unions and enums (C11 6.7.2.1, 6.7.2.2).

package cdecl

import (
	"fmt"
	"math"

	"dlsh/types"
)

const mostBits = 1 << 20 // of a bit-field; types says what is too wide for its type

// record reads a struct or union specifier. tagged is false for one that only names the tag of nothing declared here.
func (p *parser) record(kw string) (ty *types.Type, tagged bool) {
	p.deeper()
	defer func() { p.depth-- }()
	at := p.next()
	kind := types.Struct
	if kw == "union" {
		kind = types.Union
	}
	var a attrs
	p.attributes(&a)
	tag := ""
	if t := p.peek(); t.kind == word && keywords[t.text] == "" {
		tag, at = t.text, p.next()
	}
	p.attributes(&a)
	if !p.is("{") {
		if tag == "" {
			p.fail(p.peek(), "expected a tag or { after %s, found %s", kw, found(p.peek()))
		}
		return p.tagged(kind, tag, at).Type, p.is(";")
	}
	return p.definition(kind, tag, at, a), true
}

// tagOf looks a tag up; nil for none.
func (p *parser) tagOf(tag string) *Decl {
	if d := p.tags[tag]; d != nil {
		return d
	}
	return p.scope.tags[tag]
}

// tagged gives the type of a tag, which may be new.
func (p *parser) tagged(kind types.Kind, tag string, at token) *Decl {
	if d := p.better(kind, tag, p.tagOf(tag)); d != nil {
		if d.Type.Kind != kind {
			p.conflict(at, fmt.Sprintf("%s is declared as %s here", tag, kind), d, d.Type.Kind.String()+" "+tag)
		}
		return d
	}
	d := &Decl{Kind: Tag, Name: tag, At: p.at(at), Type: &types.Type{Kind: kind, Name: tag}}
	if kind != types.Enum {
		d.Type.Record = &types.Record{}
	}
	p.tags[tag] = d
	return d
}

// definition reads the members of a record.
func (p *parser) definition(kind types.Kind, tag string, at token, a attrs) *types.Type {
	d := &Decl{Kind: Tag, Name: tag, At: p.at(at), Type: &types.Type{Kind: kind, Name: tag, Record: &types.Record{}}}
	var old *Decl
	restore := func() {}
	defer func() { restore() }()
	if tag != "" {
		if old = p.tagged(kind, tag, at); !old.Type.Record.Complete {
			d, old = old, nil
		} else {
			// Said again, perhaps differently: the new one stands for the old while its members are read.
			p.pairs[[2]*types.Record{old.Type.Record, d.Type.Record}] = true
			outer := p.tags[tag]
			p.tags[tag] = d
			restore = func() {
				if outer != nil {
					p.tags[tag] = outer
				} else {
					delete(p.tags, tag)
				}
			}
		}
	}
	fields := p.fields(kind)
	p.attributes(&a)
	rec := d.Type.Record
	if rec.Complete {
		p.fail(at, "%s %s is defined inside itself", kind, tag)
	}
	made := types.Record{Packed: a.packed, Align: a.aligned, Pack: p.packHere(), Rules: p.pack.rules, BigEndian: p.pack.bigEndian}
	if a.rules != types.HostRules {
		made.Rules = a.rules
	}
	made.BigEndian = made.BigEndian || a.bigEndian
	if old != nil {
		rec.Packed, rec.Align, rec.Pack, rec.Rules, rec.BigEndian = made.Packed, made.Align, made.Pack, made.Rules, made.BigEndian
		rec.Fields, rec.Complete = fields, true
		if p.sameRecord(old.Type, d.Type) {
			p.list(old)
			return old.Type
		}
		if !p.opts.Redefine {
			p.conflict(at, fmt.Sprintf("%s %s is defined differently here", kind, tag), old, types.Define(old.Type))
		}
		restore = func() {}
	} else {
		if d == p.scope.tags[tag] && tag != "" { // declared before in the scope, without members
			was := *d
			p.undo = append(p.undo, func() {
				rec.Reset()
				*d = was
			})
		}
		rec.Packed, rec.Align, rec.Pack, rec.Rules, rec.BigEndian = made.Packed, made.Align, made.Pack, made.Rules, made.BigEndian
		if err := rec.SetFields(fields); err != nil {
			p.fail(at, "%s %s: %v", kind, tag, err)
		}
	}
	if a.transparent && kind == types.Union {
		p.transparent[rec] = true
	}
	d.At = p.at(at)
	if _, err := p.target.Record(d.Type); err != nil {
		d.Reason = p.unsupported(d.Type)
		if d.Reason == "" {
			d.Reason = err.Error()
			if !p.inSystem(at) {
				p.fail(at, "%v", err)
			}
		}
	}
	p.list(d)
	return d.Type
}

// fields reads the members between the braces.
func (p *parser) fields(kind types.Kind) (fields []types.Field) {
	open := p.want("{", "")
	for !p.accept("}") {
		switch {
		case p.peek().kind == end:
			p.fail(open, "the { is never closed")
		case p.accept(";"):
			continue
		case p.is("_Static_assert") || p.is("static_assert"):
			p.staticAssert()
			continue
		}
		sp := p.specifiers(false)
		if p.is(";") || p.is("}") {
			// Without a name: C11's anonymous members. One with a tag declares only the tag, but for Microsoft.
			if sp.ty.Kind.Aggregate() && (sp.ty.Name == "" || p.target.OS == "windows" && sp.ty.Record.Complete) {
				fields = append(fields, p.field(types.Field{Type: sp.ty}, sp, attrs{}))
			}
			p.accept(";")
			continue
		}
		var own attrs // between a comma and the declarator: of that one alone
		for {
			var d declarator
			at := p.peek()
			if !p.is(":") {
				d = p.declarator(false)
				at = d.name
			}
			f := types.Field{Name: d.name.text, Type: d.apply(p, sp.ty)}
			if p.accept(":") {
				f.BitField, f.Bits = true, p.width()
			}
			a := d.attrs
			a.add(own)
			p.attributes(&a)
			if r := p.target.Resolve(f.Type); r.Kind == types.Func {
				p.fail(at, "a member cannot be a function, only a pointer to one")
			}
			f.Type = p.attributed(f.Type, attrs{mode: a.mode + sp.attrs.mode, vector: max(a.vector, sp.attrs.vector)}, at)
			fields = append(fields, p.field(f, sp, a))
			if len(fields) > 1<<18 {
				p.fail(at, "too many members")
			}
			if !p.accept(",") {
				break
			}
			own = attrs{}
			p.attributes(&own)
		}
		if !p.is("}") {
			p.wantEnd()
		}
	}
	return fields
}

func (p *parser) wantEnd() {
	if !p.is(";") {
		p.expectedEnd()
	}
	p.next()
}

// field gives a member the alignment that attributes ask for, and that of the typedef it is declared with.
func (p *parser) field(f types.Field, sp specifiers, a attrs) types.Field {
	a.add(sp.attrs)
	f.Packed = a.packed
	f.Align = a.aligned
	if n := sp.alignOf(f.Type); n > 0 {
		if n < p.target.Align(f.Type) { // a typedef may also align less
			f.Packed = true
		}
		f.Align = max(f.Align, n)
	}
	return f
}

func (p *parser) width() int {
	at := p.peek()
	v := p.conditional()
	switch {
	case !v.known():
		p.notConstant(at, v, "the width of a bit-field")
	case !v.isInteger():
		p.fail(at, "the width of a bit-field cannot be %s", v.describe())
	case p.negative(v) || v.i > mostBits:
		p.fail(at, "a width of %d bits", int64(v.i))
	}
	return int(v.i)
}

// enum reads an enum specifier, and C23's with a type.
func (p *parser) enum() *types.Type {
	at := p.next()
	var a attrs
	p.attributes(&a)
	tag := ""
	if t := p.peek(); t.kind == word && keywords[t.text] == "" {
		tag, at = t.text, p.next()
	}
	p.attributes(&a)
	var fixed *types.Type
	if p.is(":") && p.starts(p.peekAt(1)) {
		p.next()
		fixed = p.target.Resolve(p.specifiers(false).ty)
		if !fixed.Kind.Integer() {
			p.fail(at, "an enum cannot be of type %s", fixed)
		}
	}
	if !p.is("{") {
		if tag == "" {
			p.fail(p.peek(), "expected a tag or { after enum, found %s", found(p.peek()))
		}
		return p.tagged(types.Enum, tag, at).Type
	}
	open := p.next()
	ty := &types.Type{Kind: types.Enum, Name: tag}
	var names []*Decl
	var places []token
	next := value{t: types.Of(types.Int), kind: integer}
	low, high := int64(0), uint64(0)
	wrapped, whole := false, false
	outer := map[string]*Decl{}
	defer func() {
		for _, d := range names {
			if !whole && p.names[d.Name] == d {
				delete(p.names, d.Name)
				if old := outer[d.Name]; old != nil {
					p.names[d.Name] = old
				}
			}
		}
	}()
	for !p.accept("}") {
		if p.peek().kind == end {
			p.fail(open, "the { is never closed")
		}
		name := p.peek()
		if name.kind != word || keywords[name.text] != "" {
			p.fail(name, "expected the name of an enumerator, found %s", found(name))
		}
		p.next()
		p.attributes(&attrs{})
		if p.accept("=") {
			from := p.peek()
			v := p.conditional()
			if !v.known() {
				p.notConstant(from, v, "the value of an enumerator")
			}
			if !v.isInteger() {
				p.fail(from, "the value of an enumerator cannot be %s", v.describe())
			}
			next, wrapped = v, false
		}
		if wrapped && next.i == 0 {
			p.fail(name, "%s is too large for any type", name.text)
		}
		if p.negative(next) {
			low = min(low, int64(next.i))
		} else {
			high = max(high, next.i)
		}
		d := &Decl{Kind: Constant, Name: name.text, At: p.at(name), Type: ty}
		v := next
		v.t = p.enumeratorType(v)
		d.Value = p.constantOf(v)
		// It is known to the enumerators after it.
		names, places = append(names, d), append(places, name)
		if old := p.names[d.Name]; old != nil {
			outer[d.Name] = old
		}
		p.names[d.Name] = p.enumerator(d, name)
		next.t = v.t
		next.i++
		wrapped = next.i == 0 && !p.target.Signed(next.t)
		if next.i == 1<<31 && next.t.Kind == types.Int {
			next.t = types.Of(types.Long)
		}
		if !p.accept(",") && !p.is("}") {
			p.fail(p.peek(), "expected , or } after an enumerator, found %s", found(p.peek()))
		}
		if len(names) > 1<<18 {
			p.fail(name, "too many enumerators")
		}
	}
	whole = true
	p.attributes(&a)
	ty.Elem = fixed
	if fixed == nil {
		ty.Elem = p.enumBase(low, high, a.packed)
		if a.mode != "" {
			ty.Elem = p.withMode(ty.Elem, a.mode, at)
		}
	}
	for _, d := range names {
		ty.Values = append(ty.Values, types.Enumerator{Name: d.Name, Value: int64(d.Value.Int)})
	}
	d := &Decl{Kind: Tag, Name: tag, Type: ty, At: p.at(at)}
	if tag != "" {
		old := p.tagged(types.Enum, tag, at)
		switch {
		case old.Type.Elem == nil: // named before it was defined
			named, was := *old, *old.Type
			p.undo = append(p.undo, func() { *old, *old.Type = named, was })
			*old.Type = *ty
			old.At = d.At
			d, ty = old, old.Type
		case sameEnum(old.Type, ty):
			d, ty = old, old.Type
		case !p.opts.Redefine:
			p.conflict(at, "enum "+tag+" is defined differently here", old, types.Define(old.Type))
		default:
			p.tags[tag] = d
		}
	}
	for i, e := range names {
		e.Type = ty
		if e.Value.Type.Kind != types.Int {
			e.Value.Type = ty.Elem
		}
		if p.names[e.Name] == e {
			delete(p.names, e.Name)
			p.enter(p.names, p.scope.names, e, places[i])
		}
	}
	p.list(d)
	return ty
}

// enumerator is what an enumerator is known as while the rest of the enum is read: the old one, where it is said again.
func (p *parser) enumerator(d *Decl, at token) *Decl {
	old := p.names[d.Name]
	if old == nil {
		return d
	}
	if old.Kind == Constant && old.Macro == nil && old.Value.Int == d.Value.Int && old.Type.Elem != nil || p.opts.Redefine {
		return d
	}
	p.conflict(at, d.Name+" is declared differently here", old, old.text())
	return nil
}

// enumeratorType is int where the value fits, else a wider type (GCC allows those).
func (p *parser) enumeratorType(v value) *types.Type {
	neg := p.negative(v)
	switch {
	case !neg && v.i <= math.MaxInt32, neg && int64(v.i) >= math.MinInt32:
		return types.Of(types.Int)
	case !neg && v.i <= math.MaxUint32:
		return types.Of(types.UInt)
	case neg || v.i <= math.MaxInt64:
		return types.Of(p.wide(false))
	}
	return types.Of(p.wide(true))
}

// wide is the first 64-bit integer type of the target.
func (p *parser) wide(unsigned bool) types.Kind {
	k := types.Long
	if p.target.Size(types.Of(types.Long)) < 8 {
		k = types.LongLong
	}
	if unsigned {
		k++
	}
	return k
}

// enumBase is the integer type GCC takes for an enum: unsigned int, int, or the first wider one that holds all values; the least one
// with packed (GCC, "Structures Unions Enumerations and Bit-Fields Implementation").
func (p *parser) enumBase(low int64, high uint64, packed bool) *types.Type {
	type choice struct {
		kind types.Kind
		bits uint
	}
	list := []choice{{types.Int, 32}, {p.wide(false), 64}}
	if packed {
		list = append([]choice{{types.SChar, 8}, {types.Short, 16}}, list...)
	}
	for _, c := range list {
		switch {
		case low >= 0 && (c.bits == 64 || high < 1<<c.bits):
			return types.Of(c.kind + 1) // the unsigned one
		case low < 0 && low >= -1<<(c.bits-1) && high < 1<<(c.bits-1):
			return types.Of(c.kind)
		}
	}
	return types.Of(p.wide(low >= 0))
}
