// This file defines the parser: the state of reading one text, and declarations from the outside in (C11 6.7, 6.9).

package cdecl

import (
	"fmt"
	"strings"

	"dlsh/types"
)

// deepest is how far brackets, declarators and records may nest; C11 5.2.4.1 asks for 63.
const deepest = 200

// parser reads the tokens of one text. What it declares is in its own table until the text is read to the end.
type parser struct {
	scope  *Scope
	target *types.Target
	opts   Options
	out    *output
	tokens []token
	pos    int
	depth  int
	dead   int // inside an operand that is not evaluated

	outside Outside // nil except in Scope.Type
	asked   bool    // it was asked

	inParameters int
	params       *params         // in a parameter list: those before
	comparing    map[[2]any]bool // records and function types that are being compared

	// In a macro:
	live    bool    // what is known only when it is called does: arguments, calls, objects
	args    []value // nil while it is only looked at
	machine Machine // what calls and reads; nil while it is only looked at
	broken  error   // what the machine ended with
	put     bool    // a call or a read was put off until the macro is called
	untyped bool    // the type name read last has a type in it that is not known yet
	missing string  // the first name that is not declared

	table
	unit   *Unit
	listed map[*Decl]bool
	undo   []func() // takes back what was done to types and declarations of the scope
	pairs  map[[2]*types.Record]bool
	pack   packState
}

// strict makes a mistake of the parser's own end the tests.
var strict = false

// bail carries an error out of the parser's recursion, to declarations or Scope.
type bail struct{ err *Error }

func (p *parser) fail(t token, format string, args ...any) {
	panic(bail{p.errorAt(t, fmt.Sprintf(format, args...))})
}

func (p *parser) peek() token { return p.tokens[p.pos] }

func (p *parser) peekAt(n int) token { return p.tokens[min(p.pos+n, len(p.tokens)-1)] }

func (p *parser) next() token {
	t := p.tokens[p.pos]
	if t.kind != end {
		p.pos++
	}
	return t
}

// is reports whether the next token is s, which must be no literal.
func (p *parser) is(s string) bool {
	t := &p.tokens[p.pos]
	return t.text == s && t.kind != text && t.kind != char
}

func (p *parser) accept(s string) bool {
	if p.is(s) {
		p.pos++
		return true
	}
	return false
}

func (p *parser) want(s, after string) token {
	if !p.is(s) {
		p.fail(p.peek(), "expected %s %s, found %s", s, after, found(p.peek()))
	}
	return p.next()
}

// found is how errors call a token.
func found(t token) string {
	if t.kind == end {
		return "the end of the text"
	}
	if len(t.text) > 40 {
		return fmt.Sprintf("%.40q…", t.text)
	}
	return t.text
}

// deeper guards the recursion. Whoever called it takes p.depth back.
func (p *parser) deeper() {
	if p.depth++; p.depth > deepest {
		p.fail(p.peek(), "nested deeper than %d", deepest)
	}
}

// at is where a token stands, without the column, which takes looking at the line.
func (p *parser) at(t token) Position { return p.out.files.position(t.file, t.line) }

// inSystem reports whether a token is from the system's headers, where what is not understood is passed over.
func (p *parser) inSystem(t token) bool {
	return t.file >= 0 && int(t.file) < len(p.out.files.list) && p.out.files.list[t.file].isSystem
}

// declarations reads a text to its end.
func (p *parser) declarations() *Error {
	for p.peek().kind != end {
		from := p.pos
		if err := p.guarded(p.external); err != nil {
			if !p.inSystem(p.tokens[from]) || err.File == "" {
				return err
			}
			p.unit.Skipped = append(p.unit.Skipped, err)
			p.pos = from
			if p.guarded(p.skipDeclaration) != nil {
				p.pos = len(p.tokens) - 1
			} else if p.pos == from { // a bracket that closes nothing
				p.pos++
			}
		}
	}
	return nil
}

// guarded runs f and gives the error it ended with. A mistake of the parser's own is an error, too: a text must not end the process.
func (p *parser) guarded(f func()) (err *Error) {
	depth, dead, inParameters := p.depth, p.dead, p.inParameters
	defer func() {
		switch e := recover().(type) {
		case nil:
		case bail:
			err = e.err
			p.depth, p.dead, p.inParameters = depth, dead, inParameters
		default:
			if strict {
				panic(e)
			}
			err = p.errorAt(p.peek(), fmt.Sprintf("this cannot be read; it is a mistake in dlsh: %v", e))
			p.depth, p.dead, p.inParameters = depth, dead, inParameters
		}
	}()
	f()
	return nil
}

