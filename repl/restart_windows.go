// This file defines what becomes of :restart on Windows, where no process can take the place of another.

package repl

import "errors"

// NoteStart has nothing to note: there is no restart.
func NoteStart() {}

// startAfresh says why not.
func startAfresh([]byte) error {
	return errors.New("Windows has no way to put a fresh process in the place of this one; leave with :quit and start dlsh again")
}

// TakeOver gives nothing: every process is a first one.
func TakeOver() *Handed { return nil }
