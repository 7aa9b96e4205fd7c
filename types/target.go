// This file defines Target: sizes, alignments and signedness per operating system and CPU.

package types

import (
	"fmt"
	"math"
	"runtime"
)

// FloatFormat is how a target stores a floating type.
type FloatFormat uint8

// The formats in use. X87 is the 80-bit extended format in 16 bytes of storage
// (System V amd64, table 3.1), Quad is IEEE binary128 (AAPCS64 10.1.2).
const (
	Binary32 FloatFormat = iota
	Binary64
	X87
	Quad
)

// Target is one operating system on one CPU.
type Target struct {
	OS, Arch     string // as Go names them
	UnsignedChar bool   // plain char is unsigned (AAPCS64 10.1.2; Apple's arm64 differs)
	LongDouble   FloatFormat
	longSize     int64
	names        map[string]Kind // typedef names whose meaning depends on the target
}

// The names every target must give a meaning to, and what LP64 systems say.
// Sources: <stddef.h>, <stdint.h>, <sys/types.h> and <wchar.h> of glibc 2.36.
var lp64 = map[string]Kind{
	"size_t": ULong, "ssize_t": Long, "ptrdiff_t": Long, "intptr_t": Long, "uintptr_t": ULong,
	"int8_t": SChar, "uint8_t": UChar, "int16_t": Short, "uint16_t": UShort,
	"int32_t": Int, "uint32_t": UInt, "int64_t": Long, "uint64_t": ULong,
	"intmax_t": Long, "uintmax_t": ULong, "time_t": Long, "wchar_t": Int, "wint_t": UInt,
	"char16_t": UShort, "char32_t": UInt,
	"off_t": Long, "pid_t": Int, "uid_t": UInt, "gid_t": UInt, "mode_t": UInt, "socklen_t": UInt,
}

func with(base map[string]Kind, changes map[string]Kind) map[string]Kind {
	m := make(map[string]Kind, len(base))
	for k, v := range base {
		m[k] = v
	}
	for k, v := range changes {
		m[k] = v
	}
	return m
}

// Apple spells its 64-bit fixed-width types with long long, has a signed wint_t and a 16-bit mode_t.
var darwinNames = with(lp64, map[string]Kind{
	"int64_t": LongLong, "uint64_t": ULongLong, "wint_t": Int, "mode_t": UShort,
})

// The targets dlsh knows. Windows' long double is Microsoft's, which is double.
var (
	LinuxAMD64 = &Target{OS: "linux", Arch: "amd64", LongDouble: X87, longSize: 8, names: lp64}
	LinuxARM64 = &Target{OS: "linux", Arch: "arm64", LongDouble: Quad, longSize: 8, UnsignedChar: true,
		names: with(lp64, map[string]Kind{"wchar_t": UInt})} // AAPCS64 10.1.2: wchar_t is unsigned int
	DarwinAMD64  = &Target{OS: "darwin", Arch: "amd64", LongDouble: X87, longSize: 8, names: darwinNames}
	DarwinARM64  = &Target{OS: "darwin", Arch: "arm64", LongDouble: Binary64, longSize: 8, names: darwinNames}
	WindowsAMD64 = &Target{OS: "windows", Arch: "amd64", LongDouble: Binary64, longSize: 4,
		names: with(lp64, map[string]Kind{
			"size_t": ULongLong, "ssize_t": LongLong, "ptrdiff_t": LongLong, "intptr_t": LongLong, "uintptr_t": ULongLong,
			"int64_t": LongLong, "uint64_t": ULongLong, "intmax_t": LongLong, "uintmax_t": ULongLong,
			"time_t": LongLong, "wchar_t": UShort, "wint_t": UShort, "mode_t": UShort, "socklen_t": Int,
		})}
)

// Targets lists every target.
func Targets() []*Target {
	return []*Target{LinuxAMD64, LinuxARM64, DarwinAMD64, DarwinARM64, WindowsAMD64}
}

// Host is the target this program runs on. A system dlsh has no table for is
// taken for Linux on the same word size; the call engine refuses to call there.
func Host() *Target {
	for _, t := range Targets() {
		if t.OS == runtime.GOOS && t.Arch == runtime.GOARCH {
			return t
		}
	}
	return LinuxAMD64
}

// String is OS/Arch.
func (t *Target) String() string { return t.OS + "/" + t.Arch }

