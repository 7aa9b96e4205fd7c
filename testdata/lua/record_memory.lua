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
  prints(p, "Packet(n=3, data={...})")
  local view = Packet.from_address(ctypes.addressof(p)) -- nobody knows how long this one is
  same(view.data[2], 7)
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
