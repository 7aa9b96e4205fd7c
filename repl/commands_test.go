// This file tests the table of commands against the help made from it.

package repl

import (
	"strings"
	"testing"

	"dlsh/lua"
)

// Every row is reachable by each of its names, is documented under a known
// heading, and appears in :help.
func TestTable(t *testing.T) {
	groups := []string{groupAsk, groupDeclare, groupPrompt}
	page := commandHelp()
	seen := map[string]bool{}
	at := 0
	for _, c := range commands() {
		for _, name := range c.names {
			if seen[name] {
				t.Errorf(":%s stands in the table twice", name)
			}
			seen[name] = true
			if found, ok := findCommand(name); !ok || found.names[0] != c.names[0] {
				t.Errorf(":%s is not found by that name", name)
			}
			if strings.ContainsAny(name, " :") || name != strings.ToLower(name) {
				t.Errorf(":%s cannot be typed", name)
			}
		}
		for at < len(groups) && groups[at] != c.group {
			at++
		}
		if at == len(groups) {
			t.Errorf(":%s: heading %q is unknown or comes twice", c.names[0], c.group)
			return
		}
		if c.help == "" || strings.Contains(c.help, "\n") || len(c.row()) > 80 {
			t.Errorf(":%s: help must be one line that fits a screen", c.names[0])
		}
		if !strings.Contains(page, c.row()) {
			t.Errorf(":%s is missing from :help", c.names[0])
		}
		for _, word := range c.words {
			if !strings.Contains(c.args, word) {
				t.Errorf(":%s: Tab offers %s, but %q does not name it", c.names[0], word, c.args)
			}
		}
	}
}

func TestCommands(t *testing.T) {
	for _, test := range []struct{ line, out, errs string }{
		{":trace", "trace is off\n", ""},
		{":trace  on ", "", ""},
		{"  :trace off", "", ""},
		{":trace maybe", "", ":trace: \"maybe\" is neither on nor off\n"},
		{":libs all", "", ":libs takes no argument\n"},
		{":help :quit", "  :quit                 leave, as Ctrl-D does (short :q)\n", ""},
		{":help :qiut", "", "no command :qiut; did you mean :quit?\n"},
		{":", "", "no command :; :help lists them\n"},
		{":tra", "", "no command :tra; did you mean :trace?\n"},
		{":include", "", ":include: a header is wanted and, if its functions are in one, a library: :include zlib.h z\n"},
		{":include stdbool.h", "stdbool = ctypes.include(\"stdbool.h\")\n-- 1 type, 2 constants\n", ""},
		{":include \"stdbool.h\"", "stdbool = ctypes.include(\"stdbool.h\")\n-- 1 type, 2 constants\n", ""},
		{":include a b c", "", ":include: a header is wanted and, if its functions are in one, a library: :include zlib.h z\n"},
		{":hepl", "", "no command :hepl; did you mean :help?\n"},
		{":frobnicate", "", "no command :frobnicate; :help lists them\n"},
		{":faults", "no call has faulted in this session\n", ""},
		{":faults all", "", ":faults takes no argument\n"},
		{":restart", "", ":restart is for the prompt; what runs from a pipe or a script is started again by running it again\n"},
		{":q", "", ""},
	} {
		t.Run(test.line, func(t *testing.T) {
			s := lua.New(lua.Options{Interactive: true})
			defer s.Close()
			var out, errs strings.Builder
			sh := &shell{session: s, stdout: &out, stderr: &errs}
			sh.command(test.line)
			if out.String() != test.out || errs.String() != test.errs {
				t.Errorf("got %q and %q, want %q and %q", out.String(), errs.String(), test.out, test.errs)
			}
		})
	}
}

// :help shows the session's page and the commands; with an expression, what
// the session says of it.
func TestHelp(t *testing.T) {
	s := lua.New(lua.Options{Interactive: true})
	defer s.Close()
	var out, errs strings.Builder
	sh := &shell{session: s, stdout: &out, stderr: &errs}
	sh.command(":help")
	if !strings.HasSuffix(out.String(), commandHelp()) || errs.Len() > 0 {
		t.Errorf("got %q and %q", out.String(), errs.String())
	}
	for _, about := range []string{":help include", ":help :include"} {
		out.Reset()
		if sh.command(about); out.String() != mustFind("include").row()+includeHelp {
			t.Errorf("%s: got %q", about, out.String())
		}
	}
	out.Reset()
	sh.command(":help string.rep")
	if out.Len() == 0 || strings.Contains(out.String(), ":quit") || errs.Len() > 0 {
		t.Errorf("got %q and %q", out.String(), errs.String())
	}
}

func mustFind(name string) command {
	c, _ := findCommand(name)
	return c
}
