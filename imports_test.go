// This file holds the map of the design: which package may import what.

package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// imports lists what a package of this module imports itself, tests left out.
func imports(t *testing.T, pkg string) map[string]bool {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, pkg).Output()
	if err != nil {
		t.Fatalf("go list %s: %v", pkg, err)
	}
	set := map[string]bool{}
	for _, line := range strings.Fields(string(out)) {
		set[line] = true
	}
	return set
}

// packages lists the packages of this module.
func packages(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Fields(string(out))
}

// Each library has one package that may import it: everything about it is to be found there.
func TestOneImporterEach(t *testing.T) {
	home := map[string]string{
		"github.com/ebitengine/purego":       "dlsh/ffi",
		"github.com/ianlancetaylor/demangle": "dlsh/ffi",
		"github.com/yuin/gopher-lua":         "dlsh/lua",
		"github.com/chzyer/readline":         "dlsh/repl",
		"modernc.org/cc/v4":                  "dlsh/types/cdecl",
		"dlsh/types/random":                  "", // tests only
	}
	for _, pkg := range packages(t) {
		for imported := range imports(t, pkg) {
			for library, only := range home {
				if (imported == library || strings.HasPrefix(imported, library+"/")) && pkg != only {
					t.Errorf("%s imports %s, which only %s may", pkg, imported, only)
				}
			}
		}
	}
}

// main -> repl -> lua -> ffi -> types: imports point right only.
func TestImportsPointRight(t *testing.T) {
	rank := map[string]int{"dlsh": 0, "dlsh/repl": 1, "dlsh/lua": 2, "dlsh/ffi": 3,
		"dlsh/types/cdecl": 3, "dlsh/types/dwarf": 3, "dlsh/types/random": 3, "dlsh/types": 4}
	for _, pkg := range packages(t) {
		from, known := rank[pkg]
		if !known {
			t.Errorf("the map does not name package %s", pkg)
			continue
		}
		for imported := range imports(t, pkg) {
			if to, ours := rank[imported]; ours && to <= from {
				t.Errorf("%s imports %s, which points left", pkg, imported)
			}
		}
	}
}

// types is the standard library alone, and so are the readers of C and of debug information with types, but for cc. None
// has unsafe: they describe memory and touch none.
func TestTypesStandsAlone(t *testing.T) {
	for pkg, besides := range map[string][]string{
		"dlsh/types":       nil,
		"dlsh/types/dwarf": {"dlsh/types"},
		"dlsh/types/cdecl": {"dlsh/types", "modernc.org/cc/v4"},
	} {
		for imported := range imports(t, pkg) {
			first, _, _ := strings.Cut(imported, "/")
			standard := first != "dlsh" && !strings.Contains(first, ".")
			if imported == "unsafe" || !standard && !slices.Contains(besides, imported) {
				t.Errorf("%s imports %s", pkg, imported)
			}
		}
	}
}
