// This file tests layouts against GCC: hard records as C has them, each under every attribute that changes a
// layout, and where the compiler puts their members. Random records are package random's.

package types

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The types that the table uses beside C's own, in C and as package types has them.
const recordPrelude = `
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#define PACKED __attribute__((packed))
#define ALIGNED(n) __attribute__((aligned(n)))
#define BIG __attribute__((scalar_storage_order("big-endian")))
#define MS __attribute__((ms_struct))
#define GNU __attribute__((gcc_struct))
#define EITHER union { int either; char bytes[6]; }
#define BITS struct { char lead; int low : 3; int : 7; int high : 20; }
typedef struct { } empty;
typedef struct { char a; short b; } pair;
typedef struct { char a; int b; } PACKED tight;
typedef struct { char a; } ALIGNED(32) wide;
typedef struct { int a : 3; long b : 40; } bits;
typedef struct { int n; char tail[]; } flexible;
typedef enum { SMALL_A, SMALL_B = 31 } PACKED small;
typedef enum { COLOUR_A = -1, COLOUR_B = 5 } colour;
static void show(const char *name, const unsigned char *p, size_t n)
{
	printf(" %s=", name);
	for (size_t i = 0; i < n; i++)
		if (p[i])
			printf("%zu:%02x,", i, p[i]);
}
`

func recordTypes(t *testing.T) map[string]*Type {
	m := map[string]*Type{
		"empty":    StructOf(""),
		"pair":     StructOf("", fields(t, "char a; short b", nil)...),
		"tight":    StructOf("", fields(t, "char a; int b", nil)...),
		"wide":     StructOf("", fields(t, "char a", nil)...),
		"bits":     StructOf("", fields(t, "int a : 3; long b : 40", nil)...),
		"flexible": StructOf("", fields(t, "int n; char tail[]", nil)...),
		"small":    {Kind: Enum, Elem: Of(UChar), Values: []Enumerator{{"SMALL_A", 0}, {"SMALL_B", 31}}},
		"colour":   {Kind: Enum, Elem: Of(Int), Values: []Enumerator{{"COLOUR_A", -1}, {"COLOUR_B", 5}}},
	}
	m["tight"].Record.Packed = true
	m["wide"].Record.Align = 32
	for name, ty := range m {
		m[name] = &Type{Kind: Typedef, Name: name, Elem: ty}
	}
	return m
}

