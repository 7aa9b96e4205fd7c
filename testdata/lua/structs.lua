-- Structures: made, initialised, nested, assigned by value, printed, compared.

Point = ctypes.Structure("Point", {{"x", ctypes.c_int}, {"y", ctypes.c_int}})

test("values and their members", function()
  prints(Point(), "Point(x=0, y=0)")
  prints(Point(1, 2), "Point(x=1, y=2)")
  prints(Point(1), "Point(x=1, y=0)")
  prints(Point{1, 2}, "Point(x=1, y=2)")
  prints(Point{x = 1, y = 2}, "Point(x=1, y=2)")
  prints(Point{1, y = 2}, "Point(x=1, y=2)")
  local p = Point(1, 2)
  p.x = 7
  same(p.x + p.y, 9)
  p.y = -2^31
  same(p.y, -2147483648)
  p.y = 2^32 + 5 -- assignment wraps, as ctypes' does
  same(p.y, 5)
  same(ctypes.sizeof(p), 8)
  same(ctypes.sizeof(Point), 8)
  same(ctypes.alignment(Point), 4)
end)

test("what is no initialiser", function()
  fails("TypeError", "Point: 3 values do not fit into struct Point, which has 2 members", Point, 1, 2, 3)
  fails("TypeError", 'Point: struct Point has no member "z"; it has x, y', Point, {z = 1})
  fails("TypeError", "Point: two values for member x", Point, {1, x = 2})
  fails("TypeError", 'Point: x: cannot convert string "one" to int', Point, "one")
  fails("TypeError", "Point: y: cannot convert", Point, {1, y = {}})
  fails("TypeError", "boolean true is no member of struct Point", Point, {[true] = 1})
  fails("AttributeError", 'Point has no member "z"; it has x, y', get, Point(), "z")
  fails("AttributeError", 'Point has no member "z" to set; it has x, y', put, Point(), "z", 1)
  fails("TypeError", "Point.x: cannot convert number 1.5 to int: it is not a whole number", put, Point(), "x", 1.5)
  fails("TypeError", "a Point cannot be indexed", get, Point(), 0)
  fails("TypeError", "cannot be added; use its members", function() return Point() + 1 end)
end)

Line = ctypes.Structure("Line", {{"from", Point}, {"to", Point}, {"name", ctypes.c_char * 8}, {"weights", ctypes.c_double * 2}})

test("records in records, arrays in records", function()
  local l = Line{{1, 2}, {x = 3, y = 4}, "a line", {0.5}}
  prints(l, 'Line(from=Point(x=1, y=2), to=Point(x=3, y=4), name="a line", weights={0.5, 0.0})')
  l.from.x = 10
  l.weights[1] = 2
  same(l.from.x, 10)
  same(l.weights:slice(), {0.5, 2})
  same(l.name.value, "a line")
  l.name = "another"
  same(l.name.value, "another")
  fails("TypeError", "does not fit into char[8]", put, l, "name", "much too long")
  prints(Line.to, "<Field type=Point, ofs=8, size=8>")
end)

test("a member is a view, an assignment a copy", function()
  local l, p = Line(), Point(5, 6)
  l.from = p
  p.x = 99
  prints(l.from, "Point(x=5, y=6)")
  local view = l.from
  l.from.x = 7
  same(view.x, 7)
  l.to = l.from
  l.from.y = 0
  prints(l.to, "Point(x=7, y=6)")
  l.to = {y = 1} -- the rest is zero, as in C
  prints(l.to, "Point(x=0, y=1)")
  local q = Point(p) -- a copy
  q.x = 1
  same(p.x, 99)
  fails("TypeError", "cannot convert Line(", put, l, "to", Line())
end)

test("half an initialiser changes nothing", function()
  local l = Line{{1, 2}, {3, 4}}
  fails("TypeError", 'y: cannot convert string "four" to int', put, l, "to", {8, "four"})
  prints(l.to, "Point(x=3, y=4)")
end)

test("arrays of records", function()
  local a = (Point * 3)({1, 2}, Point(3, 4))
  prints(a, "Point_Array_3(Point(x=1, y=2), Point(x=3, y=4), Point(x=0, y=0))")
  a[2].y = 6
  a[0] = a[1]
  prints(a[0], "Point(x=3, y=4)")
  same(a[2].y, 6)
end)

test("pointers to records", function()
  local p = Point(1, 2)
  local pp = ctypes.pointer(p)
  pp.contents.x = 5
  same(p.x, 5)
  pp[0] = Point(8, 9)
  prints(p, "Point(x=8, y=9)")
  same(ctypes.cast(ctypes.byref(p), "int *")[1], 9)
end)

test("equal compares members, == where they are", function()
  local p = Point(1, 2)
  same(p == Point(1, 2), false)
  same(ctypes.equal(p, Point(1, 2)), true)
  same(ctypes.equal(p, Point(1, 3)), false)
  local T = ctypes.Structure("T", {{"c", ctypes.c_char}, {"d", ctypes.c_double}})
  local a, b = T("x", 0), T("x", -0)
  ctypes.memset(ctypes.byref(a), 0xff, 16) -- padding, too
  a.c, a.d = "x", 0
  same(ctypes.equal(a, b), true)
  b.d = 0 / 0
  same(ctypes.equal(b, b), false) -- NaN is not equal to itself
  fails("TypeError", "equal: struct Point and struct T are of different types", ctypes.equal, p, a)
end)

