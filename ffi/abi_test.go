// This file defines how the tests of the classifiers write down a signature and its layout, and what holds of every layout.

package ffi

import (
	"fmt"
	"strings"
	"testing"

	"dlsh/types"
)

// abiRow is a signature and its layout: where the arguments go, where the result is, and how many words of
// stack the call takes. a/b is a value in two places, first bytes first; stack+n is n bytes above the stack pointer at
// the call, stack+n:m with the number of bytes unless it is a word; &a is a copy whose address is in a; - is nowhere.
type abiRow struct {
	what           string
	result, params string // types in the notation of ctype; n*T stands for n of them
	places, comes  string
	stack          int
}

// signature reads the types of a row. Parameters after "..." are variadic.
func (row abiRow) signature(t testing.TB) Signature {
	t.Helper()
	s := Signature{Result: ctype(t, row.result), Fixed: -1}
	for _, p := range splitOutside(row.params, ",") {
		p = strings.TrimSpace(p)
		n := 1
		if p == "..." {
			s.Variadic, s.Fixed = true, len(s.Params)
			continue
		}
		if _, err := fmt.Sscanf(p, "%d*", &n); err == nil {
			p = p[strings.Index(p, "*")+1:]
		}
		for range n {
			s.Params = append(s.Params, ctype(t, p))
		}
	}
	if s.Fixed < 0 {
		s.Fixed = len(s.Params)
	}
	return s
}

// convention is a classifier as the tests see it.
type convention struct {
	name       string
	target     *types.Target
	classify   func(*types.Target, Signature) (layout, error)
	firstStack int
	register   func(word int) string
}

var (
	sysvTest   = convention{"sysv", types.LinuxAMD64, sysvLayout, sysvStack, sysvRegister}
	armTest    = convention{"aapcs64", types.LinuxARM64, aapcs64Layout, armStack, armRegister}
	appleTest  = convention{"apple", types.DarwinARM64, aapcs64Layout, armStack, armRegister}
	winTest    = convention{"win64", types.WindowsAMD64, win64Layout, winStack, winRegister}
	everywhere = []convention{sysvTest, {"sysv on macOS", types.DarwinAMD64, sysvLayout, sysvStack, sysvRegister}, armTest, appleTest, winTest}
)

// numbered names the k-th register of a row, "" for none.
func numbered(k int, names string) string {
	if list := strings.Fields(names); k >= 0 && k < len(list) {
		return list[k]
	}
	return ""
}

func sysvRegister(word int) string {
	return numbered(word-sysvInts, "rdi rsi rdx rcx r8 r9 xmm0 xmm1 xmm2 xmm3 xmm4 xmm5 xmm6 xmm7 rax rdx xmm0 xmm1 st0 st0+8 st1 st1+8")
}

// armRegister names vector registers d, and upper halves D; place mends that by size.
func armRegister(word int) string {
	if vector := word - armVecs; vector >= 0 && vector < 2*armVecRegs {
		return []string{"d", "D"}[vector%2] + fmt.Sprint(vector/2)
	}
	if vector := word - armV0; vector >= 0 && vector < 8 {
		return []string{"d", "D"}[vector%2] + fmt.Sprint(vector/2)
	}
	if word == armX0 || word == armX0+1 {
		return fmt.Sprint("x", word-armX0)
	}
	return numbered(word-armInts, "x0 x1 x2 x3 x4 x5 x6 x7 x8")
}

func winRegister(word int) string {
	return numbered(word-winInts, "rcx rdx r8 r9 xmm0 xmm1 xmm2 xmm3 rax xmm0")
}

// parts gives a value's pieces also where it is in whole words.
func (p place) parts() []piece {
	if p.pieces != nil || p.copy != 0 {
		return p.pieces
	}
	var parts []piece
	for k := range p.count {
		parts = append(parts, piece{8 * (p.word + k), 8 * k, min(8, p.size-8*k)})
	}
	return parts
}

// place names a place in a frame of the convention.
func (c convention) place(p place) string {
	if p.copy != 0 {
		return "&" + c.place(place{word: p.word, count: 1, size: 8})
	}
	if p.pieces == nil && p.count > 0 && int(p.word) >= c.firstStack {
		name := fmt.Sprintf("stack+%d", 8*(int(p.word)-c.firstStack))
		if p.count > 1 {
			name += fmt.Sprintf(":%d", 8*p.count)
		}
		return name
	}
	var names []string
	for _, part := range p.parts() {
		word := int(part.at / 8)
		name := c.register(word)
		switch {
		case word >= c.firstStack:
			name = fmt.Sprintf("stack+%d:%d", int(part.at)-8*c.firstStack, part.size)
		case name == "":
			name = fmt.Sprintf("word %d", word)
		case name[0] == 'd' && part.size == 4:
			name = "s" + name[1:]
		case name[0] == 'D' || strings.HasSuffix(name, "+8"): // the second half of a register
			last := &names[len(names)-1]
			*last = strings.Replace(*last, "d", "q", 1)
			continue
		}
		names = append(names, name)
	}
	if names == nil {
		return "-"
	}
	return strings.Join(names, "/")
}

