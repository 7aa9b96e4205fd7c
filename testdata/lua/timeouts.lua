-- Time limits: ctypes.timeout and f.timeout. What does not return in time is ended, be it C, Lua, or one in the other.
local lib = ctypes.CDLL(probe_path)
local Step = ctypes.CFUNCTYPE("int", "int")
for name, types in pairs{spin = {}, sleep_on = {}, lock_twice = {}, keep_calling = {Step}, join_sleeper = {},
    call_one_thread = {Step}} do
  lib[name].argtypes, lib[name].restype = types, nil
end
lib.call_times.argtypes = {Step, "int"}
lib.call_int.argtypes = {ctypes.CFUNCTYPE("int", "int", "int"), "int", "int"}

local soon, late = 0.05, 600
local function forever() while true do end end

-- ended wants a call to be ended by its limit, and gives the error.
local function ended(text, fn, ...)
  local ok, e = pcall(fn, ...)
  same(ok, false)
  same(e.kind, "TimeoutError")
  if not e.message:find(text, 1, true) then error("the message is " .. e.message .. ", want " .. text, 2) end
  return e
end

test("what returns in time is what it is", function()
  same({ctypes.timeout(late, function(...) return ... end, 1, "two", 3)}, {1, "two", 3})
  same(select("#", ctypes.timeout(late, function() return nil, nil end)), 2)
  same(select("#", ctypes.timeout(late, function() end)), 0)
  same(ctypes.timeout(late, lib.call_int, function(a, b) return a + b end, 3, 4), 7)
  same(ctypes.timeout(late, setmetatable({}, {__call = function(self, n) return n end}), 5), 5)
  fails("", "mine", ctypes.timeout, late, error, "mine")
end)

test("C that computes, sleeps, waits for a lock", function()
  for _, name in ipairs{"spin", "sleep_on", "lock_twice"} do
    local e = ended(name .. " was ended after 0.05 seconds", ctypes.timeout, soon, lib[name])
    same(e["function"], name)
    same(e.seconds, soon)
  end
end)

test("Lua that loops", function()
  ended("the function at ", ctypes.timeout, soon, forever)
  ended("was ended", ctypes.timeout, soon, function() local function f() return f() end f() end)
  ended("was ended", ctypes.timeout, soon, function() for i = 1, math.huge do end end)
  ended("was ended", ctypes.timeout, soon, function() for _ in function() return 1 end do end end)
  ended("was ended", ctypes.timeout, soon, function() ::again:: goto again end)
end)

test("Lua's own functions that call Lua", function()
  local list = {}
  for i = 1, 1000 do list[i] = i end
  ended("was ended", ctypes.timeout, soon, function() while true do table.sort(list, function(a, b) return a < b end) end end)
  ended("was ended", ctypes.timeout, soon, string.gsub, "x", ".", forever)
  ended("was ended", ctypes.timeout, soon, tostring, setmetatable({}, {__tostring = forever}))
  ended("was ended", ctypes.timeout, soon, function() return setmetatable({}, {__index = forever}).x end)
end)

test("coroutines", function()
  ended("was ended", ctypes.timeout, soon, coroutine.wrap(forever))
  ended("was ended", ctypes.timeout, soon, function() while true do coroutine.resume(coroutine.create(forever)) end end)
  ended("was ended", coroutine.wrap(function() ctypes.timeout(soon, forever) end))
end)

test("a coroutine yields from inside a limit of its own only", function()
  local co = coroutine.create(function() ctypes.timeout(late, coroutine.yield, 1) end)
  local ok, why = coroutine.resume(co)
  same(ok, false)
  same(tostring(why):find("attempt to yield across ctypes.timeout", 1, true) ~= nil, true)
  local inner = coroutine.wrap(function() coroutine.yield(1) coroutine.yield(2) end)
  same(ctypes.timeout(late, inner), 1)
  same(inner(), 2)
end)

test("no pcall holds it up", function()
  ended("was ended", ctypes.timeout, soon, function() while true do pcall(forever) end end)
  ended("in sleep_on", ctypes.timeout, soon, function() while true do pcall(lib.sleep_on) end end)
  ended("was ended", ctypes.timeout, soon, function() while true do xpcall(forever, function(e) return e end) end end)
end)

