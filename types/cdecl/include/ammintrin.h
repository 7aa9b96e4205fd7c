/* This file defines <ammintrin.h>, of which there are only the types. */
#include <immintrin.h>
