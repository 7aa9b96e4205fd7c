// This file defines plainReader: lines from anything that can be read.

package repl

import (
	"bufio"
	"io"
	"strings"
)

// A plainReader reads lines of any length. It serves pipes, and terminals
// that cannot be edited on.
type plainReader struct {
	in   *bufio.Reader
	show io.Writer // where prompts go; nil shows none
}

// ReadLine reads a line. A last one without an end counts as well.
func (p *plainReader) ReadLine(prompt string) (string, error) {
	if p.show != nil {
		io.WriteString(p.show, prompt)
	}
	line, err := p.in.ReadString('\n')
	if line != "" {
		return strings.TrimRight(line, "\r\n"), nil
	}
	if p.show != nil {
		io.WriteString(p.show, "\n") // what follows us starts on its own line
	}
	return "", err
}

// Remember does nothing: there is no key to ask for it again.
func (p *plainReader) Remember(string, bool) {}

// Aside gives nothing: what is typed is on the terminal's own line.
func (p *plainReader) Aside() (clear, redraw func()) { return nil, nil }

// Unread gives what was read ahead.
func (p *plainReader) Unread() unread {
	ahead, _ := p.in.Peek(p.in.Buffered())
	return unread{Keys: ahead}
}

// FreshLine does nothing: without knowing the terminal, every trick is garbage.
func (p *plainReader) FreshLine() {}
