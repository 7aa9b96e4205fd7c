// This file tests the history and its file.

package repl

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "dlsh", "history")
	h := openHistory(path)
	h.add("x = 1", false)
	h.add("x = 1", false) // the same again is kept once
	h.add("for i = 1, 2 do", false)
	h.add("for i = 1, 2 do\n\tprint(i)", true)
	h.add("for i = 1, 2 do\n\tprint(i)\nend", true)
	h.add(`print("a\n")`, false)

	want := []string{"x = 1", "for i = 1, 2 do\n\tprint(i)\nend", `print("a\n")`}
	if got := unfolded(openHistory(path)); !slices.Equal(got, want) {
		t.Errorf("the next session sees %q, want %q", got, want)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v, %v", info.Mode(), err)
	}
}

// Two sessions at once lose nothing of each other's.
func TestHistoryShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	a, b := openHistory(path), openHistory(path)
	a.add("do", false)
	b.add("b = 1", false)
	a.add("do\nend", true) // b has written behind it, so "do" stays
	want := []string{"do", "b = 1", "do\nend"}
	if got := unfolded(openHistory(path)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHistoryLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	var text strings.Builder
	for i := range 2*historyLimit + 1 {
		fmt.Fprintf(&text, "x = %d\n", i)
	}
	os.WriteFile(path, []byte(text.String()), 0o600)
	for range 2 {
		h := openHistory(path)
		if len(h.entries) != historyLimit || h.entries[0] != fmt.Sprintf("x = %d", historyLimit+1) {
			t.Errorf("%d entries from %q on", len(h.entries), h.entries[0])
		}
	}
	kept, _ := os.ReadFile(path)
	if n := strings.Count(string(kept), "\n"); n != historyLimit {
		t.Errorf("the file has %d lines", n)
	}
}

// Where the file cannot be, the session has its history all the same.
func TestHistoryNowhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	os.WriteFile(file, nil, 0o600)
	for _, path := range []string{"", filepath.Join(file, "history"), t.TempDir()} {
		h := openHistory(path)
		h.add("x = 1", false)
		h.add("do", false)
		h.add("do\nend", true)
		if got := unfolded(h); !slices.Equal(got, []string{"x = 1", "do\nend"}) {
			t.Errorf("path %q: got %q", path, got)
		}
	}
}

func TestHistoryPath(t *testing.T) {
	t.Setenv("HOME", "/home/ada")
	for state, want := range map[string]string{
		"":         "/home/ada/.local/state/dlsh/history",
		"/var/x":   "/var/x/dlsh/history",
		"relative": "/home/ada/.local/state/dlsh/history", // XDG: to be ignored
	} {
		t.Setenv("XDG_STATE_HOME", state)
		if got := filepath.ToSlash(historyPath()); filepath.Separator == '/' && got != want {
			t.Errorf("XDG_STATE_HOME=%q: %s, want %s", state, got, want)
		}
	}
}

func unfolded(h *history) []string {
	var out []string
	for _, e := range h.entries {
		out = append(out, fromLine.Replace(e))
	}
	return out
}
