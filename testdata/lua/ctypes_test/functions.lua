-- Functions of many arguments, what stands for an argument, variables, long double, and what C prints.

dofile(support_path .. "/ctypes_test.lua")

local bhilfd = {ctypes.c_byte, ctypes.c_short, ctypes.c_int, ctypes.c_long, ctypes.c_float, ctypes.c_double}

-- Six kinds of argument are summed to each kind of result.
local sums = {
  {"_testfunc_i_bhilfd", ctypes.c_int},
  {"_testfunc_f_bhilfd", ctypes.c_float},
  {"_testfunc_d_bhilfd", ctypes.c_double},
  {"_testfunc_q_bhilfd", ctypes.c_longlong},
  {"_testfunc_D_bhilfD", ctypes.c_longdouble},
}
for _, row in ipairs(sums) do
  local name, T = unpack(row)
  drive(name, "six kinds of argument to a " .. T.__name__, function(lib)
    local f = lib[name]
    f.argtypes, f.restype = bhilfd, T
    if T == ctypes.c_longdouble then f.argtypes = {ctypes.c_byte, ctypes.c_short, ctypes.c_int, ctypes.c_long, ctypes.c_float, T} end
    same(f(1, 2, 3, 4, 5, 6), 21)
    same(f(-1, -2, -3, -4, -5, -6), -21)
  end)
end

drive("_testfunc_q_bhilfdq", "seven", function(lib)
  local f = lib._testfunc_q_bhilfdq
  f.argtypes = {ctypes.c_byte, ctypes.c_short, ctypes.c_int, ctypes.c_long, ctypes.c_float, ctypes.c_double, ctypes.c_longlong}
  f.restype = ctypes.c_longlong
  same(f(1, 2, 3, 4, 5, 6, 21), 42)
end)

drive("_testfunc_i_bhilfd", "a result is cut to its type", function(lib)
  local f = lib._testfunc_i_bhilfd
  f.argtypes, f.restype = bhilfd, ctypes.c_short
  same(f(1, 2, 3, 4, 5, 6), 21)
  same(f(1, 2, 3, 0x10004, 5, 6), 21)
  f.restype = ctypes.c_wchar
  same(f(0, 0, 0, 0, 0, 0), "\0")
  fails("TypeError", "_testfunc_i_bhilfd.restype:", put, f, "restype", "i") -- a type's letter is no type
end)

drive("_testfunc_i_bhilfd", "a wchar_t argument", function(lib)
  local f = lib._testfunc_i_bhilfd
  f.argtypes = {ctypes.c_byte, ctypes.c_wchar, ctypes.c_int, ctypes.c_long, ctypes.c_float, ctypes.c_double}
  same(f(1, "x", 3, 4, 5, 6), 139)
  same(f(1, 2, 3, 4, 5, 6), 21) -- the number of a character will do
  fails("ArgumentError", "_testfunc_i_bhilfd: argument 2: cannot convert", f, 1, "abc", 3, 4, 5, 6)
end)

drive("_testfunc_v", "a result through a pointer", function(lib)
  local f, result = lib._testfunc_v, ctypes.c_int()
  f.argtypes, f.restype = {ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.c_int)}, nil
  same(select("#", f(1, 2, ctypes.byref(result))), 0)
  same(result.value, 3)
end)

drive("TwoOutArgs", "two results through pointers", function(lib)
  local i, j = ctypes.c_int(10), ctypes.c_int(20)
  lib.TwoOutArgs.restype = nil
  lib.TwoOutArgs(1, ctypes.byref(i), 2, ctypes.byref(j))
  same({i.value, j.value}, {11, 22})
end)

drive("_testfunc_deref_pointer", "an int by reference", function(lib)
  same(lib._testfunc_deref_pointer(ctypes.byref(ctypes.c_int(42))), 42)
  same(lib._testfunc_deref_pointer((ctypes.c_int * 2)(-7, 8)), -7)
end)

drive("_py_func _py_func_si", "nothing at all", function(lib)
  lib._py_func.restype, lib._py_func_si.restype = nil, nil
  lib._py_func_si.argtypes = {ctypes.c_char_p, ctypes.c_int}
  same(select("#", lib._py_func()), 0)
  same(select("#", lib._py_func_si("text", 1)), 0)
end)

-- Every way to write an argument, one for another.
local property = setmetatable({}, {__index = function(t, name) return name == "_as_parameter_" and rawget(t, "param") or nil end})
local wraps = {
  {"as it is", function(x) return x end},
  {"in a table", function(x) return {_as_parameter_ = x} end},
  {"in a table thrice", function(x) return {_as_parameter_ = {_as_parameter_ = {_as_parameter_ = x}}} end},
  {"behind a metatable", function(x) property.param = x return property end},
}
for _, row in ipairs(wraps) do
  local how, wrap = unpack(row)
  drive("_testfunc_i_bhilfd _testfunc_p_p", "an argument " .. how, function(lib)
    local f = lib._testfunc_i_bhilfd
    f.argtypes = {ctypes.c_byte, ctypes.c_wchar, ctypes.c_int, ctypes.c_long, ctypes.c_float, ctypes.c_double}
    same(f(wrap(1), "x", 3, 4, 5, 6), 139)
    same(f(1, wrap("x"), 3, 4, 5, 6), 139)
    same(f(1, "x", 3, wrap(4), 5, 6), 139)
    same(f(1, "x", 3, 4, wrap(5), 6), 139)
    same(f(1, "x", 3, 4, 5, wrap(6)), 139)
    local p = lib._testfunc_p_p
    p.argtypes, p.restype = {ctypes.POINTER(ctypes.c_int)}, ctypes.POINTER(ctypes.c_int)
    local v = ctypes.c_int(42)
    same(p(wrap(ctypes.pointer(v))).contents.value, 42)
    same(p(wrap(ctypes.pointer(ctypes.c_int(99)))).contents.value, 99)
  end)
