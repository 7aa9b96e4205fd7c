// This file defines frame, a line of a C backtrace, and which of them a report shows.

package lua

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
	"dlsh/types/dwarf"
)

// frame is a place in C: one spot has several where functions were inlined.
type frame struct {
	spot    ffi.Spot
	symbol  string
	file    string // of the source; empty where nobody knows
	line    int
	inlined bool // into the next one
}

// library is the name of what the code lies in.
func (f *frame) library() string { return f.spot.Library() }

// text is strlen+0x18 (libc.so.6), or with its line greet+0x1c (./lib.so), greet.c:12.
func (f *frame) text() string {
	text := ""
	switch lib := f.library(); {
	case f.inlined:
		text = f.symbol + " (inlined)"
	case f.spot.Symbol == "" && f.symbol != "":
		text = fmt.Sprintf("%s (%s)", f.symbol, lib)
	default:
		text = f.spot.String()
	}
	if f.file != "" && f.line != 0 {
		text += fmt.Sprintf(", %s:%d", filepath.Base(f.file), f.line)
	}
	return text
}

// ofRuntime reports whether the code is the C or C++ library's own.
func (f *frame) ofRuntime() bool {
	base := filepath.Base(f.spot.Library())
	for _, lib := range []string{"libc.", "libc-", "libpthread", "libstdc++", "libc++", "libgcc_s", "ld-", "ld.so"} {
		if strings.HasPrefix(base, lib) {
			return true
		}
	}
	return false
}

// ofLoader is ofRuntime for what stands between dlopen and a constructor.
func (f *frame) ofLoader() bool { return f.ofRuntime() || f.spot.Library() == "" }

// locate finds the lines of source of a crash's backtrace.
func (s *Session) locate(x *fault) {
	others := map[string]*dwarf.Info{} // of files that no library of the books is
	defer func() {
		for _, info := range others {
			if info != nil {
				info.Close()
			}
		}
	}()
	x.frames = []frame{}
	if len(s.places) > mostPlaces || s.places == nil {
		s.places = map[ffi.Spot][]frame{}
	}
	for _, spot := range x.crash.Trace {
		var info *dwarf.Info
		if d := s.meet(spot.Object); spot.Replaced || spot.Unloaded {
			// What is in the file tells of another build.
		} else if d != nil {
			info = d.open(s.target)
		} else if path := spot.Path; spot.Object == nil && filepath.IsAbs(path) {
			opened := false
			if info, opened = others[path]; !opened {
				info, _ = dwarf.Open(path, s.target)
				others[path] = info
			}
		}
		list, met := s.places[spot]
		if !met {
			list = located(spot, info)
			s.places[spot] = list
		}
		x.frames = append(x.frames, list...)
	}
	// libc names only the function that chooses among several, and not the one it chose: that was called by our name.
	if n := len(x.frames); n > 0 && x.function != "" && x.frames[n-1].symbol == "" {
		f := &x.frames[n-1]
		if at := f.spot.PC - x.crash.Fn; x.crash.Fn != 0 && at < mostOfFunction {
			f.symbol, f.spot.Symbol, f.spot.Offset = x.function, x.function, at
		}
	}
}

// mostPlaces bounds what is kept of places looked up: a recursion, or a loop, crashes at the same ones over and over.
const mostPlaces = 1000

// mostOfFunction is how far into a function without a symbol a place is taken to be in it, in bytes.
const mostOfFunction = 4096

// located is a spot with what debug information says of it.
func located(spot ffi.Spot, info *dwarf.Info) (list []frame) {
	if info != nil {
		for _, l := range info.Locate(uint64(spot.Linked)) {
			list = append(list, frame{spot: spot, symbol: l.Function, file: l.File, line: l.Line, inlined: l.Inlined})
		}
	}
	if len(list) == 0 {
		return []frame{{spot: spot, symbol: spot.Symbol}}
	}
	last := &list[len(list)-1]
	last.inlined = false
	if spot.Symbol != "" {
		last.symbol = spot.Symbol // as the linker knows it: with a namespace, a suffix
	}
	return list
}

// calledNowhere reports whether the innermost frame is no code: a null or wild pointer was called, and the head of the
// report says so.
func calledNowhere(frames []frame, c *ffi.Crash) bool {
	return len(frames) > 0 && c.Access == "execute" && frames[0].spot.PC == c.Addr
}

// own is where the part of a backtrace begins that is of interest. Signals that C raises in itself come from deep
// within its library: what counts is who called that.
func own(frames []frame, c *ffi.Crash) int {
	if calledNowhere(frames, c) {
		return 1
	}
	if c.Code > 0 && c.Signal != sigABRT && c.Refused == "" {
		return 0
	}
	n := 0
	for n < len(frames) && frames[n].ofRuntime() {
		n++
	}
	if n == len(frames) { // all are: the first that has a name
		n = slices.IndexFunc(frames, func(f frame) bool { return f.symbol != "" })
		return max(n, 0)
	}
	return n
}

// mainFrame is the one that the message names, nil where nothing is known.
func mainFrame(frames []frame, c *ffi.Crash) *frame {
	if n := own(frames, c); n < len(frames) {
		return &frames[n]
	}
	return nil
}

