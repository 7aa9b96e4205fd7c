// This file tests what the variable part of a call becomes: by the format where there is one, by C's promotions otherwise.

package lua

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"

	"dlsh/ffi"
)

// What a format wants is written here as the C types its arguments go as; for those through
// which C stores something, as the type it stores and the bytes that takes.
func TestFormats(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	for _, test := range []struct {
		d            dialect
		format, want string
	}{
		{printfFormat, "no conversions, 100%% plain", ""},
		{printfFormat, "%d %i %u %x %X %o %b", "int int int int int int int"},
		{printfFormat, "%hhd %hd %ld %lld %zu %jd %td %qd", "int int long long long long long long"},
		{printfFormat, "%f %F %e %E %g %G %a %A", "double double double double double double double double"},
		{printfFormat, "%lf %.3f %-+ #08.2f", "double double double"},
		{printfFormat, "%Lf %Lg", "long double long double"},
		{printfFormat, "%s %.5s %c", "char * char * char"},
		{printfFormat, "%ls %S %lc %C", "wchar_t * wchar_t * wchar_t wchar_t"},
		{printfFormat, "%p", "void *"},
		{printfFormat, "%n %hhn %hn %lln", "&int:4 &signed char:1 &short:2 &long:8"},
		{printfFormat, "%*d %.*f %*.*f", "int int int double int int double"},
		{printfFormat, "%m is errno, it takes nothing; %d", "int"},
		{printfFormat, "%1$d %2$s", ""}, // numbered: left to the user
		{printfFormat, "%d %y", ""},     // so are formats with what nobody knows
		{printfFormat, "ends in %", ""},
		{printfFormat, "ends in %-05", ""},
		{printfFormat, "%d\x00%s", "int"}, // C reads up to the NUL
		{printfFormat, "", ""},

		{sqliteFormat, "%d %lld %f %s %c", "int long double char * char"},
		{sqliteFormat, "values('%q', %Q, \"%w\") %z %r", "char * char * char * char * int"},
		{sqliteFormat, "%zu", "char *"}, // the z is the conversion

		{scanfFormat, "%d %i %u %x", "&int:4 &int:4 &int:4 &int:4"},
		{scanfFormat, "%hhd %hd %ld %zu", "&signed char:1 &short:2 &long:8 &long:8"},
		{scanfFormat, "%f %lf %Lf %5le", "&float:4 &double:8 &long double:16 &double:8"},
		{scanfFormat, "%s %9s %c %4c", "&char:2 &char:10 &char:1 &char:4"},
		{scanfFormat, "%[abc] %9[^]x] %[]]", "&char:2 &char:10 &char:2"},
		{scanfFormat, "%ls %9S %3lc", "&wchar_t:8 &wchar_t:40 &wchar_t:12"},
		{scanfFormat, "%ms %m[a-z] %mls", "&char *:8 &char *:8 &wchar_t *:8"},
		{scanfFormat, "%*d %*[^,], %d", "&int:4"}, // * reads and drops
		{scanfFormat, "%p %n %%", "&void *:8 &int:4"},
		{scanfFormat, "%2$d", ""},
		{scanfFormat, "%as", ""}, // a float and an s, or a string to allocate
		{scanfFormat, "%[never ends", ""},
	} {
		var got []string
		for _, w := range s.readFormat(test.format, test.d).wants {
			if w.into != nil {
				got = append(got, fmt.Sprintf("&%s:%d", w.into.c, w.room))
			} else {
				got = append(got, w.as.c.String())
			}
		}
		if text := strings.Join(got, " "); text != test.want {
			t.Errorf("format %q wants %s; should be %s", test.format, text, test.want)
		}
	}
}

// libcSession is a session with the C library open as libc, and a function fmt that prints by snprintf.
func libcSession(t *testing.T) *Session {
	t.Helper()
	s := New(Options{Interactive: true})
	t.Cleanup(s.Close)
	setup := `libc = ctypes.CDLL("libc.so.6")
		buf = ctypes.create_string_buffer(200)
		function fmt(...) libc.snprintf(buf, 200, ...) return buf.value end
		i, f, d = ctypes.c_int(7), ctypes.c_float(0), ctypes.c_double(4.5)
		text, word = ctypes.create_string_buffer("buffer"), ctypes.create_string_buffer(4)`
	if _, err := s.Do("test", setup); err != nil {
		t.Fatal(err)
	}
	return s
}

