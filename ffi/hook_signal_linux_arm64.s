// This file defines what libraries get on arm64 when they ask for signals: the functions that set actions, and how
// their handlers are called. The guard's own handler stays in place (guard_linux_arm64.s). Code of C runs
// it, on any thread: no Go, no stack but C's.

#include "textflag.h"
#include "thread_arm64.h"
#include "hook_arm64.h"

// int sigaction(int signal, const struct sigaction *act, struct sigaction *old)
TEXT hookSigaction(SB), NOSPLIT|NOFRAME, $0
	MOVD R30, R16
	CALL hookKept(SB)
	MOVD R16, R30
	CBZ  R9, other
	CBZ  R1, peek
	MOVD ACT_HANDLER(R1), R12
	MOVWU ACT_FLAGS(R1), R13
	MOVD ACT_MASK(R1), R14
	MOVD ACT_RESTORER(R1), R15
	CALL hookSwap(SB)
	MOVD R16, R30
	B    tell
peek:
	MOVD 0(R11), R12
	MOVD 8(R11), R13
	MOVD 16(R11), R14
	MOVD 24(R11), R15
tell:
	CBZ  R2, done
	MOVD R12, ACT_HANDLER(R2)
	MOVD R14, ACT_MASK(R2)
	ADD  $(ACT_MASK+8), R2, R9
	MOVD $15, R10
zeros:
	MOVD.P ZR, 8(R9)
	SUB  $1, R10
	CBNZ R10, zeros
	MOVW R13, ACT_FLAGS(R2)
	MOVD R15, ACT_RESTORER(R2)
done:
	MOVD ZR, R0
	RET

other:
	REAL(4)
	CBNZ R11, ours
	JMP  (R10) // no such signal
ours:
	SUB  $208, RSP
	STP  (R29, R30), 160(RSP)
	ADD  $160, RSP, R29
	STP  (R19, R20), 176(RSP)
	STP  (R21, R22), 192(RSP)
	MOVD R23, 152(RSP)
	MOVW R0, R19
	MOVD R2, R20
	MOVD R11, R21
	MOVD 0(R21), R22
	MOVD 8(R21), R23
	CBZ  R1, real
	MOVD ACT_HANDLER(R1), R9
	CMP  $1, R9
	BLS  real
	LOAD(·goHandlers+(11*8), R11)
	CMP  R11, R9
	BEQ  real // what Go had is put back
	MOVWU ACT_FLAGS(R1), R11
	MOVD RSP, R13
	MOVD $19, R14
copy:
	MOVD.P 8(R1), R15
	MOVD.P R15, 8(R13)
	SUB  $1, R14
	CBNZ R14, copy
	MOVD R11, 8(R21)
	MOVD R9, 0(R21)
	MOVD $hookDeliver(SB), R9
	MOVD R9, ACT_HANDLER(RSP)
	MOVD $(SA_ONSTACK|SA_SIGINFO), R12
	ORR  R12, R11
	MOVW R11, ACT_FLAGS(RSP)
	MOVD RSP, R1
real:
	MOVW R19, R0
	MOVD R20, R2
	CALL (R10)
	CBNZW R0, failed
	CBZ  R20, out
	MOVD ACT_HANDLER(R20), R9
	MOVD $hookDeliver(SB), R10
	CMP  R10, R9
	BNE  out
	MOVD R22, ACT_HANDLER(R20)
	MOVW R23, ACT_FLAGS(R20)
	B    out
failed:
	MOVD R22, 0(R21)
	MOVD R23, 8(R21)
out:
	MOVD 152(RSP), R23
	LDP  192(RSP), (R21, R22)
	LDP  176(RSP), (R19, R20)
	LDP  160(RSP), (R29, R30)
	ADD  $208, RSP
	RET

// handler *signal(int signal, handler *), and its relatives: flags in r13, mask in r14, the real one in r10
TEXT hookSignal(SB), NOSPLIT|NOFRAME, $0
	SUBW $1, R0, R9
	MOVD $1, R14
	LSL  R9, R14
	MOVD $SA_RESTART, R13
	REAL(5)
	B    hookHandler(SB)
