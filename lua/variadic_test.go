// This file tests what the variable part of a call becomes: by the format where there is one, by C's promotions otherwise.

package lua

import (
	"strings"
	"testing"
)

func TestFormatWants(t *testing.T) {
	for _, test := range []struct {
		format, want string
		numbered     bool
	}{
		{format: "no conversions, 100%% plain", want: ""},
		{format: "%d %i %u %x %X %o %c", want: "ddddddd"},
		{format: "%hhd %hd %ld %lld %zu %jd %td %qd", want: "dddddddd"},
		{format: "%f %F %e %E %g %G %a %A", want: "ffffffff"},
		{format: "%lf %.3f %-+ #08.2f", want: "fff"},
		{format: "%Lf %Lg", want: "LL"},
		{format: "%s %.5s %ls", want: "sss"},
		{format: "%p %n", want: "pp"},
		{format: "%*d %.*f %*.*f", want: "dd" + "df" + "ddf"},
		{format: "%m is errno, it takes nothing; %d", want: "d"},
		{format: "%1$d %2$s", numbered: true},
		{format: "ends in %", want: ""},
		{format: "ends in %-05", want: ""},
		{format: "", want: ""},
	} {
		got, ok := formatWants(test.format)
		if ok == test.numbered || string(got) != test.want {
			t.Errorf("formatWants(%q) = %q, %v; want %q", test.format, got, ok, test.want)
		}
	}
}

// Every line is Lua: the call to snprintf's arguments after the size, and what it prints or says.
func TestVariadicCalls(t *testing.T) {
	s := New(Options{Interactive: true})
	defer s.Close()
	setup := `libc = ctypes.CDLL("libc.so.6")
		buf = ctypes.create_string_buffer(200)
		function fmt(...) libc.snprintf(buf, 200, ...) return buf.value end`
	if _, err := s.Do("test", setup); err != nil {
		t.Fatal(err)
	}
	for _, declared := range []string{"libc.snprintf.argtypes = nil", `libc.snprintf.argtypes = {"char *", "size_t", "const char *"}`} {
		if _, err := s.Do("test", declared); err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct{ call, want string }{
			{`fmt("%.2f", 3.25)`, "3.25"},
			{`fmt("%.2f", 3)`, "3.00"}, // a whole number is a double where the format says so
			{`fmt("%d", 3)`, "3"},
			{`fmt("%d %.1f %s %c", -1, 2, "three", 52)`, "-1 2.0 three 4"},
			{`fmt("%lld", 3000000000)`, "3000000000"},
			{`fmt("%u", 4294967295)`, "4294967295"},
			{`fmt("%llu", ctypes.uint64("18446744073709551615"))`, "18446744073709551615"},
			{`fmt("%g", 1e100)`, "1e+100"},
			{`fmt("%Lg", 0.5)`, "0.5"},
			{`fmt("%.1f", ctypes.c_float(1.5))`, "1.5"}, // promoted to double
			{`fmt("%d", ctypes.c_byte(-5))`, "-5"},
			{`fmt("%*d|%-*d|", 5, 42, 4, 7)`, "   42|7   |"},
			{`fmt("%p", nil)`, "(nil)"},
			{`fmt("%s", ctypes.create_string_buffer("buffer"))`, "buffer"},
			{`fmt("%2$s %1$d", 1, "numbered")`, "numbered 1"},
			{`fmt(ctypes.create_string_buffer("%.1f"), 2)`, "2.0"}, // the format may be a C string
			{`fmt("%d", 1, 2)`, "1"},                               // C ignores what the format does not ask for

			{`fmt("%d", 1.5)`, "ArgumentError: snprintf: argument 4: the format wants an integer, not number 1.5"},
			{`fmt("%s", 5)`, "ArgumentError: snprintf: argument 4: the format wants a string, not number 5"},
			{`fmt("%d", "5")`, `ArgumentError: snprintf: argument 4: the format wants a number, not string "5"`},
			{`fmt("%f", {})`, "ArgumentError: snprintf: argument 4: cannot guess a C type for a table; declare argtypes"},
			{`fmt("%s and %s", "one")`, `TypeError: snprintf: the format string "%s and %s" wants 2 arguments, 1 given`},
		} {
			shown, err := s.Do("test", test.call)
			got := strings.Join(shown, "\t")
			if err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("%s\n%s\n got %s\nwant %s", declared, test.call, got, test.want)
			}
		}
	}
}
