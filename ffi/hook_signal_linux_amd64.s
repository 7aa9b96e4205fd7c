// This file defines what libraries get on amd64 when they ask for signals: the functions that set actions, and how
// their handlers are called. The guard's own handler stays in place (guard_linux_amd64.s). Code of C runs
// it, on any thread: no Go, no stack but C's.

#include "textflag.h"
#include "thread_amd64.h"
#include "hook_amd64.h"

// int sigaction(int signal, const struct sigaction *act, struct sigaction *old)
TEXT hookSigaction(SB), NOSPLIT|NOFRAME, $0
	CALL  hookKept(SB)
	JCC   other
	TESTQ SI, SI
	JEQ   peek
	MOVQ  ACT_HANDLER(SI), R9
	MOVLQZX ACT_FLAGS(SI), R10
	MOVQ  ACT_MASK(SI), R11
	MOVQ  ACT_RESTORER(SI), AX
	CALL  hookSwap(SB)
	JMP   tell
peek:
	MOVQ  0(R8), R9
	MOVQ  8(R8), R10
	MOVQ  16(R8), R11
	MOVQ  24(R8), AX
tell:
	TESTQ DX, DX
	JEQ   done
	MOVQ  R9, ACT_HANDLER(DX)
	MOVQ  R11, ACT_MASK(DX)
	MOVL  $15, CX
zeros:
	MOVQ  $0, ACT_MASK(DX)(CX*8)
	DECQ  CX
	JNE   zeros
	MOVL  R10, ACT_FLAGS(DX)
	MOVQ  AX, ACT_RESTORER(DX)
done:
	XORL  AX, AX
	RET

other:
	TESTQ R8, R8
	JNE   ours
	MOVQ  REAL(4), R11
	JMP   R11 // no such signal
ours:
	PUSHQ BP
	MOVQ  SP, BP
	PUSHQ BX
	PUSHQ R12
	PUSHQ R13
	PUSHQ R14
	PUSHQ R15
	SUBQ  $168, SP
	MOVL  DI, BX
	MOVQ  DX, R12
	MOVQ  R8, R13
	MOVQ  0(R13), R14
	MOVQ  8(R13), R15
	TESTQ SI, SI
	JEQ   real
	MOVQ  ACT_HANDLER(SI), AX
	CMPQ  AX, $1
	JLS   real
	CMPQ  AX, ·goHandlers+(11*8)(SB)
	JEQ   real // what Go had is put back
	MOVL  $19, CX
copy:
	MOVQ  -8(SI)(CX*8), R9
	MOVQ  R9, -8(SP)(CX*8)
	DECQ  CX
	JNE   copy
	MOVLQZX ACT_FLAGS(SP), CX
	MOVQ  CX, 8(R13)
	MOVQ  AX, 0(R13)
	LEAQ  hookDeliver(SB), AX
	MOVQ  AX, ACT_HANDLER(SP)
	ORL   $(SA_ONSTACK|SA_SIGINFO), ACT_FLAGS(SP)
	MOVQ  SP, SI
real:
	MOVL  BX, DI
	MOVQ  R12, DX
	MOVQ  REAL(4), R11
	CALL  R11
	TESTL AX, AX
	JNE   failed
	TESTQ R12, R12
	JEQ   out
	LEAQ  hookDeliver(SB), CX
	CMPQ  CX, ACT_HANDLER(R12)
	JNE   out
	MOVQ  R14, ACT_HANDLER(R12)
	MOVL  R15, ACT_FLAGS(R12)
	JMP   out
failed:
	MOVQ  R14, 0(R13)
	MOVQ  R15, 8(R13)
out:
	ADDQ  $168, SP
	POPQ  R15
	POPQ  R14
	POPQ  R13
	POPQ  R12
	POPQ  BX
	POPQ  BP
	RET

