/* This file defines <emmintrin.h>, of which there are only the types. */
#include <immintrin.h>
