/* What the fixtures of faults share. Every function of theirs is called as int f(int, callback),
 * which suits one that takes less, and does what its name says: the table in faults_table_linux_test.go
 * says which signal the process would die of. One that comes back returns 42. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int (*callback)(int);

/* What a compiler must not look into. */
#define opaque __attribute__((noinline, noclone))

int add(int a, int b);
extern int *volatile nowhere; /* NULL */
extern void *volatile sink;   /* what is stored here is in use */

/* pages gives n pages of memory that may be read and written. */
char *pages(int n);

/* until waits for a flag that another thread sets, five seconds at most; 42 if it came. */
int until(volatile int *flag);

/* gone waits for a thread of this process to end, five seconds at most; 42 if it did. */
int gone(volatile pid_t *thread);
