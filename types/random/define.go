// This file defines the writer: random records and enums as the C that defines them. It is not the
// printer of package types, so that one can be tested against the other.

package random

import (
	"fmt"
	"strings"

	"dlsh/types"
)

// Headers are the includes that give every name used its meaning.
const Headers = "#include <stddef.h>\n#include <stdint.h>\n#include <string.h>\n#include <sys/types.h>\n#include <uchar.h>\n#include <wchar.h>\n"

// Define writes the definitions of enums and records with tags, in the order given.
func Define(list ...*types.Type) string {
	var b strings.Builder
	for _, ty := range list {
		switch ty.Kind {
		case types.Enum:
			fmt.Fprintf(&b, "enum %s%s { %s = %d, %s = %d };\n", packedEnum(ty), ty.Name,
				ty.Values[0].Name, ty.Values[0].Value, ty.Values[1].Name, ty.Values[1].Value)
		default:
			if p := ty.Record.Pack; p != 0 {
				fmt.Fprintf(&b, "#pragma pack(push, %d)\n", p)
			}
			fmt.Fprintf(&b, "%s;\n", specifier(ty))
			if ty.Record.Pack != 0 {
				b.WriteString("#pragma pack(pop)\n")
			}
		}
	}
	return b.String()
}

func packedEnum(ty *types.Type) string {
	switch ty.Elem.Kind {
	case types.UChar, types.SChar, types.UShort, types.Short:
		return "__attribute__((packed)) "
	}
	return ""
}

// specifier writes a record with its members: "struct T1 { int m0; } __attribute__((packed))".
func specifier(ty *types.Type) string {
	var b strings.Builder
	b.WriteString(ty.Kind.String())
	if ty.Name != "" {
		b.WriteString(" " + ty.Name)
	}
	b.WriteString(" {")
	for _, f := range ty.Record.Fields {
		b.WriteString(" " + member(f) + ";")
	}
	b.WriteString(" }")
	var attributes []string
	if ty.Record.Packed {
		attributes = append(attributes, "packed")
	}
	if a := ty.Record.Align; a != 0 {
		attributes = append(attributes, fmt.Sprintf("aligned(%d)", a))
	}
	if ty.Record.Rules == types.MS {
		attributes = append(attributes, "ms_struct")
	}
	if ty.Record.BigEndian {
		attributes = append(attributes, `scalar_storage_order("big-endian")`)
	}
	if attributes != nil {
		fmt.Fprintf(&b, " __attribute__((%s))", strings.Join(attributes, ", "))
	}
	return b.String()
}

func member(f types.Field) string {
	text := declare(f.Type, f.Name)
	if f.BitField {
		text = strings.TrimSuffix(text, " ") + fmt.Sprintf(" : %d", f.Bits)
	}
	var attributes []string
	if f.Packed {
		attributes = append(attributes, "packed")
	}
	if f.Align != 0 {
		attributes = append(attributes, fmt.Sprintf("aligned(%d)", f.Align))
	}
	if attributes != nil {
		text += fmt.Sprintf(" __attribute__((%s))", strings.Join(attributes, ", "))
	}
	return text
}

// declare writes a declaration of something called name.
func declare(ty *types.Type, name string) string {
	switch {
	case ty.Kind == types.Array && ty.Len == types.Incomplete:
		return declare(ty.Elem, name+"[]")
	case ty.Kind == types.Array:
		return declare(ty.Elem, fmt.Sprintf("%s[%d]", name, ty.Len))
	case ty.Kind == types.Pointer && ty.Elem.Kind == types.Func:
		return fmt.Sprintf("%s (*%s)(void)", ty.Elem.Elem, name)
	case ty.Kind == types.Pointer:
		return declare(ty.Elem, "*"+name)
	case ty.Kind == types.Typedef:
		return ty.Name + " " + name
	case ty.Kind.Aggregate() && ty.Name == "":
		return strings.TrimSuffix(specifier(ty)+" "+name, " ")
	case ty.Kind.Aggregate(), ty.Kind == types.Enum:
		return fmt.Sprintf("%s %s %s", ty.Kind, ty.Name, name)
	}
	return fmt.Sprintf("%s %s", ty.Kind, name)
}

// Needed lists what has to be defined before C can use the types given: enums and records with tags, and
// those that they consist of, in the order that C wants them in. What is pointed to needs no definition.
func Needed(list ...*types.Type) []*types.Type {
	var out []*types.Type
	seen := map[*types.Type]bool{}
	var visit func(ty *types.Type)
	visit = func(ty *types.Type) {
		if ty == nil || seen[ty] {
			return
		}
		seen[ty] = true
		if ty.Kind == types.Array {
			visit(ty.Elem)
		}
		if ty.Kind.Aggregate() {
			for _, f := range ty.Record.Fields {
				visit(f.Type)
			}
		}
		if ty.Name != "" && (ty.Kind.Aggregate() || ty.Kind == types.Enum) {
			out = append(out, ty)
		}
	}
	for _, ty := range list {
		visit(ty)
	}
	return out
}
