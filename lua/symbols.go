// This file defines lib:symbols, the functions and variables a library exports, and which methods a library has.

package lua

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/pm"

	"dlsh/ffi"
)

// libraryMethods are called on a library with a colon. They are functions of dl too, where no symbol can hide them.
var libraryMethods = []string{"declare", "symbols"}

// libraryMethod is lib.symbols or lib.declare of a library that has no symbol of the name, nil for all else.
func (s *Session) libraryMethod(lib *library, name string) glua.LValue {
	if !slices.Contains(libraryMethods, name) {
		return nil
	}
	if d := s.scope.Lookup(name); d != nil && d.Symbol != "" {
		name = d.Symbol
	}
	if lib.object.Mapped() {
		if _, _, err := ffi.Lookup(lib.object.Handle, name); err == nil {
			return nil
		}
	}
	return s.methods[name]
}

// addMethods makes methods of libraries of what module dl has under their names.
func (s *Session) addMethods(dl *glua.LTable) {
	s.methods = map[string]glua.LValue{}
	for _, name := range libraryMethods {
		s.methods[name] = dl.RawGetString(name)
	}
}

// export is one symbol of a library.
type export struct {
	ffi.Symbol
	path string  // of the file it is in
	addr uintptr // 0 for thread-local variables, of which each thread has its own
}

// symbolTable reads the symbols that a library exports, sorted by name; for the program those of all that it was
// started with and that was opened for all to see, of each name the one that counts.
func (s *Session) symbolTable(lib *library) ([]export, error) {
	ffi.Sweep() // C code may have closed it
	if !lib.object.Mapped() {
		return nil, fmt.Errorf("%s has been unloaded", lib.object)
	}
	var list []export
	if path := lib.object.Path; path != "" {
		symbols, err := ffi.ExportedSymbols(path)
		if err != nil {
			return nil, err
		}
		for _, sym := range symbols {
			x := export{Symbol: sym, path: path}
			if !sym.Thread {
				x.addr = lib.object.Base + uintptr(sym.Value)
			}
			list = append(list, x)
		}
		return list, nil
	}
	paths := ffi.MappedPaths()
	if len(paths) == 0 {
		return nil, errors.New("the symbols of the program itself are not known on this system; open a library by its name")
	}
	seen := map[string]bool{}
	for _, path := range paths {
		symbols, err := ffi.ExportedSymbols(path)
		if err != nil {
			continue // the kernel's vDSO has no file
		}
		for _, sym := range symbols {
			if sym.Hidden || seen[sym.Name] {
				continue
			}
			addr, _, err := ffi.Lookup(lib.object.Handle, sym.Name)
			if err != nil {
				continue // of a library that was opened for itself
			}
			seen[sym.Name] = true
			if sym.Thread {
				addr = 0
			}
			list = append(list, export{Symbol: sym, path: path, addr: addr})
		}
	}
	return list, nil
}

// pattern picks symbols by name: one that has the text as a part, or that Lua's string.find finds it in.
type pattern struct {
	text    string
	problem error // why it is no Lua pattern; it is a part of a name all the same
	found   bool  // it picked something
}

func checkPattern(L *glua.LState, fn string, n int) *pattern {
	switch x := L.Get(n).(type) {
	case *glua.LNilType:
		return &pattern{}
	case glua.LString:
		_, err := pm.Find(string(x), nil, 0, 1)
		return &pattern{text: string(x), problem: err}
	}
	raise(L, "TypeError", "%s: argument %d: a part of a name or a Lua pattern is wanted, not %s", fn, n, describe(L.Get(n)))
	return nil
}

// picks reports whether a name, or what it is demangled, is among those wanted.
func (p *pattern) picks(name string) bool {
	picked := strings.Contains(name, p.text)
	if !picked && p.problem == nil {
		at, err := pm.Find(p.text, []byte(name), 0, 1)
		picked = err == nil && len(at) > 0
	}
	p.found = p.found || picked
	return picked
}

// refuse raises for what is no pattern, unless it was a part of a name.
func (p *pattern) refuse(L *glua.LState, fn string) {
	if p.problem != nil && !p.found {
		raise(L, "ValueError", "%s: %s is no Lua pattern (%v), and no name has it as a part", fn, luaQuote(p.text), p.problem)
	}
}

// checkMethod takes the library of a method.
func checkMethod(L *glua.LState, method string) *library {
	if ud, ok := L.Get(1).(*glua.LUserData); ok {
		if lib, ok := ud.Value.(*library); ok {
			return lib
		}
	}
	raise(L, "TypeError", "%s: a library is wanted, not %s: lib:%[1]s() with a colon, or dl.%[1]s(lib)", method, describe(L.Get(1)))
	return nil
}

