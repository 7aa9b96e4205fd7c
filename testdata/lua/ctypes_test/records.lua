-- Structs and unions by value and by reference, as arguments and results.

dofile(support_path .. "/ctypes_test.lua")

local Test = ctypes.Structure("Test", {{"first", ctypes.c_ulong}, {"second", ctypes.c_ulong}, {"third", ctypes.c_ulong}})

drive("_testfunc_large_struct_update_value", "what C does to its copy is not seen: in memory", function(lib)
  local s = Test(0xdeadbeef, 0xcafebabe, 0x0bad1dea)
  lib._testfunc_large_struct_update_value.argtypes = {Test}
  lib._testfunc_large_struct_update_value.restype = nil
  lib._testfunc_large_struct_update_value(s)
  same({s.first, s.second, s.third}, {0xdeadbeef, 0xcafebabe, 0x0bad1dea})
end)

drive("_testfunc_reg_struct_update_value last_tfrsuv_arg", "what C does to its copy is not seen: in a register", function(lib)
  local X = ctypes.Structure("X", {{"first", ctypes.c_uint}, {"second", ctypes.c_uint}})
  local s = X(0xdeadbeef, 0xcafebabe)
  lib._testfunc_reg_struct_update_value.argtypes = {X}
  lib._testfunc_reg_struct_update_value.restype = nil
  lib._testfunc_reg_struct_update_value(s)
  same({s.first, s.second}, {0xdeadbeef, 0xcafebabe})
  same(ctypes.equal(s, X.in_dll(lib, "last_tfrsuv_arg")), true)
end)

local POINT = ctypes.Structure("POINT", {{"x", ctypes.c_int}, {"y", ctypes.c_int}})

drive("_testfunc_byval", "a struct argument, declared or not", function(lib)
  local out = POINT()
  same(lib._testfunc_byval(POINT(1, 2), ctypes.byref(out)), 3)
  same({out.x, out.y}, {1, 2})
  lib._testfunc_byval.argtypes = {POINT, ctypes.POINTER(POINT)}
  lib._testfunc_byval.restype = ctypes.c_int
  same(lib._testfunc_byval(POINT(101, 102), ctypes.byref(out)), 203)
  same({out.x, out.y}, {101, 102})
  same(lib._testfunc_byval({3, 4}, nil), 7)
  same(lib._testfunc_byval(POINT(5, 6), out), 11) -- a value may stand for a pointer to it
  same({out.x, out.y}, {5, 6})
  fails("ArgumentError", "_testfunc_byval: argument 1: cannot convert", lib._testfunc_byval, "text", nil)
end)

drive("ret_2h_func", "a small struct comes back", function(lib)
  local S2H = ctypes.Structure("S2H", {{"x", ctypes.c_short}, {"y", ctypes.c_short}})
  lib.ret_2h_func.argtypes, lib.ret_2h_func.restype = {S2H}, S2H
  local s = S2H(99, 88)
  prints(lib.ret_2h_func(s), "S2H(x=198, y=264)")
  prints(lib.ret_2h_func({_as_parameter_ = s}), "S2H(x=198, y=264)")
  prints(s, "S2H(x=99, y=88)") -- it was passed by value
end)

