// This file defines numbers that the assembler of the hooks shares on arm64: system calls, and offsets in bytes in ucontext_t
// of the kernel, in struct sigaction of libc, and in the header of a thread's block.

#define SYS_mmap 222
#define SYS_mprotect 226
#define SYS_munmap 215
#define SYS_rt_sigprocmask 135
#define SYS_rt_sigreturn 139
#define SYS_exit 93
#define SYS_futex 98
#define SYS_sigaltstack 132
#define SYS_getpid 172

// ucontext_t
#define CTX_SS_SP 16
#define CTX_SS_FLAGS 24
#define CTX_SS_SIZE 32
#define CTX_MASK 40
#define CTX_X0 184
#define CTX_SP 432
#define CTX_PC 440
#define CTX_RECORDS 464

// The context comes behind the info on the stack.
#define INFO_SIZE 128

// struct sigaction
#define ACT_HANDLER 0
#define ACT_MASK 8
#define ACT_FLAGS 136
#define ACT_RESTORER 144

// struct sigevent
#define EVENT_VALUE 0
#define EVENT_NOTIFY 12
#define EVENT_FUNCTION 16

#define SA_SIGINFO 0x4
#define SA_ONSTACK 0x08000000
#define SA_RESTART 0x10000000
#define SA_NODEFER 0x40000000
#define SA_RESETHAND 0x80000000

// Signals that nobody blocks (ILL TRAP BUS FPE SEGV SYS and endSignal), those of them that a blocked
// stand-in is noted for, how far up that is, and the signals whose actions are kept in libraryActions.
#define NEVER 0x20000400004D8
#define NOTED 0x4D8
#define UP 50
#define KEPT 0x20000400084F8

// The header of a thread's block, at its upper end.
#define BLOCK_START 0
#define BLOCK_ARG 8
#define BLOCK_ROUNDS 16
#define BLOCK_LOW 24
#define BLOCK_HEADER 64

// Loads libc's own function into R10. A variable is loaded by way of R10 as well, for the assembler
// would use R27 for it, which C wants kept.
#define REAL(n) MOVD $·hookReal+(8*n)(SB), R10; MOVD (R10), R10
#define LOAD(v, r) MOVD $v(SB), r; MOVD (r), r
