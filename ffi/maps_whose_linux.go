// This file defines whose: what lies at an address that a fault was about, in words.

package ffi

import (
	"debug/elf"
	"fmt"
	"os"
	"path"
	"runtime"
	"strings"
)

const (
	nullArea  = 1 << 16 // what a NULL pointer to a structure or array reaches; nothing is ever mapped there
	stackGap  = 1 << 20 // what the kernel leaves free below a stack that grows (stack_guard_gap)
	topOfUser = 1 << 52 // no processor gives a process memory beyond
	kernel    = ^uintptr(0) &^ (1<<47 - 1)
	goHeap    = 0xc0 << 32
	goHeapEnd = goHeap + 1<<40
)

// whose says what lies at an address that a fault was about; sp and r are the thread's registers at that moment, access
// is "read", "write", "execute" or "" for unknown. On amd64 an address of 0 with an unknown access is a general
// protection, of which the processor tells no address.
func whose(addr, sp uintptr, access string, r *Registers) string {
	return newSurvey().whose(addr, sp, access, r)
}

func (s *survey) whose(addr, sp uintptr, access string, r *Registers) string {
	switch {
	case addr == 0 && access == "" && runtime.GOARCH == "amd64" && r != nil:
		if text := protection(r); text != "" {
			return text
		}
		return "an address that the processor does not tell"
	case addr < nullArea:
		return "the NULL page"
	case addr >= kernel:
		return "memory of the kernel"
	case addr >= topOfUser:
		return "no address that memory can have"
	case s.partial:
		return ""
	}
	m := s.at(addr)
	switch {
	case s.overflowed(addr, sp, access, m):
		return "the guard page of the stack, which has overflowed"
	case access != "execute" && (m == nil || m.none()) && s.stackless(addr, sp):
		return fmt.Sprintf("beyond the stack, which has overflowed: the stack pointer is 0x%x", sp)
	}
	if m == nil {
		return s.unmapped(addr)
	}
	name := s.contents(m, addr, sp)
	switch {
	case m.none():
		return name + ", which may not be touched"
	case access == "write" && !m.write:
		return "read-only memory of " + strings.TrimPrefix(name, "memory of ")
	case access == "execute" && !m.run:
		name += ", which is no code"
		if o := departedIn(addr); o != nil {
			name += fmt.Sprintf(" (%s was there, and was unloaded)", o)
		}
		return name
	case access == "read" && !m.read:
		return name + ", which may not be read"
	case m.isFile() && s.beyond(m, addr):
		return name + ", beyond the end of the file"
	}
	return name
}

// contents names what a mapped address belongs to.
func (s *survey) contents(m *mapping, addr, sp uintptr) string {
	if im := s.imageAt(addr); im != nil && im.isFile() {
		name := path.Base(im.path)
		if o := im.book(); o != nil {
			name = o.String()
		}
		if m.none() {
			return "a gap between the parts of " + name
		}
		return "memory of " + name + " (" + im.part(m, addr) + ")"
	}
	switch {
	case m.path == "[heap]" || s.isArena(m):
		return "memory of the heap"
	case m.path == "[stack]" || m.path == "" && sp >= m.start && sp < m.end:
		return "memory of the stack"
	case m.path == "[vdso]" || m.path == "[vvar]" || m.path == "[vsyscall]":
		return "memory of the kernel's " + m.path
	case m.isFile():
		return "memory of the mapped file " + m.path
	case addr >= goHeap && addr < goHeapEnd:
		return "memory of the shell, where values of ctypes lie"
	case m.none():
		return "reserved memory"
	}
	return "anonymous memory"
}

// isArena reports whether malloc has made a mapping: for threads glibc reserves 64 MiB at a time and has them
// readable as far as they are used; large blocks are mappings of their own, with their size and a mark in front.
func (s *survey) isArena(m *mapping) bool {
	const arena, mapped = 64 << 20, 2
	if m.path != "" || !m.read || !m.write {
		return false
	}
	if i := s.index(m.start) + 1; m.start%arena == 0 && i < len(s.maps) {
		if rest := &s.maps[i]; rest.none() && rest.start == m.end && rest.end >= m.start+arena {
			return true
		}
	}
	var head [16]byte
	if Read(head[:], m.start) != nil || le64(head[:]) != 0 {
		return false
	}
	size := uintptr(le64(head[8:]))
	return size&7 == mapped && size&^7 <= m.end-m.start && size&^7 != 0 && size&^7%pageSize == 0
}

