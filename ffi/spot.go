// This file defines Spot: a place in machine code, in words.

package ffi

import "fmt"

// Spot is a place in machine code.
type Spot struct {
	PC         uintptr
	Symbol     string  // function it lies in, as its language writes it; empty where nobody knows
	Offset     uintptr // from the beginning of the function, in bytes
	Object     *Object // library by the books; nil when it is in none
	Path       string  // file of the code, also where no library is; empty when it is nowhere
	FileOffset uintptr // where in the file
	Linked     uintptr // address in the file's own numbering, as symbols and debug information have it
}

// String is the place as backtraces print it: "area+0x12 (./lib.so)", "0x7f12 (lib.so+0x12)" where no symbol is
// known, and "0x12 (no library)" where nothing is.
func (s Spot) String() string {
	switch name := s.Library(); {
	case name == "":
		return fmt.Sprintf("0x%x (no library)", s.PC)
	case s.Symbol == "":
		return fmt.Sprintf("0x%x (%s+0x%x)", s.PC, name, s.Linked)
	default:
		return fmt.Sprintf("%s+0x%x (%s)", s.Symbol, s.Offset, name)
	}
}

// Library is the name to use for what the place lies in, empty for nothing.
func (s Spot) Library() string {
	if s.Object != nil {
		return s.Object.String()
	}
	return s.Path
}
