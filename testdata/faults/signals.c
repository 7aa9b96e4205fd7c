/* Signals: raised by the library, blocked by it, and handled by handlers of its own. */
#include "faults.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <setjmp.h>
#include <time.h>

/* SIGHUP, SIGINT, SIGQUIT and SIGTERM are left out: they ask the process to end, and it does. */
static int raised(int sig) { return raise(sig) ? -1 : 42; }

int raise_segv(void) { return raised(SIGSEGV); }
int raise_bus(void) { return raised(SIGBUS); }
int raise_fpe(void) { return raised(SIGFPE); }
int raise_ill(void) { return raised(SIGILL); }
int raise_trap(void) { return raised(SIGTRAP); }
int raise_abrt(void) { return raised(SIGABRT); }
int raise_sys(void) { return raised(SIGSYS); }
int raise_stkflt(void) { return raised(SIGSTKFLT); }
int raise_usr1(void) { return raised(SIGUSR1); }
int raise_alrm(void) { return raised(SIGALRM); }
int raise_pipe(void) { return raised(SIGPIPE); }
int raise_xcpu(void) { return raised(SIGXCPU); }
int raise_io(void) { return raised(SIGIO); }
int raise_prof(void) { return raised(SIGPROF); }
int raise_realtime(void) { return raised(SIGRTMIN + 6); }
int raise_thread_cancel(void) { return syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), 32) ? -1 : 42; }

/* sent waits for a signal that was sent to the process: another thread may get it first. */
static int sent(int r) {
  for (int i = 0; i < 1000; i++) usleep(1000);
  return r ? -1 : 42;
}
int kill_abrt(void) { return sent(kill(getpid(), SIGABRT)); }
int kill_segv(void) { return sent(kill(getpid(), SIGSEGV)); }
int sigqueue_segv(void) {
  union sigval value = {.sival_int = 7};
  return sent(sigqueue(getpid(), SIGSEGV, value));
}

/* Writing to a pipe that nobody reads. */
int broken_pipe(void) {
  int ends[2];
  if (pipe(ends)) return -1;
  close(ends[0]);
  ssize_t n = write(ends[1], "x", 1);
  int why = errno;
  close(ends[1]);
  return n == -1 && why == EPIPE ? 42 : -2;
}

int file_too_big(void) {
  struct rlimit was, small;
  char name[] = "/tmp/faultXXXXXX";
  int fd = mkstemp(name);
  unlink(name);
  getrlimit(RLIMIT_FSIZE, &was);
  small = was;
  small.rlim_cur = 10;
  setrlimit(RLIMIT_FSIZE, &small);
  write(fd, "0123456789", 10);
  ssize_t n = write(fd, "x", 1);
  setrlimit(RLIMIT_FSIZE, &was);
  close(fd);
  return n == -1 ? 42 : -2;
}

/* An alarm that rings while the call runs. */
int alarmed(void) {
  struct itimerval soon = {{0, 0}, {0, 1000}};
  struct timespec start, now;
  setitimer(ITIMER_REAL, &soon, NULL);
  clock_gettime(CLOCK_MONOTONIC, &start);
  do {
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while ((now.tv_sec - start.tv_sec) * 1000000000L + now.tv_nsec - start.tv_nsec < 20000000);
  return 42;
}

/* Masks. */

int fault_all_blocked(void) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, NULL);
  return *nowhere;
}

int fault_segv_blocked(void) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, SIGSEGV);
  sigprocmask(SIG_BLOCK, &one, NULL);
  return *nowhere;
}

int abort_all_blocked(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  abort();
}

/* Comes back with everything blocked: the call after it has to be as safe as any. */
int block_all(void) {
  sigset_t all;
  sigfillset(&all);
  return pthread_sigmask(SIG_SETMASK, &all, NULL) ? -1 : 42;
}

/* Handlers of the library's own. What they replace is put back by no one. */

static void handle(int sig, void (*handler)(int), int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  sigaction(sig, &action, NULL);
}

static void faulting(int sig) { sink = (void *)(intptr_t)*nowhere; }
static void aborting(int sig) { abort(); }
static void returning(int sig) {}

int fault_in_handler(void) {
  handle(SIGRTMIN + 1, faulting, 0);
  return raised(SIGRTMIN + 1);
}

int abort_in_handler(void) {
  handle(SIGRTMIN + 2, aborting, SA_RESTART);
  return raised(SIGRTMIN + 2);
}

int fault_in_fault_handler(void) {
  handle(SIGSEGV, faulting, 0);
  return *nowhere;
}

