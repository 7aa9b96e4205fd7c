// This file tests the two loops: statements from a pipe, and a conversation.

package repl

import (
	"io"
	"slices"
	"strings"
	"testing"

	"dlsh/lua"
)

func TestPipe(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for _, test := range []struct {
		name, in  string
		out, errs string // errs: each line must stand somewhere in stderr
		fails     bool
	}{
		{name: "nothing"},
		{name: "values are printed", in: "1 + 1\n", out: "2\n"},
		{name: "the last line needs no end", in: "1 + 1", out: "2\n"},
		{name: "several values stand on one line", in: "1, 'two', nil\n", out: "1\ttwo\tnil\n"},
		{name: "the old way to ask", in: "=7\n", out: "7\n"},
		{name: "statements are silent", in: "x = 3\nx\n", out: "3\n"},
		{name: "a chunk over several lines", in: "t = 0\nfor i = 1, 3 do\n\n  t = t + i\nend\nt\n", out: "6\n"},
		{name: "a string over several lines", in: "#[[\nab\n]]\n", out: "3\n"},
		{name: "blank lines are nothing", in: "\n  \n1\n", out: "1\n"},
		{name: "Windows' line ends", in: "for i = 1, 2 do\r\nend\r\n5\r\n", out: "5\n"},
		{name: "a byte order mark", in: "\ufeff5\n", out: "5\n"},
		{name: "the first line of a script", in: "#!/usr/bin/env dlsh\n5\n", out: "5\n"},
		{name: "a very long line", in: "#'" + long + "'\n", out: "1048576\n"},
		{name: "an error is told and the rest runs", in: "1\nerror('boom', 0)\n2\n",
			out: "1\n2\n", errs: "boom", fails: true},
		{name: "a syntax error is told with its line", in: "1\n\nx = = 2\n2\n",
			out: "1\n2\n", errs: "stdin:3:", fails: true},
		{name: "lines count through the whole input", in: "1\n\nfor i = 1, 2 do\n  nosuch()\nend\n2\n",
			out: "1\n2\n", errs: "stdin:4:", fails: true},
		{name: "an end inside a chunk", in: "1\nfor i = 1, 2 do\n  x = i\n",
			out: "1\n", errs: "stdin:2: the input ends inside the chunk that begins here: for i = 1, 2 do\n", fails: true},
		{name: "commands", in: ":trace\n:trace on\n:trace\n", out: "trace is off\ntrace is on\n"},
		{name: "a command inside a chunk is no command", in: "#[[\n:quit\n]]\n", out: "6\n"},
		{name: "quit", in: "1\n:quit\n2\n", out: "1\n"},
		{name: "a command that is not there", in: ":lisb\n1\n",
			out: "1\n", errs: "no command :lisb; did you mean :libs?\n", fails: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := lua.New(lua.Options{})
			defer s.Close()
			var out, errs strings.Builder
			err := Pipe(s, "stdin", strings.NewReader(test.in), &out, &errs)
			if out.String() != test.out {
				t.Errorf("stdout is %q, want %q", out.String(), test.out)
			}
			if test.errs == "" && errs.Len() > 0 || !strings.Contains(errs.String(), test.errs) {
				t.Errorf("stderr is %q, want %q in it", errs.String(), test.errs)
			}
			if (err != nil) != test.fails {
				t.Errorf("Pipe said %v", err)
			}
		})
	}
}

