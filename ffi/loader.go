// This file defines Object and the books: what the loader has mapped, who opened it and how often.

package ffi

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Object is one library the loader has mapped, from the moment this process
// first asked about it until it is gone. Each loading is an Object of its own:
// a library that was unloaded and opened again has a new one.
type Object struct {
	Handle  uintptr
	Name    string   // as it was first given to Open, or Path
	Path    string   // where the loader found it; empty for the program itself
	Base    uintptr  // load bias, in bytes (link_map.l_addr)
	Opens   int      // opens by this shell that were not closed yet
	Closes  int      // closes by this shell
	Opened  int      // opens by this shell, closed or not
	Openers []string // who opened it last, in order, at most maxOpeners of them
	dynamic uintptr  // link_map.l_ld: with Base, tells two loadings at one address apart
	low     uintptr  // where its memory begins; 0 where that is not known
	high    uintptr  // where it ends
	gone    bool
}

// maxOpeners bounds what the books remember of a library that is opened in a loop.
const maxOpeners = 64

// Mapped reports whether the object is still in memory, as far as the last look showed.
func (o *Object) Mapped() bool { return !o.gone }

// String is the name to use in messages.
func (o *Object) String() string {
	if o.Name != "" {
		return o.Name
	}
	return "the program itself"
}

// LoadError is a refusal by the loader, or by the books before the loader is asked.
type LoadError struct {
	Op   string // "open", "close" or "symbol"
	Text string // the loader's own words where it was asked
}

func (e *LoadError) Error() string { return e.Text }

// noReason stands for a failure that dlerror(3) says nothing about.
const noReason = "the loader failed and gave no reason"

func loadErrorf(op, format string, args ...any) error {
	return &LoadError{op, fmt.Sprintf(format, args...)}
}

// The books. Objects are found by handle; those that have gone stay in departed,
// so that a handle used once too often can be explained.
var (
	books    = map[uintptr]*Object{}
	departed = map[uintptr]*Object{}
)

// Objects lists the books, mapped objects first, in the order of their names.
func Objects() []*Object {
	sweep()
	var out []*Object
	for _, o := range books {
		out = append(out, o)
	}
	for h, o := range departed {
		if books[h] == nil {
			out = append(out, o)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].gone != out[j].gone {
			return out[j].gone
		}
		return out[i].String() < out[j].String()
	})
	return out
}

// Unloads counts, from 1 on, the objects that have left: what was found out about addresses holds as long as it stays.
var Unloads uint64 = 1

// retire notes that an object is no longer mapped. Its functions and variables must not be touched again.
func retire(o *Object) {
	o.gone = true
	Unloads++
	spans.sorted = nil
	spans.gone.add(o)
	delete(books, o.Handle)
	departed[o.Handle] = o
	bury(o)
}

// graves are the objects that have gone, by where their memory was, the latest last.
var graves []*Object

const maxGraves = 256

// bury notes where the memory of an object was. What lay there before it is forgotten.
func bury(o *Object) {
	if o.high == 0 {
		return
	}
	graves = slices.DeleteFunc(graves, func(old *Object) bool { return old.low >= o.low && old.high <= o.high })
	if len(graves) == maxGraves {
		graves = slices.Delete(graves, 0, 1)
	}
	graves = append(graves, o)
}

// departedAt gives the object that had an address last, for an address where nothing is now; nil if none had it.
func departedAt(addr uintptr) *Object {
	for _, o := range books { // one that C unloaded since the books were compared last
		if addr >= o.low && addr < o.high {
			return o
		}
	}
	for _, o := range slices.Backward(graves) {
		if addr >= o.low && addr < o.high {
			return o
		}
	}
	return nil
}

// Open is dlopen(3): name with a slash is a path, without one it is searched for.
// mode is a combination of Flags; when it has neither RTLD_LAZY nor RTLD_NOW,
// RTLD_NOW is added, as ctypes does. who is kept in the books. The error's text is the loader's.
func Open(name string, mode int, who string) (*Object, error) {
	switch {
	case name == "":
		return nil, loadErrorf("open", "the library name is empty (nil stands for the program itself)")
	case strings.IndexByte(name, 0) >= 0:
		return nil, loadErrorf("open", "the library name %q has a NUL byte in it", name)
	}
	return open(name, mode, who)
}

// OpenProgram is dlopen(NULL): the program itself and all it was started with.
func OpenProgram(mode int, who string) (*Object, error) { return open("", mode, who) }