/* Its handler runs on a stack of its own, which is static. */
int fault_on_own_stack(void) {
  static char memory[65536];
  stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
  sigaltstack(&stack, NULL);
  handle(SIGRTMIN + 3, faulting, SA_ONSTACK);
  return raised(SIGRTMIN + 3);
}

int fault_without_alternate_stack(void) {
  stack_t none = {.ss_flags = SS_DISABLE};
  sigaltstack(&none, NULL);
  return *nowhere;
}

static char *volatile locked;
static void repair(int sig, siginfo_t *info, void *context) { mprotect(locked, 4096, PROT_READ | PROT_WRITE); }
int handler_repairs(void) {
  if (locked == NULL) locked = pages(1);
  mprotect(locked, 4096, PROT_NONE);
  struct sigaction action = {.sa_sigaction = repair, .sa_flags = SA_SIGINFO}, was;
  sigaction(SIGSEGV, &action, &was);
  locked[3] = 42;
  sigaction(SIGSEGV, &was, NULL);
  return locked[3];
}

static sigjmp_buf safe;
static void leave(int sig) { siglongjmp(safe, 42); }
int handler_jumps(void) {
  struct sigaction action = {.sa_handler = leave}, was;
  sigaction(SIGSEGV, &action, &was);
  volatile int how = sigsetjmp(safe, 1);
  if (how == 0) sink = (void *)(intptr_t)*nowhere;
  sigaction(SIGSEGV, &was, NULL);
  return how;
}

int handler_jumps_by_signal(void) {
  void (*was)(int) = signal(SIGSEGV, leave);
  volatile int how = sigsetjmp(safe, 1);
  if (how == 0) sink = (void *)(intptr_t)*nowhere;
  signal(SIGSEGV, was);
  return how;
}

/* A handler that returns to the same fault, for ever; one that stays is in force for the calls after it. */
int handler_returns(void) {
  handle(SIGSEGV, returning, SA_RESETHAND);
  return *nowhere;
}

int default_handler(void) {
  signal(SIGSEGV, SIG_DFL);
  return *nowhere;
}

/* The signals that faults raise. What is set for others, such as SIGPIPE, is the library's own affair. */
static const int fatal[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSTKFLT, SIGSYS};

int default_handlers(void) {
  for (int i = 0; i < 8; i++) signal(fatal[i], SIG_DFL);
  return *nowhere;
}

/* A handler stays in force when the call that has set it is over. */
int forget_handlers(void) {
  for (int i = 0; i < 8; i++) signal(fatal[i], SIG_DFL);
  return 42;
}

int ignored_fault(void) {
  signal(SIGSEGV, SIG_IGN);
  return *nowhere;
}

int ignored_raise(void) {
  void (*was)(int) = signal(SIGFPE, SIG_IGN);
  int r = raised(SIGFPE);
  signal(SIGFPE, was);
  return r;
}

int ignored_abort(void) {
  signal(SIGABRT, SIG_IGN);
  abort();
}

int handled_abort(void) {
  handle(SIGABRT, returning, 0);
  abort();
}

static void jump_from_abort(int sig) { siglongjmp(safe, 42); }
int jumped_abort(void) {
  struct sigaction action = {.sa_handler = jump_from_abort}, was;
  sigaction(SIGABRT, &action, &was);
  volatile int how = sigsetjmp(safe, 1);
  if (how == 0) abort();
  sigaction(SIGABRT, &was, NULL);
  return how;
}

/* Children. Each gives 42 if the child ended as it would have without a shell around it. */

static int ended(pid_t child, int want) {
  int status;
  for (int i = 0; i < 1000; i++) {
    if (waitpid(child, &status, WNOHANG) == child) return WIFSIGNALED(status) && WTERMSIG(status) == want ? 42 : 1000 + status;
    usleep(10000);
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return -1; /* it hung */
}

int fault_in_child(void) {
  pid_t child = fork();
  if (child == 0) {
    sink = (void *)(intptr_t)*nowhere;
    _exit(5);
  }
  return ended(child, SIGSEGV);
}

int abort_in_child(void) {
  pid_t child = fork();
  if (child == 0) abort();
  return ended(child, SIGABRT);
}

int fault_in_vfork_child(void) {
  pid_t child = vfork();
  if (child == 0) {
    sink = (void *)(intptr_t)*nowhere;
    _exit(5);
  }
  return ended(child, SIGSEGV);
}

int shell_command(void) { return system("exit 42") >> 8; }
