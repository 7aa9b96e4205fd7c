// This file defines what libraries get on amd64 when they call those functions of libc that make and end threads, block
// signals, or jump (hook_linux.go). Code of C runs it, on any thread: no Go, no stack but C's.

#include "textflag.h"
#include "thread_amd64.h"
#include "hook_amd64.h"

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
	INT $3

// int pthread_create(pthread_t *, const pthread_attr_t *, void *(*start)(void *), void *arg)
TEXT hookPthreadCreate(SB), NOSPLIT|NOFRAME, $0
	PUSHQ BP
	MOVQ  SP, BP
	SUBQ  $48, SP
	MOVQ  DI, 0(SP)
	MOVQ  SI, 8(SP)
	MOVQ  DX, 16(SP)
	MOVQ  CX, 24(SP)
	CALL  hookBlock(SB)
	MOVQ  AX, 32(SP)
	MOVQ  0(SP), DI
	MOVQ  8(SP), SI
	MOVQ  16(SP), DX
	MOVQ  24(SP), CX
	TESTQ AX, AX
	JEQ   create // without one, as it would be without us
	MOVQ  DX, BLOCK_START(AX)
	MOVQ  CX, BLOCK_ARG(AX)
	LEAQ  hookThread(SB), DX
	MOVQ  AX, CX
create:
	MOVQ  REAL(0), R11
	CALL  R11
	MOVQ  32(SP), DI
	CALL  hookCreated(SB)
	ADDQ  $48, SP
	POPQ  BP
	RET

// int thrd_create(thrd_t *, int (*start)(void *), void *arg)
TEXT hookThrdCreate(SB), NOSPLIT|NOFRAME, $0
	PUSHQ BP
	MOVQ  SP, BP
	SUBQ  $48, SP
	MOVQ  DI, 0(SP)
	MOVQ  SI, 8(SP)
	MOVQ  DX, 16(SP)
	CALL  hookBlock(SB)
	MOVQ  AX, 32(SP)
	MOVQ  0(SP), DI
	MOVQ  8(SP), SI
	MOVQ  16(SP), DX
	TESTQ AX, AX
	JEQ   create
	MOVQ  SI, BLOCK_START(AX)
	MOVQ  DX, BLOCK_ARG(AX)
	LEAQ  hookThread(SB), SI
	MOVQ  AX, DX
create:
	MOVQ  REAL(1), R11
	CALL  R11
	MOVQ  32(SP), DI
	CALL  hookCreated(SB)
	ADDQ  $48, SP
	POPQ  BP
	RET

// Gives a new block's header in rax, or 0: a page that nobody may touch, room for signals, the header.
TEXT hookBlock(SB), NOSPLIT|NOFRAME, $0
	XORL  DI, DI
	MOVQ  ·hookBlockSize(SB), SI
	MOVQ  $3, DX       // PROT_READ | PROT_WRITE
	MOVQ  $0x20022, R10 // MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK
	MOVQ  $-1, R8
	XORL  R9, R9
	MOVQ  $SYS_mmap, AX
	SYSCALL
	CMPQ  AX, $-4096
	JHI   none
	MOVQ  AX, R8
	MOVQ  AX, DI
	MOVQ  ·hookPage(SB), SI
	XORL  DX, DX
	MOVQ  $SYS_mprotect, AX
	SYSCALL
	MOVQ  R8, AX
	ADDQ  ·hookBlockSize(SB), AX
	SUBQ  $BLOCK_HEADER, AX
	MOVQ  R8, BLOCK_LOW(AX)
	RET
none:
	XORL AX, AX
	RET

// Gives the block with its header at rdi back when the result in rax says that no thread was made. Keeps rax.
TEXT hookCreated(SB), NOSPLIT|NOFRAME, $0
	TESTL AX, AX
	JEQ   out
	TESTQ DI, DI
	JEQ   out
	MOVQ  AX, R8
	MOVQ  BLOCK_LOW(DI), DI
	MOVQ  ·hookBlockSize(SB), SI
	MOVQ  $SYS_munmap, AX
	SYSCALL
	MOVQ  R8, AX
out:
	RET

// A new thread begins, with the header of its block in rdi.
TEXT hookThread(SB), NOSPLIT|NOFRAME, $0
	SUBQ $40, SP
	MOVQ DI, 32(SP)
	MOVQ BLOCK_LOW(DI), AX
	ADDQ ·hookPage(SB), AX
	MOVQ AX, 0(SP)
	MOVQ $0, 8(SP)
	SUBQ AX, DI
	MOVQ DI, 16(SP)
	MOVQ SP, DI
	XORL SI, SI
	MOVQ $SYS_sigaltstack, AX
	SYSCALL
	// Who made it may have blocked signals where we do not see it.
	MOVQ $NEVER, AX
	MOVQ AX, 24(SP)
	MOVQ $1, DI // SIG_UNBLOCK
	LEAQ 24(SP), SI
	XORL DX, DX
	MOVQ $8, R10
	MOVQ $SYS_rt_sigprocmask, AX
	SYSCALL
	// A slot that there is belongs to a thread that has ended, of which this one has the block.
	THREAD(AX)
	LEAQ ·slots(SB), R8
	MOVQ ·slotsUsed(SB), CX
