/* Faults that the C library calls: abort, assert, a heap that it finds damaged, and its checks of sizes. */
#undef NDEBUG
#include "faults.h"

#include <assert.h>
#include <stdarg.h>

int aborts(void) { abort(); }

int asserts(void) {
  int two = add(1, 1);
  assert(two == 3);
  return 42;
}

/* As -D_FORTIFY_SOURCE has them called. */
extern char *__strcpy_chk(char *, const char *, size_t);
extern void *__memcpy_chk(void *, const void *, size_t, size_t);
extern int __printf_chk(int, const char *, ...);

int fortified_copy(void) {
  char text[8];
  volatile size_t size = sizeof text;
  return __strcpy_chk(text, "longer than eight bytes", size) != NULL;
}

int fortified_format(void) {
  static char format[] = "%n\n"; /* %n in memory that may be written */
  int n;
  return __printf_chk(1, format, &n);
}

/* The heap. What is freed twice or wrongly is local to the call: once the lock is free, the heap is as good as before. */

int double_free(void) {
  char *p = malloc(40);
  free(p);
  free(p);
  return 42;
}

/* Too big for the thread's cache: malloc's lock is held when the check fails. */
int double_free_big(void) {
  char *p = malloc(3000), *volatile next = malloc(3000); /* next keeps it from the top of the heap */
  sink = next;
  free(p);
  free(p);
  return 42;
}

int free_of_stack(void) {
  char text[64] __attribute__((aligned(16))) = {0};
  sink = text;
  free((char *)sink + 16);
  return 42;
}

int free_of_data(void) {
  static char text[64];
  sink = text + 16;
  free(sink);
  return 42;
}

int free_of_rubbish(void) {
  sink = (void *)0x123456789abcd;
  free(sink);
  return 42;
}

int free_of_middle(void) {
  char *p = calloc(1, 64); /* what stands there for the size of a chunk is 0 */
  sink = p + 16;
  free(sink);
  return 42;
}

int realloc_of_rubbish(void) {
  static char text[256];
  sink = text + 16;
  sink = realloc(sink, 4000);
  return 42;
}

/* The header of the chunk that follows is written over; nothing but free of this one looks at it. */
int overrun_chunk(void) {
  char *p = malloc(3000), *next = malloc(3000);
  for (int i = 0; i < 1000 && next != p + 3008; i++) p = next, next = malloc(3000);
  sink = malloc(100); /* keeps them from the top of the heap */
  memset(p, 0x41, 3008);
  free(p);
  return 42;
}

/* The heap's free memory is written over: malloc never works again. */
int overrun_top(void) {
  char *p = malloc(5000);
  memset(p, 0x41, 5200);
  for (int i = 0; i < 100; i++) sink = malloc(100000);
  return 42;
}

/* A free chunk's links are written over: the next malloc of that size finds them so. */
int use_after_free(void) {
  void **p = malloc(3000);
  sink = malloc(3000);
  free(p);
  p[0] = p[1] = (void *)0x4141414141414141;
  sink = malloc(100000);
  return 42;
}

int double_fclose(void) {
  FILE *f = fopen("/dev/null", "w");
  fclose(f);
  fclose(f);
  return 42;
}

int fclose_of_rubbish(void) {
  static char text[512];
  memset(text, 0x41, sizeof text);
  return fclose((FILE *)text);
}

/* Standard output is locked when printf reads its argument. */
int printf_of_rubbish(void) { return printf("%s\n", (char *)8); }

int fprintf_of_rubbish(void) {
  static FILE *f;
  if (f == NULL) f = fopen("/dev/null", "w");
  return fprintf(f, "%d %s\n", 1, (char *)8);
}

int puts_of_null(void) { return puts((char *)nowhere); }

static int format(const char *text, ...) {
  static char out[64];
  va_list args;
  va_start(args, text);
  int n = vsnprintf(out, sizeof out, text, args);
  va_end(args);
  return n;
}
int wrong_format(void) { return format("%s", 42); }

/* qsort with a comparison that faults: in C, or in Lua and what it calls. */
static int compares(const void *a, const void *b) { return *nowhere; }
int qsort_fault(void) {
  static int list[2000];
  for (int i = 0; i < 2000; i++) list[i] = i * 7919 % 2000;
  qsort(list, 2000, sizeof list[0], compares); /* big enough that qsort has memory of malloc's */
  return 42;
}

static callback comparison;
static int by_callback(const void *a, const void *b) { return comparison(*(int *)a - *(int *)b); }
int qsort_callback(int x, callback cb) {
  int list[4] = {3, 1, 2, 0};
  comparison = cb;
  qsort(list, 4, sizeof list[0], by_callback);
  return 42;
}

int bsearch_fault(void) {
  static int list[10];
  return bsearch(&list[3], list, 10, sizeof list[0], compares) != NULL;
}

/* Callbacks. */
int call_back(int x, callback cb) { return cb(x); }
int call_back_then_fault(int x, callback cb) { return cb(x) + *nowhere; }
int call_back_and_add(int x, callback cb) {
  int got = cb(x);
  return got + 40;
}

/* A lock that nobody gives back. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
int fault_with_mutex(void) {
  if (pthread_mutex_trylock(&mutex)) return *nowhere + 1;
  return *nowhere;
}

int fault_with_stdout(void) {
  flockfile(stdout);
  return *nowhere;
}

