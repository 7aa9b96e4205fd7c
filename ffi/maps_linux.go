// This file defines mapping and image: what the kernel says lies where in this process (proc(5)), and the ELF objects
// among it. Nothing here calls C: after a fault the loader's lock may be taken.

package ffi

import (
	"bytes"
	"debug/elf"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// A mapping is one line of /proc/self/maps.
type mapping struct {
	start, end              uintptr
	read, write, run, share bool
	offset                  uintptr // in the file
	path                    string  // of the file, or a name in brackets: [heap], [stack], [vdso]
	deleted                 bool    // the file is no longer there; another may be
}

func (m *mapping) isFile() bool { return strings.HasPrefix(m.path, "/") }

func (m *mapping) none() bool { return !m.read && !m.write && !m.run }

// An image is an ELF object in memory.
type image struct {
	mapping            // where it begins
	base       uintptr // load bias
	dynamic    uintptr // its dynamic section; 0 for none
	header     uintptr // .eh_frame_hdr; 0 for none
	low, high  uintptr // span
	segments   []elf.ProgHeader
	symbols    *symbolTable
	frames     uintptr // .eh_frame, where only the file tells
	framesRead bool
}

// A survey is what lies where at one moment, for as many questions as there are about it.
type survey struct {
	maps    []mapping
	images  map[uintptr]*image // by where they begin; nil for what is none
	partial bool               // the kernel's list cannot be read: only libraries are known
}

func newSurvey() *survey { return surveyFrom("/proc/self/maps") }

func surveyFrom(path string) *survey {
	s := &survey{images: map[uintptr]*image{}}
	text, err := os.ReadFile(path)
	if s.partial = err != nil; s.partial { // there are places without /proc, and a library may have used up all descriptors
		s.maps = loadedMaps()
	} else {
		s.maps = parseMaps(text)
	}
	return s
}

// loadedMaps makes mappings of the loader's list, which is in memory.
func loadedMaps() []mapping {
	if program == 0 {
		return nil // nobody has looked for the list yet, and to do so is to call C
	}
	var maps []mapping
	loaded(func(h uintptr, m linkMap) bool {
		name, _ := CString(m.name)
		im := readImage(&mapping{start: m.addr, read: true, path: name})
		if im == nil || name == "" {
			return false
		}
		for _, p := range im.segments {
			if p.Type == elf.PT_LOAD {
				low := uintptr(p.Vaddr) &^ (pageSize - 1)
				high := (uintptr(p.Vaddr+p.Memsz) + pageSize - 1) &^ (pageSize - 1)
				maps = append(maps, mapping{start: im.base + low, end: im.base + high, offset: uintptr(p.Off) &^ (pageSize - 1), path: name,
					read: p.Flags&elf.PF_R != 0, write: p.Flags&elf.PF_W != 0, run: p.Flags&elf.PF_X != 0})
			}
		}
		return len(maps) > 1<<16
	})
	slices.SortFunc(maps, func(a, b mapping) int {
		if a.start < b.start {
			return -1
		}
		return 1
	})
	return maps
}

// parseMaps reads the kernel's list, which is sorted by address.
func parseMaps(text []byte) []mapping {
	maps := make([]mapping, 0, bytes.Count(text, []byte("\n")))
	for line := range bytes.Lines(text) {
		if m, ok := parseMapping(strings.TrimSuffix(string(line), "\n")); ok {
			maps = append(maps, m)
		}
	}
	return maps
}

// parseMapping reads a line such as "7f00-7f10 r-xp 00001000 08:01 42   /lib/lib.so (deleted)".
func parseMapping(line string) (m mapping, ok bool) {
	var fields [5]string
	for i := range fields {
		line = strings.TrimLeft(line, " ")
		fields[i], line, _ = strings.Cut(line, " ")
	}
	from, to, _ := strings.Cut(fields[0], "-")
	start, err1 := strconv.ParseUint(from, 16, 64)
	end, err2 := strconv.ParseUint(to, 16, 64)
	offset, err3 := strconv.ParseUint(fields[2], 16, 64)
	if err1 != nil || err2 != nil || err3 != nil || len(fields[1]) < 4 || end < start {
		return m, false
	}
	rights := fields[1]
	m = mapping{start: uintptr(start), end: uintptr(end), offset: uintptr(offset), path: strings.TrimLeft(line, " "),
		read: rights[0] == 'r', write: rights[1] == 'w', run: rights[2] == 'x', share: rights[3] == 's'}
	m.path = strings.ReplaceAll(m.path, `\012`, "\n")
	if path, cut := strings.CutSuffix(m.path, " (deleted)"); cut && m.isFile() {
		if _, err := os.Lstat(m.path); err != nil { // else it is a file of that name
			m.path, m.deleted = path, true
		}
	}
	return m, true
}

// index is the number of the first mapping that ends beyond an address.
func (s *survey) index(addr uintptr) int {
	return sort.Search(len(s.maps), func(i int) bool { return s.maps[i].end > addr })
}

// at gives the mapping an address lies in, nil for none.
func (s *survey) at(addr uintptr) *mapping {
	if i := s.index(addr); i < len(s.maps) && s.maps[i].start <= addr {
		return &s.maps[i]
	}
	return nil
}

// runs reports whether code can run at an address.
func (s *survey) runs(addr uintptr) bool {
	m := s.at(addr)
	return m != nil && m.run
}

// imageAt gives the ELF object that an address lies in, nil for none.
func (s *survey) imageAt(addr uintptr) *image {
	i := s.index(addr)
	if i == len(s.maps) {
		return nil
	}
	// Memory that a library has beyond its file (.bss) has no name, and begins where the named part ends.
	if m := &s.maps[i]; m.path == "" && i > 0 && s.maps[i-1].end == m.start {
		i--
	}
	m := &s.maps[i]
	if m.path == "" || m.start > addr {
		return nil
	}
	// The object begins at the nearest mapping below with the beginning of the same file.
	for j := i; j >= 0; j-- {
		if b := &s.maps[j]; b.path == m.path && (b.offset == 0 || !b.isFile()) {
			if im := s.image(b); im != nil && addr >= im.low && addr < im.high {
				return im
			}
		}
		if i-j > 64 {
			break
		}
	}
	return nil
}

func (s *survey) image(m *mapping) *image {
	im, known := s.images[m.start]
	if !known {
		im = readImage(m)
		s.images[m.start] = im
	}
	return im
}

// readImage reads the ELF header and the segments at the beginning of an object.
func readImage(m *mapping) *image {
	const maxSegments = 128
	var head [64]byte
	if !m.read || Read(head[:], m.start) != nil || !bytes.HasPrefix(head[:], []byte(elf.ELFMAG)) || head[elf.EI_CLASS] != byte(elf.ELFCLASS64) {
		return nil
	}
	c := &cursor{b: head[:], pos: 32}
	offset := c.number(8)
	c.pos = 54
	size, count := c.number(2), c.number(2)
	if size != 56 || count == 0 || count > maxSegments || offset > 1<<20 {
		return nil
	}
	table := make([]byte, count*size)
	if Read(table, m.start+uintptr(offset)) != nil {
		return nil
	}
	im := &image{mapping: *m}
	c = &cursor{b: table}
	found := false
	for range count {
		p := elf.ProgHeader{Type: elf.ProgType(c.number(4)), Flags: elf.ProgFlag(c.number(4)), Off: c.number(8), Vaddr: c.number(8)}
		c.skip(8)
		p.Filesz, p.Memsz, p.Align = c.number(8), c.number(8), c.number(8)
		im.segments = append(im.segments, p)
		if p.Type == elf.PT_LOAD && p.Off < pageSize && !found {
			im.base, found = m.start-uintptr(p.Vaddr-p.Off), true
		}
	}
	if !found {
		return nil
	}
	im.low = ^uintptr(0)
	for _, p := range im.segments {
		at := im.base + uintptr(p.Vaddr)
		switch p.Type {
		case elf.PT_LOAD:
			im.low, im.high = min(im.low, at&^(pageSize-1)), max(im.high, (at+uintptr(p.Memsz)+pageSize-1)&^(pageSize-1))
		case elf.PT_DYNAMIC:
			im.dynamic = at
		case elf.PT_GNU_EH_FRAME:
			im.header = at
		}
	}
	return im
}

// tables is where the object's frames are.
func (im *image) tables() frameTables {
	if im.header == 0 && !im.framesRead {
		im.framesRead = true
		if t := im.table(); t.frames != 0 {
			im.frames = im.base + uintptr(t.frames)
		}
	}
	return frameTables{header: uint64(im.header), frames: uint64(im.frames)}
}

// spanOf is the memory from the first to the last segment of an object with a load bias; 0, 0 where it cannot be told.
func spanOf(m linkMap) (low, high uintptr) {
	// The header lies where the bias says, for all but programs that are not relocated.
	if im := readImage(&mapping{start: m.addr, read: true}); im != nil && im.dynamic == m.dynamic {
		return im.low, im.high
	}
	return 0, 0
}

// book is the record that the loader's books have of the object; nil where nobody asked for it yet.
func (im *image) book() *Object {
	for _, o := range books {
		if o.Base == im.base && o.dynamic == im.dynamic {
			return o
		}
	}
	return nil
}
