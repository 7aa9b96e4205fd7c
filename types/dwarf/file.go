// This file defines file, an ELF file with the sections that are read of it, and unit, one of the pieces that
// .debug_info consists of.

package dwarf

import (
	"bytes"
	"compress/zlib"
	dw "debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"sort"
)

// ref is the place of an entry: an offset in .debug_info, or in .debug_types with inTypes, of the supplementary
// file with inAlt.
type ref uint64

const (
	inAlt   ref = 1 << 63
	inTypes ref = 1 << 62
)

// file is one ELF file that holds debug information.
type file struct {
	path       string
	os         *os.File
	elf        *elf.File
	size       int64
	sections   map[string][]byte // those that were read whole
	info       pieces
	types      pieces // .debug_types of DWARF 4
	units      []*unit
	spans      []span           // of code of the units; nil until asked
	signatures map[uint64]*unit // of type units
	tables     map[uint64]*abbrevTable
	abbrevSize int   // bytes of abbreviations parsed so far
	alt        *file // the supplementary file dwz makes
	isAlt      bool
}

// pieces is a section that is read unit by unit: from the file where it is stored as it is, from memory where it
// had to be decompressed.
type pieces struct {
	r     io.ReaderAt
	size  int64
	whole []byte // of one in memory
}

// unit is a compilation unit, a partial unit or a type unit.
type unit struct {
	file        *file
	types       bool // of .debug_types
	base        int64
	size        int64
	first       int // where its first entry is, from base
	version     int
	is64        bool
	addressSize int
	abbrevAt    uint64
	signature   uint64 // of a type unit
	typeAt      uint64

	data    []byte // nil until needed
	abbrevs *abbrevTable

	rooted     bool // what follows is known; it is the first entry's
	strBase    uint64
	addrBase   uint64
	rangesBase uint64
	lowpc      uint64
	language   int64
	dwo        string

	typed bool // it has types; known with the index
}

// openFile opens an ELF file. It reads no more than the headers.
func openFile(path string) (*file, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a file", path) // opening a pipe would wait
	}
	o, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f, err := newFile(path, o, info.Size())
	if err != nil {
		o.Close()
		return nil, err
	}
	f.os = o
	return f, nil
}

// newFile is openFile for bytes.
func newFile(path string, r io.ReaderAt, size int64) (f *file, err error) {
	defer recovered(path, &err)
	e, err := elf.NewFile(r)
	if err != nil {
		return nil, fmt.Errorf("%s: damaged ELF file: %w", path, err)
	}
	return &file{path: path, elf: e, size: size, sections: map[string][]byte{}, signatures: map[uint64]*unit{},
		tables: map[uint64]*abbrevTable{}}, nil
}

func (f *file) close() (err error) {
	if f.os != nil {
		err = f.os.Close()
	}
	if f.alt != nil {
		f.alt.close()
	}
	return err
}

// find gives a section by name, also by the name it has when compressed as GNU did it before ELF had a flag for it.
func (f *file) find(name string) *elf.Section {
	for _, n := range []string{name, ".z" + name[1:]} {
		for _, s := range f.elf.Sections {
			if s.Name == n && s.Type != elf.SHT_NOBITS && s.Size > 0 {
				return s
			}
		}
	}
	return nil
}

// Sections are decompressed into memory. What claims to be larger than this many times its file is no section.
const largestExpansion = 1 << 10

// mostDecompressed is the most bytes of debug information that are kept in memory. What is not compressed is read unit
// by unit, whatever its size.
const mostDecompressed = 1 << 30

// section reads a whole section, once; nil for one that is missing or damaged: what refers to it then has no value.
func (f *file) section(name string) []byte {
	if b, ok := f.sections[name]; ok {
		return b
	}
	b, err := f.contents(f.find(name))
	if err != nil {
		b = nil
	}
	f.sections[name] = b
	return b
}

