// This file defines what libraries get on arm64 when they call those functions of libc that make and end threads, block
// signals, or jump (hook_linux.go). Code of C runs it, on any thread: no Go, no stack but C's.

#include "textflag.h"
#include "thread_arm64.h"
#include "hook_arm64.h"

// In the order of hookTable.
GLOBL ·hookEntries(SB), NOPTR, $(18*8)
DATA ·hookEntries+(0*8)(SB)/8, $hookPthreadCreate(SB)
DATA ·hookEntries+(1*8)(SB)/8, $hookThrdCreate(SB)
DATA ·hookEntries+(2*8)(SB)/8, $hookPthreadSigmask(SB)
DATA ·hookEntries+(3*8)(SB)/8, $hookSigprocmask(SB)
DATA ·hookEntries+(4*8)(SB)/8, $hookSigaction(SB)
DATA ·hookEntries+(5*8)(SB)/8, $hookSignal(SB)
DATA ·hookEntries+(6*8)(SB)/8, $hookSysvSignal(SB)
DATA ·hookEntries+(7*8)(SB)/8, $hookSigset(SB)
DATA ·hookEntries+(8*8)(SB)/8, $hookSighold(SB)
DATA ·hookEntries+(9*8)(SB)/8, $hookSigignore(SB)
DATA ·hookEntries+(10*8)(SB)/8, $hookSigsetmask(SB)
DATA ·hookEntries+(11*8)(SB)/8, $hookSigblock(SB)
DATA ·hookEntries+(12*8)(SB)/8, $hookSigaltstack(SB)
DATA ·hookEntries+(13*8)(SB)/8, $hookLongjmp(SB)
DATA ·hookEntries+(14*8)(SB)/8, $hookLongjmpChk(SB)
DATA ·hookEntries+(15*8)(SB)/8, $hookPthreadExit(SB)
DATA ·hookEntries+(16*8)(SB)/8, $hookThrdExit(SB)
DATA ·hookEntries+(17*8)(SB)/8, $hookTimerCreate(SB)

GLOBL ·hookTextStart(SB), NOPTR, $8
DATA ·hookTextStart(SB)/8, $hookText(SB)
GLOBL ·hookTextEnd(SB), NOPTR, $8
DATA ·hookTextEnd(SB)/8, $hookTextLast(SB)
GLOBL ·hookJumpTrap(SB), NOPTR, $8
DATA ·hookJumpTrap(SB)/8, $hookJumpRefused(SB)
GLOBL ·hookExitTrap(SB), NOPTR, $8
DATA ·hookExitTrap(SB)/8, $hookExitRefused(SB)
GLOBL ·hookThreadEnds(SB), NOPTR, $8
DATA ·hookThreadEnds(SB)/8, $hookThreadEnd(SB)
GLOBL ·hookProbe(SB), NOPTR, $8
DATA ·hookProbe(SB)/8, $hookSetjmp(SB)

// What lies from here to hookTextLast is C's, for the guard, though it is in Go's text.
TEXT hookText(SB), NOSPLIT|NOFRAME, $0
	BRK

// int pthread_create(pthread_t *, const pthread_attr_t *, void *(*start)(void *), void *arg)
TEXT hookPthreadCreate(SB), NOSPLIT|NOFRAME, $0
	SUB  $64, RSP
	STP  (R29, R30), 0(RSP)
	MOVD RSP, R29
	STP  (R0, R1), 16(RSP)
	STP  (R2, R3), 32(RSP)
	CALL hookBlock(SB)
	MOVD R9, 48(RSP)
	LDP  16(RSP), (R0, R1)
	LDP  32(RSP), (R2, R3)
	CBZ  R9, create // without one, as it would be without us
	MOVD R2, BLOCK_START(R9)
	MOVD R3, BLOCK_ARG(R9)
	MOVD $hookThread(SB), R2
	MOVD R9, R3
create:
	REAL(0)
	CALL (R10)
	MOVD 48(RSP), R9
	CALL hookCreated(SB)
	LDP  0(RSP), (R29, R30)
	ADD  $64, RSP
	RET

// int thrd_create(thrd_t *, int (*start)(void *), void *arg)
TEXT hookThrdCreate(SB), NOSPLIT|NOFRAME, $0
	SUB  $64, RSP
	STP  (R29, R30), 0(RSP)
	MOVD RSP, R29
	STP  (R0, R1), 16(RSP)
	MOVD R2, 32(RSP)
	CALL hookBlock(SB)
	MOVD R9, 48(RSP)
	LDP  16(RSP), (R0, R1)
	MOVD 32(RSP), R2
	CBZ  R9, create
	MOVD R1, BLOCK_START(R9)
	MOVD R2, BLOCK_ARG(R9)
	MOVD $hookThread(SB), R1
	MOVD R9, R2
