// This file defines types that C text or debug information declared, as Lua sees them: records and their members.

package lua

import (
	"errors"
	"slices"
	"strings"

	"dlsh/types"
)

// recordOf is the Lua side of a struct or union that was declared in C; all qualified versions of it are one type here.
// Its members may be declared later.
func (s *Session) recordOf(c *types.Type) (*ctype, error) {
	r := s.target.Resolve(c)
	if t := s.records[r.Record]; t != nil {
		return t, s.complete(t)
	}
	plain := types.Unqualified(r)
	name := r.Name
	if name == "" {
		name = r.Kind.String()
		if c.Kind == types.Typedef { // typedef struct {...} point: the name there is
			name, plain = c.Name, types.Unqualified(c)
		}
	}
	t := s.newType(&ctype{op: opRecord, name: name, c: plain, size: -1, align: -1, rec: &record{kind: r.Kind, big: r.Record.BigEndian, declared: true}})
	if s.records == nil {
		s.records = map[*types.Record]*ctype{}
	}
	s.records[r.Record] = t // before its members, which may point to it
	if s.makingFor != nil {
		s.makingFor.records = append(s.makingFor.records, r.Record)
	}
	err := s.complete(t)
	if !t.rec.complete {
		s.incomplete = append(s.incomplete, t)
	}
	return t, err
}

// complete gives a declared record its members, once C has them. What is wrong with them is kept, too: the record can be
// used behind pointers all the same.
func (s *Session) complete(t *ctype) error {
	c := s.target.Resolve(t.c)
	if t.rec.complete || !c.Record.Complete {
		return nil
	}
	layout, err := s.target.Record(c)
	if err != nil {
		t.rec.why = err
		return err
	}
	// What points back here finds a record with a size.
	t.rec.complete, t.size, t.align, t.rec.why = true, layout.Size, layout.Align, nil
	var fields []*field
	byName := map[string]*field{}
	for i, m := range c.Record.Fields {
		if m.BitField && m.Name == "" {
			continue // padding
		}
		f, err := s.declaredField(t, m, layout.Fields[i])
		if err != nil {
			t.rec.complete, t.size, t.align = false, -1, -1
			t.rec.why = errors.New(t.c.String() + ": member " + m.Name + ": " + err.Error())
			return t.rec.why
		}
		fields = append(fields, f)
		if m.Name != "" {
			byName[m.Name] = f
			continue
		}
		for name, inner := range f.t.rec.byName {
			through := *inner
			through.offset += f.offset
			byName[name] = &through
		}
	}
	t.rec.fields, t.rec.byName, t.rec.likes = fields, byName, nil
	t.rec.options = recordOptions{pack: c.Record.Pack, align: c.Record.Align, rules: c.Record.Rules}
	t.rec.made = slices.Clone(c.Record.Fields)
	return nil
}

func (s *Session) declaredField(owner *ctype, m types.Field, at types.FieldLayout) (*field, error) {
	f := &field{name: m.Name, owner: owner, offset: at.Offset, bit: at.Bit, bits: at.Bits, anonymous: m.Name == ""}
	var err error
	if r := s.target.Resolve(m.Type); r.Kind == types.Array && r.Len == types.Incomplete {
		elem, err := s.wrap(r.Elem)
		if err != nil {
			return nil, err
		}
		f.t, f.flexible = s.flexibleArray(elem), true
		return f, nil
	}
	if f.t, err = s.wrap(m.Type); err != nil {
		return nil, err
	}
	if m.BitField {
		f.t = f.t.counted()
	}
	if owner.rec.big {
		f.t, err = s.swapped(f.t)
	}
	return f, err
}

// byMacro finds the member that a macro gives another name: sys/stat.h says #define st_mtime st_mtim.tv_sec. It is kept among
// the members.
func (s *Session) byMacro(t *ctype, name string) *field {
	if t.op != opRecord || !t.rec.declared || !t.rec.complete {
		return nil
	}
	d := s.scope.Macro(name)
	if d == nil || d.Macro.Function || !strings.Contains(d.Macro.Body, ".") {
		return nil
	}
	found := &field{t: t}
	for _, part := range strings.Split(d.Macro.Body, ".") {
		part = strings.TrimSpace(part)
		if found.t.op != opRecord || found.bits != 0 || found.t.rec.byName[part] == nil {
			return nil
		}
		inner := *found.t.rec.byName[part]
		inner.offset += found.offset
		found = &inner
	}
	t.rec.byName[name] = found
	return found
}

// completeRecords looks again at declared records that had no members; with again at those, too, whose members point to what
// was defined again. Those that cannot have values say so when one is wanted.
func (s *Session) completeRecords(again bool) {
	waiting := s.incomplete
	s.incomplete = nil
	for _, t := range waiting {
		if s.records[s.target.Resolve(t.c).Record] != t {
			continue // it went with its library
		}
		if s.complete(t); !t.rec.complete {
			s.incomplete = append(s.incomplete, t)
		}
	}
	if !again {
		return
	}
	for r, t := range s.records {
		same := func(a, b types.Field) bool { return a.Type == b.Type }
		if !t.rec.complete || slices.EqualFunc(r.Fields, t.rec.made, same) {
			continue
		}
		t.rec.complete = false
		if s.complete(t); !t.rec.complete {
			s.incomplete = append(s.incomplete, t)
		}
	}
}
