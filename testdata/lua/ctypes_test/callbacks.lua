-- Lua functions that C calls, and C functions reached through pointers.

dofile(support_path .. "/ctypes_test.lua")
local CFUNCTYPE, i64 = ctypes.CFUNCTYPE, ctypes.int64

-- each_type gives an argument back through a callback, alone and after a signed char.
local rows = {
  {ctypes.c_byte, 42, -42}, {ctypes.c_ubyte, 42}, {ctypes.c_short, 42, -42}, {ctypes.c_ushort, 42},
  {ctypes.c_int, 42, -42}, {ctypes.c_uint, 42}, {ctypes.c_long, 42, -42}, {ctypes.c_ulong, 42},
  {ctypes.c_longlong, 42, -42, i64("-9223372036854775807")}, {ctypes.c_ulonglong, 42, ctypes.uint64("18446744073709551615")},
  {ctypes.c_float, 2.5, -0.125}, {ctypes.c_double, 3.14, -3.14}, {ctypes.c_longdouble, 3.14, -3.14},
  {ctypes.c_char, "x", "a"},
}
for _, row in ipairs(rows) do
  local T = row[1]
  test("a " .. T.__name__ .. " to Lua and back", function()
    for i = 2, #row do
      local got
      local function callback(...)
        got = {...}
        return got[#got]
      end
      same(CFUNCTYPE(T, T)(callback)(row[i]), row[i])
      same(got, {row[i]})
      same(CFUNCTYPE(T, ctypes.c_byte, T)(callback)(-3, row[i]), row[i])
      same(got, {-3, row[i]})
    end
  end)
end

drive("_testfunc_cbk_reg_int _testfunc_cbk_reg_double", "five arguments in registers", function(lib)
  local function sum(a, b, c, d, e) return a + b + c + d + e end
  for name, T in pairs{int = ctypes.c_int, double = ctypes.c_double} do
    local CALLBACK, f = CFUNCTYPE(T, T, T, T, T, T), lib["_testfunc_cbk_reg_" .. name]
    f.argtypes, f.restype = {T, T, T, T, T, CALLBACK}, T
    if name == "int" then
      same(f(2, 3, 4, 5, 6, CALLBACK(sum)), 2 * 2 + 3 * 3 + 4 * 4 + 5 * 5 + 6 * 6)
    else
      same(f(1.1, 2.2, 3.3, 4.4, 5.5, CALLBACK(sum)), sum(1.1 * 1.1, 2.2 * 2.2, 3.3 * 3.3, 4.4 * 4.4, 5.5 * 5.5))
    end
  end
end)

drive("_testfunc_cbk_large_struct", "a struct by value, which the callback may change", function(lib)
  local X = ctypes.Structure("X", {{"first", ctypes.c_ulong}, {"second", ctypes.c_ulong}, {"third", ctypes.c_ulong}})
  local s, got = X(0xdeadbeef, 0xcafebabe, 0x0bad1dea)
  local CALLBACK = CFUNCTYPE(nil, X)
  lib._testfunc_cbk_large_struct.argtypes, lib._testfunc_cbk_large_struct.restype = {X, CALLBACK}, nil
  lib._testfunc_cbk_large_struct(s, CALLBACK(function(x)
    got = {x.first, x.second, x.third}
    x.first, x.second, x.third = 0x0badf00d, 0x0badf00d, 0x0badf00d
  end))
  same(got, {0xdeadbeef, 0xcafebabe, 0x0bad1dea})
  same({s.first, s.second, s.third}, got)
end)

drive("_testfunc_callback_i_if", "ints, with a prototype and without", function(lib)
  local f, seen = lib._testfunc_callback_i_if, {}
  local CallBack = CFUNCTYPE(ctypes.c_int, ctypes.c_int)
  f(2 ^ 18, CallBack(function(v)
    seen[#seen + 1] = v
    return v
  end))
  local want = {}
  for i = 18, 0, -1 do want[#want + 1] = 2 ^ i end
  same(seen, want)
  local cb = CallBack(function(v) return v end)
  same(f(-10, cb), -18)
  same(f({_as_parameter_ = -10}, {_as_parameter_ = cb}), -18)
  f.argtypes = {ctypes.c_int, CallBack}
  same(f(-10, cb), -18)
  same(f({_as_parameter_ = -10}, {_as_parameter_ = cb}), -18)
  local other = CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int)(function(v) return v end)
  fails("ArgumentError", "_testfunc_callback_i_if: argument 2: cannot convert", f, -10, other)
end)

drive("_testfunc_callback_q_qf", "long longs", function(lib)
  local f, MyCallback = lib._testfunc_callback_q_qf, CFUNCTYPE(ctypes.c_longlong, ctypes.c_longlong)
  f.argtypes, f.restype = {ctypes.c_longlong, MyCallback}, ctypes.c_longlong
  same(f(1000000000000, MyCallback(function(value) return value % 2 ^ 31 end)), 13577625587)
end)

drive("_testfunc_callback_with_pointer", "a pointer into C's stack", function(lib)
  local seen = {}
  local callback = CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int))(function(arg)
    for i = 0, 9 do seen[#seen + 1] = arg[i] end
    return 7
  end)
  same(lib._testfunc_callback_with_pointer(callback), 7)
  same(lib._testfunc_callback_with_pointer(callback), 7)
  same(seen, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
end)

drive("integrate", "a double comes and goes", function(lib)
  local CALLBACK = CFUNCTYPE(ctypes.c_double, ctypes.c_double)
  lib.integrate.argtypes = {ctypes.c_double, ctypes.c_double, CALLBACK, ctypes.c_long}
  lib.integrate.restype = ctypes.c_double
  local calls = 0
  local result = lib.integrate(0, 1, CALLBACK(function(x)
    calls = calls + 1
    return x ^ 2
  end), 10)
  same(calls, 10)
  same(math.abs(result - 1 / 3) < 0.01, true)
  -- A function of C's own stands for a callback, too.
  lib.my_sqrt.argtypes, lib.my_sqrt.restype = {ctypes.c_double}, ctypes.c_double
  same(math.abs(lib.integrate(0, 1, lib.my_sqrt, 1000) - 2 / 3) < 0.001, true)
end)

drive("my_qsort", "qsort compares in Lua", function(lib)
  local comparefunc = CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_char), ctypes.POINTER(ctypes.c_char))
  lib.my_qsort.argtypes, lib.my_qsort.restype = {ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, comparefunc}, nil
  local chars = ctypes.create_string_buffer("spam, spam, and spam")
  lib.my_qsort(chars, #chars - 1, ctypes.sizeof(ctypes.c_char), comparefunc(function(a, b)
    return a[0]:byte() - b[0]:byte()
  end))
  same(chars.raw, "   ,,aaaadmmmnpppsss\0")
