// This file tests records: layouts that need no compiler to be known, what cannot be laid out and why, members
// set later, and looking members up.

package types

import (
	"fmt"
	"testing"
)

func bit(name string, ty *Type, width int) Field {
	return Field{Name: name, Type: ty, BitField: true, Bits: width}
}

// show writes a layout as size/alignment and each member's offset, bit-fields as offset.bit:width.
func show(target *Target, ty *Type) string {
	l, err := target.Record(ty)
	if err != nil {
		return err.Error()
	}
	text := fmt.Sprintf("%d/%d", l.Size, l.Align)
	for i, f := range l.Fields {
		if text += fmt.Sprintf(" %d", f.Offset); ty.Record.Fields[i].BitField {
			text += fmt.Sprintf(".%d:%d", f.Bit, f.Bits)
		}
	}
	return text
}

// Where targets part. Columns follow Targets(): on AArch64 unnamed bit-fields align the record (AAPCS64 10.1.8),
// not so on Apple's; Windows shares storage units between bit-fields of one size only.
func TestRecordTargets(t *testing.T) {
	for _, row := range []struct {
		ty   *Type
		want [5]string
	}{
		{StructOf("s", bit("a", Of(Int), 3), bit("b", Of(Char), 4)),
			[5]string{"4/4 0.0:3 0.3:4", "4/4 0.0:3 0.3:4", "4/4 0.0:3 0.3:4", "4/4 0.0:3 0.3:4", "8/4 0.0:3 4.0:4"}},
		{StructOf("s", Field{Name: "a", Type: Of(Char)}, bit("", Of(Int), 5), Field{Name: "b", Type: Of(Char)}),
			[5]string{"3/1 0 1.0:5 2", "4/4 0 1.0:5 2", "3/1 0 1.0:5 2", "3/1 0 1.0:5 2", "12/4 0 4.0:5 8"}},
		{StructOf("s", Field{Name: "a", Type: Of(Char)}, bit("", Of(Int), 0), Field{Name: "b", Type: Of(Char)}),
			[5]string{"5/1 0 4.0:0 4", "8/4 0 4.0:0 4", "5/1 0 4.0:0 4", "5/1 0 4.0:0 4", "2/1 0 1.0:0 1"}},
		{StructOf("s", bit("a", Of(Long), 20), bit("b", Of(Int), 13)),
			[5]string{"8/8 0.0:20 4.0:13", "8/8 0.0:20 4.0:13", "8/8 0.0:20 4.0:13", "8/8 0.0:20 4.0:13", "8/4 0.0:20 4.0:13"}},
		{UnionOf("u", Field{Name: "a", Type: Of(LongDouble)}, Field{Name: "b", Type: ArrayOf(Of(Char), 17)}),
			[5]string{"32/16 0 0", "32/16 0 0", "32/16 0 0", "24/8 0 0", "24/8 0 0"}},
	} {
		for i, target := range Targets() {
			if got := show(target, row.ty); got != row.want[i] {
				t.Errorf("%s: %s\n got %s\nwant %s", target, Define(row.ty), got, row.want[i])
			}
		}
	}
}

// Rules of one's own choice are the same on every target.
func TestRecordRules(t *testing.T) {
	for _, row := range []struct {
		rules Rules
		want  string
	}{
		{GCC, "4/4 0.0:3 0.3:4"},
		{MS, "8/4 0.0:3 4.0:4"},
	} {
		for _, target := range Targets() {
			ty := StructOf("s", bit("a", Of(Int), 3), bit("b", Of(Char), 4))
			ty.Record.Rules = row.rules
			if got := show(target, ty); got != row.want {
				t.Errorf("%s, rules %d: %s, want %s", target, row.rules, got, row.want)
			}
		}
	}
}

