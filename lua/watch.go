// This file defines watch: functions of the C library whose misuse the caller can see, and what becomes of the values they are given.

package lua

import (
	"cmp"
	"fmt"
	"maps"
	"strings"
	"sync"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// watch is what is looked at before and after each call of one function. Only such functions pay for it.
type watch struct {
	arg    int      // the argument it is about, from 1
	in     []string // how the file names of the libraries begin that have it
	before func(f *function, w *watch, L *glua.LState) error
	after  func(f *function, w *watch, L *glua.LState, result uint64)
}

// The libraries that the C library's malloc and loader may be in.
var inMalloc = append([]string{"libdl", "libjemalloc", "libtcmalloc", "libmimalloc", "libstdc++", "libc++"}, inC...)

// watched are the functions that take what others gave, by name. Those that take memory away are told
// apart from those that take something else, whose size nobody knows.
var watched = sync.OnceValue(func() map[string]*watch {
	known := map[string]*watch{}
	for _, row := range []struct {
		in     []string
		names  string
		before func(f *function, w *watch, L *glua.LState) error
		after  func(f *function, w *watch, L *glua.LState, result uint64)
	}{
		{inMalloc, "free cfree __libc_free _ZdlPv _ZdaPv _ZdlPvm _ZdaPvm", memoryToFree, markFreed},
		{inMalloc, "realloc reallocarray __libc_realloc", memoryToFree, markMoved},
		{inMalloc, "malloc_usable_size", memoryToFree, nil},
		{inC, "munmap", notOwn, markFreed},
		{inC, "fclose pclose", fileToClose, markFreed},
		{inC, "closedir freeaddrinfo freeifaddrs endmntent", notOwn, markFreed},
		{inMalloc, "dlclose", handleToUse, sweepAfter},
		{inMalloc, "dlsym dlvsym dlinfo", handleToUse, nil},
		{inSQLite, "sqlite3_free", notOwn, markFreed},
		{inCurl, "curl_free", notOwn, markFreed},
	} {
		for _, name := range strings.Fields(row.names) {
			known[name] = &watch{arg: 1, in: row.in, before: row.before, after: row.after}
		}
	}
	maps.Copy(known, sized())
	maps.Copy(known, unended())
	return known
})

// watchOf is the watch over a function at an address in owner, nil for nearly all.
func watchOf(name string, addr uintptr, owner *ffi.Object) *watch {
	if ffi.IsClose(addr) { // whatever it is called here
		name = "dlclose"
	} else if owner == nil || watched()[name] == nil || !isFile(owner, watched()[name].in) {
		return nil
	}
	return watched()[name]
}

// misuse is an argument that the function must not be given.
type misuse struct {
	arg  int
	kind string
	text string
}

func (e *misuse) Error() string { return fmt.Sprintf("argument %d: %s", e.arg, e.text) }

// prove refuses to call what is no code, or is gone. It is asked before the first call, after something was unloaded, and
// before every call of a function that is watched.
func (f *function) prove(L *glua.LState) {
	if err := f.unfit(); err != nil {
		f.refuseCall(L, err)
	}
	if f.watch == nil {
		f.proven = ffi.Unloads
	}
}

// proveAgain is prove for a call whose arguments are converted, which may have run Lua code (_as_parameter_), and that
// may have closed the library.
func (f *function) proveAgain(L *glua.LState, fr *ffi.Frame) {
	err := f.unfit()
	if err == nil && f.watch != nil {
		err = f.watch.before(f, f.watch, L)
	}
	if err != nil {
		f.s.abandon(fr)
		f.refuseCall(L, err)
	}
}

// unfit is why the function cannot be called, nil if it can.
func (f *function) unfit() error {
	switch {
	case f.owner != nil && !f.owner.Mapped():
		return &unloaded{library: f.owner}
	case f.isCode && f.owner != nil: // what has no owner may come and go
		return nil
	}
	err := ffi.CheckCode(f.addr)
	f.isCode = err == nil
	return err
}

// refuseCall raises why the function is not called.
func (f *function) refuseCall(L *glua.LState, err error) {
	switch e := err.(type) {
	case *unloaded:
		raise(L, "OSError", "%s: cannot be called: %s has been unloaded", f.name, e.library)
	case *misuse:
		raise(L, e.kind, "%s: %v", f.name, e)
	case *ffi.NotCode:
		if f.byName {
			raise(L, "TypeError", "%s is a variable, not a function; read it with ctypes.c_int.in_dll(lib, %q), by its type", f.name, cmp.Or(f.symbol, f.name))
		}
		raise(L, notCodeKind(e), "%s: cannot be called: %v%s", f.name, e, nextStep(e))
	default:
		raiseErr(L, "OSError", f.name, err)
	}
}

func notCodeKind(e *ffi.NotCode) string {
	if e.Unloaded != nil {
		return "OSError"
	}
	return "Fault"
}

// nextStep ends a message about an address that cannot be called.
func nextStep(e *ffi.NotCode) string {
	switch {
	case e.Unloaded != nil:
		return "; open it again and look the function up there"
	case e.Points != "":
		return fmt.Sprintf("; with T the function type, ctypes.cast(0x%x, ctypes.POINTER(T))[0] is that function", e.Addr)
	case e.Variable != "":
		return fmt.Sprintf("; read it with ctypes.c_int.in_dll(lib, %q), by its type", e.Variable)
	}
	return ""
}

// pointerArgument is the address that a watched function is about to be given, as the Lua value says it, and the block it is
// known to lead into. ok is false for values whose conversion would run Lua code.
func pointerArgument(L *glua.LState, n int) (addr uintptr, keep *block, ok bool) {
	lv := L.Get(n)
	if lv.Type() == glua.LTTable || lv.Type() == glua.LTString {
		return 0, nil, false
	}
	bits, keep, err := pointerBits(lv, voidPointer)
	return uintptr(bits), keep, err == nil
}

// isOwn reports whether an address lies in the memory of a C value that Lua made.
func isOwn(addr uintptr, keep *block) bool {
	return keep != nil && keep.mem != nil && keep.holds(addr, 0)
}

// ownMisuse is the refusal to give memory of dlsh's own to a function that takes it away.
func (w *watch) ownMisuse(lv glua.LValue, wants string) error {
	return &misuse{w.arg, "ArgumentError", fmt.Sprintf("%s is memory of dlsh's own, not %s; it is freed when no Lua value refers to it", describe(lv), wants)}
}

// notOwn refuses memory of dlsh's own.
func notOwn(f *function, w *watch, L *glua.LState) error {
	if L.Get(w.arg).Type() == glua.LTString {
		return w.ownMisuse(L.Get(w.arg), "what C gave")
	}
	if addr, keep, ok := pointerArgument(L, w.arg); ok && isOwn(addr, keep) {
		return w.ownMisuse(L.Get(w.arg), "what C gave")
	}
	return nil
}

// fileToClose refuses what is no FILE.
func fileToClose(f *function, w *watch, L *glua.LState) error {
	if L.Get(w.arg) == glua.LNil {
		return &misuse{w.arg, "ArgumentError", "NULL is no file; C would crash"}
	}
	return notOwn(f, w, L)
}

// memoryToFree refuses what malloc cannot have given.
func memoryToFree(f *function, w *watch, L *glua.LState) error {
	lv := L.Get(w.arg)
	if lv.Type() == glua.LTString {
		return w.ownMisuse(lv, "malloc's")
	}
	addr, keep, ok := pointerArgument(L, w.arg)
	switch {
	case !ok || addr == 0:
		return nil
	case isOwn(addr, keep):
		return w.ownMisuse(lv, "malloc's")
	}
	if what := ffi.NotAllocated(addr, isFile(f.owner, inC)); what != "" {
		return &misuse{w.arg, "ArgumentError", fmt.Sprintf("0x%x is not memory that malloc gave: it %s", addr, what)}
	}
	return nil
}

// handleToUse refuses a handle that is not open: C would follow it. NULL and -1 are RTLD_DEFAULT and RTLD_NEXT.
func handleToUse(f *function, w *watch, L *glua.LState) error {
	handle, _, ok := pointerArgument(L, w.arg)
	if !ok || f.name != "dlclose" && f.name != "dlinfo" && (handle == 0 || handle == ^uintptr(0)) {
		return nil
	}
	if err := ffi.CheckHandle(handle); err != nil {
		return &misuse{w.arg, "OSError", err.Error()}
	}
	return nil
}

func sweepAfter(*function, *watch, *glua.LState, uint64) { ffi.Sweep() }

// disposed says to what a pointer was given that took away what it leads to.
type disposed struct {
	addr     uintptr
	function string
	source   string // the chunk of Lua
	line     int
}

func (e *disposed) Error() string {
	if e.source == "" {
		return fmt.Sprintf("0x%x was given to %s", e.addr, e.function)
	}
	return fmt.Sprintf("0x%x was given to %s (%s:%d)", e.addr, e.function, e.source, e.line)
}

// markFreed notes that what a pointer leads to is gone. That is known of the one Lua value that was passed, and as long
// as it holds that address; and only where no one else can have stored it there once more, since C may give the same
// memory out again: the pointer is a value of its own, and its address was never taken.
func markFreed(f *function, w *watch, L *glua.LState, _ uint64) {
	v := toValue(L.Get(w.arg))
	if v == nil || !v.t.isPointer() || !v.owns() || v.block.exposed {
		return
	}
	bits, err := v.word()
	if err != nil || bits == 0 {
		return
	}
	gone := &struct { // in one allocation
		block    block
		foreign  foreign
		disposed disposed
	}{disposed: disposed{addr: uintptr(bits), function: f.name}}
	gone.disposed.source, gone.disposed.line = runningLine(L)
	gone.foreign.gone, gone.block.of = &gone.disposed, &gone.foreign
	v.hold(nil, 0)
	v.block.into = note{&gone.block, uintptr(bits)}
}

// markMoved is markFreed for realloc, which takes the memory away only when it gives other memory, or is asked for none.
func markMoved(f *function, w *watch, L *glua.LState, result uint64) {
	addr, _, ok := pointerArgument(L, w.arg)
	if ok && (result != 0 && result != uint64(addr) || result == 0 && L.Get(2) == glua.LNumber(0) && f.name == "realloc") {
		markFreed(f, w, L, 0)
	}
}

// memoryAt is the block that stands for the memory of the library that an address lies in, nil for none that is known.
func (s *Session) memoryAt(addr uintptr) *block {
	o := ffi.ObjectAt(addr)
	if o == nil {
		return nil
	}
	b := s.memory[o]
	if b == nil {
		for o := range s.memory {
			if !o.Mapped() {
				delete(s.memory, o)
			}
		}
		if s.memory == nil {
			s.memory = map[*ffi.Object]*block{}
		}
		b = &block{of: &foreign{owner: o, what: "memory"}}
		s.memory[o] = b
	}
	return b
}
