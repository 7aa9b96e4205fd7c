// This file tests the lists: headers by the start of their names, and tags.

package cdecl

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dlsh/types"
)

func TestHeaderNames(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"mine.h", "mine.c", "minor/deep.h", ".hidden.h", "stdarg.h"} {
		path := filepath.Join(folder, name)
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(folder)
	s := NewScope(types.Host())
	for _, test := range []struct{ prefix, want string }{
		{"min", "mine.h minor/"}, // and nothing of the host's
		{"minor/", "minor/deep.h"},
		{"minor/d", "minor/deep.h"},
		{"./m", "./mine.h ./minor/"},
		{"./", "./mine.h ./minor/ ./stdarg.h"},
		{folder + "/mi", folder + "/mine.h " + folder + "/minor/"},
		{"stdar", "stdarg.h"}, // once, though it is in several folders
		{"nosuch", ""},
		{"nosuch/", ""},
	} {
		list := s.Headers(test.prefix, []string{folder})
		if !slices.IsSorted(list) {
			t.Errorf("%q is not sorted", list)
		}
		if test.prefix == "min" { // a host may have headers of that name
			list = slices.DeleteFunc(list, func(name string) bool { return !strings.Contains(test.want, name) })
		}
		if got := strings.Join(list, " "); got != test.want {
			t.Errorf("Headers(%q) is %q, want %q", test.prefix, got, test.want)
		}
	}
	if list := s.Headers("std", nil); !slices.Contains(list, "stdbool.h") || !slices.Contains(list, "stdint.h") {
		t.Errorf("our own headers are not among %q", list)
	}
}

func TestTags(t *testing.T) {
	s := NewScope(types.Host())
	if _, err := s.Declare("struct b { int x; }; union a; enum c { C }; struct { int y; } d; typedef struct b b_t;", Options{}); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, d := range s.Tags() {
		list = append(list, d.Type.Kind.String()+" "+d.Name)
	}
	if got, want := strings.Join(list, ", "), "union a, struct b, enum c"; got != want {
		t.Errorf("tags are %s, want %s", got, want)
	}
}

// Two headers may both include one; what it says is the same then.
func TestIncludedTwice(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"first.h", "second.h"} {
		text := "#include <stdarg.h>\nint " + name[:5] + "(va_list);\n"
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := NewScope(types.Host())
	for _, name := range []string{"first.h", "second.h"} {
		u, err := s.Include(name, Options{Folders: []string{folder}})
		if err != nil || len(u.Skipped) > 0 {
			t.Errorf("%s: %v, skipped %v", name, err, u.Skipped)
		}
	}
}
