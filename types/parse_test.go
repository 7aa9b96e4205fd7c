// This file tests Parse: C type names beside the type they spell, written the one way Declare has it, or
// beside the error they get.

package types

import (
	"fmt"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, row := range []struct{ spellings, want string }{ // spellings are separated by semicolons
		{"void", "void"},
		{"_Bool; bool", "_Bool"},
		{"char", "char"},
		{"signed char; char signed", "signed char"},
		{"unsigned char; char unsigned", "unsigned char"},
		{"short; short int; int short; signed short; short signed int; int signed short", "short"},
		{"unsigned short; unsigned short int; short unsigned; int short unsigned", "unsigned short"},
		{"int; signed; signed int; int signed", "int"},
		{"unsigned; unsigned int; int unsigned", "unsigned int"},
		{"long; long int; int long; signed long; long signed int", "long"},
		{"unsigned long; long unsigned; unsigned long int; int unsigned long", "unsigned long"},
		{"long long; long long int; long int long; signed long long; long signed int long", "long long"},
		{"unsigned long long; long unsigned long; long long unsigned int; int long unsigned long", "unsigned long long"},
		{"float", "float"},
		{"double", "double"},
		{"long double; double long", "long double"},
		{"float _Complex; _Complex float; float complex; complex float", "float _Complex"},
		{"double _Complex; _Complex double; double complex", "double _Complex"},
		{"long double _Complex; _Complex long double; double complex long; long _Complex double", "long double _Complex"},
		{"const double complex", "const double _Complex"},
		{"size_t", "size_t"},
		{"const size_t; size_t const", "const size_t"},

		{"const int; int const; const int const", "const int"},
		{"volatile int; int volatile", "volatile int"},
		{"const volatile int; volatile const int; int volatile const; const int volatile", "const volatile int"},
		{"unsigned const long; long const unsigned; const unsigned long", "const unsigned long"},

		{"char *; char*;  char\t*\n", "char *"},
		{"const char *; char const *; const char*", "const char *"},
		{"char *const; char * const", "char *const"},
		{"const char *const", "const char *const"},
		{"int **; int * *", "int **"},
		{"int *const *; int*const*", "int *const *"},
		{"char *restrict; char * restrict", "char *"}, // restrict says nothing about calls
		{"const void *volatile *const", "const void *volatile *const"},

		{"int[3]; int [3]; int [ 3 ]; int[0x3]; int[03]", "int[3]"}, // lengths are C's integer constants
		{"int[]; int [ ]", "int[]"},
		{"int[0]", "int[0]"},
		{"int[2][3]", "int[2][3]"},
		{"int[][3]", "int[][3]"},
		{"char *[4]; char*[4]", "char *[4]"},
		{"const char *const[2]; const char *const [2]", "const char *const [2]"},
		{"unsigned long[9223372036854775807]", "unsigned long[9223372036854775807]"},
	} {
		for _, spelling := range strings.Split(row.spellings, "; ") {
			ty, err := Parse(spelling)
			if err != nil {
				t.Errorf("%q: %v", spelling, err)
			} else if got := ty.String(); got != row.want {
				t.Errorf("%q is %s, want %s", spelling, got, row.want)
			}
		}
	}
}

// The last length is the innermost: int[2][3] is two arrays of three.
func TestParseShape(t *testing.T) {
	ty := mustParse(t, "const char *volatile[2][3]")
	for _, want := range []struct {
		kind Kind
		n    int64
	}{{Array, 2}, {Array, 3}, {Pointer, 0}, {Char, 0}} {
		if ty.Kind != want.kind || ty.Len != want.n {
			t.Fatalf("%s: %s of length %d, want %s of %d", ty, ty.Kind, ty.Len, want.kind, want.n)
		}
		if ty.Kind == Pointer && (!ty.Volatile || ty.Const) || ty.Kind == Char && (!ty.Const || ty.Volatile) {
			t.Errorf("the qualifiers of %s are at the wrong place", ty)
		}
		ty = ty.Elem
	}
}