// handler *signal(int signal, handler *), and its relatives: flags in r9, mask in r10, the real one in r11
TEXT hookSignal(SB), NOSPLIT|NOFRAME, $0
	LEAL -1(DI), CX
	MOVL $1, R10
	SHLQ CX, R10
	MOVL $SA_RESTART, R9
	MOVQ REAL(5), R11
	JMP  hookHandler(SB)
TEXT hookSysvSignal(SB), NOSPLIT|NOFRAME, $0
	XORL R10, R10
	MOVL $(SA_RESETHAND|SA_NODEFER), R9
	MOVQ REAL(6), R11
	JMP  hookHandler(SB)
TEXT hookSigset(SB), NOSPLIT|NOFRAME, $0
	XORL R10, R10
	XORL R9, R9
	MOVQ REAL(7), R11
	JMP  hookHandler(SB)
TEXT hookHandler(SB), NOSPLIT|NOFRAME, $0
	CALL  hookKept(SB)
	JCC   other
	MOVQ  0(R8), AX
	CMPQ  SI, $2 // SIG_HOLD: to block it
	JEQ   held
	CMPQ  SI, $-1 // SIG_ERR
	JEQ   real
	XORL  AX, AX
	MOVQ  R10, R11
	MOVQ  R9, R10
	MOVQ  SI, R9
	CALL  hookSwap(SB)
	MOVQ  R9, AX
held:
	RET
real:
	JMP   R11

other:
	TESTQ R8, R8
	JEQ   real
	PUSHQ BP
	MOVQ  SP, BP
	PUSHQ BX
	PUSHQ R12
	PUSHQ R13
	SUBQ  $168, SP
	MOVL  DI, BX
	MOVQ  R8, R12
	MOVQ  0(R12), R13
	CALL  R11
	LEAQ  hookDeliver(SB), CX
	CMPQ  AX, CX
	JEQ   known
	MOVQ  AX, R13
known:
	CMPQ  AX, $-1
	JEQ   out
	MOVL  BX, DI
	XORL  SI, SI
	MOVQ  SP, DX
	MOVQ  REAL(4), R11
	CALL  R11
	TESTL AX, AX
	JNE   out
	MOVQ  ACT_HANDLER(SP), AX
	CMPQ  AX, $1
	JLS   out
	CMPQ  AX, ·goHandlers+(11*8)(SB)
	JEQ   out
	LEAQ  hookDeliver(SB), CX
	CMPQ  AX, CX
	JEQ   out
	MOVLQZX ACT_FLAGS(SP), CX
	MOVQ  CX, 8(R12)
	MOVQ  AX, 0(R12)
	LEAQ  hookDeliver(SB), AX
	MOVQ  AX, ACT_HANDLER(SP)
	ORL   $(SA_ONSTACK|SA_SIGINFO), ACT_FLAGS(SP)
	MOVL  BX, DI
	MOVQ  SP, SI
	XORL  DX, DX
	MOVQ  REAL(4), R11
	CALL  R11
out:
	MOVQ  R13, AX
	ADDQ  $168, SP
	POPQ  R13
	POPQ  R12
	POPQ  BX
	POPQ  BP
	RET

// int sighold(int signal)
TEXT hookSighold(SB), NOSPLIT|NOFRAME, $0
	LEAL -1(DI), AX
	CMPL AX, $64
	JCC  real
	MOVQ $NEVER, CX
	BTQ  AX, CX
	JCS  none
real:
	MOVQ REAL(8), R11
	JMP  R11
none:
	XORL AX, AX
	RET

// int sigignore(int signal)
TEXT hookSigignore(SB), NOSPLIT|NOFRAME, $0
	CALL hookKept(SB)
	JCC  real
	MOVL $1, R9
	XORL R10, R10
	XORL R11, R11
	XORL AX, AX
	CALL hookSwap(SB)
	XORL AX, AX
	RET
real:
	MOVQ REAL(9), R11
	JMP  R11

// int sigsetmask(int mask), int sigblock(int mask)
TEXT hookSigsetmask(SB), NOSPLIT|NOFRAME, $0
	ANDL $~(NEVER & 0xFFFFFFFF), DI
	MOVQ REAL(10), R11
	JMP  R11
