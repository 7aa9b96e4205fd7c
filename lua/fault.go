// This file defines what becomes of a fault in C: an error of kind Fault.

package lua

import (
	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// crashed raises what ended a call of n arguments. It does not return.
func (f *function) crashed(L *glua.LState, fr *ffi.Frame, n int, err error) {
	f.s.release(fr)
	fr.Done()
	f.s.sawFault(err, f.name)
	raiseErr(L, "OSError", f.name, err)
}