// said runs an expression as the prompt does: what it shows, or the error it raises.
func said(s *Session, call string) string {
	shown, err := s.Do("test", call)
	if err != nil {
		return err.Error()
	}
	return strings.Join(shown, "\t")
}

// Every line is Lua: the call to snprintf's arguments after the size, and what it prints or says. It is the
// same whether snprintf was declared or not.
func TestPrintf(t *testing.T) {
	s := libcSession(t)
	for _, declared := range []string{"libc.snprintf.argtypes = nil", `libc.snprintf.argtypes = {"char *", "size_t", "const char *"}`} {
		if _, err := s.Do("test", declared); err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct{ call, want string }{
			// Integers, in as many bits as the format says.
			{`fmt("%d", 3)`, "3"},
			{`fmt("%u %d", 4294967295, -2147483648)`, "4294967295 -2147483648"},
			{`fmt("%x %x", -1, 4294967295)`, "ffffffff ffffffff"}, // signedness bends
			{`fmt("%hhd %hd", 257, 65537)`, "1 1"},                // C reads an int and cuts it
			{`fmt("%lld %ld %zu", 3000000000, -3000000000, 2^53)`, "3000000000 -3000000000 9007199254740992"},
			{`fmt("%llu", ctypes.uint64("18446744073709551615"))`, "18446744073709551615"},
			{`fmt("%d %d %d %d", ctypes.c_byte(-5), ctypes.c_long(6), ctypes.int64(7), ctypes.c_ushort(8))`, "-5 6 7 8"},
			{`fmt("%d %d %d %d", true, false, ctypes.c_bool(true), ctypes.c_char("A"))`, "1 0 1 65"},
			{`fmt("%d %ld", {_as_parameter_ = 4}, {_as_parameter_ = ctypes.c_short(5)})`, "4 5"},
			{`fmt("%*d|%-*d|", 5, 42, 4, 7)`, "   42|7   |"},
			{`fmt("%u %x", 3000000000, 3000000000)`, "3000000000 b2d05e00"},
			{`fmt("%d", 3000000000)`, "ArgumentError: snprintf: argument 4: %d takes -2147483648 to 2147483647, not number 3000000000; %lld takes 64 bits"},
			{`fmt("%d", 5000000000)`, "ArgumentError: snprintf: argument 4: %d takes -2147483648 to 2147483647, not number 5000000000; %lld takes 64 bits"},
			{`fmt("%hd", 2^32)`, "ArgumentError: snprintf: argument 4: %hd takes -2147483648 to 2147483647, not number 4294967296; %lld takes 64 bits"},
			{`fmt("%u", ctypes.c_long(-2^31 - 1))`, "ArgumentError: snprintf: argument 4: %u takes -2147483648 to 4294967295, not c_long(-2147483649); %lld takes 64 bits"},
			{`fmt("%ld", 2^64)`, "ArgumentError: snprintf: argument 4: number 1.8446744073709552e+19 does not fit long (-9223372036854775808 to 18446744073709551615)"},
			{`fmt("%d", 1.5)`, "ArgumentError: snprintf: argument 4: %d wants an integer, not number 1.5"},
			{`fmt("%d", 0/0)`, "ArgumentError: snprintf: argument 4: %d wants an integer, not number nan"},
			{`fmt("%-5d", d)`, "ArgumentError: snprintf: argument 4: %-5d wants an integer, not c_double(4.5)"},
			{`fmt("%d", "5")`, `ArgumentError: snprintf: argument 4: %d wants an integer, not string "5"`},
			{`fmt("%d", nil)`, "ArgumentError: snprintf: argument 4: %d wants an integer, not nil"},
			{`fmt("%d", ctypes.byref(i))`, "ArgumentError: snprintf: argument 4: %d wants an integer, not byref(c_int(7))"},
			{`fmt("%*d", 2^40, 2)`, "ArgumentError: snprintf: argument 4: the * of %*d takes -2147483648 to 4294967295, not number 1099511627776"},
			{`fmt("%*d", 1.5, 2)`, "ArgumentError: snprintf: argument 4: the * of %*d wants an integer, not number 1.5"},

			// Floating.
			{`fmt("%.2f", 3.25)`, "3.25"},
			{`fmt("%.2f", 3)`, "3.00"}, // a whole number is a double where the format says so
			{`fmt("%g", 1e100)`, "1e+100"},
			{`fmt("%g %g", 1/0, -1/0)`, "inf -inf"},
			{`fmt("%.1f %.1f", ctypes.c_float(1.5), d)`, "1.5 4.5"},
			{`fmt("%.1f %.1f %.1f", i, ctypes.int64(5), ctypes.c_longdouble(0.5))`, "7.0 5.0 0.5"},
			{`fmt("%g", ctypes.uint64(2)^60)`, "1.15292e+18"},
			{`fmt("%Lg %Lg %Lg", 0.5, d, ctypes.c_longdouble(0.25))`, "0.5 4.5 0.25"},
			{`fmt("%f", true)`, "ArgumentError: snprintf: argument 4: %f wants a number, not boolean true"},
			{`fmt("%f", nil)`, "ArgumentError: snprintf: argument 4: %f wants a number, not nil"},
			{`fmt("%.3f", "1")`, `ArgumentError: snprintf: argument 4: %.3f wants a number, not string "1"`},
			{`fmt("%f", {})`, "ArgumentError: snprintf: argument 4: %f wants a number, not a table"},
			{`fmt("%Lf", ctypes.c_bool(true))`, "ArgumentError: snprintf: argument 4: %Lf wants a number, not c_bool(true)"},

			// Strings and characters.
			{`fmt("%d %.1f %s %c", -1, 2, "three", 52)`, "-1 2.0 three 4"},
			{`fmt("%s %s", text, ctypes.c_char_p("object"))`, "buffer object"},
			{`fmt("%s %s", ctypes.byref(text, 2), ctypes.cast(text, "void *"))`, "ffer buffer"},
			{`fmt("%s %s", ctypes.byref(text), ctypes.cast(text, "unsigned char *"))`, "buffer buffer"},
			{`fmt("%s", nil)`, "(null)"},
			{`fmt("%ls %S", "wide", ctypes.c_wchar_p("also"))`, "wide also"},
			{`fmt("%ls", ctypes.create_unicode_buffer("buffer"))`, "buffer"},
			{`fmt("%c%c%c", "A", 66, ctypes.c_char("C"))`, "ABC"},
			{`fmt("%lc%C", "A", ctypes.c_wchar("B"))`, "AB"},
			{`fmt("%s", 5)`, "ArgumentError: snprintf: argument 4: %s wants a string, not number 5"},
			{`fmt("%s", true)`, "ArgumentError: snprintf: argument 4: %s wants a string, not boolean true"},
			{`fmt("%s", i)`, "ArgumentError: snprintf: argument 4: %s wants a string, not c_int(7)"},
			{`fmt("%s", ctypes.byref(i))`, "ArgumentError: snprintf: argument 4: %s wants a string, not byref(c_int(7))"},
			{`fmt("%s", ctypes.c_wchar_p("w"))`, `ArgumentError: snprintf: argument 4: %s wants a string, not c_wchar_p("w")`},
			{`fmt("%ls", text)`, `ArgumentError: snprintf: argument 4: %ls wants a wide string, not c_char_Array_7("buffer")`},
			{`fmt("%c", "AB")`, `ArgumentError: snprintf: argument 4: cannot convert string "AB" to char: one byte is wanted`},
			{`fmt("%c", 300)`, "ArgumentError: snprintf: argument 4: number 300 does not fit char (-128 to 255)"},

			// Pointers.
			{`fmt("%p", nil)`, "(nil)"},
			{`fmt("%p %p", 4096, ctypes.uint64(16))`, "0x1000 0x10"},
			{`fmt("%p", ctypes.byref(i)) == ("0x%x"):format(ctypes.addressof(i))`, "true"},
			{`fmt("%p %p", text, libc.puts):match("^0x%x+ 0x%x+$") ~= nil`, "true"},
			{`fmt("%p", 1.5)`, "ArgumentError: snprintf: argument 4: %p wants a pointer, not number 1.5"},
			{`fmt("%p", i)`, "ArgumentError: snprintf: argument 4: %p wants a pointer, not c_int(7)"},
			{`fmt("%p", print)`, "ArgumentError: snprintf: argument 4: %p wants a pointer, not a function"},
			{`fmt("%n", 5)`, "ArgumentError: snprintf: argument 4: %n wants a pointer to int, not number 5; pass ctypes.byref of a c_int"},
			{`fmt("%n", nil)`, "ArgumentError: snprintf: argument 4: %n wants a pointer to int, not nil; pass ctypes.byref of a c_int"},
			{`fmt("%lln", ctypes.byref(i))`, "ArgumentError: snprintf: argument 4: %lln wants a pointer to long, not byref(c_int(7)); pass ctypes.byref of a c_long"},
			{`fmt("abc%n", ctypes.byref(ctypes.c_int(5)))`, "abc"},

			// The format itself.
			{`fmt("%2$s %1$d", 1, "numbered")`, "numbered 1"},
			{`fmt(ctypes.create_string_buffer("%.1f"), 2)`, "2.0"}, // it may be a C string
			{`fmt(ctypes.cast(ctypes.create_string_buffer("%.1f"), "char *"), 2)`, "2.0"},
			{`fmt({_as_parameter_ = "%.1f"}, 2)`, "2.0"},
			{`fmt("%d", 1, 2)`, "1"}, // C ignores what the format does not ask for
			{`fmt("%s and %s", "one")`, `TypeError: snprintf: the format string "%s and %s" wants 2 arguments, 1 given`},
			{`fmt("%s")`, `TypeError: snprintf: the format string "%s" wants 1 argument, 0 given`},
		} {
			if got := said(s, test.call); got != test.want {
				t.Errorf("%s\n%s\n got %s\nwant %s", declared, test.call, got, test.want)
			}
		}
	}
}

