// This file defines the arm64 trampoline: one pointer to a frame in, registers
// and stack loaded from it, the result registers stored back. The word numbers
// are those of plan.go and abi_aapcs64.go, times eight.

//go:build linux || darwin

#include "textflag.h"
#include "thread_arm64.h"

GLOBL ·trampoline(SB), NOPTR, $8
DATA ·trampoline(SB)/8, $callC(SB)

GLOBL ·markedTrampoline(SB), NOPTR, $8
DATA ·markedTrampoline(SB)/8, $callCMarked(SB)
GLOBL ·refusedTrampoline(SB), NOPTR, $8
DATA ·refusedTrampoline(SB)/8, $callCRefused(SB)

// callC, with word that something else is to be looked at when it has returned (endStray).
TEXT callCMarked(SB), NOSPLIT|NOFRAME, $0
	MOVD $128, R9
	MOVD R9, (6*8)(R0)
	B    callC(SB)

// A call that is not made (endRefused).
TEXT callCRefused(SB), NOSPLIT|NOFRAME, $0
	MOVD $130, R9
	MOVD R9, (6*8)(R0)
	MOVD ZR, R0
	RET

// int32 callC(uint64_t *frame), by the C calling convention, on the system stack.
TEXT callC(SB), NOSPLIT|NOFRAME, $0
	SUB  $176, RSP
	STP  (R29, R30), 0(RSP)
	STP  (R19, R20), 16(RSP)
	STP  (R21, R22), 32(RSP)
	STP  (R23, R24), 48(RSP)
	STP  (R25, R26), 64(RSP)
	STP  (R27, g), 80(RSP)
	FSTPD (F8, F9), 96(RSP)
	FSTPD (F10, F11), 112(RSP)
	FSTPD (F12, F13), 128(RSP)
	FSTPD (F14, F15), 144(RSP)
	MOVD RSP, R29
	MOVD R0, R19        // x19 is callee-saved: C gives the frame back
	MOVD RSP, R9
	MOVD R9, (3*8)(R19) // guard: the way out restores this

	// The frame becomes the innermost of its thread's slot (slot_unix.go).
	MOVD R9, R12
	MOVD (7*8)(R19), R10
	THREAD(R9)
	MOVD R9, 0(R10)
	MOVD 8(R10), R11
	MOVD R11, (5*8)(R19)
	MOVD R19, 8(R10)
	MOVD (8*8)(R19), R11 // the cushion
	SUB  R11, R12, R9

	MOVD (1*8)(R19), R10 // stack words
	SUB  R10<<3, R9, R9
	MOVD (10*8)(R19), R12
	AND  R12, R9, R9     // 16 bytes (6.4.5.1)
	MOVD R9, RSP
	ADD  $(52*8), R19, R11
copy:
	CBZ  R10, load
	MOVD.P 8(R11), R12
	MOVD.P R12, 8(R9)
	SUB  $1, R10
	B    copy
load:
	ADD  $(26*8), R19, R11
	FMOVQ 0(R11), F0
	FMOVQ 16(R11), F1
	FMOVQ 32(R11), F2
	FMOVQ 48(R11), F3
	FMOVQ 64(R11), F4
	FMOVQ 80(R11), F5
	FMOVQ 96(R11), F6
	FMOVQ 112(R11), F7
	MOVD (16*8)(R19), R0
	MOVD (17*8)(R19), R1
	MOVD (18*8)(R19), R2
	MOVD (19*8)(R19), R3
	MOVD (20*8)(R19), R4
	MOVD (21*8)(R19), R5
	MOVD (22*8)(R19), R6
	MOVD (23*8)(R19), R7
	MOVD (24*8)(R19), R8
	MOVD (0*8)(R19), R9
	CALL (R9)

	MOVD R0, (42*8)(R19)
	MOVD R1, (43*8)(R19)
	ADD  $(44*8), R19, R11
	FMOVQ F0, 0(R11)
	FMOVQ F1, 16(R11)
	FMOVQ F2, 32(R11)
	FMOVQ F3, 48(R11)
	JMP  callCOut(SB)

// The way out of a call that is ended from outside: the signal handler points a thread at it that
// is deep inside C, with the frame in x19. What C did to the floating-point environment goes with it.
TEXT callCEnded(SB), NOSPLIT|NOFRAME, $0
	MSR ZR, FPCR
	MSR ZR, FPSR
	JMP callCOut(SB)

// The way out, with the frame in x19.
TEXT callCOut(SB), NOSPLIT|NOFRAME, $0
	MOVD (3*8)(R19), R9
	MOVD R9, RSP
	MOVD (7*8)(R19), R10
	MOVD (5*8)(R19), R11
	MOVD R11, 8(R10)
	MOVD ZR, R0
	FLDPD 96(RSP), (F8, F9)
	FLDPD 112(RSP), (F10, F11)
	FLDPD 128(RSP), (F12, F13)
	FLDPD 144(RSP), (F14, F15)
	LDP  16(RSP), (R19, R20)
	LDP  32(RSP), (R21, R22)
	LDP  48(RSP), (R23, R24)
	LDP  64(RSP), (R25, R26)
	LDP  80(RSP), (R27, g)
	B    home // go vet takes the next load for a frame pointer lost; callC saved it
home:
	LDP  0(RSP), (R29, R30)
	ADD  $176, RSP
	RET
