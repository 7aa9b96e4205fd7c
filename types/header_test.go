// This file tests Header: declarations put together by hand beside the C text they make. That compilers take such
// texts, and read them as they are meant, is tested on random types and on real headers by packages random and lua.

package types

import (
	"strings"
	"testing"
)

func TestHeader(t *testing.T) {
	integer, char := Of(Int), Of(Char)
	typedef := func(name string, ty *Type) *Type { return &Type{Kind: Typedef, Name: name, Elem: ty} }
	with := func(f *Type, names ...string) *Type {
		for i, name := range names {
			f.Params[i].Name = name
		}
		return f
	}
	enum := func(tag string, elem Kind, values ...Enumerator) *Type {
		return &Type{Kind: Enum, Name: tag, Elem: Of(elem), Values: values}
	}
	open := &Type{Kind: Struct, Name: "open", Record: &Record{}}
	size, _ := LinuxAMD64.Named("size_t")
	point := StructOf("point", Field{Name: "x", Type: integer}, Field{Name: "y", Type: integer})
	samePoint := StructOf("point", Field{Name: "x", Type: integer}, Field{Name: "y", Type: integer})
	otherPoint := StructOf("point", Field{Name: "x", Type: Of(Double)})
	pair := StructOf("", Field{Name: "a", Type: integer})
	list := &Type{Kind: Struct, Name: "list", Record: &Record{}}
	visit := typedef("visit", FuncOf(integer, false, PointerTo(list)))
	if err := list.Record.SetFields([]Field{{Name: "visit", Type: PointerTo(visit)}, {Name: "next", Type: PointerTo(list)}, {Name: "at", Type: PointerTo(point)}}); err != nil {
		t.Fatal(err)
	}
	given := &Type{Kind: Struct, Name: "box<int>", Record: &Record{Complete: true, Given: &Given{Size: 8, Align: 8, Why: "it is a class of C++"}}}

	for _, row := range []struct {
		name  string
		whole bool
		list  []Declaration
		want  string
	}{
		{"a function", false, []Declaration{{Name: "add", Type: with(FuncOf(integer, false, integer, integer), "a", "b")}}, `
int add(int a, int b);
`},
		{"what a function takes and gives comes first, by value or not", false, []Declaration{
			{Name: "move", Type: with(FuncOf(point, true, point, PointerTo(open), size), "from", "how", "n")},
			{Name: "again", Type: FuncOf(Of(Void), false, PointerTo(samePoint))},
			{Name: "origin", Type: point, Extern: true},
			{Name: "here", Type: ArrayOf(point, Incomplete), Extern: true, Thread: true}}, `
struct point {
	int x;
	int y;
};
typedef unsigned long size_t;
struct open;

struct point move(struct point from, struct open *how, size_t n, ...);
void again(struct point *);
extern struct point origin;
extern __thread struct point here[];
`},
		{"pointers need no members", false, []Declaration{{Type: list}}, `
struct list;
typedef int visit(struct list *);
struct list {
	visit *visit;
	struct list *next;
	struct point *at;
};
`},
		{"unless the header is to be whole", true, []Declaration{{Name: "first", Type: FuncOf(PointerTo(list), false)}}, `
struct list;
typedef int visit(struct list *);
struct list {
	visit *visit;
	struct list *next;
	struct point *at;
};
struct point {
	int x;
	int y;
};

struct list *first(void);
`},
		{"two of one tag", false, []Declaration{{Name: "f", Type: FuncOf(point, false, otherPoint)}}, `
struct point {
	int x;
	int y;
};
// struct point_2 is called point
struct point_2 {
	double x;
};

struct point f(struct point_2);
`},
		{"an enumerator of two enums, and of a function's name", false, []Declaration{
			{Type: enum("a", UInt, Enumerator{"ON", 0}, Enumerator{"OFF", 1})}, {Type: enum("b", UInt, Enumerator{"OFF", 0}, Enumerator{"f", 2})},
			{Name: "f", Type: FuncOf(Of(Void), false)}}, `
enum a {
	ON = 0,
	OFF = 1,
};
enum b {
	OFF_2 = 0, // called OFF
	f_2 = 2, // called f
};

void f(void);
`},
		{"what has no tag is defined where it is used, once", false, []Declaration{
			{Type: StructOf("s", Field{Name: "p", Type: PointerTo(pair)}, Field{Name: "kind", Type: enum("", UInt, Enumerator{"A", 0})})}}, `
struct s {
	struct {
		int a;
	} *p;
	enum {
		A = 0,
	} kind;
};
`},
		{"and has a tag, used twice", false, []Declaration{
			{Type: StructOf("s", Field{Name: "p", Type: PointerTo(pair)}, Field{Name: "q", Type: PointerTo(pair)})}}, `
// struct unnamed_1 has no tag of its own
struct unnamed_1 {
	int a;
};
struct s {
	struct unnamed_1 *p;
	struct unnamed_1 *q;
};
`},
		{"or in a parameter", false, []Declaration{{Name: "f", Type: FuncOf(integer, false, PointerTo(pair))}}, `
// struct unnamed_1 has no tag of its own
struct unnamed_1 {
	int a;
};

int f(struct unnamed_1 *);
`},
		{"unless a typedef is its name", false, []Declaration{
			{Name: "f", Type: FuncOf(typedef("pair_p", PointerTo(pair)), false, PointerTo(pair), typedef("pair", pair))}}, `
typedef struct {
	int a;
} pair;
typedef pair *pair_p;

pair_p f(pair *, pair);
`},
		{"a base of ctypes is an anonymous member, which has no tag in C", false, []Declaration{
			{Type: StructOf("derived", Field{Type: point}, Field{Name: "z", Type: integer})}}, `
struct derived {
	struct {
		int x;
		int y;
	};
	int z;
};
`},
		{"names that are none in C", false, []Declaration{
			{Name: "int", Type: with(FuncOf(integer, false, integer, size, size), "size_t", "class", "register")},
			{Name: "a.b", Type: integer, Extern: true},
			{Type: StructOf("s", Field{Name: "int", Type: integer}, Field{Name: "int_", Type: integer}, Field{Name: "größe", Type: char})}}, `
typedef unsigned long size_t;
struct s {
	int int_; // called int
	int int__2; // called int_
	char gr____e; // called größe
};

int int_(int, size_t class, size_t) __asm__("int");
extern int a_b __asm__("a.b");
`},
		{"names of C++, and layouts of C++", false, []Declaration{{Name: "f", Type: FuncOf(integer, false, PointerTo(given))}, {Type: given},
			{Name: "g", Type: FuncOf(&Type{Kind: Enum, Name: "byte", Elem: Of(UChar)}, false)}}, `
struct box_int_; // struct box_int_ is called box<int>
// struct box_int_ is called box<int>
struct __attribute__((aligned(8))) box_int_ {
	unsigned char bytes[8]; // it is a class of C++
};

int f(struct box_int_ *);
/* enum byte */ unsigned char g(void);
`},
		{"a symbol of another name, and a note", false, []Declaration{
			{Name: "scan", Symbol: "__isoc99_scan", Type: FuncOf(integer, true, PointerTo(Qualified(char, true, false))), Note: "scan(char const*, ...)\\"}}, `
int scan(const char *, ...) __asm__("__isoc99_scan"); // scan(char const*, ...)
`},
		{"compilers know va_list", false, []Declaration{{Name: "f", Type: FuncOf(integer, false,
			typedef("va_list", typedef("__builtin_va_list", ArrayOf(StructOf("__va_list_tag", Field{Name: "gp_offset", Type: Of(UInt)}), 1))))}}, `
typedef __builtin_va_list va_list;

int f(va_list);
`},
		{"a type of no definition", false, []Declaration{{Type: PointerTo(point)}, {Type: integer}}, ``},
		{"said twice", false, []Declaration{{Type: point}, {Type: Qualified(point, true, false)}, {Type: samePoint}, {Type: open}, {Type: open}}, `
struct point {
	int x;
	int y;
};
struct open;
`},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := NewHeader(LinuxAMD64)
			h.Whole = row.whole
			for _, d := range row.list {
				if err := h.Add(d); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 { // it can be asked for again
				if got := h.String(); strings.ReplaceAll(got, " \n", "\n") != strings.TrimPrefix(row.want, "\n") {
					t.Fatalf("got\n%s\nwant%s", got, row.want)
				}
			}
		})
	}
}