// Declared types win for their arguments, wherever the format's begin, and no declaration turns the count off.
func TestPrintfDeclared(t *testing.T) {
	s := libcSession(t)
	for _, test := range []struct{ argtypes, call, want string }{
		{`{"char *", "size_t", "const char *", "double"}`, `fmt("%f %d", 1.5, 3)`, "1.500000 3"},
		{`{"char *", "size_t", "const char *", "double", "int", "..."}`, `fmt("%.1f %d %s", 1, 2, "three")`, "1.0 2 three"},
		{`{"char *", "size_t", "const char *", "double"}`, `fmt("%f %d", 1.5, "3")`, `ArgumentError: snprintf: argument 5: %d wants an integer, not string "3"`},
		{`{"char *", "size_t", "const char *", "double"}`, `fmt("%f %d", 1.5)`, `TypeError: snprintf: the format string "%f %d" wants 2 arguments, 1 given`},
		{`{"char *", "size_t", "const char *", "const char *"}`, `fmt("%s %s", "one")`, `TypeError: snprintf: the format string "%s %s" wants 2 arguments, 1 given`},
		{`{"char *", "size_t", "const char *"}`, `fmt("%s")`, `TypeError: snprintf: the format string "%s" wants 1 argument, 0 given`},
		{`{"char *", "size_t", "const char *"}`, `fmt("plain")`, "plain"},
		{`{"char *", "size_t"}`, `fmt("%d", 5)`, "5"}, // the rest is known
		{`{"char *", "size_t"}`, `libc.snprintf(buf, 5)`, "TypeError: snprintf: 2 arguments given, at least 3 wanted"},
		{`nil`, `libc.snprintf()`, "TypeError: snprintf: 0 arguments given, at least 3 wanted"},
	} {
		if _, err := s.Do("test", "libc.snprintf.argtypes = "+test.argtypes); err != nil {
			t.Fatal(err)
		}
		if got := said(s, test.call); got != test.want {
			t.Errorf("argtypes = %s\n%s\n got %s\nwant %s", test.argtypes, test.call, got, test.want)
		}
	}
}

