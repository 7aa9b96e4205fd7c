// This file runs every example in README.md and docs/: what a reader is shown is what comes out.
//
// A fence names what its block is:
//
//	dlsh      a session at the prompt; the blocks of one page are one session
//	console   shell commands after "$ ", and what they print
//	lua       a script; it has to run without an error
//	c NAME    a file of that name, for what follows on the page
//	text, sh  not run
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"dlsh/lua"
)

// fence is one fenced block of a page.
type fence struct {
	kind string
	line int
	text []string
}

func fences(t *testing.T, page string) []fence {
	t.Helper()
	src, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var list []fence
	var open *fence
	for i, line := range strings.Split(string(src), "\n") {
		switch kind, isFence := strings.CutPrefix(line, "```"); {
		case !isFence && open != nil:
			open.text = append(open.text, line)
		case isFence && open != nil:
			list = append(list, *open)
			open = nil
		case isFence:
			open = &fence{kind: kind, line: i + 1}
		}
	}
	if open != nil {
		t.Errorf("%s:%d: the fence is not closed", page, open.line)
	}
	return list
}

// varying is what differs from run to run and machine to machine: addresses, handles, Debian's folder of libraries.
var varying = regexp.MustCompile(`0x[0-9a-f…]+|\b[0-9a-f]{16}\b|handle [0-9a-f]{4,}\b|(/usr)?/lib/[a-z0-9_]+-linux-gnu/`)

func settled(lines []string) string {
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ") // editors take these away
	}
	text := strings.TrimSpace(strings.Join(lines, "\n"))
	return varying.ReplaceAllStringFunc(text, func(s string) string {
		switch {
		case strings.HasPrefix(s, "handle"):
			return "handle H"
		case strings.HasPrefix(s, "/"):
			return "/lib/"
		}
		return "0xA"
	})
}

func TestDocuments(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append([]string{"README.md"}, pages...) {
		t.Run(page, func(t *testing.T) { runPage(t, page) })
	}
}

// includes are the headers that pages include, and the libraries these belong to.
var includes = map[string][]string{
	"README.md":         {"z zlib.h"},
	"docs/declaring.md": {"z zlib.h", "sqlite3 sqlite3.h"},
}

func runPage(t *testing.T, page string) {
	compiler(t)
	for _, needed := range includes[page] {
		library, header, _ := strings.Cut(needed, " ")
		needLibrary(t, library)
		needHeader(t, header)
	}
	dir := t.TempDir()
	for _, name := range []string{"lib.c"} {
		src, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), src, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if scripts, err := filepath.Abs("scripts"); err == nil {
		os.Symlink(scripts, filepath.Join(dir, "scripts"))
	}
	env := append(os.Environ(), "PATH="+filepath.Dir(binary)+":"+os.Getenv("PATH"), "HOME="+dir)
	var session *replay
	for _, f := range fences(t, page) {
		var want []string
		var got string
		kind, name, _ := strings.Cut(f.kind, " ")
		switch kind {
		case "dlsh":
			if session == nil {
				session = newReplay(t, dir, env)
			}
			var input []string
			for _, line := range f.text {
				if rest, ok := strings.CutPrefix(line, ">> "); ok {
					input = append(input, rest)
				} else if rest, ok := strings.CutPrefix(line, "> "); ok {
					input = append(input, rest)
				} else {
					want = append(want, line)
				}
			}
			got = session.send(t, input)
		case "console":
			var commands []string
			for _, line := range f.text {
				if rest, ok := strings.CutPrefix(line, "$ "); ok {
					commands = append(commands, rest)
				} else {
					want = append(want, line)
				}
			}
			cmd := exec.Command("sh", "-c", strings.Join(commands, "\n"))
			cmd.Dir, cmd.Env = dir, env
			out, _ := cmd.CombinedOutput() // a command may be shown failing; what it prints is compared
			got = string(out)
		case "lua":
			script := filepath.Join(dir, fmt.Sprintf("line%d.lua", f.line))
			if err := os.WriteFile(script, []byte(strings.Join(f.text, "\n")), 0o644); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(binary, script)
			cmd.Dir, cmd.Env = dir, env
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s:%d: %v\n%s", page, f.line, err, out)
			}
			continue
		case "c":
			if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Join(f.text, "\n")+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		case "text", "sh":
			continue
		default:
			t.Errorf("%s:%d: the fence says %q, which no test runs", page, f.line, f.kind)
			continue
		}
		got = strings.ReplaceAll(got, dir+"/", "/home/me/") // debug information names the file that was compiled
		if settled(strings.Split(got, "\n")) != settled(want) {
			t.Errorf("%s:%d: shown\n%s\n--- comes out\n%s", page, f.line, strings.Join(want, "\n"), got)
		}
	}
}

// replay is a session in a process of its own, because C writes to the process' standard output.
type replay struct {
	in  io.WriteCloser
	out *bufio.Reader
}

const endOfBlock = "\x01end of block"

func newReplay(t *testing.T, dir string, env []string) *replay {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self) // TestMain sees the variable and becomes replayChild
	cmd.Dir, cmd.Env = dir, append(env, "DLSH_REPLAY=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout // what is said beside the results, where a reader of a terminal sees it
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	return &replay{in, bufio.NewReader(out)}
}

// send types a block and collects what it prints.
func (r *replay) send(t *testing.T, input []string) string {
	t.Helper()
	for _, line := range append(input, endOfBlock) {
		if _, err := fmt.Fprintln(r.in, line); err != nil {
			t.Fatalf("the session has ended: %v", err)
		}
	}
	var got strings.Builder
	for {
		line, err := r.out.ReadString('\n')
		if strings.TrimSuffix(line, "\n") == endOfBlock {
			return got.String()
		}
		got.WriteString(line)
		if err != nil {
			t.Fatalf("the session ended: %v\n%s", err, got.String())
		}
	}
}

// replayChild is the other side of replay: a prompt without an editor. It ends the process.
func replayChild() {
	s := lua.New(lua.Options{Interactive: true, Notes: os.Stdout})
	lines := bufio.NewReader(os.Stdin)
	chunk := ""
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			lua.Exit(0)
		}
		if strings.TrimSuffix(line, "\n") == endOfBlock {
			s.Flush()
			fmt.Println(endOfBlock)
			continue
		}
		chunk += line
		shown, err := s.Do("stdin", chunk)
		if errors.Is(err, lua.ErrIncomplete) {
			continue
		}
		chunk = ""
		s.Flush()
		if len(shown) > 0 {
			fmt.Println(strings.Join(shown, "\t"))
		}
		if e := (*lua.Error)(nil); errors.As(err, &e) {
			fmt.Println(e.Text())
		}
	}
}
