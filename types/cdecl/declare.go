// This file defines Declare, Include and Type: a text becomes part of the scope, or nothing does.

package cdecl

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"dlsh/types"
)

// largestText is the most bytes of one Declare.
const largestText = 4 << 20

// Declare reads C declarations and directives.
func (s *Scope) Declare(src string, o Options) (*Unit, error) {
	if o.Name == "" {
		o.Name = "cdef"
	}
	f := newFiles(s.target, o.Folders)
	return s.read(f, o, func(f *files) *file {
		x := f.add(o.Name, []byte(src))
		x.line0 = max(o.Line, 1) - 1
		return x
	}, src)
}

// Include reads a header with everything it includes. A name that begins with . or / is a path; any other is
// looked for in the folders. What was included before with the same options is not read again.
func (s *Scope) Include(header string, o Options) (*Unit, error) {
	key := strings.Join([]string{header, fmt.Sprint(o.Redefine), strings.Join(o.Folders, "\x01"), strings.Join(o.Defines, "\x01")}, "\x00")
	if was := s.included[key]; was != nil && was.fresh() {
		return was.unit, nil
	}
	if header == "" || strings.ContainsAny(header, "\n\r\"<>\x00") {
		return nil, &Error{Message: fmt.Sprintf("%q is not the name of a header", header)}
	}
	f := newFiles(s.target, o.Folders)
	path := strings.HasPrefix(header, ".") || filepath.IsAbs(header)
	text := "#include <" + header + ">\n"
	if path {
		text = "#include \"" + filepath.ToSlash(header) + "\"\n"
	}
	u, err := s.read(f, o, func(f *files) *file {
		x := f.add(mainName, []byte(text))
		x.isSystem = true
		return x
	}, "")
	if err != nil {
		if e, ok := err.(*Error); ok && e.File == mainName {
			e.File, e.Line, e.Column, e.Source = "", 0, 0, ""
		}
		return nil, err
	}
	s.included[key] = stamped(u)
	return u, nil
}

// inclusion is what an Include gave, and how its files were then: one that is edited at a prompt is read again.
type inclusion struct {
	unit  *Unit
	files []stamp
}

type stamp struct {
	name string
	size int64
	time time.Time
}

func stamped(u *Unit) *inclusion {
	x := &inclusion{unit: u}
	for _, name := range u.Files {
		if info, err := os.Stat(name); err == nil {
			x.files = append(x.files, stamp{name, info.Size(), info.ModTime()})
		}
	}
	return x
}

func (x *inclusion) fresh() bool {
	for _, f := range x.files {
		info, err := os.Stat(f.name)
		if err != nil || info.Size() != f.size || !info.ModTime().Equal(f.time) {
			return false
		}
	}
	return true
}

// Type gives the type a C type name spells: "struct stat", "int (*)(const void *, const void *)".
func (s *Scope) Type(spelling string) (*types.Type, error) {
	if t := s.spelled[spelling]; t != nil {
		return t, nil
	}
	o := Options{Name: "type"}
	f := newFiles(s.target, nil)
	if strings.Contains(spelling, "#") {
		return nil, &Error{Message: fmt.Sprintf("%q is not a type name", spelling)}
	}
	main := f.add(o.Name, []byte(spelling))
	out, problem := s.preprocess(f, main, o, spelling, false)
	if problem != nil {
		return nil, problem.inSpelling(spelling)
	}
	p := s.parser(o)
	p.out, p.tokens, p.outside = out, append(out.tokens, token{file: main.index, line: 1}), s.outside
	var ty *types.Type
	if err := p.guarded(func() {
		ty = p.typeName()
		if t := p.peek(); t.kind != end {
			p.fail(t, "%s is not expected in a type name", found(t))
		}
	}); err != nil {
		p.rollback()
		return nil, err.inSpelling(spelling)
	}
	p.commit()
	if len(s.spelled) < 1000 && !p.asked { // who is outside may know more or less another time
		s.spelled[spelling] = ty
	}
	return ty, nil
}

// inSpelling makes an error about a type name one without a place in a text.
func (e *Error) inSpelling(spelling string) *Error {
	if len(spelling) > 100 {
		spelling = spelling[:100] + "…"
	}
	out := &Error{Message: fmt.Sprintf("%q: %s", spelling, e.Message), Hint: e.Hint, Other: e.Other}
	return out
}