test("a callback of the call", function()
  local e = ended("keep_calling was ended", ctypes.timeout, soon, lib.keep_calling, function() return 0 end)
  ended("keep_calling was ended after 0.05 seconds", ctypes.timeout, soon, lib.keep_calling, forever)
  ended("in sleep_on", ctypes.timeout, soon, lib.keep_calling, function() lib.sleep_on() end)
  ended("was ended", ctypes.timeout, soon, lib.keep_calling, function() while true do pcall(lib.sleep_on) end end)
  ended("was ended", ctypes.timeout, soon, lib.keep_calling, function() lib.call_times(forever, 1) end)
end)

test("a limit inside a callback ends what it is for, and C goes on", function()
  local caught = 0
  same(lib.call_times(function(i)
    if not pcall(ctypes.timeout, soon, lib.sleep_on) then caught = caught + 1 end
    return i
  end, 3), 3)
  same(caught, 3)
  ended("sleep_on was ended", lib.call_times, function() ctypes.timeout(soon, lib.sleep_on) end, 2)
end)

test("limits in limits: the first that is over ends its own call", function()
  local inner
  ended("0.05 seconds", ctypes.timeout, soon, function()
    inner = {pcall(ctypes.timeout, late, forever)}
  end)
  same(inner, nil)
  same(ctypes.timeout(late, function()
    local e = ended("0.05 seconds", ctypes.timeout, soon, forever)
    return e.kind
  end), "TimeoutError")
  ended("0.05 seconds", ctypes.timeout, soon, ctypes.timeout, late, lib.spin)
end)

test("the timeout of a function", function()
  same(lib.sleep_on.timeout, nil)
  lib.sleep_on.timeout = soon
  same(lib.sleep_on.timeout, soon)
  ended("sleep_on was ended after 0.05 seconds", lib.sleep_on)
  ended("sleep_on was ended after 0.05 seconds", lib.sleep_on)
  ended("sleep_on was ended after 0.05 seconds", ctypes.timeout, late, lib.sleep_on)
  lib.sleep_on.timeout = late
  ended("sleep_on was ended after 0.05 seconds", ctypes.timeout, soon, lib.sleep_on)
  lib.sleep_on.timeout = nil
  same(lib.sleep_on.timeout, nil)
  lib.call_times.timeout = late
  same(lib.call_times(function(i) return i end, 3), 3)
  same(lib.call_times(function(i) return lib.call_times(function(j) return j end, i) end, 3), 1)
  lib.call_times.timeout = soon
  ended("call_times was ended", lib.call_times, forever, 1)
  lib.call_times.timeout = nil
end)

test("threads of the library", function()
  ended("join_sleeper was ended", ctypes.timeout, soon, lib.join_sleeper)
  local e
  lib.call_one_thread(function()
    e = ended("sleep_on was ended", ctypes.timeout, soon, lib.sleep_on)
    ended("was ended", ctypes.timeout, soon, forever)
    ended("was ended", ctypes.timeout, soon, lib.call_times, forever, 1)
    return 0
  end)
  same(e.kind, "TimeoutError")
end)

test("a limit that was met ends nothing later", function()
  for i = 1, 200 do
    pcall(ctypes.timeout, 1e-5 * (i % 20 + 1), lib.call_int, function(a, b) return a + b end, 1, 2)
    same(lib.call_int(function(a, b) return a + b end, 3, 4), 7)
  end
end)

test("a child process", function()
  ended("os.execute was ended", ctypes.timeout, soon, os.execute, "exec sleep 600")
end)

test("nonsense", function()
  fails("TypeError", "argument 1: a number of seconds is wanted, not string", ctypes.timeout, "1", print)
  fails("TypeError", "argument 1: a number of seconds is wanted, not nil", ctypes.timeout)
  fails("TypeError", "argument 2: a function is wanted, not number 2", ctypes.timeout, 1, 2)
  for _, n in ipairs{0, -1, 0/0, 1/0} do
    fails("ValueError", "above 0", ctypes.timeout, n, print)
    fails("ValueError", "spin.timeout: a number of seconds above 0", function() lib.spin.timeout = n end)
  end
  fails("TypeError", "spin.timeout: a number of seconds is wanted, not string", function() lib.spin.timeout = "soon" end)
  same(lib.spin.timeout, nil)
end)
