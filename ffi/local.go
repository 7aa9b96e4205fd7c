// This file defines Local: what whoever runs Lua wants to find again on its thread.

//go:build (linux || darwin) && (amd64 || arm64)

package ffi

// Local is what SetLocal set last on this thread, inside the call or the callback that
// is under way: a callback finds what its call was made with, and a call that returns
// what it went with. It is nil in a callback that comes on a thread with no call of
// ours. The caller holds the lock.
func Local() any { return now.local }

// SetLocal sets what Local gives.
func SetLocal(x any) { now.local = x }
