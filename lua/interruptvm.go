// This file defines how Lua code is stopped between two instructions: gopher-lua's table of what each instruction does
// is exchanged for the time that something wants to be raised. A loop that nobody stops pays nothing for it, where
// LState.SetContext, the official way, costs a tenth of a call.

package lua

import (
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	glua "github.com/yuin/gopher-lua"
)

// instruction is gopher-lua's instFunc: it carries out one instruction. frame is a *callFrame, whose type is not ours to name.
type instruction func(L *glua.LState, inst uint32, frame unsafe.Pointer) int

// jumpTable is gopher-lua's own, by number of the instruction. Its loop looks there anew for each one.
//
//go:linkname jumpTable github.com/yuin/gopher-lua.jumpTable
var jumpTable [glua.OP_NOP + 1]instruction

// instructions is what stands in jumpTable while nobody is to be stopped.
var instructions = jumpTable

// stopped are the sessions that are to be stopped, each as often as there are reasons.
var stopped struct {
	sync.Mutex
	sessions []*Session
}

// stopping is how many reasons there are, for a look without the lock.
var stopping atomic.Int32

// canStop reports whether gopher-lua's table is where it was looked for. A test fails where it is not; there, Lua code runs on.
func canStop() bool {
	return !slices.ContainsFunc(instructions[:], func(i instruction) bool { return i == nil })
}

// stop has the session's Lua code run checks before each instruction, until as many calls of goOn as of stop were made.
// Any goroutine may call both.
func (s *Session) stop() {
	if !canStop() {
		return
	}
	stopped.Lock()
	defer stopped.Unlock()
	stopped.sessions = append(stopped.sessions, s)
	if stopping.Add(1) == 1 {
		for i := range jumpTable {
			setInstruction(i, checkpoint)
		}
	}
}

// goOn takes one stop back.
func (s *Session) goOn() {
	stopped.Lock()
	defer stopped.Unlock()
	i := slices.Index(stopped.sessions, s)
	if i < 0 {
		return
	}
	stopped.sessions = slices.Delete(stopped.sessions, i, i+1)
	if stopping.Add(-1) == 0 {
		for i := range jumpTable {
			setInstruction(i, instructions[i])
		}
	}
}

// setInstruction writes an entry while Lua may be reading it: a func value is one word, so what is read is the one or the
// other, and both do.
//
//go:norace
func setInstruction(i int, f instruction) { jumpTable[i] = f }

// checkpoint is every instruction while there is somebody to stop.
func checkpoint(L *glua.LState, inst uint32, frame unsafe.Pointer) int {
	if s := stoppedSession(L); s != nil {
		s.check(L, 0, "")
	}
	return instructions[inst>>26](L, inst, frame)
}

// stoppedSession is the session of a Lua thread, if it is to be stopped.
func stoppedSession(L *glua.LState) *Session {
	stopped.Lock()
	defer stopped.Unlock()
	for _, s := range stopped.sessions {
		if s.L.G == L.G {
			return s
		}
	}
	return nil
}
