// This file defines what the kernel and the loader tell of addresses: which are code, and what the others are.

package ffi

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// region is a line of /proc/self/maps.
type region struct {
	low, high uintptr
	mode      string // "r-xp"
	path      string // of the file, or "[heap]", "[stack]"; empty for memory without a name
}

func (a *region) runs() bool { return a.mode[2] == 'x' }

// regions reads what is mapped, in the order of the addresses.
func regions() ([]region, error) {
	text, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return nil, err
	}
	var all []region
	for line := range bytes.Lines(text) {
		// low-high mode offset device inode path, where the path may have spaces
		bounds, rest, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
		from, to, _ := bytes.Cut(bounds, []byte("-"))
		low, err1 := strconv.ParseUint(string(from), 16, 64)
		high, err2 := strconv.ParseUint(string(to), 16, 64)
		if err1 != nil || err2 != nil || len(rest) < 4 {
			continue
		}
		a := region{low: uintptr(low), high: uintptr(high), mode: string(rest[:4])}
		for range 4 { // mode, offset, device, inode
			_, rest, _ = bytes.Cut(rest, []byte(" "))
		}
		a.path = string(bytes.TrimLeft(rest, " "))
		all = append(all, a)
	}
	return all, nil
}

// regionOf finds the region an address lies in, nil for none.
func regionOf(all []region, addr uintptr) *region {
	for i := range all {
		if a := &all[i]; a.low <= addr && addr < a.high {
			return a
		}
	}
	return nil
}

// code is the executable part of the files that were mapped at the last look. It is good until something is unloaded.
var code struct {
	at      uint64 // Unloads
	regions []region
}

// The types of symbols (st_info of Elf64_Sym) that matter here.
const (
	symbolObject   = 1
	symbolFunction = 2
	symbolIndirect = 10 // STT_GNU_IFUNC: the resolver's code
)

// located is what the loader knows of an address: the object, and the symbol it lies in or after.
type located struct {
	owner *Object
	name  string
	start uintptr
	kind  byte
	size  uintptr
}

// symbolOf asks dladdr1(3); owner is nil for an address that lies in no object.
func symbolOf(addr uintptr) (s located) {
	if ready() != nil || libc.dladdr1 == 0 {
		return s
	}
	out := make([]byte, 48) // Dl_info, then the extra words
	p := Address(out)
	found := int32(call(libc.dladdr1, addr, p, p+32, dlLinkmap)) != 0 && int32(call(libc.dladdr1, addr, p, p+40, dlSymbol)) != 0
	runtime.KeepAlive(out)
	if !found {
		return s
	}
	s.owner = observe(uintptr(le64(out[32:])))
	var entry [24]byte
	if at := uintptr(le64(out[40:])); at != 0 && Read(entry[:], at) == nil {
		s.kind, s.size = entry[4]&0xf, uintptr(le64(entry[16:]))
		s.start = uintptr(le64(out[24:]))
		s.name, _ = CString(uintptr(le64(out[16:])))
	}
	return s
}

// holds reports whether an address lies in the symbol, and not only after it.
func (s *located) holds(addr uintptr) bool {
	return s.name != "" && (addr == s.start || addr-s.start < s.size)
}

// checkMapped is CheckCode for what may be an address of C's.
func checkMapped(addr uintptr) error {
	s := symbolOf(addr)
	if s.start == addr && (s.kind == symbolFunction || s.kind == symbolIndirect) {
		return nil // the loader says so, which is quicker than to ask the kernel
	}
	if code.at == Unloads && regionOf(code.regions, addr) != nil {
		return nil
	}
	all, err := regions()
	if err != nil {
		return nil // nobody can tell
	}
	code.at, code.regions = Unloads, code.regions[:0]
	for _, a := range all {
		if a.runs() && a.path != "" {
			code.regions = append(code.regions, a)
		}
	}
	a := regionOf(all, addr)
	if a != nil && a.runs() {
		return nil
	}
	return notCode(all, a, s, addr)
}

