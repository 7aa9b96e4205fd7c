// This file tests the classifiers as pure functions: a C signature beside where the ABI puts each argument.

package ffi

import (
	"fmt"
	"strings"
	"testing"

	"dlsh/types"
)

// abiRow is a signature and its layout: where the arguments go, where the result is, and how many words of
// stack the call takes. stack+n is n bytes above the stack pointer at the call.
type abiRow struct {
	what           string
	result, params string // C type names; parameters are split at commas, n*T stands for n of them
	places, comes  string
	stack          int
}

// signature reads the types of a row.
func (row abiRow) signature(t *testing.T) Signature {
	t.Helper()
	var params []string
	for _, p := range strings.Split(row.params, ", ") {
		n := 1
		name := p
		if _, err := fmt.Sscanf(p, "%d*", &n); err == nil {
			name = p[strings.Index(p, "*")+1:]
		}
		for ; n > 0 && p != ""; n-- {
			params = append(params, name)
		}
	}
	return sig(t, row.result, params...)
}

// sysvPlace names a place in a System V frame.
func sysvPlace(p place) string {
	ints := []string{"rdi", "rsi", "rdx", "rcx", "r8", "r9"}
	switch w := int(p.word); {
	case w >= sysvStack:
		return fmt.Sprintf("stack+%d", 8*(w-sysvStack))
	case w == sysvST0:
		return "st0"
	case w == sysvXMM0 && p.count == 1:
		return "xmm0"
	case w == sysvRAX && p.count == 1:
		return "rax"
	case w >= sysvVecs && w < sysvVecs+sysvVecRegs:
		return fmt.Sprintf("xmm%d", w-sysvVecs)
	case w >= sysvInts && w < sysvInts+sysvIntRegs:
		return ints[w-sysvInts]
	default:
		return fmt.Sprintf("word %d", w)
	}
}

// armPlace names a place in an AAPCS64 frame: q for a register filled whole.
func armPlace(p place) string {
	vector := "d"
	if p.count == 2 {
		vector = "q"
	}
	switch w := int(p.word); {
	case w >= armStack:
		return fmt.Sprintf("stack+%d", 8*(w-armStack))
	case w == armV0:
		return vector + "0"
	case w == armX0:
		return "x0"
	case w >= armVecs && w < armVecs+2*armVecRegs:
		return fmt.Sprintf("%s%d", vector, (w-armVecs)/2)
	case w >= armInts && w < armInts+armIntRegs:
		return fmt.Sprintf("x%d", w-armInts)
	default:
		return fmt.Sprintf("word %d", w)
	}
}

func checkLayout(t *testing.T, row abiRow, l layout, name func(place) string) {
	t.Helper()
	var places []string
	for _, p := range l.args {
		places = append(places, name(p))
	}
	if got := strings.Join(places, " "); got != row.places {
		t.Errorf("%s: %s(%s)\n got %s\nwant %s", row.what, row.result, row.params, got, row.places)
	}
	if got := name(l.result); got != row.comes {
		t.Errorf("%s: the result comes in %s, want %s", row.what, got, row.comes)
	}
	if l.stack != row.stack {
		t.Errorf("%s: %d words of stack, want %d", row.what, l.stack, row.stack)
	}
	if l.stack%2 != 0 {
		t.Errorf("%s: the stack would not be aligned to 16 bytes at the call", row.what)
	}
	for _, p := range append([]place{l.result}, l.args...) {
		if int(p.word+p.count) > l.words {
			t.Errorf("%s: %s lies outside the frame of %d words", row.what, name(p), l.words)
		}
	}
}

