-- Names that a library does not have.

local lib = ctypes.CDLL(probe_path)

test("an unknown function is an AttributeError with near names", function()
  fails("AttributeError", "undefined symbol: get_countre; did you mean get_counter?", get, lib, "get_countre")
  fails("AttributeError", "undefined symbol: nothing_like_it", get, lib, "nothing_like_it")
  fails("AttributeError", "did you mean strlen", get, ctypes.CDLL(nil), "strlenn")
end)

test("an unknown variable is a ValueError with near names", function()
  fails("ValueError", "undefined symbol: countr; did you mean counter?", ctypes.c_int.in_dll, lib, "countr")
end)

test("what is no name is refused", function()
  fails("TypeError", "a symbol name is wanted, not number 5", get, lib, 5)
  fails("TypeError", "a symbol name is wanted, not boolean true", get, lib, true)
  fails("AttributeError", "has a NUL byte in it", get, lib, "add\0")
  fails("AttributeError", "undefined symbol", get, lib, "")
  fails("TypeError", "in_dll: argument 1: a library (CDLL) is wanted, not number 5", ctypes.c_int.in_dll, 5, "counter")
  fails("TypeError", "in_dll: argument 2: a symbol name is wanted, not nil", ctypes.c_int.in_dll, lib)
end)

test("a function is looked up once and remembered", function()
  same(lib.add, lib["add"])
  lib.add.argtypes = {"int", "int"}
  same(#lib.add.argtypes, 2)
  same(ctypes.CDLL(probe_path).add.argtypes, nil) -- each CDLL declares its own
end)

test("unknown members of functions, types, values and modules", function()
  fails("AttributeError", [[has no member "argtype"; did you mean argtypes?]], get, lib.add, "argtype")
  fails("AttributeError", [[has no member "argtype" to set; did you mean argtypes?]], put, lib.add, "argtype", {})
  fails("AttributeError", [[has no member "from_adress"; did you mean from_address?]], get, ctypes.c_int, "from_adress")
  fails("AttributeError", "c_int has no member", get, ctypes.c_int(5), "contents")
  fails("AttributeError", "LP_c_int has no member", get, ctypes.pointer(ctypes.c_int(5)), "value")
  fails("AttributeError", "cannot be set on the type c_int", put, ctypes.c_int, "x", 5)
end)

test("a variable is not a function, and has a size", function()
  fails("TypeError", [[counter is a variable, not a function; read it with ctypes.c_int.in_dll(lib, "counter")]], lib.counter)
  same(ctypes.c_int.in_dll(lib, "counter").value, 42)
  fails("ValueError", "in_dll: counter has 4 bytes, long needs 8", ctypes.c_long.in_dll, lib, "counter")
  fails("ValueError", "in_dll: table has 16 bytes, int[5] needs 20", (ctypes.c_int * 5).in_dll, lib, "table")
  same((ctypes.c_ubyte * 4).in_dll(lib, "add"):slice()[1] ~= nil, true) -- code may be looked at
end)

test("what was assigned to a member is let go with nil", function()
  lib.half = function() return "mine" end
  same(lib.half(), "mine")
  lib.half = nil
  lib.half.argtypes, lib.half.restype = {"double"}, "double"
  same(lib.half(5), 2.5)
end)