stale:
	CMPQ AX, 0(R8)
	JNE  next
	MOVQ $0, 8(R8)
	INCQ 56(R8)
	MOVQ $0, 0(R8) // last, for then it is anybody's
next:
	ADDQ $64, R8
	DECQ CX
	JNE  stale
	MOVQ ·hookKey(SB), DI
	MOVQ 32(SP), SI
	MOVQ ·hookSetSpecific(SB), AX
	CALL AX
	MOVQ 32(SP), CX
	MOVQ BLOCK_ARG(CX), DI
	MOVQ BLOCK_START(CX), AX
	ADDQ $40, SP
	JMP  AX // it returns to libc

// The key's destructor, with the header in rdi. It asks to be called again until the last round, for the
// destructors of other keys may run C and, in callbacks, Go.
TEXT hookThreadEnd(SB), NOSPLIT|NOFRAME, $0
	INCQ BLOCK_ROUNDS(DI)
	CMPQ BLOCK_ROUNDS(DI), $4 // PTHREAD_DESTRUCTOR_ITERATIONS
	JCC  last
	MOVQ DI, SI
	MOVQ ·hookKey(SB), DI
	MOVQ ·hookSetSpecific(SB), AX
	JMP  AX
last:
	SUBQ $40, SP
	MOVQ BLOCK_LOW(DI), AX
	MOVQ AX, 32(SP)
	XORL DI, DI
	MOVQ SP, SI
	MOVQ $SYS_sigaltstack, AX
	SYSCALL
	MOVQ 32(SP), AX
	ADDQ ·hookPage(SB), AX
	CMPQ AX, 0(SP)
	JNE  unmap // the library has put its own in place
	MOVQ $2, 8(SP) // SS_DISABLE
	MOVQ SP, DI
	XORL SI, SI
	MOVQ $SYS_sigaltstack, AX
	SYSCALL
unmap:
	MOVQ 32(SP), DI
	MOVQ ·hookBlockSize(SB), SI
	MOVQ $SYS_munmap, AX
	SYSCALL
	ADDQ $40, SP
	RET

// The guard ends a thread that has crashed: its block, which this runs on, goes with it. libc gives the thread's
// stack to a later thread with what is thread-specific as it was, the block, what libraries have, and Go's own, so
// none of that must be found there.
TEXT hookThreadGone(SB), NOSPLIT|NOFRAME, $0
	SUBQ $32, SP
	ANDQ $~15, SP
	MOVQ $-1, 24(SP)
	MOVQ $2, DI // SIG_SETMASK
	LEAQ 24(SP), SI
	XORL DX, DX
	MOVQ $8, R10
	MOVQ $SYS_rt_sigprocmask, AX
	SYSCALL
	MOVQ ·hookKeys(SB), BX
	TESTQ BX, BX
	JEQ  forgotten
forget:
	DECQ BX
	MOVL BX, DI
	XORL SI, SI
	MOVQ ·hookSetSpecific(SB), AX
	CALL AX // those that are no keys are refused
	TESTQ BX, BX
	JNE  forget
forgotten:
	XORL DI, DI
	MOVQ SP, SI
	MOVQ $SYS_sigaltstack, AX
	SYSCALL
	MOVQ 0(SP), DI
	MOVQ 16(SP), AX
	SUBQ ·hookPage(SB), DI
	MOVQ ·hookBlockSize(SB), SI
	MOVQ SI, CX
	SUBQ ·hookPage(SB), CX
	SUBQ $BLOCK_HEADER, CX
	CMPQ AX, CX
	JNE  gone
	MOVQ 0(SP), CX
	CMPQ BLOCK_LOW(CX)(AX*1), DI
	JNE  gone
	MOVQ $SYS_munmap, AX
	SYSCALL
gone:
	XORL DI, DI
	MOVQ $SYS_exit, AX
	SYSCALL
	INT  $3

// int timer_create(clockid_t, struct sigevent *, timer_t *): where the timer is to call a function, libc makes the
// threads itself, with all signals blocked. What is allocated here stays for as long as the timer may ring, which
// is to say for good.
TEXT hookTimerCreate(SB), NOSPLIT|NOFRAME, $0
	TESTQ SI, SI
	JEQ   real
	CMPL  EVENT_NOTIFY(SI), $2 // SIGEV_THREAD
	JNE   real
	PUSHQ BP
	MOVQ  SP, BP
	PUSHQ BX
	SUBQ  $88, SP
	MOVL  $8, CX
