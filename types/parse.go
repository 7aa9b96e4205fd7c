// This file defines Parse: plain C type names ("unsigned long", "const char *", "int[3]") to types.
// Whole declarations, function pointers and records are package cdecl's.

package types

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

var parsed sync.Map // spelling -> *Type; the same few names are asked for over and over

// Parse reads a type name: specifiers in any order, qualifiers, stars and array
// lengths, as C11 6.7.7 allows them. It knows the scalars of C and the typedef
// names every target defines. The error names the word that was not understood,
// or says what a type is that compilers know and dlsh does not.
func Parse(spelling string) (*Type, error) {
	if t, ok := parsed.Load(spelling); ok {
		return t.(*Type), nil
	}
	t, err := parse(spelling)
	if err != nil {
		if refused := refusal(spelling); refused != nil {
			return nil, refused
		}
		return nil, err
	}
	parsed.Store(spelling, t)
	return t, nil
}

// LongestName is far beyond any type name that means something (C11 5.2.4.1 asks for 12 stars or lengths).
const LongestName = 1000

func parse(spelling string) (*Type, error) {
	if len(spelling) > LongestName {
		return nil, fmt.Errorf("%q... is not a C type name: %d bytes are too many", spelling[:40], len(spelling))
	}
	words := split(spelling)
	base, rest, err := specifiers(spelling, words)
	if err != nil {
		return nil, err
	}
	for len(rest) > 0 && (rest[0] == "*" || rest[0] == "const" || rest[0] == "volatile" || rest[0] == "restrict") {
		switch rest[0] {
		case "restrict":
			if base.Kind != Pointer {
				return nil, fmt.Errorf("%q is not a C type: only pointers can be restrict", spelling)
			}
		case "*":
			base = PointerTo(base)
		case "const":
			base = Qualified(base, true, false)
		case "volatile":
			base = Qualified(base, false, true)
		}
		rest = rest[1:]
	}
	var lengths []int64
	for len(rest) > 0 && rest[0] == "[" {
		n := int64(Incomplete)
		rest = rest[1:]
		if len(rest) > 0 && rest[0] != "]" {
			n, err = strconv.ParseInt(rest[0], 0, 64)
			switch {
			case errors.Is(err, strconv.ErrRange):
				return nil, fmt.Errorf("%q is not a C type: array length %s is too large", spelling, rest[0])
			case err != nil || n < 0 || strings.Contains(rest[0], "_"): // Go's 1_000 is not C's
				return nil, fmt.Errorf("%q is not a C type name: array length %q is not a whole number", spelling, rest[0])
			}
			rest = rest[1:]
		}
		if len(rest) == 0 || rest[0] != "]" {
			return nil, fmt.Errorf("%q is not a C type name: ] is missing", spelling)
		}
		rest = rest[1:]
		lengths = append(lengths, n)
	}
	// int[2][3] is an array of 2 arrays of 3: the last length is the innermost.
	for i := len(lengths) - 1; i >= 0; i-- {
		if i > 0 && lengths[i] == Incomplete {
			return nil, fmt.Errorf("%q is not a C type: only the first length of an array may be left out", spelling)
		}
		if base.Kind == Void {
			return nil, fmt.Errorf("%q is not a C type: an array of void", spelling)
		}
		base = ArrayOf(base, lengths[i])
	}
	if len(rest) > 0 {
		if rest[0] == "(" {
			return nil, fmt.Errorf("%q is not a plain type name: types with parentheses cannot be spelled as strings yet; ctypes.CFUNCTYPE makes function pointers, ctypes.POINTER(T * n) pointers to arrays", spelling)
		}
		return nil, fmt.Errorf("%q is not a C type name: %q was not expected", spelling, rest[0])
	}
	return base, nil
}

