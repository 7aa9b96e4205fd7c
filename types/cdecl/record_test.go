// This file tests records: random ones written as C and read back, and what people write.

package cdecl

import (
	"fmt"
	"strings"
	"testing"

	"dlsh/types"
	"dlsh/types/random"
)

// Thousands of records written as C are read back with the layouts they had, which other tests hold against the C compilers.
func TestRecordsReadBack(t *testing.T) {
	for _, target := range types.Targets() {
		t.Run(target.String(), func(t *testing.T) {
			if target.OS == "windows" {
				t.Skip("types/random writes GCC's rules")
			}
			for i := range 2 * random.Times() {
				g := random.New(target, random.Seed(t)+uint64(i))
				for range 500 {
					g.Record()
				}
				s := NewScope(target)
				text := random.Define(g.Types...)
				for range 2 { // and said again
					if _, err := s.Declare(text, Options{}); err != nil {
						t.Fatal(err)
					}
				}
				for _, want := range g.Types {
					got := s.Tag(want.Kind, want.Name)
					if got == nil {
						t.Fatalf("%s is not there", want)
					}
					if a, b := layoutText(target, want), layoutText(target, got); a != b {
						t.Fatalf("written:\n%s\nread:\n%s\n%s", a, b, types.Define(want))
					}
				}
			}
		})
	}
}

// layoutText writes a layout, members of members too.
func layoutText(target *types.Target, t *types.Type) string {
	size, align, err := target.Layout(t)
	text := fmt.Sprintln(t, size, align, err)
	if !t.Kind.Aggregate() || err != nil {
		return text
	}
	l, _ := target.Record(t)
	for i, f := range t.Record.Fields {
		text += fmt.Sprintln(f.Name, l.Fields[i], target.Resolve(f.Type).Kind)
		if r := target.Resolve(f.Type); r.Kind.Aggregate() && r.Name == "" {
			text += layoutText(target, r)
		}
	}
	return text
}

func TestRecords(t *testing.T) {
	for _, c := range []struct {
		name, text, ty string
		size, align    int64
	}{
		{"members in order", "struct s { char c; int i; short h; };", "struct s", 12, 4},
		{"a union is as large as its largest member", "union u { char c[9]; int i; };", "union u", 12, 4},
		{"C11's anonymous members", "struct s { int kind; union { int i; double d; }; };", "struct s", 16, 8},
		{"packed", "struct __attribute__((packed)) s { char c; int i; };", "struct s", 5, 1},
		{"packed behind the brace", "struct s { char c; int i; } __attribute__((__packed__));", "struct s", 5, 1},
		{"three attributes in one", "struct s { char c; int i; } __attribute__((packed, unused, aligned(8)));", "struct s", 8, 8},
		{"packed members", "struct s { char c; int i __attribute__((packed)); long l; };", "struct s", 16, 8},
		{"aligned members", "struct s { char c; int i __attribute__((aligned(16))), j; };", "struct s", 32, 16},
		{"_Alignas", "struct s { char c; _Alignas(double) char d; _Alignas(16) int i; };", "struct s", 32, 16},
		{"an aligned typedef", "typedef int wide __attribute__((aligned(16))); struct s { char c; wide w; };", "struct s", 32, 16},
		{"a typedef aligned less", "typedef long half __attribute__((aligned(4))); struct s { int i; half h; };", "struct s", 12, 4},
		{"#pragma pack", "#pragma pack(push, 1)\nstruct s { char c; int i; };\n#pragma pack(pop)\nstruct t { char c; int i; };", "struct s", 5, 1},
		{"#pragma pack ends", "#pragma pack(push, 1)\nstruct s { char c; int i; };\n#pragma pack(pop)\nstruct t { char c; int i; };", "struct t", 8, 4},
		{"_Pragma", "_Pragma(\"pack(2)\") struct s { char c; int i; }; _Pragma(\"pack()\")", "struct s", 6, 2},
		{"#pragma pack by name", "#pragma pack(push, mine, 2)\n#pragma pack(1)\n#pragma pack(pop, mine)\nstruct s { char c; int i; };", "struct s", 8, 4},
		{"bit-fields", "struct s { unsigned a : 3, b : 5, : 0; unsigned c : 30; };", "struct s", 8, 4},
		{"a width by expression", "enum { W = 4 }; struct s { unsigned long a : W * 10, b : 24; };", "struct s", 8, 8},
		{"arrays by expression", "#define N 3\nstruct s { int a[N + 1][sizeof(long)]; };", "struct s", 128, 4},
		{"a flexible array", "struct s { int n; char data[]; };", "struct s", 4, 4},
		{"an array of none", "struct s { char c; long none[0]; };", "struct s", 8, 8},
		{"a record declared first", "struct s; typedef struct s *p; struct s { p next; int i; };", "struct s", 16, 8},
		{"_Static_assert inside", "struct s { int i; _Static_assert(sizeof(int) == 4, \"\"); char c; };", "struct s", 8, 4},
		{"a pointer to a function", "struct s { int (*compare)(const void *, const void *); char c; };", "struct s", 16, 8},
		{"Microsoft's bit-fields", "struct __attribute__((ms_struct)) s { char a : 2; int b : 3; };", "struct s", 8, 4},
		{"an enum of a mode", "enum __attribute__((mode(HI))) e { A }; struct s { enum e e; enum __attribute__((mode(DI))) { B = -1 } f; };", "struct s", 16, 8},
		{"__attribute__((mode))", "typedef int byte __attribute__((mode(QI))); struct s { byte b[3]; };", "struct s", 3, 1},
		{"another byte order", "struct __attribute__((scalar_storage_order(\"big-endian\"))) s { int i; };", "struct s", 4, 4},
		{"__int128 has no place", "struct s { int i; }; typedef struct { __int128 big; } t;", "struct s", 4, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewScope(types.LinuxAMD64)
			if _, err := s.Declare(c.text, Options{}); err != nil {
				t.Fatal(err)
			}
			ty, err := s.Type(c.ty)
			if err != nil {
				t.Fatal(err)
			}
			if size, align, err := s.target.Layout(ty); err != nil || size != c.size || align != c.align {
				t.Errorf("size %d, aligned to %d (%v); want %d and %d", size, align, err, c.size, c.align)
			}
			if types.Host() != types.LinuxAMD64 {
				return
			}
			// The compiler's word on it. It has no -w for what is not supported here.
			got := compileAndRun(t, fmt.Sprintf("extern int printf(const char *, ...);\n%s\nint main(void) { printf(\"%%zu %%zu\\n\", sizeof(%s), _Alignof(%s)); return 0; }\n", c.text, c.ty, c.ty))
			if want := fmt.Sprint(c.size, " ", c.align); got[0] != want {
				t.Errorf("C says %s", got[0])
			}
		})
	}
}

