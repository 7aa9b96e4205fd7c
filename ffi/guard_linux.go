// This file defines the guard: what turns a fault in C into an error of the call.
//
// The trampoline notes in its thread's slot which frame is in C. The signal handler (guard_linux_*.s), installed over
// Go's, finds the slot by the thread pointer. Where a frame is in C, it writes down what happened in the
// slot's record and lets the thread go on at the trampoline's way out; Call finds the signal in the frame. Where none
// is, the signal is Go's own affair and goes to Go's handler, unless the thread is not Go's at all: a
// library made it, and it has no call that could fail. Its record is read by a goroutine (watch), and it ends.
//
// The same way out serves to end a call that runs too long: endSignal is sent to the thread until it was caught in C.

//go:build amd64 || arm64

package ffi

import (
	"bytes"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// guarded are the signals that end a call.
var guarded = []int{4, 5, 6, 7, 8, 11, 16, 31}

// crashRecord is what the handler writes down. The assembler has the same offsets.
type crashRecord struct {
	state                                         uint64 // of strays: 0 free, 1 being written, 2 ready, 3 read
	signal, code, addr, err, trap, thread, length uint64
	regs                                          [40]uint64 // as the kernel has them
	stack                                         [stackCopied]byte
	alternate                                     [3]uint64 // of slots: the thread's alternate signal stack, a stack_t
}

const stackCopied = 64 << 10

var (
	records [maxSlots]crashRecord
	strays  [4]crashRecord // of threads of libraries

	strayBell     uint32       // a futex: rung when a record of strays is ready
	goHandlers    [65]uint64   // by signal: what Go had installed
	guardOff      uint64       // 1: NoGuard was called
	guardProcess  uint64       // getpid(2): in a child that C forks a fault is nothing special
	heapLock      uintptr      // address of malloc's lock, 0 where it is not known
	defaultAction kernelAction // SIG_DFL

	// In the assembler.
	guardHandler, guardRestorer uintptr
	goText, goTextEnd           uintptr
)

// kernelAction is struct kernel_sigaction.
type kernelAction struct{ handler, flags, restorer, mask uint64 }

const (
	saSiginfo  = 0x4
	saRestorer = 0x04000000
	saOnStack  = 0x08000000
	saRestart  = 0x10000000
	saNoDefer  = 0x40000000
)

var guardReady bool

// NoGuard has faults in C do what they do in any other program: end it, with a core dump where the
// system makes them. It must be called before anything else of this package.
func NoGuard() { guardOff = 1 }

// Guarded reports whether a fault in C ends the call and not the process.
func Guarded() bool { return guardOff == 0 }

// installGuard puts the handler in place of Go's, once. The caller is the thread that is home.
func installGuard() {
	if guardReady {
		return
	}
	guardReady = true
	guardProcess = uint64(os.Getpid())
	for i := range slots {
		slots[i].record = uint64(uintptr(unsafe.Pointer(&records[i])))
	}
	home.thread = uint64(thread())
	home.knowThread()
	mask := ^uint64(0)
	for _, n := range guarded {
		mask &^= 1 << (n - 1)
	}
	for _, n := range append([]int{endSignal}, guarded...) {
		var old kernelAction
		action := kernelAction{uint64(guardHandler), saSiginfo | saOnStack | saRestart | saNoDefer | saRestorer, uint64(guardRestorer), mask}
		if sigaction(n, nil, &old) != nil || old.handler <= 1 && n != endSignal {
			continue
		}
		goHandlers[n] = old.handler
		sigaction(n, &action, nil)
	}
	installInterrupt()
	if guardOff == 0 {
		limitStack()
		go spareThreads()
		go watch()
	}
}

// spareThreads has Go make some threads, which it keeps: between the fault of a call that held a lock of malloc's or the
// loader's and the giving back of it, Go could make none, and would wait for the very code that gives it back.
func spareThreads() {
	const spare = 4
	var made, over sync.WaitGroup
	made.Add(spare)
	over.Add(1)
	for range spare {
		go func() {
			runtime.LockOSThread()
			made.Done()
			over.Wait()
			runtime.UnlockOSThread()
		}()
	}
	made.Wait()
	over.Done()
}

// limitStack gives the main thread's stack an end where it has none (ulimit -s unlimited): a recursion
// without end is to end in a fault, and not in the memory of the machine.
func limitStack() {
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_STACK, &r) == nil && r.Cur == unix.RLIM_INFINITY {
		r.Cur = min(memoryLimit()/2, 1<<30)
		unix.Setrlimit(unix.RLIMIT_STACK, &r)
	}
}

