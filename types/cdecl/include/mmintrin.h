/* This file defines <mmintrin.h>, of which there are only the types. */
#include <immintrin.h>
