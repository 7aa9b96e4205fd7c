-- Arguments that do not fit the declaration.

local lib = ctypes.CDLL(probe_path)
lib.add.argtypes = {"int", "int"}
lib.half.argtypes, lib.half.restype = {"double"}, "double"
lib.next_byte.argtypes, lib.next_byte.restype = {"unsigned char"}, "unsigned char"
lib.add_u64.argtypes, lib.add_u64.restype = {"uint64_t", "uint64_t"}, "uint64_t"
lib.add_i64.argtypes, lib.add_i64.restype = {"int64_t", "int64_t"}, "int64_t"
lib.negate.argtypes, lib.negate.restype = {"_Bool"}, "_Bool"
lib.sum.argtypes = {ctypes.POINTER(ctypes.c_int), "int"}
lib.wide_length.argtypes, lib.wide_length.restype = {"const wchar_t *"}, "size_t"

test("too few and too many", function()
  fails("TypeError", "add: 0 arguments given, 2 wanted (int, int)", lib.add)
  fails("TypeError", "add: 1 argument given, 2 wanted (int, int)", lib.add, 1)
  fails("TypeError", "add: 3 arguments given, 2 wanted (int, int)", lib.add, 1, 2, 3)
  fails("TypeError", "half: 2 arguments given, 1 wanted (double)", lib.half, 1, nil)
end)

test("whole numbers within the width, whatever the sign", function()
  same(lib.add(2147483647, 0), 2147483647)
  same(lib.add(4294967295, 0), -1)
  same(lib.add(-2147483648, 0), -2147483648)
  same(lib.next_byte(255), 0)
  same(lib.next_byte(-1), 0)
  same(lib.next_byte(-128), 129)
  fails("ArgumentError", "add: argument 1: number 4294967296 does not fit int", lib.add, 4294967296, 0)
  fails("ArgumentError", "add: argument 2: number -2147483649 does not fit int", lib.add, 0, -2147483649)
  fails("ArgumentError", "next_byte: argument 1: number 256 does not fit unsigned char", lib.next_byte, 256)
  fails("ArgumentError", "number -129 does not fit unsigned char", lib.next_byte, -129)
  fails("ArgumentError", "does not fit", lib.add_u64, 2^64, 0)
  fails("ArgumentError", "does not fit", lib.add_i64, -2^64, 0)
  same(tostring(lib.add_u64(-1, 0)), "18446744073709551615")
end)

test("fractions, NaN and infinities are no integers", function()
  for _, fn in ipairs{lib.add, lib.add_i64, lib.add_u64} do
    fails("ArgumentError", "argument 1: cannot convert number 1.5 to", fn, 1.5, 0)
    fails("ArgumentError", "argument 2: cannot convert number nan to", fn, 0, 0/0)
    fails("ArgumentError", "argument 1: cannot convert number inf to", fn, 1/0, 0)
    fails("ArgumentError", "argument 1: cannot convert number -inf to", fn, -1/0, 0)
  end
  fails("ArgumentError", "cannot convert number 0.5 to unsigned char", lib.next_byte, 0.5)
  same(lib.half(1/0), 1/0)
  same(lib.half(0/0), 0/0)
end)

test("other kinds of values are no integers", function()
  for _, x in ipairs{"5", "x", {}, print, coroutine.create(print), ctypes.c_int, lib, lib.add, ctypes.c_double(1),
    (ctypes.c_int * 2)(), ctypes.c_char_p("x")} do
    fails("ArgumentError", "add: argument 1: cannot convert", lib.add, x, 0)
  end
  fails("ArgumentError", "add: argument 2: cannot convert nil to int", lib.add, 1, nil)
end)

test("what is no double", function()
  for _, x in ipairs{"5", {}, true, print, ctypes.c_char_p("x")} do
    fails("ArgumentError", "half: argument 1: cannot convert", lib.half, x)
  end
  fails("ArgumentError", 'half: argument 1: cannot convert string "x" to double', lib.half, "x")
  fails("ArgumentError", "half: argument 1: cannot convert nil to double", lib.half, nil)
end)

