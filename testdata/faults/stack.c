/* Faults of the stack: endless recursion, frames too big for it, and frames that are written over. */
#include "faults.h"

#include <alloca.h>
#include <setjmp.h>

opaque static int recurse(int n) {
  volatile char frame[200];
  frame[n & 63] = n;
  return n < 0 ? 0 : recurse(n + 1) + frame[n & 63];
}

int stack_overflow(void) { return recurse(0); }

/* Frames of 64 KiB: the last page of the stack is jumped over. */
opaque static int recurse_far(int n) {
  volatile char frame[65536];
  frame[n & 63] = n;
  return n < 0 ? 0 : recurse_far(n + 1) + frame[n & 63];
}

int stack_overflow_far(void) { return recurse_far(0); }

int huge_frame(void) {
  volatile size_t n = 1 << 30;
  volatile char *p = alloca(n);
  return p[0] = 1;
}

/* A fault with 100 KiB between it and the call. */
opaque int deep_frame(void) {
  volatile char frame[100 * 1024];
  memset((void *)frame, 0x41, sizeof frame);
  return *nowhere + frame[5];
}

opaque static int down(int n) {
  volatile char frame[1000];
  frame[n] = n;
  return (n ? down(n - 1) : *nowhere) + frame[n];
}

int deep_calls(void) { return down(500); }

/* Buffers that are written over their end, as a function with a canary sees it when it returns. */
__attribute__((noinline, optimize("stack-protector-all"))) static int overrun(int n) {
  char text[16];
  volatile char *p = text;
  for (int i = 0; i < n; i++) p[i] = 'A';
  return text[3];
}

int smash_small(void) { return overrun(32); }
int smash_much(void) { return overrun(6000); } /* the frames of callers, the trampoline's among them */

/* Without a canary: the return address is 0x4141414141414141. */
__attribute__((noinline, optimize("no-stack-protector"))) static int overrun_unseen(int n) {
  char text[16];
  volatile char *p = text;
  for (int i = 0; i < n; i++) p[i] = 'A';
  return text[3];
}

int smash_unseen(void) { return overrun_unseen(200); }

/* The stack is used up by a function that stdio calls while it has a stream locked. */
static ssize_t never_ending(void *cookie, const char *text, size_t n) { return recurse(0); }

int overflow_in_stdio(void) {
  static FILE *f;
  if (f == NULL) f = fopencookie(NULL, "w", (cookie_io_functions_t){.write = never_ending});
  setvbuf(f, NULL, _IONBF, 0); /* so that nothing is left to be written at the process's end */
  return fputs("text", f);
}

/* longjmp. */

static jmp_buf place;

opaque static int mark(void) {
  volatile char frame[4000];
  frame[5] = 0;
  return setjmp(place) + frame[5];
}

opaque static int overwrite(void) {
  volatile char frame[6000];
  memset((void *)frame, 0x41, sizeof frame);
  return frame[7];
}

/* Into a function that has returned, and whose frame is something else's by now. */
int jump_into_returned(void) {
  if (mark() == 1) return 42;
  overwrite();
  longjmp(place, 1);
}

/* Into a call that has returned. */
int jump_mark(void) { return setjmp(place) ? 1 : 42; }
int jump_back(void) { longjmp(place, 1); }
int jump_nowhere(void) {
  static jmp_buf never;
  longjmp(never, 1);
}

/* Out of the call, over a callback that Lua is in. */
int jump_over(int x, callback cb) {
  volatile int n = 40;
  int how = setjmp(place);
  if (how == 0) cb(x);
  return n + how;
}
int jump_out(int x) { longjmp(place, 2); }

/* Within a call: as C does it. */
int jump_within(void) {
  volatile int n = 40;
  int how = setjmp(place);
  if (how == 0) jump_out(0);
  return n + how;
}