end

drive("_testfunc_p_p", "restype: a type, a function, nothing", function(lib)
  local f = lib._testfunc_p_p
  same(f(42), 42)
  f.restype = function(result) return "checked " .. result end
  same(f(42), "checked 42")
  f.restype = nil
  same(select("#", f(42)), 0)
  f.restype = ctypes.c_int
  same(f(42), 42)
end)

drive("_testfunc_p_p", "an adapter among the argtypes", function(lib)
  local f = lib._testfunc_p_p
  f.restype = ctypes.c_void_p
  fails("TypeError", "_testfunc_p_p.argtypes: item 1", put, f, "argtypes", {{}}) -- it has no from_param
  f.argtypes = {{from_param = function() return nil end}}
  same(f(nil), nil)
  same(f({}), nil)
  f.argtypes = {{from_param = function(x) return x end}}
  fails("ArgumentError", "_testfunc_p_p: argument 1", f, {})
  same(f(ctypes.c_void_p(42)), 42)
  f.argtypes = {{from_param = function(x) error("no pointer: " .. x) end}}
  fails("ArgumentError", "no pointer: 99", f, 99)
end)

drive("an_integer get_an_integer", "a variable", function(lib)
  local an_integer = ctypes.c_int.in_dll(lib, "an_integer")
  local x = an_integer.value
  same(x, 42)
  same(lib.get_an_integer(), x)
  an_integer.value = an_integer.value * 2
  same(lib.get_an_integer(), x * 2)
  an_integer.value = x -- the library stays open
  same(lib.get_an_integer(), x)
end)

drive("", "names that are not there", function(lib)
  fails("AttributeError", "_xxx_yyy", get, lib, "_xxx_yyy")
  fails("ValueError", "_xxx_yyy", ctypes.c_int.in_dll, lib, "_xxx_yyy")
  fails("ValueError", "Undefined_Symbol", ctypes.c_int.in_dll, lib, "Undefined_Symbol")
end)

drive("testfunc_iii", "ints multiplied", function(lib)
  local product
  local text = printed(function() product = lib.testfunc_iii(6, -7) end)
  same(product, -42)
  same(text:match("^testfunc_iii%(0x%x+, 0x%x+%)\n$"), text)
end)

drive("testfunc_Ddd testfunc_DDD", "doubles and long doubles multiplied", function(lib)
  local product
  lib.testfunc_Ddd.argtypes, lib.testfunc_Ddd.restype = {ctypes.c_double, ctypes.c_double}, ctypes.c_longdouble
  local text = printed(function() product = lib.testfunc_Ddd(2.5, -4) end)
  same(product, -10)
  same(text:match("\n(.*)$"), "testfunc_Ddd(2.5, -4)\n")
  lib.testfunc_DDD.argtypes, lib.testfunc_DDD.restype = {ctypes.c_longdouble, ctypes.c_longdouble}, ctypes.c_longdouble
  text = printed(function() product = lib.testfunc_DDD(1.5, 3) end)
  same(product, 4.5)
  same(text:match("\n(.*)$"), "testfunc_DDD(1.5, 3)\n")
  printed(function() product = lib.testfunc_DDD(3037000499, 3037000497) end)
  prints(product, "9223372024852248003") -- which no double is
end)

drive("testfunc_array", "an array", function(lib)
  lib.testfunc_array.argtypes, lib.testfunc_array.restype = {ctypes.POINTER(ctypes.c_int)}, nil
  same(printed(function() lib.testfunc_array((ctypes.c_int * 4)(1, -2, 3, -4)) end), "testfunc_array 1 -2 3 -4\n")
end)

drive("_testfunc_ai8", "an array type among the argtypes", function(lib)
  local f = lib._testfunc_ai8
  f.argtypes, f.restype = {ctypes.c_int * 8}, ctypes.POINTER(ctypes.c_int)
  local a = (ctypes.c_int * 8)(1, 2, 3, 4, 5, 6, 7, 8)
  same(f(a)[7], 8)
  same(ctypes.addressof(f(a).contents), ctypes.addressof(a))
end)

drive("myprintf", "variadic", function(lib)
  lib.myprintf.argtypes = {"const char *", "..."}
  local n
  local text = printed(function()
    n = lib.myprintf("%d %s %.2f %lld %c\n", 42, "text", ctypes.c_double(3.25), ctypes.c_longlong(2 ^ 40), ctypes.c_int(120))
  end)
  same(text, "42 text 3.25 1099511627776 x\n")
  same(n, #text)
end)
