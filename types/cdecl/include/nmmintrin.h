/* This file defines <nmmintrin.h>, of which there are only the types. */
#include <immintrin.h>
