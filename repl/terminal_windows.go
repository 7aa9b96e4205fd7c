// This file defines what is known of the terminal on Windows.

package repl

// lateWrap: an old console goes to the next row as soon as one is full.
const lateWrap = false

// termCanEdit reports whether the terminal can be edited on. readline drives
// the console itself, so it always can.
func termCanEdit() bool { return true }
