// This file defines what there is of the guard where there is none: a fault in C ends the process.

//go:build !(linux && (amd64 || arm64))

package ffi

// NoGuard does nothing: there is no guard.
func NoGuard() {}

// Guarded reports whether a fault in C ends the call and not the process.
func Guarded() bool { return false }

func installGuard()                     {}
func setWaiting(bool)                   {}
func (f *Frame) ended(fn uintptr) error { return nil }

// Stray is nil: nothing hears of a thread that crashes.
func Stray() *Crash { return nil }

// Thread is a thread that calls C.
type Thread struct{}

// Current is the thread that the caller runs on.
func Current() *Thread { return &Thread{} }

// End does nothing: a call cannot be ended here.
func (t *Thread) End() {}

// Unend does nothing.
func (t *Thread) Unend() {}
