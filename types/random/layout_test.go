// This file tests layouts against the C compiler: random records, sizeof, _Alignof and where every member lies.

package random

import (
	"fmt"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"dlsh/types"
)

// The layout of every record is the C compiler's. Two C files a target, each of 2,000 records and those they consist of.
func TestLayoutsHost(t *testing.T)  { testLayouts(t, types.Host()) }
func TestLayoutsARM64(t *testing.T) { testLayouts(t, types.LinuxARM64) }

func testLayouts(t *testing.T, target *types.Target) {
	c := FindCompiler(t, target)
	folder := t.TempDir()
	var generators []*Generator
	var sources []Source
	for i := range 2 * Times() {
		seed := Seed(t) + uint64(i)
		g := New(target, seed)
		for range 2000 {
			g.Record()
		}
		generators = append(generators, g)
		sources = append(sources, Source{Name: fmt.Sprintf("seed%d", seed), Text: probe(g)})
	}
	c.Build(t, folder, sources...)
	for i, g := range generators {
		name := sources[i].Name
		out, err := c.Command(filepath.Join(folder, name)).Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		compareLayouts(t, g, name, strings.Split(strings.TrimSpace(string(out)), "\n"))
	}
}

// compareLayouts shows the records that differ, the shortest first.
func compareLayouts(t *testing.T, g *Generator, name string, lines []string) {
	if len(lines) != len(g.Types) {
		t.Fatalf("%s: %d lines for %d types", name, len(lines), len(g.Types))
	}
	var wrong []string
	for i, ty := range g.Types {
		if got := layoutLine(g.Target, ty); got != lines[i] {
			wrong = append(wrong, fmt.Sprintf("%s    C    %s\n    dlsh %s", definitions(ty), lines[i], got))
		}
	}
	if len(wrong) == 0 {
		return
	}
	sort.Slice(wrong, func(i, j int) bool { return len(wrong[i]) < len(wrong[j]) })
	t.Errorf("%s, %s: %d of %d layouts differ; the shortest:\n%s", g.Target, name, len(wrong), len(g.Types),
		strings.Join(wrong[:min(len(wrong), 10)], "\n"))
}

// definitions is a record with all that it consists of.
func definitions(ty *types.Type) string { return Define(Needed(ty)...) }

// layoutLine is what the probe prints of a type, as package types sees it.
func layoutLine(t *types.Target, ty *types.Type) string {
	size, align, err := t.Layout(ty)
	if err != nil {
		return err.Error()
	}
	line := fmt.Sprintf("%s %d %d", ty.Name, size, align)
	if ty.Kind.Aggregate() {
		line += memberLines(t, ty, 0)
	}
	return line
}

func memberLines(t *types.Target, ty *types.Type, base int64) string {
	l, err := t.Record(ty)
	if err != nil {
		return " " + err.Error()
	}
	var b strings.Builder
	for i, f := range ty.Record.Fields {
		at := l.Fields[i]
		switch {
		case f.Name == "" && !f.BitField:
			b.WriteString(memberLines(t, f.Type, base+at.Offset))
		case f.Name == "":
		case f.BitField:
			fmt.Fprintf(&b, " %s:%d+%d", f.Name, 8*(base+at.Offset)+int64(at.Bit), at.Bits)
		default:
			fmt.Fprintf(&b, " %s:%d", f.Name, base+at.Offset)
		}
	}
	return b.String()
}

// probe writes a C program that prints one line a type with a tag: the tag, sizeof, _Alignof, and for each
// member with a name the bytes before it, or the first bit of a bit-field and how many it has. Where a
// bit-field lies is found by setting all its bits in memory that is zero.
func probe(g *Generator) string {
	var b, main strings.Builder
	b.WriteString(Headers + "#include <stdio.h>\n" + Define(g.Types...) + probeBits)
	for _, ty := range g.Types {
		fmt.Fprintf(&main, "\tprintf(\"%s %%zu %%zu\", sizeof(%s), _Alignof(%[2]s));\n", ty.Name, ty)
		if ty.Kind.Aggregate() {
			fmt.Fprintf(&b, "static void probe_%s(void) {\n\tstatic %s v;\n", ty.Name, ty)
			probeMembers(&b, ty, ty)
			b.WriteString("}\n")
			fmt.Fprintf(&main, "\tprobe_%s();\n", ty.Name)
		}
		main.WriteString("\tputs(\"\");\n")
	}
	fmt.Fprintf(&b, "int main(void) {\n%s\treturn 0;\n}\n", main.String())
	return b.String()
}

func probeMembers(b *strings.Builder, whole, ty *types.Type) {
	for _, f := range ty.Record.Fields {
		switch {
		case f.Name == "" && !f.BitField: // C looks the members of an anonymous member up as the outer's
			probeMembers(b, whole, f.Type)
		case f.Name == "":
		case f.BitField:
			fmt.Fprintf(b, "\tmemset(&v, 0, sizeof v); v.%s = -1; bits(\"%[1]s\", &v, sizeof v, %t);\n", f.Name, ty.Record.BigEndian)
		default:
			fmt.Fprintf(b, "\tprintf(\" %s:%%zu\", offsetof(%s, %[1]s));\n", f.Name, whole)
		}
	}
}

const probeBits = `
#include <stdbool.h>
static void bits(const char *name, const void *p, size_t size, bool big_endian) {
	size_t first = 0, n = 0;
	for (size_t i = 0; i < 8 * size; i++)
		if (((const unsigned char *)p)[i / 8] >> (big_endian ? 7 - i % 8 : i % 8) & 1) {
			if (n == 0)
				first = i;
			n++;
			if (i != first + n - 1) { /* not one run of bits */
				printf(" %s:split", name);
				return;
			}
		}
	printf(" %s:%zu+%zu", name, first, n);
}
`
