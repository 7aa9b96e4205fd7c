// This file defines how libraries, functions, types and values print.

package lua

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"dlsh/ffi"
	"dlsh/types"
)

// showLibrary prints a library as ctypes does: <CDLL './lib.so', handle 55d0c0 at 0x...>.
func showLibrary(lib *library) string {
	name := "'" + lib.name + "'"
	if lib.name == "" {
		name = "nil"
	}
	gone := ""
	if !lib.object.Mapped() {
		gone = ", unloaded"
	}
	return fmt.Sprintf("<CDLL %s, handle %x%s at %p>", name, lib.object.Handle, gone, lib)
}

// showFunction prints a function by its C declaration and where it comes from.
func showFunction(f *function) string {
	if f.cb != nil {
		return fmt.Sprintf("<callback %s: %s at 0x%x>", f.name, f.cb.t.c, f.addr)
	}
	from := ""
	if f.owner != nil {
		from = " from " + f.owner.String()
		if !f.owner.Mapped() {
			from += ", unloaded"
		}
	}
	declared := types.Declare(f.ctypeOf(), f.name)
	if at := f.compiledAt(); at != "" {
		from += " (" + at + ")"
	}
	return fmt.Sprintf("<%s%s at 0x%x>", declared, from, f.addr)
}

// The longest array, text and value that print whole.
const (
	shownElements = 16
	shownText     = 64
	shownBytes    = 4000
)

// showValue prints a C object as ctypes does, and arrays and pointers with what is in them.
func showValue(v *value) string { return showShort(v, shownBytes) }

// showShort is showValue for whoever needs no more than so many bytes of it, roughly;
// the rest is not looked at. What cannot be read prints as the reason, and ends it.
func showShort(v *value, most int) string {
	p := &printer{most: most}
	p.object(v)
	return p.String()
}

type printer struct {
	strings.Builder
	most int
}

// object prints a value with its type, and reports whether all of it could be read.
func (p *printer) object(v *value) bool {
	if v.t.enum != nil && v.alive() == nil {
		return p.text(v) // Color.RED says its type
	}
	p.WriteString(v.t.name + "(")
	defer p.WriteString(")")
	if err := v.alive(); err != nil {
		p.WriteString(err.Error())
		return false
	}
	switch {
	case v.t.op == opRecord:
		return p.members(v)
	case v.t.op == opArray && v.t.elem.op != opChar && v.t.elem.op != opWChar:
		return p.elements(v)
	}
	return p.text(v)
}

// members prints the members of a record: x=1, y=2. A part of a bigger thing is printed
// without its type where the type is no news: numbers, text, arrays of such.
func (p *printer) members(v *value) bool {
	for i, f := range v.t.rec.fields {
		if i > 0 {
			p.WriteString(", ")
		}
		if p.Len() > p.most {
			p.WriteString("...")
			return true
		}
		if f.name != "" { // C11's unnamed struct or union
			p.WriteString(f.name + "=")
		}
		switch {
		case f.bits != 0:
			p.WriteString(showBitField(v, f))
		case f.flexible && v.tail(f) == nil:
			p.WriteString("{...}")
		case f.flexible:
			if !p.member(v.tail(f)) {
				return false
			}
		default:
			if !p.member(v.member(f)) {
				return false
			}
		}
	}
	return true
}

// member prints a part of a record.
func (p *printer) member(v *value) bool {
	switch {
	case v.t.op == opRecord:
		return p.object(v)
	case v.t.op == opArray && v.t.elem.op != opChar && v.t.elem.op != opWChar:
		p.WriteString("{")
		defer p.WriteString("}")
		return p.elements(v)
	}
	return p.text(v)
}

// showBitField prints the value of a bit-field.
func showBitField(v *value, f *field) string {
	bits, err := v.bitField(f)
	switch {
	case err != nil:
		return err.Error()
	case f.t.op == opBool:
		return strconv.FormatBool(bits != 0)
	case f.t.enum != nil:
		return f.t.enumText(bits)
	case hostTarget.Signed(f.t.c):
		return strconv.FormatInt(int64(bits), 10)
	}
	return strconv.FormatUint(bits, 10)
}

func (p *printer) elements(v *value) bool {
	for i := int64(0); i < v.t.length; i++ {
		if i > 0 {
			p.WriteString(", ")
		}
		if i == shownElements || p.Len() > p.most {
			fmt.Fprintf(p, "... %d more", v.t.length-i)
			return true
		}
		e := v.at(v.t.elem, i*v.t.elem.size)
		whole := e.t.op == opArray || e.t.op == opPointer || e.t.op == opRecord
		if whole && !p.object(e) || !whole && !p.text(e) {
			return false
		}
	}
	return true
}

// text prints what has no elements.
func (p *printer) text(v *value) bool {
	s, err := showText(v)
	if err != nil {
		s = err.Error()
	}
	p.WriteString(s)
	return err == nil
}

func showAddress(bits uint64) string {
	if bits == 0 {
		return "NULL"
	}
	return fmt.Sprintf("0x%x", bits)
}

// quoteText prints chars or wchar_t in quotes, cut when long. What is no character is escaped.
func quoteText(b []byte, elem *ctype) string {
	more := ""
	if most := shownText * int(elem.size); len(b) > most {
		b, more = b[:most], "..."
	}
	if elem.op == opWChar {
		return quoteWide(b, elem.size) + more
	}
	return strconv.Quote(string(b)) + more
}

// showText prints what is inside the parentheses of a value that has no elements: 5, 2.0, "x", nil.
func showText(v *value) (string, error) {
	switch v.t.op {
	case opArray:
		b, err := v.textUpTo(shownText + 1)
		return quoteText(b, v.t.elem), err
	case opFloat32, opFloat64:
		f, err := v.float()
		return showFloat(f), err
	case opLongDouble:
		b := make([]byte, v.t.size)
		err := v.read(b)
		return longText(b), err
	case opComplex:
		z, err := v.complex()
		return z.String(), err
	}
	bits, err := v.word()
	if err != nil {
		return "", err
	}
	switch v.t.op {
	case opString, opWString:
		return showString(v, uintptr(bits)), nil
	case opPointer, opFunction:
		if err := v.pointee(uintptr(bits)).alive(); err != nil {
			return showAddress(bits) + ", " + state(err), nil
		}
		return showAddress(bits), nil
	case opAddress:
		if bits == 0 {
			return "nil", nil
		}
	case opBool:
		return strconv.FormatBool(bits != 0), nil
	case opChar, opWChar:
		var b [8]byte
		putWord(b[:], bits, v.t.size)
		return quoteText(b[:v.t.size], v.t), nil
	}
	if v.t.enum != nil {
		return v.t.enumText(bits), nil
	}
	if v.t.op == opAddress || v.t.op == opUint64 {
		return strconv.FormatUint(bits, 10), nil
	}
	return strconv.FormatInt(int64(bits), 10), nil
}

// showString prints the beginning of the text that a char * or wchar_t * leads to.
func showString(v *value, addr uintptr) string {
	if addr == 0 {
		return "nil"
	}
	if err := v.pointee(addr).alive(); err != nil {
		return fmt.Sprintf("0x%x, %s", addr, state(err))
	}
	b, err := ffi.Text(addr, v.t.elem.size, shownText+1)
	if err != nil {
		return fmt.Sprintf("0x%x, unreadable", addr)
	}
	return quoteText(b, v.t.elem)
}

// showFloat prints a double so that it can be told from an integer: 2.0.
func showFloat(f float64) string {
	s := numberText(f)
	if !math.IsInf(f, 0) && !math.IsNaN(f) && !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}