create:
	REAL(1)
	CALL (R10)
	MOVD 48(RSP), R9
	CALL hookCreated(SB)
	LDP  0(RSP), (R29, R30)
	ADD  $64, RSP
	RET

// Gives a new block's header in r9, or 0: a page that nobody may touch, room for signals, the header.
TEXT hookBlock(SB), NOSPLIT|NOFRAME, $0
	MOVD ZR, R0
	LOAD(·hookBlockSize, R1)
	MOVD $3, R2       // PROT_READ | PROT_WRITE
	MOVD $0x20022, R3 // MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK
	MOVD $-1, R4
	MOVD ZR, R5
	MOVD $SYS_mmap, R8
	SVC
	LSR  $12, R0, R10
	MOVD $0xFFFFFFFFFFFFF, R11
	CMP  R11, R10
	BEQ  none // an error: -4095 to -1
	MOVD R0, R11
	LOAD(·hookPage, R1)
	MOVD ZR, R2
	MOVD $SYS_mprotect, R8
	SVC
	LOAD(·hookBlockSize, R9)
	ADD  R11, R9, R9
	SUB  $BLOCK_HEADER, R9
	MOVD R11, BLOCK_LOW(R9)
	RET
none:
	MOVD ZR, R9
	RET

// Gives the block with its header at r9 back when the result in w0 says that no thread was made. Keeps w0.
TEXT hookCreated(SB), NOSPLIT|NOFRAME, $0
	CBZW R0, out
	CBZ  R9, out
	MOVD R0, R10
	MOVD BLOCK_LOW(R9), R0
	LOAD(·hookBlockSize, R1)
	MOVD $SYS_munmap, R8
	SVC
	MOVD R10, R0
out:
	RET

// A new thread begins, with the header of its block in x0.
TEXT hookThread(SB), NOSPLIT|NOFRAME, $0
	SUB  $48, RSP
	MOVD R30, 40(RSP)
	MOVD R0, 32(RSP)
	MOVD BLOCK_LOW(R0), R9
	LOAD(·hookPage, R10)
	ADD  R10, R9, R9
	MOVD R9, 0(RSP)
	MOVD ZR, 8(RSP)
	SUB  R9, R0, R0
	MOVD R0, 16(RSP)
	MOVD RSP, R0
	MOVD ZR, R1
	MOVD $SYS_sigaltstack, R8
	SVC
	// Who made it may have blocked signals where we do not see it.
	MOVD $NEVER, R9
	MOVD R9, 24(RSP)
	MOVD $1, R0 // SIG_UNBLOCK
	ADD  $24, RSP, R1
	MOVD ZR, R2
	MOVD $8, R3
	MOVD $SYS_rt_sigprocmask, R8
	SVC
	// A slot that there is belongs to a thread that has ended, of which this one has the block.
	THREAD(R9)
	MOVD $·slots(SB), R11
	LOAD(·slotsUsed, R12)
stale:
	MOVD (R11), R10
	CMP  R9, R10
	BNE  next
	MOVD ZR, 8(R11)
	MOVD 56(R11), R10
	ADD  $1, R10
	MOVD R10, 56(R11)
	STLR ZR, (R11) // last, for then it is anybody's
next:
	ADD  $64, R11
	SUB  $1, R12
	CBNZ R12, stale
	LOAD(·hookKey, R0)
	MOVD 32(RSP), R1
	LOAD(·hookSetSpecific, R10)
	CALL (R10)
	MOVD 32(RSP), R9
	MOVD 40(RSP), R30
	MOVD BLOCK_ARG(R9), R0
	MOVD BLOCK_START(R9), R10
	ADD  $48, RSP
	JMP  (R10) // it returns to libc

// The key's destructor, with the header in x0. It asks to be called again until the last round, for the
// destructors of other keys may run C and, in callbacks, Go.
TEXT hookThreadEnd(SB), NOSPLIT|NOFRAME, $0
	MOVD BLOCK_ROUNDS(R0), R9
	ADD  $1, R9
	MOVD R9, BLOCK_ROUNDS(R0)
	CMP  $4, R9 // PTHREAD_DESTRUCTOR_ITERATIONS
	BHS  last
	MOVD R0, R1
	LOAD(·hookKey, R0)
	LOAD(·hookSetSpecific, R10)
	JMP  (R10)
