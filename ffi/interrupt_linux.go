// This file defines how a call learns that SIGINT came while it was in C.
//
// A C function that sleeps or waits in the kernel returns early when a signal comes, with EINTR or as if the time were
// over, and what called it would go on before Go has heard of the signal. So the signal's handler marks the frame that
// is in C, on its way to Go's handler, and Call finds the mark.

//go:build amd64 || arm64

package ffi

// In the assembler, and where it goes on.
var (
	interruptHandler uintptr
	goInterrupt      uint64
)

const sigint = 2

// installInterrupt puts the handler in front of Go's. Who wants SIGINT to be ignored, as nohup does, gets that.
func installInterrupt() {
	var old kernelAction
	if sigaction(sigint, nil, &old) != nil || old.handler <= 1 {
		return
	}
	goInterrupt = old.handler
	action := old
	action.handler = uint64(interruptHandler)
	sigaction(sigint, &action, nil)
}
