// This file defines how large the stacks of threads are on Linux.

//go:build amd64 || arm64

package ffi

import (
	"runtime"
	"unsafe"
)

var pthread struct{ attrInit, attrGetStackSize, attrGetStack, attrDestroy, getattr, self uintptr }

func stackFunctions() map[string]*uintptr {
	return map[string]*uintptr{
		"pthread_attr_init": &pthread.attrInit, "pthread_attr_getstacksize": &pthread.attrGetStackSize,
		"pthread_attr_getstack": &pthread.attrGetStack, "pthread_attr_destroy": &pthread.attrDestroy,
		"pthread_getattr_np": &pthread.getattr, "pthread_self": &pthread.self,
	}
}

// attributes is room for a pthread_attr_t, and for what is asked of it.
type attributes struct {
	attr      [128]byte
	low, size uintptr
}

// goThreadStack is the size of the stacks of threads that Go makes, and of what Go
// takes the main thread's to be, in bytes: libc's default, which follows ulimit -s.
func goThreadStack() uintptr {
	a := new(attributes)
	attr := uintptr(unsafe.Pointer(&a.attr))
	callHolding(pthread.attrInit, attr)
	callHolding(pthread.attrGetStackSize, attr, uintptr(unsafe.Pointer(&a.size)))
	callHolding(pthread.attrDestroy, attr)
	runtime.KeepAlive(a)
	return a.size
}

// threadStack is where the stack of this thread ends, and its size in bytes.
func threadStack() (low, size uintptr) {
	a := new(attributes)
	attr := uintptr(unsafe.Pointer(&a.attr))
	if callHolding(pthread.getattr, callHolding(pthread.self), attr) == 0 {
		callHolding(pthread.attrGetStack, attr, uintptr(unsafe.Pointer(&a.low)), uintptr(unsafe.Pointer(&a.size)))
		callHolding(pthread.attrDestroy, attr)
	}
	runtime.KeepAlive(a)
	return a.low, a.size
}
