// Looking into library files without loading them: ExportedSymbols, and CheckLibraryFile with what it can tell
// of a file that is no library for this process. Runs on every system; ELF is read as elf(5) describes it.

package ffi

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"
)

// A Symbol is one name that an ELF library exports (its .dynsym section): what dlsym(3) can find in it.
type Symbol struct {
	Name    string
	Func    bool   // code: a function, an ifunc, or an untyped label in an executable section
	Thread  bool   // a thread-local variable (STT_TLS)
	Weak    bool   // bound weakly (STB_WEAK)
	Hidden  bool   // an old version only, nm's name@VERSION: dlsym does not find it, dlvsym does
	Size    uint64 // in bytes; 0 where the library does not say
	Value   uint64 // address in the file's own numbering, before loading; for Thread, an offset
	Version string // such as "GLIBC_2.2.5"; empty without symbol versions
}

// ExportedSymbols gives the symbols that the ELF library at path defines for others (.dynsym, .gnu.version), for
// any processor, sorted by name. Each name comes once, in its default version if it has several. Left out are
// local and hidden symbols, sections, and the markers that carry the name of a version. A library that exports
// nothing gives none. The error is a path that cannot be read, a file that is not ELF, damaged, or stripped of
// its section headers.
func ExportedSymbols(path string) ([]Symbol, error) {
	file, err := openRegular(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer file.Close()
	symbols, err := exportedSymbols(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return symbols, nil
}

// exportedSymbols is ExportedSymbols for an open file.
func exportedSymbols(r io.ReaderAt) (symbols []Symbol, err error) {
	// debug/elf promises no more than "not hardened against adversarial inputs": it may panic.
	defer func() {
		if p := recover(); p != nil {
			symbols, err = nil, fmt.Errorf("damaged ELF file: %v", p)
		}
	}()
	head := firstBytes(r)
	if !bytes.HasPrefix(head, []byte(elf.ELFMAG)) {
		return nil, fmt.Errorf("not an ELF file but %s", looksLike(head))
	}
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, fmt.Errorf("damaged ELF file: %w", err)
	}
	defined, err := f.DynamicSymbols()
	if errors.Is(err, elf.ErrNoSymbols) {
		if len(f.Sections) == 0 {
			return nil, errors.New("the symbols cannot be listed: the section headers are stripped")
		}
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("damaged ELF file: %w", err)
	}
	for _, s := range defined {
		if isExported(s) {
			symbols = append(symbols, newSymbol(f, s))
		}
	}
	// Of several versions of a name the default one goes first, and Compact keeps the first.
	slices.SortStableFunc(symbols, func(a, b Symbol) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 || a.Hidden == b.Hidden {
			return c
		}
		if b.Hidden {
			return -1
		}
		return 1
	})
	return slices.CompactFunc(symbols, func(a, b Symbol) bool { return a.Name == b.Name }), nil
}

// isExported reports whether a symbol of .dynsym can be had from outside the library.
func isExported(s elf.Symbol) bool {
	visibility := elf.ST_VISIBILITY(s.Other)
	switch {
	case s.Name == "" || s.Section == elf.SHN_UNDEF || elf.ST_BIND(s.Info) == elf.STB_LOCAL:
		return false
	case visibility == elf.STV_HIDDEN || visibility == elf.STV_INTERNAL:
		return false
	case s.Section == elf.SHN_ABS && s.Name == s.Version:
		return false // the linker's marker for a version, such as GLIBC_2.2.5 in libc
	}
	switch elf.ST_TYPE(s.Info) {
	case elf.STT_NOTYPE, elf.STT_OBJECT, elf.STT_FUNC, elf.STT_COMMON, elf.STT_TLS, elf.STT_GNU_IFUNC:
		return true
	}
	return false
}

