// This file defines how the prompt shows what Lua's print would not make readable: tables, and text with control characters.

package lua

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	glua "github.com/yuin/gopher-lua"
)

// shownString is a string as the prompt shows it: as it is, or quoted when it has
// bytes in it that a terminal would obey or cannot show.
func shownString(text string) string {
	for _, r := range text {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == utf8.RuneError {
			return luaQuote(text)
		}
	}
	return text
}

// luaQuote writes a string as Lua reads it.
func luaQuote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f || r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\%03d`, text[i])
		default:
			b.WriteString(text[i : i+n])
		}
		i += n
	}
	b.WriteByte('"')
	return b.String()
}

// shownTable is a table as its constructor would be written, down to a depth. Lists come first, then the rest.
func (s *Session) shownTable(t *glua.LTable, depth int) string {
	var parts []string
	item := func(lv glua.LValue) string {
		switch x := lv.(type) {
		case glua.LString:
			return luaQuote(shorten(string(x), shownText))
		case *glua.LTable:
			if s.L.GetMetaField(x, "__tostring") == glua.LNil {
				if depth == 1 {
					return "{...}"
				}
				return s.shownTable(x, depth-1)
			}
		}
		text, err := s.show(lv)
		if err != nil {
			return lv.Type().String()
		}
		return text
	}
	n := 0
	for t.RawGetInt(n+1) != glua.LNil {
		n++ // a list ends at its first nil, whatever its length is said to be
	}
	for i := 1; i <= n && i <= shownElements; i++ {
		parts = append(parts, item(t.RawGetInt(i)))
	}
	if n > shownElements {
		parts = append(parts, fmt.Sprintf("... %d more", n-shownElements))
	}
	var named []string
	t.ForEach(func(k, v glua.LValue) {
		if i, ok := k.(glua.LNumber); ok && float64(i) == float64(int(i)) && i >= 1 && int(i) <= n {
			return
		}
		if key, ok := k.(glua.LString); ok && isName(string(key)) {
			named = append(named, string(key)+" = "+item(v))
		} else {
			named = append(named, "["+item(k)+"] = "+item(v))
		}
	})
	sort.Strings(named) // the order of a hash says nothing
	if len(named) > shownElements {
		named = append(named[:shownElements], fmt.Sprintf("... %d more", len(named)-shownElements))
	}
	parts = append(parts, named...)
	return "{" + strings.Join(parts, ", ") + "}"
}

func isName(text string) bool {
	for i := 0; i < len(text); i++ {
		if !nameByte(text[i]) || i == 0 && text[0] >= '0' && text[0] <= '9' {
			return false
		}
	}
	return text != ""
}
