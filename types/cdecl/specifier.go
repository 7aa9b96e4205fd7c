// This file defines declaration specifiers: "static const unsigned long" (C11 6.7p1).

package cdecl

import (
	"slices"
	"strings"

	"dlsh/types"
)

// specifiers is what a declaration begins with.
type specifiers struct {
	ty          *types.Type
	storage     string // typedef, static, extern, or nothing
	inline      bool
	tagged      bool // it declares a tag or enumerators, and so needs no declarator
	attrs       attrs
	alignOfName int64 // of the typedef the type was named by
	at          token
}

// keywords are the spellings of what GCC reads as keywords, by the one this parser knows.
var keywords = map[string]string{
	"void": "void", "char": "char", "short": "short", "int": "int", "long": "long", "float": "float", "double": "double",
	"signed": "signed", "__signed": "signed", "__signed__": "signed", "unsigned": "unsigned", "_Bool": "_Bool",
	"_Complex": "_Complex", "__complex": "_Complex", "__complex__": "_Complex",
	"struct": "struct", "union": "union", "enum": "enum",
	"typeof": "typeof", "__typeof": "typeof", "__typeof__": "typeof", "typeof_unqual": "typeof", "__auto_type": "__auto_type",
	"const": "const", "__const": "const", "__const__": "const", "volatile": "volatile", "__volatile": "volatile", "__volatile__": "volatile",
	"restrict": "restrict", "__restrict": "restrict", "__restrict__": "restrict", "_Atomic": "_Atomic",
	"_Nonnull": "restrict", "_Nullable": "restrict", "_Null_unspecified": "restrict",
	"typedef": "typedef", "extern": "extern", "static": "static", "auto": "auto", "register": "register",
	"_Thread_local": "_Thread_local", "__thread": "_Thread_local", "thread_local": "_Thread_local", "constexpr": "auto",
	"inline": "inline", "__inline": "inline", "__inline__": "inline", "_Noreturn": "_Noreturn",
	"__extension__": "__extension__", "__attribute__": "__attribute__", "__attribute": "__attribute__", "__declspec": "__declspec",
	"_Alignas": "_Alignas", "alignas": "_Alignas", "sizeof": "sizeof", "_Alignof": "_Alignof", "alignof": "_Alignof", "__alignof__": "_Alignof", "__alignof": "_Alignof",
	"_Static_assert": "_Static_assert", "static_assert": "_Static_assert", "_Generic": "_Generic", "asm": "asm", "__asm__": "asm", "__asm": "asm",
	"if": "if", "else": "else", "for": "for", "while": "while", "do": "do", "switch": "switch", "case": "case", "default": "default",
	"break": "break", "continue": "continue", "return": "return", "goto": "goto",
}

// foreign are the arithmetic types of GCC's that are not types of dlsh, and what they are where they are the same as one.
var foreign = map[string]types.Kind{
	"_Float32": types.Float, "_Float64": types.Double, "_Float32x": types.Double,
	"_Float64x": types.Invalid, "_Float128": types.Invalid, "__float128": types.Invalid, "_Float128x": types.Invalid, "_Float16": types.Invalid,
	"__fp16": types.Invalid, "__bf16": types.Invalid, "__float80": types.Invalid, "__ibm128": types.Invalid,
	"__int128": types.Invalid, "__int128_t": types.Invalid, "__uint128_t": types.Invalid,
	"_Decimal32": types.Invalid, "_Decimal64": types.Invalid, "_Decimal128": types.Invalid,
	"_BitInt": types.Invalid, "_Imaginary": types.Invalid, "_Fract": types.Invalid, "_Accum": types.Invalid, "_Sat": types.Invalid,
}

// starts reports whether a token begins specifiers, and so a type name.
func (p *parser) starts(t token) bool {
	if t.kind != word {
		return false
	}
	switch keywords[t.text] {
	case "":
		if _, ok := foreign[t.text]; ok {
			return true
		}
		return p.typedef(t.text) != nil
	case "void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "_Bool", "_Complex", "struct", "union", "enum",
		"typeof", "const", "volatile", "restrict", "_Atomic", "__attribute__", "_Alignas", "__extension__",
		"typedef", "extern", "static", "register", "auto", "inline", "_Noreturn", "_Thread_local", "__declspec":
		return true
	}
	return false
}

