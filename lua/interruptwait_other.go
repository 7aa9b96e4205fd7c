// This file defines what there is where a wait for input cannot be woken: it goes on until there is input.

//go:build !linux && !darwin

package lua

const canAwait = false

// waker ends the wait for a child process.
type waker struct{ child chan struct{} }

func (w *waker) wake() {
	if w.child != nil {
		select {
		case w.child <- struct{}{}:
		default:
		}
	}
}

func (w *waker) close() {}

func (s *Session) await(fd int) bool { return true }