copy:
	MOVQ  -8(SI)(CX*8), R9
	MOVQ  R9, -8(SP)(CX*8)
	DECQ  CX
	JNE   copy
	MOVL  DI, 64(SP)
	MOVQ  DX, 72(SP)
	MOVL  $16, DI
	MOVQ  ·hookMalloc(SB), R11
	CALL  R11
	MOVQ  AX, BX
	TESTQ AX, AX
	JEQ   create
	MOVQ  EVENT_FUNCTION(SP), CX
	MOVQ  CX, 0(AX)
	MOVQ  EVENT_VALUE(SP), CX
	MOVQ  CX, 8(AX)
	LEAQ  hookRings(SB), CX
	MOVQ  CX, EVENT_FUNCTION(SP)
	MOVQ  AX, EVENT_VALUE(SP)
create:
	MOVL  64(SP), DI
	MOVQ  SP, SI
	MOVQ  72(SP), DX
	MOVQ  REAL(17), R11
	CALL  R11
	TESTL AX, AX
	JEQ   out
	MOVL  AX, 64(SP)
	MOVQ  BX, DI
	MOVQ  ·hookFree(SB), R11
	CALL  R11
	MOVL  64(SP), AX
out:
	ADDQ  $88, SP
	POPQ  BX
	POPQ  BP
	RET
real:
	MOVQ  REAL(17), R11
	JMP   R11

// A timer's thread begins, with what hookTimerCreate allocated in rdi.
TEXT hookRings(SB), NOSPLIT|NOFRAME, $0
	PUSHQ DI
	CALL  hookBlock(SB)
	POPQ  CX
	MOVQ  0(CX), R8
	MOVQ  8(CX), DI
	TESTQ AX, AX
	JEQ   plain
	MOVQ  R8, BLOCK_START(AX)
	MOVQ  DI, BLOCK_ARG(AX)
	MOVQ  AX, DI
	JMP   hookThread(SB)
plain:
	JMP   R8

// int pthread_sigmask(int how, const sigset_t *set, sigset_t *old), and sigprocmask
TEXT hookPthreadSigmask(SB), NOSPLIT|NOFRAME, $0
	MOVQ REAL(2), R11
	JMP  hookMask(SB)
TEXT hookSigprocmask(SB), NOSPLIT|NOFRAME, $0
	MOVQ REAL(3), R11
	JMP  hookMask(SB)
TEXT hookMask(SB), NOSPLIT|NOFRAME, $0
	PUSHQ BP
	MOVQ  SP, BP
	PUSHQ BX
	SUBQ  $136, SP
	MOVQ  DX, BX
	TESTQ SI, SI
	JEQ   change
	MOVQ  (SI), AX
	CALL  hookTranslate(SB)
	MOVQ  AX, 0(SP)
	XORPS X0, X0
	MOVQ  $0, 8(SP)
	MOVUPS X0, 16(SP)
	MOVUPS X0, 32(SP)
	MOVUPS X0, 48(SP)
	MOVUPS X0, 64(SP)
	MOVUPS X0, 80(SP)
	MOVUPS X0, 96(SP)
	MOVUPS X0, 112(SP)
	MOVQ  SP, SI
change:
	CALL  R11
	TESTL AX, AX
	JNE   out
	TESTQ BX, BX
	JEQ   out
	MOVQ  (BX), CX // what stands in for a signal stands for it
	SHRQ  $UP, CX
	ANDQ  $NOTED, CX
	ORQ   CX, (BX)
out:
	ADDQ  $136, SP
	POPQ  BX
	POPQ  BP
	RET

// In the set rax the signals that nobody blocks make way for those that are blocked in their place. Uses rcx and r8.
TEXT hookTranslate(SB), NOSPLIT|NOFRAME, $0
	MOVQ AX, R8
	ANDQ $NOTED, R8
	SHLQ $UP, R8
	MOVQ $~NEVER, CX
	ANDQ CX, AX
	ORQ  R8, AX
	RET

// Sets CF when the action of signal edi is kept in libraryActions. r8 is its entry there, 0 where the signal is none
// of ours: a child that C has forked has no guard, and one of vfork would write to our memory. Uses rax and rcx.
TEXT hookKept(SB), NOSPLIT|NOFRAME, $0
	LEAL -1(DI), AX
	CMPL AX, $64
	JCC  no
	MOVLQZX DI, R8
	SHLQ $5, R8
	LEAQ ·libraryActions(SB), CX
	ADDQ CX, R8
	MOVQ $KEPT, CX
	BTQ  AX, CX
	JCS  ask
	RET
ask:
	PUSHQ R11
	MOVQ $SYS_getpid, AX
	SYSCALL
	POPQ R11
	CMPQ AX, ·guardProcess(SB)
	JNE  no
	STC
	RET
