// This file defines symbolTable: the functions and variables of an ELF object by address, from its file (.symtab and
// .dynsym) or from what is left of them in memory.

package ffi

import (
	"bytes"
	"debug/elf"
	"io"
	"os"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"
)

// A symbolTable has what an object says of its addresses. They are in the file's own numbering.
type symbolTable struct {
	symbols  []symbolSpan
	names    [2][]byte // string tables that places refer to
	sections []elf.SectionHeader
	frames   uint64            // .eh_frame
	stubs    map[uint64]uint64 // of the procedure linkage table: the words with the addresses they jump to
	slots    map[uint64]string // words that the loader fills with addresses of functions: their names
}

// A symbolSpan is what a symbol covers.
type symbolSpan struct {
	start, size uint64
	name        uint32 // where its name begins
	table       uint8  // in which string table
	code        bool
	local       bool
	typed       bool
}

func (t *symbolTable) name(p *symbolSpan) string {
	names := t.names[p.table]
	if uint64(p.name) >= uint64(len(names)) {
		return ""
	}
	name := names[p.name:]
	if i := bytes.IndexByte(name, 0); i >= 0 {
		name = name[:i]
	}
	if i := bytes.IndexByte(name, '@'); i > 0 && string(name[i:]) != inPLT { // a version
		name = name[:i]
	}
	return string(name)
}

const symbolSize = 24 // of Elf64_Sym

// inPLT ends the names of stubs that jump to functions of other objects.
const inPLT = "@plt"

// add takes in the defined symbols of a table.
func (t *symbolTable) add(table []byte, which uint8, good func(p *symbolSpan) bool) {
	c := &cursor{b: table}
	for len(c.left()) >= symbolSize {
		name, info, _, section := c.number(4), c.u8(), c.u8(), elf.SectionIndex(c.number(2))
		p := symbolSpan{start: c.number(8), size: c.number(8), name: uint32(name), table: which}
		if section == elf.SHN_UNDEF || section >= elf.SHN_LORESERVE && section != elf.SHN_XINDEX || name == 0 {
			continue
		}
		p.local = elf.ST_BIND(info) == elf.STB_LOCAL
		switch elf.ST_TYPE(info) {
		case elf.STT_FUNC, elf.STT_GNU_IFUNC:
			p.code, p.typed = true, true
		case elf.STT_NOTYPE:
			s := t.section(p.start)
			p.code = s == nil || s.Flags&elf.SHF_EXECINSTR != 0
		case elf.STT_OBJECT:
			p.typed = true
		default:
			continue
		}
		if good(&p) {
			t.symbols = append(t.symbols, p)
		}
	}
}

// section gives the section an address lies in, nil for none.
func (t *symbolTable) section(addr uint64) *elf.SectionHeader {
	for i := range t.sections {
		if s := &t.sections[i]; s.Flags&elf.SHF_ALLOC != 0 && s.Flags&elf.SHF_TLS == 0 && addr >= s.Addr && addr-s.Addr < s.Size {
			return s
		}
	}
	return nil
}

// sort puts the symbols in order, the best of several names of one address first, and closes the open ends.
func (t *symbolTable) sort() {
	underscores := func(p *symbolSpan) int {
		name := t.name(p)
		return len(name) - len(strings.TrimLeft(name, "_"))
	}
	worse := func(is bool) int {
		if is {
			return 1
		}
		return 0
	}
	slices.SortFunc(t.symbols, func(a, b symbolSpan) int {
		switch {
		case a.start != b.start:
			if a.start < b.start {
				return -1
			}
			return 1
		case a.typed != b.typed:
			return worse(!a.typed) - worse(!b.typed)
		case a.local != b.local:
			return worse(a.local) - worse(b.local)
		}
		if d := underscores(&a) - underscores(&b); d != 0 {
			return d
		}
		na, nb := t.name(&a), t.name(&b)
		if d := len(na) - len(nb); d != 0 {
			return d
		}
		return strings.Compare(na, nb)
	})
	t.symbols = slices.CompactFunc(t.symbols, func(a, b symbolSpan) bool { return a.start == b.start && a.size >= b.size && a.code == b.code })
	end := ^uint64(0)
	for i := len(t.symbols) - 1; i >= 0; i-- {
		p := &t.symbols[i]
		if i+1 < len(t.symbols) && t.symbols[i+1].start > p.start {
			end = t.symbols[i+1].start
		}
		if p.size != 0 {
			continue
		}
		// Assembler code often has no size: it ends where something else begins.
		p.size = end - p.start
		if s := t.section(p.start); s != nil {
			p.size = min(p.size, s.Addr+s.Size-p.start)
		}
	}
}

// find gives the symbol that covers an address, of code or of data.
func (t *symbolTable) find(addr uint64, code bool) *symbolSpan {
	const nested = 64 // symbols looked at: a large one may have small ones inside
	i := sort.Search(len(t.symbols), func(i int) bool { return t.symbols[i].start > addr })
	var best *symbolSpan
	for n := 0; i > 0 && n < nested; n++ {
		i--
		p := &t.symbols[i]
		if p.code != code || addr-p.start >= p.size {
			continue
		}
		if best == nil || p.start == best.start {
			best = p
		} else {
			break
		}
	}
	return best
}

