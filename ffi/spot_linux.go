// This file defines spotAt: what is known of a place in machine code without asking the loader, whose lock a fault
// may have left taken.

package ffi

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
)

// spotAt describes a place. A return address counts to the call before it.
func spotAt(pc uintptr, isReturn bool) Spot { return newSurvey().spot(pc, isReturn) }

func (s *survey) spot(pc uintptr, isReturn bool) Spot {
	spot := Spot{PC: pc, Return: isReturn}
	at := pc
	if isReturn && at != 0 {
		at--
	}
	m := s.at(at)
	if m == nil {
		if o := departedAt(at); o != nil {
			spot.Object, spot.Path, spot.Linked, spot.Unloaded = o, o.Path, at-o.Base, true
		}
		return spot
	}
	im := s.imageAt(at)
	if im == nil {
		if m.isFile() {
			spot.Path, spot.FileOffset, spot.Linked = m.path, m.offset+at-m.start, m.offset+at-m.start
		}
		return spot
	}
	spot.Object, spot.Path, spot.Linked, spot.Replaced = im.book(), im.path, at-im.base, im.deleted
	if m.isFile() {
		spot.FileOffset = m.offset + at - m.start
	}
	t := im.table()
	p := t.find(uint64(spot.Linked), true)
	if p == nil {
		p = t.find(uint64(spot.Linked), false) // somebody calls a variable
	}
	if p != nil {
		spot.Symbol = Demangle(t.name(p))
		spot.Offset = pc - im.base - uintptr(p.start)
	}
	return spot
}

// nameByCall names a function without a symbol by the call that went there and returns to an address. libc has
// several of strlen and its like, all nameless, and the loader chooses one for each caller.
func (s *survey) nameByCall(spot *Spot, back uintptr) {
	const largest = 64 << 10
	im := s.imageAt(back - 1)
	if im == nil {
		return
	}
	t := im.table()
	slot, ok := here.slotOfCall(back, im.base, t.stubs)
	if !ok || t.slots[slot] == "" {
		return
	}
	var b [8]byte
	if Read(b[:], im.base+uintptr(slot)) != nil {
		return
	}
	start := uintptr(le64(b[:]))
	if spot.PC < start || spot.PC-start > largest || s.at(start) != s.at(spot.PC) {
		return
	}
	spot.Symbol, spot.Offset = Demangle(t.slots[slot]), spot.PC-start
}

// slotOfCall is the word with the address of the function that a call went to which returns to an address: by a stub,
// or by the word itself. It is in the file's own numbering, as stubs are.
func (p *processor) slotOfCall(back, base uintptr, stubs map[uint64]uint64) (slot uint64, ok bool) {
	var code [6]byte
	if Read(code[:], back-6) != nil {
		return 0, false
	}
	target := uint64(back - base)
	switch in := binary.LittleEndian.Uint32(code[2:]); {
	case !p.returnOnTop && in>>26 == 0x25: // bl
		target += uint64(int64(int32(in<<6)>>6)*4) - 4
	case p.returnOnTop && code[0] == 0xff && code[1] == 0x15: // call *x(%rip)
		return target + uint64(int64(int32(in))), true
	case p.returnOnTop && code[1] == 0xe8: // call x
		target += uint64(int64(int32(in)))
	default:
		return 0, false
	}
	if slot, ok = stubs[target]; ok || !p.returnOnTop {
		return slot, ok
	}
	// Stubs come in other tables too (.plt.got). They are all one jump, after a mark of where jumps may go.
	var stub [11]byte
	if Read(stub[:], base+uintptr(target)) != nil {
		return 0, false
	}
	jump := stub[:]
	if bytes.HasPrefix(jump, []byte{0xf3, 0x0f, 0x1e, 0xfa}) { // endbr64
		jump, target = jump[4:], target+4
	}
	if jump[0] != 0xff || jump[1] != 0x25 { // jmp *x(%rip)
		return 0, false
	}
	return target + 6 + uint64(int64(int32(binary.LittleEndian.Uint32(jump[2:])))), true
}

// table is the symbols of the object: of its file, or of memory when there is no such file any more.
func (im *image) table() *symbolTable {
	if im.symbols != nil {
		return im.symbols
	}
	var head [64]byte
	if im.isFile() && Read(head[:], im.start) == nil {
		path := im.path
		if im.deleted {
			path = "" // what is there now is something else
			if exe, err := os.Readlink("/proc/self/exe"); err == nil && exe == im.path+" (deleted)" {
				path = "/proc/self/exe"
			}
		}
		if path != "" {
			im.symbols = fileSymbols(path, head[:])
			im.deleted = im.deleted || im.symbols == nil
		}
	}
	if im.symbols == nil {
		im.symbols = im.dynamicSymbols()
	}
	return im.symbols
}

// dynamicSymbols reads the symbols that the loader works with.
func (im *image) dynamicSymbols() *symbolTable {
	const maxSymbols, maxNames, maxEntries = 1 << 20, 64 << 20, 512
	t := &symbolTable{}
	if im.dynamic == 0 {
		return t
	}
	var symbols, names, size, hash, gnuHash uintptr
	for i := range uintptr(maxEntries) {
		var b [16]byte
		if Read(b[:], im.dynamic+16*i) != nil {
			return t
		}
		v := uintptr(le64(b[8:]))
		switch elf.DynTag(le64(b[:])) {
		case elf.DT_SYMTAB:
			symbols = v
		case elf.DT_STRTAB:
			names = v
		case elf.DT_STRSZ:
			size = v
		case elf.DT_HASH:
			hash = v
		case elf.DT_GNU_HASH:
			gnuHash = v
		}
		if le64(b[:]) == uint64(elf.DT_NULL) {
			break
		}
	}
	// The loader turns these into addresses, where it may write to them (not in the vdso).
	for _, p := range []*uintptr{&symbols, &names, &hash, &gnuHash} {
		if *p != 0 && *p < im.base {
			*p += im.base
		}
	}
	count := countSymbols(hash, gnuHash)
	if symbols == 0 || names == 0 || count > maxSymbols || size > maxNames {
		return t
	}
	table, text := make([]byte, count*symbolSize), make([]byte, size)
	if Read(table, symbols) != nil || Read(text, names) != nil {
		return t
	}
	t.names[0] = text
	span := uint64(im.high - im.base)
	t.add(table, 0, func(p *symbolSpan) bool {
		return p.start < span && uint64(p.name) < uint64(len(text)) && text[p.name] != '$'
	})
	t.sort()
	return t
}

// countSymbols tells the size of a dynamic symbol table by one of the hash tables that refer to it.
func countSymbols(hash, gnuHash uintptr) uintptr {
	word := func(addr uintptr) uintptr {
		var b [4]byte
		Read(b[:], addr)
		c := &cursor{b: b[:]}
		return uintptr(c.number(4))
	}
	if hash != 0 {
		return word(hash + 4)
	}
	if gnuHash == 0 {
		return 0
	}
	const maxBuckets, maxChain = 1 << 20, 1 << 20
	buckets, first, bloom := word(gnuHash), word(gnuHash+4), word(gnuHash+8)
	if buckets > maxBuckets || bloom > maxBuckets {
		return 0
	}
	table := gnuHash + 16 + 8*bloom
	last := uintptr(0)
	for i := range buckets {
		last = max(last, word(table+4*i))
	}
	if last < first {
		return first
	}
	chain := table + 4*buckets
	for range maxChain { // the last of a chain has its lowest bit set
		if word(chain+4*(last-first))&1 != 0 {
			return last + 1
		}
		last++
	}
	return 0
}