// librarySymbols is lib:symbols([pattern]).
func (s *Session) librarySymbols(L *glua.LState) int {
	lib := checkMethod(L, "symbols")
	wanted := checkPattern(L, "symbols", 2)
	table, err := s.symbolTable(lib)
	if err != nil {
		raiseErr(L, "OSError", "symbols", err)
	}
	list := L.NewTable()
	for _, x := range table {
		demangled := x.demangled()
		if !wanted.picks(x.Name) && (demangled == "" || !wanted.picks(demangled)) {
			continue
		}
		e := L.CreateTable(0, 8)
		e.RawSetString("name", glua.LString(x.Name))
		e.RawSetString("kind", glua.LString(x.kind()))
		e.RawSetString("size", uintValue(L, x.Size))
		binding := "global"
		if x.Weak {
			binding = "weak"
		}
		e.RawSetString("binding", glua.LString(binding))
		if x.Version != "" {
			e.RawSetString("version", glua.LString(x.Version))
		}
		if demangled != "" {
			e.RawSetString("demangled", glua.LString(demangled))
		}
		if x.addr != 0 {
			e.RawSetString("address", uintValue(L, uint64(x.addr)))
		}
		if x.Hidden {
			e.RawSetString("hidden", glua.LTrue)
		}
		if lib.object.Path == "" {
			e.RawSetString("library", glua.LString(x.path))
		}
		list.Append(e)
	}
	wanted.refuse(L, "symbols")
	L.SetMetatable(list, s.symbolList())
	L.Push(list)
	return 1
}

// demangled is the name as C++ has it, empty for names of C.
func (x *export) demangled() string {
	if !strings.HasPrefix(x.Name, "_Z") {
		return ""
	}
	if name := x.Demangled(); name != x.Name {
		return name
	}
	return ""
}

func (x *export) kind() string {
	switch {
	case x.Func:
		return "function"
	case x.Thread:
		return "thread-local"
	}
	return "variable"
}

// symbolList is the metatable of what lib:symbols gives: the list prints as columns, cut where it is long, and
// list:text() is all of them.
func (s *Session) symbolList() *glua.LTable {
	if s.symbolsMT != nil {
		return s.symbolsMT
	}
	L := s.L
	text := L.NewFunction(func(L *glua.LState) int {
		L.Push(glua.LString(symbolText(L.CheckTable(1), -1)))
		return 1
	})
	s.docs[text] = "list:text()\n    all of the symbols in columns, as text"
	methods, mt := L.NewTable(), L.NewTable()
	methods.RawSetString("text", text)
	mt.RawSetString("__index", methods)
	mt.RawSetString("__tostring", L.NewFunction(func(L *glua.LState) int {
		L.Push(glua.LString(symbolText(L.CheckTable(1), shownSymbols)))
		return 1
	}))
	mt.RawSetString("__metatable", glua.LString("symbols"))
	s.symbolsMT = mt
	return mt
}

const (
	shownSymbols = 40  // lines of a list at the prompt
	shownName    = 200 // bytes of the name of a symbol: those of C++ know no bounds
)

// symbolText is a list of symbols in columns, with no more than most of them unless that is negative.
func symbolText(list *glua.LTable, most int) string {
	n := list.Len()
	if n == 0 {
		return "no symbols"
	}
	rows := [][]string{{"ADDRESS", "SIZE", "KIND", "BINDING", "VERSION", "LIBRARY", "NAME"}}
	used := make([]bool, len(rows[0]))
	for i := 1; i <= n && (most < 0 || i <= most); i++ {
		e, ok := list.RawGetInt(i).(*glua.LTable)
		if !ok {
			continue // whoever changed the list has it as it is
		}
		field := func(key string) string {
			if lv := e.RawGetString(key); lv != glua.LNil {
				return lv.String()
			}
			return ""
		}
		row := []string{"", field("size"), field("kind"), field("binding"), field("version"), filepath.Base(field("library")), shorten(field("name"), shownName)}
		if bits, err := integerBits(e.RawGetString("address"), addressType, true); err == nil {
			row[0] = fmt.Sprintf("%016x", bits)
		}
		if field("library") == "" {
			row[5] = ""
		}
		if e.RawGetString("hidden") == glua.LTrue {
			row[4] += " (old)"
		}
		if name := field("demangled"); name != "" {
			row[6] += "  " + shorten(name, shownName)
		}
		for k, cell := range row {
			used[k] = used[k] || cell != ""
		}
		rows = append(rows, row)
	}
	for i, row := range rows {
		var kept []string
		for k, cell := range row {
			if used[k] {
				kept = append(kept, cell)
			}
		}
		rows[i] = kept
	}
	lines := columns(rows)
	if most >= 0 && n > most {
		lines = append(lines, fmt.Sprintf("... %d more; lib:symbols(\"part of a name\") picks some, print(list:text()) prints all", n-most))
	}
	return strings.Join(lines, "\n")
}
