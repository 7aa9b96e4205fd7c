// This file defines macros: which are constants, which can be called, and why the others cannot.

package cdecl

import (
	"fmt"
	"strconv"
	"strings"

	"dlsh/types"
)

// Expansion is a macro as it is at the end of its text.
type Expansion struct {
	Name     string
	Function bool     // it has parameters, or at least parentheses
	Params   []string // their names; "..." last for a variadic one
	Body     string   // what #define says

	scope  *Scope
	tokens []token // expanded; __dlsh_argN stands for an argument
	unread string  // why the expansion is not to be used
}

const (
	longestMacro = 4000 // tokens of an expansion that is looked at
	mostArgument = 1 << 20
)

// String is the #define.
func (m *Expansion) String() string {
	s := "#define " + m.Name
	if m.Function {
		s += "(" + strings.Join(m.Params, ", ") + ")"
	}
	if m.Body != "" {
		s += " " + m.Body
	}
	return s
}

// Expanded is the text the macro stands for, with its parameters by name.
func (m *Expansion) Expanded() string {
	var b strings.Builder
	for i, t := range m.tokens {
		if i > 0 {
			b.WriteByte(' ')
		}
		if n, ok := argument(t); ok && n < len(m.Params) {
			b.WriteString(m.Params[n])
		} else {
			b.WriteString(t.text)
		}
	}
	return b.String()
}

// argument tells which argument a token stands for.
func argument(t token) (int, bool) {
	rest, ok := strings.CutPrefix(t.text, argMark)
	if !ok || t.kind != word {
		return 0, false
	}
	n, err := strconv.Atoi(rest)
	return n, err == nil
}

// Call evaluates a macro with parameters. The arguments take the place of the parameters in the expansion, as values: what
// joins (##) or quotes (#) its parameters cannot be called.
func (m *Expansion) Call(args []Value) (Value, error) {
	switch {
	case !m.Function:
		return Value{}, fmt.Errorf("%s takes no arguments: it is %s", m.Name, m)
	case m.unread != "":
		return Value{}, fmt.Errorf("%s cannot be called: %s", m.Name, m.unread)
	case len(args) != len(m.Params):
		return Value{}, fmt.Errorf("%s takes %d arguments (%s), and got %d", m.Name, len(m.Params), strings.Join(m.Params, ", "), len(args))
	}
	p := m.scope.parser(Options{Name: m.Name})
	for _, t := range m.tokens {
		if n, ok := argument(t); ok && n < len(args) {
			arg, err := literal(m.scope.target, args[n])
			if err != nil {
				return Value{}, fmt.Errorf("%s: argument %d: %w", m.Name, n+1, err)
			}
			p.tokens = append(p.tokens, arg...)
			continue
		}
		p.tokens = append(p.tokens, t)
	}
	p.tokens = append(p.tokens, token{})
	v, why := p.whole()
	if why != "" {
		return Value{}, fmt.Errorf("%s: %s; it expands to %s", m.Name, why, m.Expanded())
	}
	return p.constantOf(v), nil
}

// literal writes a value as tokens that evaluate to it, type and all.
func literal(t *types.Target, v Value) ([]token, error) {
	if len(v.Bytes) > mostArgument {
		return nil, fmt.Errorf("a string of %d bytes is too long", len(v.Bytes))
	}
	var list []token
	add := func(kind tokenKind, s string) { list = append(list, token{text: s, kind: kind}) }
	add(punctuation, "(")
	ty := ""
	if v.Type != nil && v.Type.Kind.Scalar() && v.Type.Kind < types.Pointer {
		ty = v.Type.Kind.String()
	}
	cast := func() {
		if ty == "" {
			return
		}
		add(punctuation, "(")
		for _, w := range strings.Fields(ty) {
			add(word, w)
		}
		add(punctuation, ")")
	}
	switch v.Kind {
	case Integer, Char:
		cast()
		add(number, strconv.FormatUint(v.Int, 10)+"ULL")
	case Float:
		cast()
		if v.Float < 0 {
			add(punctuation, "-")
		}
		s := strings.TrimPrefix(strconv.FormatFloat(v.Float, 'e', -1, 64), "-")
		if strings.ContainsAny(s, "IN") {
			return nil, fmt.Errorf("%v is no constant of C", v.Float)
		}
		add(number, s)
	case String:
		var b strings.Builder
		b.WriteByte('"')
		for i := range len(v.Bytes) {
			fmt.Fprintf(&b, "\\%03o", v.Bytes[i])
		}
		b.WriteByte('"')
		add(text, b.String())
	case Address:
		for _, s := range []string{"(", "void", "*", ")"} {
			add(kindOf(s), s)
		}
		add(number, strconv.FormatUint(v.Int, 10)+"ULL")
	default:
		return nil, fmt.Errorf("it has no value")
	}
	add(punctuation, ")")
	return list, nil
}