no:
	XORL R8, R8 // clears CF
	RET

// Swaps the entry at r8: handler in r9, flags in r10, mask in r11, restorer in rax.
TEXT hookSwap(SB), NOSPLIT|NOFRAME, $0
	ANDQ  $~(1<<8 | 1<<18), R11 // KILL and STOP are nobody's
	XCHGQ R11, 16(R8)
	XCHGQ R10, 8(R8)
	XCHGQ AX, 24(R8)
	XCHGQ R9, 0(R8) // last, for it is what counts
	RET

// Gives the words of the innermost call of ours on this thread in r8, 0 for none, and the thread in r9. Uses r10.
TEXT hookFrame(SB), NOSPLIT|NOFRAME, $0
	THREAD(R9)
	LEAQ ·slots(SB), R8
	MOVQ ·slotsUsed(SB), R10
find:
	CMPQ R9, 0(R8)
	JNE  next
	CMPQ 8(R8), $0
	JNE  found
next:
	ADDQ $64, R8
	DECQ R10
	JNE  find
	XORL R8, R8
	RET
found:
	MOVQ 8(R8), R8
	RET

// void longjmp(jmp_buf, int), _longjmp, siglongjmp, and __longjmp_chk
TEXT hookLongjmp(SB), NOSPLIT|NOFRAME, $0
	MOVQ REAL(13), R11
	JMP  hookJump(SB)
TEXT hookLongjmpChk(SB), NOSPLIT|NOFRAME, $0
	MOVQ REAL(14), R11
	JMP  hookJump(SB)
TEXT hookJump(SB), NOSPLIT|NOFRAME, $0
	CALL  hookFrame(SB)
	TESTQ R8, R8
	JEQ   jump
	MOVQ  ·hookJumpSP(SB), AX
	TESTQ AX, AX
	JEQ   jump // nobody knows what is where in a jmp_buf
	MOVQ  (DI)(AX*1), AX
	MOVQ  ·hookJumpPC(SB), R10
	MOVQ  (DI)(R10*1), R10
	MOVQ  ·hookJumpTurn(SB), CX
	RORQ  CX, AX
	RORQ  CX, R10
	XORQ  ·hookJumpGuard(SB), AX
	XORQ  ·hookJumpGuard(SB), R10
	// Into Go's text: setjmp was called by Lua, and has returned.
	CMPQ  R10, ·goText(SB)
	JCS   stack
	CMPQ  R10, ·goTextEnd(SB)
	JCS   refuse
stack:
	MOVQ  (3*8)(R8), R10
	CMPQ  AX, R10
	JCS   jump
	// Above where the call began: on this stack, or on another, which a library may switch to. A thread's
	// stack ends at its thread pointer, but for the main thread's.
	CMPQ  R9, R10
	JCC   ends
	MOVQ  ·hookStackEnd(SB), R9
ends:
	CMPQ  AX, R9
	JCS   refuse
jump:
	JMP   R11
refuse:
	JMP   hookJumpRefused(SB)

// The guard takes it from here: the stack is as the function was called with.
TEXT hookJumpRefused(SB), NOSPLIT|NOFRAME, $0
trap:
	BYTE $0xCC // INT3
	JMP  trap

// void pthread_exit(void *), void thrd_exit(int)
TEXT hookPthreadExit(SB), NOSPLIT|NOFRAME, $0
	CALL  hookFrame(SB)
	TESTQ R8, R8
	JNE   refuse
	MOVQ  REAL(15), R11
	JMP   R11
refuse:
	JMP   hookExitRefused(SB)
TEXT hookThrdExit(SB), NOSPLIT|NOFRAME, $0
	CALL  hookFrame(SB)
	TESTQ R8, R8
	JNE   refuse
	MOVQ  REAL(16), R11
	JMP   R11
refuse:
	JMP   hookExitRefused(SB)
TEXT hookExitRefused(SB), NOSPLIT|NOFRAME, $0
trap:
	BYTE $0xCC // INT3
	JMP  trap

// Finds out what setjmp writes: calls the function at 0(rdi) with the jmp_buf at 24(rdi), rsi bytes further down
// the stack than it has to, and notes the stack pointer and the return address.
TEXT hookSetjmp(SB), NOSPLIT|NOFRAME, $0
	PUSHQ BP
	MOVQ  SP, BP
	PUSHQ BX
	SUBQ  $8, SP
	SUBQ  SI, SP
	MOVQ  DI, BX
	MOVQ  SP, 8(BX)
	LEAQ  24(BX), DI
	CALL  (BX)
	MOVQ  -8(SP), AX
	MOVQ  AX, 16(BX)
	LEAQ  -8(BP), SP
	POPQ  BX
	POPQ  BP
	RET
