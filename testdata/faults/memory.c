/* Faults of memory: reads, writes, and calls of addresses that are not there or not meant for it. */
#include "faults.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>

int *volatile nowhere;
void *volatile sink;
static const int constant[1024] = {1, 2, 3};
static volatile int variable;

char *pages(int n) {
  char *p = mmap(NULL, n * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}

/* What is well: the calls that follow a fault. */

int add(int a, int b) { return a + b; }

long double half(long double x) { return x / 2; }

/* churn has the heap do all that it does: chunks of all sizes, grown, shrunk and freed out of turn. */
int churn(int n) {
  char *chunk[64] = {0};
  unsigned seed = 1;
  for (int i = 0; i < n; i++) {
    seed = seed * 1103515245 + 12345;
    int k = seed >> 16 & 63;
    size_t size = seed >> 8 & 1 ? seed >> 20 & 0xff : seed >> 16 & 0x3fff;
    char *p = chunk[k] ? realloc(chunk[k], size + 1) : malloc(size + 1);
    if (p == NULL) return -1;
    memset(p, k, size + 1);
    chunk[k] = p;
    if (seed >> 24 & 1) {
      free(p);
      chunk[k] = NULL;
    }
  }
  for (int k = 0; k < 64; k++) {
    if (chunk[k] && chunk[k][0] != k) return -2;
    free(chunk[k]);
  }
  return 42;
}

/* Reads and writes. */

int null_read(void) { return *nowhere; }
int null_write(void) { return *nowhere = 1; }
int null_field(void) { return nowhere[100]; }
int wild_read(void) { return *(volatile int *)0x123456789000; }
int wild_write(void) { return *(volatile int *)0x123456789000 = 1; }
int constant_write(void) {
  sink = (void *)constant;
  return *(volatile int *)sink = 1;
}
int code_write(void) { return *(volatile int *)(uintptr_t)add = 1; }
int far_read(void) { return *(volatile int *)0x4141414141414141; }
int far_write(void) { return *(volatile int *)0x4141414141414141 = 1; }
int kernel_read(void) { return *(volatile int *)0xffff800000000000; }

int forbidden_read(void) {
  static char *p; /* the same pages, however often this is called */
  if (p == NULL) p = pages(2);
  mprotect(p + 4096, 4096, PROT_NONE);
  return *(volatile int *)(p + 4094); /* half of it is there */
}

int unmapped_read(void) {
  volatile char *p = pages(1);
  p[5] = 1;
  munmap((void *)p, 4096);
  return p[5];
}

/* One of these is left open and mapped by each call: what a fault leaves behind, nobody can take back. */
static char *past_the_end(void) {
  static char *p;
  if (p == NULL) {
    char name[] = "/tmp/faultXXXXXX";
    int fd = mkstemp(name);
    unlink(name);
    if (ftruncate(fd, 100)) return NULL;
    p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
  }
  return p + 2 * 4096;
}

int bus_read(void) { return *(volatile char *)past_the_end(); }
int bus_write(void) { return *(volatile char *)past_the_end() = 1; }

/* The C library's functions on bad pointers. */

int copy_to_null(void) { return strcpy((char *)nowhere, "text") != NULL; }
int copy_from_null(void) {
  static char text[16];
  return strcpy(text, (char *)nowhere) != NULL;
}
int copy_too_much(void) {
  static char from[16], to[16];
  volatile size_t n = (size_t)1 << 40;
  memcpy(to, from, n); /* either side ends long before that */
  return 0;
}
int set_too_much(void) {
  char *p = pages(1);
  volatile size_t n = 1 << 30;
  munmap(p, 4096);
  memset(p, 0, n);
  return 0;
}
int length_of_null(void) { return strlen((char *)nowhere); }
int clock_nowhere(void) { return clock_gettime(CLOCK_MONOTONIC, (struct timespec *)8); }
int length(const char *s) { return strlen(s); } /* called with an int */

/* A misaligned access that the CPU does not do. */
int misaligned(void) {
  static char bytes[64] __attribute__((aligned(16)));
#ifdef __x86_64__
  __asm__ volatile("movaps 1(%0), %%xmm0" : : "r"(bytes) : "xmm0", "memory");
#else
  __asm__ volatile("add x9, %0, #1\n\tldaxr x10, [x9]" : : "r"(bytes) : "x9", "x10", "memory");
#endif
  return 42;
}

/* Calls of what is no function. */

typedef int (*function)(void);

static int call(uintptr_t address) {
  volatile function f = (function)address;
  return f() + 1;
}

int null_call(void) { return call(0); }
int wild_call(void) { return call(0x123456789000); }
int far_call(void) { return call(0x4141414141414140); }
int data_call(void) { return call((uintptr_t)&variable); }
int constant_call(void) { return call((uintptr_t)constant); }
int heap_call(void) {
  static char *p;
  if (p == NULL) p = malloc(64);
  return call((uintptr_t)p);
}
int stack_call(void) {
  char code[64] __attribute__((aligned(16))) = {0x90, 0x90};
  sink = code;
  return call((uintptr_t)code + 16);
}
int odd_call(void) { return call((uintptr_t)add + 1); } /* into the middle of an instruction */
int unmapped_call(void) {
  char *p = pages(1);
  munmap(p, 4096);
  return call((uintptr_t)p);
}
int table_call(void) {
  static struct {
    int (*const *methods)(void);
  } object;
  return (*object.methods[2])(); /* an object whose table of methods was never set */
}
