// This file defines one callback of the corpus: C calls a Go func with known arguments, which looks at
// them in every way there is and returns a value that C checks.

//go:build linux && (amd64 || arm64)

package ffi

import (
	"fmt"
	"math"

	"dlsh/types"
	"dlsh/types/random"
)

// drivePlan is the plan of a drive: void (void *).
var drivePlan = func() *Plan {
	p, err := Prepare(Signature{Params: []*types.Type{types.PointerTo(types.Of(types.Void))}, Result: types.Of(types.Void), Fixed: 1})
	if err != nil {
		panic(err)
	}
	return p
}()

// drive has the C of case i call a callback twice, which expects c's arguments and returns c's result, and
// tells what was not as it should be; nil for nothing. c is the case itself, or a copy with other values.
func (u *openedUnit) drive(i int, c *random.Case) (wrong []string) {
	if wrong := u.misplaced(c); wrong != nil {
		return wrong
	}
	runs := 0
	callback, err := NewCallback(Signature(c.Signature), c.Name, func(in *Incoming) {
		asBytes := runs == 0
		runs++
		for k, p := range c.Params {
			got := make([]byte, len(c.Args[k]))
			getIncoming(in, k, p, got, asBytes == (k%2 == 0))
			if !u.Same(p, got, c.Args[k]) {
				wrong = append(wrong, u.differs(fmt.Sprintf("argument %d", k+1), p, got, c.Args[k]))
			}
		}
		if c.Result != nil {
			setReturned(in, c.Signature.Result, c.Result, asBytes)
		}
	})
	if err != nil {
		return []string{"refused: " + err.Error()}
	}
	defer callback.Free()
	u.note("callback", i)
	for n := range 2 {
		u.forget()
		f := drivePlan.Frame()
		f.SetInt(0, uint64(callback.Addr()))
		f.Call(u.function(i, 1))
		f.Done()
		if runs != n+1 {
			wrong = append(wrong, fmt.Sprintf("the callback ran %d times in %d calls", runs, n+1))
		}
		if wrong = append(wrong, u.found(c)...); wrong != nil {
			return wrong
		}
	}
	return nil
}

// getIncoming reads an argument as bytes, or as a number where its type is one.
func getIncoming(in *Incoming, i int, ty *types.Type, dst []byte, asBytes bool) {
	number := uint64(0)
	switch r := types.Host().Resolve(ty); {
	case asBytes || !r.Kind.Scalar() || r.Kind == types.LongDouble:
		in.Bytes(i, dst)
		return
	case r.Kind == types.Float:
		number = uint64(math.Float32bits(in.Float32(i)))
	case r.Kind == types.Double:
		number = math.Float64bits(in.Float(i))
	default:
		number = in.Int(i)
	}
	for i := range dst {
		dst[i] = byte(number >> (8 * i))
	}
}

// setReturned sets the result as bytes, or as a number where its type is one.
func setReturned(in *Incoming, ty *types.Type, b []byte, asBytes bool) {
	switch r := types.Host().Resolve(ty); {
	case asBytes || !r.Kind.Scalar() || r.Kind == types.LongDouble:
		in.SetBytes(b)
	case r.Kind == types.Float:
		in.SetFloat32(math.Float32frombits(uint32(word(b, false))))
	case r.Kind == types.Double:
		in.SetFloat(math.Float64frombits(word(b, false)))
	default:
		in.SetInt(word(b, types.Host().Signed(r)))
	}
}
