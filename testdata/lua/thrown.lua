-- Error values: what ctypes throws, and what else may be thrown.

test("ctypes' errors have fields, print as one line and join", function()
  local ok, e = pcall(ctypes.CDLL, "./nosuch.so")
  same(ok, false)
  same(e.kind, "OSError")
  same(e.message:match("^./nosuch.so: cannot open shared object file"), "./nosuch.so: cannot open shared object file")
  same(tostring(e), "OSError: " .. e.message)
  same("failed: " .. e, "failed: OSError: " .. e.message)
  same(e .. "!", "OSError: " .. e.message .. "!")
  same(getmetatable(e), "error")
end)

test("they pass through assert, error and coroutines as they are", function()
  local _, e = pcall(ctypes.CDLL, "./nosuch.so")
  same(select(2, pcall(assert, false, e)), e)
  same(select(2, pcall(error, e)), e)
  same(select(2, coroutine.resume(coroutine.create(function() error(e) end))), e)
  same(select(2, pcall(coroutine.wrap(function() error(e) end))), e)
end)

test("they name the place they were raised at", function()
  local _, e = pcall(function() return ctypes.CDLL("./nosuch.so") end)
  same(e.where:match("thrown.lua:%d+$") ~= nil, true)
end)

test("tables, numbers, nil and functions can be thrown", function()
  local t = {code = 5}
  same(select(2, pcall(error, t)), t)
  same(select(2, pcall(error, 5)), 5)
  same(select(2, pcall(error, nil)), nil)
  same(select(2, pcall(error, print)), print)
  same(select(2, pcall(error, true)), true)
  same(select(2, pcall(error, ctypes.c_int(5))).value, 5)
end)

test("an error in __tostring is an error of who prints", function()
  local bad = setmetatable({}, {__tostring = function() error("no text", 0) end})
  fails("", "no text", tostring, bad)
  fails("", "no text", print, bad)
  fails("", "no text", string.format, "%s", bad)
end)

test("an error in errcheck and restype functions passes through the call", function()
  local lib = ctypes.CDLL(probe_path)
  lib.add.errcheck = function(result) error({code = result}) end
  same(select(2, pcall(lib.add, 1, 2)).code, 3)
  lib.add.errcheck = nil
  lib.add.restype = function(result) error("result " .. result, 0) end
  fails("", "result 3", lib.add, 1, 2)
  lib.add.restype = "int"
  same(lib.add(1, 2), 3)
end)

test("string.format minds ctypes' values", function()
  same(string.format("%s", ctypes.c_int(5)), "c_int(5)")
  same(string.format("%d %5.2f %x %c|%-10.3s|%%", "10", "2.5", 255, 65, "abcdef"), "10  2.50 ff A|abc       |%")
  fails("", "number expected", string.format, "%d", "x")
  fails("TypeError", "%d wants a number", string.format, "%d", {})
end)
