// This file defines CDLL and the _ctypes module: libraries, their functions and variables, and the bare loader.

package lua

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
	"dlsh/types/cdecl"
)

// library is one CDLL. Each has its own function values, as in ctypes: two CDLLs
// of one file may declare one function differently.
type library struct {
	name     string // as given; empty for the program itself
	object   *ffi.Object
	useErrno bool
	members  *glua.LTable // functions already looked up, and what Lua assigned
	symbols  []string     // for completion and suggestions, read when first asked for

	plain bool // its debug information is not asked
	mode  int  // it was opened with
}

// wrapLibrary makes the Lua value of a library. Its members are a table behind
// __index, so that a function looked up before costs one look-up in the VM; a miss
// goes to libraryIndex.
func (s *Session) wrapLibrary(lib *library) *glua.LUserData {
	L := s.L
	ud := L.NewUserData()
	ud.Value = lib
	lib.members = L.NewTable()
	lib.members.RawSetString("_handle", uintValue(L, uint64(lib.object.Handle)))
	if lib.name != "" {
		lib.members.RawSetString("_name", glua.LString(lib.name))
	}
	missing := L.NewTable()
	L.SetField(missing, "__index", L.NewFunction(func(L *glua.LState) int { return s.libraryIndex(L, lib, L.Get(2)) }))
	L.SetMetatable(lib.members, missing)

	mt := L.NewTable()
	L.SetField(mt, "__index", lib.members)
	L.SetField(mt, "__newindex", L.NewFunction(func(L *glua.LState) int {
		name, ok := L.Get(2).(glua.LString)
		if !ok || name == "_handle" || name == "_name" {
			raise(L, "AttributeError", "%s cannot be set on a library", describe(L.Get(2)))
		}
		if v := s.libraryVariable(L, lib, string(name)); v != nil {
			s.setVariable(L, string(name), v, L.Get(3))
			return 0
		}
		if s.isData(lib, string(name)) {
			raise(L, "TypeError", "%s is a variable of %s whose type nobody declared; ctypes.cdef(\"extern int %s;\"), by its type, makes it known, or set ctypes.c_int.in_dll(lib, %q).value",
				name, lib.object, name, string(name))
		}
		for h := range s.headers.all() {
			h.forget()
		}
		lib.members.RawSetString(string(name), L.Get(3)) // nil lets the next use look the symbol up again
		return 0
	}))
	L.SetField(mt, "__tostring", L.NewFunction(func(L *glua.LState) int {
		L.Push(glua.LString(showLibrary(lib)))
		return 1
	}))
	L.SetField(mt, "__metatable", glua.LString("library"))
	L.SetMetatable(ud, mt)
	s.libraries.add(lib)
	if !lib.plain {
		s.meet(lib.object)
	}
	return ud
}

// options are CDLL's keyword arguments.
type options struct {
	mode     int
	handle   uintptr
	useErrno bool
	plain    bool // debug information is not asked
}

func (s *Session) checkOptions(L *glua.LState, fn string, n int) options {
	o := options{mode: ffi.Flags["RTLD_LOCAL"]}
	mode := func(lv glua.LValue) int {
		bits, err := integerBits(lv, s.simple["c_int"], true)
		if err != nil {
			raise(L, "TypeError", "%s: mode: RTLD_ flags are wanted, not %s", fn, describe(lv))
		}
		return int(int32(bits))
	}
	switch x := L.Get(n).(type) {
	case *glua.LNilType:
	case glua.LNumber:
		o.mode = mode(x)
	case *glua.LTable:
		x.ForEach(func(k, v glua.LValue) {
			switch k.String() {
			case "mode":
				o.mode = mode(v)
			case "handle":
				o.handle = s.checkHandle(L, fn, v)
			case "use_errno":
				o.useErrno = glua.LVAsBool(v)
			case "debug_info":
				o.plain = !glua.LVAsBool(v)
			case "use_last_error", "winmode": // Windows'; ctypes takes and ignores them elsewhere
			default:
				raise(L, "TypeError", "%s: unknown option %q%s", fn, k.String(), suggest(k.String(), []string{"mode", "handle", "use_errno", "debug_info", "use_last_error", "winmode"}))
			}
		})
	default:
		raise(L, "TypeError", "%s: argument %d: a mode or a table of options is wanted, not %s", fn, n, describe(x))
	}
	return o
}

