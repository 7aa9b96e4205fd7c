// This file tests the command line: what each option does, in which order,
// and with which exit status.

package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"dlsh/types"
	"dlsh/types/random"
)

// binary is the dlsh that TestMain builds, for tests that need a process.
var binary string

func TestMain(m *testing.M) {
	if os.Getenv("DLSH_REPLAY") != "" {
		replayChild()
	}
	os.Exit(buildAndRun(m))
}

// buildAndRun is TestMain with room for defer, which os.Exit skips.
func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "dlsh-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if _, set := os.LookupEnv("DLSH_DEBUG_FOLDERS"); !set {
		os.Setenv("DLSH_DEBUG_FOLDERS", "") // what is printed must not depend on which debug files are installed
	}
	if signal.Ignored(os.Interrupt) { // as in the background of a shell; programs that are started would ignore it too
		signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	}
	binary = filepath.Join(dir, "dlsh")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	script := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	// A script cannot print into the test's buffers; it says what it found by failing.
	showArgs := script("args.lua", "#!/usr/bin/env dlsh\nerror(table.concat({arg[0] and 'script', arg[1], arg[2], ...}, ' '), 0)")
	boom := script("boom.lua", "local function f()\n  error('boom')\nend\nf()\n")
	quiet := script("quiet.lua", "x = 5\n")
	missing := filepath.Join(dir, "missing.lua")

	for _, test := range []struct {
		args   string // split at spaces; _ stands for one inside an argument
		stdin  string
		out    string
		errs   string // must stand in stderr; "" for nothing there
		status int
	}{
		// -e: values of expressions are printed.
		{args: "-e 1+1", out: "2\n"},
		{args: "-e1+1", out: "2\n"},
		{args: "-e x=1 -e x+1,x", out: "2\t1\n"},
		{args: "-e 1 -e =2", out: "1\n2\n"},
		{args: "-e 1", stdin: "2\n", out: "1\n"},
		{args: "-e error('boom',0) -e 1", errs: "dlsh: boom\nstack traceback:", status: failed},
		{args: "-e for_i=1,2_do", errs: "dlsh: ", status: failed},
		{args: "-e x=2 " + quiet},
		{args: "-e error('boom',0) " + showArgs, errs: "dlsh: boom\n", status: failed},

		// -l: a library becomes a global, in turn with -e.
		{args: "-l m -e m~=nil", out: "true\n"},
		{args: "-lm -e m~=nil", out: "true\n"},
		{args: "-e m~=nil -l m -e m~=nil", out: "false\ntrue\n"},
		{args: "-l m", stdin: "m~=nil\n", out: "true\n"},
		{args: "-l nosuchlib", stdin: "1\n", errs: "dlsh: ", status: failed},

		// Scripts and their arguments.
		{args: showArgs + " a b", errs: "dlsh: script a b a b\n", status: failed},
		{args: showArgs + " -v --", errs: "dlsh: script -v -- -v --\n", status: failed},
		{args: "-- " + showArgs + " a b", errs: "dlsh: script a b a b\n", status: failed},
		{args: "- a b", stdin: "error(arg[0] .. arg[1] .. select('#', ...), 0)", errs: "dlsh: -a2\n", status: failed},
		{args: "-", stdin: "local x = 1\nlocal y = x + 1\nerror(y, 0)\n", errs: "dlsh: 2\n", status: failed},
		{args: "-e arg[0],arg[1]", out: "dlsh\t-e\n"},
		{args: boom, errs: "boom.lua:2: boom\nstack traceback:", status: failed},
		{args: missing, errs: "missing.lua", status: failed},
		{args: dir, errs: "dlsh: ", status: failed},

		// No script, no terminal: statements from the pipe.
		{stdin: "x = 20\nx + 1\n", out: "21\n"},
		{args: "--", stdin: "7\n", out: "7\n"},
		{stdin: "nosuch()\n7\n", out: "7\n", errs: "stdin:1:", status: failed},
		{stdin: "7\nfor i = 1, 2 do\n", out: "7\n", errs: "stdin:2: the input ends inside", status: failed},

		// -i: a prompt after everything else, whatever became of it.
		{args: "-v -i", stdin: "1+1\n", out: versionLine() + "> 2\n> \n"},
		{args: "-v -i " + quiet, stdin: "x\n", out: versionLine() + "> 5\n> \n"},
		{args: "-v -i " + boom, stdin: "1\n", out: versionLine() + "> 1\n> \n", errs: "boom", status: failed},
		{args: "-v -i -e 1", stdin: "2\n", out: versionLine() + "1\n> 2\n> \n"},

		// -v and -h.
		{args: "-v", stdin: "1\n", out: versionLine()},
		{args: "-v -e 1", out: versionLine() + "1\n"},
		{args: "-h", out: helpPage},
		{args: "-h -e 1", out: helpPage},

		// Wrong usage.
		{args: "-x", errs: "dlsh: unknown option -x\n" + usageLine + "\n", status: badUsage},
		{args: "-vi", errs: "dlsh: unknown option -vi\n" + usageLine + "\n", status: badUsage},
		{args: "-e", errs: "dlsh: -e needs an argument\n" + usageLine + "\n", status: badUsage},
		{args: "-e 1 -l", errs: "dlsh: -l needs an argument\n" + usageLine + "\n", status: badUsage},
	} {
		t.Run("dlsh "+strings.ReplaceAll(test.args, dir, ""), func(t *testing.T) {
			args := []string{"dlsh"}
			for _, arg := range strings.Fields(test.args) {
				args = append(args, strings.ReplaceAll(arg, "_", " "))
			}
			var out, errs strings.Builder
			status := run(args, strings.NewReader(test.stdin), &out, &errs)
			if status != test.status {
				t.Errorf("exit status %d, want %d", status, test.status)
			}
			if out.String() != test.out {
				t.Errorf("stdout is %q, want %q", out.String(), test.out)
			}
			if test.errs == "" && errs.Len() > 0 || !strings.Contains(errs.String(), test.errs) {
				t.Errorf("stderr is %q, want %q in it", errs.String(), test.errs)
			}
		})
	}
}

func versionLine() string {
	return fmt.Sprintf("dlsh %s (Lua 5.1, gopher-lua; %s/%s, %s)\n",
		version, runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// Every option that parse knows is on the help page.
func TestHelpPage(t *testing.T) {
	for _, option := range []string{"-e CODE", "-l NAME", "-i ", "--no-guard\n", "-v ", "-h ", "- ", "-- "} {
		if !strings.Contains(helpPage, "\n  "+option) {
			t.Errorf("the help page lacks %q", option)
		}
	}
	for _, line := range strings.Split(helpPage, "\n") {
		if len(line) > 79 {
			t.Errorf("too wide: %q", line)
		}
	}
}

// A process run without a name still runs.
func TestRunNoName(t *testing.T) {
	var out, errs strings.Builder
	if status := run(nil, strings.NewReader("1\n"), &out, &errs); status != ok || out.String() != "1\n" {
		t.Errorf("status %d, %q, %q", status, out.String(), errs.String())
	}
}

// compiler is the C compiler, $CC or cc; without one the test is skipped, but not in CI.
func compiler(t *testing.T) string {
	t.Helper()
	return random.FindCompiler(t, types.Host()).CC
}