// check lays the row out and compares.
func (c convention) check(t *testing.T, row abiRow) layout {
	t.Helper()
	l, err := c.classify(c.target, row.signature(t))
	if err != nil {
		t.Errorf("%s: %s: %v", c.name, row.what, err)
		return l
	}
	var places []string
	for _, p := range l.args {
		places = append(places, c.place(p))
	}
	if got := strings.Join(places, " "); got != row.places {
		t.Errorf("%s: %s: %s(%s)\n got %s\nwant %s", c.name, row.what, row.result, row.params, got, row.places)
	}
	got := c.place(l.result)
	if l.memory {
		got = "&" + got
	}
	if row.result != "void" && got != row.comes {
		t.Errorf("%s: %s: the result comes in %s, want %s", c.name, row.what, got, row.comes)
	}
	if l.stack != row.stack {
		t.Errorf("%s: %s: %d words of stack, want %d", c.name, row.what, l.stack, row.stack)
	}
	if err := l.check(c, row.signature(t)); err != nil {
		t.Errorf("%s: %s: %v", c.name, row.what, err)
	}
	return l
}

// check finds what holds of every layout: no two values share a byte, all lie in the frame, what travels of a value
// travels once and all of it but padding does, copies and stack arguments are aligned.
func (l layout) check(c convention, s Signature) error {
	taken := make([]bool, 8*l.words)
	claim := func(at, size int) error {
		if at < 8*wordRegs || at+size > len(taken) {
			return fmt.Errorf("%d bytes at %d lie outside the frame of %d words", size, at, l.words)
		}
		for k := at; k < at+size; k++ {
			if taken[k] {
				return fmt.Errorf("byte %d of the frame is taken twice", k)
			}
			taken[k] = true
		}
		return nil
	}
	if l.align < 16 || l.align&(l.align-1) != 0 {
		return fmt.Errorf("frame aligned to %d", l.align)
	}
	if l.stack%2 != 0 {
		return fmt.Errorf("the stack of %d words is not a multiple of 16 bytes", l.stack)
	}
	value := func(p place, ty *types.Type) error {
		size, align, err := c.target.Layout(ty)
		if err != nil {
			return err
		}
		if p.copy != 0 {
			if p.copy < int32(c.firstStack+l.stack) || int(p.size) != int(size) || int64(8*p.copy)%align != 0 || l.align%int(align) != 0 {
				return fmt.Errorf("a copy of %d bytes aligned to %d is at %d, %d bytes", size, align, 8*p.copy, p.size)
			}
			if err := claim(int(8*p.copy), int(p.size)); err != nil {
				return err
			}
			return claim(int(8*p.word), 8)
		}
		if p.pieces == nil {
			if err := claim(int(8*p.word), int(8*p.count)); p.count > 0 && err != nil {
				return err
			}
		}
		travels, twice := make([]bool, size), false
		for i, part := range p.parts() {
			if p.pieces != nil {
				if err := claim(int(part.at), int(part.size)); err != nil {
					return err
				}
			}
			if int64(part.offset+part.size) > size {
				return fmt.Errorf("piece %v lies outside a value of %d bytes", part, size)
			}
			for k := part.offset; k < part.offset+part.size; k++ {
				twice = twice || travels[k]
				travels[k] = true
			}
			stack := int(part.at) - 8*c.firstStack
			if scalar := c.target.Resolve(ty).Kind.Scalar(); i == 0 && stack >= 0 && (scalar || c.classifies("sysv")) {
				if stack%int(align) != 0 || l.align%int(align) != 0 {
					return fmt.Errorf("stack+%d is not aligned to %d", stack, align)
				}
			}
		}
		if duplicate := c.name == "win64" && s.Variadic; twice && !duplicate {
			return fmt.Errorf("part of the value travels twice: %v", p.parts())
		}
		for k, used := range content(c.target, ty) {
			if used && !travels[k] {
				return fmt.Errorf("byte %d of the value does not travel: %v", k, p.parts())
			}
		}
		return nil
	}
	for i, p := range l.args {
		if err := value(p, s.Params[i]); err != nil {
			return fmt.Errorf("argument %d, %s: %w", i+1, s.Params[i], err)
		}
	}
	if l.memory {
		return claim(int(8*l.result.word), 8)
	}
	if c.target.Resolve(s.Result).Kind == types.Void {
		return nil
	}
	if err := value(l.result, s.Result); err != nil {
		return fmt.Errorf("result, %s: %w", s.Result, err)
	}
	return nil
}

func (c convention) classifies(name string) bool { return strings.HasPrefix(c.name, name) }

// content tells which bytes of a type mean something, and are not padding.
func content(t *types.Target, ty *types.Type) []bool {
	size := max(0, t.Size(ty))
	used := make([]bool, size)
	mark := func(at int64, part []bool) {
		for k, u := range part {
			if k := at + int64(k); k < size {
				used[k] = used[k] || u
			}
		}
	}
	switch r := t.Resolve(ty); {
	case r.Kind == types.Array && r.Len > 0:
		elem := content(t, r.Elem)
		for k := range r.Len {
			mark(k*int64(len(elem)), elem)
		}
	case r.Kind.Aggregate():
		l, err := t.Record(r)
		if err != nil {
			return used
		}
		for i, f := range r.Record.Fields {
			switch at := l.Fields[i]; {
			case f.BitField && f.Name == "":
			case f.BitField:
				for bit := at.Bit; bit < at.Bit+at.Bits; bit++ {
					used[at.Offset+int64(bit/8)] = true
				}
			case !isFlexible(t, f.Type):
				mark(at.Offset, content(t, f.Type))
			}
		}
	case t.Format(r) == types.X87 && (r.Kind == types.LongDouble || r.Kind == types.ComplexLongDouble):
		for k := range used {
			used[k] = k%16 < 10
		}
	case r.Kind != types.Array:
		for k := range used {
			used[k] = true
		}
	}
	return used
}
