// This file defines what there is of heal where there is no guard, and nothing to look after.

//go:build !(linux && (amd64 || arm64))

package ffi

type loaderCall struct{}

func prepareHealing()                            {}
func enterLoader(uintptr) (was loaderCall)       { return was }
func leaveLoader(loaderCall)                     {}
func healOpen(name uintptr, mode int, err error) {}

// HealLater does nothing.
func HealLater() {}

// EndedNotes is nothing: no call is ended.
func EndedNotes() []string { return nil }
