// This file defines the signal handler of amd64: a fault in C that we called ends the call. The
// offsets are those of slot (slot_unix.go), crashRecord (guard_linux.go), siginfo_t and ucontext_t of the kernel.

#include "textflag.h"
#include "thread_amd64.h"

#define SYS_rt_sigreturn 15
#define SYS_nanosleep 35
#define SYS_getpid 39
#define SYS_gettid 186
#define SYS_futex 202
#define SYS_tgkill 234
#define SYS_rt_sigaction 13

// ucontext_t
#define CTX_STACK 16
#define CTX_REGS 40
#define CTX_RBX 128
#define CTX_RSP 160
#define CTX_RIP 168
#define CTX_FLAGS 176
#define CTX_ERR 192
#define CTX_TRAP 200
#define CTX_FLOAT 224 // where the floating-point state lies, which has MXCSR at 24
#define CTX_MASK 296

#define REC_STATE 0
#define REC_SIGNAL 8
#define REC_CODE 16
#define REC_ADDR 24
#define REC_ERR 32
#define REC_TRAP 40
#define REC_TID 48
#define REC_LENGTH 56
#define REC_REGS 64
#define REC_STACK 384
#define REC_ALTERNATE 65920

// Copies are of at most this much stack.
#define STACK_COPY 65536

GLOBL ·guardHandler(SB), NOPTR, $8
DATA ·guardHandler(SB)/8, $guardSignal(SB)
GLOBL ·guardRestorer(SB), NOPTR, $8
DATA ·guardRestorer(SB)/8, $guardReturn(SB)
GLOBL ·goText(SB), NOPTR, $8
DATA ·goText(SB)/8, $runtime·text(SB)
GLOBL ·goTextEnd(SB), NOPTR, $8
DATA ·goTextEnd(SB)/8, $runtime·etext(SB)

// What the kernel returns to from the handler.
TEXT guardReturn(SB), NOSPLIT|NOFRAME, $0
	MOVQ $SYS_rt_sigreturn, AX
	SYSCALL
	INT  $3

// void guardSignal(int signal, siginfo_t *info, ucontext_t *context), on the alternate signal stack.
TEXT guardSignal(SB), NOSPLIT|NOFRAME, $0
	XORL R14, R14
	JMP  guardFault(SB)

// The same, when a library was asked for a handler of its own (libraryHandler) and does not handle it.
TEXT guardTakes(SB), NOSPLIT|NOFRAME, $0
	MOVL $1, R14
	JMP  guardFault(SB)

TEXT guardFault(SB), NOSPLIT|NOFRAME, $0
	// The handler itself reads a stack that may not be there.
	MOVQ CTX_RIP(DX), AX
	LEAQ guardCopy(SB), CX
	CMPQ AX, CX
	JCS  who
	LEAQ guardCopied(SB), CX
	CMPQ AX, CX
	JCC  who
	LEAQ guardSkip(SB), AX
	MOVQ AX, CTX_RIP(DX)
	RET

who:
	THREAD(AX)
	LEAQ ·slots(SB), R8
	MOVQ ·slotsUsed(SB), CX
	XORL R10, R10
find:
	CMPQ AX, 0(R8)
	JNE  next
	MOVQ 8(R8), R9
	TESTQ R9, R9
	JNE  found
	INCQ R10
next:
	ADDQ $64, R8
	DECQ CX
	JNE  find
	TESTQ R10, R10
	JNE  idle

	// A thread that has made no call of ours.
	CMPL DI, $50
	JEQ  unasked
	MOVQ CTX_RIP(DX), AX
	CMPQ AX, ·goText(SB)
	JCS  stray
	CMPQ AX, ·goTextEnd(SB)
	JCC  stray
	CMPQ AX, ·hookTextStart(SB)
	JCS  goes
	CMPQ AX, ·hookTextEnd(SB)
	JCS  stray
goes:
	CMPL DI, $8
	JNE  unchanged
	CMPL 8(SI), $3 // FPE_FLTDIV, the first of those of floating point
	JLT  unchanged
	MOVQ CTX_FLOAT(DX), AX
	TESTQ AX, AX
	JEQ  unchanged
	// C has asked for floating-point traps (feenableexcept) and returned. Go and Lua reckon without: off again.
	ORL  $0x1f80, 24(AX)
	ANDL $~0x3f, 24(AX)
	RET
unchanged:
	CMPL 8(SI), $0 // si_code: SI_USER, SI_QUEUE, SI_TKILL
	JEQ  sent
	CMPL 8(SI), $-1
	JEQ  sent
	CMPL 8(SI), $-6
	JEQ  sent
theirs:
	// Go's own affair: its handler takes over with the same arguments.
	LEAQ ·goHandlers(SB), AX
	MOVL DI, CX
	MOVQ (AX)(CX*8), AX
	JMP  AX