func TestRecordErrors(t *testing.T) {
	integer, char := Of(Int), Of(Char)
	open := &Type{Kind: Struct, Name: "open", Record: &Record{}}
	self := &Type{Kind: Struct, Name: "self", Record: &Record{}}
	twin, other := &Type{Kind: Union, Name: "twin", Record: &Record{}}, &Type{Kind: Struct, Name: "other", Record: &Record{}}
	for rec, fields := range map[*Record][]Field{
		self.Record:  {{Name: "next", Type: PointerTo(self)}, {Name: "me", Type: ArrayOf(self, 2)}},
		twin.Record:  {{Name: "x", Type: other}},
		other.Record: {{Name: "y", Type: &Type{Kind: Typedef, Name: "twin_t", Elem: twin}}},
	} {
		if err := rec.SetFields(fields); err != nil {
			t.Fatal(err)
		}
	}
	attributes := func(change func(*Record), fields ...Field) *Type {
		ty := StructOf("s", fields...)
		change(ty.Record)
		return ty
	}
	large := ArrayOf(char, 1<<59)
	for _, row := range []struct {
		ty   *Type
		want string
	}{
		{integer, "int is not a struct or union"},
		{open, "struct open has no size: its members are not known"},
		{Qualified(open, true, false), "const struct open has no size: its members are not known"},
		{&Type{Kind: Union, Name: "u"}, "union u has no size: its members are not known"},
		{StructOf("s", Field{Name: "x", Type: open}), "struct s: member x: struct open has no size: its members are not known"},
		{StructOf("s", Field{Name: "x", Type: ArrayOf(open, 0)}), "struct s: member x: struct open has no size: its members are not known"},
		{StructOf("s", Field{Name: "x", Type: Of(Void)}), "struct s: member x: void has no size"},
		{StructOf("s", Field{Name: "x", Type: FuncOf(integer, false)}), "struct s: member x: a function has no size: int (void)"},
		{StructOf("s", Field{Name: "x", Type: &Type{Kind: Enum, Name: "e"}}), "struct s: member x: enum e has no size: its values are not known"},
		{StructOf("s", Field{Name: "x", Type: &Type{Kind: Vector, Elem: Of(Float), Len: 4}}),
			"struct s: member x: float __attribute__((vector_size(16))) has no size here: SIMD vectors are not supported"},
		{StructOf("s", Field{Name: "x"}), "struct s: member x: it has no type"},
		{StructOf("", Field{Name: "x", Type: Of(Void)}), "struct {...}: member x: void has no size"},
		{StructOf("a", Field{Name: "b", Type: UnionOf("c", Field{Name: "d", Type: Of(Void)})}), "struct a: member b: union c: member d: void has no size"},

		{self, "struct self: member me: struct self contains itself"},
		{twin, "union twin: member x: struct other: member y: union twin contains itself"},

		{StructOf("s", bit("x", integer, 33)), "struct s: member x: a width of 33 bits is more than int has: 32"},
		{StructOf("s", bit("x", Of(Bool), 2)), "struct s: member x: a width of 2 bits is more than _Bool has: 1"},
		{StructOf("s", bit("a", integer, 3), bit("", char, 9)), "struct s: unnamed member 2: a width of 9 bits is more than char has: 8"},
		{StructOf("s", bit("x", integer, 0)), "struct s: member x: a width of 0 bits is for bit-fields without a name"},
		{StructOf("s", bit("x", integer, -1)), "struct s: member x: a width of -1 bits is negative"},
		{StructOf("s", bit("x", Of(Float), 3)), "struct s: member x: a bit-field cannot be float: only integers, _Bool and enums"},
		{StructOf("s", bit("x", PointerTo(char), 3)), "struct s: member x: a bit-field cannot be char *: only integers, _Bool and enums"},
		{StructOf("s", Field{Name: "x", Type: integer, Bits: 3}), "struct s: member x: it has a width of 3 bits, but is no bit-field"},

		{StructOf("s", Field{Name: "x", Type: integer}, bit("x", integer, 3)), "struct s: member x: the name is used twice"},
		{StructOf("s", Field{Name: "x", Type: integer}, Field{Type: UnionOf("", Field{Type: StructOf("", Field{Name: "x", Type: char})})}),
			"struct s: member x: the name is used twice"},

		{StructOf("s", Field{Name: "x", Type: ArrayOf(integer, Incomplete)}), "struct s: member x: int[] has no length: a flexible array cannot be the only member"},
		{StructOf("s", bit("", integer, 3), Field{Name: "x", Type: ArrayOf(integer, Incomplete)}), "struct s: member x: int[] has no length: a flexible array cannot be the only member"},
		{StructOf("s", Field{Name: "a", Type: ArrayOf(integer, Incomplete)}, Field{Name: "b", Type: char}), "struct s: member a: int[] has no length: only the last member may be a flexible array"},
		{UnionOf("u", Field{Name: "a", Type: char}, Field{Name: "b", Type: ArrayOf(integer, Incomplete)}), "union u: member b: int[] has no length, and a union cannot have a flexible array"},

		{StructOf("s", Field{Name: "a", Type: large}, Field{Name: "b", Type: char}), "struct s: member b: the record is too large: it passes 2^59 bytes"},
		{UnionOf("u", Field{Name: "a", Type: ArrayOf(char, 1<<59+1)}), "union u: member a: char[576460752303423489] is too large for a member: it passes 2^59 bytes"},
		{StructOf("s", Field{Name: "a", Type: ArrayOf(ArrayOf(char, 1<<40), 1<<40)}), "struct s: member a: char[1099511627776][1099511627776] is too large"},

		{attributes(func(r *Record) { r.Align = 3 }), "struct s: an alignment of 3 bytes is not a power of two"},
		{attributes(func(r *Record) { r.Align = -8 }), "struct s: an alignment of -8 bytes is not a power of two"},
		{attributes(func(r *Record) { r.Align = 1 << 40 }), "struct s: an alignment of 1099511627776 bytes is too large: at most 268435456"},
		{attributes(func(r *Record) { r.Pack = 3 }), "struct s: pack: an alignment of 3 bytes is not a power of two"},
		{attributes(func(r *Record) { r.Pack = 32 }), "struct s: pack: an alignment of 32 bytes is too large: at most 16"},
		{StructOf("s", Field{Name: "x", Type: integer, Align: 6}), "struct s: member x: an alignment of 6 bytes is not a power of two"},
	} {
		for _, target := range Targets() {
			if got := show(target, row.ty); got != row.want {
				t.Errorf("%s: %s\n got %s\nwant %s", target, row.ty, got, row.want)
			}
			if row.ty.Kind.Aggregate() && target.Size(row.ty) != -1 {
				t.Errorf("%s: %s has size %d, want none", target, row.ty, target.Size(row.ty))
			}
		}
	}
}

