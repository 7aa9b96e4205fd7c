// This file defines where headers are looked for, without running a compiler.

package cdecl

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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

// newest gives the last folder by the version before /include, of those a pattern finds; empty for none.
func newest(pattern string) string {
	found, _ := filepath.Glob(pattern)
	if len(found) == 0 {
		return ""
	}
	version := func(folder string) []int {
		var list []int
		for _, s := range strings.Split(filepath.Base(filepath.Dir(folder)), ".") {
			n, _ := strconv.Atoi(s)
			list = append(list, n)
		}
		return list
	}
	return slices.MaxFunc(found, func(a, b string) int { return slices.Compare(version(a), version(b)) })
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
		cpu, _, _ := strings.Cut(triplet, "-")
		if t != types.Host() {
			list = append(list, "/usr/"+triplet+"/include", newest("/usr/lib/gcc-cross/"+cpu+"-*linux*/*/include"))
			break
		}
		list = append(list, "/usr/local/include/"+triplet, "/usr/local/include", "/usr/include/"+triplet, "/usr/include")
		// The compiler's own headers, for those we do not bring.
		list = append(list, cmp.Or(newest("/usr/lib*/gcc/"+cpu+"-*linux*/*/include"), newest("/usr/lib/clang/*/include")))
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
