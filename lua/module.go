// This file defines what the modules ctypes, _ctypes and dl consist of: one table of rows each.

package lua

import (
	"fmt"
	"os"
	"sort"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// row is one function of a module: what it is called, how it is called, what it does.
// The rows make the modules and the help alike.
type row struct {
	name, usage, doc string
	fn               glua.LGFunction
}

func (s *Session) ctypesRows() []row {
	return append(s.recordRows(), []row{
		{"CDLL", "CDLL(name [, mode or {mode=, handle=, use_errno=, debug_info=}])", "open a shared library; CDLL(nil) is the program itself", s.newCDLL},
		{"CFUNCTYPE", "CFUNCTYPE(result, T1, T2, ... [, {use_errno=, name=}])", "the type of pointers to functions; called with a Lua function it makes a callback", s.newFunctionType},
		{"cdef", "cdef(text [, {redefine=, paths=, defines=}])", "declare functions, types and constants in C; all of it or nothing", s.cdef},
		{"include", "include(header [, {lib=, paths=, defines=, redefine=}])", "read a C header; gives everything it declares by name, functions from lib", s.include},
		{"unusable", "unusable(header [, pattern])", "a text, what of a header cannot be used, and why; of all that was declared, for ctypes.C", s.unusable},
		{"decl", "decl(x [, name])", "the C declaration of a type, its C spelling, a function or a variable, with all it needs, as a compiler takes it; name: of a variable of the type", s.decl},
		{"POINTER", "POINTER(T)", "the type pointer to T", s.pointerType},
		{"pointer", "pointer(x)", "a pointer to the ctypes value x", s.pointerOf},
		{"byref", "byref(x [, offset])", "the address of x, for an argument", s.byref},
		{"longdouble", "longdouble(number or string)", "a long double with all its bits, from text such as \"0.1\" or \"0x1.8p+1\" exactly; a number where long double is double", s.newLong},
		{"complex", "complex(re [, im])", "a complex number; re may also be {re, im} or a ctypes value", s.newComplex},
		{"Enum", "Enum(name, {\"RED\", {\"GREEN\", 5}, \"BLUE\"} or {RED = 0, GREEN = 5} [, T])",
			"an enum: a list counts on from the value before, as C does; T is the integer type behind it, by default the one gcc chooses; help(Color) lists it", s.newEnum},
		{"ARRAY", "ARRAY(T, n)", "the type array of n T, as T * n", s.newArrayType},
		{"typeof", "typeof(x or spelling)", "the type of the ctypes value x, or the type that C spells so", s.typeof},
		{"kind", "kind(x or T)", "what a value or type is: simple, pointer, array, struct, union, enum, function; nil for what is not C's", s.kind},
		{"cast", "cast(x, T)", "the address in x (a pointer, array, string or number) as a pointer of type T", s.cast},
		{"addressof", "addressof(x)", "the address of the ctypes value x, a number", s.addressof},
		{"sizeof", "sizeof(T or x)", "size in bytes", s.sizeof},
		{"alignment", "alignment(T or x)", "alignment in bytes", s.alignment},
		{"create_string_buffer", "create_string_buffer(size or string [, size])", "a char array C may write to",
			func(L *glua.LState) int { return s.newText(L, "create_string_buffer", s.simple["c_char"]) }},
		{"c_buffer", "c_buffer(size or string [, size])", "the old name of create_string_buffer",
			func(L *glua.LState) int { return s.newText(L, "c_buffer", s.simple["c_char"]) }},
		{"create_unicode_buffer", "create_unicode_buffer(size or string [, size])", "a wchar_t array C may write to",
			func(L *glua.LState) int { return s.newText(L, "create_unicode_buffer", s.simple["c_wchar"]) }},
		{"string_at", "string_at(address [, size])", "the bytes at an address, up to a NUL or of a size", s.stringAt},
		{"wstring_at", "wstring_at(address [, size])", "the wide text at an address, as UTF-8", s.wstringAt},
		{"memmove", "memmove(to, from, size)", "copy bytes; the areas may overlap", s.memmove},
		{"memset", "memset(to, byte, size)", "fill bytes", s.memset},
		{"get_errno", "get_errno()", "errno as the last call of a use_errno library left it", func(L *glua.LState) int {
			L.Push(glua.LNumber(s.errno))
			return 1
		}},
		{"set_errno", "set_errno(n)", "set that errno; gives the old one", func(L *glua.LState) int {
			bits, err := integerBits(L.Get(1), s.simple["c_int"], true)
			if err != nil {
				raiseErr(L, "TypeError", "set_errno", err)
			}
			L.Push(glua.LNumber(s.errno))
			s.errno = int32(bits)
			return 1
		}},
		{"offsetof", "offsetof(T, member)", "where a member lies in a struct or union, in bytes; member may be a path such as \"a.b[2]\"", s.offsetof},
		{"equal", "equal(x, y)", "whether two values of one type are equal, member by member; padding does not count", s.equal},
		{"resize", "resize(x, size)", "give x more memory than its type needs, in bytes", s.resize},
		{"timeout", "timeout(seconds, f, ...)", "f(...), a C function or Lua's own, and its results; a TimeoutError when it has not returned in time. " +
			"f.timeout = seconds does that for every call of the C function f", s.timeout},
		{"layout", "layout(T)", "a table of the members of T: offset, size, type, name, and the holes between them", s.layoutText},
		{"dump", "dump(x [, size])", "the bytes of x in hexadecimal, with the members they belong to", s.dump},
	}...)
}

func (s *Session) rawRows() []row {
	return []row{
		{"dlopen", "dlopen(name [, mode])", "dlopen(3): a handle", s.dlopen},
		{"dlsym", "dlsym(handle, name)", "dlsym(3): an address; handle 0 is RTLD_DEFAULT", s.dlsym},
		{"dlclose", "dlclose(handle)", "dlclose(3): give one open back", s.dlclose},
	}
}

func (s *Session) dlRows() []row {
	return []row{
		{"symbols", "symbols(lib [, pattern])", "lib:symbols([pattern]): what a library exports, a list of {name, kind, size, binding, version, demangled, address}; " +
			"pattern is a part of the name or a Lua pattern", s.librarySymbols},
		{"declare", "declare(lib [, pattern])", "lib:declare([pattern]): what is known of a library's functions and variables as C, with the types they need", s.libraryDeclare},
		{"libs", "libs()", "the books: a list of {name, path, handle, opened, closed, opens, mapped, openers}; opens are those not closed yet", s.libs},
	}
}

func (s *Session) utilRows() []row {
	return []row{
		{"find_library", "find_library(name)", "the file name of a library, such as libm.so.6 for m; nil when there is none", func(L *glua.LState) int {
			name, ok := L.Get(1).(glua.LString)
			if !ok {
				raise(L, "TypeError", "find_library: argument 1: a name is wanted, not %s", describe(L.Get(1)))
			}
			if found, ok := ffi.FindLibrary(string(name)); ok {
				L.Push(glua.LString(found))
			} else {
				L.Push(glua.LNil)
			}
			return 1
		}},
		{"dllist", "dllist()", "the files of all that is loaded, a list; the program itself is the first", dllist},
	}
}

// dllist is ctypes.util.dllist().
func dllist(L *glua.LState) int {
	paths := ffi.MappedPaths()
	if len(paths) == 0 {
		raise(L, "OSError", "dllist: what is loaded is not known on this system")
	}
	list := L.NewTable()
	for i, path := range paths {
		if self, err := os.Executable(); i == 0 && err == nil {
			path = self
		}
		list.Append(glua.LString(path))
	}
	L.Push(list)
	return 1
}

// module makes a Lua table of rows, notes what help says of each, and makes it require-able.
func (s *Session) module(name string, rows []row) *glua.LTable {
	t := s.L.NewTable()
	for _, r := range rows {
		fn := s.L.NewFunction(r.fn)
		t.RawSetString(r.name, fn)
		s.docs[fn] = fmt.Sprintf("%s.%s\n    %s", name, r.usage, r.doc)
	}
	// A name a module does not have is an error, as in Python: argtypes = {ctypes.c_itn} must not declare nothing.
	mt := s.L.NewTable()
	mt.RawSetString("__index", s.L.NewFunction(func(L *glua.LState) int {
		var names []string
		t.ForEach(func(k, _ glua.LValue) { names = append(names, k.String()) })
		wanted := L.Get(2).String()
		if why := absent()[name+"."+wanted]; why != "" {
			raise(L, "AttributeError", "%s.%s is not there: %s (docs/ctypes-parity.md)", name, wanted, why)
		}
		raise(L, "AttributeError", "%s has no %q%s", name, wanted, suggest(wanted, names))
		return 0
	}))
	s.L.SetMetatable(t, mt)
	s.L.PreloadModule(name, func(L *glua.LState) int {
		L.Push(t)
		return 1
	})
	return t
}

// registerModules makes ctypes, _ctypes and dl, as globals and for require.
func (s *Session) registerModules() {
	c := s.module("ctypes", s.ctypesRows())
	for name, t := range s.simple {
		c.RawSetString(name, t.ud)
	}
	for name, flag := range ffi.Flags {
		c.RawSetString(name, glua.LNumber(flag))
	}
	c.RawSetString("DEFAULT_MODE", glua.LNumber(ffi.Flags["RTLD_LOCAL"]))
	c.RawSetString("SIZEOF_TIME_T", glua.LNumber(s.simple["c_time_t"].size))
	c.RawSetString("ArgumentError", glua.LString("ArgumentError")) // the kind of errors about arguments
	registerInt64(s.L, c)
	registerLong(s.L)
	registerComplex(s.L)
	c.RawSetString("util", s.module("ctypes.util", s.utilRows()))
	c.RawSetString("C", s.header(&header{}))
	c.RawSetString("cdll", s.cdll())
	s.L.SetGlobal("ctypes", c)
	s.L.SetGlobal("_ctypes", s.module("_ctypes", s.rawRows()))
	dl := s.module("dl", s.dlRows())
	s.addMethods(dl)
	s.L.SetGlobal("dl", dl)
	s.L.SetGlobal("help", s.L.NewFunction(s.help))
	s.valueMethods = map[string]*glua.LFunction{"slice": s.L.NewFunction(s.valueSlice)}
}

// cdll is ctypes.cdll: cdll.LoadLibrary(name), and cdll.NAME, which opens once.
func (s *Session) cdll() *glua.LTable {
	t, mt := s.L.NewTable(), s.L.NewTable()
	open := s.L.NewFunction(s.newCDLL)
	t.RawSetString("LoadLibrary", open)
	s.docs[open] = "ctypes.cdll.LoadLibrary(name)\n    open a shared library, as CDLL(name)"
	mt.RawSetString("__index", s.L.NewFunction(func(L *glua.LState) int {
		name, ok := L.Get(2).(glua.LString)
		if !ok {
			raise(L, "TypeError", "cdll: a library name is wanted, not %s", describe(L.Get(2)))
		}
		lib := &library{name: string(name)}
		lib.object = s.openObject(L, name, ffi.Flags["RTLD_LOCAL"])
		ud := s.wrapLibrary(lib)
		t.RawSetString(string(name), ud)
		L.Push(ud)
		return 1
	}))
	s.L.SetMetatable(t, mt)
	return t
}

// libs is dl.libs(): the loader's books as a table.
func (s *Session) libs(L *glua.LState) int {
	list := L.NewTable()
	for _, o := range ffi.Objects() {
		e := L.NewTable()
		e.RawSetString("name", glua.LString(o.String()))
		e.RawSetString("path", glua.LString(o.Path))
		e.RawSetString("handle", uintValue(L, uint64(o.Handle)))
		e.RawSetString("opened", glua.LNumber(o.Opened))
		e.RawSetString("closed", glua.LNumber(o.Closes))
		e.RawSetString("opens", glua.LNumber(o.Opens))
		e.RawSetString("mapped", glua.LBool(o.Mapped()))
		openers := L.NewTable()
		for _, who := range o.Openers {
			openers.Append(glua.LString(who))
		}
		e.RawSetString("openers", openers)
		list.Append(e)
	}
	L.Push(list)
	return 1
}

// Libraries describes the books, one line a library, ready to print.
func (s *Session) Libraries() []string {
	rows := [][]string{{"NAME", "HANDLE", "OPENED", "CLOSED", "STATE", "OPENED BY"}}
	for _, o := range ffi.Objects() {
		state := "mapped"
		if !o.Mapped() {
			state = "unloaded"
		}
		by := ""
		for i, who := range o.Openers {
			if i > 0 {
				by += ", "
			}
			by += who
		}
		rows = append(rows, []string{o.String(), fmt.Sprintf("%x", o.Handle), fmt.Sprint(o.Opened), fmt.Sprint(o.Closes), state, shorten(by, 60)})
	}
	if len(rows) == 1 {
		return []string{"no library has been opened"}
	}
	return columns(rows)
}

// columns lines up a table; the last column is left ragged.
func columns(rows [][]string) []string {
	width := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			width[i] = max(width[i], len(cell))
		}
	}
	var lines []string
	for _, r := range rows {
		line := ""
		for i, cell := range r {
			if i == len(r)-1 {
				line += cell
			} else {
				line += fmt.Sprintf("%-*s  ", width[i], cell)
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// typeNames lists the names of simple types, sorted.
func (s *Session) typeNames() []string {
	var names []string
	for n := range s.simple {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}
