// This file defines the loader's side where dlsh cannot open libraries yet: every request is refused in plain words.

//go:build !linux && !darwin

package ffi

import (
	"os"
	"runtime"
	"time"
)

// Flags are the modes ctypes defines on systems without dlopen.
var Flags = map[string]int{"RTLD_LOCAL": 0, "RTLD_GLOBAL": 0}

func unsupported(op string) error {
	return loadErrorf(op, "opening libraries is not supported on %s yet", runtime.GOOS)
}

func dlopen(string, int) (uintptr, error)    { return 0, unsupported("open") }
func dlclose(uintptr) error                  { return unsupported("close") }
func dlsym(uintptr, string) (uintptr, error) { return 0, unsupported("symbol") }
func mapped(uintptr) (path string, ok bool)  { return "", false }
func observe(handle uintptr) *Object         { return &Object{Handle: handle} }
func sweep()                                 {}
func objectOf(uintptr) uintptr               { return 0 }

// Flush has nothing to do: no C has run.
func Flush() {}

// Leaving is never called here.
var Leaving = func() {}

// Exit ends the process.
func Exit(code int) { os.Exit(code) }

// Errno is 0: there is no C library to ask.
func Errno() uintptr { return 0 }

// MappedPaths would list the files of everything that is loaded; it is not known here.
func MappedPaths() []string { return nil }

// VariableAt is not known here.
func VariableAt(uintptr) (size int64, ok bool) { return 0, false }

// IsClose is false: there is no dlclose.
func IsClose(uintptr) bool { return false }

// FlushFor has nothing to do: no C has run.
func FlushFor(time.Duration) {}
