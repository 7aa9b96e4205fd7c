// This file defines the ":" commands: a table of rows, and the help, the
// completion and the look-up that are all made from it.

package repl

import (
	"fmt"
	"strings"

	"dlsh/lua"
)

// A command is one row of the table.
type command struct {
	names []string // the name and its short forms, without the colon
	args  string   // how its arguments are written, for the help
	words []string // the arguments that Tab offers; nil means a Lua expression
	group string   // the heading of the help it stands under
	help  string   // one line
	run   func(sh *shell, arg string) error

	complete func(sh *shell, arg string) (from int, words []string) // instead of words; from counts from the start of arg
	more     string                                                 // what :help of the command says besides the line
}

// The headings of the help, in order.
const (
	groupAsk     = "Asking"
	groupDeclare = "Declaring"
	groupPrompt  = "The prompt"
)

// commands is the table. A function, because :help prints the table that it
// is a row of.
func commands() []command {
	return []command{
		{names: []string{"help", "h"}, args: "[expr]", group: groupAsk, run: (*shell).help,
			help: "explain a Lua expression, or show this page"},
		{names: []string{"libs"}, words: []string{}, group: groupAsk, run: (*shell).libs,
			help: "list the libraries that were opened"},
		{names: []string{"include"}, args: "header [lib]", group: groupDeclare, run: (*shell).include, complete: (*shell).completeInclude,
			help: "read a C header into a global", more: includeHelp},
		{names: []string{"trace"}, args: "[on|off]", words: []string{"off", "on"}, group: groupPrompt, run: (*shell).setTrace,
			help: "print the traceback under each error"},
		{names: []string{"faults"}, words: []string{}, group: groupPrompt, run: (*shell).listFaults,
			help: "list the crashes of C functions in this session"},
		{names: []string{"restart"}, args: "[-|-lib]", words: []string{}, group: groupPrompt, run: (*shell).restart,
			help: "start afresh, with libraries and declarations", more: restartHelp},
		{names: []string{"quit", "q"}, words: []string{}, group: groupPrompt, run: (*shell).leave,
			help: "leave, as Ctrl-D does"},
	}
}

// command runs a line that starts with a colon.
func (sh *shell) command(line string) {
	name, arg, _ := strings.Cut(strings.TrimSpace(line)[1:], " ")
	arg = strings.TrimSpace(arg)
	c, ok := findCommand(name)
	if !ok {
		sh.complain(unknown(name), "")
		return
	}
	if c.args == "" && arg != "" {
		sh.complain(fmt.Sprintf(":%s takes no argument", c.names[0]), "")
		return
	}
	if err := c.run(sh, arg); err != nil {
		message, trace := explain(err)
		sh.complain(message, trace)
	}
}

// findCommand looks a name up in the table.
func findCommand(name string) (command, bool) {
	for _, c := range commands() {
		for _, n := range c.names {
			if n == name {
				return c, true
			}
		}
	}
	return command{}, false
}

// unknown is the message for a command that is not in the table.
func unknown(name string) string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.names[0])
	}
	if near := lua.Near(name, names, 1); len(near) > 0 {
		return fmt.Sprintf("no command :%s; did you mean :%s?", name, near[0])
	}
	return fmt.Sprintf("no command :%s; :help lists them", name)
}

// help is :help. An argument that is a command shows that command's row; without its colon too, where Lua
// has nothing by its name.
func (sh *shell) help(arg string) error {
	name, isCommand := strings.CutPrefix(arg, ":")
	c, found := findCommand(name)
	switch {
	case isCommand && !found:
		sh.complain(unknown(name), "")
		return nil
	case found && (isCommand || !sh.session.Defined(name)):
		sh.say(c.row() + c.more)
		return nil
	}
	text, err := sh.session.Help(arg)
	if err != nil {
		return err
	}
	if arg == "" {
		text = ended(text) + "\n" + commandHelp()
	}
	sh.say(text)
	return nil
}

// commandHelp is the part of the help page that the table makes.
func commandHelp() string {
	var b strings.Builder
	group := ""
	for _, c := range commands() {
		if c.group != group {
			group = c.group
			fmt.Fprintf(&b, "%s\n", group)
		}
		b.WriteString(c.row())
	}
	return b.String()
}

// row is a command as the help shows it.
func (c command) row() string {
	usage := ":" + c.names[0]
	if c.args != "" {
		usage += " " + c.args
	}
	short := ""
	if len(c.names) > 1 {
		short = " (short :" + strings.Join(c.names[1:], ", :") + ")"
	}
	return fmt.Sprintf("  %-21s %s%s\n", usage, c.help, short)
}

// libs is :libs.
func (sh *shell) libs(string) error {
	lines := sh.session.Libraries()
	if len(lines) == 0 {
		sh.say("no library was opened yet")
		return nil
	}
	sh.say(strings.Join(lines, "\n"))
	return nil
}

const includeHelp = `
  :include zlib.h z reads zlib.h and what it includes, as ctypes.include does, and
  leaves it in the global zlib: zlib.crc32(0, s, #s), zlib.Z_OK, zlib.z_stream().
  Functions come from the library, named as the C compiler's -l has it or by its
  path; without one, from the program itself and what it was started with, which
  has the C library. A name that begins with "." or "/" is the path of a header.
  No compiler is needed. Tab completes headers and libraries.
`

// include is :include. It tells the statement that does the same in a script.
func (sh *shell) include(arg string) error {
	words := strings.Fields(arg)
	if len(words) == 0 || len(words) > 2 {
		return fmt.Errorf(":include: a header is wanted and, if its functions are in one, a library: :include zlib.h z")
	}
	library := ""
	if len(words) == 2 {
		library = words[1]
	}
	told, err := sh.session.Include(chunkName, sh.start, words[0], library)
	if err != nil {
		return err
	}
	sh.say(told)
	return nil
}

// completeInclude completes a header, then a library.
func (sh *shell) completeInclude(arg string) (from int, words []string) {
	start := strings.LastIndexByte(arg, ' ') + 1
	switch len(strings.Fields(arg[:start])) {
	case 0:
		return sh.session.CompleteHeader(arg, start)
	case 1:
		return sh.session.CompleteLibrary(arg, start)
	}
	return len(arg), nil
}

// setTrace is :trace. Without an argument it says how things stand.
func (sh *shell) setTrace(arg string) error {
	switch arg {
	case "on", "off":
		sh.trace = arg == "on"
	case "":
		state := "off"
		if sh.trace {
			state = "on"
		}
		sh.say("trace is " + state)
	default:
		return fmt.Errorf(":trace: %q is neither on nor off", arg)
	}
	return nil
}

// leave is :quit.
func (sh *shell) leave(string) error {
	sh.quit = true
	return nil
}
