/* What the benchmark calls: functions that do as little as a function can. */
#include <string.h>

int add(int a, int b) { return a + b; }
double mul(double a, double b) { return a * b; }
size_t len(const char *s) { return strlen(s); }
const char *echo(const char *s) { return s; }

typedef struct { double x, y; } point;
point turn(point p) { return (point){-p.y, p.x}; }

int repeat_call(int (*f)(int, int), int n)
{
    int sum = 0;
    for (int i = 0; i < n; i++) sum += f(i, 5);
    return sum;
}