func TestScanf(t *testing.T) {
	s := libcSession(t)
	setup := `
		-- scan(input, format, x...) is what sscanf gives, and what is in each x.
		function scan(input, format, ...)
			local out = {libc.sscanf(input, format, ...)}
			for i = 1, select("#", ...) do
				local x = select(i, ...)
				out[#out + 1] = type(x) == "userdata" and tostring(x) or x
			end
			return table.concat(out, " ")
		end
		ref = ctypes.byref
		b, h, l, L = ctypes.c_byte(), ctypes.c_short(), ctypes.c_long(), ctypes.c_longdouble()
		c, u, p, s = ctypes.c_char(), ctypes.c_uint(), ctypes.c_void_p(), ctypes.c_char_p()
		ints, wide = (ctypes.c_int * 3)(), ctypes.create_unicode_buffer(4)`
	if _, err := s.Do("test", setup); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ call, want string }{
		{`scan("42", "%d", ref(i))`, "1 byref(c_int(42))"},
		{`scan("42", "%d", ctypes.pointer(i)):sub(1, 1), i.value`, "1\t42"},
		{`scan("1 2", "%d %u", ints, ref(u)), ints[0], u.value`, "2 c_int_Array_3(1, 0, 0) byref(c_uint(2))\t1\t2"},
		{`scan("1 2 3", "%d %*d %n", ref(i), ref(u))`, "1 byref(c_int(1)) byref(c_uint(4))"},
		{`scan("-1 -2 -3", "%hhd %hd %ld", ref(b), ref(h), ref(l))`, "3 byref(c_byte(-1)) byref(c_short(-2)) byref(c_long(-3))"},
		{`scan("2.5 3.5 4.5", "%f %lf %Lf", ref(f), ref(d), ref(L)), f.value, d.value, L.value`, "3 byref(c_float(2.5)) byref(c_double(3.5)) byref(c_longdouble(4.5))\t2.5\t3.5\t4.5"},
		{`scan("abcdef", "%3s", word)`, `1 c_char_Array_4("abc")`},
		{`scan("abcdef", "%3[a-c]%c", word, ref(c))`, `2 c_char_Array_4("abc") byref(c_char("d"))`},
		{`scan("xy", "%s", ctypes.cast(word, "char *")):sub(1, 1), word.value`, "1\txy"},
		{`scan("xyz", "%ls", wide), wide.value`, `1 c_wchar_Array_4("xyz")	xyz`},
		{`libc.sscanf("0x10", "%p", ref(p)), p.value`, "1\t16"},
		{`libc.sscanf("allocated", "%ms", ref(s)), s.value`, "1\tallocated"},
		{`libc.sscanf("5", "%d", ctypes.c_void_p(ctypes.addressof(i))), i.value`, "1\t5"},
		{`libc.sscanf("6 5", "%2$d %1$d", ref(i), ref(u)), i.value, u.value`, "2\t5\t6"},

		{`scan("2.5", "%f", i)`, "ArgumentError: sscanf: argument 3: %f wants a pointer to float, not c_int(5); pass ctypes.byref of a c_float"},
		{`scan("5", "%d", i)`, "ArgumentError: sscanf: argument 3: %d wants a pointer to int, not c_int(5); pass ctypes.byref of a c_int"},
		{`scan("5", "%d", 5)`, "ArgumentError: sscanf: argument 3: %d wants a pointer to int, not number 5; pass ctypes.byref of a c_int"},
		{`scan("5", "%d", nil)`, "ArgumentError: sscanf: argument 3: %d wants a pointer to int, not nil; pass ctypes.byref of a c_int"},
		{`scan("5", "%d", ctypes.POINTER("int")())`, "ArgumentError: sscanf: argument 3: %d wants a pointer to int, not LP_c_int(NULL); pass ctypes.byref of a c_int"},
		{`scan("5", "%lf", ref(f))`, "ArgumentError: sscanf: argument 3: %lf wants a pointer to double, not byref(c_float(2.5)); pass ctypes.byref of a c_double"},
		{`scan("5", "%f", ref(d))`, "ArgumentError: sscanf: argument 3: %f wants a pointer to float, not byref(c_double(3.5)); pass ctypes.byref of a c_float"},
		{`scan("5", "%ld", ref(i))`, "ArgumentError: sscanf: argument 3: %ld wants a pointer to long, not byref(c_int(5)); pass ctypes.byref of a c_long"},
		{`scan("5", "%hhd", ref(i))`, "ArgumentError: sscanf: argument 3: %hhd wants a pointer to signed char, not byref(c_int(5)); pass ctypes.byref of a c_byte"},
		{`scan("5", "%d", ref(ints, 9))`, "ArgumentError: sscanf: argument 3: %d may write 4 bytes, byref(c_int_Array_3(1, 0, 0)) has room for 3"},
		{`scan("x", "%s", "text")`, `ArgumentError: sscanf: argument 3: %s wants a pointer to char, not string "text"; pass ctypes.create_string_buffer(n)`},
		{`scan("x", "%s", ref(i))`, "ArgumentError: sscanf: argument 3: %s wants a pointer to char, not byref(c_int(5)); pass ctypes.create_string_buffer(n)"},
		{`scan("x", "%s", ref(c))`, `ArgumentError: sscanf: argument 3: %s may write 2 bytes, byref(c_char("d")) has room for 1`},
		{`scan("x", "%4s", word)`, `ArgumentError: sscanf: argument 3: %4s may write 5 bytes, c_char_Array_4("xy") has room for 4`},
		{`scan("x", "%9[a-z]", ctypes.cast(word, "char *"))`, `ArgumentError: sscanf: argument 3: %9[a-z] may write 10 bytes, c_char_p("xy") has room for 4`},
		{`scan("x", "%ls", word)`, `ArgumentError: sscanf: argument 3: %ls wants a pointer to wchar_t, not c_char_Array_4("xy"); pass ctypes.create_unicode_buffer(n)`},
		{`scan("x", "%ms", word)`, `ArgumentError: sscanf: argument 3: %ms wants a pointer to char *, not c_char_Array_4("xy"); pass ctypes.byref of a c_char_p`},
		{`scan("5", "%d %d", ref(i))`, `TypeError: sscanf: the format string "%d %d" wants 2 arguments, 1 given`},
	} {
		if got := said(s, test.call); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.call, got, test.want)
		}
	}
}

