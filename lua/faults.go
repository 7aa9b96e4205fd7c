// This file defines the faults of a session: what the prompt's mark and :faults tell.

package lua

import (
	"strings"

	"dlsh/ffi"
)

// Fault is a crash in C that was turned into an error.
type Fault struct {
	Signal   string   // SIGSEGV
	Function string   // the C function that Lua had called; empty for a thread of a library's own
	Place    string   // where in C: "deref+0x4 (./lib.so)"
	Chunk    string   // what ran: "line 7: lib.deref(nil)"
	Notes    []string // what is known to be unsafe since
}

// String is the fault in one line.
func (f Fault) String() string {
	text := f.Signal
	if f.Function != "" {
		text += " in a call of " + f.Function
	}
	if f.Place != "" {
		text += ", at " + f.Place
	}
	if f.Chunk != "" {
		text += ", " + f.Chunk
	}
	return text
}

// faults are those of a session: the first and the last of them, and how many there were.
type faults struct {
	list []Fault
	seen int
}

// mostFaults is how many are kept.
const mostFaults = 100

// Faults lists the faults that the session has seen, oldest first. more were dropped from the middle of the list.
func (s *Session) Faults() (list []Fault, more int) {
	return s.faults.list, s.faults.seen - len(s.faults.list)
}

// Faulted reports whether the session has seen a fault.
func (s *Session) Faulted() bool { return s.faults.seen > 0 }

// sawFault notes a crash where it becomes an error. function is the C function that Lua had called, "" for a
// thread of a library's own; at is where it happened, nil where nobody knows.
func (s *Session) sawFault(c *ffi.Crash, function string, at *frame) {
	f := Fault{Signal: ffi.SignalName(c.Signal), Function: function, Notes: c.Notes}
	if at != nil {
		f.Place = at.text()
	}
	s.journal.called(s, function)
	if j := s.journal; j != nil && j.now != nil {
		j.spoils("")
		j.now.statement.fault = true
		j.now.why = "ended in " + f.Signal
		f.Chunk = j.now.statement.Where()
		if !j.now.statement.Script {
			first, _, more := strings.Cut(strings.TrimSpace(j.now.statement.Text), "\n")
			if more {
				first += " ..."
			}
			f.Chunk += ": " + shorten(first, 60)
		}
	}
	s.faults.seen++
	if len(s.faults.list) == mostFaults { // how it began stays, and what was last
		copy(s.faults.list[mostFaults/2:], s.faults.list[mostFaults/2+1:])
		s.faults.list = s.faults.list[:mostFaults-1]
	}
	s.faults.list = append(s.faults.list, f)
}

// Unsafe lists what is known to be unsafe after the faults, each thing once.
func (s *Session) Unsafe() (list []string) {
	told := map[string]bool{}
	for _, f := range s.faults.list {
		for _, note := range f.Notes {
			if !told[note] {
				told[note] = true
				list = append(list, note)
			}
		}
	}
	return list
}
