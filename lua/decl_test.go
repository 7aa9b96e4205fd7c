// This file tests ctypes.decl and lib:declare against the C compiler and against package cdecl: what they write
// compiles, without a warning, and means what it was written of.

package lua

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"

	"dlsh/types"
	"dlsh/types/cdecl"
	"dlsh/types/random"
)

// compileText has the C compiler read a text. It must have no complaints.
func compileText(t *testing.T, cc, text string, options ...string) {
	t.Helper()
	cmd := exec.Command(cc, append(append([]string{"-fsyntax-only", "-Wall", "-Werror", "-Wno-psabi", "-Wno-unknown-attributes"}, options...), "-x", "c", "-")...)
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%.4000s\n%.10000s", err, out, text)
	}
}

// facts are assertions for C: the size and alignment of a type as C spells it, and where its members lie.
func facts(target *types.Target, spelled string, t *types.Type) string {
	size, align, err := target.Layout(t)
	if err != nil {
		return ""
	}
	text := fmt.Sprintf("_Static_assert(sizeof(%s) == %d && _Alignof(%[1]s) == %[3]d, \"%[1]s\");\n", spelled, size, align)
	r := target.Resolve(t)
	if !r.Kind.Aggregate() {
		return text
	}
	l, _ := target.Record(r)
	for i, f := range r.Record.Fields {
		if f.Name != "" && !f.BitField && r.Record.Given == nil {
			text += fmt.Sprintf("_Static_assert(__builtin_offsetof(%s, %s) == %d, \"%[1]s.%[2]s\");\n", spelled, f.Name, l.Fields[i].Offset)
		}
	}
	return text
}

// Types made in Lua, written, compiled, and read back by cdef in a session that knows nothing of them.
func TestDeclOfLuaTypes(t *testing.T) {
	cc := random.FindCompiler(t, types.Host()).CC
	for _, row := range []struct{ name, make, tag string }{
		{"members", `T = ctypes.Structure("s", {{"c", "char"}, {"i", "int"}, {"d", ctypes.c_double * 3}, {"p", "const char *"}, {"l", "long double"}})`, "struct s"},
		{"nested", `In = ctypes.Structure("in", {{"x", "short"}}); T = ctypes.Structure("s", {{"a", In * 2}, {"p", ctypes.POINTER(In)}, {"b", In}})`, "struct s"},
		{"a union", `T = ctypes.Union("u", {{"c", ctypes.c_char * 9}, {"i", "int"}})`, "union u"},
		{"bit-fields", `T = ctypes.Structure("s", {{"a", "int", 3}, {"b", "unsigned char", 5}, {"", "int", 0}, {"c", "long", 40}, {"d", "bool", 1}})`, "struct s"},
		{"bit-fields as Microsoft has them", `T = ctypes.Structure("s", {{"a", "int", 3}, {"b", "unsigned char", 5}, {"c", "long", 40}}, {_layout_ = "ms"})`, "struct s"},
		{"_pack_ and _align_", `T = ctypes.Structure("s", {{"c", "char"}, {"i", "int"}, {"l", "long"}}, {_pack_ = 2, _align_ = 32})`, "struct s"},
		{"a flexible array", `T = ctypes.Structure("s", {{"n", "int"}, {"data", "double[]"}})`, "struct s"},
		{"an array of no length", `T = ctypes.Structure("s", {{"n", "char"}, {"none", ctypes.c_long * 0}})`, "struct s"},
		{"empty", `T = ctypes.Structure("s", {})`, "struct s"},
		{"a base and its base", `A = ctypes.Structure("a", {{"x", "char"}}); B = ctypes.Structure("b", {{"y", "int"}}, {base = A})
			T = ctypes.Structure("s", {{"z", "char"}, {"a", A}}, {base = B})`, "struct s"},
		{"a callback", `In = ctypes.Structure("in", {{"x", "short"}})
			T = ctypes.Structure("s", {{"call", ctypes.CFUNCTYPE(In, In, ctypes.POINTER(In) , ctypes.CFUNCTYPE(nil, "int"))}})`, "struct s"},
		{"a list", `T = ctypes.Structure("s"); T._fields_ = {{"next", ctypes.POINTER(T)}, {"each", ctypes.CFUNCTYPE("int", ctypes.POINTER(T))}}`, "struct s"},
		{"enums of any size", `T = ctypes.Structure("s", {{"a", ctypes.Enum("e1", {"A", "B"})}, {"b", ctypes.Enum("e2", {"C", {"D", -5}})},
			{"c", ctypes.Enum("e3", {"E", {"F", 200}}, "unsigned char")}, {"d", ctypes.Enum("e4", {"G"}, "long")}, {"e", ctypes.Enum("e5", {"H"}, "short")}})`, "struct s"},
		{"enums that share a name", `T = ctypes.Structure("s", {{"a", ctypes.Enum("e1", {"A", "B"})}, {"b", ctypes.Enum("e2", {"B", "C"})}})`, "struct s"},
		{"two structs of one tag", `A = ctypes.Structure("a", {{"x", "char"}}); B = ctypes.Structure("a", {{"y", "int"}})
			T = ctypes.Structure("s", {{"a", A}, {"b", B}, {"c", ctypes.POINTER(B)}})`, "struct s"},
		{"without a tag", `A = ctypes.Structure({{"x", "char"}, {"y", "int"}}); T = ctypes.Structure("s", {{"a", A}, {"b", A * 2}, {"f", ctypes.CFUNCTYPE("int", ctypes.POINTER(A))}})`, "struct s"},
		{"standard names", `T = ctypes.Structure("s", {{"a", "size_t"}, {"b", "wchar_t"}, {"c", "time_t"}, {"d", "uint8_t"}, {"e", "int64_t *"}})`, "struct s"},
		{"complex numbers", `T = ctypes.Structure("s", {{"a", "float _Complex"}, {"b", "long double _Complex"}})`, "struct s"},
		{"high byte first", `T = ctypes.BigEndianStructure("s", {{"a", "short"}, {"b", "int", 3}, {"c", "int", 4}, {"d", ctypes.c_int * 2}, {"e", "double"}})`, "struct s"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := New(Options{})
			defer s.Close()
			evalLua(t, s, row.make)
			text := evalOne(t, s, `return ctypes.decl(T)`).String()
			c := evalOne(t, s, `return T`).(*glua.LUserData).Value.(*ctype).c
			compileText(t, cc, text+"\n"+facts(hostTarget, row.tag, c)+evalOne(t, s, `return ctypes.decl(T, "variable")`).String()[len(text):])
			again := New(Options{})
			defer again.Close()
			again.L.SetGlobal("text", glua.LString(text))
			evalLua(t, again, `ctypes.cdef(text)`)
			read, err := again.scopeType(row.tag)
			if err != nil {
				t.Fatal(err)
			}
			if a, b := layoutText(hostTarget, c), layoutText(hostTarget, read); a != b {
				t.Errorf("written\n%s\nread back\n%s\n%s", a, b, text)
			}
			if got := evalOne(t, again, `return ctypes.decl("`+row.tag+`")`).String(); got != text && !strings.Contains(text, "//") {
				t.Errorf("written\n%s\nwritten again\n%s", text, got)
			}
		})
	}
}

