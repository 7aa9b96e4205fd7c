// This file defines how the locks of the C library are given back that an abandoned call held, besides malloc's and the loader's.
//
// The locks of streams, and a few others, say whose they are. A thread that is in no call and owns one has
// it from a call that was abandoned. The other locks of libc are words that say nothing. Those that a fault is likely
// to leave taken are tried, with a time limit: a call that hangs tells by its registers which word it waits for.

//go:build amd64 || arm64

package ffi

import (
	"fmt"
	"runtime"
	"time"

	"github.com/ebitengine/purego"
)

// locking is what was found for it. Addresses, and offsets in struct pthread.
type locking struct {
	streams           uintptr // _IO_list_all
	threadSize, tidAt uintptr // of struct pthread, as debuggers are told
	gmtime, unsetenv  uintptr
	data              []byte // a copy of libc's data
}

// struct _IO_FILE (<bits/types/struct_FILE.h>), and the lock it points to: a word, how often it was taken, and by whom.
const (
	fileChain = 0x68
	fileLock  = 0x88

	lockCount = 4
	lockOwner = 8
	lockSize  = 16
)

func prepareLocks() {
	g := &glibc
	g.streams, _ = purego.Dlsym(purego.RTLD_DEFAULT, "_IO_list_all")
	g.gmtime, _ = purego.Dlsym(purego.RTLD_DEFAULT, "gmtime_r")
	g.unsetenv, _ = purego.Dlsym(purego.RTLD_DEFAULT, "unsetenv")
	if size, err := purego.Dlsym(purego.RTLD_DEFAULT, "_thread_db_sizeof_pthread"); err == nil {
		g.threadSize = uintptr(halfAt(size))
	}
	if tid, err := purego.Dlsym(purego.RTLD_DEFAULT, "_thread_db_pthread_tid"); err == nil {
		g.tidAt = uintptr(halfAt(tid + 8)) // after its size in bits and how many there are
	}
	if self := threadSelf(); g.threadSize > 1<<14 || g.tidAt >= g.threadSize || halfAt(self+g.tidAt) != uint32(home.tid) {
		g.threadSize, g.tidAt = 0, 0
	}
}

// streams gives back the locks that say that this thread has them, or a thread that is gone.
func (h *healer) streams() {
	self := threadSelf()
	if self == 0 {
		return
	}
	g := &glibc
	for file, n := wordAt(g.streams), 0; file != 0 && n < 1<<14; file, n = wordAt(file+fileChain), n+1 {
		lock := wordAt(file + fileLock)
		owner := wordAt(lock + lockOwner)
		if halfAt(lock) == 0 || owner == 0 || owner != self && !(h.crash.Foreign && g.isGone(owner, h.crash.Thread)) {
			continue
		}
		releaseOwned(lock)
		h.note("%s was locked by the call that is over: it was unlocked", streamName(file))
	}
	// Whatever else lies in libc's own data.
	if g.data == nil {
		g.data = make([]byte, (g.libc.edata-g.libc.data)&^7)
	}
	if Read(g.data, g.libc.data) != nil {
		return
	}
	for o := lockOwner; o+8 <= len(g.data); o += 8 {
		if uintptr(le64(g.data[o:])) != self {
			continue
		}
		lock := g.data[o-lockOwner:]
		if taken, count := le32(lock), le32(lock[lockCount:]); taken < 1 || taken > 2 || count < 1 || count > 1<<16 {
			continue
		}
		releaseOwned(g.libc.data + uintptr(o) - lockOwner)
		h.note("a lock of the C library's own was held by the call that is over: it was released")
	}
}

// releaseOwned gives a lock back that says whose it is.
func releaseOwned(lock uintptr) {
	Write(lock+lockCount, make([]byte, lockSize-lockCount))
	giveBack(lock)
}

// isGone reports whether a struct pthread is that of a thread that has ended, where the kernel clears its number, or
// is about to.
func (g *locking) isGone(thread uintptr, tid int) bool {
	if g.tidAt == 0 {
		return false
	}
	is := int32(halfAt(thread + g.tidAt))
	return is <= 0 || int(is) == tid // -1 once it has been joined
}

