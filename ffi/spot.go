// This file defines Spot: a place in machine code, in words.

package ffi

import (
	"fmt"
	"path"
)

// Spot is a place in machine code.
type Spot struct {
	PC         uintptr
	Return     bool    // PC is where a call returns to, so the place is the call before it
	Symbol     string  // function it lies in, as its language writes it; empty where nobody knows
	Offset     uintptr // of PC from the beginning of the function, in bytes
	Object     *Object // library by the books; nil when it is in none
	Path       string  // file of the code, also where the books have no library; empty when it is nowhere
	FileOffset uintptr // where in the file
	Linked     uintptr // address in the file's own numbering, as debug information has it: of the call, for a return address
	Unloaded   bool    // the library is no longer there
	Replaced   bool    // the file at Path is no longer the one that was loaded
}

// String is the place as backtraces print it: "area+0x12 (./lib.so)", "0x7f12 (lib.so+0x12)" where no symbol is
// known, and "0x12 (no library)" where nothing is.
func (s Spot) String() string {
	name := s.Library()
	linked := s.Linked
	if s.Return {
		linked++
	}
	switch {
	case name == "":
		return fmt.Sprintf("0x%x (no library)", s.PC)
	case s.Unloaded:
		return fmt.Sprintf("0x%x (%s+0x%x, which was unloaded)", s.PC, name, linked)
	case s.Symbol == "":
		return fmt.Sprintf("0x%x (%s+0x%x)", s.PC, name, linked)
	}
	return fmt.Sprintf("%s+0x%x (%s)", s.Symbol, s.Offset, name)
}

// Library is the name to use for what the place lies in, empty for nothing.
func (s Spot) Library() string {
	switch {
	case s.Object != nil:
		return s.Object.String()
	case s.Path == "":
		return ""
	}
	return path.Base(s.Path)
}
