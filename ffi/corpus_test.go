// This file tests calls against the C compiler: thousands of functions of random signatures that check
// every bit of what they get. Compiled units are built, opened and called here; corpus_call_test.go and
// corpus_callback_test.go say what one call and one callback have to do.

//go:build linux && (amd64 || arm64)

package ffi

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dlsh/types"
	"dlsh/types/random"
)

// What one unit has. Compilers take the longer the more functions a file has, and a machine has more than one CPU.
const (
	unitFixed    = 300
	unitDriven   = 75
	unitVariadic = 60
)

// corpusUnits is how many units a target gets: on amd64 6,480 functions and 1,350 callbacks, on arm64, where an
// emulator runs them, 2,880 and 600. $DLSH_LONG makes it ten times as many.
func corpusUnits(target *types.Target) int {
	n := 18
	if target.Arch == "arm64" {
		n = 8
	}
	return n * random.Times()
}

func newUnit(target *types.Target, seed uint64) *random.Unit {
	return random.NewUnit(target, seed, unitFixed, unitDriven, unitVariadic)
}

// unitFile is where a unit's library lies.
func unitFile(folder string, seed uint64) string {
	return filepath.Join(folder, fmt.Sprintf("unit%d", seed))
}

// buildCorpus compiles the units of a target. Some are optimized, which takes twice as long: what a
// function does with its registers differs, what it gets in them must not.
func buildCorpus(t testing.TB, target *types.Target, folder string) {
	t.Helper()
	var sources []random.Source
	for i := range corpusUnits(target) {
		u := newUnit(target, random.Seed(t)+uint64(i))
		level := "-O0"
		if i%4 == 0 {
			level = "-O1"
		}
		name := filepath.Base(unitFile(folder, u.Seed))
		sources = append(sources, random.Source{Name: name, Text: u.Source(), Options: []string{level, "-shared", "-fPIC"}})
	}
	random.FindCompiler(t, target).Build(t, folder, sources...)
}

// corpusFolder names a folder of units that somebody has built for this machine: TestCorpusARM64 does, for the
// emulator it runs this test in.
const corpusFolder = "DLSH_CORPUS"

// Every function of every unit is called, and calls back, with arguments that C checks and a result that is checked here.
func TestCorpus(t *testing.T) {
	ownThread(t)
	folder := os.Getenv(corpusFolder)
	if folder == "" {
		folder = t.TempDir()
		buildCorpus(t, types.Host(), folder)
	}
	var r report
	for i := range corpusUnits(types.Host()) {
		seed := random.Seed(t) + uint64(i)
		u := openUnit(t, newUnit(types.Host(), seed), unitFile(folder, seed))
		for i := range u.Cases {
			r.add(u, i, "call", u.call(i, &u.Cases[i]))
			if u.Cases[i].Driven {
				r.add(u, i, "callback", u.drive(i, &u.Cases[i]))
			}
		}
		u.close(t)
	}
	r.show(t)
}

// report collects what differs.
type report struct {
	calls, callbacks int
	wrong            []string
}

func (r *report) add(u *openedUnit, i int, what string, mismatches []string) {
	if what == "call" {
		r.calls++
	} else {
		r.callbacks++
	}
	if mismatches == nil {
		return
	}
	text := fmt.Sprintf("%s\n// %s: %s", u.Describe(&u.Cases[i]), what, strings.Join(mismatches, "\n// "))
	r.wrong = append(r.wrong, text)
	if os.Getenv(trace) != "" {
		fmt.Fprintln(os.Stderr, text)
	}
}

// show fails the test if anything differed, the shortest signatures first.
func (r *report) show(t *testing.T) {
	t.Logf("%d signatures called, %d called back", r.calls, r.callbacks)
	if r.wrong == nil {
		return
	}
	slices.SortStableFunc(r.wrong, func(a, b string) int { return len(a) - len(b) })
	t.Errorf("%d of %d calls and callbacks differ from C; the shortest:\n%s", len(r.wrong), r.calls+r.callbacks,
		strings.Join(r.wrong[:min(len(r.wrong), 10)], "\n\n"))
}

// openedUnit is a unit whose library is open.
type openedUnit struct {
	*random.Unit
	handle                       uintptr
	functions, count, mismatches uintptr
	wrong                        map[*types.Type]string // types that C lays out otherwise; nothing is called with them
}