// An input that breaks off is an error like any other.
func TestPipeReadError(t *testing.T) {
	s := lua.New(lua.Options{})
	defer s.Close()
	var out, errs strings.Builder
	in := io.MultiReader(strings.NewReader("1\n"), brokenReader{})
	if Pipe(s, "stdin", in, &out, &errs) == nil {
		t.Error("Pipe said all went well")
	}
	if want := "stdin: the wire was cut\n"; out.String() != "1\n" || errs.String() != want {
		t.Errorf("got %q and %q", out.String(), errs.String())
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errCut }

var errCut = errText("the wire was cut")

type errText string

func (e errText) Error() string { return string(e) }

// A typist is a lineReader that plays a person: it types its lines in turn
// and notes what it saw and what was remembered.
type typist struct {
	lines      []string // ctrlC stands for giving up the line
	prompts    []string
	remembered []string
}

const ctrlC = "\x03"

func (p *typist) Aside() (clear, redraw func()) { return nil, nil }

func (p *typist) ReadLine(prompt string) (string, error) {
	p.prompts = append(p.prompts, prompt)
	if len(p.lines) == 0 {
		return "", io.EOF
	}
	line := p.lines[0]
	p.lines = p.lines[1:]
	if line == ctrlC {
		return "", errDropped
	}
	return line, nil
}

func (p *typist) Remember(chunk string, more bool) {
	if more {
		p.remembered = p.remembered[:len(p.remembered)-1]
	}
	p.remembered = append(p.remembered, chunk)
}

func (p *typist) FreshLine() {}

func (p *typist) Unread() unread { return unread{} }

func TestPrompt(t *testing.T) {
	for _, test := range []struct {
		name       string
		lines      []string
		prompts    string // joined by |
		remembered []string
		out, errs  string
	}{
		{name: "Ctrl-D at once", prompts: "> "},
		{name: "a value", lines: []string{"1 + 1"},
			prompts: "> |> ", remembered: []string{"1 + 1"}, out: "2\n"},
		{name: "a chunk over several lines is one thing to remember",
			lines:      []string{"for i = 1, 2 do", "", "end", "5"},
			prompts:    "> |>> |>> |> |> ",
			remembered: []string{"for i = 1, 2 do\n\nend", "5"}, out: "5\n"},
		{name: "blank lines are not remembered", lines: []string{"", " "}, prompts: "> |> |> "},
		{name: "Ctrl-C drops the chunk, but Up finds it",
			lines:      []string{"function f()", "x = 1", ctrlC, "x"},
			prompts:    "> |>> |>> |> |> ",
			remembered: []string{"function f()\nx = 1", "x"}, out: "nil\n"},
		{name: "Ctrl-D inside a chunk says what was not run",
			lines:   []string{"function f()"},
			prompts: "> |>> ", remembered: []string{"function f()"},
			errs: "not run, it has no end: function f()\n"},
		{name: "an error is one line", lines: []string{"error('boom', 0)", "1"},
			prompts: "> |> |> ", remembered: []string{"error('boom', 0)", "1"}, out: "1\n", errs: "boom\n"},
		{name: "commands are remembered", lines: []string{":quit", "1"},
			prompts: "> ", remembered: []string{":quit"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := lua.New(lua.Options{Interactive: true})
			defer s.Close()
			var out, errs strings.Builder
			p := &typist{lines: test.lines}
			prompt(&shell{session: s, stdout: &out, stderr: &errs}, p)
			if got := strings.Join(p.prompts, "|"); got != test.prompts {
				t.Errorf("prompts %q, want %q", got, test.prompts)
			}
			if !slices.Equal(p.remembered, test.remembered) {
				t.Errorf("remembered %q, want %q", p.remembered, test.remembered)
			}
			if out.String() != test.out || errs.String() != test.errs {
				t.Errorf("got %q and %q, want %q and %q", out.String(), errs.String(), test.out, test.errs)
			}
		})
	}
}

// With :trace on, the traceback follows the error's line.
func TestTrace(t *testing.T) {
	s := lua.New(lua.Options{Interactive: true})
	defer s.Close()
	var out, errs strings.Builder
	prompt(&shell{session: s, stdout: &out, stderr: &errs},
		&typist{lines: []string{":trace on", "error('boom', 0)"}})
	head, tail, _ := strings.Cut(errs.String(), "\n")
	if head != "boom" || !strings.Contains(tail, "traceback") {
		t.Errorf("stderr is %q", errs.String())
	}
}

// Without a terminal to edit on, the prompts and the answers are plain text.
func TestPlainPrompt(t *testing.T) {
	s := lua.New(lua.Options{Interactive: true})
	defer s.Close()
	var out, errs strings.Builder
	Prompt(s, strings.NewReader("1\nfor i = 1, 2 do\nend\n"), &out, &errs)
	if want := "> 1\n> >> > \n"; out.String() != want || errs.Len() > 0 {
		t.Errorf("got %q and %q, want %q", out.String(), errs.String(), want)
	}
}
