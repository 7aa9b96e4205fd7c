-- How long callbacks live: as long as Lua can reach them, or a pointer to them that Lua stored.
local lib = ctypes.CDLL(probe_path)
local Times, Binary = ctypes.CFUNCTYPE("int", "int"), ctypes.CFUNCTYPE("int", "int", "int")
lib.call_times.argtypes = {Times, "int"}
lib.call_hook.argtypes = {"int", "int"}
lib.sleep_milliseconds.argtypes = {"int"}
lib.set_hook.argtypes, lib.set_hook.restype = {Binary}, nil

local function collect() for i = 1, 4 do collectgarbage() end end

-- churn_stack overwrites what calls left on the Lua stack.
function churn_stack(n) if n > 0 then local a, b, c, d = 1, 2, 3, 4 churn_stack(n - 1) end end

test("a million, one after another", function()
  local cb
  for i = 1, 1000000 do
    cb = Times(function(n) return n + i end)
    if i % 100000 == 0 then same(lib.call_times(cb, 2), 2 * i + 1) end
  end
end)

test("thousands at once", function()
  local list = {}
  for i = 1, 10000 do list[i] = Times(function(n) return n * i end) end
  collect()
  for i = 1, 10000 do same(list[i](3), 3 * i) end
end)

test("too many at once", function()
  collect()
  local list = {}
  local ok, e
  for i = 1, 20000 do
    ok, e = pcall(Times, function(n) return n end)
    if not ok then break end
    list[i] = e
  end
  same(ok, false)
  same(e.kind, "OSError")
  same(e.message:match("callbacks are alive; no more can be made until some are dropped$") ~= nil, true)
  same(#list > 16000, true)
  same(list[#list](5), 5)
  list = nil
  collect()
  same(Times(function(n) return n end)(6), 6) -- the session goes on
end)

test("one that C keeps and Lua has dropped", function()
  local function set() lib.set_hook(Binary(function(a, b) return a + b end)) end
  set()
  churn_stack(50)
  collect()
  fails("ReferenceError", "was called by C after Lua let go of it; keep the value that CFUNCTYPE gave as long as C may call it", lib.call_hook, 1, 2)
  fails("ReferenceError", "callback", lib.call_hook, 1, 2) -- each time
  lib.set_hook(nil)
  same(lib.call_hook(1, 2), -1)
end)

test("a plain function is good for one call", function()
  lib.set_hook(function(a, b) return a + b end)
  fails("ReferenceError", "C called a function that it was passed for one call, after that call; make a callback of it with CFUNCTYPE", lib.call_hook, 1, 2)
  lib.set_hook(nil)
  for i = 1, 30000 do lib.call_times(function() return 1 end, 1) end -- more than there are at once
  for i = 1, 20000 do pcall(lib.call_times, function() return 1 end, "x") end
  local throws = setmetatable({}, {__index = function() error("no such thing", 0) end})
  for i = 1, 20000 do pcall(lib.call_times, function() return 1 end, throws) end
  same(lib.call_times(function() return 1 end, 2), 2)
end)

test("one that mentions itself is dropped like any other", function()
  for i = 1, 40000 do
    local cb
    cb = Times(function(n) return n == 0 and 0 or cb(n - 1) end)
  end
  local cb
  cb = Times(function(n) return n == 0 and 0 or 1 + cb(n - 1) end)
  collect()
  same(cb(5), 5)
end)

test("while a pointer to it is stored, it lives", function()
  local hook = Binary.in_dll(lib, "hook")
  hook.value = Binary(function(a, b) return a * b end)
  collect()
  same(lib.call_hook(6, 7), 42)
  hook = nil
  collect()
  same(lib.call_hook(6, 7), 42) -- the variable is the library's, and the library is there
  local p = ctypes.cast(Binary(function(a, b) return a - b end), "void *")
  collect()
  same(ctypes.cast(p, Binary)(7, 6), 1)
  local q = ctypes.cast(p, Binary)
  p = nil
  collect()
  same(q(9, 6), 3)
  local other = ctypes.cast(q, ctypes.CFUNCTYPE("int", "int", "unsigned"))
  q = nil
  collect()
  same(other(9, 6), 3)
  Binary.in_dll(lib, "hook").value = nil
end)

test("pointers that come back from C give the callback itself", function()
  local cb = Binary(function(a, b) return a end)
  lib.set_hook(cb)
  local hook = Binary.in_dll(lib, "hook")
  same(hook.value == cb, true)
  cb = nil
  collect()
  hook.value = lib.add
  same(hook.value(1, 2), 3)
  lib.set_hook(nil)
end)

test("it lives while it runs", function()
  local function call()
    return lib.call_times(Times(function(n) collect() return n end), 3)
  end
  same(call(), 3)
end)

test("a function of a library that is unloaded", function()
  local other = ctypes.CDLL(copy("other.so"))
  local v = Binary()
  v.value = other.add
  same(v(1, 2), 3)
  local held, f = v.value, Binary("minus", other)
  _ctypes.dlclose(other._handle)
  fails("OSError", "cannot be called", held, 1, 2)
  fails("OSError", "cannot be called", f, 1, 2)
  fails("OSError", "the function add belongs to", v, 1, 2)
  fails("OSError", "the function add belongs to", function() return v.value end)
  fails("OSError", "the function minus belongs to", put, v, "value", f)
end)

test("a library is not unloaded by a callback that it called", function()
  local other = ctypes.CDLL(copy("busy.so"))
  local function close() _ctypes.dlclose(other._handle) return 1 end
  other.call_times.argtypes = {Times, "int"}
  fails("OSError", "busy.so cannot be unloaded from this callback: its call_times is still running; close it when that has returned", other.call_times, close, 1)
  same(other.call_times(function(n) return n end, 3), 3)
  -- on a thread of its own, and while the main thread waits in it
  other.start_thread.argtypes = {Times, "int", "int"}
  local said
  local cb = Times(function() said = tostring(select(2, pcall(close))) return 1 end)
  other.start_thread(cb, 1, 0)
  same(other.wait_for_thread(), 1)
  same(said:match("its [%l_]+ is still running") ~= nil, true)
  said = nil
  other.start_thread(cb, 1, 50000)
  for i = 1, 200 do
    if said then break end
    lib.sleep_milliseconds(10)
  end
  same(said:match("its code is still running") ~= nil, true)
  same(other.wait_for_thread(), 1)
  -- one open more than that may be given back
  local again = ctypes.CDLL("./busy.so")
  same(other.call_times(close, 1), 1)
  _ctypes.dlclose(other._handle)
  fails("OSError", "busy.so has been unloaded", other.call_times, close, 1)
end)