// newCDLL is CDLL(name [, mode or options]).
func (s *Session) newCDLL(L *glua.LState) int {
	if L.GetTop() == 0 {
		raise(L, "TypeError", "CDLL: a library name is wanted (or nil for the program itself)")
	}
	o := s.checkOptions(L, "CDLL", 2)
	var name string
	switch x := L.Get(1).(type) {
	case *glua.LNilType:
	case glua.LString:
		name = string(x)
	default:
		raise(L, "TypeError", "CDLL: argument 1: a library name is wanted (or nil for the program itself), not %s", describe(x))
	}
	lib := &library{name: name, useErrno: o.useErrno, plain: o.plain, mode: o.mode}
	switch {
	case o.handle != 0:
		if lib.object = ffi.ByHandle(o.handle); lib.object == nil {
			raise(L, "OSError", "CDLL: handle 0x%x is not open", o.handle)
		}
	default:
		lib.object = s.openObject(L, L.Get(1), o.mode)
	}
	L.Push(s.wrapLibrary(lib))
	return 1
}

// openObject opens by name, or the program itself for nil, and raises what goes wrong.
func (s *Session) openObject(L *glua.LState, name glua.LValue, mode int) *ffi.Object {
	if name == glua.LNil {
		o, err := ffi.OpenProgram(mode, where(L))
		s.raiseOpening(L, o)
		if err != nil {
			s.raiseLoading(L, err, "dlopen", "NULL", "the program itself")
			raiseErr(L, "OSError", "", err)
		}
		s.journal.opens(o, name, mode)
		return o
	}
	o, err := ffi.Open(string(name.(glua.LString)), mode, where(L))
	s.lookAgain() // C code may have closed others
	s.raiseOpening(L, o)
	if err != nil {
		s.raiseLoading(L, err, "dlopen", strconv.Quote(name.String()), name.String())
		s.raiseEnded(L, err, name.String())
		raise(L, "OSError", "%s", explainOpen(string(name.(glua.LString)), err))
	}
	s.journal.opens(o, name, mode)
	return o
}

// raiseOpening is raiseDue for the loader's opening of o, nil where it failed: nobody gets the handle
// when an error is raised, so it is given back.
func (s *Session) raiseOpening(L *glua.LState, o *ffi.Object) {
	t := s.due()
	if t == nil {
		return
	}
	if o != nil && ffi.Close(o.Handle) == nil {
		if more := s.due(); more != nil { // of a destructor
			t.more += 1 + more.more
		}
	}
	s.raiseTrouble(L, t)
}

// explainOpen adds to the loader's words what the file is, or which names are near.
func explainOpen(name string, err error) string {
	text := err.Error()
	path := name
	if !strings.Contains(name, "/") {
		path, _, _ = strings.Cut(text, ": ") // the loader begins with the file it found
	}
	if strings.Contains(path, "/") {
		if why := ffi.CheckLibraryFile(path); why != nil && !errors.Is(why, fs.ErrNotExist) && !strings.Contains(text, why.Error()) {
			text += " (" + why.Error() + ")"
		}
	}
	if !strings.Contains(text, "No such file") {
		return text // it is there; another name would not help
	}
	if path == name && strings.Contains(name, "/") {
		return text + didYouMean(ffi.NearFiles(name, 3))
	}
	near := ffi.NearLibraries(name, ffi.LibraryNames(), 3)
	if found, ok := ffi.FindLibrary(name); ok && found != name {
		near = []string{found} // m is what find_library takes, libm.so.6 what the loader does
	}
	if _, err := os.Stat(name); err == nil {
		near = append([]string{"./" + name}, near...) // it lies right here, where the loader does not look
	}
	return text + didYouMean(near)
}

// libraryIndex is lib.name and lib["name"] for a name that was not used before.
func (s *Session) libraryIndex(L *glua.LState, lib *library, name glua.LValue) int {
	key, ok := name.(glua.LString)
	if !ok {
		raise(L, "TypeError", "%s: a symbol name is wanted, not %s", lib.object, describe(name))
	}
	if key == "_name" { // nil, for the program itself
		L.Push(glua.LNil)
		return 1
	}
	L.Push(s.libraryMember(L, lib, string(key)))
	return 1
}

