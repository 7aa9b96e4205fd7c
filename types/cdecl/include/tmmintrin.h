/* This file defines <tmmintrin.h>, of which there are only the types. */
#include <immintrin.h>