// What refers to a record that has no members yet gets them when they come.
func TestRecordCompletedLater(t *testing.T) {
	s := NewScope(types.Host())
	declare(t, s, "typedef struct node node; int length(const node *);")
	ty, err := s.Type("node")
	if err != nil {
		t.Fatal(err)
	}
	if size := s.target.Size(ty); size != -1 {
		t.Errorf("size %d before it has members", size)
	}
	if _, err := s.Declare("struct node { int i; node *next; }; int broken(", Options{}); err == nil {
		t.Fatal("the text is broken")
	}
	if size := s.target.Size(ty); size != -1 {
		t.Errorf("size %d after a text that failed", size)
	}
	declare(t, s, "struct node { node *next; double d[2]; };")
	if size := s.target.Size(ty); size != 24 {
		t.Errorf("size %d, want 24", size)
	}
}

func declare(t *testing.T, s *Scope, text string) *Unit {
	t.Helper()
	u, err := s.Declare(text, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// What cannot be laid out here is declared with the reason, and does not disturb the rest.
func TestUnsupported(t *testing.T) {
	s := NewScope(types.LinuxAMD64)
	u := declare(t, s, `
		typedef float v4 __attribute__((vector_size(16)));
		v4 add(v4, v4);
		void fill(v4 *, int);
		__int128 wide(int);
		unsigned __int128 uwide(int);
		typedef struct { __int128 big; } pair;
		pair pairs(void);
		int through(pair *);
		_Float128 quad(_Float128);
		_Float32 single(_Float64, _Float32x);
		int fine(int);`)
	for name, want := range map[string]string{
		"add": "SIMD", "wide": "128-bit", "uwide": "128-bit", "pairs": "128-bit", "quad": "extended floating",
		"fill": "", "through": "", "single": "", "fine": "",
	} {
		d := u.Find(name)
		if d == nil || (want == "") != d.Usable() || !strings.Contains(d.Reason, want) {
			t.Errorf("%s: %+v", name, d)
		}
	}
	if got := types.Declare(u.Find("single").Type, "single"); got != "float single(double, double)" {
		t.Errorf("single: %s", got)
	}
}

// An enum that was named before it is defined, too.
func TestEnumCompletedLater(t *testing.T) {
	s := NewScope(types.Host())
	declare(t, s, "enum later; enum later *first(void); typedef enum later later;")
	declare(t, s, "enum later { SMALL, LARGE = 1LL << 40 };")
	ty := s.Lookup("first").Type.Elem.Elem
	if size := s.target.Size(ty); size != 8 || len(ty.Values) != 2 {
		t.Errorf("size %d, %v", size, ty.Values)
	}
}
