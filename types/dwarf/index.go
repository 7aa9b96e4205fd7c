// This file defines index, the names that all units declare, and how it is made: one walk over what stands at the
// top of each unit.

package dwarf

import (
	"bytes"
	dw "debug/dwarf"
	"debug/elf"
	"fmt"
	"io/fs"
)

// index finds entries by name. Declarations are not in it, only what a unit defines.
type index struct {
	funcs  map[string][]ref
	codeAt map[uint64]ref // functions by address: aliases have a name in the symbol table only
	vars   map[string][]ref
	dataAt map[uint64]ref
	types  map[dw.Tag]map[string][]ref // struct, union, enum and typedef, by tag or name
	enums  []ref                       // all of them, also those without a tag
	dwo    []string                    // files with what is not in this one

	enumerators map[string][]ref // the enums that have one of a name; nil until asked

	depth int // of records in records, while it is made
}

// families are the languages that are read (DWARF 5, table 7.17, and the list it refers to), true for C++: there a
// function without parameters is always declared so.
var families = map[int64]bool{
	0:    false,                                                                  // a partial unit does not say
	0x01: false, 0x02: false, 0x0c: false, 0x1d: false, 0x2c: false, 0x3e: false, // C, from C89 to C23
	0x04: true, 0x19: true, 0x1a: true, 0x21: true, 0x2a: true, 0x2b: true, 0x3a: true, // C++, from C++98 to C++23
	0x10: false, 0x11: true, // Objective-C, Objective-C++
}

// prepare makes the index, once.
func (i *Info) prepare() (err error) {
	if i.index != nil {
		return nil
	}
	defer recovered(i.file.path, &err)
	i.syms = readSymbols(i.lib.elf)
	x := &index{funcs: map[string][]ref{}, codeAt: map[uint64]ref{}, vars: map[string][]ref{}, dataAt: map[uint64]ref{},
		types: map[dw.Tag]map[string][]ref{dw.TagStructType: {}, dw.TagUnionType: {}, dw.TagEnumerationType: {}, dw.TagTypedef: {}}}
	files := []*file{i.file}
	if i.file.alt != nil {
		files = append(files, i.file.alt)
	}
	for _, f := range files {
		if err := f.scan(); err != nil {
			return err
		}
		for _, u := range f.units {
			if i.closing.Load() {
				return fmt.Errorf("%s: %w", i.path, fs.ErrClosed)
			}
			if err := x.unit(i.file, u); err != nil {
				return err
			}
		}
	}
	// Units are read again when a type in them is asked for; most never are.
	for _, f := range files {
		for _, u := range f.units {
			u.release()
		}
	}
	i.index = x
	i.ready.Store(true)
	return nil
}

// Ready reports whether the index is made: questions are answered at once.
func (i *Info) Ready() bool { return i.ready.Load() }

// Prepare makes the index, as the first question does. It is for a goroutine that has nothing else to do.
func (i *Info) Prepare() error {
	defer i.mu.Unlock()
	return i.begin()
}

// Cost is about how many bytes have to be walked for the index, those that have to be decompressed first counted three
// times. A million takes some 7 ms.
func (i *Info) Cost() int64 { return i.cost }

func (f *file) cost() (sum int64) {
	if f == nil {
		return 0
	}
	for _, name := range []string{".debug_info", ".debug_types"} {
		switch s := f.find(name); {
		case s == nil:
		case s.Flags&elf.SHF_COMPRESSED != 0 || s.Name != name:
			sum += 3 * int64(s.Size)
		default:
			sum += int64(s.Size)
		}
	}
	return sum + f.alt.cost()
}

func (x *index) unit(f *file, u *unit) error {
	if err := u.load(); err != nil {
		return err
	}
	if _, ok := families[u.language]; !ok {
		return nil
	}
	if u.dwo != "" {
		x.dwo = append(x.dwo, u.dwo)
	}
	root, err := u.read(u.first, nil)
	if err != nil {
		return err
	}
	return x.children(f, &root, "")
}

// children notes what stands inside an entry, a unit or a namespace. Names in namespaces have those before them.
func (x *index) children(f *file, e *entry, prefix string) error {
	return e.each(func(c *entry) error {
		switch c.tag {
		case dw.TagSubprogram:
			if !c.flag(dw.AttrDeclaration) {
				return x.function(f, c)
			}
		case dw.TagVariable:
			if !c.flag(dw.AttrDeclaration) {
				return x.variable(f, c)
			}
		case dw.TagNamespace:
			if name := c.text(dw.AttrName); name != nil && len(prefix) < 1000 {
				return x.children(f, c, prefix+string(name)+"::")
			}
		case dw.TagStructType, dw.TagUnionType, dw.TagEnumerationType, dw.TagTypedef, dw.TagClassType:
			c.u.typed = true
			if c.flag(dw.AttrDeclaration) {
				return nil
			}
			if c.tag == dw.TagEnumerationType {
				x.enums = append(x.enums, c.u.ref(c.at))
			}
			if name := c.text(dw.AttrName); len(name) > 0 {
				tag := c.tag
				if tag == dw.TagClassType {
					tag = dw.TagStructType
				}
				add(x.types[tag], prefix, name, c.u.ref(c.at))
			}
			if c.tag != dw.TagTypedef && !families[c.u.language] && !c.has(dw.AttrSibling) {
				return x.nested(f, c)
			}
		case dw.TagBaseType, dw.TagPointerType, dw.TagConstType, dw.TagVolatileType, dw.TagArrayType, dw.TagSubroutineType,
			dw.TagReferenceType, dw.TagImportedUnit:
			c.u.typed = true
		}
		return nil
	})
}