func (f *file) contents(s *elf.Section) ([]byte, error) {
	if s == nil {
		return nil, nil
	}
	if s.FileSize > uint64(f.size) || s.Size/largestExpansion > s.FileSize {
		return nil, fmt.Errorf("%s: section %s claims %d bytes", f.path, s.Name, s.Size)
	}
	b, err := s.Data()
	if err != nil {
		return nil, fmt.Errorf("%s: section %s: %w", f.path, s.Name, err)
	}
	if s.Name[:2] != ".z" {
		return b, nil
	}
	// gcc -gz=zlib-gnu: "ZLIB", the size in eight bytes, big-endian, and the stream.
	if len(b) < 12 || string(b[:4]) != "ZLIB" {
		return b, nil
	}
	size := binary.BigEndian.Uint64(b[4:12])
	if size/largestExpansion > uint64(len(b)) {
		return nil, fmt.Errorf("%s: section %s claims %d bytes", f.path, s.Name, size)
	}
	z, err := zlib.NewReader(bytes.NewReader(b[12:]))
	if err != nil {
		return nil, fmt.Errorf("%s: section %s: %w", f.path, s.Name, err)
	}
	out := make([]byte, size)
	if _, err := io.ReadFull(z, out); err != nil {
		return nil, fmt.Errorf("%s: section %s: %w", f.path, s.Name, err)
	}
	return out, nil
}

// pieces opens a section to be read unit by unit.
func (f *file) pieces(name string) (pieces, error) {
	s := f.find(name)
	switch {
	case s == nil:
		return pieces{}, nil
	case s.Flags&elf.SHF_COMPRESSED == 0 && s.Name == name && s.FileSize <= uint64(f.size):
		return pieces{r: s.ReaderAt, size: int64(s.Size)}, nil
	}
	if s.Size > mostDecompressed {
		return pieces{}, fmt.Errorf("%s: section %s is too large to be decompressed: %d bytes, and %d are the most", f.path, s.Name, s.Size, int64(mostDecompressed))
	}
	b, err := f.contents(s)
	if err != nil {
		return pieces{}, err
	}
	return pieces{bytes.NewReader(b), int64(len(b)), b}, nil
}

// scan finds the units of the file by their headers (DWARF 5, 7.5.1).
func (f *file) scan() (err error) {
	if f.units != nil {
		return nil
	}
	if f.info, err = f.pieces(".debug_info"); err != nil {
		return err
	}
	if f.types, err = f.pieces(".debug_types"); err != nil {
		return err
	}
	f.units = []*unit{} // also when there are none
	for _, types := range []bool{false, true} {
		p := f.info
		if types {
			p = f.types
		}
		for at := int64(0); at < p.size; {
			u, err := f.header(p, at, types)
			if err != nil {
				return err
			}
			at += u.size
			if u.version != 0 { // 0 is a length of 0: padding
				f.units = append(f.units, u)
			}
		}
	}
	for _, u := range f.units {
		if u.typeAt != 0 {
			f.signatures[u.signature] = u
		}
	}
	return nil
}

// The kinds of units, since DWARF 5 (7.5.1).
const (
	unitType         = 0x02
	unitSkeleton     = 0x04
	unitSplitCompile = 0x05
	unitSplitType    = 0x06
)

func (f *file) header(p pieces, at int64, types bool) (*unit, error) {
	var head [48]byte
	n, _ := p.r.ReadAt(head[:min(int64(len(head)), p.size-at)], at)
	c := cursor{b: head[:n]}
	u := &unit{file: f, types: types, base: at}
	length := c.u32()
	switch {
	case length == 0xffffffff:
		u.is64 = true
		length = c.u64()
	case length >= 0xfffffff0:
		return nil, fmt.Errorf("%s: the unit at 0x%x has the reserved length 0x%x", f.path, at, length)
	}
	if length > uint64(p.size-at-int64(c.at)) {
		return nil, fmt.Errorf("%s: the unit at 0x%x reaches beyond its section: %d bytes of %d", f.path, at, length, p.size-at)
	}
	u.size = int64(length) + int64(c.at)
	if length == 0 {
		return u, nil
	}
	u.version = int(c.u16())
	if u.version < 2 || u.version > 5 {
		return nil, fmt.Errorf("%s: the unit at 0x%x is DWARF %d; 2 to 5 are read", f.path, at, u.version)
	}
	kind := uint64(0)
	if u.version == 5 {
		kind = c.u8()
		u.addressSize = int(c.u8())
		u.abbrevAt = c.offset(u.is64)
	} else {
		u.abbrevAt = c.offset(u.is64)
		u.addressSize = int(c.u8())
	}
	switch {
	case kind == unitSkeleton || kind == unitSplitCompile:
		c.u64() // the number its .dwo has, too
	case types || kind == unitType || kind == unitSplitType:
		u.signature, u.typeAt = c.u64(), c.offset(u.is64)
	}
	if c.err != nil || int64(c.at) > u.size {
		return nil, fmt.Errorf("%s: the header of the unit at 0x%x is cut short", f.path, at)
	}
	if u.addressSize != 4 && u.addressSize != 8 {
		return nil, fmt.Errorf("%s: the unit at 0x%x has addresses of %d bytes", f.path, at, u.addressSize)
	}
	u.first = c.at
	return u, nil
}

