/* A library with types of the same names as in shapes.c, some the same and some not. */
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum color { RED, GREEN, BLUE };
struct point { int x, y, z; };
union number { int32_t i; float f; unsigned char bytes[4]; };

enum color paint_far = BLUE;
union number far_number;
struct point far(struct point p) { p.x *= 10; p.y *= 10; p.z *= 10; return p; }

#ifdef __cplusplus
}
#endif
