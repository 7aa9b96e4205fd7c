// This file defines the System V amd64 classifier for scalars: where each argument
// of a call travels (System V Application Binary Interface, AMD64, 3.2.3).

package ffi

import "dlsh/types"

// The words of a System V frame after the common ones.
const (
	sysvInts    = wordRegs     // rdi rsi rdx rcx r8 r9
	sysvVecs    = sysvInts + 6 // xmm0 to xmm7, low halves
	sysvRAX     = sysvVecs + 8 // results: rax, rdx
	sysvXMM0    = sysvRAX + 2  // results: xmm0, xmm1, low halves
	sysvST0     = sysvXMM0 + 2 // result: st0, 80 bits in two words
	sysvStack   = sysvST0 + 2  // stack arguments, lowest address first
	sysvIntRegs = 6
	sysvVecRegs = 8
)

// sysvLayout places integers and pointers (class INTEGER) in the next general
// register, float and double (class SSE) in the next vector register, and what
// finds none, or is a long double (class X87, passed in memory), on the stack in
// order. A variadic call is the same, with AL as an upper bound of the vector
// registers used (3.5.7), so it is always set.
func sysvLayout(t *types.Target, sig Signature) (layout, error) {
	if err := checkSignature(t, sig); err != nil {
		return layout{}, err
	}
	var l layout
	ints, stack := 0, 0
	onStack := func(words, align int) place {
		stack = (stack + align - 1) / align * align
		p := place{word: int32(sysvStack + stack), count: int32(words)}
		stack += words
		return p
	}
	for _, param := range sig.Params {
		r := t.Resolve(param)
		var p place
		switch {
		case r.Kind.Floating() && t.Format(r) == types.X87:
			p = onStack(2, 2) // 3.2.3: memory, aligned as its type
		case r.Kind.Floating() && l.vector < sysvVecRegs:
			p = place{word: int32(sysvVecs + l.vector), count: 1}
			l.vector++
		case !r.Kind.Floating() && ints < sysvIntRegs:
			p = place{word: int32(sysvInts + ints), count: 1}
			ints++
		default:
			p = onStack(1, 1)
		}
		l.args = append(l.args, p)
	}
	switch r := t.Resolve(sig.Result); {
	case r.Kind.Floating() && t.Format(r) == types.X87:
		l.result, l.x87 = place{word: sysvST0, count: 2}, 1
	case r.Kind.Floating():
		l.result = place{word: sysvXMM0, count: 1}
	default:
		l.result = place{word: sysvRAX, count: 1}
	}
	l.stack = (stack + 1) &^ 1 // the stack stays 16-byte aligned at the call (3.2.2)
	l.words = sysvStack + l.stack
	return l, nil
}