// readSymbols reads the tables of an ELF file.
func readSymbols(r io.ReaderAt) (t *symbolTable) {
	t = &symbolTable{}
	defer func() {
		if recover() != nil { // debug/elf may panic on damaged files
			t.sort()
		}
	}()
	f, err := elf.NewFile(r)
	if err != nil {
		return t
	}
	for _, s := range f.Sections {
		t.sections = append(t.sections, s.SectionHeader)
		if s.Name == ".eh_frame" && s.Type != elf.SHT_NOBITS {
			t.frames = s.Addr
		}
	}
	for _, s := range f.Sections {
		which := uint8(0)
		switch s.Type {
		case elf.SHT_DYNSYM:
		case elf.SHT_SYMTAB:
			which = 1
		default:
			continue
		}
		if int(s.Link) >= len(f.Sections) {
			continue
		}
		table, err1 := s.Data()
		names, err2 := f.Sections[s.Link].Data()
		if err1 != nil || err2 != nil {
			continue
		}
		t.names[which] = names
		t.add(table, which, func(p *symbolSpan) bool {
			// Marks of where code and data begin ($x, $d) are arm64's way to tell disassemblers.
			return int(p.name) < len(names) && names[p.name] != '$'
		})
	}
	t.addStubs(f)
	t.sort()
	return t
}

// addStubs notes the words that the loader fills with addresses of functions, and names the stubs of the procedure
// linkage table, which jump there: the i-th relocation of .rela.plt has the i-th.
func (t *symbolTable) addStubs(f *elf.File) {
	table := f.Section(".dynsym")
	if table == nil || f.Class != elf.ELFCLASS64 {
		return
	}
	symbols, err := table.Data()
	if err != nil {
		return
	}
	t.slots, t.stubs = map[uint64]string{}, map[uint64]uint64{}
	dynamic := &symbolTable{names: [2][]byte{t.names[0]}}
	each := func(section *elf.Section, do func(i int, slot uint64, kind uint32, name string)) (n int) {
		if section == nil {
			return 0
		}
		data, err := section.Data()
		if err != nil {
			return 0
		}
		c := &cursor{b: data}
		for ; len(c.left()) >= 24; n++ {
			slot, info := c.number(8), c.number(8)
			c.skip(8)
			if symbol := info >> 32; symbol != 0 && (symbol+1)*symbolSize <= uint64(len(symbols)) {
				s := &cursor{b: symbols, pos: int(symbol * symbolSize)}
				do(n, slot, uint32(info), dynamic.name(&symbolSpan{name: uint32(s.number(4))}))
			}
		}
		return n
	}
	each(f.Section(".rela.dyn"), func(_ int, slot uint64, kind uint32, name string) {
		if f.Machine == elf.EM_X86_64 && elf.R_X86_64(kind) == elf.R_X86_64_GLOB_DAT ||
			f.Machine == elf.EM_AARCH64 && elf.R_AARCH64(kind) == elf.R_AARCH64_GLOB_DAT {
			t.slots[slot] = name
		}
	})
	relocations, plt := f.Section(".rela.plt"), f.Section(".plt")
	if plt == nil {
		return
	}
	first, end, size := plt.Addr+16, plt.Addr+plt.Size, uint64(16)
	if f.Machine == elf.EM_AARCH64 {
		first = plt.Addr + 32
	}
	if s := f.Section(".plt.sec"); s != nil { // with -fcf-protection the first table only loads an index
		first, end = s.Addr, s.Addr+s.Size
	}
	if n := each(relocations, func(int, uint64, uint32, string) {}); first+uint64(n)*size != end {
		return // a layout that is not known
	}
	each(relocations, func(i int, slot uint64, _ uint32, name string) {
		p := symbolSpan{start: first + uint64(i)*size, size: size, name: uint32(len(t.names[1])), table: 1, code: true, typed: true}
		t.names[1] = append(append(t.names[1], name+inPLT...), 0)
		t.symbols = append(t.symbols, p)
		t.slots[slot], t.stubs[p.start] = name, slot
	})
}

// The symbols of files that faults went through are kept, for the next fault is likely to go the same way.
var symbolCache = struct {
	sync.Mutex
	tables map[fileKey]*symbolTable
	bytes  int
}{}

const symbolCacheSize = 64 << 20

// fileKey tells a file from what was at its path before.
type fileKey struct {
	path string
	size int64
	time time.Time
}

// fileSymbols reads the symbols of a file, nil when it is not there or does not begin as the one in memory does.
func fileSymbols(path string, head []byte) *symbolTable {
	file, err := openRegular(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	var b [64]byte
	info, err := file.Stat()
	if _, readErr := file.ReadAt(b[:], 0); err != nil || readErr != nil || !bytes.Equal(b[:], head) {
		return nil
	}
	return cachedSymbols(file, fileKey{path, info.Size(), info.ModTime()})
}

func cachedSymbols(file *os.File, key fileKey) *symbolTable {
	cache := &symbolCache
	cache.Lock()
	defer cache.Unlock()
	if t := cache.tables[key]; t != nil {
		return t
	}
	t := readSymbols(file)
	size := len(t.symbols)*32 + len(t.names[0]) + len(t.names[1])
	if cache.tables == nil || cache.bytes+size > symbolCacheSize || len(cache.tables) > 256 {
		cache.tables, cache.bytes = map[fileKey]*symbolTable{}, 0
	}
	cache.tables[key] = t
	cache.bytes += size
	return t
}
