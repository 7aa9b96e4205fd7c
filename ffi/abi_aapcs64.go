// This file defines the AAPCS64 classifier for scalars: where each argument of a
// call travels on 64-bit Arm (Procedure Call Standard for the Arm 64-bit Architecture, 6.8.2).

package ffi

import (
	"fmt"

	"dlsh/types"
)

// The words of an AAPCS64 frame after the common ones. Vector registers take two
// words each: a long double fills one.
const (
	armInts    = wordRegs     // x0 to x7
	armX8      = armInts + 8  // x8, the indirect result location
	armVecs    = armX8 + 2    // v0 to v7, two words each
	armX0      = armVecs + 16 // results: x0, x1
	armV0      = armX0 + 2    // results: v0 to v3, two words each
	armStack   = armV0 + 8    // stack arguments, lowest address first
	armIntRegs = 8
	armVecRegs = 8
)

// aapcs64Layout follows the base standard, which Linux uses for variadic calls as
// well. Apple packs stack arguments and puts all variadic ones on the stack; that
// variant is refused until it is laid out in bytes.
func aapcs64Layout(t *types.Target, sig Signature) (layout, error) {
	if t.OS == "darwin" {
		return layout{}, fmt.Errorf("calls on %s are not supported yet: Apple's variant of the calling convention is missing", t)
	}
	if err := checkSignature(t, sig); err != nil {
		return layout{}, err
	}
	var l layout
	ints, stack := 0, 0
	for _, param := range sig.Params {
		r := t.Resolve(param)
		words := int(t.Size(r)+7) / 8
		var p place
		switch {
		case r.Kind.Floating() && l.vector < armVecRegs: // rule C.1
			p = place{word: int32(armVecs + 2*l.vector), count: int32(words)}
			l.vector++
		case !r.Kind.Floating() && ints < armIntRegs: // rule C.9
			p = place{word: int32(armInts + ints), count: 1}
			ints++
		default: // rules C.4 and C.14: aligned to the larger of 8 and the type's alignment
			stack = (stack + words - 1) / words * words
			p = place{word: int32(armStack + stack), count: int32(words)}
			stack += words
		}
		l.args = append(l.args, p)
	}
	l.result = place{word: armX0, count: 1}
	if r := t.Resolve(sig.Result); r.Kind.Floating() {
		l.result = place{word: armV0, count: int32(t.Size(r)+7) / 8}
	}
	l.stack = (stack + 1) &^ 1 // 6.4.5.1: SP is a multiple of 16
	l.words = armStack + l.stack
	return l, nil
}
