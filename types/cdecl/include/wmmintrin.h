/* This file defines <wmmintrin.h>, of which there are only the types. */
#include <immintrin.h>
