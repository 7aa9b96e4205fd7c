// This file defines how deep conditions may nest. The preprocessor's #if recurses with parentheses, at 9 KB of stack each, and
// Go ends the process when a stack passes 1 GB: what a text that is not the system's could do by that is found before it is read.

package cdecl

import (
	"bytes"
	"strings"
)

const (
	deepestIf   = 500      // #if in #if, and brackets in one condition
	deepestBody = 60       // brackets and operators in each other in the expansion of a macro that a condition names
	longestIf   = 16 << 10 // bytes of a condition; what the preprocessor needs for each "defined" grows with it
	mostDefined = 200
	mostNested  = 90_000  // brackets in each other: 800 MB of stack
	mostLooks   = 100_000 // at macros that name each other in circles
)

// condition notes the names that #if or #elif asks about.
func (f *files) condition(x *file, text []byte, line int) {
	brackets := bytes.Count(text, []byte("(")) + bytes.Count(text, []byte("!"))
	switch {
	case brackets > deepestIf:
		f.tooMuch(x, line, "the condition is nested deeper than %d", deepestIf)
	case len(text) > longestIf || bytes.Count(text, []byte("defined"))+bytes.Count(text, []byte("__has_")) > mostDefined:
		f.tooMuch(x, line, "the condition is too long")
	}
	if x.asked == nil {
		x.asked = map[string]bool{}
	}
	if f.reach.asked == nil {
		f.reach.asked = map[string]bool{}
	}
	f.reach.brackets = max(f.reach.brackets, brackets)
	before := ""
	for w := range words(string(text)) {
		if before != "defined" { // which does not expand it
			x.asked[w], f.reach.asked[w] = true, true
		}
		before = w
	}
}

// weigh finds whether the conditions of the files so far can be told to nest little; f.wild lowers what may be expanded. Macros of
// the system alone are trusted.
func (f *files) weigh(x *file) {
	if !f.texts || f.wild {
		return
	}
	for _, y := range f.list {
		if y.asked == nil || y.looked {
			continue
		}
		y.looked = true
		for name := range y.asked {
			f.reach.name(f, name)
		}
	}
	for _, d := range x.defined {
		if f.reach.names[d.name] || f.reach.mayJoin(d.name) {
			f.reach.body(f, d)
		}
	}
	r := &f.reach
	if !r.texts || !r.heavy && (r.brackets+1)*(r.own+1) < mostNested/r.times {
		return
	}
	// It could be too much. A closer look tells whether it is.
	f.weighed, f.looks = map[*definition]weight{}, 0
	for name := range r.asked {
		if d := f.definition(name); d != nil && f.weight(d).tooMuch() {
			f.wild = true
			return
		}
	}
}

// reach is what the conditions of a text reach: the names in them, those in the expansions of these, and so on.
type reach struct {
	asked    map[string]bool
	names    map[string]bool
	patterns [][2]string // how names begin and end that ## may make
	own      int         // brackets and operators in all the bodies: an expansion nests no deeper, for no macro is expanded in itself
	times    int         // but where calls stand in calls
	brackets int         // the most of one condition
	texts    bool        // there is a macro that is not the system's
	heavy    bool        // and one that nests with what follows, or could be joined from anything
	seen     map[*definition]bool
}

func (r *reach) name(f *files, name string) {
	if r.names[name] {
		return
	}
	if r.names == nil {
		r.names, r.times = map[string]bool{}, 1
	}
	r.names[name] = true
	if d := f.definition(name); d != nil {
		r.body(f, d)
	}
}

func (r *reach) mayJoin(name string) bool {
	for _, p := range r.patterns {
		if strings.HasPrefix(name, p[0]) && strings.HasSuffix(name, p[1]) {
			return true
		}
	}
	return false
}

func (r *reach) body(f *files, d *definition) {
	r.names[d.name] = true
	own, open := d.brackets()
	r.own = min(r.own+own, mostNested)
	isText := !d.file.isSystem
	r.texts = r.texts || isText
	r.heavy = r.heavy || open && isText
	calls, _ := mostAround([]byte(d.body), 0, func(word string) int {
		if m := f.definition(word); m != nil && m.function || d.isParam(word) {
			return 1
		}
		return 0
	})
	r.times = min(r.times*max(1, calls), mostNested)
	for w := range words(d.body) {
		r.name(f, w)
	}
	for at := 0; ; at += 2 {
		i := strings.Index(d.body[at:], "##")
		if i < 0 {
			break
		}
		at += i
		prefix, suffix, ok := d.join(at)
		switch {
		case !ok:
			continue
		case prefix == "" && suffix == "":
			r.heavy = r.heavy || isText
			continue
		}
		r.patterns = append(r.patterns, [2]string{prefix, suffix})
		for _, names := range []map[string]*definition{f.defined, f.known} {
			for name := range names {
				if strings.HasPrefix(name, prefix) && strings.HasSuffix(name, suffix) {
					r.name(f, name)
				}
			}
		}
	}
	for _, other := range d.others {
		if !r.seen[other] {
			if r.seen == nil {
				r.seen = map[*definition]bool{}
			}
			r.seen[other] = true
			r.body(f, other)
		}
	}
}

