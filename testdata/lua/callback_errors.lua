-- Errors in callbacks: C gets a zero, and the error is raised as soon as the C call returns.
local lib = ctypes.CDLL(probe_path)
local Times, Binary = ctypes.CFUNCTYPE("int", "int"), ctypes.CFUNCTYPE("int", "int", "int")
lib.call_times.argtypes = {Times, "int"}
lib.call_int.argtypes = {Binary, "int", "int"}

test("a plain error", function()
  function failing() error("no more", 0) end
  local cb = Times(failing)
  local ok, why = pcall(lib.call_times, cb, 1)
  same({ok, why}, {false, "no more (in callback failing)"})
  failing = nil
end)

test("more than one in a call are counted", function()
  function failing(i) error("no " .. i, 0) end
  same(select(2, pcall(lib.call_times, Times(failing), 2)), "no 0 (in callback failing; 1 more error in callbacks)")
  same(select(2, pcall(lib.call_times, Times(failing), 4)), "no 0 (in callback failing; 3 more errors in callbacks)")
  failing = nil
  local n = 0
  same(select(2, pcall(lib.call_times, Times(function() n = n + 1 error("x", 0) end), 3)):match("; 2 more"), "; 2 more")
  same(n, 3) -- C does not know, and goes on
  same(lib.call_times(Times(function() return 1 end), 3), 3) -- and nothing is left over
end)

test("dlsh's own errors keep their fields", function()
  function failing() ctypes.c_int("x") end
  local ok, e = pcall(lib.call_times, Times(failing), 1)
  same(e.kind, "TypeError")
  same(e.message:match("^c_int: cannot convert string \"x\" to int") ~= nil, true)
  same(e.callback, "in callback failing")
  same(e.traceback:match("callback_errors.lua:%d+: in callback failing") ~= nil, true)
  same(tostring(e):match("%(in callback failing%)$") ~= nil, true)
  failing = nil
end)

test("other values are thrown as they are", function()
  local mine = setmetatable({code = 5}, {__tostring = function() return "mine" end})
  for _, x in ipairs{mine, {1, 2}, 42, true, ctypes.c_int(5)} do
    local ok, got = pcall(lib.call_times, Times(function() error(x) end), 1)
    same({ok, rawequal(got, x)}, {false, true})
  end
  local ok, got = pcall(lib.call_times, Times(function() error(nil) end), 1)
  same(ok, false)
  same(got, nil)
end)

test("arguments and results that cannot be converted", function()
  fails("TypeError", "result: cannot convert nil to int (in callback", lib.call_times, Times(function() end), 1)
  fails("TypeError", "result: cannot convert number 1.5 to int", lib.call_times, Times(function() return 1.5 end), 1)
  fails("TypeError", "result: number 1e+20 does not fit int", lib.call_times, Times(function() return 1e20 end), 1)
  local Text = ctypes.CFUNCTYPE("const char *", "const char *")
  lib.call_text.argtypes = {Text, "void *"}
  fails("Fault", "argument 1: cannot read a string from 0x10", lib.call_text, Text(function() return "x" end), 16)
end)

test("through several callbacks", function()
  function inner() error("deep", 0) end
  function outer() return lib.call_times(Times(inner), 1) end
  same(select(2, pcall(lib.call_times, Times(outer), 1)), "deep (in callback inner) (in callback outer)")
  function inner() ctypes.c_int({}) end
  local _, e = pcall(lib.call_times, Times(outer), 1)
  same(e.callback, "in callback inner, in callback outer")
  local caught
  function outer() caught = select(2, pcall(lib.call_times, Times(inner), 1)).kind return 7 end
  same(lib.call_times(Times(outer), 1), 7) -- caught half way: C knows nothing of it
  same(caught, "TypeError")
  inner, outer = nil, nil
end)

test("an error waits for the call it happened under", function()
  local inside = {}
  local function failing(i)
    if i == 0 then error("first", 0) end
    inside[i] = lib.add(i, 10) -- not the call to raise it
    if i == 2 then error("third", 0) end
    return 0
  end
  same(select(2, pcall(lib.call_times, Times(failing), 4)):match("^first %(in callback .*; 1 more error in callbacks%)$") ~= nil, true)
  same(inside, {11, 12, 13})
  same(lib.call_times(Times(function() return lib.add(1, 1) end), 2), 4) -- nothing is left over
end)

