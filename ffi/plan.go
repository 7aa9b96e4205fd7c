// This file defines Signature, Plan and Frame: a call prepared once and made many times.

package ffi

import (
	"encoding/binary"
	"math"
	"unsafe"

	"dlsh/types"
)

// Signature is what a call needs to know of a function. For a variadic function
// Params holds the arguments of one call, after the default promotions, and Fixed
// says how many of them the prototype names; otherwise Fixed equals len(Params).
type Signature struct {
	Params   []*types.Type
	Result   *types.Type // types.Of(types.Void) for none
	Variadic bool
	Fixed    int
}

// layout is a signature laid out in a frame: where each argument's words go and
// where the result is found. The ABI files make it; calls and callbacks read it.
type layout struct {
	args   []place
	words  int // length of the frame: registers, stack arguments, copies of arguments passed by reference
	stack  int // words of arguments on the stack
	align  int // what the frame and the stack arguments are aligned to, in bytes: 16 or more
	vector int // vector registers used: AL of a System V call (3.5.7)
	result place
	x87    int  // registers of the x87 stack that the result is in: 0, 1, or 2 for a complex long double
	memory bool // the caller gives the address of the memory for the result, in the word result.word
}

// place is one argument, or the result, in a frame. A value that fills whole words in
// order, as nearly every scalar does, has its first word and how many; any other is in pieces,
// which leave out what is only padding. A value of neither, such as an empty record, does not travel.
// The word of an argument passed by reference holds the address of a copy.
type place struct {
	word, count int32
	pieces      []piece
	copy        int32 // passed by reference: the first word of its copy in the frame; 0 for none
	size        int32 // bytes of the value
	signed      bool  // of a signed integer type: its word is extended with the sign, else with zeros
}

// piece is one part of a value in a frame; everything is in bytes. at counts from the
// beginning of the frame, offset from the beginning of the value.
type piece struct{ at, offset, size int32 }

// The first words of every frame, whatever the CPU. The trampolines in
// call_*.s use the same numbers. Words 3 to 8 are the guard's: the trampoline
// notes the stack pointer to come back to, which tells callbacks where the stack is as
// well, and once there are callbacks the thread. Who ends a call from outside (a fault, an
// interrupt, a time limit) says so in wordSignal.
const (
	wordFn     = 0  // address of the C function
	wordStack  = 1  // words to copy to the stack
	wordVector = 2  // vector registers in use
	wordSP     = 3  // guard: stack pointer of the trampoline's way out
	wordThread = 4  // guard: thread that made the call
	wordOuter  = 5  // guard: what slot.frame was before
	wordSignal = 6  // guard: what ended the call: a signal, or one of the ends in crash.go; 0 for a return
	wordSlot   = 7  // guard: address of the thread's slot
	wordRoom   = 8  // guard: the cushion, in bytes
	wordX87    = 9  // registers of the x87 stack that hold the result: 0, 1 or 2
	wordAlign  = 10 // what the stack arguments are aligned to, as a mask: -16, -32, ...

	wordRegs = 16 // the CPU's own words start here
)

// Plan is everything about a call that depends on its signature alone.
type Plan struct {
	layout
	free *Frame // one frame kept for the next call; nested calls make their own
}

// Prepare works out how a signature is called on this machine. It is an error to
// ask for a type that cannot be passed, or for any call on a machine without a trampoline.
func Prepare(sig Signature) (*Plan, error) {
	l, err := hostLayout(sig)
	if err != nil {
		return nil, err
	}
	return &Plan{layout: l}, nil
}

// Frame is one call under way. Arguments are set by index from 0; the result is
// read after Call; Done gives the frame back. A frame is good for one call at a time.
type Frame struct {
	plan    *Plan
	words   []uint64
	bytes   []byte // the same memory
	scratch []byte // C copies of strings; they live until Done
	used    int
	held    []any // what must live until Done: blocks arguments point to, scratch blocks that were too small
}

// Frame takes a frame for one call.
func (p *Plan) Frame() *Frame {
	if f := p.free; f != nil {
		p.free = nil
		return f
	}
	f := &Frame{plan: p, bytes: alignedBlock(8*p.words, max(p.align, blockAlign))}
	f.words = unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(f.bytes))), p.words)
	f.words[wordStack] = uint64(p.stack)
	f.words[wordVector] = uint64(p.vector)
	f.words[wordX87] = uint64(p.x87)
	f.words[wordAlign] = -uint64(max(p.align, blockAlign))
	f.atHome()
	return f
}

// Done gives the frame back to its plan. The strings made with CString die here.
func (f *Frame) Done() {
	f.used = 0
	if len(f.held) > 0 {
		clear(f.held)
		f.held = f.held[:0]
	}
	if len(f.scratch) > scratchKept {
		f.scratch = nil
	}
	f.plan.free = f
}

// SetInt sets an integer or pointer argument; v is already extended to 64 bits as its type's signedness says.
func (f *Frame) SetInt(i int, v uint64) {
	if p := &f.plan.args[i]; p.pieces == nil {
		f.words[p.word] = v
	} else {
		f.setPieces(p, v)
	}
}

