// This file defines how a stub of amd64 enters Go: registers saved to a frame on
// C's stack, the func called with it, the result registers loaded from it. The word
// numbers are those of callback_unix.go and abi_sysv.go, times eight.

//go:build linux || darwin

#include "textflag.h"
#include "thread_amd64.h"

GLOBL ·sharedTrampoline(SB), NOPTR, $8
DATA ·sharedTrampoline(SB)/8, $callCShared(SB)

// func thread() uintptr
TEXT ·thread(SB), NOSPLIT, $0-8
	THREAD(AX)
	MOVQ AX, ret+0(FP)
	RET

// callC for calls that callbacks may come from: the frame is to know its thread.
TEXT callCShared(SB), NOSPLIT|NOFRAME, $0
	THREAD(AX)
	MOVQ AX, (4*8)(DI)
	MOVQ ·trampoline(SB), AX
	JMP  AX

// A stub was called: its number is 32 times r11 and al. The frame takes in the
// return address as its word 37, so that the caller's stack arguments follow as
// words 38 and on. st1 ends in word 37 too, so the return address moves to word 0.
TEXT callbackEnter(SB), NOSPLIT|NOFRAME, $0
	LEAQ  -(37*8)(SP), SP // keeps SP aligned to 16 bytes
	MOVQ  DI, (16*8)(SP)
	MOVQ  SI, (17*8)(SP)
	MOVQ  DX, (18*8)(SP)
	MOVQ  CX, (19*8)(SP)
	MOVQ  R8, (20*8)(SP)
	MOVQ  R9, (21*8)(SP)
	MOVSD X0, (22*8)(SP)
	MOVSD X1, (23*8)(SP)
	MOVSD X2, (24*8)(SP)
	MOVSD X3, (25*8)(SP)
	MOVSD X4, (26*8)(SP)
	MOVSD X5, (27*8)(SP)
	MOVSD X6, (28*8)(SP)
	MOVSD X7, (29*8)(SP)

	MOVBLZX AX, AX
	SHLQ    $5, R11
	ADDQ    R11, AX
	MOVQ    AX, (2*8)(SP)
	THREAD(AX)
	MOVQ    AX, (4*8)(SP)
	MOVQ    (37*8)(SP), AX
	MOVQ    AX, (0*8)(SP)

	XORPS  X0, X0 // the result, until it is set
	MOVUPS X0, (30*8)(SP)
	MOVUPS X0, (32*8)(SP)
	MOVUPS X0, (34*8)(SP)
	MOVUPS X0, (36*8)(SP)

	MOVQ ·errnoFunction(SB), AX
	CALL AX
	MOVQ AX, (3*8)(SP)
	MOVL (AX), AX
	MOVQ AX, (5*8)(SP)

	// While Go runs, the thread's slot has no frame in C. A library's own thread may have no slot.
	MOVQ $0, (6*8)(SP)
	MOVQ $0, (8*8)(SP)
	MOVQ (4*8)(SP), AX
	LEAQ ·slots(SB), CX
	MOVQ ·slotsUsed(SB), DX
find:
	CMPQ AX, 0(CX)
	JNE  next
	CMPQ 8(CX), $0
	JNE  hide
next:
	ADDQ $64, CX
	DECQ DX
	JNE  find
	LEAQ ·noSlot(SB), CX
hide:
	MOVQ CX, (7*8)(SP)
	MOVQ 8(CX), AX
	MOVQ AX, (8*8)(SP)
	MOVQ $0, 8(CX)

	MOVQ ·callbackEntry(SB), DI
	MOVQ (DI), DI       // fn
	MOVQ SP, SI         // its argument
	XORL CX, CX         // no context
	CALL crosscall2(SB) // keeps the registers that C wants kept

	MOVQ (7*8)(SP), CX
	MOVQ (8*8)(SP), AX
	MOVQ AX, 8(CX)
	CMPQ (6*8)(SP), $0
	JNE  leave
stay:
	MOVQ (3*8)(SP), AX
	MOVQ (5*8)(SP), DX
	MOVL DX, (AX)
	MOVQ (9*8)(SP), AX
	CMPQ AX, $0
	JEQ  registers
	CMPQ AX, $1
	JEQ  st0
	FMOVX (36*8)(SP), F0 // becomes st1
st0:
	FMOVX (34*8)(SP), F0
registers:
	MOVQ (0*8)(SP), AX
	MOVQ AX, (37*8)(SP)
	MOVQ (30*8)(SP), AX
	MOVQ (31*8)(SP), DX
	MOVQ (32*8)(SP), X0
	MOVQ (33*8)(SP), X1
	LEAQ (37*8)(SP), SP
	RET

// The callback does not want to go back: the call around it ends (Incoming.Leave).
leave:
	TESTQ AX, AX
	JEQ   stay
	MOVQ  AX, BX
	MOVQ  (6*8)(SP), AX
	MOVQ  AX, (6*8)(BX)
	JMP   callCEnded(SB)
