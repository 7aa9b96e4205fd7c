/* The library of the Lua tests: variables, out parameters, strings, callers of
 * what they are given, and ways to leave an errno. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

int counter = 42;
int table[4] = {10, 20, 30, 40};
char name[16] = "probe";
const char *const words[] = {"zero", "one", "two"};
const char literal[] = "read only";
double ratio = 2.5;
const char *title = "a title";
const wchar_t *wide_title = L"h\u00e9llo \U0001F600";
uint64_t big = 0xFFFFFFFFFFFFFFFFu;
int64_t odd = 9007199254740993; /* 2^53 + 1 */

int get_counter(void) { return counter; }
int add(int a, int b) { return a + b; }
double half(double x) { return x / 2; }
float quarter(float x) { return x / 4; }
void nothing(void) {}
void set_int(int *p, int x) { *p = x; }
int sum(const int *p, int n) { int s = 0; while (n-- > 0) s += *p++; return s; }
int total_length(const char **list, int n) { int s = 0; while (n-- > 0) s += strlen(*list++); return s; }
void *same_pointer(void *p) { return p; }
int *find_int(int *p, int n, int x) { for (; n-- > 0; p++) if (*p == x) return p; return NULL; }
const char *word(int i) { return i >= 0 && i < 3 ? words[i] : NULL; }
const wchar_t *wide(void) { return wide_title; }
size_t wide_length(const wchar_t *s) { return wcslen(s); }
uint64_t add_u64(uint64_t a, uint64_t b) { return a + b; }
int64_t add_i64(int64_t a, int64_t b) { return a + b; }
unsigned char next_byte(unsigned char c) { return c + 1; }
_Bool negate(_Bool b) { return !b; }
char first(const char *s) { return s[0]; }
int fail_with(int e) { errno = e; return -1; }
int look_at_errno(void) { return errno; }

/* format prints into buf what printf would. */
int format(char *buf, size_t n, const char *how, ...)
{
    va_list list;
    va_start(list, how);
    int r = vsnprintf(buf, n, how, list);
    va_end(list);
    return r;
}
