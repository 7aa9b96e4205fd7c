// This file defines the hooks: a few functions of libc that libraries get another version of, because what
// they do would take the guard away or the shell down.
//
//	pthread_create, thrd_create,    the new thread has an alternate signal stack before it runs
//	timer_create                    likewise where the timer makes threads
//	pthread_sigmask, sigprocmask,   signals of faults are never blocked: the kernel would
//	sighold, sigblock, sigsetmask   end the process instead of asking anybody
//	sigaction, signal, sigset, …    the guard's handler stays; a library's is kept here, and the guard calls it
//	sigaltstack                     threads that run Go keep the stack that Go's handlers need
//	longjmp, siglongjmp, …          a jump out of the call that Lua made, over Go's own frames, is refused
//	pthread_exit, thrd_exit         likewise for the end of the thread
//
// A library asks the loader for these names when it is relocated, before any code of its runs. So the answer is changed:
// in libc's symbol table, in memory, the names lead to our entries (hook_*.s). Everything that is
// loaded later gets them, constructors and dlsym(3) included; libc's own calls do not go through
// its table, and what was relocated before, the program, keeps what it has.

//go:build amd64 || arm64

package ffi

import (
	"errors"
	"fmt"
	"math/bits"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

	"github.com/ebitengine/purego"
	"golang.org/x/sys/unix"

	"dlsh/types"
)

// hookTable are the names that lead to each entry, the first one being that of the function called in the end. The
// assembler has the same order.
var hookTable = [...][]string{
	hookCreate:     {"pthread_create"},
	hookCreateC11:  {"thrd_create"},
	2:              {"pthread_sigmask"},
	3:              {"sigprocmask"},
	4:              {"sigaction", "__sigaction"},
	5:              {"signal", "bsd_signal", "ssignal"},
	6:              {"__sysv_signal", "sysv_signal"},
	7:              {"sigset"},
	8:              {"sighold"},
	9:              {"sigignore"},
	10:             {"sigsetmask"},
	11:             {"sigblock"},
	12:             {"sigaltstack"},
	hookLongjmp:    {"longjmp", "_longjmp", "siglongjmp"},
	hookLongjmpChk: {"__longjmp_chk"},
	hookExit:       {"pthread_exit"},
	16:             {"thrd_exit"},
	hookTimer:      {"timer_create"},
}

// hookThreads are the entries of what makes threads.
var hookThreads = [...]int{hookCreate, hookCreateC11, hookTimer}

const (
	hookCreate     = 0
	hookCreateC11  = 1
	hookLongjmp    = 13
	hookLongjmpChk = 14
	hookExit       = 15
	hookTimer      = 17
)

// In the assembler: the entries, and where all that code of C runs in Go's text begins and ends.
var (
	hookEntries                            [len(hookTable)]uintptr
	hookTextStart, hookTextEnd             uintptr
	hookJumpTrap, hookExitTrap             uintptr // where a refusal faults
	hookThreadEnds, hookProbe              uintptr
	hookReal                               [len(hookTable)]uintptr // libc's own
	hookSetSpecific, hookMalloc, hookFree  uintptr                 // these three are not hooked, but called
	hookKey                                uint64                  // its destructor releases a thread's block
	hookKeys                               uint64                  // how many keys there can be
	hookPage, hookBlockSize                uint64
	hookAbort, hookAbortSize, hookStackEnd uint64
	hookStubEnd                            uint64    // callbacks are code from stub0 to here
	hookLoop                               [4]uint64 // the last fault that a library's handler was called for: pc, address, registers, how often
)

// libraryAction is what a library wants done about a signal. For the guard's signals the kernel does not hear of
// it; for others it is what stands behind hookDeliver. The assembler has the same offsets.
type libraryAction struct{ handler, flags, mask, restorer uint64 }

var libraryActions [65]libraryAction

// lateSignals are those that callbacks are to handle and that came while Go ran: bit n-1 for signal n.
var lateSignals uint64

// handleLate has the handlers of lateSignals called from C, as it should have been, on other threads: as callbacks
// on threads of a library's own they wait for the lock.
func handleLate() {
	for set := atomic.SwapUint64(&lateSignals, 0); set != 0; set &= set - 1 {
		n := bits.TrailingZeros64(set) + 1
		handler := atomic.LoadUint64(&libraryActions[n].handler)
		if handler < uint64(stub0) || handler >= hookStubEnd {
			continue // it is another one by now
		}
		go func() {
			plan, err := Prepare(Signature{Params: []*types.Type{types.Of(types.Int)}, Result: types.Of(types.Void), Fixed: 1})
			if err != nil {
				return
			}
			f := plan.Frame()
			f.SetInt(0, uint64(n))
			f.aside()
			f.enter(trampoline, uintptr(handler))
		}()
	}
}

// signalRoom is how large the alternate stack of a library's thread is, in bytes, with the header above it.
const signalRoom = 64 << 10