end)

drive("_testfunc_callfuncp", "function pointers in a struct", function(lib)
  local F = CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int)
  local FUNCS = ctypes.Structure("FUNCS", {{"c", F}, {"s", F}})
  local seen = {}
  local function note(name)
    return F(function(a, b)
      for _, v in ipairs{name, a, b} do seen[#seen + 1] = v end
      return 0
    end)
  end
  local funcs = FUNCS(note("c"), note("s"))
  collectgarbage() -- the struct keeps them
  lib._testfunc_callfuncp.argtypes = {ctypes.POINTER(FUNCS)}
  same(lib._testfunc_callfuncp(ctypes.byref(funcs)), 0)
  same(seen, {"c", 1, 2, "s", 3, 4})
  same(funcs.c(5, 6), 0) -- and from Lua
  same(seen[9], 6)
end)

drive("integrate", "an error in a callback is raised when the call returns", function(lib)
  local CALLBACK = CFUNCTYPE(ctypes.c_double, ctypes.c_double)
  lib.integrate.argtypes = {ctypes.c_double, ctypes.c_double, CALLBACK, ctypes.c_long}
  lib.integrate.restype = ctypes.c_double
  fails("", "no luck with 0.125", lib.integrate, 0, 1, CALLBACK(function(x) error("no luck with " .. x) end), 4)
  fails("TypeError", "cannot convert string", lib.integrate, 0, 1, CALLBACK(function() return "text" end), 4)
end)

test("function types, and what is asked of functions", function()
  local X = CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int)
  local x = X(function(...) return select("#", ...) end)
  same(x(1, 2), 2)
  same(x.restype, ctypes.c_int)
  same(x.argtypes, {ctypes.c_int, ctypes.c_int})
  same(ctypes.sizeof(X), ctypes.sizeof(ctypes.c_void_p))
  same(CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int), X)
end)

test("a callback in a struct is called from Lua, and outlives the struct", function()
  local WNDPROC = CFUNCTYPE(ctypes.c_long, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int)
  local WNDCLASS = ctypes.Structure("WNDCLASS", {
    {"style", ctypes.c_uint}, {"lpfnWndProc", WNDPROC}, {"cbClsExtra", ctypes.c_int}, {"cbWndExtra", ctypes.c_int},
    {"hInstance", ctypes.c_int}, {"hIcon", ctypes.c_int}, {"hCursor", ctypes.c_int},
    {"lpszMenuName", ctypes.c_char_p}, {"lpszClassName", ctypes.c_char_p}})
  local wndclass = WNDCLASS()
  wndclass.lpfnWndProc = WNDPROC(function(hwnd, msg, wParam, lParam) return hwnd + msg + wParam + lParam end)
  collectgarbage()
  same(wndclass.lpfnWndProc(1, 2, 3, 4), 10)
  local f = wndclass.lpfnWndProc
  wndclass = nil
  collectgarbage()
  same(f(10, 11, 12, 13), 46)
end)

