// This file defines the functions known to be variadic without being told, and what an argument in the variable part of a call goes as.

package lua

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// variadic is what is known of a variadic function by its name and the library it lies in.
type variadic struct {
	in     []string // how the file names of the libraries begin that have it
	named  int      // parameters its prototype names
	format dialect  // what the last of them is
}

// The libraries whose functions are known, by how their files' names begin. A function
// of one of these names in any other library is that library's own affair.
var (
	inC       = []string{"libc.so", "libc-2.", "libc.musl-", "ld-musl-", "libSystem.", "libsystem_", "libpthread.", "librt."}
	inZ       = []string{"libz."}
	inSQLite  = []string{"libsqlite3."}
	inCurl    = []string{"libcurl.", "libcurl-"}
	inNcurses = []string{"libncurses"}
)

// variadics are the variadic functions of the C standard (7.21, 7.29), POSIX and
// glibc, and of a few libraries everybody calls. A call to one may have more
// arguments than its argtypes; any other function says so by ending them with "...".
var variadics = sync.OnceValue(func() map[string]*variadic {
	known := map[string]*variadic{}
	for _, row := range []struct {
		in     []string
		named  int
		format dialect
		names  string
	}{
		{inC, 1, printfFormat, "printf warn warnx"},
		{inC, 2, printfFormat, "fprintf dprintf sprintf asprintf syslog err errx obstack_printf __printf_chk"},
		{inC, 3, printfFormat, "snprintf error __fprintf_chk __dprintf_chk __asprintf_chk __syslog_chk"},
		{inC, 4, printfFormat, "__sprintf_chk"},
		{inC, 5, printfFormat, "__snprintf_chk error_at_line"},
		{inC, 1, scanfFormat, "scanf __isoc99_scanf __isoc23_scanf"},
		{inC, 2, scanfFormat, "fscanf sscanf __isoc99_fscanf __isoc99_sscanf __isoc23_fscanf __isoc23_sscanf"},
		{inC, 1, noFormat, "wprintf wscanf syscall prctl ptrace ulimit"},
		{inC, 2, noFormat, "fwprintf fwscanf swscanf open open64 fcntl fcntl64 ioctl execl execle execlp mq_open sem_open"},
		{inC, 3, noFormat, "swprintf openat openat64 semctl makecontext strfmon"},
		{inC, 4, noFormat, "mremap clone"},

		{inZ, 2, printfFormat, "gzprintf"},

		{inSQLite, 1, sqliteFormat, "sqlite3_mprintf"},
		{inSQLite, 2, sqliteFormat, "sqlite3_log"},
		{inSQLite, 3, sqliteFormat, "sqlite3_snprintf"},
		{inSQLite, 1, noFormat, "sqlite3_config sqlite3_test_control"},
		{inSQLite, 2, noFormat, "sqlite3_db_config"},

		{inCurl, 2, noFormat, "curl_easy_setopt curl_easy_getinfo curl_multi_setopt curl_share_setopt curl_formadd"},

		{inNcurses, 1, printfFormat, "printw"},
		{inNcurses, 2, printfFormat, "wprintw"},
		{inNcurses, 3, printfFormat, "mvprintw"},
		{inNcurses, 4, printfFormat, "mvwprintw"},
		{inNcurses, 1, scanfFormat, "scanw"},
		{inNcurses, 2, scanfFormat, "wscanw"},
	} {
		for _, name := range strings.Fields(row.names) {
			known[name] = &variadic{row.in, row.named, row.format}
		}
	}
	return known
})

// knownVariadic is what is known of a function that lies in owner, or nil.
func knownVariadic(name string, owner *ffi.Object) *variadic {
	v := variadics()[name]
	if v == nil || owner == nil {
		return nil
	}
	if isFile(owner, v.in) {
		return v
	}
	return nil
}

// isFile reports whether the file name of a library begins with one of the starts.
func isFile(o *ffi.Object, starts []string) bool {
	file := o.Path
	if file == "" {
		file = o.Name
	}
	return slices.ContainsFunc(starts, func(start string) bool { return strings.HasPrefix(filepath.Base(file), start) })
}

// hasFormat reports whether the arguments of a call can be checked against a format.
func (v *variadic) hasFormat() bool { return v != nil && v.format != noFormat }

// formatOf is the text of a format that C would read at an argument.
func formatOf(lv glua.LValue) (string, bool) {
	if text, ok := lv.(glua.LString); ok {
		return string(text), true
	}
	if kindOf(lv)&(kindChars|kindAddress) == 0 {
		return "", false
	}
	addr, _, err := pointerBits(lv, voidPointer)
	if err != nil || addr == 0 {
		return "", false
	}
	text, err := ffi.CString(uintptr(addr))
	return text, err == nil
}

// promoted chooses the C type of an argument in the variable part of a call where no
// format says what is read: C's default argument promotions (C11 6.5.2.2p6) for
// ctypes values, and 64 bits for plain whole numbers, which is right for every
// integer a callee may ask for because each takes 8 bytes. Whether 2 is to be a
// double nobody can know; 1.5 shows that the caller thinks of one, and must say so
// every time.
func (s *Session) promoted(lv glua.LValue) (*ctype, error) {
	switch x := lv.(type) {
	case glua.LNumber:
		switch v := float64(x); {
		case v != math.Trunc(v) || math.IsInf(v, 0):
			return nil, fmt.Errorf("cannot guess a C type for %s; pass ctypes.c_double(%s)", describe(lv), numberText(v))
		case v >= -(1<<63) && v < 1<<64:
			return s.passed.int64, nil
		default:
			return nil, fmt.Errorf("%s does not fit 64 bits; pass ctypes.c_double(%s) if a double is meant", describe(lv), numberText(v))
		}
	case *glua.LUserData:
		if v, ok := x.Value.(*value); ok {
			switch {
			case v.t.op == opFloat32:
				return s.passed.double, nil
			case v.t.op != opArray && v.t.size < 4:
				return s.passed.int, nil
			}
		}
	}
	return s.infer(lv)
}
