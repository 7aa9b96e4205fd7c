// This file defines the macros a text begins with: those GCC 12 has for each target, without any that claim SIMD, whose
// headers are written in compiler builtins.

package cdecl

import (
	"fmt"
	"strings"
	"sync"

	"dlsh/types"
)

// What all targets have. Source: cc -dM -E of GCC 12.2 for x86-64 and aarch64.
const predefinedCommon = `
__STDC__ 1
__STDC_VERSION__ 201710L
__STDC_HOSTED__ 1
__STDC_UTF_16__ 1
__STDC_UTF_32__ 1
__GNUC__ 12
__GNUC_MINOR__ 2
__GNUC_PATCHLEVEL__ 0
__GNUC_STDC_INLINE__ 1
__VERSION__ "12.2.0"
__CHAR_BIT__ 8
__BIGGEST_ALIGNMENT__ 16
__USER_LABEL_PREFIX__
__ORDER_LITTLE_ENDIAN__ 1234
__ORDER_BIG_ENDIAN__ 4321
__ORDER_PDP_ENDIAN__ 3412
__BYTE_ORDER__ __ORDER_LITTLE_ENDIAN__
__FLOAT_WORD_ORDER__ __ORDER_LITTLE_ENDIAN__
__ATOMIC_RELAXED 0
__ATOMIC_CONSUME 1
__ATOMIC_ACQUIRE 2
__ATOMIC_RELEASE 3
__ATOMIC_ACQ_REL 4
__ATOMIC_SEQ_CST 5
__GCC_ATOMIC_BOOL_LOCK_FREE 2
__GCC_ATOMIC_CHAR_LOCK_FREE 2
__GCC_ATOMIC_CHAR16_T_LOCK_FREE 2
__GCC_ATOMIC_CHAR32_T_LOCK_FREE 2
__GCC_ATOMIC_WCHAR_T_LOCK_FREE 2
__GCC_ATOMIC_SHORT_LOCK_FREE 2
__GCC_ATOMIC_INT_LOCK_FREE 2
__GCC_ATOMIC_LONG_LOCK_FREE 2
__GCC_ATOMIC_LLONG_LOCK_FREE 2
__GCC_ATOMIC_POINTER_LOCK_FREE 2
__GCC_HAVE_SYNC_COMPARE_AND_SWAP_1 1
__GCC_HAVE_SYNC_COMPARE_AND_SWAP_2 1
__GCC_HAVE_SYNC_COMPARE_AND_SWAP_4 1
__GCC_HAVE_SYNC_COMPARE_AND_SWAP_8 1
__GCC_IEC_559 2
__GCC_IEC_559_COMPLEX 2
__NO_INLINE__ 1
__GXX_ABI_VERSION 1017
__REGISTER_PREFIX__
__FINITE_MATH_ONLY__ 0
__FLT_EVAL_METHOD__ 0
__FLT_EVAL_METHOD_TS_18661_3__ 0
__FLT_RADIX__ 2
__DEC_EVAL_METHOD__ 2
__SCHAR_MAX__ 0x7f
__SHRT_MAX__ 0x7fff
__INT_MAX__ 0x7fffffff
__LONG_LONG_MAX__ 0x7fffffffffffffffLL
__SCHAR_WIDTH__ 8
__SHRT_WIDTH__ 16
__INT_WIDTH__ 32
__LONG_LONG_WIDTH__ 64
__SIZEOF_INT__ 4
__SIZEOF_SHORT__ 2
__SIZEOF_LONG_LONG__ 8
__SIZEOF_POINTER__ 8
__SIZEOF_SIZE_T__ 8
__SIZEOF_PTRDIFF_T__ 8
__SIZEOF_FLOAT__ 4
__SIZEOF_DOUBLE__ 8
__SIZEOF_INT128__ 16
__INT8_TYPE__ signed char
__INT16_TYPE__ short int
__INT32_TYPE__ int
__UINT8_TYPE__ unsigned char
__UINT16_TYPE__ short unsigned int
__UINT32_TYPE__ unsigned int
__CHAR16_TYPE__ short unsigned int
__CHAR32_TYPE__ unsigned int
__SIG_ATOMIC_TYPE__ int
__SIG_ATOMIC_MAX__ 0x7fffffff
__SIG_ATOMIC_MIN__ (-__SIG_ATOMIC_MAX__ - 1)
__SIG_ATOMIC_WIDTH__ 32
__INT8_MAX__ 0x7f
__INT16_MAX__ 0x7fff
__INT32_MAX__ 0x7fffffff
__UINT8_MAX__ 0xff
__UINT16_MAX__ 0xffff
__UINT32_MAX__ 0xffffffffU
__INT8_C(c) c
__INT16_C(c) c
__INT32_C(c) c
__UINT8_C(c) c
__UINT16_C(c) c
__UINT32_C(c) c ## U
__FLT_DIG__ 6
__FLT_MANT_DIG__ 24
__FLT_MAX_10_EXP__ 38
__FLT_MAX_EXP__ 128
__FLT_MIN_10_EXP__ (-37)
__FLT_MIN_EXP__ (-125)
__FLT_DECIMAL_DIG__ 9
__FLT_MAX__ 3.40282346638528859811704183484516925e+38F
__FLT_MIN__ 1.17549435082228750796873653722224568e-38F
__FLT_EPSILON__ 1.19209289550781250000000000000000000e-7F
__FLT_DENORM_MIN__ 1.40129846432481707092372958328991613e-45F
__FLT_NORM_MAX__ 3.40282346638528859811704183484516925e+38F
__FLT_HAS_DENORM__ 1
__FLT_HAS_INFINITY__ 1
__FLT_HAS_QUIET_NAN__ 1
__DBL_DIG__ 15
__DBL_MANT_DIG__ 53
__DBL_MAX_10_EXP__ 308
__DBL_MAX_EXP__ 1024
__DBL_MIN_10_EXP__ (-307)
__DBL_MIN_EXP__ (-1021)
__DBL_DECIMAL_DIG__ 17
__DBL_MAX__ ((double)1.79769313486231570814527423731704357e+308L)
__DBL_MIN__ ((double)2.22507385850720138309023271733240406e-308L)
__DBL_EPSILON__ ((double)2.22044604925031308084726333618164062e-16L)
__DBL_DENORM_MIN__ ((double)4.94065645841246544176568792868221372e-324L)
__DBL_NORM_MAX__ ((double)1.79769313486231570814527423731704357e+308L)
__DBL_HAS_DENORM__ 1
__DBL_HAS_INFINITY__ 1
__DBL_HAS_QUIET_NAN__ 1
__LDBL_HAS_DENORM__ 1
__LDBL_HAS_INFINITY__ 1
__LDBL_HAS_QUIET_NAN__ 1
`

