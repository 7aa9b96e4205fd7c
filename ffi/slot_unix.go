// This file defines slot: what the assembler knows of a thread that calls C.

//go:build (linux || darwin) && (amd64 || arm64)

package ffi

import (
	"sync/atomic"
	"unsafe"
)

// slot is one thread that calls C. The trampolines, the callbacks' entry and the signal handler find it by
// the thread pointer; they have the same offsets, in bytes. frame is not 0 exactly while the thread executes C
// that we called: the trampoline sets it, a callback hides it while Go runs, the way out puts back the one before.
type slot struct {
	thread uint64 // 0: the thread pointer; 0 for a slot that is free
	frame  uint64 // 8: the words of the innermost call in C
	ending uint64 // 16: one of the requests below
	mask   uint64 // 24: the signal mask to go back to when a call ends by a fault
	tid    uint64 // 32: the thread as tgkill(2) wants it
	calls  uint64 // 40: calls that were ended, for who waits for that
	record uint64 // 48: address of the record of the last fault
	turn   uint64 // 56: how often the slot changed hands
}

// What slot.ending asks of the thread, when endSignal comes while it is in C.
const (
	endNothing = 0
	endSoon    = 1 // leave C, unless a lock of malloc's is taken
	endNow     = 2 // leave C
	endMark    = 3 // note in the frame that a thread of the library has faulted, and go on
)

// maxSlots is how many threads can be in calls of ours at once. Those above share the
// last slot, whose thread is nobody's: a fault on them is taken for one on a library's thread.
const maxSlots = 128

var slots [maxSlots]slot

// slotsUsed is how many slots from the first on were ever in use.
var slotsUsed uint64 = 1

// noSlot stands for the slot of a thread that has none, for the assembler.
var noSlot slot

// home is the slot of the main thread, and of whoever calls C before there are callbacks.
var home = &slots[0]

// claimSlot gives a thread its slot, a new one where it has none. The caller holds the lock.
func claimSlot(thread uintptr) *slot {
	free := 0
	for i := range slots[:maxSlots-1] {
		switch at := atomic.LoadUint64(&slots[i].thread); {
		case at == uint64(thread):
			return &slots[i]
		case at == 0 && free == 0 && i > 0:
			free = i
		}
	}
	if free == 0 {
		return &slots[maxSlots-1]
	}
	s := &slots[free]
	s.frame, s.ending, s.turn = 0, 0, s.turn+1
	s.knowThread()
	if n := uint64(free + 1); n > slotsUsed {
		atomic.StoreUint64(&slotsUsed, n)
	}
	atomic.StoreUint64(&s.thread, uint64(thread))
	return s
}

// free gives a slot up.
func (s *slot) free() {
	if s != home && s != &slots[maxSlots-1] {
		s.turn++
		atomic.StoreUint64(&s.thread, 0)
	}
}

// address is where the slot lies, for a frame.
func (s *slot) address() uint64 { return uint64(uintptr(unsafe.Pointer(s))) }

// cushion is how many bytes are left between the frames of Go and those of C on the
// stack, so that C that writes beyond the end of an array hits nothing of Go's. The
// outermost call has a large one; callbacks nest, and threads of libraries have small stacks.
const (
	cushion      = 64 << 10
	smallCushion = 256
)

// atHome makes the frame one of the home slot, which it is as long as there are no callbacks.
func (f *Frame) atHome() {
	f.words[wordSlot] = home.address()
	f.words[wordRoom] = cushion
}

// in makes the frame one of the thread that holds the lock, for one call.
func (f *Frame) in(s *state) {
	if s.slot == nil {
		s.slot = claimSlot(thread())
	}
	f.words[wordSlot] = s.slot.address()
	f.words[wordRoom] = cushion
	if s.depth > 0 {
		f.words[wordRoom] = smallCushion
	}
}

// aside makes the frame one of a thread that is nobody's: it is on its own.
func (f *Frame) aside() { f.words[wordSlot] = slots[maxSlots-1].address() }

// threadPointer tells threads apart.
func threadPointer() uintptr { return thread() }
