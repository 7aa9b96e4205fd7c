// This file defines the handler of SIGINT of arm64: it marks a call that is in C and goes on to Go's. The
// offsets are those of slot (slot_unix.go).

#include "textflag.h"
#include "thread_arm64.h"

GLOBL ·interruptHandler(SB), NOPTR, $8
DATA ·interruptHandler(SB)/8, $interruptSignal(SB)

// void interruptSignal(int signal, siginfo_t *info, ucontext_t *context), on the alternate signal stack.
TEXT interruptSignal(SB), NOSPLIT|NOFRAME, $0
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