// brackets counts the brackets and operators of a body. open is one that nests with what follows, because it has brackets that are not
// closed or ends in an operator, and one whose "defined" are too many.
func (d *definition) brackets() (n int, open bool) {
	for i := 0; i < len(d.body); i++ {
		switch c := d.body[i]; c {
		case '"', '\'':
			i = quoted([]byte(d.body), i) - 1
		case '(', '!', '~', '-', '+', '?':
			n++
		}
	}
	asks := strings.Count(d.body, "defined")
	n += asks
	_, balanced := mostAround([]byte(d.body), 0, func(string) int { return 0 })
	return n, !balanced || asks > deepestBody || d.many || d.body != "" && strings.IndexByte("!~-+?:", d.body[len(d.body)-1]) >= 0
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
	cut   bool // a macro that is being weighed is in it, where it is not expanded again (C11 6.10.3.4p2)
}

var tooDeep = weight{depth: deepestBody + 1, texts: true}

func (w weight) tooMuch() bool { return w.texts && w.depth > deepestBody }

func (w *weight) atLeast(v weight) {
	w.depth = max(w.depth, v.depth)
	w.texts = w.texts || v.texts
	w.cut = w.cut || v.cut
}

// weight finds how deep the brackets of a macro and of all macros in it nest. What is not closed or ends in an operator nests
// with all that follows, and counts as too deep.
func (f *files) weight(d *definition) weight {
	if w, ok := f.weighed[d]; ok {
		return w
	}
	if f.looks++; f.looks > mostLooks {
		return tooDeep
	}
	f.weighed[d] = weight{cut: true}
	f.weighing++
	w := weight{texts: !d.file.isSystem}
	for i := strings.Index(d.body, "##"); i >= 0 && i < len(d.body); {
		w.atLeast(f.joined(d, i))
		next := strings.Index(d.body[i+2:], "##")
		if next < 0 {
			break
		}
		i += 2 + next
	}
	deep, _ := mostAround([]byte(d.body), 0, func(name string) int {
		m := f.definition(name)
		if m == nil || m == d {
			return 0
		}
		v := f.weight(m)
		w.texts, w.cut = w.texts || v.texts, w.cut || v.cut
		return v.depth
	})
	own, open := d.brackets()
	w.depth = min(max(w.depth, deep)+own, deepestBody+1)
	if open {
		w.depth = deepestBody + 1
	}
	for _, other := range d.others {
		w.atLeast(f.weight(other))
	}
	f.weighing--
	if w.cut && f.weighing > 0 {
		delete(f.weighed, d) // it is more where it is not met on the way around
	} else {
		w.cut = false
		f.weighed[d] = w
	}
	return w
}

// joined is the weight of the heaviest macro whose name the ## at i may make.
func (f *files) joined(d *definition, i int) (w weight) {
	prefix, suffix, ok := d.join(i)
	switch {
	case !ok:
		return w
	case prefix == "" && suffix == "":
		return weight{depth: deepestBody + 1, texts: f.texts}
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

// join gives what is known of the name that the ## at i makes: how it begins and ends. ok is false where it makes none, such as for the comma
// before __VA_ARGS__.
func (d *definition) join(i int) (prefix, suffix string, ok bool) {
	left, right := strings.TrimRight(d.body[:i], " \t"), strings.TrimLeft(d.body[i+2:], " \t")
	a, b := len(left), 0
	for a > 0 && wordByte(left[a-1]) {
		a--
	}
	for b < len(right) && wordByte(right[b]) {
		b++
	}
	if prefix, suffix = left[a:], right[:b]; prefix == "" || suffix == "" {
		return "", "", false
	}
	// A chain of ## may make anything of a word in its middle.
	if d.isParam(prefix) || strings.HasSuffix(strings.TrimRight(left[:a], " \t"), "##") {
		prefix = ""
	}
	if d.isParam(suffix) || strings.HasPrefix(strings.TrimLeft(right[b:], " \t"), "##") {
		suffix = ""
	}
	return prefix, suffix, true
}

func (d *definition) isParam(name string) bool {
	for _, p := range d.params {
		if p == name || name == "__VA_ARGS__" || strings.TrimSuffix(p, "...") == name {
			return true
		}
	}
	return false
}

// mostAround gives the most that the brackets and calls around any word of a text add up to, with the word itself: bracket for each
// bracket, and of for each word. balanced is false where brackets are not closed.
func mostAround(text []byte, bracket int, of func(word string) int) (most int, balanced bool) {
	balanced = true
	var around []int // for each bracket that is open
	sum, last := 0, 0
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '"' || c == '\'':
			i, last = max(quoted(text, i), i+1), 0
			continue
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\\':
		case c == '(':
			around = append(around, last+bracket)
			sum += last + bracket
			most = max(most, sum)
			last = 0
		case c == ')':
			n := len(around)
			if n == 0 {
				balanced = false
				break
			}
			sum -= around[n-1]
			around, last = around[:n-1], 0
		case wordByte(c):
			j := i
			for j < len(text) && wordByte(text[j]) {
				j++
			}
			last = of(string(text[i:j]))
			most = max(most, sum+last)
			i = j
			continue
		default:
			last = 0
		}
		i++
	}
	return most, balanced && len(around) == 0
}
