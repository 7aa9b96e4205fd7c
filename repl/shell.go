// This file defines shell: the chunk being collected, its run, and the
// printing of what came of it.

package repl

import (
	"errors"
	"io"
	"strings"

	"dlsh/lua"
)

// A shell is one conversation with a session, whoever the other side is.
type shell struct {
	session        *lua.Session
	name           string // what messages call the input; "" at a prompt
	stdout, stderr io.Writer
	lines          lineReader // at a prompt

	chunk   string  // the lines of a chunk that is not whole yet
	outline outline // of chunk
	line    int     // lines read so far
	start   int     // the line where chunk begins

	trace  bool   // errors print their traceback as well
	ragged bool   // something we did not write may stand at the left of the cursor
	failed bool   // an error was printed
	err    error  // the last that a chunk ended with
	ended  func() // undoes what C that was ended did to the terminal; may be nil
	fresh  func() // moves the cursor to a fresh line; may be nil
	quit   bool   // :quit was given
}

// add takes one more line and reports whether the chunk is to be tried now.
func (sh *shell) add(line string) bool {
	sh.line++
	if sh.chunk == "" {
		if strings.TrimSpace(line) == "" {
			return false
		}
		sh.chunk, sh.start, sh.outline = line, sh.line, outline{}
	} else {
		// Blank lines count here: they may stand in a long string.
		sh.chunk += "\n" + line
	}
	return sh.outline.line(line)
}

// run runs the chunk. One that is not whole stays, waiting for its next line.
func (sh *shell) run() {
	if strings.HasPrefix(strings.TrimSpace(sh.chunk), ":") {
		line := sh.chunk
		sh.chunk = ""
		sh.command(line)
		return
	}
	shown, err := sh.session.DoAt(chunkName, sh.start, sh.chunk)
	if errors.Is(err, lua.ErrIncomplete) {
		return
	}
	sh.chunk = ""
	sh.ragged = true
	if err != nil {
		sh.failedRun(err)
		return
	}
	if len(shown) > 0 {
		sh.say(strings.Join(shown, "\t"))
	}
}

// failedRun tells of the error that a chunk ended with.
func (sh *shell) failedRun(err error) {
	message, trace := explain(err)
	switch sh.err = err; lua.ErrorKind(err) {
	case "Interrupt", "TimeoutError", "Fault":
		if sh.ended != nil {
			sh.ended()
		}
	}
	if lua.Interrupted(err) && sh.fresh != nil {
		sh.session.Flush()
		sh.fresh() // the terminal shows ^C
	}
	sh.complain(message, trace)
}

// read reads a line. While it waits, callbacks on threads of libraries can run.
func (sh *shell) read(lines lineReader, mark string) (string, error) {
	sh.session.Release(lines.Aside())
	defer sh.session.Acquire()
	return lines.ReadLine(mark)
}

// pending prints the errors of callbacks that no call was there to raise.
func (sh *shell) pending() {
	for {
		err := sh.session.Pending()
		if err == nil {
			return
		}
		message, trace := explain(err)
		sh.complain(message, trace)
	}
}

// chunkName is what Lua calls our chunks in its messages, as in lua(1).
const chunkName = "stdin"

// explain splits an error into its one good line, or its report, and its traceback.
func explain(err error) (message, trace string) {
	var e *lua.Error
	if errors.As(err, &e) {
		return e.Text(), e.Traceback
	}
	return err.Error(), ""
}

// say prints a text on stdout, after what C has printed, and ends its line.
func (sh *shell) say(text string) {
	sh.session.Flush()
	io.WriteString(sh.stdout, ended(text))
	sh.ragged = false
}

// complain prints an error on stderr, after what C has printed.
func (sh *shell) complain(message, trace string) {
	sh.session.Flush()
	io.WriteString(sh.stderr, ended(message))
	if sh.trace && trace != "" {
		io.WriteString(sh.stderr, ended(trace))
	}
	sh.failed = true
	sh.ragged = false
}

// ended is text with the end of its last line.
func ended(text string) string {
	if strings.HasSuffix(text, "\n") {
		return text
	}
	return text + "\n"
}