// newSymbol keeps what is of use of a symbol of f.
func newSymbol(f *elf.File, s elf.Symbol) Symbol {
	kind := elf.ST_TYPE(s.Info)
	code := kind == elf.STT_FUNC || kind == elf.STT_GNU_IFUNC
	// Functions written in assembler often come without a type; where they lie tells them from data.
	if i := int(s.Section); kind == elf.STT_NOTYPE && i < len(f.Sections) {
		code = f.Sections[i].Flags&elf.SHF_EXECINSTR != 0
	}
	return Symbol{
		Name:    s.Name,
		Func:    code,
		Thread:  kind == elf.STT_TLS,
		Weak:    elf.ST_BIND(s.Info) == elf.STB_WEAK,
		Hidden:  s.HasVersion && s.VersionIndex.IsHidden(),
		Size:    s.Size,
		Value:   s.Value,
		Version: s.Version,
	}
}

// sonameOf gives the name that the library at path has for itself (DT_SONAME); empty if it has none or cannot be
// read.
func sonameOf(path string) (soname string) {
	defer func() {
		if recover() != nil { // see exportedSymbols
			soname = ""
		}
	}()
	file, err := openRegular(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	f, err := elf.NewFile(file)
	if err != nil {
		return ""
	}
	names, err := f.DynString(elf.DT_SONAME)
	if err != nil || len(names) == 0 || strings.ContainsAny(names[0], "/\x00") {
		return ""
	}
	return names[0]
}

// CheckLibraryFile says why the file at path cannot be loaded into this process, in words that can follow the
// loader's own ("it is a folder, not a library"); nil when nothing is wrong that can be seen without loading it.
// The path is a file's, not a name to search for. errors.Is tells fs.ErrNotExist and fs.ErrPermission.
func CheckLibraryFile(path string) error {
	file, err := openRegular(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("it cannot be read: %w", err)
	}
	return checkLibrary(file, info.Size(), hereMachine, hereFormat)
}

// openRegular opens a file to read. It is an error, and told which, if there is none or it is not a plain file:
// opening a pipe would wait for somebody to write to it.
func openRegular(path string) (*os.File, error) {
	switch {
	case path == "":
		return nil, errors.New("the path is empty")
	case strings.ContainsRune(path, 0):
		return nil, errors.New("the path has a NUL byte in it")
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, whyNoFile(path, err)
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		return nil, errors.New("it is a folder, not a library")
	case !mode.IsRegular():
		return nil, fmt.Errorf("it is %s, not a library", specialFile(mode))
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, whyNoFile(path, err)
	}
	return file, nil
}

// whyNoFile puts an error of stat or open into words.
func whyNoFile(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: this user may not read it", fs.ErrPermission)
	case errors.Is(err, fs.ErrNotExist):
		if target, linkErr := os.Readlink(path); linkErr == nil {
			return fmt.Errorf("it is a link to %s, and that %w", target, fs.ErrNotExist)
		}
		return fmt.Errorf("the %w", fs.ErrNotExist)
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return fmt.Errorf("it cannot be opened: %w", errno)
	}
	return fmt.Errorf("it cannot be opened: %w", err)
}

// specialFile names what is neither a file nor a folder.
func specialFile(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "a special file"
}

// A machine is a processor as ELF names it (e_machine and EI_CLASS in elf(5)).
type machine struct {
	cpu   elf.Machine
	class elf.Class
	order elf.Data
}

// machines has the processors Go programs run on, by GOARCH.
var machines = map[string]machine{
	"386":      {elf.EM_386, elf.ELFCLASS32, elf.ELFDATA2LSB},
	"amd64":    {elf.EM_X86_64, elf.ELFCLASS64, elf.ELFDATA2LSB},
	"arm":      {elf.EM_ARM, elf.ELFCLASS32, elf.ELFDATA2LSB},
	"arm64":    {elf.EM_AARCH64, elf.ELFCLASS64, elf.ELFDATA2LSB},
	"loong64":  {elf.EM_LOONGARCH, elf.ELFCLASS64, elf.ELFDATA2LSB},
	"mips":     {elf.EM_MIPS, elf.ELFCLASS32, elf.ELFDATA2MSB},
	"mipsle":   {elf.EM_MIPS, elf.ELFCLASS32, elf.ELFDATA2LSB},
	"mips64":   {elf.EM_MIPS, elf.ELFCLASS64, elf.ELFDATA2MSB},
	"mips64le": {elf.EM_MIPS, elf.ELFCLASS64, elf.ELFDATA2LSB},
	"ppc64":    {elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2MSB},
	"ppc64le":  {elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2LSB},
	"riscv64":  {elf.EM_RISCV, elf.ELFCLASS64, elf.ELFDATA2LSB},
	"s390x":    {elf.EM_S390, elf.ELFCLASS64, elf.ELFDATA2MSB},
}

