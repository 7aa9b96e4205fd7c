-- Lua functions that C calls: every kind of argument and result, function pointers in C's memory, nesting.
local lib = ctypes.CDLL(probe_path)
local CB = ctypes.CFUNCTYPE
local Binary = CB("int", "int", "int")

-- declared gives the library's function of a name, declared.
local function declared(name, result, ...)
  local f = lib[name]
  f.restype, f.argtypes = result, {...}
  return f
end

test("types of function pointers", function()
  prints(Binary, "<class 'CFunctionType': int (*)(int, int), 8 bytes>")
  prints(CB(nil), "<class 'CFunctionType': void (*)(void), 8 bytes>")
  prints(CB(nil, "void"), "<class 'CFunctionType': void (*)(void), 8 bytes>")
  prints(CB("const char *", ctypes.POINTER("int"), "void *", {name = "Lookup"}),
    "<class 'Lookup': const char *(*)(int *, void *), 8 bytes>")
  prints(CB(Binary, Binary), "<class 'CFunctionType': int (*(*)(int (*)(int, int)))(int, int), 8 bytes>")
  prints(CB(nil, ctypes.c_int * 3), "<class 'CFunctionType': void (*)(int *), 8 bytes>")
  same(Binary == CB(ctypes.c_int, ctypes.c_int, ctypes.c_int), true)
  same(rawequal(CB("int"), CB("int")), true)
  same(CB("int", "int") == CB("int", "unsigned"), false)
  same(CB(nil, "int") == CB(nil, "int", {use_errno = true}), true) -- to C they are one
  same(rawequal(CB(nil, "int"), CB(nil, "int", {use_errno = true})), false)
  same(ctypes.sizeof(Binary), 8)
  same(ctypes.alignment(Binary), 8)
  same(Binary._restype_, ctypes.c_int)
  same(#Binary._argtypes_, 2)
  same(CB(nil)._restype_, nil)
  prints(Binary * 3, "<class 'ctypes.CFunctionType_Array_3': int (*[3])(int, int), 24 bytes>")
  prints(ctypes.POINTER(Binary), "<class 'ctypes.LP_CFunctionType': int (**)(int, int), 8 bytes>")
end)

test("types that cannot be", function()
  fails("TypeError", "the type of the result is wanted", CB)
  fails("TypeError", "argument 2: a callback cannot be variadic", CB, "int", "...")
  fails("TypeError", "argument 3: a callback cannot be variadic", CB, "int", "const char *", "...")
  fails("TypeError", "argument 2: the types are wanted one after the other", CB, "int", {"int", "int"})
  fails("TypeError", "parameter 2: void is no type for a parameter", CB, "int", "int", "void")
  fails("TypeError", "cannot return an array", CB, ctypes.c_int * 3)
  fails("TypeError", "argument 2: a C type is wanted", CB, "int", nil, "int")
  fails("TypeError", "cannot be passed high byte first", CB, "int", ctypes.c_int.__ctype_be__)
  fails("TypeError", "a table with from_param has no C type", CB, "int", {from_param = print})
  fails("TypeError", "unknown option \"usererrno\"; did you mean use_errno?", CB, "int", {usererrno = true})
  fails("TypeError", "name: the name of a type is wanted", CB, "int", {name = "a b"})
  fails("AttributeError", "not there", function() return ctypes.PYFUNCTYPE end)
end)

test("a callback", function()
  function sum(a, b) return a + b end
  local cb = Binary(sum)
  local address = tostring(cb):match("^<callback sum: int %(%*%)%(int, int%) at (0x%x+)>$")
  same(address ~= nil, true)
  same(type(cb), "function")
  same(cb.name, "sum")
  same(cb.restype, ctypes.c_int)
  same(#cb.argtypes, 2)
  same(cb(20, 22), 42) -- by way of C
  fails("ArgumentError", "sum: argument 1: cannot convert string \"x\" to int", cb, "x", 1)
  fails("TypeError", "1 argument given, 2 wanted", cb, 1)
  fails("TypeError", "the types of a callback are those of its function pointer type", put, cb, "argtypes", {})
  sum = nil
  same(cb(1, 2), 3)
  local here = tostring(Binary(function() end))
  same(here:match("callbacks.lua:%d+: int") ~= nil, true)
end)

test("what can be made into one", function()
  local call = declared("call_int", "int", Binary, "int", "int")
  local callable = setmetatable({}, {__call = function(_, a, b) return a * b end})
  same(call(Binary(callable), 6, 7), 42)
  same(call(Binary(math.max), 6, 7), 7)
  same(call(Binary(lib.add), 6, 7), 13)
  same(call(lib.add, 6, 7), 13) -- any C function will do
  same(call(ctypes.cast(lib.add, Binary), 6, 7), 13)
  same(call(ctypes.cast(lib.add, "void *"), 6, 7), 13)
  same(Binary(ctypes.cast(lib.add, "void *").value)(1, 2), 3)
  for _, x in ipairs{{}, true, "add", 1.5, lib, ctypes.c_int} do
    fails("TypeError", "CFunctionType: a Lua function is wanted", Binary, x)
  end
  fails("TypeError", "2 arguments given", Binary, function() end, 1)
end)

test("integers", function()
  same(declared("call_int", "int", Binary, "int", "int")(Binary(function(a, b) return a - b end), -5, 7), -12)
  local got
  local Small = CB("int", "signed char", "unsigned char", "short", "unsigned short", "_Bool", "char")
  same(declared("call_small", "int", Small)(Small(function(...) got = {...} return #got end)), 6)
  same(got, {-1, 255, -2, 65535, true, "x"})
  local Large = CB("int64_t", "int64_t", "uint64_t")
  local large = declared("call_large", "int64_t", Large, "int64_t", "uint64_t")
  prints(large(Large(function(a, b) got = {a, b} return a end), ctypes.int64("-9223372036854775808"), ctypes.uint64("0xffffffffffffffff")),
    "-9223372036854775808")
  prints(got[2], "18446744073709551615")
  local Byte = CB("unsigned char")
  local byte = declared("call_byte", "unsigned char", Byte)
  same(byte(Byte(function() return 255 end)), 255)
  same(byte(Byte(function() return -1 end)), 255)
  fails("TypeError", "result: number 256 does not fit unsigned char", byte, Byte(function() return 256 end))
  local Bool = CB("_Bool", "_Bool")
  same(declared("call_bool", "_Bool", Bool, "_Bool")(Bool(function(b) return not b end), true), false)
end)

test("floating point", function()
  local D, F, L = CB("double", "double"), CB("float", "float", "int"), CB("long double", "long double")
  same(declared("call_double", "double", D, "double")(D(function(x) return x / 2 end), 5), 2.5)
  same(declared("call_float", "float", F, "float", "int")(F(function(x, n) return x * n end), 1.5, 3), 4.5)
  same(declared("call_long_double", "long double", L, "long double")(L(function(x) return x + 1 end), 0.5), 1.5)
  same(lib.call_double(D(function() return ctypes.int64(3) end), 0), 3)
end)

test("more arguments than registers", function()
  local types = {}
  for i = 1, 10 do types[2 * i - 1], types[2 * i] = "int", "double" end
  local Many = CB("int", unpack(types))
  local sum
  lib.call_many.argtypes = {Many}
  same(lib.call_many(Many(function(...) sum = 0 for _, x in ipairs{...} do sum = sum + x end return select("#", ...) end)), 20)
  same(sum, 55 + 50)
end)

test("text", function()
  local Text = CB("const char *", "const char *")
  local call = declared("call_text", "size_t", Text, "const char *")
  same(call(Text(function(s) return s .. s end), "four"), 8)
  same(call(Text(function(s) return s and 1 or nil end), nil), 99)
  fails("TypeError", "result: cannot convert number 5 to const char *", call, Text(function() return 5 end), "x")
end)

test("pointers", function()
  local Address, P = CB("void *", "void *"), CB(ctypes.POINTER("int"), ctypes.POINTER("int"))
  local call = declared("call_address", "void *", Address, "void *")
  same(call(Address(function(p) return p and p + 1 end), 0x1000), 0x1001)
  same(call(Address(function(p) return p end), nil), nil)
  local n = (ctypes.c_int * 3)(10, 20, 30)
  call = declared("call_pointer", "int", P, ctypes.POINTER("int"))
  local got
  same(call(P(function(p) got = p[2] p[2] = 31 return p end), n), 10)
  same({got, n[2]}, {30, 31})
  same(call(P(function(p) return ctypes.byref(n, 4) end), n), 20)
  same(call(P(function(p) return ctypes.c_int(77) end), n), 77) -- kept for C until the next call
  same(call(P(function() end), n), -1)
  same(call(P(function(p) return p end), nil), -1)
end)

test("void", function()
  local V, ran = CB(nil), false
  same(select("#", declared("call_void", nil, V)(V(function() ran = true return "nobody looks" end))), 0)
  same(ran, true)
end)

test("function pointers as arguments and results", function()
  local choose = declared("choose", Binary, "int")
  local add = choose(43)
  same(add(2, 3), 5)
  same(choose(42)(2, 3), 6)
  same(choose(0), nil)
  prints(add.restype, tostring(ctypes.c_int))
  local With = CB("int", Binary)
  local with = declared("call_with_function", "int", With, "int")
  same(with(With(function(f) return f(3, 4) end), 43), 7)
  same(with(With(function(f) return f == nil and 1 or 0 end), 0), 1)
  local Gives = CB(Binary, "int")
  local back = declared("call_back_function", "int", Gives, "int")
  local mine = Binary(function(a, b) return a * 10 + b end)
  same(back(Gives(function(which) return which == 1 and mine or nil end), 1), 67)
  same(back(Gives(function() return lib.add end), 1), 13)
  same(back(Gives(function() end), 1), -1)
  fails("TypeError", "make a callback of it, T(f)", back, Gives(function() return function() end end), 1)
end)

test("a plain function where the parameter is a function pointer", function()
  local call = declared("call_int", "int", Binary, "int", "int")
  same(call(function(a, b) return a * b end, 6, 7), 42)
  same(declared("call_hook", "int", "int", "int")(1, 2), -1)
  fails("ArgumentError", "cannot convert string \"x\" to int", call, function() return 0 end, 1, "x")
  lib.set_hook.restype, lib.set_hook.argtypes = nil, nil
  fails("ArgumentError", "cannot guess a C type for a function", lib.set_hook, function() end)
  declared("call_address", "void *", "void *", "void *")
  fails("ArgumentError", "make a callback of it first", lib.call_address, function() end, nil)
end)

test("callbacks of other types are refused", function()
  local call = declared("call_int", "int", Binary, "int", "int")
  fails("ArgumentError", "cannot convert the callback", call, CB("int", "double")(function() return 1 end), 1, 2)
  fails("ArgumentError", "cannot convert number 5 to int (*)(int, int)", call, 5, 1, 2)
  fails("ArgumentError", "cannot convert string \"f\"", call, "f", 1, 2)
  fails("ArgumentError", "cannot convert c_int(5)", call, ctypes.c_int(5), 1, 2)
  fails("ArgumentError", "cannot convert CFunctionType(NULL)", call, CB("int", "double")(), 1, 2)
end)

test("values of function pointer type", function()
  local v = Binary()
  prints(v, "CFunctionType(NULL)")
  same(v.value, nil)
  fails("ValueError", "the function pointer is NULL", v, 1, 2)
  v.value = lib.add
  same(v(1, 2), 3)
  same(v.value(3, 4), 7)
  local cb = Binary(function(a, b) return a - b end)
  v.value = cb
  same(v.value == cb, true)
  same(v(1, 2), -1)
  same(tostring(v):match("^CFunctionType%(0x%x+%)$") ~= nil, true)
  fails("TypeError", "make a callback of it, T(f)", put, v, "value", function() end)
  fails("TypeError", "T(address)", put, v, "value", 4096)
  v.value = nil
  same(v.value, nil)
  local p = ctypes.pointer(v)
  p[0] = cb
  same(p[0] == cb, true)
  same(p.contents(5, 3), 2)
end)

test("variables of the library", function()
  local hook = Binary.in_dll(lib, "hook")
  same(hook.value, nil)
  hook.value = Binary(function(a, b) return a * 1000 + b end)
  collectgarbage()
  same(declared("call_hook", "int", "int", "int")(4, 5), 4005)
  same(hook(1, 2), 1002)
  hook.value = lib.add
  same(lib.call_hook(4, 5), 9)
  hook.value = nil
  same(lib.call_hook(4, 5), -1)
  same(Binary.from_address(ctypes.addressof(hook)).value, nil)
end)

test("members and elements", function()
  local Operations = ctypes.Structure("operations", {{"add", Binary}, {"multiply", Binary}, {"calls", "int"}})
  local builtin = Operations.in_dll(lib, "builtin")
  same(builtin.add(2, 3), 5)
  same(builtin.multiply(2, 3), 6)
  local operate = declared("operate", "int", ctypes.POINTER(Operations), "int", "int")
  local mine = Operations(Binary(function(a, b) return a - b end), builtin.multiply)
  collectgarbage()
  same(operate(mine, 7, 3), 421)
  mine.multiply = Binary(function() return 1 end)
  collectgarbage()
  same(operate(mine, 7, 3), 401)
  same(mine.calls, 2)
  local copy = Operations(mine)
  mine = nil
  collectgarbage()
  same(operate(copy, 7, 3), 401)
  local list = (Binary * 3)(Binary(function(a, b) return a end), Binary(function(a, b) return b end), lib.add)
  collectgarbage()
  same(declared("sum_of_all", "int", ctypes.POINTER(Binary), "int")(list, 3), 0 + 10 + 12)
  same(list[1](5, 6), 6)
end)

test("structs by value", function()
  local Pair = ctypes.Structure("pair", {{"x", "int"}, {"y", "double"}})
  local ok, F = pcall(CB, Pair, Pair, "int")
  if not ok then return end -- this machine's calls cannot pass them
  local call = declared("call_pair", "double", F, Pair)
  local kept
  same(call(F(function(p, n) kept = p p.x = p.x * n return p end), Pair(3, 0.5)), 600.5)
  same(kept.x, 6)
  same(call(F(function(p, n) return {x = n, y = p.y} end), Pair(3, 0.5)), 200.5)
  fails("TypeError", "result: cannot convert nil", call, F(function() end), Pair(1, 2))
end)

test("Lua, C, Lua, C", function()
  local times = declared("call_times", "int", CB("int", "int"), "int")
  local Times = CB("int", "int")
  same(times(Times(function(n) return times(Times(function(m) return m * n end), 4) end), 4), 36)
  local function deep(n) return n == 0 and 0 or 1 + times(Times(function() return deep(n - 1) end), 1) end
  same(deep(50), 50)
  same(times(function(n) return times(function(m) return m end, n) end, 4), 0 + 0 + 1 + 3)
end)

test("coroutines around and inside", function()
  local times = declared("call_times", "int", CB("int", "int"), "int")
  local co = coroutine.wrap(function(a)
    local sum = times(function(i) return i + a end, 3)
    sum = sum + coroutine.yield(sum)
    return times(function(i) return i + coroutine.yield(sum) end, 1)
  end)
  same(co(10), 33)
  fails("", "attempt to yield across a C call", co, 1)
  same(times(function(i)
    local inner = coroutine.wrap(function() coroutine.yield(i) coroutine.yield(i * 10) end)
    same(coroutine.running(), nil)
    return inner() + inner()
  end, 3), 33)
  local self
  self = coroutine.create(function() return times(function()
    same(coroutine.status(self), "normal")
    local ok, why = coroutine.resume(self)
    same({ok, why}, {false, "cannot resume a coroutine that is running"})
    return 5
  end, 1) end)
  same({coroutine.resume(self)}, {true, 5})
end)

test("errno", function()
  local Plain, Own = CB("int"), CB("int", {use_errno = true})
  local inside = ctypes.c_int()
  local around = declared("errno_around", "int", Plain, "int", ctypes.POINTER("int"))
  ctypes.set_errno(5)
  same(around(Plain(function() return ctypes.get_errno() end), 7, inside), 7)
  same(inside.value, 5)
  same(around(Own(function() local e = ctypes.get_errno() ctypes.set_errno(9) return e end), 7, inside), 9)
  same(inside.value, 7) -- C's errno came in
  same(ctypes.get_errno(), 5) -- and the copy came back
end)

test("complex numbers, enums, wide characters and structs", function()
  local C, W, WP = CB("double complex", "double complex"), CB("wchar_t", "wchar_t"), CB("wchar_t *", "const wchar_t *")
  local function back(x) return x end
  local got
  prints(C(function(z) got = z return z end)(ctypes.complex and ctypes.complex(1, 2) or 1), tostring(got))
  same(W(back)("ü"), "ü")
  same(WP(back)("üx"), "üx")
  local Color = ctypes.Enum("Color", {"RED", "GREEN"})
  local E = CB(Color, Color)
  same(E(function(x) return x + 1 end)("RED"), 1)
  same(E(function() return "GREEN" end)(0), 1)
  local S = ctypes.Structure("with_function", {{"f", Binary}, {"x", "int"}})
  local R = CB(S, S)
  local r = R(function(s) if s.f then s.x = s.f(s.x, 1) return s end error("no function", 0) end)
  same(r(S(lib.add, 4)).x, 5)
  r.onerror = {x = 9}
  fails("", "no function", r, S())
end)

test("half a million calls", function()
  local n = 0
  same(declared("call_times", "int", CB("int", "int"), "int")(function(i) n = n + 1 return 1 end, 500000), 500000)
  same(n, 500000)
end)

test("a table that can be called is passed like a function", function()
  local Times = ctypes.CFUNCTYPE("int", "int")
  lib.call_times.argtypes = {Times, "int"}
  local t = setmetatable({k = 2}, {__call = function(self, i) return i * self.k end})
  same(lib.call_times(t, 4), 12)
  same(lib.call_times(Times(t), 4), 12)
  same(lib.call_times({_as_parameter_ = t}, 4), 12)
  fails("ArgumentError", "cannot convert a table to int (*)(int)", lib.call_times, {}, 4)
end)

test("an error behind a pointer that is called names the line", function()
  local Times = ctypes.CFUNCTYPE("int", "int")
  local v = Times()
  v.value = lib.add
  local _, e = pcall(function() v("x") end)
  same(e.where:match("callbacks.lua:%d+") ~= nil, true)
end)
