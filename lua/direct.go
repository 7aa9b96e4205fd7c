// This file defines the short way to numbers in C values: reading and setting them in Go's own memory, without a view in between.

package lua

import (
	"encoding/binary"
	"math"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// bytesAt is the memory of a part of v, nil where it is not Go's.
func (v *value) bytesAt(offset, size int64) []byte {
	if v.block == nil {
		return nil
	}
	mem := v.block.mem
	at := int64(v.addr-ffi.Address(mem)) + offset
	if at < 0 || at+size > int64(len(mem)) {
		return nil
	}
	return mem[at : at+size]
}

// peek is the Lua value of the number of type t at an offset in v; nil where the long way has to be gone.
func (s *Session) peek(L *glua.LState, v *value, t *ctype, offset int64) glua.LValue {
	if t.swap {
		return nil
	}
	b := v.bytesAt(offset, t.size)
	if b == nil {
		return nil
	}
	switch t.op {
	case opInt8:
		return s.boxes.int32(int32(int8(b[0])))
	case opUint8:
		return s.boxes.int32(int32(b[0]))
	case opInt16:
		return s.boxes.int32(int32(int16(binary.LittleEndian.Uint16(b))))
	case opUint16:
		return s.boxes.int32(int32(binary.LittleEndian.Uint16(b)))
	case opInt32:
		return s.boxes.int32(int32(binary.LittleEndian.Uint32(b)))
	case opUint32:
		return s.boxes.uint64(L, uint64(binary.LittleEndian.Uint32(b)))
	case opInt64:
		return s.boxes.int64(L, int64(binary.LittleEndian.Uint64(b)))
	case opUint64:
		return s.boxes.uint64(L, binary.LittleEndian.Uint64(b))
	case opFloat32:
		return s.boxes.number(float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
	case opFloat64:
		return s.boxes.number(math.Float64frombits(binary.LittleEndian.Uint64(b)))
	}
	return nil
}

// poke stores a Lua number where type t lies at an offset in v. It is false where the
// long way has to be gone: for other values, and numbers that want a word said about them.
func (v *value) poke(t *ctype, offset int64, lv glua.LValue) bool {
	n, ok := lv.(glua.LNumber)
	if !ok || t.swap {
		return false
	}
	f := float64(n)
	switch t.op {
	case opFloat64:
		if b := v.bytesAt(offset, 8); b != nil {
			binary.LittleEndian.PutUint64(b, math.Float64bits(f))
			return true
		}
	case opFloat32:
		if b := v.bytesAt(offset, 4); b != nil {
			binary.LittleEndian.PutUint32(b, math.Float32bits(float32(f)))
			return true
		}
	case opInt8, opUint8, opInt16, opUint16, opInt32, opUint32, opInt64, opUint64:
		k := int64(f)
		if float64(k) != f || k == math.MaxInt64 || k == math.MinInt64 {
			return false
		}
		if b := v.bytesAt(offset, t.size); b != nil {
			putWord(b, uint64(k), t.size)
			return true
		}
	}
	return false
}

// index gives an element of an array as an index from Lua says; it is false for one that is not there.
func (v *value) index(key glua.LNumber) (offset int64, ok bool) {
	i := int64(key)
	if v.t.op != opArray || float64(i) != float64(key) || i < 0 || i >= v.t.length {
		return 0, false
	}
	return i * v.t.elem.size, true
}
