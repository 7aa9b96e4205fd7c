/* Faults of the CPU: instructions that there are not, arithmetic, and states of the CPU that a fault leaves behind. */
#include "faults.h"

#include <fenv.h>
#include <limits.h>

static volatile int zero, one = 1, least = INT_MIN, minus_one = -1;
static volatile double dzero, done = 1, result;

int divide_by_zero(void) { return one / zero; }
int remainder_by_zero(void) { return one % zero; }
int division_overflow(void) { return least / minus_one; }
int remainder_overflow(void) { return least % minus_one; }

int trap(void) { __builtin_trap(); }

#ifdef __x86_64__
int illegal_instruction(void) { __asm__ volatile("ud2"); return 42; }
int breakpoint(void) { __asm__ volatile("int3"); return 42; }
int privileged(void) { __asm__ volatile("hlt"); return 42; }
int bad_interrupt(void) { __asm__ volatile("int $0x33"); return 42; }
#else
int illegal_instruction(void) { __asm__ volatile("udf #0"); return 42; }
int breakpoint(void) { __asm__ volatile("brk #0"); return 42; }
int privileged(void) { __asm__ volatile("msr vbar_el1, x0"); return 42; }
int bad_interrupt(void) { __asm__ volatile("hvc #0"); return 42; }
#endif

/* Floating-point exceptions that are let through: the one that sets them up is not the one that suffers. */
int float_division(void) {
  feclearexcept(FE_ALL_EXCEPT);
  feenableexcept(FE_DIVBYZERO | FE_INVALID);
  result = done / dzero;
  return 42;
}

int float_invalid(void) {
  feclearexcept(FE_ALL_EXCEPT);
  feenableexcept(FE_ALL_EXCEPT);
  result = dzero / dzero;
  return 42;
}

/* All exceptions let through, and a fault of another kind. */
int exceptions_enabled(void) {
  feclearexcept(FE_ALL_EXCEPT);
  feenableexcept(FE_ALL_EXCEPT);
  return *nowhere;
}

/* Code that comes after must not round downwards. */
int rounding_downward(void) {
  fesetround(FE_DOWNWARD);
  return *nowhere;
}

#ifdef __x86_64__
/* An exception of the x87 unit comes with its next instruction. */
int x87_division(void) {
  unsigned short all = 0x0300, control;
  __asm__ volatile("fnclex\n\tfldcw %1\n\tfld1\n\tfldz\n\tfdivrp\n\tfwait\n\tfnstcw %0" : "=m"(control) : "m"(all));
  return 42;
}

/* The x87 unit's exception stands, and something else faults first. */
int x87_pending(void) {
  unsigned short all = 0x0300;
  __asm__ volatile("fnclex\n\tfldcw %0\n\tfld1\n\tfldz\n\tfdivrp" : : "m"(all));
  return *nowhere;
}

/* The registers of the x87 unit are all taken, so that the next long double would be NaN. */
int x87_full(void) {
  __asm__ volatile("fld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1");
  return *nowhere;
}

int single_precision(void) {
  unsigned short control = 0x007f;
  __asm__ volatile("fldcw %0" : : "m"(control));
  return *nowhere;
}

int direction_flag(void) {
  __asm__ volatile("std\n\tmovl 0, %%eax" : : : "eax", "memory");
  return 42;
}

int alignment_check(void) {
  static char bytes[16] __attribute__((aligned(16)));
  __asm__ volatile("pushfq\n\torl $0x40000, (%%rsp)\n\tpopfq\n\tmovl 1(%0), %%eax" : : "r"(bytes) : "eax", "memory", "cc");
  return 42;
}

/* The trap flag: a signal after every instruction. */
int single_step(void) {
  __asm__ volatile("pushfq\n\torl $0x100, (%%rsp)\n\tpopfq\n\tnop\n\tnop" : : : "memory", "cc");
  return 42;
}

/* Rubbish in every register that a function has to keep. */
int rubbish_registers(void) {
  __asm__ volatile(
      "movabs $0x4141414141414141, %%rax\n\tmov %%rax, %%rbx\n\tmov %%rax, %%rbp\n\tmov %%rax, %%r12\n\t"
      "mov %%rax, %%r13\n\tmov %%rax, %%r14\n\tmov %%rax, %%r15\n\tmov (%%rax), %%rcx" : : : "memory");
  return 42;
}

int wild_stack_pointer(void) {
  __asm__ volatile("movabs $0x123456789000, %%rax\n\tmov %%rax, %%rsp\n\tpush %%rax" : : : "memory");
  return 42;
}

int null_stack_pointer(void) {
  __asm__ volatile("xor %%eax, %%eax\n\tmov %%rax, %%rsp\n\tud2" : : : "memory");
  return 42;
}

int far_stack_pointer(void) {
  __asm__ volatile("movabs $0x4141414141414140, %%rax\n\tmov %%rax, %%rsp\n\tpush %%rax" : : : "memory");
  return 42;
}
#else
int rubbish_registers(void) {
  __asm__ volatile(
      "ldr x0, =0x4141414141414141\n\tmov x19, x0\n\tmov x20, x0\n\tmov x21, x0\n\tmov x22, x0\n\tmov x23, x0\n\tmov x24, x0\n\t"
      "mov x25, x0\n\tmov x26, x0\n\tmov x27, x0\n\tmov x28, x0\n\tmov x29, x0\n\tmov x30, x0\n\tmov x0, xzr\n\tldr x1, [x0]"
      : : : "memory");
  return 42;
}

int wild_stack_pointer(void) {
  __asm__ volatile("ldr x0, =0x123456789000\n\tmov sp, x0\n\tstr x0, [sp, #-16]!" : : : "memory");
  return 42;
}

int null_stack_pointer(void) {
  __asm__ volatile("mov x0, xzr\n\tmov sp, x0\n\tudf #0" : : : "memory");
  return 42;
}

int far_stack_pointer(void) {
  __asm__ volatile("ldr x0, =0x4141414141414140\n\tmov sp, x0\n\tstr x0, [sp, #-16]!" : : : "memory");
  return 42;
}
#endif