-- A library that wants its caller's memory: void (*initialize)(void *(*)(int), void (*)(void *)).
local alloc, free = CFUNCTYPE(ctypes.c_void_p, ctypes.c_int), CFUNCTYPE(nil, ctypes.c_void_p)
local xxx_library = ctypes.Structure("xxx_library", {{"initialize", CFUNCTYPE(nil, alloc, free)}})

-- initialize calls the function in such a struct with an allocator written in Lua.
local function initialize(xxx)
  local buf, asked, freed = ctypes.create_string_buffer(32)
  local text = printed(function()
    xxx.initialize(alloc(function(n)
      asked = n
      return ctypes.addressof(buf)
    end), free(function(p) freed = p end))
  end)
  same({asked, freed}, {32, ctypes.addressof(buf)})
  same(text:match("^_xxx_init got 0x%x+ 0x%x+\ncalling\n(.*)$"), "calls done, ptr was " .. string.format("0x%x", ctypes.addressof(buf)) .. "\n")
end

drive("library_get", "callbacks passed to a function in a struct", function(lib)
  lib.library_get.restype = ctypes.POINTER(xxx_library)
  initialize(lib.library_get().contents)
end)

drive("_xxx_lib", "the same struct as a variable", function(lib)
  initialize(xxx_library.in_dll(lib, "_xxx_lib"))
end, gone)

-- Three ways to strchr: a restype, an address, a name.
local STRCHR = CFUNCTYPE(ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char)
local function check_strchr(strchr)
  same(strchr("abcdef", "b"), "bcdef")
  same(strchr("abcdef", "x"), nil)
  same(strchr("abcdef", 98), "bcdef")
  same(strchr("abcdef", 107), nil)
  fails("ArgumentError", "argument 2: cannot convert number 3.5 to char", strchr, "abcdef", 3.5)
  fails("TypeError", "1 argument given, 2 wanted", strchr, "abcdef")
end

drive("get_strchr", "a function pointer comes back, typed or as an address", function(lib)
  lib.get_strchr.restype = STRCHR
  check_strchr(lib.get_strchr())
  lib.get_strchr.restype = ctypes.c_void_p
  check_strchr(STRCHR(lib.get_strchr()))
end)

drive("my_strchr", "a function by its name", function(lib)
  check_strchr(STRCHR{"my_strchr", lib})
end)

-- paramflags: 1 is in, 2 is out.
drive("_testfunc_p_p", "a parameter with a name", function(lib)
  local f = CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)({"_testfunc_p_p", lib}, {{1, "input"}})
  fails("TypeError", "_testfunc_p_p: the argument input is missing", f)
  same(f(nil), nil)
  same(f(42), 42)
  same(f{input = 42}, 42)
end)

drive("GetRectangle getSPAMANDEGGS", "a struct, and a pointer to one, as result", function(lib)
  local RECT = ctypes.Structure("RECT", {{"left", ctypes.c_long}, {"top", ctypes.c_long}, {"right", ctypes.c_long}, {"bottom", ctypes.c_long}})
  local f = CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.POINTER(RECT))({"GetRectangle", lib}, {{1, "flag", 1}, {2, "prect"}})
  prints(f(5), "RECT(left=5, top=6, right=7, bottom=8)")
  prints(f(), "RECT(left=1, top=2, right=3, bottom=4)")
  prints(f{flag = 0}, "RECT(left=0, top=0, right=0, bottom=0)")
  local SPAM = ctypes.Structure("SPAM", {{"name", ctypes.c_char_p}, {"value", ctypes.c_char_p}})
  local EGG = ctypes.Structure("EGG", {{"name", ctypes.c_char_p}, {"num_spams", ctypes.c_int}, {"spams", ctypes.POINTER(SPAM)}})
  local eggs = CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.POINTER(EGG)))({"getSPAMANDEGGS", lib}, {{2, "eggs"}})()
  same({eggs[0].name, eggs[0].spams[1].value}, {"first egg", "value2"})
end)

drive("TwoOutArgs", "two results", function(lib)
  local int_p = ctypes.POINTER(ctypes.c_int)
  local f = CFUNCTYPE(nil, ctypes.c_int, int_p, ctypes.c_int, int_p)({"TwoOutArgs", lib}, {{1, "a"}, {2, "pi"}, {1, "b"}, {2, "pj"}})
  same({f(5, 7)}, {5, 7})
  same({f{b = -7, a = -5}}, {-5, -7})
  -- what goes in and comes back
  f = CFUNCTYPE(nil, ctypes.c_int, int_p, ctypes.c_int, int_p)({"TwoOutArgs", lib}, {{1, "a"}, {3, "pi"}, {1, "b"}, {2, "pj"}})
  local i, j = f(5, ctypes.c_int(100), 7)
  same({i.value, j}, {105, 7})
end)
