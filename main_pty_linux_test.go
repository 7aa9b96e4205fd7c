// This file tests dlsh on a terminal: it starts the binary on a pty, types,
// and looks at what the screen shows.

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// The model transcript, typed.
func TestTerminalTranscript(t *testing.T) {
	dir := t.TempDir()
	buildLibrary(t, filepath.Join(dir, "lib.so"))
	c := startOnTerminal(t, dir, "XDG_STATE_HOME="+t.TempDir())
	for _, line := range []string{
		`lib1 = ctypes.CDLL("./lib.so")`,
		`lib2 = ctypes.CDLL("./lib.so")`,
		`lib1._handle == lib2._handle`,
		`_ctypes.dlclose(lib1._handle)`,
		`_ctypes.dlclose(lib1._handle)`,
		`lib1 = ctypes.CDLL("./lib.so")`,
		`_ctypes.dlclose(lib1._handle)`,
	} {
		c.line(line)
	}
	c.leave(0)
	c.wantScreen(`
> lib1 = ctypes.CDLL("./lib.so")
initialize
> lib2 = ctypes.CDLL("./lib.so")
> lib1._handle == lib2._handle
true
> _ctypes.dlclose(lib1._handle)
> _ctypes.dlclose(lib1._handle)
finalize
> lib1 = ctypes.CDLL("./lib.so")
initialize
> _ctypes.dlclose(lib1._handle)
finalize
>
`)
}

// Ctrl-C drops a chunk, Up brings it back, Tab completes, and output that
// ended without a newline is not overwritten.
func TestTerminalKeys(t *testing.T) {
	c := startOnTerminal(t, t.TempDir(), "XDG_STATE_HOME="+t.TempDir())
	c.line("for i = 1, 3 do")
	c.keys("  last = ")
	c.keys("\x03")
	c.wait("> ")
	c.keys("\x1b[A")
	c.wait("> for i = 1, 3 do")
	c.line(" last = i end") // Up leaves the cursor at the end
	c.line("last")
	c.keys("coroutin\t.yie\t")
	c.wait("> coroutine.yield")
	c.keys("\x15") // Ctrl-U: the line goes
	c.wait("> ")
	c.line(`local _ = io.write("ragged")`)
	c.keys("\x1b[3~\x00\x14") // Delete, Ctrl-Space, Ctrl-T: none of them leaves
	c.line("1\x14")
	c.leave(0)
	c.wantScreen(`
> for i = 1, 3 do
>>   last = ^C
> for i = 1, 3 do last = i end
> last
3
> local _ = io.write("ragged")
ragged
> 1
1
>
`)
}

// The next session knows what this one was told, a chunk as one entry.
func TestTerminalHistory(t *testing.T) {
	state := "XDG_STATE_HOME=" + t.TempDir()
	first := startOnTerminal(t, t.TempDir(), state)
	first.line("x = 0")
	first.line("for i = 1, 2 do")
	first.line("\x1b[200~\tx = x + i\x1b[201~") // pasted, and the tab is no Tab
	first.line("end")
	first.line("x")
	first.leave(0)

	second := startOnTerminal(t, t.TempDir(), state)
	second.line("x = 10")
	second.keys("\x1b[A\x1b[A\x1b[A")
	second.wait("> for i = 1, 2 do⏎ x = x + i⏎end")
	second.line("")
	second.line("x")
	second.leave(0)
	second.wantScreen(`
> x = 10
> for i = 1, 2 do⏎ x = x + i⏎end
> x
13
>
`)
}

// Many lines pasted at once run one after another, whether or not the
// terminal marks a paste.
func TestTerminalPaste(t *testing.T) {
	var text strings.Builder
	text.WriteString("n = 0\r")
	for range 200 {
		text.WriteString("n = n + 1\r")
	}
	for _, paste := range []string{text.String(), "\x1b[200~" + text.String() + "\x1b[201~"} {
		c := startOnTerminal(t, t.TempDir(), "XDG_STATE_HOME="+t.TempDir())
		c.keys(paste)
		c.line("'n is ' .. n")
		c.wait("n is 200\n> ")
		c.leave(0)
	}
}

