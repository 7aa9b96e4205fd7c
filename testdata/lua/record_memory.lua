-- Members without a length, resize, layout, dump, offsetof.

Point = ctypes.Structure("Point", {{"x", ctypes.c_int}, {"y", ctypes.c_int}})

test("a flexible array member is as long as the memory", function()
  local Packet = ctypes.Structure("Packet", {{"n", ctypes.c_int}, {"data", "short[]"}})
  same(ctypes.sizeof(Packet), 4)
  local p = Packet(3)
  same(#p.data, 0)
  ctypes.resize(p, ctypes.sizeof(Packet) + 3 * 2)
  same(#p.data, 3)
  p.data[2] = 7
  same(p.data:slice(), {0, 0, 7})
  same(p.n, 3)
  same(ctypes.sizeof(p), 10)
  prints(p, "Packet(n=3, data={0, 0, 7})")
  local view = Packet.from_address(ctypes.addressof(p)) -- nobody knows how long this one is
  same(view.data[2], 7)
  prints(view, "Packet(n=3, data={...})")
  same(ctypes.dump(p):match("0004  00 00 00 00 07 00 +data = {0, 0, 7}$") ~= nil, true)
  local q = Packet(p) -- as in C: without the array
  prints(q, "Packet(n=3, data={})")
  same(ctypes.equal(p, q), false)
  ctypes.resize(q, 10)
  same(ctypes.equal(p, q), false)
  q.data[2] = 7
  same(ctypes.equal(p, q), true)
  same(ctypes.equal(p, view), true) -- as far as anybody knows
  prints((Packet * 2)(), "Packet_Array_2(Packet(n=0, data={...}), Packet(n=0, data={...}))")
  fails("TypeError", "only the last member may be without a length", ctypes.Structure, "S", {{"a", "int[]"}, {"b", "int"}})
  fails("TypeError", "cannot be set as a whole", put, p, "data", {1})
end)

test("what shares a resized value's memory has all of it", function()
  local a = (ctypes.c_int * 2)(1, 2)
  fails("ValueError", "the source has 8", (ctypes.c_int * 4).from_buffer, a)
  ctypes.resize(a, 16)
  local all = (ctypes.c_int * 4).from_buffer(a)
  all[3] = 7
  same((ctypes.c_int * 4).from_buffer_copy(a)[3], 7)
end)

test("from_buffer_copy takes all of a flexible array", function()
  local Text = ctypes.Structure("Text", {{"n", ctypes.c_int}, {"text", "char[]"}})
  local t = Text.from_buffer_copy("\5\0\0\0hello")
  prints(t, 'Text(n=5, text="hello")')
  same(ctypes.sizeof(t), 9)
  prints(Text.from_buffer_copy("....\5\0\0\0hi", 4), 'Text(n=5, text="hi")')
  prints(Text.from_buffer_copy(t), 'Text(n=5, text="hello")')
  prints(Text.from_buffer_copy("\5\0\0\0"), 'Text(n=5, text="")')
  same(#(ctypes.c_char * 2).from_buffer_copy("hello"), 2)
  local b = ctypes.create_string_buffer(4)
  ctypes.resize(b, 12)
  same((ctypes.c_char * 12).from_buffer(b).raw, ("\0"):rep(12)) -- what resize added is there to share
end)

test("resize", function()
  local a = (ctypes.c_int * 2)(1, 2)
  ctypes.resize(a, 16)
  same(ctypes.sizeof(a), 16)
  same(a:slice(), {1, 2})
  same(ctypes.cast(a, "int *")[3], 0)
  fails("ValueError", "int[2] needs 8 bytes at least, 4 given", ctypes.resize, a, 4)
  local l = (Point * 2)()
  fails("ValueError", "is not memory of its own", ctypes.resize, l[1], 100)
  fails("ValueError", "is not memory of its own", ctypes.resize, Point.from_address(ctypes.addressof(l)), 100)
end)

test("offsetof", function()
  local T = ctypes.Structure("T", {{"c", "char"}, {"list", Point * 3}, {"flags", "int", 3}})
  same(ctypes.offsetof(T, "list"), 4)
  same(ctypes.offsetof(T, "list[2].y"), 24)
  fails("AttributeError", 'struct T has no member "lits"; did you mean list?', ctypes.offsetof, T, "lits")
  fails("AttributeError", "T.flags is a bit-field, which has no address", ctypes.offsetof, T, "flags")
  fails("AttributeError", "int has no members", ctypes.offsetof, T, "list[0].x.y")
  fails("AttributeError", "[9] is no index into struct Point[3]", function() ctypes.offsetof(T, "list[9]") end)
end)

test("layout shows the holes", function()
  local T = ctypes.Structure("T", {{"c", "char"}, {"p", Point}, {"a", "unsigned int", 3}, {"b", "unsigned int", 5}, {"d", "double"}})
  same(ctypes.layout(T), [[
struct T: 24 bytes, alignment 8, 6 of them padding
OFFSET  SIZE    TYPE          NAME
0       1       char          c
1       3                     -- padding
4       8       struct Point  p
4       4       int             x
8       4       int             y
12:0    3 bits  unsigned int  a
12:3    5 bits  unsigned int  b
13      3                     -- padding
16      8       double        d]])
  local B = ctypes.Structure("B", {{"a", "int", 3}, {"", "int", 20}, {"b", "int", 4}, {"c", "char"}})
  same(ctypes.layout(B), [[
struct B: 8 bytes, alignment 4, 6 bytes and 1 bit of them padding
OFFSET  SIZE    TYPE  NAME
0:0     3 bits  int   a
0:3     5 bits        -- padding
1       1             -- padding
2:0     7 bits        -- padding
2:7     4 bits  int   b
3:3     5 bits        -- padding
4       1       char  c
5       3             -- padding]])
  local T = ctypes.Structure("T", {{"x", "int"}})
  for i = 1, 40 do T = ctypes.Structure("T" .. i, {{"a", T}, {"b", T}}) end
  same(ctypes.layout(T):find("...", 1, true) ~= nil, true) -- not all of 2^40 members
  same(ctypes.layout("int"), "int: 4 bytes, alignment 4")
end)

test("dump marks bytes with their members", function()
  local T = ctypes.Structure("T", {{"c", "char"}, {"p", Point}, {"a", "unsigned int", 3}, {"b", "unsigned int", 5}})
  local lines = ctypes.dump(T("A", {1, -1}, 5, 2)):gsub("^[^\n]*\n", "")
  same(lines, [[
0000  41                       c = "A"
0001  00 00 00                 -- padding
0004  01 00 00 00              p.x = 1
0008  ff ff ff ff              p.y = -1
000c  15                       a:3 = 5
                               b:5 = 2
000d  00 00 00                 -- padding]])
  lines = ctypes.dump(ctypes.create_string_buffer("some text")):gsub("^[^\n]*\n", "")
  same(lines, "0000  73 6f 6d 65 20 74 65 78 74 00                    |some text.|")
  local two = ctypes.dump((Point * 2)({1, 2}, {3, 4})):gsub("^[^\n]*\n", "")
  same(select(2, two:gsub("%[1%]%.y = 4", "")), 1)
end)

test("a dump of many bytes is cut", function()
  local a = (ctypes.c_char * 5000)()
  same(ctypes.dump(a):match("\n0ff0 [^\n]*\n%.%.%. 904 bytes more; ctypes.dump%(x, size%) shows as many as it says$") ~= nil, true)
  same(ctypes.dump(a, 5000):match("more") == nil, true)
end)
