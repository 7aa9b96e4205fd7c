// This file tests that no fault of a library ends the shell: every kind of testdata/faults in a process of its own, and
// all of them in one process in random orders. The children are dlsh with a script that the test
// makes from the table (faults_table_linux_test.go) and testdata/faults/run.lua; what
// they write to a file says which fault was the last when one dies or hangs.
//
//	DLSH_SEED=N         the seed of the first order
//	DLSH_FAULTS="A B"   these kinds, in this order, for TestFaultsTogether
//	DLSH_PENDING=1      also the kinds that need what is not there yet
//	DLSH_LONG=1         ten times as many orders, and on arm64 each kind alone as well

//go:build amd64 || arm64

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"dlsh/types"
	"dlsh/types/random"
)

// faultLimit is what only a process that hangs needs. The emulator is slow.
const faultLimit = 3 * time.Minute

// faultFixtures is one target's: its libraries, the C program that calls them, and its dlsh.
type faultFixtures struct {
	compiler *random.Compiler
	folder   string
	dlsh     string
	arch     string
}

func (x *faultFixtures) emulated() bool { return len(x.compiler.Run) > 0 }

// buildFaults compiles the fixtures for a target.
func buildFaults(t *testing.T, target *types.Target) *faultFixtures {
	t.Helper()
	x := &faultFixtures{random.FindCompiler(t, target), t.TempDir(), binary, target.Arch}
	sources := func(names ...string) (paths []string) {
		for _, name := range names {
			path, err := filepath.Abs(filepath.Join("testdata/faults", name))
			if err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
		return paths
	}
	var wait sync.WaitGroup
	run := func(program, result string, files []string, options ...string) {
		args := append([]string{"-w", "-g", "-O1", "-fno-builtin", "-pthread", "-o", filepath.Join(x.folder, result)}, options...)
		args = append(append(args, files...), "-lm", "-ldl")
		wait.Go(func() {
			if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%.4000s", result, err, out)
			}
		})
	}
	cc := x.compiler.CC
	run(cc, "faults.so", sources("memory.c", "execute.c", "libc.c", "stack.c", "signals.c", "threads.c", "loading.c"), "-shared", "-fPIC")
	run(cc, "driver", sources("driver.c"))
	for _, name := range []string{"neighbour", "constructor", "constructor_too", "constructor_abort", "destructor", "destructor_abort", "exit_handler", "resolver", "missing"} {
		run(cc, name+".so", sources("at_load.c"), "-shared", "-fPIC", "-D"+strings.ToUpper(name))
	}
	if cxx, ok := cxxCompiler(t, x); ok {
		run(cxx, "exceptions.so", sources("exceptions.cpp"), "-shared", "-fPIC")
	}
	if x.emulated() {
		x.dlsh = filepath.Join(x.folder, "dlsh")
		wait.Go(func() {
			build := exec.Command("go", "build", "-o", x.dlsh, ".")
			build.Env = append(os.Environ(), "GOARCH="+x.arch, "CGO_ENABLED=0")
			if out, err := build.CombinedOutput(); err != nil {
				t.Errorf("go build: %v\n%s", err, out)
			}
		})
	}
	if wait.Wait(); t.Failed() {
		t.FailNow()
	}
	return x
}

// cxxCompiler is $CXX or c++; there is none for the emulator.
func cxxCompiler(t *testing.T, x *faultFixtures) (string, bool) {
	cxx := os.Getenv("CXX")
	if cxx == "" {
		cxx = "c++"
	}
	if x.emulated() {
		return "", false
	}
	if _, err := exec.LookPath(cxx); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("no C++ compiler: %v", err)
		}
		t.Logf("the faults of C++ are left out: %v", err)
		return "", false
	}
	return cxx, true
}