// The most lines of backtrace in a report, and how many frames that come again and again are noticed.
const (
	mostFrames = 7
	longestLap = 4
	fullTrace  = 64 // as many frames as package ffi follows
)

// shownFrames are the lines of a backtrace for a report.
func shownFrames(frames []frame, c *ffi.Crash) []string {
	full, nowhere := len(c.Trace) >= fullTrace, calledNowhere(frames, c)
	switch from := own(frames, c); {
	case nowhere:
		frames = frames[1:]
	case from > 0:
		entry := from - 1 // of those that are left out the one that was called: abort, say
		for entry > 0 && frames[entry].symbol == "" {
			entry--
		}
		frames = slices.Concat(frames[entry:entry+1], frames[from:])
	}
	if c.Foreign { // every thread begins in the C library
		for len(frames) > 1 && frames[len(frames)-1].ofRuntime() {
			frames = frames[:len(frames)-1]
		}
	}
	return told(entered(frames), full, nowhere, mostFrames)
}

// entered leaves out what the C library does within itself: of several of its functions that call one another, the
// one counts that was called from outside, and the innermost of all.
func entered(frames []frame) (list []frame) {
	for i, f := range frames {
		if i == 0 || i+1 == len(frames) || !f.ofRuntime() || !frames[i+1].ofRuntime() {
			list = append(list, f)
		}
	}
	return list
}

// told are frames in words: in the first, called by the second.
func told(frames []frame, full, called bool, most int) []string {
	lines := folded(frames, full)
	if len(lines) > most {
		last := len(lines) - 1
		left := fmt.Sprintf("… %s", plural(int64(last-(most-2)), "more frame"))
		lines = slices.Concat(lines[:most-2], []string{left}, lines[last:])
	}
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "…"):
		case i == 0 && !called:
			lines[i] = "in " + line
		default:
			lines[i] = "called by " + line
		}
	}
	return lines
}

// folded prints frames, those of a recursion once.
func folded(frames []frame, full bool) (lines []string) {
	more := false
	for i := 0; i < len(frames); {
		lap, times := 1, 1
		for n := 1; n <= longestLap && i+2*n <= len(frames); n++ {
			if again := lapsOf(frames[i:], n); again > 1 && again*n > max(2, lap*times) {
				lap, times = n, again
			}
		}
		for _, f := range frames[i : i+lap] {
			lines = append(lines, f.text())
		}
		begin := i
		i += lap * times
		for times > 1 && i < len(frames) && frames[i].same(&frames[i-lap]) {
			i++ // the last lap is not whole
		}
		if left := i - begin - lap; left > 0 {
			lines = append(lines, fmt.Sprintf("… %s", plural(int64(left), "more frame")))
			if more = full && i == len(frames); more {
				lines[len(lines)-1] = "… and so on: the recursion is deeper than is followed"
			}
		}
	}
	if full && !more {
		lines = append(lines, "… and more, which are not followed")
	}
	return lines
}

// lapsOf is how often the first n frames come one after the other.
func lapsOf(frames []frame, n int) int {
	times := 1
	for (times+1)*n <= len(frames) && slices.EqualFunc(frames[:n], frames[times*n:(times+1)*n], func(a, b frame) bool { return a.same(&b) }) {
		times++
	}
	return times
}

func (f *frame) same(g *frame) bool {
	return f.spot.PC == g.spot.PC && f.inlined == g.inlined && f.symbol == g.symbol
}

// mostTold is how many lines of a backtrace print; the table has them all.
const mostTold = 40

// backtrace is the Lua value: a list of tables with pc, symbol, offset, library, file, line and inlined.
func (s *Session) backtrace(L *glua.LState, x *fault) *glua.LTable {
	list := L.NewTable()
	for _, f := range x.frames {
		t := L.NewTable()
		t.RawSetString("pc", uintValue(L, uint64(f.spot.PC)))
		if f.symbol != "" {
			t.RawSetString("symbol", glua.LString(f.symbol))
		}
		if f.spot.Symbol != "" && !f.inlined {
			t.RawSetString("offset", uintValue(L, uint64(f.spot.Offset)))
		}
		if lib := f.spot.Library(); lib != "" {
			t.RawSetString("library", glua.LString(lib))
		}
		if f.file != "" && f.line != 0 {
			t.RawSetString("file", glua.LString(f.file))
			t.RawSetString("line", glua.LNumber(f.line))
		}
		if f.inlined {
			t.RawSetString("inlined", glua.LTrue)
		}
		list.Append(t)
	}
	whole := strings.Join(told(x.frames, len(x.crash.Trace) >= fullTrace, false, mostTold), "\n")
	mt := L.NewTable()
	mt.RawSetString("__tostring", L.NewFunction(func(L *glua.LState) int {
		L.Push(glua.LString(whole))
		return 1
	}))
	mt.RawSetString("__metatable", glua.LString("backtrace"))
	mt.RawSetString("report", glua.LString(strings.Join(x.shown, "\n")))
	list.Metatable = mt
	return list
}
