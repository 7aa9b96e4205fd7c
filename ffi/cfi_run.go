// This file defines how call frame information is run: the rules that hold at a place of a function, and the registers
// of its caller by them (DWARF 5, sections 2.5 and 6.4).

package ffi

import "encoding/binary"

type ruleKind uint8

const (
	ruleNone          ruleKind = iota // nothing was said: the value is what it was
	ruleSame                          // the same, said
	ruleUndefined                     // it is lost
	ruleOffset                        // saved at CFA + n
	ruleValOffset                     // it is CFA + n
	ruleRegister                      // it is in register n
	ruleExpression                    // saved where an expression says
	ruleValExpression                 // it is what an expression says
)

// A rule says where the caller's value of a register is.
type rule struct {
	kind ruleKind
	n    int64
	code []byte // of an expression
}

// A row is the rules that hold at one place: the CFA as a register and an offset, or an expression, and the registers.
type row struct {
	cfa    rule // n is the offset, or code the expression
	cfaReg uint64
	regs   [33]rule
	signed bool // the return address carries a signature (arm64)
}

// maxRemembered bounds the stack of DW_CFA_remember_state.
const maxRemembered = 32

// rowAt runs a frame's instructions up to a place.
func (f *fde) rowAt(pc uint64) (row, bool) {
	var now row
	if !f.run(f.instruction, ^uint64(0), &now, nil) {
		return now, false
	}
	initial := now
	return now, f.run(f.own, pc, &now, &initial)
}