// has says whether a kind can be run on the target, and logs why not.
func (x *faultFixtures) has(f *fault) bool {
	if !f.isOn(x.arch) {
		return false
	}
	if f.cpp {
		if _, err := os.Stat(filepath.Join(x.folder, "exceptions.so")); err != nil {
			return false
		}
	}
	if f.pending != "" && os.Getenv("DLSH_PENDING") == "" {
		return false
	}
	return !x.emulated() || f.emulated == ""
}

// rows are the kinds that the target has.
func (x *faultFixtures) rows() (list []*fault) {
	for i := range faults {
		if x.has(&faults[i]) {
			list = append(list, &faults[i])
		}
	}
	return list
}

// The fixtures do what the table says: without a guard, the process ends as it would in C.
func TestFaultsInC(t *testing.T) {
	x := buildFaults(t, types.Host())
	for _, f := range x.rows() {
		library, args := "faults.so", []string{f.name}
		if f.cpp {
			library = "exceptions.so"
		}
		switch {
		case f.calls == "-" && f.dies == "":
			continue // it would not end
		case f.calls == "-":
			library, args = f.name+".so", []string{"", "close"}
		case f.calls != "":
			args = strings.Fields(f.calls)
		}
		if f.name == "missing" {
			library = "missing.so"
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), faultLimit)
			defer cancel()
			out, err := exec.CommandContext(ctx, filepath.Join(x.folder, "driver"), append([]string{filepath.Join(x.folder, library)}, args...)...).CombinedOutput()
			got := ""
			if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
				if status := exit.Sys().(syscall.WaitStatus); status.Signaled() {
					got = signalName(status.Signal())
				} else {
					got = fmt.Sprintf("exit %d", status.ExitStatus())
				}
			}
			if !slices.Contains(strings.Split(f.ends(x.arch), " or "), got) {
				t.Errorf("the C program ended with %q, want %q\n%s", got, f.ends(x.arch), out)
			}
		})
	}
}

func signalName(s syscall.Signal) string {
	names := map[syscall.Signal]string{syscall.SIGSEGV: "SIGSEGV", syscall.SIGBUS: "SIGBUS", syscall.SIGFPE: "SIGFPE", syscall.SIGILL: "SIGILL",
		syscall.SIGTRAP: "SIGTRAP", syscall.SIGABRT: "SIGABRT", syscall.SIGSYS: "SIGSYS", syscall.SIGSTKFLT: "SIGSTKFLT",
		syscall.SIGUSR1: "SIGUSR1", syscall.SIGALRM: "SIGALRM", syscall.SIGPIPE: "SIGPIPE", syscall.SIGXCPU: "SIGXCPU",
		syscall.SIGXFSZ: "SIGXFSZ", syscall.SIGIO: "SIGIO", syscall.SIGPROF: "SIGPROF", syscall.SIGQUIT: "SIGQUIT"}
	if name, ok := names[s]; ok {
		return name
	}
	return fmt.Sprintf("signal %d", int(s))
}

// script is run.lua with rows behind it.
func (x *faultFixtures) script(t *testing.T, rows []*fault) string {
	t.Helper()
	text, err := os.ReadFile("testdata/faults/run.lua")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.Write(text)
	for _, f := range rows {
		signals, comesBack := f.names(x.arch)
		if comesBack {
			signals = append(signals, "")
		}
		var set strings.Builder
		for _, s := range signals {
			fmt.Fprintf(&set, "[%q] = true, ", s)
		}
		words := f.words
		if words == "" || strings.HasPrefix(words, "0x") {
			words = strings.TrimSuffix(f.name+"|"+words, "|")
		}
		list := `"` + strings.ReplaceAll(words, "|", `", "`) + `"`
		fmt.Fprintf(&b, "fault(%q, {%s}, {%s}, %v, function() %s end)\n", f.name, set.String(), list, f.ruins != "", f.code())
	}
	b.WriteString("note(\"end\")\n")
	return b.String()
}

// faultRun is what came of one process.
type faultRun struct {
	notes  string // what it wrote to its file
	output string
	ended  string // "" when it ended well
	last   string // the fault that had begun when it ended otherwise
	wrong  []string
}

