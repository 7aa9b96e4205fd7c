// This file holds every header of the machine against the C compiler, where $DLSH_LONG is set.

package cdecl

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dlsh/types"
)

// Every header below the system's folders that C takes by itself imports whole, with C's sizes, offsets, types and constants.
// $DLSH_HEADERS is the beginning of the names of those to look at; without it all are.
func TestEveryHeader(t *testing.T) {
	if os.Getenv("DLSH_LONG") == "" {
		t.Skip("some thousand headers: set DLSH_LONG")
	}
	c := needGCC(t, types.LinuxAMD64)
	known := map[string]bool{} // facts that were true for a header before
	headers, imported := 0, 0
	for _, header := range everyHeader(t, os.Getenv("DLSH_HEADERS")) {
		headers++
		head := "#include <" + header + ">\n"
		u, err := NewScope(types.LinuxAMD64).Include(header, Options{})
		if err != nil || len(u.Skipped) > 0 {
			if checkSyntax(t, c, head) == "" {
				t.Errorf("%s: %v", header, err)
				for _, e := range u.skipped() {
					t.Errorf("%s: skipped %v", header, e)
				}
			}
			continue
		}
		imported++
		list := slices.DeleteFunc(facts(NewScope(types.LinuxAMD64), u), func(f string) bool { return known[f] || notComparable(f) })
		text := head + "#include <stddef.h>\n#undef __size_t\n#undef _Static_assert\n#undef sizeof\n" + strings.Join(list, "\n") + "\n"
		said := checkSyntax(t, c, text, comparable...)
		if said == "" {
			for _, f := range list {
				known[f] = true
			}
		} else if checkSyntax(t, c, head) == "" {
			t.Errorf("%s: C says:\n%.3000s", header, said)
		}
	}
	t.Logf("%d of %d headers imported, %d facts", imported, headers, len(known))
}

func (u *Unit) skipped() []*Error {
	if u == nil {
		return nil
	}
	return u.Skipped
}

// notComparable tells facts that C cannot be asked for: strings too long for it to compare while it compiles, types of
// its own (_Float32 and the like), _Atomic, and functions with a tag that is first named in their parameters.
func notComparable(fact string) bool {
	for _, s := range []string{"__builtin_memcmp", "f32", "f64", "atomic_", "selinux_restorecon_set_sehandle", "event_set is", "evhttp_connection_set_base", "struct evrpc "} {
		if strings.Contains(fact, s) {
			return true
		}
	}
	return false
}

func everyHeader(t *testing.T, prefix string) (list []string) {
	for _, folder := range hostFolders(types.LinuxAMD64) {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			name, _ := filepath.Rel(folder, path)
			if d.IsDir() && (d.Name() == "c++" || strings.HasPrefix(d.Name(), "llvm")) {
				return filepath.SkipDir
			}
			if strings.HasSuffix(name, ".h") && strings.HasPrefix(name, prefix) && !slices.Contains(list, name) {
				list = append(list, name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return list
}
