// This file defines whose.

package ffi

// whose says what lies at an address that a fault was about.
func whose(addr, sp uintptr, access string, r *Registers) string { return "" }
