// This file defines what a library's debug information tells: the types of functions and variables nobody declared, and
// whether those that somebody did declare are the ones that were compiled.
//
// Nothing is read before it is needed. A function that was looked up is due until its first call, or until somebody
// wants to see its types; while it is due it has no plan, so that the call comes by and a call after it costs nothing.

package lua

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	"dlsh/ffi"
	"dlsh/types"
	"dlsh/types/cdecl"
	"dlsh/types/dwarf"
)

// debugState is what a session knows of debug information.
type debugState struct {
	debugInfos     map[*ffi.Object]*debugInfo
	debugMet       int               // how many were ever met
	spelledOutside map[string]*ctype // like spelled, where debug information was asked
	askedOutside   bool              // it was, for the spelling at hand
	outsideProblem error             // what it answered
	makingFor      *made             // whose types are being made
	told           map[string]bool   // the disagreements that were told
	waiting        []*function       // for debug information that is read in the background
}

// hearDebug lets C spellings name what debug information knows.
func (s *Session) hearDebug() {
	s.debugState = debugState{debugInfos: map[*ffi.Object]*debugInfo{}, spelledOutside: map[string]*ctype{}, told: map[string]bool{}}
	s.scope.SetOutside(s.outside)
}

// debugInfo is the debug information of one loading of a library. All CDLLs of it share it, and it goes with the library:
// the same file opened again has another one, for it may have been compiled anew.
type debugInfo struct {
	number int // in the order they were met
	object *ffi.Object
	path   string      // from the root: the working folder may change
	file   os.FileInfo // what was there when the library was met, nil for nothing

	sought  bool
	info    *dwarf.Info // nil for none
	problem error       // why there is none, or why it was of no use the last time
	noted   bool        // that was said in a note
	reading bool        // a goroutine makes the index
	read    atomic.Bool // it has ended

	variables map[string]describedVariable
	made      made
}

// describedVariable is the type of a variable; nothing for what is no variable, or not described.
type describedVariable struct {
	c *types.Type
	t *ctype
}

// made is what was made for the types of one library, to be let go with it. Values keep what they need.
type made struct {
	records   []*types.Record
	enums     []*types.Enumerator
	functions []*ctype
}

// Indexes that cost less than this are made while a call waits, when all that is to be done is to compare: 30 ms for a
// script, half a second at the prompt, where it is not noticed. Others are made in the background.
var quickScript, quickPrompt int64 = 4 << 20, 64 << 20

// meet notes an object that debug information may be asked about: nil for the program itself.
func (s *Session) meet(o *ffi.Object) *debugInfo {
	if o == nil || o.Path == "" || !o.Mapped() {
		return nil
	}
	d := s.debugInfos[o]
	if d == nil {
		s.forgetUnloaded()
		d = &debugInfo{number: s.debugMet, object: o}
		s.debugMet++
		if path, err := filepath.Abs(o.Path); err == nil {
			d.path = path
			d.file, _ = os.Stat(path)
		}
		s.debugInfos[o] = d
		clear(s.spelledOutside)
	}
	return d
}

// forgetUnloaded closes the debug information of libraries that are gone.
func (s *Session) forgetUnloaded() {
	for o, d := range s.debugInfos {
		if !o.Mapped() {
			s.forget(d)
		}
	}
}

func (s *Session) forget(d *debugInfo) {
	delete(s.debugInfos, d.object)
	if d.info == nil {
		return
	}
	if d.reading && !d.read.Load() {
		go d.info.Close() // it waits for what is being read
	} else {
		d.info.Close()
	}
	clear(s.spelledOutside)
	for _, r := range d.made.records {
		delete(s.records, r)
	}
	for _, e := range d.made.enums {
		delete(s.enums, e)
	}
	for _, t := range d.made.functions {
		s.forgetFunctionType(t)
	}
}

// open finds the debug information, once. A file that was replaced since the library was loaded tells of another build.
func (d *debugInfo) open(t *types.Target) *dwarf.Info {
	if d.sought || d.file == nil {
		return d.info
	}
	d.sought = true
	now, err := os.Stat(d.path)
	switch {
	case err != nil:
		d.problem = err
	case !os.SameFile(d.file, now) || d.file.Size() != now.Size() || !d.file.ModTime().Equal(now.ModTime()):
		d.problem = fmt.Errorf("%s is another file than when it was loaded: its debug information is not that of the code in memory", d.object)
	default:
		d.info, d.problem = dwarf.Open(d.path, t)
	}
	return d.info
}

// debug is the debug information of a library, nil where it has none that can be read, or was opened without.
func (s *Session) debug(lib *library) *dwarf.Info {
	if lib.plain {
		return nil
	}
	if d := s.meet(lib.object); d != nil {
		return d.open(s.target)
	}
	return nil
}

// debugProblem is why the debug information of a library is of no use; nil where there is none or nothing is wrong.
func (s *Session) debugProblem(lib *library) error {
	if d := s.debugInfos[lib.object]; d != nil && !lib.plain {
		d.open(s.target)
		return d.problem
	}
	return nil
}

// declareFunction gives a function the type that C text has for it, if any does.
func (s *Session) declareFunction(f *function) {
	d := s.scope.Lookup(f.name)
	if d == nil || d.Kind != cdecl.Function {
		return
	}
	f.why, f.compiled = nil, nil
	if !d.Usable() {
		f.refuse(errors.New(d.Reason))
		return
	}
	if err := f.setType(d.Type); err != nil {
		f.refuse(err)
		return
	}
	f.setArgs, f.setResult = true, true
	f.stated()
}

