// This file tests macros that call functions and read memory: against the C compiler, with a Machine that is played here.

package cdecl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"dlsh/types"
)

// What the macros of these tests call and read, as C has it. stage plays it.
const stageC = `
struct pair { int first; short second; unsigned bits : 3; struct { unsigned char c[3]; } in; };
extern int count; extern int grid[3]; extern struct pair both; extern const char *const title; extern unsigned char small;
int inc(int x); unsigned wrap(unsigned x); long far(long x); signed char low(int x); unsigned char byte(int x);
_Bool is(int x); double half(double x); float quarter(float x); void hit(int x);
int *cells(void); struct pair *two(void); int sum(int n, ...); const char *name(void); struct pair make(int a, short b);
int (*pick(void))(int); void *any(void); int old();
`

const stageBodies = `
int count = 7, grid[3] = {100, 200, 300}, cell[4] = {10, 20, 30, 40}; unsigned char small = 250;
struct pair both = {-1, 300, 5, {{1, 2, 255}}}; const char *const title = "a title";
int inc(int x) { T("inc"); return x + 1; }
unsigned wrap(unsigned x) { T("wrap"); return x - 1; }
long far(long x) { T("far"); return x * 3; }
signed char low(int x) { T("low"); return x; }
unsigned char byte(int x) { T("byte"); return x; }
_Bool is(int x) { T("is"); return x; }
double half(double x) { T("half"); return x / 2; }
float quarter(float x) { T("quarter"); return x / 4; }
void hit(int x) { T("hit"); }
int *cells(void) { T("cells"); return cell; }
struct pair *two(void) { T("two"); return &both; }
int (*pick(void))(int) { T("pick"); return inc; }
void *any(void) { T("any"); return cell; }
struct pair make(int a, short b) { T("make"); return (struct pair){.first = a, .second = b}; }
const char *name(void) { T("name"); return "a name"; }
int old(x) int x; { T("old"); return x; }
int sum(int n, ...) {
	T("sum");
	__builtin_va_list l; int s = 0;
	__builtin_va_start(l, n);
	while (n--) s += __builtin_va_arg(l, int);
	return s;
}
`

// stage is a Machine with that C library, and memory at stageAt.
type stage struct {
	t      *testing.T
	scope  *Scope
	memory []byte
	calls  []string
	fails  error
}

const stageAt = 0x1000

// Where things lie in the memory of a stage.
var stagePlaces = map[string]uint64{"count": 0x1000, "grid": 0x1010, "both": 0x1020, "cell": 0x1040, "title": 0x1060, "small": 0x1068, "make": 0x1070}

func newStage(t *testing.T) *stage {
	s := &stage{t: t, scope: NewScope(types.LinuxAMD64), memory: make([]byte, 0x100)}
	if _, err := s.scope.Declare(stageC, Options{}); err != nil {
		t.Fatal(err)
	}
	s.reset()
	return s
}

func (s *stage) reset() {
	put := func(at uint64, list ...int32) {
		for i, v := range list {
			binary.LittleEndian.PutUint32(s.memory[at-stageAt+uint64(4*i):], uint32(v))
		}
	}
	put(0x1000, 7)
	put(0x1010, 100, 200, 300)
	put(0x1020, -1, 300|5<<16)
	copy(s.memory[0x1020+7-stageAt:], "\x01\x02\xff")
	put(0x1040, 10, 20, 30, 40)
	s.memory[0x68] = 250
}

func (s *stage) Object(d *Decl) (Value, error) {
	s.calls = append(s.calls, "&"+d.Name)
	return Value{Kind: Object, Int: stagePlaces[d.Name], Type: d.Type, Foreign: d.Name}, s.fails
}

func (s *stage) Load(v Value) (Value, error) {
	if v.Int == 0x1060 {
		return StringValue("a title"), s.fails
	}
	size := s.scope.target.Size(v.Type)
	if v.Int < stageAt || v.Int+uint64(size) > stageAt+uint64(len(s.memory)) {
		return Value{}, fmt.Errorf("nothing at %#x", v.Int)
	}
	var b [8]byte
	copy(b[:], s.memory[v.Int-stageAt:][:size])
	p := s.scope.parser(Options{})
	return Value{Kind: Integer, Int: p.extend(binary.LittleEndian.Uint64(b[:]), v.Type), Type: v.Type}, s.fails
}

