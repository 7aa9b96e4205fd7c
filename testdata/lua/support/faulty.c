// The functions of faults.lua: each ends in a fault. Lines are counted there.
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct pair { int n; double d; };
static const char constant[64] = "constant";

int deref(int *p) { return *p; }
static __attribute__((noinline)) int inner(int *p) { return *p + 1; }
int outer(int *p) { return inner(p) + 1; }
static inline __attribute__((always_inline)) void mark(volatile int *p)
{
	*p = 1;
}
int marks(int *p)
{
	mark(p);
	return 1;
}
void overwrite(void) { *(volatile char *)constant = 1; }
int call_it(int (*f)(int), int n) { return f(n) + 1; }
int down(int n) { volatile char b[200]; b[n & 127] = n; return down(n + 1) + b[n & 127]; }
void give_up(void) { abort(); }
void raised(void) { raise(SIGSEGV); }
int many(struct pair p, struct pair *q, double d, char c, const char *s, int n, void *v) { return *(volatile int *)16; }
int first(const char *s) { return s[0]; }
/* where nothing is at what an int keeps of the address */
char *far_text(void) { char *p = mmap((void *)0x123460000000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); return strcpy(p, "far"); }
static void *work(void *p) { return (void *)(long)deref(p); }
int on_thread(void) { pthread_t t; pthread_create(&t, 0, work, 0); pthread_join(t, 0); return 1; }
int call_then_read(int (*f)(int), int *p) { return f(1) + *p; }

#ifdef CONSTRUCTOR
__attribute__((constructor)) static void come(void) { deref(0); }
#endif
#ifdef DESTRUCTOR
__attribute__((destructor)) static void leave(void) { deref(0); }
#endif
