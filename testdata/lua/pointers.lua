-- Pointers: POINTER, pointer, byref, contents, indexes, NULL and cast.

local lib = ctypes.CDLL(probe_path)
local int_p = ctypes.POINTER(ctypes.c_int)
lib.set_int.argtypes, lib.set_int.restype = {int_p, "int"}, nil
lib.sum.argtypes = {int_p, "int"}
lib.find_int.argtypes, lib.find_int.restype = {int_p, "int", "int"}, int_p

test("pointer(x) points to x", function()
  local x = ctypes.c_int(5)
  local p = ctypes.pointer(x)
  same(p[0], 5)
  same(p.contents.value, 5)
  p[0] = 6
  same(x.value, 6)
  p.contents.value = 7
  same(x.value, 7)
  x.value = 8
  same(p[0], 8)
  same(ctypes.sizeof(p), 8)
end)

test("contents can be pointed elsewhere", function()
  local x, y = ctypes.c_int(1), ctypes.c_int(2)
  local p = ctypes.pointer(x)
  p.contents = y
  same(p[0], 2)
  p[0] = 3
  same({x.value, y.value}, {1, 3})
  fails("TypeError", "a c_int is wanted", put, p, "contents", ctypes.c_double(1))
  fails("TypeError", "a c_int is wanted, not number 5", put, p, "contents", 5)
end)

test("pointers are indexed as far as they lead", function()
  local a = (ctypes.c_int * 4)(10, 20, 30, 40)
  local p = ctypes.cast(a, int_p)
  same(p[3], 40)
  p[2] = 33
  same(a[2], 33)
  local middle = ctypes.cast(ctypes.byref(a, 8), int_p)
  same({middle[-1], middle[0], middle[1]}, {20, 33, 40})
  same(p:slice(0, 4), {10, 20, 33, 40})
  same(p:slice(0, 4, 2), {10, 33})
  same(p:slice(nil, 2), {10, 20})
  same(p:slice(3, -1, -1), {40, 33, 20, 10}) -- -1 is before the first: a pointer has no end to count from
  fails("ValueError", "slice: a pointer has no length", function() p:slice(0) end)
  fails("ValueError", "slice: a pointer has no end to count back from", function() p:slice(nil, 0, -1) end)
end)

test("out parameters, by byref, pointer, the value itself or an array", function()
  local x = ctypes.c_int()
  lib.set_int(ctypes.byref(x), 1)
  same(x.value, 1)
  lib.set_int(ctypes.pointer(x), 2)
  same(x.value, 2)
  lib.set_int(x, 3) -- ctypes takes a T where a T * is wanted
  same(x.value, 3)
  local a = (ctypes.c_int * 2)()
  lib.set_int(a, 4)
  lib.set_int(ctypes.byref(a, 4), 5)
  same(a:slice(), {4, 5})
  same(lib.sum(a, 2), 9)
  fails("ArgumentError", "set_int: argument 1", lib.set_int, ctypes.c_double(1), 5)
end)

test("a function returns a pointer, or nil for NULL", function()
  local a = (ctypes.c_int * 3)(7, 8, 9)
  local p = lib.find_int(a, 3, 8)
  same(p[0], 8)
  same(p[1], 9)
  p[0] = 80
  same(a[1], 80)
  same(lib.find_int(a, 3, 5), nil)
end)

test("NULL pointers", function()
  prints(int_p(), "LP_c_int(NULL)")
  prints(int_p(nil), "LP_c_int(NULL)")
  same(lib.find_int(nil, 0, 0), nil)
  same(lib.find_int(int_p(), 0, 0), nil)
  lib.same_pointer.argtypes, lib.same_pointer.restype = {"void *"}, "void *"
  same(lib.same_pointer(nil), nil)
  same(lib.same_pointer(0), nil)
  same(lib.same_pointer(0x1000), 0x1000)
end)

test("what is no pointer goes as void * by reference", function()
  lib.same_pointer.argtypes, lib.same_pointer.restype = {"void *"}, "void *"
  local x = ctypes.c_int(3)
  same(lib.same_pointer(ctypes.byref(x)), ctypes.addressof(x))
  fails("ArgumentError", "cannot convert c_int(3) to void *: pass ctypes.byref of it", lib.same_pointer, x)
end)

