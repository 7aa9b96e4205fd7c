// This file runs the Lua tests in testdata/lua: one feature a file, each in a
// process of its own, so that one which crashes takes no other with it.
//
// GODEBUG=clobberfree=1 overwrites memory that Go has freed: a C value that was
// not kept alive is garbage at once and not some day.

package lua

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	glua "github.com/yuin/gopher-lua"
)

func TestLuaFiles(t *testing.T) {
	if file := os.Getenv("DLSH_LUA_FILE"); file != "" {
		runLuaFile(t, file)
		return
	}
	root, err := filepath.Abs("../testdata/lua")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "*.lua"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no Lua tests (%v)", err)
	}
	probe := compileC(t, []string{"-pthread"}, filepath.Join(root, "support", "probe.c"), filepath.Join(root, "support", "callbacks.c"))
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".lua"), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestLuaFiles$")
			cmd.Env = append(os.Environ(), "DLSH_LUA_FILE="+file, "DLSH_LUA_PROBE="+probe,
				"DLSH_LUA_SUPPORT="+filepath.Join(root, "support"), "GODEBUG=clobberfree=1")
			cmd.Dir = t.TempDir()
			out, err := cmd.CombinedOutput()
			seen := 0
			lines := bufio.NewScanner(strings.NewReader(string(out)))
			for lines.Scan() {
				if title, ok := strings.CutPrefix(lines.Text(), "ok - "); ok {
					seen++
					t.Run(title, func(t *testing.T) {})
				}
				if title, ok := strings.CutPrefix(lines.Text(), "not ok - "); ok {
					seen++
					title, why, _ := strings.Cut(title, " # ")
					t.Run(title, func(t *testing.T) { t.Error(strings.ReplaceAll(why, "\\n", "\n")) })
				}
			}
			if err != nil || seen == 0 || !strings.Contains(string(out), "\nthe end of the file\n") {
				t.Errorf("%v after %d tests; the process said:\n%s", err, seen, out)
			}
		})
	}
}

// runLuaFile is the process of one file. What went well and what did not is on stdout.
func runLuaFile(t *testing.T, file string) {
	runtime.LockOSThread() // as main does: errno and dlerror belong to a thread
	s := New(Options{})
	defer s.Close()
	for _, name := range []string{"probe", "support"} {
		s.L.SetGlobal(name+"_path", glua.LString(os.Getenv("DLSH_LUA_"+strings.ToUpper(name))))
	}
	for _, path := range []string{filepath.Join(os.Getenv("DLSH_LUA_SUPPORT"), "expect.lua"), file} {
		if err := s.RunFile(path, nil); err != nil {
			t.Fatal(err)
		}
	}
	s.Flush()
	fmt.Print("\nthe end of the file\n")
}