// cpuNames are the names people use where they differ from ELF's.
var cpuNames = map[elf.Machine]string{
	elf.EM_386: "i386", elf.EM_X86_64: "x86-64", elf.EM_AARCH64: "aarch64", elf.EM_ARM: "arm",
	elf.EM_RISCV: "riscv", elf.EM_PPC64: "ppc64", elf.EM_S390: "s390x", elf.EM_LOONGARCH: "loongarch",
}

// String is the processor's name, with what its name leaves open: "x86-64", "riscv (64-bit)".
func (m machine) String() string {
	name, ok := cpuNames[m.cpu]
	if !ok {
		name = strings.ToLower(strings.TrimPrefix(m.cpu.String(), "EM_"))
	}
	switch {
	case m.cpu == elf.EM_X86_64 && m.class == elf.ELFCLASS32:
		return "x32 (x86-64 with 32-bit pointers)"
	case m.cpu == elf.EM_PPC64 && m.order == elf.ELFDATA2LSB:
		return "ppc64le"
	case m.cpu == elf.EM_RISCV && m.class == elf.ELFCLASS64:
		return "riscv64"
	}
	return name
}

// hereMachine and hereFormat are what this process can load.
var (
	hereMachine = machines[runtime.GOARCH]
	hereFormat  = formatOf(runtime.GOOS)
)

// formatOf gives the format of an operating system's libraries, in the words of looksLike.
func formatOf(goos string) string {
	switch goos {
	case "windows":
		return formatPE
	case "darwin", "ios":
		return formatMachO
	}
	return formatELF
}

// checkLibrary is CheckLibraryFile for an open file of size bytes and a process on here that loads format.
func checkLibrary(r io.ReaderAt, size int64, here machine, format string) error {
	if size == 0 {
		return errors.New("the file is empty")
	}
	head := firstBytes(r)
	kind := looksLike(head)
	if kind != format {
		if hint := scriptTarget(head); kind == formatScript && hint != "" {
			return fmt.Errorf("it is %s, which sends the linker to %s: open that", kind, hint)
		}
		return fmt.Errorf("it is %s, not %s", kind, format)
	}
	if format != formatELF {
		return nil // PE and Mach-O files are not looked into yet
	}
	e, err := readELFHead(r)
	if err != nil {
		return err
	}
	switch {
	case e.class != here.class:
		return fmt.Errorf("it is a %s-bit file, built for %s; this process is %s-bit, %s",
			wordBits(e.class), e.machine, wordBits(here.class), here)
	case e.machine != here:
		return fmt.Errorf("it is built for %s; this process is %s", e.machine, here)
	}
	return e.check(r, size)
}

// wordBits gives "32" or "64".
func wordBits(class elf.Class) string {
	if class == elf.ELFCLASS32 {
		return "32"
	}
	return "64"
}

// An elfHead is what the loader reads of an ELF file before it maps it. Section headers are no part of it: the
// loader never looks at them, so a library may do without, and debug/elf would refuse one whose are damaged.
type elfHead struct {
	machine
	kind     elf.Type
	segments []elf.ProgHeader
	short    bool // the file ends inside the table of segments
}

