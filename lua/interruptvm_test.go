// This file tests what Ctrl-C rests on in gopher-lua, which may change with its next version: the table of what each
// instruction does, and the field of a file that it is read by.

package lua

import (
	"strings"
	"testing"
	"time"
	"unsafe"

	glua "github.com/yuin/gopher-lua"
)

// Each way to run for ever passes through an instruction that is exchanged, on each kind of Lua thread.
func TestInterruptEndsLua(t *testing.T) {
	if !canStop() {
		t.Fatal("gopher-lua's jumpTable is not where it was")
	}
	for _, test := range []struct{ name, code string }{
		{"while", "started() while true do end"},
		{"repeat", "started() repeat until false"},
		{"goto", "started() ::again:: goto again"},
		{"numeric for", "started() for i = 1, math.huge do end"},
		{"generic for", "started() for _ in function() return 1 end do end"},
		{"tail call", "local function f() return f() end started() f()"},
		{"metamethod", "local t = setmetatable({}, {__index = function(t, k) return k end}) started() while true do local x = t.x end"},
		{"coroutine", "coroutine.wrap(function() started() while true do end end)()"},
		{"comparison in table.sort", "started() while true do table.sort({3, 2, 1}, function(a, b) return a < b end) end"},
		{"pcall", "pcall(function() started() while true do end end) error{}"},
		{"callback", "ctypes.CFUNCTYPE(nil)(function() started() while true do end end)()"},
		{"coroutine in a callback", "ctypes.CFUNCTYPE(nil)(function() coroutine.wrap(function() started() while true do end end)() end)()"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := New(Options{})
			defer s.Close()
			started := make(chan bool, 1)
			s.L.SetGlobal("started", s.L.NewFunction(func(*glua.LState) int { started <- true; return 0 }))
			answer := make(chan Answer, 1)
			go func() {
				<-started
				answer <- s.Interrupt()
			}()
			_, err := s.Do("test", test.code)
			if got := <-answer; got != Asked {
				t.Errorf("Interrupt gave %v", got)
			}
			if test.name == "pcall" {
				if err == nil || Interrupted(err) {
					t.Errorf("the error after the pcall is %v", err)
				}
			} else if !Interrupted(err) {
				t.Errorf("the error is %v", err)
			}
			if shown, err := s.Do("test", "1 + 1"); err != nil || shown[0] != "2" {
				t.Errorf("then: %v, %v", shown, err)
			}
			if stopping.Load() != 0 {
				t.Error("the table is still exchanged")
			}
		})
	}
}

// The table has an entry for each instruction, all are exchanged, and all come back.
func TestJumpTable(t *testing.T) {
	word := func(i instruction) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&i)) }
	s := New(Options{})
	defer s.Close()
	s.stop()
	for i := range jumpTable {
		if word(jumpTable[i]) != word(checkpoint) {
			t.Errorf("instruction %d is not exchanged", i)
		}
	}
	s.goOn()
	for i := range jumpTable {
		if word(jumpTable[i]) != word(instructions[i]) || instructions[i] == nil {
			t.Errorf("instruction %d is not what it was", i)
		}
	}
}

// An interrupt that comes when nothing runs is for the next chunk, or for who takes it first.
func TestInterruptBetweenChunks(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	if got := s.Interrupt(); got != Idle {
		t.Errorf("Interrupt gave %v", got)
	}
	if _, err := s.Do("test", "x = 1"); !Interrupted(err) {
		t.Errorf("the next chunk: %v", err)
	}
	s.Interrupt()
	if !s.TakeInterrupt() || s.TakeInterrupt() {
		t.Error("an interrupt can be taken once")
	}
	if _, err := s.Do("test", "x = 1"); err != nil {
		t.Error(err)
	}
}

// Go code cannot be ended; whoever asks learns that nothing reacts.
func TestInterruptUnheeded(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	s.L.SetGlobal("busy", s.L.NewFunction(func(*glua.LState) int {
		for i, want := range []Answer{Asked, Again} {
			if got := s.Interrupt(); got != want {
				t.Errorf("Interrupt %d gave %v", i+1, got)
			}
		}
		s.interrupts.mu.Lock()
		s.interrupts.since = time.Now().Add(-reaction)
		s.interrupts.mu.Unlock()
		if got := s.Interrupt(); got != Stuck || !s.Unheeded() {
			t.Errorf("the last Interrupt gave %v", got)
		}
		return 0
	}))
	if _, err := s.Do("test", "busy()"); !Interrupted(err) {
		t.Errorf("the error is %v", err)
	}
}

// Standard input is read by way of input.
func TestInputIsOurs(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	if lib := s.L.GetGlobal("io").(*glua.LTable); canAwait && !s.adaptInput(lib) {
		t.Error("gopher-lua's files have no reader where it was")
	}
}

// Timeout stands where the functions of a C function are listed.
func TestTimeoutIsTold(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	text, err := s.Help("ctypes.timeout")
	if err != nil || !strings.Contains(text, "timeout(seconds, f, ...)") {
		t.Errorf("help says %q, %v", text, err)
	}
}
