// This file defines what the classifiers share: what no convention passes, the limits, and the area
// on the stack and the copies that are laid out after the registers.

package ffi

import (
	"fmt"

	"dlsh/types"
)

// maxArguments is ctypes' limit (CTYPES_MAX_ARGCOUNT); it keeps a call from using up the stack.
const maxArguments = 1024

// maxArgumentBytes is the most that the arguments of one call may take up: half of the usual stack of 8 MiB.
const maxArgumentBytes = 4 << 20

// checkSignature refuses what no calling convention can pass.
func checkSignature(t *types.Target, sig Signature) error {
	if len(sig.Params) > maxArguments {
		return fmt.Errorf("%d arguments are too many; at most %d can be passed", len(sig.Params), maxArguments)
	}
	for i, p := range sig.Params {
		if err := checkValue(t, p, "passed", "pass"); err != nil {
			return fmt.Errorf("argument %d: %w", i+1, err)
		}
		if size := t.Size(p); size > maxArgumentBytes {
			return fmt.Errorf("argument %d: %s takes %d bytes; at most %d can be passed", i+1, p, size, maxArgumentBytes)
		}
	}
	if t.Resolve(sig.Result).Kind == types.Void {
		return nil
	}
	if err := checkValue(t, sig.Result, "returned", "return"); err != nil {
		return fmt.Errorf("result: %w", err)
	}
	return nil
}

// checkValue refuses types that C has no values of, or whose size is not known, and vectors.
func checkValue(t *types.Target, ty *types.Type, done, do string) error {
	switch r := t.Resolve(ty); r.Kind {
	case types.Void:
		return fmt.Errorf("void has no value that could be %s", done)
	case types.Array: // C11 6.3.2.1p3: what is passed is a pointer
		return fmt.Errorf("arrays such as %s cannot be %s by value; %s a pointer, %s", ty, done, do, types.PointerTo(r.Elem))
	case types.Func: // C11 6.3.2.1p4
		return fmt.Errorf("functions such as %s cannot be %s by value; %s a pointer, %s", ty, done, do, types.PointerTo(ty))
	}
	if _, _, err := t.Layout(ty); err != nil {
		if v := vectorIn(t, ty); v != nil {
			return fmt.Errorf("vector types such as %s cannot be %s yet", v, done)
		}
		return err
	}
	if !t.Resolve(ty).Kind.Aggregate() {
		return nil // a number has neither in it; a vector has no size
	}
	if v := vectorIn(t, ty); v != nil {
		return fmt.Errorf("vector types such as %s cannot be %s yet", v, done)
	}
	if g, why := givenIn(t, ty); g != nil {
		return fmt.Errorf("%s cannot be %s by value: %s; %s a pointer", g, done, why, do)
	}
	return nil
}

// givenIn finds a record in a type whose layout follows from no rules of C (types.Given), and why; nil for none.
func givenIn(t *types.Target, ty *types.Type) (found *types.Type, why string) {
	search(t, ty, map[*types.Record]bool{}, func(ty, r *types.Type) bool {
		if r.Kind.Aggregate() && r.Record.Given != nil {
			found, why = ty, r.Record.Given.Why
		}
		return found != nil
	})
	return found, why
}

// vectorIn finds a vector type in the members and elements of a type; nil for none.
func vectorIn(t *types.Target, ty *types.Type) (found *types.Type) {
	search(t, ty, map[*types.Record]bool{}, func(ty, r *types.Type) bool {
		if r.Kind == types.Vector {
			found = ty
		}
		return found != nil
	})
	return found
}

// search goes through a type and what values of it consist of, each record once, until stop says so. It is given each
// type as it is written and as it is meant.
func search(t *types.Target, ty *types.Type, seen map[*types.Record]bool, stop func(ty, r *types.Type) bool) bool {
	r := t.Resolve(ty)
	if stop(ty, r) {
		return true
	}
	switch r.Kind {
	case types.Array:
		return search(t, r.Elem, seen, stop)
	case types.Struct, types.Union:
		if r.Record == nil || seen[r.Record] {
			return false
		}
		seen[r.Record] = true
		for _, f := range r.Record.Fields {
			if search(t, f.Type, seen, stop) {
				return true
			}
		}
	}
	return false
}

// area is the memory of a call that grows as arguments are placed in it, in bytes from its beginning.
type area struct {
	bytes, align int
}

// take gives the next bytes that are aligned as asked.
func (a *area) take(size, align int) (at int) {
	at = (a.bytes + align - 1) / align * align
	a.bytes = at + size
	a.align = max(a.align, align)
	return at
}

// valuePlace is a place whose value has pieces in order: whole words that follow each other from
// the first byte on are said by their number.
func valuePlace(size int64, signed bool, pieces ...piece) place {
	p := place{size: int32(size), signed: signed}
	for i, part := range pieces {
		whole := part.at == pieces[0].at+int32(8*i) && part.at%8 == 0 && part.offset == int32(8*i)
		if !whole || i < len(pieces)-1 && part.size != 8 {
			p.word = pieces[0].at / 8
			p.pieces = pieces
			return p
		}
	}
	if len(pieces) > 0 {
		p.word, p.count = pieces[0].at/8, int32(len(pieces))
	}
	return p
}

// finish gives the stack and the copies of arguments passed by reference their words at the end of the frame.
// Arguments to be copied have their copy set to anything but 0.
func (l *layout) finish(t *types.Target, sig Signature, firstStack int, stack area) error {
	l.align = max(stack.align, blockAlign)
	l.stack = (stack.bytes + 15) / 16 * 2 // the stack stays aligned to 16 bytes at the call
	frame := area{bytes: 8 * (firstStack + l.stack)}
	for i := range l.args {
		if p := &l.args[i]; p.copy != 0 {
			size, align, err := t.Layout(sig.Params[i])
			if err != nil {
				return err
			}
			p.copy = int32(frame.take(int(size+7)&^7, max(int(align), blockAlign)) / 8)
			p.size = int32(size)
		}
	}
	if n := frame.bytes - 8*firstStack; n > maxArgumentBytes || l.align > maxArgumentBytes {
		return fmt.Errorf("the arguments take %d bytes; at most %d can be passed", max(n, l.align), maxArgumentBytes)
	}
	l.align = max(l.align, frame.align)
	l.words = frame.bytes / 8
	return nil
}