test("onerror", function()
  local cb = Times(function(i) if i == 1 then error("one", 0) end return 10 end)
  cb.onerror = 1000
  same(cb.onerror, 1000)
  local half = ctypes.CFUNCTYPE("double", "double")(function() error("x") end)
  fails("TypeError", "onerror: cannot convert string \"x\" to double", put, half, "onerror", "x")
  fails("TypeError", "onerror: number 1e+20 does not fit int", put, cb, "onerror", 1e20)
  fails("TypeError", "onerror: the callback returns nothing", put, ctypes.CFUNCTYPE(nil)(print), "onerror", 1)
  fails("AttributeError", "only a callback has one", put, lib.add, "onerror", 1)
  cb.onerror = nil
  same(cb.onerror, nil)
end)

test("what C got is zero, or onerror", function()
  local hook = Binary.in_dll(lib, "hook")
  local cb = Binary(function() error("x", 0) end)
  hook.value = cb
  lib.remember_hook.restype = nil
  fails("", "x", lib.remember_hook)
  same(ctypes.c_int.in_dll(lib, "seen").value, 0)
  cb.onerror = -7
  fails("", "x", lib.remember_hook)
  same(ctypes.c_int.in_dll(lib, "seen").value, -7)
  hook.value = nil
end)

test("recursion without end in a callback", function()
  local function deep(n) return 1 + deep(n + 1) end
  fails("", "stack overflow", lib.call_times, Times(deep), 1)
  local function through() return lib.call_times(through, 1) end
  fails("RecursionError", "nested too deep", through)
  local held
  held = Times(function() return lib.call_times(held, 1) end)
  fails("RecursionError", "nested too deep", held, 1)
  same(lib.call_times(function() return 1 end, 5), 5)
end)

test("pcall in a callback", function()
  same(lib.call_times(function(i) return pcall(error, "x") and 1 or 2 end, 3), 6)
end)

test("in a coroutine", function()
  local co = coroutine.create(function() lib.call_times(function() error("inside", 0) end, 1) end)
  local ok, why = coroutine.resume(co)
  same(ok, false)
  same(why:match("^inside %(in callback") ~= nil, true)
  fails("", "inside", coroutine.wrap(function() lib.call_times(function() error("inside", 0) end, 1) end))
  same(lib.call_times(function() return 1 end, 5), 5)
end)

test("errcheck is not asked about a result that is none", function()
  local asked = false
  lib.call_int.errcheck = function(r) asked = true return r end
  fails("", "gone wrong", lib.call_int, function() error("gone wrong") end, 1, 2)
  same(asked, false)
  lib.call_int.errcheck = nil
end)

test("the calls of a later callback do not raise the error of an earlier one", function()
  local heard = {}
  local function run(other)
    heard = {}
    return pcall(lib.call_times, function(i)
      if i == 0 then error("first", 0) end
      heard[#heard + 1] = pcall(other)
      return 1
    end, 3)
  end
  local function quiet() return lib.call_int(function(a, b) return a end, 1, 2) end
  local function loud() return lib.call_times(function() error("inner", 0) end, 2) end
  for _, other in ipairs{quiet, function() return lib.add(1, 2) end, function() return ctypes.CDLL(probe_path) end} do
    local _, why = run(other)
    same(why, "first (in callback " .. why:match("callback (.*)%)$") .. ")")
    same(heard, {true, true})
  end
  local _, why = run(loud)
  same(why:match("^first %(in callback [^ ;]+%)$") ~= nil, true)
  same(heard, {false, false})
  -- not even when nobody caught it there
  _, why = pcall(lib.call_times, function(i) if i == 0 then error("first", 0) end loud() end, 3)
  same(why:match("^first %(in callback [^;]+; 2 more errors in callbacks%)$") ~= nil, true)
  same(lib.call_times(function() return 1 end, 5), 5) -- nothing is left over
end)
