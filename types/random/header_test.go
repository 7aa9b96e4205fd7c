// This file tests what types.Header writes against the C compiler: random records and signatures, from their types
// alone. That package cdecl reads the same text as it is meant is tested beside package lua's decl.

package random

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"dlsh/types"
)

func TestHeadersHost(t *testing.T)  { testHeaders(t, types.Host()) }
func TestHeadersARM64(t *testing.T) { testHeaders(t, types.LinuxARM64) }

// testHeaders holds the layouts of records that a header writes against the compiler's, bit by bit, as the test of
// layouts does with text of this package; and has the compiler read prototypes.
func testHeaders(t *testing.T, target *types.Target) {
	c := FindCompiler(t, target)
	folder := t.TempDir()
	for i := range Times() {
		g := New(target, Seed(t)+uint64(i))
		h := types.NewHeader(target)
		add := func(d types.Declaration) {
			if err := h.Add(d); err != nil {
				t.Errorf("%s: %v\n%s", d.Name, err, types.Define(d.Type))
			}
		}
		for range 1000 {
			g.Record()
		}
		for n := range 300 {
			s := g.Signature()
			add(types.Declaration{Name: fmt.Sprint("f", n), Type: types.FuncOf(s.Result, n%5 == 0 && len(s.Params) > 0, s.Params...)})
		}
		for n, ty := range g.Types {
			add(types.Declaration{Type: ty})
			if n%10 == 0 {
				add(types.Declaration{Name: fmt.Sprint("v", n), Type: types.ArrayOf(types.PointerTo(types.ArrayOf(ty, 3)), 2), Extern: true})
			}
		}
		name := fmt.Sprint("seed", i)
		// With nothing included before it, and again with the headers that have the standard names.
		text := strings.Replace(probe(g), Headers, h.String()+Headers, 1)
		text = strings.Replace(text, Define(g.Types...), "", 1)
		c.Build(t, folder, Source{Name: name, Text: text})
		out, err := c.Command(filepath.Join(folder, name)).Output()
		if err != nil {
			t.Fatal(err)
		}
		compareLayouts(t, g, name, strings.Split(strings.TrimSpace(string(out)), "\n"))
	}
}
