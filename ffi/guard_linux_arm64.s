// This file defines the signal handler of arm64: a fault in C that we called ends the call. The
// offsets are those of slot (slot_unix.go), crashRecord (guard_linux.go), siginfo_t and ucontext_t of the kernel.

#include "textflag.h"
#include "thread_arm64.h"

#define SYS_futex 98
#define SYS_nanosleep 101
#define SYS_tgkill 131
#define SYS_rt_sigaction 134
#define SYS_rt_sigreturn 139
#define SYS_getpid 172
#define SYS_gettid 178

// ucontext_t
#define CTX_STACK 16
#define CTX_MASK 40
#define CTX_X0 184
#define CTX_X19 336
#define CTX_SP 432
#define CTX_PC 440
#define CTX_ESR 992

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
	MOVD $SYS_rt_sigreturn, R8
	SVC
	BRK

// void guardSignal(int signal, siginfo_t *info, ucontext_t *context), on the alternate signal stack.
TEXT guardSignal(SB), NOSPLIT|NOFRAME, $0
	MOVD ZR, R14
	B    guardFault(SB)

// The same, when a library was asked for a handler of its own (libraryHandler) and does not handle it.
TEXT guardTakes(SB), NOSPLIT|NOFRAME, $0
	MOVD $1, R14
	B    guardFault(SB)

TEXT guardFault(SB), NOSPLIT|NOFRAME, $0
	// The handler itself reads a stack that may not be there.
	MOVD CTX_PC(R2), R9
	MOVD $guardCopy(SB), R10
	CMP  R10, R9
	BLO  who
	MOVD $guardCopied(SB), R10
	CMP  R10, R9
	BHS  who
	MOVD $guardSkip(SB), R10
	MOVD R10, CTX_PC(R2)
	RET

who:
	THREAD(R9)
	MOVD $·slots(SB), R4
	MOVD ·slotsUsed(SB), R10
	MOVD ZR, R12
find:
	MOVD 0(R4), R11
	CMP  R9, R11
	BNE  another
	MOVD 8(R4), R5
	CBNZ R5, found
	MOVD $1, R12
another:
	ADD  $64, R4
	SUB  $1, R10
	CBNZ R10, find
	CBNZ R12, idle

	// A thread that has made no call of ours.
	CMPW $50, R0
	BEQ  unasked
	MOVD CTX_PC(R2), R9
	MOVD ·goText(SB), R10
	CMP  R10, R9
	BLO  stray
	MOVD ·goTextEnd(SB), R10
	CMP  R10, R9
	BHS  stray
	MOVD ·hookTextStart(SB), R10
	CMP  R10, R9
	BLO  goes
	MOVD ·hookTextEnd(SB), R10
	CMP  R10, R9
	BLO  stray
goes:
	MOVW 8(R1), R9 // si_code: SI_USER, SI_QUEUE, SI_TKILL
	CBZ  R9, sent
	CMNW $1, R9
	BEQ  sent
	CMNW $6, R9
	BEQ  sent
theirs:
	// Go's own affair: its handler takes over with the same arguments.
	MOVD $·goHandlers(SB), R9
	MOVD (R9)(R0<<3), R9
	JMP  (R9)

sent:
	// What C sends to its own process, by kill(2), may come to any thread. It is meant for the code that is under way.
	MOVWU 16(R1), R9
	MOVD ·guardProcess(SB), R10
	CMP  R10, R9
	BNE  theirs
	MOVD ·guardOff(SB), R10
	CBNZ R10, theirs
	MOVD $·slots(SB), R10
	MOVD 8(R10), R11
	CBZ  R11, done // none is: it was for a call that is over
	MOVD R0, R2
	MOVD R9, R0
	MOVD 32(R10), R1
	MOVD $SYS_tgkill, R8
	SVC
	RET

found:
	CMPW $50, R0
	BEQ  ending
	CBZ  R14, ask
	MOVD ·guardOff(SB), R9
	CBNZ R9, default
	MOVD R0, R12
	MOVD $SYS_getpid, R8
	SVC
	MOVD ·guardProcess(SB), R9
	CMP  R0, R9
	MOVD R12, R0
	BNE  default // a child that C has forked