// read takes a text through the preprocessor and the parser, and into the scope if both are content.
func (s *Scope) read(f *files, o Options, main func(*files) *file, src string) (*Unit, error) {
	if len(src) > largestText {
		return nil, &Error{Message: fmt.Sprintf("the text is too long: %d bytes, and %d are the most", len(src), largestText)}
	}
	if strings.IndexByte(src, 0) >= 0 {
		return nil, &Error{Message: "the text has zero bytes in it: it is binary, not C"}
	}
	out, problem := s.preprocess(f, main(f), o, src, true)
	for f.again {
		was := f
		f = newFiles(s.target, o.Folders)
		f.wild, f.apart = was.wild, was.apart
		out, problem = s.preprocess(f, main(f), o, src, true)
	}
	if problem != nil {
		return nil, problem
	}
	p := s.parser(o)
	p.out = out
	last := token{file: 0, line: 1}
	if n := len(out.text); n > 0 {
		last.file, last.line = out.text[n-1].file, out.text[n-1].line
	}
	p.tokens = append(append(make([]token, 0, len(out.text)+1), out.text...), last)
	if err := p.declarations(); err != nil {
		p.rollback()
		return nil, err
	}
	if err := p.guarded(p.expansions); err != nil {
		p.rollback()
		return nil, err
	}
	p.commit()
	if out.cut != nil {
		p.unit.Skipped = append(p.unit.Skipped, out.cut)
	}
	for _, x := range f.list {
		if x.name != mainName && x.name != "<defines>" {
			p.unit.Files = append(p.unit.Files, x.name)
		}
	}
	return p.unit, nil
}

// parser makes a parser on the scope.
func (s *Scope) parser(o Options) *parser {
	return &parser{scope: s, target: s.target, opts: o, table: newTable(), unit: &Unit{}, listed: map[*Decl]bool{},
		pairs: map[[2]*types.Record]bool{}, out: &output{files: &files{}}}
}

// preprocess runs a text with the macros of the target and those of the scope that it mentions.
func (s *Scope) preprocess(f *files, main *file, o Options, src string, macros bool) (*output, *Error) {
	defines, problem := defineLines(o.Defines)
	if problem != nil {
		return nil, problem
	}
	var predefined string
	if src == "" || strings.Contains(src, "include") {
		predefined = predefinedFor(s.target)
	} else {
		predefined = predefinedIn(s.target, src)
	}
	var prelude string
	prelude, f.known = s.prelude(src+" "+defines, o.Defines)
	f.texts = len(f.known) > 0
	return preprocess(f, predefined, f.add("<defines>", []byte(defines)), prelude, main, macros)
}