// System V Application Binary Interface, AMD64 Architecture Processor Supplement, 3.2.3 (parameter passing).
func TestSysVLayout(t *testing.T) {
	for _, row := range []abiRow{
		{"no arguments", "void", "", "", "rax", 0},
		{"class INTEGER: the six registers in order", "int", "char, short, int, long, void *, _Bool",
			"rdi rsi rdx rcx r8 r9", "rax", 0},
		{"class SSE: registers of their own", "double", "float, double, int, float", "xmm0 xmm1 rdi xmm2", "xmm0", 0},
		{"classes do not use up each other's registers", "float", "int, double, int, double, int, double",
			"rdi xmm0 rsi xmm1 rdx xmm2", "xmm0", 0},
		{"the seventh integer goes to the stack; the stack is aligned to 16 (3.2.2)", "long", "7*long",
			"rdi rsi rdx rcx r8 r9 stack+0", "rax", 2},
		{"the ninth double goes to the stack", "double", "9*double",
			"xmm0 xmm1 xmm2 xmm3 xmm4 xmm5 xmm6 xmm7 stack+0", "xmm0", 2},
		{"every stack argument takes eight bytes, also a char", "int", "6*int, char, short, int, _Bool",
			"rdi rsi rdx rcx r8 r9 stack+0 stack+8 stack+16 stack+24", "rax", 4},
		{"a double still finds a register when the integers have run out", "int", "7*int, double, int",
			"rdi rsi rdx rcx r8 r9 stack+0 xmm0 stack+8", "rax", 2},
		{"an int still finds a register when the doubles have run out", "int", "9*double, int, double",
			"xmm0 xmm1 xmm2 xmm3 xmm4 xmm5 xmm6 xmm7 stack+0 rdi stack+8", "rax", 2},
		{"class X87: a long double is passed in memory, and comes back in st0", "long double", "int, long double, int",
			"rdi stack+0 rsi", "st0", 2},
		{"a long double on the stack is aligned to 16", "int", "7*int, long double, int",
			"rdi rsi rdx rcx r8 r9 stack+0 stack+16 stack+32", "rax", 6},
		{"and leaves no gap when it is aligned already", "int", "8*int, long double, long double",
			"rdi rsi rdx rcx r8 r9 stack+0 stack+8 stack+16 stack+32", "rax", 6},
		{"typedefs are what they name", "size_t", "wchar_t, int64_t, time_t", "rdi rsi rdx", "rax", 0},
		{"a pointer result", "char *", "const char *", "rdi", "rax", 0},
	} {
		l, err := sysvLayout(types.LinuxAMD64, row.signature(t))
		if err != nil {
			t.Errorf("%s: %v", row.what, err)
			continue
		}
		checkLayout(t, row, l, sysvPlace)
		if want := row.result == "long double"; (l.x87 == 1) != want {
			t.Errorf("%s: x87 result %v, want %v", row.what, l.x87, want)
		}
	}
}

// 3.5.7: AL tells a variadic function how many vector registers hold arguments, 0 to 8.
func TestSysVVectorCount(t *testing.T) {
	for _, row := range []struct {
		params string
		want   int
	}{
		{"const char *", 0},
		{"const char *, int, long", 0},
		{"const char *, double", 1},
		{"const char *, double, int, double", 2},
		{"const char *, long double", 0}, // in memory
		{"const char *, 8*double", 8},
		{"const char *, 12*double", 8}, // the rest on the stack
	} {
		s := abiRow{result: "int", params: row.params}.signature(t)
		s.Variadic, s.Fixed = true, 1
		l, err := sysvLayout(types.LinuxAMD64, s)
		if err != nil {
			t.Fatal(err)
		}
		if l.vector != row.want {
			t.Errorf("int(%s): al = %d, want %d", row.params, l.vector, row.want)
		}
	}
}

// Procedure Call Standard for the Arm 64-bit Architecture, 6.8.2 (parameter passing rules) and 6.9 (results).
func TestAAPCS64Layout(t *testing.T) {
	for _, row := range []abiRow{
		{"no arguments", "void", "", "", "x0", 0},
		{"C.9: integers and pointers in x0 to x7", "int", "char, short, int, long, void *, _Bool, size_t, long long",
			"x0 x1 x2 x3 x4 x5 x6 x7", "x0", 0},
		{"C.1: floating-point numbers in v0 to v7", "double", "float, int, double", "d0 x0 d1", "d0", 0},
		{"C.1: a long double fills a vector register", "long double", "long double, int, double, long double",
			"q0 x0 d1 q2", "q0", 0},
		{"C.16: the ninth integer takes eight bytes of stack (6.4.5.1: SP is a multiple of 16)", "int", "9*char",
			"x0 x1 x2 x3 x4 x5 x6 x7 stack+0", "x0", 2},
		{"the ninth double goes to the stack", "float", "10*double",
			"d0 d1 d2 d3 d4 d5 d6 d7 stack+0 stack+8", "d0", 2},
		{"C.4: a long double on the stack is aligned to 16", "int", "8*int, 8*double, int, long double, int",
			"x0 x1 x2 x3 x4 x5 x6 x7 d0 d1 d2 d3 d4 d5 d6 d7 stack+0 stack+16 stack+32", "x0", 6},
		{"doubles still find registers when the integers have run out", "int", "9*int, double",
			"x0 x1 x2 x3 x4 x5 x6 x7 stack+0 d0", "x0", 2},
		{"integers still find registers when the doubles have run out", "int", "9*double, int",
			"d0 d1 d2 d3 d4 d5 d6 d7 stack+0 x0", "x0", 2},
	} {
		l, err := aapcs64Layout(types.LinuxARM64, row.signature(t))
		if err != nil {
			t.Errorf("%s: %v", row.what, err)
			continue
		}
		checkLayout(t, row, l, armPlace)
	}
}