TEXT hookSigblock(SB), NOSPLIT|NOFRAME, $0
	ANDL $~(NEVER & 0xFFFFFFFF), DI
	MOVQ REAL(11), R11
	JMP  R11

// int sigaltstack(const stack_t *new, stack_t *old): the signal stacks of threads that run Go stay what they are.
TEXT hookSigaltstack(SB), NOSPLIT|NOFRAME, $0
	TESTQ DI, DI
	JEQ  real
	CALL hookFrame(SB)
	TESTQ R8, R8
	JEQ  real
	TESTQ SI, SI
	JEQ  done
	MOVQ $0, 0(SI)
	MOVQ $2, 8(SI) // SS_DISABLE
	MOVQ $0, 16(SI)
done:
	XORL AX, AX
	RET
real:
	MOVQ REAL(12), R11
	JMP  R11

// A signal that a library handles: in Go's code on the alternate stack, whatever the library asked for, for the
// stacks of goroutines have no room; in C on C's stack, where callbacks may come from.
TEXT hookDeliver(SB), NOSPLIT|NOFRAME, $0
	LEAQ  ·libraryActions(SB), R12
	MOVLQZX DI, R15
	SHLQ  $5, R15
	ADDQ  R15, R12
	MOVQ  0(R12), R14
	MOVQ  R14, R15
	CALL  hookFrame(SB)
	TESTQ R8, R8
	JNE   move
	// Not in a call of ours: a thread that has a g runs Go, or C on Go's behalf. Those of libraries have one only
	// while a callback is under way.
	MOVQ  (TLS), AX
	TESTQ AX, AX
	JNE   stay
move:
	MOVQ  8(R12), R9
	JMP   hookChoose(SB)
stay:
	CMPQ  R14, ·stub0(SB)
	JCS   run
	CMPQ  R14, ·hookStubEnd(SB)
	JCS   late
run:
	JMP   R14
late:
	// A callback: Go cannot be entered out of Go. handleLate does it.
	LEAL  -1(DI), CX
	MOVL  $1, AX
	SHLQ  CX, AX
	LOCK
	ORQ   AX, ·lateSignals(SB)
	LOCK
	INCL  ·strayBell(SB)
	LEAQ  ·strayBell(SB), DI
	MOVQ  $129, SI // FUTEX_WAKE_PRIVATE
	MOVQ  $1, DX
	MOVQ  $SYS_futex, AX
	SYSCALL
	RET

// Goes on at r14 on the stack that the library wants, by its flags in r9, at r15 where that has no room. An
// alternate stack is only what the library has made one: Go's and ours it knows nothing of.
TEXT hookChoose(SB), NOSPLIT|NOFRAME, $0
	TESTL $SA_ONSTACK, R9
	JEQ   move
	CALL  hookFrame(SB)
	TESTQ R8, R8
	JNE   move
	MOVQ  CTX_SS_SP(DX), R8
	MOVQ  CTX_SS_SIZE(DX), R9
	MOVQ  ·hookBlockSize(SB), R10
	SUBQ  ·hookPage(SB), R10
	SUBQ  $BLOCK_HEADER, R10
	CMPQ  R9, R10
	JNE   stay
	ADDQ  R8, R9
	SUBQ  ·hookPage(SB), R8
	CMPQ  R8, BLOCK_LOW(R9)
	JEQ   move
stay:
	JMP   R14
move:
	JMP   hookMove(SB)

