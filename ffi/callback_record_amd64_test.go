// This file defines the layouts of TestCallbackRecords on amd64 (System V ABI, AMD64, 3.2.3).

//go:build linux || darwin

package ffi

const recordC = `
struct mixed { int a; double b; };
struct big { long a, b, c; };
struct back { double a; long b; };
/* class INTEGER and class SSE, from rdi and xmm0; the result in xmm0 and rax */
int split(struct back (*f)(struct mixed), int set) {
	struct mixed m = { 0x01020304, 1.0 };
	__builtin_memset((char *)&m + 4, 0, 4);
	struct back b = f(m);
	return set ? b.a == 2.0 && b.b == 7 : b.a == 0 && b.b == 0;
}
/* class MEMORY, on the stack between arguments that are not; the result through a pointer in rdi */
int memory(struct big (*f)(int, struct big, int), int set) {
	struct big b = { 1, 2, 3 };
	b = f(4, b, 5);
	return set ? b.a == 6 && b.b == 7 && b.c == 8 : b.a == 0 && b.b == 0 && b.c == 0;
}
/* st0 and st1 */
int complex_x87(_Complex long double (*f)(_Complex long double), int set) {
	_Complex long double x;
	__real__ x = 1; __imag__ x = 2;
	for (int i = 0; i < 1; i++) {
		x = f(x);
		if (set ? __real__ x != 1 || __imag__ x != 2 : __real__ x != 0 || __imag__ x != 0) return 0;
	}
	long double sum = 0;
	for (int i = 0; i < 20; i++) sum += i;
	return sum == 190;
}
`

var (
	oneX87 = []byte{7: 0x80, 8: 0xFF, 9: 0x3F, 15: 0}
	twoX87 = []byte{7: 0x80, 8: 0x00, 9: 0x40, 15: 0}
)

var recordRows = []recordRow{
	{
		name: "split",
		layout: layout{
			args:   []place{{pieces: []piece{{8 * sysvInts, 0, 8}, {8 * sysvVecs, 8, 8}}}},
			result: place{pieces: []piece{{8 * sysvXMM0, 0, 8}, {8 * sysvRAX, 8, 8}}},
		},
		args:   [][]byte{{0: 4, 1: 3, 2: 2, 3: 1, 14: 0xF0, 15: 0x3F}},
		result: []byte{7: 0x40, 8: 7, 15: 0},
	},
	{
		name: "memory",
		layout: layout{
			args:   []place{{word: sysvInts + 1, count: 1}, {word: sysvStack, count: 3}, {word: sysvInts + 2, count: 1}},
			result: place{word: sysvInts},
			memory: true,
		},
		size:   24,
		args:   [][]byte{{4, 0, 0, 0}, {0: 1, 8: 2, 16: 3, 23: 0}, {5, 0, 0, 0}},
		result: []byte{0: 6, 8: 7, 16: 8, 23: 0},
	},
	{
		name: "complex_x87",
		layout: layout{
			args:   []place{{word: sysvStack, count: 4}},
			result: place{word: sysvST0, count: 4},
			x87:    2,
		},
		args:   [][]byte{oneX87[:10]},
		result: append(oneX87[:16:16], twoX87...),
	},
}
