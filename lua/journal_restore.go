// This file defines how what a chunk left is restored without running it again: statements made from what is there.

package lua

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"

	"dlsh/ffi"
	"dlsh/types"
)

// restorer writes the statements for one chunk.
type restorer struct {
	s    *Session
	e    *entry
	of   map[any]string  // by what is behind it, the global that stands for a library, a type or a function
	due  map[string]bool // globals of the chunk that are not written yet
	tree map[*glua.LTable]bool

	writing map[string]bool // globals that are being written, which cannot be written by their own names
}

// The most of a table that is written.
const (
	mostItems      = 1000
	mostTableDepth = 16
	mostString     = 1 << 16
)

// restore fills in instead and lost.
func (j *journal) restore(s *Session, e *entry) {
	r := &restorer{s: s, e: e, of: map[any]string{}, due: map[string]bool{}, tree: map[*glua.LTable]bool{}, writing: map[string]bool{}}
	for _, name := range e.sets {
		r.due[name] = true
	}
	for _, name := range r.globals() {
		if j.lost[name] && !r.due[name] {
			continue // a fresh process has nothing there
		}
		if key := identity(j.globals[name]); key != nil && r.of[key] == "" {
			r.of[key] = name
		}
	}
	// Text of C first, for it may be about what comes below; then libraries, types, and all that is made of them.
	for _, t := range e.texts {
		switch {
		case t.header == nil:
			r.write(t.cdef)
		case !r.due[r.of[t.header]]:
			if text, ok := r.include(t.header); ok {
				r.write(text)
			}
		}
	}
	r.libraries()
	r.records()
	for _, name := range e.sets {
		r.global(name)
	}
	r.declarations()
	for _, name := range e.sets {
		if r.due[name] && s.global(name) != glua.LNil {
			e.lost = append(e.lost, name)
		}
	}
}

// global is what a global holds.
func (s *Session) global(name string) glua.LValue {
	return s.L.Get(glua.GlobalsIndex).(*glua.LTable).RawGetString(name)
}

// globals lists the globals that may name things, those of the chunk first.
func (r *restorer) globals() []string {
	names := slices.Clone(r.e.sets)
	for name := range r.s.journal.globals {
		names = append(names, name)
	}
	slices.Sort(names[len(r.e.sets):])
	return slices.DeleteFunc(names, func(name string) bool { return !isLuaName(name) })
}

func isLuaName(name string) bool { return isName(name) && !slices.Contains(luaKeywords, name) }

// identity is what a value is, to find it again under its name; nil for what is written out wherever it stands.
func identity(lv glua.LValue) any {
	switch x := lv.(type) {
	case *glua.LFunction:
		return x
	case *glua.LUserData:
		switch v := x.Value.(type) {
		case *library:
			return v
		case *ctype:
			return v
		case *header:
			return v
		}
	}
	return nil
}

func (r *restorer) write(statement string) { r.e.instead = append(r.e.instead, statement) }

// named is the global that stands for a thing. One of the chunk's own is written now, if it is due.
func (r *restorer) named(key any) (string, bool) {
	name := r.of[key]
	if name == "" {
		return "", false
	}
	if r.due[name] && !r.writing[name] {
		r.global(name)
	}
	return name, !r.due[name]
}

// libraries opens what the chunk opened and is open still, as often as it did.
func (r *restorer) libraries() {
	var opened []opening
	unnamed := r.e.opened
	for _, name := range r.e.sets {
		ud, ok := r.s.global(name).(*glua.LUserData)
		if !ok || !r.due[name] {
			continue
		}
		if lib, ok := ud.Value.(*library); ok && lib.object.Mapped() && r.of[lib] == name {
			r.write(name + " = " + lib.opening())
			opened = append(opened, opening{object: lib.object})
			if i := slices.IndexFunc(unnamed, func(o opening) bool { return o.object == lib.object }); i >= 0 {
				unnamed = slices.Delete(slices.Clone(unnamed), i, i+1)
			}
			delete(r.due, name)
		}
	}
	for _, o := range unnamed {
		if o.object.Path != "" && o.object.Mapped() && o.object.Opens > 0 { // others may need it, though Lua has no name for it
			r.write(fmt.Sprintf("_ctypes.dlopen(%s, %d)", luaQuote(o.name.String()), o.mode))
			opened = append(opened, o)
		}
	}
	r.e.opened = opened
}

