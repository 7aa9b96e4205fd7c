// This file defines how malloc is found, looked at and made usable again after a call that was abandoned inside it.
//
// glibc's malloc has arenas, each with a lock, in a ring that begins with main_arena, a static variable of libc.so. A thread
// allocates from one of them, which its thread-local variable thread_arena names, and keeps a few free blocks of each
// size for itself (its tcache). Where the lock of an arena was held by a call that is no more, it is
// released: glibc checks before it changes, so that an arena is as it was when it aborts. Then it is tried. An
// arena that is corrupt is mended (heal_arena_linux.go); where that does not do, the thread is given another, as glibc gives a
// new thread one; what lies in the old one stays valid. Lists of the tcache that lead nowhere are emptied.

//go:build amd64 || arm64

package ffi

import (
	"sync/atomic"
	"time"

	"github.com/ebitengine/purego"
)

// heap is malloc, as it was found. Addresses; offsets from the thread pointer.
type heap struct {
	malloc, free     uintptr
	arena            uintptr // main_arena, which begins with its lock
	bins             uintptr // from an arena to its unsorted bin
	threadArena      uintptr // offset of thread_arena
	tcache           uintptr // offset of tcache
	entries, classes uintptr // in the tcache: where the lists begin, and how many there are
	hidden           bool    // the lists' links are scrambled with their own address (since 2.32)
	given            int     // how often a thread was given another arena
}

// From the unsorted bin on, the structure has been the same since 2.10: 127 bins of two pointers of which the first is not there,
// a bitmap of 16 bytes, and the pointer to the next arena.
const (
	arenaNext = 16 + 254*8 + 16
	arenaSize = arenaNext + 5*8
	maxArenas = 1024
)

// unsortedAt are the places where the unsorted bin may be in an arena: after the lock, flags, have_fastchunks, ten
// fast bins, top and last_remainder; and without the fast bins.
var unsortedAt = []uintptr{96, 8}

// A block of this size never goes to the tcache, and one of the other two does.
const (
	largeProbe = 0x600
	smallProbe = 24
	nextProbe  = 40
)

// prepareHeap finds main_arena: a free block leads to its arena, and that to all others.
func prepareHeap() {
	g := &glibc
	g.malloc, _ = purego.Dlsym(purego.RTLD_DEFAULT, "malloc")
	g.free, _ = purego.Dlsym(purego.RTLD_DEFAULT, "free")
	if !g.libc.hasCode(g.malloc) || !g.libc.hasCode(g.free) {
		return // another malloc was loaded over it
	}
	var blocks [3]uintptr
	for i := range blocks {
		blocks[i] = call(g.malloc, largeProbe)
	}
	call(g.free, blocks[1])
	bin := wordAt(blocks[1] + 8) // the last that came into a list has the list behind it
	own := uintptr(0)            // the arena of this thread
	for _, bins := range unsortedAt {
		if g.bins = bins; arenaSound(bin-bins) && halfAt(bin-bins) == 0 {
			own = bin - bins
			break
		}
	}
	call(g.free, blocks[0])
	call(g.free, blocks[2])
	if own == 0 {
		return
	}
	for a, n := own, 0; n < maxArenas; a, n = wordAt(a+g.bins+arenaNext), n+1 {
		if g.libc.hasData(a) {
			g.arena = a
			break
		}
	}
	if g.arena == 0 || !arenaSound(g.arena) {
		g.arena = 0
		return
	}
	tp := thread()
	var found []uintptr
	forThreadLocals(tp, func(at, value uintptr) {
		if value == own {
			found = append(found, at-tp)
		}
	})
	if len(found) == 1 {
		g.threadArena = found[0]
	}
	prepareCache(tp)
}

