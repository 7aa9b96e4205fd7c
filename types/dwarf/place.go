// This file defines Place, where in the source something is declared.

package dwarf

import (
	dw "debug/dwarf"
	"fmt"
)

// Place is a line of source. Finding the file's name reads the line table, so it is found when it is asked for.
type Place struct {
	Line int // 0 when it is not known
	info *Info
	unit *unit
	file int64 // as the unit counts its files
}

// String is "shape.c:12"; "" when the place is not known.
func (p Place) String() string { return p.text(p.File()) }

func (p Place) text(file string) string {
	if file == "" || p.Line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d", file, p.Line)
}

// File is the name of the source file, as the compiler was given it; "" when it is not known. So it is after Close.
func (p Place) File() string {
	if p.info == nil {
		return ""
	}
	p.info.mu.Lock()
	defer p.info.mu.Unlock()
	if p.info.file == nil {
		return ""
	}
	return p.name()
}

// placeOf is the place the first of the entries has.
func (i *Info) placeOf(chain []entry) Place {
	for n := range chain {
		e := &chain[n]
		file, ok := e.number(dw.AttrDeclFile)
		line, _ := e.number(dw.AttrDeclLine)
		if ok || line != 0 {
			return Place{Line: int(line), info: i, unit: e.u, file: file}
		}
	}
	return Place{}
}

// name finds the file in the unit's line table.
func (p Place) name() string {
	lines := p.unit.lines()
	if lines == nil {
		return ""
	}
	return fileName(lines, p.file)
}
