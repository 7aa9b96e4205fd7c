// This file defines heal: what is looked after when a call of C was abandoned, by a fault or because it was to end.
//
// The code that was abandoned had locks, and it will never give them back. Those of glibc itself that matter to
// every program are looked for: malloc's (heal_heap_linux.go), those of stdio and the other locks of libc
// (heal_locks_linux.go), and the loader's (heal_loader_linux.go). glibc has no interface for any of it. So what is needed is found by
// its looks, while all is well (prepareHealing), and checked again before it is used; what does not look as it should
// is left alone. With another C library nothing is done. Nothing can be known of the locks of libraries.

//go:build amd64 || arm64

package ffi

import (
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"github.com/ebitengine/purego"
	"golang.org/x/sys/unix"
)

// glibc is what was found of the C library. What could not be found is 0.
var glibc struct {
	tried    bool
	libc, ld module
	self     uintptr // pthread_self(3)
	heap
	loading
	locking
}

// healLater: something could not be looked at, because other calls were under way on the thread.
var healLater bool

// prepareHealing finds in the C library what heal needs, once, while nothing is wrong yet. The caller is on the main thread.
func prepareHealing() {
	if glibc.tried || !isReady {
		return
	}
	glibc.tried = true
	version, err := purego.Dlsym(purego.RTLD_DEFAULT, "gnu_get_libc_version")
	if err != nil || libc.dladdr1 == 0 {
		return
	}
	var ok bool
	if glibc.libc, ok = moduleOf(version); !ok {
		return
	}
	glibc.self, _ = purego.Dlsym(purego.RTLD_DEFAULT, "pthread_self")
	prepareHeap()
	prepareLocks()
	prepareLoading()
	heapLock = glibc.arena
}

// heal looks after the state of the C library when a call of this thread was abandoned, and gives what is to be
// said about it. c.Foreign: what was abandoned is another thread, which has ended.
func heal(c *Crash) []string { return healWithin(c, 0) }

// heal is heal for a call of this frame, whose stack is known.
func (f *Frame) heal(c *Crash) []string { return healWithin(c, uintptr(f.words[wordSP])) }

func healWithin(c *Crash, top uintptr) (notes []string) {
	if !glibc.tried || now.healing || c == nil {
		return nil
	}
	now.healing = true
	defer func() {
		now.healing = false
		abortText() // what tries have printed is nobody's to read
	}()
	h := &healer{crash: c, alone: now.depth == 0, own: c.Fn == libc.dlopen || c.Fn == libc.dlclose || c.Fn == libc.dlsym}
	h.heap()
	if h.alone {
		if !c.Foreign {
			h.dangling(c.SP, top)
		}
		h.streams()
		h.waited()
		h.probes()
	} else {
		healLater = true
	}
	h.loader()
	if c.Signal == endSignal || c.Signal == 0 {
		endedNotes = h.notes
	}
	return h.notes
}

// endedNotes are what heal had to say about the last call that was ended on request.
var endedNotes []string

// EndedNotes is what is to be said of the last call that ended with ErrEnded, once.
func EndedNotes() []string {
	notes := endedNotes
	endedNotes = nil
	return notes
}

// endedCrash stands for a call that was ended on request.
func endedCrash(r *crashRecord, fn uintptr, thread int) *Crash {
	c := &Crash{Signal: endSignal, Fn: fn, Thread: thread, Regs: r.registers()}
	c.PC, c.SP = uintptr(c.Regs.PC), uintptr(c.Regs.R[spRegister])
	return c
}

// HealLater looks at what could not be looked at when a call was abandoned, once no call is under way any more.
func HealLater() {
	if healLater && now.depth == 0 && !now.healing {
		healLater = false
		heal(&Crash{})
	}
}

// healer is one healing.
type healer struct {
	crash *Crash
	alone bool // no other call is under way on the thread: what it owns was the abandoned call's
	own   bool // the call was the shell's own, of the loader
	notes []string

	probe      string // library that tryClosing has loaded
	closeError error  // of the close that closesAgain made
}

func (h *healer) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for _, n := range h.notes {
		if n == text {
			return
		}
	}
	h.notes = append(h.notes, text)
}

// probeLimit is how long a call may take that takes no time at all when it does not wait for a lock.
const probeLimit = 250 * time.Millisecond

// closeLimit is how long the destructors of a library may take that is unloaded because its constructor did not return.
const closeLimit = 2 * time.Second

