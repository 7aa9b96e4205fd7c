// Package cdecl reads C: declarations as a person types them, and whole headers, to package types' types.
//
//	s := cdecl.NewScope(types.Host())
//	unit, err := s.Declare("int puts(const char *s);", cdecl.Options{Name: "stdin", Line: 1})
//	s.Lookup("puts").Type             // int (const char *)
//	unit, err = s.Include("zlib.h", cdecl.Options{})
//	s.Lookup("Z_BEST_SPEED").Value    // 1
//	s.Type("z_stream *")
//
// A Scope is what has been declared so far. It grows with each Declare and Include, all or nothing: what fails
// leaves no trace. Saying the same again is fine; saying something different is an error that shows both
// places, or with Options.Redefine replaces what was there.
//
// No C compiler is run and none need be there. The preprocessor is modernc.org/cc/v4's, with macros predefined as
// GCC has them for the target, but no SIMD; the few headers a compiler ships (stddef.h, stdarg.h, …) are this
// package's own, in include/. The declarations are read by a parser of this package, which keeps what a foreign
// function interface needs and cc's does not: all attributes, #pragma pack, asm labels, the names of parameters and
// types. Nesting, sizes and what macros expand to have limits, so any text ends in types or an error, soon.
//
// What GCC 12 takes as gnu11 is taken, with its sizes, types and values, but for the following (TestDifferencesFromC has them all):
//
//   - Not read: digraphs, universal character names in identifiers, __VA_OPT__, __INCLUDE_LEVEL__, __auto_type, declarations without a
//     type. #line is passed over, so that errors name the place in the text.
//   - Passed over: bodies of functions and initializers, but for the length they give an array and the value of a const
//     number or string; linkage, restrict, _Atomic (but for alignment), and that a function never returns.
//   - What cannot be passed or laid out here, such as a function with a vector or an __int128 as a parameter, is declared with the
//     reason why it is not usable, and has no size. Nothing is guessed.
//   - A tag that is first named in a parameter list is the scope's, as people mean it.
//   - Taken though C refuses it: saying things again, const variables with a value in constants, and the standard names (size_t,
//     uint8_t, bool) without a header.
//
// A text included by name sees the macros of Options.Defines, and not those of the scope; a text given to Declare sees them where
// it mentions them, and what it includes does not.
//
// Limits, each an error of its own: 4 MiB of text, 8 MiB a file, 4000 files, 3 million tokens, 6 million steps of macro expansion,
// brackets, records and declarators in each other deeper than 200, #if deeper than 500, conditions longer than 16 KiB, 120 parameters of a
// macro. In a text that is not the system's, # and ## may double what they are given 20 times, and conditions whose
// nesting cannot be told have less to expand.
//
// In files of the system's include folders a declaration that is not understood is left out and listed in Unit.Skipped, and so are
// the macros behind one that expands too far; elsewhere a mistake is an error.
//
// Macros without parameters that expand to constant expressions are constants; all that are expressions can be evaluated,
// with arguments and a Machine for what is no constant (Expansion.Call).
//
// A Scope is not safe for use by several goroutines at once.
package cdecl

// This file defines the scope and what is in it.

import (
	"fmt"
	"sort"

	"dlsh/types"
)

// Options says how a text is to be read.
type Options struct {
	Name     string   // what errors call the text: "stdin", the name of a script
	Line     int      // the line of it the text begins on; 0 is taken for 1
	Redefine bool     // a different declaration replaces the old one instead of being an error
	Folders  []string // include folders that are searched first
	Defines  []string // macros, "NAME" or "NAME=value"
}

// Kind is what a name was declared as.
type Kind uint8

// The kinds of declarations.
const (
	Function Kind = iota + 1
	Variable
	Type     // a typedef
	Tag      // a struct, union or enum that got its members here
	Constant // an enumerator, a constant with its value, or a macro that is a constant expression
	Macro    // any other macro; Expansion.Call works where Reason is empty
)

