// This file defines random records: what members they have, and which attributes.

package random

import (
	"fmt"

	"dlsh/types"
)

// Record makes a struct or a union with a tag. Most are small: what is up to 16 bytes long is what
// travels in registers.
func (g *Generator) Record() *types.Type {
	switch {
	case g.chance(15):
		return g.floatRecord()
	case !g.ByValue && g.chance(5):
		return g.flexibleRecord()
	}
	return g.record(3)
}

// record makes a record nested up to depth deep.
func (g *Generator) record(depth int) *types.Type {
	names := 0
	size := pick(g, 0, 4, 8, 8, 12, 16, 16, 16, 16, 16, 20, 32, 32, 64, 200)
	return g.tag(g.body(depth, size, nil, &names), true)
}

// tag gives a record its name and its place in the order of definitions.
func (g *Generator) tag(ty *types.Type, member bool) *types.Type {
	ty.Name = fmt.Sprintf("T%d", len(g.Types))
	g.Types = append(g.Types, ty)
	if member {
		g.records = append(g.records, ty)
	}
	return ty
}

// name gives the next member its name.
func name(names *int) string {
	*names++
	return fmt.Sprintf("m%d", *names-1)
}

// flexibleRecord makes a struct that ends in an array of no known length.
func (g *Generator) flexibleRecord() *types.Type {
	names := 0
	ty := g.body(2, pick(g, 1, 8, 16), nil, &names)
	ty.Kind = types.Struct
	elem := g.Scalar()
	if g.chance(30) {
		elem = g.record(1)
	}
	// Such an array may not be the only member (C11 6.7.2.1p18).
	ty.Record.Fields = append(ty.Record.Fields, types.Field{Name: name(&names), Type: types.Of(types.Char)},
		types.Field{Name: name(&names), Type: types.ArrayOf(elem, types.Incomplete)})
	return g.tag(ty, false)
}

// floatRecord makes a record of one floating type only, as conventions that pass such records in
// vector registers look for: one to five of it, single, in arrays, as complex numbers, nested.
func (g *Generator) floatRecord() *types.Type {
	names := 0
	kind := pick(g, types.Float, types.Float, types.Double, types.Double, types.LongDouble)
	return g.tag(g.floats(kind, 1+g.rng.IntN(5), 2, &names), true)
}

func (g *Generator) floats(kind types.Kind, n, depth int, names *int) *types.Type {
	ty := &types.Type{Kind: types.Struct, Record: &types.Record{Complete: true}}
	if g.chance(10) {
		ty.Kind = types.Union
	}
	for n > 0 {
		f := types.Field{Name: name(names), Type: types.Of(kind)}
		some := 1 + g.rng.IntN(min(n, 4))
		switch p := g.rng.IntN(20); {
		case p < 5:
			f.Type = types.ArrayOf(f.Type, int64(some))
		case p < 8 && n > 1:
			f.Type, some = types.Of(types.ComplexFloat+kind-types.Float), 2
		case p < 10 && depth > 0:
			inner := 0
			f.Type = g.tag(g.floats(kind, some, depth-1, &inner), true)
		case p < 11 && depth > 0:
			f.Name, f.Type = "", g.floats(kind, some, depth-1, names)
		case p < 12:
			f.Type, some = types.ArrayOf(f.Type, 0), 0
		case p < 13:
			f.Align, some = pick[int64](g, 8, 16, 32), 1
		default:
			some = 1
		}
		ty.Record.Fields = append(ty.Record.Fields, f)
		n -= some
	}
	return ty
}

// body makes a record without a tag, inside another or not. One that stays without a tag is
// written inside its outer record, and what #pragma pack says around that holds for both.
func (g *Generator) body(depth, size int, outer *types.Record, names *int) *types.Type {
	rec := &types.Record{Complete: true}
	if outer != nil {
		rec.Pack = outer.Pack
	}
	ty := &types.Type{Kind: types.Struct, Record: rec}
	if g.chance(20) {
		ty.Kind = types.Union
	}
	switch n := g.rng.IntN(100); {
	case n < 10:
		rec.Packed = true
	case n < 20 && outer == nil:
		rec.Pack = pick[int64](g, 1, 2, 4, 8)
	}
	if g.chance(8) {
		rec.Align = pick[int64](g, 1, 2, 4, 8, 16, 32, 64)
	}
	switch n := g.rng.IntN(100); {
	case n < 7 && g.Target.Arch == "amd64":
		rec.Rules = types.MS // compilers for other CPUs do not know ms_struct
	case n < 10:
		rec.BigEndian = true
	case n < 12:
		rec.Rules = types.GCC
	}
	bits := 8 // percent of members that are bit-fields
	if g.chance(25) {
		bits = 75
	}
	for total, n := 0, 0; total < size && n < 12; n++ {
		f := g.member(depth, size-total, bits, rec, names)
		if f.Type.Kind.Complex() && rec.BigEndian {
			continue
		}
		rec.Fields = append(rec.Fields, f)
		switch {
		case f.BitField:
			total += (f.Bits + 7) / 8
		case ty.Kind == types.Struct:
			total += rough(f.Type)
		default:
			total += size/4 + 1
		}
	}
	return ty
}