// A terminal that understands nothing gets plain text, and one that does not
// know its size is no reason to hang.
func TestTerminalDumb(t *testing.T) {
	c := startOnTerminal(t, t.TempDir(), "TERM=dumb")
	c.line("1 + 1")
	c.leave(0)
	if strings.Contains(c.raw.String(), "\x1b") {
		t.Errorf("escapes on a dumb terminal: %q", c.raw.String())
	}
	c.wantScreen("\n> 1 + 1\n2\n>\n")

	c = startOnTerminal(t, t.TempDir(), "XDG_STATE_HOME=/nonexistent/for/sure", "COLUMNS=0")
	c.resize(0, 0)
	c.keys("1 + 1\x1b[D\x1b[D\x1b[D")
	c.line("")
	c.leave(0)
	c.wantScreen("\n> 1 + 1\n2\n>\n")
}

// buildLibrary compiles testdata/lib.c.
func buildLibrary(t *testing.T, path string) {
	t.Helper()
	cc := compiler(t)
	if out, err := exec.Command(cc, "-shared", "-fPIC", "-o", path, "testdata/lib.c").CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cc, err, out)
	}
}

// A console is dlsh on a terminal, from the side of the person.
type console struct {
	t      *testing.T
	cmd    *exec.Cmd
	master *os.File
	gone   chan struct{} // closed when the terminal is

	mu  sync.Mutex
	scr screen
	raw strings.Builder
}

// startOnTerminal starts dlsh in dir and waits for its prompt.
func startOnTerminal(t *testing.T, dir string, env ...string) *console {
	t.Helper()
	master, slave := openTerminal(t)
	c := &console{t: t, master: master, gone: make(chan struct{})}
	c.resize(24, 80)
	c.cmd = exec.Command(binary)
	c.cmd.Dir = dir
	c.cmd.Env = append(os.Environ(), append([]string{"TERM=xterm"}, env...)...)
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = slave, slave, slave
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	t.Cleanup(func() {
		c.cmd.Process.Kill()
		master.Close()
	})
	go c.watch()
	c.wait("leave\n> ")
	return c
}

// openTerminal makes a pty: the person's side and the program's.
func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(master.Fd())
	n, err := unix.IoctlGetUint32(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}

func (c *console) resize(rows, columns uint16) {
	err := unix.IoctlSetWinsize(int(c.master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: columns})
	if err != nil {
		c.t.Fatal(err)
	}
}

// watch paints what dlsh writes until the terminal is closed.
func (c *console) watch() {
	defer close(c.gone)
	buf := make([]byte, 4096)
	for {
		n, err := c.master.Read(buf)
		c.mu.Lock()
		c.raw.Write(buf[:n])
		c.scr.write(string(buf[:n]))
		c.mu.Unlock()
		if err != nil {
			return // EIO: the last process has left the terminal
		}
	}
}

// keys presses keys.
func (c *console) keys(s string) {
	c.t.Helper()
	if _, err := c.master.WriteString(s); err != nil {
		c.t.Fatal(err)
	}
}

// line types a line and waits for the prompt below it.
func (c *console) line(s string) {
	c.t.Helper()
	c.mu.Lock()
	before := c.scr.lines()
	c.mu.Unlock()
	c.keys(s + "\r")
	c.until("a prompt after "+s, func() bool {
		text := c.scr.String()
		return c.scr.lines() > before && marks.MatchString(text)
	})
}

// marks are the prompts, as they are and after a fault.
var marks = regexp.MustCompile(`\n!?>>? $`)

// wait waits for a text at the end of the screen.
func (c *console) wait(end string) {
	c.t.Helper()
	c.until(fmt.Sprintf("%q", end), func() bool { return strings.HasSuffix(c.scr.String(), end) })
}