var hardRecords = []string{ // the members of a record
	// Padding between members and behind the last.
	"",
	"char a",
	"char a; int b",
	"int a; char b",
	"char a; double b; short c; char d",
	"char a; long double b; char c",
	"char a; float _Complex b; char c; double _Complex d",
	"char a; long double _Complex b",
	"char *a; char b; void *c[2]",
	"char a[3]; int b; short c[2][3]; char d",
	"_Bool a; short b; wchar_t c; uint8_t d; size_t e",
	// Records in records, and arrays of them.
	"char a; pair b; char c",
	"char a; pair b[2]; char c; pair d[0]",
	"char a; tight b; int c; tight d[3]",
	"char a; wide b; char c",
	"char a; wide b[2]; char c",
	"char a; empty b; int c; empty d",
	"empty a",
	"empty a[4]; char b",
	"char a; bits b; int c : 5; bits d[2]",
	"char a; flexible b",
	// Anonymous members (C11 6.7.2.1p13).
	"char a; EITHER; char b",
	"int a : 3; BITS; int b : 3",
	// Arrays of no length, given and not given.
	"char a; int b[0]; char c",
	"char a; int b[]",
	"int a; pair b[]",
	"int a : 3; short b[]",
	"empty a; long b[]",
	// Bit-fields that share a unit, fill one, and go over into the next.
	"int a : 3",
	"long a : 1",
	"int a : 3; int b : 4",
	"int a : 30; int b : 3",
	"short a : 9; short b : 9; short c : 9",
	"int a : 32; char b : 8; short c : 16; long d : 64",
	"unsigned a : 31; unsigned long long b : 33; unsigned char c : 7",
	"long a : 63; long b : 2; long c : 63",
	// Bit-fields of different types, which System V packs together and Microsoft does not.
	"int a : 4; char b : 4; int c : 4",
	"char a : 4; short b : 12; int c : 16; long d : 33",
	"long a : 40; int b : 20; long c : 40",
	"char a : 7; char b : 2; short c : 15; char d : 1",
	"size_t a : 40; uint8_t b : 3; wchar_t c : 20",
	// Bit-fields and other members in the same bytes.
	"char a; int b : 24; char c",
	"char a; int b : 25; char c",
	"char a; int b : 32",
	"char a; long b : 56; char c",
	"int a : 3; char b; int c : 3",
	"int a : 17; short b; int c : 1",
	"int a : 9; double b; char c : 1",
	// _Bool and enums.
	"_Bool a : 1; _Bool b : 1; int c : 30; _Bool d : 1",
	"small a : 5; colour b : 2; colour c : 31; small d : 8",
	// Zero width closes the unit; what else it does is where compilers part.
	"int a : 3; int : 0; int b : 3",
	"char a; int : 0; char b",
	"char a : 1; long : 0; char b",
	"int : 0; char a",
	"long : 0; int a : 3; char b",
	"int a : 1; int : 0; int : 0; char b",
	"char a; char : 0; char b",
	"char a : 3; int : 0; char b",
	"int a : 3; char : 0; int b : 3",
	"char a; int : 0; int b : 3; char : 0; int c : 3",
	"char a; long : 0",
	"int a : 5; long : 0; int b : 5; short : 0; char c",
	// Unnamed bit-fields only pad, but on AArch64 they align the record.
	"char a; int : 5; char b",
	"int : 7",
	"long : 1; char a",
	"char a; long : 33; char b",
	"short a : 3; short : 10; short b : 4",
	// Attributes of a member.
	"char a; int b ALIGNED(16); char c",
	"char a; char b ALIGNED(2); char c",
	"char a; int b ALIGNED(2); char c",
	"char a; pair b ALIGNED(8); char c[3] ALIGNED(4)",
	"char a; int b PACKED; int c",
	"char a; long b PACKED ALIGNED(4); char c",
	"char a; pair b PACKED; int c[2] PACKED",
	"int a : 3 ALIGNED(8); int b : 3",
	"int a : 3; int b : 3 ALIGNED(4); int c : 3",
	"char a : 3; char b : 3 ALIGNED(1); char c : 3 ALIGNED(2)",
	"int a : 3; int : 5 ALIGNED(8); int c : 3",
	"char a; int b : 30 PACKED; int c : 5",
	"int a : 5; long b : 60 PACKED; int c : 9",
	"char a : 3; int b : 32 PACKED; char c",
	"int a : 24; int b ALIGNED(4)",
	"char a; int b : 24 PACKED; int c PACKED ALIGNED(4)",
}

// variant is a way to declare a record: C's words for it, and what they are in a Record.
type variant struct {
	pragma, attributes string
	set                func(*Record)
	only               string // the one architecture whose compiler knows it
}

var variants = []variant{
	{"", "", func(r *Record) {}, ""},
	{"", "PACKED", func(r *Record) { r.Packed = true }, ""},
	{"", "ALIGNED(8)", func(r *Record) { r.Align = 8 }, ""},
	{"", "PACKED ALIGNED(4)", func(r *Record) { r.Packed, r.Align = true, 4 }, ""},
	{"1", "", func(r *Record) { r.Pack = 1 }, ""},
	{"2", "", func(r *Record) { r.Pack = 2 }, ""},
	{"8", "ALIGNED(16)", func(r *Record) { r.Pack, r.Align = 8, 16 }, ""},
	{"4", "PACKED", func(r *Record) { r.Pack, r.Packed = 4, true }, ""},
	{"", "BIG", func(r *Record) { r.BigEndian = true }, ""},
	{"", "PACKED BIG", func(r *Record) { r.Packed, r.BigEndian = true, true }, ""},
	{"", "MS", func(r *Record) { r.Rules = MS }, "amd64"},
	{"", "PACKED MS", func(r *Record) { r.Packed, r.Rules = true, MS }, "amd64"},
	{"1", "MS", func(r *Record) { r.Pack, r.Rules = 1, MS }, "amd64"},
	{"2", "MS", func(r *Record) { r.Pack, r.Rules = 2, MS }, "amd64"},
	{"4", "PACKED MS", func(r *Record) { r.Pack, r.Packed, r.Rules = 4, true, MS }, "amd64"},
	{"", "MS ALIGNED(16)", func(r *Record) { r.Align, r.Rules = 16, MS }, "amd64"},
	{"", "MS BIG", func(r *Record) { r.Rules, r.BigEndian = MS, true }, "amd64"},
	{"", "GNU", func(r *Record) { r.Rules = GCC }, "amd64"},
}

