// This file defines how the loader is made usable again after a call that was abandoned inside it: a fault in a
// constructor, in a destructor, in dlsym(3) with a bad name.
//
// The loader's locks lie in _rtld_global and say which thread has them. What a constructor leaves is a library that
// counts as initialised and as open once: it is closed again. What a destructor leaves is worse. dlclose(3) notes in a static
// variable that it is under way, and as long as it says so another dlclose unloads nothing; and the library whose destructor
// faulted is still there, and waits for it to be called again. The variable is found by what has changed in the data
// of ld.so since the close began, and by the proof that unloading works when it is 0; the destructors of the
// library are taken off its books, and with the next close it leaves.

//go:build amd64 || arm64

package ffi

import (
	"path/filepath"
	"slices"

	"github.com/ebitengine/purego"
	"golang.org/x/sys/unix"
)

// loading is what was found of the loader. Addresses.
type loading struct {
	global, globalEnd uintptr // _rtld_global
	debug             uintptr // _r_debug (<link.h>)
	unlock            uintptr // pthread_mutex_unlock(3)
	state             uintptr // dl_close_state, once it has been found
	initial           map[uintptr]bool
	under             loaderCall
}

// loaderCall is what was so before the shell called the loader.
type loaderCall struct {
	closing uintptr // handle
	held    int     // how often this thread had the loader's lock
	last    uintptr // handle of the object that came last
	data    []byte  // of ld.so
}

// A mutex of the loader's: the words of pthread_mutex_t.
const (
	mutexCount     = 4
	mutexOwner     = 8
	mutexUsers     = 12
	mutexKind      = 16
	mutexRecursive = 1
	mutexSize      = 40
)

func prepareLoading() {
	g := &glibc
	code, err := purego.Dlsym(purego.RTLD_DEFAULT, "__tls_get_addr")
	if err != nil {
		return
	}
	var ok bool
	if g.ld, ok = moduleOf(code); !ok {
		return
	}
	global, err := purego.Dlsym(purego.RTLD_DEFAULT, "_rtld_global")
	if err != nil || !g.ld.hasData(global) {
		return
	}
	out := make([]byte, 40) // Dl_info, then the address of the symbol
	p := Address(out)
	if int32(call(libc.dladdr1, global, p, p+32, dlSymbol)) == 0 {
		return
	}
	const symbolSize = 16 // in Elf64_Sym
	end := global + wordAt(uintptr(le64(out[32:]))+symbolSize)
	if end <= global || end > g.ld.edata || g.ld.edata-g.ld.data > 1<<20 {
		return
	}
	g.unlock, _ = purego.Dlsym(purego.RTLD_DEFAULT, "pthread_mutex_unlock")
	if debug, err := purego.Dlsym(purego.RTLD_DEFAULT, "_r_debug"); err == nil && g.ld.hasData(debug) {
		g.debug = debug
	}
	g.global, g.globalEnd = global, end
	threadLock = g.threadLock()
	g.initial = map[uintptr]bool{}
	loaded(func(handle uintptr, m linkMap) bool {
		g.initial[handle] = true
		return false
	})
	g.under = g.look()
}

// threadLock is the address of a mutex of the loader's that pthread_create(3) takes too, dl_load_tls_lock, or 0. The signal
// handler gives it back by itself.
var threadLock uintptr

// threadLock finds it: since 2.34, when it came, the loader has three recursive mutexes in a row, of which it is the last.
func (g *loading) threadLock() uintptr {
	b := make([]byte, g.globalEnd-g.global)
	if Read(b, g.global) != nil {
		return 0
	}
	one := make([]byte, mutexSize) // when nobody has it
	one[mutexKind] = mutexRecursive
	three, found := string(slices.Repeat(one, 3)), uintptr(0)
	for o := 0; o+len(three) <= len(b); o += 8 {
		if string(b[o:o+len(three)]) == three {
			if found != 0 {
				return 0
			}
			found = g.global + uintptr(o) + 2*mutexSize
		}
	}
	return found
}