// Moves from the signal stack to that of the code that was interrupted, with all that the kernel put there, and
// goes on at r14. Where there is no room for it, it goes on at r15 and has not moved.
TEXT hookMove(SB), NOSPLIT|NOFRAME, $0
	TESTL $2, CTX_SS_FLAGS(DX) // SS_DISABLE
	JNE   stay
	MOVQ  SP, AX
	SUBQ  CTX_SS_SP(DX), AX
	CMPQ  AX, CTX_SS_SIZE(DX)
	JCC   stay
	MOVQ  CTX_RSP(DX), AX
	SUBQ  CTX_SS_SP(DX), AX
	CMPQ  AX, CTX_SS_SIZE(DX)
	JCS   stay // the code that was interrupted handles a signal itself

	// What the kernel put there reaches up to the end of the vector registers.
	MOVQ  CTX_FP(DX), R8
	TESTQ R8, R8
	JEQ   stay
	MOVL  $512, R9
	CMPL  464(R8), $0x46505853 // FP_XSTATE_MAGIC1
	JNE   old
	MOVL  468(R8), R9
old:
	ADDQ  R8, R9
	SUBQ  SP, R9
	CMPQ  R9, $32768
	JHI   stay

	// It goes below the red zone, as far from a multiple of 64 as it is here.
	MOVQ  CTX_RSP(DX), R8
	SUBQ  $(128+64), R8
	SUBQ  R9, R8
	ANDQ  $~63, R8
	MOVQ  SP, AX
	ANDQ  $63, AX
	ADDQ  AX, R8

	// Is there a stack? The kernel can tell without a fault.
	MOVQ  DI, BX
	MOVQ  SI, R12
	MOVQ  DX, R13
	MOVQ  R8, DX
probe:
	XORL  DI, DI
	XORL  SI, SI
	MOVQ  $8, R10
	MOVQ  $SYS_rt_sigprocmask, AX
	SYSCALL
	TESTQ AX, AX
	JNE   none
	ADDQ  $4096, DX
	LEAQ  -8(R8)(R9*1), AX
	CMPQ  DX, AX
	JCS   probe
	SUBQ  $4096, DX
	CMPQ  DX, AX
	MOVQ  AX, DX
	JCS   probe // the last bytes

	CLD
	MOVQ  SP, SI
	MOVQ  R8, DI
	MOVQ  R9, CX
	REP; MOVSB
	MOVQ  R8, AX
	SUBQ  SP, AX
	MOVQ  BX, DI
	LEAQ  (R12)(AX*1), SI
	LEAQ  (R13)(AX*1), DX
	ADDQ  AX, CTX_FP(DX)
	MOVQ  R8, SP
stay:
	JMP   R14
none:
	MOVQ  BX, DI
	MOVQ  R12, SI
	MOVQ  R13, DX
	JMP   R15

// The guard asks before it takes a signal, with its own arguments and stack: does the library handle it? Then
// things are as if the kernel had called its handler; else they go on at guardTakes.
TEXT libraryHandler(SB), NOSPLIT|NOFRAME, $0
	LEAQ  ·libraryActions(SB), R8
	MOVLQZX DI, CX
	SHLQ  $5, CX
	ADDQ  CX, R8
	MOVQ  0(R8), R14
	CMPQ  R14, $1
	JCS   guard
	MOVQ  CTX_RIP(DX), R9
	CMPQ  R9, ·hookTextStart(SB)
	JCS   asked
	CMPQ  R9, ·hookTextEnd(SB)
	JCS   guard // what we refuse is not the library's to handle
asked:
	CMPQ  R14, $1
	JEQ   ignored

	// In the handler of a signal the signal is blocked, and then the kernel would not ask.
	LEAL  -1(DI), CX
	MOVL  $1, R11
	SHLQ  CX, R11
	MOVQ  R11, AX
	ANDQ  $NOTED, AX
	SHLQ  $UP, AX
	TESTQ AX, CTX_MASK(DX)
	JNE   guard

	// A fault that nothing is done about comes again and again.
	CMPL  8(SI), $0
	JLE   sent
	LEAQ  CTX_REGS(DX), AX
	MOVL  $16, CX
	XORL  R10, R10
