// This file tests how arguments get into a frame and results out of it.

package ffi

import (
	"bytes"
	"testing"

	"dlsh/types"
)

// frame lays a signature out by a convention of any machine and takes a frame for it.
func (c convention) frame(t testing.TB, result, params string) *Frame {
	t.Helper()
	l, err := c.classify(c.target, abiRow{result: result, params: params}.signature(t))
	if err != nil {
		t.Fatal(err)
	}
	return (&Plan{layout: l}).Frame()
}

// SetBytes writes the value's own bytes and no others, whatever it is given.
func TestSetBytes(t *testing.T) {
	for _, c := range everywhere {
		for _, param := range []string{
			"char", "int", "double", "long double", "float _Complex", "{}", "{char[3]}", "{double; double}", "{float[3]}", "{int; double}",
			"{double; int}", "{long; int}", "aligned(16){int}", "{char[17]}", "aligned(64){double}", "{char[100]}", "union{long double; int}",
		} {
			for _, before := range []string{"", "8*int, 8*double, char, "} {
				f := c.frame(t, "void", before+param+", char, float")
				i := len(f.plan.args) - 3
				p := &f.plan.args[i]
				size := int(p.size)
				for _, n := range []int{0, 1, size / 2, size, size + 1, size + 100} {
					for k := range f.bytes {
						f.bytes[k] = 0xa5
					}
					f.SetBytes(i, bytes.Repeat([]byte{0x5a}, n))
					own := make([]bool, len(f.bytes))
					if p.copy != 0 {
						p := *p
						p.copy, p.pieces, p.word, p.count = 0, nil, p.copy, (p.size+7)/8
						mark(own, p.parts(), 0)
						copies := f.bytes[8*p.word : 8*p.word+p.size]
						if want := append(bytes.Repeat([]byte{0x5a}, min(n, size)), make([]byte, size-min(n, size))...); !bytes.Equal(copies, want) {
							t.Fatalf("%s: %s from %d bytes: the copy is % x", c.name, param, n, copies)
						}
						mark(own, []piece{{at: 8 * f.plan.args[i].word, size: 8}}, 0)
					} else {
						words := int32(0)
						if p.pieces == nil {
							words = 8 * p.word
						}
						mark(own, p.parts(), words)
					}
					for k, b := range f.bytes {
						if !own[k] && b != 0xa5 {
							t.Fatalf("%s: %s%s from %d bytes: byte %d of the frame was written", c.name, before, param, n, k)
						}
						if own[k] && b == 0xa5 && p.copy == 0 {
							t.Fatalf("%s: %s%s from %d bytes: byte %d of the frame was not written", c.name, before, param, n, k)
						}
					}
				}
			}
		}
	}
}

// mark marks pieces; those that are not pieces, but whole words, up to the end of the last word.
func mark(own []bool, parts []piece, words int32) {
	for _, part := range parts {
		size := part.size
		if words != 0 && part.at >= words {
			size = max(size, min(8, int32(len(own))-part.at))
		}
		for k := part.at; k < part.at+size; k++ {
			own[k] = true
		}
	}
}

// A small integer is extended to its register as its type says: callees may rely on it.
func TestSetBytesExtends(t *testing.T) {
	for _, row := range []struct {
		param string
		b     []byte
		want  uint64
	}{
		{"signed char", []byte{0xff}, 1<<64 - 1},
		{"signed char", []byte{0xff, 1, 2, 3, 4, 5, 6, 7}, 1<<64 - 1}, // more than the type has
		{"unsigned char", []byte{0xff}, 0xff},
		{"short", []byte{0, 0x80}, 1<<64 - 1<<15},
		{"int", []byte{0xfe, 0xff, 0xff, 0xff}, 1<<64 - 2},
		{"unsigned int", []byte{0xfe, 0xff, 0xff, 0xff}, 0xfffffffe},
		{"_Bool", []byte{1}, 1},
		{"long long", []byte{1, 2, 3, 4, 5, 6, 7, 8}, 0x0807060504030201},
	} {
		for _, c := range everywhere {
			f := c.frame(t, "void", row.param)
			f.SetBytes(0, row.b)
			if got := f.words[f.plan.args[0].word]; got != row.want {
				t.Errorf("%s: %s: % x is %#x in its register", c.name, row.param, row.b, got)
			}
		}
	}
}

