// This file defines the handler of SIGINT of amd64: it marks a call that is in C and goes on to Go's. The
// offsets are those of slot (slot_unix.go).

#include "textflag.h"
#include "thread_amd64.h"

#define SYS_rt_sigaction 13
#define SYS_getpid 39
#define SYS_gettid 186
#define SYS_tgkill 234

GLOBL ·interruptHandler(SB), NOPTR, $8
DATA ·interruptHandler(SB)/8, $interruptSignal(SB)

// void interruptSignal(int signal, siginfo_t *info, ucontext_t *context), on the alternate signal stack.
TEXT interruptSignal(SB), NOSPLIT|NOFRAME, $0
	MOVQ $SYS_getpid, AX
	SYSCALL
	CMPQ AX, ·guardProcess(SB)
	JNE  child
	THREAD(AX)
	LEAQ ·slots(SB), R8
	MOVQ ·slotsUsed(SB), CX
find:
	CMPQ AX, 0(R8)
	JEQ  found
	ADDQ $64, R8
	DECQ CX
	JNE  find
	JMP  on
found:
	MOVQ 8(R8), R9
	TESTQ R9, R9
	JEQ  on
	CMPQ (6*8)(R9), $0
	JNE  on
	MOVQ $131, (6*8)(R9) // endInterrupt
on:
	MOVQ ·goInterrupt(SB), AX
	JMP  AX

	// Go does not live on in a child that C has forked: the signal ends it, as any program.
child:
	MOVQ AX, R12
	MOVQ DI, BX
	LEAQ ·defaultAction(SB), SI
	XORL DX, DX
	MOVQ $8, R10
	MOVQ $SYS_rt_sigaction, AX
	SYSCALL
	MOVQ $SYS_gettid, AX
	SYSCALL
	MOVQ R12, DI
	MOVQ AX, SI
	MOVQ BX, DX
	MOVQ $SYS_tgkill, AX
	SYSCALL
	RET
