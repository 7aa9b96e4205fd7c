/* The library of the Lua tests, continued: functions that do not return. Each says so first, if it is told to. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

int say = 0;
static void running(void) { if (say) write(1, "running\n", 8); }

void spin(void) { running(); for (volatile int i = 0;; i++) { } }
void sleep_on(void) { running(); for (;;) pause(); }
int sleep_once(int seconds) { running(); return sleep(seconds); }
void lock_twice(void)
{
    pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&m);
    running();
    pthread_mutex_lock(&m);
}
void keep_calling(int (*f)(int)) { running(); for (int i = 0;; i++) f(i); }

static void *doze(void *unused) { for (;;) pause(); return unused; }
void join_sleeper(void)
{
    pthread_t t;
    pthread_create(&t, NULL, doze, NULL);
    running();
    pthread_join(t, NULL);
}
static void *call(void *f) { ((int (*)(int))f)(1); return f; }
void call_one_thread(int (*f)(int))
{
    pthread_t t;
    pthread_create(&t, NULL, call, f);
    pthread_join(t, NULL);
}