// look notes how the loader is now.
func (g *loading) look() (l loaderCall) {
	l.data = make([]byte, glibc.ld.edata-glibc.ld.data)
	if Read(l.data, glibc.ld.data) != nil {
		l.data = nil
	}
	for _, lock := range g.locks(uint32(unix.Gettid())) {
		l.held += int(halfAt(lock + mutexCount))
	}
	loaded(func(handle uintptr, m linkMap) bool {
		l.last = handle
		return false
	})
	return l
}

// enterLoader is told before the shell calls dlopen(3), or dlclose(3) with a handle; what it gives is given back afterwards.
func enterLoader(closing uintptr) (was loaderCall) {
	g := &glibc
	if g.global == 0 {
		return was
	}
	was = g.under
	g.under = g.look()
	g.under.closing = closing
	return was
}

func leaveLoader(was loaderCall) {
	if glibc.global != 0 {
		glibc.under = was
		glibc.under.data = glibc.look().data
	}
}

// locks are the recursive mutexes of the loader's that a thread has.
func (g *loading) locks(tid uint32) (held []uintptr) {
	b := make([]byte, g.globalEnd-g.global)
	if tid == 0 || Read(b, g.global) != nil {
		return nil
	}
	for o := 0; o+mutexSize <= len(b); o += 8 {
		m := b[o:]
		if le32(m) == 0 || le32(m[mutexOwner:]) != tid || le32(m[mutexKind:]) != mutexRecursive {
			continue
		}
		if count := le32(m[mutexCount:]); count >= 1 && count < 1<<16 && le32(m[mutexUsers:]) == 1 {
			held = append(held, g.global+uintptr(o))
		}
	}
	return held
}

// loader gives the loader's locks back, and brings a dlclose to its end that was under way.
func (h *healer) loader() {
	g := &glibc
	if g.global == 0 {
		return
	}
	stay := 0
	switch {
	case h.crash.Foreign, h.alone:
	case h.own:
		stay = g.under.held
	default:
		return
	}
	if !h.freeLoader(stay) || h.crash.Foreign || stay > 0 {
		return
	}
	h.note("the loader's lock was held by the call that is over: it was released")
	const debugState = 24 // r_state of struct r_debug
	if g.debug != 0 && halfAt(g.debug+debugState) != 0 {
		Write(g.debug+debugState, make([]byte, 4)) // RT_CONSISTENT
	}
	if h.crash.Fn != libc.dlopen {
		h.finishClosing()
	}
}

// freeLoader gives the locks back of the thread whose call is over, but for a number of times, and reports whether there were any.
func (h *healer) freeLoader(stay int) bool {
	g := &glibc
	tid := h.crash.Thread
	if tid == 0 {
		tid = unix.Gettid()
	}
	locks := g.locks(uint32(tid))
	for _, lock := range locks {
		if h.crash.Foreign {
			Write(lock+mutexCount, make([]byte, mutexKind-mutexCount))
			giveBack(lock)
			continue
		}
		for n := int(halfAt(lock + mutexCount)); n > stay; n-- {
			callOut(g.unlock, lock)
		}
	}
	return len(locks) > 0
}

// probeLibraries are small libraries that come with glibc: one of them is loaded and unloaded for a test.
var probeLibraries = []string{"libBrokenLocale.so.1", "libanl.so.1", "libutil.so.1", "librt.so.1"}

// tryClosing loads a library and unloads it, which unloads all that is not used any more, and reports whether it has left.
func (h *healer) tryClosing() (left bool, err error) {
	const lazy = 1
	for _, name := range probeLibraries {
		if isLoaded(name) && name != h.probe {
			continue
		}
		b := cstring(name)
		var handle uintptr
		within(probeLimit, func() {
			if handle, err = callOut(libc.dlopen, Address(b), lazy); err == nil && handle != 0 {
				h.probe = name
				_, err = callOut(libc.dlclose, handle)
			}
		})
		switch {
		case err != nil:
			return false, err
		case handle != 0:
			return !isLoaded(name), nil
		}
		call(libc.dlerror)
	}
	return false, nil
}