// run runs rows in one process.
func (x *faultFixtures) run(t *testing.T, rows []*fault) *faultRun {
	t.Helper()
	dir := t.TempDir()
	script, notes := filepath.Join(dir, "run.lua"), filepath.Join(dir, "notes")
	if err := os.WriteFile(script, []byte(x.script(t, rows)), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), faultLimit)
	defer cancel()
	line := append(append([]string{}, x.compiler.Run...), x.dlsh, script, x.folder, notes)
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.WaitDelay = time.Second // children that hold the pipe open
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	text, _ := os.ReadFile(notes)
	r := &faultRun{notes: string(text), output: string(out)}
	switch {
	case ctx.Err() != nil:
		r.ended = "it hangs"
	case err != nil:
		r.ended = err.Error()
	case !strings.HasSuffix(r.notes, "end\n"):
		r.ended = "it ended early, with status 0"
	}
	for line := range strings.Lines(r.notes) {
		switch what, rest, _ := strings.Cut(strings.TrimSpace(line), " "); what {
		case "begin":
			r.last = rest
		case "right":
			r.last = ""
		case "wrong":
			r.last = ""
			r.wrong = append(r.wrong, rest)
		}
	}
	return r
}

// show fails the test for what went wrong.
func (r *faultRun) show(t *testing.T) {
	t.Helper()
	for _, wrong := range r.wrong {
		t.Errorf("%s", wrong)
	}
	if r.ended != "" {
		t.Errorf("%s, in %s; its notes end:\n%s\nits output ends:\n%s", r.ended, r.last, tail(r.notes, 2000), tail(r.output, 300))
	}
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// Each kind in a process of its own.
func TestFaultsAlone(t *testing.T) { faultsAlone(t, buildFaults(t, types.Host())) }

func faultsAlone(t *testing.T, x *faultFixtures) {
	turns := make(chan bool, runtime.NumCPU())
	for _, f := range x.rows() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			turns <- true
			defer func() { <-turns }()
			x.run(t, []*fault{f}).show(t)
		})
	}
}

// All kinds in one process, in an order that a seed gives.
func TestFaultsTogether(t *testing.T) { faultsTogether(t, buildFaults(t, types.Host()), 4) }

