/* The library of the Lua tests, continued: functions that call what they are given, at once, later, and on threads. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Every kind of argument and result. */
int call_int(int (*f)(int, int), int a, int b) { return f(a, b); }
double call_double(double (*f)(double), double x) { return f(x); }
float call_float(float (*f)(float, int), float x, int n) { return f(x, n); }
long double call_long_double(long double (*f)(long double), long double x) { return f(x); }
int call_small(int (*f)(signed char, unsigned char, short, unsigned short, _Bool, char))
{
    return f(-1, 255, -2, 65535, 1, 'x');
}
int64_t call_large(int64_t (*f)(int64_t, uint64_t), int64_t a, uint64_t b) { return f(a, b); }
unsigned char call_byte(unsigned char (*f)(void)) { return f(); }
_Bool call_bool(_Bool (*f)(_Bool), _Bool b) { return f(b); }
size_t call_text(const char *(*f)(const char *), const char *s) { const char *r = f(s); return r ? strlen(r) : 99; }
void *call_address(void *(*f)(void *), void *p) { return f(p); }
int call_pointer(int *(*f)(int *), int *p) { int *r = f(p); return r ? *r : -1; }
int call_many(int (*f)(int, double, int, double, int, double, int, double, int, double, int, double, int, double, int,
                       double, int, double, int, double))
{
    return f(1, .5, 2, 1.5, 3, 2.5, 4, 3.5, 5, 4.5, 6, 5.5, 7, 6.5, 8, 7.5, 9, 8.5, 10, 9.5);
}
void call_void(void (*f)(void)) { f(); }
int call_times(int (*f)(int), int n) { int s = 0; for (int i = 0; i < n; i++) s += f(i); return s; }
typedef int (*binary)(int, int);
static int add_two(int a, int b) { return a + b; }
static int multiply(int a, int b) { return a * b; }
binary choose(int op) { return op == '+' ? add_two : op == '*' ? multiply : NULL; }
int call_with_function(int (*f)(binary), int op) { return f(choose(op)); }
int call_back_function(binary (*f)(int), int which) { binary g = f(which); return g ? g(6, 7) : -1; }

/* What C keeps: in a variable, in a struct, in an array. */
binary hook = NULL;
int call_hook(int a, int b) { return hook ? hook(a, b) : -1; }
void set_hook(binary f) { hook = f; }
int seen = 0;
void remember_hook(void) { seen = hook(1, 2); }
struct operations { binary add, multiply; int calls; };
int operate(struct operations *o, int a, int b) { o->calls++; return o->add(a, b) * 100 + o->multiply(a, b); }
struct operations builtin = {add_two, multiply, 0};
int sum_of_all(binary *list, int n) { int s = 0; for (int i = 0; i < n; i++) s += list[i](i, 10); return s; }

/* Structs by value. */
struct pair { int x; double y; };
double call_pair(struct pair (*f)(struct pair, int), struct pair p) { struct pair r = f(p, 2); return r.x * 100 + r.y; }

/* errno around a callback. */
int errno_around(int (*f)(void), int before, int *inside)
{
    errno = before;
    *inside = f();
    return errno;
}

/* Out parameters, for prototypes. */
int divide(int a, int b, int *quotient, int *rest)
{
    if (b == 0) return -1;
    *quotient = a / b;
    *rest = a % b;
    return 0;
}
void double_it(int *p) { *p *= 2; }
void fill(char *text, int n) { for (int i = 0; i < n; i++) text[i] = 'a' + i; text[n] = 0; }
int minus(int a, int b) { return a - b; }

/* Threads of the library's own. */
struct job { int (*f)(int); int n, sum; useconds_t pause; };
static void *work(void *p)
{
    struct job *j = p;
    for (int i = 0; i < j->n; i++) {
        if (j->pause) usleep(j->pause);
        j->sum += j->f(i);
    }
    return j;
}
int call_on_thread(int (*f)(int), int n)
{
    struct job j = {f, n, 0, 0};
    pthread_t t;
    if (pthread_create(&t, NULL, work, &j)) return -1;
    pthread_join(t, NULL);
    return j.sum;
}
int call_on_threads(int (*f)(int), int threads, int n)
{
    struct job j[16];
    pthread_t t[16];
    int sum = 0;
    for (int i = 0; i < threads; i++) {
        j[i] = (struct job){f, n, 0, 0};
        pthread_create(&t[i], NULL, work, &j[i]);
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(t[i], NULL);
        sum += j[i].sum;
    }
    return sum;
}
/* A thread that goes on by itself; wait_for_thread ends with it. */
static struct job later;
static pthread_t later_thread;
int start_thread(int (*f)(int), int n, int microseconds)
{
    later = (struct job){f, n, 0, microseconds};
    return pthread_create(&later_thread, NULL, work, &later);
}
int wait_for_thread(void) { pthread_join(later_thread, NULL); return later.sum; }
void sleep_milliseconds(int n) { usleep(n * 1000); }