// Without a format nothing says what is read: whole numbers take 64 bits, and a fraction must be a c_double.
func TestPromotions(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	for _, test := range []struct{ value, want string }{
		{"5", "long"},
		{"-2^63", "long"},
		{"2^64 - 2048", "long"},
		{"true", "int"},
		{"ctypes.int64(5)", "long"},
		{"ctypes.uint64(5)", "unsigned long"},
		{"ctypes.c_byte(5)", "int"},
		{"ctypes.c_char('x')", "int"},
		{"ctypes.c_uint(5)", "unsigned int"},
		{"ctypes.c_float(5)", "double"},
		{"ctypes.c_longdouble(5)", "long double"},
		{"'text'", "char *"},
		{"nil", "void *"},
		{"(ctypes.c_byte * 2)()", "void *"},
		{"1.5", "cannot guess a C type for number 1.5; pass ctypes.c_double(1.5)"},
		{"1/0", "cannot guess a C type for number inf; pass ctypes.c_double(inf)"},
		{"1e100", "number 1e+100 does not fit 64 bits; pass ctypes.c_double(1e+100) if a double is meant"},
		{"{}", "cannot guess a C type for a table; declare argtypes"},
	} {
		got := ""
		if ct, err := s.promoted(evalOne(t, s, "return "+test.value)); err != nil {
			got = err.Error()
		} else {
			got = ct.c.String()
		}
		if got != test.want {
			t.Errorf("%s goes as %s, want %s", test.value, got, test.want)
		}
	}
}

