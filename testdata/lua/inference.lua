-- Calls without argtypes, and variadic calls: the default promotions of C.

local lib = ctypes.CDLL(probe_path)
local c = ctypes.CDLL(nil)

test("what can be guessed", function()
  same(lib.add(2, 3), 5)
  same(lib.add(true, ctypes.c_short(3)), 4)
  same(c.strlen("hello"), 5)
  same(c.atoi("42"), 42)
  local x = ctypes.c_int(1)
  lib.set_int(ctypes.byref(x), 9)
  same(x.value, 9)
  lib.set_int(ctypes.pointer(x), 8)
  same(x.value, 8)
  same(lib.sum((ctypes.c_int * 3)(1, 2, 3), 3), 6)
  same(lib.total_length((ctypes.c_char_p * 2)("ab", "cde"), 2), 5)
  same(lib.add({_as_parameter_ = 4}, 1), 5)
end)

test("what cannot be guessed", function()
  fails("ArgumentError", "add: argument 1: cannot guess a C type for number 1.5; declare argtypes, or pass ctypes.c_double(1.5)", lib.add, 1.5, 1)
  fails("ArgumentError", "add: argument 2: number 1099511627776 does not fit int; declare argtypes", lib.add, 1, 2^40)
  fails("ArgumentError", "add: argument 1: cannot guess a C type for a table; declare argtypes", lib.add, {}, 1)
  fails("ArgumentError", "declare argtypes", lib.add, print, 1)
  fails("ArgumentError", "declare argtypes", lib.add, 0/0, 1)
  fails("ArgumentError", "declare argtypes", lib.add, lib, 1)
end)

local function format(...)
  local b = ctypes.create_string_buffer(200)
  same(c.snprintf(b, 200, ...), #b.value)
  return b.value
end

test("printf's formats, declared", function()
  c.snprintf.argtypes = {ctypes.POINTER(ctypes.c_char), "size_t", "const char *"}
  same(format("%d %s %c", 42, "text", 65), "42 text A")
  same(format("%.2f %g", 3.25, 0.5), "3.25 0.5")
  same(format("%.1f %.1f", ctypes.c_double(2), ctypes.c_float(1.5)), "2.0 1.5") -- float is promoted
  same(format("%lld", 2^40), "1099511627776")
  same(format("%lld", ctypes.int64("9007199254740993")), "9007199254740993")
  same(format("%llu", ctypes.uint64("18446744073709551615")), "18446744073709551615")
  same(format("%d %d", ctypes.c_byte(-5), ctypes.c_ubyte(250)), "-5 250") -- char is promoted
  same(format("%u", 4294967295), "4294967295")
  same(format("%s|%s", ctypes.c_char_p("a"), ctypes.create_string_buffer("b")), "a|b")
  same(format("%d %f %d %f %d %f %d %f %d", 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5), "1 1.500000 2 2.500000 3 3.500000 4 4.500000 5")
  same(format("%.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f", 0.5 + 1, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5),
    "2 2 4 4 6 6 8 8 10 10")
  same(format("100%%"), "100%")
  same(format("%.1f %.1f", 2, ctypes.int64(3)), "2.0 3.0") -- the format decides
  fails("ArgumentError", "snprintf: argument 4: %d wants an integer, not c_double(4.5)", format, "%d", ctypes.c_double(4.5))
  fails("ArgumentError", "snprintf: argument 4: %s wants a string, not number 5", format, "%s", 5)
  fails("TypeError", "wants 2 arguments, 1 given", format, "%d %d", 1)
end)

test("scanf's formats", function()
  local n, x = ctypes.c_int(), ctypes.c_double()
  same(c.sscanf("3 2.5", "%d %lf", ctypes.byref(n), ctypes.byref(x)), 2)
  same(n.value, 3)
  same(x.value, 2.5)
  fails("ArgumentError", "sscanf: argument 3: %d wants a pointer to int, not c_int(3); pass ctypes.byref of a c_int", c.sscanf, "3", "%d", n)
  fails("ArgumentError", "sscanf: argument 3: %f wants a pointer to float, not byref(c_double(2.5))", c.sscanf, "3", "%f", ctypes.byref(x))
end)

test("a variadic function of one's own", function()
  lib.format.argtypes = {ctypes.POINTER(ctypes.c_char), "size_t", "const char *", "..."}
  local b = ctypes.create_string_buffer(50)
  same(lib.format(b, 50, "%s %d %.3f", "x", -1, ctypes.c_double(0.125)), 10)
  same(b.value, "x -1 0.125")
  same(lib.format(b, 50, "%lld", 2^53), 16) -- a whole number takes 64 bits
  -- Nobody knows that this reads a format as printf does, so a fraction must say what it is.
  fails("ArgumentError", "format: argument 4: cannot guess a C type for number 0.125; pass ctypes.c_double(0.125)", lib.format, b, 50, "%.3f", 0.125)
  fails("TypeError", "format: 2 arguments given, 3 wanted", lib.format, b, 50)
end)

test("a function that is not variadic says so", function()
  lib.half.argtypes = {"double"}
  fails("TypeError", 'if it is variadic, end its argtypes with "..."', lib.half, 1, 2)
end)