// sample is a record, in C's words and as a type.
type sample struct {
	text string
	ty   *Type
}

// samples is every record of the table in every variant, as a struct and as a union.
func samples(t *testing.T, target *Target) (list []sample) {
	named := recordTypes(t)
	for _, text := range hardRecords {
		for _, v := range variants {
			for _, kind := range []Kind{Struct, Union} {
				if v.only != "" && v.only != target.Arch || kind == Union && strings.Contains(text, "[]") {
					continue
				}
				ty := &Type{Kind: kind, Name: fmt.Sprintf("r%d", len(list)), Record: &Record{}}
				v.set(ty.Record)
				// A pragma around a record holds for the ones written inside it too.
				named["EITHER"] = UnionOf("", fields(t, "int either; char bytes[6]", nil)...)
				named["BITS"] = StructOf("", fields(t, "char lead; int low : 3; int : 7; int high : 20", nil)...)
				named["EITHER"].Record.Pack, named["BITS"].Record.Pack = ty.Record.Pack, ty.Record.Pack
				if err := ty.Record.SetFields(fields(t, text, named)); err != nil {
					t.Fatal(err)
				}
				s := fmt.Sprintf("%s %s %s { %s; };", kind, v.attributes, ty.Name, text)
				if text == "" {
					s = strings.Replace(s, "; }", "}", 1)
				}
				if v.pragma != "" {
					s = "#pragma pack(push, " + v.pragma + ")\n" + s + "\n#pragma pack(pop)"
				}
				list = append(list, sample{s, ty})
			}
		}
	}
	return list
}

var memberSyntax = regexp.MustCompile(`^([^:]*?)(?: : (\d+))?((?: PACKED| ALIGNED\(\d+\))*)$`)
var declarator = regexp.MustCompile(`^(.*?)(\w+)((?:\[\d*\])*)$`)

// fields reads the members of a row: type, name and lengths, width, attributes.
func fields(t *testing.T, text string, named map[string]*Type) (list []Field) {
	t.Helper()
	for _, text := range strings.Split(text, "; ") {
		if text == "" {
			continue
		}
		part := memberSyntax.FindStringSubmatch(text)
		if part == nil {
			t.Fatalf("%q: not a member", text)
		}
		f := Field{Packed: strings.Contains(part[3], "PACKED"), BitField: part[2] != ""}
		f.Bits, _ = strconv.Atoi(part[2])
		if _, n, ok := strings.Cut(part[3], "ALIGNED("); ok {
			fmt.Sscan(strings.TrimSuffix(n, ")"), &f.Align)
		}
		spelling, lengths := part[1], ""
		if ty, err := Parse(spelling); err == nil {
			f.Type = ty // an unnamed bit-field
		} else if f.Type = named[spelling]; f.Type == nil {
			d := declarator.FindStringSubmatch(part[1])
			spelling, f.Name, lengths = strings.TrimSpace(d[1]), d[2], d[3]
			if f.Type = named[spelling]; f.Type == nil {
				f.Type = mustParse(t, spelling+lengths)
			} else if lengths != "" {
				n, err := strconv.ParseInt(strings.Trim(lengths, "[]"), 10, 64)
				if err != nil {
					n = Incomplete
				}
				f.Type = ArrayOf(f.Type, n)
			}
		}
		list = append(list, f)
	}
	return list
}

// place is a member with a name and where it lies in the outermost record.
type place struct {
	FieldLayout
	name          string
	bitField, big bool
}

