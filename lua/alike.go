// This file defines which types stand for one another where C declared what is wanted: records that are laid out alike.

package lua

import "dlsh/types"

// standsFor reports whether a record may be given where base is wanted: it is base, or made on top of it. To ctypes that is
// all. A record that C text or debug information declared is no class that a program could have used, though: for it stands
// every record made in Lua that is laid out alike, and the one of the same name that another library's debug information
// or an earlier declaration knows (C11 6.2.7p1).
func (t *ctype) standsFor(base *ctype) bool {
	if t.derives(base) {
		return true
	}
	if t.op != opRecord || base.op != opRecord || !t.rec.declared && !base.rec.declared || t.rec.kind != base.rec.kind {
		return false
	}
	named := t.name == base.name
	if !t.rec.complete || !base.rec.complete {
		return named
	}
	return (named || !t.rec.declared || !base.rec.declared) && t.alike(base)
}

// alike reports whether two records have members of the same kinds and sizes at the same places. What was found is kept:
// types do not change once they are complete.
func (t *ctype) alike(u *ctype) bool {
	if t.rec == u.rec {
		return true
	}
	known, ok := t.rec.likes[u.rec]
	if !ok {
		known = t.size == u.size && t.rec.big == u.rec.big && len(t.rec.fields) == len(u.rec.fields)
		for i := 0; known && i < len(t.rec.fields); i++ {
			f, g := t.rec.fields[i], u.rec.fields[i]
			known = f.offset == g.offset && f.bit == g.bit && f.bits == g.bits && f.flexible == g.flexible && f.t.storedAlike(g.t)
		}
		if t.rec.likes == nil {
			t.rec.likes = map[*record]bool{}
		}
		t.rec.likes[u.rec] = known
	}
	return known
}

// storedAlike reports whether members of two types hold the same: numbers of one kind and size, pointers, records alike.
// Where pointers lead is not compared.
func (t *ctype) storedAlike(u *ctype) bool {
	switch {
	case t.isPointer() || u.isPointer():
		return t.isPointer() && u.isPointer()
	case t.size != u.size || t.swap != u.swap:
		return false
	case t.op == opRecord || u.op == opRecord:
		return t.op == u.op && t.rec.kind == u.rec.kind && t.alike(u)
	case t.op == opArray || u.op == opArray:
		return t.op == u.op && t.length == u.length && t.elem.storedAlike(u.elem)
	}
	return t.class() == u.class()
}

// class is what a scalar is to C's calling conventions.
func (t *ctype) class() types.Kind {
	switch t.op {
	case opFloat32, opFloat64, opLongDouble:
		return types.Double
	case opComplex:
		return types.ComplexDouble
	case opVoid:
		return types.Void
	}
	return types.Int // and so are bool, characters and enums
}

// calledAlike reports whether C may call a function of one type as one of the other. Where a pointer leads counts,
// except to or from void.
func (p *prototype) calledAlike(q *prototype) bool {
	if p.same(q) {
		return true
	}
	if p == nil || q == nil || len(p.params) != len(q.params) || !p.result.passedAs(q.result) {
		return false
	}
	for i, t := range p.params {
		if !t.passedAs(q.params[i]) {
			return false
		}
	}
	return true
}

// compiledAlike is calledAlike for a function of C, which does not convert anew what it is passed: the sign of a whole number
// does not count, and a result that nobody wants may be there.
func (p *prototype) compiledAlike(q *prototype) bool {
	alike := func(t, u *ctype) bool {
		return t.passedAs(u) || t.op < opString && u.op < opString && t.size == u.size && t.class() == u.class()
	}
	if p == nil || q == nil || len(p.params) != len(q.params) || q.result.op != opVoid && !alike(p.result, q.result) {
		return false
	}
	for i, t := range p.params {
		if !alike(t, q.params[i]) {
			return false
		}
	}
	return true
}

func (t *ctype) passedAs(u *ctype) bool {
	switch {
	case t.same(u):
		return true
	case t.op == opRecord && u.op == opRecord:
		return t.standsFor(u)
	case t.op == opAddress || u.op == opAddress:
		return t.isPointer() && u.isPointer()
	case t.op == opFunction && u.op == opFunction:
		return t.fn.calledAlike(u.fn)
	case t.isPointer() && u.isPointer() && t.elem != nil && u.elem != nil:
		return t.pointsTo(u.elem)
	}
	return false
}
