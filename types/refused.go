// This file defines the types that C compilers know and dlsh refuses: what each is, so that nobody looks for a
// misspelling.

package types

import (
	"fmt"
	"regexp"
	"sync"
)

type refused struct {
	word *regexp.Regexp
	what string
}

// refusals are whole words of type names and what they are, the more telling ones first. They are made when
// a name did not parse. Sources: GCC, "Additional Floating Types", "128-bit Integers", "Half-Precision Floating
// Point", "Fixed-Point Types" and "Vector Extensions"; C23 6.2.5; immintrin.h; arm_neon.h; arm_sve.h.
var refusals = sync.OnceValue(func() (list []refused) {
	for _, row := range [][2]string{
		{`__int128(_t)?|__uint128_t`, "a 128-bit integer type, which is not supported"},
		{`_Float16|__fp16|__bf16`, "a 16-bit floating type, which is not supported"},
		{`_Float32`, "not supported: use float, which is the same"},
		{`_Float64|_Float32x`, "not supported: use double, which is the same"},
		{`_Float128x?|_Float64x|__float128|__float80|__ibm128`, "an extended floating type, which is not supported"},
		{`_Decimal(32|64|128)`, "a decimal floating type, which is not supported"},
		{`__m(64|128|256|512)[dih]?|__m(128|256|512)bh`, simd},
		{`(u?int|float|poly|bfloat)(8|16|32|64|128)x[0-9]+(x[234])?_t`, simd},
		{`(?i:(__)?sv(u?int|b?float|mfloat|bool|count)(8|16|32|64)?(x[234])?_t)`, simd},
		{`(__)?vector_size(__)?|ext_vector_type|neon_vector_type`, "an attribute that makes SIMD vector types, which are not supported"},
		{`__attribute(__)?`, "not supported in type names"},
		{`_BitInt`, "an integer type of any width, which is not supported"},
		{`_Atomic`, "a C11 atomic type, which is not supported"},
		{`_Imaginary`, "an imaginary type, which is not supported"},
		{`_Fract|_Accum|_Sat`, "a fixed-point type, which is not supported"},
	} {
		list = append(list, refused{regexp.MustCompile("^(" + row[0] + ")$"), row[1]})
	}
	return list
})

const simd = "a SIMD vector type, which is not supported"

// refusal says of a type name what it is made of that dlsh does not support; nil when it finds nothing of the kind.
func refusal(spelling string) error {
	words := split(spelling)
	for _, r := range refusals() {
		for _, w := range words {
			if r.word.MatchString(w) {
				return fmt.Errorf("%q: %s is %s", spelling, w, r.what)
			}
		}
	}
	return nil
}