// hookError says why there are no hooks, once they were to be installed.
var hookError = errors.New("not installed yet")

// installHooks changes libc's symbol table. It is called once, when libc's functions are known and before
// anything was loaded, on the main thread.
func installHooks() {
	if !Guarded() {
		return
	}
	if hookError = findHooked(); hookError != nil {
		return
	}
	hookPage = uint64(os.Getpagesize())
	hookBlockSize = hookPage + signalRoom
	hookStubEnd = uint64(stubAddr(callbackStubs-1)) + stubSize
	if create, err := purego.Dlsym(purego.RTLD_DEFAULT, "pthread_key_create"); err != nil ||
		int32(call(create, uintptr(unsafe.Pointer(&hookKey)), hookThreadEnds)) != 0 {
		for _, i := range hookThreads {
			hookReal[i] = 0 // nobody would release the blocks
		}
	}
	if end, err := purego.Dlsym(purego.RTLD_DEFAULT, "__libc_stack_end"); err == nil {
		hookStackEnd = *(*uint64)(at(end))
	}
	calibrateJumps()
	loaded(func(h uintptr, m linkMap) bool {
		if h != program {
			if err := hookObject(m); err != nil {
				hookError = err
			}
		}
		return false
	})
	// A cancelled main thread would end like one that calls pthread_exit. It cannot be asked for from here on.
	if disable, err := purego.Dlsym(purego.RTLD_DEFAULT, "pthread_setcancelstate"); err == nil {
		call(disable, 1, 0) // PTHREAD_CANCEL_DISABLE
	}
}

// findHooked looks libc's own functions up. Those that there are not stay 0.
func findHooked() error {
	for i, names := range hookTable {
		hookReal[i], _ = purego.Dlsym(purego.RTLD_DEFAULT, names[0])
	}
	for name, to := range map[string]*uintptr{"pthread_setspecific": &hookSetSpecific, "malloc": &hookMalloc, "free": &hookFree} {
		addr, err := purego.Dlsym(purego.RTLD_DEFAULT, name)
		if err != nil {
			return fmt.Errorf("the C library has no %s: %w", name, err)
		}
		*to = addr
	}
	const threadKeysMax = 74 // _SC_THREAD_KEYS_MAX, with glibc and musl
	if sysconf, err := purego.Dlsym(purego.RTLD_DEFAULT, "sysconf"); err == nil {
		hookKeys = uint64(max(int64(call(sysconf, threadKeysMax)), 0))
	}
	return nil
}

// realAddress is the function of libc's that an entry stands for; any other address is its own.
func realAddress(addr uintptr) uintptr {
	if addr-hookTextStart < hookTextEnd-hookTextStart {
		for i, entry := range hookEntries {
			if entry == addr {
				return hookReal[i]
			}
		}
	}
	return addr
}

// hookedName is the name of the function of libc's at an address of either kind; "" for any other.
func hookedName(addr uintptr) string {
	for i := range hookTable {
		if addr == hookEntries[i] || addr == hookReal[i] && addr != 0 {
			return hookTable[i][0]
		}
	}
	return ""
}

// refused says what a call was ended for when its fault is a refusal of ours, and sets the registers and the
// stack to where the library called the function that was refused.
func refused(r *Registers, stack *stackCopy) (what string, fn uintptr) {
	switch uintptr(r.PC) - breakLength {
	case hookJumpTrap:
		what, fn = "longjmp out of the call that Lua made", hookReal[hookLongjmp]
	case hookExitTrap:
		what, fn = "pthread_exit inside the call that Lua made", hookReal[hookExit]
	default:
		return "", 0
	}
	returnToCaller(r, stack)
	return what, fn
}

// What is where in a jmp_buf, in bytes: the stack pointer and the program counter, which glibc turns to the
// left and then mixes with a word that only this process knows. hookJumpSP is 0 as long as that is not known.
var hookJumpSP, hookJumpPC, hookJumpTurn, hookJumpGuard uint64

// setjmpProbe is what hookProbe works on.
type setjmpProbe struct {
	setjmp, sp, pc uint64
	buffer         [64]uint64
}

// calibrateJumps finds that out from what setjmp writes, at two depths of the stack.
func calibrateJumps() {
	setjmp, err := purego.Dlsym(purego.RTLD_DEFAULT, "_setjmp")
	if err != nil {
		return
	}
	probes := new([2]setjmpProbe)
	for i := range probes {
		probes[i].setjmp = uint64(setjmp)
		call(hookProbe, uintptr(unsafe.Pointer(&probes[i])), uintptr(4096*i))
	}
	a, b := &probes[0], &probes[1]
	for _, turn := range []int{0, 17} {
		for i := range a.buffer {
			mix := turned(a.buffer[i], turn) ^ a.sp
			if turned(b.buffer[i], turn)^b.sp != mix {
				continue
			}
			for j := range a.buffer {
				if turned(a.buffer[j], turn)^mix == a.pc && turned(b.buffer[j], turn)^mix == b.pc {
					hookJumpSP, hookJumpPC, hookJumpTurn, hookJumpGuard = uint64(8*i), uint64(8*j), uint64(turn), mix
					return
				}
			}
		}
	}
}