// prepareCache finds the tcache: what thread-local variables point to that has a block as the first of its
// list for a size once that was freed, and a block of the next size beside it.
func prepareCache(tp uintptr) {
	g := &glibc
	a, b := call(g.malloc, smallProbe), call(g.malloc, smallProbe)
	c := call(g.malloc, nextProbe)
	call(g.free, a)
	call(g.free, b)
	call(g.free, c)
	link := wordAt(b)
	switch link {
	case a:
	case a ^ b>>12:
		g.hidden = true
	default:
		return
	}
	forThreadLocals(tp, func(at, value uintptr) {
		if g.tcache != 0 || value == 0 || value%16 != 0 {
			return
		}
		size := wordAt(value-8) &^ 7
		if size < 0x200 || size > 0x400 {
			return
		}
		for o := uintptr(64); o < size-16; o += 8 {
			if wordAt(value+o) == b && wordAt(value+o+8) == c {
				g.tcache, g.entries = at-tp, o
				g.classes = (size - 16 - o) / 8
			}
		}
	})
	// Before 2.42 there were 64 lists, and a 16-bit count of each before them; since, 76 with what is left for each.
	if g.tcache != 0 && !(g.entries == 64*2 && g.classes == 64) && !(g.entries == 76*2 && g.classes >= 76) {
		g.tcache = 0
	}
	g.classes = min(g.classes, g.entries/2)
}

// forThreadLocals gives all words of the memory in which the C library has its thread-local variables.
func forThreadLocals(tp uintptr, f func(at, value uintptr)) {
	const most = 4096
	var b [8]byte
	for i := uintptr(8); i < most; i += 8 {
		at := tp - i // the nearest first
		if threadLocalsAbove {
			at = tp + 8 + i
		}
		if Read(b[:], at) != nil {
			return
		}
		f(at, uintptr(le64(b[:])))
	}
}

// arenaSound reports whether an arena looks like one: flags that exist, lists that are linked both ways, a ring.
func arenaSound(a uintptr) bool {
	if flags := halfAt(a + 4); flags > 7 {
		return false
	}
	bin := a + glibc.bins
	for i := range uintptr(127) {
		if b := bin + 16*i; wordAt(wordAt(b+16)+24) != b || wordAt(wordAt(b+24)+16) != b {
			return false
		}
	}
	next := wordAt(bin + arenaNext)
	for range maxArenas {
		if next == a || next == 0 {
			break
		}
		next = wordAt(next + glibc.bins + arenaNext)
	}
	system := wordAt(bin + arenaNext + 24)
	return next == a && system > 0 && system < 1<<46
}

// arenas are all there are.
func arenas() (all []uintptr) {
	for a := glibc.arena; a != 0 && len(all) < maxArenas; {
		all = append(all, a)
		if a = wordAt(a + glibc.bins + arenaNext); a == glibc.arena {
			break
		}
	}
	return all
}

// settleLimit is how long the lock of an arena is waited for that another thread may hold.
const settleLimit = 100 * time.Millisecond

// abandoned reports whether the lock of an arena is held by nobody who could give it back.
func abandoned(a uintptr, gone int) bool {
	if halfAt(a) == 0 {
		return false
	}
	before := make([]byte, arenaSize)
	Read(before, a+glibc.bins)
	for began := time.Now(); time.Since(began) < settleLimit; pause(time.Millisecond) {
		o := lookAround(gone)
		if halfAt(a) == 0 {
			return false
		}
		if o.busy == 0 {
			return true
		}
	}
	// Somebody runs all the time. Whoever has the lock has done nothing with it.
	after := make([]byte, arenaSize)
	Read(after, a+glibc.bins)
	return halfAt(a) != 0 && string(before) == string(after)
}

// heap gives malloc's locks back and sees whether malloc works. What malloc crashed in is mended as far as that goes.
func (h *healer) heap() {
	g := &glibc
	if g.arena == 0 {
		return
	}
	all := arenas()
	forAbandoned(all, h.crash.Thread, func(a uintptr) {
		h.note("malloc's lock was held by the call that is over: it was released")
		if !arenaInOrder(a) {
			mendArena(a)
			h.note("the C heap was corrupt: malloc's free memory was given up")
		}
		giveBack(a)
	})
	tp := thread()
	own := uintptr(0)
	if g.threadArena != 0 {
		own = wordAt(tp + g.threadArena)
	}
	if n := mendCache(tp); n > 0 {
		h.note("free blocks of the C heap had been written to: %d of malloc's lists of free blocks were emptied", n)
	}
	err := h.tryHeap()
	if err != nil { // in an arena whose lock is taken now, or else in the thread's
		forAbandoned(all, 0, func(a uintptr) { own = a })
		if own != 0 {
			lockedArena(own, mendArena)
			h.note("the C heap was corrupt: malloc's free memory was given up")
			mendCache(tp)
			err = h.tryHeap()
		}
	}
	if err != nil {
		forAbandoned(all, 0, giveBack)
		if giveArena(tp) {
			h.note("the C heap is corrupt: this thread allocates from another from now on")
			err = h.tryHeap()
		}
	}
	forAbandoned(all, 0, giveBack)
	heapLocked()
	switch {
	case err == nil:
		if _, ok := refusal().(*Unusable); ok {
			refuseCalls(nil)
		}
	case hangs(err):
		h.note("the C heap is corrupt, and malloc does not return: calls of C are refused from now on")
		refuseCalls(&Unusable{"malloc does not return any more: the C heap is corrupt"})
	default:
		h.note("the C heap is corrupt, and could not be mended: calls that allocate will fail")
	}
}