func (c *console) until(what string, is func() bool) {
	c.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		c.mu.Lock()
		seen, text := is(), c.scr.String()
		c.mu.Unlock()
		if seen {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("waited for %s; the screen shows:\n%s", what, text)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// leave presses Ctrl-D and waits for the process to end.
func (c *console) leave(status int) {
	c.t.Helper()
	c.keys("\x04")
	c.goneWith(status)
}

// goneWith waits for the process to end.
func (c *console) goneWith(status int) {
	c.t.Helper()
	select {
	case <-c.gone:
	case <-time.After(20 * time.Second):
		c.t.Fatal("dlsh did not leave")
	}
	c.cmd.Wait()
	if got := c.cmd.ProcessState.ExitCode(); got != status {
		c.t.Errorf("%v, want status %d", c.cmd.ProcessState, status)
	}
}

// wantScreen compares all that was shown, but for the greeting.
func (c *console) wantScreen(want string) {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	var got strings.Builder
	for line := range strings.Lines(c.scr.String()) {
		got.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	_, shown, _ := strings.Cut(got.String(), "\n")
	if shown != strings.TrimPrefix(want, "\n") {
		c.t.Errorf("the screen shows:\n%s\nwant:\n%s", shown, want)
	}
}

// A screen is a terminal of 80 columns that never scrolls anything away. It
// knows the few sequences that readline writes.
type screen struct {
	rows     [][]rune
	row, col int
	rest     string // the start of a sequence or a letter that is not whole
}

const columns = 80

func (s *screen) lines() int { return len(s.rows) }

// String is what is shown, down to the row of the cursor. Spaces at the end
// of a row cannot be seen, but for those before the cursor.
func (s *screen) String() string {
	var b strings.Builder
	for i, row := range s.rows[:min(len(s.rows), s.row+1)] {
		if i > 0 {
			b.WriteString("\n")
		}
		text := strings.TrimRight(string(row), " ")
		if i == s.row {
			text += strings.Repeat(" ", max(0, s.col-utf8.RuneCountInString(text)))
		}
		b.WriteString(text)
	}
	return b.String()
}

func (s *screen) write(text string) {
	text = s.rest + text
	s.rest = ""
	for i, r := range text {
		if r == '\x1b' || r == '\ufffd' {
			n := s.escape(text[i:])
			if n == 0 {
				s.rest = text[i:]
				return
			}
			s.write(text[i+n:])
			return
		}
		s.put(r)
	}
}

// put shows one character.
func (s *screen) put(r rune) {
	switch {
	case r == '\r':
		s.col = 0
	case r == '\n':
		s.row++
	case r == '\b':
		s.col = max(0, s.col-1)
	case r >= ' ':
		if s.col == columns { // a full row is left only now
			s.row++
			s.col = 0
		}
		s.reach()
		row := s.rows[s.row]
		for len(row) <= s.col {
			row = append(row, ' ')
		}
		row[s.col] = r
		s.rows[s.row] = row
		s.col++
	}
	s.reach()
}

// reach makes the row of the cursor exist.
func (s *screen) reach() {
	for len(s.rows) <= s.row {
		s.rows = append(s.rows, nil)
	}
}

// escape obeys the sequence at the start of text and returns its length, 0
// if it is not whole.
func (s *screen) escape(text string) int {
	if len(text) < 3 {
		return 0
	}
	end := strings.IndexFunc(text[2:], func(r rune) bool { return r >= '@' && r <= '~' })
	if end < 0 {
		return 0
	}
	n := 1
	fmt.Sscanf(text[2:2+end], "%d", &n)
	s.reach()
	switch text[2+end] {
	case 'A':
		s.row = max(0, s.row-n)
	case 'C':
		s.col = min(columns-1, s.col+n)
	case 'J':
		s.rows = s.rows[:s.row+1]
		s.rows[s.row] = s.rows[s.row][:min(len(s.rows[s.row]), s.col)]
	case 'K':
		s.rows[s.row] = nil
	}
	s.reach()
	return 2 + end + 1
}
