// This file defines the names of C++ and Rust, which linkers know in a spelling of their own.

package ffi

import (
	"strings"

	"github.com/ianlancetaylor/demangle"
)

// longestDemangled is a power of two. Mangled names refer to what they said before, so a short one may stand for more
// than fits in memory.
const longestDemangled = 14

// Demangle gives the name that C++ or Rust have for what linkers call by another: "geo::area(double) const" for
// "_ZNK3geo4areaEd". Any other name is given as it is.
func Demangle(name string) (text string) {
	if !strings.HasPrefix(name, "_Z") && !strings.HasPrefix(name, "_R") {
		return name
	}
	defer func() {
		if recover() != nil { // a name that nobody's compiler made
			text = name
		}
	}()
	const longest = 1 << 13 // the demangler recurses with the name
	if len(name) > longest {
		return name
	}
	return demangle.Filter(name, demangle.MaxLength(longestDemangled))
}

// Demangled is the symbol's name as its language writes it.
func (s Symbol) Demangled() string { return Demangle(s.Name) }