// member makes one member of about up to room bytes.
func (g *Generator) member(depth, room, bits int, outer *types.Record, names *int) types.Field {
	var f types.Field
	switch {
	case g.chance(bits):
		f = g.bitField(names)
	case depth > 0 && g.chance(4):
		f.Type = g.body(depth-1, min(room, 8), outer, names)
		if named(f.Type) == 0 || g.chance(30) { // C11 6.7.2.1p13: what an anonymous member declares is its members
			f.Name = name(names)
		}
	case depth > 0 && g.chance(15):
		f = types.Field{Name: name(names), Type: g.nested(depth-1, room)}
	case g.chance(15):
		elem := g.Scalar()
		n := int64(g.rng.IntN(max(1, min(room, 40)/rough(elem)) + 1))
		f = types.Field{Name: name(names), Type: types.ArrayOf(elem, n)}
		if g.chance(20) {
			f.Type = types.ArrayOf(f.Type, int64(g.rng.IntN(3)))
		}
	default:
		f = types.Field{Name: name(names), Type: g.Scalar()}
	}
	if f.BitField && f.Bits == 0 {
		return f
	}
	if g.chance(4) && (f.Name != "" || f.BitField) {
		f.Align = pick[int64](g, 1, 2, 4, 8, 16, 32, 64)
	}
	f.Packed = g.chance(4) && f.Name != ""
	return f
}

// nested is a record as a member: one that is there already, a new one, or an array of either.
func (g *Generator) nested(depth, room int) *types.Type {
	var ty *types.Type
	if len(g.records) > 0 && g.chance(60) {
		ty = pick(g, g.records...)
	}
	if ty == nil || rough(ty) > max(room, 8) {
		ty = g.record(depth)
	}
	if g.chance(25) {
		ty = types.ArrayOf(ty, int64(g.rng.IntN(4)))
	}
	return ty
}

// bitField makes a bit-field of any width its type allows, more often a short one or the widest.
func (g *Generator) bitField(names *int) types.Field {
	ty := g.integer()
	if g.chance(10) {
		ty = g.enum()
	}
	most := 8 * int(g.Target.Size(ty))
	if g.Target.Resolve(ty).Kind == types.Bool {
		most = 1 // C11 6.7.2.1p4: no wider than the type; _Bool has one bit
	}
	f := types.Field{Type: ty, BitField: true}
	switch g.rng.IntN(10) {
	case 0:
		return f // zero width has no name
	case 1:
		f.Bits = most
	case 2, 3, 4:
		f.Bits = 1 + g.rng.IntN(min(most, 8))
	default:
		f.Bits = 1 + g.rng.IntN(most)
	}
	if !g.chance(8) {
		f.Name = name(names)
	}
	return f
}

// named counts the members of a record that have names.
func named(ty *types.Type) int {
	n := 0
	for _, f := range ty.Record.Fields {
		switch {
		case f.Name != "":
			n++
		case !f.BitField:
			n += named(f.Type)
		}
	}
	return n
}

// rough is about the size of a type: good enough to stop adding members.
func rough(ty *types.Type) int {
	switch ty.Kind {
	case types.Array:
		return max(0, int(ty.Len)) * rough(ty.Elem)
	case types.Struct, types.Union:
		sum := int(ty.Record.Align) / 2
		for _, f := range ty.Record.Fields {
			n := rough(f.Type) + int(f.Align)/2
			if f.BitField {
				n = (f.Bits + 7) / 8
			}
			if ty.Kind == types.Union {
				sum = max(sum, n)
			} else {
				sum += n
			}
		}
		return sum
	case types.Bool, types.Char, types.SChar, types.UChar:
		return 1
	case types.Short, types.UShort:
		return 2
	case types.Int, types.UInt, types.Float:
		return 4
	case types.LongDouble, types.ComplexDouble:
		return 16
	case types.ComplexLongDouble:
		return 32
	}
	return 8
}
