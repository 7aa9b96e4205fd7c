// This file defines sized and unended: functions of the C library that are told how much to write, where a C value of Lua's
// has less room, and variadic ones whose last argument is missing.

package lua

import (
	"fmt"
	"runtime"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// sized are the functions that write, or read, exactly as many bytes as they are told: the argument is one of those given,
// counted from 1, and count those whose product is the number of bytes.
func sized() map[string]*watch {
	known := map[string]*watch{}
	for _, row := range []struct {
		name  string
		args  []int // pointers
		count []int
	}{
		{"memset", []int{1}, []int{3}},
		{"memcpy", []int{1, 2}, []int{3}},
		{"mempcpy", []int{1, 2}, []int{3}},
		{"memmove", []int{1, 2}, []int{3}},
		{"memcmp", []int{1, 2}, []int{3}},
		{"bzero", []int{1}, []int{2}},
		{"bcopy", []int{1, 2}, []int{3}},
		{"strncpy", []int{1}, []int{3}},
		{"fgets", []int{1}, []int{2}},
		{"fread", []int{1}, []int{2, 3}},
		{"fwrite", []int{1}, []int{2, 3}},
		{"read", []int{2}, []int{3}},
		{"write", []int{2}, []int{3}},
		{"pread", []int{2}, []int{3}},
		{"pwrite", []int{2}, []int{3}},
		{"recv", []int{2}, []int{3}},
		{"send", []int{2}, []int{3}},
		{"getcwd", []int{1}, []int{2}},
		{"qsort", []int{1}, []int{2, 3}},
	} {
		known[row.name] = &watch{in: inC, before: func(f *function, _ *watch, L *glua.LState) error {
			return enough(L, row.args, row.count)
		}}
	}
	return known
}

// enough refuses a size that goes beyond the end of a C value of Lua's. What lies behind it is another value.
func enough(L *glua.LState, args, count []int) error {
	size := int64(1)
	for _, n := range count {
		bits, room, err := wholeBits(L.Get(n), sizeType)
		if err != nil || room != spanSigned || int64(bits) < 0 || bits != 0 && size > (1<<62)/int64(bits) {
			return nil
		}
		size *= int64(bits)
	}
	for _, n := range args {
		addr, keep, ok := pointerArgument(L, n)
		if ok && isOwn(addr, keep) && !keep.holds(addr, size) {
			return &misuse{n, "ArgumentError", fmt.Sprintf("%s do not fit into %s, there are %d", plural(size, "byte"), describe(L.Get(n)),
				ffi.Address(keep.mem)+uintptr(len(keep.mem))-addr)}
		}
	}
	return nil
}

// unended are the variadic functions that look for one more argument than was passed: the NULL that ends a list, the mode of
// a file that is to be made.
func unended() map[string]*watch {
	known := map[string]*watch{}
	for _, name := range []string{"execl", "execlp"} {
		known[name] = &watch{in: inC, before: listEnds}
	}
	if runtime.GOOS == "linux" { // whose flags these are
		for name, flags := range map[string]int{"open": 2, "open64": 2, "openat": 3, "openat64": 3, "sem_open": 2, "mq_open": 2} {
			known[name] = &watch{arg: flags, in: inC, before: modeFollows}
		}
	}
	return known
}

// listEnds refuses a list of arguments without a NULL at its end: C would go on reading.
func listEnds(f *function, _ *watch, L *glua.LState) error {
	if n := L.GetTop(); n < 2 || L.Get(n) != glua.LNil {
		return &misuse{n + 1, "TypeError", "the list must end with nil, for NULL"}
	}
	return nil
}

// modeFollows refuses flags that say to make a file when no argument says with which permissions.
func modeFollows(f *function, w *watch, L *glua.LState) error {
	const create, temporary = 0x40, 0x400000 // O_CREAT, and the bit of O_TMPFILE that is its own
	flags, _, err := wholeBits(L.Get(w.arg), sizeType)
	if err == nil && flags&(create|temporary) != 0 && L.GetTop() == w.arg {
		return &misuse{w.arg + 1, "TypeError", "the flags say to make a file, so its mode is wanted, such as tonumber(\"644\", 8)"}
	}
	return nil
}