TEXT hookSysvSignal(SB), NOSPLIT|NOFRAME, $0
	MOVD ZR, R14
	MOVD $(SA_RESETHAND|SA_NODEFER), R13
	REAL(6)
	B    hookHandler(SB)
TEXT hookSigset(SB), NOSPLIT|NOFRAME, $0
	MOVD ZR, R14
	MOVD ZR, R13
	REAL(7)
	B    hookHandler(SB)
TEXT hookHandler(SB), NOSPLIT|NOFRAME, $0
	MOVD R30, R16
	CALL hookKept(SB)
	MOVD R16, R30
	CBZ  R9, other
	MOVD 0(R11), R12
	CMP  $2, R1 // SIG_HOLD: to block it
	BEQ  held
	CMN  $1, R1 // SIG_ERR
	BEQ  real
	MOVD R1, R12
	MOVD ZR, R15
	CALL hookSwap(SB)
	MOVD R16, R30
held:
	MOVD R12, R0
	RET
real:
	JMP  (R10)

other:
	CBZ  R11, real
	SUB  $208, RSP
	STP  (R29, R30), 160(RSP)
	ADD  $160, RSP, R29
	STP  (R19, R20), 176(RSP)
	MOVD R21, 192(RSP)
	MOVW R0, R19
	MOVD R11, R20
	MOVD 0(R20), R21
	CALL (R10)
	MOVD $hookDeliver(SB), R9
	CMP  R9, R0
	BEQ  known
	MOVD R0, R21
known:
	CMN  $1, R0
	BEQ  out
	MOVW R19, R0
	MOVD ZR, R1
	MOVD RSP, R2
	REAL(4)
	CALL (R10)
	CBNZW R0, out
	MOVD ACT_HANDLER(RSP), R9
	CMP  $1, R9
	BLS  out
	LOAD(·goHandlers+(11*8), R11)
	CMP  R11, R9
	BEQ  out
	MOVD $hookDeliver(SB), R11
	CMP  R11, R9
	BEQ  out
	MOVWU ACT_FLAGS(RSP), R11
	MOVD R11, 8(R20)
	MOVD R9, 0(R20)
	MOVD $hookDeliver(SB), R9
	MOVD R9, ACT_HANDLER(RSP)
	MOVD $(SA_ONSTACK|SA_SIGINFO), R12
	ORR  R12, R11
	MOVW R11, ACT_FLAGS(RSP)
	MOVW R19, R0
	MOVD RSP, R1
	MOVD ZR, R2
	REAL(4)
	CALL (R10)
out:
	MOVD R21, R0
	MOVD 192(RSP), R21
	LDP  176(RSP), (R19, R20)
	LDP  160(RSP), (R29, R30)
	ADD  $208, RSP
	RET

// int sighold(int signal)
TEXT hookSighold(SB), NOSPLIT|NOFRAME, $0
	REAL(8)
	SUBW $1, R0, R9
	CMPW $64, R9
	BHS  real
	MOVD $NEVER, R11
	LSR  R9, R11
	TBNZ $0, R11, none
real:
	JMP  (R10)
none:
	MOVD ZR, R0
	RET

// int sigignore(int signal)
TEXT hookSigignore(SB), NOSPLIT|NOFRAME, $0
	REAL(9)
	MOVD R30, R16
	CALL hookKept(SB)
	MOVD R16, R30
	CBZ  R9, real
	MOVD $1, R12
	MOVD ZR, R13
	MOVD ZR, R14
	MOVD ZR, R15
	CALL hookSwap(SB)
	MOVD R16, R30
	MOVD ZR, R0
	RET
real:
	JMP  (R10)

// int sigsetmask(int mask), int sigblock(int mask)
TEXT hookSigsetmask(SB), NOSPLIT|NOFRAME, $0
	MOVD $NEVER, R9
	BIC  R9, R0
	REAL(10)
	JMP  (R10)