// whole evaluates all tokens as one expression; why says why it is no constant.
func (p *parser) whole() (v value, why string) {
	err := p.guarded(func() {
		v = p.expression()
		if t := p.peek(); t.kind != end {
			p.fail(t, "it is no expression: %s is not expected", found(t))
		}
	})
	switch {
	case err != nil:
		return v, err.Message
	case v.kind == address && v.lv || v.kind == unknown:
		why = v.why
		if why == "" {
			why = "it is no constant"
		}
		return v, why
	}
	return v, ""
}

// expansions enters the macros defined at the end of the text.
func (p *parser) expansions() {
	saved, savedPos := p.tokens, p.pos
	defer func() { p.tokens, p.pos = saved, savedPos }()
	var buffer []token
	moving := p.out.files.moving()
	for _, m := range p.out.macros {
		d := m.def
		if d == nil || m.from > m.to {
			continue
		}
		x := &Expansion{Name: d.name, Function: d.function, Params: d.params, Body: d.body, scope: p.scope}
		tokens := p.out.tokens[m.from:m.to]
		decl := &Decl{Kind: Macro, Name: d.name, Macro: x, At: d.at}
		x.unread = p.unread(x, tokens)
		if moving[d.name] {
			x.unread = "it is different at each place it is used"
		}
		x.tokens = append([]token(nil), tokens[:min(len(tokens), longestMacro)]...)
		if x.unread != "" {
			decl.Reason = x.unread
		} else {
			buffer = append(append(buffer[:0], tokens...), token{file: -1})
			p.tokens, p.pos = buffer, 0
			p.classify(decl, x)
		}
		p.enterMacro(decl)
	}
}

// moving lists the macros that are made of __LINE__ and the like, by way of others too.
func (f *files) moving() map[string]bool {
	var found map[string]bool
	for _, name := range f.order {
		body := f.defined[name].body
		for _, word := range []string{"__LINE__", "__FILE__", "__COUNTER__", "__DATE__", "__TIME__"} {
			if strings.Contains(body, word) {
				if found == nil {
					found = map[string]bool{}
				}
				found[name] = true
			}
		}
	}
	for more := len(found) > 0; more; {
		more = false
		for _, name := range f.order {
			if found[name] {
				continue
			}
			for _, w := range strings.FieldsFunc(f.defined[name].body, func(r rune) bool { return r < 0x80 && !wordByte(byte(r)) }) {
				if found[w] {
					found[name], more = true, true
					break
				}
			}
		}
	}
	return found
}

// unread tells why an expansion is not even looked at.
func (p *parser) unread(x *Expansion, tokens []token) string {
	switch {
	case len(tokens) == 0:
		return "it expands to nothing"
	case len(tokens) > longestMacro:
		return fmt.Sprintf("it expands to more than %d tokens", longestMacro)
	case x.Function && tokens[0].text == x.Name && len(tokens) > 1 && tokens[1].text == "(" && p.lookup(x.Name) == nil:
		return "it expands to itself"
	}
	if !x.Function {
		return ""
	}
	for _, t := range tokens {
		if i := strings.Index(t.text, argMark); i >= 0 {
			if _, plain := argument(t); !plain {
				return "it joins or quotes its parameters"
			}
		}
	}
	if n := len(x.Params); n > 0 && strings.HasSuffix(x.Params[n-1], "...") {
		return "it takes any number of arguments"
	}
	return ""
}

func (p *parser) lookup(name string) *Decl {
	if d := p.names[name]; d != nil {
		return d
	}
	return p.scope.names[name]
}

// classify finds what a macro is: a constant, another name for something, a type, an expression with parameters.
func (p *parser) classify(d *Decl, x *Expansion) {
	first := p.tokens[0]
	if x.Function {
		p.tryCall(d, x)
		return
	}
	if len(p.tokens) == 2 && first.kind == word && keywords[first.text] == "" {
		if other := p.lookup(first.text); other != nil && (other.Kind == Function || other.Kind == Variable) {
			d.Kind, d.Type, d.Symbol, d.Static, d.Reason = other.Kind, other.Type, other.Symbol, other.Static, other.Reason
			return
		}
	}
	if p.starts(first) {
		err := p.guarded(func() {
			ty := p.typeName()
			if p.peek().kind != end {
				p.fail(p.peek(), "")
			}
			d.Kind, d.Type, d.named = Type, ty, ty
		})
		if err != nil {
			d.Reason = "it is no expression"
		}
		return
	}
	v, why := p.whole()
	if why != "" {
		d.Reason = why
		if v.t != nil {
			d.Type = v.t
		}
		return
	}
	d.Kind, d.Value = Constant, p.constantOf(v)
	d.Type = d.Value.Type
}

// tryCall tells whether a macro with parameters is an expression: it is read once with a number for each of them.
func (p *parser) tryCall(d *Decl, x *Expansion) {
	for i, t := range p.tokens {
		if _, ok := argument(t); ok {
			p.tokens[i] = token{text: "1", kind: number, file: t.file, line: t.line}
		}
	}
	p.dead++ // 1 is only an example: it may divide by zero, and point nowhere
	v, why := p.whole()
	p.dead--
	switch {
	case why == "", strings.HasPrefix(why, "it divides by zero"), strings.HasPrefix(why, "it shifts too far"):
		d.Type = v.t
	default:
		d.Reason = why
	}
}
