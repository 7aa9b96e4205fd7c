// This file tests callbacks on a thread of a library while the prompt waits for a key.

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tickC calls back from a thread of its own, when it is told to by a file.
const tickC = `
#include <pthread.h>
#include <unistd.h>
static void (*handler)(int);
static void *run(void *unused) {
	for (int i = 1; i <= 3; i++) {
		while (access("go", F_OK)) usleep(2000);
		unlink("go");
		handler(i);
	}
	return unused;
}
int tick(void (*f)(int)) { pthread_t t; handler = f; return pthread_create(&t, NULL, run, NULL); }
`

func TestTerminalCallbacks(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "tick.c")
	if err := os.WriteFile(source, []byte(tickC), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(compiler(t), "-shared", "-fPIC", "-pthread", "-o", filepath.Join(dir, "tick.so"), source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c := startOnTerminal(t, dir, "XDG_STATE_HOME="+t.TempDir())
	tick := func() {
		if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c.line(`lib = ctypes.CDLL("./tick.so")`)
	c.line(`f = ctypes.CFUNCTYPE(nil, "int")(function(n) last = n; print("tick " .. n); if n == 2 then io.write("ragged") end; if n == 3 then error("enough", 0) end end)`)
	c.line(`lib.tick(f)`)
	// What is being typed goes aside for what the callback prints, and comes back under it.
	c.keys("la")
	c.wait("> la")
	tick()
	c.until("the first tick and the line again", func() bool { return strings.HasSuffix(c.scr.String(), "tick 1\n> la") })
	c.keys("st\r")
	c.wait("\n1\n> ")
	tick()
	c.until("the second tick", func() bool { return strings.HasSuffix(c.scr.String(), "tick 2\nragged\n> ") })
	tick()
	c.until("the third tick", func() bool { return strings.HasSuffix(c.scr.String(), "tick 3\n> ") })
	time.Sleep(50 * time.Millisecond) // the error comes after it
	c.line("last + 10")
	c.leave(0)
	c.mu.Lock()
	defer c.mu.Unlock()
	text := c.scr.String()
	if !strings.Contains(text, "> last + 10\nenough (in callback stdin:2, on a thread of the library)\n13\n>") {
		t.Errorf("the screen shows:\n%s", text)
	}
}
