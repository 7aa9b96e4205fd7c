// This file tests the generator: what a seed gives is always the same, and nothing it is there for is missing.

package random

import (
	"testing"

	"dlsh/types"
)

func TestSameSeed(t *testing.T) {
	for _, target := range []*types.Target{types.LinuxAMD64, types.LinuxARM64} {
		one, two := NewUnit(target, 7, 50, 20, 10).Source(), NewUnit(target, 7, 50, 20, 10).Source()
		if one != two {
			t.Errorf("%s: two units of one seed differ", target)
		}
		if one == NewUnit(target, 8, 50, 20, 10).Source() {
			t.Errorf("%s: units of two seeds do not differ", target)
		}
	}
}

// Every feature of C that the proof speaks of is there, and often enough.
func TestEverythingIsMade(t *testing.T) {
	made := map[string]int{}
	g := New(types.LinuxAMD64, 1)
	for range 2000 {
		g.Record()
	}
	for _, ty := range g.Types {
		countType(made, ty)
	}
	for seed := range uint64(6) {
		u := NewUnit(types.LinuxAMD64, seed, 300, 75, 60)
		for i := range u.Cases {
			countCase(made, u.Target, &u.Cases[i])
		}
	}
	for what, least := range map[string]int{
		"struct": 1500, "union": 400, "enum": 20, "no members": 20, "array at the end": 50, "array of none": 50, "array of arrays": 50,
		"packed": 100, "pack 1": 20, "pack 2": 20, "pack 4": 20, "pack 8": 20, "aligned": 100, "ms": 50, "big-endian": 20,
		"member packed": 100, "member aligned": 100, "aligned 64": 10, "anonymous": 50, "nested": 300, "complex": 200, "long double": 200,
		"bit-field": 1000, "zero width": 100, "unnamed": 100, "full width": 100, "wide": 100, "enum bit-field": 50, "_Bool bit-field": 50,
		"no arguments": 20, "14 arguments": 20, "30 arguments": 20, "256 arguments": 3, "variadic": 300, "variadic record": 300,
		"variadic long double": 50, "variadic complex": 50, "void result": 50, "record result": 500, "large record argument": 200,
	} {
		if made[what] < least {
			t.Errorf("%s: %d, want at least %d", what, made[what], least)
		}
	}
}

func countType(made map[string]int, ty *types.Type) {
	made[ty.Kind.String()]++
	if ty.Kind == types.Enum {
		return
	}
	count := func(what string, is bool) {
		if is {
			made[what]++
		}
	}
	r := ty.Record
	count("no members", len(r.Fields) == 0)
	count("packed", r.Packed)
	count("aligned", r.Align > 0)
	count("ms", r.Rules == types.MS)
	count("big-endian", r.BigEndian)
	if r.Pack > 0 {
		made["pack "+string(rune('0'+r.Pack))]++
	}
	for _, f := range r.Fields {
		size := types.LinuxAMD64.Size(f.Type)
		count("member packed", f.Packed)
		count("member aligned", f.Align > 0)
		count("aligned 64", f.Align == 64)
		count("bit-field", f.BitField)
		count("zero width", f.BitField && f.Bits == 0)
		count("unnamed", f.BitField && f.Bits > 0 && f.Name == "")
		count("full width", f.BitField && int64(f.Bits) == 8*size)
		count("wide", f.BitField && f.Bits > 32)
		count("enum bit-field", f.BitField && f.Type.Kind == types.Enum)
		count("_Bool bit-field", f.BitField && f.Type.Kind == types.Bool)
		count("anonymous", !f.BitField && f.Name == "")
		count("nested", f.Type.Kind.Aggregate())
		count("complex", f.Type.Kind.Complex())
		count("long double", f.Type.Kind == types.LongDouble)
		if f.Type.Kind == types.Array {
			count("array at the end", f.Type.Len == types.Incomplete)
			count("array of none", f.Type.Len == 0)
			count("array of arrays", f.Type.Elem.Kind == types.Array)
		}
	}
}

func countCase(made map[string]int, t *types.Target, c *Case) {
	switch n := len(c.Params); {
	case n == 0:
		made["no arguments"]++
	case n >= 256:
		made["256 arguments"]++
	case n >= 30:
		made["30 arguments"]++
	case n == 14:
		made["14 arguments"]++
	}
	switch r := c.Signature.Result; {
	case r.Kind == types.Void:
		made["void result"]++
	case r.Kind.Aggregate():
		made["record result"]++
	}
	if c.Variadic {
		made["variadic"]++
	}
	for i, p := range c.Params {
		switch {
		case i >= c.Fixed && p.Kind.Aggregate():
			made["variadic record"]++
		case i >= c.Fixed && p.Kind == types.LongDouble:
			made["variadic long double"]++
		case i >= c.Fixed && p.Kind.Complex():
			made["variadic complex"]++
		case p.Kind.Aggregate() && t.Size(p) > 16:
			made["large record argument"]++
		}
	}
}
