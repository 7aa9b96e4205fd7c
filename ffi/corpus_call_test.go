// This file defines one call of the corpus: arguments set in every way there is, C's findings, and the result.

//go:build linux && (amd64 || arm64)

package ffi

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"dlsh/types"
	"dlsh/types/random"
)

// call calls the function of case i with c's arguments, once given as bytes and once as numbers where they
// are numbers, and tells what was not as it should be; nil for nothing. c is the case itself, or a copy with
// other values.
func (u *openedUnit) call(i int, c *random.Case) (wrong []string) {
	if wrong := u.misplaced(c); wrong != nil {
		return wrong
	}
	plan, err := Prepare(Signature(c.Signature))
	if err != nil {
		return []string{"refused: " + err.Error()}
	}
	u.note("call", i)
	for _, asBytes := range []bool{true, false} {
		if wrong := u.callOnce(plan, i, c, asBytes); wrong != nil {
			return wrong
		}
	}
	return nil
}

func (u *openedUnit) callOnce(plan *Plan, i int, c *random.Case, asBytes bool) (wrong []string) {
	u.forget()
	f := plan.Frame()
	for k, p := range c.Params {
		setArgument(f, k, p, c.Args[k], asBytes == (k%2 == 0))
	}
	const beyond, fill = 32, 0xa5 // memory after the result that nobody may write
	size := len(c.Result)
	memory := alignedBlock(size+beyond, 64)
	for k := range memory {
		memory[k] = fill
	}
	f.Hold(memory)
	f.SetResult(Address(memory))
	f.Call(u.function(i, 0))
	if c.Result != nil {
		getResult(f, c.Signature.Result, memory[:size], asBytes)
	}
	f.Done()
	wrong = u.found(c)
	if c.Result != nil && !u.Same(c.Signature.Result, memory, c.Result) {
		wrong = append(wrong, u.differs("the result", c.Signature.Result, memory[:size], c.Result))
	}
	for k, b := range memory[size:] {
		if b != fill {
			wrong = append(wrong, fmt.Sprintf("byte %d after the result was written", k))
			break
		}
	}
	return wrong
}

// setArgument sets an argument as bytes, or as a number where its type is one.
func setArgument(f *Frame, i int, ty *types.Type, b []byte, asBytes bool) {
	switch r := types.Host().Resolve(ty); {
	case asBytes || !r.Kind.Scalar() || r.Kind == types.LongDouble:
		f.SetBytes(i, b)
	case r.Kind == types.Float:
		f.SetFloat32(i, math.Float32frombits(uint32(word(b, false))))
	case r.Kind == types.Double:
		f.SetFloat(i, math.Float64frombits(word(b, false)))
	default:
		f.SetInt(i, word(b, types.Host().Signed(r)))
	}
}

// getResult reads a result as bytes, or as a number where its type is one.
func getResult(f *Frame, ty *types.Type, dst []byte, asBytes bool) {
	number := uint64(0)
	switch r := types.Host().Resolve(ty); {
	case asBytes || !r.Kind.Scalar() || r.Kind == types.LongDouble:
		f.Bytes(dst)
		return
	case r.Kind == types.Float:
		number = uint64(math.Float32bits(f.Float32()))
	case r.Kind == types.Double:
		number = math.Float64bits(f.Float())
	default:
		number = f.Int()
	}
	for i := range dst {
		dst[i] = byte(number >> (8 * i))
	}
}

// word is a number of up to eight bytes, extended to 64 bits.
func word(b []byte, signed bool) uint64 {
	v := uint64(0)
	for i := range b {
		v |= uint64(b[i]) << (8 * i)
	}
	if signed {
		shift := 64 - 8*len(b)
		v = uint64(int64(v<<shift) >> shift)
	}
	return v
}

// The corpus can fail: with one bit of one argument or of the expected result changed, exactly that is reported.
func TestCorpusSeesMismatches(t *testing.T) {
	if os.Getenv(corpusFolder) != "" {
		t.Skip("the emulator has no compiler")
	}
	unit := random.NewUnit(types.Host(), random.Seed(t), 60, 60, 20)
	folder := t.TempDir()
	random.FindCompiler(t, types.Host()).Build(t, folder,
		random.Source{Name: "unit", Text: unit.Source(), Options: []string{"-shared", "-fPIC"}})
	u := openUnit(t, unit, folder+"/unit")
	defer u.close(t)
	seen := 0
	for i := range u.Cases {
		seen += u.corrupt(t, i, "call", u.call)
		if u.Cases[i].Driven {
			seen += u.corrupt(t, i, "callback", u.drive)
		}
	}
	if seen < 200 {
		t.Errorf("%d changes tried, want at least 200", seen)
	}
}

// corrupt changes a bit of one argument and of the result, each in a copy of the case, and gives how many changes it tried.
func (u *openedUnit) corrupt(t *testing.T, i int, what string, do func(int, *random.Case) []string) (tried int) {
	t.Helper()
	original := u.Cases[i]
	if wrong := do(i, &original); wrong != nil {
		t.Errorf("%s\n// %s: %v", u.Describe(&original), what, wrong)
		return 0
	}
	expect := func(changed random.Case, place string) {
		t.Helper()
		tried++
		if wrong := do(i, &changed); len(wrong) != 1 || !strings.HasPrefix(wrong[0], place+": got ") {
			t.Errorf("%s\n// %s: %s was changed, and what was seen is %q", u.Describe(&original), what, place, wrong)
		}
	}
	if n := len(original.Params); n > 0 {
		changed, k := original, i%n
		changed.Args = append([][]byte(nil), original.Args...)
		if changed.Args[k] = u.flip(original.Params[k], original.Args[k]); changed.Args[k] != nil {
			expect(changed, fmt.Sprintf("argument %d", k+1))
		}
	}
	changed := original
	if changed.Result = u.flip(original.Signature.Result, original.Result); changed.Result != nil {
		expect(changed, "the result")
	}
	return tried
}

// flip gives a copy of a value with one bit of it changed, never one of its padding; nil for a value without bits.
func (u *openedUnit) flip(ty *types.Type, b []byte) []byte {
	b = append([]byte(nil), b...)
	if types.Host().Resolve(ty).Kind == types.Bool {
		b[0] ^= 1
		return b
	}
	mask := u.Mask(ty)
	for i := len(mask) - 1; i >= 0; i-- { // the last byte: it is the first to be lost
		for bit := range 8 {
			if i < len(b) && mask[i]>>bit&1 == 1 {
				b[i] ^= 1 << bit
				return b
			}
		}
	}
	return nil
}
