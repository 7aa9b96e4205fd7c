// This file defines help(x): what a value is and what can be done with it.

package lua

import (
	"fmt"
	"os"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
	"dlsh/types"
)

const generalHelp = `dlsh is the shell of the dynamic loader: open a library, call it, close it.

    lib = ctypes.CDLL("./lib.so")             open a library (CDLL(nil): the program itself)
    lib.add(1, 2)                             call a function; undeclared, it takes and returns int
    lib.scale.argtypes = {"double", "double"} declare what it takes
    lib.scale.restype = "double"              and what it returns (nil for void)
    ctypes.cdef("double scale(double x);")    or declare it in C; T, struct and all
    z = ctypes.include("zlib.h", {lib = "z"}) or read a header: z.crc32(0, s, #s)
    ctypes.c_int.in_dll(lib, "answer").value  read a global variable
    lib:symbols("add")                        what it exports, as nm does; lib:declare() prints C prototypes
    lib._handle                               the handle dlopen(3) gave
    _ctypes.dlclose(lib._handle)              give one open back; the last one unloads
    dl.libs()                                 who opened what, and how often

help(x) tells about a library, a function, a type, a value or a header, and help("name") about what
C declares by that name; help(ctypes) lists the module.
The rest is Lua 5.1.`

// help is the Lua function help([x]).
func (s *Session) help(L *glua.LState) int {
	text := generalHelp
	if L.GetTop() > 0 {
		text = s.describeValue(L.Get(1))
	}
	ffi.Flush()
	fmt.Fprintln(os.Stdout, text)
	return 0
}

// Help is what help(expr) prints, for a Lua expression; the general page for "". What cannot be had as a value is
// explained too: the names of a header that cannot be used, and what C alone knows.
func (s *Session) Help(expr string) (string, error) {
	expr = strings.TrimSpace(expr)
	if expr == "" {
		return generalHelp, nil
	}
	if text := s.helpName(expr); text != "" {
		return text, nil
	}
	fn, err := s.compile("help", 1, "return "+expr)
	if err != nil {
		if t, unknown := s.spell(expr); unknown == nil {
			return s.helpType(t), nil // struct stat
		}
		return "", err
	}
	values, err := s.run(fn, nil)
	if err != nil {
		return "", err
	}
	if len(values) == 0 {
		return generalHelp, nil
	}
	return s.describeValue(values[0]), nil
}

func (s *Session) describeValue(lv glua.LValue) string {
	switch x := lv.(type) {
	case *glua.LFunction:
		if f := toFunction(x); f != nil {
			return helpFunction(f)
		}
		if m := toMacro(x); m != nil {
			return helpMacro(m)
		}
		if doc := s.docs[x]; doc != "" {
			name, _, _ := strings.Cut(doc, "(")
			return doc + more[name]
		}
		return "a Lua function"
	case *glua.LTable:
		return s.helpTable(x)
	case glua.LString:
		if text := s.helpC(string(x)); text != "" {
			return text
		}
	case *glua.LUserData:
		switch v := x.Value.(type) {
		case *header:
			return s.helpHeader(v)
		case *library:
			return helpLibrary(v) + s.helpDebug(v)
		case *ctype:
			return s.helpType(v)
		case *value:
			return helpValue(v)
		case *longDouble:
			return hostShape.text(v) + ": a long double that no Lua number holds exactly; +, -, *, /, ^ with a whole number, comparisons with its kind, and the methods tonumber, tostring, hex, abs, eq, lt, le, gt, ge"
		case *complexNumber:
			return v.String() + ": a complex number; its parts are .real and .imag; +, -, *, /, ^, ==, and the methods conj, abs, arg, eq"
		case *field:
			return showField(v)
		case int64, uint64:
			return fmt.Sprintf("%v: a 64-bit integer too large for a Lua number to hold exactly; +, -, *, /, %%, comparisons with its kind, and the methods tonumber, hex, band, bor, bxor, shl, shr, eq, lt", v)
		}
	}
	return "a Lua " + lv.Type().String() + ": " + shorten(lv.String(), 200)
}

func helpLibrary(lib *library) string {
	o := lib.object
	text := showLibrary(lib)
	if o.Path != "" {
		text += "\n    file      " + o.Path
	}
	text += fmt.Sprintf("\n    opened    %d, closed %d", o.Opened, o.Closes)
	for _, who := range o.Openers {
		text += "\n              by " + who
	}
	if !o.Mapped() {
		return text + "\n    unloaded: its functions and variables are gone"
	}
	if n := len(lib.exports()); n > 0 {
		text += fmt.Sprintf("\n    symbols   %d (lib:symbols() lists them, lib:declare() writes the C of those that are known)", n)
	}
	return text
}