last:
	SUB  $48, RSP
	MOVD BLOCK_LOW(R0), R9
	MOVD R9, 32(RSP)
	MOVD ZR, R0
	MOVD RSP, R1
	MOVD $SYS_sigaltstack, R8
	SVC
	MOVD 32(RSP), R9
	LOAD(·hookPage, R10)
	ADD  R10, R9, R9
	MOVD 0(RSP), R10
	CMP  R10, R9
	BNE  unmap // the library has put its own in place
	MOVD $2, R9
	MOVD R9, 8(RSP) // SS_DISABLE
	MOVD RSP, R0
	MOVD ZR, R1
	MOVD $SYS_sigaltstack, R8
	SVC
unmap:
	MOVD 32(RSP), R0
	LOAD(·hookBlockSize, R1)
	MOVD $SYS_munmap, R8
	SVC
	ADD  $48, RSP
	RET

// The guard ends a thread that has crashed: its block, which this runs on, goes with it. libc gives the thread's
// stack to a later thread with what is thread-specific as it was, the block, what libraries have, and Go's own, so
// none of that must be found there.
TEXT hookThreadGone(SB), NOSPLIT|NOFRAME, $0
	SUB  $32, RSP
	MOVD $-1, R9
	MOVD R9, 24(RSP)
	MOVD $2, R0 // SIG_SETMASK
	ADD  $24, RSP, R1
	MOVD ZR, R2
	MOVD $8, R3
	MOVD $SYS_rt_sigprocmask, R8
	SVC
	LOAD(·hookKeys, R19)
	CBZ  R19, forgotten
forget:
	SUB  $1, R19
	MOVD R19, R0
	MOVD ZR, R1
	LOAD(·hookSetSpecific, R10)
	CALL (R10) // those that are no keys are refused
	CBNZ R19, forget
forgotten:
	MOVD ZR, R0
	MOVD RSP, R1
	MOVD $SYS_sigaltstack, R8
	SVC
	MOVD 0(RSP), R9
	MOVD 16(RSP), R10
	LOAD(·hookPage, R11)
	LOAD(·hookBlockSize, R1)
	SUB  R11, R9, R0
	SUB  R11, R1, R12
	SUB  $BLOCK_HEADER, R12
	CMP  R12, R10
	BNE  gone
	ADD  R10, R9, R9
	MOVD BLOCK_LOW(R9), R9
	CMP  R9, R0
	BNE  gone
	MOVD $SYS_munmap, R8
	SVC
gone:
	MOVD ZR, R0
	MOVD $SYS_exit, R8
	SVC
	BRK

// int timer_create(clockid_t, struct sigevent *, timer_t *): where the timer is to call a function, libc makes the
// threads itself, with all signals blocked. What is allocated here stays for as long as the timer may ring, which
// is to say for good.
TEXT hookTimerCreate(SB), NOSPLIT|NOFRAME, $0
	CBZ  R1, real
	MOVW EVENT_NOTIFY(R1), R9
	CMPW $2, R9 // SIGEV_THREAD
	BNE  real
	SUB  $112, RSP
	STP  (R29, R30), 64(RSP)
	ADD  $64, RSP, R29
	MOVD R19, 80(RSP)
	STP  (R0, R2), 96(RSP)
	LDP  0(R1), (R9, R10)
	STP  (R9, R10), 0(RSP)
	LDP  16(R1), (R9, R10)
	STP  (R9, R10), 16(RSP)
	LDP  32(R1), (R9, R10)
	STP  (R9, R10), 32(RSP)
	LDP  48(R1), (R9, R10)
	STP  (R9, R10), 48(RSP)
	MOVD $16, R0
	LOAD(·hookMalloc, R10)
	CALL (R10)
	MOVD R0, R19
	CBZ  R0, create
	MOVD EVENT_FUNCTION(RSP), R9
	MOVD R9, 0(R0)
	MOVD EVENT_VALUE(RSP), R9
	MOVD R9, 8(R0)
	MOVD $hookRings(SB), R9
	MOVD R9, EVENT_FUNCTION(RSP)
	MOVD R0, EVENT_VALUE(RSP)
