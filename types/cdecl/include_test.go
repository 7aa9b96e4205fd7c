// This file tests Include where it is said twice: with other options, and after the header was edited.

package cdecl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dlsh/types"
)

func TestIncludeAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "own.h")
	write := func(text string, age time.Duration) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		when := time.Now().Add(-age)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	write("#ifndef WIDTH\n#define WIDTH 8\n#endif\nstruct own { short cells[WIDTH]; };\n", time.Hour)
	s := NewScope(types.Host())
	include := func(o Options) (*Unit, string) {
		u, err := s.Include(path, o)
		if err != nil {
			return nil, err.Error()
		}
		return u, ""
	}
	first, _ := include(Options{})
	if again, _ := include(Options{}); again != first || first == nil {
		t.Error("what is known was read again")
	}
	if _, why := include(Options{Defines: []string{"WIDTH=4"}}); !strings.Contains(why, "struct own is defined differently here") {
		t.Errorf("with another WIDTH: %q", why)
	}
	if _, why := include(Options{Defines: []string{"WIDTH=4"}, Redefine: true}); why != "" || s.target.Size(s.Tag(types.Struct, "own")) != 8 {
		t.Errorf("with another WIDTH and redefine: %s", why)
	}
	write("#define WIDTH 2\nstruct own { int cells[WIDTH]; };\n", time.Minute)
	if _, why := include(Options{}); !strings.Contains(why, "defined differently here") {
		t.Errorf("after it was edited: %q", why)
	}
	if u, why := include(Options{Redefine: true}); u == nil || u == first || u.Find("WIDTH").Value.Int != 2 {
		t.Errorf("after it was edited, with redefine: %s", why)
	}
}
