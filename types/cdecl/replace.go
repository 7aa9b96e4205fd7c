// This file defines what follows a type that is defined again with Options.Redefine: what was declared in terms of the old
// one means the new one from then on, as if all had been read again.

package cdecl

import "dlsh/types"

// replacement maps what a text replaced to what stands in its place. Members of that type by value keep the old one: the
// record around them was laid out with it.
type replacement struct {
	records  map[*types.Record]*types.Type
	enums    map[*types.Enumerator]*types.Type // by the first enumerator
	typedefs map[typedef]*types.Type

	done    map[site]*types.Type
	visited map[*types.Record]bool
}

// typedef tells one typedef from another of its name.
type typedef struct {
	name string
	elem *types.Type
}

type site struct {
	t      *types.Type
	inside bool // of a record, by value
}

// replaced lists what the text defined again.
func (p *parser) replaced() *replacement {
	r := &replacement{map[*types.Record]*types.Type{}, map[*types.Enumerator]*types.Type{}, map[typedef]*types.Type{},
		map[site]*types.Type{}, map[*types.Record]bool{}}
	for tag, d := range p.tags {
		old := p.scope.tags[tag]
		switch {
		case old == nil || old.Type == d.Type:
		case old.Type.Kind.Aggregate() && d.Type.Kind == old.Type.Kind:
			r.records[old.Type.Record] = d.Type
		case old.Type.Kind == types.Enum && d.Type.Kind == types.Enum && len(old.Type.Values) > 0:
			r.enums[&old.Type.Values[0]] = d.Type
		}
	}
	for name, d := range p.names {
		old := p.scope.names[name]
		if old != nil && old != d && old.Kind == Type && d.Kind == Type && old.named != nil && d.named != nil {
			r.typedefs[typedef{name, old.named.Elem}] = d.named
		}
	}
	if len(r.records)+len(r.enums)+len(r.typedefs) == 0 {
		return nil
	}
	return r
}

// follow rewrites the declarations of a table.
func (r *replacement) follow(t table) {
	for _, list := range []map[string]*Decl{t.names, t.macros, t.tags} {
		for _, d := range list {
			if d.Type != nil {
				d.Type = r.of(d.Type, false)
			}
			if d.named != nil && d.named.Elem != nil {
				if elem := r.of(d.named.Elem, false); elem != d.named.Elem {
					named := *d.named
					named.Elem = elem
					d.named = &named
				}
			}
		}
	}
}

// of is the type that stands for t now: t itself where nothing in it was replaced.
func (r *replacement) of(t *types.Type, inside bool) *types.Type {
	if t == nil {
		return nil
	}
	at := site{t, inside}
	if now, ok := r.done[at]; ok {
		return now
	}
	now := r.make(t, inside)
	r.done[at] = now
	return now
}

func (r *replacement) make(t *types.Type, inside bool) *types.Type {
	var now *types.Type
	switch t.Kind {
	case types.Struct, types.Union:
		if !inside {
			now = r.records[t.Record]
		}
		if now == nil {
			r.members(t.Record)
		}
	case types.Enum:
		if !inside && len(t.Values) > 0 {
			now = r.enums[&t.Values[0]]
		}
	case types.Typedef:
		if !inside {
			now = r.typedefs[typedef{t.Name, t.Elem}]
		}
	}
	if now != nil {
		return types.Qualified(now, t.Const, t.Volatile)
	}
	changed := *t
	switch t.Kind {
	case types.Pointer:
		changed.Elem = r.of(t.Elem, false)
	case types.Array, types.Typedef:
		changed.Elem = r.of(t.Elem, inside)
	case types.Func:
		changed.Elem = r.of(t.Elem, false)
		same := changed.Elem == t.Elem
		changed.Params = make([]types.Param, len(t.Params))
		for i, q := range t.Params {
			changed.Params[i] = types.Param{Name: q.Name, Type: r.of(q.Type, false)}
			same = same && changed.Params[i].Type == q.Type
		}
		if same {
			return t
		}
		return &changed
	}
	if changed.Elem == t.Elem {
		return t
	}
	return &changed
}

// members rewrites what the members of a record point to. Its layout does not change by that.
func (r *replacement) members(rec *types.Record) {
	if r.visited[rec] {
		return
	}
	r.visited[rec] = true
	for i := range rec.Fields {
		rec.Fields[i].Type = r.of(rec.Fields[i].Type, true)
	}
}
