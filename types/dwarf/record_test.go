// This file tests where members lie: random records, as the C compiler's debug information has them and as package
// types lays them out; and records that need care.

package dwarf

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"dlsh/types"
	"dlsh/types/random"
)

// Every record of a library has the size and alignment that it has in C, and every member its place, whether the
// attributes were found or the layout is given as it is.
func TestLayouts(t *testing.T) {
	for _, target := range []*types.Target{types.Host(), types.LinuxARM64} {
		t.Run(target.String(), func(t *testing.T) {
			compiler(t)
			c := random.FindCompiler(t, target)
			dir := t.TempDir()
			var units []*random.Unit
			var sources []random.Source
			for version := 2; version <= 5; version++ {
				u := random.NewUnit(target, random.Seed(t)+uint64(version), 300*random.Times(), 0, 0)
				units = append(units, u)
				sources = append(sources, random.Source{Name: fmt.Sprintf("dwarf%d.so", version), Text: u.Source(),
					Options: []string{"-g", fmt.Sprintf("-gdwarf-%d", version), "-shared", "-fPIC"}})
			}
			c.Build(t, dir, sources...)
			for n, u := range units {
				i, err := Open(filepath.Join(dir, sources[n].Name), target)
				if err != nil || i == nil {
					t.Fatalf("%v, %v", i, err)
				}
				compareLayouts(t, i, target, u.Types)
				i.Close()
			}
		})
	}
}

func compareLayouts(t *testing.T, i *Info, target *types.Target, list []*types.Type) {
	t.Helper()
	read, given, wrong := 0, 0, 0
	for _, want := range list {
		got, err := i.Type(types.Declare(want, ""))
		if err != nil {
			t.Errorf("%s: %v", want, err)
		}
		if got == nil {
			continue // no function has it
		}
		read++
		size, align, err := target.Layout(want)
		if err != nil {
			t.Fatal(err)
		}
		gotSize, gotAlign, err := target.Layout(got)
		// A struct may be packed without a trace.
		if err != nil || gotSize != size || gotAlign > 8 && gotAlign != align && got.Record.Given == nil {
			t.Errorf("%s: size %d, alignment %d, %v; want %d, %d", want, gotSize, gotAlign, err, size, align)
		}
		if !want.Kind.Aggregate() {
			continue
		}
		places, all := map[string]string{}, 0
		lay(target, want, 0, places)
		all = len(places)
		if got.Record.Given != nil {
			given++
		}
		seen := map[string]string{}
		lay(target, got, 0, seen)
		for name, place := range seen {
			if places[name] != place {
				if wrong++; wrong < 10 {
					t.Errorf("%s: %s is at %s, not at %s", want, name, place, places[name])
				}
			}
		}
		if len(seen) != all && got.Record.Given == nil {
			t.Errorf("%s has %d members, not %d", want, len(seen), all)
		}
	}
	t.Logf("%s: %d records, %d of them with a layout that is given", filepath.Base(i.path), read, given)
	if read < 100 || given > read/3 {
		t.Errorf("%d records read, %d of them given", read, given)
	}
}

// lay writes down where the members of a record are, those of anonymous ones too.
func lay(target *types.Target, ty *types.Type, base int64, places map[string]string) {
	r := target.Resolve(ty)
	l, err := target.Record(r)
	if err != nil {
		return
	}
	for n, f := range r.Record.Fields {
		at := l.Fields[n]
		switch {
		case f.Name == "" && !f.BitField:
			lay(target, f.Type, base+at.Offset, places)
		case f.Name == "":
		case f.BitField:
			places[f.Name] = fmt.Sprintf("bit %d, %d wide", 8*(base+at.Offset)+int64(at.Bit), at.Bits)
		default:
			places[f.Name] = fmt.Sprintf("byte %d", base+at.Offset)
		}
	}
}

const careful = `
struct given { float f; int : 32; };              /* what is not named is not told */
struct tail { char c; int : 7; };
struct wide { char c; __int128 w; int after; };
struct vectors { int n; float v __attribute__((vector_size(16))); };
struct contains { struct given g; int n; };
struct ld { long double l; };
struct ldAfter { char c; long double l; };
struct between { int a : 3; int : 0; int b : 4; char c; };
struct inPacked { char c; struct between b; } __attribute__((packed));
struct none { };
struct zero { int n; double d[0]; };
struct onlyFlex { int n[0]; char c; };
typedef int aligned_int __attribute__((aligned(16)));
struct byTypedef { char c; aligned_int i; };
struct ms { char a : 3; int b : 4; } __attribute__((ms_struct));
union pair { struct { int a, b; }; long long both; };
enum forward;
struct deep { struct deeper { struct deepest { int n; } a, b; } c; struct deepest d[2]; };
struct big { int n; } __attribute__((scalar_storage_order("big-endian")));
void all(struct given *a, struct tail *b, struct wide *c, struct vectors *d, struct contains *e, struct ld *f, struct ldAfter *g,
	struct between *h, struct inPacked *i, struct none *j, struct zero *k, struct onlyFlex *l, struct byTypedef *m, struct ms *n,
	union pair *o, struct deep *p, struct big *q, enum forward *r) { }
void byGiven(struct given g) { }
void byContains(struct contains *p, struct contains c) { }
struct wide byWide(void) { struct wide w = {0}; return w; }
struct ldAfter byLdAfter(struct ldAfter l) { return l; }
`

func TestCareful(t *testing.T) {
	i := opened(t, library(t, compiler(t), []string{"-g"}, careful))
	check(t, i, [][2]string{
		{"struct between", "struct between {\n\tint a : 3;\n\tint : 29;\n\tint b : 4;\n\tchar c;\n};"},
		{"struct none", "struct none {\n};"},
		{"struct zero", "struct zero {\n\tint n;\n\tdouble d[0];\n};"},
		{"struct ms", "struct __attribute__((ms_struct)) ms {\n\tchar a : 3;\n\tint b : 4;\n};"},
		{"union pair", "union pair {\n\tstruct {\n\t\tint a;\n\t\tint b;\n\t};\n\tlong long both;\n};"},
		{"byLdAfter", "struct ldAfter byLdAfter(struct ldAfter l)"},
	})
	for name, want := range map[string]string{
		"struct given":    "8 4 [{0 4 0 0}] its members do not lie where the compiler puts them",
		"struct wide":     "48 16 [{0 1 0 0} {32 4 0 0}] member w: __int128 is a 128-bit integer type",
		"struct vectors":  "32 16 [{0 4 0 0}] member v: ",
		"struct contains": "12 4 [{0 8 0 0} {8 4 0 0}] member g: its members do not lie",
		"struct ld":       "16 16 [{0 16 0 0}] the debug information does not tell whether it is packed",
		"struct big":      "4 4 [] member n: a big-endian int is not supported",
	} {
		ty, err := i.Type(name)
		if err != nil || ty.Record.Given == nil {
			t.Errorf("%s: %v, %v", name, types.Define(ty), err)
			continue
		}
		g := ty.Record.Given
		got := fmt.Sprintf("%d %d %v %s", g.Size, g.Align, g.Fields, g.Why)
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
	for name, part := range map[string]string{
		"byGiven":    "function byGiven: parameter 1 (g): struct given cannot be passed by value: its members",
		"byContains": "function byContains: parameter 2 (c): struct contains cannot be passed by value: member g: ",
		"byWide":     "function byWide: result: struct wide cannot be passed by value: member w: __int128",
	} {
		if got := shown(i, name); !strings.Contains(got, part) {
			t.Errorf("%s: %s\nwant %q in it", name, got, part)
		}
	}
}