// trace names a variable that has every case noted on standard error before it runs: for crashes, which
// leave no time to report them.
const trace = "DLSH_TRACE"

func (u *openedUnit) note(what string, i int) {
	if os.Getenv(trace) != "" {
		fmt.Fprintf(os.Stderr, "%s of seed %d, case %d\n", what, u.Seed, i)
	}
}

// openUnit opens a unit's library and compares C's idea of its types with ours: sizes, alignments, and which bits are value.
func openUnit(t testing.TB, unit *random.Unit, file string) *openedUnit {
	t.Helper()
	o, err := Open(file, 0, "test")
	if err != nil {
		t.Fatal(err)
	}
	u := &openedUnit{Unit: unit, handle: o.Handle, wrong: map[*types.Type]string{}}
	address := func(name string) uintptr {
		addr, _, err := Lookup(o.Handle, name)
		if err != nil {
			t.Fatal(err)
		}
		return addr
	}
	u.functions, u.count, u.mismatches = address("functions"), address("mismatch_count"), address("mismatches")
	table := address("records")
	for i, ty := range unit.Types {
		size, align, err := u.Target.Layout(ty)
		cSize, cAlign := int64(peek(table, 3*i)), int64(peek(table, 3*i+1))
		mask := make([]byte, cSize)
		must(Read(mask, uintptr(peek(table, 3*i+2))))
		switch {
		case err != nil:
			u.wrong[ty] = err.Error()
		case size != cSize || align != cAlign:
			u.wrong[ty] = fmt.Sprintf("%s has size %d and alignment %d, in C %d and %d", ty, size, align, cSize, cAlign)
		case ty.Kind.Aggregate() && string(mask) != string(u.Mask(ty)):
			u.wrong[ty] = fmt.Sprintf("%s has its value in the bits % x, in C in % x", ty, u.Mask(ty), mask)
		}
	}
	return u
}

func (u *openedUnit) close(t testing.TB) {
	if err := Close(u.handle); err != nil {
		t.Error(err)
	}
}

// misplaced says which of a case's types is not laid out as in C; nil for none.
func (u *openedUnit) misplaced(c *random.Case) (wrong []string) {
	for _, ty := range random.Needed(append([]*types.Type{c.Signature.Result}, c.Params...)...) {
		if text, ok := u.wrong[ty]; ok {
			wrong = append(wrong, text)
		}
	}
	return wrong
}

// found are the mismatches that C has noted since forget.
func (u *openedUnit) found(c *random.Case) (wrong []string) {
	var count [4]byte
	must(Read(count[:], u.count))
	for i := range min(16, binary.LittleEndian.Uint32(count[:])) {
		entry := make([]byte, 8+512)
		must(Read(entry, u.mismatches+uintptr(i)*(8+512)))
		argument, size := int32(binary.LittleEndian.Uint32(entry)), int(binary.LittleEndian.Uint32(entry[4:]))
		got := entry[8:][:min(size, 512)]
		switch {
		case argument < 0:
			wrong = append(wrong, "registers that a callback must keep were changed")
		case argument == 0:
			wrong = append(wrong, u.differs("the result", c.Signature.Result, got, c.Result))
		default:
			wrong = append(wrong, u.differs(fmt.Sprintf("argument %d", argument), c.Params[argument-1], got, c.Args[argument-1]))
		}
	}
	return wrong
}

func (u *openedUnit) forget() { must(Write(u.count, make([]byte, 4))) }

// differs shows two values of a type without their padding.
func (u *openedUnit) differs(what string, ty *types.Type, got, want []byte) string {
	return fmt.Sprintf("%s: got %s, want %s", what, u.value(ty, got), u.value(ty, want))
}

func (u *openedUnit) value(ty *types.Type, b []byte) string {
	masked := slices.Clone(b)
	for i, m := range u.Mask(ty) {
		if i < len(masked) {
			masked[i] &= m
		}
	}
	return fmt.Sprintf("% x", masked)
}

// function is the address in the table of functions: column 0 for the function itself, 1 for its drive.
func (u *openedUnit) function(i, column int) uintptr {
	return uintptr(peek(u.functions, 2*i+column))
}

// peek reads a word of C's memory.
func peek(addr uintptr, word int) uint64 {
	var b [8]byte
	must(Read(b[:], addr+8*uintptr(word)))
	return binary.LittleEndian.Uint64(b[:])
}
