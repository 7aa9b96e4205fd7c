/* What libraries do with threads, signals and jumps that the hooks are there for. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

typedef long (*fn)(long);
long add(long a, long b) { return a + b; }
long forever(long n) { volatile char room[200]; room[0] = n; return forever(n + 1) + room[0]; }
long bad(long n) { *(volatile long *)24 = n; return n; }
static void *run(void *f) { return (void *)((fn)f)(40); }

/* ---- threads ---- */

/* with the stack that threads have, or the smallest that there is */
long overflow_on_thread(long small) {
	pthread_attr_t a;
	pthread_t t;
	pthread_attr_init(&a);
	if (small && pthread_attr_setstacksize(&a, PTHREAD_STACK_MIN)) return -1;
	if (pthread_create(&t, &a, run, forever)) return -2;
	pthread_join(t, 0);
	return 0;
}
long overflow_on_c11_thread(void) {
	thrd_t t;
	if (thrd_create(&t, (thrd_start_t)forever, 0) != thrd_success) return -1;
	return thrd_join(t, 0);
}
long bad_with_all_blocked(long how) {
	sigset_t s, old;
	sigfillset(&s);
	if (how) sigprocmask(SIG_SETMASK, &s, &old); else pthread_sigmask(SIG_BLOCK, &s, &old);
	return bad(1);
}
static void *blocks(void *how) {
	bad_with_all_blocked((long)how);
	return 0;
}
long bad_on_blocked_thread(long how) {
	pthread_t t;
	pthread_create(&t, 0, blocks, (void *)how);
	pthread_join(t, 0);
	return 0;
}
/* the set is gone back to exactly as it was, and says what it was told */
long mask_round_trip(void) {
	sigset_t all, was, now, back;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	pthread_sigmask(SIG_SETMASK, &was, &now);
	pthread_sigmask(SIG_BLOCK, 0, &back);
	for (int i = 1; i < 32; i++) {
		if (i != SIGKILL && i != SIGSTOP && i != SIGSYS && !sigismember(&now, i)) return i;
		if (sigismember(&back, i) != sigismember(&was, i)) return 100 + i;
	}
	return 0;
}
static int thirty(void *arg) { return *(int *)arg + 10; }
long c11_result(void) {
	thrd_t t;
	int arg = 20, result = 0;
	if (thrd_create(&t, thirty, &arg) != thrd_success || thrd_join(t, &result) != thrd_success) return -1;
	return result;
}
static void *exits(void *arg) { pthread_exit(arg); }
static void *waits(void *arg) { for (;;) pause(); }
static void *returns(void *arg) { return arg; }
/* many threads in turn, that return, call pthread_exit, or are cancelled */
long many_threads(long n) {
	for (long i = 0; i < n; i++) {
		pthread_t t;
		void *result = 0;
		void *(*kind)(void *) = i % 3 == 0 ? returns : i % 3 == 1 ? exits : waits;
		if (pthread_create(&t, 0, kind, (void *)i)) return -1;
		if (kind == waits) pthread_cancel(t);
		pthread_join(t, &result);
		if (result != (kind == waits ? PTHREAD_CANCELED : (void *)i)) return i + 1;
	}
	return 0;
}
long impossible_thread(long n) {
	pthread_attr_t a;
	pthread_t t;
	pthread_attr_init(&a);
	cpu_set_t none;
	CPU_ZERO(&none);
	pthread_attr_setaffinity_np(&a, sizeof none, &none);
	while (n--) if (!pthread_create(&t, &a, returns, 0)) return -1;
	return 0;
}
static void alarm_faults(union sigval v) { bad(v.sival_int); }
static volatile long rung;
static void alarm_rings(union sigval v) { rung += v.sival_int; }
/* a timer for which libc makes a thread */
long timer_thread(long well) {
	struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = well ? alarm_rings : alarm_faults, .sigev_value.sival_int = 7 };
	struct itimerspec soon = { .it_value = { 0, 1000000 } };
	timer_t timer;
	rung = 0;
	if (timer_create(CLOCK_MONOTONIC, &event, &timer)) return -1;
	if (timer_create(-77, &event, &timer) != -1) return -2;
	timer_settime(timer, 0, &soon, 0);
	if (!well) for (;;) pause(); /* until the thread's fault ends the call */
	while (!rung) usleep(1000);
	timer_delete(timer);
	return rung;
}
long exit_in_call(void) { pthread_exit(0); }
static pthread_key_t key;
static fn at_end;
static void ends(void *p) { at_end((long)p); if ((long)p < 6) pthread_setspecific(key, (char *)p + 1); }
static void *with_key(void *p) { pthread_setspecific(key, (void *)1); return (void *)at_end(0); }
/* callbacks from the destructors of keys, in all rounds there are */
long call_at_end(fn f, long n) {
	long sum = 0;
	at_end = f;
	if (!key) pthread_key_create(&key, ends);
	while (n--) {
		pthread_t t;
		void *r;
		pthread_create(&t, 0, with_key, 0);
		pthread_join(t, &r);
		sum += (long)r;
	}
	return sum;
}