// lookedUp makes a function that was just found due, and gives it the type that C text has.
func (s *Session) lookedUp(f *function, lib *library) {
	if !lib.plain {
		f.debug = s.meet(f.owner)
		f.due = f.debug != nil
	}
	s.declareFunction(f)
}

// stated is called when the types of a function were set: they are to be held against what was compiled.
func (f *function) stated() {
	if f.debug == nil {
		return
	}
	f.due = true
	if i := f.debug.info; i != nil && i.Ready() {
		f.settle()
		return
	}
	f.plan = nil
}

// settle asks the debug information what is open about a function. Types that nobody set are those it was compiled with.
func (f *function) settle() {
	if !f.due {
		return
	}
	f.due = false
	s, d := f.s, f.debug
	s.hear()
	whole := f.setArgs && f.setResult
	if info := d.open(s.target); info != nil && d.object.Mapped() {
		limit := quickScript
		if s.options.Interactive {
			limit = quickPrompt
		}
		if whole && !info.Ready() && info.Cost() > limit {
			s.compareLater(f)
		} else if compiled, err := info.Function(f.name); err == nil && compiled != nil {
			f.describe(compiled)
		} else if err != nil {
			var unusable *dwarf.Unusable
			if !errors.As(err, &unusable) {
				d.problem = err
			} else if !f.setArgs && !f.setResult {
				f.why = err
			}
		}
	}
	if f.declared && f.plan == nil {
		plan, err := f.prepare(f.args)
		if err != nil {
			f.why = err
		}
		f.setPlan(plan)
	}
}

// describe gives a function what it was compiled with where nobody set it, and compares the rest.
func (f *function) describe(compiled *dwarf.Function) {
	if !f.setArgs || !f.setResult {
		was := *f
		if err := f.s.making(f.debug, func() error { return f.setType(compiled.Type) }); err != nil {
			if !f.setArgs && !f.setResult {
				f.why = err
			}
			return
		}
		if was.setArgs {
			f.args, f.names, f.variadic, f.declared, f.plan = was.args, was.names, was.variadic, was.declared, nil
		}
		if was.setResult {
			f.result, f.convert, f.plan = was.result, was.convert, nil
		}
	}
	f.compiled = compiled
	f.s.compare(f)
}

// making runs what makes types of a library's debug information.
func (s *Session) making(d *debugInfo, do func() error) error {
	was := s.makingFor
	s.makingFor = &d.made
	defer func() { s.makingFor = was }()
	return do()
}

// wrapOutside is wrap for a type of a library's debug information.
func (s *Session) wrapOutside(d *debugInfo, c *types.Type) (t *ctype, err error) {
	err = s.making(d, func() error {
		t, err = s.wrap(c)
		return err
	})
	return t, err
}

// describedVariable is the variable at an address if debug information has its type, nil if not.
func (s *Session) describedVariable(lib *library, name string, addr uintptr, owner *ffi.Object) *variable {
	if lib.plain {
		return nil
	}
	d := s.meet(owner)
	if d == nil || d.sought && d.info == nil {
		return nil
	}
	if _, ok := ffi.VariableAt(addr); !ok {
		if _, in := ffi.FunctionAt(addr); in != nil {
			return nil // code; a variable that each thread has one of lies in no object
		}
	}
	if d.open(s.target) == nil {
		return nil
	}
	v, known := d.variables[name]
	if !known {
		described, err := d.info.Variable(name)
		if err == nil && described != nil {
			v.c = described.Type
			v.t, err = s.wrapOutside(d, v.c)
		}
		if err != nil {
			d.problem = err
		}
		if d.variables == nil {
			d.variables = map[string]describedVariable{}
		}
		d.variables[name] = v
	}
	if v.t == nil {
		return nil
	}
	return s.variable(lib, v.c, v.t, addr, owner)
}

// debugged lists the debug information there is, of libraries in the order they were met.
func (s *Session) debugged() (list []*debugInfo) {
	for o, d := range s.debugInfos {
		if o.Mapped() && d.open(s.target) != nil {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b *debugInfo) int { return cmp.Compare(a.number, b.number) })
	return list
}

// compiledAt is where the function is written, "shapes.c:12", if its types are those of the debug information; "" if not.
func (f *function) compiledAt() string {
	if f.compiled == nil || f.setArgs && f.setResult {
		return ""
	}
	if at := f.compiled.Decl.String(); at != "" {
		return filepath.Base(at)
	}
	return "debug information"
}

// debugNote is a line on why the debug information of a function's library does not tell its types; once a library.
func (f *function) debugNote() string {
	d := f.debug
	if d == nil || d.problem == nil || d.noted {
		return ""
	}
	d.noted = true
	return "      its debug information is of no use: " + d.problem.Error() + "\n"
}

// helpDebug is what help says of the debug information of a library, if there is anything to say.
func (s *Session) helpDebug(lib *library) string {
	if !lib.object.Mapped() {
		return ""
	}
	if err := s.debugProblem(lib); err != nil {
		return "\n    debug     of no use: " + err.Error()
	}
	if info := s.debug(lib); info != nil {
		return "\n    debug     " + info.File()
	}
	return ""
}

// closeDebug ends all that has to do with debug information, with the session.
func (s *Session) closeDebug() {
	s.hear()
	for _, d := range s.debugInfos {
		s.forget(d)
	}
}