func streamName(file uintptr) string {
	for _, name := range []string{"stdin", "stdout", "stderr"} {
		if at, err := purego.Dlsym(purego.RTLD_DEFAULT, name); err == nil && wordAt(at) == file {
			return name
		}
	}
	return fmt.Sprintf("the stream at 0x%x", file)
}

// dangling clears what glibc keeps of a thread and that points into the stack of the call that is over: the
// innermost handler of the loader's errors, and of thread cancellation.
func (h *healer) dangling(sp, top uintptr) {
	const redZone = 128
	self, size := threadSelf(), glibc.threadSize
	if self == 0 || size == 0 || sp == 0 || top == 0 {
		return
	}
	low := sp - redZone
	if m := newSurvey().at(top); m == nil {
		return
	} else if sp <= m.start || sp > top {
		low = m.start + 1 // the stack pointer was lost, or on another stack: nothing below top is in use (the stack's start is noted in the record)
	}
	b := make([]byte, size&^7)
	if Read(b, self) != nil {
		return
	}
	for o := uintptr(0); o < uintptr(len(b)); o += 8 {
		if v := uintptr(le64(b[o:])); v >= low && v < top {
			setWord(self+o, 0)
		}
	}
}

// waited says what a call waited for when it was ended, and gives it back where that is certain.
func (h *healer) waited() {
	if h.crash.Signal == endSignal {
		h.blocked(h.crash.Regs.waitsFor(), false)
	}
}

// blocked looks at what a call waits for that does not come, and reports whether it comes now. short: it is a lock that
// nobody sleeps with, so that only who runs can have it.
func (h *healer) blocked(lock uintptr, short bool) bool {
	const mutexOwner = 8 // in pthread_mutex_t
	g := &glibc
	switch {
	case lock == 0 || halfAt(lock) == 0:
	case g.libc.hasData(lock):
		if h.nobodyElse(short) && halfAt(lock) != 0 {
			giveBack(lock)
			h.note("a lock of the C library's own (libc.so+0x%x) had been left taken by a call that is over: it was released", lock-g.libc.base)
			return true
		}
		h.note("a lock of the C library's own (libc.so+0x%x) is taken, perhaps by a call that is over", lock-g.libc.base)
	case h.crash.Thread != 0 && halfAt(lock+mutexOwner) == uint32(h.crash.Thread):
		h.note("it waited for the mutex at 0x%x, which this thread itself has: a call that is over had left it locked (pthread_mutex_unlock would give it back)", lock)
	}
	return false
}

// nobodyElse reports whether no other thread executes C, or, for short, whether those that do are asleep.
func (h *healer) nobodyElse(short bool) bool {
	for began := time.Now(); time.Since(began) < settleLimit; pause(time.Millisecond) {
		switch o := lookAround(h.crash.Thread); {
		case o.inC > 0 && !short:
			return false
		case o.busy == 0:
			return true
		}
	}
	return false
}

// probes tries what needs the locks of the time zone and of the environment.
func (h *healer) probes() {
	g := &glibc
	if g.gmtime == 0 || g.unsetenv == 0 {
		return
	}
	b := make([]byte, 128)
	name := cstring("a variable that is not there")
	for faulted := false; ; {
		var err error
		within(probeLimit, func() {
			if _, err = callOut(g.gmtime, Address(b), Address(b)+16); err == nil {
				_, err = callOut(g.unsetenv, Address(name))
			}
		})
		runtime.KeepAlive(b)
		runtime.KeepAlive(name)
		regs := records[Current().slot.index()].registers()
		switch {
		case err == nil:
			return
		case !hangs(err):
			h.note("the environment is broken: %v", err)
			if faulted {
				return
			}
			faulted = true // with the lock taken: the next try waits for it
		case !h.blocked(regs.waitsFor(), true) || faulted:
			return
		}
	}
}
