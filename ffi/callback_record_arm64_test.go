// This file defines the layouts of TestCallbackRecords on arm64 (AAPCS64, 6.8.2 and 6.9).

//go:build linux || darwin

package ffi

const recordC = `
struct floats { float a, b, c; };
struct doubles { double a, b, c, d; };
struct big { long a, b, c; };
/* homogeneous aggregates, in v0 to v2 and back in v0 to v3 */
int split(struct doubles (*f)(struct floats), int set) {
	struct floats m = { 1, 2, 4 };
	struct doubles b = f(m);
	return set ? b.a == 2 && b.b == 0 && b.c == 0 && b.d == 2 : b.a == 0 && b.b == 0 && b.c == 0 && b.d == 0;
}
/* larger than 16 bytes: a copy by reference, and the result where x8 says */
int memory(struct big (*f)(int, struct big, int), int set) {
	struct big b = { 1, 2, 3 };
	b = f(4, b, 5);
	return set ? b.a == 6 && b.b == 7 && b.c == 8 : b.a == 0 && b.b == 0 && b.c == 0;
}
`

var recordRows = []recordRow{
	{
		name: "split",
		layout: layout{
			args: []place{{pieces: []piece{{8 * armVecs, 0, 4}, {8 * (armVecs + 2), 4, 4}, {8 * (armVecs + 4), 8, 4}}}},
			result: place{pieces: []piece{
				{8 * armV0, 0, 8}, {8 * (armV0 + 2), 8, 8}, {8 * (armV0 + 4), 16, 8}, {8 * (armV0 + 6), 24, 8},
			}},
		},
		args:   [][]byte{{2: 0x80, 3: 0x3F, 7: 0x40, 10: 0x80, 11: 0x40}},
		result: []byte{7: 0x40, 31: 0x40},
	},
	{
		name: "memory",
		layout: layout{
			args:   []place{{word: armInts, count: 1}, {word: armInts + 1, count: 1, copy: armStack, size: 24}, {word: armInts + 2, count: 1}},
			result: place{word: armX8},
			memory: true,
		},
		size:   24,
		args:   [][]byte{{4, 0, 0, 0}, {0: 1, 8: 2, 16: 3, 23: 0}, {5, 0, 0, 0}},
		result: []byte{0: 6, 8: 7, 16: 8, 23: 0},
	},
}
