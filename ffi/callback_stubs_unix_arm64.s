// This file defines the stubs of arm64: what the C function pointers of callbacks
// point to. A stub puts its number in x12 and jumps.

//go:build linux || darwin

#include "textflag.h"

GLOBL ·stub0(SB), NOPTR, $8
DATA ·stub0(SB)/8, $callbackStubs(SB)

#define STUB(k) MOVD $(k), R12; B callbackEnter(SB)
#define STUB8(k) STUB(k); STUB(k+1); STUB(k+2); STUB(k+3); STUB(k+4); STUB(k+5); STUB(k+6); STUB(k+7)
#define STUB64(k) STUB8(k); STUB8(k+8); STUB8(k+16); STUB8(k+24); STUB8(k+32); STUB8(k+40); STUB8(k+48); STUB8(k+56)
#define STUB512(k) STUB64(k); STUB64(k+64); STUB64(k+128); STUB64(k+192); STUB64(k+256); STUB64(k+320); STUB64(k+384); STUB64(k+448)
#define STUB4096(k) STUB512(k); STUB512(k+512); STUB512(k+1024); STUB512(k+1536); STUB512(k+2048); STUB512(k+2560); STUB512(k+3072); STUB512(k+3584)

TEXT callbackStubs(SB), NOSPLIT|NOFRAME, $0
	STUB4096(0)
	STUB4096(4096)
	STUB4096(8192)
	STUB4096(12288)
