/* The library of the tests of debug information: compiled with -g, in many ways, it is called
 * without one declaration. It is C and C++: the lines with __cplusplus make it extern "C". */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

enum color { RED, GREEN = 5, BLUE };
enum { MOST_CORNERS = 8 };
typedef enum { THIN = 1, THICK = 0x7fffffff } width_t;

struct point { double x, y; };
typedef struct point point_t;
typedef struct { int w, h; } extent;

struct rect { struct point at; extent size; enum color color; };

struct flags { unsigned filled : 1, dashed : 1, layer : 6; int depth : 5; bool shown : 1; };

union number { int32_t i; float f; unsigned char bytes[4]; };
struct tagged { char kind; union number n; };

struct path { const char *name; int count; struct point points[]; };

struct polygon { struct point corner[MOST_CORNERS]; int corners; struct polygon *next; };

struct canvas; /* its members are nobody's business */

typedef int (*order_t)(const struct point *a, const struct point *b);
typedef void (*visit_t)(int i, struct point p, void *user);
struct hooks { visit_t visit; void *user; void (*log)(const char *how, ...); };

/* Structs by value, of all sizes, and back. */
struct point middle(struct point a, struct point b) { struct point m = {(a.x + b.x) / 2, (a.y + b.y) / 2}; return m; }
extent twice(extent e) { e.w *= 2; e.h *= 2; return e; }
struct rect moved(struct rect r, double dx, double dy) { r.at.x += dx; r.at.y += dy; return r; }
struct flags raised(struct flags f) { f.layer++; f.depth--; f.shown = !f.shown; return f; }
union number negated(union number n) { n.i = -n.i; return n; }
struct tagged as_float(struct tagged t) { if (t.kind == 'i') { t.kind = 'f'; t.n.f = (float)t.n.i; } return t; }

/* By pointer. */
double area(const struct rect *r) { return r->size.w * (double)r->size.h; }
void grow(struct rect *r, int by) { r->size.w += by; r->size.h += by; }
double sum_x(const struct point *list, int n) { double s = 0; while (n-- > 0) s += list++->x; return s; }
int count(const struct polygon *p) { int n = 0; for (; p; p = p->next) n++; return n; }
void first_corner(point_t *out, struct polygon *p) { *out = p->corner[0]; }
void scale(double v[2], double by) { v[0] *= by; v[1] *= by; }
int trace(int m[2][2]) { return m[0][0] + m[1][1]; }

struct path *new_path(const char *name, int count)
{
    struct path *p = (struct path *)calloc(1, sizeof *p + count * sizeof p->points[0]);
    p->name = name;
    p->count = count;
    for (int i = 0; i < count; i++) {
        p->points[i].x = i;
        p->points[i].y = i * i;
    }
    return p;
}
void free_path(struct path *p) { free(p); }
struct path *no_path(void) { return NULL; }

/* Enums. */
enum color next_color(enum color c) { return c == RED ? GREEN : c == GREEN ? BLUE : RED; }
const char *color_name(enum color c) { return c == RED ? "red" : c == GREEN ? "green" : c == BLUE ? "blue" : "none"; }
width_t widest(void) { return THICK; }

/* Callbacks. */
void each(const struct point *list, int n, visit_t visit, void *user) { for (int i = 0; i < n; i++) visit(i, list[i], user); }
double mapped(double x, double (*f)(double)) { return f(x); }
void run_hooks(const struct hooks *h, struct point p) { if (h->visit) h->visit(1, p, h->user); }
void sort_points(struct point *list, size_t n, order_t order)
{
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && order(&list[j - 1], &list[j]) > 0; j--) {
            struct point t = list[j];
            list[j] = list[j - 1];
            list[j - 1] = t;
        }
}
static int by_x(const struct point *a, const struct point *b) { return (a->x > b->x) - (a->x < b->x); }
order_t order_by_x(void) { return by_x; }

/* Variadics. */
int total(int n, ...)
{
    va_list list;
    va_start(list, n);
    int sum = 0;
    while (n-- > 0)
        sum += va_arg(list, int);
    va_end(list);
    return sum;
}
int describe(char *out, size_t size, const char *how, ...)
{
    va_list list;
    va_start(list, how);
    int n = vsnprintf(out, size, how, list);
    va_end(list);
    return n;
}

/* Strings, numbers, addresses. */
size_t length(const char *s) { return strlen(s); }
char *shout(char *s) { for (char *p = s; *p; p++) if (*p >= 'a' && *p <= 'z') *p -= 32; return s; }
int same_text(const char *const *list, int n, const char *s) { int k = 0; while (n-- > 0) k += !strcmp(*list++, s); return k; }
int64_t wide(int64_t a, uint8_t b) { return a + b; }
float ratio(float a, float b) { return a / b; }
bool inside(struct point p, struct rect r) { return p.x >= r.at.x && p.x < r.at.x + r.size.w && p.y >= r.at.y && p.y < r.at.y + r.size.h; }
void nothing(void) {}
void *same_address(void *p) { return p; }
unsigned checksum(const unsigned char *bytes, size_t n) { unsigned s = 0; while (n--) s += *bytes++; return s; }

/* What nobody may look into. */
struct canvas { int strokes; };
static struct canvas the_canvas;
struct canvas *open_canvas(void) { return &the_canvas; }
int stroke(struct canvas *c) { return ++c->strokes; }
struct hidden;
struct hidden *hide(int n) { return (struct hidden *)(intptr_t)n; }
int reveal(struct hidden *h) { return (int)(intptr_t)h; }

/* Not exported: nobody finds them. */
static int secret(int a) { return a; }
int use_secret(int a) { return secret(a) + MOST_CORNERS; }

/* Variables. */
#ifdef __cplusplus
extern const int limit;
extern const struct point unit;
extern const char *const words[3];
#endif
int made = 3;
const int limit = 10;
double origin_shift[2] = {0.5, 1.5};
struct point origin = {1, 2};
const struct point unit = {1, 1};
struct rect *current;
struct polygon ring = {{{1, 2}, {3, 4}}, 2, &ring};
const char *title = "shapes";
char label[8] = "label";
const char *const words[3] = {"zero", "one", "two"};
enum color paint = BLUE;
union number either = {7};
struct flags look = {1, 0, 33, -3, true};
order_t order = by_x;
uint64_t big = 0xffffffffffffffffu;
__thread int per_thread = 5;
extent matrix[2][3] = {{{1, 2}, {3, 4}, {5, 6}}, {{7, 8}, {9, 10}, {11, 12}}};

#ifndef __cplusplus
int unprototyped() { return 77; }
double diagonal(int n, double m[n][n]) { double sum = 0; for (int i = 0; i < n; i++) sum += m[i][i]; return sum; }
#endif

#ifdef __cplusplus
}
namespace geo { int mangled(int a) { return a; } }
#endif
