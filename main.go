// This file defines the command line of dlsh: flags and wiring, nothing else.

// Dlsh is the shell of the dynamic loader: Python's ctypes workflow in Lua.
//
//	dlsh [options] [script.lua [args...]]
//
// The options are lua(1)'s. Run `dlsh -h` for them, and type :help at the
// prompt for the rest.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"dlsh/lua"
	"dlsh/repl"
)

// version is the version of dlsh; a release sets it with -ldflags "-X main.version=...".
var version = "0.1.0-dev"

func main() {
	if os.Getenv("GOGC") == "" {
		// The heap of a shell is small, and Lua's numbers are all on it: collecting
		// at Go's default of twice that little is a sixth of the time of a loop of calls.
		debug.SetGCPercent(400)
	}
	lua.LimitMemory()
	status := run(os.Args, os.Stdin, os.Stdout, os.Stderr)
	// An exit handler or a destructor that never returns: no Lua is left that Ctrl-C could be an error of.
	signal.Reset(os.Interrupt)
	// Not os.Exit: that would skip C's exit handlers and lose what C has
	// printed into its buffers.
	lua.Exit(status)
}

// Exit statuses.
const (
	ok        = 0
	failed    = 1
	badUsage  = 2
	usageLine = "usage: dlsh [options] [script.lua [args...]]   (dlsh -h tells more)"
)

const helpPage = `usage: dlsh [options] [script.lua [args...]]

dlsh is the shell of the dynamic loader: it opens shared libraries, declares
the signatures of their functions, calls them and closes them, as Python's
ctypes does, in Lua.

  -e CODE   run CODE; the value of an expression is printed
  -l NAME   open a library by path or by name and bind a global named after
            it: after -l m, m.cos is the cosine of libm
  -i        give a prompt after -e and the script
  --no-guard
            let faults in C end the process, with a core dump (for gdb)
  -v        print the version
  -h        print this page
  -         read the script from standard input, as one chunk
  --        end of the options

-e and -l may be repeated and take effect in the order given. A script finds
its arguments in ... and in the table arg, as in lua(1).

Without a script there is a prompt, where :help tells more. When standard
input is not a terminal, statements are read from it and each runs as soon as
it is whole; values of expressions are printed.

  dlsh -l m -e 'm.abs(-5)'
  echo 'ctypes.sizeof(ctypes.c_long)' | dlsh
  dlsh scripts/tour.lua

Exit status: 0, 1 if a script or a statement failed, 2 for a wrong option.
`

// options is the command line, understood.
type options struct {
	steps         []step // -e and -l in their order
	code          bool   // one of the steps is -e
	prompt        bool   // -i
	noGuard       bool   // --no-guard
	version, help bool
	script        int // where the script stands in the arguments, 0 if nowhere
	scriptIsStdin bool
}

// A step is one -e or -l.
type step struct {
	flag byte
	arg  string
}

// run is dlsh: args as main gets them, the program's name first. It returns
// the exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		args = []string{"dlsh"} // execve lets a program have no name
	}
	o, err := parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "dlsh: %v\n%s\n", err, usageLine)
		return badUsage
	}
	if o.help {
		io.WriteString(stdout, helpPage)
		return ok
	}
	handed := repl.TakeOver()
	if o.version && handed == nil {
		fmt.Fprintf(stdout, "dlsh %s (Lua 5.1, gopher-lua; %s/%s, %s)\n",
			version, runtime.GOOS, runtime.GOARCH, runtime.Version())
		if len(o.steps) == 0 && o.script == 0 && !o.prompt {
			return ok
		}
	}

	if o.noGuard {
		lua.NoGuard()
	}
	nothingToRun := o.script == 0 && !o.code
	prompt := o.prompt || nothingToRun && repl.IsTerminal(stdin) || handed != nil
	if prompt {
		repl.NoteStart()
	}

	s := lua.New(lua.Options{Interactive: prompt, Notes: stderr})
	defer s.Close()
	s.SetArg(args, o.script)

	repl.Interrupts(s, prompt, stderr, func() { endBy(os.Interrupt) })
	if handed != nil {
		repl.Resume(s, handed, stdin, stdout, stderr)
		s.Flush()
		return ok
	}
	if !prompt {
		flushOnSignal()
	}
	status := ok
	err = runAll(s, o, args, stdin, stdout)
	if err == nil {
		err = s.Pending()
	}
	if err != nil {
		s.Flush()
		report(stderr, err)
		status = failed
		if !o.prompt {
			endIfInterrupted(err)
			return status
		}
	}
	switch {
	case prompt:
		if !o.version {
			fmt.Fprintf(stdout, "dlsh %s   :help for help, Ctrl-D to leave\n", version)
		}
		repl.Prompt(s, stdin, stdout, stderr)
	case nothingToRun:
		if err := repl.Pipe(s, "stdin", stdin, stdout, stderr); err != nil {
			endIfInterrupted(err)
			status = failed
		}
	}
	s.Flush()
	return status
}

