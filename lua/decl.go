// This file defines ctypes.decl and lib:declare: types, functions and variables written as C that a compiler takes.

package lua

import (
	"errors"
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
	"dlsh/types"
	"dlsh/types/cdecl"
)

// decl is ctypes.decl(x [, name]).
func (s *Session) decl(L *glua.LState) int {
	name := ""
	switch x := L.Get(2).(type) {
	case *glua.LNilType:
	case glua.LString:
		if name = string(x); !isName(name) {
			raise(L, "ValueError", "decl: argument 2: %s is no name in C", describe(x))
		}
	default:
		raise(L, "TypeError", "decl: argument 2: the name of a variable is wanted, not %s", describe(x))
	}
	text, err := s.declText(L.Get(1), name)
	if err != nil {
		raiseErr(L, "TypeError", "decl", err)
	}
	L.Push(glua.LString(text))
	return 1
}

// declText is a Lua value as C: what is declared there, under its own name or the one given.
func (s *Session) declText(lv glua.LValue, name string) (string, error) {
	switch x := lv.(type) {
	case glua.LString:
		return s.nameText(string(x), name)
	case *glua.LFunction:
		if f := toFunction(x); f != nil {
			d := s.functionDeclaration(f)
			if name != "" {
				d.Name, d.Symbol = name, ""
			}
			return writtenC(s.target, "", d)
		}
		if m := toMacro(x); m != nil {
			return m.d.Macro.String(), nil
		}
		return "", errors.New("argument 1: a Lua function has no C type; a callback made of it has one")
	case *glua.LUserData:
		switch v := x.Value.(type) {
		case *ctype:
			return s.typeText(v, name)
		case *value:
			return s.valueText(v, name)
		case *library:
			return "", errors.New("argument 1: lib:declare() writes what is known of a library")
		}
	}
	return "", fmt.Errorf("argument 1: a C type, its spelling, a function or a ctypes value is wanted, not %s", describe(lv))
}

// writtenC is declarations as C text, without the end of its last line.
func writtenC(target *types.Target, remarks string, list ...types.Declaration) (string, error) {
	h := types.NewHeader(target)
	for _, d := range list {
		if err := h.Add(d); err != nil {
			return "", err
		}
	}
	return remarks + strings.TrimSuffix(h.String(), "\n"), nil
}

// nameText is the C of a name that C text declared, or of a C spelling.
func (s *Session) nameText(text, name string) (string, error) {
	if d := s.scope.Lookup(text); d != nil && name == "" {
		switch {
		case d.Kind == cdecl.Macro, d.Kind == cdecl.Constant && d.Macro != nil:
			return d.Macro.String(), nil
		case !d.Usable():
			return "", fmt.Errorf("%s: %s", text, d.Reason)
		case d.Kind == cdecl.Function, d.Kind == cdecl.Variable:
			return writtenC(s.target, "", declarationOf(d))
		case d.Kind == cdecl.Constant: // an enumerator, which its enum defines, or a variable with a value
			return writtenC(s.target, "", types.Declaration{Type: d.Type})
		}
	}
	if c, err := s.scopeType(text); err == nil && s.unknownEnum(c) == nil { // this knows functions, and parameters by name
		return s.cText(c, name, "", "")
	}
	t, err := s.spell(text)
	if err != nil {
		return "", err
	}
	return s.typeText(t, name)
}

// declarationOf is a function or variable as C text declared it.
func declarationOf(d *cdecl.Decl) types.Declaration {
	return types.Declaration{Type: d.Type, Name: d.Name, Symbol: d.Symbol, Extern: d.Kind == cdecl.Variable}
}

// typeText is a type as C.
func (s *Session) typeText(t *ctype, name string) (string, error) {
	if err := t.straight(map[*record]bool{}); err != nil {
		return "", err
	}
	remarks := ""
	if t.op == opRecord && len(t.rec.options.anonymous) > 0 {
		remarks = fmt.Sprintf("// in Lua the members of %s are reached without that name too\n", strings.Join(t.rec.options.anonymous, ", "))
	}
	return s.cText(t.c, name, t.name, remarks)
}

