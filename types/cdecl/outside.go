// This file defines Outside: types that the scope does not have, and somebody else does.

package cdecl

import "dlsh/types"

// Outside is asked by Type for a typedef name that was not declared and for a tag without members: debug information may
// know it. It gives nil for what it does not know; an error ends the reading of the type name. What it gives is not kept
// in the scope, and Declare and Include do not ask: what a text declares depends on the text.
type Outside func(kind types.Kind, name string) (*types.Type, error)

// SetOutside makes Type ask f; nil for nobody.
func (s *Scope) SetOutside(f Outside) { s.outside = f }

// ask asks who is outside.
func (p *parser) ask(kind types.Kind, name string) *types.Type {
	if p.outside == nil {
		return nil
	}
	p.asked = true
	t, err := p.outside(kind, name)
	if err != nil {
		p.fail(p.peek(), "%v", err)
	}
	return t
}

// better is what there is outside for a tag that has no members here; d where there is nothing.
func (p *parser) better(kind types.Kind, tag string, d *Decl) *Decl {
	if p.outside == nil || d != nil && (d.Type.Kind != kind || d.Type.Elem != nil || d.Type.Record != nil && d.Type.Record.Complete) {
		return d
	}
	if t := p.ask(kind, tag); t != nil {
		return &Decl{Kind: Tag, Name: tag, Type: t}
	}
	return d
}
