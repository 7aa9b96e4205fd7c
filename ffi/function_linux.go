// This file defines FunctionAt: what the loader knows of the code at an address.

package ffi

import "runtime"

// FunctionAt gives the name of the symbol that begins at an address, "" for none, and
// the object the address lies in, nil where the loader knows none.
func FunctionAt(addr uintptr) (name string, owner *Object) {
	if ready() != nil || libc.dladdr1 == 0 {
		return "", nil
	}
	name, addr = hookedName(addr), realAddress(addr)
	sweep()                 // an object that has left must not be taken for the one that lies there now
	out := make([]byte, 40) // Dl_info, then the extra word
	p := Address(out)
	found := int32(call(libc.dladdr1, addr, p, p+32, dlLinkmap)) != 0
	runtime.KeepAlive(out)
	if !found {
		return "", nil
	}
	if text, start := uintptr(le64(out[16:])), uintptr(le64(out[24:])); name == "" && text != 0 && start == addr {
		name, _ = CString(text)
	}
	return name, observe(uintptr(le64(out[32:])))
}
