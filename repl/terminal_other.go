// This file defines what is known of the terminal everywhere but on Windows.

//go:build !windows

package repl

import "os"

// lateWrap: a full row is left only when the next character comes.
const lateWrap = true

// termCanEdit reports whether the terminal can be edited on, by its name.
func termCanEdit() bool {
	term := os.Getenv("TERM")
	return term != "" && term != "dumb"
}