// Every name in the tables parses, and prints as it is spelled.
func TestParseNames(t *testing.T) {
	for _, name := range append(Names(), scalarNames...) {
		if got := mustParse(t, name).String(); got != name {
			t.Errorf("%s prints as %s", name, got)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, row := range [][2]string{
		{"", `the type name is empty`},
		{" \t\n", `the type name is empty`},
		{"intt", `unknown type name "intt"`},
		{"é", `unknown type name "é"`},
		{"3", `unknown type name "3"`},
		{"static int", `unknown type name "static"`},
		{"struct foo", `"struct foo": struct types cannot be spelled as strings yet; use the type that ctypes.Structure gave, and ctypes.POINTER of it`},
		{"const union u *", `"const union u *": union types cannot be spelled as strings yet; use the type that ctypes.Union gave, and ctypes.POINTER of it`},
		{"enum e", `"enum e": enum types cannot be spelled as strings yet`},
		{"*", `"*" is not a C type name: it names no type`},
		{"const", `"const" is not a C type name: it names no type`},
		{"* int", `"* int" is not a C type name: it names no type`},
		{"restrict int", `"restrict int" is not a C type name: it names no type`},
		{"[3]", `"[3]" is not a C type name: it names no type`},
		{"unsigned float", `"unsigned float" is not a C type: no type is made of "unsigned float"`},
		{"long long long", `"long long long" is not a C type: no type is made of "long long long"`},
		{"signed unsigned", `"signed unsigned" is not a C type: no type is made of "signed unsigned"`},
		{"short long", `"short long" is not a C type: no type is made of "short long"`},
		{"short double", `"short double" is not a C type: no type is made of "short double"`},
		{"unsigned _Bool", `"unsigned _Bool" is not a C type: no type is made of "unsigned _Bool"`},
		{"_Complex", `"_Complex" is not a C type: no type is made of "_Complex"`},
		{"complex int", `"complex int" is not a C type: no type is made of "int _Complex"`},
		{"void void", `"void void" is not a C type: no type is made of "void void"`},
		{"char int", `"char int" is not a C type: no type is made of "char int"`},
		{"size_t int", `"size_t int" is not a C type name: size_t cannot be combined with other types`},
		{"int size_t", `"int size_t" is not a C type name: "size_t" was not expected`},
		{"int x", `"int x" is not a C type name: "x" was not expected`},
		{"int;", `"int;" is not a C type name: ";" was not expected`},
		{"int &", `"int &" is not a C type name: "&" was not expected`},
		{"int[3] *", `"int[3] *" is not a C type name: "*" was not expected`},
		{"int[", `"int[" is not a C type name: ] is missing`},
		{"int[3", `"int[3" is not a C type name: ] is missing`},
		{"int[3 4]", `"int[3 4]" is not a C type name: ] is missing`},
		{"int]", `"int]" is not a C type name: "]" was not expected`},
		{"int[-1]", `"int[-1]" is not a C type name: array length "-" is not a whole number`},
		{"int[1e3]", `"int[1e3]" is not a C type name: array length "1e3" is not a whole number`},
		{"int[n]", `"int[n]" is not a C type name: array length "n" is not a whole number`},
		{"int[2][]", `"int[2][]" is not a C type: only the first length of an array may be left out`},
		{"void[3]", `"void[3]" is not a C type: an array of void`},
		{"int (*)(int)", `"int (*)(int)" is not a plain type name: types with parentheses cannot be spelled as strings yet; ctypes.CFUNCTYPE makes function pointers, ctypes.POINTER(T * n) pointers to arrays`},
	} {
		ty, err := Parse(row[0])
		if err == nil {
			t.Errorf("%q: parsed as %s, want error %s", row[0], ty, row[1])
		} else if err.Error() != row[1] {
			t.Errorf("%q\n got %v\nwant %s", row[0], err, row[1])
		}
	}
}

// Types that are known and refused say what they are.
func TestRefused(t *testing.T) {
	for _, row := range []struct{ spellings, want string }{ // want follows the word that is refused
		{"__int128; unsigned __int128; __int128 unsigned *; __uint128_t", "is a 128-bit integer type, which is not supported"},
		{"_Float16; __fp16 *; __bf16", "is a 16-bit floating type, which is not supported"},
		{"_Float32", "_Float32 is not supported: use float, which is the same"},
		{"_Float64; _Float32x", "is not supported: use double, which is the same"},
		{"_Float128; __float128; _Float64x; __float128 _Complex; _Complex __float128", "is an extended floating type, which is not supported"},
		{"_Decimal32; _Decimal64; const _Decimal128", "is a decimal floating type, which is not supported"},
		{"__m64; __m128; __m128d; __m128i *; __m256; __m256i; __m512d; __m512", "is a SIMD vector type, which is not supported"},
		{"float32x4_t; int8x16x4_t; uint64x1_t; poly8x8_t; float64x2_t; svint32_t; __SVBool_t; svbool_t", "is a SIMD vector type, which is not supported"},
		{"float __attribute__((vector_size(16))); int __attribute__((__vector_size__(8))) *", "is an attribute that makes SIMD vector types, which are not supported"},
		{"int __attribute__((aligned(16)))", "__attribute__ is not supported in type names"},
		{"_BitInt(128); unsigned _BitInt(3)", "_BitInt is an integer type of any width, which is not supported"},
		{"_Atomic int; _Atomic(int); int _Atomic *", "_Atomic is a C11 atomic type, which is not supported"},
		{"_Imaginary double", "_Imaginary is an imaginary type, which is not supported"},
	} {
		for _, spelling := range strings.Split(row.spellings, "; ") {
			ty, err := Parse(spelling)
			if err == nil {
				t.Errorf("%q is %s", spelling, ty)
			} else if got := err.Error(); !strings.HasSuffix(got, row.want) || !strings.HasPrefix(got, fmt.Sprintf("%q: ", spelling)) {
				t.Errorf("%q\n got %s\nwant %s", spelling, got, row.want)
			}
		}
	}
}

// What parses prints, and what is printed parses again, to the same.
func FuzzParse(f *testing.F) {
	for _, spelling := range append(scalarNames, "const char *const *", "int[2][0x10]", "long unsigned int long", "size_t const[]",
		"volatile const wchar_t *restrict", "long complex double *", "unsigned __int128", "int[", "struct s", "int (*)(void)", "\x00\xff", "int[99999999999999999999]") {
		f.Add(spelling)
	}
	f.Fuzz(func(t *testing.T, spelling string) {
		ty, err := parse(spelling) // not Parse, which remembers what it parsed
		if err != nil {
			if ty != nil || err.Error() == "" {
				t.Fatalf("%q: %v beside error %q", spelling, ty, err)
			}
			return
		}
		printed := ty.String()
		again, err := parse(printed)
		if err != nil {
			t.Fatalf("%q prints as %q, which does not parse: %v", spelling, printed, err)
		}
		if again.String() != printed {
			t.Fatalf("%q prints as %q, and that as %q", spelling, printed, again)
		}
		if refusal(spelling) != nil {
			t.Fatalf("%q is refused, and parses as %s", spelling, ty)
		}
		for _, target := range Targets() {
			if target.Size(again) != target.Size(ty) || target.Align(again) != target.Align(ty) {
				t.Fatalf("%q and %q are laid out differently on %s", spelling, printed, target)
			}
		}
	})
}
