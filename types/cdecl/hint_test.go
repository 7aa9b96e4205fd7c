// This file tests the hints: what they say is so.

package cdecl

import (
	"strings"
	"testing"

	"dlsh/types"
)

// Each header declares the names it is said to declare.
func TestDeclaredIn(t *testing.T) {
	needCompiler(t)
	for _, row := range declaredIn {
		s := NewScope(types.Host())
		if _, err := s.Include(row[0], Options{Defines: []string{"_GNU_SOURCE"}}); err != nil {
			if strings.Contains(err.Error(), "no header") {
				t.Logf("%v", err)
				continue
			}
			t.Errorf("%v", err)
			continue
		}
		for _, name := range strings.Fields(row[1] + " " + row[2]) {
			if s.Lookup(name) == nil {
				t.Errorf("%s does not declare %s", row[0], name)
			}
		}
	}
}

func TestHint(t *testing.T) {
	s := NewScope(types.LinuxAMD64)
	for name, want := range map[string]string{"EOF": "it is declared in <stdio.h>", "puts": "it is declared in <stdio.h>", "sqrt": "it is declared in <math.h>", "whatever": ""} {
		if got := s.Hint(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	declare(t, s, "int puts(const char *s);")
	if got := s.Hint("puts"); got != "" {
		t.Errorf("puts is declared, and the hint is %q", got)
	}
}