/* ---- signals ---- */

static sigjmp_buf back;
static void jumps(int s) { siglongjmp(back, s); }
/* what is at p, or -1 where nothing is: as many programs find out */
long probe(volatile char *p) {
	struct sigaction act = { .sa_handler = jumps }, old;
	long v = -1;
	sigaction(SIGSEGV, &act, &old);
	if (!sigsetjmp(back, 1)) v = *p;
	sigaction(SIGSEGV, &old, 0);
	return v;
}
static char *area, *volatile at_stack;
static volatile long faults, on_stack;
static void opens(int s, siginfo_t *info, void *context) {
	char here;
	faults++;
	at_stack = &here;
	on_stack = llabs(&here - area);
	mprotect((void *)((uintptr_t)info->si_addr & -4096), 4096, PROT_READ | PROT_WRITE);
}
/* a write barrier: n pages, each of them times times; by SA_ONSTACK or not */
long barrier(long n, long times, long flags) {
	struct sigaction act = { .sa_sigaction = opens, .sa_flags = SA_SIGINFO | flags }, old;
	char *p = mmap(0, n * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char here;
	area = &here;
	faults = 0;
	sigaction(SIGSEGV, &act, &old);
	for (long t = 0; t < times; t++) {
		mprotect(p, n * 4096, PROT_NONE);
		for (long i = 0; i < n; i++) p[i * 4096 + 8]++;
	}
	sigaction(SIGSEGV, &old, 0);
	for (long i = 0; i < n; i++) if (p[i * 4096 + 8] != (char)times) return -1;
	munmap(p, n * 4096);
	return faults;
}
static char *own_room;
static void *on_own(void *p) {
	stack_t s = { .ss_sp = own_room = malloc(1 << 20), .ss_size = 1 << 20 }, none = { .ss_flags = SS_DISABLE };
	if (sigaltstack(&s, 0)) return (void *)-1;
	long r = barrier(1, 1, SA_ONSTACK);
	r = r == 1 && at_stack >= own_room && at_stack < own_room + (1 << 20);
	sigaltstack(&none, 0);
	free(own_room);
	return (void *)r;
}
/* a thread that has made itself an alternate stack */
long own_stack_on_thread(void) {
	pthread_t t;
	void *r;
	pthread_create(&t, 0, on_own, 0);
	pthread_join(t, &r);
	return (long)r;
}
long near_stack(void) { return on_stack < 100000; }
static void measures(int s) { char here; on_stack = llabs(&here - area); }
static void *calls_and_raises(void *f) {
	char here;
	((void (*)(void))f)();
	area = &here;
	on_stack = -1;
	signal(SIGUSR2, measures);
	raise(SIGUSR2);
	signal(SIGUSR2, SIG_IGN);
	return (void *)(long)(on_stack >= 0 && on_stack < 100000);
}
/* a thread that handles a signal after it has called a callback */
long handles_after_callback(void *f) {
	pthread_t t;
	void *r;
	pthread_create(&t, 0, calls_and_raises, f);
	pthread_join(t, &r);
	return (long)r;
}
static void nothing(int s) { faults++; }
long useless_handler(void) {
	faults = 0;
	signal(SIGSEGV, nothing);
	return bad(1);
}
long count(void) { return faults; }
static void faulty(int s) { faults++; bad(2); }
long faulty_handler(long flags) {
	struct sigaction act = { .sa_handler = faulty, .sa_flags = flags };
	faults = 0;
	sigaction(SIGSEGV, &act, 0);
	return bad(1);
}
static void once(int s) { faults++; signal(s, SIG_DFL); }
long gives_up(void) {
	faults = 0;
	signal(SIGSEGV, once);
	return bad(1);
}
long one_shot(void) {
	struct sigaction act = { .sa_handler = nothing, .sa_flags = SA_RESETHAND }, old;
	faults = 0;
	sigaction(SIGSEGV, &act, 0);
	return bad(1);
}
/* what sigaction says of itself */
long asks(long n) {
	struct sigaction act = { .sa_sigaction = opens, .sa_flags = SA_SIGINFO | SA_RESTART }, old, now;
	sigemptyset(&act.sa_mask);
	sigaddset(&act.sa_mask, SIGUSR2);
	memset(&old, 0x55, sizeof old);
	memset(&now, 0x55, sizeof now);
	signal(n, SIG_DFL);
	if (sigaction(n, &act, &old)) return 1;
	if (old.sa_handler != SIG_DFL || sigismember(&old.sa_mask, SIGUSR2)) return 2;
	if (sigaction(n, 0, &now) || now.sa_sigaction != opens) return 3;
	if ((now.sa_flags & ~0x04000000) != act.sa_flags || !sigismember(&now.sa_mask, SIGUSR2) || sigismember(&now.sa_mask, SIGUSR1)) return 4;
	if (signal(n, nothing) != (void (*)(int))opens) return 5;
	if (sysv_signal(n, jumps) != nothing) return 6;
	if (sigaction(n, 0, &now) || now.sa_handler != jumps || !(now.sa_flags & SA_RESETHAND)) return 7;
	if (sigset(n, nothing) != jumps) return 8;
	if (sigignore(n)) return 9;
	if (signal(n, SIG_DFL) != SIG_IGN) return 10;
	errno = 0;
	if (signal(n, SIG_ERR) != SIG_ERR || errno != EINVAL) return 11;
	if (sigaction(65, &act, 0) != -1 || sigaction(0, &act, 0) != -1) return 12;
	return 0;
}
long default_again(void) { signal(SIGSEGV, SIG_DFL); return bad(1); }
long raises(long n) { return raise(n); }
long ignored(void) { signal(SIGTRAP, SIG_IGN); raise(SIGTRAP); signal(SIGTRAP, SIG_DFL); return 7; }
long raises_handled(long n) { faults = 0; signal(n, nothing); raise(n); raise(n); signal(n, SIG_DFL); return faults; }
long aborts_handled(void) { faults = 0; signal(SIGABRT, nothing); abort(); }
long aborts_ignored(void) { signal(SIGABRT, SIG_IGN); abort(); }
static sigset_t inside;
static void looks(int s) { faults++; pthread_sigmask(SIG_BLOCK, 0, &inside); }
/* what is blocked in a handler, and after it */
long mask_in_handler(long flags) {
	struct sigaction act = { .sa_handler = looks, .sa_flags = flags }, old;
	sigset_t after;
	sigaddset(&act.sa_mask, SIGUSR1);
	sigaction(SIGFPE, &act, 0);
	raise(SIGFPE);
	signal(SIGFPE, SIG_DFL);
	pthread_sigmask(SIG_BLOCK, 0, &after);
	return sigismember(&inside, SIGFPE) | sigismember(&inside, SIGUSR1) << 1 | sigismember(&inside, SIGUSR2) << 2 |
		sigismember(&after, SIGFPE) << 3 | sigismember(&after, SIGUSR1) << 4;
}
static fn calls_back;
static void handler_calls(int s) { faults = calls_back(s); }
/* a handler that calls back, of signal n */
long callback_in_handler(fn f, long n, long flags) {
	struct sigaction act = { .sa_handler = handler_calls, .sa_flags = flags };
	calls_back = f;
	faults = 0;
	sigaction(n, &act, 0);
	raise(n);
	signal(n, SIG_DFL);
	return faults;
}
static void fixes(int s, siginfo_t *info, void *context) {
	ucontext_t *u = context;
	faults++;
#ifdef __x86_64__
	u->uc_mcontext.gregs[REG_RIP] += 2; /* ud2 */
#else
	u->uc_mcontext.pc += 4;
#endif
}
/* a handler that goes on behind the instruction, with vector registers as they were */
double skips(double x, long flags) {
	struct sigaction act = { .sa_sigaction = fixes, .sa_flags = SA_SIGINFO | flags }, old;
	sigaction(SIGILL, &act, &old);
	double y = x * 2;
#ifdef __x86_64__
	__asm__ volatile("ud2" : "+x"(y));
#else
	__asm__ volatile(".inst 0" : "+w"(y));
#endif
	sigaction(SIGILL, &old, 0);
	return y + x;
}
long overflow_handled(void) {
	signal(SIGSEGV, nothing);
	faults = 0;
	return forever(1);
}
static volatile long rings;
static void rings_bell(int s, siginfo_t *info, void *context) { char room[4000]; memset(room, s, sizeof room); rings += room[3999] == s; }
/* a timer that hits who is running; its handler has no alternate stack, as most have none */
long timer(long microseconds) {
	struct sigaction act = { .sa_sigaction = rings_bell, .sa_flags = SA_SIGINFO | SA_RESTART }, old;
	struct itimerval every = { { 0, microseconds }, { 0, microseconds } };
	long was = rings;
	if (!microseconds) signal(SIGVTALRM, SIG_IGN);
	else if (sigaction(SIGVTALRM, &act, &old)) return -1;
	setitimer(ITIMER_VIRTUAL, &every, 0);
	return was;
}
long own_stack(void) {
	static char room[65536];
	stack_t s = { .ss_sp = room, .ss_size = sizeof room }, old;
	if (sigaltstack(&s, &old)) return -1;
	s.ss_flags = SS_DISABLE;
	return sigaltstack(&s, &old) | !(old.ss_flags & SS_DISABLE);
}

/* ---- jumps ---- */

static jmp_buf outer;
static volatile long depth;
static void deep(long n) { volatile char room[300]; room[0] = n; if (n) deep(n - 1); else longjmp(outer, 5); }
long jump_inside(long n) { int r = setjmp(outer); if (!r) deep(n); return r; }
/* a jump over a callback, out of the call that it made */
long jump_over(fn f) { int r = setjmp(outer); if (!r) return f(0); return -r; }
long jump_out(void) { longjmp(outer, 1); }
long jump_out_sig(void) { siglongjmp(outer, 1); }
static jmp_buf coroutine, starter;
static ucontext_t main_context, co_context;
static void co(void) { for (long i = 0;; i++) { depth = i; if (!_setjmp(coroutine)) _longjmp(starter, 1); } }
/* coroutines with stacks of their own, which lie anywhere */
long coroutines(long n) {
	size_t size = 256 << 10;
	char *stack = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	getcontext(&co_context);
	co_context.uc_stack.ss_sp = stack;
	co_context.uc_stack.ss_size = size;
	co_context.uc_link = &main_context;
	makecontext(&co_context, co, 0);
	if (!_setjmp(starter)) setcontext(&co_context);
	for (long i = 0; i < n; i++) if (!_setjmp(starter)) _longjmp(coroutine, 1);
	munmap(stack, size);
	return depth;
}
