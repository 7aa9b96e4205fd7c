-- Functions of a library by prototype: names, directions, defaults and named arguments, as ctypes' paramflags.
local lib = ctypes.CDLL(probe_path)
local P = ctypes.POINTER("int")
local Divide = ctypes.CFUNCTYPE("int", "int", "int", P, P)
local flags = {{1, "a"}, {1, "b", 1}, {2, "quotient"}, {2, "rest"}}

local function results(...) return {n = select("#", ...), ...} end

test("by name", function()
  local add = ctypes.CFUNCTYPE("int", "int", "int")({"add", lib})
  same(add(1, 2), 3)
  prints(add.restype, tostring(ctypes.c_int))
  same(ctypes.CFUNCTYPE("int", "int", "int")("add", lib)(3, 4), 7)
  fails("TypeError", "1 argument given, 2 wanted", add, 1)
  fails("AttributeError", "undefined symbol: nosuch", ctypes.CFUNCTYPE("int"), "nosuch", lib)
  fails("ValueError", "functions have numbers only in Windows' libraries", ctypes.CFUNCTYPE("int"), 1, lib)
  fails("ValueError", "functions have numbers only in Windows' libraries", ctypes.CFUNCTYPE("int"), {1, lib})
  fails("TypeError", "is a variable, not a function", ctypes.CFUNCTYPE("int")("counter", lib))
  same(lib.add.argtypes, nil) -- the library's own function is as it was
end)

test("out parameters come back instead of the result", function()
  local divide = Divide({"divide", lib}, flags)
  same(results(divide(17, 5)), {3, 2})
  same(results(divide(17)), {17, 0})
  same(#divide.argtypes, 4)
  local one = ctypes.CFUNCTYPE("int", "int", "int", P, P)("divide", lib, {{1}, {1}, {2}, {1}})
  local rest = ctypes.c_int()
  same(results(one(17, 5, rest)), {3})
  same(rest.value, 2)
end)

test("named arguments", function()
  local divide = Divide("divide", lib, flags)
  same(results(divide{b = 5, a = 17}), {3, 2})
  same(results(divide(17, {b = 4})), {4, 1})
  same(results(divide{a = 9}), {9, 0})
  fails("TypeError", "the argument a is missing (int a, int b = number 1)", divide)
  fails("TypeError", "the argument a is missing", divide, {b = 1})
  fails("TypeError", "there is no parameter \"c\"", divide, {a = 1, c = 1})
  fails("TypeError", "has its place already", divide, 1, {a = 1})
  fails("TypeError", "has its place already", divide, 1, 2, {rest = 1})
  fails("TypeError", "3 arguments given, at most 2 wanted", divide, 1, 2, 3)
end)

test("without names", function()
  local minus = ctypes.CFUNCTYPE("int", "int", "int")("minus", lib, {{1}, {1, nil, 2}})
  same(minus(5), 3)
  same(minus(5, 4), 1)
  fails("TypeError", "argument 1 is missing", minus)
end)

test("in and out", function()
  local double_it = ctypes.CFUNCTYPE(nil, P)("double_it", lib, {{3, "n"}})
  local n = ctypes.c_int(21)
  same(rawequal(double_it(n), n), true) -- what was given comes back, as in ctypes
  same(n.value, 42)
  fails("TypeError", "the argument n is missing", double_it)
end)

test("zero unless the prototype says otherwise", function()
  local minus = ctypes.CFUNCTYPE("int", "int", "int")("minus", lib, {{4}, {1}})
  same(minus(5), -5)
  same(ctypes.CFUNCTYPE("int", "int", "int")("minus", lib, {{5, "a", 100}, {1}})(1), 99)
  fails("TypeError", "2 arguments given, at most 1 wanted", minus, 1, 2)
end)

test("an out parameter with a default", function()
  local text = ctypes.create_string_buffer(8)
  local fill = ctypes.CFUNCTYPE(nil, "char *", "int")("fill", lib, {{2, "text", text}, {1, "n"}})
  same(fill(3) == text, true)
  same(text.value, "abc")
  fails("TypeError", "an 'out' parameter must be a pointer", ctypes.CFUNCTYPE(nil, "char *", "int"), "fill", lib, {{2}, {1}})
end)

test("errcheck sees everything and decides", function()
  local divide = Divide("divide", lib, flags)
  local seen
  divide.errcheck = function(result, fn, args)
    seen = {result, fn == divide, #args, args[1], args[3].value}
    if result ~= 0 then error("division by " .. args[2]) end
    return args
  end
  same(results(divide(17, 5)), {3, 2})
  same(seen, {0, true, 4, 17, 3})
  fails("", "division by 0", divide, 1, 0)
  divide.errcheck = function(result) return "just " .. result end
  same(results(divide(17, 5)), {"just 0"})
end)

test("the parameters stay those of the flags", function()
  local divide = Divide("divide", lib, flags)
  fails("TypeError", "divide.argtypes: its flags speak of the parameters it has (int, int, int *, int *)", put, divide, "argtypes", {"int"})
  fails("TypeError", "its flags speak of", put, divide, "argtypes", nil)
  same(results(divide(17, 5)), {3, 2})
end)

test("flags that cannot be", function()
  fails("ValueError", "3 flags for 4 parameters", Divide, {"divide", lib}, {{1}, {1}, {2}})
  fails("TypeError", "the flags must be a list", Divide, {"divide", lib}, 5)
  fails("TypeError", "flag 1: {flag, name, default} is wanted", Divide, {"divide", lib}, {1, 1, 2, 2})
  fails("TypeError", "flag 2: a number and a name are wanted", Divide, {"divide", lib}, {{1}, {1, 5}, {2}, {2}})
  fails("ValueError", "flag 1: 1 (in), 2 (out), 3 (in and out) or 4 (in, zero) is wanted, not number 9", Divide, {"divide", lib}, {{9}, {1}, {2}, {2}})
  fails("TypeError", "flag 1: an 'out' parameter must be a pointer", Divide, {"divide", lib}, {{2}, {1}, {2}, {2}})
end)

test("by value, of a record that has its members later", function()
  local S = ctypes.Structure("S")
  local Op = ctypes.CFUNCTYPE(S, S, "int")
  prints(Op, "<class 'CFunctionType': struct S (*)(struct S, int), 8 bytes>")
  for _, use in ipairs{function(s) return s end, 4096} do
    fails("TypeError", "struct S has no size: its members are not known; set S._fields_ first", Op, use)
  end
  S._fields_ = {{"op", Op}, {"n", "int"}}
  local s = S(Op(function(s, n) return {s.op, s.n + n} end), 5)
  same(s.op(s, 10).n, 15)
  same(Op == ctypes.CFUNCTYPE(S, S, "int"), true)
end)
