// This file defines what the conversions of printf and scanf formats take, and holds the arguments of a call against them.

package lua

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// dialect is whose formats a function reads.
type dialect uint8

const (
	noFormat     dialect = iota
	printfFormat         // C11 7.21.6.1, with C23's %b and what glibc and POSIX add: %m %C %S
	sqliteFormat         // printf's, with %q %Q %w %z for strings, %r, and no length but l
	scanfFormat          // C11 7.21.6.2, with POSIX' %ms
)

// The letters that say how wide what a conversion takes is.
var lengthLetters = [...]string{printfFormat: "hlLjztq", sqliteFormat: "l", scanfFormat: "hlLjztqm"}

// conversion is one % of a format, taken apart.
type conversion struct {
	text   string // as written: "%-5ld", "%10[a-z]"
	stars  int    // printf: widths and precisions that are arguments; scanf: what is read is not stored
	width  int    // scanf: the most characters to read, 0 for no limit
	length string // of lengthLetters
	letter byte
}

const mostWidth = 1 << 30 // a larger one means no more than this

// parseFormat takes a format apart. It is false for numbered arguments (%1$d) and what
// else cannot be told, which is left to the user. An unfinished conversion at the end counts for nothing.
func parseFormat(format string, d dialect) (list []conversion, ok bool) {
	format, _, _ = strings.Cut(format, "\x00") // C reads no further
	for {
		start := strings.IndexByte(format, '%')
		if start < 0 {
			return list, true
		}
		format = format[start:]
		var c conversion
		end := 1
		for ; end < len(format); end++ {
			b := format[end]
			switch {
			case b == '$':
				return nil, false
			case b == '*':
				c.stars++
			case b >= '0' && b <= '9':
				c.width = min(c.width*10+int(b-'0'), mostWidth)
			case strings.IndexByte(lengthLetters[d], b) >= 0:
				c.length += string(b)
			case strings.IndexByte("-+ #.'I!,", b) < 0:
				c.letter = b
			}
			if c.letter != 0 {
				break
			}
		}
		if d == scanfFormat && c.letter == '[' {
			end += setEnd(format[end:])
		}
		if end >= len(format) {
			return list, true
		}
		c.text, format = format[:end+1], format[end+1:]
		if d == scanfFormat && c.letter == 'a' && format != "" && strings.IndexByte("sS[", format[0]) >= 0 {
			// Since C99 %as is a float and the letter s. Before, and that is the scanf which
			// dlsym finds in glibc, it is a string to allocate. Nothing tells which is meant.
			return nil, false
		}
		list = append(list, c)
	}
}

// setEnd finds the ] of a scanf set. A ] right behind [ or [^ is one of the set's characters.
func setEnd(set string) int {
	first := 1
	if strings.HasPrefix(set, "[^") {
		first = 2
	}
	if len(set) > first {
		if end := strings.IndexByte(set[first+1:], ']'); end >= 0 {
			return first + 1 + end
		}
	}
	return len(set)
}

// kinds is a set of kinds of Lua values, told apart as far as conversions care.
type kinds uint16

const (
	kindWhole    kinds = 1 << iota // a plain number without a fraction
	kindFraction                   // any other plain number
	kindBoolean                    // true, false and c_bool
	kindInt64                      // ctypes.int64 and ctypes.uint64
	kindInteger                    // c_int and its like
	kindChar                       // c_char
	kindWChar                      // c_wchar
	kindFloat                      // c_float, c_double, c_longdouble
	kindString                     // a Lua string
	kindNil
	kindChars          // an array of, a pointer to or the byref of some kind of char
	kindWChars         // the same of c_wchar
	kindAddress        // c_void_p
	kindPointer        // any other array, pointer or byref
	kindFunction       // a C function
	kindOther    kinds = 0
)

// kindOf says which of the kinds a Lua value is.
func kindOf(lv glua.LValue) kinds {
	switch x := lv.(type) {
	case glua.LNumber:
		if v := float64(x); v == math.Trunc(v) && !math.IsInf(v, 0) {
			return kindWhole
		}
		return kindFraction
	case glua.LString:
		return kindString
	case glua.LBool:
		return kindBoolean
	case *glua.LNilType:
		return kindNil
	case *glua.LFunction:
		if toFunction(x) != nil {
			return kindFunction
		}
	case *glua.LUserData:
		switch v := x.Value.(type) {
		case int64, uint64:
			return kindInt64
		case *longDouble:
			return kindFloat
		case *reference:
			if v.of.t.op == opArray { // its address is its first element's
				return kindBehind(v.of.t.elem)
			}
			return kindBehind(v.of.t)
		case *value:
			switch o := v.t.op; {
			case o.integer():
				return kindInteger
			case o == opBool:
				return kindBoolean
			case o == opChar:
				return kindChar
			case o == opWChar:
				return kindWChar
			case o == opFloat32 || o == opFloat64 || o == opLongDouble:
				return kindFloat
			case o == opAddress:
				return kindAddress
			case o == opArray || v.t.isPointer():
				return kindBehind(v.t.elem)
			}
		}
	}
	return kindOther
}

