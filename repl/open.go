// This file defines outline: a quick look at lines of Lua that tells whether
// the chunk they start is still open.

package repl

import "strings"

// tryAlways is the length in lines up to which a chunk is tried at each line.
const tryAlways = 64

// An outline follows a chunk line by line. Trying a chunk means parsing all
// of it, which for a table of thousands of lines takes minutes if done at
// each of them; so long chunks are tried when nothing is open any more. The
// outline need not be right: it only puts a try off.
type outline struct {
	lines int
	depth int    // blocks and brackets that are open
	until string // what ends the long string or comment we are in, "" outside
	quote byte   // the quote of the string that a backslash continued
}

// line takes one more line and reports whether to try the chunk now.
func (o *outline) line(text string) bool {
	o.lines++
	o.scan(text)
	// At powers of two in any case, so that a mistake far above is told soon.
	return o.lines <= tryAlways || o.lines&(o.lines-1) == 0 ||
		o.depth <= 0 && o.until == "" && o.quote == 0
}

// inText reports whether the next line begins in a long string or comment.
func (o *outline) inText() bool { return o.until != "" }

// scan counts what a line opens and closes.
func (o *outline) scan(s string) {
	for s != "" || o.quote != 0 {
		switch {
		case o.until != "":
			_, rest, found := strings.Cut(s, o.until)
			if !found {
				return
			}
			o.until, s = "", rest
		case o.quote != 0:
			s = o.scanQuoted(s)
			if s == "" {
				return
			}
		case strings.HasPrefix(s, "--"):
			if o.until = longEnd(s[2:]); o.until == "" {
				return // a comment to the end of the line
			}
			s = s[2+len(o.until):]
		case longEnd(s) != "":
			o.until = longEnd(s)
			s = s[len(o.until):]
		case s[0] == '"' || s[0] == '\'':
			o.quote, s = s[0], s[1:]
		case isWord(s[0]):
			n := 1
			for n < len(s) && isWord(s[n]) {
				n++
			}
			switch s[:n] {
			case "function", "do", "if", "repeat":
				o.depth++
			case "end", "until":
				o.depth--
			}
			s = s[n:]
		default:
			switch s[0] {
			case '(', '{', '[':
				o.depth++
			case ')', '}', ']':
				o.depth--
			}
			s = s[1:]
		}
	}
}

// scanQuoted returns what follows the quoted string at the start of s. The
// string goes on in the next line only after a backslash.
func (o *outline) scanQuoted(s string) string {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i >= len(s) {
				return ""
			}
		case o.quote:
			o.quote = 0
			return s[i+1:]
		}
	}
	o.quote = 0 // a mistake; the parser will say so
	return ""
}

// longEnd is what ends the long bracket at the start of s ("]==]" for
// "[==["), which is as long as what opened it; "" if there is none.
func longEnd(s string) string {
	if !strings.HasPrefix(s, "[") {
		return ""
	}
	level := len(s) - 1 - len(strings.TrimLeft(s[1:], "="))
	if !strings.HasPrefix(s[1+level:], "[") {
		return ""
	}
	return "]" + strings.Repeat("=", level) + "]"
}

// isWord reports whether c can stand in a name or number.
func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
