// This file defines THREAD for the assembler of amd64.

// The thread pointer, which C keeps in the first word of what it points to.
#ifdef GOOS_darwin
#define THREAD(r) MOVQ 0(GS), r
#else
#define THREAD(r) MOVQ 0(FS), r
#endif
