// This file tests macros that call functions and read memory: what is refused, what is passed, what stays. macrosagainstc_test.go
// holds their values against the C compiler.

package cdecl

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"dlsh/types"
)

// What is refused, and in which words.
func TestMacrosRefused(t *testing.T) {
	s := newStage(t)
	u := declare(t, s.scope, `
		struct __attribute__((scalar_storage_order("big-endian"))) big { int i; };
		extern struct big big; static int hidden;
		#define SETS(x) (title[0] = (x))
		#define SETSRESULT(x) (inc(x) = 1)
		#define SETSALL(x) (both = make(x, x))
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
		#define BUILTIN(x) __builtin_return_address(x)
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
		"SETS": "it sets what is const", "SETSRESULT": "it sets what is in no memory", "SETSALL": "it sets a whole struct pair", "COUNTS": "it assigns", "BLOCK": "it is a statement, not an expression", "EXPR": "it has statements in it", "LITERAL": "it is a compound literal",
		"FEW": "inc is passed 0 arguments, and takes 1", "MANY": "inc is passed 2 arguments, and takes 1", "VOID": "it calculates with what is no number", "PASSVOID": "a part of it is void",
		"CALLSDATA": "count is no function", "NOBODY": "nobody is not declared", "FIELD": "f is no value: it names a member", "TYPED": "expected ) after the expression, found inc",
		"SIZED": "expected an expression, found )", "BITS": "bits is a bit-field, or stored high byte first", "BIG": "i is a bit-field, or stored high byte first", "HIDDEN": "hidden: it is static: the library has no symbol for it",
		"NOFIELD": "no member third", "STRUCT": "it calculates with what is no number", "ADDR": "it is the address of what is in no memory", "QUOTES": "it joins or quotes its parameters", "JOINS": "it joins or quotes its parameters",
		"BUILTIN": "__builtin_return_address is the compiler's own, and not known here", "LINE": "it is different at each place it is used", "SELF": "it expands to itself",
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