// opening is the call that opens a library as it was opened.
func (lib *library) opening() string {
	var options []string
	if lib.mode != ffi.Flags["RTLD_LOCAL"] {
		options = append(options, fmt.Sprintf("mode = %d", lib.mode))
	}
	if lib.useErrno {
		options = append(options, "use_errno = true")
	}
	if lib.plain {
		options = append(options, "debug_info = false")
	}
	name := "nil"
	if lib.name != "" {
		name = luaQuote(lib.name)
	}
	if options != nil {
		name += ", {" + strings.Join(options, ", ") + "}"
	}
	return "ctypes.CDLL(" + name + ")"
}

// include is the call that includes a header again.
func (r *restorer) include(h *header) (string, bool) {
	lib := ""
	switch x := h.how.lib.(type) {
	case glua.LString:
		lib = luaQuote(string(x))
	case *glua.LUserData:
		var ok bool
		if lib, ok = r.named(h.lib); !ok {
			lib = h.lib.opening()
		}
	}
	o := optionsText(h.how.Options, lib)
	if h.how.useErrno && o != "" {
		o = strings.TrimSuffix(o, "}") + ", use_errno = true}"
	}
	return "ctypes.include(" + luaQuote(h.name) + o + ")", h.unit != nil
}

// records writes the structs and unions that the chunk made in Lua: first what they are called, then their members,
// which may be about any of them.
func (r *restorer) records() {
	var made []*ctype
	for _, name := range r.e.sets {
		ud, ok := r.s.global(name).(*glua.LUserData)
		if !ok || !r.due[name] {
			continue
		}
		t, ok := ud.Value.(*ctype)
		if !ok || t.op != opRecord || t.rec.declared || r.of[t] != name {
			continue
		}
		text := "nil"
		if t.c.Name != "" {
			text = luaQuote(t.c.Name)
		} else if !t.rec.complete || len(t.rec.fields) == 0 {
			continue
		}
		kind := "Structure"
		for _, k := range recordKinds {
			if k.kind == t.rec.kind && k.big == t.rec.big {
				kind = k.name
				break
			}
		}
		if t.c.Name == "" { // it can only be made whole
			if fields, ok := r.members(t); ok {
				r.write(fmt.Sprintf("%s = ctypes.%s(%s%s)", name, kind, fields, r.recordOptions(t)))
				delete(r.due, name)
			}
			continue
		}
		options := r.recordOptions(t)
		if options != "" {
			options = ", nil" + options
		}
		r.write(fmt.Sprintf("%s = ctypes.%s(%s%s)", name, kind, text, options))
		delete(r.due, name)
		if t.rec.complete {
			made = append(made, t)
		}
	}
	for _, t := range made {
		if fields, ok := r.members(t); ok {
			r.write(r.of[t] + "._fields_ = " + fields)
		} else {
			r.e.lost = append(r.e.lost, r.of[t])
		}
	}
}

func (r *restorer) recordOptions(t *ctype) string {
	var parts []string
	o := t.rec.options
	if o.pack != 0 {
		parts = append(parts, fmt.Sprintf("_pack_ = %d", o.pack))
	}
	if o.align != 0 {
		parts = append(parts, fmt.Sprintf("_align_ = %d", o.align))
	}
	if o.rules == types.MS {
		parts = append(parts, `_layout_ = "ms"`)
	}
	if o.anonymous != nil {
		var names []string
		for _, name := range o.anonymous {
			names = append(names, luaQuote(name))
		}
		parts = append(parts, "_anonymous_ = {"+strings.Join(names, ", ")+"}")
	}
	if t.rec.base != nil {
		if base, ok := r.typeText(t.rec.base); ok {
			parts = append(parts, "base = "+base)
		}
	}
	if parts == nil {
		return ""
	}
	return ", {" + strings.Join(parts, ", ") + "}"
}

// members is the list of members of a record.
func (r *restorer) members(t *ctype) (string, bool) {
	list := t.c.Record.Fields
	if t.rec.base != nil && len(list) > 0 {
		list = list[1:]
	}
	var parts []string
	for _, m := range list {
		text := luaQuote(m.Type.String())
		for _, f := range t.rec.fields {
			if f.name != m.Name || f.owner != t || m.Name == "" {
				continue
			}
			of := f.t
			if t.rec.big && of.swap && of.little != nil {
				of = of.little
			}
			var ok bool
			if text, ok = r.typeText(of); f.flexible {
				text, ok = luaQuote(of.elem.c.String()+"[]"), true
			}
			if !ok {
				return "", false
			}
		}
		if m.BitField {
			text += ", " + strconv.Itoa(m.Bits)
		}
		parts = append(parts, "{"+luaQuote(m.Name)+", "+text+"}")
	}
	return "{" + strings.Join(parts, ", ") + "}", true
}