func places(t *testing.T, target *Target, ty *Type, base int64) (list []place) {
	t.Helper()
	l, err := target.Record(ty)
	if err != nil {
		t.Fatal(err)
	}
	rec := aggregate(ty)
	for i, f := range rec.Fields {
		at := l.Fields[i]
		at.Offset += base
		switch {
		case f.Name != "":
			list = append(list, place{at, f.Name, f.BitField, rec.BigEndian})
		case !f.BitField:
			list = append(list, places(t, target, f.Type, at.Offset)...)
		}
	}
	return list
}

// bits gives the bytes of a bit-field that is all ones, as show in the C program prints them.
func (p place) bits() string {
	text, value := "", 0
	for i := p.Bit; i < p.Bit+p.Bits; i++ {
		if p.big {
			value |= 0x80 >> (i % 8)
		} else {
			value |= 1 << (i % 8)
		}
		if i%8 == 7 || i == p.Bit+p.Bits-1 {
			text += fmt.Sprintf("%d:%02x,", p.Offset+int64(i/8), value)
			value = 0
		}
	}
	return text
}

// probes is the C program that prints a line for each record: size, alignment, offsets, and of each
// bit-field the bytes that are not zero when its bits are set and nothing else.
func probes(t *testing.T, target *Target, definitions string, list []sample) string {
	var b, calls strings.Builder
	b.WriteString(definitions)
	for _, s := range list {
		name := s.ty.String()
		fmt.Fprintf(&b, "static void f%s(void)\n{\n\tstatic %s r;\n\tprintf(\"%%zu/%%zu\", sizeof r, _Alignof(%s));\n", s.ty.Name, name, name)
		for _, p := range places(t, target, s.ty, 0) {
			if p.bitField {
				fmt.Fprintf(&b, "\tmemset(&r, 0, sizeof r), r.%s = -1, show(\"%s\", (unsigned char *)&r, sizeof r);\n", p.name, p.name)
			} else {
				fmt.Fprintf(&b, "\tprintf(\" %s=%%zu\", offsetof(%s, %s));\n", p.name, name, p.name)
			}
		}
		b.WriteString("\tputchar('\\n');\n}\n")
		fmt.Fprintf(&calls, "\tf%s();\n", s.ty.Name)
	}
	return b.String() + "int main(void)\n{\n" + calls.String() + "}\n"
}

// compareRecords runs the probes and holds each record's line against its layout.
func compareRecords(t *testing.T, c compiler, definitions string, list []sample) {
	t.Helper()
	out := c.output(t, probes(t, c.target, definitions, list))
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != len(list) {
		t.Fatalf("%d lines for %d records", len(lines), len(list))
	}
	for i, s := range list {
		want := fmt.Sprintf("%d/%d", c.target.Size(s.ty), c.target.Align(s.ty))
		for _, p := range places(t, c.target, s.ty, 0) {
			if p.bitField {
				want += fmt.Sprintf(" %s=%s", p.name, p.bits())
			} else {
				want += fmt.Sprintf(" %s=%d", p.name, p.Offset)
			}
		}
		if lines[i] != want {
			t.Errorf("%s\n%s has %s\n  types has %s", s.text, c.cc, lines[i], want)
		}
	}
}

func TestRecordsAgainstGCC(t *testing.T) {
	onCompilers(t, func(t *testing.T, c compiler) {
		list := samples(t, c.target)
		definitions := recordPrelude
		for _, s := range list {
			definitions += s.text + "\n"
		}
		compareRecords(t, c, definitions, list)
	})
}

// What Define writes, the compiler lays out as package types does: the same records, from their types alone.
func TestDefineAgainstGCC(t *testing.T) {
	onCompilers(t, func(t *testing.T, c compiler) {
		list := samples(t, c.target)
		all := StructOf("all")
		for i, s := range list {
			all.Record.Fields = append(all.Record.Fields, Field{Name: fmt.Sprint("m", i), Type: s.ty})
			list[i].text = Define(s.ty)
		}
		compareRecords(t, c, preludeWithout("typedef")+Define(all), list)
	})
}

// preludeWithout leaves out the lines of the prelude that start with word.
func preludeWithout(word string) (text string) {
	for _, line := range strings.SplitAfter(recordPrelude, "\n") {
		if !strings.HasPrefix(line, word) {
			text += line
		}
	}
	return text
}
