// This file defines the table of faults: every kind that testdata/faults has a function for, how it is brought about,
// how a plain C program ends by it, and what dlsh says instead. A row that says nothing about calling
// calls the C function of its name. The functions come back with 42 when they come back.

package main

import (
	"slices"
	"strings"
)

// fault is one kind.
type fault struct {
	name string
	// dies is the signal that ends a plain C program, or one "or" another; "" when none does; "exit N" when it ends that way.
	dies string
	// says is the signals one of which dlsh names, where it is not the one in dies; comesBack when the call comes back
	// with 42; either when it may do that, with whatever result, or name a signal.
	says string
	// words stand in the message besides the signal, separated by "|"; the first is the function's name,
	// unless the row has another.
	words string
	lua   string // what is run, an expression or statements with a return; lib and cpp are the libraries
	cpp   bool   // the function is one of exceptions.cpp
	calls string // the function to call in plain C, if the row is not named after it, and what it calls back; "-" for none
	// arm64 is what is in dies and says on arm64, where it differs.
	arm64 string
	// ruins says what it leaves behind that may be beyond repair: calls after it may be refused, not hang. The
	// kind is not run in one process with the others.
	ruins string
	// emulated says why the kind is not run in the emulator.
	emulated string
	only     string // the CPU that has it
	pending  string // what the kind needs that is not there yet: it is run with DLSH_PENDING set
}

const (
	comesBack = "42"
	either    = "either"
	timesOut  = "timeout"
)

// What stands in rows more than once.
const (
	lazily = "functions to be looked for when a library is opened, however it is opened"

	noChild = "the emulator's process is what forks, with threads that the child does not have"
	noCxx   = "there is no C++ cross compiler"
)