// run carries out instructions until they are about a place beyond pc. initial is what DW_CFA_restore goes back to.
func (f *fde) run(code []byte, pc uint64, now, initial *row) bool {
	c := &cursor{b: code}
	at := f.start
	var remembered []row
	lost := rule{} // takes in what is said of registers that nobody asks for
	reg := func(n uint64) *rule {
		if n < uint64(len(now.regs)) {
			return &now.regs[n]
		}
		return &lost
	}
	advance := func(n uint64) bool {
		at += n * f.codeAlign
		return at > pc
	}
	restore := func(n uint64) {
		if initial != nil && n < uint64(len(initial.regs)) {
			now.regs[n] = initial.regs[n]
		}
	}
	for len(c.left()) > 0 && !c.failed {
		op := c.u8()
		past := false
		switch low := uint64(op & 0x3f); op >> 6 {
		case 1: // DW_CFA_advance_loc
			if advance(low) {
				return true
			}
			continue
		case 2: // DW_CFA_offset
			*reg(low) = rule{kind: ruleOffset, n: int64(c.uleb()) * f.dataAlign}
			continue
		case 3: // DW_CFA_restore
			restore(low)
			continue
		}
		switch op {
		case 0x00: // DW_CFA_nop
		case 0x01: // DW_CFA_set_loc: the pointer is relative to its own address, which is not known here any more
			if f.encoding&0x70 != 0 {
				return false
			}
			at = c.pointer(f.encoding, 0)
			past = at > pc
		case 0x02: // DW_CFA_advance_loc1
			past = advance(c.number(1))
		case 0x03: // DW_CFA_advance_loc2
			past = advance(c.number(2))
		case 0x04: // DW_CFA_advance_loc4
			past = advance(c.number(4))
		case 0x1d: // DW_CFA_MIPS_advance_loc8
			past = advance(c.number(8))
		case 0x05: // DW_CFA_offset_extended
			r := reg(c.uleb())
			*r = rule{kind: ruleOffset, n: int64(c.uleb()) * f.dataAlign}
		case 0x06: // DW_CFA_restore_extended
			restore(c.uleb())
		case 0x07: // DW_CFA_undefined
			*reg(c.uleb()) = rule{kind: ruleUndefined}
		case 0x08: // DW_CFA_same_value
			*reg(c.uleb()) = rule{kind: ruleSame}
		case 0x09: // DW_CFA_register
			r := reg(c.uleb())
			*r = rule{kind: ruleRegister, n: int64(c.uleb())}
		case 0x0a: // DW_CFA_remember_state
			if len(remembered) == maxRemembered {
				return false
			}
			remembered = append(remembered, *now)
		case 0x0b: // DW_CFA_restore_state
			if len(remembered) == 0 {
				return false
			}
			*now = remembered[len(remembered)-1]
			remembered = remembered[:len(remembered)-1]
		case 0x0c: // DW_CFA_def_cfa
			now.cfaReg = c.uleb()
			now.cfa = rule{kind: ruleRegister, n: int64(c.uleb())}
		case 0x0d: // DW_CFA_def_cfa_register
			now.cfaReg = c.uleb()
			now.cfa.kind = ruleRegister
		case 0x0e: // DW_CFA_def_cfa_offset
			now.cfa.n = int64(c.uleb())
		case 0x0f: // DW_CFA_def_cfa_expression
			now.cfa = rule{kind: ruleExpression, code: c.skip(c.uleb())}
		case 0x10: // DW_CFA_expression
			r := reg(c.uleb())
			*r = rule{kind: ruleExpression, code: c.skip(c.uleb())}
		case 0x16: // DW_CFA_val_expression
			r := reg(c.uleb())
			*r = rule{kind: ruleValExpression, code: c.skip(c.uleb())}
		case 0x11: // DW_CFA_offset_extended_sf
			r := reg(c.uleb())
			*r = rule{kind: ruleOffset, n: c.sleb() * f.dataAlign}
		case 0x12: // DW_CFA_def_cfa_sf
			now.cfaReg = c.uleb()
			now.cfa = rule{kind: ruleRegister, n: c.sleb() * f.dataAlign}
		case 0x13: // DW_CFA_def_cfa_offset_sf
			now.cfa.n = c.sleb() * f.dataAlign
		case 0x14: // DW_CFA_val_offset
			r := reg(c.uleb())
			*r = rule{kind: ruleValOffset, n: int64(c.uleb()) * f.dataAlign}
		case 0x15: // DW_CFA_val_offset_sf
			r := reg(c.uleb())
			*r = rule{kind: ruleValOffset, n: c.sleb() * f.dataAlign}
		case 0x2d: // DW_CFA_AARCH64_negate_ra_state
			now.signed = !now.signed
		case 0x2c: // DW_CFA_AARCH64_negate_ra_state_with_pc
			now.signed = !now.signed
		case 0x2e: // DW_CFA_GNU_args_size
			c.uleb()
		case 0x2f: // DW_CFA_GNU_negative_offset_extended
			r := reg(c.uleb())
			*r = rule{kind: ruleOffset, n: -int64(c.uleb()) * f.dataAlign}
		default:
			return false
		}
		if past {
			return true
		}
	}
	return !c.failed
}

