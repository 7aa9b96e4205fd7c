// This file tests the translation of keys and pastes.

package repl

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestKeys(t *testing.T) {
	const on, off = "\x1b[200~", "\x1b[201~"
	for _, test := range []struct {
		name, from, to string
		empty          bool
	}{
		{name: "text", from: "x = 'ä'\r", to: "x = 'ä'\r"},
		{name: "arrows are readline's own", from: "\x1b[A\x1b[D\x1bOC", to: "\x1b[A\x1b[D\x1bOC"},
		{name: "Home and End", from: "\x1b[1~\x1b[4~\x1b[7~\x1b[8~", to: "\x01\x05\x01\x05"},
		{name: "a word left and right", from: "\x1b[1;5D\x1b[1;5C", to: "\x1bb\x1bf"},
		{name: "Delete", from: "\x1b[3~", to: "\x1b[3~"},
		{name: "Delete on an empty line does not leave", from: "\x1b[3~", to: "", empty: true},
		{name: "Escape and a letter", from: "\x1bbx", to: "\x1bbx"},
		{name: "Ctrl-Space is not the end of the input", from: "a\x00\x1c\x1b\x14b", to: "ab"},
		{name: "a paste", from: on + "a\rb" + off + "c", to: "a\rbc"},
		{name: "a pasted tab completes nothing", from: on + "\tx" + off + "\t", to: "\ufdd1x\t"},
		{name: "pasted control characters are no keys", from: on + "a\x04\x1b[1~\x7f" + off, to: "a[1~"},
		{name: "Ctrl-C ends a paste that has no end", from: on + "a\x03\t", to: "a\x03\t"},
	} {
		t.Run(test.name, func(t *testing.T) {
			whole := strings.NewReader(test.from)
			slow := iotest.OneByteReader(strings.NewReader(test.from))
			for _, in := range []io.Reader{whole, slow} {
				got, err := io.ReadAll(&keys{in: in, empty: func() bool { return test.empty }})
				if string(got) != test.to || err != nil {
					t.Errorf("got %q, %v, want %q", got, err, test.to)
				}
			}
		})
	}
}