// cText is a C type as C: its definition, a variable of the name, or where neither is to be had the type's name. One
// whose name needs definitions before it is a typedef, because C ends on a declaration.
func (s *Session) cText(c *types.Type, name, alias, remarks string) (string, error) {
	if name != "" {
		return writtenC(s.target, remarks, types.Declaration{Type: c, Name: name})
	}
	text, err := writtenC(s.target, remarks, types.Declaration{Type: c})
	if err != nil {
		return "", err
	}
	switch c := types.Unqualified(c); {
	case c.Kind.Aggregate(), c.Kind == types.Enum, c.Kind == types.Typedef && text != remarks:
		return text, nil
	}
	if text == remarks {
		return remarks + c.String(), nil
	}
	if alias == "" {
		alias = "type"
	}
	return writtenC(s.target, remarks, types.Declaration{Type: &types.Type{Kind: types.Typedef, Name: alias, Elem: c}})
}

// straight refuses types that C has no words for: numbers stored high byte first, unless all of their record is.
func (t *ctype) straight(seen map[*record]bool) error {
	switch {
	case t.swap:
		return fmt.Errorf("C has no type for a %s stored high byte first; a BigEndianStructure of it can be declared", t.c)
	case t.op == opArray, t.op == opPointer:
		return t.elem.straight(seen)
	case t.op == opRecord && !seen[t.rec]:
		seen[t.rec] = true
		for _, f := range t.rec.fields {
			if f.t.op == opRecord || !f.owner.rec.big {
				if err := f.t.straight(seen); err != nil {
					return fmt.Errorf("%s: member %s: %w", t.c, f.name, err)
				}
			}
		}
	}
	return nil
}

// valueText is a ctypes value as C: the variable of a library that it is, or its type.
func (s *Session) valueText(v *value, name string) (string, error) {
	if name == "" && v.block.of != nil && v.block.of.owner != nil && v.alive() == nil {
		symbol, _ := ffi.FunctionAt(v.addr)
		if size, ok := ffi.VariableAt(v.addr); ok && size == v.t.size && symbol != "" {
			if err := v.t.straight(map[*record]bool{}); err != nil {
				return "", err
			}
			return writtenC(s.target, "", types.Declaration{Type: v.t.c, Name: symbol, Extern: true})
		}
	}
	return s.typeText(v.t, name)
}

// functionDeclaration is what is known of a function.
func (s *Session) functionDeclaration(f *function) types.Declaration {
	d := types.Declaration{Name: f.name, Type: f.c}
	if c := s.scope.Lookup(f.name); c != nil && c.Kind == cdecl.Function {
		d.Symbol = c.Symbol
	}
	switch {
	case f.cb != nil:
		d.Type, d.Symbol = s.target.Resolve(f.cb.t.c).Elem, ""
		if !isName(d.Name) {
			d.Name = "callback"
		}
	case f.c != nil:
	case f.adapts():
		c := *f.ctypeOf()
		c.Params, c.NoProto = nil, true
		d.Type, d.Note = &c, "from_param says in each call what its parameters are"
	default:
		d.Type = f.ctypeOf()
		if !f.declared {
			d.Note = "its parameters are not declared"
			if f.why != nil {
				d.Note = "it cannot be declared: " + f.why.Error()
			}
		}
	}
	return d
}

// libraryDeclare is lib:declare([pattern]): a string.
func (s *Session) libraryDeclare(L *glua.LState) int {
	lib := checkMethod(L, "declare")
	wanted := checkPattern(L, "declare", 2)
	table, err := s.symbolTable(lib)
	if err != nil {
		raiseErr(L, "OSError", "declare", err)
	}
	known := s.declaredSymbols()
	r := report{header: types.NewHeader(s.target)}
	r.header.Whole = true
	for i := range table {
		x := &table[i]
		demangled := x.demangled()
		if x.Hidden || !wanted.picks(x.Name) && (demangled == "" || !wanted.picks(demangled)) {
			continue
		}
		d, err := s.symbolDeclaration(lib, x, known)
		if d != nil && d.Note == "" {
			d.Note = demangled
		}
		r.add(x, d, err)
	}
	wanted.refuse(L, "declare")
	L.Push(glua.LString(r.text(lib)))
	return 1
}

// declaredSymbols are the functions and variables that C text declared, by the names they have in libraries.
func (s *Session) declaredSymbols() map[string]*cdecl.Decl {
	known := map[string]*cdecl.Decl{}
	for _, name := range s.scope.Names() {
		d := s.scope.Lookup(name)
		if d == nil || d.Macro != nil || d.Static || d.Kind != cdecl.Function && d.Kind != cdecl.Variable {
			continue
		}
		symbol := d.Symbol
		if symbol == "" {
			symbol = name
		}
		if known[symbol] == nil || symbol == name {
			known[symbol] = d
		}
	}
	return known
}

