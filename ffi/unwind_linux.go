// This file defines unwind: the places that a thread in C was on its way through, innermost first.

//go:build amd64 || arm64

package ffi

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// unwind gives the program counters of a thread's frames, innermost first: the first is where the thread was, the
// others are return addresses. It goes by the unwind tables of the loaded objects, and by frame pointers where there
// are none, and ends where Go called C.
func unwind(r *Registers, stack stackCopy) []uintptr {
	var pcs []uintptr
	for _, at := range newSurvey().unwind(r, stack) {
		pcs = append(pcs, at.pc)
	}
	return pcs
}

// explain fills in where a crash was, and whose the memory that it was about. The signals that are about memory are
// SIGSEGV and SIGBUS, unless somebody sent them.
func (c *Crash) explain(stack stackCopy) {
	s := newSurvey()
	c.Trace = append(c.Trace, s.backtrace(&c.Regs, stack)...)
	if c.Code > 0 && (c.Signal == int(unix.SIGSEGV) || c.Signal == int(unix.SIGBUS)) {
		c.Whose = s.whose(c.Addr, c.SP, c.Access, &c.Regs)
	}
}

// backtrace is unwind with what is known of each place.
func (s *survey) backtrace(r *Registers, stack stackCopy) []Spot {
	var spots []Spot
	for _, at := range s.unwind(r, stack) {
		spots = append(spots, s.spot(at.pc, at.returns))
	}
	for i := range spots {
		if i+1 < len(spots) && spots[i].Symbol == "" && spots[i+1].Return {
			s.nameByCall(&spots[i], spots[i+1].PC)
		}
	}
	return spots
}

// A stop is one frame of a backtrace.
type stop struct {
	pc      uintptr
	returns bool // pc is where a call returns to; false where the thread was, and where a signal interrupted it
}

func (s *survey) unwind(r *Registers, stack stackCopy) []stop {
	m := &memory{stack: stack}
	now := frame{Registers: *r}
	var stops []stop
	for len(stops) < maxTrace {
		pc := uintptr(now.PC)
		if len(stops) > 0 && pc >= goText && pc < goTextEnd {
			break
		}
		stops = append(stops, stop{pc, now.returns})
		m.live = false
		next, how := s.caller(m, &now)
		if how == noCaller || next.PC == 0 {
			break
		}
		code := s.runs(uintptr(next.PC))
		switch {
		case how == interrupted: // a signal handler has a stack of its own
		case next.R[here.sp] < now.R[here.sp], next.R[here.sp] == now.R[here.sp] && next.PC == now.PC:
			return stops // a stack grows only down
		case !code && (m.live || how == guessed):
			return stops
		case code && m.live && !s.afterCall(uintptr(next.PC)):
			return stops // this memory has been used for something else since
		}
		if !code && how != interrupted {
			// The return address was overwritten: the last thing to tell.
			return append(stops, stop{uintptr(next.PC), true})
		}
		next.returns = how != interrupted
		now = next
	}
	return stops
}

// A frame is the registers of a function that has called another, or of the one where the thread was.
type frame struct {
	Registers
	returns bool // PC is where a call returns to
	spLost  bool // the stack pointer is not known
}

// How the caller of a frame was found.
type finding int

const (
	noCaller    finding = iota
	told                // by unwind tables
	guessed             // by frame pointers, or by what lies where a return address would
	interrupted         // it is no caller, but what a signal interrupted
)

// caller gives the registers of the frame that a frame returns to.
func (s *survey) caller(m *memory, r *frame) (frame, finding) {
	pc := uintptr(r.PC)
	if !s.runs(pc) {
		if !r.returns { // a call of what is no code
			return s.leaf(m, r, false)
		}
		return frame{}, noCaller
	}
	if isSigreturn(r.PC) {
		if next, ok := interruptedBy(m, &r.Registers); ok {
			return frame{Registers: next}, interrupted
		}
	}
	if im := s.imageAt(pc); im != nil {
		at := uint64(pc)
		if r.returns {
			at-- // a call may be the last instruction of its function
		}
		if f, ok := m.findFDE(im.tables(), at); ok && (!r.spLost || here.findSP(&r.Registers, f, at)) {
			if next, known, ok := here.caller(m, &r.Registers, f, at); ok {
				switch {
				case !known:
					return frame{}, noCaller
				case f.signal:
					return frame{Registers: next}, interrupted
				}
				return frame{Registers: next}, told
			}
		}
	}
	if !r.returns {
		if next, how := s.leaf(m, r, true); how != noCaller {
			return next, how
		}
	}
	return s.framePointer(m, r)
}

