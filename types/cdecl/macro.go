// This file defines macros: which are constants, which can be called, and why the others cannot.

package cdecl

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
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
	elides bool    // with no variable arguments the comma before them goes: , ##__VA_ARGS__
}

const longestMacro = 4000 // tokens of an expansion that is looked at

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
			if m.elides && n == len(m.Params)-1 {
				b.WriteString("## ")
			}
			b.WriteString(m.param(n))
		} else {
			b.WriteString(t.text)
		}
	}
	return b.String()
}

// variadic reports whether the macro takes any number of arguments.
func (m *Expansion) variadic() bool {
	return len(m.Params) > 0 && m.Params[len(m.Params)-1] == "..."
}

// param is what the body calls a parameter.
func (m *Expansion) param(n int) string {
	if m.Params[n] == "..." {
		return "__VA_ARGS__"
	}
	return m.Params[n]
}

// inWords puts the names of the parameters into a message.
func (m *Expansion) inWords(why string) string {
	for n := len(m.Params) - 1; n >= 0 && strings.Contains(why, argMark); n-- {
		why = strings.ReplaceAll(why, argName(n), m.param(n))
	}
	return why
}

// argument tells which argument a token stands for.
func argument(t token) (int, bool) {
	rest, ok := strings.CutPrefix(t.text, argMark)
	if !ok || t.kind != word {
		return 0, false
	}
	rest, ok = strings.CutSuffix(rest, "_")
	n, err := strconv.Atoi(rest)
	return n, ok && err == nil
}

// argName is the word that stands for an argument. What is joined to one does not look like another.
func argName(n int) string { return argMark + strconv.Itoa(n) + "_" }

// expansions enters the macros defined at the end of the text.
func (p *parser) expansions() {
	saved, savedPos := p.tokens, p.pos
	defer func() { p.tokens, p.pos = saved, savedPos }()
	var buffer []token
	moving := p.out.files.moving()
	p.live = true
	defer func() { p.live = false }()
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
			p.tokens, p.pos, p.missing, p.put = buffer, 0, "", false
			p.classify(decl, x)
			if decl.Reason != "" && p.missing != "" {
				if p.waiting == nil {
					p.waiting = map[string][]*Decl{}
				}
				p.waiting[p.missing] = append(p.waiting[p.missing], decl)
			}
		}
		p.enterMacro(decl, d)
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
	if found == nil {
		return nil
	}
	users := map[string][]string{} // by the word that is in their bodies
	for _, name := range f.order {
		for w := range words(f.defined[name].body) {
			users[w] = append(users[w], name)
		}
	}
	for list := slices.Collect(maps.Keys(found)); len(list) > 0; list = list[1:] {
		for _, name := range users[list[0]] {
			if !found[name] {
				found[name] = true
				list = append(list, name)
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
			if n, plain := argument(t); !plain || n >= len(x.Params) {
				return "it joins or quotes its parameters"
			}
		}
	}
	if x.variadic() {
		return p.unreadVariadic(x)
	}
	return ""
}

// unreadVariadic tells why a variadic macro is not looked at: what hands its variable arguments to another macro may do anything
// with their number.
func (p *parser) unreadVariadic(x *Expansion) string {
	const name = "__VA_ARGS__"
	var before []string // for each open parenthesis the word before it
	previous, twoBefore := "", ""
	uses, elided := 0, 0
	for body := x.Body; body != ""; {
		n := 1
		switch c := body[0]; {
		case c == ' ' || c == '\t':
			body = body[1:]
			continue
		case c == '"' || c == '\'':
			n = quoted([]byte(body), 0)
		case wordByte(c):
			for n < len(body) && wordByte(body[n]) {
				n++
			}
		case strings.HasPrefix(body, "##"):
			n = 2
		}
		word := body[:n]
		body = body[n:]
		switch word {
		case "(":
			before = append(before, previous)
		case ")":
			if len(before) > 0 {
				if word = before[len(before)-1]; !p.isMacro(word, x) { // the result of a macro may be the name of another
					word = ")"
				}
				before = before[:len(before)-1]
			}
		case "__VA_OPT__":
			return "it uses __VA_OPT__"
		case name:
			uses++
			if previous == "##" && twoBefore == "," {
				elided++
			}
			for _, w := range before {
				if p.isMacro(w, x) {
					return "it hands any number of arguments to another macro"
				}
			}
		}
		twoBefore, previous = previous, word
	}
	x.elides = uses > 0 && uses == elided
	if elided > 0 && !x.elides {
		return "it takes any number of arguments in two ways"
	}
	return ""
}

// isMacro reports whether a word in the body of a macro is another one.
func (p *parser) isMacro(word string, in *Expansion) bool {
	return word != in.Name && (p.out.files.defined[word] != nil || p.scope.macros[word] != nil)
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
	switch first.text {
	case "do", "while", "for", "if", "switch", "return", "goto", "break", "continue", "__asm__", "asm":
		if first.kind == word {
			d.Reason = "it is a statement, not an expression"
			return
		}
	}
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
	v, why := p.whole(func(p *parser) value { return p.scalar(p.expression()) })
	switch {
	case why != "":
		d.Reason, d.Type = x.inWords(why), v.t
	case v.known() && !p.put:
		d.Kind, d.Value = Constant, p.constantOf(v)
		d.Type = d.Value.Type
	default: // evaluated each time
		d.Type = v.t
	}
}

// tryCall tells whether a macro with parameters is an expression, whatever their values are.
func (p *parser) tryCall(d *Decl, x *Expansion) {
	p.dead++
	v, why := p.whole(func(p *parser) value { return p.scalar(p.expression()) })
	p.dead--
	switch {
	case why == "", strings.HasPrefix(why, "it divides by zero"), strings.HasPrefix(why, "it shifts too far"):
		d.Type = v.t
	default:
		d.Reason = x.inWords(why)
	}
}

// reconsider looks again at the macros that had a name in them which was declared only now.
func (s *Scope) reconsider(name string) {
	list := s.waiting[name]
	delete(s.waiting, name)
	for _, d := range list {
		x := d.Macro
		p := s.parser(Options{Name: x.Name})
		p.live = true
		p.tokens = append(append([]token(nil), x.tokens...), token{file: -1})
		d.Reason = ""
		p.classify(d, x)
		if d.Reason != "" && p.missing != "" {
			s.waiting[p.missing] = append(s.waiting[p.missing], d)
		}
	}
}
