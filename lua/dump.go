// This file defines layout(T), the members of a type and the holes between them, and dump(x), bytes beside the members they belong to.

package lua

import (
	"fmt"
	"runtime"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
	"dlsh/types"
)

// part is a stretch of a value's bytes: a member without members of its own, several
// bit-fields that share bytes, or padding.
type part struct {
	offset, size int64
	labels       []string // one a member
}

// layoutText is layout(T), as pahole(1) prints a type.
func (s *Session) layoutText(L *glua.LState) int {
	var t *ctype
	if v := toValue(L.Get(1)); v != nil {
		t = v.t
	} else {
		t = s.checkType(L, "layout", 1)
	}
	if t.op == opRecord && !t.rec.complete {
		raise(L, "TypeError", "layout: %s has no size: its members are not known", t.c)
	}
	L.Push(glua.LString(strings.Join(layoutLines(t), "\n")))
	return 1
}

func layoutLines(t *ctype) []string {
	head := fmt.Sprintf("%s: %s, alignment %d", t.c, plural(t.size, "byte"), t.align)
	if t.op != opRecord {
		return []string{head}
	}
	table := layoutTable{rows: [][]string{{"OFFSET", "SIZE", "TYPE", "NAME"}}}
	table.add(t, 0, "")
	switch bytes, bits := table.padding/8, table.padding%8; {
	case len(table.rows) > mostRows:
		table.rows = append(table.rows, []string{"...", "", "", ""})
	case bits > 0 && bytes > 0:
		head += fmt.Sprintf(", %s and %s of them padding", plural(bytes, "byte"), plural(bits, "bit"))
	case bits > 0:
		head += fmt.Sprintf(", %s of them padding", plural(bits, "bit"))
	case bytes > 0:
		head += fmt.Sprintf(", %d of them padding", bytes)
	}
	return append([]string{head}, columns(table.rows)...)
}

// mostRows bounds the members that layout lists: records in records may double with every level.
const mostRows = 1000

// layoutTable is what layout prints below its first line.
type layoutTable struct {
	rows    [][]string
	padding int64 // in bits
}

// add lists the members of a record that begins at a byte, those of nested records indented below them.
func (table *layoutTable) add(t *ctype, base int64, indent string) {
	end := int64(0) // in bits, from the record's beginning
	for _, f := range t.rec.fields {
		if len(table.rows) > mostRows {
			return
		}
		first := 8*f.offset + int64(f.bit)
		if t.rec.kind == types.Struct {
			table.hole(base, end, first, indent)
		}
		name := indent + f.name
		if f.bits != 0 {
			table.rows = append(table.rows, []string{fmt.Sprintf("%d:%d", base+f.offset, f.bit), plural(int64(f.bits), "bit"), f.t.c.String(), name})
			end = max(end, first+int64(f.bits))
			continue
		}
		size := fmt.Sprint(f.t.size)
		if f.flexible {
			size = "-"
		}
		table.rows = append(table.rows, []string{fmt.Sprint(base + f.offset), size, f.t.c.String(), name})
		if f.t.op == opRecord {
			table.add(f.t, base+f.offset, indent+"  ")
		}
		end = max(end, 8*(f.offset+f.t.size))
	}
	if t.rec.kind == types.Struct {
		table.hole(base, end, 8*t.size, indent)
	}
}

// hole lists the bits that belong to no member: what is left of a byte, and whole bytes.
func (table *layoutTable) hole(base, from, to int64, indent string) {
	for from < to {
		row := []string{fmt.Sprint(base + from/8), "", "", indent + "-- padding"}
		next := min(to, (from+7)/8*8) // the end of a byte that is begun
		if from%8 == 0 && to-from >= 8 {
			next = to / 8 * 8
			row[1] = fmt.Sprint((next - from) / 8)
		} else {
			if from%8 == 0 {
				next = to
			}
			row[0], row[1] = fmt.Sprintf("%d:%d", base+from/8, from%8), plural(next-from, "bit")
		}
		table.rows = append(table.rows, row)
		table.padding += next - from
		from = next
	}
}

// mostParts bounds what a dump of one value lists, in members or in lines of 16 bytes, unless a size is asked for.
const mostParts = 256

// dump is dump(x), or dump(address, size).
func (s *Session) dump(L *glua.LState) int {
	v := toValue(L.Get(1))
	if v == nil || L.Get(2) != glua.LNil && !v.t.hasMembers() {
		addr, keep := s.checkAddress(L, "dump", 1)
		b, err := ffi.Alloc(s.checkSize(L, "dump", 2))
		if err == nil {
			err = ffi.Read(b, addr)
		}
		if err != nil {
			raiseErr(L, "ValueError", "dump", err)
		}
		runtime.KeepAlive(keep)
		L.Push(glua.LString(strings.Join(textDump(addr, b), "\n")))
		return 1
	}
	size := v.extent()
	if L.Get(2) != glua.LNil {
		size = min(size, s.checkSize(L, "dump", 2))
	}
	shown := size
	if !v.t.hasMembers() {
		shown = min(shown, 16*mostParts)
	}
	b, err := ffi.Alloc(shown)
	if err == nil {
		err = v.read(b)
	}
	if err != nil {
		raiseErr(L, "ValueError", "dump", err)
	}
	lines := []string{fmt.Sprintf("%s at 0x%x, %s", v.t.c, v.addr, plural(size, "byte"))}
	if v.t.hasMembers() {
		lines = append(lines, markedDump(b, v.parts())...)
	} else {
		lines = append(lines, textDump(0, b)...)
		if shown < size {
			lines = append(lines, fmt.Sprintf("... %d bytes more; ctypes.dump(x, size) shows as many as it says", size-shown))
		}
	}
	L.Push(glua.LString(strings.Join(lines, "\n")))
	return 1
}