// part names the section of an object that an address lies in, and the variable.
func (im *image) part(m *mapping, addr uintptr) string {
	t, linked := im.table(), uint64(addr-im.base)
	section := t.section(linked)
	what := "its data"
	switch {
	case section != nil && section.Flags&elf.SHF_EXECINSTR != 0, section == nil && m.run:
		return "its code"
	case section != nil:
		what = section.Name
	case !m.write:
		what = "its constants"
	}
	if p := t.find(linked, false); p != nil {
		what += ", " + Demangle(t.name(p))
		if d := linked - p.start; d != 0 {
			what += fmt.Sprintf("+0x%x", d)
		}
	}
	return what
}

// beyond reports whether a mapping has pages that its file has not: touching them is a bus error.
func (s *survey) beyond(m *mapping, addr uintptr) bool {
	info, err := os.Stat(m.path)
	if err != nil || m.deleted {
		return false
	}
	return int64(m.offset+(addr-m.start)) >= (info.Size()+pageSize-1)&^(pageSize-1)
}

// unmapped says what is known of an address where nothing is: what was there, and what ends just before it.
func (s *survey) unmapped(addr uintptr) string {
	end := s.past(addr)
	switch o := departedAt(addr); {
	case o != nil && end != "":
		return fmt.Sprintf("the memory that %s had, which was unloaded; %s", o, end)
	case o != nil:
		return fmt.Sprintf("the memory that %s had, which was unloaded", o)
	case end != "":
		return "not mapped: " + end
	}
	return "not mapped"
}

// past says how far an address where nothing is lies behind what ends in the page before it, "" when nothing does.
func (s *survey) past(addr uintptr) string {
	i := s.index(addr) - 1
	if i < 0 || addr-s.maps[i].end >= pageSize || s.maps[i].none() {
		return ""
	}
	m := &s.maps[i]
	what := fmt.Sprintf("a block of %d KiB", (m.end-m.start)>>10)
	if m.path != "" {
		what = strings.TrimPrefix(s.contents(m, m.end-1, 0), "memory of ")
	}
	return fmt.Sprintf("%s past the end of %s", bytesText(addr-m.end), what)
}

func bytesText(n uintptr) string {
	switch n {
	case 0:
		return "just"
	case 1:
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

// departedIn gives the object that had an address last, for one where something else is now.
func departedIn(addr uintptr) *Object {
	o := departedAt(addr)
	if o != nil && !o.gone {
		return nil
	}
	return o
}

// overflowed reports whether an access failed because a stack was at its end: at an address below a stack that the
// thread's stack pointer is near, or has left.
func (s *survey) overflowed(addr, sp uintptr, access string, m *mapping) bool {
	const near = 64 << 10
	if access == "execute" || sp == 0 {
		return false
	}
	if m != nil && !m.none() {
		// Since glibc 2.42 a guard page is a mark that the kernel's list does not show.
		return m.read && m.write && addr+near > sp && addr < sp+near && addr-m.start < near && m.path == "" && sp-m.start < near
	}
	// The stack is the next memory above. The kernel grows the main thread's on any access, up to its limit.
	i := s.index(addr)
	if i < len(s.maps) && m != nil {
		i++
	}
	if i >= len(s.maps) {
		return false
	}
	stack := &s.maps[i]
	isStack := stack.path == "[stack]" || m != nil && m.path == "" && stack.path == "" && stack.start == m.end
	if !isStack || !stack.write || sp >= stack.end {
		return false
	}
	if sp < stack.start {
		// The stack pointer itself is out: by a large frame, or by one step. A wild pointer into the void is not near it.
		return addr+near >= sp && (m == nil || sp >= m.start)
	}
	return sp-stack.start < near && sp-addr < stackGap
}

// stackless reports whether the stack pointer is where an access failed, and nothing is there: a frame was larger
// than all that was left of the stack and more.
func (s *survey) stackless(addr, sp uintptr) bool {
	const near = 64 << 10
	m := s.at(sp)
	return sp != 0 && (m == nil || m.none()) && addr+near > sp && addr < sp+near
}