func helpFunction(f *function) string {
	if f.cb != nil {
		return helpCallback(f)
	}
	text := types.Declare(f.ctypeOf(), f.name) + "\n"
	if f.owner != nil {
		text += "    from      " + f.owner.String()
		if !f.owner.Mapped() {
			text += " (unloaded: it cannot be called)"
		}
		text += "\n"
	}
	text += fmt.Sprintf("    address   0x%x\n", f.addr)
	if at := f.declaredAt(); at != "" {
		text += "    declared  " + at + "\n"
	}
	if f.timeout != 0 {
		text += "    timeout   " + plainSeconds(f.timeout) + " a call\n"
	}
	switch {
	case f.flags != nil:
		text += "    called as " + f.name + f.flagList()[1:] + "; restype and errcheck can be set again at any time"
	case !f.declared:
		if f.why != nil {
			text += "    its C declaration cannot be used: " + strings.TrimPrefix(f.why.Error(), "function "+f.name+": ") + "\n"
		}
		text += "    its parameters are not declared: whole numbers go as int, strings as char *, nil as NULL\n" +
			"    declare   " + f.name + ".argtypes = {\"int\", \"const char *\", ...}; " + f.name + ".restype = \"double\""
	default:
		text += "    argtypes, restype and errcheck can be set again at any time"
	}
	return text
}

func (s *Session) helpType(t *ctype) string {
	text, at := describeType(t), ""
	if d := s.declarationOf(t); d != nil {
		at = "\n    declared  " + d.At.String()
	}
	text += at
	if t.op == opVoid {
		return text
	}
	if t.enum != nil {
		return helpEnum(t) + at
	}
	if t.op == opRecord {
		return text + helpRecord(t)
	}
	text += fmt.Sprintf("\n    C type    %s\n    size      %d, alignment %d", t.c, t.size, t.align)
	switch {
	case t.op == opArray:
		text += fmt.Sprintf("\n    make one  T(a, b, ...) or T{a, b, ...}; index from 0 to %d", t.length-1)
	case t.op == opFunction:
		return text + helpFunctionType(t)
	case t.op == opPointer:
		text += "\n    make one  T(x), ctypes.pointer(x), ctypes.cast(x, T); T() is NULL"
	case t.op == opComplex:
		text += fmt.Sprintf("\n    make one  ctypes.%s(z) or ctypes.%s(re, im)", t.name, t.name)
	default:
		text += fmt.Sprintf("\n    make one  ctypes.%s(x)", t.name)
	}
	return text + "\n    also      T * n (array type), " + strings.Join(typeMembers, ", ")
}

func helpRecord(t *ctype) string {
	if !t.rec.complete && t.rec.declared {
		return "\n    its members are not declared; the header that defines it declares them, or ctypes.cdef(\"" + t.c.String() + " {...};\")"
	}
	if !t.rec.complete {
		return "\n    its members are not known yet: set " + t.name + "._fields_ = {{\"x\", ctypes.c_int}, ...}"
	}
	text := ""
	for _, line := range layoutLines(t) {
		text += "\n    " + line
	}
	return text + fmt.Sprintf("\n    make one  %s(a, b, ...) or %s{name = a, ...}; members are read and set behind a dot", t.name, t.name) +
		"\n    also      T * n, T.member.offset, ctypes.dump(x), ctypes.equal(x, y), " + strings.Join(typeMembers, ", ")
}

func helpValue(v *value) string {
	return fmt.Sprintf("%s\n    C type    %s\n    address   0x%x, %s\n    members   %s",
		showValue(v), v.t.c, v.addr, plural(v.t.size, "byte"), strings.Join(memberNames(v.t), ", "))
}

// helpTable lists the functions of a module, or says that the value is just a table.
func (s *Session) helpTable(t *glua.LTable) string {
	var lines []string
	for _, rows := range [][]row{s.ctypesRows(), s.utilRows(), s.rawRows(), s.dlRows()} {
		for _, r := range rows {
			if fn, ok := t.RawGetString(r.name).(*glua.LFunction); ok && s.docs[fn] != "" {
				lines = append(lines, fmt.Sprintf("%s\n    %s", r.usage, r.doc))
			}
		}
	}
	if len(lines) == 0 {
		if t.RawGetString("kind") != glua.LNil && t.RawGetString("message") != glua.LNil {
			return "an error: " + errorText(t)
		}
		return "a Lua table"
	}
	if t.RawGetString("c_int") != glua.LNil {
		lines = append(lines, "C\n    what cdef and include have declared, by name: functions, variables, types, constants; help(ctypes.C) counts them",
			"types: "+strings.Join(s.typeNames(), " "))
	}
	return strings.Join(lines, "\n")
}
