// This file defines the amd64 trampoline: one pointer to a frame in, registers
// and stack loaded from it, the result registers stored back. The word numbers
// are those of plan.go and abi_sysv.go, times eight.

//go:build linux || darwin

#include "textflag.h"
#include "thread_amd64.h"

GLOBL ·trampoline(SB), NOPTR, $8
DATA ·trampoline(SB)/8, $callC(SB)

GLOBL ·markedTrampoline(SB), NOPTR, $8
DATA ·markedTrampoline(SB)/8, $callCMarked(SB)
GLOBL ·refusedTrampoline(SB), NOPTR, $8
DATA ·refusedTrampoline(SB)/8, $callCRefused(SB)

// callC, with word that something else is to be looked at when it has returned (endStray).
TEXT callCMarked(SB), NOSPLIT|NOFRAME, $0
	MOVQ $128, (6*8)(DI)
	JMP  callC(SB)

// A call that is not made (endRefused).
TEXT callCRefused(SB), NOSPLIT|NOFRAME, $0
	MOVQ $130, (6*8)(DI)
	XORL AX, AX
	RET

// int32 callC(uint64_t *frame), by the C calling convention, on the system stack.
TEXT callC(SB), NOSPLIT|NOFRAME, $0
	PUSHQ BP
	MOVQ  SP, BP
	PUSHQ BX
	PUSHQ R12
	PUSHQ R13
	PUSHQ R14
	PUSHQ R15
	MOVQ  DI, BX        // rbx is callee-saved: C gives the frame back
	MOVQ  SP, (3*8)(BX) // guard: the way out restores this

	// The frame becomes the innermost of its thread's slot (slot_unix.go).
	MOVQ (7*8)(BX), CX
	THREAD(AX)
	MOVQ AX, 0(CX)
	MOVQ 8(CX), AX
	MOVQ AX, (5*8)(BX)
	MOVQ BX, 8(CX)
	SUBQ (8*8)(BX), SP // the cushion

	MOVQ (1*8)(BX), CX // stack words
	MOVQ CX, AX
	SHLQ $3, AX
	SUBQ AX, SP
	ANDQ (10*8)(BX), SP // 16 bytes (3.2.2), or what the most aligned argument asks for
	TESTQ CX, CX
	JEQ  load
	LEAQ (38*8)(BX), SI
	MOVQ SP, DI
	CLD
	REP; MOVSQ

load:
	MOVQ (22*8)(BX), X0
	MOVQ (23*8)(BX), X1
	MOVQ (24*8)(BX), X2
	MOVQ (25*8)(BX), X3
	MOVQ (26*8)(BX), X4
	MOVQ (27*8)(BX), X5
	MOVQ (28*8)(BX), X6
	MOVQ (29*8)(BX), X7
	MOVQ (16*8)(BX), DI
	MOVQ (17*8)(BX), SI
	MOVQ (18*8)(BX), DX
	MOVQ (19*8)(BX), CX
	MOVQ (20*8)(BX), R8
	MOVQ (21*8)(BX), R9
	MOVQ (2*8)(BX), AX  // al: vector registers used, for variadic functions
	MOVQ (0*8)(BX), R11
	CALL R11

	MOVQ AX, (30*8)(BX)
	MOVQ DX, (31*8)(BX)
	MOVQ X0, (32*8)(BX)
	MOVQ X1, (33*8)(BX)
	CMPQ (9*8)(BX), $0
	JEQ  out
	FMOVXP F0, (34*8)(BX) // st0 holds a result only when the signature says so
	CMPQ (9*8)(BX), $2
	JNE  out
	FMOVXP F0, (36*8)(BX) // the imaginary part, which was st1
out:
	JMP callCOut(SB)

// The way out of a call that is ended from outside: the signal handler points a thread at it that
// is deep inside C, with the frame in rbx. What C did to the floating-point environment goes with it.
TEXT callCEnded(SB), NOSPLIT|NOFRAME, $0
	MOVQ (3*8)(BX), SP
	BYTE $0xDB; BYTE $0xE3 // FNINIT
	MOVL $0x1F80, -8(SP)
	LDMXCSR -8(SP)
	JMP callCOut(SB)

// The way out, with the frame in rbx.
TEXT callCOut(SB), NOSPLIT|NOFRAME, $0
	MOVQ (3*8)(BX), SP
	MOVQ (7*8)(BX), CX
	MOVQ (5*8)(BX), AX
	MOVQ AX, 8(CX)
	XORL AX, AX
	// A long double result that the signature did not speak of is still on the x87
	// stack, which holds eight and must be empty between calls (3.2.1).
	EMMS
	CLD
	JMP  home // go vet takes the load of BP for a frame pointer lost; callC saved it
home:
	MOVQ 0(SP), R15 // loads, not pops: the assembler counts pushes per function
	MOVQ 8(SP), R14
	MOVQ 16(SP), R13
	MOVQ 24(SP), R12
	MOVQ 32(SP), BX
	MOVQ 40(SP), BP
	LEAQ 48(SP), SP
	RET