func isLoaded(name string) (found bool) {
	loaded(func(_ uintptr, m linkMap) bool {
		path, _ := CString(m.name)
		found = filepath.Base(path) == name
		return found
	})
	return found
}

// maxFinishing is how many destructors may fault in one close.
const maxFinishing = 16

// finishClosing brings a dlclose to its end that was abandoned, if there was one.
func (h *healer) finishClosing() {
	h.silence(h.crash)
	for range maxFinishing {
		left, err := h.tryClosing()
		if err == nil && !left {
			if !h.closesAgain() {
				h.note("dlclose does not unload anything any more: it was under way in the call that is over, and takes itself to be still")
				return
			}
			left, err = true, h.closeError
		}
		if err == nil {
			if h.crash.Fn == libc.dlclose {
				h.note("dlclose was brought to its end; what was left of the destructors that faulted has not run")
			}
			return
		}
		// Another destructor has not returned.
		h.freeLoader(0)
		c, ok := err.(*Crash)
		if !ok {
			c = &Crash{Fn: libc.dlclose, Thread: h.crash.Thread}
		}
		h.note("while the close was brought to its end, another destructor failed: %v", err)
		if !h.silence(c) {
			return
		}
	}
}

// closesAgain finds dl_close_state and sets it to "nothing under way".
func (h *healer) closesAgain() bool {
	g := &glibc
	h.closeError = nil
	places := []uintptr{g.state}
	if g.state == 0 {
		places = g.changed()
	}
	for _, at := range places {
		was := halfAt(at)
		if was != 1 && was != 2 {
			continue
		}
		Write(at, make([]byte, 4))
		left, err := h.tryClosing()
		if left || err != nil { // it got as far as the destructors
			g.state = at
			h.closeError = err
			return true
		}
		Write(at, []byte{byte(was), 0, 0, 0})
	}
	return false
}

// changed are the words of ld.so's data that were 0 when the close began and are 1 or 2 now.
func (g *loading) changed() (places []uintptr) {
	before, ld := g.under.data, &glibc.ld
	after := make([]byte, len(before))
	if Read(after, ld.data) != nil {
		return nil
	}
	for o := 0; o+4 <= len(after); o += 4 {
		at := ld.data + uintptr(o)
		if at-g.global < g.globalEnd-g.global || g.debug != 0 && at-g.debug < 40 {
			continue
		}
		if now := le32(after[o:]); le32(before[o:]) == 0 && (now == 1 || now == 2) {
			places = append(places, at)
		}
	}
	return places
}

// silence has the destructors not called again of the object that one of faulted, nor of those that depend on
// it: theirs have been called before. It reports whether it found the object.
func (h *healer) silence(c *Crash) bool {
	g := &glibc
	culprit := uintptr(0)
	inLoader := false
	for i := len(c.Trace) - 1; i >= 0; i-- { // what the outermost code of the loader's called, but for libc
		switch pc := c.Trace[i].PC; {
		case g.ld.hasCode(pc):
			inLoader = true
			continue
		case !inLoader || g.libc.hasCode(pc):
			continue
		default:
			culprit = objectOf(pc)
		}
		break
	}
	if culprit == 0 || g.initial[culprit] {
		culprit = g.under.closing
	}
	if culprit == 0 || g.initial[culprit] {
		return false
	}
	over := map[uintptr]bool{culprit: true}
	maps := map[uintptr]linkMap{}
	loaded(func(handle uintptr, m linkMap) bool {
		maps[handle] = m
		return false
	})
	if _, ok := maps[culprit]; !ok {
		return false
	}
	for grown := true; grown; {
		grown = false
		for handle, m := range maps {
			if over[handle] || g.initial[handle] {
				continue
			}
			for _, name := range m.needs() {
				for other := range over {
					if !over[handle] && maps[other].isNamed(name) {
						over[handle], grown = true, true
					}
				}
			}
		}
	}
	for handle := range over {
		if o := books[handle]; o != nil && o.Opens > 0 && handle != g.under.closing {
			return false // somebody uses it: it is not what it seems
		}
	}
	for handle := range over {
		dropDestructors(handle)
	}
	return true
}

