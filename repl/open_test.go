// This file tests the outline of long chunks.

package repl

import (
	"strings"
	"testing"
	"time"

	"dlsh/lua"
)

func TestOutline(t *testing.T) {
	for _, test := range []struct {
		name, text string
		open       bool
	}{
		{"a whole statement", "x = 1", false},
		{"a loop", "for i = 1, 3 do", true},
		{"a loop and its end", "for i = 1, 3 do\nend", false},
		{"if, elseif and else are one block", "if a then\nelseif b then\nelse\nend", false},
		{"repeat", "repeat", true},
		{"until", "repeat\nuntil x", false},
		{"functions and tables", "t = {\n  f = function(a, b)", true},
		{"all closed", "t = {\n  f = function(a, b)\n  end,\n}", false},
		{"words inside names", "endless = done\nif_ = thendo", false},
		{"words in strings", `x = "do (" .. 'if {'`, false},
		{"an escaped quote", `x = "\" do"`, false},
		{"a string over two lines", "x = \"a\\", true},
		{"and its end", "x = \"a\\\ndo\"", false},
		{"a forgotten quote ends with its line", "x = \"do\n", false},
		{"words in comments", "x = 1 -- do (", false},
		{"a long string", "x = [[ do", true},
		{"and its end", "x = [[ do\n]] .. [=[ ]] ]=]", false},
		{"only its own level ends it", "x = [==[ ]] ]=]", true},
		{"a long comment", "--[[ do\n", true},
		{"and its end", "--[[ do\n]] x = 1", false},
		{"an index is no long bracket", "x[y[1]] = t[ [=[a]=] ]", false},
		{"one end too many", "end", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := outline{lines: 1000} // beyond where every line is tried
			var try bool
			for _, line := range strings.Split(test.text, "\n") {
				try = o.line(line)
			}
			if try == test.open {
				t.Errorf("try is %v", try)
			}
		})
	}
}

// A mistake in a long chunk is told at the next power of two, not at its end.
func TestOutlineGivesUp(t *testing.T) {
	var o outline
	tries := 0
	for range 10000 {
		if o.line("(") {
			tries++
		}
	}
	if want := tryAlways + 7; tries != want { // 128, 256, ... 8192
		t.Errorf("%d tries, want %d", tries, want)
	}
}

// A table of thousands of lines comes through a pipe in no time.
func TestPipeLongChunk(t *testing.T) {
	s := lua.New(lua.Options{})
	defer s.Close()
	in := "t = {\n" + strings.Repeat("  {1, 'end', x = \"do\"},\n", 5000) + "}\n#t\n"
	var out, errs strings.Builder
	start := time.Now()
	if Pipe(s, "stdin", strings.NewReader(in), &out, &errs) != nil || out.String() != "5000\n" {
		t.Errorf("got %q and %q", out.String(), errs.String())
	}
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("it took %v", d)
	}
}

// Even a chunk that the outline takes for open is tried at the end.
func TestPipeLastTry(t *testing.T) {
	s := lua.New(lua.Options{})
	defer s.Close()
	var out, errs strings.Builder
	in := "x = 1\n" + strings.Repeat("(", 100) // one line, so tried and not whole
	if Pipe(s, "stdin", strings.NewReader(in), &out, &errs) == nil || !strings.Contains(errs.String(), "stdin:2: the input ends") {
		t.Errorf("got %q and %q", out.String(), errs.String())
	}
	out.Reset()
	errs.Reset()
	in = "do\n" + strings.Repeat("(\n", 70) + ")"
	if Pipe(s, "stdin", strings.NewReader(in), &out, &errs) == nil || !strings.Contains(errs.String(), "stdin:72:") {
		t.Errorf("got %q and %q", out.String(), errs.String())
	}
}

// The outline takes any text and comes to an end.
func FuzzOutline(f *testing.F) {
	f.Add("x = [==[ a ]] \\ ' -- do\n\"\\")
	f.Fuzz(func(t *testing.T, text string) {
		var o outline
		for _, line := range strings.Split(text, "\n") {
			o.line(line)
		}
	})
}
