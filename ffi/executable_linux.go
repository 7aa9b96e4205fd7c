// This file defines what the kernel and the loader tell of addresses: which are code, and what the others are.

package ffi

import (
	"fmt"
	"runtime"
	"strings"
)

// code is the executable part of the files that were mapped at the last look. It is good until something is unloaded.
var code struct {
	at   uint64 // Unloads
	maps survey
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
	if code.at == Unloads && code.maps.at(addr) != nil {
		return nil
	}
	sweep() // C may have closed a library
	now := newSurvey()
	if now.partial {
		return nil // nobody can tell
	}
	code.at, code.maps.maps = Unloads, code.maps.maps[:0]
	for _, m := range now.maps {
		if m.run && m.path != "" {
			code.maps.maps = append(code.maps.maps, m)
		}
	}
	if now.runs(addr) {
		return nil
	}
	return notCode(now, s, addr)
}

// notCode says what lies at an address that cannot be called.
func notCode(now *survey, s located, addr uintptr) *NotCode {
	e, a := &NotCode{Addr: addr}, now.at(addr)
	own, ownEnd := ownMemory(now)
	if o := departedAt(addr); s.owner == nil && o != nil && o.gone {
		e.Unloaded = o
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
	case s.owner != nil && a.run: // of no interest to CheckCode
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

// heaps are the mappings that malloc may have given memory of, at the last look.
var heaps survey

// mallocAlign is what glibc's malloc aligns everything to.
const mallocAlign = 16

// NotAllocated says what lies at an address that malloc cannot have given, "" where it may have. Memory in any mapping
// without a name may be malloc's, except Go's own.
func NotAllocated(addr uintptr, isGlibc bool) string {
	aligned := ""
	if isGlibc && addr%mallocAlign != 0 {
		aligned = fmt.Sprintf("is no multiple of %d", mallocAlign)
	}
	if heaps.at(addr) != nil {
		return aligned
	}
	now := newSurvey()
	if now.partial {
		return ""
	}
	heaps.maps = heaps.maps[:0]
	own, ownEnd := ownMemory(now)
	for _, a := range now.maps {
		unnamed := a.path == "" || a.path == "[heap]" || strings.HasPrefix(a.path, "[anon")
		if a.write && unnamed && ObjectAt(a.start) == nil && (a.start < own || a.start >= ownEnd) {
			heaps.maps = append(heaps.maps, a)
		}
	}
	switch a := now.at(addr); {
	case heaps.at(addr) != nil:
		return aligned
	case a != nil && a.path == "" && !a.write:
		return "is memory that cannot be written"
	case a != nil && a.isFile() && symbolOf(addr).owner == nil:
		return "" // a file that was mapped; a malloc of somebody's own may do such things
	case a == nil && departedAt(addr) == nil:
		return "is not mapped"
	default:
		return strings.TrimSuffix(notCode(now, symbolOf(addr), addr).What, ", not code")
	}
}

// ownMemory is where Go's heap is: the mappings that adjoin the one of a block of ours. Go reserves its heap in one piece, as
// long as it gets it so, far away from where the kernel puts everything else.
func ownMemory(now *survey) (low, high uintptr) {
	block, err := Alloc(1)
	if err != nil {
		return 0, 0
	}
	ours := Address(block)
	for _, a := range now.maps {
		if a.start > ours && a.start != high {
			break
		}
		if a.start != high {
			low = a.start
		}
		if high = a.end; a.path != "" && !strings.HasPrefix(a.path, "[anon: Go") {
			low = high // another's
		}
	}
	return low, high
}
