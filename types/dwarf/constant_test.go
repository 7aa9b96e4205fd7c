// This file tests enumerators asked for by name.

package dwarf

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestConstants(t *testing.T) {
	const first = `
enum color { RED, GREEN = 5, BLUE = -1 } paint;
enum { LIMIT = 40 };
typedef enum { LOW, HIGH = 0xffffffff } level;
struct node { enum { LEAF = 3, BRANCH } kind; struct inner { int n; union deep { enum { DEEP = 9 } d; } u; } in; } root;
enum narrow { A = 200 } __attribute__((packed)) a;
enum wide { BIG = 0x7fffffffffffffff } big;
enum twice { TWICE = 7 } t1;
enum mine { CLASH = 1 } m1;
level l;
int limit(void) { return LIMIT; }
`
	const second = `
enum twice { TWICE = 7 } t2;
enum other { CLASH = 2 } m2;
`
	for _, cc := range compilers(t) {
		i := opened(t, library(t, cc, []string{"-g"}, first, second))
		for name, want := range map[string]string{
			"RED": "enum color 0", "GREEN": "enum color 5", "BLUE": "enum color -1",
			"HIGH": "enum 4294967295", "LEAF": "enum 3", "BRANCH": "enum 4", "DEEP": "enum 9",
			"A": "enum narrow 200", "BIG": "enum wide 9223372036854775807", "TWICE": "enum twice 7",
			"NONE": "nothing", "color": "nothing", "": "nothing",
		} {
			got := "nothing"
			c, err := i.Constant(name)
			if c != nil {
				got = strings.TrimSpace(fmt.Sprintf("%s %s %d", c.Type.Kind, c.Type.Name, c.Value))
				got = strings.ReplaceAll(got, "  ", " ")
			}
			if err != nil {
				got = err.Error()
			}
			if got != want {
				t.Errorf("%s: %s is %s, want %s", cc, name, got, want)
			}
		}
		if c, _ := i.Constant("GREEN"); c.Decl.String() == "" || c.Decl.Line != 2 {
			t.Errorf("%s: GREEN is at %q", cc, c.Decl)
		}
		if _, err := i.Constant("CLASH"); err == nil || !strings.Contains(err.Error(), "CLASH has different values: ") {
			t.Errorf("%s: CLASH: %v", cc, err)
		}
		check(t, i, [][2]string{{"struct inner", "union deep {\n\tenum {\n\t\tDEEP = 9,\n\t} d;\n};\nstruct inner {\n\tint n;\n\tunion deep u;\n};"}})
		if names, err := i.Constants(); err != nil || !slices.IsSorted(names) || !slices.Contains(names, "BRANCH") {
			t.Errorf("%s: %v, %v", cc, names, err)
		}
	}
}

// The index is made by the first question, or by whoever asks for it; Close does not wait for it.
func TestPrepare(t *testing.T) {
	i := opened(t, library(t, compiler(t), []string{"-g"}, fixture))
	if i.Ready() || i.Cost() <= 0 {
		t.Errorf("before: %t, cost %d", i.Ready(), i.Cost())
	}
	if err := i.Prepare(); err != nil || !i.Ready() {
		t.Errorf("%v, %t", err, i.Ready())
	}
	late := opened(t, library(t, compiler(t), []string{"-g"}, fixture))
	late.closing.Store(true)
	if err := late.Prepare(); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("while it is closed: %v", err)
	}
}
