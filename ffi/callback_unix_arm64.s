// This file defines how a stub of arm64 enters Go: registers saved to a frame on
// C's stack, the func called with it, the result registers loaded from it. The word
// numbers are those of callback_unix.go and abi_aapcs64.go, times eight.

//go:build linux || darwin

#include "textflag.h"
#include "thread_arm64.h"

GLOBL ·sharedTrampoline(SB), NOPTR, $8
DATA ·sharedTrampoline(SB)/8, $callCShared(SB)

// func thread() uintptr
TEXT ·thread(SB), NOSPLIT, $0-8
	THREAD(R9)
	MOVD R9, ret+0(FP)
	RET

// callC for calls that callbacks may come from: the frame is to know its thread.
TEXT callCShared(SB), NOSPLIT|NOFRAME, $0
	THREAD(R9)
	MOVD R9, (4*8)(R0)
	MOVD ·trampoline(SB), R9
	B    (R9)

// A stub was called: its number is in x12. The frame ends where the stack pointer
// was, so that the caller's stack arguments follow as its words 52 and on.
TEXT callbackEnter(SB), NOSPLIT|NOFRAME, $0
	SUB   $(52*8), RSP
	STP   (R30, R27), (0*8)(RSP) // x27 is for C to keep, and the assembler's to use
	STP   (R0, R1), (16*8)(RSP)
	STP   (R2, R3), (18*8)(RSP)
	STP   (R4, R5), (20*8)(RSP)
	STP   (R6, R7), (22*8)(RSP)
	MOVD  R8, (24*8)(RSP)
	ADD   $(26*8), RSP, R10
	FMOVQ F0, 0(R10)
	FMOVQ F1, 16(R10)
	FMOVQ F2, 32(R10)
	FMOVQ F3, 48(R10)
	FMOVQ F4, 64(R10)
	FMOVQ F5, 80(R10)
	FMOVQ F6, 96(R10)
	FMOVQ F7, 112(R10)

	MOVD R12, (2*8)(RSP)
	THREAD(R9)
	MOVD R9, (4*8)(RSP)

	STP (ZR, ZR), (42*8)(RSP) // the result, until it is set
	STP (ZR, ZR), (44*8)(RSP)
	STP (ZR, ZR), (46*8)(RSP)
	STP (ZR, ZR), (48*8)(RSP)
	STP (ZR, ZR), (50*8)(RSP)

	MOVD  ·errnoFunction(SB), R10
	CALL  (R10)
	MOVD  R0, (3*8)(RSP)
	MOVWU (R0), R1
	MOVD  R1, (5*8)(RSP)

	// While Go runs, the thread's slot has no frame in C. A library's own thread may have no slot.
	MOVD ZR, (6*8)(RSP)
	MOVD (4*8)(RSP), R9
	MOVD $·slots(SB), R10
	MOVD ·slotsUsed(SB), R11
find:
	MOVD 0(R10), R12
	CMP  R9, R12
	BNE  next
	MOVD 8(R10), R12
	CBNZ R12, hide
next:
	ADD  $64, R10
	SUB  $1, R11
	CBNZ R11, find
	MOVD $·noSlot(SB), R10
hide:
	MOVD R10, (7*8)(RSP)
	MOVD 8(R10), R11
	MOVD R11, (8*8)(RSP)
	MOVD ZR, 8(R10)

	MOVD ·callbackEntry(SB), R0
	MOVD (R0), R0       // fn
	MOVD RSP, R1        // its argument
	MOVD ZR, R3         // no context
	CALL crosscall2(SB) // keeps the registers that C wants kept

	MOVD (7*8)(RSP), R10
	MOVD (8*8)(RSP), R11
	MOVD R11, 8(R10)
	MOVD (6*8)(RSP), R12
	CBNZ R12, leave
stay:
	MOVD  (3*8)(RSP), R0
	MOVD  (5*8)(RSP), R1
	MOVW  R1, (R0)
	LDP   (42*8)(RSP), (R0, R1)
	ADD   $(44*8), RSP, R10
	FMOVQ 0(R10), F0
	FMOVQ 16(R10), F1
	FMOVQ 32(R10), F2
	FMOVQ 48(R10), F3
	LDP   (0*8)(RSP), (R30, R27)
	ADD   $(52*8), RSP
	RET

// The callback does not want to go back: the call around it ends (Incoming.Leave).
leave:
	CBZ  R11, stay
	MOVD R11, R19
	MOVD R12, (6*8)(R19)
	JMP  callCEnded(SB)
