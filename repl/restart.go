// This file defines :restart and :faults: a fresh process in place of this one, with the same libraries and declarations.

package repl

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"dlsh/lua"
)

// Handed is what one process hands to the one that takes its place.
type Handed struct {
	Replay lua.Replay
	Bare   bool // nothing was to be replayed
	Line   int  // lines read so far
	Trace  bool
	Unread unread
}

// unread is what a lineReader has and the next process would not have.
type unread struct {
	Keys    []byte   // that were typed and not used yet
	Partial []byte   // the start of a sequence
	Pasting bool     // the end of a paste is still to come
	History []string // where no file has it
}

const restartHelp = `
  :restart starts dlsh afresh in this terminal: no library of the old process is left,
  nor the harm that one has done. Libraries are opened and declarations made again, by
  running the statements that did it as they were typed. A statement that called a C
  function is not run again: of what it left, libraries, declarations, types, functions
  of Lua, numbers, strings and tables of those are restored, and what cannot be is named.
  Exit handlers and destructors of the old process do not run.

  :restart -         replays nothing
  :restart -lib      leaves a library out: the global that holds it, or its file's name
`

const restartUsage = ":restart: nothing is wanted, or - to replay nothing, or -lib to leave the library in the global lib out"

// restart is :restart. It returns only if it fails.
func (sh *shell) restart(arg string) error {
	if sh.lines == nil {
		return errors.New(":restart is for the prompt; what runs from a pipe or a script is started again by running it again")
	}
	h := Handed{Line: sh.line, Trace: sh.trace, Bare: arg == "-"}
	if !h.Bare {
		var without []string
		for _, word := range strings.Fields(arg) {
			name, ok := strings.CutPrefix(word, "-")
			if !ok || name == "" {
				return errors.New(restartUsage)
			}
			without = append(without, name)
		}
		var err error
		if h.Replay, err = sh.session.Replay(without...); err != nil {
			return fmt.Errorf(":restart: %w", err)
		}
	}
	h.Unread = sh.lines.Unread()
	data, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf(":restart: %w", err)
	}
	// What C has printed and not written yet is not lost; but C may be beyond writing it.
	lua.FlushFor(time.Second)
	return fmt.Errorf(":restart: %w", startAfresh(data))
}

// Resume is Prompt for a process that takes the place of another: it replays what that one handed over.
func Resume(s *lua.Session, h *Handed, stdin io.Reader, stdout, stderr io.Writer) {
	sh := &shell{session: s, stdout: stdout, stderr: stderr, line: h.Line, trace: h.Trace}
	terminal := saveTerminal(stdin)
	sh.ended = func() { terminal.restore(stdin) }
	sh.replay(h)
	prompt(sh, openLines(sh, stdin, h.Unread))
}

// mostReplayErrors is how many errors of a replay are told: one may lead to many.
const mostReplayErrors = 5

// replay runs what was handed over and says what came of it.
func (sh *shell) replay(h *Handed) {
	errs := 0
	for _, st := range h.Replay.Statements {
		err := sh.session.Run(st)
		if err == nil {
			err = sh.session.Pending()
		}
		if err == nil || st.Quiet {
			continue
		}
		if errs++; errs <= mostReplayErrors {
			message, trace := explain(err)
			sh.complain(fmt.Sprintf("%s: %s", st.Where(), message), trace)
		}
	}
	if errs > mostReplayErrors {
		sh.complain(fmt.Sprintf("(and %d more errors)", errs-mostReplayErrors), "")
	}
	sh.say(h.told(errs))
}

// told is what a person hears after a restart; failed says how many of the statements have.
func (h *Handed) told(failed int) string {
	r := &h.Replay
	var done []string
	if r.Again > 0 {
		done = append(done, "replayed "+plural(r.Again, "statement"))
	}
	switch {
	case r.Restored > 0 && r.Again > 0:
		done = append(done, fmt.Sprintf("restored what %d more left", r.Restored))
	case r.Restored > 0:
		done = append(done, "restored what "+plural(r.Restored, "statement")+" left")
	}
	if failed > 0 {
		done = append(done, fmt.Sprintf("%d of that failed", failed))
	}
	if len(r.LeftOut) > 0 {
		done = append(done, "without "+strings.Join(r.LeftOut, ", "))
	}
	text := "restarted, with nothing to replay"
	if h.Bare {
		text = "restarted, nothing is replayed"
	}
	if done != nil {
		text = "restarted: " + strings.Join(done, ", ")
	}
	if r.Forgotten > 0 {
		text += fmt.Sprintf("; %s long ago are forgotten", plural(r.Forgotten, "statement"))
	}
	if len(r.NotRun) > 0 {
		text += "\nnot run again: " + few(r.NotRun, "; ")
	}
	if len(r.Lost) > 0 {
		text += "\nnot restored: " + few(r.Lost, ", ")
	}
	return text
}

// mostNamed is how many things of a kind are named one by one.
const mostNamed = 3

// few joins the last of a list, and says how many there are besides.
func few(list []string, between string) string {
	more := len(list) - mostNamed
	if more <= 0 {
		return strings.Join(list, between)
	}
	return strings.Join(list[more:], between) + fmt.Sprintf(" and %d more", more)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// listFaults is :faults.
func (sh *shell) listFaults(string) error {
	list, more := sh.session.Faults()
	if len(list) == 0 {
		sh.say("no call has faulted in this session")
		return nil
	}
	var lines []string
	for i, f := range list {
		if more > 0 && i == len(list)/2 {
			lines = append(lines, fmt.Sprintf("(%d more)", more))
		}
		lines = append(lines, f.String())
	}
	for _, note := range sh.session.Unsafe() {
		lines = append(lines, "unsafe: "+note)
	}
	lines = append(lines, ":restart starts afresh, with the same libraries and declarations")
	sh.say(strings.Join(lines, "\n"))
	return nil
}

// mark is what stands before a line. It shows that the session has seen a fault: what it says from then on may be
// a consequence.
func (sh *shell) mark() string {
	mark := "> "
	if sh.chunk != "" {
		mark = ">> "
	}
	if sh.session.Faulted() {
		mark = "!" + mark
	}
	return mark
}
