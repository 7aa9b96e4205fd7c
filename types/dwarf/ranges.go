// This file defines where a function begins. One that the compiler split into parts has a list of ranges, with the
// part that is entered first.

package dwarf

import (
	dw "debug/dwarf"
)

// start is the address of a function; false for one that has no code.
func (e *entry) start() (uint64, bool) {
	if pc, ok := e.addressOf(dw.AttrLowpc); ok {
		return pc, true
	}
	v := e.value(dw.AttrRanges)
	if v == nil {
		return 0, false
	}
	if e.u.version < 5 {
		return e.u.firstOfRanges(v.n)
	}
	if v.form == formRnglistx {
		at, ok := e.u.indexed(".debug_rnglists", e.u.rangesBase, v.n, e.u.is64)
		if !ok {
			return 0, false
		}
		return e.u.firstOfList(e.u.rangesBase + at)
	}
	return e.u.firstOfList(v.n)
}

// firstOfRanges reads pairs of addresses, counted from the unit's or from one that comes between (DWARF 4, 2.17.3).
func (u *unit) firstOfRanges(at uint64) (uint64, bool) {
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
			return 0, false
		case from == largest:
			base = to
		default:
			return base + from, true
		}
	}
}

// firstOfList reads the entries that DWARF 5 has instead (7.25).
func (u *unit) firstOfList(at uint64) (uint64, bool) {
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
		switch kind := c.u8(); {
		case c.err != nil:
			return 0, false
		case kind == 1: // DW_RLE_base_addressx
			base = indexed()
		case kind == 2 || kind == 3: // DW_RLE_startx_endx, DW_RLE_startx_length
			pc := indexed()
			return pc, c.err == nil
		case kind == 4: // DW_RLE_offset_pair
			return base + c.uleb(), c.err == nil
		case kind == 5: // DW_RLE_base_address
			base = u.address(&c)
		case kind == 6 || kind == 7: // DW_RLE_start_end, DW_RLE_start_length
			return u.address(&c), c.err == nil
		default: // DW_RLE_end_of_list, and what is not known
			return 0, false
		}
	}
}
