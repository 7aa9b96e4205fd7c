-- errno: a copy of its own, exchanged around calls of libraries opened with use_errno.

local ENOENT, EBADF = 2, 9

test("a failed call leaves its errno", function()
  local c = ctypes.CDLL(nil, {use_errno = true})
  ctypes.set_errno(0)
  same(c.open("/no/such/file", 0), -1)
  same(ctypes.get_errno(), ENOENT)
  same(c.close(-1), -1)
  same(ctypes.get_errno(), EBADF)
end)

test("set_errno gives the old one, and C sees the new one", function()
  local lib = ctypes.CDLL(probe_path, {use_errno = true})
  ctypes.set_errno(5)
  same(ctypes.set_errno(33), 5)
  same(lib.look_at_errno(), 33)
  same(lib.fail_with(7), -1)
  same(ctypes.get_errno(), 7)
  fails("TypeError", "set_errno: cannot convert", ctypes.set_errno, "x")
  fails("TypeError", "set_errno: cannot convert", ctypes.set_errno, 1.5)
end)

test("without use_errno the copy is left alone", function()
  local lib = ctypes.CDLL(probe_path)
  ctypes.set_errno(11)
  lib.fail_with(7)
  same(ctypes.get_errno(), 11)
end)

test("it survives what dlsh does in between", function()
  local lib = ctypes.CDLL(probe_path, {use_errno = true})
  for i = 1, 200 do
    lib.fail_with(i)
    io.open("/no/such/file")
    if i % 20 == 0 then collectgarbage() end
    same(ctypes.get_errno(), i)
  end
end)

test("it serves errcheck", function()
  local c = ctypes.CDLL(nil, {use_errno = true})
  c.open.errcheck = function(result, fn, args)
    if result < 0 then error({errno = ctypes.get_errno(), path = args[1], fn = fn}) end
    return result
  end
  local ok, e = pcall(c.open, "/no/such/file", 0)
  same({ok, e.errno, e.path, e.fn == c.open}, {false, ENOENT, "/no/such/file", true})
end)