func (s *stage) Call(f Value, args []Value) (Value, error) {
	name := f.Foreign.(string)
	s.calls = append(s.calls, name)
	integer := func(i int64) Value { return Value{Kind: Integer, Int: uint64(i)} }
	arg := func(i int) int64 {
		v := args[i]
		if v.Foreign != nil && v.Kind == Object { // as Lua would: the machine converts what was given
			v, _ = s.Load(v)
		}
		p := s.scope.parser(Options{})
		if fn := s.scope.Lookup(name).Type; i < len(fn.Params) {
			return int64(p.convert(p.valueOf(v), fn.Params[i].Type).i)
		}
		return int64(v.Int)
	}
	switch name {
	case "inc":
		return integer(int64(int32(arg(0) + 1))), s.fails
	case "wrap":
		return integer(int64(uint32(arg(0) - 1))), s.fails
	case "far":
		return integer(arg(0) * 3), s.fails
	case "low":
		return integer(int64(int8(arg(0)))), s.fails
	case "byte":
		return integer(int64(uint8(arg(0)))), s.fails
	case "old":
		return integer(arg(0)), s.fails
	case "is":
		v := integer(0)
		if arg(0) != 0 {
			v.Int = 1
		}
		return v, s.fails
	case "half", "quarter":
		p := s.scope.parser(Options{})
		if args[0].Kind == Object {
			args[0], _ = s.Load(args[0])
		}
		x := p.convert(p.valueOf(args[0]), s.scope.Lookup(name).Type.Params[0].Type).f
		if name == "half" {
			return FloatValue(x / 2), s.fails
		}
		return FloatValue(float64(float32(x) / 4)), s.fails
	case "hit":
		return Value{}, s.fails
	case "cells", "any":
		return Value{Kind: Address, Int: 0x1040, Foreign: "the cells", Derived: true}, s.fails
	case "two":
		return Value{Kind: Address, Int: 0x1020, Foreign: "both", Derived: true}, s.fails
	case "make":
		binary.LittleEndian.PutUint32(s.memory[0x70:], uint32(arg(0)))
		binary.LittleEndian.PutUint16(s.memory[0x74:], uint16(arg(1)))
		return Value{Kind: Object, Int: 0x1070, Foreign: "made"}, s.fails
	case "pick":
		return Value{Kind: Address, Int: 1, Foreign: "inc"}, s.fails
	case "name":
		return StringValue("a name"), s.fails
	case "sum":
		total := int64(0)
		for i := range args[1:] {
			if k := args[i+1].Type.Kind; k != types.Int && k != types.UInt {
				s.t.Errorf("an int is not promoted: %v", args[i+1].Type)
			}
			total += arg(i + 1)
		}
		return integer(int64(int32(total))), s.fails
	}
	return Value{}, errors.New("no function " + name)
}

// show writes a value as the C program of againstC does.
func (s *stage) show(v Value) string {
	ty := "void"
	if v.Type != nil {
		ty = s.scope.target.Resolve(v.Type).String()
		if v.Type.Kind == types.Array {
			ty = types.PointerTo(v.Type.Elem).String() // __auto_type makes a pointer of it
		}
	}
	switch v.Kind {
	case Integer, Char:
		return fmt.Sprintf("%s %x", ty, v.Int)
	case Float:
		return fmt.Sprintf("%s %x", ty, math.Float64bits(v.Float))
	case String:
		return "const char * " + v.Bytes
	}
	return ty
}

// macroCall is a macro called with arguments, in C.
type macroCall struct{ body, args string }

