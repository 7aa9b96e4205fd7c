// Package lua is the face of dlsh: the modules ctypes, _ctypes and dl in Lua, on
// the C types of package types and the machine of package ffi.
//
// A Session is one Lua state with everything in it. Do runs what was typed at the
// prompt, RunFile a script. Every conversion between Lua values and C bytes is in
// convert.go, one function a direction; a C function is a plain Lua function
// (function.go), a C object a userdata that holds a value (value.go), and a C type
// one that holds a ctype (ctype.go).
//
// Structs and unions are made from Lua tables (record.go), and their members are
// read and set where they lie (member.go). What a pointer stored in a C value leads to
// lives as long as that value does (block.go).
//
// A Lua function becomes a C function by a function pointer type (prototype.go,
// callback.go). C may call it on any thread, and Lua runs on one at a time: whoever
// uses a Session holds package ffi's lock. Calls into C give it up, and so do Release
// and Acquire around a wait for input. An error in a callback waits for the C call
// that the callback came from to return (trouble.go).
//
// Nothing in this package imports purego or sees a register; nothing outside it
// imports gopher-lua.
package lua

import (
	"io"
	"os"
	"runtime/debug"
	"time"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
	"dlsh/types"
	"dlsh/types/cdecl"
)

// hostTarget is what values are laid out for.
var hostTarget = types.Host()

// sizeType stands for a count from Lua in messages.
var sizeType = &ctype{op: opUint64, name: "c_size_t", size: 8, c: &types.Type{Kind: types.Typedef, Name: "size_t"}}

// Options says what a session is for.
type Options struct {
	Interactive bool      // errors name no place in the line just typed
	Notes       io.Writer // where a person reads what a call of an undeclared function assumes; nil for nobody
}

// Session is one Lua state with dlsh's modules in it. It is good for one goroutine at a time, and for
// callbacks on the threads of libraries while that one is in C or between Release and Acquire.
type Session struct {
	L       *glua.LState
	target  *types.Target
	options Options

	void    *ctype
	simple  map[string]*ctype // by ctypes name: c_int
	spelled map[string]*ctype // by C spelling: "const char *"
	passed  passedTypes

	enums       map[*types.Enumerator]*enumTable // by the first enumerator
	enumsByText map[string]*enumTable            // by name and enumerators
	enumTags    map[string]*ctype                // by name, what "enum Color" stands for

	typeMT, valueMT *glua.LTable
	valueMethods    map[string]*glua.LFunction
	docs            map[*glua.LFunction]string
	methods         map[string]glua.LValue   // of libraries
	symbolsMT       *glua.LTable             // of what lib:symbols gives
	scope           *cdecl.Scope             // what C text has declared
	chunks          []chunk                  // what was compiled, the last last
	kept            int                      // bytes of them
	records         map[*types.Record]*ctype // records declared in C
	incomplete      []*ctype                 // those of them that had no members yet
	headers         weakly[header]           // what include gave, and ctypes.C
	filesRead       map[string]bool          // the headers that cdef and include have read, by path
	literals        map[string]*value        // the strings in macros
	libraries       weakly[library]          // all that were opened, for what is declared after their functions were looked up
	itself          *library                 // the program
	variables       map[*ffi.Object]*block   // what pointers stored in a library's variables point to
	memory          map[*ffi.Object]*block   // what stands for the memory of libraries that pointers lead into
	noted           map[string]bool          // functions whose note was given
	errno           int32                    // ctypes' private copy of errno
	boxes           boxes
	interrupts      interrupts
	journal         *journal // what chunks did, for a prompt; nil for nobody
	faults          faults
	places          map[ffi.Spot][]frame // of C, with their lines
	debugState
	callbacks
}

// Limits of the Lua state: Lua calls nested, and values on its stack. Both end in
// a Lua error, long before the Go stack does.
const (
	callDepth     = 1 << 14
	stackValues   = 1 << 13
	stackMaxValue = 1 << 20
)

// New makes a session.
func New(o Options) *Session {
	L := glua.NewState(glua.Options{CallStackSize: callDepth, RegistrySize: stackValues,
		RegistryMaxSize: stackMaxValue, RegistryGrowStep: stackValues})
	s := &Session{L: L, target: hostTarget, options: o, docs: map[*glua.LFunction]string{},
		scope: cdecl.NewScope(hostTarget), variables: map[*ffi.Object]*block{}, enums: map[*types.Enumerator]*enumTable{}, enumTags: map[string]*ctype{}, enumsByText: map[string]*enumTable{}}
	if o.Interactive {
		s.journal = &journal{}
	}
	s.hearDebug()
	s.openInterrupts()
	registerErrors(L)
	s.registerTypes()
	s.registerValues()
	s.registerFields()
	s.makeSimpleTypes()
	s.passed = s.passedTypes()
	s.registerFunctions()
	s.hearMachine()
	s.registerModules()
	s.adaptLibraries()
	return s
}

// Close ends the session. Libraries stay open, as they do when a Python program lets go of a CDLL.
func (s *Session) Close() {
	s.closed = true
	s.closeDebug()
	s.closeInterrupts()
	s.L.Close()
}

// Flush writes out what C's stdout still holds.
func (s *Session) Flush() { ffi.Flush() }

// FlushFor is Flush for a process that a signal is about to end: it may be called
// from any goroutine and waits no longer than limit.
func FlushFor(limit time.Duration) { ffi.FlushFor(limit) }

// LimitMemory makes Go collect its garbage harder as the process nears half of the
// machine's memory: C values are on Go's heap, and a loop of large ones would fill it.
func LimitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(ffi.MemoryLimit())
	}
}

// NoGuard has faults in C end the process, for a debugger to look at. It is for before the first session.
func NoGuard() { ffi.NoGuard() }

// OnExit has a function called when C code calls exit(3), on whatever thread, before destructors run; it must not use
// a session.
func OnExit(do func()) { ffi.Leaving = do }

// Exit ends the process through exit(3): C's buffers are written, destructors run.
func Exit(code int) { ffi.Exit(code) }
