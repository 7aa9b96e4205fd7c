/* The functions that tell what crossed the line between Lua and C: one for each
 * scalar type that stores the bytes it got and returns its argument, one that
 * stores its variadic arguments, and a few that answer through out parameters. */
#include <float.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <wchar.h>

unsigned char got[64]; /* the bytes of the last argument, or of the text it points to */
int got_size;          /* how many of them mean something; -1 for a null pointer to text */

static void note(const void *p, size_t size)
{
    memset(got, 0, sizeof got);
    memcpy(got, p, size);
    got_size = (int)size;
}

/* echo_T returns its argument; give_T stores it where the caller says. */
#define ECHO(name, type)                           \
    type echo_##name(type x)                       \
    {                                              \
        note(&x, sizeof x);                        \
        return x;                                  \
    }                                              \
    void give_##name(type x, type *out) { *out = x; }

ECHO(bool, _Bool)
ECHO(char, char)
ECHO(schar, signed char)
ECHO(uchar, unsigned char)
ECHO(short, short)
ECHO(ushort, unsigned short)
ECHO(int, int)
ECHO(uint, unsigned)
ECHO(long, long)
ECHO(ulong, unsigned long)
ECHO(llong, long long)
ECHO(ullong, unsigned long long)
ECHO(float, float)
ECHO(double, double)
ECHO(wchar, wchar_t)
ECHO(size, size_t)
ECHO(ssize, ssize_t)
ECHO(ptrdiff, ptrdiff_t)
ECHO(intptr, intptr_t)
ECHO(uintptr, uintptr_t)
ECHO(int8, int8_t)
ECHO(uint8, uint8_t)
ECHO(int16, int16_t)
ECHO(uint16, uint16_t)
ECHO(int32, int32_t)
ECHO(uint32, uint32_t)
ECHO(int64, int64_t)
ECHO(uint64, uint64_t)
ECHO(time, time_t)
ECHO(address, void *)
ECHO(ints, int *)

/* Of the 16 bytes of an x87 long double only 10 mean anything. */
#define LONG_DOUBLE_BYTES (LDBL_MANT_DIG == 64 ? 10 : sizeof(long double))

long double echo_ldouble(long double x)
{
    note(&x, LONG_DOUBLE_BYTES);
    return x;
}
void give_ldouble(long double x, long double *out) { *out = x; }

/* Of text the characters are stored, not the address: the copy C gets lives for the call only. */
char *echo_text(char *x)
{
    if (x == NULL) {
        got_size = -1;
        return NULL;
    }
    size_t n = strlen(x) + 1;
    note(x, n < sizeof got ? n : sizeof got);
    return x;
}

wchar_t *echo_wtext(wchar_t *x)
{
    if (x == NULL) {
        got_size = -1;
        return NULL;
    }
    size_t n = (wcslen(x) + 1) * sizeof *x;
    note(x, n < sizeof got ? n : sizeof got);
    return x;
}

/* vary reads one variadic argument for each letter of its format, stores it in
 * a slot of its own, and returns how many there were:
 * i int, u unsigned, l long long, d double, D long double, p void *, s char * (its text). */
unsigned char varied[64][16];

int vary(const char *format, ...)
{
    va_list list;
    int n = 0;
    memset(varied, 0, sizeof varied);
    va_start(list, format);
    for (; format[n] != 0 && n < 64; n++) {
        switch (format[n]) {
        case 'i': { int v = va_arg(list, int); memcpy(varied[n], &v, sizeof v); break; }
        case 'u': { unsigned v = va_arg(list, unsigned); memcpy(varied[n], &v, sizeof v); break; }
        case 'l': { long long v = va_arg(list, long long); memcpy(varied[n], &v, sizeof v); break; }
        case 'd': { double v = va_arg(list, double); memcpy(varied[n], &v, sizeof v); break; }
        case 'D': { long double v = va_arg(list, long double); memcpy(varied[n], &v, LONG_DOUBLE_BYTES); break; }
        case 'p': { void *v = va_arg(list, void *); memcpy(varied[n], &v, sizeof v); break; }
        case 's': { const char *v = va_arg(list, const char *); strncpy((char *)varied[n], v, 15); break; }
        }
    }
    va_end(list);
    return n;
}

/* divide has two out parameters, either of which may be NULL. It returns 0, or -1 where C has no answer. */
int divide(int a, int b, int *quotient, int *remainder)
{
    if (b == 0)
        return -1;
    if (quotient != NULL)
        *quotient = a / b;
    if (remainder != NULL)
        *remainder = a % b;
    return 0;
}

/* spell stores the name of a digit: an out parameter that is itself a pointer. */
int spell(int digit, const char **name)
{
    static const char *const names[] = {"zero", "one", "two", "three"};
    if (digit < 0 || digit > 3) {
        *name = NULL;
        return 0;
    }
    *name = names[digit];
    return (int)strlen(names[digit]);
}

/* tally writes to an array of the caller's: how often each letter of text occurs. It returns the length. */
size_t tally(const char *text, unsigned counts[26])
{
    size_t n = 0;
    memset(counts, 0, 26 * sizeof *counts);
    for (; text[n] != 0; n++)
        if (text[n] >= 'a' && text[n] <= 'z')
            counts[text[n] - 'a']++;
    return n;
}