// againstC has the C compiler and this package evaluate calls, and compares value, type and what was called.
func againstC(t *testing.T, list []macroCall) {
	t.Helper()
	var c strings.Builder
	c.WriteString(`
#include <stdio.h>
#include <string.h>
static char trace[10000];
#define T(name) strcat(trace, " " name)
#define TYPE(v) _Generic((v), _Bool: "_Bool", char: "char", signed char: "signed char", unsigned char: "unsigned char", short: "short", unsigned short: "unsigned short", \
	int: "int", unsigned: "unsigned int", long: "long", unsigned long: "unsigned long", long long: "long long", unsigned long long: "unsigned long long", \
	float: "float", double: "double", char *: "const char *", const char *: "const char *", int *: "int *", void *: "void *", const int *: "const int *")
#define BITS(v) ({ double d_ = _Generic((v), char *: 0, const char *: 0, int *: 0, const int *: 0, void *: 0, default: (v)); unsigned long long i_; memcpy(&i_, &d_, 8); i_; })
#define WHOLE(v) _Generic((v), float: 0, double: 0, char *: 0, const char *: 0, int *: (long long)(__SIZE_TYPE__)(v), const int *: (long long)(__SIZE_TYPE__)(v), void *: (long long)(__SIZE_TYPE__)(v), default: (v))
#define SHOW(e) do { trace[0] = 0; __auto_type v_ = (e); char *type_ = TYPE(v_); \
	if (strstr(type_, "char *")) printf("%s %s |%s\n", type_, _Generic((v_), char *: (v_), const char *: (v_), default: ""), trace); \
	else if (!strcmp(type_, "float") || !strcmp(type_, "double")) printf("%s %llx |%s\n", type_, BITS(v_), trace); \
	else if (strchr(type_, '*')) printf("%s |%s\n", type_, trace); \
	else printf("%s %llx |%s\n", type_, (long long)WHOLE(v_), trace); } while (0)
` + stageC + stageBodies)
	var decl strings.Builder
	for i, m := range list {
		fmt.Fprintf(&decl, "#define M%d(a, b) %s\n", i, m.body)
	}
	c.WriteString(decl.String())
	c.WriteString("int main(void) {\n")
	for i, m := range list {
		fmt.Fprintf(&c, "\tSHOW(M%d(%s));\n", i, m.args)
	}
	c.WriteString("\treturn 0;\n}\n")
	answers := compileAndRun(t, c.String(), "-fwrapv", "-std=gnu17")
	s := newStage(t)
	u := declare(t, s.scope, decl.String())
	for i, m := range list {
		want, calls, _ := strings.Cut(answers[i], " |")
		d := u.Find(fmt.Sprintf("M%d", i))
		if !d.Usable() {
			t.Errorf("%s: %s", m.body, d.Reason)
			continue
		}
		s.reset()
		s.calls = nil
		v, err := d.Macro.Call(s.arguments(m.args), s)
		if err != nil {
			t.Errorf("%s: %v", m.body, err)
			continue
		}
		got := s.show(v)
		if got != want {
			t.Errorf("%s with %s: C says %s, we say %s", m.body, m.args, want, got)
		}
		// In which order C evaluates the parts of an expression is its own affair.
		made, wanted := slices.DeleteFunc(s.calls, func(name string) bool { return name[0] == '&' }), strings.Fields(calls)
		slices.Sort(made)
		slices.Sort(wanted)
		if !slices.Equal(made, wanted) {
			t.Errorf("%s with %s: C calls%v, we call %v", m.body, m.args, calls, made)
		}
	}
}

// arguments makes values of arguments in C: constants, and names of variables, which are objects.
func (s *stage) arguments(text string) (list []Value) {
	for i, arg := range strings.Split(text, ", ") {
		if at, ok := stagePlaces[arg]; ok {
			list = append(list, Value{Kind: Object, Int: at, Type: s.scope.Lookup(arg).Type, Foreign: arg})
			continue
		}
		u := declare(s.t, s.scope, fmt.Sprintf("#define ARG%d %s\n", i, arg))
		list = append(list, u.Find(fmt.Sprint("ARG", i)).Value)
	}
	return list
}

