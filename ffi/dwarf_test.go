// This file tests types made from debug information by how they are passed: as the types are that the C was made of.

package ffi

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"

	"dlsh/types"
	"dlsh/types/dwarf"
	"dlsh/types/random"
)

// A function's type read back from debug information is passed in the same registers and bytes as the type that its
// C was written from, or the function is refused; it is never passed otherwise.
func TestDebugTypesArePassedAlike(t *testing.T) {
	for _, row := range []struct {
		target *types.Target
		layout func(*types.Target, Signature) (layout, error)
	}{
		{types.LinuxAMD64, sysvLayout},
		{types.LinuxARM64, aapcs64Layout},
	} {
		t.Run(row.target.String(), func(t *testing.T) {
			c := random.FindCompiler(t, row.target)
			folder := t.TempDir()
			var units []*random.Unit
			var sources []random.Source
			for i := range 4 * random.Times() {
				u := random.NewUnit(c.Target, random.Seed(t)+uint64(i), 300, 0, 0)
				units = append(units, u)
				version := 2 + i%4
				sources = append(sources, random.Source{Name: fmt.Sprintf("seed%d-dwarf%d.so", u.Seed, version), Text: u.Source(),
					Options: []string{"-g", fmt.Sprintf("-gdwarf-%d", version), []string{"-O0", "-O2"}[i/2%2], "-shared", "-fPIC"}})
			}
			c.Build(t, folder, sources...)
			for i, u := range units {
				comparePassing(t, filepath.Join(folder, sources[i].Name), u, row.layout)
			}
		})
	}
}

func comparePassing(t *testing.T, path string, u *random.Unit, lay func(*types.Target, Signature) (layout, error)) {
	t.Helper()
	info, err := dwarf.Open(path, u.Target)
	if err != nil || info == nil {
		t.Fatalf("%s: %v, %v", path, info, err)
	}
	defer info.Close()
	wrong, refused := 0, 0
	for _, c := range u.Cases {
		f, err := info.Function(c.Name)
		var unusable *dwarf.Unusable
		if errors.As(err, &unusable) {
			refused++
			continue
		}
		if err != nil || f == nil {
			t.Errorf("%s: %s: %v, %v", filepath.Base(path), c.Name, f, err)
			continue
		}
		sig := Signature{Result: f.Type.Elem, Fixed: len(f.Type.Params)}
		for _, p := range f.Type.Params {
			sig.Params = append(sig.Params, p.Type)
		}
		want, err := lay(u.Target, Signature(c.Signature))
		if err != nil {
			t.Fatal(err)
		}
		got, err := lay(u.Target, sig)
		if err != nil || !reflect.DeepEqual(got, want) {
			if wrong++; wrong < 4 {
				t.Errorf("%s: %s\nas written\n%+v\nas read back\n%+v %v", filepath.Base(path), u.Describe(&c), want, got, err)
				for _, p := range append(sig.Params, sig.Result) {
					t.Logf("%s;", types.Define(p))
				}
			}
		}
	}
	t.Logf("%s: %d of %d functions refused, %d wrong", filepath.Base(path), refused, len(u.Cases), wrong)
}
