// This file tests what is read of an instruction that stopped.

package ffi

import (
	"runtime"
	"testing"
)

func TestDivisor(t *testing.T) {
	memory := []byte{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 7, 0, 0, 0, 0, 0, 0, 0}
	at := uint64(Address(memory))
	for _, row := range []struct {
		title string
		code  []byte
		regs  map[int]uint64 // by DWARF's numbers
		want  int64
		none  bool
	}{
		{title: "idiv ecx", code: []byte{0xf7, 0xf9}, regs: map[int]uint64{2: 1<<40 | 5}, want: 5},
		{title: "idiv ecx, negative", code: []byte{0xf7, 0xf9}, regs: map[int]uint64{2: 0xffffffff}, want: -1},
		{title: "div ecx", code: []byte{0xf7, 0xf1}, regs: map[int]uint64{2: 0xffffffff}, want: 0xffffffff},
		{title: "idiv rsi", code: []byte{0x48, 0xf7, 0xfe}, regs: map[int]uint64{4: 1 << 40}, want: 1 << 40},
		{title: "idiv r9d", code: []byte{0x41, 0xf7, 0xf9}, regs: map[int]uint64{9: 3}, want: 3},
		{title: "idiv cx", code: []byte{0x66, 0xf7, 0xf9}, regs: map[int]uint64{2: 0x7fffffff}, want: -1},
		{title: "div bl", code: []byte{0xf6, 0xf3}, regs: map[int]uint64{3: 0x1200}, want: 0},
		{title: "div bh", code: []byte{0xf6, 0xf7}, regs: map[int]uint64{3: 0x1200}, want: 0x12},
		{title: "div sil", code: []byte{0x40, 0xf6, 0xf6}, regs: map[int]uint64{4: 0x1234}, want: 0x34},
		{title: "idiv dword [rdi]", code: []byte{0xf7, 0x3f}, regs: map[int]uint64{5: at}, want: -2},
		{title: "idiv qword [rdi+8]", code: []byte{0x48, 0xf7, 0x7f, 8}, regs: map[int]uint64{5: at}, want: 7},
		{title: "idiv dword [rdi-0x100]", code: []byte{0xf7, 0xbf, 0, 0xff, 0xff, 0xff}, regs: map[int]uint64{5: at + 0x108}, want: 7},
		{title: "idiv dword [rsp+8]", code: []byte{0xf7, 0x7c, 0x24, 8}, regs: map[int]uint64{7: at}, want: 7},
		{title: "idiv dword [rax+rcx*4]", code: []byte{0xf7, 0x3c, 0x88}, regs: map[int]uint64{0: at, 2: 2}, want: 7},
		{title: "idiv dword [r12+r9*8+1]", code: []byte{0x43, 0xf7, 0x7c, 0xcc, 1}, regs: map[int]uint64{12: at - 1, 9: 1}, want: 7},
		{title: "memory that is not there", code: []byte{0xf7, 0x3f}, none: true},
		{title: "mul ecx", code: []byte{0xf7, 0xe1}, none: true},
		{title: "add", code: []byte{0x01, 0xc8}, none: true},
	} {
		code := append(row.code, make([]byte, 16)...)
		c := &Crash{Signal: 8, Code: 1, PC: Address(code)}
		for n, v := range row.regs {
			c.Regs.R[n] = v
		}
		if got, ok := c.Divisor(); got != row.want && ok || ok == row.none {
			t.Errorf("%s: %d, %v; want %d", row.title, got, ok, row.want)
		}
		runtime.KeepAlive(code)
	}
	runtime.KeepAlive(memory)
	if _, ok := (&Crash{}).Divisor(); ok {
		t.Error("there is no instruction at NULL")
	}
	// What a rip-relative operand is counted from is the end of the instruction.
	code := append([]byte{0xf7, 0x3d, 2, 0, 0, 0, 0x90, 0x90}, 9, 0, 0, 0, 0, 0, 0, 0)
	if got, ok := (&Crash{PC: Address(code)}).Divisor(); !ok || got != 9 {
		t.Errorf("idiv dword [rip+2]: %d, %v", got, ok)
	}
}
