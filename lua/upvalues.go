// This file defines how locals that closures share stay shared when an error is caught.
//
// gopher-lua gives each closure a copy of its own of every shared local when an error is raised, as Lua does for the
// functions that the error ends. But it does so for all that are under way, those that go on behind pcall too: what a
// closure sets after that, the function it is from does not see. And under xpcall it does so for none, so that closures
// of the functions that ended look at whatever comes to lie there next. Nothing in its interface helps with that.

package lua

import (
	"reflect"
	"unsafe"

	glua "github.com/yuin/gopher-lua"
)

// Where gopher-lua keeps what it does not show. In a version that keeps it elsewhere,
// upvaluesKnown is false, and what is caught there costs what it costs in gopher-lua.
var (
	upvaluesAt, known1     = fieldOffset[glua.LState, *glua.Upvalue]("uvcache") // the shared locals of functions under way, in order
	errorHandledAt, known2 = fieldOffset[glua.LState, bool]("hasErrorFunc")     // raising an error copies nothing
	nextAt, known3         = fieldOffset[glua.Upvalue, *glua.Upvalue]("next")
	closedAt, known4       = fieldOffset[glua.Upvalue, bool]("closed") // it is a copy

	upvaluesKnown = known1 && known2 && known3 && known4
)

// fieldOffset is where a field lies in a struct, if there is one of that name and type.
func fieldOffset[Struct, Field any](name string) (offset uintptr, ok bool) {
	f, ok := reflect.TypeFor[Struct]().FieldByName(name)
	return f.Offset, ok && f.Type == reflect.TypeFor[Field]()
}

func openUpvalues(L *glua.LState) **glua.Upvalue {
	return (**glua.Upvalue)(unsafe.Add(unsafe.Pointer(L), upvaluesAt))
}

func nextUpvalue(uv *glua.Upvalue) **glua.Upvalue {
	return (**glua.Upvalue)(unsafe.Add(unsafe.Pointer(uv), nextAt))
}

// sharing calls fn, which catches errors, and has the locals that are shared before it shared after it.
func sharing(L *glua.LState, fn glua.LGFunction) int {
	if !upvaluesKnown {
		return fn(L)
	}
	var few [16]*glua.Upvalue
	shared := few[:0]
	for uv := *openUpvalues(L); uv != nil; uv = *nextUpvalue(uv) {
		shared = append(shared, uv)
	}
	n := fn(L)
	link := openUpvalues(L)
	for _, uv := range shared {
		if closed := (*bool)(unsafe.Add(unsafe.Pointer(uv), closedAt)); *closed {
			value := uv.Value()
			*closed = false
			uv.SetValue(value) // what a handler of xpcall may have set
		}
		*link = uv
		link = nextUpvalue(uv)
	}
	*link = nil
	return n
}

// keepShared puts pcall and xpcall right.
func (s *Session) keepShared(pcall, xpcall *glua.LFunction) {
	if !upvaluesKnown {
		return
	}
	for _, lf := range []*glua.LFunction{pcall, xpcall} {
		original := lf.GFunction
		lf.GFunction = func(L *glua.LState) int { return sharing(L, original) }
	}
	original := xpcall.GFunction
	xpcall.GFunction = func(L *glua.LState) int {
		fn := L.CheckFunction(1)
		L.Replace(1, L.NewFunction(func(L *glua.LState) int {
			*(*bool)(unsafe.Add(unsafe.Pointer(L), errorHandledAt)) = false
			L.Push(fn)
			L.Call(0, glua.MultRet)
			return L.GetTop()
		}))
		return original(L)
	}
}
