// This file defines where headers are looked for, without running a compiler.

package cdecl

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"dlsh/types"
)

// newFiles makes the files of one text: the folders given come first, then those of CPATH, our own headers, and the host's.
func newFiles(t *types.Target, folders []string) *files {
	f := &files{}
	for _, folder := range append(slices.Clone(folders), filepath.SplitList(os.Getenv("CPATH"))...) {
		if folder != "" {
			f.folders = append(f.folders, folder)
		}
	}
	f.system = append([]string{ownFolder}, hostFolders(t)...)
	f.folders = append(f.folders, f.system...)
	f.folders = append(f.folders, lastFolder)
	return f
}

var foundFolders sync.Map // *types.Target -> []string

// hostFolders are the folders GCC and clang search on the target's system, those that are there.
func hostFolders(t *types.Target) []string {
	if l, ok := foundFolders.Load(t); ok {
		return l.([]string)
	}
	list := filepath.SplitList(os.Getenv("C_INCLUDE_PATH"))
	switch t.OS {
	case "linux":
		triplet := map[string]string{"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}[t.Arch]
		if t != types.Host() {
			list = append(list, "/usr/"+triplet+"/include")
			break
		}
		list = append(list, "/usr/local/include/"+triplet, "/usr/local/include", "/usr/include/"+triplet, "/usr/include")
		// GCC's own headers, for those we do not bring: the newest. Cross compilers have folders there, too.
		machine, _, _ := strings.Cut(triplet, "-")
		for _, pattern := range []string{"/usr/lib/gcc/" + machine + "-*linux*/*/include", "/usr/lib/clang/*/include"} {
			if found, _ := filepath.Glob(pattern); len(found) > 0 {
				list = append(list, found[len(found)-1])
				break
			}
		}
	case "darwin":
		list = append(list, "/usr/local/include", "/opt/homebrew/include",
			"/Library/Developer/CommandLineTools/SDKs/MacOSX.sdk/usr/include",
			"/Applications/Xcode.app/Contents/Developer/Platforms/MacOSX.platform/Developer/SDKs/MacOSX.sdk/usr/include")
	case "windows":
		list = append(list, filepath.SplitList(os.Getenv("INCLUDE"))...)
		list = append(list, `C:\msys64\mingw64\include`, `C:\mingw64\x86_64-w64-mingw32\include`)
	}
	var there []string
	for _, folder := range list {
		if info, err := os.Stat(folder); err == nil && info.IsDir() && !slices.Contains(there, folder) {
			there = append(there, folder)
		}
	}
	foundFolders.Store(t, there)
	return there
}
