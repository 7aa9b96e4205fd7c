// This file defines Callback and Incoming: C function pointers that run a Go func.

package ffi

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"dlsh/types"
)

// Callback is a C function that runs Go.
type Callback struct {
	layout
	name   string
	index  int
	size   int                             // bytes of the result
	unused int                             // of a result that is a signed integer: bits of a word that it does not have
	fn     atomic.Pointer[func(*Incoming)] // nil once it is free
}

// Stale is told of a call that C made through the pointer of a callback that was
// freed, with the lock held. C gets zero.
var Stale = func(name string) {
	fmt.Fprintf(os.Stderr, "%s was called by C after it was freed\n", name)
}

// Panicked is told of a panic in a callback's func, with the lock held. C gets zero.
var Panicked = func(name string, v any) {
	fmt.Fprintf(os.Stderr, "panic in callback %s: %v\n%s", name, v, debug.Stack())
}

// TooDeep is told of a callback that was not run because the stack is nearly used
// up, with the lock held. C gets zero.
var TooDeep = func(name string) {
	fmt.Fprintf(os.Stderr, "%s: callbacks are nested too deep\n", name)
}

// callbackStubs is how many callbacks can be alive at once: each has a piece of code
// of its own in callback_stubs_*.s.
const callbackStubs = 16384

// behind says what each stub runs. A freed callback stays there until the stub
// is used again: C may have kept the pointer, and a late call must still get a zero
// in the right register.
var behind [callbackStubs]atomic.Pointer[Callback]

// stubs are the ones that are free: first those never used, then those freed longest ago.
var stubs struct {
	sync.Mutex
	used  int // stubs from this one on were never used
	queue [callbackStubs]uint16
	head  int // first in the queue, a ring
	count int // how many are in it
}

var errNoStubs = fmt.Errorf("%d callbacks are alive; no more can be made until some are dropped", callbackStubs)

// NewCallback makes a C function of the signature that runs fn. The caller must be
// running Lua (see the lock). The callback, and all that fn refers to, is kept until
// Free, whether Go still refers to it or not: C does.
func NewCallback(sig Signature, name string, fn func(*Incoming)) (*Callback, error) {
	if !callbacksSupported {
		return nil, fmt.Errorf("callbacks are not supported on %s/%s yet", runtime.GOOS, runtime.GOARCH)
	}
	if sig.Variadic {
		return nil, errors.New("a callback cannot be variadic: nothing says how many arguments came")
	}
	l, err := hostLayout(sig)
	if err != nil {
		return nil, err
	}
	size, t := 0, types.Host()
	if t.Resolve(sig.Result).Kind != types.Void {
		size = int(t.Size(sig.Result))
	}
	return makeCallback(l, size, t.Signed(sig.Result), name, fn)
}

// makeCallback is NewCallback for a signature that is laid out: its result is so many bytes, of a signed integer or not.
func makeCallback(l layout, size int, signed bool, name string, fn func(*Incoming)) (*Callback, error) {
	if err := readyCallbacks(); err != nil {
		return nil, err
	}
	if l.result.word < wordRegs { // nothing, or a value in pieces; a word set by mistake must hit a result
		l.result.word = resultWords
	}
	c := &Callback{layout: l, size: size, name: name}
	if signed {
		c.unused = 64 - 8*size
	}
	c.fn.Store(&fn)
	var err error
	if c.index, err = takeStub(); err != nil {
		return nil, err
	}
	behind[c.index].Store(c)
	share()
	return c, nil
}

// Addr is the C function pointer.
func (c *Callback) Addr() uintptr { return stubAddr(c.index) }

// Free gives the stub back. It will be used again after all that are free now, so
// that a pointer that C kept is found out for as long as possible. Any goroutine may
// call it, a second time too.
func (c *Callback) Free() {
	if c.fn.Swap(nil) == nil {
		return
	}
	stubs.Lock()
	stubs.queue[(stubs.head+stubs.count)%callbackStubs] = uint16(c.index)
	stubs.count++
	stubs.Unlock()
}

// CallbackAt is the live callback whose stub is at addr, or nil.
func CallbackAt(addr uintptr) *Callback {
	if i, ok := stubAt(addr); ok {
		if c := behind[i].Load(); c != nil && c.fn.Load() != nil {
			return c
		}
	}
	return nil
}

// takeStub finds a free stub. When there is none it has the garbage collected, since
// finalizers may free some, and waits for them.
func takeStub() (int, error) {
	for range 2 {
		if i, ok := freeStub(); ok {
			return i, nil
		}
		runtime.GC()
		// Finalizers run one after another, so when this one has run, so have the others.
		ran := make(chan bool, 1)
		runtime.SetFinalizer(&sentinel{}, func(*sentinel) { ran <- true })
		runtime.GC()
		select {
		case <-ran:
		case <-time.After(100 * time.Millisecond):
		}
	}
	if i, ok := freeStub(); ok {
		return i, nil
	}
	return 0, errNoStubs
}

