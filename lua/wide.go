// This file defines the way between UTF-8, which Lua strings hold, and wchar_t.

package lua

import (
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// wideUnits gives the wchar_t units of a UTF-8 string. Units of 2 bytes are
// UTF-16 (Windows), units of 4 are code points. Text that is not UTF-8 is an error.
func wideUnits(str string, unit int64) ([]uint32, error) {
	if !utf8.ValidString(str) {
		return nil, fmt.Errorf("string %s is not UTF-8", strconv.Quote(shorten(str, 40)))
	}
	var out []uint32
	for _, r := range str {
		if unit == 2 && r > 0xffff {
			hi, lo := utf16.EncodeRune(r)
			out = append(out, uint32(hi), uint32(lo))
			continue
		}
		out = append(out, uint32(r))
	}
	return out, nil
}

// wideText gives the UTF-8 of wchar_t units. Surrogate pairs are joined; what is
// no character at all becomes U+FFFD, as everywhere in Go.
func wideText(units []uint32) string {
	var out []rune
	for i := 0; i < len(units); i++ {
		r := rune(units[i])
		if utf16.IsSurrogate(r) && i+1 < len(units) {
			if joined := utf16.DecodeRune(r, rune(units[i+1])); joined != utf8.RuneError {
				out = append(out, joined)
				i++
				continue
			}
		}
		out = append(out, r)
	}
	return string(out)
}
