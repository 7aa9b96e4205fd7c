// This file tests what is made of the instructions that x86 processors refuse.

package ffi

import (
	"encoding/hex"
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	const rax, rdx, rbx, rsi, rbp, rsp, r8, r12, r13 = 0, 1, 3, 4, 6, 7, 8, 12, 13
	for _, test := range []struct {
		code, text string
		want       instruction
	}{
		{"8b 00", "mov (%rax),%eax", instruction{kind: takesMemory, base: rax, index: -1, vector: 1, length: 2}},
		{"48 8b 44 d0 08", "mov 8(%rax,%rdx,8),%rax", instruction{kind: takesMemory, base: rax, index: rdx, scale: 8, displacement: 8, vector: 1, length: 5}},
		{"49 8b 45 00", "mov (%r13),%rax", instruction{kind: takesMemory, base: r13, index: -1, vector: 1, length: 4}},
		{"4b 8b 04 20", "mov (%r8,%r12),%rax", instruction{kind: takesMemory, base: r8, index: r12, scale: 1, vector: 1, length: 4}},
		{"c7 05 10 00 00 00 01 00 00 00", "movl $1,16(%rip)", instruction{kind: takesMemory, base: -1, index: -1, relative: true, displacement: 16, vector: 1, length: 10}},
		{"ff d0", "call *%rax", instruction{kind: takesRegister, base: rax, index: -1, jumps: true}},
		{"ff 53 10", "call *16(%rbx)", instruction{kind: takesMemory, base: rbx, index: -1, displacement: 16, jumps: true, vector: 1, length: 3}},
		{"c3", "ret", instruction{kind: takesStack, base: -1, index: -1, returns: true}},
		{"55", "push %rbp", instruction{kind: takesStack, base: -1, index: -1}},
		{"f3 a4", "rep movsb", instruction{kind: takesStrings, base: -1, index: -1}},
		{"0f b6 06", "movzbl (%rsi),%eax", instruction{kind: takesMemory, base: rsi, index: -1, vector: 1, length: 3}},
		{"0f 28 45 f8", "movaps -8(%rbp),%xmm0", instruction{kind: takesMemory, base: rbp, index: -1, displacement: -8, vector: 16, length: 4}},
		{"0f 11 04 24", "movups %xmm0,(%rsp)", instruction{kind: takesMemory, base: rsp, index: -1, vector: 1, length: 4, scale: 1}},
		{"66 0f 6f 00", "movdqa (%rax),%xmm0", instruction{kind: takesMemory, base: rax, index: -1, vector: 16, length: 4}},
		{"f3 0f 6f 00", "movdqu (%rax),%xmm0", instruction{kind: takesMemory, base: rax, index: -1, vector: 1, length: 4}},
		{"0f 58 00", "addps (%rax),%xmm0", instruction{kind: takesMemory, base: rax, index: -1, vector: 16, length: 3}},
		{"c5 fc 28 00", "vmovaps (%rax),%ymm0", instruction{kind: takesMemory, base: rax, index: -1, vector: 32, length: 4}},
		{"c5 fc 58 00", "vaddps (%rax),%ymm0,%ymm0", instruction{kind: takesMemory, base: rax, index: -1, vector: 1, length: 4}},
		{"c4 c1 7c 28 00", "vmovaps (%r8),%ymm0", instruction{kind: takesMemory, base: r8, index: -1, vector: 32, length: 5}},
		{"62 f1 7c 48 28 40 01", "vmovaps 64(%rax),%zmm0", instruction{kind: takesMemory, base: rax, index: -1, displacement: 64, vector: 64, length: 7}},
		{"64 8b 04 25 28 00 00 00", "mov %fs:0x28,%eax", instruction{kind: takesMemory, base: -1, index: -1, scale: 1, displacement: 40, segment: true, vector: 1, length: 8}},
		{"a1 61 61 61 61 61 61 61 61", "movabs 0x6161616161616161,%eax", instruction{kind: takesMemory, base: -1, index: -1, displacement: 0x6161616161616161, vector: 1}},
	} {
		code, err := hex.DecodeString(strings.ReplaceAll(test.code, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := decode(code); !ok || got != test.want {
			t.Errorf("%s: got %+v, %v, want %+v", test.text, got, ok, test.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{0x48, 0x8b, 0x44, 0xd0, 0x08})
	f.Add([]byte{0x62, 0xf1, 0x7c, 0x48, 0x28, 0x40, 0x01})
	f.Fuzz(func(t *testing.T, code []byte) { decode(code) })
}
