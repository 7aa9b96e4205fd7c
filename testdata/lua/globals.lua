-- Variables of a library: in_dll.

local lib = ctypes.CDLL(copy("globals.so"))

test("a variable is the library's own memory", function()
  local counter = ctypes.c_int.in_dll(lib, "counter")
  same(counter.value, 42)
  counter.value = 43
  same(lib.get_counter(), 43)
  same(ctypes.c_int.in_dll(lib, "counter").value, 43)
  same(ctypes.c_double.in_dll(lib, "ratio").value, 2.5)
end)

test("arrays", function()
  local t = (ctypes.c_int * 4).in_dll(lib, "table")
  same(t:slice(), {10, 20, 30, 40})
  t[1] = 21
  same((ctypes.c_int * 4).in_dll(lib, "table")[1], 21)
  local name = (ctypes.c_char * 16).in_dll(lib, "name")
  same(name.value, "probe")
  name.value = "renamed"
  same(name.raw:sub(1, 8), "renamed\0")
  same({(ctypes.c_char_p * 3).in_dll(lib, "words")[1]}, {"one"})
end)

test("strings", function()
  same(ctypes.c_char_p.in_dll(lib, "title").value, "a title")
  same(ctypes.c_wchar_p.in_dll(lib, "wide_title").value, "héllo 😀")
  local title = ctypes.c_char_p.in_dll(lib, "title")
  title.value = "another"
  collectgarbage()
  same(ctypes.c_char_p.in_dll(lib, "title").value, "another")
  same(title.value, "another")
end)

test("a pointer to a variable, and the colon form", function()
  local p = ctypes.pointer(ctypes.c_int.in_dll(lib, "counter"))
  p[0] = 50
  same(lib.get_counter(), 50)
  same(ctypes.c_int:in_dll(lib, "counter").value, 50)
end)

test("two copies of a library have two variables", function()
  local other = ctypes.CDLL(copy("other.so"))
  ctypes.c_int.in_dll(other, "counter").value = 1
  same(other.get_counter(), 1)
  same(lib.get_counter(), 50)
end)

test("math.huge is infinite", function()
  same(math.huge, 1 / 0)
end)
