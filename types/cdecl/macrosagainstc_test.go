// This file holds macros that call functions and read memory against the C compiler: value, type and what is called.

package cdecl

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

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
#define SHOW(e) do { trace[0] = 0; reset(); __auto_type v_ = (e); char *type_ = TYPE(v_); \
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
		u := declare(s.t, s.scope, fmt.Sprintf("#undef ARG%d\n#define ARG%d %s\n", i, i, arg))
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
			"count = a", "(count = b) + 1", "small = 300", "small += 10, small", "(small -= 251) + 1", "grid[1] <<= a, grid[1]", "both.second = 70000", "(both.second |= 7, both.second)", "*cells() = b, *cells()",
			"(*(cells() + 1) *= a) + cells()[0]", "a ? (count = 1) : (small = 2)", "(a < b && (count = 0)), count", "(0 && (count = 0)), count", "count = small = 260", "count %= 4", "count ^= inc(a), count", "(&both)->first = (long)3 << 33", "*(unsigned char *)&grid[2] = 1, grid[2]", "sizeof(count = 5) + count",
			"(double)(1.0L / a)", "(double)((1.0L / a - 0.333333333333333333L) * 1e18L)", "0.1L == 0.1", "(0.1L) == 0.1L", "0.1L < 0.1", "(int)0.99999999999999999999L", "(int)0.9999999999999999999L", "1e-4000L ? 1 : 2",
			"!1e-4000L", "(double)(-(0.1L) + 0.1)", "(float)16777217.0000001L", "(float)1152921573326323713LL", "(long)9223372036854775807.0L", "(double)(9007199254740993LL + 0.0L)", "(long)(9007199254740993LL + 0.0L)", "(double)(0.1 + 0.0L)", "(_Bool)1e-4900L",
			"sizeof(a * 1.0L)", "half(0.1L)", "quarter(0.1L)", "inc(4.99999999999999999L)", "(double)-0.1L", "7.038531e-26f", "1.00000017881393432617187499f", "(double)(a ? 0.1L : b)", "(unsigned long)18446744073709551615.0L",
			"__builtin_isnan(half(a))", "__builtin_isnan(half(a) - 1.5 + __builtin_nan(\"\"))", "__builtin_isinf_sign(-__builtin_inf())", "__builtin_isfinite(quarter(a))", "__builtin_isnormal(0x1p-130f)", "__builtin_isnormal(0x1p-130)", "__builtin_isnormal(1e-4940L)",
			"!__builtin_signbit(-half(a))", "!__builtin_signbit(half(a))", "__builtin_fpclassify(0, 1, 2, 3, 4, half(a))", "__builtin_fpclassify(0, 1, 2, 3, 4, 0x1p-1060)", "__builtin_fpclassify(0, 1, 2, 3, 4, -0.0)", "__builtin_isgreater(half(a), half(b))", "__builtin_isless(half(a), quarter(b) + 1)",
			"__builtin_islessgreater(half(a), 1.5)", "__builtin_isunordered(half(a), __builtin_nan(\"\"))", "__builtin_isgreaterequal(1.5, half(a))", "__builtin_islessequal(__builtin_nan(\"\"), half(a))",
			"a << inc(b)", "wrap(b) >> 1", "far(-a) >> 1", "far(a) % 4", "-far(a) / b", "far(a) & 7 | inc(a) ^ b",
		},
		"count, both":                 {"inc(a)", "a + 1", "-a", "sizeof(a)", "sizeof(b)", "(b).second", "(&(b))->first", "(&(b))->in.c[0] + a", "a ? (b).first : 2", "(&(a))[0]", "inc((a) + 1)", "half(a)", "sum(2, a + 1, (b).second)", "(char)(a)", "!(a)", "(a, 5)", "(a) = 5, (a) + 1", "(a) += inc(a)", "(b).second = 9, (b).second", "(&(b))->first -= 3"},
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
