/* This file defines <stdnoreturn.h> (C11 7.23). */
#ifndef __dlsh_stdnoreturn
#define __dlsh_stdnoreturn
#define noreturn _Noreturn
#endif
