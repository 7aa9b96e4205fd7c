/* This file defines <stddef.h> (C11 7.19), also in the pieces glibc asks for with __need_. */
#if !defined __need_size_t && !defined __need_ptrdiff_t && !defined __need_wchar_t && !defined __need_NULL && !defined __need_wint_t
#define __dlsh_stddef_all
#endif
#if defined __dlsh_stddef_all || defined __need_size_t
#ifndef __dlsh_size_t
#define __dlsh_size_t
typedef __SIZE_TYPE__ size_t;
#endif
#undef __need_size_t
#endif
#if defined __dlsh_stddef_all || defined __need_ptrdiff_t
#ifndef __dlsh_ptrdiff_t
#define __dlsh_ptrdiff_t
typedef __PTRDIFF_TYPE__ ptrdiff_t;
#endif
#undef __need_ptrdiff_t
#endif
#if defined __dlsh_stddef_all || defined __need_wchar_t
#ifndef __dlsh_wchar_t
#define __dlsh_wchar_t
typedef __WCHAR_TYPE__ wchar_t;
#endif
#undef __need_wchar_t
#endif
#if defined __need_wint_t
#ifndef __dlsh_wint_t
#define __dlsh_wint_t
typedef __WINT_TYPE__ wint_t;
#endif
#undef __need_wint_t
#endif
#if defined __dlsh_stddef_all || defined __need_NULL
#undef NULL
#define NULL ((void *)0)
#undef __need_NULL
#endif
#ifdef __dlsh_stddef_all
#undef __dlsh_stddef_all
#undef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#ifndef __dlsh_max_align_t
#define __dlsh_max_align_t
typedef struct {
	long long __max_align_ll __attribute__((__aligned__(__alignof__(long long))));
	long double __max_align_ld __attribute__((__aligned__(__alignof__(long double))));
} max_align_t;
#endif
#endif
