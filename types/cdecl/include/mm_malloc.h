/* This file defines <mm_malloc.h>. Its functions are the compiler's, and no library has them. */