var faults = []fault{
	// Memory.
	{name: "null_read", dies: "SIGSEGV"},
	{name: "null_write", dies: "SIGSEGV"},
	{name: "null_field", dies: "SIGSEGV", words: "0x190"},
	{name: "wild_read", dies: "SIGSEGV", words: "0x123456789000"},
	{name: "wild_write", dies: "SIGSEGV", words: "0x123456789000"},
	{name: "constant_write", dies: "SIGSEGV"},
	{name: "code_write", dies: "SIGSEGV"},
	{name: "far_read", dies: "SIGSEGV"},
	{name: "far_write", dies: "SIGSEGV"},
	{name: "kernel_read", dies: "SIGSEGV"},
	{name: "forbidden_read", dies: "SIGSEGV"},
	{name: "unmapped_read", dies: "SIGSEGV"},
	{name: "bus_read", dies: "SIGBUS"},
	{name: "bus_write", dies: "SIGBUS"},
	{name: "copy_to_null", dies: "SIGSEGV"},
	{name: "copy_from_null", dies: "SIGSEGV"},
	{name: "copy_too_much", dies: "SIGSEGV"},
	{name: "set_too_much", dies: "SIGSEGV"},
	{name: "length_of_null", dies: "SIGSEGV"},
	{name: "clock_nowhere", dies: "SIGSEGV", emulated: "the emulator has no vdso: the clock is read by a system call, which gives EFAULT"},
	{name: "length", dies: "SIGSEGV", lua: `local f = lib.length f.argtypes = {"int"} return f(42)`, words: "0x2"},
	{name: "misaligned", dies: "SIGSEGV", arm64: "SIGBUS"},

	// Calls of what is no function.
	{name: "null_call", dies: "SIGSEGV"},
	{name: "wild_call", dies: "SIGSEGV"},
	{name: "far_call", dies: "SIGSEGV"},
	{name: "data_call", dies: "SIGSEGV"},
	{name: "constant_call", dies: "SIGSEGV", arm64: "SIGILL or SIGSEGV"},
	{name: "heap_call", dies: "SIGSEGV"},
	{name: "stack_call", dies: "SIGSEGV"},
	{name: "odd_call", dies: "SIGBUS", only: "arm64"},
	{name: "unmapped_call", dies: "SIGSEGV"},
	{name: "table_call", dies: "SIGSEGV"},
	{name: "call_closed", dies: "SIGSEGV"},

	// The CPU. Arm64 divides by zero without a word, and traps no floating-point exceptions in most of its makes.
	{name: "divide_by_zero", dies: "SIGFPE", only: "amd64"},
	{name: "remainder_by_zero", dies: "SIGFPE", only: "amd64"},
	{name: "division_overflow", dies: "SIGFPE", only: "amd64"},
	{name: "remainder_overflow", dies: "SIGFPE", only: "amd64"},
	{name: "trap", dies: "SIGILL", arm64: "SIGTRAP"},
	{name: "illegal_instruction", dies: "SIGILL"},
	{name: "breakpoint", dies: "SIGTRAP"},
	{name: "privileged", dies: "SIGSEGV", arm64: "SIGILL"},
	{name: "bad_interrupt", dies: "SIGSEGV", arm64: "SIGILL"},
	{name: "float_division", dies: "SIGFPE", only: "amd64"},
	{name: "float_invalid", dies: "SIGFPE", only: "amd64"},
	{name: "x87_division", dies: "SIGFPE", only: "amd64"},
	{name: "exceptions_enabled", dies: "SIGSEGV"},
	{name: "rounding_downward", dies: "SIGSEGV"},
	{name: "x87_pending", dies: "SIGSEGV", only: "amd64"},
	{name: "x87_full", dies: "SIGSEGV", only: "amd64"},
	{name: "single_precision", dies: "SIGSEGV", only: "amd64"},
	{name: "direction_flag", dies: "SIGSEGV", only: "amd64"},
	{name: "alignment_check", dies: "SIGBUS", only: "amd64"},
	{name: "single_step", dies: "SIGTRAP", only: "amd64"},
	{name: "rubbish_registers", dies: "SIGSEGV"},
	{name: "wild_stack_pointer", dies: "SIGSEGV"},
	{name: "null_stack_pointer", dies: "SIGILL"},
	{name: "far_stack_pointer", dies: "SIGBUS", arm64: "SIGSEGV"},

	// The stack.
	{name: "stack_overflow", dies: "SIGSEGV"},
	{name: "stack_overflow_far", dies: "SIGSEGV"},
	{name: "huge_frame", dies: "SIGSEGV"},
	{name: "deep_frame", dies: "SIGSEGV"},
	{name: "deep_calls", dies: "SIGSEGV"},
	{name: "smash_small", dies: "SIGABRT"},
	{name: "smash_much", dies: "SIGSEGV or SIGABRT", says: "SIGSEGV SIGABRT"},
	{name: "smash_unseen", dies: "SIGSEGV"},
	{name: "overflow_in_stdio", dies: "SIGSEGV"},

	// longjmp: out of the call over what Lua does, and to where nothing is any more.
	{name: "jump_over", says: "refused", words: "jump_out", lua: `return lib.jump_over(0, callback(function() return lib.jump_out(0) end))`, calls: "jump_over jump_out"},
	{name: "jump_into_returned", dies: "SIGSEGV", says: either},
	{name: "jump_into_other_call", dies: "SIGSEGV", says: either, words: "jump_back", lua: `lib.jump_mark() return lib.jump_back()`, calls: "jump_back"},
	{name: "jump_nowhere", dies: "SIGSEGV", says: "SIGABRT SIGSEGV"},
	{name: "jump_within"},

	// The C library.
	{name: "aborts", dies: "SIGABRT"},
	{name: "asserts", dies: "SIGABRT"},
	{name: "fortified_copy", dies: "SIGABRT"},
	{name: "fortified_format", dies: "SIGABRT"},
	{name: "double_free", dies: "SIGABRT"},
	{name: "double_free_big", dies: "SIGABRT"},
	{name: "free_of_stack", dies: "SIGABRT"},
	{name: "free_of_data", dies: "SIGABRT"},
	{name: "free_of_rubbish", dies: "SIGSEGV", says: "SIGSEGV SIGABRT"},
	{name: "free_of_middle", dies: "SIGABRT"},
	{name: "realloc_of_rubbish", dies: "SIGABRT"},
	{name: "overrun_chunk", dies: "SIGABRT"},
	{name: "overrun_top", dies: "SIGABRT", ruins: "the end of the heap is written over: malloc finds that out every time that it needs more"},
	{name: "use_after_free", dies: "SIGSEGV", ruins: "the list of free chunks is written over: malloc stumbles over it every time"},
	{name: "double_fclose", dies: "SIGABRT"},
	{name: "fclose_of_rubbish", dies: "SIGSEGV"},
	{name: "printf_of_rubbish", dies: "SIGSEGV"},
	{name: "fprintf_of_rubbish", dies: "SIGSEGV"},
	{name: "puts_of_null", dies: "SIGSEGV"},
	{name: "wrong_format", dies: "SIGSEGV"},
	{name: "qsort_fault", dies: "SIGSEGV"},
	{name: "bsearch_fault", dies: "SIGSEGV"},
	{name: "fault_with_mutex", dies: "SIGSEGV"},
	{name: "fault_with_stdout", dies: "SIGSEGV"},

	// Callbacks: the fault is in what Lua calls, or around it.
	{name: "callee_of_callback", dies: "SIGSEGV", words: "null_read", lua: `return lib.call_back(2, callback(function() return lib.null_read() end))`, calls: "call_back null_read"},
	{name: "caught_in_callback", dies: "SIGSEGV", says: comesBack, calls: "call_back_and_add null_read",
		lua: `return lib.call_back_and_add(2, callback(function(n) assert(not pcall(lib.null_read)) return n end))`},
	{name: "fault_after_callback", dies: "SIGSEGV", words: "call_back_then_fault", lua: `return lib.call_back_then_fault(2, callback(function(n) return n end))`, calls: "call_back_then_fault add"},
	{name: "fault_after_caught", dies: "SIGSEGV", words: "call_back_then_fault", calls: "call_back_then_fault null_read",
		lua: `return lib.call_back_then_fault(2, callback(function(n) assert(not pcall(lib.aborts)) return n end))`},
	{name: "callback_in_qsort", dies: "SIGSEGV", words: "null_read", lua: `return lib.qsort_callback(2, callback(function() return lib.null_read() end))`, calls: "qsort_callback null_read"},
	{name: "overflow_in_callback", dies: "SIGSEGV", words: "stack_overflow", lua: `return lib.call_back(2, callback(function() return lib.stack_overflow() end))`, calls: "call_back stack_overflow"},
	{name: "deep_in_callbacks", dies: "SIGSEGV", words: "double_free_big", calls: "call_back null_read",
		says: "SIGABRT", lua: `
			local function down(n) return n == 0 and lib.double_free_big() or lib.call_back(n, callback(function() return down(n - 1) end)) end
			return down(20)`},

	// Signals: raised, blocked, handled.
	{name: "raise_segv", dies: "SIGSEGV"},
	{name: "raise_bus", dies: "SIGBUS"},
	{name: "raise_fpe", dies: "SIGFPE"},
	{name: "raise_ill", dies: "SIGILL"},
	{name: "raise_trap", dies: "SIGTRAP"},
	{name: "raise_abrt", dies: "SIGABRT"},
	{name: "raise_sys", dies: "SIGSYS"},
	{name: "raise_stkflt", dies: "SIGSTKFLT"},
	{name: "kill_abrt", dies: "SIGABRT"},
	{name: "kill_segv", dies: "SIGSEGV"},
	{name: "sigqueue_segv", dies: "SIGSEGV"},
	{name: "raise_usr1", dies: "SIGUSR1", says: comesBack},
	{name: "raise_alrm", dies: "SIGALRM", says: comesBack},
	{name: "raise_pipe", dies: "SIGPIPE", says: comesBack},
	{name: "raise_xcpu", dies: "SIGXCPU", says: comesBack},
	{name: "raise_io", dies: "SIGIO", says: comesBack},
	{name: "raise_prof", dies: "SIGPROF", says: comesBack},
	{name: "raise_realtime", dies: "signal 40", says: comesBack},
	{name: "broken_pipe", dies: "SIGPIPE", says: comesBack},
	{name: "file_too_big", dies: "SIGXFSZ", says: comesBack},
	{name: "alarmed", dies: "SIGALRM", says: comesBack},
	{name: "fault_all_blocked", dies: "SIGSEGV"},
	{name: "fault_segv_blocked", dies: "SIGSEGV"},
	{name: "abort_all_blocked", dies: "SIGABRT"},
	{name: "block_all_then_fault", dies: "SIGSEGV", words: "null_read", lua: `lib.block_all() return lib.null_read()`, calls: "null_read"},
	{name: "fault_in_handler", dies: "SIGSEGV"},
	{name: "abort_in_handler", dies: "SIGABRT"},
	{name: "fault_in_fault_handler", dies: "SIGSEGV"},
	{name: "fault_on_own_stack", dies: "SIGSEGV"},
	{name: "fault_without_alternate_stack", dies: "SIGSEGV"},
	{name: "handler_repairs"},
	{name: "handler_jumps"},
	{name: "handler_jumps_by_signal"},
	{name: "handler_returns", dies: "SIGSEGV"},
	{name: "default_handler", dies: "SIGSEGV"},
	{name: "default_handlers", dies: "SIGSEGV"},
	{name: "ignored_fault", dies: "SIGSEGV"},
	{name: "ignored_raise"},
	{name: "ignored_abort", dies: "SIGABRT"},
	{name: "handled_abort", dies: "SIGABRT"},
	{name: "jumped_abort"},
	{name: "fault_in_child", emulated: noChild},
	{name: "abort_in_child", emulated: noChild},
	{name: "fault_in_vfork_child", emulated: noChild},
	{name: "shell_command", emulated: noChild},

	// The library's threads.
	{name: "thread_read", dies: "SIGSEGV"},
	{name: "thread_abort", dies: "SIGABRT"},
	{name: "thread_overflow", dies: "SIGSEGV"},
	{name: "thread_double_free", dies: "SIGABRT"},
	{name: "thread_smash", dies: "SIGABRT"},
	{name: "thread_raise", dies: "SIGSEGV"},
	{name: "thread_trap", dies: "SIGILL", arm64: "SIGTRAP"},
	{name: "thread_exits"},
	{name: "thread_elsewhere", dies: "SIGSEGV"},
	{name: "thread_spinning", dies: "SIGSEGV"},
	{name: "thread_in_lua", dies: "SIGSEGV", words: "SIG", lua: `
		lib.thread_later()
		for i = 1, 100 do lib.add(i, i) end
		lib.thread_go()
		for i = 1, 1e5 do local x = i * i end
		return lib.newest_gone()`, calls: "thread_read"},
	{name: "threads_at_once", dies: "SIGSEGV", lua: `return drained(lib.threads_at_once)`},
	{name: "thread_and_caller", dies: "SIGSEGV", lua: `return drained(lib.thread_and_caller)`},
	{name: "thread_small_stack", dies: "SIGSEGV"},
	{name: "thread_detached", dies: "SIGSEGV"},
	{name: "thread_blocks_all", dies: "SIGSEGV"},
	{name: "thread_inherits_mask", dies: "SIGSEGV"},
	{name: "thread_born_deaf", dies: "SIGSEGV"},
	{name: "thread_of_timer", dies: "SIGSEGV"},
	{name: "thread_key_destructor", dies: "SIGSEGV"},
	{name: "thread_with_mutex", dies: "SIGSEGV"},
	{name: "thread_calls_back", dies: "SIGSEGV", says: comesBack, calls: "thread_calls_back null_read",
		lua: `return lib.thread_calls_back(2, callback(function(n) assert(not pcall(lib.null_read)) return n end))`},
	{name: "thread_faults_after_callback", dies: "SIGSEGV", calls: "thread_faults_after_callback add",
		lua: `return lib.thread_faults_after_callback(2, callback(function(n) return n end))`},
	{name: "exit_thread", says: "refused", words: "exit_thread"},
	{name: "cancel_self", says: "refused SIGABRT 42"},

	// The loader.
	{name: "constructor", dies: "SIGSEGV", words: "constructor.so", lua: `return ctypes.CDLL(here .. "/constructor.so")`, calls: "-"},
	{name: "constructor_abort", dies: "SIGABRT", words: "constructor_abort.so", lua: `return ctypes.CDLL(here .. "/constructor_abort.so")`, calls: "-"},
	{name: "destructor", dies: "SIGSEGV", words: "destructor.so", lua: `return _ctypes.dlclose(ctypes.CDLL(here .. "/destructor.so")._handle)`, calls: "-"},
	{name: "destructor_abort", dies: "SIGABRT", words: "destructor_abort.so", lua: `return _ctypes.dlclose(ctypes.CDLL(here .. "/destructor_abort.so")._handle)`, calls: "-"},
	{name: "exit_handler", dies: "SIGSEGV", words: "exit_handler.so", lua: `return _ctypes.dlclose(ctypes.CDLL(here .. "/exit_handler.so")._handle)`, calls: "-"},
	{name: "resolver", dies: "SIGSEGV", words: "resolver.so", lua: `return ctypes.CDLL(here .. "/resolver.so")`, calls: "-"},
	{name: "missing", pending: lazily, dies: "exit 127", says: "OSError", words: "not_to_be_found_anywhere", lua: `return ctypes.CDLL(here .. "/missing.so", {mode = 1}).call_missing()`, calls: "call_missing lazy"},
	{name: "open_constructor", dies: "SIGSEGV"},
	{name: "close_bogus", dies: "SIGSEGV"},
	{name: "close_null", dies: "SIGSEGV"},
	{name: "close_twice", says: either},
	{name: "find_in_bogus", dies: "SIGSEGV"},
	{name: "fault_in_iteration", dies: "SIGSEGV"},

	// C++.
	{name: "throws", dies: "SIGABRT", cpp: true},
	{name: "throws_int", dies: "SIGABRT", cpp: true},
	{name: "rethrows_nothing", dies: "SIGABRT", cpp: true},
	{name: "throws_in_noexcept", dies: "SIGABRT", cpp: true},
	{name: "throws_twice", dies: "SIGABRT", cpp: true},
	{name: "terminates", dies: "SIGABRT", cpp: true},
	{name: "out_of_range", dies: "SIGABRT", cpp: true},
	{name: "null_string", dies: "SIGABRT", cpp: true},
	{name: "empty_function", dies: "SIGABRT", cpp: true},
	{name: "pure_virtual", dies: "SIGABRT", cpp: true},
	{name: "null_object", dies: "SIGSEGV", cpp: true},
	{name: "catches", cpp: true},
	{name: "catches_over", says: "SIGABRT", words: "throws", lua: `cpp.catches_over.argtypes = {"int", Callback} return cpp.catches_over(2, callback(function() return cpp.throws() end))`, cpp: true, calls: "catches_over throws"},
	{name: "cpp_thread_throws", dies: "SIGABRT", cpp: true},
	{name: "cpp_thread_overflow", dies: "SIGSEGV", cpp: true},
	{name: "cpp_thread_local", dies: "SIGSEGV", cpp: true},
	{name: "cpp_thread_forgotten", dies: "SIGABRT", cpp: true},

	// What does not end by itself.
	{name: "loop", says: timesOut, calls: "-"},
	{name: "sleep_long", says: timesOut, calls: "-"},
	{name: "read_nothing", says: timesOut, calls: "-"},
	{name: "lock_twice", says: timesOut, calls: "-"},
	{name: "loop_all_blocked", says: timesOut, calls: "-"},
	{name: "thread_never", dies: "SIGSEGV"},
}