test("recursive types: the members come later", function()
  local Node = ctypes.Structure("Node")
  prints(Node, "<class 'Node': struct Node, incomplete>")
  fails("TypeError", "struct Node has no size: its members are not known; set Node._fields_", ctypes.sizeof, Node)
  fails("TypeError", "struct Node has no values", Node)
  fails("TypeError", "member 1 (n): struct Node has no size", ctypes.Structure, "S", {{"n", Node}})
  fails("OverflowError", "struct Node has no size", function() return Node * 2 end)
  same(Node._fields_, nil)
  Node._fields_ = {{"value", ctypes.c_int}, {"next", ctypes.POINTER(Node)}}
  local last = Node(3)
  local first = Node(1, Node(2, last))
  last = nil
  collectgarbage()
  local sum, n = 0, ctypes.pointer(first)
  while ctypes.cast(n, ctypes.c_void_p).value do
    sum = sum + n.contents.value
    n = n.contents.next
  end
  same(sum, 6)
  fails("AttributeError", "_fields_ is final", put, Node, "_fields_", {})
  local Self = ctypes.Structure("Self")
  fails("AttributeError", "struct Self has no size", put, Self, "_fields_", {{"me", Self}})
end)

test("_fields_ and other things types tell", function()
  same(#Point._fields_, 2)
  same(Point._fields_[2][1], "y")
  same(Point._fields_[2][2], ctypes.c_int)
  same(Point.__name__, "Point")
  same(Point._pack_, nil)
  same(Point.x.type, ctypes.c_int)
  same(Point.y.name, "y")
  fails("AttributeError", 'the type Point has no member "z"', get, Point, "z")
  fails("AttributeError", '"x" cannot be set on the type Point; make a value of it first', put, Point, "x", 1)
  local Later = ctypes.Structure("Later")
  Later._pack_ = 2
  fails("AttributeError", "_pack_ must be a power of two (or 0 for none), not number 3", put, Later, "_pack_", 3)
  same(Later._pack_, 2)
end)

test("what is no list of members", function()
  local S = ctypes.Structure
  fails("TypeError", "argument 1: a name is wanted", S, 5)
  fails("ValueError", "cannot be the name of a type", S, "a b", {})
  fails("TypeError", "member 1: {name, type} is wanted, not string \"x\"", S, "S", {"x"})
  fails("TypeError", "the members must be a list", S, "S", {x = ctypes.c_int})
  fails("TypeError", "member 1 (x): a C type is wanted", S, "S", {{"x"}})
  fails("TypeError", 'member 1 (x): unknown type name "itn"; did you mean int', S, "S", {{"x", "itn"}})
  fails("TypeError", "member 2: a name is wanted first, not number 5", S, "S", {{"x", "int"}, {5, "int"}})
  fails("TypeError", "string \"a b\" is no name for a member", S, "S", {{"a b", "int"}})
  fails("TypeError", "member 1 (v): void is no type for a member", S, "S", {{"v", "void"}})
  fails("TypeError", "only bit-fields may be without a name", S, "S", {{"", "int"}})
  fails("TypeError", "member x: the name is used twice", S, "S", {{"x", "int"}, {"x", "int"}})
  fails("TypeError", 'struct S: unknown option "_pakc_"; did you mean _pack_?', S, "S", {{"x", "int"}}, {_pakc_ = 1})
end)

test("bases", function()
  local P3 = ctypes.Structure("P3", {{"z", ctypes.c_int}}, {base = Point})
  local p = P3(1, 2, 3)
  prints(p, "P3(x=1, y=2, z=3)")
  same(P3.z.offset, 8)
  same(P3.x.offset, 0)
  same(#P3._fields_, 1)
  prints(Point(p), "Point(x=1, y=2)") -- what is made on top of a Point is one
  local pp = ctypes.POINTER(Point)(p)
  same(pp.contents.y, 2)
  fails("TypeError", "base must be a struct type, not int", ctypes.Structure, "S", {}, {base = ctypes.c_int})
end)

test("empty structures", function()
  local E = ctypes.Structure("E", {})
  same(ctypes.sizeof(E), 0)
  prints(E(), "E()")
end)

test("pointers in records keep what they point to", function()
  local S = ctypes.Structure("S", {{"text", ctypes.c_char_p}, {"list", ctypes.POINTER(ctypes.c_int)}})
  local s = S("kept", (ctypes.c_int * 2)(5, 6))
  collectgarbage()
  same(s.text, "kept")
  same(s.list[1], 6)
  local copy = S(s)
  s = nil
  collectgarbage()
  same(copy.text, "kept")
  same(copy.list[0], 5)
  same(S().text, nil)
end)

test("from_buffer_copy, from_address, in_dll", function()
  local p = Point.from_buffer_copy("\1\0\0\0\2\0\0\0")
  prints(p, "Point(x=1, y=2)")
  local view = Point.from_address(ctypes.addressof(p))
  view.x = 9
  same(p.x, 9)
  fails("Fault", "Point.x: cannot read 4 bytes from a NULL pointer", get, Point.from_address(0), "x")
  fails("ValueError", "8 bytes wanted from offset 0, the source has 2", Point.from_buffer_copy, "ab")
end)

test("long values are cut", function()
  local T = ctypes.Structure("T", {{"a", ctypes.c_int * 100}, {"text", ctypes.c_char * 200}})
  local text = tostring(T((ctypes.c_int * 100)(), ("x"):rep(200)))
  assert(text:find("0, ... 84 more}, text=\"" .. ("x"):rep(64) .. "\"...", 1, true), text)
end)