test("what is no pointer", function()
  fails("ArgumentError", "sum: argument 1: cannot convert number 5 to int *", lib.sum, 5, 1)
  fails("ArgumentError", 'sum: argument 1: cannot convert string "abc" to int *', lib.sum, "abc", 1)
  fails("ArgumentError", "sum: argument 1: cannot convert a table to int *", lib.sum, {1, 2}, 2)
  fails("ArgumentError", "sum: argument 1: cannot convert c_double_Array_2(1.0, 2.0) to int *", lib.sum, (ctypes.c_double * 2)(1, 2), 1)
  fails("ArgumentError", "cannot convert byref(c_double(1.0)) to int *", lib.sum, ctypes.byref(ctypes.c_double(1)), 1)
  fails("ArgumentError", 'wide_length: argument 1: string "\\xff" is not UTF-8', lib.wide_length, "\255")
end)

test("a string where C may write is refused", function()
  lib.format.argtypes = {ctypes.POINTER(ctypes.c_char), "size_t", "const char *", "..."}
  fails("ArgumentError", "pass ctypes.create_string_buffer(...)", lib.format, "some text", 5, "x")
end)

test("booleans", function()
  same(lib.negate(true), false)
  same(lib.negate(0), true)
  same(lib.negate(256), false) -- C's rule: anything but 0
  same(lib.add(true, 1), 2)
end)

test("argtypes and restype take types only", function()
  fails("TypeError", "add.argtypes: a table of types is wanted", put, lib.add, "argtypes", 5)
  fails("TypeError", "add.argtypes: item 2: a C type is wanted", put, lib.add, "argtypes", {"int", 5})
  fails("TypeError", "add.argtypes: item 1:", put, lib.add, "argtypes", {"no such type"})
  fails("TypeError", "add.argtypes: item 1:", put, lib.add, "argtypes", {ctypes.c_int(5)})
  fails("TypeError", "add.restype:", put, lib.add, "restype", 5)
  fails("TypeError", "add.restype: a function cannot return an array", put, lib.add, "restype", ctypes.c_int * 2)
  fails("TypeError", "add.errcheck: a function is wanted", put, lib.add, "errcheck", 5)
  same(lib.add(1, 2), 3) -- nothing was half set
end)

test("a call with a colon passes the library, and says so", function()
  local lib = ctypes.CDLL(probe_path)
  fails("ArgumentError", "add: argument 1: cannot guess a C type for library", function() lib:add(1, 2) end)
  fails("ArgumentError", "(its functions are called with a dot)", function() lib:add(1, 2) end)
end)

test("a Lua function is no C function", function()
  fails("ArgumentError", "make a callback of it first", function()
    local libc = ctypes.CDLL(nil)
    libc.qsort.argtypes = {"void *", "size_t", "size_t", "void *"}
    libc.qsort((ctypes.c_int * 2)(), 2, 4, function() return 0 end)
  end)
end)

test("a table is no array, and says how to make one", function()
  local lib = ctypes.CDLL(probe_path)
  lib.sum.argtypes = {"const int *", "int"}
  fails("ArgumentError", "sum: argument 1: cannot convert a table to const int *: make an array of it first, (ctypes.c_int * n)(...)",
    lib.sum, {1, 2}, 2)
end)

test("a value where its address is wanted", function()
  ctypes.cdef("typedef struct { int a; } inner; typedef struct { int a, b; } outer; struct opaque;"
    .. "void *memset(void *, int, size_t); int abs(const inner *); int labs(struct opaque *);")
  local C = ctypes.C
  local x = C.outer(1, 2)
  fails("ArgumentError", "memset: argument 1: cannot convert outer(a=1, b=2) to void *: pass ctypes.byref of it", C.memset, x, 0, 8)
  C.memset(ctypes.byref(x), 0, 8)
  prints(x, "outer(a=0, b=0)")
  fails("ArgumentError", 'to const inner *: where C casts, cast it, ctypes.cast(ctypes.byref(x), "const inner *")', C.abs, x)
  fails("ArgumentError", "cannot convert outer(a=0, b=0) to struct opaque *", C.labs, x) -- there is nothing to cast to
end)
