// This file defines Complete: the words that could stand at the cursor.

package lua

import (
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/types/cdecl"
)

// Complete gives the words that could stand in place of text[from:at]: Lua
// keywords and globals, members of what stands before a dot, symbols of a library,
// names of a header, and inside a string file names, headers or C types.
func (s *Session) Complete(text string, at int) (from int, words []string) {
	at = min(max(at, 0), len(text))
	text = text[:at]
	if start, ok := openString(text); ok {
		return s.completeString(text, start)
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
		names = s.membersLike(s.resolve(text[:from-1]), text[from-1] == ':', prefix)
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

// openString reports where a string that the text stops in began, in quotes or in [[.
func openString(text string) (start int, ok bool) {
	var quote byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote == '[' && strings.HasPrefix(text[i:], "]]"):
			i++
			quote = 0
		case quote == '[':
		case quote != 0 && c == '\\':
			i++
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && strings.HasPrefix(text[i:], "[["):
			i++
			quote, start = '[', i+1
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
// without running or reading anything: only raw table fields, members already known and what C declares are followed.
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
			lv = s.resolveMember(x, name)
		default:
			return glua.LNil
		}
	}
	return lv
}

// resolveMember finds what a name stands for behind a library, a header or a C value.
func (s *Session) resolveMember(ud *glua.LUserData, name string) glua.LValue {
	switch x := ud.Value.(type) {
	case *library:
		if lv := x.members.RawGetString(name); lv != glua.LNil {
			return lv
		}
		if d := s.scope.Lookup(name); d != nil && d.Kind == cdecl.Variable {
			return s.stand(d.Type)
		}
		if slices.Contains(x.exports(), name) {
			return unlookedUp
		}
	case *header:
		return s.resolveDeclared(name)
	case *value:
		return s.resolvePart(x.t, name)
	}
	return glua.LNil
}

// unlookedUp stands for a function of a library that nobody has used yet.
var unlookedUp = glua.LValue(&glua.LUserData{Value: &function{}})

// membersLike is members for what was typed so far.
func (s *Session) membersLike(lv glua.LValue, method bool, prefix string) []string {
	if h := toHeader(lv); h != nil {
		if method {
			return nil // z.f(...), not z:f(...)
		}
		return s.headerNames(h, prefix)
	}
	return s.members(lv, method)
}

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
