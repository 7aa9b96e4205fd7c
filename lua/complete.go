// This file defines Complete: the words that could stand at the cursor.

package lua

import (
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// Complete gives the words that could stand in place of text[from:at]: Lua
// keywords and globals, members of what stands before a dot, symbols of a library,
// and file names inside a string.
func (s *Session) Complete(text string, at int) (from int, words []string) {
	at = min(max(at, 0), len(text))
	text = text[:at]
	if start, ok := openString(text); ok {
		if start >= 2 && text[start-2] == '[' { // lib["na
			return start, withPrefix(s.members(s.resolve(text[:start-2]), false), text[start:])
		}
		return completeFile(text, start)
	}
	from = at
	for from > 0 && nameByte(text[from-1]) {
		from--
	}
	prefix := text[from:]
	if prefix != "" && prefix[0] >= '0' && prefix[0] <= '9' {
		return at, nil
	}
	var names []string
	if from > 0 && (text[from-1] == '.' || text[from-1] == ':') {
		if from > 1 && text[from-2] == '.' {
			return at, nil // the .. operator
		}
		names = s.members(s.resolve(text[:from-1]), text[from-1] == ':')
	} else {
		names = append(s.members(s.L.Get(glua.GlobalsIndex), false), luaKeywords...)
	}
	return from, withPrefix(names, prefix)
}

// withPrefix are the names that begin like what was typed, sorted; the hidden ones only if asked for.
func withPrefix(names []string, prefix string) (words []string) {
	for _, n := range names {
		if strings.HasPrefix(n, prefix) && (prefix != "" || !strings.HasPrefix(n, "__")) {
			words = append(words, n)
		}
	}
	sort.Strings(words)
	return words
}

var luaKeywords = []string{"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if",
	"in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while"}

func nameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// openString reports where a string that the text stops in began.
func openString(text string) (start int, ok bool) {
	var quote byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, start = c, i+1
		case quote == 0 && c == '-' && strings.HasPrefix(text[i:], "--"):
			return 0, false
		}
	}
	return start, quote != 0
}

// completeFile gives the names in the folder a path is about to enter.
func completeFile(text string, start int) (from int, words []string) {
	path := text[start:]
	folder, prefix := filepath.Split(path)
	dir := folder
	if dir == "" {
		dir = "."
	} else if rest, ok := strings.CutPrefix(dir, "~/"); ok {
		home, _ := os.UserHomeDir()
		dir = filepath.Join(home, rest)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return len(text), nil
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, prefix) || prefix == "" && name[0] == '.' {
			continue
		}
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.IsDir() {
			name += "/"
		}
		words = append(words, name)
	}
	return len(text) - len(prefix), words
}

// resolve finds the value that a chain of names at the end of text stands for,
// without running anything: only raw table fields and members already known are followed.
func (s *Session) resolve(text string) glua.LValue {
	end := len(text)
	start := end
	for start > 0 && (nameByte(text[start-1]) || text[start-1] == '.') {
		start--
	}
	lv := s.L.Get(glua.GlobalsIndex)
	for _, name := range strings.Split(text[start:end], ".") {
		switch x := lv.(type) {
		case *glua.LTable:
			lv = x.RawGetString(name)
		case *glua.LUserData:
			lib, ok := x.Value.(*library)
			if !ok {
				return glua.LNil
			}
			if lv = lib.members.RawGetString(name); lv == glua.LNil && slices.Contains(lib.exports(), name) {
				return unlookedUp
			}
		default:
			return glua.LNil
		}
	}
	return lv
}

// unlookedUp stands for a function of a library that nobody has used yet.
var unlookedUp = glua.LValue(&glua.LUserData{Value: &function{}})

// members lists what can follow a value and a dot, or a colon.
func (s *Session) members(lv glua.LValue, method bool) []string {
	var names []string
	switch x := lv.(type) {
	case *glua.LTable:
		x.ForEach(func(k, v glua.LValue) {
			if str, ok := k.(glua.LString); ok && (!method || v.Type() == glua.LTFunction) {
				names = append(names, string(str))
			}
		})
	case glua.LString:
		return s.members(s.L.GetGlobal("string"), true)
	case *glua.LFunction:
		if f := toFunction(x); f != nil {
			return f.members()
		}
	case *glua.LUserData:
		switch v := x.Value.(type) {
		case *function:
			return functionMembers
		case *library:
			if method {
				return libraryMethods // lib.f(...), not lib:f(...)
			}
			names = append([]string{"_handle", "_name"}, v.exports()...)
		case *ctype:
			return s.typeMemberNames(v)
		case *field:
			for _, m := range fieldMembers {
				names = append(names, m.name)
			}
		case *value:
			if method {
				if v.t.op == opArray || v.t.op == opPointer {
					return []string{"slice"}
				}
				return nil
			}
			return memberNames(v.t)
		case *complexNumber:
			return complexMembers(method)
		case int64, uint64, *longDouble:
			if mt, ok := x.Metatable.(*glua.LTable); ok {
				return s.members(mt.RawGetString("__index"), true)
			}
		}
	}
	return names
}
