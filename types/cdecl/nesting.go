// This file defines how deep conditions may nest. The preprocessor's #if recurses with parentheses, at 9 KB of stack each, and
// Go ends the process when a stack passes 1 GB: what a text that is not the system's could do by that is found before it is read.

package cdecl

import (
	"bytes"
	"strings"
)

const (
	deepestIf   = 500      // #if in #if, and brackets in one condition
	deepestBody = 60       // brackets in the expansion of a macro that a condition names
	longestIf   = 16 << 10 // bytes of a condition; what the preprocessor needs for each "defined" grows with it
	mostDefined = 200
)

// condition notes the names that #if or #elif asks about.
func (f *files) condition(x *file, text []byte, line int) {
	brackets := 0
	for _, c := range text {
		if c == '(' || c == '!' {
			brackets++
		}
	}
	switch {
	case brackets > deepestIf:
		f.tooMuch(x, line, "the condition is nested deeper than %d", deepestIf)
	case len(text) > longestIf || bytes.Count(text, []byte("defined"))+bytes.Count(text, []byte("__has_")) > mostDefined:
		f.tooMuch(x, line, "the condition is too long")
	}
	if x.asked == nil {
		x.asked = map[string]bool{}
	}
	for w := range words(string(text)) {
		x.asked[w] = true
	}
}

// weigh finds whether the conditions of the files so far can be told to nest little; f.wild lowers what may be expanded. Macros of the
// system alone are trusted.
func (f *files) weigh(x *file) {
	if !f.texts || f.wild {
		return
	}
	f.weighed = map[*definition]weight{}
	for _, y := range f.list {
		if y.isSystem && y != x {
			continue // it was looked at when it was opened
		}
		for name := range y.asked {
			if d := f.definition(name); d != nil && f.weight(d).tooMuch() {
				f.wild = true
				return
			}
		}
	}
}

// defineBySystem looks at a macro of the system's that may be asked about in a file that was looked at before.
func (f *files) defineBySystem(d *definition) {
	for w := range words(d.body) {
		if m := f.definition(w); m != nil && !m.file.isSystem {
			f.weighed = map[*definition]weight{}
			f.wild = f.wild || f.weight(m).tooMuch()
		}
	}
}

// definition is what a name is defined as here or in the scope; nil for nothing.
func (f *files) definition(name string) *definition {
	if d := f.defined[name]; d != nil {
		return d
	}
	return f.known[name]
}

// weight is how deep an expansion nests at most, and whether macros that are not the system's have a part in it.
type weight struct {
	depth int
	texts bool
}

func (w weight) tooMuch() bool { return w.texts && w.depth > deepestBody }

func (w *weight) add(v weight) {
	w.depth = min(w.depth+v.depth, deepestBody+1)
	w.texts = w.texts || v.texts
}

func (w *weight) atLeast(v weight) {
	w.depth = max(w.depth, v.depth)
	w.texts = w.texts || v.texts
}

// weight counts the brackets of a macro and those of all macros in it. Macros that name each other in a circle could nest in
// any order, and count as too deep.
func (f *files) weight(d *definition) weight {
	if w, ok := f.weighed[d]; ok {
		return w
	}
	f.weighed[d] = weight{deepestBody + 1, true}
	w := weight{texts: !d.file.isSystem}
	heavy := weight{deepestBody + 1, w.texts}
	level := 0
	for i := 0; i < len(d.body) && w.depth <= deepestBody; i++ {
		switch c := d.body[i]; {
		case c == '"' || c == '\'':
			i = quoted([]byte(d.body), i) - 1
		case c == '(':
			w.depth++
			level++
		case c == '!' || c == '~' || c == '-' || c == '+' || c == '?':
			w.depth++
		case c == ')':
			if level--; level < 0 {
				w.add(heavy)
			}
		case c == '#' && strings.HasPrefix(d.body[i:], "##"):
			w.add(f.joined(d, i))
			i++
		case wordByte(c):
			j := i
			for j < len(d.body) && wordByte(d.body[j]) {
				j++
			}
			name := d.body[i:j]
			if name == "defined" {
				w.depth++
			}
			if m := f.definition(name); m != nil && m != d {
				w.add(f.weight(m))
			}
			i = j - 1
		}
	}
	if level != 0 || d.many {
		w.add(heavy)
	}
	for _, other := range d.others {
		w.atLeast(f.weight(other))
	}
	f.weighed[d] = w
	return w
}

// joined is the weight of the heaviest macro whose name the ## at i may make.
func (f *files) joined(d *definition, i int) weight {
	left, right := strings.TrimRight(d.body[:i], " \t"), strings.TrimLeft(d.body[i+2:], " \t")
	a, b := len(left), 0
	for a > 0 && wordByte(left[a-1]) {
		a--
	}
	for b < len(right) && wordByte(right[b]) {
		b++
	}
	// What is known of the name: how it begins and ends. A chain of ## may make anything of a word in its middle.
	prefix, suffix := left[a:], right[:b]
	if prefix == "" || suffix == "" {
		return weight{} // of the comma before __VA_ARGS__, and what makes no name
	}
	if d.isParam(prefix) || strings.HasSuffix(strings.TrimRight(left[:a], " \t"), "##") {
		prefix = ""
	}
	if d.isParam(suffix) || strings.HasPrefix(strings.TrimLeft(right[b:], " \t"), "##") {
		suffix = ""
	}
	w := weight{}
	if prefix == "" && suffix == "" {
		w = weight{deepestBody + 1, f.texts}
		return w
	}
	for _, names := range []map[string]*definition{f.defined, f.known} {
		for name, m := range names {
			if strings.HasPrefix(name, prefix) && strings.HasSuffix(name, suffix) {
				w.atLeast(f.weight(m))
			}
		}
	}
	return w
}

func (d *definition) isParam(name string) bool {
	for _, p := range d.params {
		if p == name || name == "__VA_ARGS__" || strings.TrimSuffix(p, "...") == name {
			return true
		}
	}
	return false
}
