/* Libraries that fault when they come or go: which of them this is, -D says. NEIGHBOUR is one that is well. */
#include <stdlib.h>

static int *volatile nowhere;
static volatile int alive;

#if defined NEIGHBOUR
__attribute__((constructor)) static void come(void) { alive = 42; }
__attribute__((destructor)) static void leave(void) { alive = 0; }
int neighbour(void) { return alive; }

#elif defined CONSTRUCTOR || defined CONSTRUCTOR_TOO
__attribute__((constructor)) static void come(void) { alive = *nowhere; }

#elif defined CONSTRUCTOR_ABORT
__attribute__((constructor)) static void come(void) { abort(); }

#elif defined DESTRUCTOR
__attribute__((destructor)) static void leave(void) { alive = *nowhere; }

#elif defined DESTRUCTOR_ABORT
__attribute__((destructor)) static void leave(void) { abort(); }

#elif defined EXIT_HANDLER
static void leave(void) { alive = *nowhere; }
__attribute__((constructor)) static void come(void) { atexit(leave); }

#elif defined RESOLVER /* asked by the loader for the address of chosen */
static int chosen_one(void) { return 42; }
static int (*resolve(void))(void) {
  alive = *nowhere;
  return chosen_one;
}
int chosen(void) __attribute__((ifunc("resolve")));
int (*pointer)(void) = chosen;

#elif defined MISSING /* a function that nobody has: found out when it is called */
int not_to_be_found_anywhere(void);
int call_missing(void) { return not_to_be_found_anywhere(); }
#endif
