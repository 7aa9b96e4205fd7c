// This file tests memory: blocks, and reads and writes through addresses that may be wrong.

package ffi

import (
	"errors"
	"runtime"
	"testing"
)

func TestAlloc(t *testing.T) {
	seen := map[uintptr]bool{}
	var kept [][]byte // what is let go may be given out again
	for _, n := range []int64{0, 1, 15, 16, 17, 511, 512, 513, 8192, 1 << 20} {
		for range 3 {
			b, err := Alloc(n)
			if err != nil {
				t.Fatal(err)
			}
			if int64(len(b)) != n || int64(cap(b)) != n {
				t.Errorf("Alloc(%d): length %d, capacity %d", n, len(b), cap(b))
			}
			kept = append(kept, b)
			p := Address(b)
			if p%blockAlign != 0 || p == 0 {
				t.Errorf("Alloc(%d) is at %#x, not aligned to %d", n, p, blockAlign)
			}
			if seen[p] {
				t.Errorf("Alloc(%d) gave %#x twice", n, p)
			}
			seen[p] = true
			for i, c := range b {
				if c != 0 {
					t.Fatalf("Alloc(%d): byte %d is %d", n, i, c)
				}
			}
		}
	}
	runtime.KeepAlive(kept)
	for _, n := range []int64{-1, 1 << 40, 1<<63 - 1, -1 << 63} {
		var no *NoMemory
		if _, err := Alloc(n); !errors.As(err, &no) {
			t.Errorf("Alloc(%d) = %v, want NoMemory", n, err)
		}
	}
}

// memmove(3): the areas may overlap, in either direction.
func TestMoveOverlaps(t *testing.T) {
	b, err := Alloc(8)
	if err != nil {
		t.Fatal(err)
	}
	copy(b, "abcdefgh")
	if err := Move(Address(b)+2, Address(b), 6); err != nil || string(b) != "ababcdef" {
		t.Errorf("up: %q, %v", b, err)
	}
	copy(b, "abcdefgh")
	if err := Move(Address(b), Address(b)+2, 6); err != nil || string(b) != "cdefghgh" {
		t.Errorf("down: %q, %v", b, err)
	}
}

// Text is read in pieces that stop at page borders; none of it may get lost between them.
func TestText(t *testing.T) {
	b, err := Alloc(40000)
	if err != nil {
		t.Fatal(err)
	}
	for _, unit := range []int64{1, 2, 4} {
		for _, start := range []int64{0, 1, 4095, 4096, 5000} {
			for _, units := range []int64{0, 1, 15, 16, 63, 64, 65, 1000, 8000} {
				area := b[start : start+units*unit]
				for i := range area {
					area[i] = byte(1 + i%255)
				}
				clear(b[start+units*unit:][:unit])
				for most, want := range map[int64]int64{-1: units, units / 2: units / 2, units + 1: units, 1 << 60: units} {
					got, err := Text(Address(area), unit, most)
					if err != nil || string(got) != string(area[:want*unit]) {
						t.Errorf("%d units of %d bytes at %d, at most %d: %d bytes, %v", units, unit, start, most, len(got), err)
					}
				}
			}
		}
	}
}
