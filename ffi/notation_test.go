// This file defines the notation for types that the tests of calls are written in: C's, with records in short.

package ffi

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"dlsh/types"
)

// ctype reads a type: {char; int:3; float[2]} is a struct, union{...} a union; packed, aligned(n) and pack(n) stand
// before the braces, _Alignas(n) before a member. A bit-field's colon may be all there is of it: "int :0" has no name.
func ctype(t testing.TB, text string) *types.Type {
	t.Helper()
	s := strings.TrimSpace(text)
	open := strings.IndexByte(s, '{')
	if open < 0 {
		ty, err := types.Parse(s)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return ty
	}
	if !strings.HasSuffix(s, "}") {
		t.Fatalf("%s: no type ends so", text)
	}
	var fields []types.Field
	for i, m := range splitOutside(s[open+1:len(s)-1], ";") {
		fields = append(fields, member(t, i, m))
	}
	ty := types.StructOf("", fields...)
	for _, word := range strings.Fields(s[:open]) {
		switch n, _ := strconv.Atoi(inParentheses(word)); {
		case word == "union":
			ty.Kind = types.Union
		case word == "packed":
			ty.Record.Packed = true
		case strings.HasPrefix(word, "aligned("):
			ty.Record.Align = int64(n)
		case strings.HasPrefix(word, "pack("):
			ty.Record.Pack = int64(n)
		default:
			t.Fatalf("%s: what is %s?", text, word)
		}
	}
	return ty
}

func inParentheses(s string) string {
	_, s, _ = strings.Cut(s, "(")
	s, _, _ = strings.Cut(s, ")")
	return s
}

// member reads the i-th member of a record, and names it m and its number.
func member(t testing.TB, i int, s string) types.Field {
	t.Helper()
	s = strings.TrimSpace(s)
	f := types.Field{Name: fmt.Sprint("m", i)}
	if rest, ok := strings.CutPrefix(s, "_Alignas("); ok {
		n, after, _ := strings.Cut(rest, ")")
		f.Align, _ = strconv.ParseInt(n, 10, 64)
		s = strings.TrimSpace(after)
	}
	if before, after, ok := strings.Cut(s, ":"); ok && !strings.Contains(s, "{") {
		f.BitField = true
		f.Bits, _ = strconv.Atoi(after)
		if strings.HasSuffix(before, " ") {
			f.Name = ""
		}
		s = before
	}
	var lengths []int64 // of the first dimension first
	for strings.HasSuffix(s, "]") {
		open := strings.LastIndexByte(s, '[')
		n, err := strconv.ParseInt(s[open+1:len(s)-1], 10, 64)
		if err != nil {
			n = types.Incomplete
		}
		lengths = append(lengths, n)
		s = s[:open]
	}
	f.Type = ctype(t, s)
	for _, n := range lengths {
		f.Type = types.ArrayOf(f.Type, n)
	}
	return f
}

// splitOutside splits at separators that do not stand in braces.
func splitOutside(s, separator string) (parts []string) {
	depth, start := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth == 0 && strings.HasPrefix(s[i:], separator) {
			parts = append(parts, s[start:i])
			start = i + len(separator)
		}
	}
	if rest := s[start:]; strings.TrimSpace(rest) != "" {
		parts = append(parts, rest)
	}
	return parts
}
