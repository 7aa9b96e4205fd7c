// This file defines how the arguments of a call that ended in a fault print, and what is likely wrong with them.

package lua

import (
	"fmt"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// argumentsOf are the types that the arguments of the call just made went as.
func (f *function) argumentsOf(L *glua.LState, n int) []*ctype {
	if len(f.args) == n && f.plan != nil {
		return f.args
	}
	if len(f.guessed) == n {
		return f.guessed
	}
	list := make([]*ctype, n)
	copy(list, f.args)
	return list
}

// The most bytes of one argument that print.
const mostArgument = 60

// shownArgument prints an argument as C would write it. No Lua code runs for it, and memory that is not there is no
// trouble.
func (s *Session) shownArgument(lv glua.LValue, t *ctype) string {
	pointer := t != nil && (t.isPointer() || t.op == opAddress || t.op == opFunction)
	switch x := lv.(type) {
	case *glua.LNilType:
		return "NULL"
	case glua.LString:
		return shorten(strconv.Quote(string(x[:min(len(x), 2*mostArgument)])), mostArgument)
	case glua.LNumber:
		if v := float64(x); pointer && v >= 0 && v < 1<<63 {
			return showAddress(uint64(v))
		} else if t != nil && (t.op == opFloat32 || t.op == opFloat64) {
			return showFloat(v)
		}
		return numberText(float64(x))
	case *glua.LFunction:
		if f := toFunction(x); f != nil && (f.lib != nil || f.cb != nil) {
			return f.name
		} else if f != nil {
			return showAddress(uint64(f.addr))
		}
		return s.nameOf(x)
	case *glua.LTable:
		return "{...}"
	case *glua.LUserData:
		switch v := x.Value.(type) {
		case int64:
			if pointer {
				return showAddress(uint64(v))
			}
			return strconv.FormatInt(v, 10)
		case uint64:
			if pointer {
				return showAddress(v)
			}
			return strconv.FormatUint(v, 10)
		case *reference:
			return shorten("&"+shownObject(v.of), mostArgument)
		case *value:
			return shorten(shownObject(v), mostArgument)
		}
	}
	return shorten(lv.String(), mostArgument)
}

// shownObject prints a C object: what it holds, where its type is no news.
func shownObject(v *value) string {
	if v.t.op == opRecord || v.t.op == opArray && v.t.elem.op != opChar && v.t.elem.op != opWChar {
		return showShort(v, mostArgument)
	}
	if v.t.op == opAddress {
		if bits, err := v.word(); err == nil {
			return showAddress(bits)
		}
	}
	text, err := showText(v)
	switch {
	case err != nil:
		return err.Error()
	case text == "nil":
		return "NULL"
	case (v.t.op == opString || v.t.op == opWString) && !strings.Contains(text, `"`): // nothing to read there
		text, _, _ = strings.Cut(text, ",")
	}
	return text
}

// How far from a pointer C is likely to go: the members of a struct, the first elements of an array.
const nearby = 1 << 12

// Addresses below this one are no truncated pointers.
const firstAddress = 1 << 16

// hint says what is likely wrong when C took an argument for an address that is none.
func (f *function) hint(L *glua.LState, n int, c *ffi.Crash) string {
	if !touched(c) {
		return ""
	}
	types := f.argumentsOf(L, n)
	i, bits, near := -1, uint64(0), uintptr(nearby)
	for k := range n { // the nearest one: small numbers are near each other
		word, ok := wordOf(L.Get(k+1), types[k])
		var b [1]byte
		if distance := c.Addr - uintptr(word); ok && word != 0 && distance < near && ffi.Read(b[:], uintptr(word)) != nil {
			i, bits, near = k, word, distance
		}
	}
	if i < 0 {
		return ""
	}
	what := fmt.Sprintf("argument %d, %s,", i+1, f.s.shownArgument(L.Get(i+1), types[i]))
	if high := bits >> 32; bits >= firstAddress && (high == 0 || high == 1<<32-1) {
		if from, ok := ffi.Truncated(uint32(bits)); ok {
			return what + fmt.Sprintf(" is likely 0x%x cut to an int: the function that gave it needs a restype, such as ctypes.c_void_p", from)
		}
	}
	switch {
	case types[i] != nil && types[i].op.integer() && !f.declared:
		return what + fmt.Sprintf(" went as %s and C took it for an address: nobody declared %s; set %s.argtypes, or use ctypes.cdef",
			types[i].c, f.name, f.name)
	case types[i] != nil && types[i].op.integer():
		return what + fmt.Sprintf(" is declared as %s, and C took it for an address", types[i].c)
	}
	return what + " is not the address of anything"
}

// wordOf is the word that an argument went as, where that is a number or an address given as one.
func wordOf(lv glua.LValue, t *ctype) (bits uint64, ok bool) {
	if t == nil {
		return 0, false
	}
	switch x := lv.(type) {
	case *glua.LFunction:
		if f := toFunction(x); f != nil {
			return uint64(f.addr), true
		}
	case glua.LNumber:
		if t.op == opFloat32 || t.op == opFloat64 || float64(x) < -(1<<63) || float64(x) >= 1<<63 {
			return 0, false
		}
		return extend(uint64(int64(x)), t.op), true
	case *glua.LUserData:
		switch v := x.Value.(type) {
		case int64:
			return uint64(v), true
		case uint64:
			return v, true
		case *value:
			if v.t.isPointer() || v.t.op == opAddress || v.t.op.integer() {
				bits, err := v.word()
				return bits, err == nil
			}
		}
	}
	return 0, false
}
