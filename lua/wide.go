// This file defines the way between UTF-8, which Lua strings hold, and wchar_t.

package lua

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"dlsh/ffi"
)

// wideLength is how many wchar_t a UTF-8 string takes. Units of 2 bytes are UTF-16
// (Windows), units of 4 are code points. Text that is not UTF-8 is an error.
func wideLength(str string, unit int64) (int64, error) {
	if !utf8.ValidString(str) {
		return 0, fmt.Errorf("string %s is not UTF-8", strconv.Quote(shorten(str, 40)))
	}
	n := int64(0)
	for _, r := range str {
		n++
		if unit == 2 && r > 0xffff {
			n++
		}
	}
	return n, nil
}

// wideBytes makes a NUL-terminated wchar_t string of UTF-8.
func wideBytes(str string, unit int64) ([]byte, error) {
	n, err := wideLength(str, unit)
	if err != nil {
		return nil, err
	}
	b, err := ffi.Alloc((n + 1) * unit)
	if err != nil {
		return nil, err
	}
	rest := b
	put := func(u rune) {
		putWord(rest, uint64(u), unit)
		rest = rest[unit:]
	}
	for _, r := range str {
		if unit == 2 && r > 0xffff {
			hi, lo := utf16.EncodeRune(r)
			put(hi)
			put(lo)
			continue
		}
		put(r)
	}
	return b, nil
}

// wideText gives the UTF-8 of wchar_t units in memory. Surrogate pairs are joined.
// What is no character has no UTF-8 and is an error, as beyond U+10FFFF in CPython.
func wideText(b []byte, unit int64) (string, error) {
	out := make([]byte, 0, int64(len(b))/unit)
	for len(b) > 0 {
		u, units := wideCharacter(b, unit)
		if !utf8.ValidRune(rune(u)) || u > utf8.MaxRune { // a rune is signed
			return "", notCharacter(u)
		}
		out = utf8.AppendRune(out, rune(u))
		b = b[units*unit:]
	}
	return string(out), nil
}

// wideCharacter decodes what is first in b, and says how many units it took.
func wideCharacter(b []byte, unit int64) (u uint32, units int64) {
	u = uint32(getWord(b, unit))
	if u>>11 == 0xd800>>11 && int64(len(b)) >= 2*unit {
		if joined := utf16.DecodeRune(rune(u), rune(getWord(b[unit:], unit))); joined != utf8.RuneError {
			return uint32(joined), 2
		}
	}
	return u, 1
}

func notCharacter(u uint32) error {
	if u > utf8.MaxRune {
		return fmt.Errorf("character U+%X is not in range [U+0000; U+10FFFF]", u)
	}
	return fmt.Errorf("character U+%04X is half of a surrogate pair", u)
}

// quoteWide prints wchar_t units in quotes. Printing does not fail: what is no character is escaped.
func quoteWide(b []byte, unit int64) string {
	var out strings.Builder
	out.WriteByte('"')
	for len(b) > 0 {
		u, units := wideCharacter(b, unit)
		switch {
		case u > utf8.MaxRune:
			fmt.Fprintf(&out, `\U%08x`, u)
		case !utf8.ValidRune(rune(u)):
			fmt.Fprintf(&out, `\u%04x`, u)
		default:
			quoted := strconv.Quote(string(rune(u)))
			out.WriteString(quoted[1 : len(quoted)-1])
		}
		b = b[units*unit:]
	}
	out.WriteByte('"')
	return out.String()
}

// wideString reads n wide characters at addr, or up to the NUL for n < 0.
func wideString(addr uintptr, n int64, unit int64) (string, error) {
	if n < 0 {
		b, err := ffi.Text(addr, unit, -1)
		if err != nil {
			return "", err
		}
		return wideText(b, unit)
	}
	b, err := ffi.AllocArray(n, unit)
	if err == nil {
		err = ffi.Read(b, addr)
	}
	if err != nil {
		return "", err
	}
	return wideText(b, unit)
}