test("POINTER(T)(x) and what it refuses", function()
  local x = ctypes.c_int(3)
  same(int_p(x)[0], 3)
  fails("TypeError", "LP_c_int: cannot convert number 5 to int *", int_p, 5)
  fails("TypeError", "LP_c_int: cannot convert c_double(3.0) to int *", int_p, ctypes.c_double(3))
  fails("TypeError", "POINTER: argument 1: a C type is wanted", ctypes.POINTER, 5)
  fails("TypeError", "pointer: argument 1: a ctypes value is wanted, not number 5", ctypes.pointer, 5)
  fails("TypeError", "not number 5; make one of it, such as ctypes.c_int(5)", ctypes.pointer, 5)
  fails("TypeError", "not number 1.5; make one of it, such as ctypes.c_double(1.5)", ctypes.byref, 1.5)
  fails("TypeError", "byref: argument 1: a ctypes value is wanted, not string", ctypes.byref, "x")
  fails("TypeError", "not the type c_int (call it to make a value)", ctypes.byref, ctypes.c_int)
  fails("TypeError", "LP_c_int: cannot convert byref(c_double(3.0)) to int *: it points to double", int_p, ctypes.byref(ctypes.c_double(3)))
  fails("TypeError", "LP_c_int: cannot convert LP_c_double(0x", int_p, ctypes.pointer(ctypes.c_double(3)))
  fails("ArgumentError", "cast: argument 1: cannot convert c_double(3.0) to int *", ctypes.cast, ctypes.c_double(3), int_p)
  fails("AttributeError", 'c_void_p has no member "contents"', get, ctypes.cast(0x1000, "void *"), "contents")
end)

test("pointers to pointers", function()
  local x = ctypes.c_int(5)
  local pp = ctypes.pointer(ctypes.pointer(x))
  same(pp[0][0], 5)
  same(pp.contents.contents.value, 5)
  pp[0][0] = 6
  same(x.value, 6)
end)

test("cast", function()
  local x = ctypes.c_int(0x01020304)
  local bytes = ctypes.cast(ctypes.pointer(x), ctypes.POINTER(ctypes.c_ubyte))
  same(bytes:slice(0, 4), {4, 3, 2, 1})
  same(ctypes.cast("abc", ctypes.c_char_p).value, "abc")
  same(ctypes.cast(ctypes.addressof(x), int_p)[0], 0x01020304)
  same(ctypes.cast(x and nil, int_p) ~= nil, true)
  same(ctypes.cast(ctypes.create_string_buffer("text"), ctypes.c_void_p).value ~= nil, true)
  fails("TypeError", "cast: argument 2: a pointer type is wanted, not int", ctypes.cast, x, ctypes.c_int)
  fails("ArgumentError", "cast: argument 1: cannot convert a table to int *", ctypes.cast, {}, int_p)
  fails("ArgumentError", "cast: argument 1: cannot convert number 1.5 to int *", ctypes.cast, 1.5, int_p)
end)

test("pointers are equal when they lead to one address", function()
  local x = ctypes.c_int(5)
  same(ctypes.pointer(x) == ctypes.pointer(x), true)
  same(ctypes.pointer(x) == ctypes.pointer(ctypes.c_int(5)), false)
  same(ctypes.pointer(x).contents == x, true)
end)

test("C values are no functions, and no iterators", function()
  fails("TypeError", "cannot be called; to go through its elements: for i = 0, #a - 1, or a:slice()",
    function() for _ in (ctypes.c_int * 3)() do end end)
  fails("TypeError", "cannot be called; to go through n elements: for i = 0, n - 1, or p:slice(0, n)",
    function() for _ in int_p() do end end)
  fails("TypeError", "c_int(5) cannot be called", function() ctypes.c_int(5)() end)
  fails("TypeError", "byref(c_int(5)) cannot be called", function() ctypes.byref(ctypes.c_int(5))() end)
end)

test("pointers print with their type and address", function()
  same(tostring(ctypes.pointer(ctypes.c_int(5))):match("^LP_c_int%(0x%x+%)$") ~= nil, true)
  prints(ctypes.byref(ctypes.c_int(5)), "byref(c_int(5))")
end)
