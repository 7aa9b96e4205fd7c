// This file defines how deep pcall and coroutines may stand inside one another.

package lua

import glua "github.com/yuin/gopher-lua"

// maxNested is Lua 5.1's own limit for what nests on the stack of the host
// (LUAI_MAXCCALLS). Without one, recursion through pcall unwinds all levels one by
// one, and through coroutines it takes all memory there is.
const maxNested = 200

// Registers of a coroutine at first, and how many more it gets at a time. A
// program may have many of them, so they start small.
const coroutineValues = 256

// limitNesting makes pcall, xpcall and coroutines count.
func (s *Session) limitNesting() {
	L := s.L
	L.Options.MinimizeStackMemory = true // for coroutines; the main state has its stack by now
	L.Options.RegistrySize, L.Options.RegistryGrowStep = coroutineValues, coroutineValues

	nested := 0
	counted := func(lf *glua.LFunction) {
		original := lf.GFunction
		lf.GFunction = func(L *glua.LState) int {
			if nested == maxNested {
				L.RaiseError("stack overflow (%d calls of pcall or coroutines inside one another)", maxNested)
			}
			nested++
			defer func() { nested-- }()
			return original(L)
		}
	}
	pcall, xpcall := L.GetGlobal("pcall").(*glua.LFunction), L.GetGlobal("xpcall").(*glua.LFunction)
	s.keepShared(pcall, xpcall)
	counted(pcall)
	counted(xpcall)
	coroutine := L.GetGlobal("coroutine").(*glua.LTable)
	s.guardCoroutines(coroutine)
	counted(coroutine.RawGetString("resume").(*glua.LFunction))
	wrap := coroutine.RawGetString("wrap").(*glua.LFunction)
	original := wrap.GFunction
	wrap.GFunction = func(L *glua.LState) int {
		n := original(L)
		lf := L.Get(-1).(*glua.LFunction)
		s.guardResume(lf, lf.Upvalues[0].Value().(*glua.LState))
		counted(lf)
		return n
	}
}