// caller gives the registers of the function that called the one whose frame f is, which was at pc. known is
// false at the outermost frame: the frame says that there is no caller.
func (p *processor) caller(m *memory, r *Registers, f *fde, pc uint64) (next Registers, known, ok bool) {
	now, ok := f.rowAt(pc)
	if !ok {
		return next, false, false
	}
	var cfa uint64
	switch now.cfa.kind {
	case ruleRegister:
		if now.cfaReg >= uint64(len(r.R)) {
			return next, false, false
		}
		cfa = r.R[now.cfaReg] + uint64(now.cfa.n)
	case ruleExpression:
		if cfa, ok = m.evaluate(now.cfa.code, r, nil); !ok {
			return next, false, false
		}
	default:
		return next, false, false
	}
	next = *r
	next.R[p.sp] = cfa
	for i := range now.regs {
		rule := &now.regs[i]
		var v uint64
		ok := true
		switch rule.kind {
		case ruleNone, ruleSame, ruleUndefined:
			continue
		case ruleOffset:
			v, ok = m.word(cfa + uint64(rule.n))
		case ruleValOffset:
			v = cfa + uint64(rule.n)
		case ruleRegister:
			if uint64(rule.n) >= uint64(len(r.R)) {
				return next, false, false
			}
			v = r.R[rule.n]
		case ruleExpression:
			if v, ok = m.evaluate(rule.code, r, &cfa); ok {
				v, ok = m.word(v)
			}
		case ruleValExpression:
			v, ok = m.evaluate(rule.code, r, &cfa)
		}
		if !ok && i != p.sp && uint64(i) != f.ra {
			continue // a register less; the way back may do without it
		}
		if !ok {
			return next, false, false
		}
		next.R[i] = v
	}
	if f.ra >= uint64(len(next.R)) {
		return next, false, false
	}
	switch rule := now.regs[f.ra]; {
	case rule.kind == ruleUndefined:
		return next, false, true
	case rule.kind == ruleNone && p.returnOnTop:
		return next, false, false
	}
	next.PC = next.R[f.ra]
	if now.signed {
		next.PC &= p.stripMask
	}
	return next, true, true
}

// findSP works the stack pointer out where only the frame pointer is known: it points to where its last value is saved.
func (p *processor) findSP(r *Registers, f *fde, pc uint64) bool {
	now, ok := f.rowAt(pc)
	if !ok || now.cfa.kind != ruleRegister {
		return false
	}
	saved := now.regs[p.fp]
	if now.cfaReg == uint64(p.sp) && saved.kind == ruleOffset {
		r.R[p.sp] = r.R[p.fp] - uint64(saved.n) - uint64(now.cfa.n)
		return true
	}
	return now.cfaReg == uint64(p.fp)
}

// Expressions are bounded: in their stack, and in the steps that one takes.
const (
	maxOperands = 64
	maxSteps    = 4096
)

