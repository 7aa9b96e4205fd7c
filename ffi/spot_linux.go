// This file defines spotAt: what is known of a place in machine code without asking the loader.

package ffi

// spotAt describes a place. A return address counts to the call before it.
func spotAt(pc uintptr, isReturn bool) Spot { return Spot{PC: pc} }