// readELFHead reads the header and the segments. The error is a header that is cut or impossible.
func readELFHead(r io.ReaderAt) (elfHead, error) {
	var e elfHead
	var ident [elf.EI_NIDENT]byte
	if _, err := r.ReadAt(ident[:], 0); err != nil {
		return e, errors.New("the file ends inside its ELF header")
	}
	e.class, e.order = elf.Class(ident[elf.EI_CLASS]), elf.Data(ident[elf.EI_DATA])
	if e.class != elf.ELFCLASS32 && e.class != elf.ELFCLASS64 || e.order != elf.ELFDATA2LSB && e.order != elf.ELFDATA2MSB {
		return e, errors.New("its ELF header is damaged")
	}
	var offset int64
	var count int
	if e.class == elf.ELFCLASS64 {
		var h elf.Header64
		if !e.read(r, 0, &h) {
			return e, errors.New("the file ends inside its ELF header")
		}
		e.kind, e.cpu, offset, count = elf.Type(h.Type), elf.Machine(h.Machine), int64(h.Phoff), int(h.Phnum)
	} else {
		var h elf.Header32
		if !e.read(r, 0, &h) {
			return e, errors.New("the file ends inside its ELF header")
		}
		e.kind, e.cpu, offset, count = elf.Type(h.Type), elf.Machine(h.Machine), int64(h.Phoff), int(h.Phnum)
	}
	if e.class == elf.ELFCLASS32 {
		segments := make([]elf.Prog32, count)
		e.short = !e.read(r, offset, segments)
		for _, p := range segments {
			e.segments = append(e.segments, elf.ProgHeader{Type: elf.ProgType(p.Type), Off: uint64(p.Off), Filesz: uint64(p.Filesz)})
		}
	} else {
		segments := make([]elf.Prog64, count)
		e.short = !e.read(r, offset, segments)
		for _, p := range segments {
			e.segments = append(e.segments, elf.ProgHeader{Type: elf.ProgType(p.Type), Off: p.Off, Filesz: p.Filesz})
		}
	}
	return e, nil
}

// read fills v, of fixed size, from the file at an offset, in the file's byte order; false if the file ends before.
func (e *elfHead) read(r io.ReaderAt, offset int64, v any) bool {
	var order binary.ByteOrder = binary.LittleEndian
	if e.order == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	size := int64(binary.Size(v))
	if offset < 0 {
		return false
	}
	return binary.Read(io.NewSectionReader(r, offset, size), order, v) == nil
}

// check finds fault with a file built for this process: its kind (e_type), and its completeness.
func (e *elfHead) check(r io.ReaderAt, size int64) error {
	switch e.kind {
	case elf.ET_DYN:
	case elf.ET_EXEC:
		return errors.New("it is a program, not a shared library")
	case elf.ET_REL:
		return errors.New("it is an object file (.o), not yet linked into a shared library (cc -shared)")
	case elf.ET_CORE:
		return errors.New("it is a core dump, not a shared library")
	default:
		return fmt.Errorf("it is an ELF file of unknown type %d, not a shared library", e.kind)
	}
	if e.short {
		return errors.New("the file is cut short: it ends inside its table of segments")
	}
	dynamic := false
	for _, s := range e.segments {
		switch s.Type {
		case elf.PT_LOAD:
			// Loading this would succeed, and the first touch of the missing part be a bus error (mmap(2)).
			if end := s.Off + s.Filesz; end < s.Off || end > uint64(size) {
				return fmt.Errorf("the file is cut short: it has %d bytes of %d", size, end)
			}
		case elf.PT_DYNAMIC:
			dynamic = dynamic || s.Filesz > 0
			if e.isPIE(r, s) {
				return errors.New("it is a program (a position-independent one), not a shared library")
			}
		}
	}
	if !dynamic {
		return errors.New("it has no dynamic section: a static program, or debug information split from a library")
	}
	return nil
}

// isPIE reports whether the dynamic section marks a program (DF_1_PIE), which dlopen(3) refuses since glibc 2.30.
// Having an interpreter is no such mark: libc.so.6 has one.
func (e *elfHead) isPIE(r io.ReaderAt, dynamic elf.ProgHeader) bool {
	wordSize := int64(8)
	if e.class == elf.ELFCLASS32 {
		wordSize = 4
	}
	const maxEntries = 4096 // real ones have about thirty
	entries := min(int64(dynamic.Filesz/uint64(2*wordSize)), maxEntries)
	for i := range entries {
		tag, value, ok := e.readPair(r, int64(dynamic.Off)+i*2*wordSize)
		if !ok || elf.DynTag(tag) == elf.DT_NULL {
			return false
		}
		if elf.DynTag(tag) == elf.DT_FLAGS_1 {
			return elf.DynFlag1(value)&elf.DF_1_PIE != 0
		}
	}
	return false
}

