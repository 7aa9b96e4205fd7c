// This file tests what is read of C++: functions with C's names and C's types.

package dwarf

import (
	"path/filepath"
	"strings"
	"testing"
)

const cxxFixture = `
namespace geo {
struct point { int x, y; };
struct base { int b; };
struct derived : base { int d; };
struct virt { virtual int f(); int v; };
int virt::f() { return v; }
struct copied { int n; copied(); copied(const copied &); ~copied(); };
copied::copied() {}
copied::copied(const copied &) {}
copied::~copied() {}
struct methods { int n; int get() const; static int count; enum kind { A, B } k; };
int methods::count;
int methods::get() const { return n; }
struct holder { copied c; int after; };
struct empty {};
enum class shade : unsigned char { dark, light };
int hidden(point p) { return p.x; }
extern "C" int inside(point p) { return p.x; }
extern "C" int number;
int number;
}
using namespace geo;
template <typename T> struct box { T t; };
typedef box<int> int_box;
typedef struct { int tagged_by_typedef; } from_c;
extern "C" {
int plain(point p, from_c c, bool b, char16_t u, wchar_t w) { return 0; }
int pointers(derived *d, virt *v, copied *c, const char *s) { return 0; }
int references(int &r, const point &p, int &&rr) { return r; }
int byDerived(derived d) { return 0; }
int byVirtual(virt v) { return 0; }
copied byCopied(copied c) { return c; }
int byHolder(holder h) { return 0; }
int byMethods(methods m) { return m.get(); }
int byEmpty(empty e, int n) { return n; }
int byBox(int_box b) { return b.t; }
int byShade(shade s, methods::kind k) { return 0; }
int memberPointer(int methods::*m) { return 0; }
int variadic(const char *f, ...) { return 0; }
int nothing() { return 0; }
decltype(nullptr) null(decltype(nullptr) n) { return n; }
}
int mangled(int a) { return a; }
`

func TestCxx(t *testing.T) {
	compiler(t)
	for _, cxx := range withClang(t, tool(t, "c++"), "clang++") {
		for _, version := range []string{"-gdwarf-3", "-gdwarf-4", "-gdwarf-5"} {
			t.Run(filepath.Base(cxx)+version, func(t *testing.T) {
				t.Parallel()
				i := opened(t, library(t, cxx, []string{"-x", "c++", "-g", version, "-std=c++17"}, cxxFixture))
				check(t, i, [][2]string{
					{"plain", "int plain(struct point p, from_c c, _Bool b, char16_t u, wchar_t w)"},
					{"inside", "int inside(struct point p)"},
					{"number", "int number"},
					{"pointers", "int pointers(struct derived *d, struct virt *v, struct copied *c, const char *s)"},
					{"references", "int references(int *r, const struct point *p, int *rr)"},
					{"byMethods", "int byMethods(struct methods m)"},
					{"byShade", "int byShade(enum shade s, enum kind k)"},
					{"variadic", "int variadic(const char *f, ...)"},
					{"nothing", "int nothing(void)"},
					{"byBox", "int byBox(int_box b)"},
					{"_Z7mangledi", "nothing"},
					{"mangled", "nothing"},
					{"_ZN3geo6hiddenENS_5pointE", "nothing"},
					{"struct geo::point", "struct point {\n\tint x;\n\tint y;\n};"},
				})
				for name, part := range map[string]string{
					"byDerived":     "parameter 1 (d): struct derived cannot be passed by value: it is a class of C++ with a base class",
					"byVirtual":     "struct virt cannot be passed by value: it is a class of C++ with virtual functions",
					"byCopied":      "function byCopied: result: struct copied cannot be passed by value: ",
					"byHolder":      "struct holder cannot be passed by value: ",
					"byEmpty":       "struct empty cannot be passed by value: ",
					"memberPointer": "a pointer to a member of a C++ class is no type of C",
					"null":          "is no type of C",
				} {
					if got := shown(i, name); !strings.HasPrefix(got, "error: ") || !strings.Contains(got, part) {
						t.Errorf("%s: %s\nwant %q in it", name, got, part)
					}
				}
				// A class that cannot be passed has its members in memory.
				f, err := i.Function("pointers")
				if err != nil {
					t.Fatal(err)
				}
				virt := f.Type.Params[1].Type.Elem
				if g := virt.Record.Given; g == nil || g.Size != 16 || len(g.Fields) != 1 || g.Fields[0].Offset != 8 || virt.Record.Fields[0].Name != "v" {
					t.Errorf("struct virt: %+v", virt.Record)
				}
			})
		}
	}
}
