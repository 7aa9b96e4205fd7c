// This file defines Locate and Line, from an address of code to the line of source it was compiled from. Neither makes
// the index: whoever asks has a fault to report, and reads the one unit that has the address.

package dwarf

import (
	dw "debug/dwarf"
	"errors"
	"path"
	"slices"
)

// Location is a line of source and the function it is in.
type Location struct {
	File     string // as the compiler wrote it down, with its folder where that is known
	Line     int    // 0 when only the function is known
	Function string // empty when only the line is known; static ones have their name too
	Inlined  bool   // the function has no code of its own here: it is part of that of the next location
}

// Line is the line of source that an address of the library, as the library counts, was compiled from, and the
// function that line is in. Where code of one function was put into another it is the inner one's.
func (i *Info) Line(addr uint64) (file string, line int, function string, ok bool) {
	list := i.Locate(addr)
	if len(list) == 0 {
		return "", 0, "", false
	}
	return list[0].File, list[0].Line, list[0].Function, true
}

// Locate is Line with the functions around an inlined one, innermost first: each is at the line where it calls the one
// before. The last has the code. Empty for what the debug information does not cover.
func (i *Info) Locate(addr uint64) (list []Location) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.file == nil {
		return nil
	}
	defer func() {
		if recover() != nil { // see recovered
			list = nil
		}
	}()
	u := i.unitAt(addr)
	if u == nil || u.load() != nil {
		return nil
	}
	var here Location
	lines := u.lines()
	if lines != nil {
		here.File, here.Line = lineAt(lines, addr)
	}
	for _, e := range u.functionsAt(addr) {
		id, err := i.file.identify(&e)
		if err != nil {
			break
		}
		if here.Function = string(id.name); here.Function == "" {
			here.Function = string(id.linkage)
		}
		here.Inlined = e.tag == dw.TagInlinedSubroutine
		list = append(list, here)
		if here = (Location{}); lines != nil {
			file, _ := e.number(dw.AttrCallFile)
			line, _ := e.number(dw.AttrCallLine)
			here.File, here.Line = fileName(lines, file), int(line)
		}
	}
	if len(list) == 0 && here.Line != 0 {
		list = append(list, here) // gcc -g1 and clang -gline-tables-only say no more
	}
	for n := range list {
		list[n].File = u.inFolder(list[n].File)
	}
	return list
}

// unitAt finds the unit that has the code at an address: by .debug_aranges, which GCC writes, or by what the first
// entries of the units say, as is Clang's way.
func (i *Info) unitAt(addr uint64) *unit {
	f := i.file
	if f.scan() != nil {
		return nil
	}
	if at, ok := f.aranges(addr); ok {
		for _, u := range f.units {
			if !u.types && u.base == at {
				return u
			}
		}
	}
	if f.spans == nil {
		f.spans = []span{}
		for _, u := range f.units {
			f.spans = append(f.spans, u.spans()...)
		}
	}
	for _, s := range f.spans {
		if s.from <= addr && addr < s.to {
			return s.unit
		}
	}
	return nil
}

// span is a piece of a unit's code.
type span struct {
	from, to uint64
	unit     *unit
}

// aranges finds the unit for an address in .debug_aranges (DWARF 5, 6.1.2).
func (f *file) aranges(addr uint64) (unitAt int64, ok bool) {
	c := cursor{b: f.section(".debug_aranges")}
	for c.at < len(c.b) {
		start, is64 := c.at, false
		length := c.u32()
		if length == 0xffffffff {
			is64, length = true, c.u64()
		}
		set := cursor{b: c.b, at: c.at}
		if c.bytes(length) == nil {
			return 0, false
		}
		set.b = c.b[:c.at]
		set.u16() // the version
		unitAt := int64(set.offset(is64))
		size, segment := set.u8(), set.u8()
		if size != 8 || segment != 0 {
			continue
		}
		for skip := (set.at - start) % 16; skip > 0 && skip < 16; skip++ { // pairs are aligned to their size
			set.u8()
		}
		for {
			from, length := set.u64(), set.u64()
			if set.err != nil || from == 0 && length == 0 {
				break
			}
			if !dropped(from) && addr-from < length {
				return unitAt, true
			}
		}
	}
	return 0, false
}

// rootBytes is how much of a unit is read for its first entry. Those that are longer are read whole.
const rootBytes = 1 << 12

