/* Faults on threads that the library makes, while the thread that called waits for them, waits for something else, or
 * is back in the shell; and threads that end as a thread of a shell must not. */
#include "faults.h"

#include <semaphore.h>
#include <sys/syscall.h>
#include <time.h>

static pid_t volatile newest; /* the thread that was made last, 0 before it runs */
static int volatile go, done;

int until(volatile int *flag) {
  for (int i = 0; i < 5000 && !*flag; i++) usleep(1000);
  return *flag ? 42 : -1;
}

int gone(volatile pid_t *thread) {
  for (int i = 0; i < 5000; i++) {
    if (*thread && syscall(SYS_tgkill, getpid(), *thread, 0)) return 42;
    usleep(1000);
  }
  return -1;
}

int newest_gone(void) { return gone(&newest); }

static pid_t volatile made[16]; /* the last threads that were made */
static unsigned volatile count;
static void here(void) { made[__sync_fetch_and_add(&count, 1) % 16] = newest = syscall(SYS_gettid); }

int all_gone(void) {
  for (int i = 0; i < 16; i++)
    if (made[i] && gone(&made[i]) != 42) return -1;
  return 42;
}

/* What a thread does; it says which it is first. */
#define THREAD(name, body)                \
  static void *name(void *x) {            \
    here();                               \
    body;                                 \
    return NULL;                          \
  }

int null_read(void);
int stack_overflow(void);
int double_free_big(void);
int smash_small(void);

THREAD(reads_null, null_read())
THREAD(overflows, stack_overflow())
THREAD(aborts_here, abort())
THREAD(frees_twice, double_free_big())
THREAD(smashes, smash_small())
THREAD(raises, raise(SIGSEGV))
THREAD(illegal, __builtin_trap())
THREAD(exits, pthread_exit(NULL))
THREAD(waits, until(&go); null_read())

static pthread_t start(void *(*what)(void *)) {
  pthread_t t = 0;
  newest = 0;
  pthread_create(&t, NULL, what, NULL);
  return t;
}

static int join(void *(*what)(void *)) { return pthread_join(start(what), NULL) ? -1 : 42; }

int thread_read(void) { return join(reads_null); }
int thread_abort(void) { return join(aborts_here); }
int thread_overflow(void) { return join(overflows); }
int thread_double_free(void) { return join(frees_twice); }
int thread_smash(void) { return join(smashes); }
int thread_raise(void) { return join(raises); }
int thread_trap(void) { return join(illegal); }
int thread_exits(void) { return join(exits); } /* no fault */

/* The caller waits for something else, which does not come from the thread. */
int thread_elsewhere(void) {
  pthread_t t = start(reads_null);
  int r = gone(&newest);
  pthread_join(t, NULL);
  return r;
}

/* The caller spins. */
int thread_spinning(void) {
  start(reads_null);
  struct timespec begin, now;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  do {
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while (!(newest && syscall(SYS_tgkill, getpid(), newest, 0)) && now.tv_sec - begin.tv_sec < 10);
  return now.tv_sec - begin.tv_sec < 10 ? 42 : -1;
}

/* The caller waits for a semaphore that only the thread would have raised. */
static sem_t never;
int thread_never(void) {
  sem_init(&never, 0, 0);
  start(reads_null);
  while (sem_wait(&never) && errno == EINTR) {
  }
  return 42;
}

/* The call is over when the thread faults. */
int thread_later(void) {
  go = 0;
  start(waits);
  return 42;
}
int thread_go(void) {
  go = 1;
  return 42;
}

/* Two threads at once, and a fault of the caller's own. */
int threads_at_once(void) {
  pthread_t list[8];
  for (int i = 0; i < 8; i++) list[i] = start(reads_null);
  for (int i = 0; i < 8; i++) pthread_join(list[i], NULL);
  return 42;
}

int thread_and_caller(void) {
  pthread_t t = start(reads_null);
  pthread_join(t, NULL);
  return *nowhere;
}

/* A small stack, as programs with many threads have it. */
int thread_small_stack(void) {
  pthread_attr_t small;
  pthread_t t;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 65536);
  newest = 0;
  pthread_create(&t, &small, overflows, NULL);
  pthread_attr_destroy(&small);
  pthread_join(t, NULL);
  return 42;
}