// global writes a global that is not written yet, if it can be.
func (r *restorer) global(name string) {
	if !r.due[name] || !isLuaName(name) {
		return
	}
	r.writing[name] = true
	defer delete(r.writing, name)
	lv := r.s.global(name)
	if lf, ok := lv.(*glua.LFunction); ok && !lf.IsG {
		if text, ok := r.s.functionText(name, lf); ok {
			r.write(text)
			delete(r.due, name)
		}
		return
	}
	if text, ok := r.value(lv, 0); ok {
		r.write(name + " = " + text)
		delete(r.due, name)
	}
}

// value is an expression for a value.
func (r *restorer) value(lv glua.LValue, depth int) (string, bool) {
	if name, ok := r.named(identity(lv)); ok {
		return name, true
	}
	switch x := lv.(type) {
	case *glua.LNilType:
		return "nil", true
	case glua.LBool:
		return x.String(), true
	case glua.LNumber:
		switch v := float64(x); {
		case v != v:
			return "0/0", true
		case math.IsInf(v, 0):
			return strconv.FormatFloat(math.Copysign(1, v), 'g', -1, 64) + "/0", true
		default:
			return strconv.FormatFloat(v, 'g', -1, 64), true
		}
	case glua.LString:
		return luaQuote(string(x)), len(x) <= mostString
	case *glua.LTable:
		return r.table(x, depth)
	case *glua.LFunction:
		return r.function(x)
	case *glua.LUserData:
		switch v := x.Value.(type) {
		case int64:
			return fmt.Sprintf("ctypes.int64(%q)", strconv.FormatInt(v, 10)), true
		case uint64:
			return fmt.Sprintf("ctypes.uint64(%q)", strconv.FormatUint(v, 10)), true
		case *ctype:
			return r.typeText(v)
		case *header:
			return r.include(v)
		}
	}
	return "", false
}

// table is a table of values that can be written.
func (r *restorer) table(t *glua.LTable, depth int) (string, bool) {
	if t.Metatable != glua.LNil || depth > mostTableDepth || r.tree[t] {
		return "", false
	}
	r.tree[t] = true
	defer delete(r.tree, t)
	list := sortedPairs(t)
	if len(list) > mostItems {
		return "", false
	}
	var parts []string
	for i, x := range list {
		value, ok := r.value(x.value, depth+1)
		if !ok {
			return "", false
		}
		switch key := x.key.(type) {
		case glua.LNumber:
			if float64(key) != float64(i+1) {
				value = fmt.Sprintf("[%s] = %s", strconv.FormatFloat(float64(key), 'g', -1, 64), value)
			}
		case glua.LString:
			if isLuaName(string(key)) {
				value = string(key) + " = " + value
			} else {
				value = "[" + luaQuote(string(key)) + "] = " + value
			}
		default:
			return "", false
		}
		parts = append(parts, value)
	}
	return "{" + strings.Join(parts, ", ") + "}", true
}

// function is an expression for a C function of a library, or a callback.
func (r *restorer) function(lf *glua.LFunction) (string, bool) {
	f := toFunction(lf)
	switch {
	case f == nil:
		return "", false
	case f.cb != nil:
		t, ok := r.typeText(f.cb.t)
		fn, named := r.named(identity(f.cb.fn))
		return t + "(" + fn + ")", ok && named
	case f.lib == nil:
		return "", false
	}
	lib, ok := r.named(f.lib)
	if !ok || f.lib.members.RawGetString(f.name) != lf {
		return "", false
	}
	if isLuaName(f.name) {
		return lib + "." + f.name, true
	}
	return lib + "[" + luaQuote(f.name) + "]", true
}

// declarations writes what the chunk said of functions in Lua.
func (r *restorer) declarations() {
	done := map[*function]bool{}
	for _, f := range r.e.declared {
		if done[f] || !f.lib.object.Mapped() {
			continue
		}
		done[f] = true
		name, ok := r.function(f.lua)
		if !ok {
			continue
		}
		if f.declared && f.explicit {
			var parts []string
			whole := true
			for _, t := range f.args {
				text, ok := r.typeText(t)
				whole = whole && ok && t.adapter == nil
				parts = append(parts, text)
			}
			if f.variadic && len(parts) > 0 {
				parts = append(parts, `"..."`)
			}
			if whole {
				r.write(name + ".argtypes = {" + strings.Join(parts, ", ") + "}")
			}
		}
		if !f.explicit {
			continue
		}
		switch convert, named := r.named(identity(f.convert)); {
		case f.convert != nil && named:
			r.write(name + ".restype = " + convert)
		case f.convert != nil:
		case f.result.op == opVoid:
			r.write(name + ".restype = nil")
		default:
			if text, ok := r.typeText(f.result); ok {
				r.write(name + ".restype = " + text)
			}
		}
		if check, named := r.named(identity(f.errcheck)); f.errcheck != nil && named {
			r.write(name + ".errcheck = " + check)
		}
	}
}