// By the format of long double.
var predefinedLongDouble = map[types.FloatFormat]string{
	types.X87: `
__LDBL_DIG__ 18
__LDBL_MANT_DIG__ 64
__LDBL_MAX_10_EXP__ 4932
__LDBL_MAX_EXP__ 16384
__LDBL_MIN_10_EXP__ (-4931)
__LDBL_MIN_EXP__ (-16381)
__LDBL_DECIMAL_DIG__ 21
__DECIMAL_DIG__ 21
__LDBL_MAX__ 1.18973149535723176502126385303097021e+4932L
__LDBL_MIN__ 3.36210314311209350626267781732175260e-4932L
__LDBL_EPSILON__ 1.08420217248550443400745280086994171e-19L
__LDBL_DENORM_MIN__ 3.64519953188247460252840593361941982e-4951L
__LDBL_NORM_MAX__ 1.18973149535723176502126385303097021e+4932L
__SIZEOF_LONG_DOUBLE__ 16
__SIZEOF_FLOAT80__ 16
__SIZEOF_FLOAT128__ 16
`,
	types.Quad: `
__LDBL_DIG__ 33
__LDBL_MANT_DIG__ 113
__LDBL_MAX_10_EXP__ 4932
__LDBL_MAX_EXP__ 16384
__LDBL_MIN_10_EXP__ (-4931)
__LDBL_MIN_EXP__ (-16381)
__LDBL_DECIMAL_DIG__ 36
__DECIMAL_DIG__ 36
__LDBL_MAX__ 1.18973149535723176508575932662800702e+4932L
__LDBL_MIN__ 3.36210314311209350626267781732175260e-4932L
__LDBL_EPSILON__ 1.92592994438723585305597794258492732e-34L
__LDBL_DENORM_MIN__ 6.47517511943802511092443895822764655e-4966L
__LDBL_NORM_MAX__ 1.18973149535723176508575932662800702e+4932L
__SIZEOF_LONG_DOUBLE__ 16
`,
	types.Binary64: `
__LDBL_DIG__ 15
__LDBL_MANT_DIG__ 53
__LDBL_MAX_10_EXP__ 308
__LDBL_MAX_EXP__ 1024
__LDBL_MIN_10_EXP__ (-307)
__LDBL_MIN_EXP__ (-1021)
__LDBL_DECIMAL_DIG__ 17
__DECIMAL_DIG__ 17
__LDBL_MAX__ 1.79769313486231570814527423731704357e+308L
__LDBL_MIN__ 2.22507385850720138309023271733240406e-308L
__LDBL_EPSILON__ 2.22044604925031308084726333618164062e-16L
__LDBL_DENORM_MIN__ 4.94065645841246544176568792868221372e-324L
__LDBL_NORM_MAX__ 1.79769313486231570814527423731704357e+308L
__SIZEOF_LONG_DOUBLE__ 8
`,
}

