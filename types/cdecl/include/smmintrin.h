/* This file defines <smmintrin.h>, of which there are only the types. */
#include <immintrin.h>