// skipDeclaration goes behind the ; or the body that ends a declaration.
func (p *parser) skipDeclaration() {
	for p.peek().kind != end {
		switch {
		case p.is(";"):
			p.pos++
			return
		case p.is("{"):
			p.skipBrackets()
			if !p.is(";") && !p.is(",") && !p.is("=") && !p.is("*") && p.peek().kind != word {
				return
			}
		case p.is("("), p.is("["):
			p.skipBrackets()
		default:
			p.pos++
		}
	}
}

// skipBrackets goes behind the bracket that closes the one here.
func (p *parser) skipBrackets() {
	open := p.next()
	for level := 1; level > 0; {
		t := p.next()
		switch {
		case t.kind == end:
			p.fail(open, "the %s is never closed", open.text)
		case t.kind != punctuation:
		case t.text == "(" || t.text == "[" || t.text == "{":
			level++
		case t.text == ")" || t.text == "]" || t.text == "}":
			level--
		}
	}
}

// external reads a declaration or a function definition (C11 6.9).
func (p *parser) external() {
	switch {
	case p.accept(";"):
		return
	case p.is("_Static_assert") || p.is("static_assert"):
		p.staticAssert()
		return
	case isAsm(p.peek().text):
		p.next()
		for p.peek().kind == word {
			p.next()
		}
		if p.is("(") {
			p.skipBrackets()
		}
		p.accept(";")
		return
	case p.is("extern") && p.peekAt(1).kind == text && p.peekAt(2).text == "{":
		p.fail(p.peekAt(1), "this is C++: C has no extern %s { }", p.peekAt(1).text)
	}
	start := p.peek()
	sp := p.specifiers(true)
	if p.accept(";") {
		if !sp.tagged {
			p.warnEmpty(start)
		}
		return
	}
	var own attrs // between a comma and the declarator: of that one alone
	for first := true; ; first = false {
		d := p.declarator(false)
		ty := d.apply(p, sp.ty)
		info := declared{declarator: d, specifiers: sp, ty: ty, attrs: own}
		info.symbol = d.name.text
		for {
			if isAsm(p.peek().text) {
				info.symbol = p.asmLabel()
			} else if !p.attributes(&info.attrs) {
				break
			}
		}
		if first && ty.Kind == types.Func && sp.storage != "typedef" && !p.is(",") && !p.is(";") && !p.is("=") {
			if p.is("{") || p.oldStyle() {
				p.declare(&info)
				p.skipBrackets()
				return
			}
		}
		if p.is("=") {
			p.next()
			info.initializer = p.pos
			info.ty = p.initializer(info.ty)
		}
		p.declare(&info)
		if !p.accept(",") {
			break
		}
		own = attrs{}
		p.attributes(&own)
	}
	if !p.is(";") {
		p.expectedEnd()
	}
	p.next()
}

// warnEmpty refuses a declaration that declares nothing, which is mostly a type without a name for it.
func (p *parser) warnEmpty(t token) {
	if p.inSystem(t) {
		return
	}
	p.fail(t, "this declares nothing")
}

// expectedEnd tells what should have come after a declarator.
func (p *parser) expectedEnd() {
	before := p.tokens[max(0, p.pos-1)]
	t := p.peek()
	e := p.errorAt(before, "")
	if before.line != t.line || before.file != t.file {
		// The place is the end of the line before, where the ; should be.
		e.Message = fmt.Sprintf("expected ; after %s, found %s", found(before), found(t))
		e.Column += len(before.text)
		panic(bail{e})
	}
	p.fail(t, "expected ; after %s, found %s", found(before), found(t))
}

// oldStyle goes over the declarations between the parentheses and the body of a function in the old style.
func (p *parser) oldStyle() bool {
	from := p.pos
	for p.peek().kind == word {
		for !p.is(";") {
			if p.peek().kind == end || p.is("{") || p.is("}") {
				p.pos = from
				return false
			}
			p.next()
		}
		p.next()
		if p.is("{") {
			return true
		}
	}
	p.pos = from
	return false
}