// forAbandoned gives the arenas whose lock is held by a call that is over.
func forAbandoned(arenas []uintptr, gone int, f func(a uintptr)) {
	for _, a := range arenas {
		if halfAt(a) != 0 && abandoned(a, gone) {
			f(a)
		}
	}
}

// lockedArena does something with an arena whose lock is held by a call that is over, or by nobody, and leaves the lock free.
//
//go:nocheckptr
func lockedArena(a uintptr, do func(uintptr)) {
	lock := (*uint32)(at(a))
	for began := time.Now(); !atomic.CompareAndSwapUint32(lock, 0, 1); pause(100 * time.Microsecond) {
		if abandoned(a, 0) {
			break // as good as ours
		}
		if time.Since(began) > settleLimit {
			return
		}
	}
	do(a)
	giveBack(a)
}

// tryHeap allocates and frees some blocks; the sizes make malloc put its free blocks in order. The error is of the
// call that did not return.
func (h *healer) tryHeap() (err error) {
	for range 3 {
		inTime := within(probeLimit, func() {
			var blocks []uintptr
			for _, size := range []uintptr{smallProbe, 200, 1100, 5000, 70000} {
				var p uintptr
				if p, err = callOut(glibc.malloc, size); err != nil {
					return
				}
				if p != 0 {
					blocks = append(blocks, p)
				}
			}
			for _, p := range blocks {
				if _, err = callOut(glibc.free, p); err != nil {
					return
				}
			}
		})
		if !inTime || !hangs(err) { // else somebody else ended it
			break
		}
	}
	return err
}

// giveArena has the thread take another arena when it allocates next.
func giveArena(tp uintptr) bool {
	g := &glibc
	if g.threadArena == 0 || g.given >= maxArenas {
		return false
	}
	g.given++
	setWord(tp+g.threadArena, 0)
	emptyCache(tp)
	return true
}

// emptyCache takes all from the thread's tcache: it is of the arena that is corrupt.
func emptyCache(tp uintptr) {
	g := &glibc
	if g.tcache == 0 {
		return
	}
	if cache := wordAt(tp + g.tcache); cache != 0 {
		Write(cache+g.entries, make([]byte, 8*g.classes))
		if g.classes == 64 {
			Write(cache, make([]byte, g.entries))
		}
	}
}

// mendCache empties the lists of the thread's tcache that do not lead where they should, and counts them.
func mendCache(tp uintptr) (mended int) {
	g := &glibc
	if g.tcache == 0 {
		return 0
	}
	cache := wordAt(tp + g.tcache)
	b := make([]byte, g.entries+8*g.classes)
	if cache == 0 || Read(b, cache) != nil {
		return 0
	}
	counted := g.classes == 64
	for i := range g.classes {
		most := 1 << 16
		if counted {
			most = int(b[2*i]) | int(b[2*i+1])<<8
		}
		block := uintptr(le64(b[g.entries+8*i:]))
		if g.cacheSound(block, i, most, counted) {
			continue
		}
		mended++
		setWord(cache+g.entries+8*i, 0)
		if counted {
			Write(cache+2*i, []byte{0, 0})
		}
	}
	return mended
}

// cacheSound follows a list of free blocks. A counted list has as many blocks as are counted, and perhaps more.
func (g *heap) cacheSound(block, class uintptr, most int, counted bool) bool {
	for n := 0; n < most; n++ {
		if block == 0 {
			return !counted
		}
		var b [16]byte // its size and the link
		if block%16 != 0 || Read(b[:], block-8) != nil {
			return false
		}
		size, next := uintptr(le64(b[:]))&^sizeFlags, uintptr(le64(b[8:]))
		if counted && size != smallestBlock+16*class {
			return false
		}
		if g.hidden {
			next ^= block >> 12
		}
		block = next
	}
	return true
}
