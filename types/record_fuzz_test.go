// This file fuzzes layouts: records made from bytes, and what must hold of every layout.

package types

import (
	"strings"
	"testing"
)

// source hands out the fuzzer's bytes; behind the end they are zero.
type source []byte

func (s *source) next(n int) int {
	if len(*s) == 0 || n <= 0 {
		return 0
	}
	b := (*s)[0]
	*s = (*s)[1:]
	return int(b) % n
}

// record makes a record of up to eight members, nested up to depth deep. Widths, lengths and alignments
// may be ones that C refuses.
func (s *source) record(depth int) *Type {
	ty := &Type{Kind: []Kind{Struct, Struct, Struct, Union}[s.next(4)], Record: &Record{Complete: true}}
	rec := ty.Record
	rec.Packed = s.next(4) == 1
	rec.Pack = []int64{0, 0, 0, 1, 2, 4, 8, 3}[s.next(8)]
	rec.Align = []int64{0, 0, 0, 1, 4, 16, 64, 5}[s.next(8)]
	rec.Rules = Rules(s.next(3))
	rec.BigEndian = s.next(4) == 1
	for i := range s.next(9) {
		f := Field{Name: string(rune('a' + i)), Type: s.member(depth)}
		if f.BitField = s.next(2) == 1; f.BitField {
			f.Bits = s.next(70) - 1
		}
		if s.next(8) == 1 {
			f.Name = ""
		}
		f.Packed = s.next(8) == 1
		f.Align = []int64{0, 0, 0, 0, 1, 2, 8, 32}[s.next(8)]
		rec.Fields = append(rec.Fields, f)
	}
	return ty
}

func (s *source) member(depth int) *Type {
	switch n := s.next(24); {
	case n < 18:
		return Of(Bool + Kind(n))
	case n == 18:
		return PointerTo(Of(Void))
	case n == 19:
		return &Type{Kind: Enum, Elem: Of(UInt)}
	case n == 20:
		return &Type{Kind: Typedef, Name: "wchar_t"}
	case n == 21 && depth > 0:
		return ArrayOf(s.member(depth-1), int64(s.next(5)-1))
	case depth > 0:
		return s.record(depth - 1)
	}
	return Of(Int)
}

func FuzzRecord(f *testing.F) {
	for _, seed := range []string{
		"", "\x00", "\x00\x00\x00\x00\x00\x00\x02\x07\x01\x04\x00\x00\x00\x07\x01\x1f",
		"\x00\x01\x00\x00\x00\x00\x03\x07\x01\x1e\x00\x00\x00\x0a\x01\x3c\x00\x00\x00\x01",
		"\x00\x00\x04\x00\x02\x00\x05\x07\x01\x04\x07\x01\x04\x05\x01\x02\x01\x01\x01\x00\x07\x00",
		"\x03\x00\x00\x05\x01\x01\x04\x16\x00\x00\x00\x00\x00\x00\x02\x01\x01\x03\x15\x02\x04",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := source(data)
		ty := s.record(3)
		Define(ty) // must end
		for _, target := range Targets() {
			h := NewHeader(target)
			if _, err := target.Record(ty); (h.Add(Declaration{Type: ty}) == nil) && err != nil {
				t.Fatalf("written, though %v\n%s", err, h)
			}
			_ = h.String()
		}
		for _, target := range Targets() {
			checkLayout(t, target, ty)
		}
	})
}

// checkLayout holds one layout against what is true of all.
func checkLayout(t *testing.T, target *Target, ty *Type) {
	l, err := target.Record(ty)
	if err != nil {
		if !strings.HasPrefix(err.Error(), ty.String()+": ") {
			t.Fatalf("the error does not name %s: %v", ty, err)
		}
		return
	}
	fail := func(format string, args ...any) {
		t.Helper()
		t.Fatalf("%s: %s\n%s\n"+format, append([]any{target, show(target, ty), Define(ty)}, args...)...)
	}
	rec := ty.Record
	if again, err := target.place(ty, nil); err != nil || again.Size != l.Size || again.Align != l.Align {
		fail("laid out again: %v, %v", again, err)
	}
	if l.Size < 0 || l.Align < 1 || l.Align&(l.Align-1) != 0 || l.Size%l.Align != 0 {
		fail("size and alignment do not fit")
	}
	if l.Align < rec.Align {
		fail("less aligned than asked for")
	}
	end := int64(0) // in bits: where the member before ends
	for i, f := range rec.Fields {
		at := l.Fields[i]
		start, bits := 8*at.Offset+int64(at.Bit), 8*at.Size
		if f.BitField {
			bits = int64(f.Bits)
		}
		switch {
		case at.Bit < 0 || at.Bit > 7 || at.Bits != f.Bits || !f.BitField && at.Bit != 0:
			fail("member %d: bit %d, width %d", i, at.Bit, at.Bits)
		case start < 0 || start+bits > 8*l.Size:
			fail("member %d lies outside", i)
		case ty.Kind == Union && start != 0:
			fail("member %d of a union is at bit %d", i, start)
		case ty.Kind == Struct && start < end:
			fail("member %d overlaps the one before", i)
		}
		end = start + bits
		if _, align, err := target.Layout(f.Type); err == nil && !f.BitField && !rec.Packed && rec.Pack == 0 && !f.Packed {
			if align = max(align, f.Align); at.Offset%align != 0 || l.Align%align != 0 {
				fail("member %d is not aligned to %d", i, align)
			}
		}
	}
}