// layoutText is all there is to see of a type: sizes, and members with their places and kinds.
func layoutText(target *types.Target, t *types.Type) string {
	r := target.Resolve(t)
	size, align, err := target.Layout(t)
	text := fmt.Sprintln(r.Kind, size, align, err)
	switch {
	case r.Kind == types.Enum:
		for _, v := range r.Values {
			text += fmt.Sprintln(v.Value)
		}
	case r.Kind == types.Array || r.Kind == types.Pointer && target.Resolve(r.Elem).Kind.Scalar():
		text += layoutText(target, r.Elem)
	case r.Kind == types.Func || r.Kind == types.Pointer && target.Resolve(r.Elem).Kind == types.Func:
		if r.Kind == types.Pointer {
			r = target.Resolve(r.Elem)
		}
		text += fmt.Sprintln(len(r.Params), r.Variadic, target.Resolve(r.Elem).Kind)
		for _, p := range r.Params {
			text += fmt.Sprintln(target.Resolve(p.Type).Kind, target.Size(p.Type))
		}
	case r.Kind.Aggregate() && err == nil:
		l, _ := target.Record(r)
		for i, f := range r.Record.Fields {
			text += fmt.Sprintln(f.BitField, l.Fields[i]) + layoutText(target, f.Type)
		}
	}
	return text
}

// Random records, and functions of random signatures, written and read back. Package random holds the same text
// against the compiler.
func TestDeclReadBack(t *testing.T) {
	for i := range random.Times() {
		g := random.New(hostTarget, random.Seed(t)+uint64(i))
		for range 500 {
			g.Record()
		}
		functions := map[string]*types.Type{}
		for n := range 300 {
			sig := g.Signature()
			functions[fmt.Sprint("f", n)] = types.FuncOf(sig.Result, n%5 == 0 && len(sig.Params) > 0, sig.Params...)
		}
		h := types.NewHeader(hostTarget)
		for _, ty := range g.Types {
			if err := h.Add(types.Declaration{Type: ty}); err != nil {
				t.Fatal(err)
			}
		}
		for name, f := range functions {
			if err := h.Add(types.Declaration{Type: f, Name: name}); err != nil {
				t.Fatal(err)
			}
		}
		s := cdecl.NewScope(hostTarget)
		text := h.String()
		if _, err := s.Declare(text, cdecl.Options{}); err != nil {
			t.Fatalf("%v\n%.5000s", err, text)
		}
		for _, ty := range g.Types {
			read := s.Tag(ty.Kind, ty.Name)
			if a, b := layoutText(hostTarget, ty), layoutText(hostTarget, read); a != b {
				t.Errorf("written\n%s\nread back\n%s\n%s", a, b, types.Define(ty))
			}
		}
		for name, f := range functions {
			read := s.Lookup(name).Type
			same := len(read.Params) == len(f.Params) && read.Variadic == f.Variadic
			for i := 0; same && i < len(f.Params); i++ {
				same = sameButRecords(f.Params[i].Type, read.Params[i].Type)
			}
			if !same || !sameButRecords(f.Elem, read.Elem) {
				t.Errorf("written %s\nread    %s", types.Declare(f, name), types.Declare(read, name))
			}
		}
	}
}

// sameButRecords is types.Same, where the records of two scopes are the same that go by one tag.
func sameButRecords(a, b *types.Type) bool {
	a, b = hostTarget.Resolve(a), hostTarget.Resolve(b)
	for a.Kind == types.Pointer && b.Kind == types.Pointer {
		a, b = hostTarget.Resolve(a.Elem), hostTarget.Resolve(b.Elem)
	}
	if a.Kind.Aggregate() {
		return a.Kind == b.Kind && a.Name == b.Name
	}
	return types.Same(hostTarget, a, b)
}
