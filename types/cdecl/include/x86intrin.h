/* This file defines <x86intrin.h>, of which there are only the types. */
#include <immintrin.h>
