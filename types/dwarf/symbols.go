// This file defines what is known of a library's symbols: they say which of the functions described are exported,
// and by which other names.

package dwarf

import (
	"debug/elf"
)

// symbol is a name that a library exports.
type symbol struct {
	name    string
	value   uint64 // its address, as the library counts
	code    bool   // a function
	chooser bool   // a function that is chosen when the library is loaded (STT_GNU_IFUNC): value is the one that chooses
}

// symbols are those of .dynsym, one a name, in its default version.
type symbols struct {
	byName map[string]symbol
}

// readSymbols gives the symbols a library exports; nil when its section of them is missing or damaged.
func readSymbols(e *elf.File) *symbols {
	list, err := e.DynamicSymbols()
	if err != nil {
		return nil
	}
	s := &symbols{byName: map[string]symbol{}}
	hidden := map[string]bool{} // those that so far are there in an old version only
	for _, d := range list {
		if d.Name == "" || d.Section == elf.SHN_UNDEF || elf.ST_BIND(d.Info) == elf.STB_LOCAL {
			continue
		}
		_, known := s.byName[d.Name]
		old := d.HasVersion && d.VersionIndex.IsHidden()
		if known && (old || !hidden[d.Name]) {
			continue
		}
		hidden[d.Name] = old
		kind := elf.ST_TYPE(d.Info)
		s.byName[d.Name] = symbol{name: d.Name, value: d.Value, code: kind == elf.STT_FUNC || kind == elf.STT_GNU_IFUNC,
			chooser: kind == elf.STT_GNU_IFUNC}
	}
	return s
}
