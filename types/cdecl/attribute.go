// This file defines attributes that change types, and #pragma pack (GCC, "Attribute Syntax", "Structure-Layout Pragmas").

package cdecl

import (
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
		case t.text == "[" && t.kind == punctuation && p.peekAt(1).text == "[":
			p.skipBrackets()
		default:
			return any
		}
		any = true
	}
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
	if p.accept("::") && p.peek().kind == word {
		t = p.next()
	}
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
		a.rules = types.MS
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
		elem := ty
		size := p.target.Size(elem)
		if r := p.target.Resolve(elem); !r.Kind.Integer() && !r.Kind.Floating() || size <= 0 {
			return ty // of a function's result, a pointer: the attribute is about what it points to
		}
		ty = &types.Type{Kind: types.Vector, Elem: elem, Len: max(1, a.vector/size)}
	}
	return ty
}

// withMode gives an arithmetic type the width a mode names (GCC, "Machine Modes").
func (p *parser) withMode(ty *types.Type, mode string, at token) *types.Type {
	r := p.target.Resolve(ty)
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
		s.apply(p.out.packs[s.next].words)
		s.next++
	}
	return s.pack
}

// apply follows one pragma: pack(), pack(n), pack(push), pack(push, name, n), pack(pop), pack(pop, name), and the others' words.
func (s *packState) apply(words []string) {
	switch words[0] {
	case "ms_struct":
		s.rules = types.HostRules
		if len(words) > 1 && words[1] == "on" {
			s.rules = types.MS
		}
		return
	case "scalar_storage_order":
		s.bigEndian = len(words) > 1 && words[1] == "big-endian" || len(words) > 3 && words[1] == "big" && words[3] == "endian"
		return
	}
	var args []string
	for _, w := range words[1:] {
		if w != "(" && w != ")" && w != "," {
			args = append(args, w)
		}
	}
	if len(args) == 0 {
		s.pack = 0
		return
	}
	verb, label, set := "", "", int64(-1)
	for _, w := range args {
		switch n, err := strconv.ParseInt(w, 0, 64); {
		case err == nil:
			set = n
		case w == "push" || w == "pop":
			verb = w
		default:
			label = w
		}
	}
	switch verb {
	case "push":
		if len(s.stack) < 1000 {
			s.stack = append(s.stack, packed{label, s.pack})
		}
	case "pop":
		for n := len(s.stack) - 1; n >= 0; n-- {
			if label == "" || s.stack[n].label == label {
				s.pack = s.stack[n].pack
				s.stack = s.stack[:n]
				break
			}
		}
	}
	if set >= 0 && set <= 16 && set&(set-1) == 0 {
		s.pack = set
	}
}
