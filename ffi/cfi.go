// This file defines how call frame information is found: the tables .eh_frame_hdr and .eh_frame of a loaded object
// (Linux Standard Base, "Exception Frames"), read from memory that nobody vouches for.

package ffi

import "encoding/binary"

// What a damaged table can ask for is bounded.
const (
	maxFrameRecord  = 1 << 20 // bytes of one CIE or FDE
	maxFrameRecords = 1 << 18 // records looked at where there is no table to search in
	maxAugmentation = 16
)

// How pointers are encoded (DW_EH_PE_*): a format, what they are relative to, and whether they are pointed to.
const (
	peOmit     = 0xff
	pePCRel    = 0x10
	peDataRel  = 0x30
	peIndirect = 0x80
)

// cursor reads from a piece of a table. After a read past the end it has failed, and reads zeros.
type cursor struct {
	b      []byte
	at     uint64 // address of b[0]
	pos    int
	failed bool
}

func (c *cursor) left() []byte { return c.b[c.pos:] }

func (c *cursor) skip(n uint64) []byte {
	if c.failed || n > uint64(len(c.b)-c.pos) {
		c.failed = true
		return nil
	}
	piece := c.b[c.pos : c.pos+int(n)]
	c.pos += int(n)
	return piece
}

// number reads n bytes as a number without a sign.
func (c *cursor) number(n uint64) uint64 {
	var b [8]byte
	copy(b[:], c.skip(n))
	return binary.LittleEndian.Uint64(b[:])
}

func (c *cursor) u8() byte { return byte(c.number(1)) }

// signed reads n bytes as a number with a sign.
func (c *cursor) signed(n uint64) int64 {
	shift := 64 - 8*n
	return int64(c.number(n)<<shift) >> shift
}

func (c *cursor) uleb() uint64 { v, _ := c.leb(); return v }

func (c *cursor) sleb() int64 {
	v, bits := c.leb()
	if bits < 64 {
		return int64(v<<(64-bits)) >> (64 - bits)
	}
	return int64(v)
}

// leb reads a LEB128 number, and of how many bits.
func (c *cursor) leb() (v uint64, bits uint) {
	for {
		b := c.u8()
		if bits < 64 {
			v |= uint64(b&0x7f) << bits
		}
		bits += 7
		if b&0x80 == 0 || c.failed {
			return v, bits
		}
	}
}

// text reads up to the next NUL.
func (c *cursor) text(most int) string {
	for i, b := range c.left() {
		if b == 0 && i <= most {
			return string(c.skip(uint64(i) + 1)[:i])
		}
	}
	c.failed = true
	return ""
}

// pointer reads a pointer by its encoding; data is what some are relative to.
func (c *cursor) pointer(encoding byte, data uint64) uint64 {
	if encoding == peOmit {
		return 0
	}
	base := uint64(0)
	switch encoding & 0x70 {
	case pePCRel:
		base = c.at + uint64(c.pos)
	case peDataRel:
		base = data
	case 0:
	default: // relative to text or to a function, which nobody emits here
		c.failed = true
	}
	switch encoding & 0xf {
	case 0x0, 0x4, 0xc:
		return base + c.number(8)
	case 0x1:
		return base + c.uleb()
	case 0x2:
		return base + c.number(2)
	case 0x3:
		return base + c.number(4)
	case 0x9:
		return base + uint64(c.sleb())
	case 0xa:
		return base + uint64(c.signed(2))
	case 0xb:
		return base + uint64(c.signed(4))
	}
	c.failed = true
	return 0
}

// pointerSize is the size of an encoded pointer in bytes; 0 where it is not the same for all.
func pointerSize(encoding byte) uint64 {
	switch encoding & 0xf {
	case 0x2, 0xa:
		return 2
	case 0x3, 0xb:
		return 4
	case 0x0, 0x4, 0xc:
		return 8
	}
	return 0
}

// A cie is what the frames of many functions have in common.
type cie struct {
	codeAlign   uint64
	dataAlign   int64
	ra          uint64 // column of the return address
	encoding    byte   // of the pointers in its FDEs
	sized       bool   // 'z': FDEs say how long their augmentation is
	signal      bool   // 'S': the frame of a signal handler's return
	instruction []byte
}

// An fde is the frame of one function.
type fde struct {
	cie
	start, end uint64
	own        []byte // its instructions, which follow those of the cie
}

// frameTables is where an object keeps its frames; zero for what it has not.
type frameTables struct {
	header uint64 // .eh_frame_hdr
	frames uint64 // .eh_frame, where it is known from elsewhere
}

