// This file tests Define: types put together by hand beside the C that defines them. That the compiler lays
// such text out as package types does is tested with the table of hard records.

package types

import (
	"strings"
	"testing"
)

func TestDefine(t *testing.T) {
	integer, char := Of(Int), Of(Char)
	typedef := func(name string, ty *Type) *Type { return &Type{Kind: Typedef, Name: name, Elem: ty} }
	with := func(ty *Type, change func(*Record)) *Type { change(ty.Record); return ty }

	point := StructOf("point", Field{Name: "x", Type: integer}, bit("y", integer, 3))
	node := &Type{Kind: Struct, Name: "node", Record: &Record{}}
	nodeT := typedef("node_t", node)
	visit := PointerTo(FuncOf(Of(Void), false, PointerTo(node), PointerTo(StructOf("other"))))
	loop := &Type{Kind: Struct, Record: &Record{}}
	for rec, fields := range map[*Record][]Field{
		node.Record: {{Name: "next", Type: PointerTo(nodeT)}, {Name: "visit", Type: visit}},
		loop.Record: {{Name: "again", Type: PointerTo(loop)}},
	} {
		if err := rec.SetFields(fields); err != nil {
			t.Fatal(err)
		}
	}
	colour := &Type{Kind: Enum, Name: "colour", Elem: Of(UInt), Values: []Enumerator{{"RED", 0}, {"GREEN", 5}}}

	for _, row := range []struct {
		ty   *Type
		want string
	}{
		{point, `
struct point {
	int x;
	int y : 3;
};`},
		{Qualified(point, true, false), Define(point)},
		{StructOf("empty"), `
struct empty {
};`},
		{UnionOf("", Field{Name: "a", Type: Of(ComplexDouble)}, Field{Name: "b", Type: ArrayOf(Qualified(char, true, false), 3)}), `
union {
	double _Complex a;
	const char b[3];
};`},
		{&Type{Kind: Struct, Name: "open", Record: &Record{}}, `
struct open;`},

		// What it consists of comes first, once; what it points to is left alone.
		{StructOf("line", Field{Name: "ends", Type: ArrayOf(point, 2)}, Field{Name: "colour", Type: colour}, Field{Name: "middle", Type: point},
			Field{Name: "label", Type: PointerTo(StructOf("label"))}, Field{Name: "size", Type: &Type{Kind: Typedef, Name: "size_t"}}), `
struct point {
	int x;
	int y : 3;
};
enum colour {
	RED = 0,
	GREEN = 5,
};
struct line {
	struct point ends[2];
	enum colour colour;
	struct point middle;
	struct label *label;
	size_t size;
};`},

		// Recursive types, and tags that would otherwise be known between a function's parentheses only.
		{node, `
typedef struct node node_t;
struct other;
struct node {
	node_t *next;
	void (*visit)(struct node *, struct other *);
};`},
		{loop, `
// struct unnamed_1 has no tag of its own
struct unnamed_1 {
	struct unnamed_1 *again;
};`},

		// Typedefs, of records with a tag and without.
		{typedef("point_t", point), `
typedef struct point point_t;
struct point {
	int x;
	int y : 3;
};`},
		{typedef("pair", StructOf("", Field{Name: "p", Type: PointerTo(typedef("number", integer))})), `
typedef int number;
typedef struct {
	number *p;
} pair;`},

		// Attributes, and records written where they are used.
		{with(StructOf("all", Field{Name: "a", Type: char}, Field{Name: "b", Type: integer, Packed: true, Align: 2},
			bit("", integer, 0), Field{Name: "c", Type: integer, BitField: true, Bits: 3, Packed: true},
			Field{Type: UnionOf("", Field{Name: "d", Type: char}), Align: 8}),
			func(r *Record) { r.Packed, r.Align, r.Rules, r.BigEndian = true, 4, MS, true }), `
struct __attribute__((packed, aligned(4), ms_struct, scalar_storage_order("big-endian"))) all { // the high byte comes first, by an attribute that only GCC has
	char a;
	int b __attribute__((packed, aligned(2)));
	int : 0;
	int c : 3 __attribute__((packed));
	_Alignas(8) union {
		char d;
	};
};`},
		{with(StructOf("outer", Field{Name: "a", Type: with(StructOf("", Field{Name: "b", Type: with(StructOf("", Field{Name: "c", Type: char}),
			func(r *Record) { r.Pack = 1 })}), func(r *Record) { r.Rules = GCC })}), func(r *Record) { r.Pack = 1 }), `
#pragma pack(push, 1)
struct outer {
	#pragma pack(push, 0)
	struct __attribute__((gcc_struct)) {
		#pragma pack(push, 1)
		struct {
			char c;
		} b;
		#pragma pack(pop)
	} a;
	#pragma pack(pop)
};
#pragma pack(pop)`},

		// Enums have GCC's size, or are told theirs.
		{colour, `
enum colour {
	RED = 0,
	GREEN = 5,
};`},
		{&Type{Kind: Enum, Elem: Of(SChar), Values: []Enumerator{{"LESS", -1}}}, `
enum __attribute__((packed)) {
	LESS = -1,
};`},
		{&Type{Kind: Enum, Name: "large", Elem: Of(ULongLong), Values: []Enumerator{{"MOST", -1}}}, `
enum large {
	MOST = 18446744073709551615U,
};`},
		{&Type{Kind: Enum, Name: "least", Elem: Of(LongLong), Values: []Enumerator{{"LEAST", -1 << 63}}}, `
enum least {
	LEAST = -9223372036854775807 - 1,
};`},
		{&Type{Kind: Enum, Name: "wide", Elem: Of(LongLong), Values: []Enumerator{{"NONE", 0}}}, `
enum __attribute__((mode(DI))) wide { // its type is long long, C takes one without sign
	NONE = 0,
};`},

		{integer, ""},
		{PointerTo(point), ""},
	} {
		if got, want := Define(row.ty), strings.TrimPrefix(row.want, "\n"); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}