// Apple's stack arguments share words; setting one leaves its neighbours alone, in whatever order.
func TestPackedScalars(t *testing.T) {
	f := appleTest.frame(t, "void", "8*int, 8*double, char, _Bool, short, float, int, char")
	f.SetInt(21, 1<<64-1)
	f.SetInt(20, 0x04030201)
	f.SetFloat32(19, 1)
	f.SetInt(18, 1<<64-2)
	f.SetInt(17, 1)
	f.SetInt(16, 0x7f)
	f.SetBytes(16, []byte{0x7e})
	want := []byte{0x7e, 1, 0xfe, 0xff, 0, 0, 0x80, 0x3f, 1, 2, 3, 4, 0xff, 0, 0, 0}
	if got := f.bytes[8*armStack : 8*armStack+16]; !bytes.Equal(got, want) {
		t.Errorf("got  % x\nwant % x", got, want)
	}
}

// Bytes gives the result's own bytes, as many as there is room for.
func TestResultBytes(t *testing.T) {
	for _, row := range []struct {
		c      convention
		result string
		want   string // the register each byte comes from
	}{
		{sysvTest, "{double; int}", "\x20\x20\x20\x20\x20\x20\x20\x20\x1e\x1e\x1e\x1e\x1e\x1e\x1e\x1e"},
		{sysvTest, "{char[3]}", "\x1e\x1e\x1e"},
		{armTest, "{float; float; float}", "\x2c\x2c\x2c\x2c\x2e\x2e\x2e\x2e\x30\x30\x30\x30"},
		{winTest, "{char[4]}", "\x18\x18\x18\x18"},
	} {
		f := row.c.frame(t, row.result, "")
		for k := range f.bytes {
			f.bytes[k] = byte(k / 8)
		}
		for _, room := range []int{0, 1, len(row.want), len(row.want) + 9} {
			dst := bytes.Repeat([]byte{0xa5}, room)
			f.Bytes(dst)
			n := min(room, len(row.want))
			if string(dst[:n]) != row.want[:n] || bytes.Contains(dst[:n], []byte{0xa5}) {
				t.Errorf("%s: %s in %d bytes: % x", row.c.name, row.result, room, dst)
			}
			if !bytes.Equal(dst[n:], bytes.Repeat([]byte{0xa5}, room-n)) {
				t.Errorf("%s: %s in %d bytes: more than the result was written: % x", row.c.name, row.result, room, dst)
			}
		}
	}
}

// Frames are aligned as their most aligned copy or stack argument.
func TestFrameAlignment(t *testing.T) {
	for _, row := range []struct {
		c     convention
		param string
		want  uintptr
	}{
		{sysvTest, "int", 16}, {sysvTest, "aligned(128){char}", 128}, {armTest, "aligned(256){char}", 256}, {winTest, "aligned(64){char}", 64},
	} {
		f := row.c.frame(t, "void", row.param)
		if Address(f.bytes)%row.want != 0 || f.words[wordAlign] != uint64(-row.want) {
			t.Errorf("%s: %s: a frame at %#x, mask %#x", row.c.name, row.param, Address(f.bytes), f.words[wordAlign])
		}
	}
}

// Setting a record of two doubles and reading it back costs a few nanoseconds and no allocation.
func BenchmarkCallTwoDoubles(b *testing.B) {
	pair := types.StructOf("pair", types.Field{Name: "x", Type: types.Of(types.Double)}, types.Field{Name: "y", Type: types.Of(types.Double)})
	p, err := Prepare(Signature{Params: []*types.Type{pair}, Result: types.Of(types.Int), Fixed: 1})
	if err != nil {
		b.Fatal(err)
	}
	abs := symbol(b, "libc.so.6", "abs")
	value := make([]byte, 16)
	b.ReportAllocs()
	for b.Loop() {
		f := p.Frame()
		f.SetBytes(0, value)
		f.Call(abs)
		f.Bytes(value[:4])
		f.Done()
	}
}
