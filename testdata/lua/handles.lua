-- Handles: closing what is not open is an error, and the process lives.

test("one close too many", function()
  local lib = ctypes.CDLL(copy("once.so"))
  same(select("#", _ctypes.dlclose(lib._handle)), 0)
  fails("OSError", "is not open: ./once.so was unloaded (opened once, closed once)", _ctypes.dlclose, lib._handle)
  fails("OSError", "is not open", _ctypes.dlclose, lib._handle)
end)

test("as many closes as opens", function()
  local path = copy("count.so")
  local handle = _ctypes.dlopen(path)
  for _ = 1, 99 do same(_ctypes.dlopen(path), handle) end
  for _ = 1, 100 do _ctypes.dlclose(handle) end
  fails("OSError", "opened 100 times, closed 100 times", _ctypes.dlclose, handle)
end)

test("what is no handle", function()
  for _, x in ipairs{"x", "", "140000000", 0, 1.5, 0/0, 1/0, 2^64, true, {}, print} do
    fails("OSError", "dlclose: a handle is wanted (a number such as lib._handle), not", _ctypes.dlclose, x)
    if x ~= 0 then fails("OSError", "dlsym: a handle is wanted", _ctypes.dlsym, x, "add") end
  end
  fails("OSError", "a handle is wanted (a number such as lib._handle), not nil", _ctypes.dlclose, nil)
  fails("OSError", "a handle is wanted", _ctypes.dlclose)
end)

test("a made-up handle", function()
  local lib = ctypes.CDLL(copy("near.so"))
  for _, x in ipairs{1, -1, 12345, 2^60, 2^53 + 4, lib._handle + 8, lib._handle - 1, ctypes.addressof(ctypes.c_int(5)),
    ctypes.addressof(ctypes.c_int.in_dll(lib, "counter")), ctypes.uint64("0xffffffffffffffff")} do
    fails("OSError", "is not open: no loaded library has it", _ctypes.dlclose, x)
    fails("OSError", "is not open: no loaded library has it", _ctypes.dlsym, x, "add")
  end
  same(lib.add(1, 2), 3)
end)

test("a library where its handle is wanted", function()
  local lib = ctypes.CDLL(probe_path)
  fails("OSError", "; pass its _handle", _ctypes.dlclose, lib)
  fails("OSError", "; pass its _handle", _ctypes.dlsym, lib, "add")
end)

test("a library that somebody else opened", function()
  -- libc is loaded, but nobody opened it here.
  local libc = ctypes.CDLL("libc.so.6")
  _ctypes.dlclose(libc._handle)
  fails("OSError", "it is still loaded because something else holds it", _ctypes.dlclose, libc._handle)
  same(libc.abs(-5), 5)
end)

test("the program itself can be opened and closed and stays", function()
  local handle = _ctypes.dlopen(nil)
  _ctypes.dlclose(handle)
  fails("OSError", "not open", _ctypes.dlclose, handle)
  same(ctypes.CDLL(nil).abs(-7), 7)
end)

test("dlsym finds addresses", function()
  local lib = ctypes.CDLL(probe_path)
  same(_ctypes.dlsym(lib._handle, "counter"), ctypes.addressof(ctypes.c_int.in_dll(lib, "counter")))
  same(_ctypes.dlsym(0, "abs") ~= 0, true) -- RTLD_DEFAULT
  fails("OSError", "undefined symbol: nosuch", _ctypes.dlsym, lib._handle, "nosuch")
  fails("OSError", "undefined symbol", _ctypes.dlsym, lib._handle, "")
  fails("OSError", "has a NUL byte in it", _ctypes.dlsym, lib._handle, "add\0x")
  fails("TypeError", "a symbol name is wanted, not nil", _ctypes.dlsym, lib._handle)
  fails("TypeError", "a symbol name is wanted, not number 5", _ctypes.dlsym, lib._handle, 5)
end)

test("_handle and _name cannot be set", function()
  local lib = ctypes.CDLL(probe_path)
  fails("AttributeError", "cannot be set on a library", put, lib, "_handle", 5)
  fails("AttributeError", "cannot be set on a library", put, lib, "_name", "x")
  same(lib._name, probe_path)
end)

test("the books tell who opened what", function()
  local lib = ctypes.CDLL(copy("books.so"))
  local again = ctypes.CDLL("./books.so")
  _ctypes.dlclose(lib._handle)
  for _, row in ipairs(dl.libs()) do
    if row.handle == lib._handle then
      same({row.name, row.opened, row.closed, row.opens, row.mapped, #row.openers}, {"./books.so", 2, 1, 1, true, 2})
      same(row.openers[1]:match("handles.lua:%d+$") ~= nil, true)
      return
    end
  end
  error("the library is not in the books")
end)

test("a handle that C code opened is closed as the loader says", function()
  local c = ctypes.CDLL(nil)
  c.dlopen.restype, c.dlopen.argtypes = "void *", {"const char *", "int"}
  local path = copy("by_c.so")
  local h = c.dlopen(path, ctypes.RTLD_NOW)
  _ctypes.dlclose(h)
  fails("OSError", "is not open", _ctypes.dlclose, h)
end)

test("a close by C code is noticed", function()
  local c = ctypes.CDLL(nil)
  c.dlclose.argtypes = {"void *"}
  local lib = ctypes.CDLL(copy("behind.so"))
  local add, counter = lib.add, ctypes.c_int.in_dll(lib, "counter")
  same(c.dlclose(lib._handle), 0)
  fails("OSError", "add: cannot be called: ./behind.so has been unloaded", add, 1, 2)
  fails("OSError", "./behind.so, which has been unloaded", get, counter, "value")
  fails("OSError", "./behind.so was unloaded", _ctypes.dlclose, lib._handle)
  fails("OSError", "./behind.so has been unloaded", get, lib, "half")
end)

test("a library is closed while a call to it is being put together", function()
  local lib = ctypes.CDLL(copy("vanishing.so"))
  local add = lib.add
  add.argtypes = {"int", "int"}
  local trap = setmetatable({}, {__index = function() _ctypes.dlclose(lib._handle); return 1 end})
  fails("OSError", "add: cannot be called: ./vanishing.so has been unloaded", add, trap, 2)
end)
