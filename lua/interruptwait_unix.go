// This file defines how a wait for input is woken where there is poll(2).

//go:build linux || darwin

package lua

import (
	"golang.org/x/sys/unix"
)

const canAwait = true

// waker ends the wait that is under way. The lock of the interrupts is for its fields.
type waker struct {
	pipe    [2]int // what the wait polls besides the input; made by the first
	made    bool
	waiting bool          // a wait polls
	child   chan struct{} // a wait for a child process
}

// wake ends the wait, if there is one.
func (w *waker) wake() {
	if w.waiting {
		unix.Write(w.pipe[1], []byte{0})
	}
	if w.child != nil {
		select {
		case w.child <- struct{}{}:
		default:
		}
	}
}

// close gives the pipe back.
func (w *waker) close() {
	if w.made {
		unix.Close(w.pipe[0])
		unix.Close(w.pipe[1])
		w.made = false
	}
}

// await waits until a file can be read without waiting. It reports false when there is something to raise instead.
func (s *Session) await(fd int) bool {
	in := &s.interrupts
	w := &in.waker
	for {
		in.mu.Lock()
		if s.wanted() {
			in.mu.Unlock()
			return false
		}
		if !w.made {
			if unix.Pipe(w.pipe[:]) != nil {
				in.mu.Unlock()
				return true // the read waits by itself
			}
			unix.CloseOnExec(w.pipe[0])
			unix.CloseOnExec(w.pipe[1])
			w.made = true
		}
		w.waiting = true
		in.mu.Unlock()
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}, {Fd: int32(w.pipe[0]), Events: unix.POLLIN}}
		_, err := unix.Poll(fds, -1)
		in.mu.Lock()
		w.waiting = false
		if fds[1].Revents != 0 {
			var b [64]byte
			unix.Read(w.pipe[0], b[:])
		}
		wanted := s.wanted()
		in.mu.Unlock()
		switch {
		case wanted:
			return false
		case err == unix.EINTR || fds[0].Revents == 0 && err == nil:
			continue
		}
		return true
	}
}
