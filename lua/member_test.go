// This file tests members of records against a model: what was stored last in each is what is read.

package lua

import (
	"fmt"
	"math"
	"testing"

	glua "github.com/yuin/gopher-lua"

	"dlsh/types"
)

// bitFieldTypes are what FuzzBitFields chooses from.
var bitFieldTypes = []string{"_Bool", "char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned int", "long long", "unsigned long long"}

// Whatever bit-fields stand side by side, in either byte order, packed or not: a store
// changes the one member it names, and a load gives what was stored, cut to the width.
func FuzzBitFields(f *testing.F) {
	f.Add([]byte{6, 3, 6, 30, 9, 60, 2, 5, 0, 1}, uint8(0), uint64(0x0123456789abcdef))
	f.Add([]byte{8, 63, 8, 63, 8, 63}, uint8(1), uint64(math.MaxUint64)) // packed: across nine bytes
	f.Add([]byte{7, 3, 7, 0, 7, 13, 5, 16}, uint8(2), uint64(1))
	f.Add([]byte{9, 61, 3, 7, 9, 64}, uint8(3), uint64(1<<63))
	f.Fuzz(func(t *testing.T, spec []byte, how uint8, seed uint64) {
		s := New(Options{})
		defer s.Close()
		record := s.recordType("R", types.Struct, how&2 != 0)
		if how&1 != 0 {
			record.rec.options.pack = 1
		}
		list := s.L.NewTable()
		for i := 0; i+1 < len(spec) && i < 40; i += 2 {
			c, err := types.Parse(bitFieldTypes[int(spec[i])%len(bitFieldTypes)])
			if err != nil {
				t.Fatal(err)
			}
			most := 8 * s.target.Size(c)
			if c.Kind == types.Bool {
				most = 1
			}
			e := s.L.NewTable()
			e.Append(glua.LString(fmt.Sprintf("f%d", i)))
			e.Append(glua.LString(c.String()))
			e.Append(glua.LNumber(1 + int64(spec[i+1])%most))
			list.Append(e)
		}
		if err := s.setFields(record, list); err != nil {
			t.Fatal(err)
		}
		v, err := newValue(record)
		if err != nil {
			t.Fatal(err)
		}
		model := make([]uint64, len(record.rec.fields))
		for round := range 3 * len(model) {
			seed = seed*6364136223846793005 + 1442695040888963407
			i := int(seed>>33) % len(model)
			f := record.rec.fields[i]
			if err := v.setBitField(f, seed); err != nil {
				t.Fatal(err)
			}
			model[i] = seed << (64 - f.bits) >> (64 - f.bits)
			if s.target.Signed(f.t.c) {
				model[i] = uint64(int64(seed<<(64-f.bits)) >> (64 - f.bits))
			}
			for j, f := range record.rec.fields {
				if got, err := v.bitField(f); err != nil || got != model[j] {
					t.Fatalf("round %d: member %d (%s:%d at %d.%d of %s) is %#x, want %#x (%v)", round, j, f.t.c, f.bits, f.offset, f.bit, record.c, got, model[j], err)
				}
			}
		}
	})
}

// Whatever Lua value is stored in whatever C value: there is no crash, and what was
// taken reads back as what a second store of it makes the same bytes of.
func FuzzSet(f *testing.F) {
	f.Add(uint8(0), uint8(0), 1.5, "text", uint64(7))
	f.Add(uint8(7), uint8(1), math.Inf(1), "\xff", uint64(math.MaxUint64))
	f.Add(uint8(20), uint8(4), math.NaN(), "", uint64(1<<63))
	f.Fuzz(func(t *testing.T, which, form uint8, number float64, text string, bits uint64) {
		s := New(Options{})
		defer s.Close()
		to := s.fuzzTypes(t)
		c := to[int(which)%len(to)]
		lv := s.fuzzValue(form, number, text, bits)
		v, err := newValue(c)
		if err != nil {
			t.Fatal(err)
		}
		if s.set(v, lv) != nil {
			return
		}
		first := append([]byte(nil), v.block.mem...)
		got, err := s.get(s.L, v)
		if err != nil || c.isPointer() { // a string stored twice has two addresses
			return
		}
		again, _ := newValue(c)
		if err := s.set(again, got); err != nil {
			t.Fatalf("%s read from a %s as %s cannot be stored there: %v", describe(lv), c.c, describe(got), err)
		}
		if f, ok := got.(glua.LNumber); ok && math.IsNaN(float64(f)) {
			return // one NaN is as good as another
		}
		if string(first) != string(again.block.mem) {
			t.Fatalf("%s in a %s is % x, read and stored again % x", describe(lv), c.c, first, again.block.mem)
		}
	})
}

// fuzzTypes are all simple types, and one of each kind of derived one.
func (s *Session) fuzzTypes(t *testing.T) (list []*ctype) {
	for _, row := range simpleNames {
		list = append(list, s.simple[row[0]])
	}
	point := s.recordType("Point", types.Struct, false)
	fields := s.L.NewTable()
	for _, name := range []string{"int", "float"} {
		e := s.L.NewTable()
		e.Append(glua.LString(name + "_"))
		e.Append(glua.LString(name))
		fields.Append(e)
	}
	if err := s.setFields(point, fields); err != nil {
		t.Fatal(err)
	}
	numbers, err := s.arrayOf(s.simple["c_short"], 3)
	if err != nil {
		t.Fatal(err)
	}
	chars, err := s.arrayOf(s.simple["c_char"], 5)
	if err != nil {
		t.Fatal(err)
	}
	return append(list, point, numbers, chars, s.pointerTo(s.simple["c_int"]))
}

// fuzzValue is a Lua value of one of the kinds there are.
func (s *Session) fuzzValue(form uint8, number float64, text string, bits uint64) glua.LValue {
	switch form % 8 {
	case 0:
		return glua.LNumber(number)
	case 1:
		return glua.LString(text)
	case 2:
		return glua.LBool(bits&1 != 0)
	case 3:
		return glua.LNil
	case 4:
		return intValue(s.L, int64(bits))
	case 5:
		return uintValue(s.L, bits)
	case 6:
		list := s.L.NewTable()
		list.Append(glua.LNumber(number))
		list.Append(glua.LNumber(float64(bits)))
		return list
	}
	v, _ := newValue(s.simple["c_double"])
	putWord(v.block.mem, math.Float64bits(number), 8)
	return s.wrapValue(v)
}
