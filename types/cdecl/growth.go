// This file defines how long macros may make one word or string. The preprocessor counts the tokens it makes, not their length:
// #define S(x) Q(x), #define Q(x) #x #x, S(S(S(… would ask for gigabytes in a line.

package cdecl

import "math/bits"

const (
	mostDoublings = 20 // of the length of what # and ## make, in one text that is not the system's
	shallowCalls  = 3  // calls in calls that cannot do harm with macros that stay below mostOwn
	mostOwn       = 14 // doublings by one macro
)

// growth notes that a text that is not the system's has macros or calls that make too much of # and ##.
func (f *files) growth() {
	if !f.joins && !f.quotes || f.err != nil {
		return
	}
	f.doubled = map[*definition]int{}
	for _, name := range f.order {
		if d := f.defined[name]; !d.file.isSystem && f.doublings(d) > mostOwn {
			f.tooMuch(d.file, d.at.Line-d.file.line0, "the macro %s quotes or joins what is quoted or joined too often", name)
			return
		}
	}
	for _, x := range f.list {
		for _, n := range x.nests {
			if f.nested(n.text, nil) > mostDoublings {
				f.tooMuch(x, n.line, "macros quote or join what is quoted or joined too often")
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

// doublings is how often a macro may double what it is given.
func (f *files) doublings(d *definition) int {
	if n, ok := f.doubled[d]; ok {
		return n
	}
	f.doubled[d] = 0 // it is not expanded in itself
	n := f.nested([]byte(d.body), d)
	for _, other := range d.others {
		n = max(n, f.doublings(other))
	}
	f.doubled[d] = min(n, mostDoublings+1)
	return f.doubled[d]
}

// nested is the most that the calls around any word of a text double, and the # and ## of a macro's body.
func (f *files) nested(text []byte, of *definition) int {
	var around []int // for each bracket that is open
	sum, most, last, operators := 0, 0, 0, 0
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '"' || c == '\'':
			i, last = max(quoted(text, i), i+1), 0
			continue
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\\':
		case c == '#':
			operators++
			last = 0
		case c == '(':
			around = append(around, last)
			sum += last
			most = max(most, sum)
			last = 0
		case c == ')':
			if n := len(around); n > 0 {
				sum -= around[n-1]
				around = around[:n-1]
			}
			last = 0
		case wordByte(c):
			j := i
			for j < len(text) && wordByte(text[j]) {
				j++
			}
			last = 0
			if m := f.definition(string(text[i:j])); m != nil && m != of {
				last = f.doublings(m)
			} else if of != nil && of.isParam(string(text[i:j])) {
				last = 1 // it may be the name of a macro
			}
			most = max(most, sum+last)
			i = j
			continue
		default:
			last = 0
		}
		i++
	}
	if of == nil || !of.function {
		operators = 0
	}
	return most + bits.Len(uint(operators))
}
