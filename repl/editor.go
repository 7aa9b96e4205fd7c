// This file defines editor: readline, and what has to be wrapped around it.

package repl

import (
	"bytes"
	"io"
	"os"
	"sync/atomic"

	"github.com/chzyer/readline"

	"dlsh/lua"
)

// A completer gives the words that fit in place of text[from:at].
type completer func(text string, at int) (from int, words []string)

// An editor reads lines from a person.
type editor struct {
	rl       *readline.Instance
	history  *history
	complete completer
	ask      chan question
	keys     *keys
	length   atomic.Int64 // of the line as it is now
	reading  atomic.Bool  // the terminal is readline's
}

// A question is a press of Tab, on its way from readline's goroutine to ours.
type question struct {
	text   string
	at     int
	answer chan answer
}

type answer struct {
	insert string
	show   []string
}

// canEdit reports whether the two are the terminal that readline works on,
// and one that understands what readline writes.
func canEdit(stdin io.Reader, stdout io.Writer) bool {
	return stdin == io.Reader(os.Stdin) && IsTerminal(os.Stdin) && IsTerminal(stdout) && termCanEdit()
}

// isTerminal reports whether f is one.
func isTerminal(f *os.File) bool {
	return readline.IsTerminal(int(f.Fd()))
}

// newEditor starts readline with the history of the file at path. u is what the process before this one had not used.
func newEditor(path string, u unread, complete completer) (*editor, error) {
	e := &editor{history: openHistory(path), complete: complete, ask: make(chan question)}
	if e.history.path == "" {
		e.history.entries = u.History
	}
	e.keys = &keys{in: os.Stdin, empty: func() bool { return e.length.Load() == 0 }, out: u.Keys, rest: u.Partial, pasting: u.Pasting}
	rl, err := readline.NewEx(&readline.Config{
		Stdin: readline.NewCancelableStdin(e.keys),
		// The history is ours. But readline crashes at Ctrl-R with none at
		// all, and a file is the only way to give it an empty one.
		HistoryFile:            os.DevNull,
		HistoryLimit:           2 * historyLimit,
		DisableAutoSaveHistory: true,
		AutoComplete:           e,
		Listener:               e,
		FuncFilterInputRune:    e.filter,
		Painter:                e,
		FuncGetWidth:           screenWidth,
		EOFPrompt:              "\n", // readline's word for: only end the line
	})
	if err != nil {
		return nil, err
	}
	e.rl = rl
	e.recall()
	lua.OnExit(e.giveBack)
	return e, nil
}

// screenWidth is readline's, but never so small that its sums divide by zero
// or go round for ever, as they do on a terminal that does not tell its size.
func screenWidth() int {
	w := readline.GetScreenWidth()
	if w <= 0 {
		return 80
	}
	return max(w, 8)
}

// ReadLine lets the user edit a line. Meanwhile it answers Tab here, on the
// goroutine that runs Lua: neither Lua nor C's thread-bound state may be
// touched from another.
func (e *editor) ReadLine(prompt string) (string, error) {
	type result struct {
		line string
		err  error
	}
	done := make(chan result, 1)
	e.length.Store(0)
	e.reading.Store(true)
	defer e.reading.Store(false)
	e.rl.SetPrompt(prompt)
	io.WriteString(os.Stdout, pasteOn)
	go func() {
		line, err := e.rl.Readline()
		done <- result{line, err}
	}()
	for {
		select {
		case q := <-e.ask:
			insert, show := extend(q.text, q.at, e.complete)
			q.answer <- answer{insert, show}
		case r := <-done:
			io.WriteString(os.Stdout, pasteOff)
			if r.err == readline.ErrInterrupt {
				return "", errDropped
			}
			return fromLine.Replace(r.line), r.err
		}
	}
}

// giveBack gives the terminal back as it was, when a thread of a library ends the process while a line is typed.
func (e *editor) giveBack() {
	if e.reading.Load() {
		io.WriteString(os.Stdout, pasteOff+"\r\n")
		e.rl.Terminal.ExitRawMode()
	}
}

// Do is readline's AutoCompleter. It never hands over more than one
// candidate: readline's own list of them crashes when they are wider than
// the screen, so the list is printed here, above the line.
func (e *editor) Do(line []rune, pos int) ([][]rune, int) {
	// Folded line ends and tabs are longer in UTF-8 than what they stand
	// for, so the cursor is counted after unfolding.
	head, tail := fromLine.Replace(string(line[:pos])), fromLine.Replace(string(line[pos:]))
	q := question{head + tail, len(head), make(chan answer, 1)}
	e.ask <- q
	a := <-q.answer
	if len(a.show) > 0 {
		io.WriteString(e.rl.Stdout(), columns(a.show, screenWidth()))
	}
	if a.insert == "" {
		return nil, 0
	}
	return [][]rune{[]rune(toLine.Replace(a.insert))}, 0
}

// OnChange is readline's Listener, called after every key.
func (e *editor) OnChange(line []rune, _ int, _ rune) ([]rune, int, bool) {
	e.length.Store(int64(len(line)))
	return nil, 0, false
}

// filter sees every key before readline acts on it. Exchanging two letters
// when there are fewer crashes readline; the bell key does nothing.
func (e *editor) filter(key rune) (rune, bool) {
	if key == readline.CharTranspose && e.length.Load() < 2 {
		return readline.CharBell, true
	}
	return key, true
}

// Paint is readline's Painter: how a line looks.
func (e *editor) Paint(line []rune, _ int) []rune {
	shown := make([]rune, len(line))
	for i, r := range line {
		switch r {
		case lineEnd:
			r = '⏎'
		case tab:
			r = ' '
		}
		shown[i] = r
	}
	return shown
}

// Remember adds a chunk to the history.
func (e *editor) Remember(chunk string, more bool) {
	e.history.add(chunk, more)
	e.recall()
}

// recall gives readline the history anew. Its own way of adding takes the
// line last walked to with the arrows, whatever it is asked to add.
func (e *editor) recall() {
	entries := e.history.entries
	if len(entries) == 0 {
		return
	}
	e.rl.ResetHistory()
	for _, entry := range entries[max(0, len(entries)-historyLimit):] {
		e.rl.SaveHistory(entry)
	}
}

// FreshLine moves to the left edge of an empty line. readline wipes the line
// it starts on, and with it what C left there without a newline. Nobody but
// the terminal knows whether there is such a rest; but a whole row of spaces
// runs over to the next row if there is and stays on this one if not.
func (e *editor) FreshLine() {
	if lateWrap {
		os.Stdout.Write(append(bytes.Repeat([]byte(" "), screenWidth()), '\r'))
	}
}

// Unread gives the keys that were typed ahead, and the history where no file has it. Between two lines readline reads
// nothing, and it is never given more than a line.
func (e *editor) Unread() unread {
	u := unread{Keys: e.keys.out, Partial: e.keys.rest, Pasting: e.keys.pasting}
	if e.history.path == "" {
		u.History = e.history.entries
	}
	return u
}

// Aside is for callbacks that print while the user types: the line goes, and comes
// back below what was printed.
func (e *editor) Aside() (clear, redraw func()) {
	return e.rl.Clean, func() {
		e.FreshLine()
		e.rl.Refresh()
	}
}

var _ lineReader = (*editor)(nil)
