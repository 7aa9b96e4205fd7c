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
	from := ""
	if f.owner != nil {
		from = " from " + f.owner.String()
		if !f.owner.Mapped() {
			from += ", unloaded"
		}
	}
	return fmt.Sprintf("<%s%s at 0x%x>", types.Declare(f.ctypeOf(), f.name), from, f.addr)
}

// The longest array and text that print whole.
const (
	shownElements = 16
	shownText     = 64
)

// showValue prints a C object as ctypes does, and arrays and pointers with what is in them.
func showValue(v *value) string {
	switch v.t.op {
	case opArray:
		return v.t.name + "(" + showElements(v) + ")"
	case opPointer:
		bits, err := v.word()
		if err != nil {
			return fmt.Sprintf("<%s at 0x%x: %v>", v.t.name, v.addr, err)
		}
		return v.t.name + "(" + showAddress(bits) + ")"
	}
	return v.t.name + "(" + showScalar(v) + ")"
}

func showAddress(bits uint64) string {
	if bits == 0 {
		return "NULL"
	}
	return fmt.Sprintf("0x%x", bits)
}

func showElements(v *value) string {
	if v.t.elem.op == opChar || v.t.elem.op == opWChar {
		text, err := v.text(true)
		if err != nil {
			return err.Error()
		}
		return quote(text)
	}
	var parts []string
	for i := int64(0); i < v.t.length; i++ {
		if i == shownElements {
			parts = append(parts, fmt.Sprintf("... %d more", v.t.length-i))
			break
		}
		e := v.at(v.t.elem, i*v.t.elem.size)
		if e.t.op == opArray || e.t.op == opPointer {
			parts = append(parts, showValue(e))
		} else {
			parts = append(parts, showScalar(e))
		}
	}
	return strings.Join(parts, ", ")
}

// quote prints text in quotes, cut when long. Bytes that are not UTF-8 are escaped.
func quote(text string) string {
	if len(text) > shownText {
		return strconv.Quote(text[:shownText]) + "..."
	}
	return strconv.Quote(text)
}

// showScalar prints what is inside the parentheses: 5, 2.0, "x", nil.
func showScalar(v *value) string {
	switch v.t.op {
	case opFloat32, opFloat64, opLongDouble:
		f, err := v.float()
		if err != nil {
			return err.Error()
		}
		return showFloat(f)
	}
	bits, err := v.word()
	if err != nil {
		return err.Error()
	}
	switch v.t.op {
	case opString, opWString:
		if bits == 0 {
			return "nil"
		}
		text, err := func() (string, error) {
			if v.t.op == opWString {
				return wideString(uintptr(bits), -1, v.t.elem.size)
			}
			return ffi.CString(uintptr(bits))
		}()
		if err != nil {
			return fmt.Sprintf("0x%x, unreadable", bits)
		}
		return quote(text)
	case opAddress:
		if bits == 0 {
			return "nil"
		}
		return strconv.FormatUint(bits, 10)
	case opBool:
		return strconv.FormatBool(bits != 0)
	case opChar:
		return strconv.Quote(string([]byte{byte(bits)}))
	case opWChar:
		return strconv.Quote(wideText([]uint32{uint32(bits)}))
	case opUint64:
		return strconv.FormatUint(bits, 10)
	}
	return strconv.FormatInt(int64(bits), 10)
}

// showFloat prints a double so that it can be told from an integer: 2.0.
func showFloat(f float64) string {
	s := numberText(f)
	if !math.IsInf(f, 0) && !math.IsNaN(f) && !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}