create:
	LDP  96(RSP), (R0, R2)
	MOVD RSP, R1
	REAL(17)
	CALL (R10)
	CBZW R0, out
	MOVD R0, 96(RSP)
	MOVD R19, R0
	LOAD(·hookFree, R10)
	CALL (R10)
	MOVD 96(RSP), R0
out:
	MOVD 80(RSP), R19
	LDP  64(RSP), (R29, R30)
	ADD  $112, RSP
	RET
real:
	REAL(17)
	JMP  (R10)

// A timer's thread begins, with what hookTimerCreate allocated in x0.
TEXT hookRings(SB), NOSPLIT|NOFRAME, $0
	MOVD R0, R12
	MOVD R30, R13
	CALL hookBlock(SB)
	MOVD R13, R30
	LDP  0(R12), (R10, R0)
	CBZ  R9, plain
	MOVD R10, BLOCK_START(R9)
	MOVD R0, BLOCK_ARG(R9)
	MOVD R9, R0
	B    hookThread(SB)
plain:
	JMP  (R10)

// int pthread_sigmask(int how, const sigset_t *set, sigset_t *old), and sigprocmask
TEXT hookPthreadSigmask(SB), NOSPLIT|NOFRAME, $0
	REAL(2)
	B    hookMask(SB)
TEXT hookSigprocmask(SB), NOSPLIT|NOFRAME, $0
	REAL(3)
	B    hookMask(SB)
TEXT hookMask(SB), NOSPLIT|NOFRAME, $0
	SUB  $160, RSP
	STP  (R29, R30), 128(RSP)
	ADD  $128, RSP, R29
	MOVD R19, 144(RSP)
	MOVD R2, R19
	CBZ  R1, change
	MOVD (R1), R9
	CALL hookTranslate(SB)
	MOVD R9, 0(RSP)
	MOVD ZR, 8(RSP)
	STP  (ZR, ZR), 16(RSP)
	STP  (ZR, ZR), 32(RSP)
	STP  (ZR, ZR), 48(RSP)
	STP  (ZR, ZR), 64(RSP)
	STP  (ZR, ZR), 80(RSP)
	STP  (ZR, ZR), 96(RSP)
	STP  (ZR, ZR), 112(RSP)
	MOVD RSP, R1
change:
	CALL (R10)
	CBNZW R0, out
	CBZ  R19, out
	MOVD (R19), R9 // what stands in for a signal stands for it
	LSR  $UP, R9, R11
	MOVD $NOTED, R12
	AND  R12, R11
	ORR  R11, R9
	MOVD R9, (R19)
out:
	MOVD 144(RSP), R19
	LDP  128(RSP), (R29, R30)
	ADD  $160, RSP
	RET

// In the set r9 the signals that nobody blocks make way for those that are blocked in their place. Uses r11 and r12.
TEXT hookTranslate(SB), NOSPLIT|NOFRAME, $0
	MOVD $NOTED, R12
	AND  R12, R9, R11
	LSL  $UP, R11
	MOVD $NEVER, R12
	BIC  R12, R9
	ORR  R11, R9
	RET

// Gives in r9 whether the action of signal w0 is kept in libraryActions. r11 is its entry there, 0 where the signal is
// none of ours: a child that C has forked has no guard, and one of vfork would write to our memory. Uses r12.
TEXT hookKept(SB), NOSPLIT|NOFRAME, $0
	SUBW $1, R0, R12
	CMPW $64, R12
	BHS  no
	MOVWU R0, R11
	LSL  $5, R11
	MOVD $·libraryActions(SB), R9
	ADD  R9, R11
	MOVD $KEPT, R9
	LSR  R12, R9
	TBNZ $0, R9, ask
	MOVD ZR, R9
	RET
ask:
	MOVD R0, R12
	MOVD $SYS_getpid, R8
	SVC
	LOAD(·guardProcess, R9)
	CMP  R0, R9
	MOVD R12, R0
	BNE  no
	MOVD $1, R9
	RET
no:
	MOVD ZR, R9
	MOVD ZR, R11
	RET

// Swaps the entry at r11: handler in r12, flags in r13, mask in r14, restorer in r15. Uses r9.
TEXT hookSwap(SB), NOSPLIT|NOFRAME, $0
	MOVD $(1<<8 | 1<<18), R9
	BIC  R9, R14 // KILL and STOP are nobody's
	MOVD 16(R11), R9
	MOVD R14, 16(R11)
	MOVD R9, R14
	MOVD 8(R11), R9
	MOVD R13, 8(R11)
	MOVD R9, R13
	MOVD 24(R11), R9
	MOVD R15, 24(R11)
	MOVD R9, R15
	MOVD 0(R11), R9
	STLR R12, (R11) // last, for it is what counts
	MOVD R9, R12
	RET

