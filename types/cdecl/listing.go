// This file defines lists for whoever types a name: which headers there are, and which tags.

package cdecl

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// Headers lists what could follow as the name of a header that begins with prefix, sorted: headers, and folders with a /
// behind them. A prefix that begins with "." or is absolute is a path, as for Include; others are looked for in the
// include folders, of which those given come first.
func (s *Scope) Headers(prefix string, folders []string) []string {
	folder, base := path.Split(filepath.ToSlash(prefix))
	roots := newFiles(s.target, folders).folders
	if strings.HasPrefix(prefix, ".") || filepath.IsAbs(prefix) {
		roots = []string{""}
	}
	var names []string
	for _, root := range roots {
		where := filepath.Join(root, filepath.FromSlash(folder))
		var list []os.DirEntry
		switch root {
		case ownFolder, lastFolder:
			list, _ = embedded.ReadDir(path.Join("include", root[len(ownFolder):], folder))
		default:
			if where == "" {
				where = "."
			}
			list, _ = os.ReadDir(where)
		}
		for _, e := range list {
			name := e.Name()
			if !strings.HasPrefix(name, base) || base == "" && name[0] == '.' {
				continue
			}
			isFolder := e.IsDir()
			if e.Type()&os.ModeSymlink != 0 {
				info, err := os.Stat(filepath.Join(where, name))
				isFolder = err == nil && info.IsDir()
			}
			switch {
			case root == ownFolder && isFolder:
			case isFolder:
				names = append(names, folder+name+"/")
			case strings.HasSuffix(name, ".h"):
				names = append(names, folder+name)
			}
		}
	}
	sort.Strings(names)
	return slices.Compact(names)
}

// Tags lists the structs, unions and enums that go by a tag, whether it has been defined or only mentioned, sorted by the tag.
func (s *Scope) Tags() []*Decl {
	var list []*Decl
	for _, d := range s.tags {
		if d.Name != "" {
			list = append(list, d)
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}