func (p *parser) staticAssert() {
	at := p.next()
	p.want("(", "after "+at.text)
	from := p.peek()
	v := p.conditional()
	if v.known() && v.isInteger() && v.i == 0 && !p.inSystem(at) {
		p.fail(from, "%s does not hold", at.text)
	}
	for !p.is(")") {
		if p.peek().kind == end {
			p.fail(at, "the ( after %s is never closed", at.text)
		}
		p.next()
	}
	p.next()
	p.accept(";")
}

func isAsm(s string) bool { return s == "asm" || s == "__asm__" || s == "__asm" }

// asmLabel reads the name an object has for the linker (GCC, "Asm Labels"), as the loader knows it.
func (p *parser) asmLabel() string {
	at := p.next()
	for p.is("volatile") || p.is("__volatile__") {
		p.next()
	}
	p.want("(", "after "+at.text)
	name := ""
	for p.peek().kind == text {
		s, ok := unquote(p.next().text)
		if !ok {
			p.fail(at, "the label is no string")
		}
		name += s
	}
	p.want(")", "after the label")
	if p.target.OS == "darwin" {
		name = strings.TrimPrefix(name, "_") // which the linker puts before all names of C there, and the loader wants them without
	}
	return name
}

// declared is a declarator with all that was said about it.
type declared struct {
	declarator
	specifiers
	ty          *types.Type
	symbol      string
	attrs       attrs
	initializer int // position of its tokens; 0 for none
}

// declare enters a declarator into the table.
func (p *parser) declare(x *declared) {
	name := x.name
	all := x.specifiers.attrs
	all.add(x.attrs)
	all.add(x.declarator.attrs)
	ty := p.attributed(x.ty, all, name)
	d := &Decl{Name: name.text, Type: ty, At: p.at(name), Symbol: x.symbol}
	switch {
	case x.storage == "typedef":
		if x.initializer > 0 {
			p.fail(name, "a typedef cannot have a value")
		}
		d.Kind, d.Symbol = Type, ""
		d.align = all.aligned
		if d.align == 0 {
			d.align = x.specifiers.alignOf(ty)
		}
		if all.transparent {
			if r := p.target.Resolve(ty); r.Kind == types.Union {
				p.transparent[r.Record] = true
			}
		}
		d.named = p.typedefOf(d)
	case ty.Kind == types.Func:
		d.Kind = Function
		d.Static = x.storage == "static" || x.inline && x.storage != "extern"
	default:
		if r := p.target.Resolve(ty); r.Kind == types.Func {
			d.Kind = Function // by way of a typedef
			break
		}
		d.Kind = Variable
		d.Static = x.storage == "static"
		d.align = max(all.aligned, x.specifiers.alignOf(ty))
		if r := p.target.Resolve(ty); r.Kind == types.Void && x.storage != "extern" {
			p.fail(name, "%s cannot be void", name.text)
		}
		if x.initializer > 0 {
			p.constantVariable(d, x)
		}
	}
	d.Reason = p.reason(d)
	p.enter(p.names, p.scope.names, d, name)
}

// constantVariable makes a constant of a const variable whose value can be told: static const int n = 5.
func (p *parser) constantVariable(d *Decl, x *declared) {
	r := p.target.Resolve(d.Type)
	isText := r.Kind == types.Array && p.charKind(r.Elem) && p.tokens[x.initializer].kind == text
	if !r.Const && !(r.Kind == types.Array && p.target.Resolve(r.Elem).Const) || !r.Kind.Scalar() && !isText {
		return
	}
	stop := p.pos
	p.pos = x.initializer
	var v value
	err := p.guarded(func() {
		braced := p.accept("{")
		v = p.assignment()
		if braced {
			p.accept(",")
			p.want("}", "after the value")
		}
		if p.pos != stop {
			p.fail(p.peek(), "more than a constant")
		}
		if !isText {
			v = p.convert(v, types.Unqualified(r))
		}
	})
	p.pos = stop
	if err != nil || !v.known() {
		return
	}
	d.Value = p.constantOf(v)
	d.Value.Type = d.Type
	if d.Static {
		d.Kind = Constant
	}
}

func (p *parser) charKind(t *types.Type) bool {
	k := p.target.Resolve(t).Kind
	return k == types.Char || k == types.SChar || k == types.UChar
}
