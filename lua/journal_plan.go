// This file defines Replay: the statements that give a fresh process what this one has, and what they leave out.

package lua

import (
	"fmt"
	"path/filepath"
	"slices"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// Replay is what a fresh process is to run, and what a person should hear of it.
type Replay struct {
	Statements []Statement
	Again      int      // chunks among them that are run as they were typed, and left something
	Restored   int      // chunks that something is restored of
	NotRun     []string // chunks that are not run again: "line 7, which calls init"
	Lost       []string // globals that cannot be restored
	Forgotten  int      // chunks that the journal had no room for
	LeftOut    []string // libraries that were asked to be left out
}

// Replay says what a fresh process is to run. Libraries are left out by the global that holds them or by their file's
// name, with all that was said of them.
func (s *Session) Replay(without ...string) (Replay, error) {
	j := s.journal
	if j == nil {
		return Replay{}, nil
	}
	out, err := j.unwanted(without)
	if err != nil {
		return Replay{}, err
	}
	r := Replay{Forgotten: j.forgotten, LeftOut: without}
	lost := map[string]bool{}
	opens := map[*ffi.Object]int{} // how often the statements open each
	for _, e := range j.entries {
		// A library that was closed takes along what was said of it.
		gone := len(e.touched) > 0 && !slices.ContainsFunc(e.touched, func(o *ffi.Object) bool {
			return o.Mapped() && (o.Opens > 0 || o.Path == "") && !out[o]
		})
		gone = gone || slices.ContainsFunc(e.touched, func(o *ffi.Object) bool { return out[o] })
		gone = gone || slices.ContainsFunc(e.reads, func(name string) bool { return lost[name] }) && e.again
		for _, name := range e.sets {
			lost[name] = gone
		}
		for _, name := range e.lost {
			lost[name] = true
		}
		if !e.again && e.why != "" && !gone {
			r.NotRun = append(r.NotRun, e.statement.Where()+", which "+e.why)
		}
		if gone {
			continue
		}
		if e.again {
			st := e.statement
			if st.Quiet = !e.lasts; !st.Quiet {
				r.Again++
			}
			r.Statements = append(r.Statements, st)
		} else if list := s.insteadOf(e, lost); len(list) > 0 {
			r.Restored++
			r.Statements = append(r.Statements, list...)
		}
		for _, o := range e.opened {
			opens[o.object]++
		}
	}
	for name := range lost {
		lv := s.global(name)
		o := objectOf(lv)
		if lost[name] && lv != glua.LNil && (o == nil || o.Mapped() && !out[o]) {
			r.Lost = append(r.Lost, name)
		}
	}
	slices.Sort(r.Lost)
	r.Statements = append(r.Statements, s.closings(opens)...)
	return r, nil
}

// insteadOf are the statements that restore what a chunk left, but for those about what is lost.
func (s *Session) insteadOf(e *entry, lost map[string]bool) (list []Statement) {
	for _, text := range e.instead {
		fn, err := s.compileText("restart", 1, text)
		if err != nil {
			continue
		}
		if slices.ContainsFunc(globalsRead(fn.Proto), func(name string) bool { return lost[name] }) {
			for _, name := range globalsIn(fn.Proto, glua.OP_SETGLOBAL) {
				lost[name] = true
			}
			continue
		}
		list = append(list, Statement{Name: e.statement.Name, Line: max(1, e.statement.Line), Text: text})
	}
	return list
}

// closings close what the statements open more often than it is open now.
func (s *Session) closings(opens map[*ffi.Object]int) (list []Statement) {
	closed := map[*ffi.Object]bool{}
	for _, name := range sortedKeys(s.journal.globals) {
		o := objectOf(s.global(name))
		if o == nil || closed[o] || o.Path == "" || !isLuaName(name) {
			continue
		}
		closed[o] = true
		for n := opens[o] - o.Opens; n > 0 && o.Mapped(); n-- {
			list = append(list, Statement{Name: "restart", Line: 1, Text: fmt.Sprintf("_ctypes.dlclose(%s._handle)", name)})
		}
	}
	return list
}

// objectOf is the library that a value stands for, nil for none.
func objectOf(lv glua.LValue) *ffi.Object {
	if ud, ok := lv.(*glua.LUserData); ok {
		if lib, ok := ud.Value.(*library); ok {
			return lib.object
		}
	}
	return nil
}

// unwanted finds libraries by what a person calls them.
func (j *journal) unwanted(names []string) (map[*ffi.Object]bool, error) {
	out := map[*ffi.Object]bool{}
	for _, name := range names {
		found := false
		if o := objectOf(j.globals[name]); o != nil {
			out[o], found = true, true
		}
		for _, o := range ffi.Objects() {
			if o.Path != "" && (o.Name == name || o.Path == name || filepath.Base(o.Path) == name) {
				out[o], found = true, true
			}
		}
		if !found {
			return nil, fmt.Errorf("%s is no library: a global that holds one is wanted, or its file's name", name)
		}
	}
	return out, nil
}

func sortedKeys(m map[string]glua.LValue) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Where names a statement for a person.
func (st Statement) Where() string {
	switch {
	case st.Script:
		return st.Name
	case st.Name == "stdin":
		return fmt.Sprintf("line %d", st.Line)
	}
	return st.Name
}
