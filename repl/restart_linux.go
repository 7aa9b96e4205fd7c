// This file defines what :restart needs of Linux.

package repl

import (
	"os"
	"os/signal"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// anonymousFile gives a file that has no name, and is gone with the last who has it open.
func anonymousFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("dlsh restart", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	return os.NewFile(uintptr(fd), "dlsh restart"), nil
}

// program is the path of this program's file. One that was replaced meanwhile is still there under /proc.
func program() (string, error) {
	const self = "/proc/self/exe"
	path, err := os.Readlink(self)
	if err != nil {
		return os.Executable()
	}
	named, err := os.Stat(path)
	if running, err2 := os.Stat(self); err != nil || err2 != nil || !os.SameFile(named, running) {
		return self, nil
	}
	return path, nil
}

// signals is what exec hands on of the treatment of signals: the mask of the thread, and which are ignored.
type signals struct{ mask uint64 }

// kernelSet is the size of a set of signals, in bytes.
const kernelSet = 8

func (s *signals) note() {
	syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, unix.SIG_BLOCK, 0, uintptr(unsafe.Pointer(&s.mask)), kernelSet, 0, 0)
}

// restore undoes what libraries have done: signals blocked or ignored, and alarms that are still to come.
func (s *signals) restore() {
	var action struct { // struct kernel_sigaction
		handler, flags, restorer, mask uintptr
	}
	const ignored = 1 // SIG_IGN
	for sig := 1; sig <= 64; sig++ {
		_, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig), 0, uintptr(unsafe.Pointer(&action)), kernelSet, 0, 0)
		if errno == 0 && action.handler == ignored && !signal.Ignored(syscall.Signal(sig)) {
			action.handler = 0
			syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&action)), 0, kernelSet, 0, 0)
		}
	}
	var never unix.Itimerval
	for _, timer := range []uintptr{0, 1, 2} { // ITIMER_REAL, which alarm(2) sets, ITIMER_VIRTUAL, ITIMER_PROF
		syscall.RawSyscall(syscall.SYS_SETITIMER, timer, uintptr(unsafe.Pointer(&never)), 0)
	}
	syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&s.mask)), 0, kernelSet, 0, 0)
}
