-- Recursion without end: an error each time, and the session goes on.

local function survives() same(1 + 1, 2) end

test("a function that calls itself", function()
  local function f(n) return 1 + f(n + 1) end
  fails("", "stack overflow", f, 1)
  survives()
end)

test("with ever more arguments", function()
  local function f(...) return 1 + f(1, ...) end
  fails("", "overflow", f)
  survives()
end)

test("through pcall", function()
  local function f() return select(2, pcall(f)) + 1 end
  fails("", "", f)
  local function g() local ok, why = pcall(g) return ok, why end
  same(type(g()), "boolean")
  local function h() return pcall(pcall, h) end
  same(h(), true)
  survives()
end)

test("through xpcall and its handler", function()
  local function f() return xpcall(f, f) end
  f()
  survives()
end)

test("through metamethods", function()
  local loops = {
    __index = function(t, k) return t[k .. "x"] end,
    __newindex = function(t, k, v) t[k] = v end,
    __add = function(a, b) return a + b end,
    __concat = function(a, b) return a .. b end,
    __eq = function(a, b) return a == b end,
    __lt = function(a, b) return a < b end,
    __unm = function(a) return -a end,
    __tostring = function(a) return tostring(a) end,
    __call = function(self) return 1 + self() end,
  }
  local a, b = setmetatable({}, loops), setmetatable({}, loops)
  fails("", "stack overflow", get, a, "x")
  fails("", "stack overflow", put, a, "x", 1)
  fails("", "stack overflow", function() return a + 1 end)
  fails("", "stack overflow", function() return a .. "x" end)
  fails("", "stack overflow", function() return a == b end)
  fails("", "stack overflow", function() return a < b end)
  fails("", "stack overflow", function() return -a end)
  fails("", "stack overflow", tostring, a)
  fails("", "stack overflow", a)
  local t = {}
  fails("", "", get, setmetatable(t, {__index = t}), "x")
  survives()
end)

test("through string.gsub, table.sort and loadstring", function()
  local function f() return (("a"):gsub("a", f)) end
  fails("", "stack overflow", f)
  local function less() table.sort({1, 2, 3}, less) return false end
  fails("", "stack overflow", less)
  function again() return 1 + loadstring("return again()")() end
  fails("", "stack overflow", again)
  again = nil
  survives()
end)

test("through coroutines inside coroutines", function()
  local function f() return 1 + coroutine.wrap(f)() end
  fails("", "stack overflow", f)
  local function g() return assert(coroutine.resume(coroutine.create(g))) end
  fails("", "stack overflow", g)
  survives()
end)

test("a C function's errcheck and restype functions that call it", function()
  local lib = ctypes.CDLL(probe_path)
  lib.get_counter.errcheck = function() return lib.get_counter() end
  fails("", "stack overflow", lib.get_counter)
  lib.get_counter.errcheck = nil
  lib.get_counter.restype = function() return lib.get_counter() end
  fails("", "stack overflow", lib.get_counter)
  lib.get_counter.restype = "int"
  same(lib.get_counter(), 42)
end)

test("_as_parameter_ that leads to itself", function()
  local lib = ctypes.CDLL(probe_path)
  local t = {}
  t._as_parameter_ = t
  fails("ArgumentError", "", lib.add, t, 1)
  t._as_parameter_ = {_as_parameter_ = t}
  fails("ArgumentError", "", lib.add, t, 1)
  lib.add.argtypes = {"int", "int"}
  fails("ArgumentError", "cannot convert a table to int", lib.add, t, 1)
  same(lib.add({_as_parameter_ = {_as_parameter_ = 5}}, 1), 6)
end)

test("many coroutines side by side are no recursion", function()
  local list = {}
  for i = 1, 5000 do
    list[i] = coroutine.wrap(function() coroutine.yield(i) end)
    same(list[i](), i)
  end
end)
