// This file defines whose: what lies at an address, by the kernel's list of mappings and the books.

package ffi

// whose says what lies at an address that a fault was about.
func whose(addr, sp uintptr, access string, r *Registers) string { return "" }
