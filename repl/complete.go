// This file defines completion: which words fit at the cursor, in the form
// that readline wants, and the list of them when there are several.

package repl

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// complete gives the words that fit in place of text[from:at]: the table's
// for a command, the session's for Lua and, in a long string, for C.
func (sh *shell) complete(text string, at int) (from int, words []string) {
	if sh.chunk != "" && sh.outline.inText() {
		return sh.session.CompleteC(text, at) // cdef[[ on a line above
	}
	head := strings.TrimLeft(text[:at], " \t")
	if sh.chunk != "" || !strings.HasPrefix(head, ":") {
		return sh.session.Complete(text, at)
	}
	name, arg, spaced := strings.Cut(head[1:], " ")
	if !spaced {
		for _, c := range commands() {
			words = append(words, c.names[0])
		}
		return at - len(name), matching(words, name)
	}
	c, ok := findCommand(name)
	if !ok {
		return at, nil
	}
	if c.complete != nil {
		from, words = c.complete(sh, arg)
		return at - len(arg) + from, words
	}
	if c.words == nil {
		// The session sees the expression only, not the colon it would trip over.
		skip := at - len(arg)
		from, words = sh.session.Complete(text[skip:], at-skip)
		return from + skip, words
	}
	arg = strings.TrimLeft(arg, " \t")
	return at - len(arg), matching(c.words, arg)
}

// matching are the words that start with prefix.
func matching(words []string, prefix string) []string {
	var out []string
	for _, w := range words {
		if strings.HasPrefix(w, prefix) {
			out = append(out, w)
		}
	}
	return out
}

// extend works out what Tab does at text[:at]: the letters to insert, or the
// words to show because there is no telling which is meant.
func extend(text string, at int, complete completer) (insert string, show []string) {
	if strings.TrimSpace(text[:at]) == "" {
		return "    "[:4-at%4], nil // indentation
	}
	from, words := complete(text, at)
	if from < 0 || from > at {
		return "", nil
	}
	// readline can only add letters, so a word that would change those
	// already there is no candidate.
	typed := text[from:at]
	words = matching(words, typed)
	if len(words) == 0 {
		return "", nil
	}
	slices.Sort(words)
	words = slices.Compact(words)
	if insert := commonPrefix(words)[len(typed):]; insert != "" {
		return insert, nil
	}
	if len(words) == 1 {
		return "", nil
	}
	return "", words
}

// commonPrefix is the longest text that all of the sorted words start with.
func commonPrefix(words []string) string {
	first, last := words[0], words[len(words)-1]
	n := 0
	for n < len(first) && n < len(last) && first[n] == last[n] {
		n++
	}
	for n > 0 && n < len(first) && !utf8.RuneStart(first[n]) {
		n-- // not in the middle of a letter
	}
	return first[:n]
}

// listRows is how many lines of candidates are shown: more would push what
// the user is looking at off the screen.
const listRows = 12

// columns lays words out below each other in columns, as ls does.
func columns(words []string, width int) string {
	widest := 0
	for _, w := range words {
		widest = max(widest, utf8.RuneCountInString(w))
	}
	widest += 2
	perRow := max(1, width/widest)
	rows := (len(words) + perRow - 1) / perRow
	left := 0
	if rows > listRows {
		rows = listRows
		left = len(words) - rows*perRow
		words = words[:rows*perRow]
	}
	var b strings.Builder
	for r := range rows {
		for i := r; i < len(words); i += rows {
			pad := widest - utf8.RuneCountInString(words[i])
			if i+rows >= len(words) {
				pad = 0
			}
			b.WriteString(words[i] + strings.Repeat(" ", pad))
		}
		b.WriteString("\n")
	}
	if left > 0 {
		fmt.Fprintf(&b, "... and %d more\n", left)
	}
	return b.String()
}
