// This file defines what is glibc's alone: the flags, the link map, and which object an address lies in.

package ffi

import "runtime"

// Flags are the modes of dlopen(3), by name (<bits/dlfcn.h>).
var Flags = map[string]int{
	"RTLD_LOCAL": 0, "RTLD_LAZY": 1, "RTLD_NOW": 2, "RTLD_NOLOAD": 4, "RTLD_DEEPBIND": 8,
	"RTLD_GLOBAL": 0x100, "RTLD_NODELETE": 0x1000,
}

const (
	defaultHandle = 0 // RTLD_DEFAULT
	errnoSymbol   = "__errno_location"
	stdoutSymbol  = "stdout"
	lcCtype       = 0 // LC_CTYPE
	dlSymbol      = 1 // RTLD_DL_SYMENT of dladdr1(3)
	dlLinkmap     = 2 // RTLD_DL_LINKMAP of dladdr1(3)
)

// linkMap is the public part of struct link_map (<link.h>). On glibc a handle is its address.
type linkMap struct {
	addr, name, dynamic, next uintptr
}

func readLinkMap(p uintptr) (m linkMap, ok bool) {
	var b [32]byte
	if Read(b[:], p) != nil {
		return m, false
	}
	return linkMap{uintptr(le64(b[0:])), uintptr(le64(b[8:])), uintptr(le64(b[16:])), uintptr(le64(b[24:]))}, true
}

var program uintptr // handle of the program itself, head of the list

// loaded walks the link map of the base namespace and calls f for each object until it says stop.
func loaded(f func(handle uintptr, m linkMap) bool) {
	if program == 0 {
		if ready() != nil {
			return
		}
		program = call(libc.dlopen, 0, uintptr(Flags["RTLD_LAZY"]))
		call(libc.dlclose, program) // the count is as it was, and the program cannot leave
	}
	for h := program; h != 0; {
		m, ok := readLinkMap(h)
		if !ok || f(h, m) {
			return
		}
		h = m.next
	}
}

// mapped reports whether a handle stands in the link map, and the path of its object.
func mapped(handle uintptr) (path string, ok bool) {
	loaded(func(h uintptr, m linkMap) bool {
		if h == handle {
			path, _ = CString(m.name)
			ok = true
		}
		return ok
	})
	return path, ok
}

// isHandle reports whether a handle is that of an object that is loaded, in whatever namespace (dlmopen): what it leads to
// looks like a link map, and the loader finds that very link map by the address of the object's dynamic section.
func isHandle(handle uintptr) bool {
	m, ok := readLinkMap(handle)
	if !ok {
		return false
	}
	if _, there := mapped(handle); there {
		return true
	}
	return m.dynamic != 0 && objectOf(m.dynamic) == handle
}

// observe gives the record of a handle that is known to be good, making one when it is new.
func observe(handle uintptr) *Object {
	m, _ := readLinkMap(handle)
	if o := books[handle]; o != nil {
		if o.Base == m.addr && o.dynamic == m.dynamic {
			return o
		}
		retire(o) // it left behind our back, and another came to lie at the same address
	}
	path, _ := CString(m.name)
	o := &Object{Handle: handle, Name: path, Path: path, Base: m.addr, dynamic: m.dynamic}
	o.low, o.high = spanOf(m)
	spans.sorted = nil
	books[handle] = o
	return o
}

// sweep compares the books with the link map and retires what is no longer there.
func sweep() {
	if len(books) == 0 {
		return
	}
	there := make(map[uintptr]bool, len(books))
	loaded(func(h uintptr, m linkMap) bool {
		if o := books[h]; o != nil && o.Base == m.addr && o.dynamic == m.dynamic {
			there[h] = true
		}
		return false
	})
	for h, o := range books {
		if !there[h] {
			retire(o)
		}
	}
}

// dladdr1 asks dladdr1(3) about an address: where the symbol it lies in begins,
// and the extra word that flag asks for. It is false for addresses in no object.
func dladdr1(addr uintptr, flag uintptr) (start, extra uintptr, ok bool) {
	if libc.dladdr1 == 0 {
		return 0, 0, false
	}
	out := make([]byte, 40) // Dl_info, then the extra word
	p := Address(out)
	ok = int32(call(libc.dladdr1, addr, p, p+32, flag)) != 0
	start, extra = uintptr(le64(out[24:])), uintptr(le64(out[32:]))
	runtime.KeepAlive(out)
	return start, extra, ok
}

// objectOf is the handle of the object an address lies in, 0 for none.
func objectOf(addr uintptr) uintptr {
	_, handle, ok := dladdr1(addr, dlLinkmap)
	if !ok {
		return 0
	}
	return handle
}

// VariableAt reports whether a variable begins at addr by the symbol table of its
// object, and its size in bytes (st_info and st_size of Elf64_Sym; 0 is unknown).
func VariableAt(addr uintptr) (size int64, ok bool) {
	const sttObject = 1
	start, sym, ok := dladdr1(addr, dlSymbol)
	var b [24]byte
	if !ok || start != addr || sym == 0 || Read(b[:], sym) != nil {
		return 0, false
	}
	return int64(le64(b[16:])), b[4]&0xf == sttObject
}

// MappedPaths lists the files of everything that is loaded, the program first.
func MappedPaths() []string {
	paths := []string{"/proc/self/exe"}
	loaded(func(h uintptr, m linkMap) bool {
		if path, err := CString(m.name); err == nil && path != "" {
			paths = append(paths, path)
		}
		return false
	})
	return paths
}
