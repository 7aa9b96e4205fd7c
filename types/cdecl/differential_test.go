// This file holds declarations of every shape against GCC: what it takes is taken, with the same types, layouts and values; what
// it refuses is refused.

package cdecl

import (
	"os"
	"slices"
	"strings"
	"testing"

	"dlsh/types"
	"dlsh/types/random"
)

// pieces are the texts of a file, each below a line "==== title".
func pieces(t *testing.T, file string) (list [][2]string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range strings.Split("\n"+string(raw), "\n==== ")[1:] {
		title, text, _ := strings.Cut(s, "\n")
		list = append(list, [2]string{title, text + "\n"})
	}
	return list
}

// needGCC finds the compiler these tests are about. Others differ in what they take.
func needGCC(t *testing.T, target *types.Target) *random.Compiler {
	t.Helper()
	c := random.FindCompiler(t, target)
	if said := checkSyntax(t, c, "#if defined __clang__ || __GNUC__ < 12\n#error no\n#endif\nint x;\n"); said != "" {
		t.Skipf("%s is not GCC 12 or later", c.CC)
	}
	return c
}

func TestAcceptedAgainstC(t *testing.T) {
	for _, target := range []*types.Target{types.LinuxAMD64, types.LinuxARM64} {
		t.Run(target.String(), func(t *testing.T) {
			c := needGCC(t, target)
			for _, piece := range pieces(t, "testdata/accepted.txt") {
				t.Run(piece[0], func(t *testing.T) {
					s := NewScope(target)
					u, err := s.Declare(piece[1], Options{})
					if err != nil {
						if target != types.LinuxAMD64 && checkSyntax(t, c, piece[1]) != "" {
							t.Skip("it is no C for this target")
						}
						t.Fatal(err)
					}
					list := facts(s, u)
					if strings.Contains(piece[1], "_Atomic") { // it is not kept in types
						list = slices.DeleteFunc(list, func(f string) bool { return strings.Contains(f, "types_compatible") })
					}
					if said := checkSyntax(t, c, piece[1]+"\n"+strings.Join(list, "\n")+"\n", comparable...); said != "" {
						if target != types.LinuxAMD64 && checkSyntax(t, c, piece[1]) != "" {
							t.Skip("it is no C for this target")
						}
						t.Errorf("C says:\n%.3000s", said)
					}
					if _, err := s.Declare(piece[1], Options{}); err != nil {
						t.Errorf("said again: %v", err)
					}
				})
			}
		})
	}
}

func TestRefusedAgainstC(t *testing.T) {
	c := needGCC(t, types.LinuxAMD64)
	for _, piece := range pieces(t, "testdata/refused.txt") {
		t.Run(piece[0], func(t *testing.T) {
			if checkSyntax(t, c, piece[1]) == "" {
				t.Error("C takes it")
			}
			if _, err := NewScope(types.LinuxAMD64).Declare(piece[1], Options{}); err == nil {
				t.Error("it is taken")
			}
		})
	}
}

// Where this package and GCC differ, it is for a reason.
func TestDifferencesFromC(t *testing.T) {
	c := needGCC(t, types.LinuxAMD64)
	for _, d := range []struct {
		text   string
		taken  bool // here, and not by C; otherwise the other way round
		reason string
	}{
		{"struct s { int x; }; struct s { int x; };", true, "what is said again is fine"},
		{"enum e { A }; enum e { A };", true, "what is said again is fine"},
		{"typedef struct { int x; } t; typedef struct { int x; } t;", true, "what is said again is fine"},
		{"int a = 1; int a = 1;", true, "what is said again is fine"},
		{"int f(void) { return 1; } int f(void) { return 1; }", true, "bodies are passed over"},
		{"int f(void) { return nothing_declared; }", true, "bodies are passed over"},
		{"int x = 08;", true, "so are initializers"},
		{"int f(void); static int f(void);", true, "linkage is not looked at"},
		{"int f(); int f(char);", true, "nor is what a function without a prototype could take"},
		{"extern int x; extern _Atomic int x;", true, "_Atomic is only a matter of alignment"},
		{"void g(char *restrict *p); void g(char **p);", true, "restrict is not kept"},
		{"static const int n = 5; int a[n];", true, "a const variable with a value is a constant"},
		{"size_t f(uint8_t *);", true, "the standard names are known without a header"},
		{"struct nope x;", true, "the library knows its size"},
		{"void f(...);", true, "C23"},
		{"enum e { A = 0x7fffffff, B };", true, "C23: the enum becomes wider"},
		{"typedef int t __attribute__((aligned(32))); t a[2];", true, "such an array is no matter of layout here"},
		{"void f(struct s { int x; } *p); struct s y; int z[sizeof y];", true, "a tag first named in a parameter list is the scope's"},
		{"struct s { int x; }; void f(struct s { char c; } *p);", false, "a tag first named in a parameter list is the scope's"},
		{"f(void);", false, "a type must be given"},
		{"static x;", false, "a type must be given"},
		{"void x;", false, "a variable is not void"},
		{"void f(void x);", false, "nor is a parameter"},
		{"static int x; __auto_type y = 5;", false, "__auto_type is not read"},
		{"%:define X 3\nint a<:X:>;", false, "digraphs are not read"},
		{"int \\u00e9;", false, "nor are universal character names in identifiers"},
		{"enum { A = sizeof(__int128) };", false, "types that dlsh does not have have no size"},
		{"#define F(x, ...) int x __VA_OPT__(= __VA_ARGS__)\nF(a, 3);", false, "__VA_OPT__ is not read"},
		{"int x[__INCLUDE_LEVEL__ + 1];", false, "__INCLUDE_LEVEL__ is not there"},
		{"typedef int t; typedef int t __attribute__((aligned(16)));", false, "an alignment may not be changed"},
	} {
		_, err := NewScope(types.LinuxAMD64).Declare(d.text, Options{})
		said := checkSyntax(t, c, d.text+"\n")
		if d.taken && (err != nil || said == "") || !d.taken && (err == nil || said != "") {
			t.Errorf("%s\n%s: %v\nC says: %.300s", d.text, d.reason, err, said)
		}
	}
}