// evaluate works out a DWARF expression (DW_OP_*); first, if there is one, lies on its stack at the beginning.
func (m *memory) evaluate(code []byte, r *Registers, first *uint64) (v uint64, ok bool) {
	c := &cursor{b: code}
	var stack []uint64
	if first != nil {
		stack = append(stack, *first)
	}
	push := func(v uint64) { stack = append(stack, v) }
	pop := func() uint64 {
		if len(stack) == 0 {
			c.failed = true
			return 0
		}
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		return v
	}
	pick := func(n int) uint64 {
		if n >= len(stack) {
			c.failed = true
			return 0
		}
		return stack[len(stack)-1-n]
	}
	register := func(n uint64) uint64 {
		if n >= uint64(len(r.R)) {
			c.failed = true
			return 0
		}
		return r.R[n]
	}
	load := func(addr uint64, size byte) uint64 {
		var b [8]byte
		if size == 0 || size > 8 || !m.read(b[:size], addr) {
			c.failed = true
		}
		return binary.LittleEndian.Uint64(b[:])
	}
	jump := func(by int64) {
		to := int64(c.pos) + by
		if to < 0 || to > int64(len(c.b)) {
			c.failed = true
			return
		}
		c.pos = int(to)
	}
	for step := 0; len(c.left()) > 0; step++ {
		if step == maxSteps || len(stack) > maxOperands || c.failed {
			return 0, false
		}
		switch op := c.u8(); {
		case op >= 0x30 && op <= 0x4f: // DW_OP_lit0...
			push(uint64(op - 0x30))
		case op >= 0x50 && op <= 0x6f: // DW_OP_reg0...: not of expressions that frames have, but emitted
			push(register(uint64(op - 0x50)))
		case op >= 0x70 && op <= 0x8f: // DW_OP_breg0...
			push(register(uint64(op-0x70)) + uint64(c.sleb()))
		default:
			switch op {
			case 0x03, 0x0e, 0x0f: // DW_OP_addr, const8u, const8s
				push(c.number(8))
			case 0x06: // DW_OP_deref
				push(load(pop(), 8))
			case 0x94: // DW_OP_deref_size
				size := c.u8()
				push(load(pop(), size))
			case 0x08: // DW_OP_const1u
				push(c.number(1))
			case 0x09:
				push(uint64(c.signed(1)))
			case 0x0a:
				push(c.number(2))
			case 0x0b:
				push(uint64(c.signed(2)))
			case 0x0c:
				push(c.number(4))
			case 0x0d:
				push(uint64(c.signed(4)))
			case 0x10: // DW_OP_constu
				push(c.uleb())
			case 0x11: // DW_OP_consts
				push(uint64(c.sleb()))
			case 0x12: // DW_OP_dup
				push(pick(0))
			case 0x13: // DW_OP_drop
				pop()
			case 0x14: // DW_OP_over
				push(pick(1))
			case 0x15: // DW_OP_pick
				push(pick(int(c.u8())))
			case 0x16: // DW_OP_swap
				a, b := pop(), pop()
				push(a)
				push(b)
			case 0x17: // DW_OP_rot
				a, b, d := pop(), pop(), pop()
				push(a)
				push(d)
				push(b)
			case 0x19: // DW_OP_abs
				if v := int64(pop()); v < 0 {
					push(uint64(-v))
				} else {
					push(uint64(v))
				}
			case 0x1f: // DW_OP_neg
				push(-pop())
			case 0x20: // DW_OP_not
				push(^pop())
			case 0x23: // DW_OP_plus_uconst
				n := c.uleb()
				push(pop() + n)
			case 0x28: // DW_OP_bra
				by := c.signed(2)
				if pop() != 0 {
					jump(by)
				}
			case 0x2f: // DW_OP_skip
				jump(c.signed(2))
			case 0x90: // DW_OP_regx
				push(register(c.uleb()))
			case 0x92: // DW_OP_bregx
				n := c.uleb()
				push(register(n) + uint64(c.sleb()))
			case 0x96: // DW_OP_nop
			default:
				b := pop()
				v, ok := operate(op, pop(), b)
				if !ok {
					return 0, false
				}
				push(v)
			}
		}
	}
	v = pop()
	return v, !c.failed
}

// operate is the operations of two numbers.
func operate(op byte, a, b uint64) (v uint64, ok bool) {
	truth := func(is bool) (uint64, bool) {
		if is {
			return 1, true
		}
		return 0, true
	}
	switch op {
	case 0x1a: // DW_OP_and
		return a & b, true
	case 0x1b: // DW_OP_div
		if b == 0 {
			return 0, false
		}
		return uint64(int64(a) / int64(b)), true
	case 0x1c: // DW_OP_minus
		return a - b, true
	case 0x1d: // DW_OP_mod
		if b == 0 {
			return 0, false
		}
		return a % b, true
	case 0x1e: // DW_OP_mul
		return a * b, true
	case 0x21: // DW_OP_or
		return a | b, true
	case 0x22: // DW_OP_plus
		return a + b, true
	case 0x24: // DW_OP_shl
		return a << min(b, 64), true
	case 0x25: // DW_OP_shr
		return a >> min(b, 64), true
	case 0x26: // DW_OP_shra
		return uint64(int64(a) >> min(b, 63)), true
	case 0x27: // DW_OP_xor
		return a ^ b, true
	case 0x29: // DW_OP_eq
		return truth(a == b)
	case 0x2a: // DW_OP_ge
		return truth(int64(a) >= int64(b))
	case 0x2b: // DW_OP_gt
		return truth(int64(a) > int64(b))
	case 0x2c: // DW_OP_le
		return truth(int64(a) <= int64(b))
	case 0x2d: // DW_OP_lt
		return truth(int64(a) < int64(b))
	case 0x2e: // DW_OP_ne
		return truth(a != b)
	}
	return 0, false
}
