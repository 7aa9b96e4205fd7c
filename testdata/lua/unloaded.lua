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
  local gone = "the variable belongs to ./globals.so, which has been unloaded"
  fails("OSError", "c_int: " .. gone, get, counter, "value")
  fails("OSError", "c_int.value: " .. gone, put, counter, "value", 5)
  fails("OSError", "byref: " .. gone, ctypes.byref, counter)
  fails("OSError", "pointer: " .. gone, ctypes.pointer, counter)
  fails("OSError", "LP_c_int: " .. gone, ctypes.POINTER(ctypes.c_int), counter)
  fails("OSError", "LP_c_int.contents: " .. gone, put, ctypes.POINTER(ctypes.c_int)(), "contents", counter)
  fails("OSError", gone, ctypes.c_int.from_buffer, counter)
  fails("OSError", gone, ctypes.c_int.from_buffer_copy, counter)
  fails("OSError", gone, function() return ctypes.c_int * counter end)
  prints(counter, "c_int(" .. gone .. ")")
end)

test("parts of its arrays cannot be touched either", function()
  local lib = ctypes.CDLL(copy("arrays.so"))
  local table = (ctypes.c_int * 4).in_dll(lib, "table")
  same(table[3], 40)
  _ctypes.dlclose(lib._handle)
  local gone = "the variable belongs to ./arrays.so, which has been unloaded"
  fails("OSError", "c_int_Array_4[3]: " .. gone, get, table, 3)
  fails("OSError", "c_int_Array_4[3]: " .. gone, put, table, 3, 5)
  fails("OSError", "slice: c_int_Array_4[0]: " .. gone, table.slice, table)
  fails("OSError", "memset: argument 1: " .. gone, ctypes.memset, table, 0, 4)
  fails("OSError", "memmove: argument 2: " .. gone, ctypes.memmove, ctypes.create_string_buffer(4), table, 4)
  fails("OSError", "string_at: argument 1: " .. gone, ctypes.string_at, table)
  fails("OSError", "cast: argument 1: " .. gone, ctypes.cast, table, ctypes.c_void_p)
  fails("OSError", gone, ctypes.c_int * 4, table)
  prints(table, "c_int_Array_4(" .. gone .. ")")
end)

test("pointers to its variables lead nowhere", function()
  local lib = ctypes.CDLL(copy("pointed.so"))
  local int_p = ctypes.POINTER(ctypes.c_int)
  local counter, table = ctypes.c_int.in_dll(lib, "counter"), (ctypes.c_int * 4).in_dll(lib, "table")
  local name = ctypes.cast((ctypes.c_char * 16).in_dll(lib, "name"), ctypes.c_char_p)
  local reference, set = ctypes.byref(counter), int_p()
  set.contents = counter
  local pointers = {ctypes.pointer(counter), ctypes.cast(table, int_p), int_p(table), set,
    ctypes.cast(reference, int_p), ctypes.cast(ctypes.cast(table, ctypes.c_void_p), int_p), (int_p * 1)(set)[0]}
  for _, p in ipairs(pointers) do same(p[0] == 42 or p[0] == 10, true) end
  same(name.value, "probe")
  local words = (int_p * 1)(table)
  _ctypes.dlclose(lib._handle)
  local gone = "the variable belongs to ./pointed.so, which has been unloaded"
  for _, p in ipairs(pointers) do
    fails("OSError", "LP_c_int: " .. gone, get, p, 0)
    fails("OSError", "LP_c_int: " .. gone, get, p, 3)
    fails("OSError", "LP_c_int: " .. gone, put, p, 0, 5)
    fails("OSError", "LP_c_int: " .. gone, get, p, "contents")
    fails("OSError", gone, p.slice, p, 0, 2)
    fails("OSError", gone, ctypes.cast, p, ctypes.c_void_p)
    fails("OSError", gone, ctypes.memset, p, 0, 4)
    same(tostring(p):match("^LP_c_int%(0x%x+, unloaded%)$") ~= nil, true)
  end
  fails("OSError", gone, get, words[0], 0)
  fails("OSError", gone, get, name, "value")
  same(tostring(name):match("^c_char_p%(0x%x+, unloaded%)$") ~= nil, true)
  local probe = ctypes.CDLL(probe_path)
  probe.sum.argtypes = {int_p, "int"}
  fails("OSError", "sum: argument 1: " .. gone, probe.sum, pointers[1], 1)
  fails("OSError", "sum: argument 1: " .. gone, probe.sum, reference, 1)
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
    fails("OSError", "has been unloaded", get, counter, "value")
    _ctypes.dlclose(new._handle)
  end
end)

test("a function of an unloaded library cannot be passed to C either", function()
  local lib, libc = ctypes.CDLL(copy("callback.so")), ctypes.CDLL(nil)
  local add = lib.add
  local one = (ctypes.c_int * 1)(1)
  _ctypes.dlclose(lib._handle)
  fails("OSError", "the function add belongs to ./callback.so, which has been unloaded", libc.qsort, one, 1, 4, add)
  fails("OSError", "the function add belongs to ./callback.so, which has been unloaded", ctypes.cast, add, "void *")
end)
