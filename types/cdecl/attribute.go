// This file defines attributes that change types, and #pragma pack (GCC, "Attribute Syntax", "Structure-Layout Pragmas").

package cdecl

import (
	"slices"
	"strconv"
	"strings"

	"dlsh/types"
)

// attrs is what the attributes of one place say, as far as types are concerned.
type attrs struct {
	packed      bool
	aligned     int64 // bytes; 0 for none
	vector      int64 // vector_size: bytes; 0 for none
	mode        string
	transparent bool
	bigEndian   bool
	rules       types.Rules
}

func (a *attrs) add(b attrs) {
	a.packed = a.packed || b.packed
	a.aligned = max(a.aligned, b.aligned)
	a.vector = max(a.vector, b.vector)
	if b.mode != "" {
		a.mode = b.mode
	}
	a.transparent = a.transparent || b.transparent
	a.bigEndian = a.bigEndian || b.bigEndian
	if b.rules != types.HostRules {
		a.rules = b.rules
	}
}

// attributes reads any number of attributes, and reports whether there were some.
func (p *parser) attributes(a *attrs) bool {
	any := false
	for {
		t := p.peek()
		switch {
		case keywords[t.text] == "__attribute__" && t.kind == word:
			p.next()
			p.want("(", "after "+t.text)
			p.want("(", "after "+t.text+"(")
			for !p.is(")") {
				p.attribute(a)
				if !p.accept(",") {
					break
				}
			}
			p.want(")", "after the attribute")
			p.want(")", "after the attribute")
		case keywords[t.text] == "__declspec" && t.kind == word:
			p.next()
			p.want("(", "after "+t.text)
			for !p.is(")") {
				p.attribute(a)
				p.accept(",")
			}
			p.next()
		case keywords[t.text] == "_Alignas" && t.kind == word:
			p.alignas(a)
		case p.is("[") && p.peekAt(1).text == "[":
			p.standardAttributes(a)
		default:
			return any
		}
		any = true
	}
}

// standardAttributes reads C23's [[ ]]. Only those of GCC's have to do with types.
func (p *parser) standardAttributes(a *attrs) {
	open := p.next()
	p.next()
	for !p.is("]") {
		if p.accept(",") {
			continue
		}
		var ignored attrs
		of := &ignored
		if p.peekAt(1).text == ":" && p.peekAt(2).text == ":" {
			if space := strings.Trim(p.peek().text, "_"); space == "gnu" || space == "clang" {
				of = a
			}
			p.pos += 3
		}
		if p.peek().kind == end {
			p.fail(open, "the [[ is never closed")
		}
		p.attribute(of)
	}
	p.next()
	p.want("]", "after the attribute")
}

// attribute reads one attribute with its arguments.
func (p *parser) attribute(a *attrs) {
	t := p.peek()
	if t.kind != word {
		if p.is(",") {
			return // attributes may be empty
		}
		p.fail(t, "expected an attribute, found %s", found(t))
	}
	p.next()
	name := strings.Trim(t.text, "_")
	open := p.pos
	args := p.is("(")
	if args {
		p.skipBrackets()
	}
	after := p.pos
	argument := func(read func()) {
		if args {
			p.pos = open + 1
			read()
			p.pos = after
		}
	}
	switch name {
	case "packed":
		a.packed = true
	case "aligned", "align":
		if !args {
			a.aligned = max(a.aligned, 16) // the most useful one for the target: 16 on all of ours
		}
		argument(func() { a.aligned = max(a.aligned, p.alignment(t)) })
	case "vector_size", "ext_vector_type", "neon_vector_type":
		argument(func() {
			if v := p.conditional(); v.known() && v.isInteger() {
				a.vector = int64(v.i)
			}
		})
		a.vector = max(a.vector, 1)
	case "mode":
		argument(func() { a.mode = strings.Trim(p.next().text, "_") })
	case "transparent_union":
		a.transparent = true
	case "ms_struct":
		if p.target != types.LinuxARM64 { // where GCC does not know it
			a.rules = types.MS
		}
	case "gcc_struct":
		a.rules = types.GCC
	case "scalar_storage_order":
		argument(func() { a.bigEndian = p.next().text == `"big-endian"` })
	}
}

// alignment reads the argument of aligned and _Alignas.
func (p *parser) alignment(at token) int64 {
	if p.starts(p.peek()) {
		ty := p.typeName()
		_, align, err := p.target.Layout(ty)
		if err != nil {
			p.fail(at, "%v", err)
		}
		return align
	}
	from := p.peek()
	v := p.conditional()
	switch {
	case !v.known():
		p.notConstant(from, v, "an alignment")
	case !v.isInteger() || v.i&(v.i-1) != 0 || v.i > 1<<28:
		p.fail(from, "an alignment of %s is not a power of two up to 2^28", v.describe())
	}
	return int64(v.i)
}

func (p *parser) alignas(a *attrs) {
	at := p.next()
	p.want("(", "after "+at.text)
	a.aligned = max(a.aligned, p.alignment(at))
	p.want(")", "after the alignment")
}

