// This file tests Ctrl-C at the prompt: what runs ends, and the prompt is back.

package main

import (
	"strings"
	"testing"
)

// press runs a line that says "running" and presses Ctrl-C.
func (c *console) press(line string) {
	c.t.Helper()
	c.mu.Lock()
	before := strings.Count(c.scr.String(), "\nrunning\n")
	c.mu.Unlock()
	c.keys(line + "\r")
	c.until("running", func() bool { return strings.Count(c.scr.String(), "\nrunning\n") > before })
	c.keys("\x03")
	c.wait("\n> ")
}

// forget takes a text off the screen.
func (c *console) forget(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, row := range c.scr.rows {
		c.scr.rows[i] = []rune(strings.Replace(string(row), text, "", 1))
	}
}

func TestTerminalInterrupt(t *testing.T) {
	dir := t.TempDir()
	buildWaiting(t, dir)
	c := startOnTerminal(t, dir, "XDG_STATE_HOME="+t.TempDir())
	c.line(`lib = ctypes.CDLL("./waiting.so")`)
	c.line(`ctypes.c_int.in_dll(lib, "say").value = 1`)
	c.line(`ctypes.cdef("void spin(void), sleep_on(void), lock_twice(void);")`)
	c.line(`ctypes.cdef("void keep_calling(int (*f)(int));")`)
	c.press("lib.spin()")
	c.press("lib.sleep_on()")
	c.press("lib.lock_twice()")
	c.press("print('running') while true do end")
	c.press("lib.keep_calling(function() while true do end end)")
	c.press("os.execute('echo running; exec sleep 600')")
	c.press("print('running') io.read()")
	c.line("1 + 1")
	c.leave(0)
	c.forget("io.read was ") // it may not have begun yet
	c.forget("keep_calling was ")
	c.forget(" (in callback stdin:9)")
	c.wantScreen(`
> lib = ctypes.CDLL("./waiting.so")
> ctypes.c_int.in_dll(lib, "say").value = 1
> ctypes.cdef("void spin(void), sleep_on(void), lock_twice(void);")
> ctypes.cdef("void keep_calling(int (*f)(int));")
> lib.spin()
running
^C
Interrupt: spin was ended by Ctrl-C
> lib.sleep_on()
running
^C
Interrupt: sleep_on was ended by Ctrl-C
> lib.lock_twice()
running
^C
Interrupt: lock_twice was ended by Ctrl-C
> print('running') while true do end
running
^C
Interrupt: ended by Ctrl-C
> lib.keep_calling(function() while true do end end)
running
^C
Interrupt: ended by Ctrl-C
> os.execute('echo running; exec sleep 600')
running
^C
Interrupt: os.execute was ended by Ctrl-C
> print('running') io.read()
running
^C
Interrupt: ended by Ctrl-C
> 1 + 1
2
>
`)
}

// C that was ended in the middle leaves the terminal as it was before, with echo and with Ctrl-C.
func TestTerminalInterruptedModes(t *testing.T) {
	dir := t.TempDir()
	buildWaiting(t, dir)
	c := startOnTerminal(t, dir, "XDG_STATE_HOME="+t.TempDir())
	c.line(`lib = ctypes.CDLL("./waiting.so")`)
	c.line(`ctypes.c_int.in_dll(lib, "say").value = 1`)
	c.line(`ctypes.cdef("void sleep_on(void);")`)
	c.press("os.execute('stty -echo'); lib.sleep_on()")
	c.press("print('running') io.read()")
	c.leave(0)
	c.mu.Lock()
	defer c.mu.Unlock()
	if text := c.scr.String(); strings.Count(text, "\n^C\nInterrupt: ") != 1 || strings.Count(text, "\nInterrupt: ") != 2 {
		t.Errorf("the screen shows:\n%s", text)
	}
}

// A statement that catches every interrupt is ended by the third.
func TestTerminalInterruptCaught(t *testing.T) {
	dir := t.TempDir()
	buildWaiting(t, dir)
	c := startOnTerminal(t, dir, "XDG_STATE_HOME="+t.TempDir())
	c.line(`lib = ctypes.CDLL("./waiting.so")`)
	c.line(`ctypes.c_int.in_dll(lib, "say").value = 1`)
	c.line(`ctypes.cdef("void spin(void);")`)
	c.keys("while true do pcall(lib.spin) end\r")
	for n := 1; n <= 3; n++ {
		c.until("running", func() bool { return strings.Count(c.scr.String(), "running\n") >= n })
		c.keys("\x03")
	}
	c.wait("\n> ")
	c.line("1 + 1")
	c.leave(0)
	c.mu.Lock()
	defer c.mu.Unlock()
	if text := c.scr.String(); !strings.Contains(text, "\nInterrupt: ended by Ctrl-C\n> 1 + 1\n2\n") {
		t.Errorf("the screen shows:\n%s", text)
	}
}