// sigaction is rt_sigaction(2), past libc and Go.
func sigaction(n int, action, old *kernelAction) error {
	_, _, errno := syscall.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(n), uintptr(unsafe.Pointer(action)), uintptr(unsafe.Pointer(old)), 8, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// knowThread notes what is to be known of the thread that runs this.
func (s *slot) knowThread() {
	tid, _, _ := syscall.RawSyscall(unix.SYS_GETTID, 0, 0, 0)
	s.tid = uint64(tid)
	s.mask = 0
	syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, 0, 0, uintptr(unsafe.Pointer(&s.mask)), 8, 0, 0)
	syscall.RawSyscall(unix.SYS_SIGALTSTACK, 0, uintptr(unsafe.Pointer(&records[s.index()].alternate)), 0)
	for _, n := range append([]int{endSignal}, guarded...) {
		s.mask &^= 1 << (n - 1)
	}
}

// signal sends endSignal to the thread.
func (s *slot) signal() {
	unix.Tgkill(os.Getpid(), int(s.tid), endSignal)
}

// slotAt is the slot that a frame was in C by.
func (f *Frame) slotAt() *slot {
	i := (uintptr(f.words[wordSlot]) - uintptr(unsafe.Pointer(&slots))) / unsafe.Sizeof(slot{})
	return &slots[i]
}

// ended makes an error of what ended a call.
func (f *Frame) ended(fn uintptr) error {
	end := f.words[wordSignal]
	f.words[wordSignal] = 0
	switch end {
	case endStray:
		if c := Stray(); c != nil {
			return c
		}
		return nil
	case endLeave:
		f.heal(&Crash{Fn: fn, Thread: int(f.slotAt().tid)})
		return ErrEnded
	case endInterrupt:
		return ErrInterrupted
	case endRefused:
		return refusal()
	}
	s := f.slotAt()
	if end == endSignal {
		over := endedCrash(&records[s.index()], fn, int(s.tid))
		c := Stray()
		f.heal(over)
		if c != nil { // that is why
			return c
		}
		return ErrEnded
	}
	c := newCrash((*crashRecord)(unsafe.Pointer(&records[s.index()])))
	c.Fn, c.Thread = fn, int(s.tid)
	stack := bytes.Clone(records[s.index()].above())
	c.Notes = f.heal(c)
	f.resumeExit(c, fn, stack)
	return c
}

func (s *slot) index() int {
	return int((uintptr(unsafe.Pointer(s)) - uintptr(unsafe.Pointer(&slots))) / unsafe.Sizeof(slot{}))
}

// above is the stack from the stack pointer on.
func (r *crashRecord) above() []byte { return r.stack[min(redZone, r.length):r.length] }

// newCrash reads a record.
func newCrash(r *crashRecord) *Crash {
	c := &Crash{Signal: int(r.signal), Code: int(int64(r.code)), Addr: uintptr(r.addr), Access: r.access(), Regs: r.registers()}
	c.PC, c.SP = uintptr(c.Regs.PC), uintptr(c.Regs.R[spRegister])
	if c.Code <= 0 {
		c.Addr = 0 // siginfo_t holds who sent it there
	}
	stack := stackCopy{c.SP - redZone, bytes.Clone(r.stack[:r.length])}
	if c.Signal == int(unix.SIGABRT) {
		c.Said = abortText()
	}
	what, fn := refused(&c.Regs, &stack)
	if what != "" {
		c.PC, c.SP = uintptr(c.Regs.PC), uintptr(c.Regs.R[spRegister])
	}
	c.stack = stack
	c.explain(stack)
	if what != "" {
		c.Refused, c.Trace = what, slices.Insert(c.Trace, 0, spotAt(fn, false))
	}
	return c
}

// Threads of libraries that have crashed, and whom to tell.
var stray struct {
	sync.Mutex
	waiting bool // whoever runs Lua is between Release and Acquire
	hurried bool // the main thread's call is to end for them, and for nothing else
	records []*crashRecord
}

// Stray is the oldest crash on a thread of a library's own that nobody was told of yet, or nil. The caller runs Lua.
func Stray() *Crash {
	stray.Lock()
	if len(stray.records) == 0 {
		stray.Unlock()
		return nil
	}
	r := stray.records[0]
	stray.records = stray.records[1:]
	last := len(stray.records) == 0
	if last {
		markCalls(false)
	}
	if stray.hurried { // this call's end, or else a later one would end in its place
		stray.hurried = false
		atomic.StoreUint64(&home.ending, endNothing)
	}
	stray.Unlock()
	c := newCrash(r)
	c.Foreign, c.Thread = true, int(r.thread)
	if last { // of many at once: what they left behind is looked at together
		c.Notes = heal(c)
	}
	resumeStrayExit(c, r.above())
	return c
}

// A call that is in C when a thread of a library crashes has so long to return by itself: it may be joining the thread.
const strayGrace = 200 * time.Millisecond

