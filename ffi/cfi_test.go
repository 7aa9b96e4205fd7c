// This file tests call frame information that no compiler would write.

package ffi

import (
	"encoding/binary"
	"testing"
)

// garbage is memory that is one block of bytes.
func garbage(b []byte) *memory { return &memory{stack: stackCopy{0x10000, b}, only: true} }

func TestEvaluate(t *testing.T) {
	r := &Registers{}
	r.R[7] = 0x10000
	m := garbage([]byte{1, 2, 3, 4, 5, 6, 7, 8})
	for _, test := range []struct {
		what string
		code []byte
		want uint64
		fail bool
	}{
		{"rsp+8", []byte{0x77, 8}, 0x10008, false},
		{"*rsp", []byte{0x77, 0, 0x06}, 0x0807060504030201, false},
		{"*(char *)(rsp+2)", []byte{0x77, 2, 0x94, 1}, 3, false},
		{"what ld writes for a PLT", []byte{0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22}, 0x10008, false},
		{"1 2 3 rot", []byte{0x31, 0x32, 0x33, 0x17, 0x1c, 0x1c}, 3 - (1 - 2) - 0, false},
		{"over - 7 5", []byte{0x37, 0x35, 0x14, 0x1c, 0x22}, 5, false},
		{"skip", []byte{0x31, 0x2f, 1, 0, 0x32, 0x96}, 1, false},
		{"bra", []byte{0x32, 0x31, 0x28, 1, 0, 0x33}, 2, false},
		{"nothing", nil, 0, true},
		{"an empty stack", []byte{0x22}, 0, true},
		{"for ever", []byte{0x31, 0x2f, 0xfc, 0xff}, 0, true},
		{"too deep", []byte{0x31, 0x2f, 0xfd, 0xff}, 0, true},
		{"division by zero", []byte{0x31, 0x30, 0x1b}, 0, true},
		{"no such memory", []byte{0x31, 0x06}, 0, true},
		{"no such register", []byte{0x92, 0x70, 0}, 0, true},
		{"out of its end", []byte{0x31, 0x2f, 5, 0}, 0, true},
		{"no such operation", []byte{0x31, 0xff}, 0, true},
	} {
		v, ok := m.evaluate(test.code, r, nil)
		if ok == test.fail || ok && v != test.want {
			t.Errorf("%s: got 0x%x, %v, want 0x%x", test.what, v, ok, test.want)
		}
	}
}

// FuzzFrames has tables of frames, a stack and registers made of anything.
func FuzzFrames(f *testing.F) {
	cie := []byte{20, 0, 0, 0, 0, 0, 0, 0, 1, 'z', 'R', 0, 1, 0x78, 16, 1, 0x0b, 0x0c, 7, 8, 0x90, 1, 0, 0}
	fde := []byte{28, 0, 0, 0, 28, 0, 0, 0, 0, 0, 1, 0, 0x40, 0, 0, 0, 0, 0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x0a, 0x0b, 0x10, 3, 2, 0x77, 8}
	header := []byte{1, 0x1b, 0x03, 0x3b, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 44, 0, 0, 0}
	seed := append(append(header, cie...), fde...)
	f.Add(append(seed, make([]byte, 64)...), uint64(0x10010), uint64(0x10060))
	f.Fuzz(func(t *testing.T, b []byte, pc, sp uint64) {
		for _, p := range processors {
			for _, tables := range []frameTables{{header: 0x10000}, {frames: 0x10000}, {header: 0x10000, frames: 0x10008}} {
				m := garbage(b)
				r := &Registers{PC: pc}
				for i := range r.R {
					r.R[i] = 0x10000 + uint64(i*8)
				}
				r.R[p.sp] = sp
				if fde, ok := m.findFDE(tables, pc); ok {
					p.caller(m, r, fde, pc)
					p.findSP(r, fde, pc)
				}
				for at := uint64(0x10000); at < 0x10000+uint64(min(len(b), 64)); at += 4 {
					if fde, _, ok := m.readFDE(at); ok {
						p.caller(m, r, fde, fde.start+4)
					}
				}
				m.evaluate(b, r, &pc)
				p.afterCall(b[:min(len(b), 7)])
			}
		}
	})
}

func TestFrameBounds(t *testing.T) {
	// A table that says it has more than there is, one that points to itself, and one that never ends.
	for _, b := range [][]byte{
		{1, 0x1b, 0x03, 0x3b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff},
		binary.LittleEndian.AppendUint32(nil, 0xfffffff0),
		{4, 0, 0, 0, 4, 0, 0, 0},
		make([]byte, 64),
		nil,
	} {
		m := garbage(b)
		if _, ok := m.findFDE(frameTables{header: 0x10000}, 0x10000); ok {
			t.Errorf("% x: a frame was found by the header", b)
		}
		if _, ok := m.findFDE(frameTables{frames: 0x10000}, 0x10000); ok {
			t.Errorf("% x: a frame was found by walking", b)
		}
	}
}
