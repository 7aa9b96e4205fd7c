// This file defines THREAD for the assembler of arm64. It wants R9.

// The thread pointer. Apple keeps the number of the CPU in its lowest bits.
#ifdef GOOS_darwin
#define THREAD(r) WORD $0xd53bd069; AND $~7, R9, r // MRS TPIDRRO_EL0, R9
#else
#define THREAD(r) MRS TPIDR_EL0, r
#endif
