// Package repl is the prompt of dlsh: it reads lines until they are a whole
// chunk, has the session run it, and prints what came of it.
//
// There are two ways in. Prompt talks with a person: it edits the line, keeps
// a history, completes words at Tab and shows "> " or, inside a chunk, ">> ".
// Pipe reads the same statements from a pipe or a file, says nothing of its
// own, and tells at the end whether any of them failed.
//
// # A chunk
//
// A line that stops inside a Lua chunk (`for i = 1, 3 do`) asks for another
// one; the chunk runs when it is whole. The value of an expression is printed,
// several of them on one line with tabs between. An error is one line on
// stderr and the session goes on.
//
// # Commands
//
// A line that starts with ":" is a command to the prompt; no Lua statement can
// start so. `:help` lists them. They are rows of one table, see commands.go.
//
// # Keys
//
// The arrows, Home and End move in the line and in the history, Ctrl-R
// searches it, Tab completes. Ctrl-C drops the line and the chunk it belongs
// to, and ends a chunk that runs; Ctrl-D on an empty line leaves. A chunk of many lines comes back from
// the history as one line, with ⏎ where its lines ended.
//
// Once a C function has crashed in the session, the prompts are "!> " and "!>> ".
// :restart puts a fresh process in the place of this one; see restart.go.
//
// The history is kept in $XDG_STATE_HOME/dlsh/history, by default
// ~/.local/state/dlsh/history. Where that cannot be written it lives as long
// as the session does.
//
// This package is the only importer of readline. What it knows of Lua is the
// type lua.Session.
package repl

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"dlsh/lua"
)

// errDropped is what a lineReader returns when the user gave up the line
// with Ctrl-C.
// ErrFailed is what Pipe returns when a statement failed.
var ErrFailed = errors.New("a statement failed")

var errDropped = errors.New("the line was dropped")

// A lineReader is where the prompt gets its lines: the editor on a terminal
// that can be edited on, plain reading everywhere else.
type lineReader interface {
	// ReadLine shows the prompt and returns the next line without its end.
	// The error is io.EOF at the end of the input and errDropped at Ctrl-C.
	ReadLine(prompt string) (string, error)
	// Remember adds a chunk to the history; more says that it is the chunk
	// remembered last, with another line to it.
	Remember(chunk string, more bool)
	// FreshLine makes the next prompt start at the left edge, even if C
	// left an unfinished line there.
	FreshLine()
	// Aside gives what takes the line that is being typed off the screen, and
	// what shows it again, for output that comes meanwhile; nil for neither.
	Aside() (clear, redraw func())
	// Unread gives what the next process would not have, if it took over here.
	Unread() unread
}

// Prompt reads, runs and prints until the user leaves. It edits lines when
// stdin and stdout are a terminal that is up to it, and reads them plainly
// when they are not.
func Prompt(s *lua.Session, stdin io.Reader, stdout, stderr io.Writer) {
	sh := &shell{session: s, stdout: stdout, stderr: stderr}
	terminal := saveTerminal(stdin)
	sh.ended = func() { terminal.restore(stdin) }
	prompt(sh, openLines(sh, stdin, unread{}))
}

// openLines chooses the editor or plain reading. u is what the process before this one had not used.
func openLines(sh *shell, stdin io.Reader, u unread) lineReader {
	if canEdit(stdin, sh.stdout) {
		var e *editor
		// Tab wants the session while ReadLine has let it go.
		e, err := newEditor(historyPath(), u, func(text string, at int) (int, []string) {
			sh.session.Acquire()
			defer func() { sh.session.Release(e.Aside()) }()
			return sh.complete(text, at)
		})
		if err == nil {
			return e
		}
	}
	// A prompt is for eyes: with stdout in a file it goes to the terminal
	// that stderr is, and the file holds results only.
	show := sh.stdout
	if IsTerminal(stdin) && !IsTerminal(sh.stdout) {
		show = sh.stderr
	}
	return &plainReader{in: bufio.NewReader(io.MultiReader(bytes.NewReader(u.Keys), stdin)), show: show}
}

// prompt is the loop itself, over any source of lines.
func prompt(sh *shell, lines lineReader) {
	// Only while it reads a line does the terminal hand us Ctrl-C as a key.
	// While Lua runs it is a signal that interrupts that (interrupt.go); one
	// that comes when a chunk has ended already means what the key means.
	sh.fresh = lines.FreshLine
	sh.lines = lines
	for !sh.quit {
		if sh.session.TakeInterrupt() {
			sh.chunk = ""
			sh.ragged = true // the terminal shows ^C
		}
		sh.session.Flush()
		if sh.ragged {
			lines.FreshLine()
			sh.ragged = false
		}
		line, err := sh.read(lines, sh.mark())
		if sh.session.TakeInterrupt() { // where the terminal does not edit, it has dropped what was typed
			sh.chunk = ""
		}
		sh.pending()
		switch {
		case errors.Is(err, errDropped):
			// Gone, but Up brings back the lines that were whole.
			if sh.chunk != "" {
				lines.Remember(sh.chunk, true)
				sh.chunk = ""
			}
			continue
		case err != nil:
			if sh.chunk != "" {
				lines.Remember(sh.chunk, true)
				sh.complain("not run, it has no end: "+firstLine(sh.chunk), "")
			}
			return
		}
		more := sh.chunk != ""
		if sh.add(line) {
			// Before the chunk runs, since it may be one that ends the process.
			lines.Remember(sh.chunk, more)
			sh.run()
			sh.pending()
		}
	}
}

// Pipe runs the statements of in one after the other, each as soon as it is
// whole, up to one that is interrupted. The error is nil when all of them went well,
// that of the interrupt, or ErrFailed; they were told already. Messages name lines of
// in, so name is what stands before the line number.
func Pipe(s *lua.Session, name string, in io.Reader, stdout, stderr io.Writer) error {
	sh := &shell{session: s, name: name, stdout: stdout, stderr: stderr}
	lines := &plainReader{in: bufio.NewReader(in)}
	for !sh.quit && !lua.Interrupted(sh.err) {
		line, err := sh.read(lines, "")
		sh.pending()
		if err != nil {
			if err != io.EOF {
				sh.complain(fmt.Sprintf("%s: %v", name, err), "")
			}
			break
		}
		if sh.line == 0 {
			line = strings.TrimPrefix(line, "\ufeff") // PowerShell's pipes start with one
			if strings.HasPrefix(line, "#!") {
				line = ""
			}
		}
		if sh.add(line) {
			sh.run()
			sh.pending()
		}
	}
	if lua.Interrupted(sh.err) {
		return sh.err
	}
	if sh.chunk != "" {
		sh.run() // a long one may not have been tried at its last line
		sh.pending()
	}
	if sh.chunk != "" {
		sh.complain(fmt.Sprintf("%s:%d: the input ends inside the chunk that begins here: %s",
			name, sh.start, firstLine(sh.chunk)), "")
	}
	if sh.failed && !lua.Interrupted(sh.err) {
		return ErrFailed
	}
	return sh.err
}

// IsTerminal reports whether v, an end of a stream, is a terminal.
func IsTerminal(v any) bool {
	f, ok := v.(*os.File)
	return ok && isTerminal(f)
}

// firstLine is the first line of a chunk, for messages.
func firstLine(chunk string) string {
	first, _, _ := strings.Cut(chunk, "\n")
	if len(first) > 60 {
		first = strings.ToValidUTF8(first[:60], "") + "..."
	}
	return first
}