func open(name string, mode int, who string) (*Object, error) {
	known := 0
	for _, flag := range Flags {
		known |= flag
	}
	if mode&^known != 0 { // some of the bits left are glibc's own, and end the process
		return nil, loadErrorf("open", "invalid mode 0x%x: it has bits that are no RTLD_ flag", uint32(mode))
	}
	if mode&(Flags["RTLD_LAZY"]|Flags["RTLD_NOW"]) == 0 {
		mode |= Flags["RTLD_NOW"]
	}
	handle, err := dlopen(name, mode)
	if err != nil {
		var e *LoadError
		if errors.As(err, &e) && e.Text == noReason && mode&Flags["RTLD_NOLOAD"] != 0 {
			return nil, loadErrorf("open", "%s is not loaded (RTLD_NOLOAD)", name)
		}
		return nil, err
	}
	o := observe(handle)
	if o.Name == "" || o.Opens == 0 {
		o.Name = name
	}
	o.Opens++
	o.Opened++
	if len(o.Openers) == maxOpeners {
		o.Openers = append(o.Openers[:0], o.Openers[1:]...)
	}
	o.Openers = append(o.Openers, who)
	return o, nil
}

// Close is dlclose(3), once it is sure that the handle is open. Afterwards every
// object that the loader let go is marked, dependencies included.
func Close(handle uintptr) error {
	sweep()
	o := books[handle]
	switch {
	case o == nil && departed[handle] != nil:
		d := departed[handle]
		return loadErrorf("close", "handle 0x%x is not open: %s was unloaded (opened %s, closed %s)",
			handle, d, times(d.Opened), times(d.Closes))
	case o == nil:
		if _, ok := mapped(handle); !ok {
			return loadErrorf("close", "handle 0x%x is not open: no loaded library has it", handle)
		}
		o = observe(handle)
	case o.Opens == 0 && o.Opened > 0:
		return loadErrorf("close", "handle 0x%x is not open any more: %s was opened %s and closed %s; it is still loaded because something else holds it",
			handle, o, times(o.Opened), times(o.Closes))
	}
	if o.Opens <= 1 {
		if what := busy(o); what != "" {
			return loadErrorf("close", "%s cannot be unloaded from this callback: its %s is still running; close it when that has returned", o, what)
		}
	}
	// What this shell never opened may have been opened by C code; that count is
	// the loader's own, and it refuses a handle whose count is 0.
	if err := dlclose(handle); err != nil {
		return err
	}
	if o.Opens > 0 {
		o.Opens--
	}
	o.Closes++
	sweep()
	return nil
}

func times(n int) string {
	switch n {
	case 0:
		return "never"
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// Lookup is dlsym(3): the address of a symbol and the object it lies in, which
// may be a dependency of the one asked. A handle of 0 is RTLD_DEFAULT.
func Lookup(handle uintptr, name string) (addr uintptr, owner *Object, err error) {
	if strings.IndexByte(name, 0) >= 0 {
		return 0, nil, loadErrorf("symbol", "the symbol name %q has a NUL byte in it", name)
	}
	sweep() // C code may have closed it
	if handle != 0 && books[handle] == nil {
		if _, ok := mapped(handle); !ok {
			if d := departed[handle]; d != nil {
				return 0, nil, loadErrorf("symbol", "handle 0x%x is not open: %s was unloaded", handle, d)
			}
			return 0, nil, loadErrorf("symbol", "handle 0x%x is not open: no loaded library has it", handle)
		}
	}
	addr, err = dlsym(handle, name)
	if err != nil {
		return 0, nil, err
	}
	if h := objectOf(realAddress(addr)); h != 0 {
		return addr, observe(h), nil
	}
	// Thread-local variables and the vDSO lie in no object; they go with the library asked.
	return addr, books[handle], nil
}

// CheckHandle is why a handle must not be given to the C library's loader, nil if it may: it follows whatever it is given.
func CheckHandle(handle uintptr) error {
	sweep()
	if books[handle] != nil || isHandle(handle) {
		return nil
	}
	if d := departed[handle]; d != nil {
		return loadErrorf("handle", "handle 0x%x is not open: %s was unloaded", handle, d)
	}
	return loadErrorf("handle", "handle 0x%x is not open: no loaded library has it", handle)
}

// Sweep compares the books with what is loaded. It is called when C code may have closed a library.
func Sweep() { sweep() }

// ByHandle gives the object a handle stands for, nil when no loaded library has it.
func ByHandle(handle uintptr) *Object {
	sweep()
	if o := books[handle]; o != nil {
		return o
	}
	if _, ok := mapped(handle); ok {
		return observe(handle)
	}
	return nil
}