// leaf is the caller of code that did nothing with the stack yet. careful asks for a call that may have led there,
// not for any.
func (s *survey) leaf(m *memory, r *frame, careful bool) (frame, finding) {
	next := *r
	if here.returnOnTop {
		back, ok := m.word(r.R[here.sp])
		if !ok {
			return next, noCaller
		}
		next.PC = back
		next.R[here.sp] += 8
	} else {
		next.PC = r.R[here.ra]
		if next.PC > here.stripMask {
			next.PC &= here.stripMask
		}
	}
	if !s.afterCall(uintptr(next.PC)) {
		return next, noCaller
	}
	// Where code has made calls of its own, the register still tells where the last one came back to: itself.
	if careful && !here.returnOnTop && s.at(uintptr(next.PC)) == s.at(uintptr(r.PC)) {
		return next, noCaller
	}
	return next, guessed
}

// framePointer is the caller by the chain of frame pointers: the word they point to is the next one, and the word
// after it the return address.
func (s *survey) framePointer(m *memory, r *frame) (frame, finding) {
	const farthest = 64 << 20
	next := *r
	fp, sp := r.R[here.fp], r.R[here.sp]
	if fp%8 != 0 || fp < sp || fp-sp > farthest {
		return next, noCaller
	}
	outer, ok1 := m.word(fp)
	back, ok2 := m.word(fp + 8)
	if back > here.stripMask {
		back &= here.stripMask
	}
	if !ok1 || !ok2 || !s.afterCall(uintptr(back)) {
		return next, noCaller
	}
	next.PC, next.R[here.fp], next.R[here.sp] = back, outer, fp+16
	next.spLost = !here.returnOnTop // arm64 has these two words at the low end of the frame
	return next, guessed
}

// afterCall reports whether an address is where some call returns to, the kernel's of a signal handler included.
func (s *survey) afterCall(pc uintptr) bool {
	if s.runs(pc) && isSigreturn(uint64(pc)) {
		return true
	}
	if !s.runs(pc - 1) {
		return false
	}
	var code [7]byte
	for size := len(code); size > 1; size-- { // less at the beginning of a mapping
		if Read(code[:size], pc-uintptr(size)) == nil {
			return here.afterCall(code[:size])
		}
	}
	return false
}

// isSigreturn reports whether the code at an address is what signal handlers return to.
func isSigreturn(pc uint64) bool {
	code := make([]byte, len(here.sigreturn))
	return Read(code, uintptr(pc)) == nil && bytes.Equal(code, here.sigreturn)
}

// interruptedBy reads the registers that the kernel put on the stack when it called a signal handler.
func interruptedBy(m *memory, r *Registers) (next Registers, ok bool) {
	read := func(at uint64) uint64 {
		v, good := m.word(at)
		ok = ok && good
		return v
	}
	ok = true
	sp := r.R[here.sp]
	if here.returnOnTop {
		const registers = 40 // of ucontext_t
		// r8 to r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip
		for i, n := range []int{8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2, 7} {
			next.R[n] = read(sp + registers + 8*uint64(i))
		}
		next.PC = read(sp + registers + 16*8)
		return next, ok
	}
	const registers = 128 + 176 + 8 // siginfo_t, ucontext_t up to its registers, fault_address
	for i := range uint64(32) {
		next.R[i] = read(sp + registers + 8*i)
	}
	next.PC = read(sp + registers + 32*8)
	return next, ok
}
