// This file defines what Ctrl-C does while the terminal does not hand it over as a key: it interrupts what runs.

package repl

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/chzyer/readline"

	"dlsh/lua"
)

// patience is when a person is told that an interrupt was not heeded, and how to go on.
const patience = time.Second

// Interrupts has SIGINT interrupt what the session runs. end ends the process as the signal would: it is called when
// nothing reacted to one that came before. Where nobody is at a prompt, it is called when nothing runs, too.
func Interrupts(s *lua.Session, prompt bool, stderr io.Writer, end func()) {
	pressed := make(chan os.Signal, 4)
	signal.Notify(pressed, os.Interrupt)
	go func() {
		for range pressed {
			switch answer := s.Interrupt(); {
			case answer == lua.Stuck, answer == lua.Idle && !prompt:
				end()
			case answer == lua.Asked && prompt:
				time.AfterFunc(patience, func() {
					if s.Unheeded() {
						fmt.Fprintln(stderr, "\nno reaction yet; Ctrl-C once more ends dlsh")
					}
				})
			}
		}
	}()
}

// A terminalState is how the terminal was when the prompt began.
type terminalState struct{ saved *readline.State }

// saveTerminal notes the state of the terminal that stdin is, if it is one.
func saveTerminal(stdin io.Reader) terminalState {
	if !IsTerminal(stdin) {
		return terminalState{}
	}
	saved, err := readline.GetState(int(stdin.(*os.File).Fd()))
	if err != nil {
		return terminalState{}
	}
	return terminalState{saved}
}

// restore undoes what C did to the terminal that was ended in the middle: a password prompt leaves it without echo.
func (t terminalState) restore(stdin io.Reader) {
	if t.saved != nil {
		readline.Restore(int(stdin.(*os.File).Fd()), t.saved)
	}
}
