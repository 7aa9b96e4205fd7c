// This file defines how large the stacks of threads are on macOS. It compiles and
// follows Apple's headers; it has not been run.

package ffi

var pthread struct{ self, getStackSize, getStackAddr uintptr }

func stackFunctions() map[string]*uintptr {
	return map[string]*uintptr{
		"pthread_self": &pthread.self, "pthread_get_stacksize_np": &pthread.getStackSize, "pthread_get_stackaddr_np": &pthread.getStackAddr,
	}
}

// goThreadStack is the size of this thread's stack in bytes: threads that Go makes have it of the one that made them.
func goThreadStack() uintptr {
	_, size := threadStack()
	return size
}

// threadStack is where the stack of this thread ends, and its size in bytes.
func threadStack() (low, size uintptr) {
	self := callHolding(pthread.self)
	size = callHolding(pthread.getStackSize, self)
	return callHolding(pthread.getStackAddr, self) - size, size // the address is the upper end
}
