// This file defines what is dyld's alone. It compiles and follows Apple's manual pages; it has not been run.

package ffi

// Flags are the modes of dlopen(3), by name (<dlfcn.h>).
var Flags = map[string]int{
	"RTLD_LAZY": 1, "RTLD_NOW": 2, "RTLD_LOCAL": 4, "RTLD_GLOBAL": 8,
	"RTLD_NOLOAD": 0x10, "RTLD_NODELETE": 0x80, "RTLD_FIRST": 0x100,
}

const (
	defaultHandle = ^uintptr(1) // RTLD_DEFAULT is (void *)-2
	errnoSymbol   = "__error"
	stdoutSymbol  = "__stdoutp"
	lcCtype       = 2 // LC_CTYPE
)

// mapped knows only the handles in the books: dyld's are opaque.
func mapped(handle uintptr) (path string, ok bool) {
	o := books[handle]
	if o == nil {
		return "", false
	}
	return o.Path, true
}

func observe(handle uintptr) *Object {
	if o := books[handle]; o != nil {
		return o
	}
	o := &Object{Handle: handle}
	books[handle] = o
	return o
}

// sweep asks dyld for each object that this shell has closed: RTLD_NOLOAD opens only what is there.
func sweep() {
	for _, o := range books {
		if o.Opens > 0 || o.Closes == 0 || o.Name == "" {
			continue
		}
		h, err := dlopen(o.Name, Flags["RTLD_LAZY"]|Flags["RTLD_NOLOAD"])
		if err != nil {
			retire(o)
			continue
		}
		call(libc.dlclose, h)
	}
}

func objectOf(addr uintptr) uintptr { return 0 }

// MappedPaths would list the files of everything that is loaded; it is not known here.
func MappedPaths() []string { return nil }

// VariableAt is not known here: dyld does not tell the kind of a symbol.
func VariableAt(uintptr) (size int64, ok bool) { return 0, false }
