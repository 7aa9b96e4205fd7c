/* This file defines <pmmintrin.h>, of which there are only the types. */
#include <immintrin.h>