// symbolDeclaration is what is known of a symbol: from Lua, from C text, from debug information, in this order. It is
// nil where nothing is, and an error for what is known and cannot be declared.
func (s *Session) symbolDeclaration(lib *library, x *export, known map[string]*cdecl.Decl) (*types.Declaration, error) {
	if lf, ok := lib.members.RawGetString(x.Name).(*glua.LFunction); ok {
		if f := toFunction(lf); f != nil && f.explicit && f.declared {
			d := s.functionDeclaration(f)
			return &d, nil
		}
	}
	if d := known[x.Name]; d != nil {
		if !d.Usable() {
			return nil, errors.New(d.Reason)
		}
		c := declarationOf(d)
		c.Symbol, c.Thread = x.Name, x.Thread
		return &c, nil
	}
	info := s.debug(lib)
	if info == nil {
		return nil, nil
	}
	d := types.Declaration{Name: x.Name, Extern: !x.Func, Thread: x.Thread}
	if x.Func {
		f, err := info.Function(x.Name)
		if f == nil || err != nil {
			return nil, err
		}
		d.Type = f.Type
	} else {
		v, err := info.Variable(x.Name)
		if v == nil || err != nil {
			return nil, err
		}
		d.Type = v.Type
	}
	return &d, nil
}

// report is what lib:declare finds.
type report struct {
	header  *types.Header
	all     tally // the symbols looked at
	known   tally
	unknown tally
	names   []string // of the unknown ones, the first
	refused []string // lines
}

// tally counts functions and variables.
type tally struct{ functions, variables int64 }

func (c *tally) add(x *export) {
	if x.Func {
		c.functions++
	} else {
		c.variables++
	}
}

func (c tally) String() string {
	switch {
	case c.variables == 0:
		return plural(c.functions, "function")
	case c.functions == 0:
		return plural(c.variables, "variable")
	}
	return plural(c.functions, "function") + " and " + plural(c.variables, "variable")
}

// of is "3 of 4 functions, 1 variable".
func (c tally) of(all tally) string {
	var list []string
	for _, n := range []struct {
		known, all int64
		what       string
	}{{c.functions, all.functions, "function"}, {c.variables, all.variables, "variable"}} {
		switch {
		case n.all == 0:
		case n.known == n.all:
			list = append(list, plural(n.all, n.what))
		default:
			list = append(list, fmt.Sprintf("%d of %s", n.known, plural(n.all, n.what)))
		}
	}
	return strings.Join(list, ", ")
}

// The most symbols that lib:declare names because it cannot declare them.
const (
	namedUnknown = 8
	namedRefused = 40
)

func (r *report) add(x *export, d *types.Declaration, err error) {
	r.all.add(x)
	if d != nil && err == nil {
		err = r.header.Add(*d)
	}
	switch {
	case err != nil:
		text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "function "), "variable ")
		text = strings.TrimPrefix(text, x.Name+": ")
		r.refused = append(r.refused, fmt.Sprintf("// %s cannot be declared: %s", x.Name, strings.Join(strings.Fields(text), " ")))
	case d == nil:
		r.unknown.add(x)
		if len(r.names) < namedUnknown {
			r.names = append(r.names, x.Name)
		}
	default:
		r.known.add(x)
	}
}

// text is the C, with comments that say how much of the library it is.
func (r *report) text(lib *library) string {
	if r.all == (tally{}) {
		return fmt.Sprintf("// %s: no symbols", lib.object)
	}
	text := fmt.Sprintf("// %s: %s", lib.object, r.known.of(r.all))
	if c := r.header.String(); c != "" {
		text += "\n\n" + strings.TrimSuffix(c, "\n")
	}
	notes := r.refused
	if more := len(notes) - namedRefused; more > 0 {
		notes = append(notes[:namedRefused:namedRefused], fmt.Sprintf("// ... %d more cannot be declared", more))
	}
	if r.unknown != (tally{}) {
		more := ""
		if n := r.unknown.functions + r.unknown.variables - int64(len(r.names)); n > 0 {
			more = fmt.Sprintf(" and %d more", n)
		}
		notes = append(notes, fmt.Sprintf("// of %s nothing is known (%s%s); ctypes.include or ctypes.cdef declares them, or a library built with -g",
			r.unknown, strings.Join(r.names, ", "), more))
	}
	if len(notes) > 0 {
		text += "\n\n" + strings.Join(notes, "\n")
	}
	return text
}
