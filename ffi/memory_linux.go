// This file defines memoryLimit and spare for Linux: what can be had by sysinfo(2), getrlimit(2), mmap(2) and proc(5).

package ffi

import (
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// memoryLimit is half the memory and swap of the machine in bytes, or half of what
// the process may map (ulimit -v): the other half is for copies, and for Go.
func memoryLimit() uint64 {
	limit := uint64(1 << 34)
	var si unix.Sysinfo_t
	if unix.Sysinfo(&si) == nil {
		limit = (uint64(si.Totalram) + uint64(si.Totalswap)) * uint64(si.Unit) / 2
	}
	return min(limit, addressLimit()/2)
}

// addressLimit is RLIMIT_AS in bytes, all ones for no limit.
func addressLimit() uint64 {
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_AS, &r) != nil {
		return unix.RLIM_INFINITY
	}
	return r.Cur
}

// What Go takes from the system beside a large block: the rest of a heap arena (64 MB), and its books.
const goSlack = 128 << 20

// Blocks from largeBlock bytes on are measured against the memory of the machine.
const largeBlock = 16 << 20

// spare reports whether there is memory for n bytes more. A large block must fit
// twice, for Go lets garbage grow as large as what is in use before it collects, and
// a sixteenth of the machine is left for everybody else.
func spare(n int64) bool {
	// The system is asked for the addresses Go would need, which obeys every limit there is, and gets them back.
	probe, err := unix.Mmap(-1, 0, int(n+n/16+goSlack), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		// Go never gives addresses back, but fills them again. It may have to do with many
		// small gaps; where there is four times as much as is wanted, one is likely large enough.
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return n <= int64(m.HeapIdle)/4
	}
	unix.Munmap(probe)
	if n < largeBlock {
		return true
	}
	total, resident, ok := processMemory()
	if !ok {
		return true
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	// What Go was granted and has not touched yet is still counted as available.
	untouched := max(0, int64(m.HeapInuse)-resident)
	if available, ok := availableMemory(); ok && 2*n > available-untouched-maxBlock/8 {
		return false
	}
	limit := addressLimit()
	return limit == unix.RLIM_INFINITY || 2*n <= int64(limit)-total+int64(m.HeapIdle)
}

// processMemory is how many bytes this process has mapped, and how many of its own are in memory.
func processMemory() (total, resident int64, ok bool) {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, 0, false
	}
	var pages [3]int64 // size, resident, shared
	fields := strings.Fields(string(b))
	for i := range pages {
		if i >= len(fields) {
			return 0, 0, false
		}
		if pages[i], err = strconv.ParseInt(fields[i], 10, 64); err != nil {
			return 0, 0, false
		}
	}
	page := int64(os.Getpagesize())
	return pages[0] * page, (pages[1] - pages[2]) * page, true
}

// availableMemory is what the machine could give out now without harm to others, in bytes.
func availableMemory() (int64, bool) {
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	var sum int64
	found := false
	for _, line := range strings.Split(string(b), "\n") {
		name, rest, _ := strings.Cut(line, ":")
		if name != "MemAvailable" && name != "SwapFree" {
			continue
		}
		kB, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
		if err != nil {
			return 0, false
		}
		sum += kB << 10
		found = found || name == "MemAvailable"
	}
	return sum, found
}