// attributed is a type with the attributes that change it: mode and vector_size.
func (p *parser) attributed(ty *types.Type, a attrs, at token) *types.Type {
	if a.mode != "" {
		ty = p.withMode(ty, a.mode, at)
	}
	if a.vector > 0 {
		ty = p.vectorOf(ty, a.vector)
	}
	return ty
}

// vectorOf makes a vector of a number. Of a pointer, an array or a function it is what they are made of that the attribute is about.
func (p *parser) vectorOf(ty *types.Type, size int64) *types.Type {
	r := p.target.Resolve(ty)
	switch {
	case r.Kind.Integer() || r.Kind.Floating():
		return &types.Type{Kind: types.Vector, Elem: ty, Len: max(1, size/p.target.Size(r))}
	case r.Kind == types.Pointer || r.Kind == types.Array || r.Kind == types.Func:
		made := *r
		made.Elem = p.vectorOf(r.Elem, size)
		return &made
	}
	return ty
}

// withMode gives an arithmetic type the width a mode names (GCC, "Machine Modes").
func (p *parser) withMode(ty *types.Type, mode string, at token) *types.Type {
	r := p.target.Resolve(ty)
	if r.Kind == types.Enum && r.Elem != nil {
		r = r.Elem
	}
	unsigned := r.Kind.Integer() && !p.target.Signed(r)
	pick := func(signed types.Kind) *types.Type {
		if unsigned {
			signed++
		}
		return types.Qualified(types.Of(signed), ty.Const, ty.Volatile)
	}
	if r.Kind.Integer() {
		switch mode {
		case "QI", "byte":
			return pick(types.SChar)
		case "HI":
			return pick(types.Short)
		case "SI":
			return pick(types.Int)
		case "DI", "word", "pointer", "unwind_word":
			return pick(p.wide(false))
		}
	}
	switch mode {
	case "SF":
		return types.Of(types.Float)
	case "DF":
		return types.Of(types.Double)
	case "SC":
		return types.Of(types.ComplexFloat)
	case "DC":
		return types.Of(types.ComplexDouble)
	case "XF", "TF", "XC", "TC":
		kind := types.LongDouble
		if strings.HasSuffix(mode, "C") {
			kind = types.ComplexLongDouble
		}
		if (mode[0] == 'X') == (p.target.LongDouble == types.X87) && p.target.LongDouble != types.Binary64 {
			return types.Of(kind)
		}
	}
	return &types.Type{Kind: types.Invalid, Name: "mode " + mode}
}

// packState is what the pragmas say at a place in the text.
type packState struct {
	next      int // of output.packs
	pack      int64
	stack     []packed
	rules     types.Rules
	bigEndian bool
}

type packed struct {
	label string
	pack  int64
}

// packHere is the most a member is aligned to in a record that ends here.
func (p *parser) packHere() int64 {
	s := &p.pack
	for s.next < len(p.out.packs) && p.out.packs[s.next].at <= p.pos {
		s.apply(p.out.packs[s.next].words, p.target)
		s.next++
	}
	return s.pack
}

// apply follows one pragma. What GCC would not understand changes nothing.
func (s *packState) apply(words []string, target *types.Target) {
	switch words[0] {
	case "pack":
		s.follow(words[1:])
	case "ms_struct":
		if target.OS != "darwin" {
			return // GCC knows it for Apple only
		}
		s.rules = types.HostRules
		if len(words) > 1 && words[1] == "on" {
			s.rules = types.MS
		}
	case "scalar_storage_order":
		s.bigEndian = len(words) > 1 && words[1] == "big-endian" || len(words) > 3 && words[1] == "big" && words[3] == "endian"
	}
}

// follow reads pack's argument: (), (n), (push), (push, n), (push, name), (push, name, n), (pop), (pop, name).
func (s *packState) follow(words []string) {
	end := slices.Index(words, ")")
	if end < 1 || words[0] != "(" {
		return
	}
	var args []string
	for i, w := range words[1:end] {
		if i%2 == 1 {
			if w != "," {
				return
			}
			continue
		}
		args = append(args, w)
	}
	pack, verb, label := int64(-1), "", ""
	if len(args) == 0 {
		pack = 0
	}
	for i, w := range args {
		n, err := strconv.ParseInt(w, 0, 64)
		switch {
		case err == nil && n >= 0 && n <= 16 && n&(n-1) == 0 && i == len(args)-1 && verb != "pop":
			pack = n
		case err == nil:
			return
		case i == 0 && (w == "push" || w == "pop"):
			verb = w
		case i == 1:
			label = w
		default:
			return
		}
	}
	switch {
	case verb == "push" && len(s.stack) < 1000:
		s.stack = append(s.stack, packed{label, s.pack})
	case verb == "pop" && len(s.stack) > 0:
		n := len(s.stack) - 1
		for i := n; i >= 0 && label != ""; i-- {
			if s.stack[i].label == label {
				n = i
				break
			}
		}
		pack, s.stack = s.stack[n].pack, s.stack[:n]
	}
	if pack >= 0 {
		s.pack = pack
	}
}