// Linux passes variadic arguments as named ones (AAPCS64 6.8.2, 10.2: only va_list knows the difference).
// Apple does not, and calls there are refused until its rules are written down.
func TestAAPCS64Variants(t *testing.T) {
	s := sig(t, "int", "const char *", "double", "int")
	named, err := aapcs64Layout(types.LinuxARM64, s)
	if err != nil {
		t.Fatal(err)
	}
	s.Variadic, s.Fixed = true, 1
	variadic, err := aapcs64Layout(types.LinuxARM64, s)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(named) != fmt.Sprint(variadic) {
		t.Errorf("variadic %v, named %v", variadic, named)
	}
	if _, err := aapcs64Layout(types.DarwinARM64, s); err == nil || !strings.Contains(err.Error(), "darwin/arm64") {
		t.Errorf("Apple's variant: %v, want a refusal that names it", err)
	}
}

// What no convention passes by value is refused with the argument's number and its type.
func TestLayoutRefusals(t *testing.T) {
	pair := types.ArrayOf(types.Of(types.Int), 2)
	function := types.FuncOf(types.Of(types.Int), false)
	for _, row := range []struct {
		sig  Signature
		want string
	}{
		{Signature{Params: []*types.Type{types.Of(types.Int), pair}, Result: types.Of(types.Int)}, "argument 2: int[2] cannot be passed by value"},
		{Signature{Params: []*types.Type{types.Of(types.Void)}, Result: types.Of(types.Int)}, "argument 1: void cannot be passed by value"},
		{Signature{Result: pair}, "result: int[2] cannot be passed by value"},
		{Signature{Result: function}, "result: int (void) cannot be passed by value"},
		{Signature{Params: []*types.Type{{Kind: types.Typedef, Name: "unheard_of"}}, Result: types.Of(types.Int)}, "argument 1: unheard_of cannot be passed by value"},
	} {
		for name, classify := range map[string]func(*types.Target, Signature) (layout, error){"sysv": sysvLayout, "aapcs64": aapcs64Layout} {
			target := map[string]*types.Target{"sysv": types.LinuxAMD64, "aapcs64": types.LinuxARM64}[name]
			if _, err := classify(target, row.sig); err == nil || err.Error() != row.want {
				t.Errorf("%s: error %v, want %s", name, err, row.want)
			}
		}
	}
}

// Whatever the signature, no two arguments share a word, every place lies in the frame, what is wider than a word
// is aligned on the stack, and the stack stays aligned to 16 bytes.
func FuzzLayout(f *testing.F) {
	f.Add([]byte{byte(types.Int), byte(types.Double), byte(types.LongDouble)})
	f.Add([]byte(strings.Repeat(string(rune(types.LongDouble)), 20)))
	f.Add([]byte(strings.Repeat(string([]rune{rune(types.Long), rune(types.LongDouble), rune(types.Float)}), 12)))
	f.Fuzz(func(t *testing.T, kinds []byte) {
		s := Signature{Result: types.Of(types.Double), Fixed: len(kinds)}
		for _, b := range kinds {
			s.Params = append(s.Params, types.Of(types.Bool+types.Kind(b)%(types.LongDouble-types.Bool+1)))
		}
		sysv, err := sysvLayout(types.LinuxAMD64, s)
		if err != nil {
			t.Fatal(err)
		}
		arm, err := aapcs64Layout(types.LinuxARM64, s)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range []struct {
			layout
			firstStack int32
		}{{sysv, sysvStack}, {arm, armStack}} {
			taken := make([]bool, row.words)
			for i, p := range append([]place{row.result}, row.args...) {
				if p.word < wordRegs || int(p.word+p.count) > row.words {
					t.Fatalf("place %d is %v, outside the frame of %d words", i, p, row.words)
				}
				if p.word >= row.firstStack && p.count == 2 && (p.word-row.firstStack)%2 != 0 {
					t.Fatalf("place %d is %v: not aligned to 16 bytes on the stack", i, p)
				}
				for w := p.word; w < p.word+p.count; w++ {
					if taken[w] {
						t.Fatalf("place %d is %v: word %d is taken already", i, p, w)
					}
					taken[w] = true
				}
			}
			if row.stack%2 != 0 || int(row.firstStack)+row.stack != row.words {
				t.Fatalf("%d words of stack in a frame of %d", row.stack, row.words)
			}
		}
	})
}