int thread_detached(void) {
  pthread_attr_t free_standing;
  pthread_t t;
  pthread_attr_init(&free_standing);
  pthread_attr_setdetachstate(&free_standing, PTHREAD_CREATE_DETACHED);
  newest = 0;
  pthread_create(&t, &free_standing, reads_null, NULL);
  pthread_attr_destroy(&free_standing);
  return gone(&newest);
}

/* Masks. */

THREAD(blocks_all, {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, NULL);
  null_read();
})

int thread_blocks_all(void) { return join(blocks_all); }

int thread_inherits_mask(void) {
  sigset_t all, was;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &was);
  pthread_t t = start(reads_null);
  pthread_sigmask(SIG_SETMASK, &was, NULL);
  return pthread_join(t, NULL) ? -1 : 42;
}

int thread_born_deaf(void) {
  sigset_t all;
  pthread_attr_t deaf;
  pthread_t t;
  sigfillset(&all);
  pthread_attr_init(&deaf);
  pthread_attr_setsigmask_np(&deaf, &all);
  newest = 0;
  pthread_create(&t, &deaf, reads_null, NULL);
  pthread_attr_destroy(&deaf);
  return pthread_join(t, NULL) ? -1 : 42;
}

/* A thread that the C library makes: for a timer. */
static void rings(union sigval x) {
  newest = syscall(SYS_gettid);
  null_read();
}
int thread_of_timer(void) {
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = rings};
  struct itimerspec soon = {.it_value = {0, 1000000}};
  newest = 0;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer)) return -1;
  timer_settime(timer, 0, &soon, NULL);
  int r = gone(&newest);
  timer_delete(timer);
  return r;
}

/* What a thread leaves behind when it ends. */
static void bad_destructor(void *value) { null_read(); }
THREAD(leaves_value, {
  static pthread_key_t key;
  static int made;
  if (!made) made = pthread_key_create(&key, bad_destructor) == 0;
  pthread_setspecific(key, &key);
})
int thread_key_destructor(void) { return join(leaves_value); }

/* The thread that has a lock faults, and the caller wants the lock. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
THREAD(faults_with_mutex, { pthread_mutex_trylock(&mutex); null_read(); })
int thread_with_mutex(void) {
  struct timespec soon;
  join(faults_with_mutex);
  clock_gettime(CLOCK_REALTIME, &soon);
  soon.tv_nsec += 1000000;
  if (soon.tv_nsec >= 1000000000) soon.tv_sec++, soon.tv_nsec -= 1000000000;
  return pthread_mutex_timedlock(&mutex, &soon) == ETIMEDOUT ? 42 : -1;
}

/* A thread that calls back: into Lua, and what Lua calls faults there; or faults itself when it is back. */
static callback called;
THREAD(calls_back, done = called(2))
int thread_calls_back(int x, callback cb) {
  called = cb;
  done = 0;
  join(calls_back);
  return 40 + done;
}
THREAD(calls_back_then_faults, { called(2); null_read(); })
int thread_faults_after_callback(int x, callback cb) {
  called = cb;
  return join(calls_back_then_faults);
}

/* Ends of threads that are not faults. */

int exit_thread(void) { pthread_exit(NULL); }

int cancel_self(void) {
  pthread_cancel(pthread_self());
  pthread_testcancel();
  return 42;
}

THREAD(prints, { flockfile(stdout); funlockfile(stdout); free(malloc(100000)); done = 1; })
/* Another thread uses standard output and the heap. */
int thread_uses(void) {
  done = 0;
  start(prints);
  return until(&done);
}

/* Calls that do not end. */
int loop(void) {
  for (volatile long i = 0;; i++) {
  }
}
int sleep_long(void) { return sleep(100000); }
int read_nothing(void) {
  static int ends[2];
  char c;
  if (ends[0] == 0 && pipe(ends)) return -1;
  return read(ends[0], &c, 1);
}
int lock_twice(void) {
  static pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&own);
  return pthread_mutex_lock(&own);
}
int loop_all_blocked(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  return loop();
}