// libraryMember is a function of a library, or the value of a variable whose type is declared.
func (s *Session) libraryMember(L *glua.LState, lib *library, name string) glua.LValue {
	if lv := lib.members.RawGetString(name); lv != glua.LNil {
		return lv
	}
	if method := s.libraryMethod(lib, name); method != nil {
		return method
	}
	if v := s.declaredVariable(L, lib, name); v != nil {
		return s.variableValue(L, name, v)
	}
	symbol, d := name, s.scope.Lookup(name)
	if d != nil && d.Symbol != "" {
		symbol = d.Symbol
	}
	addr, owner := s.lookup(L, lib, symbol, "AttributeError")
	if d == nil {
		if v := s.describedVariable(lib, name, addr, owner); v != nil {
			return s.variableValue(L, name, v)
		}
	}
	fn := s.newFunction(name, addr, owner, lib.useErrno)
	f := toFunction(fn)
	f.lib, f.symbol = lib, symbol
	s.lookedUp(f, lib)
	lib.members.RawSetString(name, fn)
	return fn
}

// isData reports whether a library has a variable of a name. Lua's own values by that name would be taken for it.
func (s *Session) isData(lib *library, name string) bool {
	if !lib.object.Mapped() || lib.members.RawGetString(name) != glua.LNil {
		return false
	}
	addr, _, err := ffi.Lookup(lib.object.Handle, name)
	if err != nil {
		return false
	}
	_, variable := ffi.VariableAt(addr)
	return variable
}

// lookup finds a symbol of a library, or raises with the near names the library has.
func (s *Session) lookup(L *glua.LState, lib *library, name, kind string) (uintptr, *ffi.Object) {
	if !lib.object.Mapped() {
		raise(L, "OSError", "cannot look up %q: %s has been unloaded", name, lib.object)
	}
	addr, owner, err := ffi.Lookup(lib.object.Handle, name)
	if err != nil && !lib.object.Mapped() {
		raiseErr(L, "OSError", name, err)
	}
	if err != nil {
		s.raiseLoading(L, err, "dlsym", strconv.Quote(name), name)
		s.raiseEnded(L, err, name)
		hint := s.elsewhere(lib, name)
		if hint == "" {
			hint = didYouMean(ffi.Near(name, lib.exports(), 3))
		}
		text := err.Error()
		if at := strings.Index(text, ": undefined symbol"); at >= 0 && lib.object.Path == "" {
			text = lib.object.String() + text[at:] // the loader says how the process was started
		}
		raise(L, kind, "%s%s", text, hint)
	}
	return addr, owner
}

// elsewhere ends a message about a symbol that a library does not have: another that is open has it, or C declared it and no
// library that is open has it.
func (s *Session) elsewhere(lib *library, name string) string {
	for _, other := range ffi.Objects() {
		if other != lib.object && other.Mapped() && other.Opens > 0 { // only an opened handle can be asked
			if _, owner, err := ffi.Lookup(other.Handle, name); err == nil && owner != nil {
				return fmt.Sprintf("; %s has it", owner)
			}
		}
	}
	if d := s.scope.Lookup(name); d != nil && (d.Kind == cdecl.Function || d.Kind == cdecl.Variable) {
		if d.Static {
			return "; C declares it static or inline, so no library offers it"
		}
		return "; it is declared, so open the library that has it: ctypes.CDLL(\"...\"), or ctypes.include(header, {lib = \"...\"})"
	}
	return ""
}

// exports are the symbols a library offers, from its file's dynamic symbol table.
func (lib *library) exports() []string {
	if lib.symbols == nil {
		lib.symbols = []string{}
		paths := []string{lib.object.Path}
		if lib.object.Path == "" {
			paths = ffi.MappedPaths() // the program itself: all it was started with
		}
		for _, p := range paths {
			syms, err := ffi.ExportedSymbols(p)
			if err != nil {
				continue // the file may be gone or changed; then there is nothing to suggest
			}
			for _, sym := range syms {
				if !sym.Hidden {
					lib.symbols = append(lib.symbols, sym.Name)
				}
			}
		}
	}
	return lib.symbols
}

// checkLibrary takes a CDLL from Lua.
func checkLibrary(L *glua.LState, fn string, n int) *library {
	if ud, ok := L.Get(n).(*glua.LUserData); ok {
		if lib, ok := ud.Value.(*library); ok {
			return lib
		}
	}
	raise(L, "TypeError", "%s: argument %d: a library (CDLL) is wanted, not %s", fn, n, describe(L.Get(n)))
	return nil
}

