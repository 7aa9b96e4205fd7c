// This file defines paramflags: which parameters of a prototype are given, which come back, their names and defaults.

package lua

import (
	glua "github.com/yuin/gopher-lua"
)

// Directions of a parameter, as ctypes numbers them.
const (
	flagIn   = 1
	flagOut  = 2
	flagZero = 4 // the integer zero unless the prototype says otherwise; it is never given
)

// paramFlag is what is said of one parameter.
type paramFlag struct {
	flag  int
	name  string
	value glua.LValue // the default; nil for none
}

// setParamFlags takes the list of {flag [, name [, default]]} and has the function called by it.
func (s *Session) setParamFlags(L *glua.LState, f *function, t *ctype, lv glua.LValue) {
	list, ok := lv.(*glua.LTable)
	if !ok {
		raise(L, "TypeError", "%s: the flags must be a list of {flag, name, default}, not %s", t.name, describe(lv))
	}
	params := t.fn.params
	if list.Len() != len(params) {
		raise(L, "ValueError", "%s: %d flags for %s: there must be one for each", t.name, list.Len(), plural(int64(len(params)), "parameter"))
	}
	for i, param := range params {
		e, ok := list.RawGetInt(i + 1).(*glua.LTable)
		if !ok {
			raise(L, "TypeError", "%s: flag %d: {flag, name, default} is wanted, not %s", t.name, i+1, describe(list.RawGetInt(i+1)))
		}
		number, ok := e.RawGetInt(1).(glua.LNumber)
		name, isName := e.RawGetInt(2).(glua.LString)
		p := paramFlag{flag: int(number), name: string(name)}
		if !ok || !isName && e.RawGetInt(2) != glua.LNil {
			raise(L, "TypeError", "%s: flag %d: a number and a name are wanted first, not %s and %s", t.name, i+1,
				describe(e.RawGetInt(1)), describe(e.RawGetInt(2)))
		}
		if v := e.RawGetInt(3); v != glua.LNil {
			p.value = v
		}
		switch number {
		case 0, flagIn, flagIn | flagOut, flagZero, flagIn | flagZero:
		case flagOut:
			if p.value == nil && param.op != opPointer {
				raise(L, "TypeError", "%s: flag %d: an 'out' parameter must be a pointer to what comes back, not %s; or give it a default", t.name, i+1, param.c)
			}
		default:
			raise(L, "ValueError", "%s: flag %d: 1 (in), 2 (out), 3 (in and out) or 4 (in, zero) is wanted, not %s", t.name, i+1, describe(number))
		}
		f.flags = append(f.flags, p)
	}
	f.lua.GFunction = f.callByFlags
}

// callByFlags is a call of a prototype with flags: what is given fills the 'in' parameters, what comes back are the
// 'out' parameters, in their order, instead of the result.
func (f *function) callByFlags(L *glua.LState) int {
	n := L.GetTop()
	given, names := n, f.namedArguments(L, n)
	if names != nil {
		given--
	}
	next, used := 0, 0
	args := make([]glua.LValue, len(f.flags))
	for i, p := range f.flags {
		switch {
		case p.flag&flagZero != 0:
			args[i] = glua.LNumber(0)
			if p.value != nil {
				args[i] = p.value
			}
		case p.flag == flagOut && p.value != nil:
			args[i] = p.value
		case p.flag == flagOut:
			v, err := newValue(f.args[i].elem)
			if err != nil {
				raiseErr(L, "TypeError", f.name, err)
			}
			args[i] = f.s.wrapValue(v)
		case next < given:
			next++
			args[i] = L.Get(next)
		case names != nil && names.RawGetString(p.name) != glua.LNil:
			used++
			args[i] = names.RawGetString(p.name)
		case p.value != nil:
			args[i] = p.value
		case p.name != "":
			raise(L, "TypeError", "%s: the argument %s is missing%s", f.name, p.name, f.flagList())
		default:
			raise(L, "TypeError", "%s: argument %d is missing%s", f.name, next+1, f.flagList())
		}
	}
	if next < given {
		raise(L, "TypeError", "%s: %s given, at most %d wanted%s", f.name, plural(int64(given), "argument"), next, f.flagList())
	}
	if names != nil {
		names.ForEach(func(k, _ glua.LValue) { used-- })
		if used < 0 {
			raise(L, "TypeError", "%s: an argument is given by its name that has its place already, or comes back", f.name)
		}
	}
	L.SetTop(0)
	for _, lv := range args {
		L.Push(lv)
	}
	// errcheck sees all arguments, and may replace everything that comes back; so it is called here, not by call.
	bare := *f
	bare.errcheck = nil
	results := bare.call(L)
	if f.errcheck != nil {
		lv := glua.LValue(glua.LNil)
		if results > 0 {
			lv = L.Get(-1)
		}
		list := L.CreateTable(len(args), 0)
		for i, lv := range args {
			list.RawSetInt(i+1, lv)
		}
		L.Push(f.errcheck)
		L.Push(lv)
		L.Push(f.lua)
		L.Push(list)
		L.Call(3, 1)
		if L.Get(-1) != list {
			return 1
		}
	}
	back := 0
	for i, p := range f.flags {
		if p.flag&flagOut == 0 {
			continue
		}
		lv := args[i]
		if v := toValue(lv); v != nil && p.flag == flagOut {
			got, err := f.s.get(L, v) // a plain value where there is one, as a result would be
			if err != nil {
				raiseErr(L, "ValueError", f.name, err)
			}
			lv = got
		}
		L.Push(lv)
		back++
	}
	if back == 0 {
		if f.errcheck != nil {
			L.Pop(1) // the list; below it are the results
		}
		return results
	}
	return back
}

// namedArguments is the table of named arguments that a call ends in, or nil: a table whose keys are all names of parameters.
func (f *function) namedArguments(L *glua.LState, n int) *glua.LTable {
	table, ok := L.Get(n).(*glua.LTable)
	if !ok || n == 0 || table.Len() > 0 || table.Metatable != glua.LNil {
		return nil
	}
	var names []string
	for _, p := range f.flags {
		if p.name != "" {
			names = append(names, p.name)
		}
	}
	known, unknown := 0, ""
	table.ForEach(func(k, _ glua.LValue) {
		for _, name := range names {
			if k == glua.LString(name) {
				known++
				return
			}
		}
		unknown = k.String()
	})
	switch {
	case known == 0 && len(names) == 0, unknown == "_as_parameter_":
		return nil
	case unknown != "" && known == 0 && n <= len(f.flags) && f.args[n-1].op == opRecord:
		return nil // what initialises a struct
	case unknown != "":
		raise(L, "TypeError", "%s: there is no parameter %q%s%s", f.name, unknown, suggest(unknown, names), f.flagList())
	}
	return table
}

// flagList shows what may be given, for messages.
func (f *function) flagList() string {
	text := ""
	for i, p := range f.flags {
		if p.flag&flagZero != 0 || p.flag == flagOut {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += f.args[i].c.String()
		if p.name != "" {
			text += " " + p.name
		}
		if p.value != nil {
			text += " = " + describe(p.value)
		}
	}
	return " (" + text + ")"
}
