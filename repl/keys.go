// This file defines keys: what a terminal sends, in words readline knows.

package repl

import (
	"bytes"
	"io"
	"strings"
)

// pasteOn and pasteOff have the terminal mark what is pasted, for keys.
const (
	pasteOn  = "\x1b[?2004h"
	pasteOff = "\x1b[?2004l"
)

// A keys reader stands between the terminal and readline. It puts what
// readline does not know into what it does, and takes the sting out of a
// paste: no byte of it is a key.
type keys struct {
	in      io.Reader
	empty   func() bool // whether the line is empty
	pasting bool
	rest    []byte // the start of a sequence that is not whole yet
	out     []byte // translated, and not handed on yet
}

// sequences are the keys that are translated, by what terminals send.
var sequences = []struct{ from, to string }{
	{"\x1b[1~", "\x01"}, // Home
	{"\x1b[7~", "\x01"},
	{"\x1b[4~", "\x05"}, // End
	{"\x1b[8~", "\x05"},
	{"\x1b[1;5D", "\x1bb"}, // Ctrl-Left, a word back
	{"\x1b[1;5C", "\x1bf"}, // Ctrl-Right
	{"\x1b[3~", "\x1b[3~"}, // Delete
	{"\x1b\x14", ""},       // Escape Ctrl-T, which readline types as a letter
	{"\x1b[200~", ""},      // a paste begins
	{"\x1b[201~", ""},      // and ends
}

// Read reads at least one key.
func (k *keys) Read(p []byte) (int, error) {
	var buf [1024]byte
	for len(k.out) == 0 {
		n, err := k.in.Read(buf[:])
		k.translate(buf[:n])
		if err != nil && len(k.out) == 0 {
			return 0, err
		}
	}
	// No more than a line, so that what is typed ahead stays here: :restart hands it on.
	line := k.out
	if end := bytes.IndexAny(line, "\r\n"); end >= 0 {
		line = line[:end+1]
	}
	n := copy(p, line)
	k.out = k.out[n:]
	return n, nil
}

// Close is asked for by readline; the terminal is not ours to close.
func (k *keys) Close() error { return nil }

// translate appends to out what readline should see for b.
func (k *keys) translate(b []byte) {
	b = append(k.rest, b...)
	k.rest = nil
	for len(b) > 0 {
		if b[0] == '\x1b' {
			n, partial := k.sequence(b)
			if partial {
				k.rest = bytes.Clone(b)
				return
			}
			if n > 0 {
				b = b[n:]
				continue
			}
		}
		k.one(b[0])
		b = b[1:]
	}
}

// sequence handles one of sequences at the start of b and returns its
// length, 0 if there is none; partial says that more bytes must tell.
func (k *keys) sequence(b []byte) (n int, partial bool) {
	for _, s := range sequences {
		switch {
		case bytes.HasPrefix(b, []byte(s.from)):
			switch {
			case s.from == "\x1b[200~":
				k.pasting = true
			case s.from == "\x1b[201~":
				k.pasting = false
			case k.pasting:
				return 0, false
			case s.from == "\x1b[3~" && k.empty():
				// readline takes Delete on an empty line for Ctrl-D and leaves.
			default:
				k.out = append(k.out, s.to...)
			}
			return len(s.from), false
		case strings.HasPrefix(s.from, string(b)):
			partial = true // readline waits after an Escape too, so nothing is late
		}
	}
	return 0, partial
}

// unknownKeys are the control characters that mean nothing to readline. It would
// type them, or take Ctrl-Space for the end of the input.
const unknownKeys = "\x00\x0f\x11\x16\x18\x1c\x1d\x1e\x1f"

// one handles a single byte.
func (k *keys) one(c byte) {
	switch {
	case c == 0x03:
		// Ctrl-C always gets through, should the end of a paste be lost.
		k.pasting = false
		k.out = append(k.out, c)
	case k.pasting && c == '\t':
		k.out = append(k.out, string(tab)...)
	case k.pasting && (c < ' ' && c != '\n' && c != '\r' || c == 0x7f):
		// A pasted Ctrl-D must not leave the shell.
	case strings.IndexByte(unknownKeys, c) >= 0:
	default:
		k.out = append(k.out, c)
	}
}
