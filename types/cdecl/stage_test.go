// This file defines the Machine that the tests of macros play with: a small C library and its memory.

package cdecl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
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
void reset(void) {
	count = 7; small = 250; cell[0] = 10; cell[1] = 20; cell[2] = 30; cell[3] = 40; both.first = -1; both.second = 300;
	grid[0] = 100; grid[1] = 200; grid[2] = 300;
}
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

func (s *stage) Store(v, to Value) error {
	if v.Type.Kind == types.Pointer || to.Type.String() != types.Unqualified(v.Type).String() {
		s.t.Errorf("a %v is set to a %v", v.Type, to.Type)
	}
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], to.Int)
	copy(s.memory[v.Int-stageAt:], b[:s.scope.target.Size(v.Type)])
	return s.fails
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
