/* This file defines <xmmintrin.h>, of which there are only the types. */
#include <immintrin.h>
