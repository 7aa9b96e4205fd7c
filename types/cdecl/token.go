// This file defines tokens, and the values of literals.

package cdecl

import (
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// token is one preprocessing token after macro expansion (C11 6.4).
type token struct {
	text string
	kind tokenKind
	file int32 // index into files.list
	line int32
}

type tokenKind uint8

const (
	end tokenKind = iota
	word
	number
	text // a string literal
	char
	punctuation
)

// kindOf tells tokens apart by how they begin; the preprocessor has cut them already.
func kindOf(s string) tokenKind {
	switch c := s[0]; {
	case c == '"':
		return text
	case c == '\'':
		return char
	case c >= '0' && c <= '9', c == '.' && len(s) > 1 && s[1] >= '0' && s[1] <= '9':
		return number
	case c == 'L' || c == 'u' || c == 'U':
		switch strings.TrimLeft(s, "LuU8")[:min(1, len(strings.TrimLeft(s, "LuU8")))] {
		case `"`:
			return text
		case "'":
			return char
		}
		return word
	case wordByte(c):
		return word
	}
	return punctuation
}

func wordByte(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// integerLiteral reads an integer constant (C11 6.4.4.1; 0b as GCC has it). The suffix is in lower case, sorted: "", "u", "l", "lu", "ll", "llu".
func integerLiteral(s string) (value uint64, decimal bool, suffix string, ok bool) {
	body := strings.TrimRight(s, "uUlL")
	switch strings.ToLower(s[len(body):]) {
	case "":
	case "u":
		suffix = "u"
	case "l":
		suffix = "l"
	case "ul", "lu":
		suffix = "lu"
	case "ll":
		suffix = "ll"
	case "ull", "llu":
		suffix = "llu"
	default:
		return 0, false, "", false
	}
	if body == "" || strings.Contains(body, "_") {
		return 0, false, "", false
	}
	var err error
	switch lower := strings.ToLower(body); {
	case strings.HasPrefix(lower, "0x"):
		value, err = strconv.ParseUint(body[2:], 16, 64)
	case strings.HasPrefix(lower, "0b"):
		value, err = strconv.ParseUint(body[2:], 2, 64)
	case body[0] == '0':
		value, err = strconv.ParseUint(body, 8, 64)
	default:
		decimal = true
		value, err = strconv.ParseUint(body, 10, 64)
	}
	return value, decimal, suffix, err == nil
}

// floatLiteral reads a floating constant (C11 6.4.4.2) to the double nearest to it. The suffix is in lower case, and may be one of
// GCC's: f16, f32, f64, f128, f32x, f64x, q, w.
func floatLiteral(s string) (value float64, digits, suffix string, ok bool) {
	body := strings.ToLower(s)
	hex := strings.HasPrefix(body, "0x")
	cut := len(body)
	for _, suf := range []string{"f16", "f32x", "f64x", "f32", "f64", "f128", "f", "l", "q", "w"} {
		if hex && !strings.Contains(body, "p") {
			break
		}
		if strings.HasSuffix(body, suf) {
			cut -= len(suf)
			suffix = suf
			break
		}
	}
	digits = body[:cut]
	if strings.Contains(digits, "_") || len(digits) > 5000 {
		return 0, "", "", false
	}
	value, err := strconv.ParseFloat(digits, 64)
	if err != nil && err.(*strconv.NumError).Err == strconv.ErrRange {
		// Beyond double: it may be a long double.
		if _, _, e := big.ParseFloat(digits, 0, 64, big.ToNearestEven); e != nil {
			return 0, "", "", false
		}
		err = nil
	}
	return value, digits, suffix, err == nil
}

// prefixOf is the encoding prefix of a string or character literal: "", "L", "u", "U" or "u8".
func prefixOf(s string) string { return s[:strings.IndexAny(s, `"'`)] }

// unquote gives what a string or character literal holds (C11 6.4.5): bytes, or for wide literals code points in UTF-8.
func unquote(s string) (string, bool) {
	prefix := prefixOf(s)
	wide := prefix == "L" || prefix == "u" || prefix == "U"
	body := s[len(prefix):]
	if len(body) < 2 || body[len(body)-1] != body[0] {
		return "", false
	}
	body = body[1 : len(body)-1]
	if !strings.Contains(body, `\`) {
		return body, true
	}
	var out strings.Builder
	for i := 0; i < len(body); {
		if body[i] != '\\' {
			out.WriteByte(body[i])
			i++
			continue
		}
		i++
		if i == len(body) {
			return "", false
		}
		c := body[i]
		i++
		switch c {
		case 'x':
			j := i
			for j < len(body) && strings.IndexByte("0123456789abcdefABCDEF", body[j]) >= 0 {
				j++
			}
			n, err := strconv.ParseUint(body[i:j], 16, 32)
			if err != nil {
				return "", false
			}
			i = j
			put(&out, n, wide)
		case '0', '1', '2', '3', '4', '5', '6', '7':
			j := i
			for j < len(body) && j < i+2 && body[j] >= '0' && body[j] <= '7' {
				j++
			}
			n, _ := strconv.ParseUint(body[i-1:j], 8, 32)
			i = j
			put(&out, n, wide)
		case 'u', 'U':
			n := 4
			if c == 'U' {
				n = 8
			}
			if i+n > len(body) {
				return "", false
			}
			r, err := strconv.ParseUint(body[i:i+n], 16, 32)
			if err != nil || r > utf8.MaxRune {
				return "", false
			}
			i += n
			out.WriteRune(rune(r))
		default:
			k := strings.IndexByte(`'"?\abfnrtveE`, c)
			if k < 0 {
				out.WriteByte(c)
			} else {
				out.WriteByte("'\"?\\\a\b\f\n\r\t\v\x1b\x1b"[k])
			}
		}
	}
	return out.String(), true
}

func put(out *strings.Builder, n uint64, wide bool) {
	if wide {
		out.WriteRune(rune(n))
	} else {
		out.WriteByte(byte(n))
	}
}
