/* This file defines <stdarg.h> (C11 7.16). */
#ifndef __dlsh_gnuc_va_list
#define __dlsh_gnuc_va_list
typedef __builtin_va_list __gnuc_va_list;
#define __GNUC_VA_LIST
#endif
#ifndef __need___va_list
#ifndef __dlsh_va_list
#define __dlsh_va_list
typedef __gnuc_va_list va_list;
#define _VA_LIST_DEFINED
#endif
#undef va_start
#undef va_arg
#undef va_end
#undef va_copy
#define va_start(v, l) __builtin_va_start(v, l)
#define va_arg(v, l) __builtin_va_arg(v, l)
#define va_end(v) __builtin_va_end(v)
#define va_copy(d, s) __builtin_va_copy(d, s)
#endif
#undef __need___va_list
