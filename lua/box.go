// This file defines box: Lua numbers for results without an allocation each.

package lua

import (
	"unsafe"

	glua "github.com/yuin/gopher-lua"
)

// boxes hands out the memory that numbers in interfaces need, 64 at a time.
// gopher-lua does the same inside (alloc.go): a result costs a store instead of
// a call to the allocator. A block is freed when all its numbers are.
type boxes struct {
	free []glua.LNumber
}

// number is the Lua value of a double.
func (b *boxes) number(v float64) glua.LValue {
	if len(b.free) == 0 {
		b.free = make([]glua.LNumber, 64)
	}
	p := &b.free[0]
	b.free = b.free[1:]
	*p = glua.LNumber(v)
	return boxedAt(p)
}

// aNumber is where the type of boxed numbers is taken from.
var aNumber = glua.LValue(glua.LNumber(0))

// boxedAt is the number at p as a Lua value. An interface is two words, the type and a pointer to the value (for
// values that are not pointers themselves).
func boxedAt(p *glua.LNumber) glua.LValue {
	lv := aNumber
	(*[2]unsafe.Pointer)(unsafe.Pointer(&lv))[1] = unsafe.Pointer(p)
	return lv
}

// int32 is the Lua value of an int.
func (b *boxes) int32(v int32) glua.LValue {
	if i := uint64(int64(v) - smallMin); i < uint64(len(smallNumbers)) {
		return smallNumbers[i]
	}
	return b.number(float64(v))
}

// int64 is intValue, and uint64 is uintValue: a number while that is exact.
func (b *boxes) int64(L *glua.LState, v int64) glua.LValue {
	if i := uint64(v - smallMin); i >= uint64(len(smallNumbers)) && -maxExact <= v && v <= maxExact {
		return b.number(float64(v))
	}
	return intValue(L, v)
}

func (b *boxes) uint64(L *glua.LState, v uint64) glua.LValue {
	if v <= maxExact {
		return b.int64(L, int64(v))
	}
	return uintValue(L, v)
}
