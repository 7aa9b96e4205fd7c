// This file defines _Generic (C11 6.5.1.1).

package cdecl

import "dlsh/types"

// generic reads a generic selection: the expression beside the type that the first one has.
func (p *parser) generic() value {
	at := p.next()
	p.want("(", "after "+at.text)
	p.dead++
	control := p.operand(p.assignment())
	p.dead--
	var ty *types.Type
	if control.t != nil {
		ty = p.decayed(control.t)
	}
	var chosen, otherwise *value
	for p.accept(",") {
		isDefault := p.accept("default")
		matches := false
		if !isDefault {
			other := p.typeName()
			matches = chosen == nil && ty != nil && p.sameType(ty, other)
		}
		p.want(":", "after the type")
		v := p.skipping(!matches && !isDefault, p.assignment)
		switch {
		case isDefault:
			otherwise = &v
		case matches:
			chosen = &v
		}
	}
	p.want(")", "after the last expression of "+at.text)
	switch {
	case ty == nil && control.kind == later:
		return value{kind: later}
	case ty == nil:
		return notKnown(nil, control.why)
	case chosen != nil:
		return *chosen
	case otherwise != nil:
		return *otherwise
	}
	p.fail(at, "%s has no expression for %s", at.text, ty)
	return value{}
}

// decayed is the type an expression has as a value: without qualifiers, arrays and functions as pointers (C11 6.3.2.1).
func (p *parser) decayed(t *types.Type) *types.Type {
	switch r := p.target.Resolve(t); r.Kind {
	case types.Array:
		return types.PointerTo(types.Qualified(r.Elem, r.Const, r.Volatile))
	case types.Func:
		return types.PointerTo(types.Unqualified(r))
	default:
		return types.Unqualified(r)
	}
}
