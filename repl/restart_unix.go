// This file defines how a fresh process takes the place of this one where there is exec(2): same terminal, same process id.

//go:build !windows

package repl

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/chzyer/readline"
)

// handedVariable is the environment variable that says where the data lies: its descriptor and the process it is for.
// A child, which inherits the variable from C code that does not know of it, is another process.
const handedVariable = "DLSH_RESTART"

// start is how things were before any library was loaded.
var start struct {
	terminal *readline.State
	open     map[int]bool // descriptors that were inherited, besides the first three
	signals  signals
}

// NoteStart notes how things are before a library can change them. :restart goes back to it.
func NoteStart() {
	if state, err := readline.GetState(int(os.Stdin.Fd())); err == nil {
		start.terminal = state
	}
	start.open = map[int]bool{}
	for _, fd := range descriptors() {
		start.open[fd] = true
	}
	start.signals.note()
}

// descriptors lists those that a program started by this one would inherit.
func descriptors() (list []int) {
	dir, err := os.ReadDir("/dev/fd")
	if err != nil {
		return nil
	}
	for _, e := range dir {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || fd <= 2 {
			continue
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			list = append(list, fd)
		}
	}
	return list
}

// startAfresh runs this program anew with data for it. It returns only if it fails.
func startAfresh(data []byte) error {
	file, err := anonymousFile()
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Write(data); err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	for _, fd := range descriptors() { // files and sockets of the libraries
		if !start.open[fd] {
			syscall.CloseOnExec(fd)
		}
	}
	fd, err := syscall.Dup(int(file.Fd())) // the copy is inherited
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	if start.terminal != nil {
		readline.Restore(int(os.Stdin.Fd()), start.terminal)
	}
	start.signals.restore()
	env := append(os.Environ(), fmt.Sprintf("%s=%d:%d", handedVariable, fd, os.Getpid()))
	path, err := program()
	if err == nil {
		err = syscall.Exec(path, os.Args, env)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// TakeOver gives what the process that was here before handed over; nil for a first one.
func TakeOver() *Handed {
	value, ok := os.LookupEnv(handedVariable)
	if !ok {
		return nil
	}
	os.Unsetenv(handedVariable)
	number, pid, _ := strings.Cut(value, ":")
	fd, err := strconv.Atoi(number)
	if err != nil || pid != strconv.Itoa(os.Getpid()) {
		return nil
	}
	file := os.NewFile(uintptr(fd), "handed over")
	defer file.Close()
	h := &Handed{}
	if json.NewDecoder(file).Decode(h) != nil {
		return nil
	}
	return h
}