sent:
	// What C sends to its own process, by kill(2), may come to any thread. It is meant for the code that is under way.
	MOVL 16(SI), AX
	CMPQ AX, ·guardProcess(SB)
	JNE  theirs
	CMPQ ·guardOff(SB), $0
	JNE  theirs
	LEAQ ·slots(SB), CX
	CMPQ 8(CX), $0
	JEQ  done // none is: it was for a call that is over
	MOVL DI, DX
	MOVL AX, DI
	MOVQ 32(CX), SI
	MOVQ $SYS_tgkill, AX
	SYSCALL
	RET

found:
	CMPL DI, $50
	JEQ  ending
	TESTQ R14, R14
	JEQ  ask
	CMPQ ·guardOff(SB), $0
	JNE  default
	MOVQ $SYS_getpid, AX
	SYSCALL
	CMPQ AX, ·guardProcess(SB)
	JNE  default // a child that C has forked

record:
	MOVQ 48(R8), R10
	CALL guardRecord(SB)
	MOVL DI, AX
	MOVQ AX, (6*8)(R9)

	// Back from the signal the thread is on the way out of the call.
	MOVQ R9, CTX_RBX(DX)
	LEAQ callCEnded(SB), AX
	MOVQ AX, CTX_RIP(DX)
	MOVQ 24(R8), AX
	MOVQ AX, CTX_MASK(DX)
	// C may have set another alternate signal stack, or be on it: Go's is to be in force again.
	MOVQ (3*8)(R9), AX
	MOVQ AX, CTX_RSP(DX)
	MOVQ REC_ALTERNATE(R10), AX
	MOVQ AX, CTX_STACK(DX)
	MOVQ (REC_ALTERNATE+8)(R10), AX
	MOVQ AX, (CTX_STACK+8)(DX)
	MOVQ (REC_ALTERNATE+16)(R10), AX
	MOVQ AX, (CTX_STACK+16)(DX)
	ANDQ $~(1<<8 | 1<<10 | 1<<14 | 1<<18), CTX_FLAGS(DX) // trap, direction, nested task, alignment check
	INCQ 40(R8)

	// A lock that pthread_create needs is given back at once: Go may have to make a thread before it runs what
	// looks after the others. With a call around this one it may be that call's.
	MOVQ ·threadLock(SB), DI
	TESTQ DI, DI
	JEQ  done
	CMPQ (5*8)(R9), $0
	JNE  done
	MOVL 32(R8), AX
	CMPL AX, 8(DI)
	JNE  done
	MOVL $0, 4(DI)
	MOVL $0, 8(DI)
	DECL 12(DI)
	XORL AX, AX
	XCHGL AX, 0(DI)
	CMPL AX, $2
	JNE  done // nobody waits
	MOVQ $129, SI // FUTEX_WAKE_PRIVATE
	MOVQ $1, DX
	MOVQ $SYS_futex, AX
	SYSCALL
done:
	RET

idle:
	// The thread runs Go, or C on Go's behalf.
	CMPL DI, $50
	JEQ  done
	JMP  goes

ending:
	MOVQ 16(R8), AX
	CMPQ AX, $2
	JEQ  now
	CMPQ AX, $3
	JEQ  mark
	CMPQ AX, $1
	JNE  unasked
	MOVQ CTX_RIP(DX), CX
	SUBQ ·heapText(SB), CX
	CMPQ CX, ·heapTextSize(SB)
	JCS  done // in the middle of malloc: it will be asked again
	MOVQ ·heapLock(SB), CX
	TESTQ CX, CX
	JEQ  now
	CMPL (CX), $0
	JNE  done // the same, in what malloc calls, most likely
now:
	MOVQ $0, 16(R8)
	JMP  record
mark:
	MOVQ $0, 16(R8)
	CMPQ (6*8)(R9), $0
	JNE  done
	MOVQ $128, (6*8)(R9)
	RET

unasked:
	TESTQ R14, R14
	JNE  done
ask:
	JMP  libraryHandler(SB)

default:
	// No guard is wanted: the signal does what it does in any program. What was sent and not
	// caused by an instruction has to be sent once more.
	MOVQ DI, BX
	MOVQ SI, R12
	LEAQ ·defaultAction(SB), SI
	XORL DX, DX
	MOVQ $8, R10
	MOVQ $SYS_rt_sigaction, AX
	SYSCALL
	CMPL 8(R12), $0
	JGT  caused
	MOVQ $SYS_gettid, AX
	SYSCALL
	MOVQ AX, SI
	MOVQ $SYS_getpid, AX
	SYSCALL
	MOVQ AX, DI
	MOVQ BX, DX
	MOVQ $SYS_tgkill, AX
	SYSCALL
caused:
	RET