// String is the word for k.
func (k Kind) String() string {
	return [...]string{"invalid", "function", "variable", "type", "tag", "constant", "macro"}[min(int(k), 6)]
}

// Position is a place in a C text.
type Position struct {
	File         string
	Line, Column int // from 1; Column counts bytes
}

// String is file:line.
func (p Position) String() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// Decl is one declaration.
type Decl struct {
	Kind   Kind
	Name   string      // of a Tag: the tag, empty for a record without one
	Type   *types.Type // Function, Variable: its type; Type: what the name stands for (see Scope.Type for the typedef itself); Tag: the type; Constant: its C type
	Value  Value       // Constant
	Symbol string      // Function, Variable: the name to look up, which an asm label may have changed
	Static bool        // Function, Variable: it is static or only inline, so there may be no symbol
	Macro  *Expansion  // Macro, and Constant by #define
	Reason string      // why it is not usable; empty for what is
	At     Position

	named *types.Type // Type: the typedef
	align int64       // Type, Variable: an aligned attribute, in bytes; 0 for none
}

// Usable reports whether the declaration can be used: called, read, laid out.
func (d *Decl) Usable() bool { return d.Reason == "" }

// Unit is what one Declare or Include declared, in order, including what was known already and said again.
type Unit struct {
	Decls   []*Decl
	Skipped []*Error // declarations in system headers that were not understood
	Files   []string // the files read, in the order they were first opened
}

// Find gives the declaration a name has in the unit, functions, types and enumerators before macros; nil for none.
func (u *Unit) Find(name string) *Decl {
	var macro *Decl
	for i := len(u.Decls) - 1; i >= 0; i-- {
		switch d := u.Decls[i]; {
		case d.Name != name || d.Kind == Tag:
		case d.Macro != nil:
			if macro == nil {
				macro = d
			}
		default:
			return d
		}
	}
	return macro
}

// Scope is what has been declared.
type Scope struct {
	target *types.Target
	table
	outside  Outside
	included map[string]*inclusion // by header and options
	spelled  map[string]*types.Type
}

// table is the names of a scope. C has one space of names for tags and one for the rest (C11 6.2.3); macros are
// replaced before either is looked at.
type table struct {
	names       map[string]*Decl
	macros      map[string]*Decl
	tags        map[string]*Decl
	transparent map[*types.Record]bool // unions with the transparent_union attribute
	waiting     map[string][]*Decl     // macros by the name in them that was not declared
}

func newTable() table {
	return table{map[string]*Decl{}, map[string]*Decl{}, map[string]*Decl{}, map[*types.Record]bool{}, nil}
}

// NewScope gives an empty scope for a target.
func NewScope(t *types.Target) *Scope {
	return &Scope{target: t, table: newTable(), included: map[string]*inclusion{}, spelled: map[string]*types.Type{}}
}

// Target is the target the scope was made for.
func (s *Scope) Target() *types.Target { return s.target }

// Lookup gives the declaration of a name: function, variable, typedef, enumerator or macro; nil for none. A function
// comes before a macro of the same name.
func (s *Scope) Lookup(name string) *Decl {
	if d := s.names[name]; d != nil {
		return d
	}
	return s.macros[name]
}

// Macro gives a macro by its name, whether it is usable or not; nil for none.
func (s *Scope) Macro(name string) *Decl { return s.macros[name] }

// Tag gives the struct, union or enum with a tag; nil for one not mentioned so far.
func (s *Scope) Tag(kind types.Kind, tag string) *types.Type {
	if d := s.tags[tag]; d != nil && d.Type.Kind == kind {
		return d.Type
	}
	return nil
}

// Names lists all names that Lookup knows, sorted.
func (s *Scope) Names() []string {
	var list []string
	for n := range s.names {
		list = append(list, n)
	}
	for n := range s.macros {
		if s.names[n] == nil {
			list = append(list, n)
		}
	}
	sort.Strings(list)
	return list
}