// watch waits for threads of libraries that have crashed.
func watch() {
	runtime.LockOSThread()
	for {
		bell := atomic.LoadUint32(&strayBell)
		for i := range strays {
			r := &strays[i]
			if atomic.LoadUint64(&r.state) != 2 {
				continue
			}
			if leaving.begun.Load() { // its code may be gone already
				atomic.StoreUint64(&r.state, 3)
				continue
			}
			copied := new(crashRecord)
			*copied = *r
			stray.Lock()
			stray.records = append(stray.records, copied)
			waiting := stray.waiting
			if waiting {
				tellStray()
			}
			stray.Unlock()
			if !waiting {
				markHome()
				go hurryHome(copied)
			}
			atomic.StoreUint64(&r.state, 3) // now the thread may end, and who waits for it go on
		}
		handleLate()
		syscall.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&strayBell)), 128, uintptr(bell), 0, 0, 0)
	}
}

// tellStray runs CrashedThread as a callback on a foreign thread would run: whoever runs Lua waits, and cannot go on
// before stray is unlocked.
func tellStray() {
	shared = true
	lock.Lock()
	was := now
	now = state{depth: 1, foreign: true}
	stray.Unlock()
	if c := Stray(); c != nil {
		CrashedThread(c)
	}
	stray.Lock()
	if now.slot != nil {
		now.slot.free()
	}
	now = was
	lock.Unlock()
}

// markHome has the call that the main thread is in, or else the next, fail when it returns, for a thread that has crashed.
func markHome() {
	markCalls(true)
	for range 1000 { // a machine that is busy may take its time
		if atomic.LoadUint64(&home.frame) == 0 {
			return
		}
		if atomic.CompareAndSwapUint64(&home.ending, endNothing, endMark) {
			home.signal()
		} else if atomic.LoadUint64(&home.ending) != endMark {
			return // it is to end as it is
		}
		time.Sleep(askAgain)
		if atomic.LoadUint64(&home.ending) == endNothing {
			return
		}
	}
	atomic.CompareAndSwapUint64(&home.ending, endMark, endNothing)
}

// hurryHome ends the call that the main thread is in when it does not return for a while, and r with it: it may wait
// for the thread that has crashed.
func hurryHome(r *crashRecord) {
	time.Sleep(strayGrace)
	stray.Lock()
	defer stray.Unlock()
	if slices.Contains(stray.records, r) && atomic.LoadUint64(&home.frame) != 0 && (&Thread{home, home.turn}).ask() {
		stray.hurried = true
	}
}

// Thread is a thread that calls C, for who wants to end a call of its.
type Thread struct {
	slot *slot
	turn uint64
}

// Current is the thread that the caller runs on. The caller holds the lock.
func Current() *Thread {
	if !shared {
		return &Thread{home, home.turn}
	}
	if now.slot == nil {
		now.slot = claimSlot(thread())
	}
	return &Thread{now.slot, now.slot.turn}
}

// How often a thread is asked, and how long what it does with malloc's lock is waited for.
const (
	askAgain  = time.Millisecond
	askOften  = 100 * time.Microsecond // while it is in C: it is in malloc
	askGently = 500 * time.Millisecond
)

// End asks the innermost C call of the thread to end: it returns ErrEnded. A thread that is in Go or Lua at the moment
// is asked again when it is in C, until Unend. Any goroutine may call it.
func (t *Thread) End() {
	stray.Lock()
	if t.slot == home {
		stray.hurried = false // whatever it is ended for, it is to end
	}
	stray.Unlock()
	t.ask()
}

// ask is End; it is false when the thread was asked before.
func (t *Thread) ask() bool {
	heapTextOnce.Do(findHeapText)
	if t.slot.turn != t.turn || !atomic.CompareAndSwapUint64(&t.slot.ending, endNothing, endSoon) {
		return false
	}
	go func() {
		began := time.Now()
		pause := askAgain
		for t.slot.turn == t.turn && atomic.LoadUint64(&t.slot.ending) != endNothing {
			if atomic.LoadUint64(&t.slot.frame) != 0 {
				if time.Since(began) > askGently {
					atomic.CompareAndSwapUint64(&t.slot.ending, endSoon, endNow)
				}
				t.slot.signal()
				time.Sleep(askOften)
				continue
			}
			began = time.Now()
			time.Sleep(pause)
			if pause < 8*time.Millisecond {
				pause += pause / 2
			}
		}
	}()
	return true
}

// Unend takes End back.
func (t *Thread) Unend() {
	if t.slot.turn == t.turn {
		atomic.StoreUint64(&t.slot.ending, endNothing)
	}
}

// setWaiting notes that whoever runs Lua waits, or goes on.
func setWaiting(waits bool) {
	if !guardReady {
		return
	}
	stray.Lock()
	stray.waiting = waits
	for waits && len(stray.records) > 0 {
		tellStray()
	}
	stray.Unlock()
}
