// This file defines what becomes of a fault in C: an error of kind Fault.

package lua

import (
	"errors"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// crashed raises what ended a call of n arguments. It returns only where nothing did.
func (f *function) crashed(L *glua.LState, fr *ffi.Frame, n int, err error) {
	if errors.Is(err, ffi.ErrInterrupted) && !f.s.interruptComes() {
		return
	}
	f.s.release(fr)
	fr.Done()
	if errors.Is(err, ffi.ErrEnded) || errors.Is(err, ffi.ErrInterrupted) {
		f.s.ended(L, f.name)
	}
	raiseErr(L, "OSError", f.name, err)
}