// typeText is an expression for a type: a global that is it, what makes it, or what C calls it.
func (r *restorer) typeText(t *ctype) (string, bool) {
	if name, ok := r.named(t); ok {
		return name, true
	}
	for name, simple := range r.s.simple {
		if simple == t && !slices.ContainsFunc(simpleAliases, func(row [2]string) bool { return row[0] == name }) {
			return "ctypes." + t.name, true
		}
	}
	inner := func(u *ctype, format string, args ...any) (string, bool) {
		text, ok := r.typeText(u)
		return fmt.Sprintf(format, append([]any{text}, args...)...), ok
	}
	switch {
	case t.swap:
		return "", false
	case t.op == opPointer && t.elem.pointer == t:
		return inner(t.elem, "ctypes.POINTER(%s)")
	case t.op == opArray && t.elem.arrays[t.length] == t:
		return inner(t.elem, "%s * %d", t.length)
	case t.op == opFunction:
		parts := make([]string, 0, 1+len(t.fn.params))
		for i, u := range append([]*ctype{t.fn.result}, t.fn.params...) {
			text, ok := r.typeText(u)
			if !ok {
				return "", false
			}
			if i == 0 && u.op == opVoid {
				text = "nil"
			}
			parts = append(parts, text)
		}
		if t.fn.useErrno {
			parts = append(parts, "{use_errno = true}")
		}
		return "ctypes.CFUNCTYPE(" + strings.Join(parts, ", ") + ")", true
	case t.enum != nil && r.s.enumTags[t.name] == t:
		var items []string
		for _, x := range t.enum.list {
			items = append(items, fmt.Sprintf("{%s, %d}", luaQuote(x.Name), x.Value))
		}
		return inner(r.s.behindEnum(t), "ctypes.Enum(%[2]s, {%[3]s}, %[1]s)", luaQuote(t.name), strings.Join(items, ", "))
	}
	spelling := t.c.String()
	if u, err := r.s.spell(spelling); err == nil && u.same(t) && u.op == t.op {
		return "ctypes.typeof(" + luaQuote(spelling) + ")", true
	}
	return "", false
}

// behindEnum is the simple type that the values of an enum are.
func (s *Session) behindEnum(t *ctype) *ctype {
	for _, row := range simpleNames {
		if u := s.simple[row[0]]; u != nil && u.op == t.op && u.size == t.size {
			return u
		}
	}
	return s.simple["c_int"]
}

// functionText is a statement that makes a global function again, from the text of the chunk it stands in; not for one
// that shares locals with it.
func (s *Session) functionText(name string, lf *glua.LFunction) (string, bool) {
	p := lf.Proto
	if p == nil || len(lf.Upvalues) > 0 {
		return "", false
	}
	for i := len(s.chunks) - 1; i >= 0; i-- {
		c := s.chunks[i]
		if c.name != p.SourceName || p.LineDefined < c.line || p.LastLineDefined > c.line+strings.Count(c.src, "\n") {
			continue
		}
		lines := strings.Split(c.src, "\n")
		text := strings.Join(lines[p.LineDefined-c.line:p.LastLineDefined-c.line+1], "\n")
		if def, ok := cutFunction(text, "function "+name+"("); ok {
			return def, true
		}
		if strings.Count(text, "function") > 1 {
			return "", false // which of them is it?
		}
		def, ok := cutFunction(text, "function")
		return name + " = " + def, ok
	}
	return "", false
}

// mostEnds is how many ends of a function are tried.
const mostEnds = 1000

// cutFunction gives the function that begins with some text, up to the first "end" that makes it whole.
func cutFunction(text, begins string) (string, bool) {
	i := strings.Index(text, begins)
	if i < 0 {
		return "", false
	}
	text = text[i:]
	statement := "" // what makes a statement of it
	if begins == "function" {
		statement = "_ = "
	}
	for end, tries := 0, 0; tries < mostEnds; tries++ {
		n := strings.Index(text[end:], "end")
		if n < 0 {
			return "", false
		}
		end += n + len("end")
		if chunk, err := parse.Parse(strings.NewReader(statement+text[:end]), ""); err == nil {
			return text[:end], len(chunk) == 1
		}
	}
	return "", false
}
