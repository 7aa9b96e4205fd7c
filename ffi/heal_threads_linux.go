// This file defines what the other threads of the process do, by proc(5).

//go:build amd64 || arm64

package ffi

import (
	"os"
	"strconv"
	"strings"
)

// taskNames are the numbers of the threads.
func taskNames() (tids []int, err error) {
	dir, err := os.Open("/proc/self/task")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	for _, name := range names {
		if tid, err := strconv.Atoi(name); err == nil {
			tids = append(tids, tid)
		}
	}
	return tids, err
}

// taskCall is the system call that a thread is asleep in, and where it made it: 0 when the thread has ended meanwhile.
// It does not sleep when it runs, waits for the disk, or nobody may know.
func taskCall(tid int) (number int, pc uintptr, sleeps bool) {
	b, err := os.ReadFile("/proc/self/task/" + strconv.Itoa(tid) + "/syscall")
	if err != nil {
		_, gone := os.Stat("/proc/self/task/" + strconv.Itoa(tid))
		return 0, 0, gone != nil
	}
	fields := strings.Fields(string(b))
	if len(fields) < 3 { // "running"
		return 0, 0, false
	}
	number, err = strconv.Atoi(fields[0])
	if err != nil || number < 0 { // -1: in no system call
		return 0, 0, false
	}
	at, err := strconv.ParseUint(fields[len(fields)-1], 0, 64)
	return number, uintptr(at), err == nil
}