TEXT hookSigblock(SB), NOSPLIT|NOFRAME, $0
	MOVD $NEVER, R9
	BIC  R9, R0
	REAL(11)
	JMP  (R10)

// int sigaltstack(const stack_t *new, stack_t *old): the signal stacks of threads that run Go stay what they are.
TEXT hookSigaltstack(SB), NOSPLIT|NOFRAME, $0
	CBZ  R0, real
	MOVD R30, R15
	CALL hookFrame(SB)
	MOVD R15, R30
	CBZ  R11, real
	CBZ  R1, done
	MOVD $2, R9 // SS_DISABLE
	STP  (ZR, R9), 0(R1)
	MOVD ZR, 16(R1)
done:
	MOVD ZR, R0
	RET
real:
	REAL(12)
	JMP  (R10)

// A signal that a library handles: in Go's code on the alternate stack, whatever the library asked for, for the
// stacks of goroutines have no room; in C on C's stack, where callbacks may come from.
TEXT hookDeliver(SB), NOSPLIT|NOFRAME, $0
	MOVD $·libraryActions(SB), R19
	MOVWU R0, R9
	ADD  R9<<5, R19
	MOVD 0(R19), R20
	MOVD R20, R21
	MOVD R30, R22
	CALL hookFrame(SB)
	MOVD R22, R30
	CBNZ R11, move
	// Not in a call of ours: a thread that has a g runs Go, or C on Go's behalf. Those of libraries have one only
	// while a callback is under way.
	MOVD R0, R23
	CALL runtime·load_g(SB)
	MOVD R23, R0
	MOVD R22, R30
	CBNZ g, stay
move:
	MOVD 8(R19), R23
	B    hookChoose(SB)
stay:
	LOAD(·stub0, R9)
	CMP  R9, R20
	BLO  run
	LOAD(·hookStubEnd, R9)
	CMP  R9, R20
	BLO  late
run:
	JMP  (R20)
late:
	// A callback: Go cannot be entered out of Go. handleLate does it.
	SUBW $1, R0, R9
	MOVD $1, R10
	LSL  R9, R10
	MOVD $·lateSignals(SB), R9
set:
	LDAXR (R9), R11
	ORR  R10, R11
	STLXR R11, (R9), R12
	CBNZ R12, set
	MOVD $·strayBell(SB), R0
ring:
	LDAXRW (R0), R11
	ADD  $1, R11
	STLXRW R11, (R0), R12
	CBNZ R12, ring
	MOVD $129, R1 // FUTEX_WAKE_PRIVATE
	MOVD $1, R2
	MOVD $SYS_futex, R8
	SVC
	RET

// Goes on at r20 on the stack that the library wants, by its flags in r23, at r21 where that has no room. An
// alternate stack is only what the library has made one: Go's and ours it knows nothing of.
TEXT hookChoose(SB), NOSPLIT|NOFRAME, $0
	MOVD $SA_ONSTACK, R9
	TST  R9, R23
	BEQ  move
	MOVD R30, R22
	CALL hookFrame(SB)
	MOVD R22, R30
	CBNZ R11, move
	MOVD CTX_SS_SP(R2), R9
	MOVD CTX_SS_SIZE(R2), R10
	LOAD(·hookBlockSize, R11)
	LOAD(·hookPage, R12)
	SUB  R12, R11
	SUB  $BLOCK_HEADER, R11
	CMP  R11, R10
	BNE  stay
	ADD  R9, R10
	SUB  R12, R9
	MOVD BLOCK_LOW(R10), R10
	CMP  R10, R9
	BEQ  move
stay:
	JMP  (R20)
move:
	B    hookMove(SB)

