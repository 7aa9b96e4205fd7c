// This file keeps docs/ctypes-parity.md true: each name its tables call there is there in the running program, each
// name they call missing is not, and no public name of ctypes, or of dlsh's own module, is left out.

package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

const parityPage = "docs/ctypes-parity.md"

// ctypesNames are the names dir(ctypes) gives in CPython 3.13 without a leading underscore, on Linux, and what its
// source adds on Windows.
const ctypesNames = `ARRAY ArgumentError Array BigEndianStructure BigEndianUnion CDLL CFUNCTYPE DEFAULT_MODE LibraryLoader
	LittleEndianStructure LittleEndianUnion POINTER PYFUNCTYPE PyDLL RTLD_GLOBAL RTLD_LOCAL SIZEOF_TIME_T SetPointerType
	Structure Union addressof alignment byref c_bool c_buffer c_byte c_char c_char_p c_double c_float c_int c_int16 c_int32
	c_int64 c_int8 c_long c_longdouble c_longlong c_short c_size_t c_ssize_t c_time_t c_ubyte c_uint c_uint16 c_uint32
	c_uint64 c_uint8 c_ulong c_ulonglong c_ushort c_void_p c_voidp c_wchar c_wchar_p cast cdll create_string_buffer
	create_unicode_buffer get_errno memmove memset pointer py_object pydll pythonapi resize set_errno sizeof string_at util
	wintypes wstring_at
	DllCanUnloadNow DllGetClassObject FormatError GetLastError HRESULT OleDLL WINFUNCTYPE WinDLL WinError get_last_error
	oledll set_last_error windll
	util.find_library util.find_msvcrt`

// parityName is one name of the page and what is said of it.
type parityName struct {
	name, state string
	line        int
}

// present is what the middle column may say, and whether the name is there then.
var present = map[string]bool{"yes": true, "differs": true, "no": false, "later": false}

// parityNames reads the tables. Those headed "name" are about names; of others only the middle column is checked.
func parityNames(t *testing.T) (names []parityName, text string) {
	t.Helper()
	src, err := os.ReadFile(parityPage)
	if err != nil {
		t.Fatal(err)
	}
	span := regexp.MustCompile("`([^`]+)`")
	var header []string
	for i, line := range strings.Split(string(src), "\n") {
		if !strings.HasPrefix(line, "|") {
			header = nil
			continue
		}
		var cells []string
		for _, cell := range strings.Split(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		switch {
		case header == nil:
			header = cells
			continue
		case strings.HasPrefix(cells[0], "---"):
			continue
		case len(cells) != len(header):
			t.Errorf("%s:%d: %d cells, the table has %d", parityPage, i+1, len(cells), len(header))
			continue
		}
		state, note := cells[len(cells)-2], cells[len(cells)-1]
		if there, ok := present[state]; !ok {
			t.Errorf("%s:%d: %q is none of yes, differs, later, no", parityPage, i+1, state)
		} else if note == "" && (!there || state == "differs") {
			t.Errorf("%s:%d: %q wants a note that says why", parityPage, i+1, state)
		}
		if header[0] != "name" {
			continue
		}
		for _, m := range span.FindAllStringSubmatch(cells[0], -1) {
			name, _, _ := strings.Cut(m[1], "(")
			names = append(names, parityName{name, state, i + 1})
		}
	}
	return names, string(src)
}

// lookUp is Lua that prints for each line of its input, a name as the page has it, whether it is there, and the error
// if not. What begins with lib, f, T, T.x or x is looked for in all of a kind; one that has it is enough.
const lookUp = `
local Point = ctypes.Structure("Point", {{"x", "int"}, {"y", "int"}})
local lib = ctypes.CDLL(nil)
local n, a, b = ctypes.c_int(5), (ctypes.c_int * 3)(), ctypes.create_string_buffer(4)
local among = {
  lib = {lib}, f = {lib.abs}, T = {ctypes.c_int, ctypes.c_int * 3, ctypes.POINTER("int"), Point},
  x = {n, a, b, ctypes.pointer(n), Point(1, 2)}, ["T.x"] = {Point.x},
}
for line in io.lines() do
  local left, name = line:match("^(.*)%.([^.]+)$")
  local there, why = false
  for _, x in ipairs(among[left] or {left == "util" and ctypes.util or ctypes}) do
    local ok, value = pcall(function() return x[left and name or line] end)
    if ok then there = true else why = value.message end
  end
  print(there, line, why)
end`

func TestParityPage(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the page speaks of systems with dlopen") // and CDLL(nil) opens nothing there
	}
	names, text := parityNames(t)
	if len(names) < 120 {
		t.Fatalf("%d names on the page; were all tables read?", len(names))
	}
	var input strings.Builder
	for _, n := range names {
		fmt.Fprintln(&input, n.name)
	}
	cmd := exec.Command(binary, "-e", lookUp)
	cmd.Stdin = strings.NewReader(input.String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	answers := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(answers) != len(names) {
		t.Fatalf("%d answers for %d names\n%s", len(answers), len(names), out)
	}
	onPage := map[string]bool{}
	for i, n := range names {
		if onPage[n.name] {
			t.Errorf("%s:%d: %s is there twice", parityPage, n.line, n.name)
		}
		onPage[n.name] = true
		there, why, _ := strings.Cut(answers[i], "\t")
		switch ofModule := !strings.Contains(n.name, ".") || strings.HasPrefix(n.name, "util."); {
		case (there == "true") != present[n.state]:
			t.Errorf("%s:%d: %s is said to be there: %q; it is: %s", parityPage, n.line, n.name, n.state, there)
		case ofModule && there == "false" && !strings.Contains(why, "is not there: "):
			t.Errorf("%s: the error does not say why it is not there: %s", n.name, why)
		case n.state == "later" && !strings.Contains(why, "comes with the Windows work"):
			t.Errorf("%s: the error does not say that it is to come: %s", n.name, why)
		}
	}
	for _, name := range strings.Fields(ctypesNames) {
		if !onPage[name] {
			t.Errorf("%s: ctypes.%s is in no table", parityPage, name)
		}
	}
	// What dlsh adds is named somewhere, too; the system decides which RTLD_ flags there are.
	out, err = exec.Command(binary, "-e", `for name in pairs(ctypes) do print(name) end`).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range strings.Fields(string(out)) {
		if !onPage[name] && !strings.HasPrefix(name, "RTLD_") && !strings.Contains(text, "`"+name+"`") {
			t.Errorf("%s does not name ctypes.%s", parityPage, name)
		}
	}
}
