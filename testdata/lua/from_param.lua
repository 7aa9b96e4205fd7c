-- from_param: what argtypes makes of an argument, and adapters of one's own in argtypes.

local lib = ctypes.CDLL(probe_path)

test("T.from_param follows the rules of arguments", function()
  prints(ctypes.c_int.from_param(5), "c_int(5)")
  prints(ctypes.c_ubyte.from_param(-1), "c_ubyte(255)")
  prints(ctypes.c_double.from_param(1), "c_double(1.0)")
  prints(ctypes.c_bool.from_param(7), "c_bool(true)")
  prints(ctypes.c_longdouble.from_param(0.5), "c_longdouble(0.5)")
  prints(ctypes.c_int:from_param(5), "c_int(5)")
  fails("TypeError", "c_ubyte.from_param: number 300 does not fit unsigned char", ctypes.c_ubyte.from_param, 300)
  fails("TypeError", 'c_int.from_param: cannot convert string "x" to int', ctypes.c_int.from_param, "x")
  fails("TypeError", "c_int.from_param: a value is wanted", ctypes.c_int.from_param)
  fails("TypeError", "cannot convert number 16 to char *", ctypes.c_char_p.from_param, 16)
end)

test("a value of the type is given back as it is", function()
  local n = ctypes.c_int(1)
  same(ctypes.addressof(ctypes.c_int.from_param(n)), ctypes.addressof(n))
  same(ctypes.c_int.from_param({_as_parameter_ = n}).value, 1)
  local P = ctypes.Structure("P", {{"x", "int"}, {"y", "int"}})
  local p = P(1, 2)
  same(ctypes.addressof(P.from_param(p)), ctypes.addressof(p))
  same(P.from_param({3, 4}).y, 4)
  fails("TypeError", "P.from_param: cannot convert number 5 to struct P", P.from_param, 5)
end)

test("pointers are made of what a pointer parameter takes", function()
  local n = ctypes.c_int(7)
  local IntP = ctypes.POINTER(ctypes.c_int)
  same(IntP.from_param(n)[0], 7)
  same(IntP.from_param(ctypes.byref(n))[0], 7)
  same(IntP.from_param((ctypes.c_int * 2)(8, 9))[1], 9)
  same((ctypes.c_int * 2).from_param((ctypes.c_int * 2)(8, 9))[1], 9)
  same(ctypes.cast(IntP.from_param(nil), "void *").value, nil)
  fails("TypeError", "cannot convert c_short(7) to int *", IntP.from_param, ctypes.c_short(7))
  local s = ctypes.c_char_p.from_param("text")
  collectgarbage()
  same(s.value, "text")
end)

test("an adapter says what is passed", function()
  local Days = {}
  function Days.from_param(x)
    if type(x) ~= "table" then error(("days are wanted, not %s"):format(tostring(x)), 0) end
    return x.days
  end
  lib.add.argtypes = {Days, "int"}
  same(lib.add({days = 3}, 4), 7)
  same(lib.add.argtypes[1], Days)
  fails("ArgumentError", "add: argument 1: days are wanted, not 3", lib.add, 3, 4)
  fails("TypeError", "add: 1 argument given, 2 wanted (adapted, int)", lib.add, {days = 3})
  fails("ArgumentError", "add: argument 1: cannot guess a C type for number 1.5", lib.add, {days = 1.5}, 4)
  fails("ArgumentError", "add: argument 2: cannot convert", lib.add, {days = 1}, "x")
  same(tostring(lib.add):match("<int add%(adapted, int%) from"), "<int add(adapted, int) from")
  lib.add.argtypes = nil
  same(lib.add(3, 4), 7)
end)

test("what from_param gives may be a ctypes value, a string, or stand for another", function()
  lib.add.argtypes = {{from_param = ctypes.c_short.from_param}, {from_param = function(x) return {_as_parameter_ = x} end}}
  same(lib.add(3, 4), 7)
  fails("ArgumentError", "add: argument 1: c_short.from_param: number 70000 does not fit short", lib.add, 70000, 4)
  local strlen = ctypes.CDLL(nil).strlen
  strlen.argtypes = {{from_param = function(x) return x:rep(3) end}}
  same(strlen("ab"), 6)
  lib.half.argtypes, lib.half.restype = {{from_param = ctypes.c_double.from_param}}, "double"
  same(lib.half(5), 2.5)
  lib.half.argtypes = {"double"}
  same(lib.half(5), 2.5)
end)

test("errcheck sees the arguments as they were given", function()
  local seen
  lib.add.argtypes = {{from_param = function(x) return #x end}, "int"}
  lib.add.errcheck = function(result, _, args) seen = args; return result end
  same(lib.add("four", 1), 5)
  same(seen, {"four", 1})
  lib.add.errcheck, lib.add.argtypes = nil, nil
end)

test("an adapter may call the function, and declare it anew", function()
  local depth = 0
  lib.add.argtypes = {{from_param = function(x)
    depth = depth + 1
    return depth < 50 and lib.add(x, 1) or x
  end}, "int"}
  same(lib.add(0, 1), 50)
  lib.add.argtypes = {{from_param = function(x) lib.add.argtypes = {"int", "int"}; return x end}, "int"}
  same(lib.add(2, 3), 5)
  same(lib.add(2, 3), 5)
  lib.add.argtypes = {{from_param = function(x) lib.add.argtypes = nil; return x end}, "int"}
  same(lib.add(2, 3), 5)
  lib.add.argtypes = {{from_param = function() error({}) end}}
  fails("ArgumentError", "add: argument 1: from_param raised a table", lib.add, 1)
  lib.add.argtypes = nil
end)

test("adapters of a variadic function", function()
  local c = ctypes.CDLL(nil)
  local b = ctypes.create_string_buffer(20)
  c.snprintf.argtypes = {"char *", "size_t", {from_param = function(x) return x .. " %d" end}}
  same(c.snprintf(b, 20, "n:", 5), 4)
  same(b.value, "n: 5")
end)
