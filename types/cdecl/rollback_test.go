// This file tests that a text that fails leaves nothing behind, wherever in it the mistake is.

package cdecl

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dlsh/types"
	"dlsh/types/random"
)

// state writes down all that is in a scope.
func state(s *Scope) string {
	var b strings.Builder
	record := func(t *types.Type) {
		size, align, err := s.target.Layout(t)
		fmt.Fprintf(&b, " %s size %d align %d %v", t, size, align, err)
		if t.Kind == types.Enum {
			fmt.Fprintf(&b, " %v %v", t.Values, t.Elem)
		}
		if t.Kind.Aggregate() {
			r := t.Record
			fmt.Fprintf(&b, " %v %v %d %d %v %v %v {", r.Complete, r.Packed, r.Pack, r.Align, r.Rules, r.BigEndian, s.transparent[r])
			for _, f := range r.Fields {
				fmt.Fprintf(&b, " %s; %v %d %d %v", types.Declare(f.Type, f.Name), f.BitField, f.Bits, f.Align, f.Packed)
			}
			b.WriteString("}")
		}
	}
	for space, list := range map[string]map[string]*Decl{"name": s.names, "macro": s.macros, "tag": s.tags} {
		for name, d := range list {
			fmt.Fprintf(&b, "%s %s: %s %p %q %q %v %d %s", space, name, describe(d), d, d.Reason, d.Symbol, d.Static, d.align, d.At)
			if d.Macro != nil {
				fmt.Fprintf(&b, " %s %s %s", d.Macro, d.Macro.Expanded(), d.Macro.unread)
			}
			if d.Kind == Constant {
				fmt.Fprintf(&b, " %v %v", d.Value, d.Value.Type)
			}
			if d.Type != nil {
				record(d.Type)
			}
			b.WriteString("\n")
		}
	}
	for name, list := range s.waiting {
		for _, d := range list {
			fmt.Fprintf(&b, "waiting %s: %p\n", name, d)
		}
	}
	for header := range s.included {
		fmt.Fprintf(&b, "included %q\n", header)
	}
	lines := strings.Split(b.String(), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// before is what the scope has when the text that fails comes.
const before = `
	struct open; union choice; enum later; typedef struct open open; open *first(enum later *, union choice *);
	struct s { int x; struct open *o; }; typedef int num; enum e { A, B }; union u { int i; };
	extern int a[]; int f(); int g(num); static const int limit = 3; extern struct s var;
	#define N 3
	#define ADD(x, y) ((x) + (y))
	#define LATER (not_yet + 1)
	#define GUARD`

// parts are put into texts in any order.
var parts = []string{
	"struct open { int x; struct s s; };", "union choice { int i; double d; };", "enum later { L1, L2 = 1LL << 40 };", "extern int a[7];", "int f(int, char *);",
	"struct s { int x; struct open *o; };", "typedef int num;", "enum e { A, B };", "#define N 3\n", "#define N 4\n", "#undef N\n", "#define M ADD(N, 1)\n", "int not_yet;",
	"#pragma pack(1)\n", "#pragma pack(push, 2)\n", "struct fresh { char c; long l; };", "typedef struct { char c; } anonymous;", "enum { P, Q, R = sizeof(struct s) };",
	"#include <stddef.h>\n", "#include <stdarg.h>\n#pragma once\n", "typedef union { int *i; char *c; } any __attribute__((transparent_union)); void takes(any);", "int b[ADD(N, 2)];", "static const int limit = 3;",
	"struct open;", "open *second(struct new_one *);", "inline int body(void) { return 1; }", "int first_again(void) __asm__(\"x\");", "_Static_assert(1, \"\");", "extern double limit_of[ADD(1, 1)][3];",
	"struct nest { struct { union { struct inner { int deep; } i; }; }; enum { IN_NEST } k; };", "void with(struct inside { int x; } *p, enum { IN_PARAMETER } k);",
}

// mistakes end a text.
var mistakes = []string{
	"foo_t x;", "int (", "struct s { char differs; };", "struct bad { int x; foo_t y; };", "enum { A = 7 };", "enum { S1, S2, S3 = 1 / 0 };", "enum e { A, B, C };", "typedef char num;", "int g(double);", "}",
	"_Static_assert(0, \"\");", "#error stop\n", "#include <no/such/header.h>\n", "#if\n", "struct open { struct open in; };", "struct open { int x; ", "union s;", "enum open { X };", "int x[-1];", "#foo\n", "\"open", "struct open { int a, a; };",
	"union choice { foo_t x; };", "enum later { L1, L2 foo_t };", "int f(int, foo_t);", "extern int a[foo];", "struct { struct open { int y; } o; foo_t t; } v;", "enum later { L1 } late; foo_t f2(void);", "#define N(\n", "int y = {;",
}

func TestFailureLeavesNoTrace(t *testing.T) {
	g := rand.New(rand.NewPCG(random.Seed(t), 1))
	s := NewScope(types.LinuxAMD64)
	declare(t, s, before)
	want := state(s)
	folder := t.TempDir()
	for range 300 * random.Times() {
		var text strings.Builder
		redefine := g.IntN(2) == 0
		for _, i := range g.Perm(len(parts))[:g.IntN(len(parts))] {
			if part := parts[i]; strings.HasPrefix(part, "#") {
				text.WriteString("\n" + part)
			} else {
				text.WriteString(part)
			}
		}
		mistake := mistakes[g.IntN(len(mistakes))]
		if strings.HasPrefix(mistake, "#") {
			text.WriteString("\n")
		}
		text.WriteString(mistake)
		src := text.String()
		o := Options{Redefine: redefine, Defines: []string{"ONLY_HERE=1"}[:g.IntN(2)]}
		var err error
		if g.IntN(4) == 0 {
			header := filepath.Join(folder, "header.h")
			if err := os.WriteFile(header, []byte(src), 0o666); err != nil {
				t.Fatal(err)
			}
			_, err = s.Include(header, o)
		} else {
			_, err = s.Declare(src, o)
		}
		if err == nil {
			if !redefine {
				t.Fatalf("%s\nis no mistake", src)
			}
			s = NewScope(types.LinuxAMD64)
			declare(t, s, before)
			want = state(s)
			continue
		}
		if got := state(s); got != want {
			t.Fatalf("%s\nredefine %v: %v\nleft a trace:\n%s", src, redefine, err, difference(want, got))
		}
	}
}

// A type name may define a record, too.
func TestFailedTypeNameLeavesNoTrace(t *testing.T) {
	s := NewScope(types.LinuxAMD64)
	declare(t, s, before)
	want := state(s)
	for _, spelling := range []string{"struct open { int x; } [", "struct open { int x; } foo_t", "enum later { L1 } x", "union choice { int i; } (*)(foo_t)", "struct { enum { X1, X2 } k; foo_t t; }", "struct open { int x; foo_t y; }", "enum { X1, X2, X3 = 1 / 0 }"} {
		if _, err := s.Type(spelling); err == nil {
			t.Errorf("%s is a type", spelling)
		}
		if got := state(s); got != want {
			t.Errorf("%s left a trace:\n%s", spelling, difference(want, got))
		}
	}
}

func difference(want, got string) string {
	var b strings.Builder
	a, c := strings.Split(want, "\n"), strings.Split(got, "\n")
	for _, line := range a {
		if !slices.Contains(c, line) {
			b.WriteString("- " + line + "\n")
		}
	}
	for _, line := range c {
		if !slices.Contains(a, line) {
			b.WriteString("+ " + line + "\n")
		}
	}
	return b.String()
}
