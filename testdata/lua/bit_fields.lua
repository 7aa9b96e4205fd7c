-- Bit-fields: values, neighbours, descriptors, layouts by GCC's and Microsoft's rules.

test("values are cut to the width, signed ones extended", function()
  local B = ctypes.Structure("B", {{"a", ctypes.c_int, 3}, {"b", ctypes.c_uint, 5}, {"c", ctypes.c_bool, 1}, {"d", ctypes.c_longlong, 40}})
  local b = B(-1, 31, true, -5)
  prints(b, "B(a=-1, b=31, c=true, d=-5)")
  b.a = 3
  same(b.a, 3)
  b.a = 4 -- one bit too many: it wraps, as ctypes' does
  same(b.a, -4)
  b.b = 32
  same(b.b, 0)
  same(b.c, true)
  same(b.d, -5)
  b.d = ctypes.int64("-549755813888")
  same(b.d, -549755813888)
end)

test("neighbours stay as they are", function()
  local fields = {}
  for i = 1, 16 do fields[i] = {"f" .. i, "unsigned int", i % 7 + 1} end
  local B = ctypes.Structure("B", fields)
  local b, want = B(), {}
  for round = 1, 200 do
    local i = round * 7 % 16 + 1
    local v = round * 31 % 2 ^ (i % 7 + 1)
    b["f" .. i], want[i] = v, v
    for j = 1, 16 do same(b["f" .. j], want[j] or 0) end
  end
end)

test("descriptors are as ctypes has them", function()
  local B = ctypes.Structure("B", {{"a", ctypes.c_int, 3}, {"b", ctypes.c_int, 30}, {"n", ctypes.c_short}})
  same(B.a.size, 3 * 65536)
  same({B.b.offset, B.b.bit_offset, B.b.bit_size, B.b.byte_size}, {4, 0, 30, 4})
  same(B.b.is_bitfield, true)
  same(B.n.is_bitfield, false)
  same({B.n.offset, B.n.size, B.n.bit_size}, {8, 2, 16})
  prints(B.a, "<Field type=c_int, ofs=0:0, bits=3>")
  fails("AttributeError", "a field descriptor has no member", get, B.a, "ofset")
end)

test("zero width closes the unit, no name makes a gap", function()
  local B = ctypes.Structure("B", {{"a", ctypes.c_int, 3}, {"", ctypes.c_int, 0}, {"b", ctypes.c_int, 3}})
  same(B.b.offset, 4)
  local G = ctypes.Structure("G", {{"a", ctypes.c_uint, 3}, {"", ctypes.c_uint, 4}, {"b", ctypes.c_uint, 1}})
  same(G.b.bit_offset, 7)
  same(ctypes.sizeof(G), 4)
end)

test("_layout_ and _pack_", function()
  local list = {{"a", ctypes.c_char, 4}, {"b", ctypes.c_int, 4}}
  same(ctypes.sizeof(ctypes.Structure("G", list, {_layout_ = "gcc-sysv"})), 4)
  same(ctypes.sizeof(ctypes.Structure("M", list, {_layout_ = "ms"})), 8)
  local P = ctypes.Structure("P", {{"c", "char"}, {"d", "double"}}, {_pack_ = 1})
  same(ctypes.sizeof(P), 9)
  same(P.d.offset, 1)
  local p = P("x", 2.5)
  same(p.d, 2.5)
  local A = ctypes.Structure("A", {{"c", "char"}}, {_align_ = 32})
  same(ctypes.sizeof(A), 32)
  same(ctypes.addressof(A()) % 32, 0)
  fails("TypeError", "_pack_ must be a power of two", ctypes.Structure, "S", {{"x", "int"}}, {_pack_ = 3})
  fails("TypeError", '_layout_ must be "ms" or "gcc-sysv"', ctypes.Structure, "S", {{"x", "int"}}, {_layout_ = "gcc"})
end)

test("what is no bit-field", function()
  local S = ctypes.Structure
  fails("TypeError", "f", S, "S", {{"f", "float", 3}})
  fails("TypeError", "x", S, "S", {{"x", "int", 33}})
  fails("TypeError", "x", S, "S", {{"x", "int", 0}})
  fails("TypeError", "a width in bits is wanted, not string", S, "S", {{"x", "int", "3"}})
end)
