-- Results: restype, restype functions and errcheck.

local lib = ctypes.CDLL(probe_path)

test("int is the default, nil is void", function()
  same(lib.add(-1, 0), -1)
  same(lib.nothing.restype, ctypes.c_int)
  lib.nothing.restype = nil
  same(select("#", lib.nothing()), 0)
  same(lib.nothing.restype, nil)
end)

test("each kind of result", function()
  lib.half.argtypes, lib.half.restype = {"double"}, ctypes.c_double
  same(lib.half(5), 2.5)
  lib.quarter.argtypes, lib.quarter.restype = {"float"}, "float"
  same(lib.quarter(5), 1.25)
  lib.first.argtypes, lib.first.restype = {"const char *"}, "char"
  same(lib.first("xyz"), "x")
  lib.negate.argtypes, lib.negate.restype = {"_Bool"}, "_Bool"
  same(lib.negate(false), true)
  lib.word.restype = "const char *"
  same(lib.word(2), "two")
  same(lib.word(3), nil)
  lib.word.restype = ctypes.POINTER(ctypes.c_char)
  same(lib.word(2)[0], "t")
  same(lib.word(3), nil)
end)

test("a function as restype gets the int", function()
  lib.add.restype = function(r) return "sum " .. r end
  same(lib.add(1, 2), "sum 3")
  lib.add.restype = ctypes.c_int
  same(lib.add(1, 2), 3)
end)

test("errcheck gets result, function and arguments, and gives the result", function()
  lib.add.errcheck = function(...)
    local result, fn, args = ...
    same(select("#", ...), 3)
    same(fn, lib.add)
    return {result, args[1], args[2]}
  end
  same(lib.add(1, 2), {3, 1, 2})
  lib.add.errcheck = nil
  same(lib.add(1, 2), 3)
end)

test("functions print with their C signature", function()
  lib.half.argtypes, lib.half.restype = {"double"}, "double"
  same(tostring(lib.half):find("<double half(double) from ", 1, true), 1)
  lib.format.argtypes = {"char *", "size_t", "const char *", "..."}
  same(tostring(lib.format):find("int format(char *, size_t, const char *, ...)", 1, true), 2)
end)