func TestMacrosAgainstC(t *testing.T) {
	var list []macroCall
	for args, bodies := range map[string][]string{
		"3, 4": {
			"inc(a)", "(inc((a)) + inc(b))", "inc(inc(a) * b)", "wrap(0) + a", "wrap(a - b)", "wrap(inc(-1)) > 0", "inc(-1) - 1 < 0u", "far(a) + 1u", "far(2147483647) * b",
			"low(200)", "low(200) + 0", "+low(a)", "-byte(255)", "~byte(1)", "byte(300) << 4", "byte(-1) == low(-1)", "!inc(a)", "is(a) + is(0)", "is(5)",
			"half(a)", "half(a) + b", "quarter(a)", "quarter(a) + 1", "quarter(1) * 1.5f", "quarter(a) + half(b)", "(int)half(7)", "(unsigned char)inc(299)", "(long)inc(a)", "half(inc(a))", "(float)half(0.1)",
			"(hit(a), b)", "(inc(a), wrap(b))", "a ? inc(a) : wrap(b)", "a - 3 ? inc(a) : wrap(b)", "inc(a) ?: wrap(b)", "a > b ? half(a) : inc(b)", "a < b || inc(a)", "a > b || inc(a)", "a < b && inc(-1)", "a > b && inc(a)",
			"inc(a) && inc(-1) || inc(b)", "sizeof(inc(a))", "sizeof(far(a)) + b", "sizeof(a)", "sizeof(both) + sizeof both.second", "sizeof(grid) / sizeof(grid[0])", "_Alignof(far(a))",
			"count", "count + a", "-count", "(short)count", "small + 10", "~small", "grid[1]", "grid[a - 2] * b", "*grid", "*(grid + 2)", "both.first", "both.second + 1", "(&both)->second", "both.in.c[2]", "two()->second", "two()->in.c[a - 1]", "(*two()).first",
			"cells()[2]", "*cells()", "*(cells() + a)", "(cells() + a) - cells()", "cells() == cells()", "&cells()[1] - cells()", "cells() != 0", "!cells()", "cells() ? 1 : 2", "any() == cells()", "*(int *)any()", "((int *)any())[1]", "*(unsigned char *)cells()", "*(short *)&grid[1]",
			"cells()", "(void *)cells()", "(const int *)any()", "a ? cells() : 0", "a ? cells() : (void *)0", "a ? any() : cells()", "a ? 0 : cells()", "&both.first", "&grid[2]", "grid", "grid + a", "&count",
			"pick()(a)", "(*pick())(b)", "(inc)(a)", "(&inc)(a)", "(*inc)(a)", "(a ? inc : inc)(b)", "make(a, 70000).second", "make(a, b).first + 1",
			"sum(3, a, b, 5)", "sum(2, (char)1, small)", "sum(1, 'a')", "sum(0)", "old(a)", "name()", "title", "(a, name())", "\"lit\"", "a ? \"yes\" : \"no\"", "a ? name() : 0",
			"__builtin_expect(!!(inc(a)), 1)", "__builtin_constant_p(a) ? inc(a) : wrap(b)", "__builtin_constant_p(inc(a))", "__builtin_choose_expr(1, inc(a), half(b))", "__builtin_types_compatible_p(__typeof__(inc(a)), int)",
			"(__typeof__(far(a)))inc(a)", "(__typeof__(a))half(b)", "sizeof(__typeof__(a))", "__extension__ (inc(a))", "__builtin_bswap32(inc(a))", "__builtin_bswap16(far(a))", "__builtin_offsetof(struct pair, in.c[1]) + inc(a)",
			"a << inc(b)", "wrap(b) >> 1", "far(-a) >> 1", "far(a) % 4", "-far(a) / b", "far(a) & 7 | inc(a) ^ b",
		},
		"count, both":                 {"inc(a)", "a + 1", "-a", "sizeof(a)", "sizeof(b)", "(b).second", "(&(b))->first", "(&(b))->in.c[0] + a", "a ? (b).first : 2", "(&(a))[0]", "inc((a) + 1)", "half(a)", "sum(2, a + 1, (b).second)", "(char)(a)", "!(a)", "(a, 5)"},
		"grid, small":                 {"(a)[1]", "*(a)", "sizeof(a) / sizeof((a)[0])", "(a) + 1 != 0", "&(a)[2] - (a)", "b + 10", "sizeof(b)", "~b", "(signed char)b", "b ? (a)[0] : b"},
		"1.5, 2u":                     {"half(a)", "a * b", "quarter(a) + a", "inc(a)", "far(b) - 7", "inc(b) - 4", "inc(b) - 4u", "(b) - 3 < 0", "a > b ? a : b", "(int)a", "b ? a : 0"},
		"-1, 18446744073709551615ULL": {"inc(a)", "inc(b)", "wrap(a)", "far(b)", "a < 0", "b < 0", "a == b", "low(b)", "byte(a)", "half(b)", "quarter(b)", "is(a)", "a * 2u", "b + 1", "b * a", "(unsigned)a", "(short)b"},
		"2147483647, 'x'":             {"inc(a)", "a + 1", "a + 1u", "b", "sizeof(b)", "inc(b)", "(char)b", "wrap(b) + a"},
		"\"text\", 0":                 {"a", "sizeof(a)", "(b, a)", "\"more \" a", "a \" and more\"", "a \"\" a", "b ? a : name()", "(const char *)a", "!a", "a && b"},
	} {
		for _, body := range bodies {
			list = append(list, macroCall{body, args})
		}
	}
	againstC(t, list)
}