// specifiers reads declaration specifiers, or with storage false the fewer that type names and members have.
func (p *parser) specifiers(storage bool) (sp specifiers) {
	sp.at = p.peek()
	count := map[string]int(nil)
	var order []string
	var ty *types.Type
	isConst, isVolatile, atomic := false, false, false
	named := func(t *types.Type) {
		if ty != nil || len(order) > 0 {
			p.fail(sp.at, "two types in one declaration")
		}
		ty = t
	}
words:
	for {
		t := p.peek()
		if t.kind != word {
			if p.is("[") && p.peekAt(1).text == "[" {
				p.attributes(&sp.attrs)
				continue
			}
			break
		}
		kw := keywords[t.text]
		switch kw {
		case "const":
			isConst = true
		case "volatile":
			isVolatile = true
		case "restrict", "auto", "register", "_Thread_local", "_Noreturn", "__extension__":
		case "inline":
			sp.inline = true
		case "typedef", "extern", "static":
			if !storage {
				p.fail(t, "%s is not allowed here", t.text)
			}
			if sp.storage != "" && sp.storage != kw {
				p.fail(t, "%s after %s", kw, sp.storage)
			}
			sp.storage = kw
		case "__attribute__", "__declspec":
			p.attributes(&sp.attrs)
			continue
		case "_Alignas":
			p.alignas(&sp.attrs)
			continue
		case "_Atomic":
			atomic = true
			if p.peekAt(1).text == "(" && p.peekAt(1).kind == punctuation {
				p.next()
				p.next()
				named(p.typeName())
				p.want(")", "after the type of _Atomic")
				continue
			}
		case "struct", "union":
			rec, tagged := p.record(kw)
			named(rec)
			sp.tagged = sp.tagged || tagged
			continue
		case "enum":
			named(p.enum())
			sp.tagged = true
			continue
		case "typeof":
			named(p.typeof())
			continue
		case "void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "_Bool", "_Complex":
			if ty != nil {
				if t.text == kw {
					p.fail(t, "%s after a type", t.text)
				}
			}
			if count == nil {
				count = map[string]int{}
			}
			count[kw]++
			order = append(order, kw)
		case "":
			if ty != nil || len(order) > 0 {
				if k, ok := foreign[t.text]; ok && k == types.Invalid { // unsigned __int128
					p.next()
					p.bits()
					ty, order = &types.Type{Kind: types.Invalid, Name: t.text}, nil
					continue
				}
				break words
			}
			if k, ok := foreign[t.text]; ok {
				p.next()
				p.bits()
				named(p.foreign(t.text, k))
				continue
			}
			d := p.typedef(t.text)
			if d == nil {
				p.unknownType(t)
			}
			sp.alignOfName = d.align
			named(d.named)
		default:
			break words
		}
		p.next()
	}
	sp = p.finish(sp, ty, order, count, isConst, isVolatile)
	if atomic {
		// As large a record as the machine reads in one go is aligned to its size.
		if size, align, err := p.target.Layout(sp.ty); err == nil && size > align && size <= 16 && size&(size-1) == 0 && p.target.Resolve(sp.ty).Kind != types.Array {
			sp.alignOfName = max(sp.alignOfName, size)
		}
	}
	return sp
}

// alignOf is the alignment of a type declared with a typedef that has one of its own, by itself or as an array; 0 for none.
func (sp *specifiers) alignOf(ty *types.Type) int64 {
	if sp.alignOfName == 0 {
		return 0
	}
	for ty.Kind == types.Array {
		ty = ty.Elem
	}
	if base := types.Unqualified(sp.ty); types.Unqualified(ty).Kind != base.Kind || ty.Name != base.Name || ty.Elem != base.Elem || ty.Record != base.Record {
		return 0
	}
	return sp.alignOfName
}

// bits goes over the width of a _BitInt.
func (p *parser) bits() {
	if p.is("(") {
		p.skipBrackets()
	}
	for keywords[p.peek().text] == "unsigned" || keywords[p.peek().text] == "signed" || keywords[p.peek().text] == "int" || keywords[p.peek().text] == "_Complex" {
		p.next()
	}
}

// foreign is the type behind a name of GCC's where this target has the same one.
func (p *parser) foreign(name string, k types.Kind) *types.Type {
	if k == types.Invalid {
		wide := p.target.LongDouble
		if name == "_Float64x" && wide != types.Binary64 || (name == "_Float128" || name == "__float128") && wide == types.Quad || name == "__float80" && wide == types.X87 {
			k = types.LongDouble
		}
	}
	if k != types.Invalid {
		return types.Of(k)
	}
	return &types.Type{Kind: types.Invalid, Name: name}
}

// The kinds of the words of C11 6.7.2p2, by what each counts for.
var arithmetic = map[string]types.Kind{
	"void": types.Void, "_Bool": types.Bool, "char": types.Char, "signed char": types.SChar, "unsigned char": types.UChar,
	"short": types.Short, "signed short": types.Short, "unsigned short": types.UShort,
	"": types.Int, "signed": types.Int, "unsigned": types.UInt, "long": types.Long, "signed long": types.Long, "unsigned long": types.ULong,
	"long long": types.LongLong, "signed long long": types.LongLong, "unsigned long long": types.ULongLong,
	"float": types.Float, "double": types.Double, "long double": types.LongDouble,
	"float _Complex": types.ComplexFloat, "double _Complex": types.ComplexDouble, "long double _Complex": types.ComplexLongDouble, "_Complex": types.ComplexDouble,
}

var arithmeticOrder = []string{"signed", "unsigned", "short", "long", "void", "_Bool", "char", "float", "double", "_Complex"}

