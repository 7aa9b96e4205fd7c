/* The library of the model transcript: it says when the loader brings it in
 * and when the loader lets it go. */
#include <stdio.h>

__attribute__((constructor)) static void initialize(void) { printf("initialize\n"); }
__attribute__((destructor)) static void finalize(void) { printf("finalize\n"); }

int answer = 42;

int add(int a, int b) { return a + b; }
double scale(double x, double factor) { return x * factor; }