// findFDE gives the frame of the function that pc lies in.
func (m *memory) findFDE(t frameTables, pc uint64) (*fde, bool) {
	frames := t.frames
	if t.header != 0 {
		var head [4 + 2*9]byte
		if !m.read(head[:], t.header) {
			return nil, false
		}
		c := &cursor{b: head[:], at: t.header, pos: 4}
		frames = c.pointer(head[1], t.header)
		count := c.pointer(head[2], t.header)
		if c.failed || head[0] != 1 {
			return nil, false
		}
		if size := pointerSize(head[3]); head[3] != peOmit && head[2] != peOmit && size != 0 && head[3]&peIndirect == 0 {
			at, ok := m.searchFDE(t.header, t.header+uint64(c.pos), count, head[3], pc)
			if !ok {
				return nil, false
			}
			f, _, ok := m.readFDE(at)
			if !ok || pc < f.start || pc >= f.end {
				return nil, false
			}
			return f, true
		}
	}
	if frames == 0 {
		return nil, false
	}
	return m.walkFDEs(frames, pc)
}

// searchFDE searches the sorted table of .eh_frame_hdr for the last function that begins at pc or before.
func (m *memory) searchFDE(header, table, count uint64, encoding byte, pc uint64) (at uint64, ok bool) {
	size := 2 * pointerSize(encoding)
	if count > 1<<32 {
		return 0, false
	}
	entry := func(i uint64) (start, at uint64, ok bool) {
		var b [16]byte
		where := table + i*size
		if !m.read(b[:size], where) {
			return 0, 0, false
		}
		c := &cursor{b: b[:size], at: where}
		start, at = c.pointer(encoding, header), c.pointer(encoding, header)
		return start, at, !c.failed
	}
	low, high := uint64(0), count // the first entry beyond pc is in [low, high]
	for low < high {
		middle := (low + high) / 2
		start, _, ok := entry(middle)
		if !ok {
			return 0, false
		}
		if start <= pc {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low == 0 {
		return 0, false
	}
	_, at, ok = entry(low - 1)
	return at, ok
}

// walkFDEs goes through .eh_frame from its beginning.
func (m *memory) walkFDEs(at, pc uint64) (*fde, bool) {
	for range maxFrameRecords {
		f, next, ok := m.readFDE(at)
		if ok && pc >= f.start && pc < f.end {
			return f, true
		}
		if next <= at {
			return nil, false
		}
		at = next
	}
	return nil, false
}

// record reads the body of a CIE or FDE, and where the next one begins; 0 for the end of the table.
func (m *memory) record(at uint64) (c *cursor, next uint64) {
	var head [12]byte
	if !m.read(head[:4], at) {
		return nil, 0
	}
	size, begin := uint64(binary.LittleEndian.Uint32(head[:])), at+4
	if size == 0xffffffff {
		if !m.read(head[4:], at+4) {
			return nil, 0
		}
		size, begin = binary.LittleEndian.Uint64(head[4:]), at+12
	}
	if size < 4 || size > maxFrameRecord {
		return nil, 0
	}
	b := make([]byte, size)
	if !m.read(b, begin) {
		return nil, 0
	}
	return &cursor{b: b, at: begin}, begin + size
}

// readFDE reads the FDE at an address with its CIE. It is false for a CIE, and what is neither.
func (m *memory) readFDE(at uint64) (f *fde, next uint64, ok bool) {
	c, next := m.record(at)
	if c == nil {
		return nil, 0, false
	}
	delta := c.number(4)
	if delta == 0 {
		return nil, next, false // a CIE
	}
	common, ok := m.readCIE(c.at - delta)
	if !ok {
		return nil, next, false
	}
	f = &fde{cie: common}
	f.start = c.pointer(f.encoding, 0)
	f.end = f.start + c.pointer(f.encoding&0xf, 0)
	if f.sized {
		c.skip(c.uleb())
	}
	f.own = c.left()
	return f, next, !c.failed && f.encoding&peIndirect == 0 && f.end >= f.start
}

func (m *memory) readCIE(at uint64) (out cie, ok bool) {
	c, _ := m.record(at)
	if c == nil || c.number(4) != 0 {
		return out, false
	}
	version := c.u8()
	augmentation := c.text(maxAugmentation)
	if version == 4 {
		c.skip(2) // sizes of addresses and of segment selectors
	}
	out.codeAlign, out.dataAlign = c.uleb(), c.sleb()
	if version == 1 {
		out.ra = uint64(c.u8())
	} else {
		out.ra = c.uleb()
	}
	if version != 1 && version != 3 && version != 4 || augmentation != "" && augmentation[0] != 'z' {
		return out, false
	}
	if augmentation != "" {
		out.sized = true
		size := c.uleb()
		begin := c.pos
		for _, letter := range augmentation[1:] {
			switch letter {
			case 'R':
				out.encoding = c.u8()
			case 'P': // the personality, which is for who throws
				if encoding := c.u8(); encoding != peOmit {
					c.pointer(encoding&^peIndirect, 0)
				}
			case 'L':
				c.u8()
			case 'S':
				out.signal = true
			}
		}
		if c.failed {
			return out, false
		}
		c.pos = begin
		c.skip(size)
	}
	out.instruction = c.left()
	return out, !c.failed
}
