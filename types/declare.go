// This file defines the printer: a Type back to the C that declares it.

package types

import (
	"strconv"
	"strings"
)

// String is the C type name, as it stands in a cast or a sizeof: "int (*)(const char *, ...)".
func (t *Type) String() string { return Declare(t, "") }

// Declare writes t as C declares something called name; with an empty name, as
// a type name (C11 6.7.7). C declarators read from the inside out, so the text
// grows around the name: suffixes for arrays and functions, stars before it.
//
// Records and enums go by their tags, those without one are "struct {...}"; Define writes them out.
func Declare(t *Type, name string) string { return (&wording{specifier: specifier}).declare(t, name) }

// wording is what declarations are written with.
type wording struct {
	specifier func(*Type) string          // what a declarator starts from, without qualifiers
	parameter func(f *Type, i int) string // what parameter i of f is called; nil for as it is
	written   int                         // lists of parameters, so far
}

// mostWritten is how many lists of parameters are written in one declaration; those after are left out. A type of
// functions that take two of functions that take two doubles its text with each level.
const mostWritten = 256

func (w *wording) declare(t *Type, name string) string {
	inner := name
	for {
		switch t.Kind {
		case Pointer:
			star := "*" + qualifiers(t)
			if qualifiers(t) != "" && inner != "" {
				star += " "
			}
			inner = star + inner
			// A pointer to an array or function needs parentheses: [] and () bind tighter than *.
			if t.Elem.Kind == Array || t.Elem.Kind == Func {
				inner = "(" + inner + ")"
			}
			t = t.Elem
		case Array:
			n := ""
			if t.Len != Incomplete {
				n = strconv.FormatInt(t.Len, 10)
			}
			inner += "[" + n + "]"
			t = t.Elem
		case Func:
			inner += w.parameters(t)
			t = t.Elem
		default:
			base := w.specifier(t)
			if q := qualifiers(t); q != "" {
				base = q + " " + base
			}
			switch {
			case inner == "":
				return base
			case inner[0] == '[':
				return base + inner // "int[3]" is a type name without a declarator
			}
			return base + " " + inner
		}
	}
}

// specifier is a type that is no pointer, array or function, without its qualifiers.
func specifier(t *Type) string {
	switch t.Kind {
	case Typedef:
		return t.Name
	case Enum, Struct, Union:
		if t.Name == "" {
			return t.Kind.String() + " {...}"
		}
		return t.Kind.String() + " " + t.Name
	case Vector:
		// GCC counts a vector in bytes; the element's size is the host's, as the spelling is read here.
		return Declare(t.Elem, "") + " __attribute__((vector_size(" + strconv.FormatInt(t.Len*Host().Size(t.Elem), 10) + ")))"
	}
	return t.Kind.String()
}

func qualifiers(t *Type) string {
	switch {
	case t.Const && t.Volatile:
		return "const volatile"
	case t.Const:
		return "const"
	case t.Volatile:
		return "volatile"
	}
	return ""
}

func (w *wording) parameters(f *Type) string {
	switch w.written++; {
	case f.NoProto, f.Variadic && len(f.Params) == 0 && w.parameter != nil: // before C23 there is no (...)
		return "()"
	case w.written > mostWritten:
		return "(...)"
	}
	var list []string
	for i, p := range f.Params {
		name := p.Name
		if w.parameter != nil {
			name = w.parameter(f, i)
		}
		list = append(list, w.declare(p.Type, name))
	}
	if f.Variadic {
		list = append(list, "...")
	}
	if len(list) == 0 {
		return "(void)"
	}
	return "(" + strings.Join(list, ", ") + ")"
}