// turned is a word turned to the right.
func turned(w uint64, by int) uint64 { return w>>by | w<<(64-by) }

// symbolNames are the tables of an object in memory by which the loader finds its symbols.
type symbolNames struct{ base, symbols, strings, hash uintptr }

// elfSymbol is Elf64_Sym.
type elfSymbol struct {
	name        uint32
	info, other uint8
	section     uint16
	value, size uint64
}

// hookObject has the names that an object defines for what we hook lead to our entries.
func hookObject(m linkMap) error {
	s := symbolNames{base: m.addr}
	for p := m.dynamic; ; p += 16 {
		tag, value := *(*uint64)(at(p)), *(*uintptr)(at(p + 8))
		if value < m.addr {
			value += m.addr // the loader has not put the address there
		}
		switch tag {
		case 5: // DT_STRTAB
			s.strings = value
		case 6: // DT_SYMTAB
			s.symbols = value
		case 0x6ffffef5: // DT_GNU_HASH
			s.hash = value
		}
		if tag == 0 {
			break
		}
	}
	if s.strings == 0 || s.symbols == 0 || s.hash == 0 {
		return nil
	}
	type change struct {
		symbol *elfSymbol
		entry  uintptr
	}
	var changes []change
	low, high := ^uintptr(0), uintptr(0)
	for i, names := range hookTable {
		for _, name := range names {
			s.each(name, func(symbol *elfSymbol) {
				if m.addr+uintptr(symbol.value) != hookReal[i] {
					return // another object's, or an older version that is not the same
				}
				changes = append(changes, change{symbol, hookEntries[i]})
				p := uintptr(unsafe.Pointer(symbol))
				low, high = min(low, p), max(high, p+unsafe.Sizeof(*symbol))
			})
		}
	}
	s.each("abort", func(symbol *elfSymbol) {
		hookAbort, hookAbortSize = uint64(m.addr)+symbol.value, symbol.size
	})
	if len(changes) == 0 {
		return nil
	}
	page := uintptr(hookPage)
	low, high = low&^(page-1), (high+page-1)&^(page-1)
	protection := s.protection(low)
	if err := protect(low, high-low, protection|unix.PROT_WRITE); err != nil {
		return fmt.Errorf("the C library's symbol table cannot be written: %w", err)
	}
	for _, c := range changes {
		c.symbol.value = uint64(c.entry - m.addr)
	}
	return protect(low, high-low, protection)
}

// each calls f for the symbols of a name that the object defines: one for each version.
func (s *symbolNames) each(name string, f func(*elfSymbol)) {
	hash := uint32(5381)
	for _, c := range []byte(name) {
		hash = hash*33 + uint32(c)
	}
	word := func(i uint32) uint32 { return *(*uint32)(at(s.hash + uintptr(4*i))) }
	buckets, first, bloom := word(0), word(1), word(2)
	lists := 4 + 2*bloom
	if buckets == 0 {
		return
	}
	i := word(lists + hash%buckets)
	for ; i >= first; i++ {
		h := word(lists + buckets + i - first)
		symbol := (*elfSymbol)(at(s.symbols + uintptr(i)*unsafe.Sizeof(elfSymbol{})))
		if h|1 == hash|1 && symbol.section != 0 && s.isNamed(symbol, name) {
			f(symbol)
		}
		if h&1 != 0 {
			return
		}
	}
}

func (s *symbolNames) isNamed(symbol *elfSymbol, name string) bool {
	p := s.strings + uintptr(symbol.name)
	for i := range len(name) {
		if *(*byte)(at(p + uintptr(i))) != name[i] {
			return false
		}
	}
	return *(*byte)(at(p + uintptr(len(name)))) == 0
}

// protection is what may be done with the memory at addr, by the object's program headers.
func (s *symbolNames) protection(addr uintptr) uintptr {
	headers := s.base + *(*uintptr)(at(s.base + 32))
	size, n := *(*uint16)(at(s.base + 54)), *(*uint16)(at(s.base + 56))
	for i := range uintptr(n) {
		p := headers + i*uintptr(size)
		start, length := *(*uintptr)(at(p + 16)), *(*uintptr)(at(p + 40))
		if *(*uint32)(at(p)) == 1 && addr-(s.base+start) < length { // PT_LOAD
			flags := *(*uint32)(at(p + 4))
			return uintptr(flags&1)<<2 | uintptr(flags&2) | uintptr(flags&4)>>2 // PF_X, PF_W, PF_R
		}
	}
	return unix.PROT_READ
}

// protect is mprotect(2).
func protect(addr, size, protection uintptr) error {
	if _, _, errno := syscall.RawSyscall(unix.SYS_MPROTECT, addr, size, protection); errno != 0 {
		return errno
	}
	return nil
}