record:
	MOVD 48(R4), R6
	MOVD R30, R15
	CALL guardRecord(SB)
	MOVD R15, R30
	MOVWU R0, R9
	MOVD R9, (6*8)(R5)

	// Back from the signal the thread is on the way out of the call.
	MOVD R5, CTX_X19(R2)
	MOVD $callCEnded(SB), R9
	MOVD R9, CTX_PC(R2)
	MOVD 24(R4), R9
	MOVD R9, CTX_MASK(R2)
	// C may have set another alternate signal stack, or be on it: Go's is to be in force again.
	MOVD (3*8)(R5), R9
	MOVD R9, CTX_SP(R2)
	MOVD $REC_ALTERNATE(R6), R10
	MOVD 0(R10), R9
	MOVD R9, CTX_STACK(R2)
	MOVD 8(R10), R9
	MOVD R9, (CTX_STACK+8)(R2)
	MOVD 16(R10), R9
	MOVD R9, (CTX_STACK+16)(R2)
	MOVD 40(R4), R9
	ADD  $1, R9
	MOVD R9, 40(R4)

	// A lock that pthread_create needs is given back at once: Go may have to make a thread before it runs what
	// looks after the others. With a call around this one it may be that call's.
	MOVD ·threadLock(SB), R0
	CBZ  R0, done
	MOVD (5*8)(R5), R9
	CBNZ R9, done
	MOVWU 32(R4), R9
	MOVWU 8(R0), R10
	CMP  R9, R10
	BNE  done
	MOVW ZR, 4(R0)
	MOVW ZR, 8(R0)
	MOVWU 12(R0), R9
	SUB  $1, R9
	MOVW R9, 12(R0)
unlock:
	LDAXRW (R0), R9
	STLXRW ZR, (R0), R10
	CBNZ R10, unlock
	CMPW $2, R9
	BNE  done // nobody waits
	MOVD $129, R1 // FUTEX_WAKE_PRIVATE
	MOVD $1, R2
	MOVD $SYS_futex, R8
	SVC
done:
	RET

idle:
	// The thread runs Go, or C on Go's behalf.
	CMPW $50, R0
	BEQ  done
	JMP  goes

ending:
	MOVD 16(R4), R9
	CMP  $2, R9
	BEQ  now
	CMP  $3, R9
	BEQ  mark
	CMP  $1, R9
	BNE  unasked
	MOVD CTX_PC(R2), R9
	MOVD ·heapText(SB), R10
	SUB  R10, R9, R9
	MOVD ·heapTextSize(SB), R10
	CMP  R10, R9
	BCC  done // in the middle of malloc: it will be asked again
	MOVD ·heapLock(SB), R10
	CBZ  R10, now
	MOVWU (R10), R10
	CBNZ R10, done // the same, in what malloc calls, most likely
now:
	MOVD ZR, 16(R4)
	JMP  record
mark:
	MOVD ZR, 16(R4)
	MOVD (6*8)(R5), R9
	CBNZ R9, done
	MOVD $128, R9
	MOVD R9, (6*8)(R5)
	RET

unasked:
	CBNZ R14, done
ask:
	B    libraryHandler(SB)

default:
	// No guard is wanted: the signal does what it does in any program. What was sent and not
	// caused by an instruction has to be sent once more.
	MOVD R0, R12
	MOVD R1, R13
	MOVD $·defaultAction(SB), R1
	MOVD ZR, R2
	MOVD $8, R3
	MOVD $SYS_rt_sigaction, R8
	SVC
	MOVW 8(R13), R9
	CMPW $0, R9
	BGT  caused
	MOVD $SYS_gettid, R8
	SVC
	MOVD R0, R1
	MOVD $SYS_getpid, R8
	SVC
	MOVD R12, R2
	MOVD $SYS_tgkill, R8
	SVC
caused:
	RET

stray:
	CBZ  R14, ask
	MOVD ·guardOff(SB), R9
	CBNZ R9, default
	MOVD R0, R12
	MOVD $SYS_getpid, R8
	SVC
	MOVD ·guardProcess(SB), R9
	CMP  R0, R9
	MOVD R12, R0
	BNE  default
	// A thread that the library made: it leaves a record, waits until that was read, and ends.
	MOVD $·strays(SB), R6
	MOVD $4, R10
claim:
	LDAXR (R6), R9
	CBNZ  R9, next
	MOVD  $1, R11
	STLXR R11, (R6), R9
	CBNZ  R9, claim
	B     claimed
next:
	ADD  $(REC_ALTERNATE+24), R6
	SUB  $1, R10
	CBNZ R10, claim
	CALL guardNap(SB)
	B    stray
