// Package ffi is the machine under dlsh: it enters C, keeps the loader's books
// and touches raw memory. It knows C types (package types) and nothing of Lua.
//
// A call goes through three things. Prepare works out, once per signature, where
// every argument travels: that is a Plan. A Frame holds one call: the arguments
// are written straight into the places the plan names. Call hands the frame to a
// trampoline in assembler, which loads the registers and the stack from it, calls,
// and stores the result registers back.
//
//	plan, err := ffi.Prepare(ffi.Signature{Params: []*types.Type{double, double}, Result: double})
//	f := plan.Frame()
//	f.SetFloat(0, 2)
//	f.SetFloat(1, 10)
//	f.Call(pow)
//	x := f.Float()
//	f.Done()
//
// NewCallback goes the other way: a C function pointer that runs a Go func. The same
// layouts say where its arguments are. From the first one on, a lock sees to it that
// Lua runs on one thread at a time: Call gives it up while it is in C.
//
// Open, Lookup and Close are dlopen(3), dlsym(3) and dlclose(3) with a ledger:
// an Object is one thing the loader has mapped, with who opened it and how often.
// A handle is never given to the C library before it was found to be open, because
// glibc follows a bad one into the void.
//
// Alloc, Read and Write are memory: blocks that Go's collector owns and C may
// use, and reads and writes through addresses nobody vouches for, which end in an
// error instead of a crash.
//
// The package imports purego for what has to happen before any C can be called
// without cgo: the C runtime's set-up and the first symbols.
package ffi

import "runtime"

// The main goroutine stays on the main thread for the life of the process:
// errno is per thread, GUI libraries insist on the main one, and constructors
// expect to run where the program started.
func init() { runtime.LockOSThread() }

// MemoryLimit is the most that C values may take up in all, in bytes: half of what the machine has.
func MemoryLimit() int64 { return int64(memoryLimit()) }