// Any expression whose value C defines (with -fwrapv) comes to the same.
func TestRandomMacrosAgainstC(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var list []macroCall
	values := []string{"0", "1", "-5", "3000000000", "18446744073709551615ULL", "2147483647", "(-2147483647 - 1)", "'q'", "12u", "count", "small", "077L", "(char)200", "(unsigned short)65535", "(_Bool)3"}
	for range 1000 {
		list = append(list, macroCall{randomExpression(r, 3, false), values[r.IntN(len(values))] + ", " + values[r.IntN(len(values))]})
	}
	againstC(t, list)
}

// randomExpression writes an expression of the parameters a and b: floating, or an integer.
func randomExpression(r *rand.Rand, depth int, floating bool) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	whole := func() string { return "(" + randomExpression(r, depth-1, false) + ")" }
	float := func() string { return "(" + randomExpression(r, depth-1, true) + ")" }
	if floating {
		switch {
		case depth <= 0:
			return pick("1.5", "2.5f", "0.1", "100.0", "0x1p-3")
		case r.IntN(2) == 0:
			return pick("half", "quarter") + "(" + pick(float(), whole()) + ")"
		case r.IntN(3) == 0:
			return "(" + pick("float", "double") + ")" + pick(whole(), float())
		case r.IntN(3) == 0:
			return whole() + " ? " + float() + " : " + float()
		}
		return float() + pick(" + ", " - ") + pick(float(), whole())
	}
	if depth <= 0 {
		return pick("a", "b", "1", "2u", "3L", "5ULL", "'c'", "-7", "0x80000000", "sizeof(int)", "(char)200", "count", "grid[1]", "both.first", "small", "cells()[2]", "two()->second", "*cells()", "grid[2]")
	}
	switch r.IntN(10) {
	case 0:
		return pick("-", "~", "!", "+") + whole()
	case 1:
		if r.IntN(8) == 0 {
			return "(_Bool)" + pick("a", "b", "count", "256", "inc(a)") // not of a comma: GCC 12 fails at it
		}
		return "(" + pick("char", "unsigned char", "short", "unsigned short", "int", "unsigned", "long", "unsigned long") + ")" + whole()
	case 2, 3:
		return pick("inc", "wrap", "far", "low", "byte", "is") + "(" + whole() + ")"
	case 4:
		return whole() + " ? " + whole() + " : " + whole()
	case 5:
		return whole() + pick(" && ", " || ", ", ") + whole()
	case 6:
		return whole() + pick(" << ", " >> ") + "(" + whole() + " & 7)"
	case 7:
		return whole() + pick(" / ", " % ") + pick("3", "10u", "7L", "1000ULL")
	case 8:
		return float() + pick(" < ", " > ", " == ", " != ", " <= ", " >= ") + pick(float(), whole())
	}
	return whole() + pick(" + ", " - ", " * ", " & ", " | ", " ^ ", " == ", " != ", " < ", " > ", " <= ", " >= ") + whole()
}