// What there is no C for is refused with the reason, and leaves the header as it was.
func TestHeaderRefuses(t *testing.T) {
	deep := PointerTo(FuncOf(Of(Int), false, Of(Int)))
	for range 40 {
		deep = PointerTo(FuncOf(deep, false, deep, deep))
	}
	self := &Type{Kind: Struct, Name: "self", Record: &Record{}}
	self.Record.Fields, self.Record.Complete = []Field{{Name: "again", Type: self}}, true
	inner := StructOf("", Field{Name: "i", Type: Of(Int)})
	for _, row := range []struct {
		d   Declaration
		why string
	}{
		{Declaration{Type: deep}, "more than 256 functions"},
		{Declaration{Type: StructOf("s", Field{Name: "f", Type: deep})}, "struct s: member f: the type has more than 256 functions"},
		{Declaration{Type: self}, "struct self contains itself"},
		{Declaration{Name: "x", Type: Of(Void)}, "no variables of type void"},
		{Declaration{Name: "x", Type: &Type{Kind: Struct, Name: "open", Record: &Record{}}}, "struct open has no size"},
		{Declaration{Type: &Type{Kind: Typedef, Name: "unheard_of"}}, "unheard_of is not defined on"},
		{Declaration{Type: ArrayOf(Of(Void), 3)}, "no arrays of void"},
		{Declaration{Name: "f", Type: FuncOf(ArrayOf(Of(Int), 3), false)}, "cannot return int[3]"},
		{Declaration{Type: StructOf("s", Field{Name: "c", Type: Of(Char)}, Field{Type: inner, Packed: true})}, "struct s: unnamed member 2: there is no C for an anonymous member with a packed attribute"},
	} {
		h := NewHeader(LinuxAMD64)
		err := h.Add(row.d)
		if err == nil || !strings.Contains(err.Error(), row.why) {
			t.Errorf("%s: got %v, want %s", row.d.Name, err, row.why)
		}
		if got := h.String(); got != "" {
			t.Errorf("it has %q", got)
		}
	}
}
