-- Unions, and anonymous members.

test("members share their bytes", function()
  local U = ctypes.Union("U", {{"i", ctypes.c_uint}, {"f", ctypes.c_float}, {"bytes", ctypes.c_ubyte * 4}})
  local u = U()
  u.f = 1
  same(u.i, 0x3f800000)
  same(u.bytes:slice(), {0, 0, 0x80, 0x3f})
  prints(u, "U(i=1065353216, f=1.0, bytes={0, 0, 128, 63})")
  same(ctypes.sizeof(U), 4)
  same(U(5).i, 5)
  same(U{f = 2}.f, 2)
  same(U.f.offset, 0)
end)

test("anonymous members are reached through", function()
  local U = ctypes.Union("U", {{"i", ctypes.c_int}, {"f", ctypes.c_float}})
  local S = ctypes.Structure("S", {{"kind", ctypes.c_int}, {"u", U}}, {_anonymous_ = {"u"}})
  local s = S{kind = 1, f = 1.5}
  same(s.f, 1.5)
  same(s.u.f, 1.5)
  s.i = 0
  same(s.f, 0)
  same(S.i.offset, 4)
  same(S.u.is_anonymous, true)
  same(S._anonymous_, {"u"})
  local Outer = ctypes.Structure("Outer", {{"pad", ctypes.c_double}, {"s", S}}, {_anonymous_ = {"s"}})
  same(Outer.f.offset, 12)
  same(Outer{f = 3}.s.u.f, 3)
end)

test("anonymous records keep the order of their bits", function()
  local Big = ctypes.BigEndianStructure("Big", {{"high", ctypes.c_ubyte, 4}, {"low", ctypes.c_ubyte, 4}})
  local Little = ctypes.Structure("Little", {{"low", ctypes.c_ubyte, 4}, {"high", ctypes.c_ubyte, 4}})
  for _, make in ipairs{ctypes.Structure, ctypes.BigEndianStructure} do
    for _, Inner in ipairs{Big, Little} do
      local Outer = make("Outer", {{"inner", Inner}}, {_anonymous_ = {"inner"}})
      local o = Outer()
      o.high, o.low = 1, 2
      same({o.inner.high, o.inner.low}, {1, 2})
      same(ctypes.string_at(ctypes.byref(o), 1), "\18")
      same(Outer.high.bit_offset, Inner.high.bit_offset)
    end
  end
end)

test("what cannot be anonymous", function()
  local U = ctypes.Union("U", {{"i", ctypes.c_int}})
  fails("TypeError", '_anonymous_: there is no member "v"', ctypes.Structure, "S", {{"u", U}}, {_anonymous_ = {"v"}})
  fails("TypeError", "_anonymous_: n is of type int; only structs and unions can be anonymous",
    ctypes.Structure, "S", {{"n", "int"}}, {_anonymous_ = {"n"}})
  fails("TypeError", "two members are called i", ctypes.Structure, "S", {{"i", "int"}, {"u", U}}, {_anonymous_ = {"u"}})
end)