func (u *unit) damaged(at int, format string, args ...any) error {
	section := ".debug_info"
	if u.types {
		section = ".debug_types"
	}
	return fmt.Errorf("%s: %s at 0x%x: %s", u.file.path, section, u.base+int64(at), fmt.Sprintf(format, args...))
}

// load reads the unit's bytes, its abbreviations and what its first entry says about the others.
func (u *unit) load() error {
	f := u.file
	if u.data == nil {
		p := f.info
		if u.types {
			p = f.types
		}
		if p.whole != nil {
			u.data = p.whole[u.base : u.base+u.size]
		}
	}
	if u.data == nil {
		p := f.info
		if u.types {
			p = f.types
		}
		b := make([]byte, u.size)
		if n, err := p.r.ReadAt(b, u.base); n < len(b) {
			return u.damaged(0, "it cannot be read: %v", err)
		}
		u.data = b
	}
	if u.abbrevs == nil {
		if err := u.loadAbbrevs(); err != nil {
			return err
		}
	}
	return u.readRoot()
}

// readRoot reads what the first entry says about the others, once.
func (u *unit) readRoot() error {
	if u.rooted {
		return nil
	}
	root, err := u.read(u.first, nil)
	if err != nil {
		return err
	}
	if v := root.value(dw.AttrStrOffsetsBase); v != nil {
		u.strBase = v.n
	}
	for _, a := range []dw.Attr{dw.AttrAddrBase, attrGNUAddrBase} {
		if v := root.value(a); v != nil {
			u.addrBase = v.n
		}
	}
	if v := root.value(dw.AttrRnglistsBase); v != nil {
		u.rangesBase = v.n
	}
	u.lowpc, _ = root.addressOf(dw.AttrLowpc)
	u.language, _ = root.number(dw.AttrLanguage)
	for _, a := range []dw.Attr{dw.AttrDwoName, attrGNUDwoName} {
		if name := root.text(a); name != nil {
			u.dwo = string(name)
		}
	}
	u.rooted = true
	return nil
}

// release forgets the bytes: they can be read again.
func (u *unit) release() { u.data = nil }

// loadAbbrevs finds the unit's table. Tables do not overlap in files that compilers make, so all of them together
// are as long as the section.
func (u *unit) loadAbbrevs() error {
	f := u.file
	t, ok := f.tables[u.abbrevAt]
	if !ok {
		section := f.section(".debug_abbrev")
		var size int
		var err error
		if t, size, err = parseAbbrevs(section, u.abbrevAt); err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
		if f.abbrevSize += size; f.abbrevSize > 4*len(section) {
			return fmt.Errorf("%s: .debug_abbrev: its tables overlap", f.path)
		}
		f.tables[u.abbrevAt] = t
	}
	u.abbrevs = t
	return nil
}

func (u *unit) ref(at int) ref { return u.file.ref(uint64(u.base)+uint64(at), u.types) }

func (f *file) ref(offset uint64, types bool) ref {
	r := ref(offset) &^ (inAlt | inTypes)
	if types {
		r |= inTypes
	}
	if f.isAlt {
		r |= inAlt
	}
	return r
}

// entry reads the entry at a place, wherever it is.
func (f *file) entry(r ref) (e entry, err error) {
	if r&inAlt != 0 && !f.isAlt {
		if f.alt == nil {
			return e, errNoAlt
		}
		f = f.alt
	}
	if err := f.scan(); err != nil {
		return e, err
	}
	types, at := r&inTypes != 0, int64(r&^(inAlt|inTypes))
	i := sort.Search(len(f.units), func(i int) bool {
		u := f.units[i]
		if u.types != types {
			return u.types
		}
		return u.base > at
	})
	if i == 0 || f.units[i-1].types != types || at >= f.units[i-1].base+f.units[i-1].size {
		return e, fmt.Errorf("%s: no unit has an entry at 0x%x", f.path, at)
	}
	u := f.units[i-1]
	if err := u.load(); err != nil {
		return e, err
	}
	e, err = u.read(int(at-u.base), nil)
	if err == nil && e.tag == 0 {
		err = u.damaged(e.at, "no entry is there")
	}
	return e, err
}
