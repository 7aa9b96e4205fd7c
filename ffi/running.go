// This file defines which library is in the middle of something, and must stay: C returns into its code.

//go:build (linux || darwin) && (amd64 || arm64)

package ffi

// entered are the addresses that callbacks under way return to, on all threads. The lock guards them.
var entered []uintptr

// enter and leave note that a callback is under way. Those of several threads may end in any order.
func enter(home uintptr) { entered = append(entered, home) }

func leave(home uintptr) {
	last := len(entered) - 1
	i := last
	for entered[i] != home {
		i--
	}
	entered[i] = entered[last]
	entered = entered[:last]
}

// busy names what is under way in an object, "" for nothing: a function of its that
// Lua called, or code that has called back, of which the return address tells.
func busy(o *Object) string {
	var within []uintptr // copies, for to ask the loader is a call as well
	for i := len(calls) - 1; i >= 0; i-- {
		within = append(within, calls[i].fn)
	}
	ours := len(within)
	for _, home := range entered {
		within = append(within, home-1) // what follows the call may be another function
	}
	for i, addr := range within {
		switch name, owner := FunctionAt(addr); {
		case owner != o:
		case i >= ours || name == "":
			return "code"
		default:
			return name
		}
	}
	return ""
}
