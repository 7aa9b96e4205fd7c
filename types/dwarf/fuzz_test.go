// This file feeds garbage to the reader: whatever the sections hold, there is an answer or an error, soon.

package dwarf

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"dlsh/types"
)

// sectionNames are the sections that the fuzzer changes.
var sectionNames = []string{".debug_info", ".debug_abbrev", ".debug_str", ".debug_types", ".debug_line", ".debug_line_str",
	".debug_str_offsets", ".debug_addr", ".debug_rnglists", ".debug_ranges"}

// image makes an ELF library of sections.
func image(t *types.Target, sections [][]byte) []byte {
	var names, body bytes.Buffer
	names.WriteByte(0)
	headers := []elf.Section64{{}}
	const headSize = 64
	add := func(name string, kind elf.SectionType, data []byte) {
		headers = append(headers, elf.Section64{Name: uint32(names.Len()), Type: uint32(kind), Off: uint64(headSize + body.Len()),
			Size: uint64(len(data)), Addralign: 1})
		names.WriteString(name + "\x00")
		body.Write(data)
	}
	for n, data := range sections {
		if len(data) > 0 {
			add(sectionNames[n], elf.SHT_PROGBITS, data)
		}
	}
	names.WriteString(".shstrtab\x00")
	headers = append(headers, elf.Section64{Name: uint32(names.Len() - len(".shstrtab\x00")), Type: uint32(elf.SHT_STRTAB),
		Off: uint64(headSize + body.Len()), Size: uint64(names.Len()), Addralign: 1})
	body.Write(names.Bytes())
	head := elf.Header64{Type: uint16(elf.ET_DYN), Machine: uint16(machines[t.Arch]), Version: 1, Shoff: uint64(headSize + body.Len()),
		Ehsize: headSize, Shentsize: 64, Shnum: uint16(len(headers)), Shstrndx: uint16(len(headers) - 1)}
	copy(head.Ident[:], elf.ELFMAG)
	head.Ident[elf.EI_CLASS], head.Ident[elf.EI_DATA], head.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1
	var out bytes.Buffer
	binary.Write(&out, binary.LittleEndian, head)
	out.Write(body.Bytes())
	binary.Write(&out, binary.LittleEndian, headers)
	return out.Bytes()
}

// askAll asks everything there is to ask.
func askAll(t testing.TB, data []byte) {
	target := types.LinuxAMD64
	f, err := newFile("fuzz.so", bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return
	}
	i, err := open(f, target)
	if err != nil || i == nil {
		return
	}
	start := time.Now()
	for addr := uint64(1); addr < 1<<14; addr += 0x55 {
		i.Locate(addr)
	}
	functions, _ := i.Functions()
	variables, _ := i.Variables()
	list, _ := i.Types()
	constants, _ := i.Constants()
	for _, name := range constants {
		i.Constant(name)
	}
	for _, name := range functions {
		if f, err := i.Function(name); err == nil && f != nil {
			types.Declare(f.Type, f.Name)
			_ = f.Decl.String()
		}
	}
	for _, name := range variables {
		if v, err := i.Variable(name); err == nil && v != nil {
			types.Declare(v.Type, v.Name)
		}
	}
	for _, name := range list {
		ty, err := i.Type(name)
		if err != nil || ty == nil {
			continue
		}
		types.Define(ty)
		size, align, err := target.Layout(ty)
		if err == nil && (size < 0 || align <= 0) {
			t.Errorf("%s has size %d and alignment %d", name, size, align)
		}
		if rec := recordIn(ty); rec != nil && rec.Given != nil {
			for n, f := range rec.Given.Fields {
				if size, _, err := target.Layout(rec.Fields[n].Type); err != nil || f.Offset < 0 || !rec.Fields[n].BitField && f.Offset+size > rec.Given.Size {
					t.Errorf("%s: member %d is at %+v in %d bytes, %v", name, n, f, rec.Given.Size, err)
				}
			}
		}
	}
	i.Close()
	if took := time.Since(start); took > 5*time.Second && flag.Lookup("test.fuzz").Value.String() != "" {
		t.Errorf("it took %v for %d bytes", took, len(data))
	}
}

func FuzzInfo(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9])
	}
	f.Fuzz(func(t *testing.T, a, b, c, d, e, f, g, h, i, j []byte) {
		askAll(t, image(types.LinuxAMD64, [][]byte{a, b, c, d, e, f, g, h, i, j}))
	})
}

