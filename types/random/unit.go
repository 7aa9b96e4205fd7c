// This file defines Unit: a C file of functions that check every bit of what they get and return known values.

package random

import (
	"fmt"
	"strings"

	"dlsh/types"
)

// Unit is one C file of random functions, and what a test has to know of them. Compiled to a
// library it has
//
//	struct { long size, align; const unsigned char *mask; } records[]; // one each of Unit.Types
//	struct { void *call, *drive; } functions[];                        // one each of Unit.Cases
//	int mismatch_count;
//	struct { int argument, size; unsigned char got[512]; } mismatches[16];
//
// call is a function of the case's signature. It compares each argument with the case's and returns the
// case's result. drive takes the address of a function of that signature, calls it with the case's
// arguments and compares what it returns; it is null where Case.Driven is false. What differs
// is counted and noted, arguments from 1, the result as 0.
type Unit struct {
	*Generator
	Seed  uint64
	Cases []Case
	masks map[*types.Type][]byte
}

// Case is one function of a unit, with one set of arguments.
type Case struct {
	Signature
	Name   string
	Args   [][]byte // the bytes of each argument; what is in the padding is random too
	Result []byte   // nil for a function that returns nothing
	Driven bool     // the unit can also call a function of this signature
}

// DriveAll gives every case a drive, variadic ones too.
func (u *Unit) DriveAll() {
	for i := range u.Cases {
		u.Cases[i].Driven = true
	}
}

// NewUnit makes a unit with so many functions that are not variadic, of which the first driven have a
// drive, and so many variadic ones.
func NewUnit(t *types.Target, seed uint64, fixed, driven, variadic int) *Unit {
	u := &Unit{Generator: New(t, seed), Seed: seed, masks: map[*types.Type][]byte{}}
	u.ByValue = true
	for i := range fixed + variadic {
		c := Case{Name: fmt.Sprintf("f%d", i), Driven: i < driven}
		if i < fixed {
			c.Signature = u.Signature()
		} else {
			c.Signature = u.VariadicSignature()
		}
		for _, p := range c.Params {
			c.Args = append(c.Args, u.Value(p))
		}
		if c.Signature.Result.Kind != types.Void {
			c.Result = u.Value(c.Signature.Result)
		}
		u.Cases = append(u.Cases, c)
	}
	return u
}

// Mask is the package's Mask of one of the unit's types, worked out once. Types without a layout have none.
func (u *Unit) Mask(ty *types.Type) []byte {
	m, ok := u.masks[ty]
	if !ok {
		m, _ = Mask(u.Target, ty)
		u.masks[ty] = m
	}
	return m
}

// Same reports whether two values of a type are the same, whatever is in the padding.
func (u *Unit) Same(ty *types.Type, a, b []byte) bool {
	for i, m := range u.Mask(ty) {
		if (a[i]^b[i])&m != 0 {
			return false
		}
	}
	return true
}

// Describe tells all that is needed to see a case again: the definitions of its types, its prototype, the
// types of variable arguments, the target and the seed.
func (u *Unit) Describe(c *Case) string {
	var b strings.Builder
	b.WriteString(Define(Needed(append([]*types.Type{c.Signature.Result}, c.Params...)...)...))
	b.WriteString(u.prototype(c, false) + ";")
	if c.Variadic {
		var rest []string
		for _, p := range c.Params[c.Fixed:] {
			rest = append(rest, strings.TrimSpace(declare(p, "")))
		}
		fmt.Fprintf(&b, " // ... is %s", strings.Join(rest, ", "))
	}
	fmt.Fprintf(&b, "\n// %s, seed %d", u.Target, u.Seed)
	return b.String()
}

// prototype declares the function of a case.
func (u *Unit) prototype(c *Case, names bool) string {
	var params []string
	for i, p := range c.Params[:c.Fixed] {
		name := ""
		if names {
			name = fmt.Sprintf("a%d", i+1)
		}
		params = append(params, strings.TrimSpace(declare(p, name)))
	}
	switch {
	case c.Variadic:
		params = append(params, "...")
	case params == nil:
		params = []string{"void"}
	}
	return declare(c.Signature.Result, fmt.Sprintf("%s(%s)", c.Name, strings.Join(params, ", ")))
}

