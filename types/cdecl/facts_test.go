// This file defines facts: what a scope knows of declarations, as assertions that the C compiler takes or refuses.

package cdecl

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dlsh/types"
	"dlsh/types/random"
)

// comparable takes from C what this package does not keep, so that types compare: restrict, and that a function never returns.
var comparable = []string{"-Drestrict=", "-D__restrict=", "-D__restrict__=", "-D__noreturn__=__unused__", "-Dnoreturn=unused"}

// checkSyntax gives what the compiler has to say against a text; empty for nothing.
func checkSyntax(t *testing.T, c *random.Compiler, text string, flags ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "text.c")
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-std=gnu11", "-fsyntax-only", "-w", "-fmax-errors=20"}, flags...)
	out, err := exec.Command(c.CC, append(args, file)...).CombinedOutput()
	if err == nil {
		return ""
	}
	return string(out) + err.Error()
}

// facts writes _Static_asserts of sizes, offsets, alignments, types and values. What has a type that C cannot name twice is left out.
func facts(s *Scope, u *Unit) []string {
	f := factWriter{scope: s}
	for _, d := range u.Decls {
		f.declaration(d)
	}
	return f.list
}

type factWriter struct {
	scope *Scope
	list  []string
}

func (f *factWriter) say(what, format string, args ...any) {
	f.list = append(f.list, fmt.Sprintf("_Static_assert(%s, %q);", fmt.Sprintf(format, args...), what))
}

// named reports whether C can write the type once more.
func named(ty *types.Type) bool {
	s := ty.String()
	return !strings.Contains(s, "{...}") && !strings.Contains(s, "__va_list")
}

func (f *factWriter) declaration(d *Decl) {
	switch {
	case d.Kind == Constant:
		f.constant(d)
	case d.Kind == Tag && d.Name != "":
		f.layout(d.Type.Kind.String()+" "+d.Name, d.Type, 0)
	case d.Macro != nil || d.Kind == Tag || d.Reason != "" && !d.Static || strings.HasPrefix(d.Name, "__"):
	case d.Kind == Function:
		if !d.Type.NoProto && named(d.Type) {
			f.say(d.Name+" is "+d.Type.String(), "__builtin_types_compatible_p(__typeof__(%s), %s)", d.Name, d.Type)
		}
	default:
		if named(d.Type) { // behind a pointer qualifiers count
			f.say(d.Name+" is "+d.Type.String(), "__builtin_types_compatible_p(__typeof__(%s) *, %s)", d.Name, types.PointerTo(d.Type))
		}
		switch {
		case d.Kind == Type:
			f.layout(d.Name, d.Type, d.align)
		case f.scope.target.Size(d.Type) >= 0:
			f.say("sizeof "+d.Name, "sizeof(%s) == %d", d.Name, f.scope.target.Size(d.Type))
		}
	}
}

func (f *factWriter) constant(d *Decl) {
	v := d.Value
	ty := types.Unqualified(v.Type)
	switch v.Kind {
	case Integer, Char:
		f.say(d.Name+" = "+v.String(), "(unsigned long long)(%s) == %dULL", d.Name, v.Int)
	case Float:
		f.say(d.Name+" = "+v.String(), "(double)(%s) == %s || (%s) != (%s)", d.Name, floatC(v.Float), d.Name, d.Name)
	case String:
		f.say("sizeof "+d.Name, "sizeof(%s) == %d", d.Name, f.scope.target.Size(v.Type))
		if v.Type.Elem.Kind == types.Char && len(v.Bytes) < 1000 && d.Macro != nil {
			var literal strings.Builder
			for _, c := range []byte(v.Bytes) {
				fmt.Fprintf(&literal, "\\%03o", c)
			}
			f.say(d.Name+" = "+v.String(), `__builtin_memcmp(%s, "%s", sizeof(%s)) == 0`, d.Name, &literal, d.Name)
		}
		return
	default:
		return
	}
	if ty.Kind.Scalar() && ty.Kind < types.Pointer {
		f.say(d.Name+" is "+ty.String(), "_Generic((%s), %s: 1, default: 0)", d.Name, ty)
	}
}

func (f *factWriter) layout(name string, ty *types.Type, align int64) {
	target := f.scope.target
	if target.Size(ty) < 0 {
		return
	}
	if align == 0 {
		align = target.Align(ty)
	}
	f.say("sizeof "+name, "sizeof(%s) == %d", name, target.Size(ty))
	f.say("alignof "+name, "_Alignof(%s) == %d", name, align)
	if ty.Kind.Aggregate() {
		f.members(name, ty, 0)
	}
}

func (f *factWriter) members(name string, ty *types.Type, base int64) {
	target := f.scope.target
	l, err := target.Record(ty)
	if err != nil {
		return
	}
	for i, m := range target.Resolve(ty).Record.Fields {
		at := base + l.Fields[i].Offset
		switch {
		case m.BitField:
		case m.Name == "":
			f.members(name, m.Type, at)
		default:
			f.say("offsetof "+name+" "+m.Name, "__builtin_offsetof(%s, %s) == %d", name, m.Name, at)
			if named(m.Type) && !target.Resolve(ty).Record.BigEndian {
				f.say(name+" "+m.Name+" is "+m.Type.String(), "__builtin_types_compatible_p(__typeof__(&((%s *)0)->%s), %s)", name, m.Name, types.PointerTo(m.Type))
			}
		}
	}
}