// seeds are the sections of small libraries in all versions of DWARF, where there is a compiler.
func seeds(t testing.TB) (list [][][]byte) {
	list = append(list, handmade())
	if _, err := exec.LookPath("cc"); runtime.GOOS != "linux" || err != nil && os.Getenv("CI") == "" {
		return list
	}
	cc := compiler(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "a.c")
	if err := os.WriteFile(file, []byte(smallFixture+"struct node { struct node *next; enum { A, B } e; } *head; int hits = 1;\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, options := range [][]string{{"-gdwarf-2"}, {"-gdwarf-3"}, {"-gdwarf-4", "-fdebug-types-section"}, {"-gdwarf-5", "-O2"}} {
		lib := filepath.Join(dir, "lib.so")
		run(t, dir, cc, append(options, "-g", "-w", "-shared", "-fPIC", "-o", lib, file)...)
		f, err := openFile(lib)
		if err != nil {
			t.Fatal(err)
		}
		var sections [][]byte
		for _, name := range sectionNames {
			sections = append(sections, f.section(name))
		}
		f.close()
		list = append(list, sections)
	}
	return list
}

// handmade is a unit with a struct that contains itself, a typedef of itself and a pointer to nowhere.
func handmade() [][]byte {
	abbrev := []byte{
		1, 0x11, 1, 0x13, 0x0b, 0, 0, // compile_unit: language
		2, 0x13, 1, 0x03, 0x08, 0x0b, 0x0b, 0, 0, // structure_type: name, byte_size
		3, 0x0d, 0, 0x03, 0x08, 0x49, 0x13, 0x38, 0x0b, 0, 0, // member: name, type, data_member_location
		4, 0x16, 0, 0x03, 0x08, 0x49, 0x13, 0, 0, // typedef: name, type
		5, 0x0f, 0, 0x49, 0x13, 0, 0, // pointer_type: type
		6, 0x34, 0, 0x03, 0x08, 0x49, 0x13, 0x3f, 0x0c, 0, 0, // variable: name, type, external
		0,
	}
	var unit bytes.Buffer
	unit.Write([]byte{1, 0x0c})
	s := byte(11 + unit.Len())
	unit.Write([]byte{2, 's', 0, 8})
	unit.Write([]byte{3, 'm', 0, s, 0, 0, 0, 0, 0})
	loop := byte(11 + unit.Len())
	unit.Write([]byte{4, 'l', 0, loop, 0, 0, 0})
	wild := byte(11 + unit.Len())
	unit.Write([]byte{5, 0xf0, 0xff, 0, 0})
	for n, at := range []byte{s, loop, wild} {
		unit.Write([]byte{6, 'u' + byte(n), 0, at, 0, 0, 0, 1})
	}
	unit.WriteByte(0)
	var info bytes.Buffer
	binary.Write(&info, binary.LittleEndian, uint32(7+unit.Len()))
	info.Write([]byte{4, 0, 0, 0, 0, 0, 8})
	info.Write(unit.Bytes())
	return [][]byte{info.Bytes(), abbrev, nil, nil, nil, nil, nil, nil, nil, nil}
}

// Types that go round in a circle are errors, and so is what leads out of the file.
func TestCircles(t *testing.T) {
	data := image(types.LinuxAMD64, handmade())
	f, err := newFile("circle.so", bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	i, err := open(f, types.LinuxAMD64)
	if err != nil {
		t.Fatal(err)
	}
	check(t, i, [][2]string{
		{"u", "error: circle.so: the type at 0xd consists of itself"},
		{"v", "error: circle.so: the type at 0x1a consists of itself"},
		{"w", "error: circle.so: .debug_info at 0x21: it refers to 0xfff0, beyond its unit of 63 bytes"},
	})
}

// Every byte of a small library changed, and the library cut short anywhere.
func TestDamaged(t *testing.T) {
	step := 7
	if testing.Short() {
		step = 61
	}
	for _, sections := range seeds(t) {
		for n := range sections {
			for at := 0; at < len(sections[n]); at += step {
				for _, b := range []byte{0, 1, 0x7f, 0x80, 0xff} {
					changed := bytes.Clone(sections[n])
					changed[at] = b
					with := append([][]byte{}, sections...)
					with[n] = changed
					askAll(t, image(types.LinuxAMD64, with))
				}
				with := append([][]byte{}, sections...)
				with[n] = sections[n][:at]
				askAll(t, image(types.LinuxAMD64, with))
			}
		}
	}
}