// finish makes the type of what was counted.
func (p *parser) finish(sp specifiers, ty *types.Type, order []string, count map[string]int, isConst, isVolatile bool) specifiers {
	switch {
	case ty != nil:
	case len(order) == 1:
		key := order[0]
		if key == "int" {
			key = ""
		}
		ty = types.Of(arithmetic[key])
	case len(order) > 0:
		var words []string
		for _, w := range arithmeticOrder {
			for range min(count[w], 3) {
				words = append(words, w)
			}
		}
		k, ok := arithmetic[strings.Join(words, " ")]
		if count["_Complex"] == 1 && (!ok || count["int"] == 1) {
			// GCC's complex integers.
			_, ok = arithmetic[strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "_Complex" || w == "int" }), " ")]
			ok = ok && count["float"]+count["double"]+count["void"]+count["_Bool"] == 0
			ty = &types.Type{Kind: types.Invalid, Name: strings.Join(order, " ")}
		}
		wrong := count["int"] > 1 || count["int"] == 1 && (count["char"]+count["float"]+count["double"]+count["void"]+count["_Bool"] > 0)
		if !ok || wrong {
			p.fail(sp.at, "no type is made of %q", strings.Join(order, " "))
		}
		if ty == nil {
			ty = types.Of(k)
		}
	case p.peek().kind == word && keywords[p.peek().text] == "":
		p.unknownType(p.peek())
	case sp.storage != "" || isConst || isVolatile || sp.inline:
		p.fail(p.peek(), "expected a type, found %s", found(p.peek()))
	default:
		p.fail(p.peek(), "expected a declaration, found %s", found(p.peek()))
	}
	sp.ty = types.Qualified(ty, isConst, isVolatile)
	return sp
}

// typeof reads typeof(expression) and typeof(type) (GCC, "Typeof").
func (p *parser) typeof() *types.Type {
	at := p.next()
	p.want("(", "after "+at.text)
	var ty *types.Type
	if p.starts(p.peek()) {
		ty = p.typeName()
	} else {
		p.dead++
		v := p.expression()
		p.dead--
		if ty = v.t; ty == nil {
			if v.kind != later {
				p.fail(at, "the type of this expression cannot be told")
			}
			p.untyped, ty = true, types.Of(types.Int)
		}
	}
	p.want(")", "after "+at.text)
	return ty
}

// typeName reads a type name, as in a cast (C11 6.7.7).
func (p *parser) typeName() *types.Type {
	ty, _ := p.alignedName()
	return ty
}

// alignedName is typeName with the alignment of a typedef that has one of its own; 0 for none.
func (p *parser) alignedName() (ty *types.Type, align int64) {
	p.deeper()
	p.untyped = false
	sp := p.specifiers(false)
	d := p.declarator(true)
	if d.name.text != "" {
		for i := p.pos - 1; i > 0; i-- {
			if p.tokens[i] == d.name {
				if p.tokens[i-1].text == "(" {
					p.unknownType(d.name) // int (intt): a parameter's type is meant, not a name in parentheses
				}
				break
			}
		}
		p.fail(d.name, "expected a type name, found the declaration of %s", d.name.text)
	}
	ty = d.apply(p, sp.ty)
	all := sp.attrs
	p.attributes(&all)
	p.depth--
	return p.attributed(ty, all, sp.at), max(sp.alignOf(ty), all.aligned)
}

// unknownType ends with the error for a name that is no type.
func (p *parser) unknownType(t token) {
	if _, ok := argument(t); ok {
		p.fail(t, "%s is no value: it names a type", t.text)
	}
	e := p.errorAt(t, "unknown type name "+found(t))
	e.Hint = p.hint(t.text)
	panic(bail{e})
}

// typedef looks a typedef name up; nil for none. Names all targets define, such as size_t, are known without a header.
func (p *parser) typedef(name string) *Decl {
	if p.params.find(name) != nil {
		return nil
	}
	if d := p.lookup(name); d != nil {
		if d.Kind == Type {
			return d
		}
		return nil
	}
	switch name {
	case "__builtin_va_list":
		return &Decl{Kind: Type, Name: name, named: vaList(p.target)}
	case "bool":
		return &Decl{Kind: Type, Name: name, named: types.Of(types.Bool)}
	}
	if t, ok := p.target.Named(name); ok {
		return &Decl{Kind: Type, Name: name, Type: p.target.Resolve(t), named: t}
	}
	if t := p.ask(types.Typedef, name); t != nil {
		return &Decl{Kind: Type, Name: name, Type: p.target.Resolve(t), named: t}
	}
	return nil
}

// typedefOf is the type a typedef makes. A name all targets define is types' own, so that it is laid out for each.
func (p *parser) typedefOf(d *Decl) *types.Type {
	if t, ok := p.target.Named(d.Name); ok && !d.Type.Const && !d.Type.Volatile && p.target.Resolve(t).Kind == p.target.Resolve(d.Type).Kind && d.align == 0 {
		return t
	}
	return &types.Type{Kind: types.Typedef, Name: d.Name, Elem: d.Type}
}
