// What C++ does with threads that the hooks are there for: std::thread makes them in libstdc++, a dependency.
#include <atomic>
#include <csignal>
#include <stdexcept>
#include <thread>
#include <pthread.h>

static std::atomic<long> destroyed;
struct Local {
	long n = 1;
	~Local() { destroyed += n; }
};
static thread_local Local local;

static long forever(long n) {
	volatile char room[200];
	room[0] = n;
	return forever(n + 1) + room[0];
}

extern "C" {
long add(long a, long b) { return a + b; }
long cpp_overflow() {
	long sum = 0;
	std::thread([&] { sum = forever(0); }).join();
	return sum;
}
// Blocked signals, as many libraries have in their threads.
long cpp_blocked() {
	std::thread([] {
		sigset_t all;
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, nullptr);
		*(volatile long *)24 = 1;
	}).join();
	return 0;
}
// Exceptions go through what a thread of ours begins with, and what thread_local has is destroyed.
long cpp_threads(long n) {
	long caught = 0;
	destroyed = 0;
	while (n--)
		std::thread([&] {
			local.n = 2;
			try {
				throw std::runtime_error("on a thread");
			} catch (const std::exception &) {
				caught++;
			}
		}).join();
	return caught + destroyed;
}
}

// A constructor that makes threads: its libraries' calls are bound before it runs.
static struct Early {
	long sum = 0;
	Early() {
		std::thread([&] {
			stack_t stack;
			sigaltstack(nullptr, &stack);
			sum = stack.ss_flags & SS_DISABLE ? -1 : 42;
		}).join();
	}
} early;
extern "C" long cpp_early() { return early.sum; }
