// Suggestions for misspelt names: Near over any names, NearLibraries over library names, NearFiles over a folder.

package ffi

import (
	"bytes"
	"cmp"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	maxEdits    = 6 // more typing errors than that is another word, however long the name
	minPrefix   = 3 // a shorter beginning says too little about what was meant
	underscores = 5 // what leading underscores that nobody typed add to the cost: they mark internal names
)

// Near gives up to most of the names in among that a person who typed name likely meant, the likeliest first.
// A name is near when it differs by few typing errors (a letter too many, missing, wrong, or two swapped: about
// one in three letters), only in case and underscores, or when one of the two begins with the other. The name
// itself is no suggestion. Names are taken as bytes; case matters not.
func Near(name string, among []string, most int) []string {
	if name == "" || most <= 0 {
		return nil
	}
	return nearest("", newMatcher(name).cost, among, most)
}

// NearLibraries is Near for the file names of libraries. Much of such a name is the same in all of them, so it is
// the stems that are compared (png of libpng.so.16), or else the whole names with one typing error at most. The
// name may be a bare stem, as find_library takes it; the answers are names out of among.
func NearLibraries(name string, among []string, most int) []string {
	stem := libraryStem(name)
	if stem == "" || most <= 0 {
		return nil
	}
	stems, whole := newMatcher(stem), newMatcher(name)
	whole.limit = 1
	return nearest(name, func(other string) (int, bool) {
		if other == name {
			return 0, false
		}
		otherStem := libraryStem(other)
		if otherStem == stem {
			return 0, true
		}
		if cost, ok := stems.cost(otherStem); ok {
			return cost, true
		}
		whole.other = lowerCase(whole.other[:0], other)
		return whole.edits()
	}, among, most)
}

// nearest gives up to most of the names that have a cost, the cheapest first; of equals the one that ends most
// like ending (libm.so.6 before libm.so for libn.so.6), then the shortest.
func nearest(ending string, cost func(string) (int, bool), among []string, most int) []string {
	type found struct {
		name string
		cost int
	}
	var near []found
	for _, other := range among {
		if c, ok := cost(other); ok {
			near = append(near, found{other, c})
		}
	}
	slices.SortFunc(near, func(a, b found) int {
		return cmp.Or(a.cost-b.cost, sameEnd(ending, b.name)-sameEnd(ending, a.name), len(a.name)-len(b.name), strings.Compare(a.name, b.name))
	})
	near = slices.Compact(near)
	var names []string
	for _, f := range near[:min(most, len(near))] {
		names = append(names, f.name)
	}
	return names
}

// sameEnd counts the bytes two names share at their ends.
func sameEnd(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}

// NearFiles gives up to most library files that path, which does not exist, was likely meant to be: files in the
// same folder that can be loaded here, the likeliest first (see NearLibraries; ./libfoo.so.1 is nearest to
// ./foo.dll), with the folder written as the caller wrote it. A path without a folder, or with one that does not
// exist, has none.
func NearFiles(path string, most int) []string {
	folder, base := filepath.Split(path)
	if folder == "" || most <= 0 {
		return nil
	}
	// os.ReadDir gives what it read before an error; there is nobody to tell of the rest.
	entries, _ := os.ReadDir(folder)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	var files []string
	// Sources and objects lie next to a library under much the same name: only what can be loaded is meant.
	for _, file := range NearLibraries(base, names, len(names)) {
		if len(files) < most && CheckLibraryFile(folder+file) == nil {
			files = append(files, folder+file)
		}
	}
	return files
}

// libraryStem is the part of a library's file name that people remember: foo of libfoo.so.1, foo.dll, libfoo.dylib.
// What is called lib.so has the stem lib.
func libraryStem(file string) string {
	stem := strings.ToLower(file)
	for _, suffix := range []string{".so", ".dll", ".dylib"} {
		if i := strings.Index(stem, suffix); i > 0 {
			stem = stem[:i]
			break
		}
	}
	if rest := strings.TrimPrefix(stem, "lib"); rest != "" {
		return rest
	}
	return stem
}

// A matcher measures names against one misspelt name. It holds the buffers, so that a name costs no allocation.
type matcher struct {
	typed   string // the name
	name    []byte // the name in lower case
	letters uint64 // which letters the name has, see letterSet
	limit   int    // the most typing errors allowed
	other   []byte // the name measured, in lower case
	rows    [3][]int
}