// flushOnSignal keeps what C has printed when SIGTERM ends a script.
func flushOnSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	go func() { endBy(<-signals) }()
}

// endBy ends the process by a signal: what C has printed is written, then the signal
// does what it would have done.
func endBy(s os.Signal) {
	lua.FlushFor(100 * time.Millisecond)
	signal.Reset(s)
	if p, err := os.FindProcess(os.Getpid()); err == nil && p.Signal(s) == nil {
		time.Sleep(time.Second) // the signal is on its way
	}
	os.Exit(128 + int(syscall.SIGINT)) // where processes cannot signal themselves
}

// endIfInterrupted ends the process by SIGINT when that is what ended the script, so
// that the shell which started it stops too.
func endIfInterrupted(err error) {
	if lua.Interrupted(err) {
		endBy(os.Interrupt)
	}
}

// runAll runs the steps and then the script, up to the first that fails.
func runAll(s *lua.Session, o options, args []string, stdin io.Reader, stdout io.Writer) error {
	for _, step := range o.steps {
		if step.flag == 'l' {
			if _, err := s.OpenLibrary(step.arg); err != nil {
				return err
			}
			continue
		}
		shown, err := s.Do("(command line)", step.arg)
		if err != nil {
			return err
		}
		if len(shown) > 0 {
			s.Flush()
			fmt.Fprintln(stdout, strings.Join(shown, "\t"))
		}
		if err := s.Pending(); err != nil {
			return err
		}
	}
	switch {
	case o.script == 0:
		return nil
	case o.scriptIsStdin:
		return s.RunReader("stdin", stdin, args[o.script+1:])
	default:
		return s.RunFile(args[o.script], args[o.script+1:])
	}
}

// report prints the error that ended a script, with its traceback.
func report(stderr io.Writer, err error) {
	text := err.Error()
	var e *lua.Error
	if errors.As(err, &e) {
		text = e.Text()
	}
	fmt.Fprintf(stderr, "dlsh: %s\n", strings.TrimRight(text, "\n"))
	if e != nil && e.Traceback != "" {
		fmt.Fprintln(stderr, strings.TrimRight(e.Traceback, "\n"))
	}
}

// parse understands the arguments. An argument of -e and -l may stand in the
// same word (-lm) or in the next one, as for lua(1).
func parse(args []string) (options, error) {
	var o options
	for i := 1; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			if i+1 < len(args) {
				o.script = i + 1
			}
			return o, nil
		case arg == "-" || !strings.HasPrefix(arg, "-"):
			o.script, o.scriptIsStdin = i, arg == "-"
			return o, nil
		case arg == "-i":
			o.prompt = true
		case arg == "--no-guard":
			o.noGuard = true
		case arg == "-v" || arg == "--version":
			o.version = true
		case arg == "-h" || arg == "--help":
			o.help = true
		case strings.HasPrefix(arg, "-e") || strings.HasPrefix(arg, "-l"):
			flag, value := arg[1], arg[2:]
			if value == "" {
				i++
				if i == len(args) {
					return o, fmt.Errorf("-%c needs an argument", flag)
				}
				value = args[i]
			}
			o.steps = append(o.steps, step{flag, value})
			o.code = o.code || flag == 'e'
		default:
			return o, fmt.Errorf("unknown option %s", arg)
		}
	}
	return o, nil
}
