// This file defines what dlsh changes in Lua's own libraries, because C shares the process with them.

package lua

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// adaptLibraries changes what Lua's standard libraries do where C shares the
// process: output is kept in order with C's, and leaving goes through exit(3).
func (s *Session) adaptLibraries() {
	L := s.L
	s.adaptWaiting()
	L.SetGlobal("print", L.NewFunction(func(L *glua.LState) int {
		var line strings.Builder
		for i := 1; i <= L.GetTop(); i++ {
			if i > 1 {
				line.WriteByte('\t')
			}
			line.WriteString(L.ToStringMeta(L.Get(i)).String())
		}
		line.WriteByte('\n')
		s.journal.spoils("prints")
		s.beforeOutput()
		ffi.Flush()
		if _, err := os.Stdout.WriteString(line.String()); err != nil {
			raise(L, "OSError", "print: %v", err)
		}
		return 0
	}))
	L.SetGlobal("assert", L.NewFunction(assert))
	if lib, ok := L.GetGlobal("math").(*glua.LTable); ok {
		lib.RawSetString("huge", glua.LNumber(math.Inf(1))) // gopher-lua has the largest finite number
	}
	collect := L.GetGlobal("collectgarbage").(*glua.LFunction).GFunction
	L.SetGlobal("collectgarbage", L.NewFunction(func(L *glua.LState) int {
		if L.OptString(1, "collect") != "count" {
			collect(L)
			L.Push(glua.LNumber(0))
			return 1
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		L.Push(glua.LNumber(float64(m.HeapAlloc) / 1024)) // in KiB, as Lua counts
		return 1
	}))
	s.adaptLoading()
	s.hintNames()
	flushFirst := func(t *glua.LTable, names ...string) {
		for _, name := range names {
			original, ok := t.RawGetString(name).(*glua.LFunction)
			if !ok || original.GFunction == nil {
				continue
			}
			wrapped := *original
			wrapped.GFunction = func(L *glua.LState) int {
				s.journal.spoils("reads or writes")
				s.beforeOutput()
				ffi.Flush()
				return original.GFunction(L)
			}
			t.RawSetString(name, &wrapped)
		}
	}
	if io, ok := L.GetGlobal("io").(*glua.LTable); ok {
		flushFirst(io, "write", "read", "lines", "popen", "flush", "close")
	}
	if file, ok := L.GetTypeMetatable("FILE*").(*glua.LTable); ok {
		flushFirst(file, "write", "read", "lines", "flush", "close")
		// Files are never buffered here: gopher-lua would lose what is in the buffer at
		// exit, and C could not be kept in order with it. The modes are taken as the hints they are.
		file.RawSetString("setvbuf", L.NewFunction(func(L *glua.LState) int {
			L.CheckUserData(1)
			L.CheckOption(2, []string{"no", "full", "line"})
			L.Push(glua.LTrue)
			return 1
		}))
	}
	if lib, ok := L.GetGlobal("os").(*glua.LTable); ok {
		flushFirst(lib, "execute")
		lib.RawSetString("exit", L.NewFunction(func(L *glua.LState) int {
			code := 0
			switch x := L.Get(1).(type) {
			case *glua.LNilType:
			case glua.LBool:
				if !bool(x) {
					code = 1
				}
			default:
				code = L.CheckInt(1)
			}
			s.exit(code)
			return 0
		}))
	}
	if lib, ok := L.GetGlobal("string").(*glua.LTable); ok {
		s.adaptStrings(lib)
	}
	s.limitNesting()
	if s.journal != nil {
		s.noteEffects()
	}
}

// assert raises its message as it is, so that error values keep their fields.
func assert(L *glua.LState) int {
	L.CheckAny(1)
	if L.ToBool(1) {
		return L.GetTop()
	}
	switch msg := L.Get(2); msg.Type() {
	case glua.LTNil:
		L.RaiseError("assertion failed!")
	case glua.LTString, glua.LTNumber:
		L.Error(glua.LString(msg.String()), 0)
	default:
		L.Error(msg, 0)
	}
	return 0
}

// adaptStrings keeps string.rep from asking for memory the machine does not have,
// which would end the process, and teaches string.format about values that print themselves.
func (s *Session) adaptStrings(lib *glua.LTable) {
	L := s.L
	rep := lib.RawGetString("rep").(*glua.LFunction).GFunction
	lib.RawSetString("rep", L.NewFunction(func(L *glua.LState) int {
		str, n := L.CheckString(1), L.CheckInt64(2)
		if n > 0 && int64(len(str)) > (1<<31)/n {
			raise(L, "MemoryError", "string.rep: the string would be too large (%d times %d bytes)", n, len(str))
		}
		return rep(L)
	}))
	format := lib.RawGetString("format").(*glua.LFunction).GFunction
	lib.RawSetString("format", L.NewFunction(func(L *glua.LState) int {
		formatArguments(L)
		return format(L)
	}))
}

// formatArguments makes what string.format is given fit gopher-lua's: values that
// are not strings or numbers become text for %s and %q, exact digits for the
// integer conversions, and an error for the rest.
func formatArguments(L *glua.LState) {
	spec := L.CheckString(1)
	arg := 1
	for i := 0; i < len(spec); i++ {
		if spec[i] != '%' {
			continue
		}
		j, digits := i+1, 0
		for ; j < len(spec) && strings.IndexByte("-+ #0123456789.", spec[j]) >= 0; j++ {
			if digits++; spec[j] < '0' || spec[j] > '9' || spec[j] == '0' && digits == 1 {
				digits = 0
			}
			if digits > 2 {
				L.RaiseError("invalid format (width or precision too long)")
			}
		}
		if j >= len(spec) || spec[j] == '%' {
			i = j
			continue
		}
		arg++
		lv := L.Get(arg)
		verb := spec[j]
		bits, signed, wide := toInt64Bits(lv)
		switch {
		case arg > L.GetTop():
		case verb == 's' || verb == 'q':
			if lv.Type() != glua.LTString && lv.Type() != glua.LTNumber {
				L.Replace(arg, L.ToStringMeta(lv))
			}
		case wide && strings.IndexByte("diuxXo", verb) >= 0:
			// The number is formatted here and passed on as text under %s.
			text := fmt.Sprintf(strings.Map(func(r rune) rune {
				if r == 'i' || r == 'u' {
					return 'd'
				}
				return r
			}, spec[i:j+1]), wideOperand(bits, signed && verb != 'x' && verb != 'X' && verb != 'o'))
			spec = spec[:i] + "%s" + spec[j+1:]
			L.Replace(1, glua.LString(spec))
			L.Replace(arg, glua.LString(text))
			j = i + 1
		case toLong(lv) != nil:
			text, ok := longFormatted(spec[i:j+1], toLong(lv))
			if !ok {
				raise(L, "TypeError", "string.format: argument %d: %%%c is not for %s", arg, verb, describe(lv))
			}
			spec = spec[:i] + "%s" + spec[j+1:]
			L.Replace(1, glua.LString(spec))
			L.Replace(arg, glua.LString(text))
			j = i + 1
		case verb == 'u' && lv.Type() == glua.LTNumber:
			spec = spec[:j] + "d" + spec[j+1:] // gopher-lua knows no %u
			L.Replace(1, glua.LString(spec))
		case lv.Type() == glua.LTString:
			L.Replace(arg, L.CheckNumber(arg)) // gopher-lua formats the string itself
		case lv.Type() != glua.LTNumber:
			raise(L, "TypeError", "string.format: argument %d: %%%c wants a number, not %s", arg, verb, describe(lv))
		}
		i = j
	}
}

func wideOperand(bits uint64, signed bool) any {
	if signed {
		return int64(bits)
	}
	return bits
}
