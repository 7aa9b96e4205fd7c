// This file defines CheckCode: whether what lies at an address can be called, and what it is if it cannot.

package ffi

import (
	"fmt"
	"runtime"
)

// NotCode says why what lies at an address cannot be called.
type NotCode struct {
	Addr     uintptr
	What     string  // after the address: "is the variable counter of ./lib.so, not code"
	Variable string  // the name of the variable that begins there
	Unloaded *Object // the library the code was in
	Points   string  // the function whose address is stored there
}

func (e *NotCode) Error() string {
	s := fmt.Sprintf("0x%x %s", e.Addr, e.What)
	if e.Points != "" {
		s += "; the address of " + e.Points + " is stored there"
	}
	return s
}

// Numbers below this one are no address anywhere: they are signal actions, counts, error codes.
const lowestAddress = 1 << 12

// CheckCode is a *NotCode for an address that cannot be called: one that is NULL or a small number, in no mapping, in data,
// in Go's own code, or of a callback that was freed. What holds now may not once something was unloaded (see Unloads).
func CheckCode(addr uintptr) error {
	switch n := int64(addr); {
	case addr == 0:
		return &NotCode{Addr: addr, What: "is NULL"}
	case addr < lowestAddress:
		return &NotCode{Addr: addr, What: "is a small number, such as SIG_IGN, not the address of a function"}
	case n < 0 && n > -lowestAddress:
		return &NotCode{Addr: addr, What: fmt.Sprintf("is %d, such as SIG_ERR or an error code, not the address of a function", n)}
	}
	if _, isStub := stubAt(addr); isStub {
		if CallbackAt(addr) != nil {
			return nil
		}
		return &NotCode{Addr: addr, What: "was a callback that Lua let go of"}
	}
	addr = realAddress(addr) // of a function that the guard stands in for
	if runtime.FuncForPC(addr) != nil {
		return &NotCode{Addr: addr, What: "is code of dlsh itself, not a C function"}
	}
	return checkMapped(addr)
}
