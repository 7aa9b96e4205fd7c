// This file tests the classifiers on random signatures, and on those that no convention can pass.

package ffi

import (
	"strings"
	"testing"

	"dlsh/types"
)

// What no convention passes by value is refused with the argument's number and its type.
func TestLayoutRefusals(t *testing.T) {
	integer := types.Of(types.Int)
	pair := types.ArrayOf(integer, 2)
	function := types.FuncOf(integer, false)
	vector := &types.Type{Kind: types.Vector, Elem: types.Of(types.Float), Len: 4}
	opaque := &types.Type{Kind: types.Struct, Name: "opaque", Record: &types.Record{}}
	one := func(ty *types.Type) Signature { return Signature{Params: []*types.Type{integer, ty}, Result: integer} }
	for _, row := range []struct {
		sig  Signature
		want string
	}{
		{one(pair), "argument 2: arrays such as int[2] cannot be passed by value; pass a pointer, int *"},
		{one(types.Of(types.Void)), "argument 2: void has no value that could be passed"},
		{one(function), "argument 2: functions such as int (void) cannot be passed by value; pass a pointer, int (*)(void)"},
		{one(vector), "argument 2: vector types such as " + vector.String() + " cannot be passed yet"},
		{one(types.StructOf("v", types.Field{Type: types.ArrayOf(vector, 2)})), "argument 2: vector types such as " + vector.String() + " cannot be passed yet"},
		{one(opaque), "argument 2: struct opaque has no size: its members are not known"},
		{one(types.StructOf("huge", types.Field{Type: types.ArrayOf(integer, 1<<24)})), "argument 2: struct huge takes 67108864 bytes; at most 4194304 can be passed"},
		{Signature{Result: pair}, "result: arrays such as int[2] cannot be returned by value; return a pointer, int *"},
		{Signature{Result: function}, "result: functions such as int (void) cannot be returned by value; return a pointer, int (*)(void)"},
		{Signature{Result: vector}, "result: vector types such as " + vector.String() + " cannot be returned yet"},
		{Signature{Result: opaque}, "result: struct opaque has no size: its members are not known"},
	} {
		for _, c := range everywhere {
			if _, err := c.classify(c.target, row.sig); err == nil || err.Error() != row.want {
				t.Errorf("%s:\n got %v\nwant %s", c.name, err, row.want)
			}
		}
	}
	unheard := one(&types.Type{Kind: types.Typedef, Name: "unheard_of"})
	if _, err := sysvLayout(types.LinuxAMD64, unheard); err == nil || !strings.HasPrefix(err.Error(), "argument 2: unheard_of has no size") {
		t.Errorf("an unknown name: %v", err)
	}
	many := Signature{Result: integer}
	for range 300 {
		many.Params = append(many.Params, types.StructOf("", types.Field{Type: types.ArrayOf(integer, 1<<12)}))
	}
	for _, c := range everywhere {
		if _, err := c.classify(c.target, many); err == nil || !strings.Contains(err.Error(), "at most 4194304 can be passed") {
			t.Errorf("%s: 300 records of 16 KiB: %v", c.name, err)
		}
	}
}

// source makes types out of bytes; when they have run out, everything is char.
type source struct{ bytes []byte }

func (s *source) next(n int) int {
	if len(s.bytes) == 0 {
		return 0
	}
	b := s.bytes[0]
	s.bytes = s.bytes[1:]
	return int(b) % n
}

var scalarKinds = []types.Kind{
	types.Char, types.Bool, types.SChar, types.UChar, types.Short, types.UShort, types.Int, types.UInt, types.Long,
	types.ULong, types.LongLong, types.ULongLong, types.Float, types.Double, types.LongDouble, types.ComplexFloat,
	types.ComplexDouble, types.ComplexLongDouble,
}

func (s *source) value(depth int) *types.Type {
	n := s.next(len(scalarKinds) + 8)
	switch {
	case n < len(scalarKinds):
		return types.Of(scalarKinds[n])
	case n == len(scalarKinds):
		return types.PointerTo(types.Of(types.Void))
	case n == len(scalarKinds)+1:
		return &types.Type{Kind: types.Enum, Elem: types.Of(types.UInt)}
	case depth == 0:
		return types.Of(types.Float)
	}
	r := types.StructOf("")
	how := s.next(64)
	if how&3 == 3 {
		r.Kind = types.Union
	}
	r.Record.Packed = how&12 == 12
	if how&48 == 48 {
		r.Record.Align = 1 << s.next(7)
	}
	for i := range s.next(6) {
		f := types.Field{Name: string(rune('a' + i))}
		switch how := s.next(8); how {
		default:
			f.Type = s.value(depth - 1)
			if how == 1 {
				f.Align = 1 << s.next(6)
			}
		case 2, 3:
			f.Type = types.ArrayOf(s.value(depth-1), int64(s.next(5)))
		case 4, 5:
			f.Type = types.Of(scalarKinds[s.next(12)])
			f.BitField = true
			f.Bits = 1 + s.next(int(8*types.WindowsAMD64.Size(f.Type)))
			if f.Type.Kind == types.Bool {
				f.Bits = 1
			}
			if s.next(4) == 0 {
				f.Name, f.Bits = "", f.Bits-1
			}
		}
		r.Record.Fields = append(r.Record.Fields, f)
	}
	return r
}

// Whatever the signature, every convention's layout keeps what check asks of it.
func FuzzLayout(f *testing.F) {
	f.Add([]byte{6, 13, 14, 200})
	f.Add([]byte(strings.Repeat("\x0e", 20)))
	f.Add([]byte(strings.Repeat("\x08\x0e\x0c", 12)))
	f.Add([]byte("\x17\x00\x02\x00\x0d\x00\x0d\x17\x00\x03\x00\x0c\x00\x0d\x00\x06"))
	f.Add([]byte("\x17\x30\x05\x03\x01\x06\x04\x07\x05\x01\x17\x0f\x03\x00\x0e\x00\x06\x02\x0c\x03"))
	f.Fuzz(func(t *testing.T, bytes []byte) {
		src := &source{bytes}
		s := Signature{Variadic: src.next(2) == 1, Result: src.value(3)}
		for len(src.bytes) > 0 && len(s.Params) < 40 {
			s.Params = append(s.Params, src.value(3))
		}
		s.Fixed = len(s.Params)
		if s.Variadic {
			s.Fixed = src.next(1 + len(s.Params))
		}
		for _, c := range everywhere {
			l, err := c.classify(c.target, s)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if err := l.check(c, s); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			fill := (&Plan{layout: l}).Frame()
			for i, p := range s.Params {
				fill.SetBytes(i, make([]byte, c.target.Size(p)))
				fill.SetBytes(i, []byte{1})
				fill.SetBytes(i, make([]byte, 300))
			}
			fill.Bytes(make([]byte, 300))
			fill.Bytes(nil)
		}
	})
}
