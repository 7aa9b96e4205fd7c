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
	probe := compileC(t, []string{"-pthread"}, filepath.Join(root, "support", "probe.c"), filepath.Join(root, "support", "callbacks.c"), filepath.Join(root, "support", "waiting.c"))
	shapes := "shapes_path=" + compileC(t, []string{"-g"}, filepath.Join(root, "..", "shapes.c")) +
		"\nother_shapes_path=" + compileC(t, []string{"-g"}, filepath.Join(root, "..", "other_shapes.c"))
	for _, kind := range []string{"faulty", "constructor", "destructor"} {
		options := []string{"-g", "-O1", "-pthread", "-fno-optimize-sibling-calls", "-D" + strings.ToUpper(kind)}
		shapes += "\n" + kind + "_path=" + compileC(t, options, filepath.Join(root, "support", "faulty.c"))
	}
	for _, file := range files {
		t.Run(luaTestName(file), func(t *testing.T) {
			t.Parallel()
			testLuaFile(t, file, "probe_path="+probe, shapes)
		})
	}
}

func luaTestName(file string) string { return strings.TrimSuffix(filepath.Base(file), ".lua") }

// testLuaFile runs one file in a process of its own, with globals given as "name=text"; its tests
// become tests of t. It gives back what the process wrote.
func testLuaFile(t *testing.T, file string, globals ...string) string {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // recursion.lua has a lot to unwind
	defer cancel()
	support, err := filepath.Abs("../testdata/lua/support")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestLuaFiles$")
	cmd.Env = append(os.Environ(), "DLSH_LUA_FILE="+file, "DLSH_LUA_SUPPORT="+support,
		"DLSH_LUA_GLOBALS="+strings.Join(globals, "\n"), "GODEBUG=clobberfree=1")
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
		if title, ok := strings.CutPrefix(lines.Text(), "skip - "); ok {
			seen++
			title, why, _ := strings.Cut(title, " # ")
			t.Run(title, func(t *testing.T) { t.Skip(why) })
		}
	}
	if err != nil || seen == 0 || !strings.Contains(string(out), "\nthe end of the file\n") {
		t.Errorf("%v after %d tests; the process said:\n%s", err, seen, out)
	}
	return string(out)
}

// runLuaFile is the process of one file. What went well and what did not is on stdout.
func runLuaFile(t *testing.T, file string) {
	runtime.LockOSThread() // as main does: errno and dlerror belong to a thread
	s := New(Options{})
	defer s.Close()
	support := os.Getenv("DLSH_LUA_SUPPORT")
	for _, global := range append(strings.Split(os.Getenv("DLSH_LUA_GLOBALS"), "\n"), "support_path="+support) {
		name, text, _ := strings.Cut(global, "=")
		s.L.SetGlobal(name, glua.LString(text))
	}
	for _, path := range []string{filepath.Join(support, "expect.lua"), file} {
		if err := s.RunFile(path, nil); err != nil {
			t.Fatal(err)
		}
	}
	s.Flush()
	fmt.Print("\nthe end of the file\n")
}
