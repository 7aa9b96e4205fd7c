// This file defines history: the chunks of this session and earlier ones, and
// the file they are kept in.

package repl

import (
	"os"
	"path/filepath"
	"strings"
)

// historyLimit is how many chunks are kept.
const historyLimit = 1000

// lineEnd and tab stand, in a line being edited and in the history file, for
// the two characters that would break the line or its display. They are code
// points that Unicode promises never to assign, so no text loses anything.
const (
	lineEnd = '\ufdd0'
	tab     = '\ufdd1'
)

var (
	toLine   = strings.NewReplacer("\n", string(lineEnd), "\t", string(tab))
	fromLine = strings.NewReplacer(string(lineEnd), "\n", string(tab), "\t")
)

// A history is the list of chunks, oldest first, each folded into one line.
type history struct {
	entries []string
	path    string // "" keeps nothing on disk
	before  int64  // the file's size before our last entry
	after   int64  // and after it
}

// historyPath is the file of the XDG rules, "" if there is no home to put it in.
func historyPath() string {
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "dlsh", "history")
}

// openHistory reads the file, if it is there. A history that cannot be kept
// is no reason to trouble the user, so nothing here is an error.
func openHistory(path string) *history {
	h := &history{path: path}
	if path == "" {
		return h
	}
	if os.MkdirAll(filepath.Dir(path), 0o700) != nil {
		h.path = ""
		return h
	}
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		h.path = ""
		return h
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			h.entries = append(h.entries, line)
		}
	}
	// Rewriting takes away what a session beside us has just added, so it
	// happens once in a thousand chunks and not at every start.
	if n := len(h.entries); n > historyLimit {
		h.entries = h.entries[n-historyLimit:]
		if n > 2*historyLimit {
			h.rewrite()
		}
	}
	return h
}

// rewrite puts the list in place of the file, whole or not at all.
func (h *history) rewrite() {
	next := h.path + ".new"
	text := strings.Join(h.entries, "\n") + "\n"
	if os.WriteFile(next, []byte(text), 0o600) == nil {
		os.Rename(next, h.path)
	}
}

// add remembers a chunk. With more it takes the place of the last one, which
// it continues.
func (h *history) add(chunk string, more bool) {
	entry := toLine.Replace(strings.ReplaceAll(chunk, "\r", ""))
	n := len(h.entries)
	switch {
	case more && n > 0:
		h.entries[n-1] = entry
	case n > 0 && h.entries[n-1] == entry:
		// The same again. There is nothing of ours to take back later.
		h.before, h.after = 0, -1
		return
	default:
		h.entries = append(h.entries, entry)
	}
	h.save(entry, more)
}

// save appends an entry to the file, after cutting off the one that it
// continues, unless another session has written behind that.
func (h *history) save(entry string, more bool) {
	if h.path == "" {
		return
	}
	f, err := os.OpenFile(h.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return
	}
	size := info.Size()
	if more && size == h.after && f.Truncate(h.before) == nil {
		size = h.before
	}
	n, _ := f.WriteString(entry + "\n")
	h.before, h.after = size, size+int64(n)
}