// A record may point to itself; its members come after its name, once.
func TestSetFields(t *testing.T) {
	node := &Type{Kind: Struct, Name: "node", Record: &Record{}}
	constant := Qualified(node, true, false) // made before the members are known, and knows them after
	if got, want := show(LinuxAMD64, node), "struct node has no size: its members are not known"; got != want {
		t.Errorf("before: %s, want %s", got, want)
	}
	if size := LinuxAMD64.Size(PointerTo(node)); size != 8 {
		t.Errorf("a pointer to it has %d bytes", size)
	}
	if err := node.Record.SetFields([]Field{{Name: "value", Type: Of(Int)}, {Name: "next", Type: PointerTo(node)}}); err != nil {
		t.Fatal(err)
	}
	for _, ty := range []*Type{node, constant} {
		if got, want := show(LinuxAMD64, ty), "16/8 0 8"; got != want {
			t.Errorf("%s: %s, want %s", ty, got, want)
		}
	}
	if err := node.Record.SetFields(nil); err == nil || err.Error() != "the record has its members already" {
		t.Errorf("set twice: %v", err)
	}
}

// A layout is worked out once a target, and every asker gets that one.
func TestLayoutIsKept(t *testing.T) {
	ty := StructOf("s", Field{Name: "x", Type: Of(Long)})
	first, err := LinuxAMD64.Record(ty)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := LinuxAMD64.Record(Qualified(ty, true, false)); again != first {
		t.Error("a qualified version was laid out again")
	}
	if other, _ := WindowsAMD64.Record(ty); other == first || other.Size != 4 {
		t.Errorf("another target got %v", other)
	}
	if n := testing.AllocsPerRun(100, func() { LinuxAMD64.Size(ty) }); n != 0 {
		t.Errorf("a known size costs %v allocations", n)
	}
}

