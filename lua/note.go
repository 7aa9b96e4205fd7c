// This file defines the note on a function that nobody declared: what a call of it assumes, said once at the prompt.

package lua

import (
	"fmt"
	"slices"
	"strings"

	"dlsh/ffi"
	"dlsh/types"
)

// note says, before the first call of a function that nobody declared, what it is called as: whoever reads a wrong
// result, or a crash, below it sees why. It is for a person at the prompt: scripts and pipes know what they do.
func (f *function) note(args []*ctype) {
	s := f.s
	if s.options.Notes == nil || f.declared || f.explicit || f.known.saysTypes() || s.noted[f.name] || f.declaredAt() != "" {
		return
	}
	if s.noted == nil {
		s.noted = map[string]bool{}
	}
	s.noted[f.name] = true
	var params []*types.Type
	for _, t := range args {
		c := t.c
		if t == s.passed.text { // C must not write to a Lua string
			c = types.PointerTo(types.Qualified(types.Of(types.Char), true, false))
		}
		params = append(params, c)
	}
	if f.variadic {
		params = params[:min(f.named(), len(params))]
	}
	as := types.Declare(types.FuncOf(f.result.c, f.variadic && len(params) > 0, params...), f.name)
	how := fmt.Sprintf("ctypes.cdef(%s)", luaQuote(as+";"))
	if slices.ContainsFunc(args, func(t *ctype) bool { return t.op == opRecord }) { // C may know no such name
		how = f.name + ".argtypes and " + f.name + ".restype"
	}
	if header := f.header(); header != "" {
		how = ":include " + header + ", or " + how
	}
	ffi.Flush()
	s.beforeOutput()
	fmt.Fprintf(s.options.Notes, "note: nobody declared %s; it is called as %s\n      declare it: %s, with the types it has in C\n%s", f.name, as, how, f.debugNote())
}

// saysTypes reports whether the format of a known function tells the types of a call; those functions give int, or nothing.
func (v *variadic) saysTypes() bool { return v.hasFormat() && v.format != sqliteFormat }

// wellKnown are the libraries whose functions the scope's hints speak of. In another library the same name is something else.
var wellKnown = slices.Concat(inC, inZ, inSQLite, inCurl, inNcurses, []string{"libm.so", "libm-2.", "libdl.", "libSDL2-"})

// header names the header that declares a well-known function, "" for others.
func (f *function) header() string {
	if f.owner == nil || !isFile(f.owner, wellKnown) {
		return ""
	}
	_, rest, _ := strings.Cut(f.s.scope.Hint(f.name), "<") // it is declared in <stdlib.h>
	header, _, _ := strings.Cut(rest, ">")
	return header
}