// spans is where the unit's code lies, by its first entry. Of a unit that was not read, little more than that is.
func (u *unit) spans() (list []span) {
	if u.types || u.typeAt != 0 {
		return nil
	}
	had := u.data
	defer func() { u.data = had }()
	if had == nil && u.file.info.whole == nil {
		head := make([]byte, min(u.size, rootBytes))
		if n, _ := u.file.info.r.ReadAt(head, u.base); n < len(head) {
			return nil
		}
		u.data = head
	}
	err := u.load()
	if err != nil && had == nil && u.size > rootBytes {
		u.data = nil
		err = u.load()
	}
	if err != nil {
		return nil
	}
	root, err := u.read(u.first, nil)
	if err != nil {
		return nil
	}
	root.extent(func(from, to uint64) bool {
		if !dropped(from) {
			list = append(list, span{from, to, u})
		}
		return true
	})
	return list
}

// lines opens the unit's line table, which debug/dwarf reads: it is given this unit only. nil when there is none.
func (u *unit) lines() (lines *dw.LineReader) {
	defer func() {
		if recover() != nil { // see recovered
			lines = nil
		}
	}()
	f := u.file
	if u.load() != nil {
		return nil
	}
	d, err := dw.New(f.section(".debug_abbrev"), nil, nil, u.data, f.section(".debug_line"), nil, nil, f.section(".debug_str"))
	if err != nil {
		return nil
	}
	for _, s := range []string{".debug_line_str", ".debug_str_offsets", ".debug_addr", ".debug_rnglists"} {
		if d.AddSection(s, f.section(s)) != nil {
			return nil
		}
	}
	root, err := d.Reader().Next()
	if err != nil || root == nil {
		return nil
	}
	lines, err = d.LineReader(root)
	if err != nil {
		return nil
	}
	return lines
}

// fileName is the name of a file by its number.
func fileName(lines *dw.LineReader, n int64) string {
	if files := lines.Files(); n >= 0 && n < int64(len(files)) && files[n] != nil {
		return files[n].Name
	}
	return ""
}

// inFolder completes a file name that is relative to where the compiler ran. debug/dwarf does this for most of them.
func (u *unit) inFolder(name string) string {
	if name == "" || path.IsAbs(name) {
		return name
	}
	root, err := u.read(u.first, nil)
	if err != nil {
		return name
	}
	return path.Join(string(root.text(dw.AttrCompDir)), name)
}

// lineAt walks the whole table: SeekPC wants rows in the order of their addresses, which they are not where a function
// has a part that is rarely run. What the compiler gave no line belongs to the line before.
func lineAt(lines *dw.LineReader, addr uint64) (file string, line int) {
	var row, last dw.LineEntry
	var numbered dw.LineEntry // the last row of the sequence that has a line
	begun, skipped := false, false
	for {
		if lines.Next(&row) != nil {
			return "", 0
		}
		if begun && !skipped && last.Address <= addr && addr < row.Address {
			if numbered.File != nil {
				file = numbered.File.Name
			}
			return file, numbered.Line
		}
		if !begun {
			skipped, numbered = dropped(row.Address), dw.LineEntry{} // the linker left that code out
		}
		if row.Line != 0 {
			numbered = row
		}
		begun = !row.EndSequence
		last = row
	}
}

// functionsAt finds the function that has the code at an address and those that were inlined into it there, innermost first.
func (u *unit) functionsAt(addr uint64) []entry {
	root, err := u.read(u.first, nil)
	if err != nil {
		return nil
	}
	// First where functions are as a rule. GNU C nests them, and one nested is not in the code of the one around it.
	for _, everywhere := range []bool{false, true} {
		w := walk{addr: addr, everywhere: everywhere}
		w.inside(&root)
		if len(w.found) > 0 {
			slices.Reverse(w.found)
			return w.found
		}
	}
	return nil
}

// walk is the search for the functions at an address.
type walk struct {
	addr       uint64
	everywhere bool
	depth      int
	found      []entry // outermost first
}

var errFound = errors.New("found")

// inside searches what stands inside an entry.
func (w *walk) inside(e *entry) error {
	if w.depth == deepest {
		return nil
	}
	w.depth++
	defer func() { w.depth-- }()
	return e.each(func(c *entry) error {
		in, said := c.covers(w.addr)
		switch c.tag {
		case dw.TagSubprogram, dw.TagInlinedSubroutine:
			if in {
				kept := *c
				kept.values = slices.Clone(c.values)
				w.found = append(w.found, kept)
				w.inside(c)
				return errFound
			}
		case dw.TagLexDwarfBlock, dw.TagTryDwarfBlock, dw.TagCatchDwarfBlock:
			if in || !said {
				return w.inside(c)
			}
		case dw.TagNamespace, dw.TagModule:
			return w.inside(c)
		}
		if w.everywhere {
			return w.inside(c)
		}
		return nil
	})
}