// By operating system and by CPU.
var predefinedSystem = map[string]string{
	"linux":   "__linux 1\n__linux__ 1\nlinux 1\n__gnu_linux__ 1\n__unix 1\n__unix__ 1\nunix 1\n__ELF__ 1\n__STDC_IEC_559__ 1\n__STDC_IEC_559_COMPLEX__ 1\n__STDC_IEC_60559_BFP__ 201404L\n__STDC_IEC_60559_COMPLEX__ 201404L\n__STDC_ISO_10646__ 201706L\n",
	"darwin":  "__APPLE__ 1\n__MACH__ 1\n__APPLE_CC__ 6000\n__DYNAMIC__ 1\n__ENVIRONMENT_MAC_OS_X_VERSION_MIN_REQUIRED__ 120000\n",
	"windows": "_WIN32 1\n_WIN64 1\nWIN32 1\nWIN64 1\nWINNT 1\n__WINNT 1\n__WINNT__ 1\n_INTEGRAL_MAX_BITS 64\n__WIN32 1\n__WIN32__ 1\n__WIN64 1\n__WIN64__ 1\n__MINGW32__ 1\n__MINGW64__ 1\n__MSVCRT__ 1\n__declspec(x) __attribute__((x))\n__cdecl\n__stdcall\n__fastcall\n__thiscall\n_cdecl\n_stdcall\n__int8 char\n__int16 short\n__int32 int\n__int64 long long\n__w64\n__forceinline inline\n",
	"amd64":   "__amd64 1\n__amd64__ 1\n__x86_64 1\n__x86_64__ 1\n__ATOMIC_HLE_ACQUIRE 65536\n__ATOMIC_HLE_RELEASE 131072\n",
	"arm64":   "__aarch64__ 1\n__AARCH64EL__ 1\n__ARM_64BIT_STATE 1\n__ARM_ARCH 8\n__ARM_ARCH_8A 1\n__ARM_ARCH_ISA_A64 1\n__ARM_ARCH_PROFILE 65\n__ARM_PCS_AAPCS64 1\n__ARM_SIZEOF_MINIMAL_ENUM 4\n__ARM_SIZEOF_WCHAR_T 4\n__arm64__ 1\n",
}

// predefinedSet is the macros of a target, as directives.
type predefinedSet struct {
	all  string
	line map[string]string
}

var predefinedSets sync.Map // *types.Target -> *predefinedSet

func predefinedOf(t *types.Target) *predefinedSet {
	if s, ok := predefinedSets.Load(t); ok {
		return s.(*predefinedSet)
	}
	var b strings.Builder
	b.WriteString(predefinedCommon)
	b.WriteString(predefinedLongDouble[t.LongDouble])
	b.WriteString(predefinedSystem[t.OS])
	b.WriteString(predefinedSystem[t.Arch])
	sizes(&b, t)
	s := &predefinedSet{line: map[string]string{}}
	var all strings.Builder
	for _, line := range strings.Split(b.String(), "\n") {
		if line == "" {
			continue
		}
		text := "#define " + line + "\n"
		all.WriteString(text)
		name, _, _ := strings.Cut(line, " ")
		name, _, _ = strings.Cut(name, "(")
		s.line[name] = text
	}
	s.all = all.String()
	predefinedSets.Store(t, s)
	return s
}

