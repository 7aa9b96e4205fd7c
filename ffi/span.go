// This file defines ObjectAt and Departed: which of the objects in the books an address lies in, or lay in.

package ffi

import (
	"cmp"
	"slices"
)

// spans finds objects by address. sorted is made again when the books have changed.
var spans struct {
	sorted []*Object // those that are there and whose place is known
	gone   bounds    // of those that have left
}

// bounds are the least and the greatest address of several objects.
type bounds struct{ low, high uintptr }

func (b *bounds) add(o *Object) {
	if o.high == o.low {
		return
	}
	if b.high == 0 || o.low < b.low {
		b.low = o.low
	}
	b.high = max(b.high, o.high)
}

// ObjectAt is the object an address lies in, nil for none that is in the books. It asks nobody, and costs a few comparisons.
func ObjectAt(addr uintptr) *Object {
	if spans.sorted == nil {
		sortSpans()
	}
	list := spans.sorted
	for len(list) > 0 {
		middle := len(list) / 2
		switch o := list[middle]; {
		case addr < o.low:
			list = list[:middle]
		case addr >= o.high:
			list = list[middle+1:]
		default:
			return o
		}
	}
	return nil
}

func sortSpans() {
	spans.sorted = make([]*Object, 0, len(books))
	for _, o := range books {
		if o.low < o.high {
			spans.sorted = append(spans.sorted, o)
		}
	}
	slices.SortFunc(spans.sorted, func(a, b *Object) int { return cmp.Compare(a.low, b.low) })
}

// Departed is the object that has left and that an address lay in, nil for none. The memory may be anybody's by now, so it
// is nil as well where something is mapped again.
func Departed(addr uintptr) *Object {
	if addr < spans.gone.low || addr >= spans.gone.high {
		return nil
	}
	var b [1]byte
	if Read(b[:], addr) == nil {
		return nil
	}
	return departedAt(addr)
}
