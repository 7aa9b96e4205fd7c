-- Records with the high byte first, and types that are.

test("numbers are swapped in memory", function()
  local B = ctypes.BigEndianStructure("B", {{"a", ctypes.c_uint16}, {"b", ctypes.c_int}, {"d", ctypes.c_double},
    {"list", ctypes.c_short * 2}, {"byte", ctypes.c_ubyte}})
  local b = B(0x1234, -2, 1, {1, 2}, 7)
  prints(b, "B(a=4660, b=-2, d=1.0, list={1, 2}, byte=7)")
  same(ctypes.string_at(ctypes.byref(b), 8), "\18\52\0\0\255\255\255\254")
  same(ctypes.string_at(ctypes.addressof(b) + 8, 8), "\63\240\0\0\0\0\0\0")
  b.list[1] = 0x0102
  same(b.list:slice(), {1, 258})
  local n = ctypes.LittleEndianStructure("L", {{"a", ctypes.c_uint16}})(0x1234)
  same(ctypes.string_at(ctypes.byref(n), 2), "\52\18")
end)

test("bit-fields begin at the high end", function()
  local IP = ctypes.BigEndianStructure("IP", {{"version", ctypes.c_ubyte, 4}, {"ihl", ctypes.c_ubyte, 4}, {"tos", ctypes.c_ubyte},
    {"length", ctypes.c_uint16}, {"id", ctypes.c_uint16}, {"flags", ctypes.c_uint16, 3}, {"offset", ctypes.c_uint16, 13}})
  local h = IP.from_buffer_copy("\69\0\0\84\171\205\64\1")
  same(h.version, 4)
  same(h.ihl, 5)
  same(h.length, 0x54)
  same(h.flags, 2)
  same(h.offset, 1)
  h.offset = 0x1fff
  same(ctypes.string_at(ctypes.byref(h), 8):byte(7), 0x5f)
end)

test("types", function()
  local be = ctypes.c_int.__ctype_be__
  local x = be(1)
  same(x.value, 1)
  same(ctypes.string_at(ctypes.byref(x), 4), "\0\0\0\1")
  same(be == ctypes.c_int, false)
  same(be.__ctype_le__, ctypes.c_int)
  same(ctypes.c_int.__ctype_le__, ctypes.c_int)
  same(ctypes.c_byte.__ctype_be__, ctypes.c_byte)
end)

test("what has no other order", function()
  fails("TypeError", "member 1 (p): void * cannot be stored high byte first", ctypes.BigEndianStructure, "B", {{"p", ctypes.c_void_p}})
  local P = ctypes.Structure("P", {{"x", ctypes.c_int}})
  local B = ctypes.BigEndianStructure("B", {{"p", P}, {"y", ctypes.c_int}}) -- a record keeps its own
  same(ctypes.string_at(ctypes.byref(B({1}, 1)), 8), "\1\0\0\0\0\0\0\1")
end)

test("unions", function()
  local U = ctypes.BigEndianUnion("U", {{"n", ctypes.c_uint}, {"bytes", ctypes.c_ubyte * 4}})
  same(U(0x01020304).bytes:slice(), {1, 2, 3, 4})
end)
