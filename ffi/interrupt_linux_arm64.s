// This file defines the handler of SIGINT of arm64: it marks a call that is in C and goes on to Go's. The
// offsets are those of slot (slot_unix.go).

#include "textflag.h"
#include "thread_arm64.h"

#define SYS_tgkill 131
#define SYS_rt_sigaction 134
#define SYS_getpid 172
#define SYS_gettid 178

GLOBL ·interruptHandler(SB), NOPTR, $8
DATA ·interruptHandler(SB)/8, $interruptSignal(SB)

// void interruptSignal(int signal, siginfo_t *info, ucontext_t *context), on the alternate signal stack.
TEXT interruptSignal(SB), NOSPLIT|NOFRAME, $0
	MOVD R0, R12
	MOVD $SYS_getpid, R8
	SVC
	MOVD ·guardProcess(SB), R9
	CMP  R9, R0
	BNE  child
	MOVD R12, R0
	THREAD(R9)
	MOVD $·slots(SB), R4
	MOVD ·slotsUsed(SB), R10
find:
	MOVD 0(R4), R11
	CMP  R9, R11
	BEQ  found
	ADD  $64, R4
	SUB  $1, R10
	CBNZ R10, find
	B    on
found:
	MOVD 8(R4), R5
	CBZ  R5, on
	MOVD (6*8)(R5), R9
	CBNZ R9, on
	MOVD $131, R9 // endInterrupt
	MOVD R9, (6*8)(R5)
on:
	MOVD ·goInterrupt(SB), R9
	JMP  (R9)

	// Go does not live on in a child that C has forked: the signal ends it, as any program.
child:
	MOVD R0, R13
	MOVD R12, R0
	MOVD $·defaultAction(SB), R1
	MOVD ZR, R2
	MOVD $8, R3
	MOVD $SYS_rt_sigaction, R8
	SVC
	MOVD $SYS_gettid, R8
	SVC
	MOVD R0, R1
	MOVD R13, R0
	MOVD R12, R2
	MOVD $SYS_tgkill, R8
	SVC
	RET