// Named gives the typedef of a name such as size_t, and false for a name this target does not define.
func (t *Target) Named(name string) (*Type, bool) {
	if _, ok := t.names[name]; !ok {
		return nil, false
	}
	return &Type{Kind: Typedef, Name: name}, true
}

// Names lists the typedef names all targets define.
func Names() []string {
	var out []string
	for n := range lp64 {
		out = append(out, n)
	}
	return out
}

// Resolve follows typedefs to the type that is meant, keeping the qualifiers met on the way.
func (t *Target) Resolve(ty *Type) *Type {
	isConst, isVolatile := false, false
	for ty.Kind == Typedef {
		isConst, isVolatile = isConst || ty.Const, isVolatile || ty.Volatile
		next := ty.Elem
		if next == nil {
			next = Of(t.names[ty.Name])
		}
		if next == nil {
			return &Type{Kind: Invalid, Name: ty.Name}
		}
		ty = next
	}
	return Qualified(ty, isConst, isVolatile)
}

// Signed reports whether an integer type holds negative numbers.
func (t *Target) Signed(ty *Type) bool {
	switch r := t.Resolve(ty); r.Kind {
	case SChar, Short, Int, Long, LongLong:
		return true
	case Char:
		return !t.UnsignedChar
	case Enum:
		return r.Elem != nil && t.Signed(r.Elem)
	}
	return false
}

// Format says how a floating type, or each part of a complex one, is stored.
func (t *Target) Format(ty *Type) FloatFormat {
	switch t.Resolve(ty).Kind {
	case Float, ComplexFloat:
		return Binary32
	case LongDouble, ComplexLongDouble:
		return t.LongDouble
	}
	return Binary64
}

// Size is sizeof(ty) in bytes; -1 for a type that has no size (void, functions, T[]).
func (t *Target) Size(ty *Type) int64 {
	size, _, err := t.Layout(ty)
	if err != nil {
		return -1
	}
	return size
}

// Align is _Alignof(ty) in bytes; -1 for a type that has none.
func (t *Target) Align(ty *Type) int64 {
	_, align, err := t.Layout(ty)
	if err != nil {
		return -1
	}
	return align
}

// Layout gives size and alignment in bytes. Every scalar of these targets is
// aligned to its own size (System V amd64 table 3.1, AAPCS64 table 3, Microsoft's x64 ABI).
// Types without a size, and arrays larger than an address can count, are errors.
func (t *Target) Layout(ty *Type) (size, align int64, err error) { return t.layout(ty, nil) }

// layout is Layout inside the records around: one that contains itself has no size.
func (t *Target) layout(ty *Type, around *outer) (size, align int64, err error) {
	r := t.Resolve(ty)
	switch r.Kind {
	case Bool, Char, SChar, UChar:
		return 1, 1, nil
	case Short, UShort:
		return 2, 2, nil
	case Int, UInt, Float:
		return 4, 4, nil
	case Long, ULong:
		return t.longSize, t.longSize, nil
	case LongLong, ULongLong, Double, Pointer:
		return 8, 8, nil
	case LongDouble:
		if t.LongDouble == Binary64 {
			return 8, 8, nil
		}
		return 16, 16, nil
	case Array:
		if r.Len == Incomplete {
			return 0, 0, fmt.Errorf("%s has no size: its length is not known", ty)
		}
		size, align, err := t.layout(r.Elem, around)
		if err != nil {
			return 0, 0, err
		}
		if size > 0 && r.Len > math.MaxInt64/size {
			return 0, 0, fmt.Errorf("%s is too large", ty)
		}
		return size * r.Len, align, nil
	case ComplexFloat:
		return 8, 4, nil // two floats (C11 6.2.5p13)
	case ComplexDouble:
		return 16, 8, nil
	case ComplexLongDouble:
		size, align, err := t.Layout(Of(LongDouble))
		return 2 * size, align, err
	case Enum:
		if r.Elem == nil {
			return 0, 0, fmt.Errorf("%s has no size: its values are not known", ty)
		}
		return t.Layout(r.Elem)
	case Struct, Union:
		l, err := t.record(r, around)
		if err != nil {
			return 0, 0, err
		}
		return l.Size, l.Align, nil
	case Vector:
		return 0, 0, fmt.Errorf("%s has no size here: SIMD vectors are not supported", ty)
	case Void:
		return 0, 0, fmt.Errorf("void has no size")
	case Func:
		return 0, 0, fmt.Errorf("a function has no size: %s", ty)
	}
	return 0, 0, fmt.Errorf("%s has no size: it is not defined on %s", ty, t)
}