hash:
	ROLQ  $7, R10
	XORQ  -8(AX)(CX*8), R10
	DECQ  CX
	JNE   hash
	MOVQ  16(SI), AX
	CMPQ  R9, ·hookLoop+0(SB)
	JNE   fresh
	CMPQ  AX, ·hookLoop+8(SB)
	JNE   fresh
	CMPQ  R10, ·hookLoop+16(SB)
	JNE   fresh
	INCQ  ·hookLoop+24(SB)
	CMPQ  ·hookLoop+24(SB), $1000
	JCS   sent
	MOVQ  $0, ·hookLoop+24(SB)
	JMP   guard
fresh:
	MOVQ  R9, ·hookLoop+0(SB)
	MOVQ  AX, ·hookLoop+8(SB)
	MOVQ  R10, ·hookLoop+16(SB)
	MOVQ  $0, ·hookLoop+24(SB)
sent:
	MOVQ  8(R8), R9
	MOVQ  16(R8), AX
	TESTL $SA_NODEFER, R9
	JNE   mask
	ORQ   R11, AX
mask:
	MOVQ  R8, R10
	CALL  hookTranslate(SB)
	ORQ   CTX_MASK(DX), AX
	MOVQ  $~NEVER, CX
	ANDQ  CX, AX
	TESTL $SA_RESETHAND, R9
	JEQ   keep
	MOVQ  $0, 0(R10)
	ANDQ  $~SA_SIGINFO, 8(R10)
keep:
	LEAQ  hookHandled(SB), CX
	MOVQ  CX, 0(SP) // in place of guardReturn
	MOVQ  DI, BX
	MOVQ  SI, R12
	MOVQ  DX, R13
	PUSHQ AX
	MOVQ  $2, DI // SIG_SETMASK
	MOVQ  SP, SI
	XORL  DX, DX
	MOVQ  $8, R10
	MOVQ  $SYS_rt_sigprocmask, AX
	SYSCALL
	POPQ  AX
	MOVQ  BX, DI
	MOVQ  R12, SI
	MOVQ  R13, DX
	LEAQ  hookNoRoom(SB), R15
	JMP   hookChoose(SB)

ignored:
	CMPL  8(SI), $0
	JGT   guard // the kernel does not ignore those that an instruction causes
	CMPL  DI, $6
	JNE   return
	CALL  hookAborts(SB)
	JNE   guard
return:
	RET
guard:
	LEAQ  guardTakes(SB), AX // through a register, for the linker takes a circle for a recursion
	JMP   AX

// The stack has overflowed: the kernel would not call a handler either.
TEXT hookNoRoom(SB), NOSPLIT|NOFRAME, $0
	LEAQ guardReturn(SB), AX
	MOVQ AX, 0(SP)
	JMP  guardTakes(SB)

// The library's handler returns to here, with the context at rsp and the info behind it.
TEXT hookHandled(SB), NOSPLIT|NOFRAME, $0
	MOVQ SP, DX
	LEAQ CTX_SIZE(SP), SI
	MOVLQZX 0(SI), DI
	MOVQ $~NEVER, AX
	ANDQ AX, CTX_MASK(DX)
	CMPL DI, $6
	JNE  return
	CALL hookAborts(SB)
	JEQ  return
	LEAQ guardReturn(SB), AX
	PUSHQ AX
	JMP  guardTakes(SB)
return:
	MOVQ $SYS_rt_sigreturn, AX
	SYSCALL
	INT  $3

// Clears ZF when the context at rdx is of a signal that abort raises: it ends the process when the handler
// returns. Its return address is close. Uses rax, rcx and r8.
TEXT hookAborts(SB), NOSPLIT|NOFRAME, $0
	MOVQ CTX_RSP(DX), R8
	MOVL $64, CX
word:
	MOVQ -8(R8)(CX*8), AX
	SUBQ ·hookAbort(SB), AX
	CMPQ AX, ·hookAbortSize(SB)
	JCS  yes
	DECQ CX
	JNE  word
	RET // ZF is set
yes:
	CMPQ CX, $0
	RET

TEXT hookTextLast(SB), NOSPLIT|NOFRAME, $0
	INT $3