stray:
	TESTQ R14, R14
	JEQ  ask
	CMPQ ·guardOff(SB), $0
	JNE  default
	MOVQ $SYS_getpid, AX
	SYSCALL
	CMPQ AX, ·guardProcess(SB)
	JNE  default
	// A thread that the library made: it leaves a record, waits until that was read, and ends.
	LEAQ ·strays(SB), R10
	MOVQ $4, CX
claim:
	XORL AX, AX
	MOVQ $1, R11
	LOCK
	CMPXCHGQ R11, REC_STATE(R10)
	JEQ  claimed
	ADDQ $(REC_ALTERNATE+24), R10
	DECQ CX
	JNE  claim
	CALL guardNap(SB)
	JMP  stray
claimed:
	MOVQ DX, R12
	MOVQ DI, BX
	MOVQ SI, R13
	MOVQ R10, R15
	MOVQ $SYS_gettid, AX
	SYSCALL
	MOVQ R15, R10
	MOVQ AX, REC_TID(R10)
	MOVQ BX, DI
	MOVQ R13, SI
	MOVQ R12, DX
	XORL R9, R9
	CALL guardRecord(SB)
	MOVQ $2, REC_STATE(R10)
	LOCK
	INCL ·strayBell(SB)
	LEAQ ·strayBell(SB), DI
	MOVQ $129, SI // FUTEX_WAKE_PRIVATE
	MOVQ $1, DX
	MOVQ $SYS_futex, AX
	MOVQ R10, BX
	SYSCALL
	MOVQ $3000, R12 // three seconds at most, then it is not waited for any longer
wait:
	CMPQ REC_STATE(BX), $3
	JEQ  end
	CALL guardNap(SB)
	DECQ R12
	JNE  wait
end:
	MOVQ $0, REC_STATE(BX)
	JMP  hookThreadGone(SB)

// Sleeps for a millisecond.
TEXT guardNap(SB), NOSPLIT|NOFRAME, $0
	PUSHQ DI
	PUSHQ SI
	PUSHQ DX
	PUSHQ $1000000
	PUSHQ $0
	MOVQ  SP, DI
	XORL  SI, SI
	MOVQ  $SYS_nanosleep, AX
	SYSCALL
	POPQ  AX
	POPQ  AX
	POPQ  DX
	POPQ  SI
	POPQ  DI
	RET

// Fills the record at r10 from the signal edi, the info at rsi and the context at rdx. The stack
// is copied up to the frame at r9, where there is one. Keeps all these and r8.
TEXT guardRecord(SB), NOSPLIT|NOFRAME, $0
	MOVL    DI, AX
	MOVQ    AX, REC_SIGNAL(R10)
	MOVLQSX 8(SI), AX
	MOVQ    AX, REC_CODE(R10)
	MOVQ    16(SI), AX
	MOVQ    AX, REC_ADDR(R10)
	MOVQ    CTX_ERR(DX), AX
	MOVQ    AX, REC_ERR(R10)
	MOVQ    CTX_TRAP(DX), AX
	MOVQ    AX, REC_TRAP(R10)
	PUSHQ   DI
	PUSHQ   SI
	CLD
	LEAQ    CTX_REGS(DX), SI
	LEAQ    REC_REGS(R10), DI
	MOVQ    $23, CX
	REP; MOVSQ
	MOVQ    CTX_RSP(DX), SI
	SUBQ    $128, SI // with the red zone (3.2.2)
	MOVQ    $STACK_COPY, CX
	TESTQ   R9, R9
	JEQ     all
	MOVQ    (3*8)(R9), AX
	SUBQ    SI, AX
	CMPQ    AX, CX
	JCC     all // more, or the stack pointer is not on this stack
	MOVQ    AX, CX
all:
	MOVQ    CX, REC_LENGTH(R10)
	LEAQ    REC_STACK(R10), DI
	CALL    guardCopy(SB)
	POPQ    SI
	POPQ    DI
	RET

// Copies rcx bytes from rsi to rdi. A fault in it comes back in guardSkip.
TEXT guardCopy(SB), NOSPLIT|NOFRAME, $0
	REP; MOVSB
	RET

// The page at rsi is not there: zeros stand for what is left of it.
TEXT guardCopied(SB), NOSPLIT|NOFRAME, $0
	RET
TEXT guardSkip(SB), NOSPLIT|NOFRAME, $0
	MOVQ CX, R11
	MOVQ SI, CX
	ORQ  $4095, CX
	INCQ CX
	SUBQ SI, CX // to the next page
	CMPQ CX, R11
	JCS  part
	MOVQ R11, CX
part:
	SUBQ CX, R11
	ADDQ CX, SI
	XORL AX, AX
	REP; STOSB
	MOVQ R11, CX
	JMP  guardCopy(SB)