// Moves from the signal stack to that of the code that was interrupted, with all that the kernel put there, and
// goes on at r20. Where there is no room for it, it goes on at r21 and has not moved.
TEXT hookMove(SB), NOSPLIT|NOFRAME, $0
	MOVW CTX_SS_FLAGS(R2), R9
	TBNZ $1, R9, stay // SS_DISABLE
	MOVD CTX_SS_SP(R2), R10
	MOVD CTX_SS_SIZE(R2), R11
	MOVD RSP, R12
	SUB  R10, R12, R9
	CMP  R11, R9
	BHS  stay
	MOVD CTX_SP(R2), R13
	SUB  R10, R13, R9
	CMP  R11, R9
	BLO  stay // the code that was interrupted handles a signal itself

	// What the kernel put there reaches up to the frame record that x29 points to.
	ADD  $16, R29, R10
	SUB  R12, R10
	MOVD $32768, R9
	CMP  R9, R10
	BHI  stay
	SUB  $128, R13
	SUB  R10, R13
	MOVD $15, R9
	BIC  R9, R13

	// Is there a stack? The kernel can tell without a fault.
	MOVD R0, R23
	MOVD R1, R24
	MOVD R2, R25
	ADD  R10, R13, R14
	SUB  $8, R14 // the last bytes
	MOVD R13, R2
probe:
	MOVD ZR, R0
	MOVD ZR, R1
	MOVD $8, R3
	MOVD $SYS_rt_sigprocmask, R8
	SVC
	CBNZ R0, none
	CMP  R14, R2
	BEQ  copy
	ADD  $4096, R2
	CMP  R14, R2
	BLO  probe
	MOVD R14, R2
	B    probe

copy:
	MOVD R12, R9
	MOVD R13, R11
word:
	MOVD.P 8(R9), R15
	MOVD.P R15, 8(R11)
	SUB  $8, R10
	CBNZ R10, word
	SUB  R12, R13, R12
	MOVD R23, R0
	ADD  R12, R24, R1
	ADD  R12, R25, R2
	ADD  R12, R29
	MOVD R13, RSP
	// Registers that there was no room for in the context are behind it: an extra_context says where.
	ADD  $CTX_RECORDS, R2, R9
records:
	MOVWU 0(R9), R10
	MOVWU 4(R9), R11
	CBZ  R10, stay
	CBZ  R11, stay
	MOVD $0x45585401, R13
	CMP  R13, R10
	BNE  next
	MOVD 8(R9), R13
	ADD  R12, R13
	MOVD R13, 8(R9)
next:
	ADD  R11, R9
	CMP  R29, R9
	BLO  records
stay:
	JMP  (R20)
none:
	MOVD R23, R0
	MOVD R24, R1
	MOVD R25, R2
	JMP  (R21)

// The guard asks before it takes a signal, with its own arguments and stack: does the library handle it? Then
// things are as if the kernel had called its handler; else they go on at guardTakes.
TEXT libraryHandler(SB), NOSPLIT|NOFRAME, $0
	MOVD $·libraryActions(SB), R19
	MOVWU R0, R9
	ADD  R9<<5, R19
	MOVD 0(R19), R20
	CBZ  R20, guard
	MOVD CTX_PC(R2), R9
	LOAD(·hookTextStart, R10)
	CMP  R10, R9
	BLO  asked
	LOAD(·hookTextEnd, R10)
	CMP  R10, R9
	BLO  guard // what we refuse is not the library's to handle
asked:
	CMP  $1, R20
	BEQ  ignored

	// In the handler of a signal the signal is blocked, and then the kernel would not ask.
	SUBW $1, R0, R10
	MOVD $1, R21
	LSL  R10, R21
	MOVD $NOTED, R11
	AND  R11, R21, R11
	LSL  $UP, R11
	MOVD CTX_MASK(R2), R22
	TST  R11, R22
	BNE  guard

	// A fault that nothing is done about comes again and again.
	MOVW 8(R1), R10
	CMPW $0, R10
	BLE  sent
	ADD  $CTX_X0, R2, R10
	MOVD $32, R11
	MOVD ZR, R12
