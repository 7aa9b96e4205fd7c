// This file defines sized: functions of the C library that are told how much to write, and where a C value of Lua's has less room.

package lua

import (
	"fmt"

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