// readPair reads an entry of the dynamic section: a tag and its value.
func (e *elfHead) readPair(r io.ReaderAt, offset int64) (tag, value uint64, ok bool) {
	if e.class == elf.ELFCLASS32 {
		var pair [2]uint32
		ok = e.read(r, offset, &pair)
		return uint64(pair[0]), uint64(pair[1]), ok
	}
	var pair [2]uint64
	ok = e.read(r, offset, &pair)
	return pair[0], pair[1], ok
}

// firstBytes gives the beginning of a file, up to 4096 bytes: enough to tell what it is.
func firstBytes(r io.ReaderAt) []byte {
	head := make([]byte, 4096)
	n, _ := r.ReadAt(head, 0)
	return head[:n]
}

// What a file may turn out to be, where a caller asks for it by name.
const (
	formatELF    = "an ELF library"
	formatPE     = "a Windows program or DLL (PE)"
	formatMachO  = "a macOS library or program (Mach-O)"
	formatScript = "a linker script (text)"
)

// magics are the first bytes of the files that people take for libraries, the longer ones first.
var magics = []struct{ bytes, kind string }{
	{elf.ELFMAG, formatELF},
	{"MZ", formatPE},
	{"\xfe\xed\xfa\xce", formatMachO},
	{"\xfe\xed\xfa\xcf", formatMachO},
	{"\xce\xfa\xed\xfe", formatMachO},
	{"\xcf\xfa\xed\xfe", formatMachO},
	{"\xca\xfe\xba\xbe\x00\x00\x00", formatMachO}, // several processors in one; a Java class has its version there
	{"\xca\xfe\xba\xbe", "a Java class"},
	{"!<arch>\n", "a static library (.a archive, for the linker only)"},
	{"!<thin>\n", "a static library (.a archive, for the linker only)"},
	{"BC\xc0\xde", "LLVM bitcode"},
	{"\x00asm", "a WebAssembly module"},
	{"PK\x03\x04", "a zip archive"},
	{"\x1f\x8b", "a gzip file"},
	{"\xfd7zXZ\x00", "an xz file"},
	{"#!", "a script (text)"},
	{"version https://git-lfs", "a Git LFS pointer (text; the library itself was not fetched)"},
}

// looksLike says what a file is, from its first bytes.
func looksLike(head []byte) string {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.bytes)) {
			return m.kind
		}
	}
	switch {
	case len(head) == 0:
		return "an empty file"
	case len(bytes.Trim(head, "\x00")) == 0:
		return "a file of zeros"
	case !isText(head):
		return "a file of unknown kind"
	case bytes.Contains(head, []byte("libtool library file")):
		return "a libtool file (.la, text)"
	case bytes.Contains(head, []byte("GNU ld script")), scriptTarget(head) != "":
		return formatScript
	}
	return "a text file"
}

// isText reports whether the bytes are UTF-8 without control characters. The last few may be half a letter.
func isText(head []byte) bool {
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError && n == 1 {
			return len(head) < utf8.UTFMax && !utf8.FullRune(head)
		}
		if r < ' ' && !strings.ContainsRune("\t\n\r\f\x1b", r) {
			return false
		}
		head = head[n:]
	}
	return true
}

// scriptTarget gives the first shared library that a linker script names in GROUP( … ) or INPUT( … ); else "".
func scriptTarget(script []byte) string {
	for _, command := range []string{"GROUP", "INPUT"} {
		_, rest, ok := bytes.Cut(script, []byte(command))
		if !ok {
			continue
		}
		rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, " \t"), []byte("("))
		if !ok {
			continue
		}
		inside, _, _ := bytes.Cut(rest, []byte(")"))
		for _, word := range bytes.Fields(inside) {
			if bytes.Contains(word, []byte(".so")) {
				return string(word)
			}
		}
	}
	return ""
}
