// This file defines the questions: functions, variables and types by name, and lists of them.

package dwarf

import (
	dw "debug/dwarf"
	"fmt"
	"maps"
	"slices"
	"strings"

	"dlsh/types"
)

// Function is a function as its definition has it.
type Function struct {
	Name string      // the symbol asked for
	Type *types.Type // a Func, with the names of the parameters
	Decl Place       // where it is written
}

// Variable is a global variable.
type Variable struct {
	Name string
	Type *types.Type
	Decl Place
}

// Function finds the function that a symbol of the library is; nil when the debug information does not tell. A
// symbol that is another name for a function is found by its address. The error is an *Unusable for a function
// that is described and cannot be called, with the reason.
func (i *Info) Function(name string) (f *Function, err error) {
	err = i.begin()
	defer i.mu.Unlock()
	if err != nil {
		return nil, err
	}
	defer recovered(i.file.path, &err)
	r, err := i.findFunction(name)
	if err != nil {
		return nil, err
	}
	if r == 0 {
		if s, ok := i.symbol(name); ok && s.code {
			return nil, i.splitNote("function " + name)
		}
		return nil, nil
	}
	chain, err := i.chain(r)
	if err != nil {
		return nil, err
	}
	t, err := i.functionType(chain)
	if t == nil && err == nil {
		return nil, nil
	}
	i.maker.finish()
	if err == nil {
		err = i.maker.callable(t)
	}
	if err != nil {
		return nil, within(err, "function "+name)
	}
	return &Function{Name: name, Type: t, Decl: i.placeOf(chain)}, nil
}

// symbol is a name that the library exports.
func (i *Info) symbol(name string) (symbol, bool) {
	if i.syms == nil {
		return symbol{}, false
	}
	s, ok := i.syms.byName[name]
	return s, ok
}

// findFunction goes by name among the functions at the symbol's address, for linkers put several there that have the
// same code; then by the address alone, for a function has names that only the symbol table knows.
func (i *Info) findFunction(name string) (ref, error) {
	s, exported := i.symbol(name)
	if i.syms != nil && !exported || exported && !s.code {
		return 0, nil // one of that name inside of the library is not what dlsym finds
	}
	var abstract ref // described, but without an address of its own
	for _, r := range i.index.funcs[name] {
		e, err := i.file.entry(r)
		if err != nil {
			return 0, err
		}
		pc, placed := e.start()
		switch {
		case !placed:
			if abstract == 0 {
				abstract = r
			}
		case !exported || (pc == s.value) != s.chooser:
			return r, nil
		}
	}
	if exported && !s.chooser {
		if r, ok := i.index.codeAt[s.value]; ok {
			return r, nil
		}
	}
	return abstract, nil
}

// chain is an entry and those it refers to for what it does not say itself.
func (i *Info) chain(r ref) (list []entry, err error) {
	for range mostHops {
		e, err := i.file.entry(r)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
		if r, err = e.origin(); err != nil || r == 0 {
			return list, err
		}
	}
	return nil, list[0].u.damaged(list[0].at, "the entry is an instance of an instance without end")
}

// functionType makes the type of a function. What was compiled may have lost parameters to the optimizer, so what
// counts is the function as written, which instances refer to (DW_AT_abstract_origin).
func (i *Info) functionType(chain []entry) (*types.Type, error) {
	written, result, prototyped := 0, 0, false
	for n := range chain {
		e := &chain[n]
		if e.has(dw.AttrAbstractOrigin) && n+1 < len(chain) {
			written = n + 1
		}
		if !chain[result].has(dw.AttrType) && e.has(dw.AttrType) {
			result = n
		}
		prototyped = prototyped || e.flag(dw.AttrPrototyped)
		if e.has(dw.AttrObjectPointer) {
			return nil, &Unusable{Why: "it is a member function of a C++ class"}
		}
	}
	f, err := i.maker.function(&chain[written], &chain[result], prototyped)
	if err == nil && !chain[result].has(dw.AttrType) && len(f.Params) == 0 && !prototyped && !chain[written].u.typed {
		return nil, nil // gcc -g1 names functions and says no more of them
	}
	return f, err
}

// callable says what in a function cannot be passed.
func (m *maker) callable(f *types.Type) error {
	check := func(t *types.Type, where string) error {
		if why := givenIn(m.target, t); why != "" {
			return &Unusable{What: where, Why: fmt.Sprintf("%s cannot be passed by value: %s", t, why)}
		}
		if rec := recordIn(t); rec != nil && !rec.Complete {
			return &Unusable{What: where, Why: fmt.Sprintf("the members of %s are not known", t)}
		}
		return nil
	}
	if err := check(f.Elem, "result"); err != nil {
		return err
	}
	for n, p := range f.Params {
		if err := check(p.Type, fmt.Sprintf("parameter %d%s", n+1, inParentheses(p.Name))); err != nil {
			return err
		}
	}
	return nil
}