// kindBehind is the kind of a pointer to elem.
func kindBehind(elem *ctype) kinds {
	switch {
	case elem.byteSized():
		return kindChars
	case elem.op == opWChar:
		return kindWChars
	}
	return kindPointer
}

const (
	anyInteger = kindWhole | kindBoolean | kindInt64 | kindInteger | kindChar
	anyNumber  = kindWhole | kindFraction | kindInt64 | kindInteger | kindFloat
	anyPointer = kindChars | kindWChars | kindAddress | kindPointer
)

// want is what one argument of a call must be, because a conversion reads it.
type want struct {
	text  string // the conversion as written, for messages
	takes kinds
	what  string // takes in words
	as    *ctype // the C type it goes as

	into *ctype // what C stores through the argument; nil where C only reads it
	room int64  // bytes stored there at least, or at most where there is a width
	hint string
}

// format is the last format a function was called with, read.
type format struct {
	text  string
	wants []want
}

// readFormat works out what the conversions of a format want, in order. A format that
// cannot be read, or has conversions that are not known, wants nothing.
func (s *Session) readFormat(text string, d dialect) *format {
	f := &format{text: text}
	list, ok := parseFormat(text, d)
	if !ok {
		return f
	}
	for _, c := range list {
		if d == scanfFormat && c.stars > 0 || c.letter == '%' {
			continue
		}
		for i := 0; i < c.stars; i++ {
			f.wants = append(f.wants, want{text: "the * of " + c.text, takes: anyInteger, what: "an integer", as: s.simple["c_int"]})
		}
		read := s.printfWant
		if d == scanfFormat {
			read = s.scanfWant
		}
		w, ok := read(c, d)
		if !ok {
			return &format{text: text}
		}
		if w.as != nil {
			w.text = c.text
			f.wants = append(f.wants, w)
		}
	}
	return f
}

// integerType names the type of an integer of a length, as printf reads it or scanf
// stores it: C's promotions make an int of what is shorter.
func integerType(length string, stored bool) string {
	switch length {
	case "l":
		return "c_long"
	case "ll", "q", "L", "j":
		return "c_longlong"
	case "z", "t":
		return "c_ssize_t"
	case "h", "hh":
		if stored {
			return map[string]string{"h": "c_short", "hh": "c_byte"}[length]
		}
	}
	return "c_int"
}

// printfWant is what a conversion of printf reads. It goes as nothing for %m, which
// is strerror(errno), and is false for conversions that are not known.
func (s *Session) printfWant(c conversion, d dialect) (w want, known bool) {
	long := strings.Contains(c.length, "l")
	switch c.letter {
	case 'm':
		return w, d == printfFormat
	case 'd', 'i', 'u', 'o', 'x', 'X':
		return want{takes: anyInteger, what: "an integer", as: s.simple[integerType(c.length, false)]}, true
	case 'f', 'F', 'e', 'E', 'g', 'G', 'a', 'A':
		name := "c_double"
		if strings.Contains(c.length, "L") {
			name = "c_longdouble"
		}
		return want{takes: anyNumber, what: "a number", as: s.simple[name]}, true
	case 'p':
		return want{takes: anyPointer | kindNil | kindWhole | kindInt64 | kindFunction, what: "a pointer", as: s.simple["c_void_p"]}, true
	case 'n':
		return s.stores(integerType(c.length, true)), true
	case 'c', 's':
		if long && d == printfFormat {
			return s.wideWant(c.letter), true
		}
		if c.letter == 'c' {
			return want{takes: anyInteger | kindString, what: "a character", as: s.simple["c_char"]}, true
		}
		return want{takes: kindString | kindNil | kindChars | kindAddress, what: "a string", as: s.simple["c_char_p"]}, true
	case 'C':
		return s.wideWant('c'), d == printfFormat
	case 'S':
		return s.wideWant('s'), d == printfFormat
	case 'b', 'B':
		return want{takes: anyInteger, what: "an integer", as: s.simple[integerType(c.length, false)]}, d == printfFormat
	case 'r':
		return want{takes: anyInteger, what: "an integer", as: s.simple["c_int"]}, d == sqliteFormat
	case 'q', 'Q', 'w':
		return want{takes: kindString | kindNil | kindChars | kindAddress, what: "a string", as: s.simple["c_char_p"]}, d == sqliteFormat
	case 'z': // sqlite3_free gets it, so it cannot be a copy of ours
		return want{takes: kindNil | kindChars | kindAddress, what: "a string from sqlite3_malloc", as: s.simple["c_char_p"]}, d == sqliteFormat
	}
	return w, false
}

// wideWant is what %lc and %ls read.
func (s *Session) wideWant(letter byte) want {
	if letter == 'c' {
		return want{takes: anyInteger&^kindChar | kindString | kindWChar, what: "a wide character", as: s.simple["c_wchar"]}
	}
	return want{takes: kindString | kindNil | kindWChars | kindAddress, what: "a wide string", as: s.simple["c_wchar_p"]}
}