// notCode says what lies at an address in a region that is not executable, or in none.
func notCode(all []region, a *region, s located, addr uintptr) *NotCode {
	e := &NotCode{Addr: addr}
	own, ownEnd := ownMemory(all)
	if s.owner == nil {
		e.Unloaded = departedAt(addr)
	}
	switch {
	case e.Unloaded != nil: // whatever may lie there by now
		e.What = "was in " + e.Unloaded.String() + ", which has been unloaded"
		return e
	case a == nil:
		e.What = "is not mapped: nothing is there"
		return e
	case s.kind == symbolObject && s.holds(addr):
		if e.What = "is in the variable "; addr == s.start {
			e.What, e.Variable = "is the variable ", s.name
		}
		e.What += s.name + " of " + s.owner.String()
	case s.owner != nil && a.runs(): // of no interest to CheckCode
		e.What = "is code of " + s.owner.String()
		return e
	case s.owner != nil:
		e.What = "is data of " + s.owner.String()
	case a.path == "[heap]":
		e.What = "is memory of C's heap"
	case a.path == "[stack]":
		e.What = "is on the stack"
	case a.path != "":
		e.What = "is in " + a.path + ", which is mapped as data"
	case own <= addr && addr < ownEnd:
		e.What = "is memory of dlsh's own"
	default:
		e.What = "is memory that holds data"
	}
	e.What += ", not code"
	var word [8]byte
	if Read(word[:], addr) == nil {
		if to := symbolOf(uintptr(le64(word[:]))); to.kind == symbolFunction && to.start == uintptr(le64(word[:])) {
			e.Points = to.name
		}
	}
	return e
}

// heaps are the regions that malloc may have given memory of, at the last look.
var heaps []region

// mallocAlign is what glibc's malloc aligns everything to.
const mallocAlign = 16

// NotAllocated says what lies at an address that malloc cannot have given, "" where it may have. Memory in any region
// without a name may be malloc's, except Go's own.
func NotAllocated(addr uintptr, isGlibc bool) string {
	aligned := ""
	if isGlibc && addr%mallocAlign != 0 {
		aligned = fmt.Sprintf("is no multiple of %d", mallocAlign)
	}
	if regionOf(heaps, addr) != nil {
		return aligned
	}
	all, err := regions()
	if err != nil {
		return ""
	}
	heaps = heaps[:0]
	own, ownEnd := ownMemory(all)
	for _, a := range all {
		if a.mode[1] == 'w' && (a.path == "" || a.path == "[heap]" || strings.HasPrefix(a.path, "[anon")) && ObjectAt(a.low) == nil && (a.low < own || a.low >= ownEnd) {
			heaps = append(heaps, a)
		}
	}
	switch a := regionOf(all, addr); {
	case regionOf(heaps, addr) != nil:
		return aligned
	case a != nil && a.path == "" && a.mode[1] != 'w':
		return "is memory that cannot be written"
	case a != nil && strings.HasPrefix(a.path, "/") && symbolOf(addr).owner == nil:
		return "" // a file that was mapped; a malloc of somebody's own may do such things
	case a == nil && departedAt(addr) == nil:
		return "is not mapped"
	default:
		return strings.TrimSuffix(notCode(all, a, symbolOf(addr), addr).What, ", not code")
	}
}

// ownMemory is where Go's heap is: the regions that adjoin the one of a block of ours. Go reserves its heap in one piece, as
// long as it gets it so, far away from where the kernel puts everything else.
func ownMemory(all []region) (low, high uintptr) {
	block, err := Alloc(1)
	if err != nil {
		return 0, 0
	}
	ours := Address(block)
	for _, a := range all {
		if a.low > ours && a.low != high {
			break
		}
		if a.low != high {
			low = a.low
		}
		if high = a.high; a.path != "" && !strings.HasPrefix(a.path, "[anon: Go") {
			low = high // another's
		}
	}
	return low, high
}

// spanOf is where an object lies whose load bias is base, from its first segment to the end of its last, by the program
// headers that came with it. It is empty for a program that is not linked to begin at 0, which never leaves.
func spanOf(base uintptr) (low, high uintptr) {
	const loadable, headSize = 1, 56 // PT_LOAD, sizeof(Elf64_Phdr)
	var head [64]byte
	if base == 0 || Read(head[:], base) != nil || string(head[:4]) != "\x7fELF" {
		return 0, 0
	}
	at := base + uintptr(le64(head[32:])) // e_phoff
	count := int(head[56]) | int(head[57])<<8
	headers := make([]byte, count*headSize)
	if Read(headers, at) != nil {
		return 0, 0
	}
	low = base
	for ; len(headers) > 0; headers = headers[headSize:] {
		if le64(headers)&0xffffffff == loadable {
			high = max(high, base+uintptr(le64(headers[16:])+le64(headers[40:]))) // p_vaddr, p_memsz
		}
	}
	return low, cmp.Or(high, low)
}