claimed:
	MOVD R0, R12
	MOVD $SYS_gettid, R8
	SVC
	MOVD R0, REC_TID(R6)
	MOVD R12, R0
	MOVD ZR, R5
	CALL guardRecord(SB)
	MOVD $2, R9
	MOVD $REC_STATE(R6), R10
	STLR R9, (R10)
	MOVD $·strayBell(SB), R10
ring:
	LDAXRW (R10), R9
	ADD    $1, R9
	STLXRW R9, (R10), R11
	CBNZ   R11, ring
	MOVD R10, R0
	MOVD $129, R1 // FUTEX_WAKE_PRIVATE
	MOVD $1, R2
	MOVD $SYS_futex, R8
	SVC
	MOVD $3000, R12 // three seconds at most, then it is not waited for any longer
wait:
	MOVD $REC_STATE(R6), R10
	LDAR (R10), R9
	CMP  $3, R9
	BEQ  end
	CALL guardNap(SB)
	SUB  $1, R12
	CBNZ R12, wait
end:
	MOVD $REC_STATE(R6), R10
	STLR ZR, (R10)
	B    hookThreadGone(SB)

// Sleeps for a millisecond.
TEXT guardNap(SB), NOSPLIT|NOFRAME, $0
	SUB  $48, RSP
	STP  (R0, R1), 16(RSP)
	STP  (R2, R8), 32(RSP)
	MOVD ZR, 0(RSP)
	MOVD $1000000, R0
	MOVD R0, 8(RSP)
	MOVD RSP, R0
	MOVD ZR, R1
	MOVD $SYS_nanosleep, R8
	SVC
	LDP  16(RSP), (R0, R1)
	LDP  32(RSP), (R2, R8)
	ADD  $48, RSP
	RET

// Fills the record at r6 from the signal w0, the info at r1 and the context at r2. The stack is
// copied up to the frame at r5, where there is one. Keeps all these, r4, r12 and r15.
TEXT guardRecord(SB), NOSPLIT|NOFRAME, $0
	MOVWU R0, R9
	MOVD R9, REC_SIGNAL(R6)
	MOVW 8(R1), R9
	MOVD R9, REC_CODE(R6)
	MOVD 16(R1), R9
	MOVD R9, REC_ADDR(R6)
	MOVD ZR, REC_ERR(R6)
	MOVD ZR, REC_TRAP(R6)
	// The cause, where the kernel tells it (esr_context).
	MOVWU CTX_ESR(R2), R9
	MOVD $0x45535201, R10
	CMP  R10, R9
	BNE  registers
	MOVD (CTX_ESR+8)(R2), R9
	MOVD R9, REC_ERR(R6)
	MOVD $1, R9
	MOVD R9, REC_TRAP(R6)
registers:
	ADD  $CTX_X0, R2, R9
	ADD  $REC_REGS, R6, R10
	MOVD $34, R11 // x0 to x30, sp, pc, pstate
copy:
	MOVD.P 8(R9), R13
	MOVD.P R13, 8(R10)
	SUB  $1, R11
	CBNZ R11, copy
	MOVD CTX_SP(R2), R9
	MOVD $STACK_COPY, R11
	CBZ  R5, all
	MOVD (3*8)(R5), R10
	SUB  R9, R10, R10
	CMP  R11, R10
	BHS  all // more, or the stack pointer is not on this stack
	MOVD R10, R11
all:
	MOVD R11, REC_LENGTH(R6)
	ADD  $REC_STACK, R6, R10
	CBZ  R11, none
	B    guardCopy(SB)
none:
	RET

// Copies r11 bytes from r9 to r10. A fault in it comes back in guardSkip.
TEXT guardCopy(SB), NOSPLIT|NOFRAME, $0
again:
	MOVBU (R9), R13
	MOVB R13, (R10)
	ADD  $1, R9
	ADD  $1, R10
	SUB  $1, R11
	CBNZ R11, again
	RET

// The page at r9 is not there: zeros stand for what is left of it.
TEXT guardCopied(SB), NOSPLIT|NOFRAME, $0
	RET
TEXT guardSkip(SB), NOSPLIT|NOFRAME, $0
	ORR  $4095, R9, R13
	ADD  $1, R13
skip:
	MOVB ZR, (R10)
	ADD  $1, R9
	ADD  $1, R10
	SUB  $1, R11
	CBZ  R11, over
	CMP  R13, R9
	BNE  skip
	B    guardCopy(SB)
over:
	RET
