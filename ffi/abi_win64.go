// This file defines the classifier of Microsoft's x64 calling convention: where each argument of a call and
// its result travel (x64 calling convention, and x64 ABI conventions). There is no trampoline for it yet.

package ffi

import "dlsh/types"

// The words of a Windows frame after the common ones.
const (
	winInts  = wordRegs    // rcx rdx r8 r9
	winVecs  = winInts + 4 // xmm0 to xmm3, low halves
	winRAX   = winVecs + 4 // result
	winXMM0  = winRAX + 1  // result, low half
	winStack = winXMM0 + 1 // stack: the shadow space, then the arguments, lowest address first
	winRegs  = 4

	winShadow = 32 // bytes that a call leaves to the function for its register arguments
)

// win64Layout gives every argument one slot of eight bytes, by its number: the first four are registers, general or
// vector ones as the type says, the others words on the stack. What is not 1, 2, 4 or 8 bytes is
// replaced by a pointer to a copy ("Parameter passing").
func win64Layout(t *types.Target, sig Signature) (layout, error) {
	if err := checkSignature(t, sig); err != nil {
		return layout{}, err
	}
	var l layout
	slot := 0
	l.result, l.memory = win64Result(t, sig.Result)
	if l.memory {
		slot = 1 // the address of the result is the first argument ("Return values")
	}
	stack := area{bytes: winShadow}
	for i, param := range sig.Params {
		r := t.Resolve(param)
		size := t.Size(r)
		p := place{count: 1, size: int32(size), signed: t.Signed(r)}
		switch {
		case slot >= winRegs:
			p.word = int32(winStack + stack.take(8, 8)/8)
		case r.Kind.Floating() && sig.Variadic && i >= sig.Fixed: // "Varargs": in both registers
			p.word, p.count = int32(winInts+slot), 0
			p.pieces = []piece{{at: int32(8 * (winInts + slot)), size: int32(size)}, {at: int32(8 * (winVecs + slot)), size: int32(size)}}
		case r.Kind.Floating():
			p.word = int32(winVecs + slot)
		default:
			p.word = int32(winInts + slot)
		}
		if !win64Fits(size) {
			p.copy = -1 // aligned to 16, or more where the type is
		}
		if r.Kind.Floating() && slot < winRegs {
			l.vector = slot + 1
		}
		slot++
		l.args = append(l.args, p)
	}
	return l, l.finish(t, sig, winStack, stack)
}

// win64Result places the result: rax or xmm0 for what fits eight bytes, rcx for the address of what does not.
func win64Result(t *types.Target, ty *types.Type) (p place, memory bool) {
	r := t.Resolve(ty)
	if r.Kind == types.Void {
		return place{word: winRAX, count: 1}, false
	}
	size := t.Size(r)
	p = place{word: winRAX, count: 1, size: int32(size), signed: t.Signed(r)}
	switch {
	case !win64Fits(size):
		return place{word: winInts, count: 1, size: int32(size)}, true
	case r.Kind.Floating():
		p.word = winXMM0
	}
	return p, false
}

func win64Fits(size int64) bool { return size == 1 || size == 2 || size == 4 || size == 8 }
