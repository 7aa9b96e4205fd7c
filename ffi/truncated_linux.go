// This file defines Truncated: which address lost its upper half.

package ffi

import (
	"fmt"
	"os"
	"strings"
)

// Truncated is an address of memory that is there and ends in the given lower half: what an int was before it was one.
func Truncated(low uint32) (addr uintptr, ok bool) {
	text, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		var from, to uintptr
		var rights string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); n != 3 || !strings.HasPrefix(rights, "r") {
			continue
		}
		for high := from >> 32; high <= (to-1)>>32 && high <= from>>32+1; high++ {
			if addr := high<<32 | uintptr(low); high != 0 && addr >= from && addr < to {
				return addr, true
			}
		}
	}
	return 0, false
}
