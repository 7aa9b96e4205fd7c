// This file defines load, loadstring, loadfile and dofile on the session's own compiler, and hints for names that are not Lua's.

package lua

import (
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/types"
)

// adaptLoading gives Lua's own ways to compile a chunk the messages and limits of scripts.
func (s *Session) adaptLoading() {
	L := s.L
	// result pushes a compiled chunk, or nil and what is wrong with it.
	result := func(L *glua.LState, fn *glua.LFunction, err error) int {
		if err != nil {
			L.Push(glua.LNil)
			L.Push(glua.LString(err.Error()))
			return 2
		}
		L.Push(fn)
		return 1
	}
	L.SetGlobal("loadstring", L.NewFunction(func(L *glua.LState) int {
		src := L.CheckString(1)
		fn, err := s.compile(chunkTitle(L.OptString(2, ""), src), 1, src)
		return result(L, fn, err)
	}))
	L.SetGlobal("load", L.NewFunction(func(L *glua.LState) int {
		var src strings.Builder
		piece := L.CheckFunction(1)
		for {
			L.Push(piece)
			L.Call(0, 1)
			lv := L.Get(-1)
			L.Pop(1)
			str, ok := lv.(glua.LString)
			if lv != glua.LNil && !ok {
				return result(L, nil, &Error{Message: "reader function must return a string"})
			}
			if str == "" {
				break
			}
			src.WriteString(string(str))
		}
		fn, err := s.compile(chunkTitle(L.OptString(2, "=(load)"), src.String()), 1, src.String())
		return result(L, fn, err)
	}))
	L.SetGlobal("loadfile", L.NewFunction(func(L *glua.LState) int {
		fn, _, err := s.compileFile(L.CheckString(1))
		return result(L, fn, err)
	}))
	L.SetGlobal("dofile", L.NewFunction(func(L *glua.LState) int {
		fn, _, err := s.compileFile(L.CheckString(1))
		if err != nil {
			L.Error(glua.LString(err.Error()), 0)
		}
		top := L.GetTop()
		L.Push(fn)
		L.Call(0, glua.MultRet)
		return L.GetTop() - top
	}))
}

// chunkTitle is how messages name a chunk: "=name" and "@file" without the mark, anything else by its first line.
func chunkTitle(name, src string) string {
	if rest, ok := strings.CutPrefix(name, "="); ok {
		return rest
	}
	if rest, ok := strings.CutPrefix(name, "@"); ok {
		return rest
	}
	if name == "" {
		name = src
	}
	first, _, more := strings.Cut(name, "\n")
	if more {
		first += "..."
	}
	return `[string ` + strconv.Quote(shorten(first, 60)) + `]`
}

// hintNames makes a few names an error that says what was meant: C's type names,
// which argtypes = {float} would take for nothing at all, and the ways out of other
// prompts. Every other name that is not set is nil, as always in Lua.
func (s *Session) hintNames() {
	mt := s.L.NewTable()
	mt.RawSetString("__index", s.L.NewFunction(func(L *glua.LState) int {
		name, _ := L.Get(2).(glua.LString)
		switch {
		case name == "exit" || name == "quit":
			raise(L, "NameError", "%s is not a Lua name; os.exit() ends a script, and :quit or Ctrl-D the prompt", name)
		case s.simple[string(name)] != nil:
			raise(L, "NameError", "%s is not a Lua name; write ctypes.%s", name, name)
		case name != "":
			if _, err := types.Parse(string(name)); err == nil {
				raise(L, "NameError", "%s is not a Lua name; write the type in quotes, %q", name, string(name))
			}
		}
		L.Push(glua.LNil)
		return 1
	}))
	s.L.SetMetatable(s.L.Get(glua.GlobalsIndex), mt)
}
