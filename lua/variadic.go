// This file defines the functions known to be variadic without being told, and what a printf format wants.

package lua

import (
	"fmt"
	"math"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// variadic is what is known of a variadic function by its name.
type variadic struct {
	named  int // parameters its prototype names
	format int // which of them is a printf format, from 0; -1 for none
}

// variadics are the variadic functions of the C standard (7.21, 7.29), POSIX and
// glibc, and of a few libraries everybody calls. A call to one may have more
// arguments than its argtypes; any other function says so by ending them with "...".
var variadics = func() map[string]*variadic {
	known := map[string]*variadic{}
	add := func(v variadic, names string) {
		for _, n := range strings.Fields(names) {
			known[n] = &v
		}
	}
	add(variadic{1, 0}, "printf warn warnx sqlite3_mprintf printw")
	add(variadic{2, 1}, "fprintf dprintf sprintf asprintf syslog err errx gzprintf wprintw obstack_printf __printf_chk sqlite3_log")
	add(variadic{3, 2}, "snprintf error __fprintf_chk __dprintf_chk __asprintf_chk sqlite3_snprintf mvprintw")
	add(variadic{4, 3}, "__sprintf_chk mvwprintw")
	add(variadic{5, 4}, "__snprintf_chk error_at_line")
	add(variadic{1, -1}, "scanf wprintf wscanf __isoc99_scanf syscall prctl ptrace ulimit scanw sqlite3_config sqlite3_test_control")
	add(variadic{2, -1}, "fscanf sscanf fwprintf fwscanf swscanf __isoc99_fscanf __isoc99_sscanf open open64 fcntl fcntl64 ioctl "+
		"execl execle execlp mq_open sem_open curl_easy_setopt curl_easy_getinfo curl_multi_setopt curl_share_setopt "+
		"curl_formadd sqlite3_db_config wscanw")
	add(variadic{3, -1}, "swprintf openat openat64 semctl makecontext strfmon")
	add(variadic{4, -1}, "mremap clone")
	return known
}()

// The kinds of argument a printf conversion takes (C11 7.21.6.1).
const (
	wantsInteger    = 'd'
	wantsDouble     = 'f'
	wantsLongDouble = 'L'
	wantsString     = 's'
	wantsPointer    = 'p' // and whatever else is not a number
)

// formatWants lists what the conversions of a printf format take, in order. It is
// false for formats with numbered arguments (%1$d), which are left to the user.
func formatWants(format string) (wants []byte, ok bool) {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		long := false
		for i++; i < len(format); i++ {
			switch c := format[i]; {
			case c == '*':
				wants = append(wants, wantsInteger) // a width or precision
				continue
			case c == '$':
				return nil, false
			case c == 'L':
				long = true
				continue
			case strings.IndexByte("-+ #0123456789.'Ihlqjzt", c) >= 0:
				continue
			}
			break
		}
		if i == len(format) {
			break
		}
		switch c := format[i]; {
		case c == '%' || c == 'm': // %m is glibc's strerror(errno)
		case strings.IndexByte("diouxXc", c) >= 0:
			wants = append(wants, wantsInteger)
		case strings.IndexByte("fFeEgGaA", c) >= 0 && long:
			wants = append(wants, wantsLongDouble)
		case strings.IndexByte("fFeEgGaA", c) >= 0:
			wants = append(wants, wantsDouble)
		case c == 's':
			wants = append(wants, wantsString)
		default:
			wants = append(wants, wantsPointer)
		}
	}
	return wants, true
}

// wants reads the format of a call to a printf-like function. It is nil when
// there is no format to read.
func (v *variadic) wants(L *glua.LState) []byte {
	if v == nil || v.format < 0 {
		return nil
	}
	lv := L.Get(v.format + 1)
	text, ok := lv.(glua.LString)
	if x := toValue(lv); x != nil {
		if bits, _, err := pointerBits(lv, voidPointer); err == nil && bits != 0 && (x.t.op == opString || x.t.op == opArray && x.t.elem.byteSized()) {
			if s, err := ffi.CString(uintptr(bits)); err == nil {
				text, ok = glua.LString(s), true
			}
		}
	}
	if !ok {
		return nil
	}
	wants, ok := formatWants(string(text))
	if !ok {
		return nil
	}
	return wants
}

// promoted chooses the C type of an argument in the variable part of a call: C's
// default argument promotions (C11 6.5.2.2p6) for ctypes values, and for plain
// numbers what the format wants (0 where there is none). Without a format, whole
// numbers go as long long, which is right for every integer a callee may ask for
// because each takes 8 bytes, and others as double.
func (s *Session) promoted(L *glua.LState, lv glua.LValue, want byte) (*ctype, error) {
	switch x := lv.(type) {
	case glua.LNumber:
		v := float64(x)
		whole := v == math.Trunc(v) && v >= -(1<<63) && v < 1<<64
		switch {
		case want == wantsDouble:
			return s.simple["c_double"], nil
		case want == wantsLongDouble:
			return s.simple["c_longdouble"], nil
		case want == wantsInteger && !whole:
			return nil, fmt.Errorf("the format wants an integer, not %s", describe(lv))
		case want == wantsString:
			return nil, fmt.Errorf("the format wants a string, not %s", describe(lv))
		case whole:
			return s.simple["c_longlong"], nil
		}
		return s.simple["c_double"], nil
	case glua.LString:
		if want == wantsInteger || want == wantsDouble || want == wantsLongDouble {
			return nil, fmt.Errorf("the format wants a number, not %s", describe(lv))
		}
	case *glua.LUserData:
		if v := toValue(lv); v != nil {
			switch {
			case v.t.op == opFloat32:
				return s.simple["c_double"], nil
			case v.t.op != opArray && v.t.size < 4:
				return s.simple["c_int"], nil
			}
		}
	}
	return s.infer(L, lv)
}