func faultsTogether(t *testing.T, x *faultFixtures, orders int) {
	var rows []*fault
	for _, f := range x.rows() {
		if f.ruins == "" {
			rows = append(rows, f)
		}
	}
	if names := strings.Fields(os.Getenv("DLSH_FAULTS")); len(names) > 0 {
		var order []*fault
		for _, name := range names {
			i := slices.IndexFunc(faults, func(f fault) bool { return f.name == name })
			if i < 0 {
				t.Fatalf("DLSH_FAULTS: there is no kind %s", name)
			}
			order = append(order, &faults[i])
		}
		x.run(t, order).show(t)
		return
	}
	for i := range orders * random.Times() {
		seed := random.Seed(t) + uint64(i)
		t.Run(fmt.Sprintf("DLSH_SEED=%d", seed), func(t *testing.T) {
			t.Parallel()
			order := append([]*fault(nil), rows...)
			rand.New(rand.NewPCG(seed, 5)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			x.run(t, order).show(t)
		})
	}
}

// The same on arm64, in an emulator. It takes a second a process, so that by default all kinds share one.
func TestFaultsARM64(t *testing.T) {
	if runtime.GOARCH == "arm64" {
		t.Skip("an emulator is not needed: this machine is arm64, and the other tests run here")
	}
	x := buildFaults(t, types.LinuxARM64)
	if random.Times() > 1 {
		t.Run("alone", func(t *testing.T) { faultsAlone(t, x) })
	}
	t.Run("together", func(t *testing.T) { faultsTogether(t, x, 1) })
}

// holdings is what a process has.
type holdings struct{ rss, threads, files, mappings int }

func holdingsOf(t *testing.T, pid int) (h holdings) {
	t.Helper()
	at := fmt.Sprintf("/proc/%d/", pid)
	count := func(folder string) int {
		entries, err := os.ReadDir(at + folder)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	h.threads, h.files = count("task"), count("fd")
	maps, err := os.ReadFile(at + "maps")
	if err != nil {
		t.Fatal(err)
	}
	h.mappings = strings.Count(string(maps), "\n")
	status, err := os.ReadFile(at + "status")
	if err != nil {
		t.Fatal(err)
	}
	_, rss, _ := strings.Cut(string(status), "VmRSS:")
	fmt.Sscan(rss, &h.rss)
	return h
}

// What ten thousand faults leave behind: no memory worth naming, no threads, no files, no mappings. What a call costs is
// logged, not judged.
func TestFaultsManyTimes(t *testing.T) {
	x := buildFaults(t, types.Host())
	for _, test := range []struct {
		what  string
		kinds string
		early int // so many first: then what there is is looked at, when Go's heap is as large as it gets
		times int // and compared with what there is after so many
	}{
		{"calls", "null_read null_call aborts raise_bus illegal_instruction forbidden_read smash_small kill_abrt call_back", 1000, 10000},
		{"stack overflows", "stack_overflow", 20, 200},
		{"threads", "thread_read thread_abort", 600, 1500},
	} {
		t.Run(test.what, func(t *testing.T) {
			script := x.script(t, nil) + fmt.Sprintf(`
				local kinds, n = {%s}, 0
				local under = callback(function() return lib.null_read() end)
				local function some(times)
					for i = 1, times do
						local name = kinds[i %% #kinds + 1]
						local ok, why
						if name == "call_back" then
							ok, why = pcall(lib.call_back, 1, under)
						else
							ok, why = pcall(lib[name])
						end
						if ok or why.kind ~= "Fault" then error(name .. ": " .. tostring(why), 0) end
						n = n + 1
					end
					for i = 1, 3 do collectgarbage() end
					well()
				end
				local function stop()
					print(n .. string.format(" faults, a call costs %%.0f ns", costs()))
					io.read()
				end
				some(10)
				stop()
				some(%d)
				stop()
				some(%d)
				stop()`, `"`+strings.ReplaceAll(test.kinds, " ", `", "`)+`"`, test.early-10, test.times-test.early)
			dir := t.TempDir()
			path := filepath.Join(dir, "run.lua")
			if err := os.WriteFile(path, []byte(script), 0o666); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), faultLimit)
			defer cancel()
			cmd := exec.CommandContext(ctx, x.dlsh, path, x.folder, filepath.Join(dir, "notes"))
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			var errs strings.Builder
			cmd.Stderr = &errs
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			var had []holdings
			for lines.Scan() {
				if strings.Contains(lines.Text(), " faults, ") {
					had = append(had, holdingsOf(t, cmd.Process.Pid))
					t.Logf("%s; %+v", lines.Text(), had[len(had)-1])
					in.Write([]byte("\n"))
				}
			}
			if err := cmd.Wait(); err != nil || len(had) != 3 {
				t.Fatalf("%v\n%s", err, tail(errs.String(), 2000))
			}
			early, late := had[1], had[2]
			if late.rss > early.rss+16<<10 {
				t.Errorf("memory went from %d KiB to %d", early.rss, late.rss)
			}
			if late.threads > early.threads+3 {
				t.Errorf("threads went from %d to %d", early.threads, late.threads) // Go starts one now and then
			}
			if late.files > early.files+2 { // Go opens its poller, of two, when it first needs it
				t.Errorf("files went from %d to %d", early.files, late.files)
			}
			if late.mappings > early.mappings+40 { // some are Go's own
				t.Errorf("mappings went from %d to %d", early.mappings, late.mappings)
			}
		})
	}
}