// SetFloat sets a double argument.
func (f *Frame) SetFloat(i int, v float64) { f.SetInt(i, math.Float64bits(v)) }

// SetFloat32 sets a float argument. The upper half of the register is left zero.
func (f *Frame) SetFloat32(i int, v float32) { f.SetInt(i, uint64(math.Float32bits(v))) }

// setPieces sets a scalar that does not have a word to itself: on Apple's packed stack, or, in a
// variadic call on Windows, in two registers.
func (f *Frame) setPieces(p *place, v uint64) {
	for _, part := range p.pieces {
		for k := int32(0); k < part.size && part.offset+k < 8; k++ {
			f.bytes[part.at+k] = byte(v >> (8 * (part.offset + k)))
		}
	}
}

// SetBytes sets an argument of any type from its bytes in memory. C gets a copy, by whatever way the
// convention has it go; small integers are extended as their type's signedness says. Bytes that b has
// more than the type are left out; those it has less are zero.
func (f *Frame) SetBytes(i int, b []byte) {
	p := &f.plan.args[i]
	if p.pieces == nil && p.copy == 0 && int(8*p.count) == len(b) && int(p.size) == len(b) {
		switch p.count { // the usual: one or two whole words
		case 1:
			f.words[p.word] = binary.LittleEndian.Uint64(b)
			return
		case 2:
			f.words[p.word] = binary.LittleEndian.Uint64(b)
			f.words[p.word+1] = binary.LittleEndian.Uint64(b[8:])
			return
		}
	}
	f.setBytes(p, b)
}

func (f *Frame) setBytes(p *place, b []byte) {
	b = b[:min(len(b), int(p.size))]
	switch {
	case p.copy != 0:
		fill(f.bytes[8*p.copy:8*p.copy+p.size], b)
		f.words[p.word] = uint64(uintptr(unsafe.Pointer(unsafe.SliceData(f.bytes[8*p.copy:]))))
	case p.pieces != nil:
		for _, part := range p.pieces {
			if part.size == 8 && int(part.offset)+8 <= len(b) {
				binary.LittleEndian.PutUint64(f.bytes[part.at:], binary.LittleEndian.Uint64(b[part.offset:]))
			} else {
				fill(f.bytes[part.at:part.at+part.size], b[min(int(part.offset), len(b)):])
			}
		}
	case p.count > 0:
		fill(f.bytes[8*p.word:8*(p.word+p.count)], b)
		if p.signed && p.size < 8 {
			unused := 64 - 8*p.size
			f.words[p.word] = uint64(int64(f.words[p.word]<<unused) >> unused)
		}
	}
}

// fill copies b to dst and zeros what is left of dst.
func fill(dst, b []byte) { clear(dst[copy(dst, b):]) }

// SetResult says where C shall put a result that does not come back in registers;
// what is there must stay until Done. For other results it does nothing.
func (f *Frame) SetResult(addr uintptr) {
	if f.plan.memory {
		f.words[f.plan.result.word] = uint64(addr)
	}
}

// Int is an integer or pointer result, as it stood in its register: only as many bits as the type has are meant.
func (f *Frame) Int() uint64 { return f.words[f.plan.result.word] }

// Float is a double result.
func (f *Frame) Float() float64 { return math.Float64frombits(f.words[f.plan.result.word]) }

// Float32 is a float result.
func (f *Frame) Float32() float32 {
	return math.Float32frombits(uint32(f.words[f.plan.result.word]))
}

// Bytes copies a result of any type to dst, as much as there is room for, unless C has put it
// where SetResult said. Padding that does not travel is left as it is in dst.
func (f *Frame) Bytes(dst []byte) {
	p := &f.plan.result
	dst = dst[:min(len(dst), int(p.size))]
	switch {
	case f.plan.memory:
	case p.pieces != nil:
		for _, part := range p.pieces {
			if int(part.offset) < len(dst) {
				copy(dst[part.offset:], f.bytes[part.at:part.at+part.size])
			}
		}
	default:
		copy(dst, f.bytes[8*p.word:8*(p.word+p.count)])
	}
}

// A frame keeps its scratch block for the next call unless one call made it this large, in bytes.
const scratchKept = 1 << 16

// CString copies s and a closing NUL to memory that lives until Done, and gives its address.
func (f *Frame) CString(s string) uintptr {
	n := len(s) + 1
	if f.used+n > len(f.scratch) {
		// Addresses already given out point into the old block, so it is kept, not grown.
		f.held = append(f.held, f.scratch)
		f.scratch = make([]byte, max(256, n))
		f.used = 0
	}
	b := f.scratch[f.used : f.used+n]
	copy(b, s)
	b[len(s)] = 0
	f.used = min((f.used+n+15)&^15, len(f.scratch))
	return uintptr(unsafe.Pointer(unsafe.SliceData(b)))
}

// Hold keeps memory that an argument points to alive until Done.
func (f *Frame) Hold(x any) { f.held = append(f.held, x) }