// What is refused, and in which words.
func TestMacrosRefused(t *testing.T) {
	s := newStage(t)
	u := declare(t, s.scope, `
		struct __attribute__((scalar_storage_order("big-endian"))) big { int i; };
		extern struct big big; static int hidden;
		#define SETS(x) (count = (x))
		#define COUNTS() count++
		#define BLOCK(x) do { inc(x); } while (0)
		#define EXPR(x) ({ inc(x); })
		#define LITERAL(x) ((struct pair){x})
		#define FEW(x) inc()
		#define MANY(x) inc(x, x)
		#define VOID(x) (hit(x) + 1)
		#define PASSVOID(x) inc(hit(x))
		#define CALLSDATA(x) count(x)
		#define NOBODY(x) nobody(x)
		#define FIELD(x, f) ((x)->f)
		#define TYPED(T, x) ((T)inc(x))
		#define SIZED(T) sizeof(T *)
		#define BITS(p) (two()->bits)
		#define BIG() (big.i)
		#define HIDDEN() hidden
		#define NOFIELD() (two()->third)
		#define STRUCT() (both + 1)
		#define ADDR(x) (&inc(x))
		#define QUOTES(x) name(#x)
		#define JOINS(x) inc(x##1)
		#define GENERIC(x) _Generic((x), int: 1)(x)
		#define BUILTIN(x) __builtin_clz(x)
		#define LINE(x) inc(__LINE__)
		#define SELF(x) SELF(x)
		#define DEREF(x) (*inc(x))
		#define FLOATS(x) (half(x) % 2)
		#define COMPLEX(x) ((double _Complex)inc(x))
		#define OPT(f, ...) sum(f __VA_OPT__(,) __VA_ARGS__)
		#define COUNTED_(a, b, c, n, ...) n
		#define COUNTED(...) COUNTED_(__VA_ARGS__, 3, 2, 1)
		#define ALSO inc
		#define HANDS(...) ALSO (__VA_ARGS__)
		#define QUOTESALL(...) name(#__VA_ARGS__)
		#define MIXED(x) inc(x##__dlsh_arg0_)`)
	for name, want := range map[string]string{
		"SETS": "it assigns", "COUNTS": "it assigns", "BLOCK": "expected an expression, found do", "EXPR": "it has statements in it", "LITERAL": "it is a compound literal",
		"FEW": "inc is passed 0 arguments, and takes 1", "MANY": "inc is passed 2 arguments, and takes 1", "VOID": "it calculates with what is no number", "PASSVOID": "a part of it is void",
		"CALLSDATA": "count is no function", "NOBODY": "nobody is not declared", "FIELD": "f is no value: it names a member", "TYPED": "expected ) after the expression, found inc",
		"SIZED": "expected an expression, found )", "BITS": "bits is a bit-field, or stored high byte first", "BIG": "i is a bit-field, or stored high byte first", "HIDDEN": "hidden: it is static: the library has no symbol for it",
		"NOFIELD": "no member third", "STRUCT": "it calculates with what is no number", "ADDR": "it is the address of what is in no memory", "QUOTES": "it joins or quotes its parameters", "JOINS": "it joins or quotes its parameters",
		"GENERIC": "_Generic is not read", "BUILTIN": "__builtin_clz is the compiler's own, and not known here", "LINE": "it is different at each place it is used", "SELF": "it expands to itself",
		"DEREF": "it is no pointer", "FLOATS": "% is not for floating numbers", "COMPLEX": "it is cast to double _Complex", "OPT": "it uses __VA_OPT__",
		"COUNTED": "it hands any number of arguments to another macro", "QUOTESALL": "it joins or quotes its parameters", "MIXED": "it joins or quotes its parameters", "HANDS": "it hands any number of arguments to another macro",
	} {
		switch d := u.Find(name); {
		case d.Reason != want:
			t.Errorf("%s: %q, want %q", d.Macro, d.Reason, want)
		case d.Kind != Macro:
			t.Errorf("%s is a %s", name, d.Kind)
		}
	}
}