// Variable finds the global variable that a symbol of the library is; nil when the debug information does not tell.
func (i *Info) Variable(name string) (v *Variable, err error) {
	err = i.begin()
	defer i.mu.Unlock()
	if err != nil {
		return nil, err
	}
	defer recovered(i.file.path, &err)
	r := i.findVariable(name)
	if r == 0 {
		if s, ok := i.symbol(name); ok && !s.code {
			return nil, i.splitNote("variable " + name)
		}
		return nil, nil
	}
	chain, err := i.chain(r)
	if err != nil {
		return nil, err
	}
	// The definition of an array may be all that has its length, so it goes first.
	typed := slices.IndexFunc(chain, func(e entry) bool { return e.has(dw.AttrType) })
	if typed < 0 && !chain[0].u.typed {
		return nil, nil // -g1
	}
	if typed < 0 {
		return nil, &Unusable{What: "variable " + name, Why: "it has no type"}
	}
	t, err := i.maker.typeOf(&chain[typed])
	i.maker.finish()
	if err != nil {
		return nil, within(err, "variable "+name)
	}
	return &Variable{Name: name, Type: t, Decl: i.placeOf(chain)}, nil
}

func (i *Info) findVariable(name string) ref {
	s, exported := i.symbol(name)
	if i.syms != nil && !exported || exported && s.code {
		return 0
	}
	if list := i.index.vars[name]; len(list) > 0 {
		return list[0]
	}
	if exported {
		return i.index.dataAt[s.value]
	}
	return 0
}

// The words before a tag, and what they are called in debug information.
var tagWords = map[string]dw.Tag{"struct": dw.TagStructType, "union": dw.TagUnionType, "enum": dw.TagEnumerationType}

// Type finds a type by its name: "struct point", "enum color", or what a typedef made. It is nil for a name that
// the library defines no type by. A name that units of the library use for different types is an error.
func (i *Info) Type(name string) (t *types.Type, err error) {
	err = i.begin()
	defer i.mu.Unlock()
	if err != nil {
		return nil, err
	}
	defer recovered(i.file.path, &err)
	tag, bare := dw.TagTypedef, strings.TrimSpace(name)
	if word, rest, ok := strings.Cut(bare, " "); ok && tagWords[word] != 0 {
		tag, bare = tagWords[word], strings.TrimSpace(rest)
	}
	if t, err = i.typeNamed(tag, bare, name); t == nil || err != nil {
		return nil, err
	}
	// What a typedef names may be several types, too.
	for next := t; next != nil && next.Kind == types.Typedef; {
		if next = next.Elem; next != nil && next.Name != "" && tagWords[next.Kind.String()] != 0 {
			if _, err := i.typeNamed(tagWords[next.Kind.String()], next.Name, next.String()); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return t, nil
}

func (i *Info) typeNamed(tag dw.Tag, name, asked string) (*types.Type, error) {
	list, err := i.maker.definitions(tag, name)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	if len(list) > 1 {
		return nil, fmt.Errorf("%s: %s is %d different types: %s", i.path, asked, len(list), i.maker.wheres(list))
	}
	t, err := i.maker.typeAt(list[0])
	i.maker.finish()
	if err != nil {
		return nil, within(err, asked)
	}
	return t, nil
}

// wheres lists places of entries.
func (m *maker) wheres(list []ref) string {
	var texts []string
	for _, r := range list {
		e, err := m.file.entry(r)
		if err != nil {
			continue
		}
		if len(texts) == 3 {
			texts = append(texts, "...")
			break
		}
		p := m.info.placeOf([]entry{e})
		texts = append(texts, p.text(p.name()))
	}
	return strings.Join(texts, ", ")
}

// Functions lists the functions that the library exports and the debug information describes, sorted.
func (i *Info) Functions() ([]string, error) {
	return i.list(func() []string {
		if i.syms == nil {
			return slices.Collect(maps.Keys(i.index.funcs))
		}
		var names []string
		for name, s := range i.syms.byName {
			if r, err := i.findFunction(name); s.code && err == nil && r != 0 {
				names = append(names, name)
			}
		}
		return names
	})
}

// Variables lists the variables that the library exports and the debug information describes, sorted.
func (i *Info) Variables() ([]string, error) {
	return i.list(func() []string {
		if i.syms == nil {
			return slices.Collect(maps.Keys(i.index.vars))
		}
		var names []string
		for name := range i.syms.byName {
			if i.findVariable(name) != 0 {
				names = append(names, name)
			}
		}
		return names
	})
}

// Types lists the types that have a name, as Type takes them, sorted.
func (i *Info) Types() ([]string, error) {
	return i.list(func() (names []string) {
		for name := range i.index.types[dw.TagTypedef] {
			names = append(names, name)
		}
		for word, tag := range tagWords {
			for name := range i.index.types[tag] {
				names = append(names, word+" "+name)
			}
		}
		return names
	})
}

func (i *Info) list(names func() []string) (list []string, err error) {
	err = i.begin()
	defer i.mu.Unlock()
	if err != nil {
		return nil, err
	}
	defer recovered(i.file.path, &err)
	list = names()
	slices.Sort(list)
	return list, nil
}
