// This file defines Unusable: why no call of C is made any more.

package ffi

// Unusable is a call of C that was refused, for it would not come back. The process can go on without C, and end.
type Unusable struct{ Why string }

func (e *Unusable) Error() string { return e.Why + "; a new process is needed (:restart starts one)" }