// defineLines makes directives of -D options.
func defineLines(list []string) (string, *Error) {
	var b strings.Builder
	for _, d := range list {
		name, v, given := strings.Cut(d, "=")
		if !given {
			v = "1"
		}
		plain, _, _ := strings.Cut(name, "(")
		if plain == "" || strings.Trim(plain, "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" || strings.ContainsAny(d, "\n\r\x00") || strings.HasSuffix(strings.TrimRight(d, " \t"), "\\") || plain[0] <= '9' {
			return "", &Error{Message: fmt.Sprintf("%q cannot be defined: give NAME or NAME=value", d)}
		}
		fmt.Fprintf(&b, "#define %s %s\n", name, v)
	}
	return b.String(), nil
}

// prelude defines the scope's macros that a text mentions, as they were expanded when they were read, but for those that
// the caller defines.
func (s *Scope) prelude(src string, defines []string) (string, map[string]*definition) {
	if len(s.macros) == 0 {
		return "", nil
	}
	var b strings.Builder
	known := map[string]*definition{}
	given := map[string]bool{}
	for _, d := range defines {
		name, _, _ := strings.Cut(d, "=")
		name, _, _ = strings.Cut(name, "(")
		given[name] = true
	}
	for name := range words(src) {
		d := s.macros[name]
		if d == nil || given[name] || known[name] != nil {
			continue
		}
		m := d.Macro
		body := m.Expanded()
		if m.unread != "" && len(m.tokens) > 0 {
			body = m.Body
		}
		known[name] = &definition{name: name, function: m.Function, params: m.Params, body: body, file: &file{}}
		fmt.Fprintf(&b, "#define %s", name)
		if m.Function {
			fmt.Fprintf(&b, "(%s)", strings.Join(m.Params, ","))
		}
		b.WriteString(" " + body + " \n") // a body may end in a backslash
	}
	return b.String(), known
}

// list puts a declaration into the unit, once.
func (p *parser) list(d *Decl) {
	if !p.listed[d] {
		p.listed[d] = true
		p.unit.Decls = append(p.unit.Decls, d)
	}
}

// enter puts a declaration into the table, or finds that it is there already.
func (p *parser) enter(own, outer map[string]*Decl, d *Decl, at token) {
	old := own[d.Name]
	if old == nil {
		old = outer[d.Name]
	}
	if old != nil && old.Macro == nil {
		if merged, same := p.same(old, d); same {
			own[d.Name] = merged
			p.list(merged)
			return
		}
		if !p.opts.Redefine {
			if p.inSystem(at) && outer[d.Name] == nil {
				// Two headers of the system do not agree; GCC would not take them either.
				p.conflict(at, d.Name+" is declared differently here", old, old.text())
			}
			p.conflict(at, d.Name+" is declared differently here: "+d.text(), old, old.text())
		}
	}
	own[d.Name] = d
	p.list(d)
}

// enterMacro puts a macro into the table. One that the scope has otherwise is an error, as other names are, but for headers
// of the system and for texts that #undef it first (C11 6.10.3p2).
func (p *parser) enterMacro(d *Decl, def *definition) {
	if old := p.scope.macros[d.Name]; old != nil {
		switch {
		case sameMacro(old, d):
			d = old
		case p.opts.Redefine || def.file == nil || def.file.isSystem || p.out.files.undefined[d.Name] || old.Macro.sameText(d.Macro):
		default:
			p.conflict(token{file: def.file.index, line: int32(d.At.Line - def.file.line0), text: d.Name, kind: word}, d.Name+" is defined differently here: "+d.text(), old, old.text())
		}
	}
	p.macros[d.Name] = d
	p.list(d)
}

// conflict ends with the error for a name that was declared otherwise before.
func (p *parser) conflict(at token, message string, old *Decl, was string) {
	e := p.errorAt(at, message)
	e.Other = fmt.Sprintf("%s: it was declared before: %s", old.At, clipped(was))
	e.Hint = HintRedefine
	panic(bail{e})
}

// text is a declaration as C, for errors.
func (d *Decl) text() string {
	switch d.Kind {
	case Type:
		s := "typedef " + types.Declare(d.Type, d.Name)
		if d.align > 0 {
			s += fmt.Sprintf(" __attribute__((aligned(%d)))", d.align)
		}
		return s
	case Constant:
		return fmt.Sprintf("%s = %s", d.Name, d.Value)
	case Macro:
		return d.Macro.String()
	}
	return types.Declare(d.Type, d.Name)
}

// commit makes what was read part of the scope.
func (p *parser) commit() {
	s := p.scope
	if p.opts.Redefine {
		if r := p.replaced(); r != nil {
			defer func() { r.follow(s.table) }() // what is new, too: it may have named what is old
		}
	}
	for k, v := range p.names {
		s.names[k] = v
	}
	for k, v := range p.macros {
		s.macros[k] = v
	}
	for k, v := range p.tags {
		s.tags[k] = v
	}
	for k, v := range p.transparent {
		s.transparent[k] = v
	}
	for k, v := range p.waiting {
		if s.waiting == nil {
			s.waiting = map[string][]*Decl{}
		}
		s.waiting[k] = append(s.waiting[k], v...)
	}
	if len(s.waiting) > 0 {
		for k := range p.names {
			s.reconsider(k)
		}
	}
	if len(p.names)+len(p.macros)+len(p.tags) > 0 {
		clear(s.spelled)
	}
}

// rollback takes back what a text that failed did to types of the scope: records and enums that it completed.
func (p *parser) rollback() {
	for _, f := range slices.Backward(p.undo) {
		f()
	}
}
