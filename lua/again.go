// This file defines what follows new declarations and closed libraries: what was known before means what it means now.

package lua

import (
	"cmp"
	"slices"

	glua "github.com/yuin/gopher-lua"

	"dlsh/types"
	"dlsh/types/cdecl"
)

// declaredMore makes known what was declared: records get their members, functions that were looked up before their types.
// again tells that it may replace what was declared before.
func (s *Session) declaredMore(again bool) {
	clear(s.spelled) // a spelling may mean something else now
	clear(s.spelledOutside)
	s.completeRecords(again)
	for h := range s.headers.all() {
		h.forget()
	}
	for lib := range s.libraries.all() {
		var stale []*function
		lib.members.ForEach(func(name, lv glua.LValue) {
			lf, ok := lv.(*glua.LFunction)
			if !ok {
				return
			}
			f := toFunction(lf)
			switch {
			case f == nil || f.explicit:
			case f.lib == lib && name == glua.LString(f.name) && s.moved(f):
				lib.members.RawSet(name, glua.LNil)
			case s.stale(f, again):
				stale = append(stale, f)
			}
		})
		slices.SortFunc(stale, func(f, g *function) int { return cmp.Compare(f.name, g.name) }) // what is said of them comes in an order
		for _, f := range stale {
			s.declareFunction(f)
		}
	}
}

// moved reports whether a name stands for something else in its library than the function that was looked up by it: C
// says that it is a variable, or gives another symbol.
func (s *Session) moved(f *function) bool {
	d := s.scope.Lookup(f.name)
	return d != nil && (d.Kind == cdecl.Variable || d.Kind == cdecl.Function && d.Symbol != "" && d.Symbol != f.symbol)
}

// stale reports whether C text declares a function otherwise than it is known.
func (s *Session) stale(f *function, again bool) bool {
	d := s.scope.Lookup(f.name)
	if d == nil || d.Kind != cdecl.Function {
		return false
	}
	return again || f.why != nil || f.c == nil || f.c != s.behindPointer(d.Type)
}

// behindPointer is the type of a function that a type is, or points to.
func (s *Session) behindPointer(c *types.Type) *types.Type {
	if c = s.target.Resolve(c); c.Kind == types.Pointer {
		c = s.target.Resolve(c.Elem)
	}
	return c
}

// refuse takes from a function the types that it had, because those that C declares now cannot be used.
func (f *function) refuse(why error) {
	f.why = why
	f.args, f.names, f.declared, f.variadic, f.c = nil, nil, false, f.known != nil, nil
	f.result, f.convert, f.plan, f.guessedFor = f.s.simple["c_int"], nil, nil, nil
	f.setArgs, f.setResult, f.due = false, false, f.debug != nil
}

// forget empties the table of what was found.
func (h *header) forget() {
	var names []glua.LValue
	h.found.ForEach(func(k, _ glua.LValue) { names = append(names, k) })
	for _, k := range names {
		h.found.RawSet(k, glua.LNil)
	}
}

// lookAgain lets go of the functions of libraries that are gone, where the program itself or a header has them: the next
// library that is opened for all to see may offer them again.
func (s *Session) lookAgain() {
	drop := func(members *glua.LTable) {
		var gone []glua.LValue
		members.ForEach(func(name, lv glua.LValue) {
			if lf, ok := lv.(*glua.LFunction); ok {
				if f := toFunction(lf); f != nil && f.owner != nil && !f.owner.Mapped() {
					gone = append(gone, name)
				}
			}
		})
		for _, name := range gone {
			members.RawSet(name, glua.LNil)
		}
	}
	if s.itself != nil {
		drop(s.itself.members)
	}
	for h := range s.headers.all() {
		if h.lib == nil || h.lib == s.itself {
			drop(h.found)
		}
	}
}