drive("ret_8i_func", "a large struct comes back", function(lib)
  local fields = {}
  for letter in ("abcdefgh"):gmatch(".") do fields[#fields + 1] = {letter, ctypes.c_int} end
  local S8I = ctypes.Structure("S8I", fields)
  lib.ret_8i_func.argtypes, lib.ret_8i_func.restype = {S8I}, S8I
  local s = S8I(9, 8, 7, 6, 5, 4, 3, 2)
  prints(lib.ret_8i_func(s), "S8I(a=18, b=24, c=28, d=30, e=30, f=28, g=24, h=18)")
  prints(s, "S8I(a=9, b=8, c=7, d=6, e=5, f=4, g=3, h=2)")
end)

-- Structs around an array. item gives the members' values from their place in the array.
local function array_in_struct(T, item)
  local s, sum = T(), 0
  for i = 0, #s.data - 1 do
    s.data[i] = item(i)
    sum = sum + item(i)
  end
  return s, sum
end

local function summed(f, T, restype, item)
  local s, sum = array_in_struct(T, item)
  f.argtypes, f.restype = {T}, restype
  same(f(s), sum)
  for i = 0, #s.data - 1 do same(s.data[i], item(i)) end -- C cleared its copy
end

local function index(i) return i end
local Bytes = ctypes.Structure("Bytes", {{"data", ctypes.c_ubyte * 16}})
local Doubles = {}
for _, n in ipairs{2, 4, 5, 8, 9} do Doubles[n] = ctypes.Structure("Doubles" .. n, {{"data", ctypes.c_double * n}}) end

-- Four floats, two of them a base's.
local Parent = ctypes.Structure("Parent", {{"data", ctypes.c_float * 2}})
local Floats = ctypes.Structure("Floats", {{"more_data", ctypes.c_float * 2}}, {base = Parent})

local function four_floats(f)
  local s = Floats{data = {3.14159, 2.71828}, more_data = {-3, -2}}
  f.argtypes, f.restype = {Floats}, ctypes.c_double
  close_to(f(s), 3.14159 + 2.71828 - 3 - 2)
  for i, want in ipairs{3.14159, 2.71828} do close_to(s.data[i - 1], want) end
  same(s.more_data:slice(), {-3, -2})
end

-- The name has been given to two functions.
drive("_testfunc_array_in_struct2", "an array of bytes, or of doubles, in a struct", function(lib)
  if pcall(get, lib, "_testfunc_array_in_struct1") then
    summed(lib._testfunc_array_in_struct2, Doubles[2], ctypes.c_double, function(i) return i == 0 and 3.14159 or 2.71828 end)
  else
    summed(lib._testfunc_array_in_struct2, Bytes, ctypes.c_int, index)
  end
end, 7)

drive("_testfunc_array_in_struct1", "an array of bytes in a struct", function(lib)
  summed(lib._testfunc_array_in_struct1, Bytes, ctypes.c_int, index)
end, gone)

drive("_testfunc_array_in_struct2a", "arrays of floats in a struct and its base, as it was called", function(lib)
  four_floats(lib._testfunc_array_in_struct2a)
end, gone)

drive("_testfunc_array_in_struct3A", "arrays of floats in a struct and its base", function(lib)
  four_floats(lib._testfunc_array_in_struct3A)
end, 13)

for letter, n in pairs{B = 2, C = 4, D = 8, E = 9} do
  local name = "_testfunc_array_in_struct3" .. letter
  drive(name, "an array of " .. n .. " doubles in a struct", function(lib)
    summed(lib[name], Doubles[n], ctypes.c_double, index)
  end, 13)
  drive(name .. "_set_defaults", "a struct of " .. n .. " doubles comes back", function(lib)
    local f = lib[name .. "_set_defaults"]
    f.restype = Doubles[n]
    local data = f().data
    for i = 0, n - 1 do same(data[i], i + 1) end
  end, 13)
end

for letter, n in pairs{C = 4, D = 5} do
  local name = "_testfunc_array_in_struct_set_defaults_3" .. letter
  drive(name, "a struct of " .. n .. " doubles comes back, as array or one by one", function(lib)
    local fields = {}
    for i = 1, n do fields[i] = {("xyztu"):sub(i, i), ctypes.c_double} end
    lib[name].restype = Doubles[n]
    same(lib[name]().data:slice(), {1, 2, 3, 4, n == 5 and 5 or nil})
    lib[name].restype = ctypes.Structure("OneByOne", fields)
    local result = lib[name]()
    for i = 1, n do same(result[fields[i][1]], i) end
  end, gone)
end

-- Unions, which ctypes refuses by value.
local Nested1 = ctypes.Structure("Nested1", {{"an_int", ctypes.c_int}, {"another_int", ctypes.c_int}})
local Test4 = ctypes.Union("Test4", {{"a_long", ctypes.c_long}, {"a_struct", Nested1}})
local Nested2 = ctypes.Structure("Nested2", {{"an_int", ctypes.c_int}, {"a_union", Test4}})
local Test5 = ctypes.Structure("Test5", {{"an_int", ctypes.c_int}, {"nested", Nested2}, {"another_int", ctypes.c_int}})

drive("_testfunc_union_by_value1", "a union by value", function(lib)
  local t, f = Test4{a_struct = {0x12340000, 0x5678}}, lib._testfunc_union_by_value1
  f.argtypes, f.restype = {Test4}, ctypes.c_long
  same(f(t), 0x567812340000 + 0x12340000 + 0x5678)
  same({t.a_struct.an_int, t.a_struct.another_int}, {0x12340000, 0x5678})
  same(f(Test4(12345)), 12345 + 12345)
end, 7)

drive("_testfunc_union_by_value2", "a union in a struct by value", function(lib)
  local t, f = Test5{an_int = 0x12000000, nested = {0x345678, {-1}}, another_int = 7}, lib._testfunc_union_by_value2
  f.argtypes, f.restype = {Test5}, ctypes.c_long
  same(f(t), 0x12345678)
  same({t.an_int, t.nested.an_int, t.nested.a_union.a_long, t.another_int}, {0x12000000, 0x345678, -1, 7})
end, 7)

drive("_testfunc_union_by_reference1 _testfunc_union_by_reference2 _testfunc_union_by_reference3", "unions by reference", function(lib)
  for i, T in ipairs{Test4, Test4, Test5} do
    local f = lib["_testfunc_union_by_reference" .. i]
    f.argtypes, f.restype = {ctypes.POINTER(T)}, ctypes.c_long
  end
  local t = Test4(12345)
  same(lib._testfunc_union_by_reference1(ctypes.byref(t)), 12345)
  same({t.a_long, t.a_struct.an_int, t.a_struct.another_int}, {0, 0, 0})
  t.a_struct.an_int, t.a_struct.another_int = 0x12340000, 0x5678
  same(lib._testfunc_union_by_reference2(ctypes.byref(t)), 0x12345678)
  same({t.a_long, t.a_struct.an_int, t.a_struct.another_int}, {0, 0, 0})
  local u = Test5{an_int = 0x12000000, nested = {0x345600}, another_int = 0x78}
  same(lib._testfunc_union_by_reference3(ctypes.byref(u)), 0x12345678)
  same({u.an_int, u.nested.an_int, u.another_int}, {0, 0, 0})
end, 7)

-- Windows' POINT and RECT, which the library has elsewhere too.
local WPOINT = ctypes.Structure("POINT", {{"x", ctypes.c_long}, {"y", ctypes.c_long}})
local RECT = ctypes.Structure("RECT", {{"left", ctypes.c_long}, {"top", ctypes.c_long}, {"right", ctypes.c_long}, {"bottom", ctypes.c_long}})

-- rect is made of the library's variables.
local function rect(lib)
  local long = function(name) return ctypes.c_long.in_dll(lib, name) end
  return RECT(long("left"), long("top"), long("right"), long("bottom"))
end

drive("PointInRect left top right bottom", "a pointer to a struct, and a struct", function(lib)
  local r = rect(lib)
  prints(r, "RECT(left=10, top=20, right=30, bottom=40)")
  lib.PointInRect.argtypes = {ctypes.POINTER(RECT), WPOINT}
  same(lib.PointInRect(ctypes.byref(r), WPOINT(15, 25)), 1)
  same(lib.PointInRect(ctypes.byref(r), WPOINT(9, 25)), 0)
  same(lib.PointInRect(ctypes.byref(r), WPOINT(15, 41)), 0)
end)

drive("ReturnRect", "five structs in one call, and which of them comes back", function(lib)
  local f, r, at = lib.ReturnRect, rect(lib), WPOINT(15, 25)
  f.argtypes = {ctypes.c_int, RECT, ctypes.POINTER(RECT), WPOINT, RECT, ctypes.POINTER(RECT), WPOINT, RECT}
  f.restype = RECT
  for i = 0, 3 do
    same(ctypes.equal(f(i, r, ctypes.pointer(r), at, r, ctypes.byref(r), at, r), r), true)
  end
  -- The function says which argument came in wrong.
  same(f(0, r, r, at, r, r, WPOINT(16, 25), r).left, -100)
  same(f(0, r, r, at, r, r, WPOINT(15, 26), r).left, -200)
  same(f(0, r, r, at, r, r, at, RECT{left = 10}).right, 100)
  same(f(1, r, r, at, RECT{10, 1, 30, 2}, r, at, r).bottom, 2)
  same(f(2, r, r, at, r, r, at, RECT{10, 3, 30, 4}).bottom, 4)
end)

drive("GetRectangle", "a struct that C fills", function(lib)
  local r = RECT()
  same(lib.GetRectangle(0, ctypes.byref(r)), 0)
  prints(r, "RECT(left=0, top=0, right=0, bottom=0)")
  same(lib.GetRectangle(5, ctypes.byref(r)), 1)
  prints(r, "RECT(left=5, top=6, right=7, bottom=8)")
end)

-- Structs that C has: read through pointers.
local SPAM = ctypes.Structure("SPAM", {{"name", ctypes.c_char_p}, {"value", ctypes.c_char_p}})
local EGG = ctypes.Structure("EGG", {{"name", ctypes.c_char_p}, {"num_spams", ctypes.c_int}, {"spams", ctypes.POINTER(SPAM)}})

local function check_egg(egg)
  same({egg.name, egg.num_spams}, {"first egg", 1})
  for i = 0, 1 do same({egg.spams[i].name, egg.spams[i].value}, {"name" .. i + 1, "value" .. i + 1}) end
end

drive("getSPAMANDEGGS", "a pointer to C's own structs", function(lib)
  lib.getSPAMANDEGGS.argtypes = {ctypes.POINTER(ctypes.POINTER(EGG))}
  local eggs = ctypes.POINTER(EGG)()
  same(lib.getSPAMANDEGGS(ctypes.byref(eggs)), 1)
  check_egg(eggs.contents)
  check_egg(eggs[0])
end)

drive("my_eggs my_spams", "the same structs as variables", function(lib)
  check_egg(EGG.in_dll(lib, "my_eggs"))
  same((SPAM * 2).in_dll(lib, "my_spams")[1].value, "value2")
end, gone)
