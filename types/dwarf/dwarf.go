// Package dwarf reads the debug information of shared libraries: the types of functions and variables, records and
// enums, as the compiler wrote them down with -g.
//
//	info, err := dwarf.Open("./libshape.so", types.Host())
//	f, err := info.Function("area")             // nil when the library does not say
//	types.Declare(f.Type, f.Name)               // double area(const struct shape *s)
//	t, err := info.Type("struct shape")
//
// DWARF 2 to 5 in ELF files is read, compressed or not, in the library itself or in a separate debug file: by its
// build ID in /usr/lib/debug/.build-id, by .gnu_debuglink beside the library, in .debug there, and under
// /usr/lib/debug; DLSH_DEBUG_FOLDERS names other folders than that one. What dwz moved to a file shared by several
// (.gnu_debugaltlink) is followed. What -gsplit-dwarf left in .dwo files is not read; asking for a function in one is
// an error that names the file.
//
// Opening reads the headers only. The first question walks all units once and notes what each declares; a type is
// made when it is asked for. The answers are the same types for the same question, and a struct that several units
// define alike is one *types.Record. A struct that a unit only declares gets the members that another one gives it,
// unless others disagree about what these are.
//
// C is read, and of C++ what has C's names (extern "C") and C's types. Other languages pass values in their
// own ways, and assembler tells no types; both are left out. Nothing is guessed: a function with a value in it that
// package types has no type for, a 128-bit integer or a class that C++ copies by its own code, is an *Unusable that
// says why. The same behind a pointer does no harm.
//
// Locate and Line go from an address of code to the line of source; they read the one unit that has it.
//
// DWARF tells where the members of a record lie, and not the attributes that put them there. Fields are matched by
// laying them out plain, under #pragma pack, packed, by Microsoft's rules and with single members packed, until every
// offset and the size are those of the debug information. Where nothing fits, the record carries the layout as
// given (types.Given): its members are in their places, but it cannot be passed by value, for how it is passed
// may depend on what is not known.
package dwarf

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"dlsh/types"
)

// Info is the debug information of one library. It may be used by several goroutines.
type Info struct {
	mu     sync.Mutex
	path   string        // of the library
	target *types.Target // whose sizes the types are checked against
	lib    *file
	file   *file // where the debug information is: lib, or a file of its own
	syms   *symbols
	index  *index
	maker  *maker
	cost   int64

	ready   atomic.Bool // the index is there
	closing atomic.Bool // Close waits: what makes the index is to give up
}

// An Unusable is what debug information describes and C has no values of, or dlsh has none.
type Unusable struct {
	What string // "function f: parameter 2 (x)"
	Why  string
}

func (u *Unusable) Error() string {
	if u.What == "" {
		return u.Why
	}
	return u.What + ": " + u.Why
}

// machines are the processors of the targets.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// Open finds the debug information of the library at path, which must be one for the target. It is nil when there
// is none: the library was built without -g or stripped, or it is no ELF file. A debug file that was found but
// belongs to another build is an error.
func Open(path string, t *types.Target) (*Info, error) {
	if ok, err := isELF(path); !ok || err != nil {
		return nil, err
	}
	lib, err := openFile(path)
	if err != nil {
		return nil, err
	}
	i, err := open(lib, t)
	if i == nil {
		lib.close()
	}
	return i, err
}

func open(lib *file, t *types.Target) (i *Info, err error) {
	defer recovered(lib.path, &err)
	e := lib.elf
	if want, ok := machines[t.Arch]; !ok || e.Machine != want || e.Class != elf.ELFCLASS64 || e.Data != elf.ELFDATA2LSB {
		return nil, fmt.Errorf("%s: the library is for %v (%v, %v), not for %s", lib.path, e.Machine, e.Class, e.Data, t)
	}
	f := lib
	if lib.find(".debug_info") == nil {
		if f, err = lib.separate(); f == nil {
			return nil, err
		}
	}
	if f.find(".gnu_debugaltlink") != nil {
		if err := f.findAlt(); err != nil {
			if f != lib {
				f.close()
			}
			return nil, err
		}
	}
	i = &Info{path: lib.path, target: t, lib: lib, file: f, cost: f.cost()}
	i.maker = newMaker(i)
	return i, nil
}

// isELF looks at the first bytes of a file.
func isELF(path string) (bool, error) {
	info, err := os.Stat(path)
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() {
		return false, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, len(elf.ELFMAG))
	n, _ := f.ReadAt(head, 0)
	return bytes.Equal(head[:n], []byte(elf.ELFMAG)), nil
}

// Close gives the files back. Types that were made stay good; questions are errors from then on, and one that is
// still making the index gives up soon.
func (i *Info) Close() error {
	i.closing.Store(true)
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.file == nil {
		return nil
	}
	err := i.lib.close()
	if i.file != i.lib {
		err = errors.Join(err, i.file.close())
	}
	i.file, i.lib, i.index, i.maker, i.syms = nil, nil, nil, nil, nil
	return err
}

// File is the path of the file that has the debug information: the library, or its debug file.
func (i *Info) File() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.file == nil {
		return ""
	}
	return i.file.path
}

// begin takes the lock for one question and makes sure that the index is there. The error is to be given
// to whoever asks; end must be called in any case.
func (i *Info) begin() error {
	i.mu.Lock()
	if i.file == nil {
		return fmt.Errorf("%s: %w", i.path, fs.ErrClosed)
	}
	return i.prepare()
}

// recovered turns a panic into an error: debug/elf promises no more than "not hardened against adversarial inputs".
func recovered(path string, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%s: damaged debug information: %v", path, p)
	}
}