// stores is an argument through which C stores an object of a type.
func (s *Session) stores(name string) want {
	into := s.simple[name]
	return want{takes: anyPointer, what: "a pointer to " + into.c.String(), as: s.simple["c_void_p"], into: into, room: into.size,
		hint: "; pass ctypes.byref of a " + into.name}
}

// scanfWant is where a conversion of scanf stores what it read.
func (s *Session) scanfWant(c conversion, _ dialect) (w want, known bool) {
	long, allocate := strings.Contains(c.length, "l"), strings.Contains(c.length, "m")
	letter, count := c.letter, int64(max(c.width, 1))
	switch letter {
	case 'C', 'S':
		letter, long = letter+'a'-'A', true
	case '[':
		letter = 's'
	}
	switch letter {
	case 'd', 'i', 'u', 'o', 'x', 'X', 'n', 'b':
		return s.stores(integerType(c.length, true)), true
	case 'f', 'F', 'e', 'E', 'g', 'G', 'a', 'A':
		switch {
		case strings.Contains(c.length, "L"):
			return s.stores("c_longdouble"), true
		case long:
			return s.stores("c_double"), true
		}
		return s.stores("c_float"), true
	case 'p':
		return s.stores("c_void_p"), true
	case 'c', 's':
		unit, pointer := "c_char", "c_char_p"
		if long {
			unit, pointer = "c_wchar", "c_wchar_p"
		}
		if allocate {
			return s.stores(pointer), true
		}
		w = s.stores(unit)
		if letter == 's' {
			count++ // the NUL
			w.hint = map[bool]string{false: "; pass ctypes.create_string_buffer(n)", true: "; pass ctypes.create_unicode_buffer(n)"}[long]
		}
		w.room = count * w.into.size
		return w, true
	}
	return w, false
}

// check holds an argument against what is wanted.
func (w *want) check(lv glua.LValue) error {
	if w.takes&kindOf(lv) == 0 {
		return w.refuse(lv)
	}
	switch {
	case w.into != nil:
		return w.checkRoom(lv)
	case w.as.op == opInt32:
		_, err := integerBits(lv, w.as, true)
		// Signedness bends for %u and %x, which show the bits; %d would print another number.
		if bits, _, _ := wholeBits(lv, w.as); w.signed() && int64(bits) > math.MaxInt32 {
			err = errRange
		}
		if err != nil {
			high, longer := rangeHigh(w.as), "; %lld takes 64 bits"
			if w.signed() {
				high = strconv.Itoa(math.MaxInt32)
			}
			if w.text[0] != '%' { // a width has no length
				longer = ""
			}
			return fmt.Errorf("%s takes %s to %s, not %s%s", w.text, rangeLow(w.as), high, describe(lv), longer)
		}
	}
	return nil
}

var errRange = errors.New("out of range")

// signed reports whether the conversion shows its integer as a signed one.
func (w *want) signed() bool {
	letter := w.text[len(w.text)-1]
	return w.text[0] == '%' && (letter == 'd' || letter == 'i')
}

func (w *want) refuse(lv glua.LValue) error {
	return fmt.Errorf("%s wants %s, not %s%s", w.text, w.what, describe(lv), w.hint)
}

// checkRoom refuses to let C store something where there is no such thing, or not enough room for it.
func (w *want) checkRoom(lv glua.LValue) error {
	addr, block, err := pointerBits(lv, voidPointer)
	if err != nil {
		return err
	}
	elem, room := pointedAt(lv)
	if addr == 0 || elem != nil && elem.op != opVoid && !w.into.storedIn(elem) {
		return w.refuse(lv)
	}
	if block != nil && block.holds(uintptr(addr), 0) {
		if left := int64(ffi.Address(block.mem)) + int64(len(block.mem)) - int64(addr); room < 0 || left < room {
			room = left
		}
	}
	if room >= 0 && room < w.room {
		return fmt.Errorf("%s may write %s, %s has room for %d", w.text, plural(w.room, "byte"), describe(lv), room)
	}
	return nil
}

// pointedAt is the type of what an argument points to, nil where there is none to
// know, and how many bytes of it there are, -1 where nobody knows.
func pointedAt(lv glua.LValue) (elem *ctype, room int64) {
	room = -1
	switch x := lv.(*glua.LUserData).Value.(type) {
	case *reference:
		elem = x.of.t
		if elem.op == opArray {
			room = max(elem.size-x.offset, 0)
		}
	case *value:
		elem = x.t.elem
		if x.t.op == opArray {
			room = x.t.size
		}
	}
	for elem != nil && elem.op == opArray {
		elem = elem.elem
	}
	return elem, room
}

// storedIn reports whether C may store a t in an object of type u: the same kind and
// size, with signedness bent as in C.
func (t *ctype) storedIn(u *ctype) bool {
	switch {
	case t.byteSized():
		return u.byteSized()
	case t.op.integer():
		return u.op.integer() && u.size == t.size
	case t.op == opAddress:
		return u.isPointer()
	case t.op == opString || t.op == opWString:
		return u.op == opAddress || u.isPointer() && t.pointsTo(u.elem)
	}
	return t.op == u.op
}
