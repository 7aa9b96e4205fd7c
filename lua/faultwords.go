// This file defines meaningOf: what a signal that ended a call of C means, in words. signal(7), sigaction(2).

package lua

import (
	"fmt"
	"strings"

	"dlsh/ffi"
)

// The signals by their numbers on Linux.
const (
	sigILL    = 4
	sigTRAP   = 5
	sigABRT   = 6
	sigBUS    = 7
	sigFPE    = 8
	sigSEGV   = 11
	sigSTKFLT = 16
	sigSYS    = 31
)

// Values of si_code that say how a signal came to be (siginfo.h). Those from 0 down were sent by a program.
const (
	codeKernel   = 0x80 // SI_KERNEL: the CPU does not say what was wrong
	segvAccess   = 2    // SEGV_ACCERR
	busAlignment = 1    // BUS_ADRALN
	busNotThere  = 2    // BUS_ADRERR
	fpeDivision  = 1    // FPE_INTDIV
)

// causes are what a signal means by its si_code where nothing more is known.
var causes = map[int]map[int]string{
	sigSEGV: {3: "a bounds check of the CPU failed", 4: "the memory is locked by a protection key", 5: "the memory's tag is not that of the pointer",
		8: "a pointer with a tag that is not the memory's", 9: "a pointer with a tag that is not the memory's",
		10: "a return or a jump to a place that control-flow protection does not allow"},
	sigBUS: {3: "an error of the hardware", 4: "a memory error of the hardware", 5: "a memory error of the hardware"},
	sigFPE: {2: "integer overflow", 3: "floating-point division by zero", 4: "floating-point overflow", 5: "floating-point underflow",
		6: "inexact floating-point result", 7: "invalid floating-point operation", 8: "subscript out of range"},
	sigILL:  {5: "a privileged instruction", 6: "a privileged register", 8: "an error of the internal stack"},
	sigTRAP: {2: "a single step: the trap flag is set", 4: "a breakpoint of the hardware"},
	sigSYS:  {1: "a system call that a filter (seccomp) forbids"},
}

// meanings are what a signal means whatever its code.
var meanings = map[int]string{
	sigSEGV:   "an access to memory that is not there, or not for this",
	sigBUS:    "an access to memory that cannot be had",
	sigFPE:    "an arithmetic error",
	sigILL:    "an instruction that the CPU does not know",
	sigTRAP:   "a breakpoint instruction",
	sigSTKFLT: "an error of the coprocessor's stack",
	sigSYS:    "a wrong system call",
}

// meaningOf says what a crash is about.
func meaningOf(c *ffi.Crash, frames []frame) string {
	if c.Refused != "" {
		return c.Refused
	}
	if c.Signal == sigABRT {
		return aborted(c, frames)
	}
	if c.Code <= 0 {
		return "raised by the code itself"
	}
	if text := causes[c.Signal][c.Code]; text != "" {
		return text
	}
	switch c.Signal {
	case sigSEGV, sigBUS:
		if text := access(c); text != "" {
			return text
		}
	case sigFPE:
		if c.Code == fpeDivision {
			if divisor, ok := c.Divisor(); ok && divisor != 0 {
				return fmt.Sprintf("integer overflow: the quotient of a division by %d does not fit, as that of INT_MIN / -1", divisor)
			} else if ok {
				return "integer division by zero"
			}
			return "integer division by zero, or INT_MIN / -1"
		}
	case sigILL, sigTRAP:
		if text := c.Trap(); text != "" {
			return text
		}
	}
	if text := meanings[c.Signal]; text != "" {
		return text
	}
	return "the signal ended the call"
}

// headline is what happened, with the signal. What was refused, a longjmp out of everything, raised none.
func headline(signal, meaning string) string {
	if signal == "" {
		return "refused: " + meaning
	}
	return signal + ", " + meaning
}

// access says what was to be done at which address, and whose that is.
func access(c *ffi.Crash) string {
	if c.Access == "" && c.Code == codeKernel {
		if text := c.Trap(); text != "" {
			return text
		}
		if c.Whose != "" {
			return c.Whose
		}
		return "an address that cannot be one, or a misaligned vector"
	}
	if c.Signal == sigBUS && c.Code == busAlignment && c.Addr == 0 {
		return "a misaligned access"
	}
	what := map[string]string{"read": "read of ", "write": "write to ", "execute": "jump to "}[c.Access]
	if what == "" {
		what = "access to "
	}
	what += fmt.Sprintf("0x%x", c.Addr)
	whose := c.Whose
	switch {
	case strings.Contains(whose, "overflow"):
		return "stack overflow (" + what + ")"
	case c.Addr == 0:
		whose = "NULL"
	case c.Signal == sigBUS && c.Code == busAlignment:
		whose = "misaligned"
	case c.Signal == sigBUS && c.Code == busNotThere && whose == "":
		whose = "mapped, but beyond the end of the file"
	case c.Signal == sigBUS && c.Code == busNotThere && !strings.Contains(whose, "beyond the end"):
		whose += ", beyond the end of the file"
	case whose == "" && c.Code == segvAccess:
		whose = "which is mapped, but not for that"
	}
	if whose != "" {
		what += " (" + whose + ")"
	}
	return what
}

// aborted says why the C library aborted: by what it wrote down, and by who called it.
func aborted(c *ffi.Crash, frames []frame) string {
	said := strings.TrimSuffix(strings.TrimSpace(c.Said), ": terminated")
	said = strings.Trim(said, "* ")
	called := func(names ...string) bool {
		for _, f := range frames {
			if !f.ofRuntime() {
				return false
			}
			for _, name := range names {
				if f.symbol == name || strings.HasPrefix(f.symbol, name+"(") {
					return true
				}
			}
		}
		return false
	}
	switch {
	case called("__assert_fail", "__assert", "__assert_perror_fail"):
		if _, text, ok := strings.Cut(said, "Assertion "); ok { // the place comes with the backtrace
			return "failed assertion " + strings.TrimSuffix(text, " failed.")
		}
		return "failed assertion"
	case called("__stack_chk_fail"):
		return "a local array was written beyond its end (stack smashing detected)"
	case called("__cxa_pure_virtual"):
		return "a pure virtual function of C++ was called"
	case called("std::terminate", "__cxa_throw", "__cxa_rethrow", "__cxa_call_terminate", "_ZSt9terminatev"):
		return "a C++ exception that nothing catches (std::terminate)"
	case said != "":
		return said
	case called("free", "malloc", "realloc", "calloc", "posix_memalign", "aligned_alloc"):
		return "malloc found its books damaged"
	case called("abort"):
		return "abort was called"
	}
	return "raised by the code itself"
}