// Tags of the dynamic section (<elf.h>).
const (
	tagNeeded    = 1
	tagStrings   = 5
	tagSymbols   = 6
	tagFini      = 13
	tagName      = 14
	tagFiniArray = 26

	tagFiniArraySize = 28
)

// linkMapInfo is where l_info lies in a link map, in bytes: it begins after eight words, and has a pointer to the entry of
// the dynamic section for each tag.
const linkMapInfo = 8 * 8

// dropDestructors takes the destructors from a link map.
func dropDestructors(handle uintptr) {
	for _, tag := range []uintptr{tagFini, tagFiniArray} {
		at := handle + linkMapInfo + 8*tag
		if entry := wordAt(at); entry != 0 && wordAt(entry) == tag {
			setWord(at, 0)
		}
	}
}

// values are what an object's dynamic section has with a tag.
func (m linkMap) values(tag uintptr) (out []uintptr) {
	const most = 256
	for i := uintptr(0); i < most; i++ {
		entry := m.dynamic + 16*i
		switch t := wordAt(entry); t {
		case 0:
			return out
		case tag:
			out = append(out, wordAt(entry+8))
		}
	}
	return out
}

// address is the address that the dynamic section has with a tag, whether the loader has made one of it or not.
func (m linkMap) address(tag uintptr) uintptr {
	switch v := m.values(tag); {
	case len(v) == 0:
		return 0
	case v[0] < m.addr:
		return m.addr + v[0]
	default:
		return v[0]
	}
}

// strings are the strings that the dynamic section has with a tag.
func (m linkMap) strings(tag uintptr) (out []string) {
	table := m.address(tagStrings)
	for _, o := range m.values(tag) {
		if s, err := CString(table + o); err == nil {
			out = append(out, s)
		}
	}
	return out
}

func (m linkMap) needs() []string { return m.strings(tagNeeded) }

func (m linkMap) isNamed(name string) bool {
	if path, _ := CString(m.name); filepath.Base(path) == filepath.Base(name) {
		return true
	}
	names := m.strings(tagName)
	return len(names) > 0 && names[0] == name
}

// healOpen looks after a dlopen that was abandoned: what it had loaded counts as initialised, and is unloaded again.
func healOpen(name uintptr, mode int, err error) {
	g := &glibc
	if g.global == 0 || now.healing {
		return
	}
	handle, again := callOut(libc.dlopen, name, uintptr(mode|Flags["RTLD_NOLOAD"]))
	if handle == 0 || again != nil {
		if again == nil {
			call(libc.dlerror)
		}
		return
	}
	isNew, after := false, false
	loaded(func(h uintptr, _ linkMap) bool {
		isNew = isNew || after && h == handle
		after = after || h == g.under.last
		return false
	})
	closes := 1 // of the look-up just made
	if isNew {
		closes = 2
	}
	c, _ := err.(*Crash)
	for range closes {
		var over error
		within(closeLimit, func() { _, over = callOut(libc.dlclose, handle) })
		if over != nil && c != nil {
			c.Notes = append(c.Notes, "it was unloaded again, where a destructor failed: "+over.Error())
			return
		}
	}
	if c != nil && isNew {
		if _, stays := mapped(handle); stays {
			c.Notes = append(c.Notes, "it stays loaded, half initialised")
		} else {
			c.Notes = append(c.Notes, "it was unloaded again; its destructors have run")
		}
	}
}