func newMatcher(name string) *matcher {
	m := &matcher{typed: name, name: lowerCase(nil, name)}
	m.letters = letterSet(m.name)
	m.limit = min(max(1, len(name)/3), maxEdits)
	for i := range m.rows {
		m.rows[i] = make([]int, len(name)+1)
	}
	return m
}

// cost says how far other is from the name; false when it is not near, or is the name itself. A difference of case
// and underscores only costs 0, a typing error 10; see also beginning.
func (m *matcher) cost(other string) (int, bool) {
	if other == m.typed || other == "" {
		return 0, false
	}
	m.other = lowerCase(m.other[:0], other)
	extra := 0
	if m.name[0] != '_' && other[0] == '_' {
		extra = underscores
	}
	if sameLetters(m.name, m.other) {
		return extra, true
	}
	byEdits, ok1 := m.edits()
	byBeginning, ok2 := m.beginning()
	switch {
	case ok1 && ok2:
		return min(byEdits, byBeginning) + extra, true
	case ok1:
		return byEdits + extra, true
	}
	return byBeginning + extra, ok2
}

// edits is the cost of the typing errors between name and other, if they are few.
func (m *matcher) edits() (int, bool) {
	d := m.distance()
	// With every letter wrong nothing is left of the name, though y is but one typing error from x.
	return 10 * d, d <= m.limit && d < max(len(m.name), len(m.other))
}

// beginning is the cost if name or other begins with the other one: 10, and 1 for each letter not yet typed, or
// 5 for each letter typed too many, which is the rarer mistake.
func (m *matcher) beginning() (int, bool) {
	missing := len(m.other) - len(m.name)
	switch {
	case missing >= 0:
		return 10 + missing, len(m.name) >= minPrefix && bytes.HasPrefix(m.other, m.name)
	case 2*len(m.other) < len(m.name): // str is not what strlen_of_line meant
		return 0, false
	}
	return 10 - 5*missing, len(m.other) >= minPrefix && bytes.HasPrefix(m.name, m.other)
}

// distance counts the typing errors between name and other (Damerau-Levenshtein, no letter edited twice), or
// gives any number above the limit once it must be above it.
func (m *matcher) distance() int {
	a, b, tooFar := m.name, m.other, m.limit+1
	// One error changes the length by one and the set of letters by two at the most: that ends most names here.
	if len(a)-len(b) > m.limit || len(b)-len(a) > m.limit || bits.OnesCount64(m.letters^letterSet(b)) > 2*m.limit {
		return tooFar
	}
	before, last, row := m.rows[0], m.rows[1], m.rows[2]
	for j := range last {
		last[j] = j
	}
	lastBest := 0
	for i := 1; i <= len(b); i++ {
		row[0] = i
		best := i
		for j := 1; j <= len(a); j++ {
			change := 1
			if a[j-1] == b[i-1] {
				change = 0
			}
			d := min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[j-1] == b[i-2] && a[j-2] == b[i-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = d
			best = min(best, d)
		}
		// A swap reaches back two rows, so both must be past the limit before nothing better can come.
		if best > m.limit && lastBest > m.limit {
			return tooFar
		}
		lastBest = best
		before, last, row = last, row, before
	}
	return last[len(a)]
}

// lowerCase appends s to buf with A to Z in lower case: C names need no more than ASCII.
func lowerCase(buf []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf = append(buf, c)
	}
	return buf
}

// letterSet has one bit for each letter that occurs (two letters 64 apart share one, which only lets more through).
func letterSet(s []byte) uint64 {
	var set uint64
	for _, c := range s {
		set |= 1 << (c & 63)
	}
	return set
}

// sameLetters reports whether a and b are equal once underscores are taken out.
func sameLetters(a, b []byte) bool {
	for {
		for len(a) > 0 && a[0] == '_' {
			a = a[1:]
		}
		for len(b) > 0 && b[0] == '_' {
			b = b[1:]
		}
		if len(a) == 0 || len(b) == 0 {
			return len(a) == len(b)
		}
		if a[0] != b[0] {
			return false
		}
		a, b = a[1:], b[1:]
	}
}