// A function is known by its name only in the library that the name stands for there.
func TestKnownVariadics(t *testing.T) {
	for _, test := range []struct {
		name, path string
		known      bool
	}{
		{"printf", "/lib/x86_64-linux-gnu/libc.so.6", true},
		{"printf", "/lib/libc-2.31.so", true},
		{"printf", "/lib/ld-musl-x86_64.so.1", true},
		{"printf", "/usr/lib/libSystem.B.dylib", true},
		{"puts", "/lib/x86_64-linux-gnu/libc.so.6", false},
		{"printf", "./libmine.so", false},
		{"warn", "/usr/lib/liblog.so.1", false},
		{"open", "/usr/lib/libcups.so.2", false},
		{"gzprintf", "/usr/lib/libz.so.1", true},
		{"gzprintf", "/usr/lib/libz3.so.4", false},
		{"gzprintf", "/lib/x86_64-linux-gnu/libc.so.6", false},
		{"sqlite3_mprintf", "/usr/lib/libsqlite3.so.0", true},
		{"curl_easy_setopt", "/usr/lib/libcurl-gnutls.so.4", true},
		{"printw", "/usr/lib/libncursesw.so.6", true},
	} {
		if got := knownVariadic(test.name, &ffi.Object{Path: test.path}); (got != nil) != test.known {
			t.Errorf("%s in %s: known is %v", test.name, test.path, got != nil)
		}
	}
	if knownVariadic("printf", nil) != nil {
		t.Error("printf of no library is known")
	}
}