// nested notes the types that are declared inside a record of C: their names are not the record's. Clang leaves them
// there. GCC does not, and says where a record ends (DW_AT_sibling), so that its records need not be gone through.
func (x *index) nested(f *file, e *entry) error {
	if x.depth == deepest {
		return nil
	}
	x.depth++
	defer func() { x.depth-- }()
	return x.children(f, e, "")
}

// add appends to the list of a name, without making a string of a name that is known.
func add(m map[string][]ref, prefix string, name []byte, r ref) {
	if prefix != "" {
		name = append([]byte(prefix), name...)
	}
	if list, ok := m[string(name)]; ok {
		m[string(name)] = append(list, r)
		return
	}
	m[string(name)] = []ref{r}
}

// exported is the name of the symbol that a function or variable has; nil for a static one and for names of C++.
func (f *file) exported(e *entry) ([]byte, error) {
	id, err := f.identify(e)
	if err != nil || !id.external || len(id.name) == 0 || mangled(id.linkage) {
		return nil, err
	}
	if len(id.linkage) > 0 {
		return id.linkage, nil // asm("name")
	}
	return id.name, nil
}

func (x *index) function(f *file, e *entry) error {
	name, err := f.exported(e)
	if name == nil {
		return err
	}
	r := e.u.ref(e.at)
	if pc, ok := e.start(); ok {
		if dropped(pc) {
			return nil // the linker left this copy out
		}
		if _, twice := x.codeAt[pc]; !twice {
			x.codeAt[pc] = r
		}
	}
	add(x.funcs, "", name, r)
	return nil
}

// dropped tells the addresses linkers give to code they throw away.
func dropped(pc uint64) bool { return pc == 0 || pc >= ^uint64(1) }

func (x *index) variable(f *file, e *entry) error {
	name, err := f.exported(e)
	if name == nil {
		return err
	}
	r := e.u.ref(e.at)
	if at, ok := e.location(); ok {
		if _, twice := x.dataAt[at]; !twice {
			x.dataAt[at] = r
		}
	}
	add(x.vars, "", name, r)
	return nil
}

// location is the address of a variable that has one for good: DW_OP_addr, DW_OP_addrx.
func (e *entry) location() (uint64, bool) {
	v := e.value(dw.AttrLocation)
	if v == nil || len(v.b) < 2 {
		return 0, false
	}
	const opAddr, opAddrx, opGNUAddrIndex = 0x03, 0xa1, 0xfb
	c := cursor{b: v.b, at: 1}
	switch v.b[0] {
	case opAddr:
		at := e.u.address(&c)
		return at, c.err == nil && c.at == len(v.b) && at != 0
	case opAddrx, opGNUAddrIndex:
		i := c.uleb()
		if c.err != nil || c.at != len(v.b) {
			return 0, false
		}
		at, ok := e.u.indexed(".debug_addr", e.u.addrBase, i, e.u.addressSize == 8)
		return at, ok && at != 0
	}
	return 0, false
}

// identity is what an entry is called, here or in the entries it refers to.
type identity struct {
	name, linkage []byte
	external      bool
}

// identify goes from a function to the one it is an instance of (DW_AT_abstract_origin) and to its declaration
// (DW_AT_specification), where the name is.
func (f *file) identify(e *entry) (id identity, err error) {
	for hops := 0; ; hops++ {
		if id.name == nil {
			id.name = e.text(dw.AttrName)
		}
		for _, a := range []dw.Attr{dw.AttrLinkageName, attrMIPSLinkage} {
			if id.linkage == nil {
				id.linkage = e.text(a)
			}
		}
		id.external = id.external || e.flag(dw.AttrExternal)
		next, err := e.origin()
		if err != nil || next == 0 {
			return id, err
		}
		if hops == mostHops {
			return id, e.u.damaged(e.at, "the entry is an instance of an instance without end")
		}
		from, err := f.entry(next)
		if err != nil {
			return id, err
		}
		e = &from
	}
}

// mostHops is how many entries may stand behind a function: real ones have three.
const mostHops = 10

// origin is the entry that says more about e; 0 for none.
func (e *entry) origin() (ref, error) {
	if r, err := e.ref(dw.AttrAbstractOrigin); r != 0 || err != nil {
		return r, err
	}
	return e.ref(dw.AttrSpecification)
}

// mangled tells names that are no C names: C++'s, Rust's, Microsoft's.
func mangled(name []byte) bool {
	for _, p := range []string{"_Z", "_R", "?"} {
		if bytes.HasPrefix(name, []byte(p)) {
			return true
		}
	}
	return false
}

// splitNote says of a library what of it is not read; nil when all is.
func (i *Info) splitNote(name string) error {
	dwo := i.index.dwo
	if len(dwo) == 0 {
		return nil
	}
	files := dwo[0]
	if len(dwo) > 1 {
		files += fmt.Sprintf(" and %d more", len(dwo)-1)
	}
	return fmt.Errorf("%s: the library was built with -gsplit-dwarf, and .dwo files are not read: %s", name, files)
}
