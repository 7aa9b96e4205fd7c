// This file defines memoryLimit for Linux: what sysinfo(2) says can be had.

package ffi

import "golang.org/x/sys/unix"

// memoryLimit is the memory and swap of the machine in bytes.
func memoryLimit() uint64 {
	var si unix.Sysinfo_t
	if unix.Sysinfo(&si) != nil {
		return 1 << 34
	}
	return (uint64(si.Totalram) + uint64(si.Totalswap)) * uint64(si.Unit) / 2
}