// Source is the C file.
func (u *Unit) Source() string {
	var b strings.Builder
	b.WriteString(Headers + "#include <stdarg.h>\n" + Define(u.Types...) + checkSource)
	u.writeMasks(&b)
	for i := range u.Cases {
		u.writeCall(&b, &u.Cases[i])
		if u.Cases[i].Driven {
			u.writeDrive(&b, &u.Cases[i])
		}
	}
	b.WriteString("struct { void *call, *drive; } functions[] = {\n")
	for _, c := range u.Cases {
		drive := "0"
		if c.Driven {
			drive = "drive_" + c.Name
		}
		fmt.Fprintf(&b, "\t{%s, %s},\n", c.Name, drive)
	}
	b.WriteString("};\n")
	return b.String()
}

const checkSource = `
int mismatch_count;
struct { int argument, size; unsigned char got[512]; } mismatches[16];

static __attribute__((noinline)) void check(int argument, const void *got, const char *want, const unsigned char *mask, long size) {
	const unsigned char *g = got, *w = (const void *)want;
	for (long i = 0; i < size; i++)
		if ((g[i] ^ w[i]) & mask[i]) {
			int n = mismatch_count++ % 16;
			mismatches[n].argument = argument;
			mismatches[n].size = size;
			memcpy(mismatches[n].got, got, size < 512 ? size : 512);
			return;
		}
}

/* Values that optimized code keeps in registers over a call: a callback has to give them back. */
volatile long kept_long[6] = {11, 12, 13, 14, 15, 16};
volatile double kept_double[6] = {1.5, 2.5, 3.5, 4.5, 5.5, 6.5};
#define KEEP(type, from) type from##0 = from[0], from##1 = from[1], from##2 = from[2], \
	from##3 = from[3], from##4 = from[4], from##5 = from[5]
#define KEPT(from) (from##0 == from[0] && from##1 == from[1] && from##2 == from[2] && \
	from##3 == from[3] && from##4 == from[4] && from##5 == from[5])

static unsigned char all_bits[32], x87_bits[32];
static void set_x87(unsigned char *p, long count) {
	for (long i = 0; i < count; i++)
		memset(p + 16 * i, 255, 10);
}
static void set_bits(unsigned char *p, const void *bits, long size) {
	for (long i = 0; i < size; i++)
		p[i] |= ((const unsigned char *)bits)[i];
}
`

// writeMasks has C work out which bits of each record are value, from the members' names alone.
func (u *Unit) writeMasks(b *strings.Builder) {
	var all, table strings.Builder
	for _, ty := range u.Types {
		if !ty.Kind.Aggregate() {
			fmt.Fprintf(&table, "\t{sizeof(%s), _Alignof(%[1]s), all_bits},\n", ty)
			continue
		}
		fmt.Fprintf(b, "static unsigned char mask_%s[sizeof(%s) + 1];\n", ty.Name, ty)
		fmt.Fprintf(b, "static void set_%s(unsigned char *p) {\n\t%s v;\n", ty.Name, ty)
		u.maskMembers(b, ty, ty, "")
		b.WriteString("}\n")
		fmt.Fprintf(&all, "\tset_%s(mask_%[1]s);\n", ty.Name)
		fmt.Fprintf(&table, "\t{sizeof(%s), _Alignof(%[1]s), mask_%s},\n", ty, ty.Name)
	}
	fmt.Fprintf(b, "__attribute__((constructor)) static void set_masks(void) {\n"+
		"\tmemset(all_bits, 255, sizeof all_bits);\n\tset_x87(x87_bits, 2);\n%s}\n", all.String())
	fmt.Fprintf(b, "struct { long size, align; const unsigned char *mask; } records[] = {\n%s\t{0}\n};\n", table.String())
}