hash:
	MOVD.P 8(R10), R13
	ROR  $57, R12
	EOR  R13, R12
	SUB  $1, R11
	CBNZ R11, hash
	MOVD 16(R1), R11
	MOVD $·hookLoop(SB), R10
	MOVD 0(R10), R13
	CMP  R13, R9
	BNE  fresh
	MOVD 8(R10), R13
	CMP  R13, R11
	BNE  fresh
	MOVD 16(R10), R13
	CMP  R13, R12
	BNE  fresh
	MOVD 24(R10), R13
	ADD  $1, R13
	MOVD R13, 24(R10)
	CMP  $1000, R13
	BLO  sent
	MOVD ZR, 24(R10)
	B    guard
fresh:
	MOVD R9, 0(R10)
	MOVD R11, 8(R10)
	MOVD R12, 16(R10)
	MOVD ZR, 24(R10)
sent:
	MOVD 8(R19), R23
	MOVD 16(R19), R9
	MOVD $SA_NODEFER, R10
	TST  R10, R23
	BNE  mask
	ORR  R21, R9
mask:
	CALL hookTranslate(SB)
	ORR  R22, R9
	MOVD $NEVER, R10
	BIC  R10, R9
	MOVD $SA_RESETHAND, R10
	TST  R10, R23
	BEQ  keep
	MOVD ZR, 0(R19)
	MOVD $SA_SIGINFO, R10
	BIC  R10, R23, R10
	MOVD R10, 8(R19)
keep:
	MOVD R0, R24
	MOVD R1, R25
	MOVD R2, R26
	SUB  $16, RSP
	MOVD R9, 0(RSP)
	MOVD $2, R0 // SIG_SETMASK
	MOVD RSP, R1
	MOVD ZR, R2
	MOVD $8, R3
	MOVD $SYS_rt_sigprocmask, R8
	SVC
	ADD  $16, RSP
	MOVD R24, R0
	MOVD R25, R1
	MOVD R26, R2
	MOVD $hookHandled(SB), R30 // in place of guardReturn
	MOVD $hookNoRoom(SB), R21
	B    hookChoose(SB)

ignored:
	MOVW 8(R1), R10
	CMPW $0, R10
	BGT  guard // the kernel does not ignore those that an instruction causes
	CMPW $6, R0
	BNE  return
	MOVD R30, R15
	CALL hookAborts(SB)
	MOVD R15, R30
	CBNZ R9, guard
return:
	RET
guard:
	MOVD $guardReturn(SB), R30
	MOVD $guardTakes(SB), R9 // through a register, for the linker takes a circle for a recursion
	JMP  (R9)

// The stack has overflowed: the kernel would not call a handler either.
TEXT hookNoRoom(SB), NOSPLIT|NOFRAME, $0
	MOVD $guardReturn(SB), R30
	B    guardTakes(SB)

// The library's handler returns to here, with the info at sp and the context behind it.
TEXT hookHandled(SB), NOSPLIT|NOFRAME, $0
	MOVD RSP, R1
	ADD  $INFO_SIZE, R1, R2
	MOVW 0(R1), R0
	MOVD CTX_MASK(R2), R9
	MOVD $NEVER, R10
	BIC  R10, R9
	MOVD R9, CTX_MASK(R2)
	CMPW $6, R0
	BNE  return
	CALL hookAborts(SB)
	CBZ  R9, return
	MOVD $guardReturn(SB), R30
	B    guardTakes(SB)
return:
	MOVD $SYS_rt_sigreturn, R8
	SVC
	BRK

// Gives in r9 whether the context at r2 is of a signal that abort raises: it ends the process when the handler
// returns. Its return address is close. Uses r10 to r13.
TEXT hookAborts(SB), NOSPLIT|NOFRAME, $0
	MOVD CTX_SP(R2), R10
	MOVD $64, R11
	LOAD(·hookAbort, R12)
	LOAD(·hookAbortSize, R13)
word:
	MOVD.P 8(R10), R9
	SUB  R12, R9
	CMP  R13, R9
	BLO  yes
	SUB  $1, R11
	CBNZ R11, word
	MOVD ZR, R9
	RET
yes:
	MOVD $1, R9
	RET

TEXT hookTextLast(SB), NOSPLIT|NOFRAME, $0
	BRK
