-- Callbacks on threads that the library made: they run while the main thread waits in C.
local lib = ctypes.CDLL(probe_path)
local Times = ctypes.CFUNCTYPE("int", "int")
for name, types in pairs{call_on_thread = {Times, "int"}, call_on_threads = {Times, "int", "int"}, call_times = {Times, "int"},
    start_thread = {Times, "int", "int"}, wait_for_thread = {}, sleep_milliseconds = {"int"}} do
  lib[name].argtypes = types
end
lib.sleep_milliseconds.restype = nil

test("a thread that is waited for", function()
  local seen = {}
  same(lib.call_on_thread(Times(function(n) seen[#seen + 1] = n return n * 2 end), 5), 20)
  same(seen, {0, 1, 2, 3, 4})
  same(lib.call_on_thread(function(n) return n end, 5), 10)
end)

test("many threads at once", function()
  local n = 0
  same(lib.call_on_threads(function(i) n = n + 1 return 1 end, 8, 2000), 16000)
  same(n, 16000)
end)

test("a thread that goes on by itself", function()
  local n = 0
  local cb = Times(function(i) n = n + 1 return i end)
  lib.start_thread(cb, 5, 1000)
  lib.sleep_milliseconds(1)
  same(lib.wait_for_thread(), 10)
  same(n, 5)
end)

test("its callback calls C, which calls back", function()
  same(lib.call_on_thread(function(n) return lib.call_times(function(m) return m + n end, 3) end, 3), 18)
  same(lib.call_on_threads(function(n) lib.sleep_milliseconds(1) return lib.call_times(function(m) return m end, 3) end, 4, 10), 120)
end)

test("an error is raised by the call that waits", function()
  fails("", "on a thread", lib.call_on_thread, function() error("on a thread", 0) end, 1)
  local _, why = pcall(lib.call_on_thread, function() error("x", 0) end, 3)
  same(why:match("^x %(in callback .*callback_threads.lua:%d+, on a thread of the library; 2 more errors in callbacks%)$") ~= nil, true)
  same(lib.call_on_thread(function() return 1 end, 2), 2)
end)

test("or by the next call of the main thread", function()
  local cb = Times(function() error("late", 0) end)
  local ok, why = pcall(lib.start_thread, cb, 1, 0) -- the thread may be that quick
  for i = 1, 200 do
    if not ok then break end
    ok, why = pcall(lib.sleep_milliseconds, 10)
  end
  same(ok, false)
  same(why:match("^late %(in callback .*, on a thread of the library%)$") ~= nil, true)
  same(lib.wait_for_thread(), 0)
end)

test("one inside a call of that thread is raised there", function()
  local caught
  same(lib.call_on_thread(function()
    local _, why = pcall(lib.call_times, function() error("in there", 0) end, 1)
    caught = why
    return 7
  end, 1), 7)
  same(caught:match("^in there %(in callback [^,]*%)$") ~= nil, true)
end)

test("calls of the main thread and of others each raise their own", function()
  local wrong = 0
  local cb = Times(function(n)
    local _, why = pcall(lib.call_times, function() lib.sleep_milliseconds(1) error("theirs", 0) end, 1)
    if not tostring(why):match("^theirs") then wrong = wrong + 1 end
    return 0
  end)
  lib.start_thread(cb, 20, 100)
  for i = 1, 20 do
    local _, why = pcall(lib.call_times, function() lib.sleep_milliseconds(1) error("mine", 0) end, 1)
    if not tostring(why):match("^mine") then wrong = wrong + 1 end
  end
  lib.wait_for_thread()
  same(wrong, 0)
end)

test("coroutines on both sides", function()
  local co = coroutine.wrap(function() for i = 1, 1000 do coroutine.yield(i) end end)
  same(lib.call_on_thread(function() return co() end, 10), 55)
  same(co(), 11)
end)

test("errno is each thread's own", function()
  local c = ctypes.CDLL(nil, {use_errno = true})
  c.close.argtypes = {"int"}
  same(lib.call_on_thread(function() ctypes.set_errno(0) c.close(-1) return ctypes.get_errno() end, 1), 9)
end)