// hasMembers reports whether a dump has more to say than the bytes.
func (t *ctype) hasMembers() bool { return t.op == opRecord || t.op == opArray && t.elem.hasMembers() }

// textDump is what hexdump -C prints: sixteen bytes a line, and what of them is text.
func textDump(addr uintptr, b []byte) (lines []string) {
	for i := 0; i < len(b); i += 16 {
		row := b[i:min(i+16, len(b))]
		text := strings.Map(func(r rune) rune {
			if r < ' ' || r > '~' {
				return '.'
			}
			return r
		}, latin1(row))
		lines = append(lines, fmt.Sprintf("%04x  %-47s  |%s|", uint64(addr)+uint64(i), hexBytes(row), text))
	}
	return lines
}

func latin1(b []byte) string {
	out := make([]rune, len(b))
	for i, c := range b {
		out[i] = rune(c)
	}
	return string(out)
}

func hexBytes(b []byte) string { return fmt.Sprintf("% x", b) }

// markedDump prints bytes eight a line, beside the labels of the parts they belong to.
func markedDump(b []byte, parts []part) (lines []string) {
	const perLine = 8
	shown := int64(0)
	for i, p := range parts {
		if i == mostParts {
			return append(lines, fmt.Sprintf("... %d bytes more", int64(len(b))-shown))
		}
		row := b[min(p.offset, int64(len(b))):min(p.offset+p.size, int64(len(b)))]
		labels := p.labels
		for at := 0; at < len(row) || len(labels) > 0; at += perLine {
			label, cell, place := "", "", "    "
			if len(labels) > 0 {
				label, labels = labels[0], labels[1:]
			}
			if at < len(row) {
				cell, place = hexBytes(row[at:min(at+perLine, len(row))]), fmt.Sprintf("%04x", p.offset+int64(at))
			}
			lines = append(lines, strings.TrimRight(fmt.Sprintf("%s  %-23s  %s", place, cell, label), " "))
		}
		shown = max(shown, p.offset+p.size)
	}
	return lines
}

// parts lists the bytes of a value by the members they belong to, padding between them.
func (v *value) parts() (parts []part) {
	end := v.addParts(&parts, 0, "")
	if n := len(parts); n > 0 {
		end = max(end, parts[n-1].offset+parts[n-1].size) // an array at the end of a record
	}
	if rest := v.extent() - end; rest > 0 {
		parts = append(parts, part{end, rest, []string{"-- beyond the type"}})
	}
	return parts
}

// addParts appends the parts of v, which lies at offset base, and gives where it ends.
func (v *value) addParts(parts *[]part, base int64, name string) (end int64) {
	switch {
	case len(*parts) > mostParts:
	case v.t.op == opArray && v.t.hasMembers():
		for i := range v.t.length {
			if len(*parts) > mostParts {
				break
			}
			at := i * v.t.elem.size
			v.at(v.t.elem, at).addParts(parts, base+at, fmt.Sprintf("%s[%d]", name, i))
		}
	case v.t.op == opRecord && v.t.rec.kind == types.Union:
		p := part{base, v.t.size, nil}
		for _, f := range v.t.rec.fields {
			p.labels = append(p.labels, memberLabel(v, f, name))
		}
		*parts = append(*parts, p)
	case v.t.op == opRecord:
		v.addMembers(parts, base, name)
	default:
		*parts = append(*parts, part{base, v.t.size, []string{strings.TrimPrefix(name, ".") + " = " + showPart(v)}})
	}
	return base + v.t.size
}

func (v *value) addMembers(parts *[]part, base int64, name string) {
	end := int64(0)
	hole := func(to int64) {
		if to > end {
			*parts = append(*parts, part{base + end, to - end, []string{"-- padding"}})
		}
	}
	for _, f := range v.t.rec.fields {
		if f.bits != 0 {
			last := f.offset + int64(f.bitFieldBytes())
			if n := len(*parts); f.offset < end && n > 0 {
				// It shares a byte with the bit-field before it.
				p := &(*parts)[n-1]
				p.labels = append(p.labels, memberLabel(v, f, name))
				p.size = max(p.size, base+last-p.offset)
			} else {
				hole(f.offset)
				*parts = append(*parts, part{base + f.offset, last - f.offset, []string{memberLabel(v, f, name)}})
			}
			end = max(end, last)
			continue
		}
		if f.flexible {
			if tail := v.tail(f); tail != nil {
				hole(f.offset)
				tail.addParts(parts, base+f.offset, f.under(name))
				end = max(end, f.offset+tail.t.size)
			}
			continue
		}
		hole(f.offset)
		v.member(f).addParts(parts, base+f.offset, f.under(name))
		end = max(end, f.offset+f.t.size)
	}
	hole(v.t.size)
}

// under is the path of a member of what goes by name; those of an unnamed struct or union are reached without it.
func (f *field) under(name string) string {
	if f.name == "" {
		return name
	}
	return name + "." + f.name
}

// memberLabel is "a.x = 5", with the width of a bit-field behind its name.
func memberLabel(v *value, f *field, name string) string {
	label := strings.TrimPrefix(f.under(name), ".")
	if f.name == "" {
		return strings.TrimSpace(label + " " + showPart(v.member(f)))
	}
	if f.bits != 0 {
		return fmt.Sprintf("%s:%d = %s", label, f.bits, showBitField(v, f))
	}
	return label + " = " + showPart(v.member(f))
}

// showPart prints a part of a value as it stands in the whole.
func showPart(v *value) string {
	p := &printer{most: 60}
	p.member(v)
	return shorten(p.String(), 72)
}