// code is the Lua that brings the fault about.
func (f *fault) code() string {
	library := "lib"
	if f.cpp {
		library = "cpp"
	}
	switch {
	case f.says == timesOut:
		return "return ctypes.timeout(0.1, " + library + "." + f.name + ")"
	case f.lua == "":
		return "return " + library + "." + f.name + "()"
	}
	return f.lua
}

// ends is how a plain C program ends on a CPU.
func (f *fault) ends(arch string) string {
	if arch == "arm64" && f.arm64 != "" {
		return f.arm64
	}
	return f.dies
}

// names is the signals that dlsh may name on a CPU, and whether the call may come back with 42.
func (f *fault) names(arch string) (signals []string, mayReturn bool) {
	switch says := f.says; {
	case says == comesBack || says == "" && f.dies == "":
		return nil, true
	case says == either:
		return []string{"SIG", "any"}, true
	case says == timesOut:
		return []string{"TimeoutError"}, false
	case says != "":
		signals = strings.Fields(says)
		if i := slices.Index(signals, comesBack); i >= 0 {
			return slices.Delete(signals, i, i+1), true
		}
		return signals, false
	}
	return strings.Split(f.ends(arch), " or "), false
}

// isOn: the CPU has it.
func (f *fault) isOn(arch string) bool { return f.only == "" || f.only == arch }