// sentinel is large enough, and has a pointer, not to share its memory with other small objects.
type sentinel struct {
	_ *int
	_ [64]byte
}

func freeStub() (int, bool) {
	stubs.Lock()
	defer stubs.Unlock()
	if i := stubs.used; i < callbackStubs {
		stubs.used++
		return i, true
	}
	if stubs.count == 0 {
		return 0, false
	}
	i := stubs.queue[stubs.head]
	stubs.head = (stubs.head + 1) % callbackStubs
	stubs.count--
	return int(i), true
}

// Incoming is one call from C under way: arguments by index from 0, the result set
// before fn returns; a result that is not set is zero. It is good until fn returns.
type Incoming struct {
	cb     *Callback
	frame  unsafe.Pointer // where the registers were saved, on C's stack, with the caller's stack arguments above
	result uintptr        // where a result that goes to memory is wanted
	alien  bool
	set    bool // the result in memory was written
}

// Foreign reports whether the call came on a thread that the library made, not from a call of ours.
func (in *Incoming) Foreign() bool { return in.alien }

// Leave has C not go on when the callback returns: the call of ours that C called back in ends with ErrEnded, and
// what C was doing is left half done. On a thread that the library made there is no such call, and nothing is done.
func (in *Incoming) Leave() { *in.word(wordLeave) = endLeave }

// word is a word of the frame.
func (in *Incoming) word(i int32) *uint64 { return (*uint64)(unsafe.Add(in.frame, 8*int(i))) }

// bytes are n bytes of the frame.
func (in *Incoming) bytes(at, n int32) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(in.frame, int(at))), int(n))
}

// Int is an integer or pointer argument as it stood in its register or stack slot:
// only as many bits as the type has are meant.
func (in *Incoming) Int(i int) uint64 {
	p := &in.cb.args[i]
	if p.pieces == nil {
		return *in.word(p.word)
	}
	var b [8]byte // a scalar that shares its word with others, as on Apple's packed stack
	in.Bytes(i, b[:])
	return binary.LittleEndian.Uint64(b[:])
}

// Float is a double argument.
func (in *Incoming) Float(i int) float64 { return math.Float64frombits(in.Int(i)) }

// Float32 is a float argument.
func (in *Incoming) Float32(i int) float32 { return math.Float32frombits(uint32(in.Int(i))) }

// Bytes copies an argument of any type to dst, as it would lie in memory and as much
// as there is room for. Padding that does not travel is left as it is in dst.
func (in *Incoming) Bytes(i int, dst []byte) {
	p := &in.cb.args[i]
	switch {
	case p.copy != 0:
		must(Read(dst[:min(len(dst), int(p.size))], uintptr(*in.word(p.word))))
	case p.pieces != nil:
		for _, part := range p.pieces {
			if int(part.offset) < len(dst) {
				copy(dst[part.offset:], in.bytes(part.at, part.size))
			}
		}
	default:
		copy(dst, in.bytes(8*p.word, 8*p.count))
	}
}

// SetInt sets an integer or pointer result; v is already extended to 64 bits as its type's signedness says.
func (in *Incoming) SetInt(v uint64) { *in.word(in.cb.result.word) = v }

// SetFloat sets a double result.
func (in *Incoming) SetFloat(v float64) { *in.word(in.cb.result.word) = math.Float64bits(v) }

// SetFloat32 sets a float result. The upper half of the register is left zero.
func (in *Incoming) SetFloat32(v float32) {
	*in.word(in.cb.result.word) = uint64(math.Float32bits(v))
}

// SetBytes sets a result of any type from its bytes in memory; small integers are
// extended as their type's signedness says. What b has less than the type is zero.
func (in *Incoming) SetBytes(b []byte) {
	p := &in.cb.result
	switch {
	case in.cb.memory:
		n := min(len(b), in.cb.size)
		must(Write(in.result, b[:n]))
		must(Set(in.result+uintptr(n), 0, int64(in.cb.size-n)))
		in.set = true
	case p.pieces != nil:
		in.clear()
		for _, part := range p.pieces {
			copy(in.bytes(part.at, part.size), b[min(int(part.offset), len(b)):])
		}
	default:
		in.clear()
		copy(in.bytes(8*p.word, 8*p.count), b)
		if unused := in.cb.unused; unused > 0 {
			w := in.word(p.word)
			*w = uint64(int64(*w<<unused) >> unused)
		}
	}
}

// clear sets the words of all results to zero.
func (in *Incoming) clear() {
	clear(unsafe.Slice(in.word(resultWords), stackWords-resultWords))
}

// must ends a callback whose caller said that there is memory where there is none. The panic becomes Panicked's.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// invoke runs fn and keeps a panic of it from C.
func (in *Incoming) invoke(fn func(*Incoming)) {
	defer in.recovered()
	fn(in)
}

func (in *Incoming) recovered() {
	if v := recover(); v != nil {
		in.clear()
		in.set = false
		Panicked(in.cb.name, v)
	}
}