// Gives the words of the innermost call of ours on this thread in r11, 0 for none, and the thread in r9. Uses r12
// and r13.
TEXT hookFrame(SB), NOSPLIT|NOFRAME, $0
	THREAD(R9)
	MOVD $·slots(SB), R11
	LOAD(·slotsUsed, R12)
find:
	MOVD (R11), R13
	CMP  R13, R9
	BNE  next
	MOVD 8(R11), R13
	CBNZ R13, found
next:
	ADD  $64, R11
	SUB  $1, R12
	CBNZ R12, find
found:
	MOVD R13, R11
	CBNZ R12, out
	MOVD ZR, R11
out:
	RET

// void longjmp(jmp_buf, int), _longjmp, siglongjmp, and __longjmp_chk
TEXT hookLongjmp(SB), NOSPLIT|NOFRAME, $0
	REAL(13)
	B    hookJump(SB)
TEXT hookLongjmpChk(SB), NOSPLIT|NOFRAME, $0
	REAL(14)
	B    hookJump(SB)
TEXT hookJump(SB), NOSPLIT|NOFRAME, $0
	MOVD R30, R15
	CALL hookFrame(SB)
	MOVD R15, R30
	CBZ  R11, jump
	LOAD(·hookJumpSP, R14)
	CBZ  R14, jump // nobody knows what is where in a jmp_buf
	MOVD (R0)(R14), R14
	LOAD(·hookJumpPC, R15)
	MOVD (R0)(R15), R15
	LOAD(·hookJumpTurn, R13)
	ROR  R13, R14
	ROR  R13, R15
	LOAD(·hookJumpGuard, R13)
	EOR  R13, R14
	EOR  R13, R15
	// Into Go's text: setjmp was called by Lua, and has returned.
	LOAD(·goText, R13)
	CMP  R13, R15
	BLO  stack
	LOAD(·goTextEnd, R13)
	CMP  R13, R15
	BLO  refuse
stack:
	MOVD (3*8)(R11), R13
	CMP  R13, R14
	BLO  jump
	// Above where the call began: on this stack, or on another, which a library may switch to. A thread's
	// stack ends at its thread pointer, but for the main thread's.
	CMP  R13, R9
	BHS  ends
	LOAD(·hookStackEnd, R9)
ends:
	CMP  R9, R14
	BLO  refuse
jump:
	JMP  (R10)
refuse:
	B    hookJumpRefused(SB)

// The guard takes it from here: the registers are as the function was called with.
TEXT hookJumpRefused(SB), NOSPLIT|NOFRAME, $0
trap:
	BRK
	B    trap

// void pthread_exit(void *), void thrd_exit(int)
TEXT hookPthreadExit(SB), NOSPLIT|NOFRAME, $0
	MOVD R30, R15
	CALL hookFrame(SB)
	MOVD R15, R30
	CBNZ R11, refuse
	REAL(15)
	JMP  (R10)
refuse:
	B    hookExitRefused(SB)
TEXT hookThrdExit(SB), NOSPLIT|NOFRAME, $0
	MOVD R30, R15
	CALL hookFrame(SB)
	MOVD R15, R30
	CBNZ R11, refuse
	REAL(16)
	JMP  (R10)
refuse:
	B    hookExitRefused(SB)
TEXT hookExitRefused(SB), NOSPLIT|NOFRAME, $0
trap:
	BRK
	B    trap

// Finds out what setjmp writes: calls the function at 0(x0) with the jmp_buf at 24(x0), x1 bytes further down
// the stack than it has to, and notes the stack pointer and the return address.
TEXT hookSetjmp(SB), NOSPLIT|NOFRAME, $0
	SUB  $32, RSP
	STP  (R29, R30), 0(RSP)
	MOVD R19, 16(RSP)
	MOVD RSP, R29
	MOVD RSP, R9
	SUB  R1, R9
	MOVD R9, RSP
	MOVD R0, R19
	MOVD R9, 8(R19)
	ADD  $24, R19, R0
	MOVD (R19), R10
	CALL (R10)
	MOVD R30, 16(R19)
	MOVD R29, R9
	MOVD R9, RSP
	MOVD 16(RSP), R19
	LDP  0(RSP), (R29, R30)
	ADD  $32, RSP
	RET