// hangs reports whether a call had to be ended: what it waits for does not come.
func hangs(err error) bool { return errors.Is(err, ErrEnded) }

// module is an object in memory, by its program headers. Addresses.
type module struct {
	link        linkMap
	base        uintptr
	text, etext uintptr
	data, edata uintptr // what can be written, without what is made read-only when it has been relocated
}

func (m *module) hasCode(addr uintptr) bool { return addr-m.text < m.etext-m.text }
func (m *module) hasData(addr uintptr) bool { return addr-m.data < m.edata-m.data }

// moduleOf is the object that an address of code lies in. dladdr(3) knows that too, but looks at all symbols.
func moduleOf(addr uintptr) (m module, ok bool) {
	loaded(func(_ uintptr, link linkMap) bool {
		m, ok = readModule(link)
		ok = ok && m.hasCode(addr)
		return ok
	})
	return m, ok
}

// readModule reads an object's program headers.
func readModule(link linkMap) (m module, ok bool) {
	m.link, m.base = link, link.addr
	var header [64]byte
	if Read(header[:], m.base) != nil || string(header[:4]) != "\x7fELF" {
		return m, false
	}
	const entry = 56
	segments := make([]byte, entry*(int(header[56])|int(header[57])<<8))
	if Read(segments, m.base+uintptr(le64(header[32:]))) != nil {
		return m, false
	}
	const load, relro = 1, 0x6474e552
	var constant uintptr // the end of what is read-only by now
	for ; len(segments) > 0; segments = segments[entry:] {
		kind, flags := le32(segments), le32(segments[4:])
		from := m.base + uintptr(le64(segments[16:]))
		to := from + uintptr(le64(segments[40:]))
		switch {
		case kind == load && flags&1 != 0:
			m.text, m.etext = from, to
		case kind == load && flags&2 != 0:
			m.data, m.edata = from, to
		case kind == relro:
			constant = to
		}
	}
	if constant > m.data && constant < m.edata {
		m.data = constant
	}
	m.data = (m.data + 7) &^ 7
	return m, m.text < m.etext && m.data < m.edata
}

func le32(b []byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

// wordAt and halfAt read 8 and 4 bytes; 0 where nothing is.
func wordAt(addr uintptr) uintptr {
	var b [8]byte
	if Read(b[:], addr) != nil {
		return 0
	}
	return uintptr(le64(b[:]))
}

func halfAt(addr uintptr) uint32 {
	var b [4]byte
	if Read(b[:], addr) != nil {
		return 0
	}
	return le32(b[:])
}

func setWord(addr, value uintptr) {
	b := make([]byte, 8)
	for i := range b {
		b[i] = byte(value >> (8 * i))
	}
	Write(addr, b)
}

// giveBack makes a lock of libc's own kind free: a word that is 0, 1, or 2 when somebody waits.
//
//go:nocheckptr
func giveBack(lock uintptr) {
	if atomic.SwapUint32((*uint32)(at(lock)), 0) > 1 {
		wake(lock)
	}
}

// Operations of futex(2).
const (
	futexWait       = 0
	futexWake       = 1
	futexWaitBitset = 9
	futexPrivate    = 128
	futexOperation  = 127 // without the flags
)

// wake wakes one that waits for a lock.
func wake(lock uintptr) {
	syscall.RawSyscall6(unix.SYS_FUTEX, lock, futexWake|futexPrivate, 1, 0, 0, 0)
}

// Others than this thread, as the kernel sees them.
type others struct {
	inC  int // asleep, in C or in a library's callback
	busy int // running, or in a system call that malloc makes: they may be inside malloc
}

// lookAround looks at all threads but this one and one that is gone.
func lookAround(gone int) (o others) {
	this := unix.Gettid()
	names, err := taskNames()
	if err != nil {
		return others{1, 1}
	}
	for _, tid := range names {
		if tid == this || tid == gone {
			continue
		}
		number, pc, sleeps := taskCall(tid)
		switch {
		case !sleeps:
			o.busy++
		case pc-goText < goTextEnd-goText || pc == 0:
		default:
			o.inC++
			switch number {
			case unix.SYS_MMAP, unix.SYS_MUNMAP, unix.SYS_MREMAP, unix.SYS_MPROTECT, unix.SYS_BRK, unix.SYS_MADVISE:
				o.busy++
			}
		}
	}
	return o
}

// pause sleeps without giving the thread's place in Go away.
func pause(d time.Duration) {
	t := unix.NsecToTimespec(int64(d))
	syscall.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&t)), 0, 0)
}
