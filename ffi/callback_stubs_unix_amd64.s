// This file defines the stubs of amd64: what the C function pointers of callbacks
// point to. A stub puts its number within its block of 32 in al and jumps to the
// end of the block, which puts the number of the block in r11. That makes it four
// bytes, as short as the jump reaches. Jumps all the way, and not calls, because
// the CPU predicts where a return goes by the calls it saw.

//go:build linux || darwin

#include "textflag.h"

GLOBL ·stub0(SB), NOPTR, $8
DATA ·stub0(SB)/8, $callbackStubs(SB)

#define STUB(k) MOVB $(k), AX; JMP (63-2*(k))(PC)
#define STUB8(k) STUB(k); STUB(k+1); STUB(k+2); STUB(k+3); STUB(k+4); STUB(k+5); STUB(k+6); STUB(k+7)
// 6 bytes, 5, and one to make it an even number: C++ marks pointers in the lowest bit
#define BLOCK(b) STUB8(0); STUB8(8); STUB8(16); STUB8(24); MOVL $(b), R11; JMP callbackEnter(SB); BYTE $0xCC
#define BLOCK8(b) BLOCK(b); BLOCK(b+1); BLOCK(b+2); BLOCK(b+3); BLOCK(b+4); BLOCK(b+5); BLOCK(b+6); BLOCK(b+7)
#define BLOCK64(b) BLOCK8(b); BLOCK8(b+8); BLOCK8(b+16); BLOCK8(b+24); BLOCK8(b+32); BLOCK8(b+40); BLOCK8(b+48); BLOCK8(b+56)

TEXT callbackStubs(SB), NOSPLIT|NOFRAME, $0
	BLOCK64(0)
	BLOCK64(64)
	BLOCK64(128)
	BLOCK64(192)
	BLOCK64(256)
	BLOCK64(320)
	BLOCK64(384)
	BLOCK64(448)
