// This file defines how long macros may make one word or string. The preprocessor counts the tokens it makes, not their length:
// #define S(x) Q(x), #define Q(x) #x #x, S(S(S(… would ask for gigabytes in a line.

package cdecl

import (
	"math/bits"
	"strings"
)

const (
	mostDoublings = 20 // of the length of what # and ## make, in one text that is not the system's
	shallowCalls  = 3  // calls in calls that cannot do harm with macros that stay below mostOwn
	mostOwn       = 14 // doublings by one macro
)

// growth finds whether the macros and calls of a text that is not the system's make too much of # and ##, when x was read.
func (f *files) growth(x *file) {
	if !f.joins && !f.quotes || f.err != nil || x.isSystem {
		return
	}
	for _, d := range x.defined {
		if f.doublings(d) > mostOwn {
			f.tooMuch(x, d.at.Line-x.line0, "the macro %s quotes or joins what is quoted or joined too often", d.name)
			return
		}
	}
	for _, y := range f.list {
		for _, n := range y.nests {
			if most, _ := mostAround(n.text, 0, f.doublingsOf); most > mostDoublings {
				f.tooMuch(y, n.line, "macros quote or join what is quoted or joined too often")
				return
			}
		}
	}
}

// nest is a call with calls in it, deeper than shallowCalls.
type nest struct {
	text []byte
	line int
}

func (f *files) doublingsOf(word string) int {
	if d := f.definition(word); d != nil {
		return f.doublings(d)
	}
	return 0
}

// doublings is how often a macro may double what it is given.
func (f *files) doublings(d *definition) int {
	if n, ok := f.doubled[d]; ok {
		return n
	}
	if f.doubled == nil {
		f.doubled = map[*definition]int{}
	}
	f.doubled[d] = 0 // it is not expanded in itself
	n, _ := mostAround([]byte(d.body), 0, func(word string) int {
		if d.isParam(word) {
			return 1 // it may be the name of a macro
		}
		return f.doublingsOf(word)
	})
	if d.function {
		n += bits.Len(uint(strings.Count(d.body, "#")))
	}
	for _, other := range d.others {
		n = max(n, f.doublings(other))
	}
	f.doubled[d] = min(n, mostDoublings+1)
	return f.doubled[d]
}
