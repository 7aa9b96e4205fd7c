-- What remains of a library that was unloaded: errors that name it.

local function closed(name)
  local lib = ctypes.CDLL(copy(name))
  local add, counter = lib.add, ctypes.c_int.in_dll(lib, "counter")
  _ctypes.dlclose(lib._handle)
  return lib, add, counter
end

test("its functions cannot be called", function()
  local lib, add = closed("calls.so")
  fails("OSError", "add: cannot be called: ./calls.so has been unloaded", add, 1, 2)
  fails("OSError", "add: cannot be called: ./calls.so has been unloaded", lib.add, 1, 2)
  fails("OSError", [[cannot look up "half": ./calls.so has been unloaded]], get, lib, "half")
  same(tostring(add):find("./calls.so, unloaded", 1, true) ~= nil, true)
  same(tostring(lib):find("unloaded", 1, true) ~= nil, true)
end)

test("its variables cannot be touched", function()
  local lib, _, counter = closed("globals.so")
  fails("OSError", "./globals.so", ctypes.c_int.in_dll, lib, "counter")
  fails("ValueError", "the variable belongs to ./globals.so, which has been unloaded", get, counter, "value")
  fails("TypeError", "the variable belongs to ./globals.so, which has been unloaded", put, counter, "value", 5)
  fails("OSError", "has been unloaded", ctypes.byref, counter)
  fails("OSError", "has been unloaded", ctypes.pointer, counter)
  same(tostring(counter):find("unloaded", 1, true) ~= nil, true)
end)

test("parts of its arrays cannot be touched either", function()
  local lib = ctypes.CDLL(copy("arrays.so"))
  local table = (ctypes.c_int * 4).in_dll(lib, "table")
  same(table[3], 40)
  _ctypes.dlclose(lib._handle)
  fails("ValueError", "has been unloaded", get, table, 3)
  fails("TypeError", "has been unloaded", put, table, 3, 5)
  fails("ValueError", "has been unloaded", table.slice, table)
end)

test("while another open remains, everything goes on working", function()
  local lib = ctypes.CDLL(copy("held.so"))
  local other = ctypes.CDLL("./held.so")
  local counter = ctypes.c_int.in_dll(lib, "counter")
  _ctypes.dlclose(lib._handle)
  same(lib.add(1, 2), 3)
  same(other.add(1, 2), 3)
  counter.value = 7
  same(other.get_counter(), 7)
  _ctypes.dlclose(other._handle)
  fails("OSError", "has been unloaded", lib.add, 1, 2)
end)

test("a library that another one needs stays until that one goes", function()
  local inner = copy("inner.so")
  file("outer.c", "int add(int, int); int add3(int a, int b, int c) { return add(add(a, b), c); }")
  assert(os.execute("${CC:-cc} -shared -fPIC -o outer.so outer.c ./inner.so") == 0)
  local lib, outer = ctypes.CDLL(inner), ctypes.CDLL("./outer.so")
  _ctypes.dlclose(lib._handle)
  same(lib.add(1, 2), 3)
  same(outer.add3(1, 2, 3), 6)
  fails("OSError", "it is still loaded because something else holds it", _ctypes.dlclose, lib._handle)
  -- a function found through outer that lies in inner
  same(outer.add(1, 2), 3)
  _ctypes.dlclose(outer._handle)
  fails("OSError", "./inner.so has been unloaded", lib.add, 1, 2)
  fails("OSError", "./outer.so has been unloaded", outer.add3, 1, 2, 3)
  fails("OSError", "has been unloaded", outer.add, 1, 2)
end)

test("a library opened again gives new functions, the old ones stay dead", function()
  local lib, add, counter = closed("again.so")
  for _ = 1, 10 do
    local new = ctypes.CDLL("./again.so")
    same(new.add(1, 2), 3)
    same(ctypes.c_int.in_dll(new, "counter").value, 42)
    fails("OSError", "has been unloaded", add, 1, 2)
    fails("OSError", "has been unloaded", lib.add, 1, 2)
    fails("ValueError", "has been unloaded", get, counter, "value")
    _ctypes.dlclose(new._handle)
  end
end)

test("closed by C itself, behind our back", function()
  local lib = ctypes.CDLL(copy("behind.so"))
  local dlclose = ctypes.CDLL(nil).dlclose
  dlclose.argtypes = {"void *"}
  same(dlclose(lib._handle), 0)
  fails("OSError", "add: handle", get, lib, "add")
  fails("OSError", "./behind.so has been unloaded", get, lib, "half")
end)
