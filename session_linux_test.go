// This file defines how the sessions in testdata/sessions are played: dlsh as a
// process of its own, what is typed into it and every byte that comes out.
//
// A session is a txtar archive. Its comment is the title. A file x.c in it is
// compiled to ./x.so; ./lib.so, the library of the model transcript, is always
// there. The other files lie in the folder under their names, but for two kinds:
//
//	NAME.session   lines after "> " and ">> " are piped into dlsh; the others are
//	               what it answers
//	NAME.shell     lines after "$ " are commands for sh, where dlsh is on the
//	               PATH; the others are what they print
//
// Stdout and stderr are one stream here, as on a terminal, so the order of lines
// counts between them too. A status other than 0 stands in brackets at the end.
// Addresses and handles are written 0x…; $WORK is the folder.
//
//	go test -run TestSessions -update    writes the answers of .shell files anew

package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the answers in testdata/sessions anew")

func TestSessions(t *testing.T) {
	files, err := filepath.Glob("testdata/sessions/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sessions (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			play(t, binary, file)
		})
	}
}

// The model transcript, piped and typed, and the order of output do not depend on how dlsh was built.
func TestSessionsOfBothBuilds(t *testing.T) {
	for _, cgo := range []string{"0", "1"} {
		t.Run("CGO_ENABLED="+cgo, func(t *testing.T) {
			compiler(t)
			built := filepath.Join(t.TempDir(), "dlsh")
			build := exec.Command("go", "build", "-o", built, ".")
			build.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("go build: %v\n%s", err, out)
			}
			play(t, built, "testdata/sessions/model.txtar")
			play(t, built, "testdata/sessions/order.txtar")
			defer func(was string) { binary = was }(binary)
			binary = built
			t.Run("typed", TestTerminalTranscript)
		})
	}
}

// play plays one archive with one build of dlsh.
func play(t *testing.T, dlsh, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	buildLibrary(t, filepath.Join(dir, "lib.so"))
	archive := txtar.Parse(text)
	for i, s := range archive.Files {
		switch filepath.Ext(s.Name) {
		case ".session":
			playSession(t, dlsh, dir, s)
		case ".shell":
			archive.Files[i].Data = []byte(playShell(t, dlsh, dir, s))
		default:
			path := filepath.Join(dir, s.Name)
			os.MkdirAll(filepath.Dir(path), 0o755)
			if err := os.WriteFile(path, s.Data, 0o755); err != nil {
				t.Fatal(err)
			}
			if so, ok := strings.CutSuffix(path, ".c"); ok {
				if out, err := exec.Command(compiler(t), "-shared", "-fPIC", "-o", so+".so", path).CombinedOutput(); err != nil {
					t.Fatalf("%s: %v\n%s", s.Name, err, out)
				}
			}
		}
	}
	if updated := txtar.Format(archive); *update && !bytes.Equal(updated, text) {
		if err := os.WriteFile(file, updated, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// playSession pipes the lines of a session into dlsh, once with its output in a
// pipe and once in a file: C buffers the same in both, but Go need not.
func playSession(t *testing.T, dlsh, dir string, s txtar.File) {
	var typed, want strings.Builder
	for line := range strings.Lines(string(s.Data)) {
		if input, ok := typedLine(line); ok {
			typed.WriteString(input)
		} else if !strings.HasPrefix(line, "# ") {
			want.WriteString(line)
		}
	}
	for _, to := range []string{"a pipe", "a file"} {
		cmd := exec.Command(dlsh)
		cmd.Stdin = strings.NewReader(typed.String())
		got := run1(t, cmd, dir, to == "a file")
		if got != want.String() {
			t.Errorf("%s, with output to %s, answered:\n%s\nwant:\n%s", s.Name, to, got, want.String())
		}
	}
}

// typedLine is a line of a session without its prompt, if it has one.
func typedLine(line string) (string, bool) {
	for _, prompt := range []string{"> ", ">> ", ">>"} {
		if input, ok := strings.CutPrefix(line, prompt); ok {
			return input, true
		}
	}
	return "", false
}

// playShell runs the commands of a shell transcript and returns it with the answers they really gave.
func playShell(t *testing.T, dlsh, dir string, s txtar.File) string {
	var transcript strings.Builder
	for _, step := range strings.Split("\n"+string(s.Data), "\n$ ")[1:] {
		command, want, _ := strings.Cut(strings.TrimSuffix(step, "\n"), "\n")
		if want != "" {
			want += "\n"
		}
		cmd := exec.Command("sh", "-c", command)
		cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(dlsh)+":"+os.Getenv("PATH"), "HOME="+dir)
		got := run1(t, cmd, dir, false)
		if got != want && !*update {
			t.Errorf("%s: $ %s\n%s\nwant:\n%s", s.Name, command, got, want)
		}
		transcript.WriteString("$ " + command + "\n" + got)
	}
	return transcript.String()
}

// run1 runs a command in dir and returns all it writes, and its status if that is not 0.
func run1(t *testing.T, cmd *exec.Cmd, dir string, toFile bool) string {
	t.Helper()
	var out bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
	if toFile {
		file, err := os.Create(filepath.Join(dir, "output"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		cmd.Stdout, cmd.Stderr = file, file
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hung := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	err := cmd.Wait()
	hung.Stop()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if toFile {
		text, err := os.ReadFile(filepath.Join(dir, "output"))
		if err != nil {
			t.Fatal(err)
		}
		out.Write(text)
	}
	text := normal(out.String(), dir)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "%\n" // no newline at the end
	}
	if code := cmd.ProcessState.ExitCode(); code != 0 {
		text += fmt.Sprintf("[%d]\n", code)
	}
	return text
}

var (
	address = regexp.MustCompile(`0x[0-9a-f]{6,}`)
	handle  = regexp.MustCompile(`handle [0-9a-f]{6,}`)
)

// normal is output without what differs from run to run.
func normal(text, dir string) string {
	text = strings.ReplaceAll(text, dir, "$WORK")
	return handle.ReplaceAllString(address.ReplaceAllString(text, "0x…"), "handle …")
}
