// This file defines how an interrupt and time limits end what waits in Go: io.read at standard input, and os.execute.

package lua

import (
	"bufio"
	"errors"
	"os"
	"reflect"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	glua "github.com/yuin/gopher-lua"
)

// errWoken is what a read of input gives that did not wait any longer. Lua does not get to see it.
var errWoken = errors.New("the wait for input was ended")

// wanted reports whether the main thread is to raise something. The caller holds the lock of the interrupts.
func (s *Session) wanted() bool { return s.interrupts.pending || s.home.expired() != nil }

// input is standard input for Lua: a read waits so that it can be ended.
type input struct {
	s    *Session
	file *os.File
	as   any // what Session.reading is while the main thread reads it
}

// Read waits until there is something to read, or something to raise.
func (in input) Read(b []byte) (int, error) {
	// Who reads with the lock given up is the main thread; others cannot meanwhile.
	if (in.s.reading == in.as || !in.s.strand().foreign) && !in.s.await(int(in.file.Fd())) {
		return 0, errWoken
	}
	return in.file.Read(b)
}

// adaptInput has Lua's standard input wait as input does. gopher-lua has no way to read from anything but a file, so the
// field is set where it lies; if there is none, a read cannot be ended, and a test fails.
func (s *Session) adaptInput(lib *glua.LTable) bool {
	if !canAwait {
		return false
	}
	ud, ok := lib.RawGetString("stdin").(*glua.LUserData)
	if !ok {
		return false
	}
	file := reflect.ValueOf(ud.Value)
	if file.Kind() != reflect.Pointer || file.Elem().Kind() != reflect.Struct {
		return false
	}
	reader := file.Elem().FieldByName("reader")
	if !reader.IsValid() || reader.Type() != reflect.TypeFor[*bufio.Reader]() {
		return false
	}
	*(**bufio.Reader)(unsafe.Pointer(reader.UnsafeAddr())) = bufio.NewReader(input{s, os.Stdin, ud.Value})
	return true
}

// adaptAllLines does that for the iterators of io.lines and file:lines.
func (s *Session) adaptAllLines(lib, file *glua.LTable) {
	if lines, ok := lib.RawGetString("lines").(*glua.LFunction); ok && len(lines.Upvalues) > 1 {
		s.adaptLines(lines.Upvalues[1].Value()) // the one for standard input
	}
	if lines, ok := file.RawGetString("lines").(*glua.LFunction); ok {
		original := lines.GFunction
		lines.GFunction = func(L *glua.LState) int {
			n := original(L)
			if n > 0 {
				s.adaptLines(L.Get(-n))
			}
			return n
		}
	}
}

// adaptLines has an iterator that io.lines gave raise what ended its wait.
func (s *Session) adaptLines(iterator glua.LValue) {
	lf, ok := iterator.(*glua.LFunction)
	if !ok || !lf.IsG {
		return
	}
	original := lf.GFunction
	lf.GFunction = func(L *glua.LState) int {
		defer func() {
			if stopping.Load() != 0 {
				thrown := recover()
				s.check(L, 1, "io.lines")
				if thrown != nil {
					panic(thrown)
				}
			}
		}()
		return original(L)
	}
}

// echo is how much later than a child Go may hear of the Ctrl-C that both were sent.
const echo = 200 * time.Millisecond

// execute is os.execute. While the child runs, Ctrl-C is for it alone, as system(3) has it; if it dies of that, so does
// what Lua was doing.
func (s *Session) execute(L *glua.LState) int {
	shell, flag := "/bin/sh", "-c"
	if runtime.GOOS == "windows" {
		shell, flag = `C:\Windows\system32\cmd.exe`, "/c"
	}
	command := L.CheckString(1)
	status := 1
	if child, err := os.StartProcess(shell, []string{shell, flag, command}, &os.ProcAttr{Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}}); err == nil {
		if state := s.waitFor(child); state != nil && state.Success() {
			status = 0
		}
	}
	L.Push(glua.LNumber(status))
	return 1
}

// waitFor waits for a child, and ends it when a time limit is over.
func (s *Session) waitFor(child *os.Process) *os.ProcessState {
	in := &s.interrupts
	woken := make(chan struct{}, 1)
	in.mu.Lock()
	in.deaf, in.heard, in.waker.child = true, false, woken
	if s.wanted() {
		woken <- struct{}{}
	}
	in.mu.Unlock()
	ended := make(chan *os.ProcessState, 1)
	go func() {
		state, _ := child.Wait()
		ended <- state
	}()
	var state *os.ProcessState
	select {
	case state = <-ended:
	case <-woken:
		child.Kill()
		state = <-ended
	}
	in.mu.Lock()
	in.deaf, in.waker.child = false, nil
	in.mu.Unlock()
	if state != nil && diedOfInterrupt(state) {
		s.Interrupt()
		in.mu.Lock()
		if !in.heard {
			in.echo = time.Now().Add(echo)
		}
		in.mu.Unlock()
	}
	return state
}

// diedOfInterrupt reports whether Ctrl-C ended a process, or, by what a shell then gives, a command in it.
func diedOfInterrupt(state *os.ProcessState) bool {
	status, ok := state.Sys().(syscall.WaitStatus)
	return ok && (status.Signaled() && status.Signal() == syscall.SIGINT || state.ExitCode() == 128+int(syscall.SIGINT))
}
