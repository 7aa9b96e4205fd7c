// This file tests what the prompt shows and completes.

package lua

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestShown(t *testing.T) {
	s := New(Options{Interactive: true})
	defer s.Close()
	for _, test := range []struct{ typed, want string }{
		{"1, 2.5, true, nil", "1\t2.5\ttrue\tnil"},
		{"=5", "5"},
		{"x = 5", ""},
		{"'plain'", "plain"},
		{"'two\\nlines'", "two\nlines"},
		{"'\\27[31mred'", `"\027[31mred"`}, // a terminal would obey
		{"'\\255'", `"\255"`},
		{"{}", "{}"},
		{"{1, 'two', {3}}", `{1, "two", {3}}`},
		{"{b = 1, a = 2, [10] = 3, ['no name'] = 4}", `{["no name"] = 4, [10] = 3, a = 2, b = 1}`},
		{"{{{1}}}", "{{{...}}}"},
		{"(function() local t = {} for i = 1, 100 do t[i] = i end return t end)()", "{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, ... 84 more}"},
		{"setmetatable({}, {__tostring = function() return 'mine' end})", "mine"},
		{"ctypes.c_int", "<class 'ctypes.c_int': int, 4 bytes>"},
		{"(ctypes.c_int * 3)(1, 2)", "c_int_Array_3(1, 2, 0)"},
	} {
		shown, err := s.Do("stdin", test.typed)
		if got := strings.Join(shown, "\t"); err != nil || got != test.want {
			t.Errorf("> %s\n got %s (%v)\nwant %s", test.typed, got, err, test.want)
		}
	}
}

func TestComplete(t *testing.T) {
	s := New(Options{Interactive: true})
	defer s.Close()
	library := compileC(t, nil, "../testdata/lib.c")
	t.Chdir(filepath.Dir(library))
	setup := `lib = ctypes.CDLL("./libtest.so"); a = (ctypes.c_int * 2)(); local_table = {first = {second = 1}}; text = "x"`
	if _, err := s.Do("stdin", setup); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		text string
		want string // the words, or some of them before "..."
	}{
		{"lib.", "_handle _name add answer scale"},
		{"lib.ad", "add"},
		{"print(lib.sc", "scale"},
		{`lib["an`, "answer"},
		{"lib.add.", "argtypes errcheck name prototype restype timeout"}, // though nobody has used it yet
		{"lib:", "declare symbols"},
		{"lib:d", "declare"},
		{"ctypes.c_int", "c_int c_int16 c_int32 c_int64 c_int8"},
		{"ctypes.util.f", "find_library"},
		{"ctypes.c_int.", "from_address from_buffer from_buffer_copy from_param in_dll"},
		{"local_table.first.s", "second"},
		{"local_table.nothing.", ""},
		{"a:", "slice"},
		{"text:up", "upper"},
		{"whi", "while"},
		{"loca", "local local_table"},
		{"x = 1..", ""},
		{"5", ""},
		{`ctypes.CDLL("./libt`, "libtest.so"},
		{"-- a comment lib.ad", "add"},
	} {
		from, words := s.Complete(test.text, len(test.text))
		if got := strings.Join(words, " "); got != test.want {
			t.Errorf("%s[Tab] offers %q, want %q", test.text, got, test.want)
		}
		if from < 0 || from > len(test.text) || !slices.IsSorted(words) {
			t.Errorf("%s[Tab]: from %d, words %q", test.text, from, words)
		}
	}
}

// -l NAME: the global that a library is bound to.
func TestGlobalName(t *testing.T) {
	for name, want := range map[string]string{
		"m": "m", "./lib.so": "lib", "./libfoo.so.1": "foo", "libfoo-2.so": "foo_2", "/usr/lib/x/libz.so": "z",
		"./end.so": "end_", "./9x.so": "_9x", "libc++.so": "c__", "./a.b.so": "a_b",
	} {
		if got := globalName(name); got != want {
			t.Errorf("globalName(%q) = %q, want %q", name, got, want)
		}
	}
}

// A chunk that nests without end is refused before it is compiled.
func TestSyntaxDepth(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	for _, src := range []string{
		"return " + strings.Repeat("not ", 1e5) + "1",
		"return " + strings.Repeat("{", 1e5) + strings.Repeat("}", 1e5),
		"x = 1 " + strings.Repeat("do ", 1e5) + strings.Repeat("end ", 1e5),
	} {
		if _, err := s.Do("deep", src); err == nil || !strings.Contains(err.Error(), "too deep") {
			t.Errorf("%.20s...: %v", src, err)
		}
	}
}