func TestMember(t *testing.T) {
	inner := StructOf("", Field{Name: "low", Type: Of(Int)}, Field{Name: "high", Type: Of(Int)})
	ty := StructOf("s", Field{Name: "a", Type: Of(Char)}, bit("", Of(Int), 3),
		Field{Type: UnionOf("", Field{Name: "whole", Type: Of(Long)}, Field{Type: inner})},
		Field{Name: "named", Type: inner}, Field{Type: &Type{Kind: Typedef, Name: "pair", Elem: StructOf("", Field{Name: "left", Type: Of(Int)})}})
	loop := &Type{Kind: Struct, Record: &Record{}}
	if err := loop.Record.SetFields([]Field{{Type: loop}, {Name: "x", Type: Of(Int)}}); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		ty         *Type
		name, path string
	}{
		{ty, "a", "[0]"},
		{ty, "whole", "[2 0]"},
		{ty, "low", "[2 1 0]"},
		{ty, "high", "[2 1 1]"},
		{ty, "named", "[3]"},
		{ty, "left", "[4 0]"},
		{Qualified(&Type{Kind: Typedef, Name: "s_t", Elem: ty}, true, false), "high", "[2 1 1]"},
		{ty, "right", "none"},
		{ty, "", "none"},
		{Of(Int), "a", "none"},
		{&Type{Kind: Struct, Record: &Record{}}, "a", "none"},
		{&Type{Kind: Union}, "a", "none"},
		{loop, "x", "[1]"},
		{loop, "y", "none"},
	} {
		got := "none"
		if path, ok := row.ty.Member(row.name); ok {
			got = fmt.Sprint(path)
		}
		if got != row.path {
			t.Errorf("%s: member %q is at %s, want %s", row.ty, row.name, got, row.path)
		}
	}
}

// A layout that is given is the one that counts.
func TestGiven(t *testing.T) {
	inner := &Type{Kind: Struct, Name: "inner", Record: &Record{Fields: []Field{{Name: "a", Type: Of(Int)}, {Name: "b", Type: Of(Char)}}, Complete: true,
		Given: &Given{Size: 24, Align: 8, Fields: []FieldLayout{{Offset: 8, Size: 4}, {Offset: 3, Size: 1}}, Why: "it is a class of C++ with a base class"}}}
	for _, target := range Targets() {
		if got := show(target, inner); got != "24/8 8 3" {
			t.Errorf("%s: %s", target, got)
		}
		outer := StructOf("outer", Field{Name: "c", Type: Of(Char)}, Field{Name: "in", Type: inner})
		if got := show(target, outer); got != "32/8 0 8" {
			t.Errorf("%s: %s", target, got)
		}
	}
	if path, ok := inner.Member("b"); !ok || len(path) != 1 || path[0] != 1 {
		t.Errorf("member b: %v, %t", path, ok)
	}
	want := "struct __attribute__((aligned(8))) inner {\n\tunsigned char bytes[24]; // it is a class of C++ with a base class\n};"
	if got := Define(inner); got != want {
		t.Errorf("Define:\n%s\nwant\n%s", got, want)
	}
	inner.Record.Given.Fields = nil
	broken := &Type{Kind: Struct, Name: "broken", Record: &Record{Fields: inner.Record.Fields, Complete: true, Given: inner.Record.Given}}
	if _, err := LinuxAMD64.Record(broken); err == nil || err.Error() != "struct broken: a layout is given for 0 members, and there are 2" {
		t.Errorf("too few places: %v", err)
	}
}

// A record whose members were taken back is laid out anew.
func TestReset(t *testing.T) {
	rec := &Record{}
	ty := &Type{Kind: Struct, Name: "s", Record: rec}
	for _, kind := range []Kind{Int, Char, Double} {
		if size := LinuxAMD64.Size(ty); size != -1 {
			t.Errorf("size %d without members", size)
		}
		if err := rec.SetFields([]Field{{Name: "x", Type: Of(kind)}}); err != nil {
			t.Fatal(err)
		}
		if got, want := LinuxAMD64.Size(ty), LinuxAMD64.Size(Of(kind)); got != want {
			t.Errorf("size %d, want %d", got, want)
		}
		rec.Reset()
	}
}