// A library's own warn is no printf: its first argument is what the library says.
func TestOwnFunctionOfKnownName(t *testing.T) {
	file := filepath.Join(t.TempDir(), "warn.c")
	if err := os.WriteFile(file, []byte("int warn(int level, int more) { return 10 * level + more; }"), 0o666); err != nil {
		t.Fatal(err)
	}
	s := newTestSession(t, compileC(t, nil, file))
	if got := evalOne(t, s, `return lib.warn(4, 2)`); got != glua.LNumber(42) {
		t.Errorf("warn(4, 2) = %s", describe(got))
	}
	_, err := tryLua(s, `lib.warn.argtypes = {"int", "int"}; lib.warn(1, 2, 3)`)
	if err == nil || !strings.Contains(err.Error(), "3 arguments given, 2 wanted") {
		t.Errorf("three arguments for warn: %v", err)
	}
}

// sqlite3_mprintf has conversions of its own.
func TestSQLiteFormats(t *testing.T) {
	s := New(Options{Interactive: true})
	defer s.Close()
	if _, err := s.Do("test", `sql = ctypes.CDLL("libsqlite3.so.0")`); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("SQLite is missing: %v", err)
	}
	if _, err := s.Do("test", `sql.sqlite3_mprintf.restype = "char *"`); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ call, want string }{
		{`sql.sqlite3_mprintf("values('%q', %Q, %d)", "it's", nil, 3)`, "values('it''s', NULL, 3)"},
		{`sql.sqlite3_mprintf("%q", 5)`, "ArgumentError: sqlite3_mprintf: argument 2: %q wants a string, not number 5"},
		{`sql.sqlite3_mprintf("%z", "copied")`, `ArgumentError: sqlite3_mprintf: argument 2: %z wants a string from sqlite3_malloc, not string "copied"`},
	} {
		if got := said(s, test.call); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.call, got, test.want)
		}
	}
}

// A call that was not declared costs no more memory than one that was.
func TestGuessedCallsDoNotAllocate(t *testing.T) {
	s := libcSession(t)
	for _, test := range []struct{ setup, call string }{
		{"libc.abs.argtypes = nil", "libc.abs(5)"},
		{`libc.abs.argtypes = {"int"}`, "libc.abs(5)"},
		{"libc.snprintf.argtypes = nil", `libc.snprintf(buf, 200, "%d %s %f", 5, "x", 1)`},
		{`libc.snprintf.argtypes = {"char *", "size_t", "const char *"}`, `libc.snprintf(buf, 200, "%d %s %f", 5, "x", 1)`},
	} {
		evalLua(t, s, test.setup)
		const turns = 1000
		fn, err := s.compile("test", 1, fmt.Sprintf("for i = 1, %d do %s end", turns, test.call))
		if err != nil {
			t.Fatal(err)
		}
		n := testing.AllocsPerRun(5, func() {
			if _, err := s.run(fn, nil); err != nil {
				t.Fatal(err)
			}
		})
		if n > turns/10 {
			t.Errorf("%s: %.0f allocations in %d calls of %s", test.setup, n, turns, test.call)
		}
	}
}

// Any text is a format. The conversions found are parts of it, in their order.
func FuzzParseFormat(f *testing.F) {
	for _, seed := range []string{"%d %-5.2Lf%%", "%*.*f", "%[^]]%m[a-z]", "%[", "%", "%99999999999999999999s", "%1$d", "%as", "a\x00%d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range []dialect{printfFormat, sqliteFormat, scanfFormat} {
			list, _ := parseFormat(text, d)
			rest := text
			for _, c := range list {
				_, after, found := strings.Cut(rest, c.text)
				if !found || c.text[0] != '%' || c.width < 0 || c.width > mostWidth {
					t.Fatalf("format %q, dialect %d: conversion %+v", text, d, c)
				}
				rest = after
			}
		}
	})
}
