// Finding a library by its short name where dlsh cannot do so yet: everywhere but Linux.

//go:build !linux

package ffi

// FindLibrary is ctypes.util.find_library. Outside Linux it is not there yet, and finds nothing: ok is false for
// every name.
func FindLibrary(name string) (soname string, ok bool) { return "", false }

// LibraryNames gives the names of the libraries that the system's loader knows. Outside Linux it is not there yet,
// and knows none.
func LibraryNames() []string { return nil }
