// Package types is the C type system of dlsh: what a type is, how large it is on
// a given target, and how C writes it down.
//
// A Type says what was declared and nothing about any machine; a Target (one
// operating system on one CPU) gives it size, alignment and signedness. The same
// Type is therefore good for every target, and a test can lay out Windows types
// on Linux.
//
//	t, _ := types.Parse("const char *")
//	types.Declare(t, "s")             // const char *s
//	types.Host().Size(t)              // 8
//
// Structs and unions are records: Target.Record says where their members and bits
// lie, by the rules of the target's own compiler, and Define writes the C that
// defines them; a Header is a whole text of such, for a compiler. Same tells whether values of one type may go
// where another is wanted.
//
// The package knows the standard library only, and no values: bytes are the
// business of packages ffi and lua.
package types

// This file defines Kind and Type.

// Kind is the shape of a type.
type Kind uint8

// The kinds. Everything from Bool to ULongLong is an integer type, everything
// from Float to LongDouble a real floating type, the next three complex (C11 6.2.5).
const (
	Invalid Kind = iota
	Void
	Bool
	Char // plain char: a type of its own, signed or not as the target says
	SChar
	UChar
	Short
	UShort
	Int
	UInt
	Long
	ULong
	LongLong
	ULongLong
	Float
	Double
	LongDouble
	ComplexFloat
	ComplexDouble
	ComplexLongDouble
	Pointer
	Array
	Func
	Enum
	Struct
	Union
	Vector  // a SIMD vector (GCC's vector_size, __m128); it can be named, not passed
	Typedef // a name for another type; Target.Resolve says which
)

var kindNames = [...]string{
	Invalid: "invalid", Void: "void", Bool: "_Bool", Char: "char", SChar: "signed char", UChar: "unsigned char",
	Short: "short", UShort: "unsigned short", Int: "int", UInt: "unsigned int", Long: "long", ULong: "unsigned long",
	LongLong: "long long", ULongLong: "unsigned long long", Float: "float", Double: "double", LongDouble: "long double",
	ComplexFloat: "float _Complex", ComplexDouble: "double _Complex", ComplexLongDouble: "long double _Complex",
	Pointer: "pointer", Array: "array", Func: "function", Enum: "enum", Struct: "struct", Union: "union", Vector: "vector",
	Typedef: "typedef",
}

// String is the C spelling of a scalar kind, or the word for a derived one.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "invalid"
}

// Integer reports whether k is one of C's integer types.
func (k Kind) Integer() bool { return k >= Bool && k <= ULongLong }

// Floating reports whether k is a real floating type.
func (k Kind) Floating() bool { return k >= Float && k <= LongDouble }

// Complex reports whether k is a complex type: two numbers of one floating type, the real part first (C11 6.2.5p13).
func (k Kind) Complex() bool { return k >= ComplexFloat && k <= ComplexLongDouble }

// Scalar reports whether values of k are one number or one address: C's scalars
// (C11 6.2.5p21) without the complex ones, which are two.
func (k Kind) Scalar() bool { return k.Integer() || k.Floating() || k == Pointer || k == Enum }

// Aggregate reports whether k is a struct or a union.
func (k Kind) Aggregate() bool { return k == Struct || k == Union }

// Incomplete is the length of an array declared as T[].
const Incomplete = -1

// Type is one C type. Types are never changed once made, so they may be shared;
// but a record that was declared without its members gets them later (C11 6.2.5p22).
type Type struct {
	Kind     Kind
	Const    bool
	Volatile bool
	Name     string       // Typedef: the name it goes by; Struct, Union, Enum: the tag, empty for none
	Elem     *Type        // Pointer: target; Array, Vector: element; Func: result; Enum: the integer type behind it; Typedef: what it names, nil where the target decides
	Len      int64        // Array, Vector: number of elements; Array: or Incomplete
	Params   []Param      // Func
	Variadic bool         // Func: ends in ", ..."
	NoProto  bool         // Func: declared with (), so nothing is known of its parameters (C11 6.7.6.3p14)
	Record   *Record      // Struct, Union: shared by all qualified versions of the type
	Values   []Enumerator // Enum
}

// Enumerator is one name of an enum.
type Enumerator struct {
	Name  string
	Value int64 // or the bits of a uint64, where the type behind is unsigned
}

// Param is one parameter of a function type. Name may be empty.
type Param struct {
	Name string
	Type *Type
}

var scalars [Typedef + 1]*Type

func init() {
	for k := Void; k <= ComplexLongDouble; k++ {
		scalars[k] = &Type{Kind: k}
	}
}

// Of gives the unqualified type of a scalar kind or void; nil for a kind that needs more than its name.
func Of(k Kind) *Type { return scalars[k] }

// PointerTo is the type "pointer to t".
func PointerTo(t *Type) *Type { return &Type{Kind: Pointer, Elem: t} }

// ArrayOf is the type "array of n t".
func ArrayOf(t *Type, n int64) *Type { return &Type{Kind: Array, Elem: t, Len: n} }

// FuncOf is a function type with unnamed parameters.
func FuncOf(result *Type, variadic bool, params ...*Type) *Type {
	f := &Type{Kind: Func, Elem: result, Variadic: variadic}
	for _, p := range params {
		f.Params = append(f.Params, Param{Type: p})
	}
	return f
}

// Qualified gives t with the qualifiers added to those it has.
func Qualified(t *Type, isConst, isVolatile bool) *Type {
	if (!isConst || t.Const) && (!isVolatile || t.Volatile) {
		return t
	}
	q := *t
	q.Const = q.Const || isConst
	q.Volatile = q.Volatile || isVolatile
	return &q
}

// Unqualified gives t without const and volatile of its own; those of a typedef it goes by stay.
func Unqualified(t *Type) *Type {
	if !t.Const && !t.Volatile {
		return t
	}
	u := *t
	u.Const, u.Volatile = false, false
	return &u
}
