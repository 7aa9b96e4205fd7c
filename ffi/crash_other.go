// This file defines what is known of an instruction on other processors: nothing.

//go:build !(amd64 || arm64)

package ffi

// Trap is empty.
func (c *Crash) Trap() string { return "" }

// Divisor is not known.
func (c *Crash) Divisor() (n int64, ok bool) { return 0, false }
