// This file tests that Alloc fails where Go would end the process: under a limit on
// addresses (ulimit -v), and when the machine has no more memory to give. Each is
// tried in a process of its own.

package ffi

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

func TestAllocUntilThereIsNoMore(t *testing.T) {
	if size := os.Getenv("DLSH_ALLOC"); size != "" {
		var n int64
		fmt.Sscan(size, &n)
		fillMemory(t, n)
		return
	}
	for _, test := range []struct {
		limit string // of addresses, in kB
		size  int64
	}{
		{"6000000", 5 << 30},
		{"6000000", 1 << 30},
		{"6000000", 100 << 20},
		{"3000000", 8 << 20},
		{"unlimited", 1 << 30},
	} {
		t.Run(fmt.Sprintf("ulimit -v %s, %d MB", test.limit, test.size>>20), func(t *testing.T) {
			cmd := exec.Command("sh", "-c", `ulimit -v $0 && exec "$1" -test.run='^TestAllocUntilThereIsNoMore$' -test.v`, test.limit, os.Args[0])
			cmd.Env = append(os.Environ(), fmt.Sprintf("DLSH_ALLOC=%d", test.size))
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "refused after") {
				t.Errorf("%v:\n%s", err, out)
			}
		})
	}
}

// fillMemory takes blocks until there are no more, lets them go, and can have as many again.
func fillMemory(t *testing.T, n int64) {
	most := memoryOf(t)
	fill := func() int64 {
		var all [][]byte
		for {
			b, err := Alloc(n)
			var no *NoMemory
			if errors.As(err, &no) {
				break
			}
			all = append(all, b)
			if int64(len(all))*n > most {
				t.Fatalf("%d blocks of %d bytes, on a machine of %d", len(all), n, most)
			}
		}
		// What Go itself needs is still there.
		small := make([][]byte, 1000)
		for i := range small {
			small[i] = make([]byte, 10000)
		}
		runtime.KeepAlive(small)
		runtime.KeepAlive(all)
		return int64(len(all))
	}
	first := fill()
	second := fill()
	fmt.Printf("refused after %d and %d blocks of %d MB\n", first, second, n>>20)
	if n < maxBlock/4 && (first == 0 || second < first/2) {
		t.Errorf("only %d blocks of %d bytes, and %d the second time", first, n, second)
	}
}

func memoryOf(t *testing.T) int64 {
	n, ok := availableMemory()
	if !ok {
		t.Skip("no /proc/meminfo")
	}
	return n
}