func (u *Unit) maskMembers(b *strings.Builder, whole, ty *types.Type, path string) {
	for _, f := range ty.Record.Fields {
		elem, count := f.Type, int64(1)
		for elem.Kind == types.Array {
			count *= elem.Len
			elem = elem.Elem
		}
		at := fmt.Sprintf("p + offsetof(%s, %s)", whole, path+f.Name)
		switch {
		case f.BitField && f.Name == "":
		case f.BitField:
			fmt.Fprintf(b, "\tmemset(&v, 0, sizeof v); v.%s = -1; set_bits(p, &v, sizeof v);\n", path+f.Name)
		case f.Name == "":
			u.maskMembers(b, whole, f.Type, path)
		case elem.Kind.Aggregate() && elem.Name == "":
			u.maskMembers(b, whole, elem, path+f.Name+".")
		case count == 0:
		case elem.Kind.Aggregate():
			fmt.Fprintf(b, "\tfor (int i = 0; i < %d; i++) set_%s(%s + i * sizeof(%s));\n", count, elem.Name, at, elem)
		case u.x87(elem):
			fmt.Fprintf(b, "\tset_x87(%s, sizeof v.%s / 16);\n", at, path+f.Name)
		default:
			fmt.Fprintf(b, "\tmemset(%s, 255, sizeof v.%s);\n", at, path+f.Name)
		}
	}
}

func (u *Unit) x87(ty *types.Type) bool {
	return u.Target.LongDouble == types.X87 && (ty.Kind == types.LongDouble || ty.Kind == types.ComplexLongDouble)
}

// writeCheck compares a variable with the bytes it should have.
func (u *Unit) writeCheck(b *strings.Builder, argument int, variable string, ty *types.Type, want []byte) {
	mask := "all_bits"
	switch {
	case ty.Kind.Aggregate():
		mask = "mask_" + ty.Name
	case u.x87(ty):
		mask = "x87_bits"
	}
	fmt.Fprintf(b, "\tcheck(%d, &%s, %s, %s, sizeof %[2]s);\n", argument, variable, literal(want), mask)
}

func (u *Unit) writeCall(b *strings.Builder, c *Case) {
	fmt.Fprintf(b, "%s {\n", u.prototype(c, true))
	if c.Variadic {
		fmt.Fprintf(b, "\tva_list list;\n\tva_start(list, a%d);\n", c.Fixed)
	}
	for i, p := range c.Params {
		name := fmt.Sprintf("a%d", i+1)
		if i >= c.Fixed {
			fmt.Fprintf(b, "\t%s = va_arg(list, %s);\n", declare(p, name), declare(p, ""))
		}
		u.writeCheck(b, i+1, name, p, c.Args[i])
	}
	if c.Variadic {
		b.WriteString("\tva_end(list);\n")
	}
	if c.Result != nil {
		fmt.Fprintf(b, "\t%s;\n\tmemcpy(&r, %s, sizeof r);\n\treturn r;\n", declare(c.Signature.Result, "r"), literal(c.Result))
	}
	b.WriteString("}\n")
}

func (u *Unit) writeDrive(b *strings.Builder, c *Case) {
	pointer := *c
	pointer.Name = "(*f)"
	fmt.Fprintf(b, "void drive_%s(%s) {\n\tKEEP(long, kept_long);\n\tKEEP(double, kept_double);\n", c.Name, u.prototype(&pointer, false))
	var args []string
	for i, p := range c.Params {
		name := fmt.Sprintf("a%d", i+1)
		fmt.Fprintf(b, "\t%s;\n\tmemcpy(&%s, %s, sizeof %[2]s);\n", declare(p, name), name, literal(c.Args[i]))
		args = append(args, name)
	}
	call := fmt.Sprintf("f(%s)", strings.Join(args, ", "))
	if c.Result == nil {
		fmt.Fprintf(b, "\t%s;\n", call)
	} else {
		fmt.Fprintf(b, "\t%s = %s;\n", declare(c.Signature.Result, "r"), call)
		u.writeCheck(b, 0, "r", c.Signature.Result, c.Result)
	}
	b.WriteString("\tif (!KEPT(kept_long) || !KEPT(kept_double))\n\t\tcheck(-1, \"\", \"x\", (void *)\"\\377\", 1);\n}\n")
}

// literal writes bytes as a C string. Octal escapes have three digits and no more, whatever follows.
func literal(bytes []byte) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range bytes {
		fmt.Fprintf(&b, "\\%03o", c)
	}
	b.WriteByte('"')
	return b.String()
}