// A call that goes wrong calls nothing: it is looked at as a whole first.
func TestMacroErrors(t *testing.T) {
	s := newStage(t)
	u := declare(t, s.scope, `
		#define ADDS(x, y) (inc(x) + (y))
		#define FOLLOWS(p) (inc(1) + (p)->first)
		#define SHIFTS(x) (inc(1), 1 << (x))
		#define DIVIDES(x) (inc(1) / (x))
		#define READS(p) (*(int *)(p))
		#define SAYS(x) "it is " x
		#define MANY(fmt, ...) sum(fmt, __VA_ARGS__)
		#define NONE() inc(1)
		#define TARGET (*cells())
		#define NUMBER (count + 1)`)
	opaque := Value{Kind: Opaque, Foreign: "a table"}
	three, text := IntegerValue(3), StringValue("text")
	for _, c := range []struct {
		name string
		args []Value
		want string
	}{
		{"ADDS", []Value{three}, "ADDS: 1 argument given, 2 wanted (x, y)"},
		{"NONE", []Value{three}, "NONE: 1 argument given, none wanted"},
		{"MANY", nil, "MANY: 0 arguments given, at least 1 wanted (fmt, ...)"},
		{"MANY", []Value{three}, "MANY: expected an expression, found ); it expands to sum ( fmt , __VA_ARGS__ )"},
		{"TARGET", []Value{three}, "TARGET takes no arguments"},
		{"ADDS", []Value{three, opaque}, "y is neither a number nor a string, a pointer or an object of C; it expands to ( inc ( x ) + ( y ) )"},
		{"ADDS", []Value{three, text}, "it is the address of a string"},
		{"FOLLOWS", []Value{three}, "it is no pointer"},
		{"SHIFTS", []Value{IntegerValue(70)}, "a shift of 70 bits, and int has 32"},
		{"SHIFTS", []Value{FloatValue(1)}, "<< is not for floating numbers"},
		{"DIVIDES", []Value{IntegerValue(0)}, "division by zero"},
		{"SAYS", []Value{three}, "x stands beside a string, and must be one"},
	} {
		s.calls = nil
		_, err := u.Find(c.name).Macro.Call(c.args, s)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if c.name != "DIVIDES" && len(s.calls) > 0 {
			t.Errorf("%s: it called %v", c.name, s.calls)
		}
	}
	// What the machine says comes through as it is.
	s.fails = errors.New("the line is dead")
	if _, err := u.Find("ADDS").Macro.Call([]Value{three, three}, s); err != s.fails {
		t.Errorf("%v", err)
	}
	s.fails = nil
	if _, err := u.Find("READS").Macro.Call([]Value{{Kind: Address, Int: 8, Type: types.PointerTo(types.Of(types.Int))}}, s); err == nil || err.Error() != "nothing at 0x8" {
		t.Errorf("%v", err)
	}
	// What lies in memory can be set.
	if v, err := u.Find("TARGET").Macro.Object(s); err != nil || v.Kind != Object || v.Int != 0x1040 || v.Type.Kind != types.Int {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := u.Find("NUMBER").Macro.Object(s); err == nil || !strings.Contains(err.Error(), "it is no object that can be set") {
		t.Errorf("%v", err)
	}
}

// What a macro passes on is what it was given; what it computes has C's type.
func TestMacroArguments(t *testing.T) {
	s := newStage(t)
	u := declare(t, s.scope, `
		void take(void *p, int n, const char *s, unsigned char c, double f, int (*fn)(int), int *none, ...);
		#define TAKE(p, n, s, c, f, fn, more) take((p), n, ((s)), (c), f, fn, 0, more)
		#define CAST(p, n, s, c, f, fn, more) take((void *)(p), (int)n, (const char *)(s), (c) + 0, -f, (int (*)(int))(fn), NULL, more + 0)
		#define NULL ((void *)0)
		#define LITERALS() take(NULL, 'x', "text", 300, 1, inc, 0, 1.5f, (short)-1, 1u, "rest")
		#define ANY(...) take(__VA_ARGS__)
		#define SOME(p, rest...) take(p,##rest)
		#define ONE(p, ...) take(p, 1, "", 1, 1, 0, 0, ##__VA_ARGS__)
		#define ID(x) (x)`)
	recorder := &recorder{stage: s}
	pointer := Value{Kind: Address, Int: 0x1040, Type: types.PointerTo(types.Of(types.Int)), Foreign: "a pointer"}
	table := Value{Kind: Opaque, Foreign: "a table"}
	given := func(v Value, name string) Value { v.Foreign = name; return v }
	number, text := given(IntegerValue(5), "five"), given(StringValue("s"), "a string")
	double, fn := given(FloatValue(1.5), "a half"), Value{Kind: Address, Int: 1, Type: types.PointerTo(s.scope.Lookup("inc").Type), Foreign: "a function"}
	args := []Value{pointer, number, text, number, double, fn, number}
	for _, c := range []struct {
		name string
		args []Value
		want string
	}{
		{"TAKE", args, "a pointer, five, a string, five, a half, a function, (int *)0x0, five"},
		{"TAKE", []Value{table, table, table, table, table, table, table}, "a table, a table, a table, a table, a table, a table, (int *)0x0, a table"},
		{"CAST", args, `void * of a pointer, int 5, const char * of a string, unsigned char 5, double -1.5, int (*)(int) of a function, (int *)0x0, long long 5`},
		{"LITERALS", nil, `(void *)0x0, int 120, const char * "text", unsigned char 44, double 1, inc, (int *)0x0, double 1.5, int -1, unsigned int 1, char[5] "rest"`},
		{"ANY", args, "a pointer, five, a string, five, a half, a function, five"},
		{"ONE", []Value{pointer}, `a pointer, int 1, const char * "", unsigned char 1, double 1, (int (*)(int))0x0, (int *)0x0`},
		{"ONE", []Value{pointer, number, text}, `a pointer, int 1, const char * "", unsigned char 1, double 1, (int (*)(int))0x0, (int *)0x0, five, a string`},
		{"SOME", args, "a pointer, five, a string, five, a half, a function, five"},
	} {
		v, err := u.Find(c.name).Macro.Call(c.args, recorder)
		if err != nil || recorder.got != c.want || v.Kind != NoValue || v.Type.Kind != types.Void {
			t.Errorf("%s: %s (%v), want %s", c.name, recorder.got, err, c.want)
		}
	}
	if v, err := u.Find("ID").Macro.Call([]Value{table}, nil); err != nil || v.Foreign != "a table" || v.Derived {
		t.Errorf("%+v, %v", v, err)
	}
}

// recorder notes what a function is passed.
type recorder struct {
	*stage
	got string
}

func (r *recorder) Object(d *Decl) (Value, error) {
	return Value{Kind: Object, Int: 2, Type: d.Type, Foreign: d.Name}, nil
}

func (r *recorder) Call(f Value, args []Value) (Value, error) {
	var list []string
	for _, v := range args {
		switch {
		case v.Foreign != nil && !v.Derived:
			list = append(list, v.Foreign.(string))
		case v.Foreign != nil:
			list = append(list, fmt.Sprint(v.Type, " of ", v.Foreign))
		case v.Kind == Address:
			list = append(list, v.String())
		default:
			list = append(list, fmt.Sprint(v.Type, " ", v))
		}
	}
	r.got = strings.Join(list, ", ")
	return Value{}, nil
}

// A macro may be defined before what it calls.
func TestMacroBeforeItsFunction(t *testing.T) {
	s := NewScope(types.LinuxAMD64)
	u := declare(t, s, "#define TWICE(x) twice(x)\n#define ALIAS twice\n#define MORE(x) (TWICE(x) + once(x))\n#define T word\n")
	for _, name := range []string{"TWICE", "ALIAS", "MORE", "T"} {
		if u.Find(name).Usable() {
			t.Errorf("%s is usable", name)
		}
	}
	if _, err := s.Declare("int twice(int); int broken(nothing);", Options{}); err == nil || u.Find("TWICE").Usable() {
		t.Errorf("a failed text left a trace (%v)", err)
	}
	declare(t, s, "int twice(int); typedef unsigned word;")
	for name, want := range map[string]string{"TWICE": "macro ", "ALIAS": "function ", "MORE": "macro once is not declared", "T": "type "} {
		if d := s.Lookup(name); d.Kind.String()+" "+d.Reason != want || d != u.Find(name) {
			t.Errorf("%s: %s %s, want %s", name, d.Kind, d.Reason, want)
		}
	}
	declare(t, s, "int once(int);")
	if d := s.Lookup("MORE"); !d.Usable() {
		t.Error(d.Reason)
	}
}

// A macro without parameters is a constant, or evaluated each time.
func TestMacrosEvaluatedEachTime(t *testing.T) {
	s := newStage(t)
	u := declare(t, s.scope, `
		#define FIRST (*cells())
		#define NEXT inc(count)
		#define CONSTANT (sizeof(inc(1)) + (1 || inc(1)))
		#define BOTH (inc(1), 5)
		#define PLACE (&grid[1])
		#define GRID (grid)
		#define SEEN (&both)->second`)
	for name, want := range map[string]string{"FIRST": "10", "NEXT": "8", "BOTH": "5", "PLACE": "(int *)0x1014", "GRID": "a int[3]", "SEEN": "300"} {
		d := u.Find(name)
		if d.Kind != Macro || !d.Usable() {
			t.Errorf("%s: %s %s", name, d.Kind, d.Reason)
			continue
		}
		if v, err := d.Macro.Call(nil, s); err != nil || v.String() != want {
			t.Errorf("%s: %s, %v; want %s", name, v, err, want)
		}
	}
	if d := u.Find("CONSTANT"); d.Kind != Constant || d.Value.Int != 5 {
		t.Errorf("CONSTANT: %s %s", d.Kind, d.Value)
	}
	s.memory[0] = 41
	if v, _ := u.Find("NEXT").Macro.Call(nil, s); v.Int != 42 {
		t.Errorf("NEXT: %s", v)
	}
}

// A later text may use the variadic macros of an earlier one.
func TestVariadicMacrosStay(t *testing.T) {
	s := NewScope(types.LinuxAMD64)
	declare(t, s, "#define FIELDS(type, ...) type __VA_ARGS__;\n#define LIST(n, rest...) int n, ##rest;\n#define SUM(...) sum(__VA_ARGS__)\n")
	u := declare(t, s, "struct s { FIELDS(int, a, b, c) LIST(d) LIST(e, f) };\nint SUM(int, int);\n")
	if got := describe(u.Find("sum")); got != "function int sum(int, int)" || s.target.Size(s.Tag(types.Struct, "s")) != 24 {
		t.Errorf("%s, %d", got, s.target.Size(s.Tag(types.Struct, "s")))
	}
}
