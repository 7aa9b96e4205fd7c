// This file defines Constant, an enumerator by its name.

package dwarf

import (
	dw "debug/dwarf"
	"fmt"
	"maps"
	"slices"

	"dlsh/types"
)

// Constant is an enumerator.
type Constant struct {
	Name  string
	Value int64
	Type  *types.Type // the enum
	Decl  Place       // where the enum is written
}

// Constant finds the enumerator of a name; nil when no enum has it. A name that enums of the library give different
// values is an error.
func (i *Info) Constant(name string) (c *Constant, err error) {
	err = i.begin()
	defer i.mu.Unlock()
	if err != nil {
		return nil, err
	}
	defer recovered(i.file.path, &err)
	if err := i.readEnumerators(); err != nil {
		return nil, err
	}
	for _, r := range i.index.enumerators[name] {
		e, err := i.file.entry(r)
		if err != nil {
			return nil, err
		}
		t, err := i.maker.typeAt(r)
		if err != nil {
			return nil, within(err, name)
		}
		at := slices.IndexFunc(t.Values, func(v types.Enumerator) bool { return v.Name == name })
		if at < 0 {
			continue
		}
		value := t.Values[at].Value
		if c != nil && c.Value != value {
			return nil, fmt.Errorf("%s: %s has different values: %s", i.path, name, i.maker.wheres(i.index.enumerators[name]))
		}
		if c == nil {
			c = &Constant{Name: name, Value: value, Type: t, Decl: i.placeOf([]entry{e})}
		}
	}
	return c, nil
}

// Constants lists the names that enumerators have, sorted.
func (i *Info) Constants() (names []string, err error) {
	err = i.begin()
	defer i.mu.Unlock()
	if err != nil {
		return nil, err
	}
	defer recovered(i.file.path, &err)
	if err := i.readEnumerators(); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(i.index.enumerators)), nil
}

// readEnumerators goes through all enums, once. Few ask, so the index does without.
func (i *Info) readEnumerators() error {
	x := i.index
	if x.enumerators != nil {
		return nil
	}
	found := map[string][]ref{}
	for _, r := range x.enums {
		e, err := i.file.entry(r)
		if err != nil {
			return err
		}
		if err := e.each(func(c *entry) error {
			if name := c.text(dw.AttrName); c.tag == dw.TagEnumerator && len(name) > 0 {
				add(found, "", name, r)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	x.enumerators = found
	return nil
}