// checkHandle takes a handle: a number, not zero. Everything else is an OSError,
// because to the loader it is a handle that is not open.
func (s *Session) checkHandle(L *glua.LState, fn string, lv glua.LValue) uintptr {
	hint := ""
	if ud, ok := lv.(*glua.LUserData); ok {
		if _, ok := ud.Value.(*library); ok {
			hint = "; pass its _handle"
		}
	}
	bits, err := uint64(0), error(nil)
	switch lv.(type) {
	case glua.LString, glua.LBool, *glua.LNilType:
		err = fmt.Errorf("not a number")
	default:
		bits, err = integerBits(lv, addressType, true)
	}
	if err != nil || bits == 0 {
		raise(L, "OSError", "%s: a handle is wanted (a number such as lib._handle), not %s%s", fn, describe(lv), hint)
	}
	return uintptr(bits)
}

// dlopen is _ctypes.dlopen(name [, mode]): a handle.
func (s *Session) dlopen(L *glua.LState) int {
	name := L.Get(1)
	if name.Type() != glua.LTString && name != glua.LNil {
		raise(L, "TypeError", "dlopen: argument 1: a library name is wanted (or nil for the program itself), not %s", describe(name))
	}
	if L.Get(2).Type() == glua.LTTable {
		raise(L, "TypeError", "dlopen: argument 2: RTLD_ flags are wanted, not a table")
	}
	o := s.openObject(L, name, s.checkOptions(L, "dlopen", 2).mode)
	L.Push(uintValue(L, uint64(o.Handle)))
	return 1
}

// dlsym is _ctypes.dlsym(handle, name): an address.
func (s *Session) dlsym(L *glua.LState) int {
	handle := uintptr(0)
	if L.Get(1) != glua.LNumber(0) { // 0 is RTLD_DEFAULT
		handle = s.checkHandle(L, "dlsym", L.Get(1))
	}
	name, ok := L.Get(2).(glua.LString)
	if !ok {
		raise(L, "TypeError", "dlsym: argument 2: a symbol name is wanted, not %s", describe(L.Get(2)))
	}
	addr, _, err := ffi.Lookup(handle, string(name))
	if err != nil {
		s.raiseLoading(L, err, "dlsym", strconv.Quote(string(name)), string(name))
		raiseErr(L, "OSError", "", err)
	}
	L.Push(uintValue(L, uint64(addr)))
	return 1
}

// dlclose is _ctypes.dlclose(handle). It gives nothing back, as CPython's.
func (s *Session) dlclose(L *glua.LState) int {
	s.journal.closes()
	handle := s.checkHandle(L, "dlclose", L.Get(1))
	closing := fmt.Sprintf("0x%x", handle)
	if o := ffi.ByHandle(handle); o != nil {
		closing = o.String()
	}
	err := ffi.Close(handle)
	s.forgetUnloaded()
	s.lookAgain()
	s.raiseDue(L)
	if err != nil {
		s.raiseLoading(L, err, "dlclose", closing, closing)
		raiseErr(L, "OSError", "dlclose", err)
	}
	return 0
}

// inDLL is T.in_dll(lib, name): the variable of that name as a T.
func (s *Session) inDLL(L *glua.LState, t *ctype, n int) int {
	lib := checkLibrary(L, "in_dll", n)
	name, ok := L.Get(n + 1).(glua.LString)
	if !ok {
		raise(L, "TypeError", "in_dll: argument %d: a symbol name is wanted, not %s", n+1, describe(L.Get(n+1)))
	}
	if t.op == opVoid {
		raise(L, "TypeError", "in_dll: void has no values")
	}
	addr, owner := s.lookup(L, lib, string(name), "ValueError")
	if owner == nil {
		owner = lib.object
	}
	if size, ok := ffi.VariableAt(addr); ok && size > 0 && t.size > size {
		raise(L, "ValueError", "in_dll: %s has %s, %s needs %d; use from_address to look beyond it", name, plural(size, "byte"), t.c, t.size)
	}
	L.Push(s.wrapValue(&value{t: t, addr: addr, block: s.blockOf(owner)}))
	return 1
}

// blockOf is the memory of a library's variables.
func (s *Session) blockOf(owner *ffi.Object) *block {
	for o := range s.variables {
		if !o.Mapped() {
			delete(s.variables, o)
		}
	}
	if s.variables[owner] == nil {
		s.variables[owner] = &block{of: &foreign{owner: owner, what: "variable"}}
	}
	return s.variables[owner]
}