// sizes writes what depends on the widths of the target's types.
func sizes(b *strings.Builder, t *types.Target) {
	spell := func(name string) (spelled, suffix string, unsigned bool) {
		r := t.Resolve(mustName(t, name))
		spelled = r.Kind.String()
		suffix = map[types.Kind]string{types.Long: "L", types.ULong: "UL", types.LongLong: "LL", types.ULongLong: "ULL", types.UInt: "U"}[r.Kind]
		return spelled, suffix, !t.Signed(r)
	}
	limit := func(name string) string {
		_, suffix, unsigned := spell(name)
		bits := 8 * uint(t.Size(mustName(t, name)))
		if !unsigned {
			bits--
		}
		return fmt.Sprintf("%#x%s", uint64(1)<<(bits-1)-1+uint64(1)<<(bits-1), suffix)
	}
	for _, row := range [][2]string{
		{"SIZE", "size_t"}, {"PTRDIFF", "ptrdiff_t"}, {"WCHAR", "wchar_t"}, {"WINT", "wint_t"},
		{"INT64", "int64_t"}, {"UINT64", "uint64_t"}, {"INTMAX", "intmax_t"}, {"UINTMAX", "uintmax_t"}, {"INTPTR", "intptr_t"}, {"UINTPTR", "uintptr_t"},
		{"INT_LEAST8", "int8_t"}, {"INT_LEAST16", "int16_t"}, {"INT_LEAST32", "int32_t"}, {"INT_LEAST64", "int64_t"},
		{"UINT_LEAST8", "uint8_t"}, {"UINT_LEAST16", "uint16_t"}, {"UINT_LEAST32", "uint32_t"}, {"UINT_LEAST64", "uint64_t"},
		{"INT_FAST8", "int8_t"}, {"INT_FAST64", "int64_t"}, {"UINT_FAST8", "uint8_t"}, {"UINT_FAST64", "uint64_t"},
	} {
		spelled, _, _ := spell(row[1])
		fmt.Fprintf(b, "__%s_TYPE__ %s\n__%s_MAX__ %s\n", row[0], spelled, row[0], limit(row[1]))
		if row[0] != "INT64" && !strings.HasPrefix(row[0], "UINT") {
			fmt.Fprintf(b, "__%s_WIDTH__ %d\n", row[0], 8*t.Size(mustName(t, row[1])))
		}
	}
	fast := "int64_t" // glibc's; Apple and Microsoft take the type itself
	for _, bits := range []string{"16", "32"} {
		if t.OS != "linux" {
			fast = "int" + bits + "_t"
		}
		for _, u := range []string{"", "u"} {
			spelled, _, _ := spell(u + fast)
			fmt.Fprintf(b, "__%sINT_FAST%s_TYPE__ %s\n__%sINT_FAST%s_MAX__ %s\n", strings.ToUpper(u), bits, spelled, strings.ToUpper(u), bits, limit(u+fast))
		}
		fmt.Fprintf(b, "__INT_FAST%s_WIDTH__ %d\n", bits, 8*t.Size(mustName(t, fast)))
	}
	_, long, _ := spell("int64_t")
	_, ulong, _ := spell("uint64_t")
	fmt.Fprintf(b, "__INT64_C(c) c ## %s\n__UINT64_C(c) c ## %s\n__INTMAX_C(c) c ## %s\n__UINTMAX_C(c) c ## %s\n", long, ulong, long, ulong)
	bits := 8 * t.Size(types.Of(types.Long))
	fmt.Fprintf(b, "__LONG_MAX__ %#xL\n__LONG_WIDTH__ %d\n__SIZEOF_LONG__ %d\n", uint64(1)<<(bits-1)-1, bits, bits/8)
	if bits == 64 {
		b.WriteString("_LP64 1\n__LP64__ 1\n")
	}
	fmt.Fprintf(b, "__SIZEOF_WCHAR_T__ %d\n__SIZEOF_WINT_T__ %d\n", t.Size(mustName(t, "wchar_t")), t.Size(mustName(t, "wint_t")))
	least := func(name string) string {
		if t.Signed(mustName(t, name)) {
			return "(-__" + strings.ToUpper(strings.TrimSuffix(name, "_t")) + "_MAX__ - 1)"
		}
		if t.Size(mustName(t, name)) == 4 {
			return "0U"
		}
		return "0"
	}
	fmt.Fprintf(b, "__WCHAR_MIN__ %s\n__WINT_MIN__ %s\n", least("wchar_t"), least("wint_t"))
	if t.UnsignedChar {
		b.WriteString("__CHAR_UNSIGNED__ 1\n")
	}
}

// predefinedFor is all of a target's macros.
func predefinedFor(t *types.Target) string { return predefinedOf(t).all }

// predefinedIn is those that a text without #include mentions, and those that they mention. Reading all of them takes a millisecond.
func predefinedIn(t *types.Target, src string) string {
	set := predefinedOf(t)
	var b strings.Builder
	done := map[string]bool{}
	var scan func(s string, deep int)
	scan = func(s string, deep int) {
		for w := range words(s) {
			if line, ok := set.line[w]; ok && !done[w] {
				done[w] = true
				b.WriteString(line)
				if deep < 4 {
					scan(line, deep+1)
				}
			}
		}
	}
	scan(src, 0)
	return b.String()
}
