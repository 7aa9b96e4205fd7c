// This file defines what :restart needs of the Unixes that are not Linux.

//go:build !windows && !linux

package repl

import "os"

// anonymousFile gives a file that has no name, and is gone with the last who has it open.
func anonymousFile() (*os.File, error) {
	file, err := os.CreateTemp("", "dlsh-restart-")
	if err == nil {
		err = os.Remove(file.Name())
	}
	return file, err
}

// program is the path of this program's file.
func program() (string, error) { return os.Executable() }

// signals are left as they are: what a library has blocked or ignored stays so.
type signals struct{}

func (*signals) note()    {}
func (*signals) restore() {}
