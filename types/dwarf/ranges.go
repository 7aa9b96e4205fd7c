// This file defines where the code of an entry lies. What the compiler split into parts has a list of ranges, with the
// part that is entered first.

package dwarf

import (
	dw "debug/dwarf"
)

// start is the address of a function; false for one that has no code.
func (e *entry) start() (pc uint64, ok bool) {
	if pc, ok := e.addressOf(dw.AttrLowpc); ok {
		return pc, true
	}
	e.ranges(func(from, _ uint64) bool {
		pc, ok = from, true
		return false
	})
	return pc, ok
}

// covers reports whether an address is in the code of an entry. said is false for an entry that says nothing of its code.
func (e *entry) covers(addr uint64) (in, said bool) {
	e.extent(func(from, to uint64) bool {
		said = true
		in = from <= addr && addr < to && !dropped(from)
		return !in
	})
	return in, said
}

// extent calls f with each piece of an entry's code, until f returns false.
func (e *entry) extent(f func(from, to uint64) bool) {
	if e.has(dw.AttrRanges) {
		e.ranges(f)
		return
	}
	from, ok := e.addressOf(dw.AttrLowpc)
	if !ok {
		return
	}
	if to, ok := e.addressOf(dw.AttrHighpc); ok {
		f(from, to)
	} else if size, ok := e.number(dw.AttrHighpc); ok {
		f(from, from+uint64(size))
	}
}

// ranges goes through the list of ranges that an entry has.
func (e *entry) ranges(f func(from, to uint64) bool) {
	v := e.value(dw.AttrRanges)
	switch {
	case v == nil:
	case e.u.version < 5:
		e.u.pairs(v.n, f)
	case v.form == formRnglistx:
		if at, ok := e.u.indexed(".debug_rnglists", e.u.rangesBase, v.n, e.u.is64); ok {
			e.u.list(e.u.rangesBase+at, f)
		}
	default:
		e.u.list(v.n, f)
	}
}

// pairs reads pairs of addresses, counted from the unit's or from one that comes between (DWARF 4, 2.17.3).
func (u *unit) pairs(at uint64, f func(from, to uint64) bool) {
	c := cursor{b: u.file.section(".debug_ranges")}
	c.bytes(at)
	base, largest := u.lowpc, ^uint64(0)
	if u.addressSize == 4 {
		largest = 0xffffffff
	}
	for {
		from, to := u.address(&c), u.address(&c)
		switch {
		case c.err != nil || from == 0 && to == 0:
			return
		case from == largest:
			base = to
		case !f(base+from, base+to):
			return
		}
	}
}

// list reads the entries that DWARF 5 has instead (7.25).
func (u *unit) list(at uint64, f func(from, to uint64) bool) {
	c := cursor{b: u.file.section(".debug_rnglists")}
	c.bytes(at)
	base := u.lowpc
	indexed := func() uint64 {
		n, ok := u.indexed(".debug_addr", u.addrBase, c.uleb(), u.addressSize == 8)
		if !ok {
			c.fail(errShort)
		}
		return n
	}
	for {
		var from, to uint64
		switch kind := c.u8(); kind {
		case 1: // DW_RLE_base_addressx
			base = indexed()
			continue
		case 2: // DW_RLE_startx_endx
			from, to = indexed(), indexed()
		case 3: // DW_RLE_startx_length
			from = indexed()
			to = from + c.uleb()
		case 4: // DW_RLE_offset_pair
			from, to = base+c.uleb(), base+c.uleb()
		case 5: // DW_RLE_base_address
			base = u.address(&c)
			continue
		case 6: // DW_RLE_start_end
			from, to = u.address(&c), u.address(&c)
		case 7: // DW_RLE_start_length
			from = u.address(&c)
			to = from + c.uleb()
		default: // DW_RLE_end_of_list, and what is not known
			return
		}
		if c.err != nil || !f(from, to) {
			return
		}
	}
}