// split cuts a type name into words and single punctuation characters.
func split(s string) []string {
	var words []string
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c >= '\t' && c <= '\r': // C11 6.4: space, tabs, new-line, form feed
			i++
		case wordByte(c):
			j := i
			for j < len(s) && wordByte(s[j]) {
				j++
			}
			words = append(words, s[i:j])
			i = j
		default:
			words = append(words, string(c))
			i++
		}
	}
	return words
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// The multisets of specifiers C11 6.7.2p2 allows, each in the order split by count below.
var combinations = map[string]Kind{
	"void": Void, "_Bool": Bool, "bool": Bool,
	"char": Char, "signed char": SChar, "unsigned char": UChar,
	"short": Short, "short int": Short, "signed short": Short, "signed short int": Short,
	"unsigned short": UShort, "unsigned short int": UShort,
	"int": Int, "signed": Int, "signed int": Int, "unsigned": UInt, "unsigned int": UInt,
	"long": Long, "long int": Long, "signed long": Long, "signed long int": Long,
	"unsigned long": ULong, "unsigned long int": ULong,
	"long long": LongLong, "long long int": LongLong, "signed long long": LongLong, "signed long long int": LongLong,
	"unsigned long long": ULongLong, "unsigned long long int": ULongLong,
	"float": Float, "double": Double, "long double": LongDouble,
	"_Complex float": ComplexFloat, "_Complex double": ComplexDouble, "long _Complex double": ComplexLongDouble,
}

var specifierOrder = []string{"signed", "unsigned", "short", "long", "void", "_Bool", "bool", "char", "int", "_Complex", "float", "double"}

// complexWord is <complex.h>'s name for _Complex (C11 7.3.1p3). A type may be spelled with either.
const complexWord = "complex"

func specifiers(spelling string, words []string) (*Type, []string, error) {
	count := map[string]int{}
	var named *Type
	isConst, isVolatile, seen := false, false, 0
loop:
	for len(words) > 0 {
		w := words[0]
		switch {
		case w == "const":
			isConst = true
		case w == "volatile":
			isVolatile = true
		case w == complexWord:
			count["_Complex"]++
			seen++
		case isSpecifier(w):
			count[w]++
			seen++
		case named == nil && seen == 0 && w != "restrict" && wordByte(w[0]):
			t, ok := Host().Named(w)
			if !ok {
				return nil, nil, unknown(spelling, w)
			}
			named = t
		default:
			break loop
		}
		words = words[1:]
	}
	var t *Type
	switch {
	case named != nil && seen > 0:
		return nil, nil, fmt.Errorf("%q is not a C type name: %s cannot be combined with other types", spelling, named.Name)
	case named != nil:
		t = named
	case seen > 0:
		var list []string
		for _, w := range specifierOrder {
			for i := 0; i < count[w]; i++ {
				list = append(list, w)
			}
		}
		k, ok := combinations[strings.Join(list, " ")]
		if !ok {
			return nil, nil, fmt.Errorf("%q is not a C type: no type is made of %q", spelling, strings.Join(list, " "))
		}
		t = Of(k)
	case strings.TrimSpace(spelling) == "":
		return nil, nil, fmt.Errorf("the type name is empty")
	default:
		return nil, nil, fmt.Errorf("%q is not a C type name: it names no type", spelling)
	}
	return Qualified(t, isConst, isVolatile), words, nil
}

// Words lists the words a type name may be made of, C's own first.
func Words() []string {
	return append(append([]string{complexWord}, specifierOrder...), Names()...)
}

func isSpecifier(w string) bool {
	for _, s := range specifierOrder {
		if s == w {
			return true
		}
	}
	return false
}

// UnknownName is the error for a word that names no type here.
type UnknownName struct {
	Word string
	text string
}

func (e *UnknownName) Error() string { return e.text }

func unknown(spelling, word string) error {
	switch word {
	case "struct", "union":
		return fmt.Errorf("%q: %s types cannot be spelled as strings yet; use the type that ctypes.%s gave, and ctypes.POINTER of it", spelling, word,
			map[string]string{"struct": "Structure", "union": "Union"}[word])
	case "enum":
		return fmt.Errorf("%q: enum types cannot be spelled as strings yet", spelling)
	}
	text := fmt.Sprintf("unknown type name %q", word)
	if strings.Contains(spelling, "*") {
		text += ` ("void *" stands for a pointer to anything)`
	}
	return &UnknownName{word, text}
}
