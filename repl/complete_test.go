// This file tests completion without a terminal.

package repl

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"dlsh/lua"
)

// words completes the identifier before the cursor from a fixed list, as a
// session would from its globals.
func words(list ...string) completer {
	return func(text string, at int) (int, []string) {
		from := strings.LastIndexAny(text[:at], " .(") + 1
		return from, list
	}
}

func TestExtend(t *testing.T) {
	for _, test := range []struct {
		name     string
		text     string // | is the cursor
		complete completer
		insert   string
		show     []string
	}{
		{"the only word", "ctypes.CD|", words("CDLL"), "LL", nil},
		{"what all words share", "c_u|", words("c_uint8", "c_uint16"), "int", nil},
		{"a choice is shown in order", "c_uint|", words("c_uint8", "c_uint16"), "", []string{"c_uint16", "c_uint8"}},
		{"a word that is also a start", "c_int|", words("c_int", "c_int8"), "", []string{"c_int", "c_int8"}},
		{"no word", "nosuch|", words("CDLL"), "", nil},
		{"the word is there already", "CDLL|", words("CDLL"), "", nil},
		{"text behind the cursor stays", "CD|(1)", words("CDLL"), "LL", nil},
		{"the same word twice is one", "CD|", words("CDLL", "CDLL"), "LL", nil},
		{"letters are not cut in half", "x|", words("xä", "xö"), "", []string{"xä", "xö"}},
		{"a blank line is indented", "|", words("a", "b"), "    ", nil},
		{"to the next stop", "  |", words("a", "b"), "  ", nil},
		{"a completer that points nowhere", "ab|",
			func(string, int) (int, []string) { return 7, []string{"abc"} }, "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			head, tail, _ := strings.Cut(test.text, "|")
			insert, show := extend(head+tail, len(head), test.complete)
			if insert != test.insert || !slices.Equal(show, test.show) {
				t.Errorf("got %q and %q, want %q and %q", insert, show, test.insert, test.show)
			}
		})
	}
}

func TestCompleteCommands(t *testing.T) {
	s := lua.New(lua.Options{Interactive: true})
	defer s.Close()
	for _, test := range []struct{ text, insert, show string }{
		{":tr", "ace", ""},
		{":", "", "faults help include libs quit restart trace"},
		{":incl", "ude", ""},
		{":include stdal", "ign.h", ""},
		{":include ./nosuchfolder/", "", ""},
		{":include x.h y z", "", ""},
		{":trace o", "", "off on"},
		{":trace of", "f", ""},
		{":libs x", "", ""},
		{":nosuch x", "", ""},
		{":help coroutin", "e", ""},
	} {
		insert, show := extend(test.text, len(test.text), (&shell{session: s}).complete)
		if insert != test.insert || strings.Join(show, " ") != test.show {
			t.Errorf("%q: got %q and %q, want %q and %q", test.text, insert, show, test.insert, test.show)
		}
	}
}

// In a long string, which is where C is written, the words are C's.
func TestCompleteLongString(t *testing.T) {
	s := lua.New(lua.Options{Interactive: true})
	defer s.Close()
	sh := &shell{session: s}
	sh.add("ctypes.cdef[[")
	if insert, _ := extend("int f(unsig", 11, sh.complete); insert != "ned" {
		t.Errorf("in cdef[[ Tab inserts %q, want ned", insert)
	}
	sh.add("]] for i = 1, 2 do")
	if insert, _ := extend("coroutin", 8, sh.complete); insert != "e" {
		t.Errorf("behind it Tab inserts %q, want e", insert)
	}
}

func TestColumns(t *testing.T) {
	abc := []string{"a", "bb", "ccc", "d", "e"}
	for _, test := range []struct {
		words []string
		width int
		want  string
	}{
		{abc, 80, "a    bb   ccc  d    e\n"},
		{abc, 12, "a    d\nbb   e\nccc\n"},
		{abc, 1, "a\nbb\nccc\nd\ne\n"}, // wider than the screen: still no crash
		{[]string{"大きい", "b"}, 80, "大きい  b\n"},
	} {
		if got := columns(test.words, test.width); got != test.want {
			t.Errorf("columns(%q, %d) = %q, want %q", test.words, test.width, got, test.want)
		}
	}
	var many []string
	for i := range 1000 {
		many = append(many, fmt.Sprintf("name%04d", i))
	}
	got := columns(many, 80)
	if n := strings.Count(got, "\n"); n != listRows+1 || !strings.HasSuffix(got, "... and 904 more\n") {
		t.Errorf("a thousand names take %d lines: %q", n, got[len(got)-40:])
	}
}
