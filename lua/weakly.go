// This file defines weakly: what a session goes through without keeping it.

package lua

import (
	"iter"
	"weak"
)

// weakly lists what was made as long as anybody else has it: a program may open libraries and include headers in a loop.
type weakly[T any] struct {
	list []weak.Pointer[T]
	look int // how long the list is to become before what is gone is looked for
}

func (w *weakly[T]) add(x *T) {
	if len(w.list) >= w.look {
		there := w.list[:0]
		for _, p := range w.list {
			if p.Value() != nil {
				there = append(there, p)
			}
		}
		clear(w.list[len(there):])
		w.list, w.look = there, max(64, 2*len(there))
	}
	w.list = append(w.list, weak.Make(x))
}

// all goes through what is there, in the order it was added.
func (w *weakly[T]) all() iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for _, p := range w.list {
			if x := p.Value(); x != nil && !yield(x) {
				return
			}
		}
	}
}
